/* optim.c - five steps of each optimiser against torch.optim's, and of LARS against NumPy's
 * SPDX-License-Identifier: MIT */
#include "optim.h"
#include "../lib/tap.h"
#include "loss_case.h"

enum { N = 6, STEPS = 5, LARGE = 700001 };

struct golden_sgd {
    struct nai_sgd s;
    double w[N];
};
struct golden_adam {
    struct nai_adam s;
    double w[N];
};
struct golden_lars {
    struct nai_lars s;
    double start, first; /* what the weights and the first gradient are multiplied by */
    double w[N];
};

#include "golden_optim.h"

struct parameter {
    struct nai_device *dev;
    size_t count;
    double *host;
    struct nai_buf *w, *g, *m, *v;
};

static void gradient(struct parameter *p, uint64_t stream, double by)
{
    for (size_t i = 0; i < p->count; i++)
        p->host[i] = by * noise(stream, i);
    put(p->dev, p->g, p->host, p->count);
}

static void parameter_open(struct parameter *p, enum nai_dtype dtype, size_t count, double by)
{
    struct nai_device *const dev = device(dtype);

    *p = (struct parameter){.dev = dev, .count = count, .host = calloc(count, sizeof(double))};
    p->w = dev->memory->alloc(dev, count, "w", NULL);
    p->g = dev->memory->alloc(dev, count, "g", NULL);
    p->m = dev->memory->alloc(dev, count, "m", NULL);
    p->v = dev->memory->alloc(dev, count, "v", NULL);
    if (!p->host || !p->w || !p->g || !p->m || !p->v)
        exit(1);
    put(dev, p->m, p->host, count);
    put(dev, p->v, p->host, count);
    for (size_t i = 0; i < count; i++)
        p->host[i] = by * noise(1, i);
    put(dev, p->w, p->host, count);
}

/* Closes p; the largest relative difference of its weights from w. */
static double parameter_close(struct parameter *p, const double *w)
{
    double worst = 0;

    get(p->dev, p->host, p->w, p->count);
    for (size_t i = 0; i < p->count; i++) {
        const double off = fabs(p->host[i] - w[i]) / fmax(fabs(w[i]), 1e-3);
        worst = off <= worst ? worst : off;
    }
    p->dev->memory->free(p->dev, p->w);
    p->dev->memory->free(p->dev, p->g);
    p->dev->memory->free(p->dev, p->m);
    p->dev->memory->free(p->dev, p->v);
    nai_device_close(p->dev);
    free(p->host);
    return worst;
}

static void sgd(enum nai_dtype dtype, double tol)
{
    for (size_t k = 0; k < sizeof golden_sgd / sizeof *golden_sgd; k++) {
        const struct golden_sgd *const g = &golden_sgd[k];
        struct nai_sgd s = g->s;
        struct parameter p;
        parameter_open(&p, dtype, N, 1);
        if (s.momentum != 0)
            gradient(&p, 99, 1), put(p.dev, p.m, p.host, N); /* step 1 does not read it */
        for (s.step = 1; s.step <= STEPS; s.step++) {
            gradient(&p, 1 + s.step, 1);
            p.dev->optim->sgd(p.dev, &s, p.w, p.g, s.momentum != 0 ? p.m : NULL, N);
        }
        ok(parameter_close(&p, g->w) <= tol, "%s SGD lr %g momentum %g decay %g%s",
           nai_dtype_name(dtype), s.lr, s.momentum, s.weight_decay, s.nesterov ? " Nesterov" : "");
    }
}

static void adam(enum nai_dtype dtype, double tol)
{
    for (size_t k = 0; k < sizeof golden_adam / sizeof *golden_adam; k++) {
        const struct golden_adam *const g = &golden_adam[k];
        struct nai_adam s = g->s;
        struct parameter p;
        parameter_open(&p, dtype, N, 1);
        for (s.step = 1; s.step <= STEPS; s.step++) {
            gradient(&p, 1 + s.step, 1);
            p.dev->optim->adam(p.dev, &s, p.w, p.g, p.m, p.v, N);
        }
        ok(parameter_close(&p, g->w) <= tol, "%s Adam%s lr %g decay %g", nai_dtype_name(dtype),
           s.decoupled ? "W" : "", s.lr, s.weight_decay);
    }
}

static void lars(enum nai_dtype dtype, double tol)
{
    for (size_t k = 0; k < sizeof golden_lars / sizeof *golden_lars; k++) {
        const struct golden_lars *const g = &golden_lars[k];
        struct parameter p;
        parameter_open(&p, dtype, N, g->start);
        for (uint64_t step = 1; step <= STEPS; step++) {
            gradient(&p, 1 + step, step == 1 ? g->first : 1);
            p.dev->optim->lars(p.dev, &g->s, p.w, p.g, p.m, N);
        }
        ok(parameter_close(&p, g->w) <= tol, "%s LARS lr %g decay %g eta %g%s%s%s",
           nai_dtype_name(dtype), g->s.lr, g->s.weight_decay, g->s.eta,
           g->s.adapt ? "" : " not adapted", g->start != 0 ? "" : ", from zero weights",
           g->first != 0 ? "" : ", first a zero gradient");
    }
}

/* Two steps of each of the three on a tensor of many chunks. */
static void large(enum nai_dtype dtype, int threads, double *w)
{
    const struct nai_lars l = {0.5, 0.9, 0.01, 0.02, true};
    struct nai_sgd s = {0.1, 0.9, 0.01, true, 1};
    struct nai_adam a = {0.1, 0.9, 0.999, 1e-8, 0.1, true, 1};
    struct parameter p;

    nai_blas_init(threads);
    parameter_open(&p, dtype, LARGE, 1);
    for (uint64_t step = 1; step <= 2; step++) {
        gradient(&p, 1 + step, 1);
        s.step = a.step = step;
        p.dev->optim->sgd(p.dev, &s, p.w, p.g, p.m, LARGE);
        p.dev->optim->adam(p.dev, &a, p.w, p.g, p.m, p.v, LARGE);
        p.dev->optim->lars(p.dev, &l, p.w, p.g, p.m, LARGE);
    }
    get(p.dev, w, p.w, LARGE);
    parameter_close(&p, w);
}

static void same_bits(enum nai_dtype dtype)
{
    double *const one = calloc(LARGE, sizeof *one), *const two = calloc(LARGE, sizeof *two);

    if (!one || !two)
        exit(1);
    large(dtype, 1, one);
    large(dtype, 2, two);
    ok(memcmp(one, two, LARGE * sizeof *one) == 0 && isfinite(one[LARGE - 1]),
       "%s: same bits for 1 and 2 threads", nai_dtype_name(dtype));
    free(one);
    free(two);
}

/* The trust ratio of a large tensor, whose norms are sums over many chunks: every weight 2, every
 * gradient 3, so that dp = 3 eta 2 / 3. */
static void trust(void)
{
    const struct nai_lars s = {1, 0.9, 0, 0.25, true};
    struct parameter p;
    double *const w = calloc(LARGE, sizeof *w);

    if (!w)
        exit(1);
    parameter_open(&p, NAI_F64, LARGE, 1);
    for (size_t i = 0; i < LARGE; i++)
        p.host[i] = 3, w[i] = 2;
    put(p.dev, p.g, p.host, LARGE);
    put(p.dev, p.w, w, LARGE);
    p.dev->optim->lars(p.dev, &s, p.w, p.g, p.m, LARGE);
    for (size_t i = 0; i < LARGE; i++)
        w[i] = 2 - 0.5;
    ok(parameter_close(&p, w) <= 1e-14, "LARS: the norms of a large tensor");
    free(w);
}

int main(void)
{
    nai_blas_init(2);
    for (int f64 = 0; f64 < 2; f64++) {
        const enum nai_dtype dtype = f64 ? NAI_F64 : NAI_F32;
        sgd(dtype, f64 ? 1e-12 : 2e-6);
        adam(dtype, f64 ? 1e-12 : 2e-5);
        lars(dtype, f64 ? 1e-12 : 2e-6);
        same_bits(dtype);
    }
    trust();
    return tap_end();
}
