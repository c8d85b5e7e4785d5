/* view_stream.h - data sets, views and what was drawn for them, as rows of streams
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEW_STREAM_H
#define NAI_VIEW_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nts.h"
#include "view_draw.h"
#include "view_recipe.h"

/* Where the images lie in a data set. */
struct nai_view_input {
    size_t x, channels, h, w; /* x: the field's index */
    int id;                   /* index of the field id, or -1: rows are counted */
    enum nai_dtype id_dtype;
};

/* nai_view_input_find - check that a stream holds u8 images [C,H,W], C = 1 or 3, in field x of its
 * one section. NAI_EINPUT, saying what is there instead; stream is its name, for messages. */
int nai_view_input_find(struct nai_view_input *in, const struct nts_header *h, const char *stream,
                        struct nai_err *err);

/* nai_view_ids - the ids of rows: those of the field, or first, first + 1, ... */
void nai_view_ids(uint64_t *id, const struct nai_view_input *in, const void *const *data,
                  uint64_t first, size_t rows);

/*
 * nai_view_header - the header of the views of a data set.
 *
 * h     out  kind "views": x, x1, ... a field for each group; the carried fields; id, epoch
 * from  in   of the data set: fields other than x and id are carried, and so is meta
 *
 * NAI_EINPUT when a carried field has the name of one that is made, NAI_EUSAGE when a row would be
 * longer than the format's.
 */
int nai_view_header(struct nts_header **h, const struct nts_header *from,
                    const struct nai_view_input *in, const struct nai_recipe *r, bool floats,
                    const char *stream, struct nai_err *err);

/*
 * What was drawn, one row an image and epoch: kind "draws"; fields id u64, epoch u32, and of shape
 * [views]: top, left, height, width u32; flip, gray bool; order u8 [views,4]; brightness, contrast,
 * saturation, hue, sigma f32; kernel, solarize u16.
 */
enum { NAI_DRAW_FIELDS = 16 };

/* nai_draws_header - of the above; meta.views and meta.image say for which views and images. */
int nai_draws_header(struct nts_header **h, const struct nai_view_input *in,
                     const struct nai_recipe *r, struct nai_err *err);

/* Columns of rows to be written. */
struct nai_draws {
    size_t views, rows; /* rows: room */
    void *column[NAI_DRAW_FIELDS];
};

/* nai_draws_new - room for rows; NAI_ESYSTEM when out of memory. Free with nai_draws_free always.
 */
int nai_draws_new(struct nai_draws *d, size_t views, size_t rows, struct nai_err *err);
void nai_draws_free(struct nai_draws *d);

/* nai_draws_put - fill the columns from view[rows][views]. */
void nai_draws_put(struct nai_draws *d, const struct nai_view *view, const uint64_t *id,
                   uint32_t epoch, size_t rows);

/* Draws that are read back, row by row. */
struct nai_replay {
    struct nts_reader *reader; /* the caller's, as is its name */
    const char *name;
    const struct nai_recipe *recipe;
    size_t h, w, at;
    struct nts_batch batch;
};

/* nai_replay_start - check that the stream holds draws for these views and images. NAI_EINPUT. */
int nai_replay_start(struct nai_replay *p, struct nts_reader *reader, const char *name,
                     const struct nai_view_input *in, const struct nai_recipe *r,
                     struct nai_err *err);

/* nai_replay_take - the draws of the next rows, which must be those of id[rows] in this epoch, in
 * this order. NAI_EINPUT for others, for draws out of bounds, and at the end of the stream. */
int nai_replay_take(struct nai_replay *p, struct nai_view *view, const uint64_t *id, uint32_t epoch,
                    size_t rows, struct nai_err *err);

/* nai_replay_end - nothing may follow. */
int nai_replay_end(struct nai_replay *p, struct nai_err *err);

#endif
