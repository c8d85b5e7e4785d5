/* cov_cross.c - covariance between two fields; see cov.h
 * SPDX-License-Identifier: MIT */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "blas.h"
#include "cov.h"
#include "cov_block.h"
#include "mem.h"
#include "tile.h"

/* What is held of one field. */
struct side {
    struct nai_staging staged;
    size_t ld;
    double *mean, *d;   /* f64[dim]: of the folded rows; of a block, then the difference */
    double *low, *dlow; /* f64[dim]: what those means lack, see nai_means_join */
    double *rows;       /* f64[block + 1][ld] */
};

struct nai_cross {
    struct side a, b;
    size_t block;
    uint64_t pushed, folded;
    double *m; /* f64[dim_a][dim_b] */
};

void nai_cross_moments_free(struct nai_cross_moments *m)
{
    nai_free(m->mean_a);
    nai_free(m->mean_b);
    nai_free(m->m);
    *m = (struct nai_cross_moments){0};
}

static void free_side(struct side *s)
{
    nai_free(s->staged.data);
    nai_free(s->mean);
    nai_free(s->low);
    nai_free(s->dlow);
    nai_free(s->d);
    nai_free(s->rows);
}

void nai_cross_free(struct nai_cross *c)
{
    if (!c)
        return;
    free_side(&c->a);
    free_side(&c->b);
    nai_free(c->m);
    nai_free(c);
}

static int init_side(struct side *s, size_t dim, enum nai_dtype dtype, size_t block,
                     struct nai_err *err)
{
    int status, fits;

    if (dim == 0)
        return nai_err_set(err, NAI_EUSAGE, "covariance of no features");
    status = nai_blas_int(&fits, dim + 64, "features", err);
    if (status == NAI_OK)
        status = nai_staging_init(&s->staged, dim, dtype, err);
    if (status == NAI_OK)
        status = nai_staging_reserve(&s->staged, block, err);
    if (status != NAI_OK)
        return status;
    s->ld = ((dim + 15) / 16 | 1) * 16;
    s->mean = nai_alloc(dim, sizeof *s->mean, "mean", err);
    s->d = nai_alloc(dim, sizeof *s->d, "mean", err);
    s->low = nai_alloc(dim, sizeof *s->low, "mean", err);
    s->dlow = nai_alloc(dim, sizeof *s->dlow, "mean", err);
    s->rows = nai_alloc(block + 1, s->ld * sizeof *s->rows, "block of rows", err);
    if (!s->mean || !s->d || !s->low || !s->dlow || !s->rows)
        return NAI_ESYSTEM;
    return NAI_OK;
}

int nai_cross_new(struct nai_cross **out, size_t dim_a, enum nai_dtype dtype_a, size_t dim_b,
                  enum nai_dtype dtype_b, struct nai_err *err)
{
    struct nai_cross *const c = nai_alloc(1, sizeof *c, "covariance", err);
    int status;

    if (!c)
        return NAI_ESYSTEM;
    *c = (struct nai_cross){.block = nai_block_rows(nai_max(dim_a, dim_b), false)};
    status = init_side(&c->a, dim_a, dtype_a, c->block, err);
    if (status == NAI_OK)
        status = init_side(&c->b, dim_b, dtype_b, c->block, err);
    if (status == NAI_OK) {
        c->m = nai_alloc(dim_a, dim_b * sizeof *c->m, "covariance", err);
        status = c->m ? NAI_OK : NAI_ESYSTEM;
    }
    if (status != NAI_OK) {
        nai_cross_free(c);
        return status;
    }
    memset(c->m, 0, dim_a * dim_b * sizeof *c->m);
    *out = c;
    return NAI_OK;
}

/* Centre the staged rows into s->rows, with the row that joins them to the rest, and update the
 * mean. */
static void fold_side(struct side *s, uint64_t folded, size_t n)
{
    const double n1 = (double)folded, n2 = (double)n, w = n1 * (n2 / (n1 + n2));

    nai_block_centre(s->d, s->dlow, s->rows, s->ld, &s->staged, 0, n);
    nai_means_join(s->mean, s->low, s->d, s->dlow, s->staged.dim, n1, n2);
    for (size_t j = 0; j < s->staged.dim; j++)
        s->rows[n * s->ld + j] = sqrt(w) * s->d[j];
    s->staged.rows = 0;
}

static void fold(struct nai_cross *c)
{
    const size_t n = c->a.staged.rows;

    if (n == 0)
        return;
    fold_side(&c->a, c->folded, n);
    fold_side(&c->b, c->folded, n);
    nai_blas_gemm(true, false, c->a.staged.dim, c->b.staged.dim, c->folded ? n + 1 : n, 1,
                  c->a.rows, c->a.ld, c->b.rows, c->b.ld, 1, c->m, c->b.staged.dim);
    c->folded += n;
}

int nai_cross_push(struct nai_cross *c, const void *a, const void *b, size_t n, struct nai_err *err)
{
    const size_t bytes_a = c->a.staged.dim * nai_dtype_size(c->a.staged.dtype);
    const size_t bytes_b = c->b.staged.dim * nai_dtype_size(c->b.staged.dtype);

    for (size_t at = 0, take; at < n; at += take) {
        int status;
        if (c->a.staged.rows == c->block)
            fold(c);
        take = nai_min(n - at, c->block - c->a.staged.rows);
        status =
            nai_staging_add(&c->a.staged, (const char *)a + at * bytes_a, take, c->pushed, err);
        if (status == NAI_OK)
            status =
                nai_staging_add(&c->b.staged, (const char *)b + at * bytes_b, take, c->pushed, err);
        if (status != NAI_OK)
            return status;
        c->pushed += take;
    }
    return NAI_OK;
}

int nai_cross_finish(struct nai_cross *c, struct nai_cross_moments *out, struct nai_err *err)
{
    const size_t dim_a = c->a.staged.dim, dim_b = c->b.staged.dim;

    if (c->pushed == 0)
        return nai_err_set(err, NAI_EINPUT, "no rows");
    fold(c);
    for (size_t i = 0; i < dim_a * dim_b; i++)
        if (!isfinite(c->m[i]))
            return nai_err_set(err, NAI_ENUMERIC, "features %zu and %zu: sums overflow", i / dim_b,
                               i % dim_b);
    *out = (struct nai_cross_moments){.dim_a = dim_a,
                                      .dim_b = dim_b,
                                      .n = c->pushed,
                                      .mean_a = c->a.mean,
                                      .mean_b = c->b.mean,
                                      .m = c->m};
    c->a.mean = c->b.mean = c->m = NULL;
    return NAI_OK;
}
