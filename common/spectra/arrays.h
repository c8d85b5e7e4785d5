/* arrays.h - streams of float64 matrices: what moments and spectra are made of
 * SPDX-License-Identifier: MIT */
#ifndef NAI_ARRAYS_H
#define NAI_ARRAYS_H

#include <stddef.h>

#include "nts.h"

/* One field of one section, whole. */
struct nai_array {
    const char *section, *field; /* the header's */
    size_t rows, cols;
    double *v; /* f64[rows][cols] */
};

struct nai_arrays {
    struct nts_header *h; /* a copy */
    size_t n;
    struct nai_array *a; /* a[n], in header order */
};

/*
 * nai_arrays_read - every field of a stream, to memory.
 *
 * kind  in  what the stream must be; NAI_EINPUT otherwise, and for fields that are not f64
 * name  in  for messages
 *
 * The stream is read to its end: more than one joined stream, or one that is cut short, is
 * NAI_EINPUT.
 */
int nai_arrays_read(struct nai_arrays *all, struct nts_reader *r, const char *kind,
                    const char *name, struct nai_err *err);

void nai_arrays_free(struct nai_arrays *all);

/* nai_arrays_find - the array of that section and field, or NULL. */
struct nai_array *nai_arrays_find(const struct nai_arrays *all, const char *section,
                                  const char *field);

/* nai_array_take - its values, now the caller's (nai_free). */
double *nai_array_take(struct nai_array *a);

/* nai_array_declare - add section `name` of `rows` rows with one field f64[cols] (scalar when cols
 * is 0); the section's index, or -1, also when there is one of that name. */
int nai_array_declare(struct nts_header *h, const char *name, size_t rows, const char *field,
                      size_t cols);

/* nai_kind_check - NAI_EINPUT unless the stream is of that kind, saying what would make one. */
int nai_kind_check(const struct nts_header *h, const char *kind, const char *name,
                   struct nai_err *err);

#endif
