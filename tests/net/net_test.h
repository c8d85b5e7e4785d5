/* net_test.h - networks filled by a formula, for the tests of common/net
 * SPDX-License-Identifier: MIT
 *
 * tests/golden/net.py fills the same networks with the same numbers in PyTorch. */
#ifndef NAI_NET_TEST_H
#define NAI_NET_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "layout.h"
#include "model.h"
#include "run.h"
#include "vector.h"

/* Element i of what is called name, in [-.5, .5). */
static inline double noise(const char *name, size_t i)
{
    uint32_t h = 2166136261u;

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    h += (uint32_t)i * 0x9E3779B9u;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    return (double)(h ^ h >> 16) / 4294967296.0 - .5;
}

static inline bool ends(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* The parameter or buffer's element i. */
static inline double filled(const struct nai_tensor *t, size_t i)
{
    const double u = noise(t->name, i);

    if (ends(t->name, "running_var") || (t->ndim == 1 && ends(t->name, "weight")))
        return 1 + .5 * u;
    if (t->ndim == 1 || t->ndim == 3)
        return .2 * u;
    return 2 * u * sqrt(3.0 * (double)t->shape[0] / (double)t->count);
}

struct net {
    struct nai_device *d;
    struct nai_model *m;
    struct nai_run *r;
    struct nai_err err;
    struct nai_shape out;
    int last;
    double loss; /* the sum of the last node's values times noise("grad") */
};

/* Run out of what a test needs: nothing sensible can follow. */
static inline void must(int status, const struct nai_err *err)
{
    if (status != NAI_OK) {
        printf("Bail out! %s\n", err->msg);
        exit(1);
    }
}

static inline void net_fill(struct net *n)
{
    for (size_t t = 0; t < n->m->graph->ntensors; t++) {
        const struct nai_tensor *const tensor = &n->m->graph->tensor[t];
        double *const x = malloc(tensor->count * sizeof *x);
        for (size_t i = 0; i < tensor->count; i++)
            x[i] = filled(tensor, i);
        must(nai_model_set(n->m, t, x, NAI_F64, &n->err), &n->err);
        free(x);
    }
}

static inline void net_model(struct net *n, const char *line, enum nai_dtype dtype)
{
    struct nai_graph *g;

    *n = (struct net){0};
    must(nai_device_open(&n->d, "cpu", dtype, 2, &n->err), &n->err);
    must(nai_graph_new(&g, line, &n->err), &n->err);
    must(nai_model_new(&n->m, n->d, g, true, &n->err), &n->err);
}

/* The batch is noise("input"), in the order n, c, h, w. */
static inline void net_input(struct net *n)
{
    struct nai_shape s;
    struct nai_buf *const x = nai_run_input(n->r, &s);
    const size_t sample = s.c * s.h * s.w;
    double *const host = malloc(s.n * sample * sizeof *host), zero[4096] = {0}, one[4096];

    for (size_t c = 0; c < s.c && c < 4096; c++)
        one[c] = 1;
    for (size_t i = 0; i < s.n * sample; i++)
        host[i] = 4 * noise("input", i);
    n->d->image->upload_f64(n->d, &s, host, sample, zero, one, x);
    free(host);
}

static inline void net_run(struct net *n, struct nai_run_opts o)
{
    if (o.last < 0)
        o.last = (int)n->m->graph->nnodes - 1;
    must(nai_run_open(&n->r, n->m, &o, &n->err), &n->err);
    n->last = o.last;
    (void)nai_run_output(n->r, o.last, &n->out);
    net_input(n);
}

/* Values as doubles, whatever the device computes in. */
static inline double *net_fetch(struct net *n, int node, bool pool)
{
    struct nai_shape s;
    const size_t width = nai_run_width(n->r, node, pool);
    double *out;
    void *raw;

    (void)nai_run_output(n->r, node, &s);
    out = malloc(s.n * width * sizeof *out);
    raw = malloc(s.n * width * n->d->size);
    must(nai_run_fetch(n->r, node, pool, s.n, raw, &n->err), &n->err);
    nai_to_f64(out, raw, n->d->dtype, s.n * width);
    free(raw);
    return out;
}

static inline double net_forward(struct net *n, int last)
{
    static const uint64_t key[2] = {1, 2};
    const size_t count = n->out.n * n->out.c * n->out.h * n->out.w;
    double *z;

    nai_run_forward(n->r, key);
    z = net_fetch(n, last, false);
    n->loss = 0;
    for (size_t i = 0; i < count; i++)
        n->loss += z[i] * noise("grad", i);
    free(z);
    return n->loss;
}

/* Gradients of that sum; the last node's values are rows, or tokens (as they lie). */
static inline void net_backward(struct net *n)
{
    const size_t count = nai_shape_count(&n->out);
    double *const g = malloc(count * sizeof *g);
    float *const f = malloc(count * sizeof *f);

    for (size_t i = 0; i < count; i++) {
        g[i] = noise("grad", i);
        f[i] = (float)g[i];
    }
    n->d->vector->zero(n->d, n->m->g, n->m->graph->params);
    n->d->memory->upload(n->d, nai_run_grad(n->r), n->d->dtype == NAI_F64 ? (void *)g : (void *)f,
                         count);
    nai_run_backward(n->r);
    must(n->d->memory->sync(n->d, &n->err), &n->err);
    free(f);
    free(g);
}

/* A tensor's values or gradient. */
static inline double *net_tensor(struct net *n, size_t t, bool grad)
{
    const size_t count = n->m->graph->tensor[t].count;
    double *const out = malloc(count * sizeof *out);
    void *const raw = malloc(count * n->d->size);

    n->d->memory->download(n->d, raw, grad ? nai_model_grad(n->m, t) : nai_model_tensor(n->m, t),
                           count);
    nai_to_f64(out, raw, n->d->dtype, count);
    free(raw);
    return out;
}

static inline void net_close(struct net *n)
{
    nai_run_close(n->r);
    nai_model_free(n->m);
    nai_device_close(n->d);
}

#endif
