/* view_preview.c - see view_preview.h
 * SPDX-License-Identifier: MIT */
#include "view_preview.h"

#include <math.h>
#include <string.h>

#include "mem.h"

int nai_preview_open(struct nai_preview *p, int fd, const char *name,
                     const struct nai_recipe *recipe, bool floats, struct nai_err *err)
{
    const struct nai_export options = {.rows = NAI_PREVIEW_ROWS, .columns = recipe->views};
    size_t bytes;

    *p = (struct nai_preview){.recipe = recipe, .floats = floats};
    for (size_t g = 0; g < recipe->ngroups; g++)
        p->size = recipe->group[g].size > p->size ? recipe->group[g].size : p->size;
    p->h = nts_header_new("views");
    if (!p->h || nts_header_section(p->h, "rows", -1) < 0 ||
        nts_header_field(p->h, 0, "x", NAI_U8, 4,
                         (const uint64_t[]){recipe->views, recipe->channels, p->size, p->size}) < 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (!nai_mul(&bytes, recipe->views * recipe->channels, p->size * p->size) ||
        !(p->cell = nai_alloc(bytes, 1, "the preview", err)))
        return NAI_ESYSTEM;
    /* one image on a line, of which the sheet counts the views */
    return nai_png_create(&p->png, fd, name, p->h, &options, err);
}

static unsigned char shade(const struct nai_preview *p, const void *at, size_t i, size_t c)
{
    return p->floats ? (unsigned char)lrint((double)((const float *)at)[i] * p->recipe->std[c] +
                                            p->recipe->mean[c])
                     : ((const unsigned char *)at)[i];
}

/* The views of one row, each in the middle of its cell. */
static void lay_out(struct nai_preview *p, void *const *views, size_t row)
{
    const struct nai_recipe *const r = p->recipe;
    const size_t plane = p->size * p->size, width = p->floats ? sizeof(float) : 1;

    memset(p->cell, 255, r->views * r->channels * plane);
    for (size_t g = 0; g < r->ngroups; g++) {
        const struct nai_view_group *const q = &r->group[g];
        const size_t n = q->size * q->size, margin = (p->size - q->size) / 2;
        const char *at = (const char *)views[g] + row * q->views * r->channels * n * width;

        for (size_t k = 0; k < q->views * r->channels; k++, at += n * width) {
            unsigned char *const to = p->cell + (q->first * r->channels + k) * plane;
            for (size_t i = 0; i < n; i++)
                to[(margin + i / q->size) * p->size + margin + i % q->size] =
                    shade(p, at, i, k % r->channels);
        }
    }
}

int nai_preview_put(struct nai_preview *p, void *const *views, size_t rows, struct nai_err *err)
{
    const void *const data[1] = {p->cell};
    const struct nts_batch one = {.rows = 1, .data = data};
    int st = NAI_OK;

    for (size_t i = 0; i < rows && p->rows < NAI_PREVIEW_ROWS && st == NAI_OK; i++, p->rows++) {
        lay_out(p, views, i);
        st = p->png.put(&p->png, &one, err);
    }
    return st;
}

int nai_preview_finish(struct nai_preview *p, struct nai_err *err)
{
    return p->png.finish(&p->png, err);
}

void nai_preview_close(struct nai_preview *p)
{
    nai_target_close(&p->png);
    nts_header_free(p->h);
    nai_free(p->cell);
    *p = (struct nai_preview){0};
}
