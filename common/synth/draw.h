/* draw.h - random matrices of prescribed spectra
 * SPDX-License-Identifier: MIT
 *
 * Everything is keyed by (seed, purpose, column or row), so that the same seed gives the same bits
 * for any number of threads. Matrices are row-major float64. */
#ifndef NAI_DRAW_H
#define NAI_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* nai_draw_normals - x[n] standard normals named (seed, purpose, index). */
void nai_draw_normals(double *x, size_t n, uint64_t seed, const char *purpose, uint64_t index);

/*
 * nai_draw_orthonormal - k orthonormal columns of n numbers, uniformly distributed (Haar).
 *
 * q        out  f64[n][k]
 * centred  in   each column sums to 0; k <= n - 1 then, k <= n otherwise
 *
 * The Q of Gaussian columns with the diagonal of R positive (Mezzadri 2007, "How to generate random
 * matrices from the classical compact groups"). NAI_EUSAGE: too many columns, or beyond what LAPACK
 * indexes. NAI_ESYSTEM. 4 n k^2 flops on one thread; 8 n k bytes besides q.
 */
int nai_draw_orthonormal(double *q, size_t n, size_t k, bool centred, uint64_t seed,
                         const char *purpose, struct nai_err *err);

/*
 * nai_draw_spectral - X = U diag(sigma) V^T with U of nai_draw_orthonormal.
 *
 * x      out  f64[n][dim]
 * sigma  in   f64[k], the singular values; k <= min(n, dim), and n - 1 when centred
 * v      in   f64[dim][dim], orthogonal, of which the first k columns are used; NULL: identity
 *
 * Errors as nai_draw_orthonormal, and NAI_EUSAGE for k > dim. Memory 16 n k bytes besides.
 */
int nai_draw_spectral(double *x, size_t n, size_t dim, const double *sigma, size_t k,
                      const double *v, bool centred, uint64_t seed, const char *purpose,
                      struct nai_err *err);

/* nai_draw_linspace - v[n] from lo to hi, both included; v[0] = lo when n is 1. */
void nai_draw_linspace(double *v, size_t n, double lo, double hi);

#endif
