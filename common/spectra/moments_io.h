/* moments_io.h - moments as NTS streams
 * SPDX-License-Identifier: MIT
 *
 * A stream of kind "moments" holds, for moments called NAME:
 *   section NAME       dim rows of field "cov" f64[dim]; of few rows, instead, "factor" f64[dim]
 *                      with cov = factor^T factor
 *   section NAME.mean  one row of field "mean" f64[dim]
 *   meta.moments.NAME  n, dim, ddof, scaling (covariance, correlation, uncentred), precision; with
 *                      labels also of, by, part (class, within, between) and label, or, within and
 *                      between, groups: how many there were
 * For the covariance between two fields: NAME with field "cross" f64[dim_b], dim_a rows,
 * NAME.mean_a, NAME.mean_b, and meta.cross.NAME with n, ddof. For two repeats of the same stimuli:
 * NAME.s and NAME.c1 with field "second" f64[dim], and meta.pairs.NAME with n, shuffles, seed. */
#ifndef NAI_MOMENTS_IO_H
#define NAI_MOMENTS_IO_H

#include <jansson.h>

#include "arrays.h"
#include "cov.h"

struct nai_moments_info {
    char name[NTS_MAX_NAME + 1];
    enum nai_scaling scaling;
    unsigned ddof;
    enum nai_precision precision;
    char of[NTS_MAX_NAME + 1]; /* the field of which this is a class or a part; "" otherwise */
    char part[8];              /* "class", "within", "between" or "" */
    char by[NTS_MAX_NAME + 1]; /* the field of labels, of a part */
    int64_t label;             /* of the class */
    uint64_t groups;           /* within and between which these moments are; 0 otherwise */
};

/* nai_scaling_name - "covariance", "correlation", "uncentred". */
const char *nai_scaling_name(enum nai_scaling s);

/* nai_moments_declare - add sections and meta for scaled moments to a header. */
int nai_moments_declare(struct nts_header *h, const struct nai_moments_info *info,
                        const struct nai_moments *m, struct nai_err *err);

/* nai_moments_write - write them to the sections declared. h is the header declared on. */
int nai_moments_write(struct nts_writer *w, const struct nts_header *h,
                      const struct nai_moments_info *info, const struct nai_moments *m,
                      struct nai_err *err);

/* nai_moments_take - the moments called `name` out of a stream in memory; m's buffers are taken
 * from it. NAI_EINPUT when they are not there whole. */
int nai_moments_take(struct nai_moments *m, struct nai_moments_info *info,
                     const struct nai_arrays *all, const char *name, struct nai_err *err);

/* nai_moments_unscale - from covariance back to scatter. NAI_EINPUT for other scalings, which
 * cannot be merged. */
int nai_moments_unscale(struct nai_moments *m, const struct nai_moments_info *info,
                        struct nai_err *err);

/* nai_meta_set - h->meta[group][name] = value (taken over). */
int nai_meta_set(struct nts_header *h, const char *group, const char *name, json_t *value,
                 struct nai_err *err);

/* nai_meta_get - h->meta[group][name], borrowed, or NULL. */
json_t *nai_meta_get(const struct nts_header *h, const char *group, const char *name);

/* nai_meta_group - h->meta[group], borrowed, or NULL. */
json_t *nai_meta_group(const struct nts_header *h, const char *group);

#endif
