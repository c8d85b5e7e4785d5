/* eig_parts.h - what eig.c and eig_vectors.c share; the two stages of tridiagonalisation
 * SPDX-License-Identifier: MIT
 *
 * Within the stages a symmetric matrix is column-major, and only its lower triangle counts. */
#ifndef NAI_EIG_PARTS_H
#define NAI_EIG_PARTS_H

#include <stddef.h>

#include "err.h"

/* Width of the band between the stages, a multiple of 8: wider makes the first stage's products
 * more efficient, and the second stage's work is proportional to it. */
enum { NAI_BAND = 32 };

/* nai_eig_symmetrise - a = (a + a^T) / 2, f64[n][n]; *largest = the largest magnitude.
 * NAI_ENUMERIC, naming the element, if one is not finite. */
int nai_eig_symmetrise(double *a, size_t n, double *largest, struct nai_err *err);

/*
 * nai_eig_to_band - Q^T A Q has bandwidth NAI_BAND, Q e1 = e1.
 *
 * a  in/out  f64[n][n]: in symmetric, both triangles; out the band on and below the diagonal
 *            (a[j * n + i], j <= i <= j + NAI_BAND), the rest being undefined
 */
int nai_eig_to_band(double *a, size_t n, struct nai_err *err);

/*
 * nai_eig_chase - the band matrix that nai_eig_to_band left in a, brought to tridiagonal form by an
 * orthogonal transformation that fixes e1.
 *
 * d  out  f64[n], e  out  f64[n - 1]
 */
int nai_eig_chase(double *d, double *e, const double *a, size_t n, struct nai_err *err);

#endif
