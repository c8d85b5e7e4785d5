/* krylov.h - what Lanczos, traces and densities are made of: products, draws, orthogonal bases
 * SPDX-License-Identifier: MIT
 *
 * Vectors are rows of f64[n]. Sums over n are taken in chunks of NAI_CHUNK elements and added in
 * order: the same bits for any number of threads. Shared by lanczos.c, trace.c and density.c. */
#ifndef NAI_KRYLOV_H
#define NAI_KRYLOV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "lanczos.h"

enum { NAI_CHUNK = 4096 }; /* elements of a vector that one task handles */

/* nai_krylov_dot - x . y over f64[n], in chunks. */
double nai_krylov_dot(const double *x, const double *y, size_t n);

/* nai_krylov_normals, nai_krylov_signs - f64[n] of standard normals, of -1 and 1: the stream (seed,
 * purpose, index). */
void nai_krylov_normals(double *x, size_t n, uint64_t seed, const char *purpose, uint64_t index);
void nai_krylov_signs(double *x, size_t n, uint64_t seed, const char *purpose, uint64_t index);

/* An operator, its products counted and checked. */
struct nai_products {
    const char *what; /* starts the messages */
    nai_operator *op;
    void *ctx;
    size_t n, block; /* dimension; vectors in one call, 0: all */
    size_t done;     /* products so far, all of them good */
};

/*
 * nai_products_take - y_i = A x_i.
 *
 * y      out  f64[k][n]
 * norm2  out  f64[k], ||y_i||^2
 * x      in   f64[k][n]
 *
 * NAI_ENUMERIC when a norm^2 is not finite, with the number of the product; the operator's status,
 * with the number of the product before its message when it has put one into err.
 */
int nai_products_take(struct nai_products *p, double *y, double *norm2, const double *x, size_t k,
                      struct nai_err *err);

/*
 * nai_orthogonalise - w -= V^T (V w), one pass.
 *
 * w  in/out  f64[n]
 * v  in      f64[m][n], orthonormal
 * h  out     f64[m], what was V w
 */
void nai_orthogonalise(double *w, const double *v, size_t n, size_t m, double *h);

/* nai_left_over - whether a vector of this norm is more than what rounding leaves of one of norm
 * `scale` that lies in the space of m orthonormal vectors. */
bool nai_left_over(double norm, double scale, size_t m);

/* A Krylov space. */
struct nai_krylov {
    size_t n, steps;      /* vectors in the basis */
    double *v;            /* f64[][n]: the basis; there is room for one more */
    double *alpha, *beta; /* f64[]: T; beta[j] joins j to j + 1 */
    double *h;            /* f64[]: scratch */
    double scale;         /* largest norm of a product so far */
};

/* nai_krylov_append - w / norm joins the basis. */
void nai_krylov_append(struct nai_krylov *k, const double *w, double norm);

/*
 * nai_krylov_step - alpha and beta of the last vector of the basis.
 *
 * w      in/out  f64[n]: the product with that vector, and what two passes leave of it
 * norm2  in      of the product
 *
 * beta is what is left, be it only rounding: nai_left_over(beta, k->scale, k->steps) tells.
 */
void nai_krylov_step(struct nai_krylov *k, double *w, double norm2);

/*
 * nai_tridiagonal - eigenpairs of the m by m T.
 *
 * theta  out  f64[m], ascending
 * s      out  f64[m][m], row i the unit eigenvector of theta[i]
 *
 * LAPACK's dstevd. NAI_ENUMERIC: no convergence. NAI_ESYSTEM.
 */
int nai_tridiagonal(const double *alpha, const double *beta, size_t m, double *theta, double *s,
                    const char *what, struct nai_err *err);

/* A mean taken one value at a time (Welford 1962); all zero is none. */
struct nai_mean {
    double mean, square; /* sum of squared deviations */
    size_t count;
};

void nai_mean_add(struct nai_mean *m, double x);

/* nai_mean_se - the standard error sd / sqrt(count), NaN of fewer than two values. */
double nai_mean_se(const struct nai_mean *m);

#endif
