/* select_rule.h - which models are worth probing, by the accuracy of those that were
 * SPDX-License-Identifier: MIT
 *
 * Algorithms 1 and 2 of the thesis (chapter 4): models come in batches; those with alpha within
 * [alpha_min, alpha_max] are probed; the interval is then tightened from what is known. */
#ifndef NAI_SELECT_RULE_H
#define NAI_SELECT_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum nai_rule {
    /* The bounds are the nearest probed models on either side of the best K (top): where accuracy
     * has one peak over alpha, it lies between them. */
    NAI_RULE_BRACKET,
    /* As printed: alpha_min = max{alpha_m : some alpha_j < alpha_m, acc_m >= acc_j}, alpha_max =
     * min{alpha_m : some alpha_j > alpha_m, acc_m >= acc_j} over the best K and the new ones.
     * Models on both sides of a peak leave no interval: .5, 1, 1.5 with 60, 80, 70 % give [1.5, 1].
     */
    NAI_RULE_PRINTED
};

struct nai_probed {
    size_t model; /* the caller's number for it */
    double alpha, accuracy;
    bool fresh; /* of the batch at hand */
};

struct nai_selection {
    enum nai_rule rule;
    size_t top;
    double lo, hi; /* the interval in force; either may be infinite */
    size_t n;
    struct nai_probed *probed; /* probed[n], owned; after nai_selection_tighten best first, the
                                  earlier of equals before the later */
};

/* nai_selection_wants - is alpha within the interval? NaN is not. */
bool nai_selection_wants(const struct nai_selection *s, double alpha);

/* nai_selection_add - a model was probed. NAI_ESYSTEM. */
int nai_selection_add(struct nai_selection *s, size_t model, double alpha, double accuracy,
                      struct nai_err *err);

/* nai_selection_tighten - a batch is complete: order what is known, and narrow the interval. A side
 * on which the rule finds nothing stays as it is. O(n^2). */
void nai_selection_tighten(struct nai_selection *s);

void nai_selection_free(struct nai_selection *s);

#endif
