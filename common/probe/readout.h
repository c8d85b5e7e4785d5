/* readout.h - a linear or one-hidden-layer map from features to classes or targets
 * SPDX-License-Identifier: MIT */
#ifndef NAI_READOUT_H
#define NAI_READOUT_H

#include "probe_set.h"

/* With h = 0: scores = W [x 1]. Else scores = W [relu(V [x 1]) 1]. */
struct nai_readout {
    size_t d, h, k;
    double *v; /* f64[h][d + 1], owned; NULL when h is 0 */
    double *w; /* f64[k][(h ? h : d) + 1], owned; the last column is the intercept */
};

/* nai_readout_new - all weights 0. NAI_ESYSTEM; NAI_EUSAGE for sizes BLAS cannot index. */
int nai_readout_new(struct nai_readout *r, size_t d, size_t h, size_t k, struct nai_err *err);

/* nai_readout_free - a zeroed struct is fine. */
void nai_readout_free(struct nai_readout *r);

/* nai_readout_draw - weights and intercepts uniform in +-1/sqrt(inputs), as torch.nn.Linear's. */
void nai_readout_draw(struct nai_readout *r, uint64_t seed);

/*
 * nai_readout_forward - scores of n rows.
 *
 * z       out  f64[n][k]
 * hidden  out  f64[n][h + 1], the last column 1; NULL when h is 0
 * x       in   f64[n][d + 1], the last column 1 (nai_set_load)
 *
 * Products on fixed tiles: deterministic for any number of threads.
 */
void nai_readout_forward(double *z, double *hidden, const struct nai_readout *r, const double *x,
                         size_t n);

/* What a readout says of test rows. */
struct nai_verdicts {
    size_t n, k;
    uint32_t *rank;      /* u32[n], owned: scores above that of the true class; k when unseen */
    uint32_t *predicted; /* u32[n], owned: the class of the highest score */
    double *value;       /* f64[n][k], owned: predictions, when the test set has values */
};

/* nai_verdicts_new - room for the rows of a test set. NAI_ESYSTEM. */
int nai_verdicts_new(struct nai_verdicts *v, const struct nai_set *test, struct nai_err *err);

/* nai_verdicts_free - a zeroed struct is fine. */
void nai_verdicts_free(struct nai_verdicts *v);

/*
 * nai_verdicts_take - judge n rows by their scores, f64[n][k]; the first is row `first` of the
 * test set. Of equal scores the lower class counts as the higher one. In parallel, deterministic.
 */
void nai_verdicts_take(struct nai_verdicts *v, const struct nai_set *test, size_t first, size_t n,
                       const double *z);

/* nai_readout_judge - v of the whole test set. NAI_ESYSTEM. 2nkd flops. */
int nai_readout_judge(struct nai_verdicts *v, const struct nai_readout *r,
                      const struct nai_set *test, struct nai_err *err);

/*
 * nai_cross_entropy - loss of one row, and its gradient.
 *
 * z       in/out  f64[k]: scores in, out softmax(z) - t, with t = 1 - smooth at y and smooth / k
 *                 on all classes besides (Szegedy et al. 2016, eq. of section 7; torch's
 *                 label_smoothing)
 *
 * Returns -sum t log softmax(z).
 */
double nai_cross_entropy(double *z, size_t k, size_t y, double smooth);

#endif
