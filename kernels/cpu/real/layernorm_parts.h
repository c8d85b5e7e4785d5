/* layernorm_parts.h - what layernorm.c and layernorm_tangent.c share
 * SPDX-License-Identifier: MIT */
#ifndef NAI_LAYERNORM_PARTS_H
#define NAI_LAYERNORM_PARTS_H

#include <math.h>
#include <omp.h>

#include "lanes.h"
#include "layernorm.h"
#include "real.h"

enum {
    NAI_LN_SUMS = 16,
    NAI_LN_LANES = 256, /* columns summed over rows side by side, at most: a KiB of a row */
    NAI_LN_SERIAL = 1 << 14
};

/* nai_ln_folded - what is summed over a row: NAI_LN_SUMS columns side by side, each sum of a few of
 * them in `real` before it is added in float64; at last all in order. */
static inline double nai_ln_folded(const double *sum)
{
    double s = 0;

    for (size_t l = 0; l < NAI_LN_SUMS; l++)
        s += sum[l];
    return s;
}

void NAI_R(nai_ln_forward_tangent)(struct nai_device *d, size_t rows, size_t cols,
                                   const struct nai_buf *x, const struct nai_buf *gamma,
                                   const struct nai_buf *mean, const struct nai_buf *rstd,
                                   const struct nai_buf *tx, const struct nai_buf *tgamma,
                                   const struct nai_buf *tbeta, struct nai_buf *ty,
                                   struct nai_buf *tmean, struct nai_buf *trstd);
void NAI_R(nai_ln_backward_tangent)(struct nai_device *d, size_t rows, size_t cols,
                                    const struct nai_buf *x, const struct nai_buf *gamma,
                                    const struct nai_buf *mean, const struct nai_buf *rstd,
                                    const struct nai_buf *dy, const struct nai_buf *tx,
                                    const struct nai_buf *tgamma, const struct nai_buf *tmean,
                                    const struct nai_buf *trstd, const struct nai_buf *tdy,
                                    struct nai_buf *tdx, struct nai_buf *tdgamma,
                                    struct nai_buf *tdbeta);

#endif
