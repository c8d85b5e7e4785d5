/* minibatch.c - see minibatch.h
 * SPDX-License-Identifier: MIT */
#include "minibatch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "mem.h"
#include "rng.h"

static const double BETA1 = 0.9, BETA2 = 0.999, EPS = 1e-8;

struct nai_trainer {
    struct nai_readout *r;
    const struct nai_set *s;
    const struct nai_minibatch_opts *o;
    size_t steps, nv, nw;
    double *x, *hidden, *z, *target;     /* a batch: f64[batch][d + 1], [h + 1], [k], [k] */
    double *dhidden, *loss;              /* f64[batch][h + 1], f64[batch] */
    double *gv, *gw, *mv, *mw, *sv, *sw; /* gradients and their moments */
};

int nai_trainer_new(struct nai_trainer **out, struct nai_readout *r, const struct nai_set *train,
                    const struct nai_minibatch_opts *o, struct nai_err *err)
{
    const size_t d = r->d, h = r->h, k = r->k, b = o->batch < train->n ? o->batch : train->n;
    struct nai_trainer *const t = calloc(1, sizeof *t);

    *out = t;
    if (!t)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    *t = (struct nai_trainer){.r = r, .s = train, .o = o, .nv = h * (d + 1)};
    t->nw = k * ((h ? h : d) + 1);
    t->x = nai_alloc(b, (d + 1 + 2 * k + 1) * sizeof *t->x, "a batch", err);
    t->hidden = nai_alloc(b, 2 * (h + 1) * sizeof *t->hidden, "a batch", err);
    t->gw = nai_alloc(t->nv + t->nw, 3 * sizeof *t->gw, "gradients", err);
    if (!t->x || !t->hidden || !t->gw) {
        nai_trainer_free(t);
        *out = NULL;
        return NAI_ESYSTEM;
    }
    t->z = t->x + b * (d + 1);
    t->target = t->z + b * k;
    t->loss = t->target + b * k;
    t->dhidden = t->hidden + b * (h + 1);
    t->mw = t->gw + t->nw;
    t->sw = t->mw + t->nw;
    t->gv = t->sw + t->nw;
    t->mv = t->gv + t->nv;
    t->sv = t->mv + t->nv;
    memset(t->gw, 0, 3 * (t->nv + t->nw) * sizeof *t->gw);
    return NAI_OK;
}

void nai_trainer_free(struct nai_trainer *t)
{
    if (!t)
        return;
    nai_free(t->x);
    nai_free(t->hidden);
    nai_free(t->gw);
    free(t);
}

static void adam(double *w, const double *g, double *m, double *s, size_t n, size_t step,
                 const struct nai_minibatch_opts *o)
{
    const double c1 = 1 - pow(BETA1, (double)step), c2 = sqrt(1 - pow(BETA2, (double)step));

#pragma omp parallel for schedule(static) if (n > 16384)
    for (size_t i = 0; i < n; i++) {
        const double gi = g[i] + o->weight_decay * w[i];
        m[i] += (1 - BETA1) * (gi - m[i]);
        s[i] = BETA2 * s[i] + (1 - BETA2) * gi * gi;
        w[i] -= o->lr / c1 * m[i] / (sqrt(s[i]) / c2 + EPS);
    }
}

/* z becomes the gradient of the mean loss; returns that loss. */
static double losses(struct nai_trainer *t, const size_t *at, size_t n)
{
    const size_t k = t->r->k;
    const double each = 1 / ((double)n * (t->s->value ? (double)k : 1));
    double sum = 0;

#pragma omp parallel for schedule(static) if (n * k > 4096)
    for (size_t i = 0; i < n; i++) {
        double *const z = t->z + i * k, *const y = t->target + i * k;
        t->loss[i] = 0;
        if (t->s->value) {
            nai_set_targets(y, t->s, at[i], 1);
            for (size_t c = 0; c < k; c++) {
                z[c] -= y[c];
                t->loss[i] += z[c] * z[c];
                z[c] *= 2;
            }
        } else {
            t->loss[i] = nai_cross_entropy(z, k, t->s->cls[nai_set_row(t->s, at[i])], t->o->smooth);
        }
        for (size_t c = 0; c < k; c++)
            z[c] *= each;
    }
    for (size_t i = 0; i < n; i++)
        sum += t->loss[i];
    return sum * each;
}

double nai_trainer_step(struct nai_trainer *t, const size_t *at, size_t n)
{
    const size_t d = t->r->d, h = t->r->h, k = t->r->k, in = (h ? h : d) + 1;
    double loss;

#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++)
        nai_set_load(t->x + i * (d + 1), t->s, at + i, 0, 1);
    nai_readout_forward(t->z, t->hidden, t->r, t->x, n);
    loss = losses(t, at, n);
    nai_blas_gemm(true, false, k, in, n, 1, t->z, k, h ? t->hidden : t->x, in, 0, t->gw, in);
    if (h) {
        nai_blas_gemm(false, false, n, h, k, 1, t->z, k, t->r->w, in, 0, t->dhidden, in);
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < h; j++)
                if (!(t->hidden[i * in + j] > 0))
                    t->dhidden[i * in + j] = 0;
        nai_blas_gemm(true, false, h, d + 1, n, 1, t->dhidden, in, t->x, d + 1, 0, t->gv, d + 1);
    }
    t->steps++;
    adam(t->r->w, t->gw, t->mw, t->sw, t->nw, t->steps, t->o);
    adam(t->r->v, t->gv, t->mv, t->sv, t->nv, t->steps, t->o);
    return loss;
}

int nai_minibatch_fit(struct nai_readout *r, double *loss, const struct nai_set *train,
                      const struct nai_minibatch_opts *o, struct nai_err *err)
{
    size_t *const order = nai_alloc(train->n, sizeof *order, "the order of rows", err);
    struct nai_trainer *t = NULL;
    int rc = order ? nai_trainer_new(&t, r, train, o, err) : NAI_ESYSTEM;

    if (rc == NAI_OK)
        nai_readout_draw(r, o->seed);
    for (size_t e = 0; rc == NAI_OK && e < o->epochs; e++) {
        struct nai_rng rng;
        double sum = 0;
        nai_rng_init(&rng, o->seed, "probe epoch", e);
        for (size_t i = 0; i < train->n; i++) { /* Fisher-Yates, inside out */
            const size_t j = (size_t)nai_rng_below(&rng, i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        for (size_t i = 0, n; i < train->n; i += n) {
            n = train->n - i < o->batch ? train->n - i : o->batch;
            sum += (double)n * nai_trainer_step(t, order + i, n);
        }
        *loss = sum / (double)train->n;
        if (!isfinite(*loss))
            rc = nai_err_set(err, NAI_ENUMERIC,
                             "the loss is not finite in epoch %zu; lower --lr, or --standardize",
                             e + 1);
    }
    nai_trainer_free(t);
    nai_free(order);
    return rc;
}
