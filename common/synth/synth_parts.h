/* synth_parts.h - what the studies share
 * SPDX-License-Identifier: MIT */
#ifndef NAI_SYNTH_PARTS_H
#define NAI_SYNTH_PARTS_H

#include <jansson.h>

#include "synth.h"

/* nai_synth_begin - a header of that kind with its section of o->rows rows, and meta.synth = params
 * (taken over; study and seed are added; not which rows, so that parts can be joined); views say
 * that they are one epoch. */
int nai_synth_begin(struct nai_synth *s, const char *kind, const char *study,
                    const struct nai_synth_spec *o, json_t *params, struct nai_err *err);

/* nai_synth_field - add a field, with room for a block of it. */
int nai_synth_field(struct nai_synth *s, const char *name, enum nai_dtype dtype, size_t ndim,
                    const uint64_t *shape, struct nai_err *err);

/* nai_synth_matrix - memory for f64[n][m], size checked. */
double *nai_synth_matrix(size_t n, size_t m, const char *what, struct nai_err *err);

/* nai_synth_rotation - the Haar matrix of the seed, f64[dim][dim]; NULL with err set. */
double *nai_synth_rotation(size_t dim, uint64_t seed, struct nai_err *err);

/* nai_synth_reals - v[n] as a JSON array; NULL when out of memory. */
json_t *nai_synth_reals(const double *v, size_t n);

/* nai_synth_held - copy a block of the rows held whole, v f64[rows][width], to dst. */
void nai_synth_held(double *dst, const struct nai_synth *s, const double *v, size_t width,
                    uint64_t first);

#endif
