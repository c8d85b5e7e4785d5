/* im2col.c - see im2col.h
 * SPDX-License-Identifier: MIT */
#include "im2col.h"

#include <string.h>

#include "tile.h"

static size_t blocks(const struct nai_shape *s)
{
    return (s->c + s->block - 1) / s->block;
}

/* Where channel c (the first of its block's that are meant) of a pixel is. */
static size_t offset(const struct nai_shape *s, size_t image, size_t c, size_t i, size_t j)
{
    return (((image * blocks(s) + c / s->block) * s->h + i) * s->w + j) * s->block + c % s->block;
}

/* How many of the n channels from c on lie beside each other. */
static size_t run(const struct nai_shape *s, size_t c, size_t n)
{
    return nai_min(n, s->block - c % s->block);
}

static inline void copy(size_t n, real *restrict to, const real *restrict from)
{
    for (size_t c = 0; c < n; c++)
        to[c] = from[c];
}

static inline void add(size_t n, real *restrict to, const real *restrict from)
{
    for (size_t c = 0; c < n; c++)
        to[c] += from[c];
}

/* A patch's place: of the kernel's columns q0 <= q < q1 lie within the image, and its rows p0..p1.
 */
struct patch {
    size_t image, i, j; /* of the output pixel */
    size_t p0, p1, q0, q1;
};

/* Taps t0 <= t < t1 of `taps`, `pad` before an image `size` wide, at output position o. */
static void taps_inside(size_t *t0, size_t *t1, size_t taps, size_t size, size_t o, size_t stride,
                        size_t pad)
{
    const size_t at = o * stride; /* position of tap 0, plus pad */

    *t0 = at < pad ? nai_min(taps, pad - at) : 0;
    *t1 = size + pad > at ? nai_min(taps, size + pad - at) : 0;
    if (*t1 < *t0)
        *t1 = *t0;
}

static struct patch patch_of(const struct nai_conv2d_spec *s, size_t pixel)
{
    struct patch p = {
        .image = pixel / s->y.w / s->y.h, .i = pixel / s->y.w % s->y.h, .j = pixel % s->y.w};

    taps_inside(&p.p0, &p.p1, s->kh, s->x.h, p.i, s->stride, s->pad);
    taps_inside(&p.q0, &p.q1, s->kw, s->x.w, p.j, s->stride, s->pad);
    if (p.q0 == p.q1)
        p.p1 = p.p0;
    return p;
}

/* Whether one row of a patch lies in one piece in x, as it does in col. */
static bool whole_rows(const struct nai_conv2d_spec *s)
{
    return s->groups == 1 && s->x.block == s->x.c;
}

NAI_CLONES void NAI_R(nai_im2col)(const struct nai_conv2d_spec *s, size_t group, const real *x,
                                  size_t first, size_t count, real *col)
{
    const size_t n = s->x.c / s->groups, c0 = group * n, line = s->kw * n;
    const bool whole = whole_rows(s);

    for (size_t t = 0; t < count; t++, col += s->kh * line) {
        const struct patch a = patch_of(s, first + t);
        if (a.p1 - a.p0 < s->kh || a.q1 - a.q0 < s->kw)
            memset(col, 0, s->kh * line * sizeof *col);
        for (size_t p = a.p0; p < a.p1; p++) {
            const size_t i = a.i * s->stride + p - s->pad, j = a.j * s->stride + a.q0 - s->pad;
            real *to = col + p * line + a.q0 * n;
            if (whole) {
                copy((a.q1 - a.q0) * n, to, x + offset(&s->x, a.image, 0, i, j));
                continue;
            }
            for (size_t q = a.q0; q < a.q1; q++, to += n)
                for (size_t c = 0, m; c < n; c += m) {
                    m = run(&s->x, c0 + c, n - c);
                    copy(m, to + c, x + offset(&s->x, a.image, c0 + c, i, j + q - a.q0));
                }
        }
    }
}

NAI_CLONES void NAI_R(nai_col2im)(const struct nai_conv2d_spec *s, size_t group, const real *col,
                                  size_t first, size_t count, real *dx)
{
    const size_t n = s->x.c / s->groups, c0 = group * n, line = s->kw * n;
    const bool whole = whole_rows(s);

    for (size_t t = 0; t < count; t++, col += s->kh * line) {
        const struct patch a = patch_of(s, first + t);
        for (size_t p = a.p0; p < a.p1; p++) {
            const size_t i = a.i * s->stride + p - s->pad, j = a.j * s->stride + a.q0 - s->pad;
            const real *from = col + p * line + a.q0 * n;
            if (whole) {
                add((a.q1 - a.q0) * n, dx + offset(&s->x, a.image, 0, i, j), from);
                continue;
            }
            for (size_t q = a.q0; q < a.q1; q++, from += n)
                for (size_t c = 0, m; c < n; c += m) {
                    m = run(&s->x, c0 + c, n - c);
                    add(m, dx + offset(&s->x, a.image, c0 + c, i, j + q - a.q0), from + c);
                }
        }
    }
}

/* Pixels of a block follow one another within an image. */
NAI_CLONES void NAI_R(nai_pixels_get)(const struct nai_shape *shape, size_t c, size_t n,
                                      const real *y, size_t first, size_t count, real *rows)
{
    const size_t area = shape->h * shape->w;

    for (size_t t = 0, m; t < count; t += m) {
        const size_t image = (first + t) / area, pixel = (first + t) % area;
        m = nai_min(count - t, area - pixel);
        for (size_t k = 0, r; k < n; k += r) {
            r = run(shape, c + k, n - k);
            const real *const from = y + offset(shape, image, c + k, 0, 0) + pixel * shape->block;
            for (size_t i = 0; i < m; i++)
                copy(r, rows + (t + i) * n + k, from + i * shape->block);
        }
    }
}

NAI_CLONES void NAI_R(nai_pixels_put)(const struct nai_shape *shape, size_t c, size_t n, real *y,
                                      size_t first, size_t count, const real *rows)
{
    const size_t area = shape->h * shape->w;

    for (size_t t = 0, m; t < count; t += m) {
        const size_t image = (first + t) / area, pixel = (first + t) % area;
        m = nai_min(count - t, area - pixel);
        for (size_t k = 0, r; k < n; k += r) {
            r = run(shape, c + k, n - k);
            real *const to = y + offset(shape, image, c + k, 0, 0) + pixel * shape->block;
            for (size_t i = 0; i < m; i++)
                copy(r, to + i * shape->block, rows + (t + i) * n + k);
        }
    }
}
