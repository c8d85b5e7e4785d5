/* pool.h - max, average and global average pooling
 * SPDX-License-Identifier: MIT
 *
 * As torch.nn.MaxPool2d, AvgPool2d (count_include_pad true) and AdaptiveAvgPool2d(1). */
#ifndef NAI_POOL_H
#define NAI_POOL_H

#include <stdbool.h>

#include "device.h"

struct nai_pool_spec {
    struct nai_shape x, y; /* of the same block, but for the global mean: y is rows [n][c] */
    size_t kernel, stride, pad;
    bool max; /* else the mean */
};

struct nai_pool_ops {
    void (*forward)(struct nai_device *d, const struct nai_pool_spec *s, const struct nai_buf *x,
                    struct nai_buf *y);

    /* dx overwritten; of equal maxima the first in row order has the gradient, as in PyTorch. */
    void (*backward)(struct nai_device *d, const struct nai_pool_spec *s, const struct nai_buf *x,
                     const struct nai_buf *y, const struct nai_buf *dy, struct nai_buf *dx);

    /* The tangent of a maximum: ty is tx at the element that backward gives the gradient to. (The
     * other operations are linear: they are their own tangents, and backward is, of tdy.) */
    void (*max_tangent)(struct nai_device *d, const struct nai_pool_spec *s,
                        const struct nai_buf *x, const struct nai_buf *y, const struct nai_buf *tx,
                        struct nai_buf *ty);

    /* y[n][c] = the mean of x over h, w. */
    void (*global)(struct nai_device *d, const struct nai_shape *sx, const struct nai_buf *x,
                   struct nai_buf *y);
    void (*global_backward)(struct nai_device *d, const struct nai_shape *sx,
                            const struct nai_buf *dy, struct nai_buf *dx);
};

#endif
