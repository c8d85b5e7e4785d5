/* layout.c - see layout.h
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "lanes.h"
#include "real.h"
#include "tables.h"

enum { STRIP = 64 }; /* pixels of all channels that are moved while they are in the cache */

static inline size_t blocks_of(const struct nai_shape *s)
{
    return (s->c + s->block - 1) / s->block;
}

/* Element (i, c, 0); the channel's next pixel is `block` further. */
static inline size_t offset_of(const struct nai_shape *s, size_t i, size_t c)
{
    return ((i * blocks_of(s) + c / s->block) * s->h * s->w) * s->block + c % s->block;
}

/* One source of pixels each. An image's padding is cleared with its last block. */
#define UPLOAD(NAME, TYPE)                                                                         \
    static void NAME(struct nai_device *d, const struct nai_shape *s, const TYPE *x,               \
                     size_t stride, const double *mean, const double *std, struct nai_buf *y)      \
    {                                                                                              \
        const size_t hw = s->h * s->w, block = s->block, padded = blocks_of(s) * block;            \
        real *const to = nai_io(y);                                                                \
                                                                                                   \
        (void)d;                                                                                   \
        _Pragma("omp parallel for") for (size_t i = 0; i < s->n; i++)                              \
        {                                                                                          \
            const TYPE *const from = x + i * stride;                                               \
            if (padded > s->c)                                                                     \
                memset(to + offset_of(s, i, padded - block), 0, hw * block * sizeof *to);          \
            for (size_t c = 0; c < s->c; c++) {                                                    \
                const double m = mean[c], sd = std[c];                                             \
                real *const out = to + offset_of(s, i, c);                                         \
                for (size_t p = 0; p < hw; p++)                                                    \
                    out[p * block] = (real)(((double)from[c * hw + p] - m) / sd);                  \
            }                                                                                      \
        }                                                                                          \
    }

UPLOAD(upload_u8, uint8_t)
UPLOAD(upload_f32, float)
UPLOAD(upload_f64, double)

static void image_reorder(struct nai_device *d, const struct nai_shape *sx, const struct nai_buf *x,
                          const struct nai_shape *sy, struct nai_buf *y)
{
    const size_t hw = sx->h * sx->w, strips = (hw + STRIP - 1) / STRIP;
    const size_t padded = blocks_of(sy) * sy->block, bx = sx->block, by = sy->block;
    const real *const from = nai_in(x);
    real *const to = nai_io(y);

    (void)d;
#pragma omp parallel for collapse(2)
    for (size_t i = 0; i < sx->n; i++)
        for (size_t k = 0; k < strips; k++) {
            const size_t first = k * STRIP, last = nai_min(hw, first + STRIP);
            for (size_t c = 0; c < padded; c++) {
                const real *const in = from + (c < sx->c ? offset_of(sx, i, c) : 0);
                real *const out = to + offset_of(sy, i, c);
                for (size_t p = first; p < last; p++)
                    out[p * by] = c < sx->c ? in[p * bx] : 0;
            }
        }
}

static void image_shortcut_a(struct nai_device *d, const struct nai_shape *sx,
                             const struct nai_buf *x, size_t stride, size_t before,
                             const struct nai_shape *sy, struct nai_buf *y)
{
    const size_t padded = blocks_of(sy) * sy->block, bx = sx->block, by = sy->block;
    const real *const from = nai_in(x);
    real *const to = nai_io(y);

    (void)d;
#pragma omp parallel for
    for (size_t i = 0; i < sx->n; i++)
        for (size_t c = 0; c < padded; c++) {
            const bool copied = c >= before && c - before < sx->c && c < sy->c;
            const real *const in = from + (copied ? offset_of(sx, i, c - before) : 0);
            real *const out = to + offset_of(sy, i, c);
            for (size_t r = 0; r < sy->h; r++)
                for (size_t q = 0; q < sy->w; q++)
                    out[(r * sy->w + q) * by] =
                        copied ? in[(r * stride * sx->w + q * stride) * bx] : 0;
        }
}

static void image_shortcut_a_backward(struct nai_device *d, const struct nai_shape *sy,
                                      const struct nai_buf *dy, size_t stride, size_t before,
                                      const struct nai_shape *sx, struct nai_buf *dx)
{
    const size_t bx = sx->block, by = sy->block, size = nai_shape_count(sx) / sx->n;
    const real *const from = nai_in(dy);
    real *const to = nai_io(dx);

    (void)d;
#pragma omp parallel for
    for (size_t i = 0; i < sx->n; i++) {
        memset(to + i * size, 0, size * sizeof *to);
        for (size_t c = 0; c < sx->c && c + before < sy->c; c++) {
            const real *const in = from + offset_of(sy, i, c + before);
            real *const out = to + offset_of(sx, i, c);
            for (size_t r = 0; r < sy->h; r++)
                for (size_t q = 0; q < sy->w; q++)
                    out[(r * stride * sx->w + q * stride) * bx] = in[(r * sy->w + q) * by];
        }
    }
}

const struct nai_image_ops NAI_R(nai_cpu_image) = {
    .upload_u8 = upload_u8,
    .upload_f32 = upload_f32,
    .upload_f64 = upload_f64,
    .reorder = image_reorder,
    .shortcut_a = image_shortcut_a,
    .shortcut_a_backward = image_shortcut_a_backward,
};
