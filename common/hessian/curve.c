/* curve.c - the curvature matrix of a loss over all rows, as an operator
 * SPDX-License-Identifier: MIT */
#include "curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "vector.h"

int nai_curve_open(struct nai_curve *c, struct nai_cli *cli, struct nai_trainer *t,
                   struct nai_passes *data, enum nai_curvature of, size_t room, struct nai_err *err)
{
    const size_t params = nai_model_params(t->model), tensors = t->model->graph->ntensors;

    *c = (struct nai_curve){.cli = cli,
                            .t = t,
                            .data = data,
                            .of = of,
                            .err = err,
                            .params = params,
                            .n = params,
                            .room = room ? room : 1};
    c->chosen = calloc(tensors, sizeof *c->chosen);
    c->tw = calloc(c->room, sizeof *c->tw);
    c->tg = calloc(c->room, sizeof *c->tg);
    if (!c->chosen || !c->tw || !c->tg)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    c->tw[0] = t->model->tw; /* from here on they can be given back */
    c->tg[0] = t->model->tg;
    c->w = nai_alloc(params, sizeof *c->w, "the parameters", err);
    c->g = nai_alloc(params, sizeof *c->g, "the gradient", err);
    c->full = nai_alloc(params, sizeof *c->full, "a product", err);
    if (!c->w || !c->g || !c->full)
        return NAI_ESYSTEM;
    for (size_t k = 0; k < tensors; k++)
        c->chosen[k] = !t->model->graph->tensor[k].buffer;
    for (size_t k = 1; k < c->room; k++) {
        c->tw[k] = t->device->memory->alloc(t->device, t->model->graph->params, "products", err);
        c->tg[k] = t->device->memory->alloc(t->device, t->model->graph->params, "products", err);
        if (!c->tw[k] || !c->tg[k])
            return NAI_ESYSTEM;
    }
    return NAI_OK;
}

void nai_curve_close(struct nai_curve *c)
{
    if (c->t && c->tw && c->tg) { /* the first pair is the model's */
        c->t->model->tw = c->tw[0];
        c->t->model->tg = c->tg[0];
    }
    for (size_t k = 1; c->tw && c->tg && k < c->room; k++) {
        c->t->device->memory->free(c->t->device, c->tw[k]);
        c->t->device->memory->free(c->t->device, c->tg[k]);
    }
    free(c->tw);
    free(c->tg);
    free(c->chosen);
    nai_free(c->w);
    nai_free(c->g);
    nai_free(c->full);
    *c = (struct nai_curve){0};
}

/* ---- blocks ---- */

/* The elements of the tensors chosen, of all. */
static void pick(const struct nai_curve *c, double *x, const double *full)
{
    const struct nai_graph *const g = c->t->model->graph;

    for (size_t t = 0; t < g->ntensors; t++) {
        const size_t count = g->tensor[t].buffer ? 0 : g->tensor[t].count;
        if (c->chosen[t]) {
            memcpy(x, full, count * sizeof *x);
            x += count;
        }
        full += count;
    }
}

/* All elements: those of the tensors chosen, and 0. */
static void place(const struct nai_curve *c, const double *x, double *full)
{
    const struct nai_graph *const g = c->t->model->graph;

    for (size_t t = 0; t < g->ntensors; t++) {
        const size_t count = g->tensor[t].buffer ? 0 : g->tensor[t].count;
        if (c->chosen[t]) {
            memcpy(full, x, count * sizeof *x);
            x += count;
        } else {
            memset(full, 0, count * sizeof *full);
        }
        full += count;
    }
}

void nai_curve_choose(struct nai_curve *c)
{
    const struct nai_graph *const g = c->t->model->graph;
    double square = 0;
    size_t at = 0;

    c->n = 0;
    for (size_t t = 0; t < g->ntensors; t++) {
        const size_t count = g->tensor[t].buffer ? 0 : g->tensor[t].count;
        for (size_t i = at; c->chosen[t] && i < at + count; i++)
            square += c->g[i] * c->g[i];
        c->n += c->chosen[t] ? count : 0;
        at += count;
    }
    c->grad_norm = sqrt(square);
}

/* ---- passes over the rows ---- */

/* A batch's weight: a sum is made of sums, a mean of means by their rows. */
static double weight(const struct nai_curve *c, size_t n)
{
    return c->t->o.loss.sum ? 1 : (double)n;
}

static double divisor(const struct nai_curve *c)
{
    return c->t->o.loss.sum ? 1 : (double)c->rows;
}

/* What dropout is keyed by in batch k: the same in every pass. */
static uint64_t draw_of(const struct nai_curve *c, uint64_t k)
{
    return k * 2 * c->t->in->ngroups;
}

/* The next batch of the pass, linearised unless it still is. */
static int next(struct nai_curve *c, struct nai_rows *b, uint64_t k, bool *more,
                struct nai_err *err)
{
    int rc;

    if (c->linearised) {
        *more = k == 0;
        b->n = c->rows;
        return NAI_OK;
    }
    rc = k == 0 ? nai_passes_begin(c->data, err) : NAI_OK;
    if (rc == NAI_OK)
        rc = nai_passes_next(c->data, b, more, err);
    if (rc == NAI_OK && *more)
        rc = nai_trainer_linearise(c->t, b, draw_of(c, k), err);
    return rc;
}

int nai_curve_start(struct nai_curve *c, struct nai_err *err)
{
    struct nai_device *const d = c->t->device;
    struct nai_model *const m = c->t->model;
    struct nai_rows b;
    bool more = true;
    double square = 0;
    int rc = nai_model_gather(m, m->w, c->w, err);

    c->linearised = false;
    c->loss = 0;
    c->rows = c->data->chosen;
    d->vector->zero(d, m->g, m->graph->params);
    for (uint64_t k = 0; rc == NAI_OK; k++) {
        rc = next(c, &b, k, &more, err);
        if (rc != NAI_OK || !more)
            break;
        nai_trainer_gradient(c->t, weight(c, b.n));
        c->loss += weight(c, b.n) * c->t->value.loss;
        c->linearised = b.n == c->rows;
    }
    if (rc == NAI_OK)
        rc = d->memory->sync(d, err);
    if (rc == NAI_OK)
        rc = nai_model_gather(m, m->g, c->g, err);
    if (rc != NAI_OK)
        return rc;
    c->loss /= divisor(c);
    for (size_t i = 0; i < c->params; i++) {
        c->g[i] /= divisor(c);
        square += c->g[i] * c->g[i];
    }
    nai_curve_choose(c);
    return isfinite(square)
               ? NAI_OK
               : nai_err_set(err, NAI_ENUMERIC, "the gradient of the loss is not finite");
}

/* One batch's share of k products. */
static void add_products(struct nai_curve *c, const struct nai_rows *b, size_t k)
{
    struct nai_model *const m = c->t->model;

    for (size_t i = 0; i < k; i++) {
        m->tw = c->tw[i];
        m->tg = c->tg[i];
        nai_trainer_product(c->t, c->of, weight(c, b->n));
    }
}

/* At most `room` products at once: each batch is linearised once for all of them. */
static int products(struct nai_curve *c, double *y, const double *x, size_t k)
{
    struct nai_device *const d = c->t->device;
    struct nai_model *const m = c->t->model;
    struct nai_rows b;
    bool more = true;
    int rc = NAI_OK;

    for (size_t i = 0; rc == NAI_OK && i < k; i++) {
        place(c, x + i * c->n, c->full);
        rc = nai_model_scatter(m, c->full, c->tw[i], c->err);
        d->vector->zero(d, c->tg[i], m->graph->params);
    }
    for (uint64_t j = 0; rc == NAI_OK; j++) {
        rc = next(c, &b, j, &more, c->err);
        if (rc != NAI_OK || !more)
            break;
        add_products(c, &b, k);
        rc = d->memory->sync(d, c->err);
    }
    for (size_t i = 0; rc == NAI_OK && i < k; i++) {
        rc = nai_model_gather(m, c->tg[i], c->full, c->err);
        pick(c, y + i * c->n, c->full);
        for (size_t p = 0; p < c->n; p++)
            y[i * c->n + p] /= divisor(c);
    }
    c->taken += k;
    nai_progress(c->cli, c->taken, c->total);
    return rc;
}

int nai_curve_product(double *y, const double *x, size_t k, void *ctx)
{
    struct nai_curve *const c = ctx;
    int rc = NAI_OK;

    for (size_t i = 0, some; rc == NAI_OK && i < k; i += some) {
        some = k - i < c->room ? k - i : c->room;
        rc = products(c, y + i * c->n, x + i * c->n, some);
    }
    return rc;
}

/* ---- other points ---- */

int nai_curve_loss(struct nai_curve *c, const double *w, double *loss, struct nai_err *err)
{
    const bool again = c->rows == c->data->o.batch; /* one batch: its rows are at hand */
    struct nai_rows b;
    bool more = true;
    double sum = 0;
    int rc = nai_model_scatter(c->t->model, w, c->t->model->w, err);

    if (rc == NAI_OK)
        rc = nai_passes_begin(c->data, err);
    for (uint64_t k = 0; rc == NAI_OK; k++) {
        rc = nai_passes_next(c->data, &b, &more, err);
        if (rc != NAI_OK || !more)
            break;
        sum += weight(c, b.n) * nai_trainer_loss(c->t, &b, draw_of(c, k), !again);
    }
    c->linearised = false;
    *loss = sum / divisor(c);
    return rc == NAI_OK ? c->t->device->memory->sync(c->t->device, err) : rc;
}

int nai_curve_return(struct nai_curve *c, struct nai_err *err)
{
    c->linearised = false;
    return nai_model_scatter(c->t->model, c->w, c->t->model->w, err);
}
