/* bootstrap.h - interval of alpha over rows
 * SPDX-License-Identifier: MIT */
#ifndef NAI_BOOTSTRAP_H
#define NAI_BOOTSTRAP_H

#include "cli.h"
#include "powerlaw.h"
#include "spectrum_io.h"

/* The features that spectra come from, all in memory. */
struct nai_bootstrap_rows {
    size_t n; /* fields */
    struct nai_bootstrap_field {
        char name[2 * NTS_MAX_NAME + 2];
        size_t rows, dim, cap;
        double *x; /* f64[rows][dim] */
    } * field;
};

/* nai_bootstrap_load - read the rows of a stream. Fields of scalars are left out. */
int nai_bootstrap_load(struct nai_bootstrap_rows *rows, struct nai_cli *cli, const char *path,
                       struct nai_err *err);

void nai_bootstrap_free(struct nai_bootstrap_rows *rows);

/*
 * nai_bootstrap_alpha - percentile interval of alpha.
 *
 * fit   in/out  the fit of the spectrum; ci_lo, ci_hi become the 2.5 % and 97.5 % quantiles of
 *               alpha over resamplings of the rows with replacement, se their standard deviation
 * s     in      the spectrum; rows of the field of its name are drawn, as many as there are
 * seed  in      resampling b draws from the stream (seed, "bootstrap", b)
 *
 * Each resampling makes the covariance anew and fits the same window and weights. NAI_EINPUT: no
 * field of that name, another number of rows or features, or a spectrum that is not of a
 * covariance. times * (rows dim^2 + 4/3 dim^3) flops or so.
 */
int nai_bootstrap_alpha(struct nai_powerlaw *fit, const struct nai_spectrum *s,
                        const struct nai_bootstrap_rows *rows, size_t times, uint64_t seed,
                        struct nai_err *err);

/* nai_percentiles - the 2.5 % and 97.5 % quantiles of n >= 1 finite values, linear between order
 * statistics as numpy.quantile. values: sorted by this. */
void nai_percentiles(double *values, size_t n, double *lo, double *hi);

#endif
