/* density.h - spectral density of a symmetric operator by stochastic Lanczos quadrature
 * SPDX-License-Identifier: MIT */
#ifndef NAI_DENSITY_H
#define NAI_DENSITY_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "lanczos.h"

struct nai_density_spec {
    size_t n;       /* dimension */
    size_t vectors; /* random unit vectors */
    size_t steps;   /* products with each; more than n: n */
    uint64_t seed;
    size_t block; /* vectors run together, which is how many the operator gets; 0: all */
};

/* One Gauss quadrature a vector. */
struct nai_density {
    size_t vectors, steps; /* steps at most n */
    size_t products;       /* taken */
    double *nodes;         /* f64[vectors][steps]: Ritz values, ascending; NaN beyond count */
    double *weights;       /* f64[vectors][steps]: sum 1 over the nodes; 0 beyond count */
    double *rest;          /* f64[vectors]: what the last step left, 0 when the space is exhausted:
                              the nodes are then all the eigenvalues that the vector has part in */
    size_t *count;         /* [vectors]: nodes */
};

/*
 * nai_density_new - nodes and weights of `vectors` Lanczos runs, in step.
 *
 * d   out  set only on success; to be freed with nai_density_free
 * op  in   the operator; called from one thread, with k <= block vectors
 *
 * For a unit vector v the quadrature f -> sum_i weight_i f(node_i) is that of v'f(A)v, exact for
 * polynomials up to degree 2 count - 1, and for any f when rest is 0, as it is at the latest after
 * n steps. v is uniform on the sphere, so that the mean over vectors estimates tr f(A) / n without
 * bias but for the quadrature's. Two passes of full reorthogonalisation. Golub & Meurant (2010),
 * "Matrices, moments and quadrature", ch. 6; Ghorbani, Krishnan & Xiao (2019), "An investigation
 * into neural net optimization via Hessian eigenvalue density".
 *
 * Errors: NAI_EUSAGE (n, vectors or steps is 0, n more than BLAS can index), NAI_ENUMERIC (a
 * product is not finite: its number is named), NAI_ESYSTEM, the operator's. Memory 8 n block (steps
 * + 2) bytes, refused before any product when there is not as much. 4 n steps^2 flops a vector
 * besides the products. Deterministic, the same bits for any number of threads and any block, if
 * the operator's are.
 */
int nai_density_new(struct nai_density *d, const struct nai_density_spec *spec, nai_operator *op,
                    void *ctx, struct nai_err *err);

/* nai_density_free - all zero is fine. */
void nai_density_free(struct nai_density *d);

/* A share of the eigenvalues. */
struct nai_share {
    double share, se; /* mean over the vectors, and its standard error; NaN with one vector */
    double lo, hi;    /* means over the vectors of bounds on the exact value for each */
};

/*
 * nai_density_below - the share of eigenvalues below x.
 *
 * A vector counts the weights of its nodes below x; a node at x itself does not count. Of its
 * exact share, which that of all eigenvalues is the expectation of, the quadrature knows only that
 * the node before x may not count and the one after may (Chebyshev, Markov, Stieltjes: Szego
 * (1975), "Orthogonal polynomials", theorem 3.41.1): lo and hi. They equal the share when the space
 * is exhausted. se is of the random vectors alone; what the step function adds is within lo and hi.
 * Eigenvalues at x fall on the side rounding puts them: take an x between them.
 */
struct nai_share nai_density_below(const struct nai_density *d, double x);

/* Moments of the spectrum, tr A^k / n. */
struct nai_spectral_moments {
    double mean, mean_se;     /* of the eigenvalues; times n: the trace */
    double second, second_se; /* of their squares; times n: ||A||_F^2 */
};

/* nai_density_moments - means over the vectors and their standard errors (NaN with one vector).
 * Unbiased: of one step too, whose second moment is node^2 + rest^2. */
struct nai_spectral_moments nai_density_moments(const struct nai_density *d);

#endif
