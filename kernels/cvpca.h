/* cvpca.h - cross-validated eigenspectrum of stimuli shown twice
 * SPDX-License-Identifier: MIT
 *
 * Stringer, Pachitariu, Steinmetz, Carandini & Harris (2019), "High-dimensional geometry of
 * population responses in visual cortex". In each shuffle the two repeats of every stimulus trade
 * places with probability 1/2; principal components v_k come from the first repeat alone, and
 * ss_k = sum_s (R1 v_k)_s (R2 v_k)_s. Noise that the repeats do not share averages out, so entries
 * may be negative. Without truncation sum_k ss_k = <R1, R2>_F, whatever the swaps.
 *
 * Whether stimulus s trades places in shuffle k is bit 31 of draw number s of the stream (seed,
 * "cvpca", k): the same for the row form and the streaming form, however the rows arrive. */
#ifndef NAI_CVPCA_H
#define NAI_CVPCA_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * nai_cvpca - from all rows at once.
 *
 * ss        out  f64[min(rows, dim)], by decreasing variance of the first repeat, averaged over
 *                shuffles; divide by the sum for shares
 * r1, r2    in   f64[rows][dim], each neuron centred over all presentations by the caller
 * shuffles  in   at least 1
 *
 * Solves the rows by rows or the dim by dim problem, whichever is smaller. NAI_EUSAGE for zero
 * sizes, NAI_ENUMERIC for non-finite input, NAI_ESYSTEM. Memory two copies of r1 and a few
 * min(rows, dim)^2; (4 rows dim + 10 min) min flops a shuffle. Deterministic for any number of
 * threads.
 */
int nai_cvpca(double *ss, const double *r1, const double *r2, size_t rows, size_t dim,
              unsigned shuffles, uint64_t seed, struct nai_err *err);

/* What one pass over the pairs leaves behind. Centring is over all presentations of both repeats.
 */
struct nai_pair_moments {
    size_t dim;
    uint64_t n; /* pairs */
    unsigned shuffles;
    double *mean1, *mean2; /* f64[dim] of each repeat, owned */
    double *s;  /* f64[dim][dim], owned: (R1^T R2 + R2^T R1) / 2; swaps do not change it */
    double *c1; /* f64[shuffles][dim][dim], owned: R1^T R1 after the swaps */
};

void nai_pair_moments_free(struct nai_pair_moments *m);

/* A pass over pairs of rows. */
struct nai_pair;

/* nai_pair_new - out is owned by the caller. Memory 8 dim^2 (shuffles + 2) bytes, and blocks.
 * NAI_EUSAGE: dim or shuffles is 0. NAI_ESYSTEM. */
int nai_pair_new(struct nai_pair **out, size_t dim, unsigned shuffles, uint64_t seed,
                 struct nai_err *err);

/* nai_pair_push - add n stimuli: r1, r2 in f64[n][dim]. NAI_ENUMERIC names row and feature of a
 * non-finite element. After an error only nai_pair_free may follow. n dim^2 (shuffles + 2) flops.
 */
int nai_pair_push(struct nai_pair *p, const double *r1, const double *r2, size_t n,
                  struct nai_err *err);

/* nai_pair_finish - out is set only on success. NAI_EINPUT: no rows. Only nai_pair_free may follow.
 */
int nai_pair_finish(struct nai_pair *p, struct nai_pair_moments *out, struct nai_err *err);

void nai_pair_free(struct nai_pair *p);

/*
 * nai_cvpca_pair - ss_k = v_k^T s v_k, v_k the eigenvectors of c1, averaged over shuffles.
 *
 * ss  out  f64[min(n, dim)]; as nai_cvpca to rounding
 *
 * Errors and determinism as nai_cvpca.
 */
int nai_cvpca_pair(double *ss, const struct nai_pair_moments *m, struct nai_err *err);

#endif
