/* train.h - a whole training: from the options of nai-train to the model written
 * SPDX-License-Identifier: MIT */
#ifndef NAI_TRAIN_H
#define NAI_TRAIN_H

#include <signal.h>

#include "save.h"
#include "schedule.h"
#include "train_log.h"

/* What the command line says, defaults filled in. */
struct nai_train_opts {
    const char *arch, *device, *from, *resume, *checkpoint;
    struct nai_loss_spec loss;
    bool beta_auto; /* barlow: 5 / pdim */
    bool all_views, hold, full_batch, no_shuffle, online_probe, gradcheck;
    size_t pdim, batch, epochs, images, classes; /* all but pdim: 0 for not said */
    bool pdim_said;                              /* pdim is not the default */
    struct nai_stepper_opts step;
    struct nai_perturb_opts perturb;
    double lr, tau, ema;
    bool cosine;
    size_t warmup, every, keep;
    enum nai_init init;
    enum nai_dtype dtype;
    struct nai_log_opts log;
};

struct nai_training {
    struct nai_cli *cli;
    const struct nai_train_opts *o;
    size_t batch;            /* images */
    struct nai_in in, model; /* model: of --from or --resume */
    struct nts_header *head; /* owned: in.h */
    struct nai_input input;
    struct nai_feed_opts feeding;
    struct nai_feed *feed;
    struct nai_weights weights;
    struct nai_device *device;
    struct nai_trainer t;
    struct nai_online probe;
    struct nai_watch watch;
    struct nai_log log;
    struct nai_saver saver;
    struct nai_schedule schedule;
    struct nai_mark mark;
    struct nai_sink sink;
    sigset_t signals, before; /* held back; the mask before that */
    size_t chunks;            /* batches that one step takes */
    uint64_t started;         /* the step it was taken up at */
    bool collapsed;           /* has been said */
    bool keep_due;            /* a model is to be written before the next step */
    int died;                 /* of this signal, after the checkpoint; 0: not */
};

/*
 * nai_train_open - read the input's beginning (all of a dataset), make the network, take up a
 * checkpoint: everything up to the first step.
 *
 * o, cli  in  stay the caller's, and in place. NAI_EUSAGE, NAI_EINPUT, NAI_ESYSTEM.
 */
int nai_train_open(struct nai_training *tr, struct nai_cli *cli, const struct nai_train_opts *o,
                   struct nai_err *err);

/* nai_train_loop - the training itself, and the models written. NAI_ENUMERIC, naming term or tensor
 * and step, for what is not finite; NAI_ESTOPPED after SIGTERM or SIGINT and a checkpoint. */
int nai_train_loop(struct nai_training *tr, struct nai_err *err);

/* nai_train_close - status: of what came before; the final one is returned. */
int nai_train_close(struct nai_training *tr, int status, struct nai_err *err);

/*
 * nai_train_gradcheck - gradients against central differences, on the first batch, a line a tensor.
 *
 * Of each tensor up to 8 elements drawn by the seed: the largest of |a - n| / max(|a|, |n|, G /
 * 1000), G the largest gradient met in any tensor, n the nearest of three five-point quotients with
 * steps 1e-3, 1e-4 and 1e-5 of max(|w|, rms of the tensor, .001): one is large enough for rounding,
 * one small enough for the kinks of ReLU. NAI_ENUMERIC when the worst is above 1e-6, which is after
 * printing.
 */
int nai_train_gradcheck(struct nai_training *tr, struct nai_err *err);

#endif
