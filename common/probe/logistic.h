/* logistic.h - multinomial logistic regression on the full batch
 * SPDX-License-Identifier: MIT */
#ifndef NAI_LOGISTIC_H
#define NAI_LOGISTIC_H

#include "lbfgs.h"
#include "readout.h"

/* What speeds up fits on one set of features: made once, whatever C is. */
struct nai_logistic_plan {
    size_t d, m;    /* features; 0, or d + 1 when gram is held */
    double *gram;   /* f64[d + 1][d + 1], owned: mean outer product of [x 1], of a sample of rows */
    double *square; /* f64[d + 1], owned: else mean squares */
};

/*
 * nai_logistic_plan_new - look at the features.
 *
 * Up to 4,096 features the second moments of at most max(4096, 8 d) rows, evenly spaced over the
 * set: 2 d^2 flops a row. Beyond, the mean squares. NAI_ESYSTEM. Deterministic.
 */
int nai_logistic_plan_new(struct nai_logistic_plan *p, const struct nai_set *train,
                          struct nai_err *err);

/* nai_logistic_plan_free - a zeroed struct is fine. */
void nai_logistic_plan_free(struct nai_logistic_plan *p);

/*
 * nai_logistic_fit - minimise mean_i -log softmax(W x_i + b)[y_i] + ||W||^2 / (2 C n).
 *
 * r      in/out  linear (h = 0): where to start (a warm start, or zeros), and the solution
 * o      in/out  tolerance on the largest component of the gradient, and what became of it
 * train  in      cls set, every class below k
 * c      in      inverse strength of the penalty, > 0; intercepts b are free
 *
 * That is scikit-learn's objective (LogisticRegression, solver lbfgs, multinomial, since 1.4 in
 * this scale; C times n times it before). L-BFGS is preconditioned by the inverse of the Hessian at
 * W = 0, (X^T X / n) / k + I / (C n), with the plan's X^T X: it changes the path, not the minimum.
 * Float64 throughout; float32 features are widened tile by tile. Each evaluation reads the features
 * once: 4nkd flops. Rows are summed in fixed groups: the same bits for any number of threads.
 *
 * NAI_ENUMERIC: the objective is not finite at the start. NAI_ESYSTEM. Not to have converged is no
 * error here.
 */
int nai_logistic_fit(struct nai_readout *r, struct nai_lbfgs *o, const struct nai_set *train,
                     const struct nai_logistic_plan *plan, double c, struct nai_err *err);

/* nai_logistic_objective - what is minimised, at r, and its gradient f64[k][d + 1]. NAI_ESYSTEM. */
int nai_logistic_objective(double *f, double *g, const struct nai_readout *r,
                           const struct nai_set *train, double c, struct nai_err *err);

#endif
