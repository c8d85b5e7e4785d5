/* feed.h - batches for training: views as they come down a pipe, or a dataset held and shuffled
 * SPDX-License-Identifier: MIT
 *
 * A stream of views is read by a thread of its own, one batch ahead, so that decoding and the
 * producer overlap with the training step; nothing but the batches in flight is held. */
#ifndef NAI_FEED_H
#define NAI_FEED_H

#include "input.h"

struct nai_feed_opts {
    size_t batch;   /* images */
    bool labels;    /* y as classes */
    bool targets;   /* y as values */
    size_t classes; /* labels must lie below; 0: any (then nai_feed_classes says how many) */
    bool hold;      /* the whole of it in memory */
    bool shuffle;   /* held: another order each epoch */
    bool partial;   /* held: the rows left over make a smaller batch of their own */
    size_t epochs;  /* held: how often it is gone through */
    uint64_t seed;
};

/* Images that are trained on together. */
struct nai_rows {
    size_t n;
    uint64_t epoch;                  /* which of them it belongs to, from 0 */
    const void *x[NAI_INPUT_GROUPS]; /* nai_input_held(dtype) [n][views][c][h][w] */
    const int32_t *labels;           /* i32[n], or NULL */
    const double *targets;           /* f64[n][y_count], or NULL */
};

enum nai_feed_event {
    NAI_FEED_END,
    NAI_FEED_BATCH,
    NAI_FEED_WAIT, /* nothing yet: a tenth of a second went by */
    NAI_FEED_FAILED
};

struct nai_feed;

/*
 * nai_feed_open - start reading.
 *
 * in, i  in  the stream and what nai_input_read made of it; the feed's own until it is closed
 *
 * Held data are read here, whole. NAI_EINPUT: no y where it is wanted or not of the kind wanted, a
 * label that is negative or too large (its row is named), fewer rows than a batch. NAI_ESYSTEM.
 */
int nai_feed_open(struct nai_feed **f, struct nai_in *in, const struct nai_input *i,
                  const struct nai_feed_opts *o, struct nai_err *err);

/* nai_feed_next - the next batch, valid until the next call. The rows at the end of an epoch that
 * do not fill a batch are left out; an epoch without a single batch is NAI_EINPUT. */
enum nai_feed_event nai_feed_next(struct nai_feed *f, struct nai_rows *b, struct nai_err *err);

/* nai_feed_skip - held data: go on as if n batches had been taken. */
void nai_feed_skip(struct nai_feed *f, uint64_t n);

/* nai_feed_held - is the data in memory? If so, *batches are those of an epoch, *rows its rows. */
bool nai_feed_held(const struct nai_feed *f, size_t *batches, size_t *rows);

/* nai_feed_classes - the largest label of held data and 1. */
size_t nai_feed_classes(const struct nai_feed *f);

/* nai_feed_dropped - rows left out so far at the ends of epochs. */
uint64_t nai_feed_dropped(struct nai_feed *f);

/* nai_feed_bytes - memory of the batches, or of the data held. */
size_t nai_feed_bytes(const struct nai_feed *f);

/* nai_feed_close - ends the thread, wherever it is; NULL is fine. */
void nai_feed_close(struct nai_feed *f);

#endif
