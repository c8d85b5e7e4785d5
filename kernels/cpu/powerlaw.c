/* powerlaw.c - see powerlaw.h
 * SPDX-License-Identifier: MIT */
#include "powerlaw.h"

#include <float.h>
#include <math.h>

static double weight_of(enum nai_rank_weight w, size_t rank)
{
    return w == NAI_WEIGHT_RANK ? 1 / (double)rank : 1;
}

int nai_powerlaw_fit(struct nai_powerlaw *fit, const double *lambda, size_t len, size_t lo,
                     size_t hi, enum nai_rank_weight weight, struct nai_err *err)
{
    double sw = 0, mx = 0, my = 0, sxx = 0, sxy = 0, syy = 0, residual = 0, slope, half;

    if (lo < 1 || lo >= hi || hi > len)
        return nai_err_set(err, NAI_EUSAGE, "ranks %zu..%zu of %zu cannot be fitted", lo, hi, len);
    for (size_t j = lo; j <= hi; j++) {
        const double w = weight_of(weight, j);
        if (!isfinite(lambda[j - 1]) || lambda[j - 1] == 0)
            return nai_err_set(err, NAI_ENUMERIC, "eigenvalue %zu is %s: it has no logarithm", j,
                               lambda[j - 1] == 0 ? "zero" : "not finite");
        sw += w;
        mx += w * log((double)j);
        my += w * log(fabs(lambda[j - 1]));
    }
    mx /= sw;
    my /= sw;
    for (size_t j = lo; j <= hi; j++) {
        const double w = weight_of(weight, j), dx = log((double)j) - mx;
        const double dy = log(fabs(lambda[j - 1])) - my;
        sxx += w * dx * dx;
        sxy += w * dx * dy;
        syy += w * dy * dy;
    }
    slope = sxy / sxx;
    for (size_t j = lo; j <= hi; j++) {
        const double dx = log((double)j) - mx, dy = log(fabs(lambda[j - 1])) - my;
        residual += weight_of(weight, j) * (dy - slope * dx) * (dy - slope * dx);
    }
    *fit = (struct nai_powerlaw){.lo = lo, .hi = hi, .weight = weight, .alpha = -slope};
    fit->intercept = my - slope * mx;
    /* A flat spectrum has no variance to explain, and a line explains all there is. */
    fit->r2 = syy > 0 ? fmax(0, 1 - residual / syy) : 1;
    fit->se = hi - lo > 1 ? sqrt(residual / (double)(hi - lo - 1) / sxx) : NAN;
    half = hi - lo > 1 ? nai_student_quantile(0.975, (double)(hi - lo - 1)) * fit->se : NAN;
    fit->ci_lo = fit->alpha - half;
    fit->ci_hi = fit->alpha + half;
    return NAI_OK;
}

double nai_powerlaw_predict(const struct nai_powerlaw *fit, double rank)
{
    return exp(fit->intercept - fit->alpha * log(rank));
}

/* The continued fraction of the incomplete beta function, for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1), f;

    d = 1 / (fabs(d) < tiny ? tiny : d);
    f = d;
    for (int i = 1; i <= 10000; i++) {
        const double m = i;
        for (int odd = 0; odd < 2; odd++) {
            const double e = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                                 : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + e * d;
            c = 1 + e / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            f *= d * c;
        }
        if (fabs(d * c - 1) < DBL_EPSILON)
            break;
    }
    return f;
}

/* I_x(a, b), given y = 1 - x without cancellation. */
static double beta_cdf(double x, double y, double a, double b)
{
    const double front = exp(a * log(x) + b * log(y) + lgamma(a + b) - lgamma(a) - lgamma(b));

    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(x, a, b) / a
                                     : 1 - front * beta_fraction(y, b, a) / b;
}

/* P(|T| > t) = I_{df / (df + t^2)}(df / 2, 1 / 2). */
static double two_tails(double t, double df)
{
    return beta_cdf(df / (df + t * t), t * t / (df + t * t), df / 2, 0.5);
}

double nai_student_quantile(double p, double df)
{
    const double tails = 2 * (p < 0.5 ? p : 1 - p);
    double lo = 0, hi = 1;

    if (!(p > 0 && p < 1 && df > 0))
        return NAN;
    while (two_tails(hi, df) > tails && hi < 1e300)
        hi *= 2;
    for (int i = 0; i < 200 && hi - lo > DBL_EPSILON * hi; i++) {
        const double mid = 0.5 * (lo + hi);
        if (two_tails(mid, df) > tails)
            lo = mid;
        else
            hi = mid;
    }
    return p < 0.5 ? -hi : p > 0.5 ? hi : 0;
}
