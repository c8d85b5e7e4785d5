/* probe_split.h - classes out of labels, and rows held out
 * SPDX-License-Identifier: MIT */
#ifndef NAI_PROBE_SPLIT_H
#define NAI_PROBE_SPLIT_H

#include "probe_set.h"

/*
 * nai_classes_of - the different labels there are.
 *
 * label  out  i64[k], ascending, owned by the caller (nai_free): class c is label[c]
 * y      in   i64[n]
 *
 * NAI_EINPUT when there is one class only; NAI_ESYSTEM. O(n log n).
 */
int nai_classes_of(int64_t **label, size_t *k, const int64_t *y, size_t n, struct nai_err *err);

/* nai_classes_map - cls[i] = the class of label y[i], UINT32_MAX when it is none of them; how many
 * are none. first: the first such row, when there is one. */
size_t nai_classes_map(uint32_t *cls, const int64_t *y, size_t n, const int64_t *label, size_t k,
                       size_t *first);

/*
 * nai_set_split - part of a set held out, class by class.
 *
 * kept, held  out  the two parts, in the set's order; they share `rows`
 * rows        out  size_t[n], owned by the caller (nai_free)
 * share       in   of each class (of all rows, for values) round(share * n) are held out, of two
 *                  rows or more at least one and not all
 * purpose     in   for nai_rng: which split it is
 *
 * NAI_EINPUT when nothing can be held out; NAI_ESYSTEM. Keyed by the seed alone.
 */
int nai_set_split(struct nai_set *kept, struct nai_set *held, size_t **rows,
                  const struct nai_set *s, double share, uint64_t seed, const char *purpose,
                  struct nai_err *err);

#endif
