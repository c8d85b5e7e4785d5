/* ridge.h - ridge regression in closed form, for any number of penalties at once
 * SPDX-License-Identifier: MIT */
#ifndef NAI_RIDGE_H
#define NAI_RIDGE_H

#include "readout.h"

/* What was fitted. */
struct nai_ridge {
    double lambda;    /* the penalty, the one chosen of several */
    double gcv;       /* its generalised cross-validation score */
    double condition; /* of X^T X + lambda I, X centred */
    double objective; /* mean over rows of ||y - W x - b||^2, plus lambda ||W||^2 / n */
};

/*
 * nai_ridge_fit - minimise ||Y - X W^T - b||^2 + lambda ||W||^2, b free.
 *
 * r        out  linear; new
 * fit      out
 * train    in   one-hot classes or values
 * lambda   in   f64[nlambda], >= 0; of several, the one with the smallest score is taken:
 *               GCV(lambda) = (RSS / n) / (1 - (1 + sum e / (e + lambda)) / n)^2, e the eigenvalues
 *               (Golub, Heath & Wahba 1979), the 1 for the intercept
 *
 * By eigenvectors of X^T X (n >= d) or X X^T: 2 n d min(n, d) flops and 9 min(n, d)^3; memory
 * 24 min(n, d)^2 bytes, and with n < d also 8 n d. scikit-learn's Ridge(alpha=lambda).
 *
 * NAI_ENUMERIC: the condition number is beyond 1 / (max(n, d) eps), which it names. NAI_ESYSTEM.
 * Deterministic for any number of threads.
 */
int nai_ridge_fit(struct nai_readout *r, struct nai_ridge *fit, const struct nai_set *train,
                  const double *lambda, size_t nlambda, struct nai_err *err);

#endif
