/* view_color.c - see view_color.h
 * SPDX-License-Identifier: MIT */
#include "view_color.h"

#include <math.h>

#include "view_simd.h"

/* BIAS: what rounding a factor may take from 255 times it, so that a product that is whole, or that
 * Pillow's floats round to one, is not cut to the level below. */
enum { BITS = 20, ONE = 1 << BITS, BIAS = 128 };

#define GRAY(r, g, b) (((r)*19595 + (g)*38470 + (b)*7471 + 0x8000) >> 16)

/* v, cut to [0, 255]. */
#define CLIP(v)                                                                                    \
    do {                                                                                           \
        (v) &= ~((v) >> 31);                                                                       \
        (v) += (255 - (v)) & NAI_LESS(255, v);                                                     \
    } while (0)

static int32_t fixed(float f)
{
    return (int32_t)lrint((double)f * ONE);
}

/* (base + f v) / 2^20, floored and cut to a byte, for n values. */
NAI_VIEW_CLONES static void scale_add(uint8_t *x, size_t n, int32_t f, int32_t base)
{
    for (size_t i = 0; i < n; i += NAI_LANES) {
        nai_i32x16 v;
        NAI_LOAD(v, x + i);
        v = (v * f + base) >> BITS;
        CLIP(v);
        NAI_STORE(x + i, v);
    }
}

void nai_adjust_brightness(const struct nai_planes *p, float f)
{
    for (size_t c = 0; c < p->channels; c++)
        scale_add(p->x + c * p->step, p->n, fixed(f), BIAS);
}

/* The sum of the grey values of n pixels; past them, whatever there is does not count. */
NAI_VIEW_CLONES static uint64_t sum_gray(const uint8_t *x, size_t n, size_t step)
{
    const size_t whole = n & ~(size_t)(NAI_LANES - 1);
    uint64_t total = 0;

    for (size_t i = 0; i < whole;) {
        const size_t stop = whole - i > 65536 ? i + 65536 : whole;
        nai_i32x16 sum = {0}, r, g, b;
        for (; i < stop; i += NAI_LANES) {
            NAI_LOAD(r, x + i);
            NAI_LOAD(g, x + step + i);
            NAI_LOAD(b, x + 2 * step + i);
            sum += GRAY(r, g, b);
        }
        for (size_t k = 0; k < NAI_LANES; k++)
            total += (uint64_t)sum[k];
    }
    for (size_t i = whole; i < n; i++)
        total += (uint64_t)GRAY(x[i], x[step + i], x[2 * step + i]);
    return total;
}

void nai_adjust_contrast(const struct nai_planes *p, float f)
{
    const uint64_t sum = sum_gray(p->x, p->n, p->channels == 3 ? p->step : 0);
    const int32_t mean = (int32_t)((2 * sum + p->n) / (2 * p->n)), a = fixed(f);

    for (size_t c = 0; c < p->channels; c++)
        scale_add(p->x + c * p->step, p->n, a, mean * (ONE - a) + BIAS);
}

NAI_VIEW_CLONES static void saturate(uint8_t *x, size_t n, size_t step, int32_t f)
{
    for (size_t i = 0; i < n; i += NAI_LANES) {
        nai_i32x16 r, g, b, gray;
        NAI_LOAD(r, x + i);
        NAI_LOAD(g, x + step + i);
        NAI_LOAD(b, x + 2 * step + i);
        gray = GRAY(r, g, b) * (ONE - f) + BIAS;
        r = (r * f + gray) >> BITS;
        g = (g * f + gray) >> BITS;
        b = (b * f + gray) >> BITS;
        CLIP(r);
        CLIP(g);
        CLIP(b);
        NAI_STORE(x + i, r);
        NAI_STORE(x + step + i, g);
        NAI_STORE(x + 2 * step + i, b);
    }
}

void nai_adjust_saturation(const struct nai_planes *p, float f)
{
    if (p->channels == 3)
        saturate(p->x, p->n, p->step, fixed(f));
}

/* trunc(255 y) of float y in [0, 1], as Pillow has it in double: when the float product comes out
 * whole, the exact one may lie below. 256 y is exact, and so is its difference from that whole. */
#define TIMES_255(out, y)                                                                          \
    do {                                                                                           \
        nai_f32x16 whole_;                                                                         \
        (out) = __builtin_convertvector((y)*255.0F, nai_i32x16);                                   \
        whole_ = __builtin_convertvector((out), nai_f32x16);                                       \
        (out) += (nai_i32x16)(((y)*256.0F - whole_) - (y)) >> 31; /* -1 when negative */           \
    } while (0)

/* One channel out of hue (6 h, 0 to 1530), saturation and value, by its distance round the circle:
 * v (1 - s m), m = clip(min(k, 4 - k)), k = (offset + 6 h) mod 6, all in 255ths. */
#define FROM_HSV(out, offset)                                                                      \
    do {                                                                                           \
        nai_i32x16 k_ = hue + (offset)*255, m_;                                                    \
        k_ -= NAI_LESS(1529, k_) & 1530;                                                           \
        m_ = NAI_SMALLER(k_, 1020 - k_);                                                           \
        CLIP(m_);                                                                                  \
        nai_u32x16 w_ = (nai_u32x16)(65025 - sat * m_) * 66051u >> 8; /* of 2^24 */                \
        w_ = (w_ * (nai_u32x16)max + (1u << 23)) >> 24;                                            \
        NAI_STORE((out), w_);                                                                      \
    } while (0)

/* turn: 0 to 255 steps of the hue. */
NAI_VIEW_CLONES static void turn_hue(uint8_t *x, size_t n, size_t step, int32_t turn)
{
    for (size_t i = 0; i < n; i += NAI_LANES) {
        nai_i32x16 r, g, b, max, min, mid, last, hue, sat, not_r, not_g;
        nai_f32x16 y, h;

        NAI_LOAD(r, x + i);
        NAI_LOAD(g, x + step + i);
        NAI_LOAD(b, x + 2 * step + i);
        max = NAI_LARGER(r, g);
        max = NAI_LARGER(max, b);
        min = NAI_SMALLER(r, g);
        min = NAI_SMALLER(min, b);
        mid = r + g + b - max - min;
        hue = max - min;
        hue -= NAI_LESS(hue, 1); /* grey: nothing to divide by, and nothing that counts */
        y = __builtin_convertvector(max - mid, nai_f32x16) /
            __builtin_convertvector(hue, nai_f32x16);

        /* the hue in sixths: 0, 2 or 4 for the largest channel, the first of equals; and 1 - y
         * towards the next one, if the last of the three is the smallest, else y - 1 */
        not_r = NAI_LESS(r, max);
        not_g = NAI_LESS(g, max);
        last = NAI_SELECT(not_r, NAI_SELECT(not_g, g, r), b);
        last = NAI_LESS(min, last);
        hue = (not_r & (2 + (not_g & 2))) + 1 + (last & -2);
        h = (nai_f32x16)((nai_i32x16)y ^ (~last & INT32_MIN)); /* y, negative if it is so */
        h = __builtin_convertvector(hue, nai_f32x16) + h;
        hue = (nai_i32x16)h >> 31;
        h = h / 6.0F + (nai_f32x16)(hue & 0x3f800000); /* 1.0 */
        TIMES_255(hue, h);
        hue = (hue + turn) & 255;
        hue *= 6;

        sat = NAI_LARGER(max, 1);
        y = __builtin_convertvector(max - min, nai_f32x16) /
            __builtin_convertvector(sat, nai_f32x16);
        TIMES_255(sat, y);

        FROM_HSV(x + i, 5);
        FROM_HSV(x + step + i, 3);
        FROM_HSV(x + 2 * step + i, 1);
    }
}

void nai_adjust_hue(const struct nai_planes *p, float f)
{
    if (p->channels == 3)
        turn_hue(p->x, p->n, p->step, (int32_t)((double)f * 255) & 255);
}

NAI_VIEW_CLONES static void gray(uint8_t *x, size_t n, size_t step)
{
    for (size_t i = 0; i < n; i += NAI_LANES) {
        nai_i32x16 r, g, b;
        NAI_LOAD(r, x + i);
        NAI_LOAD(g, x + step + i);
        NAI_LOAD(b, x + 2 * step + i);
        r = GRAY(r, g, b);
        for (size_t c = 0; c < 3; c++)
            NAI_STORE(x + c * step + i, r);
    }
}

void nai_to_gray(const struct nai_planes *p)
{
    if (p->channels == 3)
        gray(p->x, p->n, p->step);
}

NAI_VIEW_CLONES static void invert_from(uint8_t *x, size_t n, int32_t threshold)
{
    for (size_t i = 0; i < n; i += NAI_LANES) {
        nai_i32x16 v;
        NAI_LOAD(v, x + i);
        v = NAI_SELECT(NAI_LESS(v, threshold), v, 255 - v);
        NAI_STORE(x + i, v);
    }
}

void nai_solarize(const struct nai_planes *p, unsigned threshold)
{
    for (size_t c = 0; c < p->channels; c++)
        invert_from(p->x + c * p->step, p->n, (int32_t)threshold);
}
