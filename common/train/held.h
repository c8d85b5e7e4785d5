/* held.h - a dataset in memory, gone through in another order each epoch
 * SPDX-License-Identifier: MIT */
#ifndef NAI_HELD_H
#define NAI_HELD_H

#include "block.h"

struct nai_held {
    const struct nai_input *i;
    const struct nai_feed_opts *o;
    struct nai_block all, batch;
    size_t rows, batches; /* batches: in an epoch */
    size_t *order;        /* of the epoch under way */
    uint64_t next;        /* batch, over all epochs */
    uint64_t ordered;     /* 1 + the epoch that order is of */
    size_t classes;
    uint64_t dropped;
};

/* nai_held_read - the whole stream. NAI_EINPUT, NAI_ESYSTEM. i and o stay the caller's. */
int nai_held_read(struct nai_held *h, struct nai_in *in, const struct nai_input *i,
                  const struct nai_feed_opts *o, struct nai_err *err);

/* nai_held_next - the next batch; false after the last. */
bool nai_held_next(struct nai_held *h, struct nai_rows *b);

void nai_held_free(struct nai_held *h);

#endif
