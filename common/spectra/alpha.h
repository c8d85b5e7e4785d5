/* alpha.h - what is reported of one spectrum
 * SPDX-License-Identifier: MIT */
#ifndef NAI_ALPHA_H
#define NAI_ALPHA_H

#include "mle.h"
#include "powerlaw.h"
#include "spectrum_io.h"
#include "window.h"

struct nai_alpha {
    struct nai_powerlaw fit;
    size_t negative; /* values in the window below 0, fitted by magnitude */
    /* NaN where the spectrum does not hold what they need, all but mle also of an indefinite one:
     */
    double rankme, erank;   /* of the uncentred singular values */
    double pr, stable_rank; /* of lambda, or from trace and sum of squares */
    double lidar;           /* of a spectrum with that scaling */
    double tail;            /* share of variance at ranks >= tail_rank */
    struct nai_mle mle;
};

/*
 * nai_alpha_measure - fit and companions.
 *
 * w          in  NULL: no fit, only what is beside it
 * tail_rank  in  0: not wanted
 * mle        in  also the density exponent
 *
 * NAI_ENUMERIC as the fits; NAI_EUSAGE for a tail beyond the spectrum.
 */
int nai_alpha_measure(struct nai_alpha *a, const struct nai_spectrum *s, const struct nai_window *w,
                      size_t tail_rank, bool mle, struct nai_err *err);

#endif
