/* whiten.c - test of whiten.h: by hand, against its definition, factor against matrix
 * SPDX-License-Identifier: MIT */
#include "whiten.h"

#include "blas.h"
#include "eig.h"
#include "spectral.h"

enum { N = 150, ROWS = 40 };

static void by_hand(struct tap *t)
{
    /* W = [4 2; 2 5] = L L^T with L = [2 0; 1 2]; L^-1 [8 2; 2 6] L^-T = [2 -1/2; -1/2 3/2] */
    double w[4] = {4, 2, 2, 5}, b[4] = {8, 2, 2, 6}, f[2] = {2, 3};
    const double want[4] = {2, -0.5, -0.5, 1.5};

    ok(t, nai_whiten(b, 2, false, w, 2, 0, NULL) == NAI_OK, "2 x 2");
    all_near(t, b, want, 4, 1e-15, "2 x 2 by hand");
    memcpy(w, (const double[]){3, 2, 2, 4}, sizeof w); /* + delta I is W again */
    nai_whiten(f, 1, true, w, 2, 1, NULL);
    near(t, f[0], 1, 1e-15, "row of a factor by hand");
    near(t, f[1], 1, 1e-15, "row of a factor by hand, second feature");
}

/* W = X^T X of random X, B = F^T F. */
static void make(double *w, double *b, const double *f)
{
    double *const x = normals((size_t)(2 * N) * N, 3);

    nai_blas_gram(true, N, (size_t)2 * N, x, N, w);
    nai_blas_gram(true, N, ROWS, f, N, b);
    nai_free(x);
}

/* Eigenvalues of the whitened B solve det(B - lambda W) = 0: tr(W^-1 B) by another route, and those
 * of a factor are the same. */
static void random_ones(struct tap *t)
{
    double *const w = doubles((size_t)N * N), *const b = doubles((size_t)N * N);
    double *const f = normals((size_t)ROWS * N, 4), *const again = doubles((size_t)N * N);
    double lambda[N], few[ROWS], sum = 0, trace = 0;

    make(w, b, f);
    memcpy(again, w, sizeof(double) * N * N);
    ok(t, nai_whiten(b, N, false, w, N, 0.25, NULL) == NAI_OK, "a matrix");
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            trace = fmax(trace, fabs(b[i * N + j] - b[j * N + i]));
    near(t, trace, 0, 1e-14, "symmetric");
    nai_eig_values(lambda, NULL, b, N, NULL, 0, NULL);
    memcpy(w, again, sizeof(double) * N * N);
    /* sum over rows f of f (W + delta I)^-1 f^T, by the eigenvectors of W */
    nai_eig_vectors(b, again, N, NULL); /* b: N values, the rest unused */
    trace = 0;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < N; k++) {
            double dot = 0;
            for (size_t j = 0; j < N; j++)
                dot += f[i * N + j] * again[k * N + j];
            trace += dot * dot / (b[k] + 0.25);
        }
    for (size_t j = 0; j < N; j++)
        sum += lambda[j];
    near(t, sum / trace, 1, 1e-12, "trace as by eigenvectors");
    ok(t, nai_whiten(f, ROWS, true, w, N, 0.25, NULL) == NAI_OK, "a factor");
    nai_eig_factor(few, NULL, NULL, f, ROWS, N, NULL, 0, NULL);
    all_near(t, few, lambda, ROWS, 1e-12 * lambda[0], "its eigenvalues are the matrix's");
    near(t, lambda[ROWS], 0, 1e-13 * lambda[0], "and the others 0");
    nai_free(w);
    nai_free(b);
    nai_free(f);
    nai_free(again);
}

static void threads(struct tap *t)
{
    double *const w = doubles((size_t)N * N), *const b = doubles((size_t)N * N);
    double *const w2 = doubles((size_t)N * N), *const b2 = doubles((size_t)N * N);
    double *const f = normals((size_t)ROWS * N, 4);

    make(w, b, f);
    memcpy(w2, w, sizeof(double) * N * N);
    memcpy(b2, b, sizeof(double) * N * N);
    nai_blas_init(1);
    nai_whiten(b, N, false, w, N, 1e-4, NULL);
    nai_blas_init(3);
    nai_whiten(b2, N, false, w2, N, 1e-4, NULL);
    same_bits(t, b, b2, sizeof(double) * N * N, "same bits on 1 and 3 threads");
    nai_free(w);
    nai_free(b);
    nai_free(w2);
    nai_free(b2);
    nai_free(f);
}

static void refusals(struct tap *t)
{
    double w[4] = {1, 1, 1, 1}, b[4] = {1, 2, 2, 1};
    struct nai_err err = {0};

    ok(t, nai_whiten(b, 2, false, w, 2, 0, &err) == NAI_ENUMERIC, "singular refused");
    ok(t, strstr(err.msg, "not positive definite") != NULL, "and said so");
    near(t, b[1], 2, 0, "b untouched");
}

int main(void)
{
    struct tap t = {0};

    nai_blas_init(2);
    by_hand(&t);
    random_ones(&t);
    threads(&t);
    refusals(&t);
    return done(&t);
}
