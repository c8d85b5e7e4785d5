/* mle.c - test of mle.h: a NumPy fit, Pareto samples, a rank slope
 * SPDX-License-Identifier: MIT */
#include "mle.h"

#include "golden_mle.h"
#include "spectral.h"

static void golden(struct tap *t)
{
    struct nai_mle f;

    ok(t, nai_mle_fit(&f, sample, sizeof sample / sizeof *sample, NULL) == NAI_OK, "sample fitted");
    near(t, f.exponent, golden_exponent, 1e-10, "exponent as NumPy");
    near(t, f.se, golden_se, 1e-10, "standard error as NumPy");
    near(t, f.xmin, golden_xmin, 0, "xmin as NumPy");
    near(t, f.ks, golden_ks, 1e-11, "distance as NumPy");
    ok(t, f.n_tail == golden_tail, "length of the tail as NumPy");
}

/* 2000 samples of density exponent 2.5: the estimate is within four standard errors. */
static void pareto(struct tap *t)
{
    enum { N = 2000 };
    double *const x = doubles(N);
    struct nai_rng r;
    struct nai_mle f;

    nai_rng_init(&r, 11, "test", 0);
    for (int i = 0; i < N; i++)
        x[i] = 0.01 * pow(1 - nai_rng_uniform(&r), -1 / 1.5);
    ok(t, nai_mle_fit(&f, x, N, NULL) == NAI_OK, "Pareto sample fitted");
    near(t, f.exponent, 2.5, 4 * f.se, "exponent of a Pareto sample");
    ok(t, f.n_tail > N / 4 && f.ks < 0.03, "over much of its range");
    nai_free(x);
}

/* lambda_j = j^-s has the density exponent 1 + 1/s. */
static void slope(struct tap *t)
{
    enum { N = 2000 };
    double *const x = doubles(N);
    struct nai_mle f;

    for (int j = 0; j < N; j++)
        x[j] = pow(j + 1, -1.25);
    nai_mle_fit(&f, x, N, NULL);
    near(t, f.exponent, 1 + 1 / 1.25, 0.02, "exponent of a rank slope");
    nai_free(x);
}

static void refusals(struct tap *t)
{
    const double bad[] = {1, 2, NAN}, equal[] = {2, 2, -1, 0};
    struct nai_mle f = {.exponent = 7};
    struct nai_err err = {0};

    ok(t, nai_mle_fit(&f, bad, 3, &err) == NAI_ENUMERIC, "NaN refused");
    ok(t, strstr(err.msg, "eigenvalue 3 ") != NULL, "and named");
    ok(t, nai_mle_fit(&f, equal, 4, &err) == NAI_ENUMERIC, "equal values refused");
    ok(t, nai_mle_fit(&f, equal, 0, &err) == NAI_ENUMERIC, "no values refused");
    near(t, f.exponent, 7, 0, "output untouched on error");
}

int main(void)
{
    struct tap t = {0};

    golden(&t);
    pareto(&t);
    slope(&t);
    refusals(&t);
    return done(&t);
}
