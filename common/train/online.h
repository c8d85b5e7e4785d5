/* online.h - a linear readout of detached features, trained beside the network
 * SPDX-License-Identifier: MIT */
#ifndef NAI_ONLINE_H
#define NAI_ONLINE_H

#include "trainer.h"

/*
 * logits = W f + b, f the backbone's features of all views of the first size; cross-entropy, Adam
 * with rate 1e-3; W and b start at 0. Its accuracy is prequential: of each batch before it is
 * learned from, summed over an epoch.
 */
struct nai_online {
    struct nai_device *d;
    size_t cols, classes, views;
    struct nai_buf *w, *g, *m, *v; /* [classes][cols], then [classes] */
    struct nai_buf *logits, *dlogits, *work;
    uint64_t step, epoch, seen, correct; /* the last two of this epoch */
};

/* Names and sizes of what a checkpoint keeps of it. */
enum { NAI_ONLINE_PARTS = 3 };
extern const char *const nai_online_names[NAI_ONLINE_PARTS];

/* nai_online_open - for the batches of a trainer. NAI_EUSAGE, NAI_ESYSTEM. */
int nai_online_open(struct nai_online *p, const struct nai_trainer *t, size_t classes,
                    struct nai_err *err);
void nai_online_close(struct nai_online *p);

/* nai_online_step - judge and learn the trainer's last batch. */
void nai_online_step(struct nai_online *p, const struct nai_trainer *t, const struct nai_rows *b);

/* nai_online_part - the buffers kept, [nai_online_count]. */
struct nai_buf *nai_online_part(const struct nai_online *p, size_t k);
size_t nai_online_count(const struct nai_online *p);

/* nai_online_accuracy - of this epoch so far; NaN before its first batch. */
double nai_online_accuracy(const struct nai_online *p);

#endif
