/* dropout.h - dropout by counter-based masks
 * SPDX-License-Identifier: MIT */
#ifndef NAI_DROPOUT_H
#define NAI_DROPOUT_H

#include "device.h"

struct nai_dropout_ops {
    /*
     * y = x mask / (1 - p), mask_i = 1 with probability 1 - p, drawn by Philox from (key, i): the
     * same for any number of threads. The gradient is the same call on dy with the same key. y may
     * be x. Srivastava et al. 2014, inverted.
     *
     * key  in  host u64[2]: (seed, which draw), never used twice in a run; element i takes draw
     *          i of the stream nai_rng_init(seed, "dropout", which)
     * p    in  in [0, 1)
     */
    void (*apply)(struct nai_device *d, double p, const uint64_t key[2], const struct nai_buf *x,
                  struct nai_buf *y, size_t count);
};

#endif
