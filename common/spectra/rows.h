/* rows.h - picking fields out of a stream of rows, and rows that are finite
 * SPDX-License-Identifier: MIT */
#ifndef NAI_ROWS_H
#define NAI_ROWS_H

#include "nts.h"

struct nai_pick {
    size_t section, field;
    char name[NTS_MAX_NAME * 2 + 2]; /* "x", or "section.x" where there are several sections */
};

/*
 * nai_pick_fields - the fields named, or every numeric one that is not a scalar.
 *
 * out     out  free with free()
 * words   in   NULL-terminated names, or NULL
 * except  in   a field to leave out (the labels), or NULL
 *
 * NAI_EUSAGE, with what there is, when a name is not there; NAI_EINPUT when nothing is left.
 */
int nai_pick_fields(struct nai_pick **out, size_t *n, const struct nts_header *h,
                    char *const *words, const char *except, const char *stream,
                    struct nai_err *err);

/* nai_rows_kind - NAI_EINPUT when the stream is not of rows: a model, moments or a spectrum. */
int nai_rows_kind(const struct nts_header *h, const char *stream, struct nai_err *err);

/* nai_row_finite - is element after element of row i of a field finite? */
bool nai_row_finite(const struct nts_field *f, const void *data, size_t i);

/* nai_fields_text - "x f32[2048], y i32" for messages, in buf. Returns buf. */
const char *nai_fields_text(char buf[static 400], const struct nts_section *s);

#endif
