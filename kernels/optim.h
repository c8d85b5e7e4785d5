/* optim.h - steps of the optimisers, one parameter tensor a call
 * SPDX-License-Identifier: MIT */
#ifndef NAI_OPTIM_H
#define NAI_OPTIM_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

struct nai_sgd {
    double lr, momentum, weight_decay; /* L2: added to the gradient */
    bool nesterov;
    uint64_t step; /* from 1; at 1 the momentum buffer takes the gradient, as torch.optim.SGD */
};

struct nai_adam {
    double lr, beta1, beta2, eps, weight_decay;
    bool decoupled; /* AdamW: weights shrink by lr * weight_decay instead of L2 in the gradient */
    uint64_t step;  /* from 1 */
};

struct nai_lars {
    double lr, momentum, weight_decay, eta; /* eta: trust coefficient */
    bool adapt; /* false for biases and normalisation: no trust ratio, no weight decay */
};

struct nai_optim_ops {
    /* torch.optim.SGD. m: momentum buffer, NULL when momentum is 0. */
    void (*sgd)(struct nai_device *d, const struct nai_sgd *s, struct nai_buf *w,
                const struct nai_buf *g, struct nai_buf *m, size_t count);

    /* torch.optim.Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019). */
    void (*adam)(struct nai_device *d, const struct nai_adam *s, struct nai_buf *w,
                 const struct nai_buf *g, struct nai_buf *m, struct nai_buf *v, size_t count);

    /* LARS (You et al. 2017) as in the Barlow Twins and VICReg codes: dp = g + weight_decay w; dp
     * *= eta ||w|| / ||dp|| where both are positive; m = momentum m + dp; w -= lr m. */
    void (*lars)(struct nai_device *d, const struct nai_lars *s, struct nai_buf *w,
                 const struct nai_buf *g, struct nai_buf *m, size_t count);
};

#endif
