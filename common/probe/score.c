/* score.c - see score.h
 * SPDX-License-Identifier: MIT */
#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bootstrap.h"
#include "mem.h"
#include "rng.h"

void nai_wilson(double *lo, double *hi, size_t hits, size_t n)
{
    const double z = 1.959963984540054, p = (double)hits / (double)n, m = (double)n;
    const double centre = (p + z * z / (2 * m)) / (1 + z * z / m);
    const double half = z / (1 + z * z / m) * sqrt(p * (1 - p) / m + z * z / (4 * m * m));

    *lo = hits == 0 ? 0 : centre - half;
    *hi = hits == n ? 1 : centre + half;
}

/* Draws of rows: all of them once when rng is NULL, else as many with replacement. */
static size_t drawn(struct nai_rng *rng, size_t i, size_t n)
{
    return rng ? (size_t)nai_rng_below(rng, n) : i;
}

static double share(const struct nai_verdicts *v, struct nai_rng *rng, uint32_t below)
{
    size_t hits = 0;

    for (size_t i = 0; i < v->n; i++)
        hits += v->rank[drawn(rng, i, v->n)] < below;
    return (double)hits / (double)v->n;
}

/* R^2 and mean squared error; work f64[3][k]; about centre f64[k], near the targets' means. */
static double fit(const struct nai_verdicts *v, const struct nai_set *test, struct nai_rng *rng,
                  const double *centre, double *work, double *mse)
{
    const size_t k = v->k;
    const double n = (double)v->n;
    double r2 = 0;

    memset(work, 0, 3 * k * sizeof *work);
    *mse = 0;
    for (size_t i = 0; i < v->n; i++) {
        const size_t at = drawn(rng, i, v->n), row = nai_set_row(test, at);
        for (size_t c = 0; c < k; c++) {
            const double y = test->value[row * k + c], e = y - v->value[at * k + c];
            work[c] += e * e;
            work[k + c] += y - centre[c];
            work[2 * k + c] += (y - centre[c]) * (y - centre[c]);
        }
    }
    for (size_t c = 0; c < k; c++) {
        const double total = work[2 * k + c] - work[k + c] * work[k + c] / n;
        r2 += total > 0 ? 1 - work[c] / total : NAN;
        *mse += work[c];
    }
    *mse /= n * (double)k;
    return r2 / (double)k;
}

static void interval(struct nai_score *out, double *values, size_t times)
{
    for (size_t b = 0; b < times; b++)
        if (!isfinite(values[b])) /* a resampling of one value only: no interval */
            return;
    nai_percentiles(values, times, &out->ci_lo, &out->ci_hi);
}

static int bootstrap(struct nai_score *out, const struct nai_verdicts *v,
                     const struct nai_set *test, size_t times, uint64_t seed, const double *centre,
                     struct nai_err *err)
{
    const size_t k = test->value ? v->k : 0;
    double *const all = nai_alloc(times, (3 * k + 1) * sizeof *all, "resamplings", err);

    if (!all)
        return NAI_ESYSTEM;
#pragma omp parallel for schedule(dynamic)
    for (size_t b = 0; b < times; b++) {
        struct nai_rng rng;
        double mse;
        nai_rng_init(&rng, seed, "probe bootstrap", b);
        all[b] = k ? fit(v, test, &rng, centre, all + times + 3 * k * b, &mse) : share(v, &rng, 1);
    }
    interval(out, all, times);
    nai_free(all);
    return NAI_OK;
}

int nai_score_make(struct nai_score *out, const struct nai_verdicts *v, const struct nai_set *test,
                   size_t times, uint64_t seed, struct nai_err *err)
{
    const size_t k = v->k;
    double *centre = NULL;
    int rc = NAI_OK;

    *out = (struct nai_score){NAN, NAN, NAN, NAN, NAN, NAN};
    if (test->value) {
        centre = nai_alloc(4 * k, sizeof *centre, "means of targets", err);
        if (!centre)
            return NAI_ESYSTEM;
        memset(centre, 0, k * sizeof *centre);
        for (size_t i = 0; i < v->n; i++)
            for (size_t c = 0; c < k; c++)
                centre[c] += test->value[nai_set_row(test, i) * k + c] / (double)v->n;
        out->r2 = fit(v, test, NULL, centre, centre + k, &out->mse);
    } else {
        out->top1 = share(v, NULL, 1);
        out->top5 = k > 5 ? share(v, NULL, 5) : NAN;
        nai_wilson(&out->ci_lo, &out->ci_hi, (size_t)llround(out->top1 * (double)v->n), v->n);
    }
    if (times)
        rc = bootstrap(out, v, test, times, seed, centre, err);
    nai_free(centre);
    return rc;
}

void nai_score_confusion(uint64_t *counts, const struct nai_verdicts *v, const struct nai_set *test)
{
    const size_t k = v->k;

    memset(counts, 0, (k + 1) * k * sizeof *counts);
    for (size_t i = 0; i < v->n; i++) {
        const uint32_t y = test->cls[nai_set_row(test, i)];
        counts[(y < k ? y : k) * k + v->predicted[i]]++;
    }
}
