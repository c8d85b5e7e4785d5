/* repeats.h - two fields of the same rows: repeats for cvPCA, and covariances between fields
 * SPDX-License-Identifier: MIT */
#ifndef NAI_REPEATS_H
#define NAI_REPEATS_H

#include "arrays.h"
#include "cli.h"
#include "spectrum_io.h"

struct nai_repeats {
    const char *names; /* "A,B" */
    size_t shuffles;   /* of the repeats; 0: a plain covariance between the two fields */
    size_t ddof;
    bool uncentred; /* leave the mean over all presentations in */
    bool skip_nan;  /* leave out rows that are not finite, instead of failing */
};

/* nai_repeats_spectrum - the cross-validated spectrum from rows, which are held in memory; divided
 * by its sum. Errors as nai_cvpca, NAI_ENUMERIC too when the repeats share no variance. */
int nai_repeats_spectrum(struct nai_spectrum *s, struct nai_cli *cli, struct nai_in *in,
                         const struct nai_repeats *job, struct nai_err *err);

/* nai_repeats_moments - one pass over the rows of `in` to a stream of moments: of a pair when
 * shuffles are asked for, otherwise of the covariance between the fields. */
int nai_repeats_moments(struct nai_cli *cli, struct nai_in *in, const struct nai_repeats *job,
                        struct nai_err *err);

/* nai_repeats_from_pair - the cross-validated spectrum from moments of the pair called `name`. */
int nai_repeats_from_pair(struct nai_spectrum *s, const struct nai_arrays *all, const char *name,
                          struct nai_err *err);

#endif
