/* draw.c - test of draw.h: orthogonality, spectra, distribution, the same bits on any threads
 * SPDX-License-Identifier: MIT */
#include "draw.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "blas.h"
#include "eig.h"
#include "mem.h"

enum { N = 60, K = 40 };

/* The largest |q^T q - I|, and |sum of a column|. */
static void defects(const double *q, size_t n, size_t k, double *ortho, double *sums)
{
    *ortho = *sums = 0;
    for (size_t a = 0; a < k; a++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += q[i * k + a];
        *sums = fmax(*sums, fabs(sum));
        for (size_t b = 0; b < k; b++) {
            double dot = -(a == b);
            for (size_t i = 0; i < n; i++)
                dot += q[i * k + a] * q[i * k + b];
            *ortho = fmax(*ortho, fabs(dot));
        }
    }
}

static void orthonormal(void)
{
    static double q[N * N], again[N * N];
    double ortho, sums;

    ok(nai_draw_orthonormal(q, N, K, false, 7, "test", NULL) == NAI_OK, "60 x 40");
    defects(q, N, K, &ortho, &sums);
    near(ortho, 0, 1e-14, "orthonormal");
    ok(sums > 0.1, "not centred");
    nai_blas_init(1);
    nai_draw_orthonormal(again, N, K, false, 7, "test", NULL);
    nai_blas_init(3);
    nai_draw_orthonormal(q, N, K, false, 7, "test", NULL);
    ok(memcmp(q, again, sizeof *q * N * K) == 0, "same bits on 1 and 3 threads");
    ok(nai_draw_orthonormal(q, N, N - 1, true, 7, "test", NULL) == NAI_OK, "59 centred columns");
    defects(q, N, N - 1, &ortho, &sums);
    near(ortho, 0, 1e-13, "orthonormal");
    near(sums, 0, 1e-12, "centred");
    ok(nai_draw_orthonormal(q, N, N, true, 7, "test", NULL) == NAI_EUSAGE, "60 refused");
    ok(nai_draw_orthonormal(q, N, N, false, 7, "test", NULL) == NAI_OK, "unless not centred");
}

/* Of a Haar matrix of size 3 every entry has mean 0 and second moment 1/3, and the trace has second
 * moment 1; an R with its signs left in would have a biased diagonal. */
static void haar(void)
{
    enum { DRAWS = 4000 };
    double mean[9] = {0}, square[9] = {0}, trace = 0;

    for (size_t d = 0; d < DRAWS; d++) {
        double q[9];
        nai_draw_orthonormal(q, 3, 3, false, d, "haar", NULL);
        for (size_t i = 0; i < 9; i++) {
            mean[i] += q[i] / DRAWS;
            square[i] += q[i] * q[i] / DRAWS;
        }
        trace += (q[0] + q[4] + q[8]) * (q[0] + q[4] + q[8]) / DRAWS;
    }
    for (size_t i = 0; i < 9; i++) {
        near(mean[i], 0, 5 * sqrt(1.0 / 3 / DRAWS), "mean of entry %zu", i);
        near(square[i], 1.0 / 3, 0.03, "second moment of entry %zu", i);
    }
    near(trace, 1, 5 * sqrt(2.0 / DRAWS), "second moment of the trace");
}

static void spectral(void)
{
    static double x[N * K], c[K * K], v[K * K];
    double sigma[K], lambda[K], worst = 0, product = 0;

    nai_draw_linspace(sigma, K, 12, 0.5);
    near(sigma[0], 12, 0, "linspace begins");
    near(sigma[K - 1], 0.5, 0, "and ends");
    nai_draw_orthonormal(v, K, K, false, 1, "v", NULL);
    ok(nai_draw_spectral(x, N, K, sigma, K, v, true, 1, "u", NULL) == NAI_OK, "turned");
    nai_blas_gram(true, K, N, x, K, c);
    nai_eig_values(lambda, NULL, c, K, NULL, 0, NULL);
    for (size_t j = 0; j < K; j++)
        worst = fmax(worst, fabs(sqrt(lambda[j]) - sigma[j]));
    near(worst, 0, 1e-12, "singular values");
    ok(nai_draw_spectral(x, K / 2, K, sigma, K / 2, NULL, false, 1, "u", NULL) == NAI_OK, "wide");
    for (size_t i = 0; i < K / 2; i++)
        product += x[i * K] * x[i * K + 1];
    near(product, 0, 1e-12, "axis-aligned: columns orthogonal");
    near(x[K / 2], 0, 0, "and 0 from the rank on");
    ok(nai_draw_spectral(x, N, K, sigma, K + 1, NULL, false, 1, "u", NULL) == NAI_EUSAGE,
       "more singular values than features");
    nai_draw_linspace(sigma, 1, 3, 5);
    near(sigma[0], 3, 0, "linspace of one");
}

int main(void)
{
    nai_blas_init(2);
    orthonormal();
    haar();
    spectral();
    return tap_end();
}
