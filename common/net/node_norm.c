/* node_norm.c - batch and layer normalisation
 * SPDX-License-Identifier: MIT */
#include "batchnorm.h"
#include "layernorm.h"
#include "run_parts.h"

static struct nai_batchnorm_spec spec_of(const struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];

    return (struct nai_batchnorm_spec){
        .x = r->cell[i].shape,
        .groups = r->o.groups,
        .eps = node->eps,
        .momentum = node->momentum,
        .affine = true,
        .relu = node->act == NAI_ACT_RELU,
    };
}

static int batchnorm_open(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_node *const node = &r->g->node[i];
    struct nai_cell *const cell = &r->cell[i];

    cell->shape = *nai_from(r, i);
    cell->traits = NAI_KEEPS_X;
    if (node->act == NAI_ACT_RELU && node->in2 >= 0)
        cell->traits |= NAI_KEEPS_Y | NAI_CHANGES_DY;
    cell->traits |= node->in2 < 0 ? NAI_DX_MAY_BE_DY : NAI_DX2_IS_DY;
    if (r->o.mode != NAI_MODE_TRAIN)
        cell->traits |= NAI_Y_MAY_BE_X;
    else
        cell->state_count = 2 * r->o.groups * cell->shape.c;
    if (r->o.mode == NAI_MODE_TRAIN && r->o.n / r->o.groups * cell->shape.h * cell->shape.w < 2)
        return nai_layer_error(r, i, err,
                               "batch statistics of a single value: a larger batch is "
                               "needed");
    return NAI_OK;
}

static struct nai_buf *rstd_of(const struct nai_run *r, struct nai_buf *state, size_t count)
{
    return r->d->memory->at(r->d, state, count);
}

static void batchnorm_forward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_batchnorm_spec spec = spec_of(r, i);
    const struct nai_buf *const x = nai_value(r, node->in), *const res = nai_value(r, node->in2);
    struct nai_buf *const y = nai_value(r, i), *const mean = nai_state(r, i);

    if (r->o.mode == NAI_MODE_TRAIN)
        r->d->batchnorm->train(r->d, &spec, x, res, nai_param(r, node->weight),
                               nai_param(r, node->bias), y, mean,
                               rstd_of(r, mean, spec.groups * spec.x.c), nai_param(r, node->mean),
                               nai_param(r, node->var));
    else
        r->d->batchnorm->eval(r->d, &spec, x, res, nai_param(r, node->weight),
                              nai_param(r, node->bias), nai_param(r, node->mean),
                              nai_param(r, node->var), y);
}

static void batchnorm_backward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_batchnorm_spec spec = spec_of(r, i);
    const struct nai_buf *const x = nai_value(r, node->in);
    const struct nai_buf *const y = node->in2 < 0 ? NULL : nai_value(r, i);
    struct nai_buf *const gamma = nai_param(r, node->weight), *const beta =
                                                                  nai_param(r, node->bias);
    struct nai_buf *const dgamma = nai_dparam(r, node->weight);
    struct nai_buf *const dbeta = nai_dparam(r, node->bias), *const mean = nai_state(r, i);

    if (r->o.mode == NAI_MODE_TRAIN)
        r->d->batchnorm->train_backward(r->d, &spec, x, y, gamma, beta, mean,
                                        rstd_of(r, mean, spec.groups * spec.x.c), nai_dy(r, i),
                                        nai_dx(r, i), dgamma, dbeta);
    else
        r->d->batchnorm->eval_backward(r->d, &spec, x, y, gamma, beta, nai_param(r, node->mean),
                                       nai_param(r, node->var), nai_dy(r, i), nai_dx(r, i), dgamma,
                                       dbeta);
}

static void batchnorm_tangent(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_batchnorm_spec spec = spec_of(r, i);
    const struct nai_buf *const x = nai_value(r, node->in), *const tx = nai_tvalue(r, node->in);
    const struct nai_buf *const y = node->in2 < 0 ? NULL : nai_value(r, i);
    const struct nai_buf *const gamma = nai_param(r, node->weight);
    const struct nai_buf *const beta = nai_param(r, node->bias);
    const struct nai_buf *const tres = nai_tvalue(r, node->in2);
    const struct nai_buf *const tgamma = nai_tparam(r, node->weight);
    const struct nai_buf *const tbeta = nai_tparam(r, node->bias);
    struct nai_buf *const mean = nai_state(r, i), *const tmean = nai_tstate(r, i);
    const size_t count = spec.groups * spec.x.c;

    if (r->o.mode == NAI_MODE_TRAIN)
        r->d->batchnorm->train_tangent(r->d, &spec, x, y, gamma, beta, mean,
                                       rstd_of(r, mean, count), tx, tres, tgamma, tbeta,
                                       nai_tvalue(r, i), tmean, rstd_of(r, tmean, count));
    else
        r->d->batchnorm->eval_tangent(r->d, &spec, x, y, gamma, beta, nai_param(r, node->mean),
                                      nai_param(r, node->var), tx, tres, tgamma, tbeta,
                                      nai_tvalue(r, i));
}

static void batchnorm_backward_tangent(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_batchnorm_spec spec = spec_of(r, i);
    const struct nai_buf *const x = nai_value(r, node->in), *const tx = nai_tvalue(r, node->in);
    const struct nai_buf *const y = node->in2 < 0 ? NULL : nai_value(r, i);
    const struct nai_buf *const gamma = nai_param(r, node->weight);
    const struct nai_buf *const beta = nai_param(r, node->bias);
    const struct nai_buf *const tgamma = nai_tparam(r, node->weight);
    struct nai_buf *const dgamma = nai_tdparam(r, node->weight);
    struct nai_buf *const dbeta = nai_tdparam(r, node->bias);
    struct nai_buf *const mean = nai_state(r, i), *const tmean = nai_tstate(r, i);
    const size_t count = spec.groups * spec.x.c;

    if (r->o.mode == NAI_MODE_TRAIN)
        r->d->batchnorm->train_backward_tangent(
            r->d, &spec, x, y, gamma, beta, mean, rstd_of(r, mean, count), nai_dy(r, i), tx, tgamma,
            tmean, rstd_of(r, tmean, count), nai_tdy(r, i), nai_tdx(r, i), dgamma, dbeta);
    else
        r->d->batchnorm->eval_backward_tangent(
            r->d, &spec, x, y, gamma, beta, nai_param(r, node->mean), nai_param(r, node->var),
            nai_dy(r, i), tx, tgamma, nai_tdy(r, i), nai_tdx(r, i), dgamma, dbeta);
}

const struct nai_kind nai_kind_batchnorm = {batchnorm_open, batchnorm_forward, batchnorm_backward,
                                            batchnorm_tangent, batchnorm_backward_tangent};

static int layernorm_open(struct nai_run *r, int i, struct nai_err *err)
{
    struct nai_cell *const cell = &r->cell[i];

    (void)err;
    cell->shape = *nai_from(r, i);
    cell->traits = NAI_KEEPS_X | NAI_DX_MAY_BE_DY;
    cell->state_count = 2 * nai_row_count(&cell->shape);
    return NAI_OK;
}

static void layernorm_forward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_shape *const s = &r->cell[i].shape;
    const size_t rows = nai_row_count(s);
    struct nai_buf *const mean = nai_state(r, i);

    r->d->layernorm->forward(r->d, rows, s->c, node->eps, nai_value(r, node->in),
                             nai_param(r, node->weight), nai_param(r, node->bias), nai_value(r, i),
                             mean, rstd_of(r, mean, rows));
}

static void layernorm_backward(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_shape *const s = &r->cell[i].shape;
    const size_t rows = nai_row_count(s);
    struct nai_buf *const mean = nai_state(r, i);

    r->d->layernorm->backward(r->d, rows, s->c, nai_value(r, node->in), nai_param(r, node->weight),
                              mean, rstd_of(r, mean, rows), nai_dy(r, i), nai_dx(r, i),
                              nai_dparam(r, node->weight), nai_dparam(r, node->bias));
}

static void layernorm_tangent(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_shape *const s = &r->cell[i].shape;
    const size_t rows = nai_row_count(s);
    struct nai_buf *const mean = nai_state(r, i), *const tmean = nai_tstate(r, i);

    r->d->layernorm->forward_tangent(
        r->d, rows, s->c, nai_value(r, node->in), nai_param(r, node->weight), mean,
        rstd_of(r, mean, rows), nai_tvalue(r, node->in), nai_tparam(r, node->weight),
        nai_tparam(r, node->bias), nai_tvalue(r, i), tmean, rstd_of(r, tmean, rows));
}

static void layernorm_backward_tangent(struct nai_run *r, int i)
{
    const struct nai_node *const node = &r->g->node[i];
    const struct nai_shape *const s = &r->cell[i].shape;
    const size_t rows = nai_row_count(s);
    struct nai_buf *const mean = nai_state(r, i), *const tmean = nai_tstate(r, i);

    r->d->layernorm->backward_tangent(
        r->d, rows, s->c, nai_value(r, node->in), nai_param(r, node->weight), mean,
        rstd_of(r, mean, rows), nai_dy(r, i), nai_tvalue(r, node->in), nai_tparam(r, node->weight),
        tmean, rstd_of(r, tmean, rows), nai_tdy(r, i), nai_tdx(r, i), nai_tdparam(r, node->weight),
        nai_tdparam(r, node->bias));
}

const struct nai_kind nai_kind_layernorm = {layernorm_open, layernorm_forward, layernorm_backward,
                                            layernorm_tangent, layernorm_backward_tangent};
