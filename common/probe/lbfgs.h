/* lbfgs.h - minimisation of a smooth function by limited-memory BFGS
 * SPDX-License-Identifier: MIT */
#ifndef NAI_LBFGS_H
#define NAI_LBFGS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* What is minimised. */
struct nai_objective {
    size_t n; /* variables */
    void *ctx;
    /* f and its gradient g f64[n] at x f64[n]; an enum nai_status */
    int (*value)(void *ctx, const double *x, double *f, double *g, struct nai_err *err);
    /* v f64[n] becomes H v, H a fixed positive definite guess of the inverse Hessian; may be NULL
     */
    void (*precondition)(void *ctx, double *v);
};

struct nai_lbfgs {
    double tol;      /* stop when max |g| <= tol */
    size_t max_iter; /* or after so many iterations */
    /* out */
    double f, gmax; /* the objective and max |g| at the end */
    size_t iterations, evaluations;
    bool converged; /* max |g| <= tol */
};

/*
 * nai_lbfgs_run - go from x to a minimum of f near it.
 *
 * x  in/out  f64[n]
 *
 * Nocedal & Wright 2006, "Numerical Optimization", algorithms 7.4 and 7.5 with m = 10 pairs, the
 * two-loop recursion about gamma H (gamma I without a preconditioner), and a strong-Wolfe line
 * search (3.5 and 3.6, cubic interpolation, c1 = 1e-4, c2 = 0.9) that allows f its rounding error.
 * Also stops, unconverged, when no step decreases f any more.
 *
 * NAI_ENUMERIC when f is not finite at the start; NAI_ESYSTEM; what the objective returns. Memory
 * 25 n doubles. As deterministic as the objective.
 */
int nai_lbfgs_run(struct nai_lbfgs *o, double *x, const struct nai_objective *f,
                  struct nai_err *err);

#endif
