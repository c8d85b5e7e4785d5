/* watch.h - what a batch's embeddings look like: spread, collapsed dimensions, alpha
 * SPDX-License-Identifier: MIT */
#ifndef NAI_WATCH_H
#define NAI_WATCH_H

#include "trainer.h"

/*
 * Of the embeddings z that the loss is of, over all views and images of a batch: the standard
 * deviation of each dimension. A dimension is collapsed when its deviation is at most 1e-3 of the
 * root mean square of all of z.
 */
struct nai_watch {
    size_t d;
    double *mean, *var;       /* f64[d], owned */
    double std_mean, std_min; /* over dimensions */
    size_t collapsed;
    size_t first[8]; /* the first collapsed dimensions */
};

int nai_watch_open(struct nai_watch *w, size_t d, struct nai_err *err);
void nai_watch_close(struct nai_watch *w);

/* nai_watch_take - look at the trainer's last batch. */
void nai_watch_take(struct nai_watch *w, const struct nai_trainer *t);

/* nai_watch_text - "3 of 256 dimensions of projector.3 collapsed: 4, 17, 200", in buf. */
const char *nai_watch_text(const struct nai_watch *w, const struct nai_trainer *t,
                           char buf[static 300]);

/* alpha of a batch's features, and the ranks it was fitted to. */
struct nai_batch_alpha {
    double alpha; /* NaN where fewer than three ranks are left */
    size_t lo, hi;
};

/* nai_watch_alpha - the eigenspectrum's decay of the last batch's backbone features (views of the
 * first size): ranks 11 to 100, cut to the numerical rank, weights 1/j. NAI_ESYSTEM, NAI_ENUMERIC.
 */
int nai_watch_alpha(struct nai_batch_alpha *a, const struct nai_trainer *t, struct nai_err *err);

#endif
