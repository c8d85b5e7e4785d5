/* export_png.c - the first images of a stream side by side, as one PNG
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "export.h"
#include "mem.h"

enum { DEFAULT_ROWS = 64, GAP = 2, WHITE = 255, MAX_SIDE = 1 << 16 };

struct state {
    struct nai_columns *out;
    struct nai_pick *pick;
    size_t views, channels, height, width; /* of a row: views images */
    size_t rows, columns, scale;           /* asked for */
    size_t images;                         /* held: views of the rows so far */
    double *pixel;                         /* f64[rows * views][channels][height][width] */
};

/* [C,H,W], [H,W] or, for several views of an image, [M,C,H,W]. */
static int take_shape(struct state *st, struct nai_err *err)
{
    const struct nai_pick *const p = st->pick;
    const uint64_t *const s = p->shape + 1;
    const size_t nd = p->ndim - 1;
    char text[100] = "";

    if (!p->tensor && nd >= 2 && nd <= 4 && s[nd - 1] <= MAX_SIDE && s[nd - 2] <= MAX_SIDE &&
        (nd == 2 || s[nd - 3] == 1 || s[nd - 3] == 3) && p->count > 0) {
        st->width = (size_t)s[nd - 1];
        st->height = (size_t)s[nd - 2];
        st->channels = nd == 2 ? 1 : (size_t)s[nd - 3];
        st->views = nd == 4 ? (size_t)s[0] : 1;
        return NAI_OK;
    }
    for (size_t i = 0, at = 0; i < nd && !p->tensor && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%llu", i ? "," : "",
                               (unsigned long long)s[i]);
    return nai_err_set(err, NAI_EUSAGE,
                       "field '%.100s' [%s] holds no images: [C,H,W] with C = 1 or 3, [H,W], or "
                       "[views,C,H,W] does; choose one with --field",
                       p->name, text);
}

/* The field asked for, or the only one, or the only one of images' rank. */
static int choose(struct state *st, const struct nts_header *h, const char *fields,
                  struct nai_err *err)
{
    size_t n, found = 0, which = 0;
    struct nai_pick *all;
    int rc;

    if (fields)
        return nai_export_one(&st->pick, h, fields, err);
    if ((rc = nai_export_pick(&all, &n, h, NULL, err)))
        return rc;
    for (size_t i = 0; i < n; i++)
        if (!all[i].tensor && all[i].ndim >= 3) {
            found++;
            which = i;
        }
    if (found == 1) {
        const struct nai_pick first = all[0];
        all[0] = all[which];
        all[which] = first;
        for (size_t i = 1; i < n; i++)
            free(all[i].name);
        st->pick = all;
        return NAI_OK;
    }
    nai_export_unpick(all, n);
    return found ? nai_export_one(&st->pick, h, NULL, err)
                 : nai_err_set(err, NAI_EUSAGE, "the stream has no field of images");
}

static int put(struct nai_target *t, const struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = t->state;
    const struct nai_pick *const p = st->pick;
    const size_t have = st->images / st->views, left = st->rows - have;
    const size_t n = b->rows < left ? b->rows : left;

    (void)err;
    if (b->section != p->section)
        return NAI_OK;
    nai_to_f64(st->pixel + have * p->count, b->data[p->field], p->dtype, n * p->count);
    st->images += n * st->views;
    return NAI_OK;
}

/* What is drawn black and white: the type's range for u8, else that of the finite values. */
static void find_range(const struct state *st, double *lo, double *hi)
{
    const size_t n = st->images * st->channels * st->height * st->width;

    *lo = 0;
    *hi = 255;
    if (st->pick->dtype == NAI_U8)
        return;
    *lo = INFINITY;
    *hi = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        *lo = isfinite(st->pixel[i]) && st->pixel[i] < *lo ? st->pixel[i] : *lo;
        *hi = isfinite(st->pixel[i]) && st->pixel[i] > *hi ? st->pixel[i] : *hi;
    }
}

static uint8_t shade(double v, double lo, double hi)
{
    if (!(v > lo)) /* also what is not finite, and a constant image */
        return 0;
    return v >= hi ? 255 : (uint8_t)lrint((v - lo) / (hi - lo) * 255);
}

/* Image number i into the sheet, at its cell. */
static void draw(uint8_t *sheet, size_t stride, const struct state *st, size_t i, double lo,
                 double hi)
{
    const size_t x0 = GAP + i % st->columns * (st->width * st->scale + GAP);
    const size_t y0 = GAP + i / st->columns * (st->height * st->scale + GAP);
    const size_t plane = st->height * st->width;
    const double *const image = st->pixel + i * st->channels * plane;

    for (size_t y = 0; y < st->height * st->scale; y++)
        for (size_t x = 0; x < st->width * st->scale; x++)
            for (size_t c = 0; c < st->channels; c++)
                sheet[(y0 + y) * stride + (x0 + x) * st->channels + c] =
                    shade(image[c * plane + y / st->scale * st->width + x / st->scale], lo, hi);
}

/* A sheet as PNG into memory, with libpng's simplified interface. */
static int encode(struct state *st, const uint8_t *sheet, size_t width, size_t height,
                  struct nai_err *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = st->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *const png = nai_alloc(size, 1, "the PNG", err);
    int rc = png ? NAI_OK : NAI_ESYSTEM;

    if (!rc && !png_image_write_to_memory(&image, png, &size, 0, sheet, 0, NULL))
        rc = nai_err_set(err, NAI_ESYSTEM, "libpng: %s", image.message);
    if (!rc)
        rc = nai_columns_write(st->out, png, size, err);
    if (!rc)
        rc = nai_columns_end(st->out, size, err);
    png_image_free(&image);
    nai_free(png);
    return rc;
}

static int finish(struct nai_target *t, struct nai_err *err)
{
    struct state *const st = t->state;
    size_t square = 1, lines, width, height, stride, bytes;
    uint8_t *sheet;
    double lo, hi;
    int rc;

    if (st->images == 0)
        return nai_err_set(err, NAI_EINPUT, "the stream has no rows to show");
    while (square * square < st->images)
        square++;
    if (st->columns == 0)
        st->columns = st->views > 1 ? st->views : square;
    st->columns = st->columns < st->images ? st->columns : st->images;
    lines = (st->images + st->columns - 1) / st->columns;
    if (!nai_mul(&width, st->columns, st->width * st->scale + GAP) ||
        !nai_mul(&height, lines, st->height * st->scale + GAP) || width > INT32_MAX / 8 ||
        height > INT32_MAX / 8 || !nai_mul(&stride, width + GAP, st->channels) ||
        !nai_mul(&bytes, stride, height + GAP) || bytes > UINT32_MAX / 2)
        return nai_err_set(err, NAI_EUSAGE,
                           "the sheet would be too large: fewer --rows or a "
                           "smaller --scale");
    if (!(sheet = nai_alloc(bytes, 1, "the sheet", err)))
        return NAI_ESYSTEM;
    memset(sheet, WHITE, bytes);
    find_range(st, &lo, &hi);
    for (size_t i = 0; i < st->images; i++)
        draw(sheet, stride, st, i, lo, hi);
    rc = encode(st, sheet, width + GAP, height + GAP, err);
    nai_free(sheet);
    return rc;
}

static void close_all(struct nai_target *t)
{
    struct state *const st = t->state;

    nai_columns_free(st->out);
    nai_export_unpick(st->pick, 1);
    nai_free(st->pixel);
    free(st);
}

int nai_png_create(struct nai_target *t, int fd, const char *name, const struct nts_header *h,
                   const struct nai_export *o, struct nai_err *err)
{
    struct state *const st = calloc(1, sizeof *st);
    int rc;

    *t = (struct nai_target){0};
    if (!st)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", name);
    *t = (struct nai_target){.state = st, .put = put, .finish = finish, .close = close_all};
    st->rows = o->rows ? o->rows : DEFAULT_ROWS;
    st->columns = o->columns;
    st->scale = o->scale ? o->scale : 1;
    rc = choose(st, h, o->fields, err);
    if (!rc)
        rc = take_shape(st, err);
    if (!rc && st->pick->known && st->pick->shape[0] < st->rows)
        st->rows = (size_t)st->pick->shape[0];
    if (!rc) {
        size_t n;
        if (!nai_mul(&n, st->rows, st->pick->count))
            rc = nai_err_set(err, NAI_EUSAGE, "--rows %zu is too large", st->rows);
        else if (!(st->pixel = nai_alloc(n, sizeof *st->pixel, "the images", err)))
            rc = NAI_ESYSTEM;
    }
    if (!rc)
        rc = nai_columns_new(&st->out, fd, name, 0, false, err);
    if (rc)
        nai_target_close(t);
    return rc;
}
