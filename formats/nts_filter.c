/* nts_filter.c - the shuffle filter: bytes of equal weight side by side
 * SPDX-License-Identifier: MIT */
#include "nts_internal.h"

#include <string.h>

enum { GROUP = 16 }; /* elements moved at a time: loops the compiler turns into vector code */

/* Byte j of element i goes to j * n + i. */
static void shuffle4(uint8_t *restrict dst, const uint8_t *restrict src, size_t n)
{
    size_t i = 0;

    for (; i + GROUP <= n; i += GROUP) {
        uint32_t v[GROUP];
        uint8_t o[4][GROUP];
        memcpy(v, src + 4 * i, sizeof v);
        for (size_t k = 0; k < GROUP; k++) {
            o[0][k] = (uint8_t)v[k];
            o[1][k] = (uint8_t)(v[k] >> 8);
            o[2][k] = (uint8_t)(v[k] >> 16);
            o[3][k] = (uint8_t)(v[k] >> 24);
        }
        for (size_t j = 0; j < 4; j++)
            memcpy(dst + j * n + i, o[j], GROUP);
    }
    for (; i < n; i++)
        for (size_t j = 0; j < 4; j++)
            dst[j * n + i] = src[4 * i + j];
}

static void unshuffle4(uint8_t *restrict dst, const uint8_t *restrict src, size_t n)
{
    size_t i = 0;

    for (; i + GROUP <= n; i += GROUP) {
        uint32_t v[GROUP];
        uint8_t o[4][GROUP];
        for (size_t j = 0; j < 4; j++)
            memcpy(o[j], src + j * n + i, GROUP);
        for (size_t k = 0; k < GROUP; k++)
            v[k] = (uint32_t)o[0][k] | (uint32_t)o[1][k] << 8 | (uint32_t)o[2][k] << 16 |
                   (uint32_t)o[3][k] << 24;
        memcpy(dst + 4 * i, v, sizeof v);
    }
    for (; i < n; i++)
        for (size_t j = 0; j < 4; j++)
            dst[4 * i + j] = src[j * n + i];
}

/* Blocked over elements, so that both sides stay in the first cache whatever the width. */
static void shuffle_any(uint8_t *restrict dst, const uint8_t *restrict src, size_t n, size_t w)
{
    for (size_t i0 = 0; i0 < n; i0 += 256) {
        const size_t i1 = i0 + 256 < n ? i0 + 256 : n;
        for (size_t j = 0; j < w; j++)
            for (size_t i = i0; i < i1; i++)
                dst[j * n + i] = src[w * i + j];
    }
}

static void unshuffle_any(uint8_t *restrict dst, const uint8_t *restrict src, size_t n, size_t w)
{
    for (size_t i0 = 0; i0 < n; i0 += 256) {
        const size_t i1 = i0 + 256 < n ? i0 + 256 : n;
        for (size_t j = 0; j < w; j++)
            for (size_t i = i0; i < i1; i++)
                dst[w * i + j] = src[j * n + i];
    }
}

void nts_shuffle(uint8_t *dst, const uint8_t *src, size_t n, size_t width)
{
    if (width == 4) /* shifts of a word are byte positions on a little-endian machine */
        shuffle4(dst, src, n);
    else
        shuffle_any(dst, src, n, width);
}

void nts_unshuffle(uint8_t *dst, const uint8_t *src, size_t n, size_t width)
{
    if (width == 4)
        unshuffle4(dst, src, n);
    else
        unshuffle_any(dst, src, n, width);
}
