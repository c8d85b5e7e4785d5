/* node_conv.c - convolutions, alone and with the batch norm and rectification after them
 * SPDX-License-Identifier: MIT */
#include "batchnorm.h"
#include "layout.h"
#include "run_parts.h"
#include "vector.h"

/* The shape that convolution c makes of its input, and the plans for it at cell i. */
static int plan(struct nai_run *r, int i, int c, bool relu, bool sum, struct nai_err *err)
{
    const struct nai_node *const node = &r->g->node[c];
    struct nai_cell *const cell = &r->cell[i];
    const struct nai_shape x = r->cell[node->in].shape;
    const size_t h = x.h + 2 * node->pad, w = x.w + 2 * node->pad;
    const size_t out = node->channels;
    const int reader = cell->last_reader;
    struct nai_conv2d_spec spec = {
        .x = x,
        .kh = node->kernel,
        .kw = node->kernel,
        .stride = node->stride,
        .pad = node->pad,
        .groups = node->groups,
        .training = r->backward,
        .sum = sum,
        .relu = relu,
    };
    int status;

    if (h < node->kernel || w < node->kernel)
        return nai_layer_error(r, c, err, "nothing left of a picture of %zux%zu", r->o.h, r->o.w);
    cell->shape = (struct nai_shape){
        .n = x.n,
        .c = out,
        .h = (h - node->kernel) / node->stride + 1,
        .w = (w - node->kernel) / node->stride + 1,
        .block = r->d->conv2d->block(r->d, out),
    };
    if (reader >= 0 && r->g->node[reader].kind == NAI_NODE_TOKENS)
        cell->shape.block = out; /* patches become rows */
    spec.y = cell->shape;
    status = r->d->conv2d->plan(&cell->plan, r->d, &spec, err);
    if (status != NAI_OK) {
        nai_err_prefix(err, node->name);
        return status;
    }
    cell->work = r->d->conv2d->workspace(cell->plan);
    if (r->o.tangents && r->cell[node->in].flows) {
        spec.training = false;
        spec.sum = true;
        status = r->d->conv2d->plan(&cell->sum, r->d, &spec, err);
        cell->spare = nai_shape_count(&x);
        if (status == NAI_OK && r->d->conv2d->workspace(cell->sum) > cell->work)
            cell->work = r->d->conv2d->workspace(cell->sum);
    }
    return status;
}

static int conv_open(struct nai_run *r, int i, struct nai_err *err)
{
    r->cell[i].traits = NAI_KEEPS_X;
    return plan(r, i, i, false, false, err);
}

static void conv_forward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];

    r->d->conv2d->forward(r->cell[i].plan, nai_value(r, node->in), nai_param(r, node->weight),
                          nai_param(r, node->bias), nai_value(r, i), nai_slot_buf(r, r->work));
}

static void conv_backward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    struct nai_conv2d *const p = r->cell[i].plan;
    struct nai_buf *const dx = nai_dx(r, i), *const work = nai_slot_buf(r, r->work);

    if (!r->no_weights)
        r->d->conv2d->backward_weights(p, nai_value(r, node->in), nai_dy(r, i),
                                       nai_dparam(r, node->weight), nai_dparam(r, node->bias),
                                       work);
    if (dx)
        r->d->conv2d->backward_data(p, nai_dy(r, i), nai_param(r, node->weight), dx, work);
}

static void conv_tangent(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_buf *const tx = nai_tvalue(r, node->in);
    struct nai_buf *const ty = nai_tvalue(r, i), *const work = nai_slot_buf(r, r->work);

    r->d->conv2d->forward(r->cell[i].plan, nai_value(r, node->in), nai_tparam(r, node->weight),
                          nai_tparam(r, node->bias), ty, work);
    if (tx)
        r->d->conv2d->forward(r->cell[i].sum, tx, nai_param(r, node->weight), NULL, ty, work);
}

static void conv_backward_tangent(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_buf *const tx = nai_tvalue(r, node->in), *const dy = nai_dy(r, i);
    const struct nai_buf *const tdy = nai_tdy(r, i);
    struct nai_conv2d *const p = r->cell[i].plan;
    struct nai_buf *const tdx = nai_tdx(r, i), *const dw = nai_tdparam(r, node->weight);
    struct nai_buf *const work = nai_slot_buf(r, r->work), *const spare = nai_slot_buf(r, r->spare);

    r->d->conv2d->backward_weights(p, nai_value(r, node->in), tdy, dw, nai_tdparam(r, node->bias),
                                   work);
    if (tx)
        r->d->conv2d->backward_weights(p, tx, dy, dw, NULL, work);
    if (!tdx)
        return;
    r->d->conv2d->backward_data(p, tdy, nai_param(r, node->weight), tdx, work);
    r->d->conv2d->backward_data(p, dy, nai_tparam(r, node->weight), spare, work);
    r->d->vector->add(r->d, tdx, spare, tdx, nai_shape_count(nai_from(r, i)));
}

const struct nai_kind nai_kind_conv = {conv_open, conv_forward, conv_backward, conv_tangent,
                                       conv_backward_tangent};

/* ---- in INFER: a batch norm or ReLU that computes the convolution before it ---- */

static size_t padded(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static int fused_open(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_node *const node = &r->g->node[i];
    struct nai_cell *const cell = &r->cell[i];
    const struct nai_tensor *const w = &r->g->tensor[r->g->node[cell->conv].weight];

    if (node->kind == NAI_NODE_BATCHNORM)
        cell->state_count = padded(w->count) + padded(w->shape[0]);
    cell->traits = NAI_Y_MAY_BE_X2;
    return plan(r, i, cell->conv, node->act == NAI_ACT_RELU, node->in2 >= 0, err);
}

static void fused_forward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_cell *const cell = &r->cell[i];
    const struct nai_node *const conv = &r->g->node[cell->conv];
    const struct nai_tensor *const t = &r->g->tensor[conv->weight];
    struct nai_buf *w = nai_param(r, conv->weight), *bias = nai_param(r, conv->bias);
    struct nai_buf *const y = nai_value(r, i);

    if (node->kind == NAI_NODE_BATCHNORM) {
        struct nai_buf *const wf = nai_state(r, i);
        struct nai_buf *const bf = r->d->memory->at(r->d, wf, padded(t->count));
        r->d->batchnorm->fold(r->d, t->shape[0], t->count / t->shape[0], node->eps, w, bias,
                              nai_param(r, node->weight), nai_param(r, node->bias),
                              nai_param(r, node->mean), nai_param(r, node->var), wf, bf);
        w = wf;
        bias = bf;
    }
    if (node->in2 >= 0 && r->cell[node->in2].value != cell->value)
        r->d->vector->copy(r->d, y, nai_value(r, node->in2), nai_shape_count(&cell->shape));
    r->d->conv2d->forward(cell->plan, nai_value(r, cell->in[0]), w, bias, y,
                          nai_slot_buf(r, r->work));
}

const struct nai_kind nai_kind_fused = {.open = fused_open, .forward = fused_forward};

/* ---- shortcuts without weights ---- */

static int shortcut_open(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_shape *const x = nai_from(r, i);

    (void)err;
    r->cell[i].shape = (struct nai_shape){
        .n = x->n,
        .c = node->channels,
        .h = (x->h + node->stride - 1) / node->stride,
        .w = (x->w + node->stride - 1) / node->stride,
        .block = r->d->conv2d->block(r->d, node->channels),
    };
    return NAI_OK;
}

/* Zero channels before the input's: half of those added. */
static size_t before(const struct nai_run *r, int i)
{
    return (r->cell[i].shape.c - nai_from(r, i)->c) / 2;
}

static void shortcut_forward(struct nai_run *r, int i)
{
    r->d->image->shortcut_a(r->d, nai_from(r, i), nai_value(r, r->cell[i].in[0]),
                            r->g->node[i].stride, before(r, i), &r->cell[i].shape, nai_value(r, i));
}

static void shortcut_backward(struct nai_run *r, int i)
{
    struct nai_buf *const dx = nai_dx(r, i);

    if (dx)
        r->d->image->shortcut_a_backward(r->d, &r->cell[i].shape, nai_dy(r, i),
                                         r->g->node[i].stride, before(r, i), nai_from(r, i), dx);
}

const struct nai_kind nai_kind_shortcut_a = {
    .open = shortcut_open, .forward = shortcut_forward, .backward = shortcut_backward};
