/* powerlaw.h - the decay coefficient alpha: power-law fit of an eigenspectrum
 * SPDX-License-Identifier: MIT */
#ifndef NAI_POWERLAW_H
#define NAI_POWERLAW_H

#include <stddef.h>

#include "err.h"

enum nai_rank_weight {
    NAI_WEIGHT_RANK, /* 1/j: what Stringer et al. (2019), fastssl and reptrix use */
    NAI_WEIGHT_ONE   /* ordinary least squares */
};

struct nai_powerlaw {
    size_t lo, hi;               /* ranks fitted, 1-based, inclusive */
    enum nai_rank_weight weight; /* and how */
    double alpha;                /* minus the slope of log |lambda_j| against log j */
    double intercept;            /* log of the fitted lambda at rank 1 */
    double r2;                   /* of the logs, weighted as the fit, about the weighted mean */
    double se;                   /* of alpha, NaN when there are but two ranks */
    double ci_lo, ci_hi;         /* 95 % by Student's t with hi - lo - 1 degrees of freedom */
};

/*
 * nai_powerlaw_fit - weighted least-squares line through (log j, log |lambda_j|), j = lo .. hi.
 *
 * fit     out  set only on success
 * lambda  in   f64[len], by rank
 *
 * NAI_EUSAGE: not 1 <= lo < hi <= len. NAI_ENUMERIC: a value used is 0 or not finite (its rank is
 * named). alpha of an exact power law is exact to 1e-12: the sums are taken about the means, in a
 * second pass. se = sqrt(sum w r^2 / (m - 2) / sum w (x - mean)^2), m ranks. O(hi - lo).
 */
int nai_powerlaw_fit(struct nai_powerlaw *fit, const double *lambda, size_t len, size_t lo,
                     size_t hi, enum nai_rank_weight weight, struct nai_err *err);

/* nai_powerlaw_predict - the fitted lambda at a rank. */
double nai_powerlaw_predict(const struct nai_powerlaw *fit, double rank);

/*
 * nai_student_quantile - t with P(T <= t) = p, Student's t of df > 0 degrees of freedom, 0 < p < 1.
 *
 * By bisection of the regularised incomplete beta function (continued fraction, Abramowitz & Stegun
 * 26.5.8, evaluated by Lentz's method); relative error 1e-12 or so.
 */
double nai_student_quantile(double p, double df);

#endif
