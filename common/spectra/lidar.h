/* lidar.h - spectra between groups where the covariance within them is the identity
 * SPDX-License-Identifier: MIT */
#ifndef NAI_LIDAR_H
#define NAI_LIDAR_H

#include "moments_io.h"
#include "spectrum_io.h"

/*
 * nai_lidar_spectrum - eigenvalues of S_w^-1/2 S_b S_w^-1/2 for the moments called `of`.
 *
 * all    in/out  moments; x[within] and x[between] are taken out of it
 * of     in      "x"
 * delta  in      S_w is the covariance within groups + delta I
 *
 * The spectrum is called `of`; its scaling is "lidar", its n the number of groups. NAI_EINPUT: the
 * two parts are not there, or are no covariances. NAI_ENUMERIC: S_w is not positive definite.
 */
int nai_lidar_spectrum(struct nai_spectrum *s, const struct nai_arrays *all, const char *of,
                       double delta, struct nai_err *err);

#endif
