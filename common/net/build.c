/* build.c - layers added to a graph, their tensors named and sized
 * SPDX-License-Identifier: MIT */
#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

const char *nai_sub(char buf[static 64], const char *name, const char *sub)
{
    snprintf(buf, 64, "%.40s%s%.22s", name, *name ? "." : "", sub);
    return buf;
}

/* Room for one more element; capacities are powers of two. */
static void *grow(struct nai_build *b, void *array, size_t n, size_t size)
{
    void *p = array;

    if ((n & (n - 1)) == 0 && b->status == NAI_OK) {
        p = realloc(array, (n ? 2 * n : 1) * size);
        if (!p) {
            b->status = nai_err_set(b->err, NAI_ESYSTEM, "architecture:");
            return array;
        }
    }
    return p;
}

int nai_build_node(struct nai_build *b, enum nai_node_kind kind, int in, int in2, size_t c,
                   size_t h, size_t w, const char *layer)
{
    struct nai_graph *const g = b->g;
    struct nai_node *node;

    if (b->status == NAI_OK && (c == 0 || h == 0 || w == 0))
        nai_fail(b, "layer %s: nothing left of a picture of %zux%zu", layer, g->h, g->w);
    if (b->status == NAI_OK && g->nnodes == UINT16_MAX)
        nai_fail(b, "more than %d layers", UINT16_MAX);
    g->node = grow(b, g->node, g->nnodes, sizeof *g->node);
    if (b->status != NAI_OK)
        return 0;
    node = &g->node[g->nnodes];
    *node = (struct nai_node){
        .kind = kind,
        .c = c,
        .h = h,
        .w = w,
        .tokens = kind == NAI_NODE_TOKENS,
        .in = in,
        .in2 = in2,
        .weight = -1,
        .bias = -1,
        .mean = -1,
        .var = -1,
        .channels = c,
        .groups = 1,
    };
    snprintf(node->name, sizeof node->name, "%s", layer);
    return (int)g->nnodes++;
}

/* A node whose output has the shape of its input. */
static int same_shape(struct nai_build *b, enum nai_node_kind kind, int in, const char *layer)
{
    struct nai_node from;
    int node;

    if (b->status != NAI_OK)
        return 0;
    from = b->g->node[in];
    node = nai_build_node(b, kind, in, -1, from.c, from.h, from.w, layer);
    if (b->status == NAI_OK)
        b->g->node[node].tokens = from.tokens;
    return node;
}

int nai_build_tensor(struct nai_build *b, const char *module, const char *name,
                     enum nai_init_kind init, size_t ndim, const size_t *shape)
{
    struct nai_graph *const g = b->g;
    struct nai_tensor *t;
    size_t count = 1, *total;

    g->tensor = grow(b, g->tensor, g->ntensors, sizeof *g->tensor);
    if (b->status != NAI_OK)
        return 0;
    t = &g->tensor[g->ntensors];
    *t = (struct nai_tensor){
        .ndim = ndim,
        .init = init,
        .buffer = strncmp(name, "running_", 8) == 0 || init == NAI_INIT_SINCOS,
        .decay = ndim > 1 && init != NAI_INIT_SINCOS && init != NAI_INIT_CLASS,
    };
    snprintf(t->name, sizeof t->name, "%.63s%s%.31s", module, *module ? "." : "", name);
    for (size_t k = 0; k < ndim; k++) {
        t->shape[k] = shape[k];
        if (!nai_mul(&count, count, shape[k]) || count > SIZE_MAX / 64)
            return nai_fail(b, "%s is too large", t->name);
    }
    t->count = count;
    total = t->buffer ? &g->buffers : &g->params;
    t->offset = *total;
    *total += (count + 15) & ~(size_t)15; /* each on a cache line of its own */
    if (*total > SIZE_MAX / 64)
        return nai_fail(b, "%s is too large", t->name);
    return (int)g->ntensors++;
}

/* A tensor that holds weights, or the bias beside them. */
static int weight_tensor(struct nai_build *b, const char *module, bool bias,
                         enum nai_init_kind init, const struct nai_tensor *like)
{
    const int t = nai_build_tensor(b, module, bias ? "bias" : "weight", init, bias ? 1 : like->ndim,
                                   like->shape);

    if (b->status == NAI_OK) {
        b->g->tensor[t].weight = !bias;
        b->g->tensor[t].fan_in = like->fan_in;
        b->g->tensor[t].fan_out = like->fan_out;
    }
    return t;
}

int nai_build_input(struct nai_build *b, const char *def)
{
    struct nai_graph *const g = b->g;
    char square[40];
    const char *text, *p;
    size_t size[3] = {0, 1, 1}, n = 0;

    if (b->picture) {
        snprintf(square, sizeof square, "3x%.15sx%.15s", b->picture, b->picture);
        def = square;
    }
    text = nai_ask_text(b, "in", def);
    if (!text)
        return nai_fail(b, "in=CxHxW or in=N is missing");
    for (p = text; *p >= '0' && *p <= '9' && n < 3; n++) {
        char *end;
        size[n] = strtoul(p, &end, 10);
        p = *end == 'x' && end[1] >= '0' && end[1] <= '9' ? end + 1 : end;
    }
    if ((n != 1 && n != 3) || *p)
        return nai_fail(b, "in=%.60s is not CxHxW or N", text);
    for (size_t k = 0; k < 3; k++)
        if (size[k] < 1 || size[k] > (n == 1 ? 16777216 : 65536))
            return nai_fail(b, "in=%.60s: sizes are from 1 to %d", text, n == 1 ? 16777216 : 65536);
    g->c = size[0];
    g->h = size[1];
    g->w = size[2];
    if (n == 1)
        nai_tell(b, "in", "%zu", g->c);
    else
        nai_tell(b, "in", "%zux%zux%zu", g->c, g->h, g->w);
    return nai_build_node(b, NAI_NODE_INPUT, -1, -1, g->c, g->h, g->w, "input");
}

/* The size that a window leaves of n; 0 when it does not fit. */
static size_t window(size_t n, size_t kernel, size_t stride, size_t pad)
{
    return n + 2 * pad < kernel ? 0 : (n + 2 * pad - kernel) / stride + 1;
}

int nai_build_conv(struct nai_build *b, int in, const char *name, struct nai_conv conv)
{
    struct nai_tensor like = {.ndim = 4};
    struct nai_node from, *node;
    const size_t k = conv.kernel;
    int weight, bias, i;

    if (b->status != NAI_OK)
        return 0;
    from = b->g->node[in];
    like.shape[0] = conv.out;
    like.shape[1] = from.c;
    like.shape[2] = like.shape[3] = k;
    like.fan_in = from.c * k * k;
    like.fan_out = conv.out * k * k;
    weight = weight_tensor(b, name, false, b->conv_init, &like);
    bias = conv.bias ? weight_tensor(b, name, true, b->conv_bias, &like) : -1;
    i = nai_build_node(b, NAI_NODE_CONV, in, -1, conv.out, window(from.h, k, conv.stride, conv.pad),
                       window(from.w, k, conv.stride, conv.pad), name);
    if (b->status != NAI_OK)
        return 0;
    node = &b->g->node[i];
    node->weight = weight;
    node->bias = bias;
    node->kernel = k;
    node->stride = conv.stride;
    node->pad = conv.pad;
    return i;
}

int nai_build_norm_tensors(struct nai_build *b, const char *name, size_t c)
{
    const int first = nai_build_tensor(b, name, "weight", NAI_INIT_ONE, 1, &c);

    nai_build_tensor(b, name, "bias", NAI_INIT_ZERO, 1, &c);
    nai_build_tensor(b, name, "running_mean", NAI_INIT_ZERO, 1, &c);
    nai_build_tensor(b, name, "running_var", NAI_INIT_ONE, 1, &c);
    return first;
}

int nai_build_norm(struct nai_build *b, int in, int shortcut, bool relu, const char *layer,
                   int tensors)
{
    const int i = same_shape(b, NAI_NODE_BATCHNORM, in, layer);
    struct nai_node *node;

    if (b->status != NAI_OK)
        return 0;
    node = &b->g->node[i];
    node->in2 = shortcut;
    node->weight = tensors;
    node->bias = tensors + 1;
    node->mean = tensors + 2;
    node->var = tensors + 3;
    node->act = relu ? NAI_ACT_RELU : NAI_ACT_NONE;
    node->eps = 1e-5;
    node->momentum = .1;
    return i;
}

int nai_build_batchnorm(struct nai_build *b, int in, bool relu, const char *name, const char *layer)
{
    const size_t c = b->status == NAI_OK ? b->g->node[in].c : 1;

    return nai_build_norm(b, in, -1, relu, layer, nai_build_norm_tensors(b, name, c));
}

int nai_build_linear(struct nai_build *b, int in, const char *name, size_t out, bool bias)
{
    struct nai_tensor like = {.ndim = 2};
    struct nai_node from;
    int weight, i;

    if (b->status != NAI_OK)
        return 0;
    from = b->g->node[in];
    like.shape[0] = like.fan_out = out;
    like.shape[1] = like.fan_in = from.c;
    weight = weight_tensor(b, name, false, b->linear_init, &like);
    if (bias)
        weight_tensor(b, name, true, b->linear_bias, &like);
    i = nai_build_node(b, NAI_NODE_LINEAR, in, -1, out, from.h, from.w, name);
    if (b->status != NAI_OK)
        return 0;
    b->g->node[i].tokens = from.tokens;
    b->g->node[i].weight = weight;
    b->g->node[i].bias = bias ? weight + 1 : -1;
    return i;
}

int nai_build_layernorm(struct nai_build *b, int in, const char *name, double eps)
{
    const size_t c = b->status == NAI_OK ? b->g->node[in].c : 1;
    const int weight = nai_build_tensor(b, name, "weight", NAI_INIT_ONE, 1, &c);
    int i;

    nai_build_tensor(b, name, "bias", NAI_INIT_ZERO, 1, &c);
    i = same_shape(b, NAI_NODE_LAYERNORM, in, name);
    if (b->status != NAI_OK)
        return 0;
    b->g->node[i].weight = weight;
    b->g->node[i].bias = weight + 1;
    b->g->node[i].eps = eps;
    return i;
}

int nai_build_act(struct nai_build *b, int in, enum nai_act act, const char *layer)
{
    const int i = same_shape(b, NAI_NODE_ACT, in, layer);

    if (b->status == NAI_OK)
        b->g->node[i].act = act;
    return i;
}

int nai_build_pool(struct nai_build *b, int in, bool max, size_t kernel, size_t stride, size_t pad,
                   const char *layer)
{
    struct nai_node from, *node;
    int i;

    if (b->status != NAI_OK)
        return 0;
    from = b->g->node[in];
    i = nai_build_node(b, max ? NAI_NODE_MAXPOOL : NAI_NODE_AVGPOOL, in, -1, from.c,
                       window(from.h, kernel, stride, pad), window(from.w, kernel, stride, pad),
                       layer);
    if (b->status != NAI_OK)
        return 0;
    node = &b->g->node[i];
    node->kernel = kernel;
    node->stride = stride;
    node->pad = pad;
    return i;
}

int nai_build_dropout(struct nai_build *b, int in, double p, const char *layer)
{
    const int i = same_shape(b, NAI_NODE_DROPOUT, in, layer);

    if (b->status == NAI_OK)
        b->g->node[i].p = p;
    return i;
}
