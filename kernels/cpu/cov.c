/* cov.c - see cov.h
 * SPDX-License-Identifier: MIT */
#include "cov.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "blas.h"
#include "cov_block.h"
#include "mem.h"
#include "tile.h"

__extension__ typedef __int128 wide; /* n S and t t^T of exact integers fit, see exact_scatter */

struct nai_cov {
    size_t dim, ld, block; /* features; elements between rows of the block; its rows */
    bool mixed, integer;
    int threads;               /* those that have a tile of their own in mixed mode */
    struct nai_staging staged; /* rows not yet folded in */
    uint64_t pushed, folded;   /* rows seen, rows in the scatter */
    double *mean;              /* f64[dim] of the folded rows; integer: the shift */
    double *low;               /* f64[dim] what mean lacks: mean + low has twice the digits */
    double *work;              /* f64[dim] mean of a block; then the difference of means */
    double *worklow;           /* f64[dim] what that mean lacks */
    double *sum;               /* f64[dim] integer: exact sum of x - shift */
    double *scatter;           /* f64[dim][dim], upper triangle; NULL until rows are folded */
    double *rows64;            /* f64[block + 1][ld] */
    float *rows32, *tiles;     /* mixed: f32[block][ld], f32[threads][tile][2 tile] */
    struct nai_moments merged; /* what was merged in */
};

double nai_cov_bound(size_t dim)
{
    return ((double)nai_block_rows(dim, true) + 4) * 0x1p-24;
}

void nai_cov_free(struct nai_cov *c)
{
    if (!c)
        return;
    nai_free(c->staged.data);
    nai_free(c->mean);
    nai_free(c->low);
    nai_free(c->work);
    nai_free(c->worklow);
    nai_free(c->sum);
    nai_free(c->scatter);
    nai_free(c->rows64);
    nai_free(c->rows32);
    nai_free(c->tiles);
    nai_moments_free(&c->merged);
    nai_free(c);
}

int nai_cov_new(struct nai_cov **out, size_t dim, enum nai_dtype dtype,
                enum nai_precision precision, struct nai_err *err)
{
    struct nai_cov *c;
    int status, fits;

    if (dim == 0)
        return nai_err_set(err, NAI_EUSAGE, "covariance of no features");
    status = nai_blas_int(&fits, dim + 64, "features", err);
    if (status != NAI_OK)
        return status;
    c = nai_alloc(1, sizeof *c, "covariance", err);
    if (!c)
        return NAI_ESYSTEM;
    *c = (struct nai_cov){.dim = dim, .mixed = precision == NAI_MIXED};
    c->integer = !c->mixed && !nai_dtype_is_float(dtype) && nai_dtype_size(dtype) <= 2;
    c->block = nai_block_rows(dim, c->mixed);
    c->ld = ((dim + 15) / 16 | 1) * 16; /* an odd number of lines, as in nai_staging_init */
    c->threads = omp_get_max_threads();
    c->mean = nai_alloc(dim, sizeof *c->mean, "mean", err);
    c->low = nai_alloc(dim, sizeof *c->low, "mean", err);
    c->work = nai_alloc(dim, sizeof *c->work, "mean", err);
    c->worklow = nai_alloc(dim, sizeof *c->worklow, "mean", err);
    c->sum = nai_alloc(dim, sizeof *c->sum, "mean", err);
    status = c->mean && c->low && c->work && c->worklow && c->sum
                 ? nai_staging_init(&c->staged, dim, dtype, err)
                 : NAI_ESYSTEM;
    if (status == NAI_OK)
        status = nai_staging_reserve(&c->staged, nai_min(c->block, 64), err);
    if (status != NAI_OK) {
        nai_cov_free(c);
        return status;
    }
    *out = c;
    return NAI_OK;
}

/* The memory that folding takes, asked for when the first block is complete. */
static int start_folding(struct nai_cov *c, struct nai_err *err)
{
    const size_t dim = c->dim, tile = nai_tile(dim);

    if (c->scatter)
        return NAI_OK;
    c->scatter = nai_alloc(dim, dim * sizeof *c->scatter, "covariance", err);
    if (!c->scatter)
        return NAI_ESYSTEM;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < dim; i++)
        memset(c->scatter + i * dim, 0, dim * sizeof *c->scatter);
    memset(c->mean, 0, dim * sizeof *c->mean);
    memset(c->sum, 0, dim * sizeof *c->sum);
    if (c->mixed) {
        c->rows32 = nai_alloc(c->block, c->ld * sizeof *c->rows32, "block of rows", err);
        c->tiles = nai_alloc((size_t)c->threads, 2 * tile * tile * sizeof *c->tiles, "tiles", err);
        return c->rows32 && c->tiles ? NAI_OK : NAI_ESYSTEM;
    }
    c->rows64 = nai_alloc(c->block + 1, c->ld * sizeof *c->rows64, "block of rows", err);
    return c->rows64 ? NAI_OK : NAI_ESYSTEM;
}

/* scatter += B^T B on and above the diagonal, B the k rows of the block. */
static void add_product(struct nai_cov *c, size_t k)
{
    const size_t dim = c->dim;
    const double *const b = c->rows64;

#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(dynamic)
        for (size_t p = 0; p < nai_upper_tiles(dim); p++) {
            struct nai_span t;
            if (!nai_upper_tile(&t, p, dim))
                continue;
            if (t.i == t.j)
                cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)t.ni, (int)k, 1, b + t.i,
                            (int)c->ld, 1, c->scatter + t.i * dim + t.i, (int)dim);
            else
                cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)t.ni, (int)t.nj, (int)k,
                            1, b + t.i, (int)c->ld, b + t.j, (int)c->ld, 1,
                            c->scatter + t.i * dim + t.j, (int)dim);
        }
    }
}

/* s[j] += t[j] + wd e[j]: the float32 tile and the Chan term, in float64. */
NAI_CLONES
static void add_tile_row(double *restrict s, const float *restrict t, double wd,
                         const double *restrict e, size_t n)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        s[j] += (double)t[j] + wd * e[j];
}

/* scatter += B^T B + w d d^T, the product in float32. */
static void add_product32(struct nai_cov *c, size_t k, double w)
{
    const size_t dim = c->dim, h = nai_tile(dim);
    const float *const b = c->rows32;
    const double *const d = c->work;

#pragma omp parallel num_threads(c->threads)
    {
        float *const tile = c->tiles + (size_t)omp_get_thread_num() * 2 * h * h;
        nai_blas_alone();
#pragma omp for schedule(dynamic)
        for (size_t p = 0; p < nai_upper_tiles(dim); p++) {
            struct nai_span t;
            if (!nai_upper_tile(&t, p, dim))
                continue;
            if (t.i == t.j)
                cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)t.ni, (int)k, 1, b + t.i,
                            (int)c->ld, 0, tile, (int)t.nj);
            else
                cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)t.ni, (int)t.nj, (int)k,
                            1, b + t.i, (int)c->ld, b + t.j, (int)c->ld, 0, tile, (int)t.nj);
            for (size_t r = 0; r < t.ni; r++) {
                const size_t from = t.i == t.j ? r : 0;
                add_tile_row(c->scatter + (t.i + r) * dim + t.j + from, tile + r * t.nj + from,
                             w * d[t.i + r], d + t.j + from, t.nj - from);
            }
        }
    }
}

/* Products of whole numbers about a whole shift: nothing is rounded until exact_scatter. */
static void fold_integer(struct nai_cov *c, size_t first, size_t n)
{
    if (c->folded == 0) {
        nai_block_centre(c->mean, NULL, c->rows64, c->ld, &c->staged, first, n);
        for (size_t j = 0; j < c->dim; j++)
            c->mean[j] = rint(c->mean[j]);
    }
    nai_block_shift(c->rows64, c->ld, &c->staged, first, n, c->mean);
#pragma omp parallel for schedule(static)
    for (size_t col = 0; col < c->dim; col += 64)
        for (size_t i = 0; i < n; i++)
            for (size_t j = col; j < nai_min(c->dim, col + 64); j++)
                c->sum[j] += c->rows64[i * c->ld + j];
    add_product(c, n);
}

static void fold(struct nai_cov *c, size_t first, size_t n)
{
    const double n1 = (double)c->folded, n2 = (double)n, w = n1 * (n2 / (n1 + n2));
    double *const d = c->work;

    if (c->integer) {
        fold_integer(c, first, n);
        c->folded += n;
        return;
    }
    if (c->mixed)
        nai_block_centre32(d, c->worklow, c->rows32, c->ld, &c->staged, first, n);
    else
        nai_block_centre(d, c->worklow, c->rows64, c->ld, &c->staged, first, n);
    nai_means_join(c->mean, c->low, d, c->worklow, c->dim, n1, n2);
    if (!c->mixed)
        for (size_t j = 0; j < c->dim; j++)
            c->rows64[n * c->ld + j] = sqrt(w) * d[j];
    if (c->mixed)
        add_product32(c, n, w);
    else
        add_product(c, c->folded ? n + 1 : n);
    c->folded += n;
}

/* Fold the whole blocks that are staged, or all rows, and keep the rest. */
static int fold_staged(struct nai_cov *c, bool all, struct nai_err *err)
{
    struct nai_staging *const s = &c->staged;
    size_t at = 0;
    const int status = start_folding(c, err);

    if (status != NAI_OK)
        return status;
    for (; s->rows - at >= c->block || (all && at < s->rows); at += nai_min(c->block, s->rows - at))
        fold(c, at, nai_min(c->block, s->rows - at));
    s->rows -= at;
    if (at > 0)
        memmove(s->data, s->data + at * s->stride, s->rows * s->stride);
    if (s->room > c->block)
        return nai_staging_reserve(s, c->block, err);
    return NAI_OK;
}

int nai_cov_push(struct nai_cov *c, const void *rows, size_t n, struct nai_err *err)
{
    const size_t bytes = c->dim * nai_dtype_size(c->staged.dtype);
    /* While nothing is folded, up to this many rows are held: the factor, or a first block. */
    const size_t hold = nai_max(c->block, c->dim / 2);
    const char *at = rows;

    while (n > 0) {
        struct nai_staging *const s = &c->staged;
        const size_t limit = c->scatter ? c->block : hold;
        int status = NAI_OK;
        if (s->rows == limit)
            status = fold_staged(c, false, err);
        else if (s->rows == s->room)
            status = nai_staging_reserve(s, nai_min(limit, 2 * s->room), err);
        const size_t take = nai_min(n, s->room - s->rows);
        if (status == NAI_OK)
            status = nai_staging_add(s, at, take, c->pushed, err);
        if (status != NAI_OK)
            return status;
        at += take * bytes;
        n -= take;
        c->pushed += take;
    }
    return NAI_OK;
}

int nai_cov_merge(struct nai_cov *c, const struct nai_moments *m, struct nai_err *err)
{
    if (m->dim != c->dim)
        return nai_err_set(err, NAI_EINPUT, "moments of %zu and of %zu features cannot be merged",
                           c->dim, m->dim);
    return nai_moments_merge(&c->merged, m, err);
}

/* S - t t^T / n in integers, so that the one rounding is that of the result. Where a sum of squares
 * has passed 2^53 the sums have been rounded already, and float64 does for the rest. */
static void exact_scatter(struct nai_cov *c)
{
    const size_t dim = c->dim;
    const int64_t n = (int64_t)c->folded;
    bool exact = true;

    for (size_t i = 0; i < dim; i++)
        exact = exact && c->scatter[i * dim + i] < 0x1p53;
#pragma omp parallel for schedule(dynamic, 16)
    for (size_t i = 0; i < dim; i++)
        for (size_t j = i; j < dim; j++) {
            double *const s = &c->scatter[i * dim + j];
            if (exact) {
                const wide t = (wide)(int64_t)c->sum[i] * (int64_t)c->sum[j];
                *s = (double)((wide)n * (int64_t)*s - t) / (double)n;
            } else {
                *s -= c->sum[i] * (c->sum[j] / (double)n);
            }
        }
    for (size_t j = 0; j < dim; j++)
        c->mean[j] += c->sum[j] / (double)n;
}

/* The moments of the pushed rows, not of the merged ones. */
static int own_moments(struct nai_cov *c, struct nai_moments *out, struct nai_err *err)
{
    const size_t dim = c->dim;

    if (!c->scatter && c->staged.rows <= dim / 2) {
        double *const f = nai_alloc(c->staged.rows, dim * sizeof *f, "rows", err);
        if (!f)
            return NAI_ESYSTEM;
        nai_block_centre(c->mean, NULL, f, dim, &c->staged, 0, c->staged.rows);
        *out = (struct nai_moments){.dim = dim,
                                    .n = c->pushed,
                                    .mean = c->mean,
                                    .factor = true,
                                    .rows = c->staged.rows,
                                    .m = f};
    } else {
        const int status = fold_staged(c, true, err);
        if (status != NAI_OK)
            return status;
        if (c->integer)
            exact_scatter(c);
        for (size_t j = 0; j < dim && !c->integer; j++)
            c->mean[j] += c->low[j];
        nai_mirror_upper(c->scatter, dim);
        *out = (struct nai_moments){
            .dim = dim, .n = c->pushed, .mean = c->mean, .rows = dim, .m = c->scatter};
        c->scatter = NULL;
    }
    c->mean = NULL;
    return NAI_OK;
}

static int check_finite(const struct nai_moments *m, struct nai_err *err)
{
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = m->factor ? 0 : i; j < (m->factor ? m->dim : i + 1); j++)
            if (!isfinite(m->m[i * m->dim + j]) || !isfinite(m->mean[j]))
                return nai_err_set(err, NAI_ENUMERIC, "feature %zu: sums overflow", j);
    return NAI_OK;
}

int nai_cov_finish(struct nai_cov *c, struct nai_moments *out, struct nai_err *err)
{
    struct nai_moments own = {0};
    int status = NAI_OK;

    if (c->pushed == 0 && c->merged.n == 0)
        return nai_err_set(err, NAI_EINPUT, "no rows");
    if (c->pushed > 0)
        status = own_moments(c, &own, err);
    if (status == NAI_OK && c->merged.n > 0) {
        if (own.n > 0)
            status = nai_moments_merge(&own, &c->merged, err);
        else {
            own = c->merged;
            c->merged = (struct nai_moments){0};
        }
    }
    if (status == NAI_OK)
        status = check_finite(&own, err);
    if (status == NAI_OK)
        *out = own;
    else
        nai_moments_free(&own);
    return status;
}
