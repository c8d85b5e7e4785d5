/* layout.h - pictures onto the device, and changes of layout
 * SPDX-License-Identifier: MIT */
#ifndef NAI_LAYOUT_H
#define NAI_LAYOUT_H

#include "device.h"

struct nai_image_ops {
    /*
     * y = (x - mean_c) / std_c: host pixels to a tensor.
     *
     * s     in   shape of y, any block
     * x     in   host u8[n][c][h][w], images `stride` bytes apart (the views of an image
     * interleave) mean  in   host f64[c]; std likewise: 0 and 1 leave the values as they are
     */
    void (*upload_u8)(struct nai_device *d, const struct nai_shape *s, const uint8_t *x,
                      size_t stride, const double *mean, const double *std, struct nai_buf *y);

    /* The same from float32 values, images `stride` elements apart. */
    void (*upload_f32)(struct nai_device *d, const struct nai_shape *s, const float *x,
                       size_t stride, const double *mean, const double *std, struct nai_buf *y);

    /* The same from float64 values. */
    void (*upload_f64)(struct nai_device *d, const struct nai_shape *s, const double *x,
                       size_t stride, const double *mean, const double *std, struct nai_buf *y);

    /* y = x in another block; sx and sy differ in block only. Also the gradient of itself. */
    void (*reorder)(struct nai_device *d, const struct nai_shape *sx, const struct nai_buf *x,
                    const struct nai_shape *sy, struct nai_buf *y);

    /*
     * Shortcut "option A" of CIFAR ResNets (He et al. 2016, 4.2; as in the published CIFAR code):
     * y[n][c + before][i][j] = x[n][c][i * stride][j * stride], the other channels zero.
     *
     * sx, sy  in  shapes; sy.h = ceil(sx.h / stride); any blocks
     */
    void (*shortcut_a)(struct nai_device *d, const struct nai_shape *sx, const struct nai_buf *x,
                       size_t stride, size_t before, const struct nai_shape *sy, struct nai_buf *y);

    /* Its gradient: dx (overwritten) from dy. */
    void (*shortcut_a_backward)(struct nai_device *d, const struct nai_shape *sy,
                                const struct nai_buf *dy, size_t stride, size_t before,
                                const struct nai_shape *sx, struct nai_buf *dx);
};

#endif
