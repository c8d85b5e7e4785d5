/* probe_read.h - features and labels out of a stream, to memory
 * SPDX-License-Identifier: MIT */
#ifndef NAI_PROBE_READ_H
#define NAI_PROBE_READ_H

#include "nts.h"
#include "probe_set.h"
#include "rows.h"

/* Labels, or targets, of the rows of one section. */
struct nai_probe_labels {
    size_t n, room, k; /* rows; values a row */
    int64_t *y;        /* i64[n], owned; or */
    double *value;     /* f64[n][k], owned */
};

/* One field of features. */
struct nai_probe_field {
    struct nai_pick pick;
    struct nai_features x; /* owned */
};

/* What was read. */
struct nai_probe_rows {
    size_t nfields, nsections;
    struct nai_probe_field *field;   /* owned: field[nfields] */
    struct nai_probe_labels *labels; /* owned: labels[nsections] */
};

/* What to read. */
struct nai_probe_want {
    char *const *fields;               /* NULL-terminated names; NULL: see below */
    const char *labels;                /* the field of labels or targets */
    bool values;                       /* targets, not classes */
    const struct nai_probe_rows *like; /* take the fields that this has; NULL: any */
};

/*
 * nai_probe_rows_open - choose the fields, before any row is read.
 *
 * rows  out  free with nai_probe_rows_free, whatever is returned
 *
 * Without names, every field of floating point that is not a scalar; where there is none, every
 * numeric one; never the labels. NAI_EUSAGE for names that are not there. NAI_EINPUT: no features,
 * no labels beside them, labels that are not integers (when they are to be classes), or a field of
 * `like` that is missing or of another width. NAI_ESYSTEM.
 */
int nai_probe_rows_open(struct nai_probe_rows *rows, const struct nts_header *h,
                        const struct nai_probe_want *want, const char *stream, struct nai_err *err);

/*
 * nai_probe_rows_take - add a batch.
 *
 * NAI_ENUMERIC, naming field and row, for a value that is not finite. NAI_ESYSTEM.
 */
int nai_probe_rows_take(struct nai_probe_rows *rows, const struct nts_section *sec,
                        const struct nts_batch *b, const struct nai_probe_want *want,
                        struct nai_err *err);

void nai_probe_rows_free(struct nai_probe_rows *rows);

#endif
