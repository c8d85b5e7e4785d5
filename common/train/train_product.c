/* train_product.c - gradients and products with curvature matrices at the batch linearised
 * SPDX-License-Identifier: MIT */
#include "trainer.h"
#include "vector.h"

/* scale times the part of x that is of group k's views, to `to`. */
static void scatter(const struct nai_trainer *t, size_t k, double scale, struct nai_buf *x,
                    struct nai_buf *to)
{
    const size_t each = t->last->n * t->o.loss.d;
    size_t at = 0;

    for (size_t g = 0; g < k; g++)
        at += t->in->group[g].views * each;
    t->device->vector->axpby(t->device, scale, t->device->memory->at(t->device, x, at), 0, to,
                             t->in->group[k].views * each);
}

void nai_trainer_gradient(struct nai_trainer *t, double scale)
{
    for (size_t k = 0; k < t->in->ngroups; k++) {
        scatter(t, k, scale, t->dz, nai_run_grad(t->last->run[k]));
        nai_run_backward(t->last->run[k]);
    }
}

/* tz = J v, of all views. */
static void embed_tangents(struct nai_trainer *t)
{
    const size_t each = t->last->n * t->o.loss.d;
    size_t at = 0;

    for (size_t k = 0; k < t->in->ngroups; k++) {
        const size_t count = t->in->group[k].views * each;
        struct nai_buf *const to = t->device->memory->at(t->device, t->tz, at);
        struct nai_shape shape;
        nai_run_tangent(t->last->run[k]);
        t->device->vector->copy(t->device, to,
                                nai_run_output_tangent(t->last->run[k], t->out, &shape), count);
        at += count;
    }
}

/* J^T tdz to model->tg, by way of backward, which adds to model->g. */
static void pull_back(struct nai_trainer *t, double scale)
{
    struct nai_buf *const g = t->model->g;

    t->model->g = t->model->tg;
    for (size_t k = 0; k < t->in->ngroups; k++) {
        scatter(t, k, scale, t->tdz, nai_run_grad(t->last->run[k]));
        nai_run_backward(t->last->run[k]);
    }
    t->model->g = g;
}

void nai_trainer_product(struct nai_trainer *t, enum nai_curvature of, double scale)
{
    struct nai_loss_spec s = t->o.loss;
    size_t rows;

    s.n = t->last->n;
    rows = s.views * s.n;
    embed_tangents(t);
    if (of == NAI_FISHER) /* dz is the row's own gradient, over rows where the loss is a mean */
        t->device->vector->outer(t->device, rows, s.d, s.sum ? 1 : (double)rows, t->dz, t->tz,
                                 t->tdz);
    else
        t->device->loss->tangent(t->device, &s, t->z, t->zt, t->labels, t->tz, t->tdz, t->work);
    if (of != NAI_HESSIAN) {
        pull_back(t, scale);
        return;
    }
    for (size_t k = 0; k < t->in->ngroups; k++) {
        scatter(t, k, scale, t->dz, nai_run_grad(t->last->run[k]));
        scatter(t, k, scale, t->tdz, nai_run_grad_tangent(t->last->run[k]));
        nai_run_backward_tangent(t->last->run[k]);
    }
}
