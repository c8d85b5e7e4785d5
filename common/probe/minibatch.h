/* minibatch.h - a readout, linear or with a hidden layer, trained by Adam on minibatches
 * SPDX-License-Identifier: MIT */
#ifndef NAI_MINIBATCH_H
#define NAI_MINIBATCH_H

#include "readout.h"

struct nai_minibatch_opts {
    double lr, weight_decay, smooth; /* step; L2 added to the gradient; label smoothing */
    size_t epochs, batch;
    uint64_t seed;
};

/* Where a training is. */
struct nai_trainer;

/*
 * nai_trainer_new - train r, from the weights it has, on rows of a set.
 *
 * r, train  in  borrowed until nai_trainer_free
 *
 * NAI_ESYSTEM. Memory: batch (d + h + 2k) doubles and three copies of the weights.
 */
int nai_trainer_new(struct nai_trainer **out, struct nai_readout *r, const struct nai_set *train,
                    const struct nai_minibatch_opts *o, struct nai_err *err);

/*
 * nai_trainer_step - one step of Adam (Kingma & Ba 2015; betas .9 and .999, eps 1e-8, as
 * torch.optim.Adam: weight decay goes into the gradient) on the mean loss of a batch.
 *
 * at  in  size_t[n], n <= batch: which rows of the set
 *
 * Cross-entropy with label smoothing, or, for values, the squared error averaged over rows and
 * targets. Returns that loss before the step. Float64; deterministic for any number of threads.
 */
double nai_trainer_step(struct nai_trainer *t, const size_t *at, size_t n);

/* nai_trainer_free - NULL is fine. */
void nai_trainer_free(struct nai_trainer *t);

/*
 * nai_minibatch_fit - the whole of it.
 *
 * r     in/out  its sizes; weights are drawn anew (nai_readout_draw)
 * loss  out     mean loss over the last epoch
 *
 * Every epoch takes all rows in a new order drawn from the seed; the last batch of an epoch may be
 * short. NAI_ENUMERIC, naming the epoch, when the loss is no longer finite. NAI_ESYSTEM.
 */
int nai_minibatch_fit(struct nai_readout *r, double *loss, const struct nai_set *train,
                      const struct nai_minibatch_opts *o, struct nai_err *err);

#endif
