/* powerlaw.c - test of powerlaw.h
 * SPDX-License-Identifier: MIT
 *
 * Golden values: SciPy 1.10.1 (roots of special.betainc) and NumPy 1.24.2 (polyfit with w =
 * 1/sqrt(j), cov from the same weights), on lambda_j = j^-1 exp(-j / 200), j = 1 .. 512. */
#include "powerlaw.h"

#include "golden_powerlaw.h"
#include "golden_student.h"
#include "spectral.h"

enum { N = 512 };

static void exact_law(struct tap *t, const double *lambda)
{
    static const size_t window[][2] = {{1, N}, {4, 100}, {11, 100}, {11, 500}, {11, 13}};
    struct nai_powerlaw fit;

    for (size_t i = 0; i < sizeof window / sizeof *window; i++)
        for (int w = 0; w < 2; w++) {
            const int status = nai_powerlaw_fit(&fit, lambda, N, window[i][0], window[i][1],
                                                w ? NAI_WEIGHT_ONE : NAI_WEIGHT_RANK, NULL);
            ok(t, status == NAI_OK, "an exact law is fitted");
            near(t, fit.alpha, 1.25, 1e-12, "alpha of an exact law");
            near(t, fit.intercept, log(3e7), 1e-11, "intercept of an exact law");
            near(t, fit.r2, 1, 1e-12, "r2 of an exact law");
            near(t, fit.se, 0, 1e-12, "standard error of an exact law");
            near(t, nai_powerlaw_predict(&fit, 20) / lambda[19], 1, 1e-11, "prediction");
        }
}

static void bent_law(struct tap *t, double *lambda)
{
    struct nai_powerlaw fit;

    for (size_t i = 0; i < sizeof golden_fits / sizeof *golden_fits; i++) {
        const double df = (double)(golden_fits[i].hi - golden_fits[i].lo - 1);
        ok(t,
           nai_powerlaw_fit(&fit, lambda, N, golden_fits[i].lo, golden_fits[i].hi,
                            golden_fits[i].weight, NULL) == 0,
           "a bent law is fitted");
        near(t, fit.alpha, golden_fits[i].alpha, 1e-11, "alpha as NumPy");
        near(t, fit.intercept, golden_fits[i].intercept, 1e-10, "intercept as NumPy");
        near(t, fit.r2, golden_fits[i].r2, 1e-11, "r2 as NumPy");
        near(t, fit.se, golden_fits[i].se, 1e-11, "standard error as NumPy");
        near(t, (fit.ci_hi - fit.ci_lo) / 2, nai_student_quantile(0.975, df) * fit.se, 1e-12,
             "half-width of the interval");
        ok(t, fit.weight == NAI_WEIGHT_ONE || (fit.alpha > 1.075 && fit.alpha < 1.535),
           "within what the windows in use give");
    }
}

static void refusals(struct tap *t, double *lambda)
{
    struct nai_powerlaw fit = {.alpha = 7};
    struct nai_err err = {0};

    ok(t, nai_powerlaw_fit(&fit, lambda, N, 0, 5, NAI_WEIGHT_ONE, &err) == NAI_EUSAGE, "rank 0");
    ok(t, nai_powerlaw_fit(&fit, lambda, N, 5, 5, NAI_WEIGHT_ONE, &err) == NAI_EUSAGE, "one rank");
    ok(t, nai_powerlaw_fit(&fit, lambda, N, 5, N + 1, NAI_WEIGHT_ONE, &err) == NAI_EUSAGE,
       "a rank past the end");
    lambda[20] = NAN;
    ok(t, nai_powerlaw_fit(&fit, lambda, N, 11, 30, NAI_WEIGHT_ONE, &err) == NAI_ENUMERIC, "NaN");
    ok(t, strstr(err.msg, "eigenvalue 21 ") != NULL, "its rank is named");
    lambda[20] = 0;
    ok(t, nai_powerlaw_fit(&fit, lambda, N, 11, 30, NAI_WEIGHT_ONE, &err) == NAI_ENUMERIC, "zero");
    near(t, fit.alpha, 7, 0, "fit untouched on error");
    ok(t, nai_powerlaw_fit(&fit, lambda, N, 22, 30, NAI_WEIGHT_ONE, &err) == NAI_OK,
       "ranks outside the window do not matter");
    lambda[24] = -lambda[24];
    nai_powerlaw_fit(&fit, lambda, N, 22, 30, NAI_WEIGHT_ONE, &err);
    near(t, fit.alpha, 1.25, 1e-12, "a negative value counts by its magnitude");
    nai_powerlaw_fit(&fit, lambda, N, 1, 2, NAI_WEIGHT_ONE, &err);
    ok(t, isnan(fit.se) && isnan(fit.ci_lo), "two ranks have no standard error");
}

static void student(struct tap *t)
{
    for (size_t i = 0; i < sizeof golden_quantiles / sizeof *golden_quantiles; i++)
        near(t,
             nai_student_quantile(golden_quantiles[i].p, golden_quantiles[i].df) /
                 golden_quantiles[i].t,
             1, 1e-10, "quantile of Student's t as SciPy");
    near(t, nai_student_quantile(0.5, 3), 0, 0, "median of Student's t");
    ok(t, isnan(nai_student_quantile(1, 3)), "no quantile of probability 1");
}

int main(void)
{
    struct tap t = {0};
    double lambda[N];

    for (int j = 0; j < N; j++)
        lambda[j] = exp(-(j + 1) / 200.0) / (j + 1);
    bent_law(&t, lambda);
    for (int j = 0; j < N; j++)
        lambda[j] = 3e7 * pow(j + 1, -1.25);
    exact_law(&t, lambda);
    refusals(&t, lambda);
    student(&t);
    return done(&t);
}
