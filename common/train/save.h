/* save.h - models and checkpoints of a training, written and taken up again
 * SPDX-License-Identifier: MIT
 *
 * A checkpoint is a model whose stream also holds optimizer/STATE/NAME, target/NAME, ema/NAME,
 * probe/NAME and meta.train: {"step", "epoch", "rows", "options", "input", ...}. */
#ifndef NAI_SAVE_H
#define NAI_SAVE_H

#include <jansson.h>

#include "checkpoint.h"
#include "online.h"
#include "trainer.h"

/* How far a training has come. */
struct nai_mark {
    uint64_t step, epoch, rows; /* epoch: of the last batch; rows: taken in, over all epochs */
    double loss, accuracy;      /* of the last step; accuracy: of ce */
};

struct nai_saver {
    struct nai_cli *cli;
    struct nai_trainer *t;
    struct nai_online *probe; /* or NULL */
    const struct nai_in *in;
    struct nts_header *base; /* owned: meta and history of every stream written */
    json_t *options;         /* owned: what a resumed training must agree with */
};

/*
 * nai_saver_open - what all streams of this training have in common.
 *
 * parent  in  nai_in[nparents]: the data first, whose h nobody changes, perhaps a model
 * options in  becomes the saver's, also on failure
 */
int nai_saver_open(struct nai_saver *s, struct nai_cli *cli, struct nai_trainer *t,
                   struct nai_online *probe, const struct nai_in *const *parent, size_t nparents,
                   json_t *options, struct nai_err *err);
void nai_saver_close(struct nai_saver *s);

/* nai_save_model - one model, to a descriptor. done: the input was read to its end. digest: NULL,
 * or char[40] for the stream's digest. */
int nai_save_model(const struct nai_saver *s, const struct nai_mark *m, int fd, const char *name,
                   bool done, char *digest, struct nai_err *err);

/* nai_save_checkpoint - all that resuming needs, to a file that appears whole or not at all. */
int nai_save_checkpoint(const struct nai_saver *s, const struct nai_mark *m, const char *path,
                        struct nai_err *err);

/*
 * nai_save_resume - take up the training that a checkpoint is of.
 *
 * NAI_EINPUT for one of another network (naming the first tensor that differs) or no checkpoint of
 * a training; NAI_EUSAGE, listing them, when options differ.
 */
int nai_save_resume(const struct nai_saver *s, struct nai_mark *m, const struct nai_weights *w,
                    const char *name, struct nai_err *err);

#endif
