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

    /* dx overwritten (may be dy); dgamma, dbeta added to. */
    void (*backward)(struct nai_device *d, size_t rows, size_t cols, const struct nai_buf *x,
                     const struct nai_buf *gamma, const struct nai_buf *mean,
                     const struct nai_buf *rstd, const struct nai_buf *dy, struct nai_buf *dx,
                     struct nai_buf *dgamma, struct nai_buf *dbeta);
};

#endif
