/* token.c - see token.h
 * SPDX-License-Identifier: MIT */
#include <omp.h>
#include <string.h>

#include "lanes.h"
#include "real.h"
#include "tables.h"

static void token_embed(struct nai_device *d, size_t n, size_t patches, size_t dim,
                        const struct nai_buf *x, const struct nai_buf *cls,
                        const struct nai_buf *pos, struct nai_buf *y)
{
    const size_t extra = cls ? 1 : 0, tokens = patches + extra;
    const real *const from = nai_in(x), *const first = nai_in(cls), *const at = nai_in(pos);
    real *const to = nai_io(y);

    (void)d;
#pragma omp parallel for collapse(2)
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < tokens; t++) {
            const real *const in = t < extra ? first : from + (i * patches + t - extra) * dim;
            real *const out = to + (i * tokens + t) * dim;
            for (size_t j = 0; j < dim; j++)
                out[j] = at ? in[j] + at[t * dim + j] : in[j];
        }
}

static void token_embed_backward(struct nai_device *d, size_t n, size_t patches, size_t dim,
                                 int has_cls, const struct nai_buf *dy, struct nai_buf *dx,
                                 struct nai_buf *dcls, struct nai_buf *dpos)
{
    const size_t extra = has_cls ? 1 : 0, tokens = patches + extra;
    const real *const from = nai_in(dy);
    real *const to = nai_io(dx), *const first = nai_io(dcls), *const at = nai_io(dpos);

    (void)d;
    /* By token, so that every sum over the samples is in their order. */
#pragma omp parallel for
    for (size_t t = 0; t < tokens; t++)
        for (size_t j = 0; j < dim; j += NAI_LANES) {
            const size_t lanes = nai_min(NAI_LANES, dim - j);
            double sum[NAI_LANES] = {0};
            for (size_t i = 0; i < n; i++) {
                const real *const in = from + (i * tokens + t) * dim + j;
                if (t >= extra)
                    memcpy(to + (i * patches + t - extra) * dim + j, in, lanes * sizeof *to);
                for (size_t l = 0; l < lanes; l++)
                    sum[l] += (double)in[l];
            }
            for (size_t l = 0; l < lanes; l++) {
                if (at)
                    at[t * dim + j + l] += (real)sum[l];
                if (first && t < extra)
                    first[j + l] += (real)sum[l];
            }
        }
}

static void token_first(struct nai_device *d, size_t n, size_t tokens, size_t dim,
                        const struct nai_buf *x, struct nai_buf *y)
{
    (void)d;
    for (size_t i = 0; i < n; i++)
        memcpy(nai_io(y) + i * dim, nai_in(x) + i * tokens * dim, dim * sizeof(real));
}

static void token_first_backward(struct nai_device *d, size_t n, size_t tokens, size_t dim,
                                 const struct nai_buf *dy, struct nai_buf *dx)
{
    const real *const from = nai_in(dy);
    real *const to = nai_io(dx);

    (void)d;
#pragma omp parallel for
    for (size_t i = 0; i < n; i++) {
        memcpy(to + i * tokens * dim, from + i * dim, dim * sizeof *to);
        memset(to + (i * tokens + 1) * dim, 0, (tokens - 1) * dim * sizeof *to);
    }
}

static void token_mean(struct nai_device *d, size_t n, size_t tokens, size_t dim, size_t from,
                       const struct nai_buf *x, struct nai_buf *y)
{
    const real *const in = nai_in(x);
    real *const to = nai_io(y);

    (void)d;
#pragma omp parallel for
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < dim; j += NAI_LANES) {
            const size_t lanes = nai_min(NAI_LANES, dim - j);
            double sum[NAI_LANES] = {0};
            for (size_t t = from; t < tokens; t++)
                for (size_t l = 0; l < lanes; l++)
                    sum[l] += (double)in[(i * tokens + t) * dim + j + l];
            for (size_t l = 0; l < lanes; l++)
                to[i * dim + j + l] = (real)(sum[l] / (double)(tokens - from));
        }
}

static void token_mean_backward(struct nai_device *d, size_t n, size_t tokens, size_t dim,
                                size_t from, const struct nai_buf *dy, struct nai_buf *dx)
{
    const real *const in = nai_in(dy), share = (real)(1 / (double)(tokens - from));
    real *const to = nai_io(dx);

    (void)d;
#pragma omp parallel for collapse(2)
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < tokens; t++)
            for (size_t j = 0; j < dim; j++)
                to[(i * tokens + t) * dim + j] = t < from ? 0 : in[i * dim + j] * share;
}

const struct nai_token_ops NAI_R(nai_cpu_token) = {
    .embed = token_embed,
    .embed_backward = token_embed_backward,
    .first = token_first,
    .first_backward = token_first_backward,
    .mean = token_mean,
    .mean_backward = token_mean_backward,
};
