/* node_rows.c - layers of rows and tokens: linear maps, embedding, attention, pooling of tokens
 * SPDX-License-Identifier: MIT */
#include "attention.h"
#include "gemm.h"
#include "run_parts.h"
#include "token.h"

static int linear_open(struct nai_run *r, int i, struct nai_err *err)
{
    struct nai_cell *const cell = &r->cell[i];
    const struct nai_tensor *const w = &r->g->tensor[r->g->node[i].weight];

    cell->shape = *nai_from(r, i);
    if (cell->shape.c != w->shape[1])
        return nai_layer_error(r, i, err, "%zu values come in, not %zu", cell->shape.c,
                               w->shape[1]);
    cell->shape.c = cell->shape.block = w->shape[0];
    cell->traits = NAI_KEEPS_X;
    return NAI_OK;
}

static void linear_forward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const size_t rows = nai_row_count(&r->cell[i].shape);
    const size_t in = nai_from(r, i)->c, out = r->cell[i].shape.c;

    r->d->gemm->gemm(r->d, false, true, rows, out, in, 1, nai_value(r, node->in), in,
                     nai_param(r, node->weight), in, 0, nai_value(r, i), out);
    if (node->bias >= 0)
        r->d->gemm->add_bias(r->d, rows, out, nai_param(r, node->bias), nai_value(r, i));
}

static void linear_backward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const size_t rows = nai_row_count(&r->cell[i].shape);
    const size_t in = nai_from(r, i)->c, out = r->cell[i].shape.c;
    struct nai_buf *const dx = nai_dx(r, i);

    if (!r->no_weights)
        r->d->gemm->gemm(r->d, true, false, out, in, rows, 1, nai_dy(r, i), out,
                         nai_value(r, node->in), in, 1, nai_dparam(r, node->weight), in);
    if (!r->no_weights && node->bias >= 0)
        r->d->gemm->sum_rows(r->d, rows, out, nai_dy(r, i), nai_dparam(r, node->bias));
    if (dx)
        r->d->gemm->gemm(r->d, false, false, rows, in, out, 1, nai_dy(r, i), out,
                         nai_param(r, node->weight), in, 0, dx, in);
}

static void linear_tangent(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const size_t rows = nai_row_count(&r->cell[i].shape);
    const size_t in = nai_from(r, i)->c, out = r->cell[i].shape.c;
    const struct nai_buf *const tx = nai_tvalue(r, node->in);
    struct nai_buf *const ty = nai_tvalue(r, i);

    r->d->gemm->gemm(r->d, false, true, rows, out, in, 1, nai_value(r, node->in), in,
                     nai_tparam(r, node->weight), in, 0, ty, out);
    if (tx)
        r->d->gemm->gemm(r->d, false, true, rows, out, in, 1, tx, in, nai_param(r, node->weight),
                         in, 1, ty, out);
    if (node->bias >= 0)
        r->d->gemm->add_bias(r->d, rows, out, nai_tparam(r, node->bias), ty);
}

static void linear_backward_tangent(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const size_t rows = nai_row_count(&r->cell[i].shape);
    const size_t in = nai_from(r, i)->c, out = r->cell[i].shape.c;
    const struct nai_buf *const tx = nai_tvalue(r, node->in), *const dy = nai_dy(r, i);
    const struct nai_buf *const tdy = nai_tdy(r, i);
    struct nai_buf *const tdx = nai_tdx(r, i), *const dw = nai_tdparam(r, node->weight);

    r->d->gemm->gemm(r->d, true, false, out, in, rows, 1, tdy, out, nai_value(r, node->in), in, 1,
                     dw, in);
    if (tx)
        r->d->gemm->gemm(r->d, true, false, out, in, rows, 1, dy, out, tx, in, 1, dw, in);
    if (node->bias >= 0)
        r->d->gemm->sum_rows(r->d, rows, out, tdy, nai_tdparam(r, node->bias));
    if (!tdx)
        return;
    r->d->gemm->gemm(r->d, false, false, rows, in, out, 1, tdy, out, nai_param(r, node->weight), in,
                     0, tdx, in);
    r->d->gemm->gemm(r->d, false, false, rows, in, out, 1, dy, out, nai_tparam(r, node->weight), in,
                     1, tdx, in);
}

const struct nai_kind nai_kind_linear = {linear_open, linear_forward, linear_backward,
                                         linear_tangent, linear_backward_tangent};

/* ---- tokens ---- */

static int tokens_open(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_shape *const x = nai_from(r, i);
    const struct nai_node *const node = &r->g->node[i];
    const size_t tokens = x->h * x->w + (node->bias >= 0);

    if (tokens != node->h)
        return nai_layer_error(r, i, err, "a picture of %zux%zu gives %zu tokens, not %zu", r->o.h,
                               r->o.w, tokens, node->h);
    r->cell[i].shape = (struct nai_shape){x->n, x->c, tokens, 1, x->c};
    return NAI_OK;
}

static void tokens_forward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_shape *const x = nai_from(r, i);

    r->d->token->embed(r->d, x->n, x->h * x->w, x->c, nai_value(r, node->in),
                       nai_param(r, node->bias), nai_param(r, node->weight), nai_value(r, i));
}

static void tokens_backward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_shape *const x = nai_from(r, i);
    const bool fixed = node->weight < 0 || r->g->tensor[node->weight].buffer;

    r->d->token->embed_backward(r->d, x->n, x->h * x->w, x->c, node->bias >= 0, nai_dy(r, i),
                                nai_dx(r, i), nai_dparam(r, node->bias),
                                fixed ? NULL : nai_dparam(r, node->weight));
}

const struct nai_kind nai_kind_tokens = {
    .open = tokens_open, .forward = tokens_forward, .backward = tokens_backward};

static struct nai_attention_spec attention_spec(const struct nai_run *r, int i)
{
    const struct nai_shape *const s = &r->cell[i].shape;

    return (struct nai_attention_spec){
        .n = s->n, .tokens = s->h, .heads = r->g->node[i].heads, .dim = s->c};
}

static int attention_open(struct nai_run *r, int i, struct nai_err *err)
{
    struct nai_cell *const cell = &r->cell[i];
    struct nai_attention_spec spec;

    (void)err;
    cell->shape = *nai_from(r, i);
    cell->shape.c /= 3;
    cell->shape.block = cell->shape.c;
    cell->traits = NAI_KEEPS_X;
    spec = attention_spec(r, i);
    cell->state_count = spec.n * spec.heads * spec.tokens * spec.tokens;
    cell->work = r->o.tangents ? 2 * cell->state_count : r->backward ? cell->state_count : 0;
    return NAI_OK;
}

static void attention_forward(struct nai_run *r, int i)
{
    const struct nai_attention_spec spec = attention_spec(r, i);

    r->d->attention->forward(r->d, &spec, nai_value(r, r->cell[i].in[0]), nai_value(r, i),
                             nai_state(r, i));
}

static void attention_backward(struct nai_run *r, int i)
{
    const struct nai_attention_spec spec = attention_spec(r, i);

    r->d->attention->backward(r->d, &spec, nai_value(r, r->cell[i].in[0]), nai_state(r, i),
                              nai_dy(r, i), nai_dx(r, i), nai_slot_buf(r, r->work));
}

static void attention_tangent(struct nai_run *r, int i)
{
    const struct nai_attention_spec spec = attention_spec(r, i);
    const int in = r->cell[i].in[0];

    r->d->attention->forward_tangent(r->d, &spec, nai_value(r, in), nai_state(r, i),
                                     nai_tvalue(r, in), nai_tvalue(r, i), nai_tstate(r, i));
}

static void attention_backward_tangent(struct nai_run *r, int i)
{
    const struct nai_attention_spec spec = attention_spec(r, i);
    const int in = r->cell[i].in[0];

    r->d->attention->backward_tangent(r->d, &spec, nai_value(r, in), nai_state(r, i), nai_dy(r, i),
                                      nai_tvalue(r, in), nai_tstate(r, i), nai_tdy(r, i),
                                      nai_tdx(r, i), nai_slot_buf(r, r->work));
}

const struct nai_kind nai_kind_attention = {attention_open, attention_forward, attention_backward,
                                            attention_tangent, attention_backward_tangent};

static int rows_open(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_shape *const x = nai_from(r, i);

    (void)err;
    r->cell[i].shape = nai_rows(x->n, x->c);
    return NAI_OK;
}

static void first_forward(struct nai_run *r, int i)
{
    const struct nai_shape *const x = nai_from(r, i);

    r->d->token->first(r->d, x->n, x->h, x->c, nai_value(r, r->cell[i].in[0]), nai_value(r, i));
}

static void first_backward(struct nai_run *r, int i)
{
    const struct nai_shape *const x = nai_from(r, i);

    r->d->token->first_backward(r->d, x->n, x->h, x->c, nai_dy(r, i), nai_dx(r, i));
}

const struct nai_kind nai_kind_first = {
    .open = rows_open, .forward = first_forward, .backward = first_backward};

/* Of tokens 1 on: token 0 is the class token. */
static void mean_forward(struct nai_run *r, int i)
{
    const struct nai_shape *const x = nai_from(r, i);

    r->d->token->mean(r->d, x->n, x->h, x->c, 1, nai_value(r, r->cell[i].in[0]), nai_value(r, i));
}

static void mean_backward(struct nai_run *r, int i)
{
    const struct nai_shape *const x = nai_from(r, i);

    r->d->token->mean_backward(r->d, x->n, x->h, x->c, 1, nai_dy(r, i), nai_dx(r, i));
}

const struct nai_kind nai_kind_mean = {
    .open = rows_open, .forward = mean_forward, .backward = mean_backward};
