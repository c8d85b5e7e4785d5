/* probe_sets.h - a field of two streams, or of one, as a train set and a test set
 * SPDX-License-Identifier: MIT */
#ifndef NAI_PROBE_SETS_H
#define NAI_PROBE_SETS_H

#include "probe_read.h"

/* How to make them. */
struct nai_sets_want {
    bool values;       /* targets, not classes */
    bool allow_unseen; /* test rows may be of classes that train lacks */
    double holdout;    /* without test rows: the share held out */
    uint64_t seed;
};

/* Views of rows held elsewhere, and what they own beside. */
struct nai_sets {
    struct nai_set train, test;
    size_t unseen;    /* test rows of classes that train lacks */
    int64_t *label;   /* i64[k]: of each class; NULL for values */
    uint32_t *cls[2]; /* classes of the train and the test stream's rows */
    size_t *split;    /* the rows of both, when test rows are held out */
};

/*
 * nai_sets_new - field i.
 *
 * s      out  free with nai_sets_free, whatever is returned
 * train  in   outlives s
 * test   in   with the same fields; NULL: hold some of train out (nai_set_split)
 * names  in   of the two streams, for messages
 *
 * The classes are the labels of the train stream. NAI_EINPUT: one class only, a label that no train
 * row has, another number of targets, too few rows to hold some out. NAI_ESYSTEM.
 */
int nai_sets_new(struct nai_sets *s, const struct nai_probe_rows *train,
                 const struct nai_probe_rows *test, size_t i, const char *const names[2],
                 const struct nai_sets_want *want, struct nai_err *err);

void nai_sets_free(struct nai_sets *s);

#endif
