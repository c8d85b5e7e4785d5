/* rank.h - how many dimensions a spectrum uses, by several definitions
 * SPDX-License-Identifier: MIT
 *
 * Eigenvalues are in any order; negative ones, which rounding and cross-validation leave, count as
 * they stand in sums, and as 0 where a root or a logarithm is taken. All: NAI_ENUMERIC when a value
 * is not finite, or the sum that everything is divided by is not positive; NAI_EUSAGE for n = 0 or
 * a rank out of range; out is set only on success; O(n). */
#ifndef NAI_RANK_H
#define NAI_RANK_H

#include <stddef.h>

#include "err.h"

/*
 * nai_rankme - exp(-sum p ln p), p = sigma / ||sigma||_1 + 1e-7.
 *
 * lambda  in  f64[n]: eigenvalues of the UNCENTRED second moment, min(rows, dim) of them; sigma is
 *             their square root, any common scale cancelling
 *
 * Garrido, Balestriero, Najman & LeCun (2023), "RankMe". A flat spectrum gives n to about 1e-6 n.
 */
int nai_rankme(double *out, const double *lambda, size_t n, struct nai_err *err);

/* nai_erank - exp(-sum p ln p), p = sigma / ||sigma||_1, 0 ln 0 = 0. Roy & Vetterli (2007), "The
 * effective rank". Between 1 and n. */
int nai_erank(double *out, const double *lambda, size_t n, struct nai_err *err);

/*
 * nai_lidar - exp(-sum p ln p) over all dim eigenvalues, p = lambda / ||lambda||_1 + 1e-7.
 *
 * lambda  in  f64[n]: eigenvalues of the covariance between images where that within images is the
 *             identity (whiten.h); those from n to dim are 0, and count by their 1e-7 alone
 *
 * Thilak et al. (2023), "LiDAR". NAI_EUSAGE when n is more than dim.
 */
int nai_lidar(double *out, const double *lambda, size_t n, size_t dim, struct nai_err *err);

/* nai_participation_ratio - (sum lambda)^2 / sum lambda^2. */
int nai_participation_ratio(double *out, const double *lambda, size_t n, struct nai_err *err);

/* nai_stable_rank - sum lambda / max lambda. */
int nai_stable_rank(double *out, const double *lambda, size_t n, struct nai_err *err);

/* nai_tail_share - sum of lambda_i for i >= rank (1-based) over the sum of all, lambda descending:
 * the quantity r of Theorem 2.2. 1 <= rank <= n. */
int nai_tail_share(double *out, const double *lambda, size_t n, size_t rank, struct nai_err *err);

#endif
