/* mle.c - see mle.h
 * SPDX-License-Identifier: MIT */
#include "mle.h"

#include <math.h>
#include <stdlib.h>

#include "mem.h"

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The fit to l[from ..n), natural logarithms in ascending order; ks is infinite where there is no
 * fit because they are all equal. */
static struct nai_mle fit_from(const double *l, size_t from, size_t n)
{
    const double m = (double)(n - from);
    struct nai_mle f = {.ks = INFINITY, .n_tail = n - from};
    double sum = 0;

    for (size_t i = n; i-- > from;)
        sum += l[i] - l[from];
    if (!(sum > 0))
        return f;
    f.exponent = 1 + m / sum;
    f.se = (f.exponent - 1) / sqrt(m);
    f.ks = 0;
    for (size_t i = from, next; i < n; i = next) {
        const double cdf = -expm1((1 - f.exponent) * (l[i] - l[from]));
        for (next = i + 1; next < n && l[next] <= l[i]; next++)
            ; /* equal values make one step of the empirical distribution */
        f.ks = fmax(f.ks, fmax(cdf - (double)(i - from) / m, (double)(next - from) / m - cdf));
    }
    return f;
}

int nai_mle_fit(struct nai_mle *fit, const double *lambda, size_t len, struct nai_err *err)
{
    double *const l = nai_alloc(len, sizeof *l, "eigenvalues", err);
    struct nai_mle *all = NULL;
    size_t n = 0, best = 0;
    int status = NAI_ESYSTEM;

    if (!l)
        return NAI_ESYSTEM;
    for (size_t i = 0; i < len; i++) {
        if (!isfinite(lambda[i])) {
            status = nai_err_set(err, NAI_ENUMERIC, "eigenvalue %zu is not finite", i + 1);
            goto out;
        }
        if (lambda[i] > 0)
            l[n++] = lambda[i];
    }
    qsort(l, n, sizeof *l, ascending);
    if (n < 2 || l[0] >= l[n - 1]) {
        status = nai_err_set(err, NAI_ENUMERIC, "fewer than two distinct positive eigenvalues");
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        l[i] = log(l[i]);
    all = nai_alloc(n, sizeof *all, "power-law fits", err);
    if (!all)
        goto out;
#pragma omp parallel for schedule(dynamic, 16)
    for (size_t i = 0; i < n; i++)
        all[i] = i > 0 && l[i] <= l[i - 1] ? (struct nai_mle){.ks = INFINITY} : fit_from(l, i, n);
    for (size_t i = 1; i < n; i++)
        if (all[i].ks < all[best].ks)
            best = i;
    for (size_t i = 0; i < len; i++) /* the value itself, not the exponential of its logarithm */
        if (lambda[i] > 0 && log(lambda[i]) >= l[best] && log(lambda[i]) <= l[best])
            all[best].xmin = lambda[i];
    *fit = all[best];
    status = NAI_OK;
out:
    nai_free(l);
    nai_free(all);
    return status;
}
