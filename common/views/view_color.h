/* view_color.h - colours of an image: jitter, greyscale, solarisation
 * SPDX-License-Identifier: MIT
 *
 * In place, on planes of u8, `step` bytes apart, n values each; up to 15 bytes after the n of a
 * plane are changed too, so step is at least n rounded up to 16. All are deterministic, take no
 * memory, and follow Pillow 9.4.0 as torchvision 0.14 calls it, to one level of 255: Pillow blends
 * in float32, this in fixed point of 20 bits, both cut off the fraction. Factors are in [0, 4]. */
#ifndef NAI_VIEW_COLOR_H
#define NAI_VIEW_COLOR_H

#include <stddef.h>
#include <stdint.h>

/* Planes of an image. */
struct nai_planes {
    uint8_t *x;
    size_t channels, n, step; /* channels: 1 or 3 (red, green, blue) */
};

/* nai_adjust_brightness - v f (ImageEnhance.Brightness). */
void nai_adjust_brightness(const struct nai_planes *p, float f);

/* nai_adjust_contrast - m + f (v - m), m the mean of the grey image, rounded
 * (ImageEnhance.Contrast). */
void nai_adjust_contrast(const struct nai_planes *p, float f);

/* nai_adjust_saturation - g + f (v - g), g the pixel's grey (ImageEnhance.Color); nothing for one
 * channel. */
void nai_adjust_saturation(const struct nai_planes *p, float f);

/*
 * nai_adjust_hue - turn the hue by f of a whole turn, in [-0.5, 0.5]; nothing for one channel.
 *
 * Through Pillow's HSV of 8 bits each (Convert.c, rgb2hsv and hsv2rgb), as torchvision does: hue
 * and saturation are cut to 255 steps, so that a turn of 0 is not quite nothing.
 */
void nai_adjust_hue(const struct nai_planes *p, float f);

/* nai_to_gray - every channel (19595 r + 38470 g + 7471 b + 2^15) / 2^16, Pillow's "L". */
void nai_to_gray(const struct nai_planes *p);

/* nai_solarize - 255 - v for v at or above the threshold (ImageOps.solarize). */
void nai_solarize(const struct nai_planes *p, unsigned threshold);

#endif
