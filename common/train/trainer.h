/* trainer.h - a model in training: batches through it, loss, gradients, steps
 * SPDX-License-Identifier: MIT
 *
 * Views of one size go through the network as one batch, those of another as another; their
 * embeddings meet in the loss. */
#ifndef NAI_TRAINER_H
#define NAI_TRAINER_H

#include "feed.h"
#include "loss.h"
#include "perturb.h"
#include "run.h"
#include "stepper.h"

struct nai_trainer_opts {
    struct nai_loss_spec loss; /* views, n and d are set by the trainer */
    bool beta_auto;            /* barlow: 5 / d */
    bool together;             /* batch statistics over all views of a size, not of each view */
    double ema;                /* rate of the averaged weights; 0: none */
    struct nai_stepper_opts step;
    size_t batch, rest; /* images; rest: of a smaller batch that occurs too, 0 for none */
    uint64_t seed;
};

/* Runs for one number of images: one a size of views. */
struct nai_pass {
    size_t n;
    struct nai_run *run[NAI_INPUT_GROUPS];
    struct nai_run *target[NAI_INPUT_GROUPS]; /* byol */
};

struct nai_trainer {
    struct nai_device *device; /* the caller's */
    const struct nai_input *in;
    struct nai_trainer_opts o;
    struct nai_model *model, *target, *ema; /* target: byol; NULL when there is none */
    struct nai_stepper stepper;
    struct nai_perturb perturb; /* none, unless the training opens it; closed with the trainer */
    struct nai_pass pass[2];
    int out;                            /* the node that the loss is of */
    struct nai_buf *z, *dz, *zt, *work; /* embeddings of all views, targets, scratch */
    double *zero, *one;                 /* f64[max(c, y_count)]: no normalisation */
    struct nai_loss_value value;        /* of the last batch */
    double grad_norm;                   /* of the last step: the true gradient */
    const struct nai_pass *last;        /* the pass of the last batch */
    uint64_t draws;                     /* forward passes so far: the key of dropout */
};

/*
 * nai_trainer_open - model, optimiser and activations; parameters are 0 until they are drawn or
 * loaded.
 *
 * d, in  in  stay the caller's, and in place
 * graph  in  becomes the trainer's, also on failure
 *
 * NAI_EUSAGE for losses, networks and batches that do not go together; NAI_EINPUT where it is the
 * input that does not; NAI_ESYSTEM.
 */
int nai_trainer_open(struct nai_trainer *t, struct nai_device *d, struct nai_graph *graph,
                     const struct nai_input *in, const struct nai_trainer_opts *o,
                     struct nai_err *err);
void nai_trainer_close(struct nai_trainer *t);

/* nai_trainer_start - target and average become what the model is now. */
void nai_trainer_start(struct nai_trainer *t);

/* nai_trainer_gradients - add `scale` times the gradient of the loss of a batch; t->value is its
 * loss. NAI_ENUMERIC, naming the term, when that is not finite. */
int nai_trainer_gradients(struct nai_trainer *t, const struct nai_rows *b, double scale,
                          struct nai_err *err);

/* nai_trainer_update - one step of the optimiser with what was gathered, made approximate where
 * that is asked for, then of target and average. tau: rate of the target. NAI_ENUMERIC, naming the
 * tensor, for a gradient that is not finite, and as nai_perturb_apply: nothing is changed then. */
int nai_trainer_update(struct nai_trainer *t, double lr, double tau, struct nai_err *err);

/* nai_trainer_loss - the loss of a batch, dropout keyed as at the first call of gradients; nothing
 * but running statistics changes. fresh: false when the last call was for the same batch, whose
 * targets are then there already. */
double nai_trainer_loss(struct nai_trainer *t, const struct nai_rows *b, bool fresh);

/* nai_trainer_check - NAI_ENUMERIC, naming it, when a parameter or buffer is not finite. */
int nai_trainer_check(const struct nai_trainer *t, struct nai_err *err);

/* nai_trainer_features - the backbone's output for the views of the first size of the last batch:
 * [*rows][*cols] on the device. */
const struct nai_buf *nai_trainer_features(const struct nai_trainer *t, size_t *rows, size_t *cols);

/* nai_trainer_bytes - memory of parameters, optimiser and activations. */
size_t nai_trainer_bytes(const struct nai_trainer *t);

#endif
