/* gemm.h - matrix products in the device's dtype, and what a linear layer adds to them
 * SPDX-License-Identifier: MIT */
#ifndef NAI_GEMM_H
#define NAI_GEMM_H

#include <stdbool.h>

#include "device.h"

struct nai_gemm_ops {
    /*
     * C = alpha op(A) op(B) + beta C, row-major; c is not read when beta is 0.
     *
     * a  in      [m][k], or [k][m] when ta; rows lda apart
     * b  in      [k][n], or [n][k] when tb; rows ldb apart
     * c  in/out  [m][n], rows ldc apart
     *
     * All sizes must fit int. On fixed tiles: the same bits for any number of threads.
     */
    void (*gemm)(struct nai_device *d, bool ta, bool tb, size_t m, size_t n, size_t k, double alpha,
                 const struct nai_buf *a, size_t lda, const struct nai_buf *b, size_t ldb,
                 double beta, struct nai_buf *c, size_t ldc);

    /* y[r][j] += bias[j]. */
    void (*add_bias)(struct nai_device *d, size_t rows, size_t cols, const struct nai_buf *bias,
                     struct nai_buf *y);

    /* sum[j] += the sum over r of x[r][j], by a fixed tree: the gradient of a bias. */
    void (*sum_rows)(struct nai_device *d, size_t rows, size_t cols, const struct nai_buf *x,
                     struct nai_buf *sum);
};

#endif
