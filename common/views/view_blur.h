/* view_blur.h - Gaussian blur
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEW_BLUR_H
#define NAI_VIEW_BLUR_H

#include <stddef.h>
#include <stdint.h>

enum { NAI_BLUR_MAX = 255 };

/* nai_blur_scratch - bytes of scratch for planes of size by size. */
size_t nai_blur_scratch(size_t size);

/*
 * nai_blur - one plane, in place.
 *
 * x        in/out  u8[size][size]; 16 bytes after it may be written as well
 * taps     in      odd, at most NAI_BLUR_MAX, taps / 2 < size
 * sigma    in      standard deviation in pixels, above 0
 * scratch  out     of nai_blur_scratch bytes, 64-byte aligned
 *
 * Weights exp(-k^2 / (2 sigma^2)) over their sum, edges mirrored without doubling them:
 * torchvision 0.14's gaussian_blur, to one level of 255; here separable, in fixed point of 16 bits.
 */
void nai_blur(uint8_t *x, size_t size, size_t taps, float sigma, void *scratch);

#endif
