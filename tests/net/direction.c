/* direction.c - test of direction.h: norm, isotropy, the stream it comes from, its names
 * SPDX-License-Identifier: MIT */
#include "direction.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "blas.h"
#include "rng.h"

enum { N = 3001001 }; /* more than one part a thread, and no whole number of them */

static double dot(const double *x, const double *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Of a uniform unit vector of 5 elements: mean 0, second moments 1/5 and 0, fourth moment 3/35;
 * bounds of five standard errors of 20,000 draws. */
static void isotropy(void)
{
    enum { D = 5, DRAWS = 20000 };
    double mean = 0, same = 0, other = 0, fourth = 0, norm = 0, m[D] = {0}, c[D][D] = {{0}}, x[D];

    for (size_t k = 0; k < DRAWS; k++) {
        nai_unit_normal(x, D, 9, "test", k);
        norm = fmax(norm, fabs(dot(x, x, D) - 1));
        for (size_t i = 0; i < D; i++) {
            m[i] += x[i] / DRAWS;
            fourth += x[i] * x[i] * x[i] * x[i] / D / DRAWS;
            for (size_t j = 0; j < D; j++)
                c[i][j] += x[i] * x[j] / DRAWS;
        }
    }
    for (size_t i = 0; i < D; i++) {
        mean = fmax(mean, fabs(m[i]));
        same = fmax(same, fabs(c[i][i] - .2));
        for (size_t j = 0; j < i; j++)
            other = fmax(other, fabs(c[i][j]));
    }
    near(norm, 0, 1e-15, "norm 1, each of 20,000");
    near(mean, 0, 5 * sqrt(1. / 5 / DRAWS), "mean");
    near(same, 0, 5 * sqrt((3. / 35 - 1. / 25) / DRAWS), "variances");
    near(other, 0, 5 * sqrt(1. / 35 / DRAWS), "covariances");
    near(fourth, 3. / 35, 2e-3, "fourth moment");
}

/* Long ones: the stream of normals drawn here one after another, over its norm. */
static void stream(double *x, double *y)
{
    struct nai_rng r;
    double norm, fourth = 0;

    nai_rng_init(&r, 3, "test", 4);
    for (size_t i = 0; i < N; i += 2) {
        const double u = sqrt(-2 * log(1 - nai_rng_uniform(&r)));
        const double v = 8 * atan(1) * nai_rng_uniform(&r);
        y[i] = u * cos(v);
        if (i + 1 < N)
            y[i + 1] = u * sin(v);
    }
    norm = sqrt(dot(y, y, N));
    near(norm / sqrt(N), 1, 5 / sqrt(2. * N), "the stream's own variance");
    nai_unit_normal(x, N, 3, "test", 4);
    near(dot(x, x, N), 1, 1e-13, "norm 1 of 3,001,001 elements");
    for (size_t i = 0; i < N; i++)
        y[i] = y[i] / norm - x[i];
    near(sqrt(dot(y, y, N)), 0, 1e-13, "the stream of that name, in order");
    for (size_t i = 0; i < N; i++)
        fourth += x[i] * x[i] * x[i] * x[i] * N;
    near(fourth, 3, 5 * sqrt(96. / N), "normal");
    near(dot(x, x + 1, N - 1), 0, 5 / sqrt(N), "neighbours are uncorrelated");
}

static void names(double *x, double *y)
{
    nai_blas_init(1);
    nai_unit_normal(x, N, 3, "test", 4);
    nai_blas_init(3);
    nai_unit_normal(y, N, 3, "test", 4);
    ok(memcmp(x, y, N * sizeof *x) == 0, "same bits on 1 and 3 threads");
    nai_unit_normal(y, N, 3, "test", 5);
    near(dot(x, y, N), 0, 5 / sqrt(N), "another index, another direction");
    nai_unit_normal(y, N, 3, "tests", 4);
    near(dot(x, y, N), 0, 5 / sqrt(N), "another purpose");
    nai_unit_normal(y, N, 4, "test", 4);
    near(dot(x, y, N), 0, 5 / sqrt(N), "another seed");
    nai_unit_normal(y, 1, 4, "test", 4);
    near(fabs(y[0]), 1, 0, "a line has two");
}

int main(void)
{
    double *const x = malloc(N * sizeof *x), *const y = malloc(N * sizeof *y);

    if (!x || !y)
        return 1;
    nai_blas_init(2);
    isotropy();
    stream(x, y);
    names(x, y);
    free(x);
    free(y);
    return tap_end();
}
