/* view_preview.h - the views of the first images as a picture
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEW_PREVIEW_H
#define NAI_VIEW_PREVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "export.h"
#include "view_recipe.h"

enum { NAI_PREVIEW_ROWS = 8 };

/* A sheet of NAI_PREVIEW_ROWS images, a row each, with all their views side by side; views smaller
 * than the largest lie in its middle, on white. */
struct nai_preview {
    const struct nai_recipe *recipe;
    bool floats;
    size_t rows, size; /* rows taken so far */
    struct nts_header *h;
    struct nai_target png;
    unsigned char *cell; /* u8[views][channels][size][size] */
};

/* nai_preview_open - into fd, which is called name. NAI_ESYSTEM when out of memory. Close with
 * nai_preview_close in any case. */
int nai_preview_open(struct nai_preview *p, int fd, const char *name,
                     const struct nai_recipe *recipe, bool floats, struct nai_err *err);

/* nai_preview_put - more views, as nai_views_render makes them; only the first are kept. */
int nai_preview_put(struct nai_preview *p, void *const *views, size_t rows, struct nai_err *err);

/* nai_preview_finish - write the picture. */
int nai_preview_finish(struct nai_preview *p, struct nai_err *err);
void nai_preview_close(struct nai_preview *p);

#endif
