/* gemm.c - test of gemm.h: products and sums against plain loops, the same bits for any threads
 * SPDX-License-Identifier: MIT */
#include "gemm.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "blas.h"
#include "conv2d_naive.h"

/* The largest |got - want|, of size; infinite for NaN. */
static double off(const double *got, const double *want, size_t n, double size)
{
    double most = 0;

    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - want[i]) <= most))
            most = isnan(got[i]) ? INFINITY : fabs(got[i] - want[i]);
    return most / size;
}

/* rows x cols of `from`, or its transpose, `ld` apart and NaN between. */
static struct nai_buf *matrix(struct nai_device *d, bool transposed, size_t rows, size_t cols,
                              const double *from, size_t ld)
{
    const size_t outer = transposed ? cols : rows, inner = transposed ? rows : cols;
    struct nai_buf *const b = buffer(d, outer * ld);
    double *const v = reals(outer * ld);

    for (size_t i = 0; i < outer; i++)
        for (size_t j = 0; j < ld; j++)
            v[i * ld + j] = j >= inner ? NAN : transposed ? from[j * cols + i] : from[i * cols + j];
    put(d, b, v, outer * ld);
    free(v);
    return b;
}

/* C = alpha A B + beta C by loops; beta 0: C is not read. */
static double *product(size_t m, size_t n, size_t k, double alpha, const double *a, const double *b,
                       double beta, const double *c)
{
    double *const out = reals(m * n);

    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t l = 0; l < k; l++)
                sum += a[i * k + l] * b[l * n + j];
            out[i * n + j] = alpha * sum + (beta == 0 ? 0 : beta * c[i * n + j]);
        }
    return out;
}

static void products(struct nai_device *d, size_t m, size_t n, size_t k, double tol)
{
    enum { GAP = 3 };
    double *const a = noise(m * k, 1), *const b = noise(k * n, 2), *const c = noise(m * n, 3);

    for (int form = 0; form < 8; form++) {
        const bool ta = form & 1, tb = form & 2;
        const double alpha = form & 4 ? 1 : -0.5, beta = form & 4 ? 0 : 2;
        const size_t lda = (ta ? m : k) + GAP, ldb = (tb ? k : n) + GAP, ldc = n + GAP;
        struct nai_buf *const ba = matrix(d, ta, m, k, a, lda), *const bb =
                                                                    matrix(d, tb, k, n, b, ldb);
        double *const want = product(m, n, k, alpha, a, b, beta, c), *first = NULL;
        double e = 0;
        bool same = true, gaps = true;
        for (int threads = 1; threads <= 3; threads++) {
            double *const nan = reals(m * n), *const got = reals(m * n);
            for (size_t i = 0; i < m * n; i++)
                nan[i] = NAN;
            struct nai_buf *const bc = matrix(d, false, m, n, beta == 0 ? nan : c, ldc);
            omp_set_num_threads(threads);
            d->gemm->gemm(d, ta, tb, m, n, k, alpha, ba, lda, bb, ldb, beta, bc, ldc);
            double *const all = get(d, bc, m * ldc);
            for (size_t i = 0; i < m; i++) {
                memcpy(got + i * n, all + i * ldc, n * sizeof *got);
                for (size_t j = n; j < ldc; j++)
                    gaps = gaps && isnan(all[i * ldc + j]);
            }
            e = fmax(e, off(got, want, m * n, sqrt((double)k)));
            if (!first) {
                first = reals(m * n);
                memcpy(first, got, m * n * sizeof *got);
            }
            same = same && memcmp(first, got, m * n * sizeof *got) == 0;
            d->memory->free(d, bc);
            free(nan);
            free(got);
            free(all);
        }
        ok(e <= tol && same && gaps, "%s: %zux%zux%zu%s%s, beta %g: off by %.1e%s%s",
           nai_dtype_name(d->dtype), m, n, k, ta ? " ta" : "", tb ? " tb" : "", beta, e,
           same ? "" : ", other bits with other threads", gaps ? "" : ", wrote between rows");
        d->memory->free(d, ba);
        d->memory->free(d, bb);
        free(want);
        free(first);
    }
    free(a);
    free(b);
    free(c);
}

static void biases(struct nai_device *d, size_t rows, size_t cols, double tol)
{
    double *const x = noise(rows * cols, 4), *const b = noise(cols, 5);
    double *const sums = reals(cols), *const added = reals(rows * cols), *first = NULL;

    for (size_t i = 0; i < cols; i++)
        sums[i] = b[i];
    for (size_t i = 0; i < rows * cols; i++) {
        sums[i % cols] += x[i];
        added[i] = x[i] + b[i % cols];
    }
    for (int threads = 1; threads <= 3; threads++) {
        struct nai_buf *const bx = buffer(d, rows * cols), *const bb = buffer(d, cols);
        put(d, bx, x, rows * cols);
        put(d, bb, b, cols);
        omp_set_num_threads(threads);
        d->gemm->add_bias(d, rows, cols, bb, bx);
        double *const y = get(d, bx, rows * cols);
        put(d, bx, x, rows * cols);
        d->gemm->sum_rows(d, rows, cols, bx, bb);
        double *const s = get(d, bb, cols);
        ok(off(y, added, rows * cols, 1) <= tol, "%s: bias added to %zux%zu, %d threads",
           nai_dtype_name(d->dtype), rows, cols, threads);
        const double e = off(s, sums, cols, sqrt((double)rows));
        ok(e <= tol, "%s: sums of %zu rows of %zu, %d threads: off by %.1e",
           nai_dtype_name(d->dtype), rows, cols, threads, e);
        if (threads > 1)
            ok(memcmp(s, first, cols * sizeof *s) == 0, "%s: the same bits",
               nai_dtype_name(d->dtype));
        free(y);
        free(first);
        first = s;
        d->memory->free(d, bx);
        d->memory->free(d, bb);
    }
    free(first);
    free(x);
    free(b);
    free(sums);
    free(added);
}

/* 2^24 ones and a little more: a float that counts them one by one stops there. */
static void long_sum(struct nai_device *d)
{
    const size_t rows = ((size_t)1 << 24) + 1000;
    struct nai_buf *const x = buffer(d, rows), *const sum = buffer(d, 1);
    double *const ones = reals(rows);

    for (size_t i = 0; i < rows; i++)
        ones[i] = 1;
    put(d, x, ones, rows);
    d->gemm->sum_rows(d, rows, 1, x, sum);
    double *const got = get(d, sum, 1);
    near(got[0], (double)rows, 0, "f32: sum of %zu ones", rows);
    d->memory->free(d, x);
    d->memory->free(d, sum);
    free(ones);
    free(got);
}

int main(void)
{
    static const size_t sizes[][3] = {{1, 1, 1},    {3, 5, 7},    {64, 64, 64},  {130, 1, 33},
                                      {1, 200, 50}, {300, 33, 9}, {65, 700, 20}, {257, 130, 300}};
    static const size_t shapes[][2] = {{1, 1}, {7, 3}, {64, 32}, {65, 33}, {1000, 70}, {129, 600}};

    nai_blas_init(2);
    for (int f = 0; f < 2; f++) {
        struct nai_device *d;
        struct nai_err err = {0};
        const double tol = f ? 1e-6 : 1e-14;
        if (nai_device_open(&d, "cpu", f ? NAI_F32 : NAI_F64, 2, &err)) {
            printf("Bail out! %s\n", err.msg);
            return 1;
        }
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            products(d, sizes[i][0], sizes[i][1], sizes[i][2], tol);
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            biases(d, shapes[i][0], shapes[i][1], tol);
        if (f)
            long_sum(d);
        nai_device_close(d);
    }
    return tap_end();
}
