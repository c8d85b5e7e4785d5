/* run.c - a model opened for one batch size; forward and backward
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mem.h"
#include "run_parts.h"
#include "vector.h"

static const struct nai_kind *const kinds[NAI_NODE_KINDS] = {
    [NAI_NODE_INPUT] = &nai_kind_input,           [NAI_NODE_CONV] = &nai_kind_conv,
    [NAI_NODE_BATCHNORM] = &nai_kind_batchnorm,   [NAI_NODE_ACT] = &nai_kind_act,
    [NAI_NODE_MAXPOOL] = &nai_kind_maxpool,       [NAI_NODE_AVGPOOL] = &nai_kind_avgpool,
    [NAI_NODE_GLOBALPOOL] = &nai_kind_globalpool, [NAI_NODE_ADAPTPOOL] = &nai_kind_adaptpool,
    [NAI_NODE_FLATTEN] = &nai_kind_flatten,       [NAI_NODE_LINEAR] = &nai_kind_linear,
    [NAI_NODE_LAYERNORM] = &nai_kind_layernorm,   [NAI_NODE_TOKENS] = &nai_kind_tokens,
    [NAI_NODE_ATTENTION] = &nai_kind_attention,   [NAI_NODE_ADD] = &nai_kind_add,
    [NAI_NODE_FIRST] = &nai_kind_first,           [NAI_NODE_MEAN] = &nai_kind_mean,
    [NAI_NODE_SHORTCUT_A] = &nai_kind_shortcut_a, [NAI_NODE_DROPOUT] = &nai_kind_dropout,
};

static const struct nai_kind *kind_of(const struct nai_run *r, int i)
{
    return r->cell[i].conv >= 0 ? &nai_kind_fused : kinds[r->g->node[i].kind];
}

int nai_layer_error(const struct nai_run *r, int i, struct nai_err *err, const char *fmt, ...)
{
    const char *const name = r->g->node[i].name;
    char msg[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    return nai_err_set(err, NAI_EUSAGE, "layer %s: %s", name[0] ? name : "(flatten)", msg);
}

/* ---- opening ---- */

/* What is computed, who reads what, and which convolutions their followers compute. */
static void mark(struct nai_run *r)
{
    const int n = (int)r->g->nnodes;

    for (int i = n - 1; i >= 0; i--) {
        const struct nai_node *const node = &r->g->node[i];
        struct nai_cell *const cell = &r->cell[i];
        cell->needed |= i == r->o.last || cell->kept;
        if (!cell->needed)
            continue;
        cell->in[0] = node->in;
        cell->in[1] = node->in2;
        for (int k = 0; k < 2; k++)
            if (cell->in[k] >= 0) {
                r->cell[cell->in[k]].needed = true;
                r->cell[cell->in[k]].readers++;
            }
    }
    for (int i = 0; i < n && r->o.mode == NAI_MODE_INFER; i++) {
        const struct nai_node *const node = &r->g->node[i];
        const bool folds = node->kind == NAI_NODE_BATCHNORM ||
                           (node->kind == NAI_NODE_ACT && node->act == NAI_ACT_RELU);
        struct nai_cell *const from = folds ? &r->cell[node->in] : NULL;
        if (!folds || !r->cell[i].needed || r->g->node[node->in].kind != NAI_NODE_CONV ||
            from->readers != 1 || from->kept)
            continue;
        from->skipped = true;
        r->cell[i].conv = node->in;
        r->cell[i].in[0] = r->g->node[node->in].in;
    }
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            if (r->cell[i].needed && !r->cell[i].skipped && r->cell[i].in[k] >= 0) {
                struct nai_cell *const from = &r->cell[r->cell[i].in[k]];
                from->reader_before = from->last_reader;
                from->last_reader = i;
            }
}

static int open_cells(struct nai_run *r, struct nai_err *err)
{
    for (int i = 0; i < (int)r->g->nnodes; i++) {
        const struct nai_node *const node = &r->g->node[i];
        struct nai_cell *const cell = &r->cell[i];
        int status;
        if (!cell->needed || cell->skipped)
            continue;
        status = kind_of(r, i)->open(r, i, err);
        if (status != NAI_OK)
            return status;
        cell->flows = r->backward && (node->weight >= 0 || node->bias >= 0);
        for (int k = 0; k < 2; k++)
            if (cell->in[k] >= 0) {
                struct nai_cell *const from = &r->cell[cell->in[k]];
                cell->flows |= from->flows;
                from->x_kept |= r->backward && k == 0 && (cell->traits & NAI_KEEPS_X);
            }
    }
    return NAI_OK;
}

static int check(const struct nai_run *r, struct nai_err *err)
{
    const struct nai_run_opts *const o = &r->o;

    if (o->n == 0 || o->n % o->groups != 0)
        return nai_err_set(err, NAI_EUSAGE, "a batch of %zu is not divided by %zu groups", o->n,
                           o->groups);
    if (o->last < 0 || (size_t)o->last >= r->g->nnodes)
        return nai_err_set(err, NAI_EUSAGE, "no such layer to stop after");
    if (o->tangents && (o->mode == NAI_MODE_INFER || !r->m->tw))
        return nai_err_set(err, NAI_EUSAGE, "the model was not opened for tangents");
    if (o->mode != NAI_MODE_INFER && !r->m->g)
        return nai_err_set(err, NAI_EUSAGE, "the model was not opened for gradients");
    return NAI_OK;
}

int nai_run_open(struct nai_run **out, struct nai_model *m, const struct nai_run_opts *o,
                 struct nai_err *err)
{
    const size_t n = m->graph->nnodes;
    struct nai_run *const r = calloc(1, sizeof *r);
    int status = NAI_OK;

    *out = NULL;
    if (!r || !(r->cell = calloc(n, sizeof *r->cell))) {
        free(r);
        return nai_err_set(err, NAI_ESYSTEM, "run:");
    }
    r->m = m;
    r->d = m->device;
    r->g = m->graph;
    r->o = *o;
    r->o.h = o->h ? o->h : r->g->h;
    r->o.w = o->w ? o->w : r->g->w;
    r->o.groups = o->groups ? o->groups : 1;
    r->backward = o->mode != NAI_MODE_INFER;
    for (size_t i = 0; i < n; i++) {
        struct nai_cell *const c = &r->cell[i];
        c->conv = c->in[0] = c->in[1] = c->last_reader = c->reader_before = -1;
        c->value = c->grad = c->state = c->edge[0].slot = c->edge[1].slot = -1;
    }
    status = check(r, err);
    for (size_t k = 0; k < o->nkeep && status == NAI_OK; k++)
        r->cell[o->keep[k]].kept = true;
    if (status == NAI_OK) {
        r->cell[o->last].kept = true;
        mark(r);
        status = open_cells(r, err);
    }
    if (status == NAI_OK)
        status = nai_run_plan(r, err);
    if (status == NAI_OK) {
        r->arena = r->d->memory->alloc(r->d, r->arena_count, "activations", err);
        status = r->arena ? NAI_OK : NAI_ESYSTEM;
    }
    if (status == NAI_OK)
        *out = r;
    else
        nai_run_close(r);
    return status;
}

void nai_run_close(struct nai_run *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->g->nnodes; i++) {
        r->d->conv2d->free(r->cell[i].plan);
        r->d->conv2d->free(r->cell[i].sum);
    }
    r->d->memory->free(r->d, r->arena);
    free(r->cell);
    free(r->slot);
    free(r);
}

size_t nai_run_bytes(const struct nai_run *r)
{
    return r->arena_count * r->d->size;
}

struct nai_buf *nai_slot_buf(const struct nai_run *r, int slot)
{
    return slot < 0 ? NULL : r->d->memory->at(r->d, r->arena, r->slot[slot].offset);
}

struct nai_buf *nai_twin_buf(const struct nai_run *r, int slot)
{
    return slot < 0 ? NULL : nai_slot_buf(r, r->slot[slot].twin);
}

struct nai_buf *nai_run_input(struct nai_run *r, struct nai_shape *shape)
{
    *shape = r->cell[0].shape;
    return nai_value(r, 0);
}

const struct nai_buf *nai_run_output(const struct nai_run *r, int node, struct nai_shape *shape)
{
    *shape = r->cell[node].shape;
    return nai_value(r, node);
}

struct nai_buf *nai_run_grad(struct nai_run *r)
{
    return nai_slot_buf(r, r->cell[r->o.last].grad);
}

const struct nai_buf *nai_run_output_tangent(const struct nai_run *r, int node,
                                             struct nai_shape *shape)
{
    *shape = r->cell[node].shape;
    return nai_tvalue(r, node);
}

struct nai_buf *nai_run_grad_tangent(struct nai_run *r)
{
    return nai_tdy(r, r->o.last);
}

/* ---- running ---- */

/* Seconds since *t, which is set to now. A download waits for all operations queued, and unlike
 * sync leaves their failures for the caller to find. */
static double lap(const struct nai_run *r, struct timespec *t)
{
    const struct timespec before = *t;
    double any;

    r->d->memory->download(r->d, &any, r->arena, 1);
    clock_gettime(CLOCK_MONOTONIC, t);
    return (double)(t->tv_sec - before.tv_sec) + 1e-9 * (double)(t->tv_nsec - before.tv_nsec);
}

void nai_run_forward(struct nai_run *r, const uint64_t key[2])
{
    struct timespec t;

    r->key[0] = key ? key[0] : 0;
    r->key[1] = key ? key[1] : 0;
    if (r->o.times)
        clock_gettime(CLOCK_MONOTONIC, &t);
    for (int i = 0; i < (int)r->g->nnodes; i++) {
        if (!r->cell[i].needed || r->cell[i].skipped)
            continue;
        kind_of(r, i)->forward(r, i);
        if (r->o.times)
            r->o.times[2 * r->g->node[i].kind] += lap(r, &t);
    }
}

void nai_run_tangent(struct nai_run *r)
{
    for (int i = 0; i < (int)r->g->nnodes; i++) {
        if (!r->cell[i].needed || !r->cell[i].flows)
            continue;
        r->twins = !kinds[r->g->node[i].kind]->tangent;
        if (r->twins)
            kinds[r->g->node[i].kind]->forward(r, i);
        else
            kinds[r->g->node[i].kind]->tangent(r, i);
    }
    r->twins = false;
}

/* Put the contributions of node i where its inputs' gradients are. */
static void settle(struct nai_run *r, int i)
{
    const struct nai_cell *const cell = &r->cell[i];

    for (int k = 0; k < 2; k++) {
        const struct nai_edge *const e = &cell->edge[k];
        const int in = cell->in[k];
        const size_t count = in < 0 ? 0 : nai_shape_count(&r->cell[in].shape);
        if (e->kind == NAI_EDGE_ADD)
            r->d->vector->add(r->d, nai_dy(r, in), nai_either_buf(r, e->slot), nai_dy(r, in),
                              count);
        if (e->kind == NAI_EDGE_COPY)
            r->d->vector->copy(r->d, nai_dy(r, in), nai_dy(r, i), count);
    }
}

void nai_run_backward(struct nai_run *r)
{
    struct timespec t;

    if (r->o.times)
        clock_gettime(CLOCK_MONOTONIC, &t);
    for (int i = r->o.last; i >= 0; i--) {
        if (r->cell[i].grad < 0)
            continue;
        kind_of(r, i)->backward(r, i);
        if (r->o.times)
            r->o.times[2 * r->g->node[i].kind + 1] += lap(r, &t);
        settle(r, i);
        if (r->o.times)
            r->o.times[2 * NAI_NODE_ADD + 1] += lap(r, &t);
    }
}

/* The tangents of node i's gradients, and of what they are added to. */
static void backward_tangent(struct nai_run *r, int i)
{
    const struct nai_kind *const kind = kinds[r->g->node[i].kind];

    r->twins = !kind->backward_tangent;
    if (r->twins)
        kind->backward(r, i);
    else
        kind->backward_tangent(r, i);
}

void nai_run_backward_tangent(struct nai_run *r)
{
    r->no_weights = true;
    for (int i = r->o.last; i >= 0; i--) {
        if (r->cell[i].grad < 0)
            continue;
        backward_tangent(r, i);
        r->twins = false;
        kinds[r->g->node[i].kind]->backward(r, i);
        settle(r, i);
        r->twins = true;
        settle(r, i);
        r->twins = false;
    }
    r->no_weights = false;
}
