/* whiten.h - a covariance as seen where another one is the identity
 * SPDX-License-Identifier: MIT
 *
 * With W = L L^T (Cholesky), L^-1 B L^-T has the eigenvalues of W^-1/2 B W^-1/2 and of W^-1 B: the
 * matrix of linear discriminant analysis, and of LiDAR (Thilak et al. 2023, "LiDAR: Sensing linear
 * probing performance in joint embedding SSL architectures"). All matrices are row-major float64;
 * the same input gives the same bits for any number of threads. */
#ifndef NAI_WHITEN_H
#define NAI_WHITEN_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/*
 * nai_whiten - b becomes L^-1 B L^-T, or, of a factor F with B = F^T F, F L^-T.
 *
 * b       in/out  f64[rows][dim]: B, whole and symmetric (rows = dim), or F
 * factor  in      b is F
 * w       in/out  f64[dim][dim], symmetric; in W, out destroyed: its lower triangle is L
 * delta   in      added to the diagonal of W first; >= 0
 *
 * NAI_ENUMERIC, b unchanged: W + delta I is not positive definite to rounding. NAI_EUSAGE: sizes
 * beyond what LAPACK indexes. dim^3/3 flops, and rows dim^2 or 2 dim^3 more; no memory of its own.
 */
int nai_whiten(double *b, size_t rows, bool factor, double *w, size_t dim, double delta,
               struct nai_err *err);

#endif
