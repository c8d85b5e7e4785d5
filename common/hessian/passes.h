/* passes.h - the rows that curvature is of, gone through again and again in the same batches
 * SPDX-License-Identifier: MIT */
#ifndef NAI_PASSES_H
#define NAI_PASSES_H

#include "held.h"

struct nai_passes {
    struct nai_cli *cli;
    const char *path;           /* to read again, or NULL: all of it is held */
    const struct nts_header *h; /* of what was read first: the caller's */
    const struct nai_input *i;
    struct nai_feed_opts o; /* batch, labels, targets, classes */
    size_t rows, rest;      /* of a pass; in its last batch, 0 when that is full */
    size_t at;              /* rows handed out */
    struct nai_block batch;
    struct nai_held data;
    size_t *row, chosen; /* held: the rows gone through, one behind the other */
    struct nai_in in;    /* read again: of this pass */
    struct nts_batch got;
    size_t used; /* of got */
};

/*
 * nai_passes_open - read all of it into memory or, to be read again in every pass, to count it.
 *
 * in    in  open, its header read by nai_input_read into i; i and the header stay in place
 * path  in  NULL: hold it; else the file that `in` is of
 *
 * o->batch becomes the number of rows where that is smaller. NAI_EINPUT: no rows, no labels or
 * targets where they are wanted; NAI_ESYSTEM.
 */
int nai_passes_open(struct nai_passes *p, struct nai_cli *cli, struct nai_in *in,
                    const struct nai_input *i, const char *path, const struct nai_feed_opts *o,
                    struct nai_err *err);
void nai_passes_close(struct nai_passes *p);

/* nai_passes_select - held rows of this label only, or of all (-1); how many. rest follows. */
size_t nai_passes_select(struct nai_passes *p, int32_t label);

/* nai_passes_begin - from the first row on. A file that holds something else by now is
 * NAI_EINPUT. */
int nai_passes_begin(struct nai_passes *p, struct nai_err *err);

/* nai_passes_next - the next batch, valid until the next call: *more false after the last. A file
 * that has other rows than when it was counted is NAI_EINPUT. */
int nai_passes_next(struct nai_passes *p, struct nai_rows *b, bool *more, struct nai_err *err);

#endif
