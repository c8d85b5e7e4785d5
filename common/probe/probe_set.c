/* probe_set.c - see probe_set.h
 * SPDX-License-Identifier: MIT */
#include "probe_set.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "mem.h"

enum { BLOCK = 16 << 20, TILE = 64, SPAN = 512, PARTS = 64 << 20 };

void nai_features_init(struct nai_features *x, size_t d, bool single)
{
    const size_t bytes = d * (single ? sizeof(float) : sizeof(double));

    *x = (struct nai_features){.single = single, .d = d, .per = bytes < BLOCK ? BLOCK / bytes : 1};
}

void *nai_features_push(struct nai_features *x, struct nai_err *err)
{
    const size_t size = x->single ? sizeof(float) : sizeof(double);
    const size_t b = x->n / x->per, i = x->n % x->per;

    if (b == x->nblocks) {
        if (b == x->room) {
            const size_t room = x->room ? 2 * x->room : 16;
            void **const more = realloc(x->block, room * sizeof *more);
            if (!more) {
                nai_err_set(err, NAI_ESYSTEM, "out of memory");
                return NULL;
            }
            x->block = more;
            x->room = room;
        }
        x->block[b] = nai_alloc(x->per * x->d, size, "a block of features", err);
        if (!x->block[b])
            return NULL;
        x->nblocks++;
    }
    x->n++;
    return (char *)x->block[b] + i * x->d * size;
}

void nai_features_free(struct nai_features *x)
{
    for (size_t b = 0; b < x->nblocks; b++)
        nai_free(x->block[b]);
    free(x->block);
    *x = (struct nai_features){0};
}

static void widen(double *restrict to, const float *restrict from, size_t n)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        to[j] = (double)from[j];
}

static void rescale(double *restrict x, const double *restrict shift, const double *restrict scale,
                    size_t n)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        x[j] = (x[j] - shift[j]) * scale[j];
}

void nai_set_load(double *dst, const struct nai_set *s, const size_t *at, size_t first, size_t n)
{
    const struct nai_features *const x = s->x;
    const size_t d = x->d;

    for (size_t i = 0; i < n; i++) {
        const size_t r = nai_set_row(s, at ? at[i] : first + i);
        double *const to = dst + i * (d + 1);
        const size_t b = r / x->per, at_d = r % x->per * d;
        if (x->single)
            widen(to, (const float *)x->block[b] + at_d, d);
        else
            memcpy(to, (const double *)x->block[b] + at_d, d * sizeof *to);
        if (s->shift)
            rescale(to, s->shift, s->scale, d);
        to[d] = 1;
    }
}

void nai_set_targets(double *dst, const struct nai_set *s, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t r = nai_set_row(s, first + i);
        double *const to = dst + i * s->k;
        if (s->value) {
            memcpy(to, s->value + r * s->k, s->k * sizeof *to);
            continue;
        }
        memset(to, 0, s->k * sizeof *to);
        if (s->cls[r] < s->k)
            to[s->cls[r]] = 1;
    }
}

size_t nai_set_groups(size_t n, size_t cells)
{
    const size_t tiles = (n + TILE - 1) / TILE, fit = PARTS / sizeof(double) / (cells ? cells : 1);
    const size_t most = fit < 8 ? 8 : fit > 32 ? 32 : fit;

    return tiles < most ? tiles : most;
}

static void accumulate(double *restrict to, const double *restrict from, size_t n)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        to[j] += from[j];
}

void nai_groups_add(double *out, const double *part, size_t groups, size_t cells)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < cells; i += SPAN) {
        const size_t n = cells - i < SPAN ? cells - i : SPAN;
        memcpy(out + i, part + i, n * sizeof *out);
        for (size_t g = 1; g < groups; g++)
            accumulate(out + i, part + g * cells + i, n);
    }
}

/* part[j] += sum over the group's rows of x_j - mean_j, or its square. */
static void group_sums(double *part, double *tile, const struct nai_set *s, const double *mean,
                       size_t from, size_t to)
{
    const size_t d = s->x->d;

    for (size_t i = from; i < to; i += TILE) {
        const size_t n = to - i < TILE ? to - i : TILE;
        nai_set_load(tile, s, NULL, i, n);
        for (size_t r = 0; r < n; r++)
            for (size_t j = 0; j < d; j++) {
                const double x = tile[r * (d + 1) + j] - (mean ? mean[j] : 0);
                part[j] += mean ? x * x : x;
            }
    }
}

static int column_sums(double *out, const struct nai_set *s, const double *mean,
                       struct nai_err *err)
{
    const size_t d = s->x->d, groups = nai_set_groups(s->n, d);
    double *const part = nai_alloc(groups * d, sizeof *part, "sums of features", err);
    bool failed = !part;

    if (part) {
        memset(part, 0, groups * d * sizeof *part);
#pragma omp parallel reduction(|| : failed)
        {
            double *const tile = nai_alloc(TILE, (d + 1) * sizeof *tile, "a tile", NULL);
            failed = !tile;
#pragma omp for schedule(dynamic)
            for (size_t g = 0; g < groups; g++)
                if (tile)
                    group_sums(part + g * d, tile, s, mean, s->n * g / groups,
                               s->n * (g + 1) / groups);
            nai_free(tile);
        }
    }
    if (!failed)
        nai_groups_add(out, part, groups, d);
    nai_free(part);
    return failed ? nai_err_set(err, NAI_ESYSTEM, "out of memory for sums of features") : NAI_OK;
}

int nai_set_moments(double *mean, double *std, const struct nai_set *s, struct nai_err *err)
{
    const size_t d = s->x->d;
    int rc = column_sums(mean, s, NULL, err);

    for (size_t j = 0; rc == NAI_OK && j < d; j++)
        mean[j] /= (double)s->n;
    if (rc == NAI_OK && std)
        rc = column_sums(std, s, mean, err);
    for (size_t j = 0; rc == NAI_OK && std && j < d; j++) {
        std[j] = sqrt(std[j] / (double)s->n);
        /* what is left of a constant is the rounding of its mean */
        if (!(std[j] > 1e-14 * fabs(mean[j])))
            std[j] = 1;
    }
    return rc;
}

int nai_set_products(double *out, const double *mean, const struct nai_set *s, struct nai_err *err)
{
    const size_t ld = s->x->d + 1, k = s->k, cells = k * ld, groups = nai_set_groups(s->n, cells);
    double *part = NULL;
    size_t all;
    bool failed = true;

    if (nai_mul(&all, groups, cells))
        part = nai_alloc(all, sizeof *part, "products with the targets", err);
    if (part) {
        failed = false;
#pragma omp parallel reduction(|| : failed)
        {
            double *const x = nai_alloc(TILE, (ld + k) * sizeof *x, "a tile", NULL);
            failed = !x;
            nai_blas_alone();
#pragma omp for schedule(dynamic)
            for (size_t g = 0; g < groups; g++) {
                const size_t from = s->n * g / groups, to = s->n * (g + 1) / groups;
                memset(part + g * cells, 0, cells * sizeof *part);
                for (size_t i = from; x && i < to; i += TILE) {
                    const size_t n = to - i < TILE ? to - i : TILE;
                    double *const t = x + TILE * ld;
                    nai_set_load(x, s, NULL, i, n);
                    nai_set_targets(t, s, i, n);
                    for (size_t c = 0; c < n * k; c++)
                        t[c] -= mean[c % k];
                    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)k, (int)ld, (int)n, 1,
                                t, (int)k, x, (int)ld, 1, part + g * cells, (int)ld);
                }
            }
            nai_free(x);
        }
    }
    if (!failed)
        nai_groups_add(out, part, groups, cells);
    nai_free(part);
    return failed ? nai_err_set(err, NAI_ESYSTEM, "out of memory for products with the targets")
                  : NAI_OK;
}
