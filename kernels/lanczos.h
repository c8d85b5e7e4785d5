/* lanczos.h - the largest and smallest eigenvalues of an operator known by its products
 * SPDX-License-Identifier: MIT */
#ifndef NAI_LANCZOS_H
#define NAI_LANCZOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * A symmetric operator times k vectors: y_i = A x_i, i < k.
 *
 * y    out  f64[k][n]
 * x    in   f64[k][n], apart from y
 * k    in   at least 1: what the products have in common can be done once for all of them
 * ctx  in   the operator's own
 *
 * Returns NAI_OK, or an enum nai_status that ends the iteration and is returned from it. Its
 * message may stay with ctx, or go into the nai_err that the iteration was given, which keeps it
 * and says before it which product it was. Where a product does not depend on what it is taken
 * together with, results do not depend on k.
 */
typedef int nai_operator(double *y, const double *x, size_t k, void *ctx);

struct nai_lanczos {
    size_t n;           /* dimension */
    size_t top, bottom; /* how many of the largest, of the smallest; 1 <= top + bottom <= n */
    size_t max_steps;   /* products at most; 0: n */
    double tol;         /* a value has converged when its residual is at most tol times the largest
                           magnitude among the Ritz values; 0: 1e-10 */
    uint64_t seed;      /* of the start vector */
};

/* One eigenpair found. */
struct nai_ritz {
    double value;
    double residual; /* ||A v - value v||: some eigenvalue lies this near to value */
    bool converged;
};

/*
 * nai_lanczos - extreme eigenpairs by Lanczos with two passes of full reorthogonalisation.
 *
 * out      out  [top + bottom]: the top ones descending, then the bottom ones ascending
 * vectors  out  f64[top + bottom][n], unit, largest component positive; may be NULL
 * steps    out  products taken; may be NULL
 * op       in   the operator; called from one thread, with k = 1
 *
 * Stops when all have converged or at max_steps: the caller looks at `converged`. When the Krylov
 * space is exhausted it goes on from a new random vector orthogonal to it, until there have been as
 * many such spaces as values are wanted: each holds one more copy of every multiple eigenvalue.
 * Where the space is never exhausted, copies come up only as rounding brings them in, and some of a
 * multiple eigenvalue's can be missed.
 * Memory 8 n bytes a step. Errors: NAI_EUSAGE, NAI_ESYSTEM, NAI_ENUMERIC (a product is not finite,
 * or no convergence of the small problem), the operator's. The message says which product it was
 * and how many of the values wanted had converged by then. Outputs set only on success.
 * Deterministic, for any number of threads, if the operator is.
 * Paige (1972), "Computational variants of the Lanczos method"; Parlett (1998), ch. 13.
 */
int nai_lanczos(struct nai_ritz *out, double *vectors, size_t *steps,
                const struct nai_lanczos *config, nai_operator *op, void *ctx, struct nai_err *err);

/* A symmetric matrix as an operator, by row dot products; deterministic, the same bits for any k.
 * ctx is a nai_symmetric. */
struct nai_symmetric {
    const double *a; /* f64[n][n] */
    size_t n;
};
nai_operator nai_symmetric_product;

#endif
