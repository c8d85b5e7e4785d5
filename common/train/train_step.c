/* train_step.c - one batch through the network and back, and a step of the optimiser
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "layout.h"
#include "trainer.h"
#include "upload.h"
#include "vector.h"

static const struct nai_pass *pass_of(const struct nai_trainer *t, size_t n)
{
    return &t->pass[n == t->pass[0].n ? 0 : 1];
}

/* Embeddings of all views of a batch, [views][n][d], by one of the two networks. */
static void embed(struct nai_trainer *t, struct nai_run *const *run, int node, size_t n,
                  uint64_t draw, struct nai_buf *z)
{
    size_t at = 0;

    for (size_t k = 0; k < t->in->ngroups; k++) {
        const size_t count = t->in->group[k].views * n * t->o.loss.d;
        const uint64_t key[2] = {t->o.seed, draw + k};
        struct nai_shape shape;
        nai_run_forward(run[k], key);
        t->device->vector->copy(t->device, t->device->memory->at(t->device, z, at),
                                nai_run_output(run[k], node, &shape), count);
        at += count;
    }
}

static void upload_targets(struct nai_trainer *t, const struct nai_rows *b)
{
    const struct nai_shape s = nai_rows(b->n, t->o.loss.d);

    for (size_t v = 0; v < t->in->nviews; v++)
        t->device->image->upload_f64(
            t->device, &s, b->targets, t->o.loss.d, t->zero, t->one,
            t->device->memory->at(t->device, t->zt, v * b->n * t->o.loss.d));
}

/* Forward through all of it; t->value is the loss, dz its gradient where that is wanted. */
static void forward(struct nai_trainer *t, const struct nai_rows *b, bool fresh, uint64_t draw,
                    bool grad)
{
    const struct nai_pass *const p = pass_of(t, b->n);
    struct nai_loss_spec s = t->o.loss;

    for (size_t k = 0; k < t->in->ngroups; k++) {
        nai_upload_views(p->run[k], t->device, t->in, k, b->x[k], b->n);
        if (fresh && t->target)
            nai_upload_views(p->target[k], t->device, t->in, k, b->x[k], b->n);
    }
    if (fresh && t->target)
        embed(t, p->target, t->model->graph->projector, b->n, draw + t->in->ngroups, t->zt);
    if (fresh && s.kind == NAI_LOSS_MSE)
        upload_targets(t, b);
    embed(t, p->run, t->out, b->n, draw, t->z);
    s.n = b->n;
    t->device->loss->compute(t->device, &s, t->z, t->zt, b->labels, grad ? t->dz : NULL, t->work,
                             &t->value);
    t->last = p;
}

double nai_trainer_loss(struct nai_trainer *t, const struct nai_rows *b, bool fresh)
{
    forward(t, b, fresh, 0, false);
    return t->value.loss;
}

int nai_trainer_gradients(struct nai_trainer *t, const struct nai_rows *b, double scale,
                          struct nai_err *err)
{
    const struct nai_pass *const p = pass_of(t, b->n);
    size_t at = 0;

    forward(t, b, true, t->draws, true);
    t->draws += 2 * t->in->ngroups; /* the target's too */
    for (size_t k = 0; k < t->value.terms; k++)
        if (!isfinite(t->value.value[k]))
            return nai_err_set(err, NAI_ENUMERIC, "the loss is not finite (%s: %g)",
                               t->value.name[k], t->value.value[k]);
    if (!isfinite(t->value.loss))
        return nai_err_set(err, NAI_ENUMERIC, "the loss is not finite (%g)", t->value.loss);
    for (size_t k = 0; k < t->in->ngroups; k++) {
        const size_t count = t->in->group[k].views * b->n * t->o.loss.d;
        t->device->vector->axpby(t->device, scale, t->device->memory->at(t->device, t->dz, at), 0,
                                 nai_run_grad(p->run[k]), count);
        nai_run_backward(p->run[k]);
        at += count;
    }
    return t->device->memory->sync(t->device, err);
}

/* The first tensor that is not finite, by name. */
static int name_tensor(const struct nai_trainer *t, bool gradient, struct nai_err *err)
{
    const struct nai_graph *const g = t->model->graph;

    for (size_t k = 0; k < g->ntensors; k++) {
        const struct nai_buf *b;
        if (gradient && g->tensor[k].buffer)
            continue;
        b = gradient ? nai_model_grad(t->model, k) : nai_model_tensor(t->model, k);
        if (t->device->vector->nonfinite(t->device, b, g->tensor[k].count) > 0)
            return nai_err_set(err, NAI_ENUMERIC, "%s%s is not finite",
                               gradient ? "the gradient of " : "", g->tensor[k].name);
    }
    return gradient ? nai_err_set(err, NAI_ENUMERIC, "the norm of the gradient is not finite")
                    : NAI_OK;
}

int nai_trainer_check(const struct nai_trainer *t, struct nai_err *err)
{
    return name_tensor(t, false, err);
}

/* shadow = rate shadow + (1 - rate) model. */
static void follow(const struct nai_trainer *t, struct nai_model *shadow, double rate, bool buffers)
{
    const struct nai_graph *const g = t->model->graph;

    t->device->vector->axpby(t->device, 1 - rate, t->model->w, rate, shadow->w, g->params);
    if (buffers && g->buffers)
        t->device->vector->axpby(t->device, 1 - rate, t->model->b, rate, shadow->b, g->buffers);
}

int nai_trainer_update(struct nai_trainer *t, double lr, double tau, struct nai_err *err)
{
    const size_t params = t->model->graph->params;
    const double square = t->device->vector->dot(t->device, t->model->g, t->model->g, params);
    int rc;

    if (!isfinite(square))
        return name_tensor(t, true, err);
    t->grad_norm = sqrt(square);
    rc = nai_perturb_apply(&t->perturb, t->model, t->grad_norm, t->stepper.step, err);
    if (rc != NAI_OK)
        return rc;
    nai_stepper_step(&t->stepper, t->model, lr);
    t->device->vector->zero(t->device, t->model->g, params);
    if (t->target) /* its own running statistics come from its own passes */
        follow(t, t->target, tau, false);
    if (t->ema)
        follow(t, t->ema, t->o.ema, true);
    return t->device->memory->sync(t->device, err);
}

const struct nai_buf *nai_trainer_features(const struct nai_trainer *t, size_t *rows, size_t *cols)
{
    struct nai_shape s;
    const struct nai_buf *const b = nai_run_output(t->last->run[0], t->model->graph->features, &s);

    *rows = s.n;
    *cols = s.c;
    return b;
}
