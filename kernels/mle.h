/* mle.h - maximum-likelihood power law of the eigenvalues' density
 * SPDX-License-Identifier: MIT
 *
 * This is another quantity than alpha of powerlaw.h: the exponent of the density p(lambda) of
 * eigenvalues above xmin. A spectrum lambda_j = j^-s has the density exponent 1 + 1/s. */
#ifndef NAI_MLE_H
#define NAI_MLE_H

#include <stddef.h>

#include "err.h"

struct nai_mle {
    double exponent; /* p(x) = (exponent - 1) / xmin (x / xmin)^-exponent, x >= xmin */
    double se;       /* (exponent - 1) / sqrt(n_tail) */
    double xmin;     /* the eigenvalue from which on the law is fitted */
    double ks;       /* Kolmogorov-Smirnov distance, both sides of every step */
    size_t n_tail;   /* eigenvalues >= xmin */
};

/*
 * nai_mle_fit - exponent = 1 + n / sum ln(x_i / xmin) over x_i >= xmin, with the xmin among the
 * values that makes ks smallest (the smallest such xmin).
 *
 * fit     out  set only on success
 * lambda  in   f64[len], any order; values that are not positive are left out
 *
 * Clauset, Shalizi & Newman (2009), "Power-law distributions in empirical data", eq. 3.1 and 3.9.
 * NAI_ENUMERIC: a value is not finite, or fewer than two distinct positive values. NAI_ESYSTEM.
 * O(len^2), in parallel; deterministic.
 */
int nai_mle_fit(struct nai_mle *fit, const double *lambda, size_t len, struct nai_err *err);

#endif
