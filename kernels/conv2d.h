/* conv2d.h - two-dimensional convolution, any kernel, stride, padding and groups
 * SPDX-License-Identifier: MIT
 *
 * y[n][o][i][j] = b[o] + sum over c, p, q of w[o][c][p][q] x[n][c][i s + p - pad][j s + q - pad],
 * cross-correlation as torch.nn.Conv2d. Weights are kept as [out][in / groups][kh][kw], plain, so
 * that optimisers and checkpoints need not know any layout; a plan arranges them as it likes at
 * each call (they are small beside the activations). */
#ifndef NAI_CONV2D_H
#define NAI_CONV2D_H

#include <stdbool.h>

#include "device.h"

struct nai_conv2d_spec {
    struct nai_shape x, y; /* with the blocks the caller has chosen */
    size_t kh, kw, stride, pad, groups;
    bool training; /* backward will be called */
    /* Inference only, fused into forward, in this order: */
    bool sum;  /* y += what y held before (the shortcut) */
    bool relu; /* y = max(y, 0) */
};

struct nai_conv2d; /* a plan: primitives and sizes of one convolution; the device's own */

struct nai_conv2d_ops {
    /* The block that activations of c channels, computed by or fed to a convolution, should have.
     */
    size_t (*block)(const struct nai_device *d, size_t c);

    /* plan  out  free with `free`; NAI_ESYSTEM, NAI_EUSAGE where no implementation takes the spec
     */
    int (*plan)(struct nai_conv2d **plan, struct nai_device *d, const struct nai_conv2d_spec *spec,
                struct nai_err *err);
    void (*free)(struct nai_conv2d *plan); /* NULL is fine */

    /* Elements of scratch that the calls below need (the largest of them); it holds nothing between
     * calls and may be shared by all plans. */
    size_t (*workspace)(const struct nai_conv2d *plan);

    /* How it is computed: "oneDNN jit_wino...", "im2col"; for -v. */
    const char *(*text)(const struct nai_conv2d *plan, char buf[static 160]);

    /* bias NULL: none. The padding channels of y are written as zero. */
    void (*forward)(struct nai_conv2d *plan, const struct nai_buf *x, const struct nai_buf *w,
                    const struct nai_buf *bias, struct nai_buf *y, struct nai_buf *work);

    /* dx overwritten. */
    void (*backward_data)(struct nai_conv2d *plan, const struct nai_buf *dy,
                          const struct nai_buf *w, struct nai_buf *dx, struct nai_buf *work);

    /* dw += ..., dbias += ... (NULL: none). */
    void (*backward_weights)(struct nai_conv2d *plan, const struct nai_buf *x,
                             const struct nai_buf *dy, struct nai_buf *dw, struct nai_buf *dbias,
                             struct nai_buf *work);
};

#endif
