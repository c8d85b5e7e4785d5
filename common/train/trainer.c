/* trainer.c - a model in training: opened, started, closed
 * SPDX-License-Identifier: MIT */
#include "trainer.h"

#include <string.h>

#include "mem.h"
#include "vector.h"

/* ---- what goes together ---- */

static int check_input(const struct nai_input *in, const struct nai_graph *g, struct nai_err *err)
{
    const struct nai_input_group *const p = &in->group[0];
    char have[80];

    if (p->c == g->c && p->h == g->h && p->w == g->w)
        return NAI_OK;
    return nai_err_set(err, NAI_EINPUT, "%s: holds %s, the network takes %zux%zux%zu", in->name,
                       nai_input_text(in, 0, have), g->c, g->h, g->w);
}

static int check_norm(const struct nai_graph *g, const struct nai_trainer_opts *o,
                      struct nai_err *err)
{
    for (size_t k = 0; k < g->nnodes; k++)
        if (g->node[k].kind == NAI_NODE_BATCHNORM && !o->eval && (o->batch == 1 || o->rest == 1))
            return nai_err_set(err, NAI_EUSAGE, "a batch of one under batch normalisation (%s)",
                               g->node[k].name[0] ? g->node[k].name : g->node[k - 1].name);
    return NAI_OK;
}

/* The node that a loss is of. */
static int find_out(int *out, const struct nai_graph *g, enum nai_loss loss, struct nai_err *err)
{
    switch (loss) {
    case NAI_LOSS_CE:
        *out = g->logits;
        return *out >= 0 ? NAI_OK
                         : nai_err_set(err, NAI_EUSAGE, "--loss ce needs classes= in --arch");
    case NAI_LOSS_MSE:
        *out = g->logits >= 0 ? g->logits : g->features;
        return NAI_OK;
    case NAI_LOSS_BYOL:
        *out = g->predictor;
        return *out >= 0 ? NAI_OK
                         : nai_err_set(err, NAI_EUSAGE,
                                       "--loss byol needs projector= and predictor= in --arch");
    default:
        *out = g->projector >= 0 ? g->projector : g->features;
        return NAI_OK;
    }
}

static int set_loss(struct nai_trainer *t, struct nai_err *err)
{
    struct nai_loss_spec *const s = &t->o.loss;
    const struct nai_graph *const g = t->model->graph;
    int rc = find_out(&t->out, g, s->kind, err);

    if (rc != NAI_OK)
        return rc;
    s->views = t->in->nviews;
    s->n = t->o.batch;
    s->d = g->node[t->out].c;
    if (t->o.beta_auto && s->kind == NAI_LOSS_BARLOW)
        s->beta = 5 / (double)s->d;
    if (s->kind == NAI_LOSS_MSE && t->in->y_count != s->d)
        return nai_err_set(err, NAI_EINPUT, "%s: targets of width %zu, the network gives %zu",
                           t->in->name, t->in->y_count, s->d);
    if (s->kind < NAI_LOSS_CE && t->in->nviews < 2)
        return nai_err_set(err, NAI_EINPUT,
                           "%s: a single view of each image; this loss compares two or more "
                           "(nai-augment --views 2)",
                           t->in->name);
    rc = t->device->loss->check(s, err);
    if (rc == NAI_OK && t->o.rest) {
        struct nai_loss_spec rest = *s;
        rest.n = t->o.rest;
        rc = t->device->loss->check(&rest, err);
    }
    return rc;
}

/* ---- memory ---- */

static int open_runs(struct nai_trainer *t, struct nai_model *m, struct nai_run **run, size_t n,
                     int last, struct nai_err *err)
{
    for (size_t k = 0; k < t->in->ngroups; k++) {
        const struct nai_input_group *const g = &t->in->group[k];
        const struct nai_run_opts o = {.n = n * g->views,
                                       .h = g->h,
                                       .w = g->w,
                                       .groups = t->o.together ? 1 : g->views,
                                       .mode = t->o.eval ? NAI_MODE_EVAL : NAI_MODE_TRAIN,
                                       .tangents = t->o.tangents && m == t->model,
                                       .keep = &m->graph->features,
                                       .nkeep = 1,
                                       .last = last};
        int rc = nai_run_open(&run[k], m, &o, err);
        if (rc == NAI_EUSAGE && k > 0) { /* the first fits: it is the input that has others */
            rc = err->code = NAI_EINPUT;
            nai_err_prefix(err, t->in->name);
        }
        if (rc != NAI_OK)
            return rc;
    }
    return NAI_OK;
}

static int open_passes(struct nai_trainer *t, struct nai_err *err)
{
    int rc = NAI_OK;

    for (size_t p = 0; rc == NAI_OK && p < 2; p++) {
        t->pass[p].n = p == 0 ? t->o.batch : t->o.rest;
        if (t->pass[p].n == 0)
            continue;
        rc = open_runs(t, t->model, t->pass[p].run, t->pass[p].n, t->out, err);
        if (rc == NAI_OK && t->target)
            rc = open_runs(t, t->target, t->pass[p].target, t->pass[p].n,
                           t->model->graph->projector, err);
    }
    t->last = &t->pass[0];
    return rc;
}

/* Another model of the same network. training: batch statistics, as a target has them. */
static int open_shadow(struct nai_model **m, const struct nai_trainer *t, bool training,
                       struct nai_err *err)
{
    struct nai_graph *g = NULL;
    int rc = nai_graph_new(&g, t->model->graph->text, err);

    if (rc == NAI_OK)
        rc = nai_model_new(m, t->device, g, training, err);
    return rc;
}

static int open_tangents(struct nai_trainer *t, size_t count, struct nai_err *err)
{
    const struct nai_memory_ops *const mem = t->device->memory;

    if (!t->o.tangents)
        return NAI_OK;
    t->tz = mem->alloc(t->device, count, "tangents of embeddings", err);
    t->tdz = mem->alloc(t->device, count, "tangents of embeddings", err);
    return t->tz && t->tdz ? NAI_OK : NAI_ESYSTEM;
}

/* Elements of scratch that a loss needs. */
static size_t loss_work(const struct nai_trainer *t, const struct nai_loss_spec *s)
{
    const size_t value = t->device->loss->workspace(s);
    const size_t tangent = t->o.tangents ? t->device->loss->tangent_workspace(s) : 0;

    return value > tangent ? value : tangent;
}

static int open_buffers(struct nai_trainer *t, struct nai_err *err)
{
    const struct nai_memory_ops *const mem = t->device->memory;
    struct nai_loss_spec rest = t->o.loss;
    const bool targets = rest.kind == NAI_LOSS_BYOL || rest.kind == NAI_LOSS_MSE;
    const size_t count = rest.views * rest.n * rest.d;
    const size_t flat = t->in->c > t->in->y_count ? t->in->c : t->in->y_count;
    size_t work = loss_work(t, &t->o.loss);

    rest.n = t->o.rest;
    if (rest.n && loss_work(t, &rest) > work)
        work = loss_work(t, &rest);
    t->z = mem->alloc(t->device, count, "embeddings", err);
    t->dz = mem->alloc(t->device, count, "gradients of embeddings", err);
    t->zt = targets ? mem->alloc(t->device, count, "targets", err) : NULL;
    t->work = mem->alloc(t->device, work ? work : 1, "the loss", err);
    t->zero = nai_alloc(flat, sizeof *t->zero, "means", err);
    t->one = nai_alloc(flat, sizeof *t->one, "standard deviations", err);
    if (!t->z || !t->dz || (targets && !t->zt) || !t->work || !t->zero || !t->one)
        return NAI_ESYSTEM;
    for (size_t k = 0; k < flat; k++) {
        t->zero[k] = 0;
        t->one[k] = 1;
    }
    return open_tangents(t, count, err);
}

int nai_trainer_open(struct nai_trainer *t, struct nai_device *d, struct nai_graph *graph,
                     const struct nai_input *in, const struct nai_trainer_opts *o,
                     struct nai_err *err)
{
    int rc;

    *t = (struct nai_trainer){.device = d, .in = in, .o = *o};
    rc = nai_model_new(&t->model, d, graph, true, err);
    if (rc == NAI_OK)
        rc = check_input(in, graph, err);
    if (rc == NAI_OK)
        rc = check_norm(graph, o, err);
    if (rc == NAI_OK)
        rc = set_loss(t, err);
    if (rc == NAI_OK && o->loss.kind == NAI_LOSS_BYOL)
        rc = open_shadow(&t->target, t, true, err);
    if (rc == NAI_OK && o->ema > 0)
        rc = open_shadow(&t->ema, t, false, err);
    if (rc == NAI_OK && o->tangents)
        rc = nai_model_tangents(t->model, err);
    if (rc == NAI_OK)
        rc = nai_stepper_open(&t->stepper, t->model, &o->step, err);
    if (rc == NAI_OK)
        rc = open_passes(t, err);
    if (rc == NAI_OK)
        rc = open_buffers(t, err);
    return rc;
}

void nai_trainer_close(struct nai_trainer *t)
{
    struct nai_buf *const bufs[] = {t->z, t->dz, t->zt, t->work, t->tz, t->tdz};

    for (size_t p = 0; p < 2; p++)
        for (size_t g = 0; g < NAI_INPUT_GROUPS; g++) {
            nai_run_close(t->pass[p].run[g]);
            nai_run_close(t->pass[p].target[g]);
        }
    for (size_t k = 0; k < sizeof bufs / sizeof *bufs; k++)
        if (bufs[k])
            t->device->memory->free(t->device, bufs[k]);
    if (t->model) {
        nai_stepper_close(&t->stepper, t->model);
        nai_perturb_close(&t->perturb, t->model);
    }
    nai_model_free(t->ema);
    nai_model_free(t->target);
    nai_model_free(t->model);
    nai_free(t->zero);
    nai_free(t->one);
    *t = (struct nai_trainer){0};
}

void nai_trainer_start(struct nai_trainer *t)
{
    struct nai_model *const shadow[] = {t->target, t->ema};
    const struct nai_graph *const g = t->model->graph;

    for (size_t k = 0; k < 2; k++) {
        if (!shadow[k])
            continue;
        t->device->vector->copy(t->device, shadow[k]->w, t->model->w, g->params);
        if (g->buffers)
            t->device->vector->copy(t->device, shadow[k]->b, t->model->b, g->buffers);
    }
}

size_t nai_trainer_bytes(const struct nai_trainer *t)
{
    const struct nai_graph *const g = t->model->graph;
    const size_t target = t->target ? 1 : 0, shadows = target + (t->ema ? 1 : 0);
    size_t bytes =
        (g->params * (2 + shadows + target + t->stepper.nstates) + g->buffers * (1 + shadows)) *
        t->device->size;

    for (size_t p = 0; p < 2; p++)
        for (size_t k = 0; k < t->in->ngroups; k++) {
            bytes += t->pass[p].run[k] ? nai_run_bytes(t->pass[p].run[k]) : 0;
            bytes += t->pass[p].target[k] ? nai_run_bytes(t->pass[p].target[k]) : 0;
        }
    bytes += t->o.tangents ? 2 * g->params * t->device->size : 0;
    return bytes + (t->z ? t->tz ? 4 : 2 : 0) * t->o.loss.views * t->o.loss.n * t->o.loss.d *
                       t->device->size;
}
