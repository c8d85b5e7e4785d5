/* attention.h - softmax and scaled dot-product attention
 * SPDX-License-Identifier: MIT
 *
 * For each sample and head: P = softmax(Q K^T / sqrt(dh)), O = P V, dh = dim / heads.
 * Vaswani et al. 2017, eq. 1; Dosovitskiy et al. 2021, eqs. 5-7. */
#ifndef NAI_ATTENTION_H
#define NAI_ATTENTION_H

#include "device.h"

struct nai_attention_spec {
    size_t n, tokens, heads, dim;
};

struct nai_attention_ops {
    /*
     * qkv  in   [n][tokens][3][heads][dh]  as timm's fused projection lays it out
     * out  out  [n][tokens][heads * dh]
     * p    out  [n][heads][tokens][tokens]  kept for backward
     */
    void (*forward)(struct nai_device *d, const struct nai_attention_spec *s,
                    const struct nai_buf *qkv, struct nai_buf *out, struct nai_buf *p);

    /* dqkv overwritten. work: [n][heads][tokens][tokens], scratch. */
    void (*backward)(struct nai_device *d, const struct nai_attention_spec *s,
                     const struct nai_buf *qkv, const struct nai_buf *p, const struct nai_buf *dout,
                     struct nai_buf *dqkv, struct nai_buf *work);

    /*
     * The tangent of forward: tP = P (tS - <P, tS>) row by row, S = Q K^T / sqrt(dh);
     * tO = tP V + P tV.
     *
     * tp  out  as p; kept for backward_tangent
     */
    void (*forward_tangent)(struct nai_device *d, const struct nai_attention_spec *s,
                            const struct nai_buf *qkv, const struct nai_buf *p,
                            const struct nai_buf *tqkv, struct nai_buf *tout, struct nai_buf *tp);

    /* The tangent of backward; tdqkv overwritten. work: 2 [n][heads][tokens][tokens], scratch. */
    void (*backward_tangent)(struct nai_device *d, const struct nai_attention_spec *s,
                             const struct nai_buf *qkv, const struct nai_buf *p,
                             const struct nai_buf *dout, const struct nai_buf *tqkv,
                             const struct nai_buf *tp, const struct nai_buf *tdout,
                             struct nai_buf *tdqkv, struct nai_buf *work);

    /* y[r] = softmax(x[r]); y may be x. */
    void (*softmax)(struct nai_device *d, size_t rows, size_t cols, const struct nai_buf *x,
                    struct nai_buf *y);
};

#endif
