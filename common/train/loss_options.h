/* loss_options.h - the options that say which loss, and in which convention
 * SPDX-License-Identifier: MIT */
#ifndef NAI_LOSS_OPTIONS_H
#define NAI_LOSS_OPTIONS_H

#include "cli.h"
#include "loss.h"

/* What the table fills. */
struct nai_loss_asked {
    int loss, bt_norm, bt_form, vicreg_form, spectral_form, bn_stats;
    const char *beta, *weights;
    struct nai_loss_spec spec; /* the rest of it */
};

/* nai_loss_defaults - the settings without any option but the loss's kind. */
struct nai_loss_asked nai_loss_defaults(enum nai_loss kind);

/* nai_loss_options - rows for a tool's table, `kind` telling the default loss; their number. */
size_t nai_loss_options(struct nai_opt *table, struct nai_loss_asked *a, const char *help);

/* nai_loss_settle - what the table cannot check: a->spec complete, but for beta where it is "auto"
 * (then *beta_auto). NAI_EUSAGE. */
int nai_loss_settle(struct nai_loss_asked *a, bool *beta_auto, struct nai_err *err);

#endif
