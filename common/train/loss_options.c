/* loss_options.c - the options that say which loss, and in which convention
 * SPDX-License-Identifier: MIT */
#include "loss_options.h"

#include <stdlib.h>
#include <string.h>

struct nai_loss_asked nai_loss_defaults(enum nai_loss kind)
{
    return (struct nai_loss_asked){
        .loss = (int)kind,
        .beta = "auto",
        .spec = {.inv = 25, .var = 25, .cov = 1, .temperature = .5},
    };
}

size_t nai_loss_options(struct nai_opt *table, struct nai_loss_asked *a, const char *help)
{
    struct nai_loss_spec *const s = &a->spec;
    const struct nai_opt opts[] = {
        {"loss", 'l', NAI_CHOICE, &a->loss, 0, 0, "barlow|vicreg|simclr|byol|spectral|ce|mse",
         help},
        {"beta", 0, NAI_TEXT, &a->beta, 0, 0, "auto|X",
         "barlow: weight of the off-diagonal [auto: 5 / pdim]; spectral thesis: of negatives [1]"},
        {"bt-norm", 0, NAI_CHOICE, &a->bt_norm, 0, 0, "official|thesis|fastssl",
         "barlow: how embeddings are normalised [official]"},
        {"bt-form", 0, NAI_CHOICE, &a->bt_form, 0, 0, "cross|eq10",
         "barlow: cross-correlation, or distance to the mean view [cross]"},
        {"over-d", 0, NAI_FLAG, &s->over_d, 0, 0, NULL, "barlow: divide the loss by pdim"},
        {"leave-one-out", 0, NAI_FLAG, &s->leave_one_out, 0, 0, NULL,
         "barlow, vicreg: each view against the mean of the others"},
        {"vicreg-form", 0, NAI_CHOICE, &a->vicreg_form, 0, 0, "official|thesis",
         "vicreg: how its terms are scaled [official]"},
        {"weights", 0, NAI_LIST, &a->weights, 0, 0, "INV,VAR,COV",
         "vicreg: weights of its terms [25,25,1]"},
        {"temperature", 0, NAI_REAL, &s->temperature, 1e-6, 1e6, "T", "simclr [0.5]"},
        {"decoupled", 0, NAI_FLAG, &s->decoupled, 0, 0, NULL,
         "simclr: the positive is left out of the denominator"},
        {"spectral-form", 0, NAI_CHOICE, &a->spectral_form, 0, 0, "official|thesis",
         "spectral: -2 and 1, or -1 and beta before its terms [official]"},
        {"label-smoothing", 0, NAI_REAL, &s->smoothing, 0, 1, "E", "ce [0]"},
        {"sum", 0, NAI_FLAG, &s->sum, 0, 0, NULL, "mse: a sum, not a mean"},
        {"bn-stats", 0, NAI_CHOICE, &a->bn_stats, 0, 0, "view|all",
         "batch statistics of each view, or of all views of a size [view]"},
        {0},
    };

    return nai_opts_add(table, opts);
}

/* "auto", or a number. */
static int beta(struct nai_loss_asked *a, bool *beta_auto, struct nai_err *err)
{
    char *end;
    const double x = strtod(a->beta, &end);

    *beta_auto = strcmp(a->beta, "auto") == 0;
    a->spec.beta = 1; /* barlow's is set when the width is known */
    if (*beta_auto)
        return NAI_OK;
    if (end == a->beta || *end || !(x >= 0 && x <= 1e6))
        return nai_err_set(err, NAI_EUSAGE, "--beta: '%s' is not 'auto' or a number in [0, 1e+06]",
                           a->beta);
    a->spec.beta = x;
    return NAI_OK;
}

static int weights(struct nai_loss_asked *a, struct nai_err *err)
{
    double *const dst[] = {&a->spec.inv, &a->spec.var, &a->spec.cov};
    const char *p = a->weights;

    for (size_t k = 0; p && k < 3; k++) {
        char *end;
        *dst[k] = strtod(p, &end);
        if (end == p || *end != (k < 2 ? ',' : '\0') || !(*dst[k] >= 0 && *dst[k] <= 1e9))
            return nai_err_set(err, NAI_EUSAGE, "--weights: '%s' is not three numbers INV,VAR,COV",
                               a->weights);
        p = end + 1;
    }
    return NAI_OK;
}

int nai_loss_settle(struct nai_loss_asked *a, bool *beta_auto, struct nai_err *err)
{
    const int rc = beta(a, beta_auto, err);

    a->spec.kind = (enum nai_loss)a->loss;
    a->spec.bt_norm = (enum nai_bt_norm)a->bt_norm;
    a->spec.bt_form = (enum nai_bt_form)a->bt_form;
    a->spec.vicreg = (enum nai_vicreg_form)a->vicreg_form;
    a->spec.spectral = (enum nai_spectral_form)a->spectral_form;
    return rc == NAI_OK ? weights(a, err) : rc;
}
