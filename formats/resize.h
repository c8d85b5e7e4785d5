/* resize.h - images to another size, without aliasing
 * SPDX-License-Identifier: MIT */
#ifndef NAI_RESIZE_H
#define NAI_RESIZE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* In the order of their words on the command line. Support in source pixels at equal size: 1, 0.5,
 * 2 (a = -0.5) and 3. */
enum nai_filter { NAI_BILINEAR, NAI_BOX, NAI_BICUBIC, NAI_LANCZOS };

/* A window of the resized image. */
struct nai_resize {
    enum nai_filter filter;
    size_t to_h, to_w;   /* size of the whole resized image */
    size_t top, left;    /* where the window begins in it */
    size_t out_h, out_w; /* size of the window */
};

/*
 * nai_resize_u8 - resize an image, keeping a window of the result.
 *
 * dst  out  u8[out_h, out_w, c]
 * src  in   u8[h, w, c]  c = 1 or 3, interleaved
 *
 * Separable: across, then down. Output pixel i of n out of N lies at (i + 1/2) N/n; a filter is
 * stretched by N/n when that is above 1, so that shrinking averages. Weights are rounded to 22 bits
 * and the image between the passes to 8, which is Pillow's arithmetic (Resample.c, 9.4.0): results
 * are equal bit for bit. A pass that changes no size is left out, as there. Deterministic.
 * NAI_ESYSTEM when out of memory.
 */
int nai_resize_u8(uint8_t *dst, const uint8_t *src, size_t h, size_t w, size_t c,
                  const struct nai_resize *r, struct nai_err *err);

/*
 * nai_resize_plan - the window for a square of `size`.
 *
 * crop  in  true: the shorter side becomes `size`, the longer follows (rounded down), and the
 *           middle is kept, as torchvision's Resize and CenterCrop do; false: stretched to a square
 */
struct nai_resize nai_resize_plan(size_t h, size_t w, size_t size, enum nai_filter filter,
                                  int crop);

#endif
