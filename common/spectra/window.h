/* window.h - the ranks and weights of a power-law fit
 * SPDX-License-Identifier: MIT
 *
 * The window and the weights change the exponent a lot, so they have names and are always shown:
 *   alphareq       ranks 4 to 100, weights 1/j
 *   reptrix        ranks 11 to 100, weights 1/j (the default)
 *   stringer       ranks 11 to min(500, len - 2), weights 1/j
 *   fastssl-views  ranks 4 to 50, weights 1/j
 *   ols            the whole numerical rank, weights 1 */
#ifndef NAI_WINDOW_H
#define NAI_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "spectrum_io.h"

#define NAI_PRESETS "reptrix|alphareq|stringer|fastssl-views|ols"

struct nai_window {
    size_t lo, hi; /* ranks, 1-based, inclusive */
    bool by_rank;  /* weights 1/j; otherwise 1 */
    const char *preset;
};

/*
 * nai_window_choose - the window for a spectrum.
 *
 * preset  in   a name of the above, NULL: reptrix
 * range   in   ranks asked for; an end that is 0 is the preset's
 * weights in   -1: the preset's; 0: 1/j; 1: 1
 * s       in   what is to be fitted
 * beyond  in   a range asked for may pass the rank
 * shrunk  out  the preset's window was cut to the spectrum; may be NULL
 *
 * No window goes on to the far end of a part of a spectrum, or to the negative eigenvalues of an
 * indefinite one, whose magnitudes grow again: a preset's is cut, one asked for refused, whether or
 * not it may pass the rank.
 *
 * NAI_ENUMERIC: fewer than 3 ranks are left, or the range asked for passes the spectrum or its
 * rank. NAI_EINPUT: a density.
 */
int nai_window_choose(struct nai_window *w, const char *preset, const size_t range[2], int weights,
                      const struct nai_spectrum *s, bool beyond, bool *shrunk, struct nai_err *err);

#endif
