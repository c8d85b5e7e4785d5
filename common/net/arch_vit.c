/* arch_vit.c - vision transformers
 * SPDX-License-Identifier: MIT
 *
 * Dosovitskiy et al. 2021, eqs. 1-4; names, order and defaults as timm 0.6's
 * vision_transformer.py: pre-norm, GELU, biases everywhere, eps 1e-6. */
#include <stdio.h>

#include "build.h"

static const struct {
    size_t patch, dim, depth, heads;
} sizes[] = {
    {4, 192, 12, 3},    /* vit: tiny, of small pictures */
    {16, 192, 12, 3},   /* tiny */
    {16, 384, 12, 6},   /* small */
    {16, 768, 12, 12},  /* base */
    {16, 1024, 24, 16}, /* large */
    {14, 1280, 32, 16}, /* huge */
};

static int embed(struct nai_build *b, int i, size_t patch, size_t dim, bool sincos)
{
    const size_t rows = b->g->h / patch, cols = b->g->w / patch, tokens = rows * cols + 1;
    const int cls = nai_build_tensor(b, "", "cls_token", NAI_INIT_CLASS, 3, (size_t[]){1, 1, dim});
    const int pos = nai_build_tensor(b, "", "pos_embed", sincos ? NAI_INIT_SINCOS : NAI_INIT_TRUNC,
                                     3, (size_t[]){1, tokens, dim});

    i = nai_build_conv(b, i, "patch_embed.proj", (struct nai_conv){dim, patch, patch, 0, true});
    i = nai_build_node(b, NAI_NODE_TOKENS, i, -1, dim, tokens, 1, "pos_drop");
    if (b->status != NAI_OK)
        return 0;
    b->g->tensor[pos].decay = false;
    b->g->tensor[pos].fan_in = rows;
    b->g->tensor[pos].fan_out = cols;
    b->g->node[i].bias = cls;
    b->g->node[i].weight = pos;
    return i;
}

/* in + what a branch makes of it. */
static int add(struct nai_build *b, int branch, int in, const char *layer)
{
    const struct nai_node from = b->status == NAI_OK ? b->g->node[in] : (struct nai_node){.c = 1};
    const int i = nai_build_node(b, NAI_NODE_ADD, branch, in, from.c, from.h, from.w, layer);

    if (b->status == NAI_OK)
        b->g->node[i].tokens = true;
    return i;
}

static int block(struct nai_build *b, int in, size_t number, size_t dim, size_t heads, size_t mlp)
{
    char name[32], sub[64], layer[64];
    struct nai_node from;
    int i, mid;

    snprintf(name, sizeof name, "blocks.%zu", number);
    i = nai_build_layernorm(b, in, nai_sub(sub, name, "norm1"), 1e-6);
    i = nai_build_linear(b, i, nai_sub(sub, name, "attn.qkv"), 3 * dim, true);
    from = b->status == NAI_OK ? b->g->node[i] : (struct nai_node){.h = 1};
    i = nai_build_node(b, NAI_NODE_ATTENTION, i, -1, dim, from.h, 1,
                       nai_sub(sub, name, "attn.heads"));
    if (b->status == NAI_OK) {
        b->g->node[i].tokens = true;
        b->g->node[i].heads = heads;
    }
    i = nai_build_linear(b, i, nai_sub(sub, name, "attn.proj"), dim, true);
    mid = add(b, i, in, nai_sub(layer, name, "mid"));
    i = nai_build_layernorm(b, mid, nai_sub(sub, name, "norm2"), 1e-6);
    i = nai_build_linear(b, i, nai_sub(sub, name, "mlp.fc1"), mlp, true);
    i = nai_build_act(b, i, NAI_ACT_GELU, nai_sub(sub, name, "mlp.act"));
    i = nai_build_linear(b, i, nai_sub(sub, name, "mlp.fc2"), dim, true);
    return add(b, i, mid, name);
}

/* pool=cls: features are the class token after the last norm. pool=mean: the mean of the other
 * tokens, normalised after (timm's global_pool 'avg', fc_norm). */
static int pool(struct nai_build *b, int i, size_t dim, bool mean)
{
    if (!mean) {
        i = nai_build_layernorm(b, i, "norm", 1e-6);
        return nai_build_node(b, NAI_NODE_FIRST, i, -1, dim, 1, 1, "pool");
    }
    i = nai_build_node(b, NAI_NODE_MEAN, i, -1, dim, 1, 1, "pool");
    return nai_build_layernorm(b, i, "fc_norm", 1e-6);
}

void nai_arch_vit(struct nai_build *b, int variant)
{
    int i = nai_build_input(b, variant ? "3x224x224" : "3x32x32"), pos, mean;
    const size_t patch = nai_ask_size(b, "patch", sizes[variant].patch, 1, 1024);
    const size_t dim = nai_ask_size(b, "dim", sizes[variant].dim, 4, 65536);
    const size_t depth = nai_ask_size(b, "depth", sizes[variant].depth, 1, 1000);
    const size_t heads = nai_ask_size(b, "heads", sizes[variant].heads, 1, 1024);
    const size_t mlp = nai_ask_size(b, "mlp", 4 * dim, 1, 1048576);
    struct nai_heads tops;

    pos = nai_ask_word(b, "pos", "learned|sincos", 0);
    nai_tell_word(b, "pos", "learned|sincos", pos);
    mean = nai_ask_word(b, "pool", "cls|mean", 0);
    nai_tell_word(b, "pool", "cls|mean", mean);
    tops = nai_ask_heads(b);
    if (b->status == NAI_OK && (b->g->h % patch != 0 || b->g->w % patch != 0))
        nai_fail(b, "patches of %zux%zu do not tile a picture of %zux%zu", patch, patch, b->g->h,
                 b->g->w);
    if (dim % heads != 0)
        nai_fail(b, "dim=%zu is not a multiple of heads=%zu", dim, heads);
    if (pos == 1 && dim % 4 != 0)
        nai_fail(b, "dim=%zu is not a multiple of 4, which pos=sincos needs", dim);
    b->conv_init = b->conv_bias = NAI_INIT_UNIFORM;
    b->linear_init = NAI_INIT_TRUNC;
    b->linear_bias = NAI_INIT_ZERO;
    i = embed(b, i, patch, dim, pos == 1);
    for (size_t k = 0; k < depth; k++)
        i = block(b, i, k, dim, heads, mlp);
    i = pool(b, i, dim, mean == 1);
    b->g->features = i;
    nai_build_classifier(b, "head", i, tops.classes);
    nai_build_heads(b, tops);
}
