/* input.h - what a stream offers to training and embedding: views, pixels, labels, targets
 * SPDX-License-Identifier: MIT */
#ifndef NAI_INPUT_H
#define NAI_INPUT_H

#include "cli.h"

enum { NAI_INPUT_GROUPS = 16 };

/* Views of one size: the field x, x1, x2, ... */
struct nai_input_group {
    int field;
    size_t views, c, h, w; /* of a view; rows of features have h = w = 1 */
    size_t count;          /* c * h * w */
    enum nai_dtype dtype;
};

struct nai_input {
    char name[256];
    bool views; /* kind "views": x is [m, ...]; else one view a row */
    bool rows;  /* features, not pictures */
    size_t ngroups, nviews;
    struct nai_input_group group[NAI_INPUT_GROUPS];
    size_t c;         /* the same in every group */
    int y, epoch, id; /* fields, or -1 */
    enum nai_dtype y_dtype, epoch_dtype;
    size_t y_count;
    size_t classes, epochs, images, batch; /* 0: not said */
    bool normalised, has_pixels;
    double *mean, *std; /* f64[c], owned: to be taken from the values: of meta; 0 and 1 (255 for u8)
                           where it does not say; 0 and 1 where they are normalised already */
};

/*
 * nai_input_read - find the fields of the stream's rows.
 *
 * NAI_EINPUT for models and the like, several sections, no field x, fields of other shapes than
 * those of pictures or rows, sizes of views of several types, or meta.mean and meta.std of another
 * number of channels or one without the other.
 */
int nai_input_read(struct nai_input *i, const struct nai_in *in, struct nai_err *err);

/* nai_input_free - a zeroed one is fine. */
void nai_input_free(struct nai_input *i);

/* nai_input_held - the dtype that values of dtype t are held in: u8 and f32 as they are, else f64.
 */
enum nai_dtype nai_input_held(enum nai_dtype t);

/* nai_input_text - "3x32x32" or "25": the setting in= of an architecture, in buf. Returns buf. */
const char *nai_input_text(const struct nai_input *i, size_t group, char buf[static 80]);

#endif
