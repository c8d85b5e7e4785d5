/* spectrum_io.h - eigenspectra as NTS streams
 * SPDX-License-Identifier: MIT
 *
 * A stream of kind "spectrum" holds, for a spectrum called NAME, a section NAME with one row an
 * eigenvalue, descending, negative ones last: field "lambda" f64; "uncentred" f64, the eigenvalues
 * of the second moments about 0, where the moments had what that needs; "residual" f64 where an
 * iteration found them; "vector" f64[dim], the unit eigenvector, on request. meta.spectra.NAME has
 * n, dim, scaling, rank, trace, sumsq (the sum of squares of all eigenvalues) and method.
 *
 * Of a part of a spectrum, the rows are its largest eigenvalues, and then as many of its smallest
 * as meta.spectra.NAME.bottom says.
 *
 * With a field "weight" f64 it is a density: a row is a node, and stands for that share of all the
 * dim eigenvalues; the weights sum to 1. meta.spectra.NAME.vectors is how many quadratures, one a
 * random vector, were averaged: their nodes are merged, with weights over their number. */
#ifndef NAI_SPECTRUM_IO_H
#define NAI_SPECTRUM_IO_H

#include <stdint.h>

#include "arrays.h"

struct nai_spectrum {
    char name[NTS_MAX_NAME + 1];
    /* covariance, correlation, uncentred, cvpca (its values are in the order of one repeat's, not
     * descending), lidar; of a loss: hessian, ggn, fisher; "" unknown */
    char scaling[16];
    char method[32];
    size_t len, dim;   /* eigenvalues held; features, or parameters, they are of */
    size_t bottom;     /* of those held, the last so many are the smallest of all: ranks to dim */
    size_t vectors;    /* of a density: quadratures averaged; otherwise 0 */
    uint64_t n;        /* rows behind them; 0 when unknown */
    size_t rank;       /* numerical: |lambda| above rounding; SIZE_MAX when unknown */
    double trace;      /* sum of all eigenvalues; NaN when unknown */
    double sumsq;      /* sum of their squares; NaN when unknown */
    double *lambda;    /* f64[len], owned, as are the next */
    double *uncentred; /* f64[len] or NULL */
    double *residual;  /* f64[len] or NULL */
    double *weight;    /* f64[len] or NULL: >= 0, sum 1; what makes it a density */
    double *vector;    /* f64[len][dim] or NULL */
};

/* nai_spectrum_whole - are all the eigenvalues there that need not be 0? Those are min(n, dim), and
 * dim of a loss. Never of a density. */
bool nai_spectrum_whole(const struct nai_spectrum *s);

/* nai_spectrum_head - how many of those held are the largest: ranks 1 to that, without a gap. */
size_t nai_spectrum_head(const struct nai_spectrum *s);

/* nai_spectrum_place - the rank, from 1, of lambda[i] among all dim eigenvalues. */
size_t nai_spectrum_place(const struct nai_spectrum *s, size_t i);

/* nai_spectrum_rounding - what is no larger than this is rounding: max |lambda| max(n, dim) eps.
 * 0 when there are no eigenvalues. */
double nai_spectrum_rounding(const struct nai_spectrum *s);

/* nai_spectrum_leading - how many of the head are above rounding: the ranks that a logarithm has
 * something to say of. That is the numerical rank where it is known, save of a Hessian, where it
 * counts negative eigenvalues too. */
size_t nai_spectrum_leading(const struct nai_spectrum *s);

/* nai_spectrum_indefinite - is it of a Hessian with negative eigenvalues? Those of a covariance are
 * rounding, and those of cross-validation noise. */
bool nai_spectrum_indefinite(const struct nai_spectrum *s);

void nai_spectrum_free(struct nai_spectrum *s);

/* nai_spectrum_declare - add its section and meta to a header. */
int nai_spectrum_declare(struct nts_header *h, const struct nai_spectrum *s, struct nai_err *err);

/* nai_spectrum_write - write it to the section declared. */
int nai_spectrum_write(struct nts_writer *w, const struct nts_header *h,
                       const struct nai_spectrum *s, struct nai_err *err);

/* nai_spectra_read - all spectra of a stream of kind spectrum: *n of them in *out, to be freed one
 * by one and then with free(). NAI_EINPUT also for values that are not finite or not in order,
 * weights that are negative or do not sum to 1 (within 1e-6), and a bottom that is not there. */
int nai_spectra_read(struct nai_spectrum **out, size_t *n, struct nts_reader *r, const char *name,
                     struct nai_err *err);

#endif
