/* nai-train.c - views, or inputs and targets, to a model
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "loss_options.h"
#include "train.h"

/* What the table fills and the training takes in another form. */
struct asked {
    struct nai_loss_asked loss;
    int optim, schedule, init, dtype;
    int growth; /* -1 until it is said */
};

enum { OPTIONS_MAX = 60 };

static const char example[] =
    "d=/usr/share/datasets/fashion-mnist\n"
    "  nai-import idx $d/t10k-images-idx3-ubyte.gz | nai-cat --slice 0:500 |\n"
    "      nai-augment --views 2 --epochs 2 --shuffle |\n"
    "      nai-train --arch 'cnn widths=8-16' --pdim 32 -b 100 -o model.nts";

/* ---- the option table, by theme ---- */

static size_t network_options(struct nai_opt *table, struct nai_train_opts *o, struct asked *a)
{
    const struct nai_opt opts[] = {
        {"arch", 'a', NAI_TEXT, &o->arch, 0, 0, "TEXT",
         "the network: a name and settings, 'resnet18 width=32' [that of --from]"},
        {"pdim", 0, NAI_SIZE, &o->pdim, 0, 1e6, "D",
         "width of the projector, 0 for none [256; not with ce and mse]"},
        {"classes", 0, NAI_SIZE, &o->classes, 2, 1e6, "N",
         "how many classes there are [as the data say]"},
        {"init", 0, NAI_CHOICE, &a->init, 0, 0, "pytorch|kaiming|xavier",
         "how parameters are drawn [pytorch]"},
        {"from", 0, NAI_TEXT, &o->from, 0, 0, "FILE", "start from the parameters of this model"},
        {"dtype", 0, NAI_CHOICE, &a->dtype, 0, 0, "f32|f64", "numbers computed with [f32]"},
        {"device", 'd', NAI_TEXT, &o->device, 0, 0, "NAME", "where to compute [cpu]"},
        {0},
    };

    return nai_opts_add(table, opts);
}

static size_t step_options(struct nai_opt *table, struct nai_train_opts *o, struct asked *a)
{
    const struct nai_opt opts[] = {
        {"tau", 0, NAI_REAL, &o->tau, 0, 1, "TAU",
         "byol: rate of the target at the start, 1 at the end [0.99]"},
        {"optim", 0, NAI_CHOICE, &a->optim, 0, 0, "sgd|adam|adamw|lars", "the optimiser [adam]"},
        {"lr", 0, NAI_REAL, &o->lr, 0, 1e6, "X", "learning rate [0.001]"},
        {"momentum", 0, NAI_REAL, &o->step.momentum, 0, 1, "X", "sgd, lars [0.9]"},
        {"nesterov", 0, NAI_FLAG, &o->step.nesterov, 0, 0, NULL, "sgd: Nesterov's momentum"},
        {"weight-decay", 0, NAI_REAL, &o->step.weight_decay, 0, 1e6, "X", "[0.000001]"},
        {"schedule", 0, NAI_CHOICE, &a->schedule, 0, 0, "constant|cosine",
         "of the learning rate [constant]"},
        {"warmup", 0, NAI_SIZE, &o->warmup, 0, 1e9, "STEPS", "raise the rate over so many [0]"},
        {"batch", 'b', NAI_SIZE, &o->batch, 1, 1e7, "N",
         "images in a batch [as the stream hints, or 256]"},
        {"epochs", 'e', NAI_SIZE, &o->epochs, 1, 1e9, "E",
         "times through what is held [1; views: as many as come]"},
        {"images", 0, NAI_SIZE, &o->images, 1, 1e12, "N",
         "in an epoch of views, for a cosine [as the stream says]"},
        {"hold", 0, NAI_FLAG, &o->hold, 0, 0, NULL,
         "hold one epoch of views in memory, and go through it --epochs times"},
        {"full-batch", 0, NAI_FLAG, &o->full_batch, 0, 0, NULL,
         "ce, mse: one step an epoch, by the gradient of all rows"},
        {"no-shuffle", 0, NAI_FLAG, &o->no_shuffle, 0, 0, NULL, "take rows as they come"},
        {"ema", 0, NAI_REAL, &o->ema, 0, 1, "RATE", "write a moving average of the parameters"},
        {0},
    };

    return nai_opts_add(table, opts);
}

static size_t gradient_options(struct nai_opt *table, struct nai_train_opts *o, struct asked *a)
{
    const struct nai_opt opts[] = {
        {"grad-noise", 0, NAI_REAL, &o->perturb.noise, 0, 1e9, "S",
         "noise added to gradients: S times a random unit vector, another each step [0]"},
        {"grad-bias", 0, NAI_REAL, &o->perturb.bias, -1e9, 1e9, "B",
         "bias of the update: B times a fixed vector of norm sqrt(N), N the parameters [0]"},
        {"grad-relative", 0, NAI_FLAG, &o->perturb.relative, 0, 0, NULL,
         "S and B are ratios to the norm of the step's gradient"},
        {"noise-growth", 0, NAI_CHOICE, &a->growth, 0, 0, "constant|sqrt|linear",
         "the noise's variance: S^2, S^2 sqrt(N) or S^2 N [constant]"},
        {"bias-along", 0, NAI_TEXT, &o->perturb.along, 0, 0, "ones|random|FILE",
         "the bias's direction; that of the parameters of the model in FILE [ones]"},
        {0},
    };

    return nai_opts_add(table, opts);
}

static size_t record_options(struct nai_opt *table, struct nai_train_opts *o)
{
    const struct nai_opt opts[] = {
        {"checkpoint", 'c', NAI_TEXT, &o->checkpoint, 0, 0, "FILE",
         "keep all that resuming needs here: at signals, --every, the end"},
        {"every", 0, NAI_SIZE, &o->every, 1, 1e12, "N", "with --checkpoint: each N steps"},
        {"resume", 0, NAI_TEXT, &o->resume, 0, 0, "FILE", "go on from this checkpoint"},
        {"keep-steps", 0, NAI_SIZE, &o->keep, 1, 1e12, "N",
         "also write the model after each N steps, one behind the other"},
        {"log", 0, NAI_TEXT, &o->log.path, 0, 0, "FILE", "a table of the training, TSV"},
        {"log-every", 0, NAI_SIZE, &o->log.every, 1, 1e12, "K", "steps between its lines [10]"},
        {"alpha-every", 0, NAI_SIZE, &o->log.alpha, 1, 1e12, "K",
         "in the log: alpha of the batch's features each K steps"},
        {"log-time", 0, NAI_FLAG, &o->log.time, 0, 0, NULL, "in the log: seconds, images a second"},
        {"online-probe", 0, NAI_FLAG, &o->online_probe, 0, 0, NULL,
         "train a linear readout beside it; its accuracy in the log"},
        {"gradcheck", 0, NAI_FLAG, &o->gradcheck, 0, 0, NULL,
         "no training: gradients against differences, TSV"},
        {0},
    };

    return nai_opts_add(table, opts);
}

/* ---- what the table cannot check ---- */

/* Options that are not said are NaN, -1 or NULL until here; 0 is a value, of a series of runs. */
static void settle_gradients(const struct nai_cli *cli, struct nai_train_opts *o, int growth)
{
    struct nai_perturb_opts *const p = &o->perturb;
    const bool noise = !isnan(p->noise), bias = !isnan(p->bias);

    if (growth >= 0 && !noise)
        nai_usage(cli, "--noise-growth goes with --grad-noise");
    if (p->along && !bias)
        nai_usage(cli, "--bias-along goes with --grad-bias");
    if (p->relative && !noise && !bias)
        nai_usage(cli, "--grad-relative goes with --grad-noise or --grad-bias");
    if (o->gradcheck && (noise || bias))
        nai_usage(cli, "--gradcheck is of true gradients: no --grad-noise, --grad-bias");
    p->noise = noise ? p->noise : 0;
    p->bias = bias ? p->bias : 0;
    p->growth = growth > 0 ? (enum nai_noise_growth)growth : NAI_GROWTH_CONSTANT;
    p->along = p->along ? p->along : "ones";
}

static void settle(const struct nai_cli *cli, struct nai_train_opts *o, struct asked *a)
{
    struct nai_err err = {0};

    if (nai_loss_settle(&a->loss, &o->beta_auto, &err) != NAI_OK)
        nai_usage(cli, "%s", err.msg);
    o->loss = a->loss.spec;
    o->all_views = a->loss.bn_stats == 1;
    o->step.kind = (enum nai_optimizer)a->optim;
    o->cosine = a->schedule == 1;
    o->init = (enum nai_init)a->init;
    o->dtype = a->dtype || o->gradcheck ? NAI_F64 : NAI_F32;
    o->pdim_said = o->pdim != SIZE_MAX;
    o->pdim = o->pdim_said ? o->pdim : 256;
    if (cli->nfiles > 1)
        nai_usage(cli, "more than one FILE");
    if (o->full_batch && o->loss.kind < NAI_LOSS_CE)
        nai_usage(cli, "--full-batch is for ce and mse, whose gradients add up over batches");
    if (o->from && o->resume)
        nai_usage(cli, "--from and --resume exclude each other");
    if (o->every && !o->checkpoint)
        nai_usage(cli, "--every goes with --checkpoint");
    if ((o->log.alpha || o->log.time) && !o->log.path)
        nai_usage(cli, "--alpha-every and --log-time go with --log");
    if (o->log.alpha % o->log.every)
        nai_usage(cli, "--alpha-every %zu is no multiple of --log-every %zu: alpha is in its lines",
                  o->log.alpha, o->log.every);
    if (o->online_probe && !o->log.path)
        nai_usage(cli, "--online-probe goes with --log, where its accuracy is");
    if (o->ema >= 1)
        nai_usage(cli, "--ema: a rate below 1");
    if (o->gradcheck && (o->checkpoint || o->resume || o->keep || o->log.path))
        nai_usage(cli,
                  "--gradcheck trains nothing: no --checkpoint, --resume, --keep-steps, --log");
}

static int run(struct nai_cli *cli, const struct nai_train_opts *o, int *died, struct nai_err *err)
{
    struct nai_training tr;
    int rc = nai_train_open(&tr, cli, o, err);

    if (rc == NAI_OK)
        rc = o->gradcheck ? nai_train_gradcheck(&tr, err) : nai_train_loop(&tr, err);
    *died = tr.died;
    return nai_train_close(&tr, rc, err);
}

int main(int argc, char **argv)
{
    struct nai_train_opts o = {
        .device = "cpu",
        .pdim = SIZE_MAX,
        .step = {.momentum = .9, .weight_decay = 1e-6},
        .perturb = {.noise = NAN, .bias = NAN},
        .lr = 1e-3,
        .tau = .99,
        .log = {.every = 10},
    };
    struct asked a = {.loss = nai_loss_defaults(NAI_LOSS_BARLOW), .optim = NAI_ADAM, .growth = -1};
    struct nai_opt opts[OPTIONS_MAX] = {{0}};
    const struct nai_tool tool = {
        .name = "nai-train",
        .synopsis = "[OPTION]... [FILE]",
        .summary = "train a network on views, or on inputs and targets",
        .example = example,
        .uses = NAI_USES_STREAM_OUT | NAI_USES_SEED | NAI_USES_THREADS | NAI_USES_BLAS |
                NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;
    int rc, died = 0;
    size_t n = network_options(opts, &o, &a);

    n += nai_loss_options(opts + n, &a.loss, "what is minimised [barlow]");
    n += step_options(opts + n, &o, &a);
    n += gradient_options(opts + n, &o, &a);
    record_options(opts + n, &o);
    nai_cli_parse(&cli, &tool, argc, argv);
    cli.seed_used = true;
    settle(&cli, &o, &a);
    settle_gradients(&cli, &o, a.growth);
    cli.streaming = o.gradcheck; /* then a table goes out, and no stream is to be ended */
    rc = run(&cli, &o, &died, &err);
    if (died) {
        sigset_t all;
        sigfillset(&all);
        signal(died, SIG_DFL);
        raise(died);
        sigprocmask(SIG_UNBLOCK, &all, NULL);
    }
    return nai_cli_exit(&cli, rc, &err);
}
