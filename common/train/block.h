/* block.h - rows of views, labels and targets side by side in memory
 * SPDX-License-Identifier: MIT */
#ifndef NAI_BLOCK_H
#define NAI_BLOCK_H

#include "feed.h"

/* Room for `cap` rows of what a feed hands out. */
struct nai_block {
    size_t cap, bytes;
    char *x[NAI_INPUT_GROUPS]; /* owned, like the others */
    size_t width[NAI_INPUT_GROUPS];
    int32_t *labels;
    double *targets;
};

/* nai_block_check - is there a field y of the kind that is wanted? NAI_EINPUT. */
int nai_block_check(const struct nai_input *i, const struct nai_feed_opts *o, struct nai_err *err);

/* nai_block_new - a zeroed one may be freed. NAI_ESYSTEM. */
int nai_block_new(struct nai_block *k, size_t cap, const struct nai_input *i,
                  const struct nai_feed_opts *o, struct nai_err *err);
void nai_block_free(struct nai_block *k);

/* nai_block_take - rows first .. first + n - 1 of a batch into the block from row `at` on. Labels
 * are checked: NAI_EINPUT, naming the row. */
int nai_block_take(struct nai_block *k, size_t at, const struct nai_input *i,
                   const struct nai_feed_opts *o, const struct nts_batch *b, size_t first, size_t n,
                   struct nai_err *err);

/* nai_block_copy - one row from another block. */
void nai_block_copy(struct nai_block *k, size_t at, const struct nai_block *from, size_t row,
                    const struct nai_input *i);

#endif
