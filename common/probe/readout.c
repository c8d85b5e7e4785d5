/* readout.c - see readout.h
 * SPDX-License-Identifier: MIT */
#include "readout.h"

#include <math.h>
#include <string.h>

#include "blas.h"
#include "mem.h"
#include "rng.h"

enum { ROWS = 512 };

int nai_readout_new(struct nai_readout *r, size_t d, size_t h, size_t k, struct nai_err *err)
{
    const size_t in = (h ? h : d) + 1;
    size_t nv, nw;
    int i;

    *r = (struct nai_readout){.d = d, .h = h, .k = k};
    if (nai_blas_int(&i, d + 1, "features", err) != NAI_OK ||
        nai_blas_int(&i, k, "classes", err) != NAI_OK)
        return NAI_EUSAGE;
    if (!nai_mul(&nv, h, d + 1) || !nai_mul(&nw, k, in))
        return nai_err_set(err, NAI_ESYSTEM, "a readout of %zu x %zu weights is too large", k, in);
    r->w = nai_alloc(nw, sizeof *r->w, "the readout", err);
    if (h)
        r->v = nai_alloc(nv, sizeof *r->v, "the hidden layer", err);
    if (!r->w || (h && !r->v)) {
        nai_readout_free(r);
        return NAI_ESYSTEM;
    }
    memset(r->w, 0, nw * sizeof *r->w);
    if (h)
        memset(r->v, 0, nv * sizeof *r->v);
    return NAI_OK;
}

void nai_readout_free(struct nai_readout *r)
{
    nai_free(r->v);
    nai_free(r->w);
    *r = (struct nai_readout){0};
}

static void draw(double *w, size_t rows, size_t inputs, uint64_t seed, uint64_t layer)
{
    const double bound = 1 / sqrt((double)inputs);
    struct nai_rng rng;

    nai_rng_init(&rng, seed, "readout", layer);
    for (size_t i = 0; i < rows * (inputs + 1); i++)
        w[i] = bound * (2 * nai_rng_uniform(&rng) - 1);
}

void nai_readout_draw(struct nai_readout *r, uint64_t seed)
{
    if (r->h)
        draw(r->v, r->h, r->d, seed, 0);
    draw(r->w, r->k, r->h ? r->h : r->d, seed, 1);
}

void nai_readout_forward(double *z, double *hidden, const struct nai_readout *r, const double *x,
                         size_t n)
{
    const size_t h = r->h, in = (h ? h : r->d) + 1;

    if (h) {
        nai_blas_gemm(false, true, n, h, r->d + 1, 1, x, r->d + 1, r->v, r->d + 1, 0, hidden,
                      h + 1);
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < h; j++)
                hidden[i * (h + 1) + j] = fmax(hidden[i * (h + 1) + j], 0);
            hidden[i * (h + 1) + h] = 1;
        }
    }
    nai_blas_gemm(false, true, n, r->k, in, 1, h ? hidden : x, in, r->w, in, 0, z, r->k);
}

int nai_verdicts_new(struct nai_verdicts *v, const struct nai_set *test, struct nai_err *err)
{
    size_t cells;

    *v = (struct nai_verdicts){.n = test->n, .k = test->k};
    if (!nai_mul(&cells, test->n, test->k))
        return nai_err_set(err, NAI_ESYSTEM, "too many predictions");
    if (test->value) {
        v->value = nai_alloc(cells, sizeof *v->value, "predictions", err);
        return v->value ? NAI_OK : NAI_ESYSTEM;
    }
    v->rank = nai_alloc(test->n, sizeof *v->rank, "predictions", err);
    v->predicted = nai_alloc(test->n, sizeof *v->predicted, "predictions", err);
    if (v->rank && v->predicted)
        return NAI_OK;
    nai_verdicts_free(v);
    return NAI_ESYSTEM;
}

void nai_verdicts_free(struct nai_verdicts *v)
{
    nai_free(v->rank);
    nai_free(v->predicted);
    nai_free(v->value);
    *v = (struct nai_verdicts){0};
}

static size_t best(const double *z, size_t k)
{
    size_t at = 0;

    for (size_t c = 1; c < k; c++)
        if (z[c] > z[at])
            at = c;
    return at;
}

static size_t rank_of(const double *z, size_t k, size_t y)
{
    size_t above = 0;

    if (y >= k)
        return k;
    for (size_t c = 0; c < k; c++)
        above += z[c] > z[y] || (c < y && z[c] == z[y]);
    return above;
}

void nai_verdicts_take(struct nai_verdicts *v, const struct nai_set *test, size_t first, size_t n,
                       const double *z)
{
    const size_t k = v->k;

    if (v->value) {
        memcpy(v->value + first * k, z, n * k * sizeof *z);
        return;
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        v->predicted[first + i] = (uint32_t)best(z + i * k, k);
        v->rank[first + i] =
            (uint32_t)rank_of(z + i * k, k, test->cls[nai_set_row(test, first + i)]);
    }
}

int nai_readout_judge(struct nai_verdicts *v, const struct nai_readout *r,
                      const struct nai_set *test, struct nai_err *err)
{
    const size_t width = r->d + 1 + r->k + (r->h ? r->h + 1 : 0);
    double *const x = nai_alloc(ROWS, width * sizeof *x, "a batch of test rows", err);
    double *const z = x ? x + ROWS * (r->d + 1) : NULL, *const hidden = x ? z + ROWS * r->k : NULL;
    const int rc = x ? nai_verdicts_new(v, test, err) : NAI_ESYSTEM;

    for (size_t i = 0, n; rc == NAI_OK && i < test->n; i += n) {
        n = test->n - i < ROWS ? test->n - i : ROWS;
#pragma omp parallel for schedule(static)
        for (size_t p = 0; p < n; p++)
            nai_set_load(x + p * (r->d + 1), test, NULL, i + p, 1);
        nai_readout_forward(z, hidden, r, x, n);
        nai_verdicts_take(v, test, i, n, z);
    }
    nai_free(x);
    return rc;
}

double nai_cross_entropy(double *z, size_t k, size_t y, double smooth)
{
    const double other = smooth / (double)k;
    double most = z[0], sum = 0, mean = 0, loss;

    for (size_t c = 1; c < k; c++)
        most = fmax(most, z[c]);
    for (size_t c = 0; c < k; c++)
        mean += z[c] - most;
    loss = -(1 - smooth) * (z[y] - most) - other * mean;
    for (size_t c = 0; c < k; c++) {
        z[c] = exp(z[c] - most);
        sum += z[c];
    }
    for (size_t c = 0; c < k; c++)
        z[c] = z[c] / sum - other;
    z[y] -= 1 - smooth;
    return loss + log(sum);
}
