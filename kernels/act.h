/* act.h - activation functions
 * SPDX-License-Identifier: MIT */
#ifndef NAI_ACT_H
#define NAI_ACT_H

#include "device.h"

enum nai_act {
    NAI_ACT_NONE,
    NAI_ACT_RELU,
    NAI_ACT_GELU, /* x Phi(x), with erf: Hendrycks & Gimpel 2016, torch.nn.GELU's default */
    NAI_ACT_TANH,
    NAI_ACT_SIGMOID
};

/* All four map 0 to 0 except the sigmoid, which therefore is for rows only (no padding channels).
 */
struct nai_act_ops {
    /* y may be x, save for GELU when backward will be called. */
    void (*forward)(struct nai_device *d, enum nai_act act, const struct nai_buf *x,
                    struct nai_buf *y, size_t count);

    /* dx from dy; dx may be dy. x is read for GELU only, y for the others only. */
    void (*backward)(struct nai_device *d, enum nai_act act, const struct nai_buf *x,
                     const struct nai_buf *y, const struct nai_buf *dy, struct nai_buf *dx,
                     size_t count);

    /*
     * The tangent of backward: tdx = act'(x) tdy + act''(x) tx dy; tdx may be tdy. (That of
     * forward is backward itself, of tx: ty = act'(x) tx.)
     *
     * v, tv  in  GELU: x and its tangent; the others: y and its tangent
     */
    void (*backward_tangent)(struct nai_device *d, enum nai_act act, const struct nai_buf *v,
                             const struct nai_buf *tv, const struct nai_buf *dy,
                             const struct nai_buf *tdy, struct nai_buf *tdx, size_t count);
};

#endif
