/* nts_filter.c - the shuffle filter: bytes of equal weight side by side
 * SPDX-License-Identifier: MIT */
#include "nts_internal.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

/* 16 words of 4 bytes are a 16 x 4 matrix of bytes: transposed by four rounds of interleaving. */
static size_t shuffle4(uint8_t *dst, const uint8_t *src, size_t n)
{
    size_t i = 0;

    for (; i + 16 <= n; i += 16) {
        __m128i v[4], t[4];
        for (int k = 0; k < 4; k++)
            v[k] = _mm_loadu_si128((const __m128i *)(const void *)(src + 4 * i) + k);
        for (int round = 0; round < 4; round++) {
            t[0] = _mm_unpacklo_epi8(v[0], v[2]);
            t[1] = _mm_unpackhi_epi8(v[0], v[2]);
            t[2] = _mm_unpacklo_epi8(v[1], v[3]);
            t[3] = _mm_unpackhi_epi8(v[1], v[3]);
            memcpy(v, t, sizeof v);
        }
        for (size_t j = 0; j < 4; j++)
            _mm_storeu_si128((__m128i *)(void *)(dst + j * n + i), v[j]);
    }
    return i;
}

static size_t unshuffle4(uint8_t *dst, const uint8_t *src, size_t n)
{
    size_t i = 0;

    for (; i + 16 <= n; i += 16) {
        __m128i p[4], a[4];
        for (size_t j = 0; j < 4; j++)
            p[j] = _mm_loadu_si128((const __m128i *)(const void *)(src + j * n + i));
        a[0] = _mm_unpacklo_epi8(p[0], p[1]); /* bytes 0 and 1 of words 0 to 7 */
        a[1] = _mm_unpackhi_epi8(p[0], p[1]);
        a[2] = _mm_unpacklo_epi8(p[2], p[3]);
        a[3] = _mm_unpackhi_epi8(p[2], p[3]);
        p[0] = _mm_unpacklo_epi16(a[0], a[2]);
        p[1] = _mm_unpackhi_epi16(a[0], a[2]);
        p[2] = _mm_unpacklo_epi16(a[1], a[3]);
        p[3] = _mm_unpackhi_epi16(a[1], a[3]);
        for (int k = 0; k < 4; k++)
            _mm_storeu_si128((__m128i *)(void *)(dst + 4 * i) + k, p[k]);
    }
    return i;
}
#else
static size_t shuffle4(uint8_t *dst, const uint8_t *src, size_t n)
{
    (void)dst;
    (void)src;
    (void)n;
    return 0;
}

static size_t unshuffle4(uint8_t *dst, const uint8_t *src, size_t n)
{
    return shuffle4(dst, src, n);
}
#endif

/* Blocked over elements, so that both sides stay in the first cache whatever the width. */
void nts_shuffle(uint8_t *dst, const uint8_t *src, size_t n, size_t width)
{
    const size_t start = width == 4 ? shuffle4(dst, src, n) : 0;

    for (size_t i0 = start; i0 < n; i0 += 256) {
        const size_t i1 = i0 + 256 < n ? i0 + 256 : n;
        for (size_t j = 0; j < width; j++)
            for (size_t i = i0; i < i1; i++)
                dst[j * n + i] = src[width * i + j];
    }
}

void nts_unshuffle(uint8_t *dst, const uint8_t *src, size_t n, size_t width)
{
    const size_t start = width == 4 ? unshuffle4(dst, src, n) : 0;

    for (size_t i0 = start; i0 < n; i0 += 256) {
        const size_t i1 = i0 + 256 < n ? i0 + 256 : n;
        for (size_t j = 0; j < width; j++)
            for (size_t i = i0; i < i1; i++)
                dst[width * i + j] = src[j * n + i];
    }
}
