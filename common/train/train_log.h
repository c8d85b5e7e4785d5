/* train_log.h - the table that a training leaves: one line each K steps
 * SPDX-License-Identifier: MIT */
#ifndef NAI_TRAIN_LOG_H
#define NAI_TRAIN_LOG_H

#include <stdio.h>

#include "save.h"
#include "watch.h"

struct nai_log_opts {
    const char *path;    /* NULL: no log */
    size_t every, alpha; /* steps between lines, and between alphas: 0 for none */
    bool time;           /* seconds and images a second too */
};

struct nai_log {
    struct nai_log_opts o;
    FILE *f;
    bool headed;
    double t0, seconds; /* seconds: of training before it was taken up again */
    double last;        /* since t0, of the last line */
    uint64_t images;    /* taken in by then */
};

/*
 * nai_log_open - start the table, or go on with it.
 *
 * step  in  lines of steps up to this one are kept: 0 starts anew
 *
 * Lines appear as they are made. NAI_EUSAGE when the file has other columns; it is left as it is.
 * NAI_ESYSTEM.
 */
int nai_log_open(struct nai_log *l, const struct nai_log_opts *o, uint64_t step,
                 struct nai_err *err);

/* nai_log_due - is there a line for this step? */
bool nai_log_due(const struct nai_log *l, uint64_t step);

/*
 * nai_log_line - step, epoch, loss and its terms, lr, grad_norm; what applies of accuracy, z_std,
 * z_std_min, collapsed, probe, alpha, alpha_lo, alpha_hi, seconds, images_s.
 *
 * w      in  NULL for supervised losses
 * images in  taken in since the training started or was taken up again
 */
int nai_log_line(struct nai_log *l, const struct nai_trainer *t, const struct nai_online *probe,
                 const struct nai_mark *m, double lr, const struct nai_watch *w, uint64_t images,
                 struct nai_err *err);

/* nai_log_close - NAI_ESYSTEM when the file could not be written. */
int nai_log_close(struct nai_log *l, int status, struct nai_err *err);

#endif
