/* probe_set.h - rows of features with their labels or targets, as the readouts take them
 * SPDX-License-Identifier: MIT */
#ifndef NAI_PROBE_SET_H
#define NAI_PROBE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * A matrix of features in blocks of rows, so that it can grow without being copied: row i lies in
 * block[i / per]. Held as float32 where the stream's type fits in it exactly, else as float64.
 */
struct nai_features {
    bool single; /* f32, else f64 */
    size_t d;    /* features a row */
    size_t per;  /* rows a block */
    size_t n;    /* rows */
    size_t nblocks, room;
    void **block; /* owned: block[nblocks], each f32 or f64 [per][d] */
};

/* nai_features_init - no rows of d features; nothing is allocated. */
void nai_features_init(struct nai_features *x, size_t d, bool single);

/* nai_features_push - the place for one more row, f32[d] or f64[d], to be filled by the caller;
 * NULL with err set to NAI_ESYSTEM. */
void *nai_features_push(struct nai_features *x, struct nai_err *err);

/* nai_features_free - release the rows; a zeroed struct is fine. */
void nai_features_free(struct nai_features *x);

/*
 * Some rows of a matrix, and what is to be read from them. Borrows everything: a view, cheap to
 * copy. Either cls or value is set.
 */
struct nai_set {
    const struct nai_features *x;
    size_t n;            /* rows in the set */
    const size_t *row;   /* row[i]: which row of x is the i-th; NULL: the first n */
    const double *shift; /* f64[d], subtracted; NULL: none. With scale */
    const double *scale; /* f64[d], multiplied by after that */
    size_t k;            /* classes, or targets a row */
    const uint32_t *cls; /* by row of x: its class, below k, or anything else if unseen */
    const double *value; /* f64[][k], by row of x: its targets */
};

/* nai_set_row - the row of x that is the i-th of the set. */
static inline size_t nai_set_row(const struct nai_set *s, size_t i)
{
    return s->row ? s->row[i] : i;
}

/*
 * nai_set_load - rows as float64, standardised where the set says so, followed by a constant 1.
 *
 * dst  out  f64[n][d + 1], the last column 1: a readout's intercept is its weight
 * at   in   size_t[n]: which of the set's rows; NULL: first, first + 1, ...
 */
void nai_set_load(double *dst, const struct nai_set *s, const size_t *at, size_t first, size_t n);

/*
 * nai_set_targets - what is to be read: one-hot classes, or the values.
 *
 * dst  out  f64[n][k]
 */
void nai_set_targets(double *dst, const struct nai_set *s, size_t first, size_t n);

/*
 * nai_set_moments - mean and standard deviation of each feature, two passes in float64.
 *
 * mean  out  f64[d]
 * std   out  f64[d], divided by n; 1 where it is 0, so that constant features stay 0. May be NULL
 *
 * NAI_ESYSTEM. The same for any number of threads.
 */
int nai_set_moments(double *mean, double *std, const struct nai_set *s, struct nai_err *err);

/*
 * nai_set_products - out = P^T [X 1], in fixed groups of rows.
 *
 * out  out  f64[k][d + 1]
 * mean in   f64[k] subtracted from the targets
 *
 * P holds the set's targets (nai_set_targets). 2nkd flops. NAI_ESYSTEM. Deterministic.
 */
int nai_set_products(double *out, const double *mean, const struct nai_set *s, struct nai_err *err);

/* How many groups of rows, each summed by itself and the sums then added in order: follows from the
 * sizes only, so that results do not depend on the number of threads. */
size_t nai_set_groups(size_t n, size_t cells);

/* nai_groups_add - out[i] = sum over g of part[g][i], in order, in parallel over i. */
void nai_groups_add(double *out, const double *part, size_t groups, size_t cells);

#endif
