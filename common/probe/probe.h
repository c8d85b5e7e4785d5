/* probe.h - one readout fitted to a train set and judged on a test set, by any of the methods
 * SPDX-License-Identifier: MIT */
#ifndef NAI_PROBE_H
#define NAI_PROBE_H

#include "minibatch.h"
#include "score.h"

enum nai_probe_method {
    NAI_PROBE_LOGISTIC,  /* logistic.h */
    NAI_PROBE_RIDGE,     /* ridge.h */
    NAI_PROBE_KNN,       /* knn.h */
    NAI_PROBE_MINIBATCH, /* minibatch.h, linear */
    NAI_PROBE_MLP        /* minibatch.h, with a hidden layer */
};
#define NAI_PROBE_METHODS "logistic|ridge|knn|minibatch|mlp"

struct nai_probe {
    enum nai_probe_method method;
    bool standardize;         /* by mean and standard deviation of the train set */
    const double *c, *lambda; /* f64[nc] for logistic, f64[nlambda] for ridge */
    size_t nc, nlambda;
    double tol; /* logistic */
    size_t max_iter;
    double holdout;    /* share of the train set held out to choose C */
    size_t neighbours; /* knn */
    double tau;
    struct nai_minibatch_opts batch; /* minibatch, mlp */
    size_t hidden;                   /* mlp */
    size_t bootstrap;                /* 0: Wilson's interval */
    uint64_t seed;
};

/* What came out. What does not belong to the method is NaN or 0. */
struct nai_probed {
    struct nai_score score;
    size_t n, n_train, d, k; /* test rows, train rows, features, classes or targets */
    double c, lambda, condition, objective, grad_norm;
    size_t iterations;
    bool converged;
    struct nai_verdicts v; /* owned */
};

/*
 * nai_probe_run - fit and judge.
 *
 * out    out  nai_probed_free, whatever is returned
 * train  in   not empty; classes all below k
 * test   in   not empty, as wide as train; of classes that train lacks none is ever right
 *
 * Of several C the one with the highest top-1 on the rows held out is taken, the smallest of
 * equals; each fit starts from the one before, and the last is made on all rows again.
 * Errors as the method's; NAI_ENUMERIC too when a value on the way is not finite.
 */
int nai_probe_run(struct nai_probed *out, const struct nai_probe *p, const struct nai_set *train,
                  const struct nai_set *test, struct nai_err *err);

/* nai_probed_free - a zeroed struct is fine. */
void nai_probed_free(struct nai_probed *out);

/* nai_probe_draws - does this probe draw random numbers? */
bool nai_probe_draws(const struct nai_probe *p);

#endif
