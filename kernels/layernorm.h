/* layernorm.h - layer normalisation of rows
 * SPDX-License-Identifier: MIT
 *
 * y[r] = gamma (x[r] - mean) / sqrt(var + eps) + beta over the cols of a row, biased variance, as
 * torch.nn.LayerNorm. Ba, Kiros & Hinton 2016. */
#ifndef NAI_LAYERNORM_H
#define NAI_LAYERNORM_H

#include "device.h"

struct nai_layernorm_ops {
    /* mean, rstd  out  [rows]  kept for backward */
    void (*forward)(struct nai_device *d, size_t rows, size_t cols, double eps,
                    const struct nai_buf *x, const struct nai_buf *gamma,
                    const struct nai_buf *beta, struct nai_buf *y, struct nai_buf *mean,
                    struct nai_buf *rstd);

    /* dx overwritten (may be dy); dgamma, dbeta added to; both NULL: not wanted. */
    void (*backward)(struct nai_device *d, size_t rows, size_t cols, const struct nai_buf *x,
                     const struct nai_buf *gamma, const struct nai_buf *mean,
                     const struct nai_buf *rstd, const struct nai_buf *dy, struct nai_buf *dx,
                     struct nai_buf *dgamma, struct nai_buf *dbeta);

    /* The tangent of forward along tx, tgamma, tbeta: formulas as in batchnorm.h, over a row.
     * tmean, trstd  out  [rows]  kept for backward_tangent */
    void (*forward_tangent)(struct nai_device *d, size_t rows, size_t cols, const struct nai_buf *x,
                            const struct nai_buf *gamma, const struct nai_buf *mean,
                            const struct nai_buf *rstd, const struct nai_buf *tx,
                            const struct nai_buf *tgamma, const struct nai_buf *tbeta,
                            struct nai_buf *ty, struct nai_buf *tmean, struct nai_buf *trstd);

    /* The tangent of backward; tdx overwritten (may be tdy); tdgamma, tdbeta added to; both NULL:
     * not wanted. */
    void (*backward_tangent)(struct nai_device *d, size_t rows, size_t cols,
                             const struct nai_buf *x, const struct nai_buf *gamma,
                             const struct nai_buf *mean, const struct nai_buf *rstd,
                             const struct nai_buf *dy, const struct nai_buf *tx,
                             const struct nai_buf *tgamma, const struct nai_buf *tmean,
                             const struct nai_buf *trstd, const struct nai_buf *tdy,
                             struct nai_buf *tdx, struct nai_buf *tdgamma, struct nai_buf *tdbeta);
};

#endif
