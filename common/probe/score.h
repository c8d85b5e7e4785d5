/* score.h - what verdicts come to: accuracies, errors and their intervals
 * SPDX-License-Identifier: MIT */
#ifndef NAI_SCORE_H
#define NAI_SCORE_H

#include "readout.h"

struct nai_score {
    double top1, top5;   /* shares of test rows; top5 NaN with 5 classes or fewer */
    double r2, mse;      /* of values: averages over the targets */
    double ci_lo, ci_hi; /* of top1 or r2; NaN when there is none */
};

/* nai_wilson - 95 % interval of a share, hits of n (Wilson 1927; without continuity correction). */
void nai_wilson(double *lo, double *hi, size_t hits, size_t n);

/*
 * nai_score_make - the score of verdicts on a test set.
 *
 * times  in  0: Wilson's interval of top1, none of r2; else the 2.5 % and 97.5 % quantiles of that
 *            many resamplings of the test rows, with replacement
 *
 * R^2 is 1 - sum (y - f)^2 / sum (y - mean)^2, averaged over targets; NaN where a target is
 * constant. NAI_ESYSTEM. Deterministic for any number of threads.
 */
int nai_score_make(struct nai_score *out, const struct nai_verdicts *v, const struct nai_set *test,
                   size_t times, uint64_t seed, struct nai_err *err);

/*
 * nai_score_confusion - how often each class was taken for which.
 *
 * counts  out  u64[k + 1][k]: true class, predicted class; the last row is of unseen classes
 */
void nai_score_confusion(uint64_t *counts, const struct nai_verdicts *v,
                         const struct nai_set *test);

#endif
