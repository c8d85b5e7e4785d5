/* eig.h - eigenvalues and eigenvectors of symmetric matrices and of factors
 * SPDX-License-Identifier: MIT
 *
 * All matrices are row-major float64. The same input gives the same bits on the same machine for
 * any number of threads. */
#ifndef NAI_EIG_H
#define NAI_EIG_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * nai_eig_values - all eigenvalues of a symmetric A, and of A + c mu mu^T.
 *
 * lambda   out  f64[dim], descending
 * shifted  out  f64[dim], those of A + c mu mu^T, descending; NULL if not wanted
 * a        in   f64[dim][dim], destroyed; (A + A^T) / 2 is what is taken
 * mu       in   f64[dim], NULL when shifted is
 * c        in   finite
 *
 * A Householder reflector brings mu to ||mu|| e1; A is then reduced to a band and the band to a
 * tridiagonal T (Bischof, Lang & Sun 2000, "A framework for symmetric band reduction"), neither
 * step touching e1, so that T + c ||mu||^2 e1 e1^T has the second set: both come from one
 * reduction.
 *
 * NAI_ENUMERIC: an element is not finite (it is named), or no convergence. NAI_ESYSTEM. NAI_EUSAGE:
 * dim is 0 or beyond what LAPACK indexes. Outputs set only on success. Error 1e-13 lambda_1 or so.
 * 4/3 dim^3 flops; some 3 KiB of memory a row besides A.
 */
int nai_eig_values(double *lambda, double *shifted, double *a, size_t dim, const double *mu,
                   double c, struct nai_err *err);

/*
 * nai_eig_vectors - all eigenvalues and eigenvectors of a symmetric A.
 *
 * lambda   out     f64[dim], descending
 * a        in/out  f64[dim][dim]: in A, out row k is the unit eigenvector of lambda[k], its
 *                  component of largest magnitude (the first of equals) positive
 *
 * LAPACK's dsyevd on one thread; dsyevr from dim 32,767 on, where dsyevd's workspace no longer fits
 * 32-bit sizes. Errors as nai_eig_values; a is destroyed on error.
 * Memory 16 dim^2 bytes besides A.
 */
int nai_eig_vectors(double *lambda, double *a, size_t dim, struct nai_err *err);

/*
 * nai_eig_factor - the nonzero part of the spectrum of F^T F, by way of F F^T.
 *
 * lambda   out  f64[rows], descending; the remaining dim - rows eigenvalues are 0
 * shifted  out  f64[rows + 1], those of F^T F + c mu mu^T; NULL if not wanted. c >= 0
 * vectors  out  f64[rows][dim], unit eigenvectors F^T u / sigma, signs as in nai_eig_vectors; a row
 *               is 0 where lambda is below its rounding error, rank being less than rows. May be
 *               NULL
 * f        in   f64[rows][dim], rows <= dim
 *
 * Rounding may leave tiny negative eigenvalues. Errors as nai_eig_values. rows^2 dim flops and
 * the eigenproblem of rows.
 */
int nai_eig_factor(double *lambda, double *shifted, double *vectors, const double *f, size_t rows,
                   size_t dim, const double *mu, double c, struct nai_err *err);

/* nai_eig_rank - how many lambda[j] > lambda[0] * max(n, dim) * eps, lambda f64[len] descending:
 * the numerical rank for a matrix made of n rows of dim features. */
size_t nai_eig_rank(const double *lambda, size_t len, uint64_t n, size_t dim);

#endif
