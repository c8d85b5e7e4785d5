/* eig_band.c - dense to band, by blocks of Householder reflectors; see eig_parts.h
 * SPDX-License-Identifier: MIT
 *
 * Panel by panel: the columns k .. k+b-1 below row r = k+b are factored into Q R, Q = I - V T V^T,
 * and the trailing matrix becomes Q^T A Q = A - V W^T - W V^T with X = A V T, W = X - V (T^T V^T X)
 * / 2. The next panel's columns are brought up to date first, so that one thread factors it while
 * the others update the rest. Every product is a task whose operands' sizes depend on n alone. */
#include <cblas.h>
#include <lapacke.h>
#include <string.h>

#include "blas.h"
#include "eig_parts.h"
#include "mem.h"
#include "tile.h"

enum {
    B = NAI_BAND,
    TILE = 256, /* edge of the tiles that are updated; those on the diagonal are kept full */
    STRIP = 128 /* rows of A V computed by one task; divides TILE */
};

struct reduction {
    double *a;
    size_t n;
    /* [V W] and [W V] of the panel in use and V of the next: f64 column-major [n][2 B], rows by
     * their number in A. */
    double *vw[2], *wv[2];
    double *t;    /* f64[B][B] column-major: T of the panel factored last */
    double *x;    /* f64 column-major [n][B]: A V, then X */
    double *part; /* f64[strips][B][B]: V^T X by strips */
    double *m;    /* f64[B][B]: T^T V^T X */
};

static void free_reduction(struct reduction *s)
{
    nai_free(s->vw[0]);
    nai_free(s->vw[1]);
    nai_free(s->wv[0]);
    nai_free(s->wv[1]);
    nai_free(s->t);
    nai_free(s->x);
    nai_free(s->part);
    nai_free(s->m);
}

static int new_reduction(struct reduction *s, double *a, size_t n, struct nai_err *err)
{
    static const char what[] = "band reduction";
    const size_t column = n * sizeof *a;

    *s = (struct reduction){.a = a, .n = n};
    for (int i = 0; i < 2; i++) {
        s->vw[i] = nai_alloc(2 * B, column, what, err);
        s->wv[i] = nai_alloc(2 * B, column, what, err);
    }
    s->t = nai_alloc(B * B, sizeof *a, what, err);
    s->m = nai_alloc(B * B, sizeof *a, what, err);
    s->x = nai_alloc(B, column, what, err);
    s->part = nai_alloc(n / STRIP + 2, B * B * sizeof *a, what, err);
    if (s->vw[0] && s->vw[1] && s->wv[0] && s->wv[1] && s->t && s->m && s->x && s->part)
        return NAI_OK;
    free_reduction(s);
    return NAI_ESYSTEM;
}

static void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, size_t m, size_t n, size_t k, double alpha,
                 const double *a, size_t lda, const double *b, size_t ldb, double beta, double *c,
                 size_t ldc)
{
    if (m > 0 && n > 0)
        cblas_dgemm(CblasColMajor, ta, tb, (int)m, (int)n, (int)k, alpha, a, (int)lda, b, (int)ldb,
                    beta, c, (int)ldc);
}

/* Factor the panel of columns k.., rows r..; V into buffers `to`, T into s->t, R stays in A. */
static void factor_panel(struct reduction *s, size_t k, size_t r, int to)
{
    const size_t n = s->n, rows = n - r, cols = nai_min(B, rows);
    double *const panel = s->a + k * n + r;

    memset(s->t, 0, B * B * sizeof *s->t);
    LAPACKE_dgeqrt3_work(LAPACK_COL_MAJOR, (int)rows, (int)cols, panel, (int)n, s->t, B);
    for (size_t j = 0; j < cols; j++) { /* V comes with R in its upper triangle */
        double *const v = s->vw[to] + j * n + r;
        memset(v, 0, j * sizeof *v);
        v[j] = 1;
        memcpy(v + j + 1, panel + j * n + j + 1, (rows - j - 1) * sizeof *v);
        memcpy(s->wv[to] + (B + j) * n + r, v, rows * sizeof *v);
        for (size_t i = j + 1; i < cols; i++)
            s->t[j * B + i] = 0;
    }
    if (cols < B) { /* the last panel: Q^T for its other columns, C - V T^T V^T C */
        double *const c = s->a + (k + cols) * n + r;
        const double *const v = s->vw[to] + r;
        gemm(CblasTrans, CblasNoTrans, cols, B - cols, rows, 1, v, n, c, n, 0, s->part, B);
        gemm(CblasTrans, CblasNoTrans, cols, B - cols, cols, 1, s->t, B, s->part, B, 0, s->m, B);
        gemm(CblasNoTrans, CblasNoTrans, rows, B - cols, cols, -1, v, n, s->m, B, 1, c, n);
    }
}

/* X and V^T X for one strip of rows i .. i+h-1 of the trailing matrix, which begins at row r. */
static void multiply_strip(struct reduction *s, size_t r, size_t cols, size_t i, size_t h, int in,
                           double *part)
{
    const size_t n = s->n,
                 full = nai_min(n, (i / TILE + 1) * TILE); /* to its diagonal tile's end */
    const double *const v = s->vw[in];
    double y[STRIP * B];

    gemm(CblasNoTrans, CblasNoTrans, h, cols, full - r, 1, s->a + r * n + i, n, v + r, n, 0, y,
         STRIP);
    if (full < n)
        gemm(CblasTrans, CblasNoTrans, h, cols, n - full, 1, s->a + i * n + full, n, v + full, n, 1,
             y, STRIP);
    gemm(CblasNoTrans, CblasNoTrans, h, cols, cols, 1, y, STRIP, s->t, B, 0, s->x + i, n);
    gemm(CblasTrans, CblasNoTrans, cols, cols, h, 1, v + i, n, s->x + i, n, 0, part, B);
}

static void make_w(struct reduction *s, size_t cols, size_t i, size_t h, int in)
{
    const size_t n = s->n;
    double *const w = s->vw[in] + B * n + i;

    for (size_t j = 0; j < cols; j++)
        memcpy(w + j * n, s->x + j * n + i, h * sizeof *w);
    gemm(CblasNoTrans, CblasNoTrans, h, cols, cols, -0.5, s->vw[in] + i, n, s->m, B, 1, w, n);
    for (size_t j = 0; j < cols; j++)
        memcpy(s->wv[in] + j * n + i, w + j * n, h * sizeof *w);
}

/* A_ij -= [V W]_i [W V]_j^T; with fewer reflectors than B there are two products. */
static void update(struct reduction *s, size_t cols, size_t i, size_t ni, size_t j, size_t nj,
                   int in)
{
    const size_t n = s->n;
    double *const c = s->a + j * n + i;

    if (cols == B) {
        gemm(CblasNoTrans, CblasTrans, ni, nj, 2 * B, -1, s->vw[in] + i, n, s->wv[in] + j, n, 1, c,
             n);
        return;
    }
    gemm(CblasNoTrans, CblasTrans, ni, nj, cols, -1, s->vw[in] + i, n, s->wv[in] + j, n, 1, c, n);
    gemm(CblasNoTrans, CblasTrans, ni, nj, cols, -1, s->vw[in] + B * n + i, n,
         s->wv[in] + B * n + j, n, 1, c, n);
}

/* Start of piece number p of the rows from r on, cut at multiples of h; its length in *len. */
static size_t piece(size_t *len, size_t p, size_t r, size_t h, size_t n)
{
    const size_t at = p == 0 ? r : (r / h + p) * h;

    *len = nai_min(n, (r / h + p + 1) * h) - at;
    return at;
}

static size_t pieces(size_t r, size_t h, size_t n)
{
    return r < n ? (n + h - 1) / h - r / h : 0;
}

static void make_xw(struct reduction *s, size_t r, size_t cols, int in)
{
    const size_t n = s->n, strips = pieces(r, STRIP, n);

#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(dynamic)
        for (size_t p = 0; p < strips; p++) {
            size_t h;
            const size_t i = piece(&h, p, r, STRIP, n);
            multiply_strip(s, r, cols, i, h, in, s->part + p * B * B);
        }
#pragma omp single
        {
            for (size_t p = 1; p < strips; p++)
                for (size_t j = 0; j < cols; j++)
                    for (size_t i = 0; i < cols; i++)
                        s->part[j * B + i] += s->part[(p * B + j) * B + i];
            gemm(CblasTrans, CblasNoTrans, cols, cols, cols, 1, s->t, B, s->part, B, 0, s->m, B);
        }
#pragma omp for schedule(static)
        for (size_t p = 0; p < strips; p++) {
            size_t h;
            const size_t i = piece(&h, p, r, STRIP, n);
            make_w(s, cols, i, h, in);
        }
    }
}

/* The trailing matrix from row r on, and meanwhile the next panel, columns r.., rows r+b... */
static void update_all(struct reduction *s, size_t r, size_t cols, int in)
{
    const size_t n = s->n, next = r + B, strips = pieces(r, STRIP, n),
                 tiles = pieces(next, TILE, n);

#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(static)
        for (size_t p = 0; p < strips; p++) {
            size_t h;
            const size_t i = piece(&h, p, r, STRIP, n);
            update(s, cols, i, h, r, nai_min(B, n - r), in);
        }
#pragma omp for schedule(dynamic)
        for (size_t p = 0; p <= tiles * tiles; p++) {
            size_t ni, nj;
            if (p == 0) {
                if (next < n)
                    factor_panel(s, r, next, !in);
                continue;
            }
            const size_t i = (p - 1) / tiles, j = (p - 1) % tiles;
            if (j > i)
                continue;
            const size_t ri = piece(&ni, i, next, TILE, n), rj = piece(&nj, j, next, TILE, n);
            update(s, cols, ri, ni, rj, nj, in);
        }
    }
}

int nai_eig_to_band(double *a, size_t n, struct nai_err *err)
{
    struct reduction s;
    int in = 0;
    const int status = new_reduction(&s, a, n, err);

    if (status != NAI_OK)
        return status;
    if (n > B) {
        const int threads = nai_blas_alone();
        factor_panel(&s, 0, B, in);
        nai_blas_restore(threads);
    }
    for (size_t r = B; r < n; r += B, in = !in) {
        const size_t cols = nai_min(B, n - r);
        make_xw(&s, r, cols, in);
        update_all(&s, r, cols, in);
    }
    free_reduction(&s);
    return NAI_OK;
}
