/* spectrum_io.h - eigenspectra as NTS streams
 * SPDX-License-Identifier: MIT
 *
 * A stream of kind "spectrum" holds, for a spectrum called NAME, a section NAME with one row an
 * eigenvalue, descending: field "lambda" f64; "uncentred" f64, the eigenvalues of the second
 * moments about 0, where the moments had what that needs; "residual" f64 where an iteration found
 * them; "vector" f64[dim], the unit eigenvector, on request. meta.spectra.NAME has n, dim, scaling,
 * rank, trace, sumsq (the sum of squares of all eigenvalues) and method. */
#ifndef NAI_SPECTRUM_IO_H
#define NAI_SPECTRUM_IO_H

#include <stdint.h>

#include "arrays.h"

struct nai_spectrum {
    char name[NTS_MAX_NAME + 1];
    char scaling[16]; /* covariance, correlation, uncentred, cvpca, lidar, "" unknown */
    char method[32];
    size_t len, dim;   /* eigenvalues held; features they are of */
    uint64_t n;        /* rows behind them; 0 when unknown */
    size_t rank;       /* numerical rank; SIZE_MAX when unknown */
    double trace;      /* sum of all eigenvalues; NaN when unknown */
    double sumsq;      /* sum of their squares; NaN when unknown */
    double *lambda;    /* f64[len], owned, as are the next */
    double *uncentred; /* f64[len] or NULL */
    double *residual;  /* f64[len] or NULL */
    double *vector;    /* f64[len][dim] or NULL */
};

/* nai_spectrum_whole - are all min(n, dim) eigenvalues there? */
bool nai_spectrum_whole(const struct nai_spectrum *s);

void nai_spectrum_free(struct nai_spectrum *s);

/* nai_spectrum_declare - add its section and meta to a header. */
int nai_spectrum_declare(struct nts_header *h, const struct nai_spectrum *s, struct nai_err *err);

/* nai_spectrum_write - write it to the section declared. */
int nai_spectrum_write(struct nts_writer *w, const struct nts_header *h,
                       const struct nai_spectrum *s, struct nai_err *err);

/* nai_spectra_read - all spectra of a stream of kind spectrum: *n of them in *out, to be freed one
 * by one and then with free(). */
int nai_spectra_read(struct nai_spectrum **out, size_t *n, struct nts_reader *r, const char *name,
                     struct nai_err *err);

#endif
