/* hessian.h - curvature of the loss of trained or newly drawn networks: what nai-hessian does
 * SPDX-License-Identifier: MIT */
#ifndef NAI_HESSIAN_H
#define NAI_HESSIAN_H

#include "checkpoint.h"
#include "curve.h"
#include "perturb.h"
#include "report.h"
#include "spectrum_io.h"
#include "trace.h"

/* What makes a line of the table of its own. */
enum nai_by { NAI_BY_NONE, NAI_BY_TENSOR, NAI_BY_LAYER, NAI_BY_BLOCK };

/* How draws of noise are made to have no mean. */
enum nai_balance {
    NAI_ANTITHETIC, /* pairs n, -n */
    NAI_AUTHORS,    /* the last vector is minus the sum of the others, and therefore longer */
    NAI_UNBALANCED
};

/* One step with an approximate gradient, and what it does to the loss. */
struct nai_step_opts {
    bool asked;
    const char *noise, *bias; /* lists of sigma and b */
    double lr;
    bool relative; /* both are ratios to the norm of the gradient */
    enum nai_noise_growth growth;
    const char *along;
    size_t draws;
    enum nai_balance balance;
    bool taylor; /* the second order at the very draws, by a product for each */
    bool limits; /* the extreme eigenvalues, and what they say must happen */
};

/* What the command line says, defaults filled in. */
struct nai_hessian_opts {
    const char *model, *step; /* step: "all", "last" or a number */
    const char *arch;
    size_t inits, pdim, batch; /* batch: 0 for not said */
    enum nai_init init;
    struct nai_loss_spec loss;
    bool beta_auto, all_views, train_mode, reread, per_class;
    const char *device;
    enum nai_dtype dtype;
    enum nai_curvature of;
    const char *layers; /* patterns, separated by commas, or NULL */
    enum nai_by by;
    bool trace, fro, full, vectors;
    enum nai_trace_method method;
    size_t probes, top, bottom, max_steps, density, density_steps;
    double tol;
    const char *spectrum, *matrix; /* files to write, or NULL */
    struct nai_step_opts take;
    bool check; /* products, against differences of gradients */
};

/* What is being looked at. */
struct nai_subject {
    size_t model; /* from 1 on */
    char step[24];
    int32_t label;  /* -1: all rows */
    char name[100]; /* of the layer, "" for all */
};

struct nai_hessian {
    struct nai_cli *cli;
    const struct nai_hessian_opts *o;
    struct nai_in in, model;
    struct nts_header *head; /* of the input: owned */
    struct nai_input input;
    double *pixels; /* f64[2][c], owned: mean and std, as the rows say */
    struct nai_passes data;
    size_t classes;
    struct nai_weights weights; /* the model at hand */
    struct nai_device *device;
    bool opened; /* the trainer is, for this network and the rows at hand */
    char line[4000];
    struct nai_trainer t;
    struct nai_curve curve;
    struct nai_subject at;
    struct nai_report table;
    size_t nspectra;
    struct nai_spectrum *spectrum; /* owned */
    double *matrix;                /* f64[matrix_n][matrix_n], owned, of the last subject */
    size_t matrix_n;
    bool off; /* a check has failed */
};

/*
 * nai_hessian_run - everything: rows and models read, a line for each subject, streams written.
 *
 * NAI_EUSAGE: model and loss that do not go together, a matrix that would not fit. NAI_EINPUT:
 * model and data that do not. NAI_ENUMERIC: a loss, gradient or product that is not finite, naming
 * the model. NAI_ESYSTEM.
 */
int nai_hessian_run(struct nai_hessian *h, struct nai_cli *cli, const struct nai_hessian_opts *o,
                    struct nai_err *err);
void nai_hessian_close(struct nai_hessian *h);

#endif
