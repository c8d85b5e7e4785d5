/* cvpca.c - test of cvpca.h: the invariant sum, both forms, both routes, a known signal
 * SPDX-License-Identifier: MIT
 *
 * Golden values: golden_cvpca.h, from a NumPy 1.24.2 script after the formula of the paper (SVD of
 * the first repeat) and the swaps that the Philox stream gives. */
#include "cvpca.h"

#include <omp.h>

#include "golden_cvpca.h"
#include "spectral.h"

enum { SHUFFLES = 5, SEED = 12 };

/* Two noisy repeats of a signal of decaying variance, centred over all presentations. */
static void repeats(double *r1, double *r2, size_t rows, size_t dim)
{
    double *const signal = normals(rows * dim, 1), *const n1 = normals(rows * dim, 2);
    double *const n2 = normals(rows * dim, 3);

    for (size_t i = 0; i < rows * dim; i++) {
        const double s = 3 * signal[i] / (double)(i % dim + 1) + 5;
        r1[i] = s + 0.3 * n1[i];
        r2[i] = s + 0.3 * n2[i] + 0.1;
    }
    nai_free(signal);
    nai_free(n1);
    nai_free(n2);
}

static void centre(double *r1, double *r2, size_t rows, size_t dim)
{
    for (size_t j = 0; j < dim; j++) {
        double mean = 0;
        for (size_t i = 0; i < rows; i++)
            mean += (r1[i * dim + j] + r2[i * dim + j]) / (2 * (double)rows);
        for (size_t i = 0; i < rows; i++) {
            r1[i * dim + j] -= mean;
            r2[i * dim + j] -= mean;
        }
    }
}

static void forms(struct tap *t, size_t rows, size_t dim)
{
    const size_t n = rows < dim ? rows : dim;
    double *const r1 = doubles(rows * dim), *const r2 = doubles(rows * dim);
    double *const ss = doubles(n), *const first = doubles(n), *const pair = doubles(n);
    double sum = 0, inner = 0, size = 0;
    struct nai_err err = {0};

    printf("# %zu stimuli, %zu neurons\n", rows, dim);
    repeats(r1, r2, rows, dim);
    for (size_t chunk = 1; chunk < 2000; chunk = chunk * 20 + 1) {
        struct nai_pair *p = NULL;
        struct nai_pair_moments m = {0};
        omp_set_num_threads(chunk == 1 ? 1 : chunk < 100 ? 2 : 4);
        ok(t, nai_pair_new(&p, dim, SHUFFLES, SEED, &err) == NAI_OK, "a pass over pairs");
        for (size_t i = 0; i < rows; i += chunk)
            nai_pair_push(p, r1 + i * dim, r2 + i * dim, chunk < rows - i ? chunk : rows - i, &err);
        ok(t, nai_pair_finish(p, &m, &err) == NAI_OK && m.n == rows, "finished");
        nai_pair_free(p);
        ok(t, nai_cvpca_pair(pair, &m, &err) == NAI_OK, "its spectrum");
        if (chunk == 1)
            memcpy(first, pair, n * sizeof *pair);
        same_bits(t, pair, first, n * sizeof *pair, "same bits for any chunk and threads");
        nai_pair_moments_free(&m);
    }
    centre(r1, r2, rows, dim);
    for (int threads = 1; threads <= 4; threads *= 2) {
        omp_set_num_threads(threads);
        ok(t, nai_cvpca(ss, r1, r2, rows, dim, SHUFFLES, SEED, &err) == NAI_OK, "all rows at once");
        if (threads == 1)
            memcpy(first, ss, n * sizeof *ss);
        same_bits(t, ss, first, n * sizeof *ss, "same bits for any number of threads");
    }
    for (size_t k = 0; k < n; k++) {
        sum += ss[k];
        size += fabs(ss[k]);
    }
    for (size_t i = 0; i < rows * dim; i++)
        inner += r1[i] * r2[i];
    near(t, sum, inner, 1e-12 * size, "the sum is <R1, R2>");
    all_near(t, pair, ss, n, 1e-10 * size, "both forms agree");
    nai_free(r1);
    nai_free(r2);
    nai_free(ss);
    nai_free(first);
    nai_free(pair);
}

static void golden(struct tap *t)
{
    double ss[GOLDEN_ROWS];

    nai_cvpca(ss, golden_r1, golden_r2, GOLDEN_ROWS, GOLDEN_DIM, GOLDEN_SHUFFLES, GOLDEN_SEED,
              NULL);
    all_near(t, ss, golden_ss, GOLDEN_DIM, 1e-12, "as NumPy");
    nai_cvpca(ss, golden_r1, golden_r2, GOLDEN_DIM - 1, GOLDEN_DIM, GOLDEN_SHUFFLES, GOLDEN_SEED,
              NULL);
    all_near(t, ss, golden_wide_ss, GOLDEN_DIM - 1, 1e-12, "as NumPy, fewer stimuli than neurons");
}

/* Without noise cvPCA is PCA. */
static void noiseless(struct tap *t)
{
    enum { ROWS = 400, DIM = 3 };
    double *const x = doubles(ROWS * DIM);
    double ss[DIM];

    for (size_t i = 0; i < ROWS; i++)
        x[i * DIM + i % DIM] = (double)(DIM - i % DIM); /* orthogonal columns */
    nai_cvpca(ss, x, x, ROWS, DIM, 2, 0, NULL);
    near(t, ss[0], 134 * 9, 1e-10, "variance of the first direction");
    near(t, ss[1], 133 * 4, 1e-10, "of the second");
    near(t, ss[2], 133, 1e-10, "of the third");
    nai_free(x);
}

static void refusals(struct tap *t)
{
    double r[4] = {1, NAN, 0, 2}, ss[2] = {7, 7};
    struct nai_err err = {0};
    struct nai_pair *p = NULL;
    struct nai_pair_moments m = {0};

    ok(t, nai_cvpca(ss, r, r, 2, 2, 1, 0, &err) == NAI_ENUMERIC, "NaN refused");
    ok(t, nai_cvpca(ss, r, r, 2, 2, 0, 0, &err) == NAI_EUSAGE, "no shuffles");
    ok(t, nai_cvpca(ss, r, r, 0, 2, 1, 0, &err) == NAI_EUSAGE, "no rows");
    ok(t, nai_pair_new(&p, 0, 1, 0, &err) == NAI_EUSAGE, "no neurons");
    ok(t, nai_pair_new(&p, 2, 1, 0, &err) == NAI_OK, "two neurons");
    ok(t, nai_pair_finish(p, &m, &err) == NAI_EINPUT, "no pairs");
    nai_pair_free(p);
    nai_pair_new(&p, 2, 1, 0, &err);
    ok(t, nai_pair_push(p, r + 2, r, 1, &err) == NAI_ENUMERIC, "NaN in a pair");
    ok(t, strncmp(err.msg, "row 0, feature 1", 16) == 0, "is named");
    nai_pair_free(p);
    near(t, ss[0], 7, 0, "outputs untouched on error");
}

int main(void)
{
    struct tap t = {0};

    forms(&t, 60, 20);
    forms(&t, 20, 60);
    forms(&t, 500, 25);
    golden(&t);
    noiseless(&t);
    refusals(&t);
    return done(&t);
}
