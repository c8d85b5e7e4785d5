/* cov_block.h - blocks of rows: gathering, checking, centring, multiplying
 * SPDX-License-Identifier: MIT
 *
 * Shared by cov.c and cov_cross.c. */
#ifndef NAI_COV_BLOCK_H
#define NAI_COV_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dtype.h"
#include "err.h"

/* Rows as they came, in their own type, until there are enough of them. */
struct nai_staging {
    enum nai_dtype dtype;
    size_t dim, stride; /* features; bytes from row to row */
    size_t rows, room;  /* held, allocated */
    char *data;
};

/* nai_block_rows - rows of a block: by the dimension and precision only. */
size_t nai_block_rows(size_t dim, bool mixed);

int nai_staging_init(struct nai_staging *s, size_t dim, enum nai_dtype dtype, struct nai_err *err);

/* nai_staging_reserve - room for `room` rows exactly; those held are kept. */
int nai_staging_reserve(struct nai_staging *s, size_t room, struct nai_err *err);

/* nai_staging_add - copy n rows in (there must be room), checking that they are finite; first is
 * the number of the first of them, for the message of NAI_ENUMERIC. */
int nai_staging_add(struct nai_staging *s, const void *rows, size_t n, uint64_t first,
                    struct nai_err *err);

/*
 * nai_block_centre - n >= 1 staged rows, from `first` on, minus their mean.
 *
 * mean  out  f64[dim], taken about the first row, so that a constant feature has exactly its own
 *            value as mean
 * low   out  f64[dim], what rounding took from mean: mean + low is the mean to twice the digits.
 *            NULL if not wanted
 * out   out  f64[n][ld]; columns beyond dim are not touched
 *
 * nai_block_centre32 rounds the difference to float32. Both in float64 otherwise, each feature's
 * sum in row order.
 */
void nai_block_centre(double *mean, double *low, double *out, size_t ld,
                      const struct nai_staging *s, size_t first, size_t n);
void nai_block_centre32(double *mean, double *low, float *out, size_t ld,
                        const struct nai_staging *s, size_t first, size_t n);

/*
 * nai_means_join - the mean of n1 rows becomes that of these and n2 more (Chan, Golub & LeVeque).
 *
 * mean, low  in/out  f64[dim], of the n1 rows; mean + low carries twice the digits, so that a mean
 *                    far from 0 costs none where means are subtracted. Not read when n1 is 0
 * d, dlow    in      f64[dim], of the n2 rows
 * d          out     the difference of the means
 */
void nai_means_join(double *mean, double *low, double *d, const double *dlow, size_t dim, double n1,
                    double n2);

/* nai_block_shift - the same minus a given f64[dim]. */
void nai_block_shift(double *out, size_t ld, const struct nai_staging *s, size_t first, size_t n,
                     const double *shift);

#endif
