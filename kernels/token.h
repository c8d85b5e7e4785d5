/* token.h - from patches to tokens and back, for vision transformers
 * SPDX-License-Identifier: MIT */
#ifndef NAI_TOKEN_H
#define NAI_TOKEN_H

#include "device.h"

struct nai_token_ops {
    /*
     * y[n][t][dim] = (cls, x[n][0], ..., x[n][patches - 1])[t] + pos[t]: Dosovitskiy et al. 2021,
     * eq. 1.
     *
     * x    in   [n][patches][dim]  embedded patches, channels last
     * cls  in   [dim], or NULL: no class token
     * pos  in   [patches + (cls ? 1 : 0)][dim], or NULL: none
     */
    void (*embed)(struct nai_device *d, size_t n, size_t patches, size_t dim,
                  const struct nai_buf *x, const struct nai_buf *cls, const struct nai_buf *pos,
                  struct nai_buf *y);

    /* dx overwritten; dcls, dpos added to, NULL where there is none. has_cls as cls != NULL above.
     */
    void (*embed_backward)(struct nai_device *d, size_t n, size_t patches, size_t dim, int has_cls,
                           const struct nai_buf *dy, struct nai_buf *dx, struct nai_buf *dcls,
                           struct nai_buf *dpos);

    /* y[n][dim] = x[n][0][dim]: the class token. */
    void (*first)(struct nai_device *d, size_t n, size_t tokens, size_t dim,
                  const struct nai_buf *x, struct nai_buf *y);
    void (*first_backward)(struct nai_device *d, size_t n, size_t tokens, size_t dim,
                           const struct nai_buf *dy, struct nai_buf *dx); /* dx overwritten */

    /* y[n][dim] = the mean of x over tokens from..tokens-1. */
    void (*mean)(struct nai_device *d, size_t n, size_t tokens, size_t dim, size_t from,
                 const struct nai_buf *x, struct nai_buf *y);
    void (*mean_backward)(struct nai_device *d, size_t n, size_t tokens, size_t dim, size_t from,
                          const struct nai_buf *dy, struct nai_buf *dx); /* dx overwritten */
};

#endif
