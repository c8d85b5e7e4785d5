/* view_blur.c - see view_blur.h
 * SPDX-License-Identifier: MIT */
#include "view_blur.h"

#include <math.h>

#include "mem.h"
#include "view_simd.h"

enum { ONE = 1 << 16 };

/* A line of the image with its mirrored ends, then the image blurred across, in 8.8 bits. */
static size_t line_bytes(size_t size)
{
    return nai_pad64(size + NAI_BLUR_MAX + NAI_LANES);
}

size_t nai_blur_scratch(size_t size)
{
    return nai_pad64(line_bytes(size) + size * nai_round_up(size) * sizeof(uint16_t));
}

/* Weights that sum to 2^16: what rounding leaves goes to the middle. */
static void weigh(uint32_t *w, size_t taps, float sigma)
{
    double e[NAI_BLUR_MAX], sum = 0;
    uint32_t rest = ONE;

    for (size_t k = 0; k < taps; k++) {
        const double t = ((double)k - (double)(taps / 2)) / (double)sigma;
        sum += e[k] = exp(-0.5 * t * t);
    }
    for (size_t k = 0; k < taps; k++) {
        w[k] = (uint32_t)lrint(e[k] / sum * ONE);
        rest -= w[k];
    }
    w[taps / 2] += rest;
}

/* Index i - half of a line of n, mirrored at 0 and n - 1. */
static size_t mirror(size_t i, size_t half, size_t n)
{
    if (i < half)
        return half - i;
    i -= half;
    return i < n ? i : 2 * (n - 1) - i;
}

NAI_VIEW_CLONES static void across(uint16_t *dst, const uint8_t *line, size_t n, size_t taps,
                                   const uint32_t *w)
{
    for (size_t j = 0; j < n; j += NAI_LANES) {
        nai_u32x16 sum = {0}, v;
        sum += 128;
        for (size_t k = 0; k < taps; k++) {
            NAI_LOAD(v, line + j + k);
            sum += v * w[k];
        }
        sum >>= 8;
        const nai_u16x16 out = __builtin_convertvector(sum, nai_u16x16);
        memcpy(dst + j, &out, sizeof out);
    }
}

NAI_VIEW_CLONES static void down(uint8_t *dst, const uint16_t *src, size_t n, size_t taps,
                                 const uint32_t *w)
{
    const size_t step = nai_round_up(n), half = taps / 2;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j += NAI_LANES) {
            nai_u32x16 sum = {0};
            sum += 1u << 23;
            for (size_t k = 0; k < taps; k++) {
                nai_u16x16 v;
                memcpy(&v, src + mirror(i + k, half, n) * step + j, sizeof v);
                sum += __builtin_convertvector(v, nai_u32x16) * w[k];
            }
            sum >>= 24;
            NAI_STORE(dst + i * n + j, sum);
        }
}

void nai_blur(uint8_t *x, size_t size, size_t taps, float sigma, void *scratch)
{
    uint8_t *const line = scratch;
    uint16_t *const mid = (uint16_t *)(void *)(line + line_bytes(size));
    const size_t half = taps / 2;
    uint32_t w[NAI_BLUR_MAX];

    weigh(w, taps, sigma);
    for (size_t i = 0; i < size; i++) {
        const uint8_t *const row = x + i * size;
        memcpy(line + half, row, size);
        for (size_t k = 0; k < half; k++) {
            line[k] = row[half - k];
            line[half + size + k] = row[size - 2 - k];
        }
        across(mid + i * nai_round_up(size), line, size, taps, w);
    }
    down(x, mid, size, taps, w);
}
