/* cov.h - mean and covariance of a stream of rows, in one pass
 * SPDX-License-Identifier: MIT
 *
 * Rows are gathered into blocks whose size follows from the dimension only, so the result does not
 * depend on how the rows were cut into pushes, nor on the number of threads. Each block is centred
 * on its own mean and joined to the rest by the update of Chan, Golub & LeVeque (1983, "Algorithms
 * for computing the sample variance"): S = S1 + S2 + n1 n2 / (n1 + n2) d d^T, d the difference of
 * the means. A large mean, or one that drifts along the stream, therefore costs no accuracy. */
#ifndef NAI_COV_H
#define NAI_COV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dtype.h"
#include "err.h"

enum nai_precision {
    NAI_EXACT, /* float64 products; 8- and 16-bit integers and bool: exact integer sums */
    NAI_MIXED  /* float32 products of centred blocks, float64 sums: see nai_cov_bound */
};

/*
 * What a set of rows leaves behind: enough to be merged with others.
 *
 * The scatter S = sum (x - mean)(x - mean)^T is held as itself, or, while there are at most dim/2
 * rows, as a factor F of few rows with S = F^T F.
 */
struct nai_moments {
    size_t dim;
    uint64_t n;   /* rows seen */
    double *mean; /* f64[dim], owned */
    bool factor;  /* m is F, not S */
    size_t rows;  /* of m: dim unless factor */
    double *m;    /* f64[rows][dim], owned; S is full and exactly symmetric */
};

/* nai_moments_free - release mean and m, and zero the struct; a zeroed one is fine. */
void nai_moments_free(struct nai_moments *m);

/*
 * nai_moments_merge - into = the moments of both sets of rows.
 *
 * into  in/out  unchanged on error; one with n = 0 becomes a copy of m
 * from  in      same dim, else NAI_EINPUT
 *
 * Two factors are stacked while together they have at most dim/2 rows; otherwise into becomes a
 * scatter. NAI_ESYSTEM when memory lacks. O(dim^2), and rows dim^2 to multiply out a factor.
 */
int nai_moments_merge(struct nai_moments *into, const struct nai_moments *from,
                      struct nai_err *err);

/* nai_moments_expand - turn a factor into the scatter it stands for; NAI_ESYSTEM, m unchanged. */
int nai_moments_expand(struct nai_moments *m, struct nai_err *err);

enum nai_scaling {
    NAI_COVARIANCE,  /* S / (n - ddof) */
    NAI_CORRELATION, /* S_ij / sqrt(S_ii S_jj); ddof has no effect */
    NAI_UNCENTRED    /* sum x x^T / (n - ddof) */
};

/*
 * nai_moments_scale - m->m becomes the matrix asked for; where it was a factor F, F^T F does.
 *
 * ddof  in  degrees of freedom taken from n
 *
 * NAI_ENUMERIC, m unchanged: n <= ddof, or a constant feature in a correlation (it is named).
 * NAI_ESYSTEM: no memory for the one more row that an uncentred factor has. O(size of m).
 */
int nai_moments_scale(struct nai_moments *m, enum nai_scaling scaling, unsigned ddof,
                      struct nai_err *err);

/* One pass over rows of dim features. */
struct nai_cov;

/*
 * nai_cov_new - an accumulator of rows dtype[dim].
 *
 * out  out  owned by the caller; nai_cov_free
 *
 * Memory: the scatter (8 dim^2 bytes, only once more than dim/2 rows, or a block of them, have
 * come) and blocks of some 12 MiB. NAI_EUSAGE: dim is 0 or beyond what BLAS indexes. NAI_ESYSTEM.
 */
int nai_cov_new(struct nai_cov **out, size_t dim, enum nai_dtype dtype,
                enum nai_precision precision, struct nai_err *err);

/*
 * nai_cov_push - add n rows.
 *
 * rows  in  dtype[n][dim], any alignment
 *
 * NAI_ENUMERIC: an element is NaN or infinite; the message names its row, counted from 0 over all
 * pushes, and its feature. NAI_ESYSTEM. After an error only nai_cov_free may follow.
 * n dim^2 flops in all.
 */
int nai_cov_push(struct nai_cov *c, const void *rows, size_t n, struct nai_err *err);

/* nai_cov_merge - add the rows that m stands for; at any time, any number of times. Errors as
 * nai_moments_merge. */
int nai_cov_merge(struct nai_cov *c, const struct nai_moments *m, struct nai_err *err);

/*
 * nai_cov_finish - the moments of all rows pushed and merged.
 *
 * out  out  set only on success; the accumulator's buffers are handed over
 *
 * 8- and 16-bit integers and bool, exact mode: S is the exact one, rounded, while every sum of
 * squares stays below 2^53 (2 million rows of u16 at the worst). NAI_EINPUT: no rows at all.
 * NAI_ENUMERIC: a sum overflowed, naming the feature. NAI_ESYSTEM. Only nai_cov_free may follow.
 */
int nai_cov_finish(struct nai_cov *c, struct nai_moments *out, struct nai_err *err);

/* nai_cov_free - release everything; NULL is fine. */
void nai_cov_free(struct nai_cov *c);

/*
 * nai_cov_bound - the relative error e of mixed precision: |S_ij' - S_ij| <= e sqrt(S_ii S_jj).
 *
 * (B + 4) 2^-24 with B the rows of a block: two roundings of the factors and at most B of the sum,
 * summed over rows by Cauchy-Schwarz. The usual error is about sqrt(B) times smaller than that.
 */
double nai_cov_bound(size_t dim);

/* Two fields seen together: what the covariance between them needs. */
struct nai_cross_moments {
    size_t dim_a, dim_b;
    uint64_t n;
    double *mean_a, *mean_b; /* f64[dim_a], f64[dim_b], owned */
    double *m;               /* f64[dim_a][dim_b], owned: sum (a - mean_a)(b - mean_b)^T */
};

void nai_cross_moments_free(struct nai_cross_moments *m);

struct nai_cross;

/* nai_cross_new, _push, _finish, _free - as nai_cov_*, float64 throughout, for the products between
 * two fields: a in dtype_a[n][dim_a], b in dtype_b[n][dim_b], the same n rows. Not mergeable.
 * Memory 8 dim_a dim_b bytes and blocks. */
int nai_cross_new(struct nai_cross **out, size_t dim_a, enum nai_dtype dtype_a, size_t dim_b,
                  enum nai_dtype dtype_b, struct nai_err *err);
int nai_cross_push(struct nai_cross *c, const void *a, const void *b, size_t n,
                   struct nai_err *err);
int nai_cross_finish(struct nai_cross *c, struct nai_cross_moments *out, struct nai_err *err);
void nai_cross_free(struct nai_cross *c);

#endif
