/* node_map.c - the input, and layers without parameters: activations, pooling, dropout, sums
 * SPDX-License-Identifier: MIT */
#include "act.h"
#include "dropout.h"
#include "layout.h"
#include "pool.h"
#include "run_parts.h"
#include "vector.h"

static int input_open(struct nai_run *r, int i, struct nai_err *err)
{
    struct nai_cell *const cell = &r->cell[i];
    const int reader = cell->last_reader;
    const bool convolved =
        reader >= 0 && (r->g->node[reader].kind == NAI_NODE_CONV || r->cell[reader].conv >= 0);

    (void)err;
    cell->shape = (struct nai_shape){
        .n = r->o.n,
        .c = r->g->c,
        .h = r->o.h,
        .w = r->o.w,
        .block = convolved              ? r->d->conv2d->block(r->d, r->g->c)
                 : r->o.h * r->o.w == 1 ? r->g->c
                                        : 1,
    };
    return NAI_OK;
}

static void nothing(struct nai_run *r, int i)
{
    (void)r;
    (void)i;
}

const struct nai_kind nai_kind_input = {.open = input_open, .forward = nothing};

/* ---- activations ---- */

static int act_open(struct nai_run *r, int i, struct nai_err *err)
{
    struct nai_cell *const cell = &r->cell[i];
    const bool gelu = r->g->node[i].act == NAI_ACT_GELU;

    (void)err;
    cell->shape = *nai_from(r, i);
    cell->traits = NAI_Y_MAY_BE_X | NAI_DX_MAY_BE_DY | (gelu ? NAI_KEEPS_X : NAI_KEEPS_Y);
    return NAI_OK;
}

static void act_forward(struct nai_run *r, int i)
{
    r->d->act->forward(r->d, r->g->node[i].act, nai_value(r, r->cell[i].in[0]), nai_value(r, i),
                       nai_shape_count(&r->cell[i].shape));
}

static void act_backward(struct nai_run *r, int i)
{
    r->d->act->backward(r->d, r->g->node[i].act, nai_value(r, r->cell[i].in[0]), nai_value(r, i),
                        nai_dy(r, i), nai_dx(r, i), nai_shape_count(&r->cell[i].shape));
}

static void act_tangent(struct nai_run *r, int i)
{
    r->d->act->backward(r->d, r->g->node[i].act, nai_value(r, r->cell[i].in[0]), nai_value(r, i),
                        nai_tvalue(r, r->cell[i].in[0]), nai_tvalue(r, i),
                        nai_shape_count(&r->cell[i].shape));
}

static void act_backward_tangent(struct nai_run *r, int i)
{
    const enum nai_act act = r->g->node[i].act;
    const int of = act == NAI_ACT_GELU ? r->cell[i].in[0] : i;

    r->d->act->backward_tangent(r->d, act, nai_value(r, of), nai_tvalue(r, of), nai_dy(r, i),
                                nai_tdy(r, i), nai_tdx(r, i), nai_shape_count(&r->cell[i].shape));
}

const struct nai_kind nai_kind_act = {act_open, act_forward, act_backward, act_tangent,
                                      act_backward_tangent};

/* ---- pooling ---- */

static struct nai_pool_spec pool_spec(const struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_shape *const x = nai_from(r, i), *const y = &r->cell[i].shape;
    const bool adapt = node->kind == NAI_NODE_ADAPTPOOL;

    return (struct nai_pool_spec){
        .x = *x,
        .y = *y,
        .kernel = adapt ? x->h / node->kernel : node->kernel,
        .stride = adapt ? x->h / node->kernel : node->stride,
        .pad = node->pad,
        .max = node->kind == NAI_NODE_MAXPOOL,
    };
}

static int pool_open(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_node *const node = &r->g->node[i];
    struct nai_cell *const cell = &r->cell[i];
    const size_t h = nai_from(r, i)->h + 2 * node->pad, w = nai_from(r, i)->w + 2 * node->pad;

    if (h < node->kernel || w < node->kernel)
        return nai_layer_error(r, i, err, "nothing left of a picture of %zux%zu", r->o.h, r->o.w);
    cell->shape = *nai_from(r, i);
    cell->shape.h = (h - node->kernel) / node->stride + 1;
    cell->shape.w = (w - node->kernel) / node->stride + 1;
    cell->traits = node->kind == NAI_NODE_MAXPOOL ? NAI_KEEPS_X | NAI_KEEPS_Y : 0;
    return NAI_OK;
}

static void pool_forward(struct nai_run *r, int i)
{
    const struct nai_pool_spec spec = pool_spec(r, i);

    if (!(r->cell[i].traits & NAI_Y_IS_X))
        r->d->pool->forward(r->d, &spec, nai_value(r, r->cell[i].in[0]), nai_value(r, i));
}

static void pool_backward(struct nai_run *r, int i)
{
    const struct nai_pool_spec spec = pool_spec(r, i);

    if (!(r->cell[i].traits & NAI_Y_IS_X))
        r->d->pool->backward(r->d, &spec, nai_value(r, r->cell[i].in[0]), nai_value(r, i),
                             nai_dy(r, i), nai_dx(r, i));
}

const struct nai_kind nai_kind_avgpool = {
    .open = pool_open, .forward = pool_forward, .backward = pool_backward};

static void maxpool_tangent(struct nai_run *r, int i)
{
    const struct nai_pool_spec spec = pool_spec(r, i);
    const int in = r->cell[i].in[0];

    r->d->pool->max_tangent(r->d, &spec, nai_value(r, in), nai_value(r, i), nai_tvalue(r, in),
                            nai_tvalue(r, i));
}

static void maxpool_backward_tangent(struct nai_run *r, int i)
{
    const struct nai_pool_spec spec = pool_spec(r, i);

    r->d->pool->backward(r->d, &spec, nai_value(r, r->cell[i].in[0]), nai_value(r, i),
                         nai_tdy(r, i), nai_tdx(r, i));
}

const struct nai_kind nai_kind_maxpool = {pool_open, pool_forward, pool_backward, maxpool_tangent,
                                          maxpool_backward_tangent};

/* To kernel x kernel values; of larger maps only those that it tiles. */
static int adaptpool_open(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_shape *const x = nai_from(r, i);
    const size_t k = r->g->node[i].kernel;
    struct nai_cell *const cell = &r->cell[i];

    if (x->h % k != 0 || x->h != x->w)
        return nai_layer_error(r, i, err, "a map of %zux%zu is no multiple of %zux%zu", x->h, x->w,
                               k, k);
    cell->shape = *x;
    cell->shape.h = cell->shape.w = k;
    cell->traits = x->h == k ? NAI_Y_IS_X | NAI_DX_IS_DY : 0;
    return NAI_OK;
}

const struct nai_kind nai_kind_adaptpool = {
    .open = adaptpool_open, .forward = pool_forward, .backward = pool_backward};

static int globalpool_open(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_shape *const x = nai_from(r, i);

    (void)err;
    r->cell[i].shape = nai_rows(x->n, x->c);
    return NAI_OK;
}

static void globalpool_forward(struct nai_run *r, int i)
{
    r->d->pool->global(r->d, nai_from(r, i), nai_value(r, r->cell[i].in[0]), nai_value(r, i));
}

static void globalpool_backward(struct nai_run *r, int i)
{
    r->d->pool->global_backward(r->d, nai_from(r, i), nai_dy(r, i), nai_dx(r, i));
}

const struct nai_kind nai_kind_globalpool = {
    .open = globalpool_open, .forward = globalpool_forward, .backward = globalpool_backward};

/* ---- maps to rows ---- */

static struct nai_shape plain(const struct nai_shape *s)
{
    struct nai_shape p = *s;

    p.block = 1;
    return p;
}

static int flatten_open(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_shape *const x = nai_from(r, i);
    const size_t width = x->c * x->h * x->w;

    if (width != r->g->node[i].channels)
        return nai_layer_error(r, i, err, "a picture of %zux%zu gives %zu values, not %zu", r->o.h,
                               r->o.w, width, r->g->node[i].channels);
    r->cell[i].shape = nai_rows(x->n, width);
    if (x->block == 1 || (x->h * x->w == 1 && x->c % x->block == 0))
        r->cell[i].traits = NAI_Y_IS_X | NAI_DX_IS_DY;
    return NAI_OK;
}

static void flatten_forward(struct nai_run *r, int i)
{
    const struct nai_shape to = plain(nai_from(r, i));

    if (!(r->cell[i].traits & NAI_Y_IS_X))
        r->d->image->reorder(r->d, nai_from(r, i), nai_value(r, r->cell[i].in[0]), &to,
                             nai_value(r, i));
}

static void flatten_backward(struct nai_run *r, int i)
{
    const struct nai_shape from = plain(nai_from(r, i));
    struct nai_buf *const dx = nai_dx(r, i);

    if (dx && !(r->cell[i].traits & NAI_Y_IS_X))
        r->d->image->reorder(r->d, &from, nai_dy(r, i), nai_from(r, i), dx);
}

const struct nai_kind nai_kind_flatten = {
    .open = flatten_open, .forward = flatten_forward, .backward = flatten_backward};

/* ---- dropout ---- */

static int dropout_open(struct nai_run *r, int i, struct nai_err *err)
{
    (void)err;
    r->cell[i].shape = *nai_from(r, i);
    r->cell[i].traits = r->o.mode == NAI_MODE_TRAIN && r->g->node[i].p > 0
                            ? NAI_Y_MAY_BE_X | NAI_DX_MAY_BE_DY
                            : NAI_Y_IS_X | NAI_DX_IS_DY;
    return NAI_OK;
}

static void mask(struct nai_run *r, int i, const struct nai_buf *x, struct nai_buf *y)
{
    const uint64_t key[2] = {r->key[0], r->key[1] << 16 | (uint64_t)i};

    if (!(r->cell[i].traits & NAI_Y_IS_X))
        r->d->dropout->apply(r->d, r->g->node[i].p, key, x, y, nai_shape_count(&r->cell[i].shape));
}

static void dropout_forward(struct nai_run *r, int i)
{
    mask(r, i, nai_value(r, r->cell[i].in[0]), nai_value(r, i));
}

static void dropout_backward(struct nai_run *r, int i)
{
    mask(r, i, nai_dy(r, i), nai_dx(r, i));
}

const struct nai_kind nai_kind_dropout = {
    .open = dropout_open, .forward = dropout_forward, .backward = dropout_backward};

/* ---- sums ---- */

static int add_open(struct nai_run *r, int i, struct nai_err *err)
{
    (void)err;
    r->cell[i].shape = *nai_from(r, i);
    r->cell[i].traits = NAI_Y_MAY_BE_X | NAI_Y_MAY_BE_X2 | NAI_DX_IS_DY | NAI_DX2_IS_DY;
    return NAI_OK;
}

static void add_forward(struct nai_run *r, int i)
{
    r->d->vector->add(r->d, nai_value(r, r->cell[i].in[0]), nai_value(r, r->cell[i].in[1]),
                      nai_value(r, i), nai_shape_count(&r->cell[i].shape));
}

const struct nai_kind nai_kind_add = {
    .open = add_open, .forward = add_forward, .backward = nothing};
