/* gemm.c - see gemm.h: products on fixed tiles, biases
 * SPDX-License-Identifier: MIT */
#include "gemm.h"

#include "blas.h"
#include "real.h"
#include "tables.h"
#include "tile.h"

/* A tile is at most this large, which is where a single call is at its full rate; and there are at
 * least so many tiles, for threads to share, unless that makes an edge less than the smallest. */
enum { LARGEST = 512 * 512, TILES = 8, SMALLEST = 64, LANES = 16 };

static size_t halved(size_t h)
{
    return ((h + 1) / 2 + LANES - 1) / LANES * LANES;
}

/* The edges of the tiles of an m by n result, by halving the longer. */
static void tile_edges(size_t m, size_t n, size_t *hm, size_t *hn)
{
    *hm = m;
    *hn = n;
    for (;;) {
        const size_t count = ((m + *hm - 1) / *hm) * ((n + *hn - 1) / *hn);
        size_t *const longer = *hm >= *hn ? hm : hn;
        if ((count >= TILES && *hm * *hn <= LARGEST) || *longer < 2 * SMALLEST)
            return;
        *longer = halved(*longer);
    }
}

static void gemm(struct nai_device *d, bool ta, bool tb, size_t m, size_t n, size_t k, double alpha,
                 const struct nai_buf *a, size_t lda, const struct nai_buf *b, size_t ldb,
                 double beta, struct nai_buf *c, size_t ldc)
{
    const real *const ra = nai_in(a), *const rb = nai_in(b);
    real *const rc = nai_io(c);
    size_t hm, hn;

    (void)d;
    if (m == 0 || n == 0)
        return;
    tile_edges(m, n, &hm, &hn);
    const size_t nn = (n + hn - 1) / hn, count = (m + hm - 1) / hm * nn;
#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(dynamic)
        for (size_t p = 0; p < count; p++) {
            const size_t i = p / nn * hm, j = p % nn * hn;
            NAI_CBLAS(gemm)
            (CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
             (int)nai_min(hm, m - i), (int)nai_min(hn, n - j), (int)k, (real)alpha,
             ra + (ta ? i : i * lda), (int)lda, rb + (tb ? j * ldb : j), (int)ldb, (real)beta,
             rc + i * ldc + j, (int)ldc);
        }
    }
}

NAI_CLONES static void add_row(size_t n, const real *restrict bias, real *restrict y)
{
    for (size_t j = 0; j < n; j++)
        y[j] += bias[j];
}

static void add_bias(struct nai_device *d, size_t rows, size_t cols, const struct nai_buf *bias,
                     struct nai_buf *y)
{
    const real *const b = nai_in(bias);
    real *const out = nai_io(y);

    (void)d;
#pragma omp parallel for
    for (size_t r = 0; r < rows; r++)
        add_row(cols, b, out + r * cols);
}

/* Columns that are summed together; rows at the leaves of the tree; its height. */
enum { WIDTH = 32, LEAF = 64, HEIGHT = 64 };

NAI_CLONES static void sum_leaf(size_t rows, size_t cols, size_t stride, const real *restrict x,
                                double *restrict sum)
{
    for (size_t j = 0; j < cols; j++)
        sum[j] = 0;
    if (cols == WIDTH) /* of a size known to the compiler: sums stay in registers */
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < WIDTH; j++)
                sum[j] += (double)x[r * stride + j];
    else
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < cols; j++)
                sum[j] += (double)x[r * stride + j];
}

/* Sums of leaves that are complete, joined as a binary counter carries: level l holds 2^l leaves.
 */
static void sum_columns(size_t rows, size_t cols, size_t stride, const real *x, real *out)
{
    double level[HEIGHT][WIDTH];
    uint64_t held = 0; /* bit l: level l is in use */
    double sum[WIDTH];

    for (size_t r = 0; r < rows; r += LEAF) {
        size_t l = 0;
        sum_leaf(nai_min(LEAF, rows - r), cols, stride, x + r * stride, sum);
        for (; held >> l & 1; l++)
            for (size_t j = 0; j < cols; j++)
                sum[j] += level[l][j];
        held = (held >> l | 1) << l;
        for (size_t j = 0; j < cols; j++)
            level[l][j] = sum[j];
    }
    for (size_t j = 0; j < cols; j++)
        sum[j] = 0;
    for (size_t l = 0; l < HEIGHT; l++)
        if (held >> l & 1)
            for (size_t j = 0; j < cols; j++)
                sum[j] += level[l][j];
    for (size_t j = 0; j < cols; j++)
        out[j] = (real)((double)out[j] + sum[j]);
}

static void sum_rows(struct nai_device *d, size_t rows, size_t cols, const struct nai_buf *x,
                     struct nai_buf *sum)
{
    const real *const in = nai_in(x);
    real *const out = nai_io(sum);

    (void)d;
#pragma omp parallel for schedule(dynamic)
    for (size_t j = 0; j < cols; j += WIDTH)
        sum_columns(rows, nai_min(WIDTH, cols - j), cols, in + j, out + j);
}

const struct nai_gemm_ops NAI_R(nai_cpu_gemm) = {
    .gemm = gemm,
    .add_bias = add_bias,
    .sum_rows = sum_rows,
};
