/* vector.h - elementwise operations and reductions over whole buffers
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VECTOR_H
#define NAI_VECTOR_H

#include "device.h"

struct nai_vector_ops {
    void (*zero)(struct nai_device *d, struct nai_buf *y, size_t count);
    void (*fill)(struct nai_device *d, struct nai_buf *y, double value, size_t count);
    void (*copy)(struct nai_device *d, struct nai_buf *y, const struct nai_buf *x, size_t count);

    /* y = a * x + b * y; y is not read when b is 0. */
    void (*axpby)(struct nai_device *d, double a, const struct nai_buf *x, double b,
                  struct nai_buf *y, size_t count);

    /* z = x + y; z may be x or y. */
    void (*add)(struct nai_device *d, const struct nai_buf *x, const struct nai_buf *y,
                struct nai_buf *z, size_t count);

    /* Sum of x_i y_i, in float64, by a fixed tree: the same for any number of threads. */
    double (*dot)(struct nai_device *d, const struct nai_buf *x, const struct nai_buf *y,
                  size_t count);

    /*
     * y[r] = a <x[r], t[r]> x[r] for rows of cols elements: a X X^T t, X the outer products of each
     * row with itself; products in float64. y may be t.
     */
    void (*outer)(struct nai_device *d, size_t rows, size_t cols, double a, const struct nai_buf *x,
                  const struct nai_buf *t, struct nai_buf *y);

    /* How many elements are NaN or infinite. */
    size_t (*nonfinite)(struct nai_device *d, const struct nai_buf *x, size_t count);

    /*
     * Mean and biased variance of each column, in float64, two passes.
     *
     * x     in   [rows][cols]
     * mean  out  host f64[cols]
     * var   out  host f64[cols]
     */
    void (*columns)(struct nai_device *d, const struct nai_buf *x, size_t rows, size_t cols,
                    double *mean, double *var);
};

#endif
