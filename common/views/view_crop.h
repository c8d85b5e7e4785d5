/* view_crop.h - a part of an image at another size
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEW_CROP_H
#define NAI_VIEW_CROP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* The bilinear weights that bring any length up to `longest` to `to` values. */
struct nai_axis {
    size_t to, longest;
    size_t *at;              /* at[n]: where those of length n begin in weight, n from 1 */
    uint16_t *first, *count; /* [n - 1][to]: the values that an output is made of */
    uint32_t *weight;        /* [taps of n][to] from at[n]; 22 bits, at most 2^22 */
};

/*
 * nai_axis_new - weights of every length from 1 to longest, for outputs of length to.
 *
 * Those of Pillow 9.4.0 (Resample.c) for BILINEAR: a triangle, as wide as 2 outputs when shrinking,
 * else 2 inputs. NAI_ESYSTEM when out of memory; free with nai_axis_free in any case.
 */
int nai_axis_new(struct nai_axis *x, size_t longest, size_t to, struct nai_err *err);
void nai_axis_free(struct nai_axis *x);

/*
 * nai_transpose - dst[j][i] = src[i][j].
 *
 * dst  out  u8[cols] of rows dstep apart
 * src  in   u8[rows] of rows sstep apart
 */
void nai_transpose(uint8_t *dst, size_t dstep, const uint8_t *src, size_t sstep, size_t rows,
                   size_t cols);

/* What nai_crop works on. */
struct nai_crop {
    size_t top, left, height, width; /* in the image */
    bool flip;
};

/* nai_crop_scratch - bytes of scratch that a crop of up to h rows to `to` by `to` needs. */
size_t nai_crop_scratch(size_t h, size_t to);

/*
 * nai_crop - one channel of a crop, resized, perhaps flipped.
 *
 * dst      out  u8[to][to]; 16 bytes after it may be written as well
 * turned   in   u8[.][h]  the channel transposed; 16 bytes after it must be readable
 * scratch  out  of nai_crop_scratch bytes, 64-byte aligned
 *
 * Across, then down, 8 bits between; bit for bit what PIL's crop, resize (BILINEAR) and flip give.
 * Deterministic.
 */
void nai_crop(uint8_t *dst, const uint8_t *turned, size_t h, const struct nai_crop *crop,
              const struct nai_axis *x, uint8_t *scratch);

#endif
