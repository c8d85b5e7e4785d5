/* pool.c - see pool.h
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "lanes.h"
#include "real.h"
#include "tables.h"

enum { SERIAL = 1 << 14 };

static inline size_t blocks_of(const struct nai_shape *s)
{
    return (s->c + s->block - 1) / s->block;
}

/* The pixels of x that output pixel (r, q) sees. */
struct window {
    size_t top, bottom, left, right;
};

static inline struct window window_at(const struct nai_pool_spec *s, size_t r, size_t q)
{
    const size_t top = r * s->stride, left = q * s->stride; /* of the padded picture */

    return (struct window){
        .top = top > s->pad ? top - s->pad : 0,
        .bottom = nai_min(top + s->kernel - nai_min(top + s->kernel, s->pad), s->x.h),
        .left = left > s->pad ? left - s->pad : 0,
        .right = nai_min(left + s->kernel - nai_min(left + s->kernel, s->pad), s->x.w),
    };
}

/* `lanes` channels of one sample, `block` elements from pixel to pixel; both, and max, constants
 * where it matters. */
__attribute__((always_inline)) static inline void forward_lanes(const struct nai_pool_spec *s,
                                                                const real *restrict x,
                                                                real *restrict y, size_t lanes,
                                                                size_t block, bool max)
{
    const real share = (real)(1 / (double)(s->kernel * s->kernel));

    for (size_t r = 0; r < s->y.h; r++)
        for (size_t q = 0; q < s->y.w; q++) {
            const struct window v = window_at(s, r, q);
            real acc[NAI_LANES];
            for (size_t l = 0; l < lanes; l++)
                acc[l] = max ? (real)-INFINITY : 0;
            for (size_t i = v.top; i < v.bottom; i++)
                for (size_t j = v.left; j < v.right; j++) {
                    const real *const in = x + (i * s->x.w + j) * block;
#pragma omp simd
                    for (size_t l = 0; l < lanes; l++)
                        if (!max)
                            acc[l] += in[l];
                        else /* NaN wins */
                            acc[l] = in[l] > acc[l] || in[l] != in[l] ? in[l] : acc[l];
                }
            for (size_t l = 0; l < lanes; l++)
                y[(r * s->y.w + q) * block + l] = max ? acc[l] : acc[l] * share;
        }
}

NAI_CLONES
static void forward_any(const struct nai_pool_spec *s, const real *x, real *y)
{
    const size_t block = s->x.block;

    if (block == NAI_BLOCK && s->max)
        forward_lanes(s, x, y, NAI_BLOCK, NAI_BLOCK, true);
    else if (block == NAI_BLOCK)
        forward_lanes(s, x, y, NAI_BLOCK, NAI_BLOCK, false);
    else
        for (size_t l = 0; l < block; l += NAI_LANES)
            forward_lanes(s, x + l, y + l, nai_min(NAI_LANES, block - l), block, s->max);
}

static void pool_forward(struct nai_device *d, const struct nai_pool_spec *s,
                         const struct nai_buf *x, struct nai_buf *y)
{
    const size_t blocks = s->x.n * blocks_of(&s->x);
    const size_t from = s->x.h * s->x.w * s->x.block, to = s->y.h * s->y.w * s->y.block;

    (void)d;
#pragma omp parallel for if (blocks * from > SERIAL)
    for (size_t b = 0; b < blocks; b++)
        forward_any(s, nai_in(x) + b * from, nai_io(y) + b * to);
}

/* Does each pixel lie in exactly one window? */
static inline bool tiled(const struct nai_pool_spec *s)
{
    return s->kernel == s->stride && s->pad == 0 && s->y.h * s->stride == s->x.h &&
           s->y.w * s->stride == s->x.w;
}

/* As forward_lanes. The gradient of a maximum goes to the first pixel that equals it. tiles: dx is
 * written, once each, and not added to. */
__attribute__((always_inline)) static inline void
backward_lanes(const struct nai_pool_spec *s, const real *restrict x, const real *restrict y,
               const real *restrict dy, real *restrict dx, size_t lanes, size_t block, bool max,
               bool tiles)
{
    const real share = (real)(1 / (double)(s->kernel * s->kernel));

    for (size_t r = 0; r < s->y.h; r++)
        for (size_t q = 0; q < s->y.w; q++) {
            const struct window v = window_at(s, r, q);
            const size_t out = (r * s->y.w + q) * block;
            real left[NAI_LANES];
            for (size_t l = 0; l < lanes; l++)
                left[l] = max ? dy[out + l] : dy[out + l] * share;
            for (size_t i = v.top; i < v.bottom; i++)
                for (size_t j = v.left; j < v.right; j++) {
                    const size_t at = (i * s->x.w + j) * block;
#pragma omp simd
                    for (size_t l = 0; l < lanes; l++) {
                        const bool here = !max || x[at + l] == y[out + l];
                        const real old = tiles ? 0 : dx[at + l];
                        dx[at + l] = old + (here ? left[l] : 0);
                        left[l] = max && here ? 0 : left[l];
                    }
                }
        }
}

NAI_CLONES
static void backward_any(const struct nai_pool_spec *s, const real *x, const real *y,
                         const real *dy, real *dx)
{
    const size_t block = s->x.block;

    if (block == NAI_BLOCK && s->max && tiled(s)) {
        backward_lanes(s, x, y, dy, dx, NAI_BLOCK, NAI_BLOCK, true, true);
        return;
    }
    memset(dx, 0, s->x.h * s->x.w * block * sizeof *dx);
    if (block == NAI_BLOCK && s->max)
        backward_lanes(s, x, y, dy, dx, NAI_BLOCK, NAI_BLOCK, true, false);
    else if (block == NAI_BLOCK)
        backward_lanes(s, x, y, dy, dx, NAI_BLOCK, NAI_BLOCK, false, false);
    else
        for (size_t l = 0; l < block; l += NAI_LANES)
            backward_lanes(s, x + l, y + l, dy + l, dx + l, nai_min(NAI_LANES, block - l), block,
                           s->max, false);
}

static void pool_backward(struct nai_device *d, const struct nai_pool_spec *s,
                          const struct nai_buf *x, const struct nai_buf *y,
                          const struct nai_buf *dy, struct nai_buf *dx)
{
    const size_t blocks = s->x.n * blocks_of(&s->x);
    const size_t from = s->x.h * s->x.w * s->x.block, to = s->y.h * s->y.w * s->y.block;

    (void)d;
#pragma omp parallel for if (blocks * from > SERIAL)
    for (size_t b = 0; b < blocks; b++)
        backward_any(s, nai_in(x) + b * from, nai_in(y) + b * to, nai_in(dy) + b * to,
                     nai_io(dx) + b * from);
}

/* As forward_lanes, from the last pixel of the window to the first: that of equal ones stays. */
__attribute__((always_inline)) static inline void
tangent_lanes(const struct nai_pool_spec *s, const real *restrict x, const real *restrict y,
              const real *restrict tx, real *restrict ty, size_t lanes, size_t block)
{
    for (size_t r = 0; r < s->y.h; r++)
        for (size_t q = 0; q < s->y.w; q++) {
            const struct window v = window_at(s, r, q);
            const size_t out = (r * s->y.w + q) * block;
            real acc[NAI_LANES];
            for (size_t l = 0; l < lanes; l++)
                acc[l] = 0;
            for (size_t i = v.bottom; i-- > v.top;)
                for (size_t j = v.right; j-- > v.left;) {
                    const size_t at = (i * s->x.w + j) * block;
#pragma omp simd
                    for (size_t l = 0; l < lanes; l++)
                        acc[l] = x[at + l] == y[out + l] ? tx[at + l] : acc[l];
                }
            for (size_t l = 0; l < lanes; l++)
                ty[out + l] = acc[l];
        }
}

NAI_CLONES
static void tangent_any(const struct nai_pool_spec *s, const real *x, const real *y, const real *tx,
                        real *ty)
{
    const size_t block = s->x.block;

    if (block == NAI_BLOCK)
        tangent_lanes(s, x, y, tx, ty, NAI_BLOCK, NAI_BLOCK);
    else
        for (size_t l = 0; l < block; l += NAI_LANES)
            tangent_lanes(s, x + l, y + l, tx + l, ty + l, nai_min(NAI_LANES, block - l), block);
}

static void pool_max_tangent(struct nai_device *d, const struct nai_pool_spec *s,
                             const struct nai_buf *x, const struct nai_buf *y,
                             const struct nai_buf *tx, struct nai_buf *ty)
{
    const size_t blocks = s->x.n * blocks_of(&s->x);
    const size_t from = s->x.h * s->x.w * s->x.block, to = s->y.h * s->y.w * s->y.block;

    (void)d;
#pragma omp parallel for if (blocks * from > SERIAL)
    for (size_t b = 0; b < blocks; b++)
        tangent_any(s, nai_in(x) + b * from, nai_in(y) + b * to, nai_in(tx) + b * from,
                    nai_io(ty) + b * to);
}

NAI_CLONES
static void sum_run(const real *restrict x, const struct nai_run *r, double *restrict sum)
{
    if (r->lanes == NAI_BLOCK && r->step == NAI_BLOCK) {
        const real *in = x + r->at;
        size_t p = 0;
        for (; p + 4 <= r->positions; p += 4, in += 4 * NAI_BLOCK)
#pragma omp simd
            for (size_t l = 0; l < NAI_BLOCK; l++)
                sum[l] += (double)((in[l] + in[l + NAI_BLOCK]) +
                                   (in[l + 2 * NAI_BLOCK] + in[l + 3 * NAI_BLOCK]));
        for (; p < r->positions; p++, in += NAI_BLOCK)
            for (size_t l = 0; l < NAI_BLOCK; l++)
                sum[l] += (double)in[l];
        return;
    }
    for (size_t p = 0; p < r->positions; p++)
#pragma omp simd
        for (size_t l = 0; l < r->lanes; l++)
            sum[l] += (double)x[r->at + p * r->step + l];
}

static void pool_global(struct nai_device *d, const struct nai_shape *sx, const struct nai_buf *x,
                        struct nai_buf *y)
{
    const size_t slices = nai_slices(sx);
    const double pixels = (double)(sx->h * sx->w);

    (void)d;
#pragma omp parallel for collapse(2) if (nai_shape_count(sx) > SERIAL)
    for (size_t i = 0; i < sx->n; i++)
        for (size_t k = 0; k < slices; k++) {
            const struct nai_slice sl = nai_slice_at(sx, k);
            double sum[NAI_LANES] = {0};
            struct nai_run r;
            for (size_t run = 0; nai_run_next(&r, &run, &sl, i, i + 1);)
                sum_run(nai_in(x), &r, sum);
            if (sl.pixels)
                for (size_t l = 1; l < sl.lanes; l++)
                    sum[0] += sum[l];
            for (size_t l = 0; l < sl.count; l++)
                nai_io(y)[i * sx->c + sl.first + l] = (real)(sum[l] / pixels);
        }
}

static void pool_global_backward(struct nai_device *d, const struct nai_shape *sx,
                                 const struct nai_buf *dy, struct nai_buf *dx)
{
    const size_t blocks = blocks_of(sx), block = sx->block, hw = sx->h * sx->w;
    const real share = (real)(1 / (double)hw);

    (void)d;
#pragma omp parallel for collapse(2) if (nai_shape_count(sx) > SERIAL)
    for (size_t i = 0; i < sx->n; i++)
        for (size_t b = 0; b < blocks; b++) {
            const size_t count = nai_min(block, sx->c - b * block);
            const real *const from = nai_in(dy) + i * sx->c + b * block;
            real *const to = nai_io(dx) + (i * blocks + b) * hw * block;
            for (size_t l = 0; l < block; l++)
                to[l] = l < count ? from[l] * share : 0;
            for (size_t p = 1; p < hw; p++)
                memcpy(to + p * block, to, block * sizeof *to);
        }
}

const struct nai_pool_ops NAI_R(nai_cpu_pool) = {
    .forward = pool_forward,
    .backward = pool_backward,
    .max_tangent = pool_max_tangent,
    .global = pool_global,
    .global_backward = pool_global_backward,
};
