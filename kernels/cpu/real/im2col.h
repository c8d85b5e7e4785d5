/* im2col.h - patches of images as rows of a matrix, and back
 * SPDX-License-Identifier: MIT
 *
 * Output pixels are numbered through the batch: (image * oh + i) * ow + j. A patch is what the
 * kernel covers of one group's channels, [kh][kw][c / groups], zero where it reaches beyond the
 * image. Compiled for float and double; serial, for the caller to share out. */
#ifndef NAI_IM2COL_H
#define NAI_IM2COL_H

#include "conv2d.h"
#include "real.h"

/* col[count][kh][kw][c / groups] = the patches of `count` output pixels from `first` on. */
void NAI_R(nai_im2col)(const struct nai_conv2d_spec *s, size_t group, const real *x, size_t first,
                       size_t count, real *col);

/* dx += what nai_im2col would have taken from there: its transpose. */
void NAI_R(nai_col2im)(const struct nai_conv2d_spec *s, size_t group, const real *col, size_t first,
                       size_t count, real *dx);

/* rows[count][n] = channels c.. of `count` pixels of y from `first` on, whatever its block. */
void NAI_R(nai_pixels_get)(const struct nai_shape *shape, size_t c, size_t n, const real *y,
                           size_t first, size_t count, real *rows);

/* The reverse. */
void NAI_R(nai_pixels_put)(const struct nai_shape *shape, size_t c, size_t n, real *y, size_t first,
                           size_t count, const real *rows);

#endif
