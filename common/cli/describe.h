/* describe.h - streams put into words: for people, and as JSON
 * SPDX-License-Identifier: MIT */
#ifndef NAI_DESCRIBE_H
#define NAI_DESCRIBE_H

#include <jansson.h>
#include <stdio.h>

#include "nts.h"

/* Running figures of one field. */
struct nai_stats {
    uint64_t valid, nan; /* elements that are numbers, and those that are not */
    double min, max, sum;
};

/* nai_stats_add - take in the rows of a batch. stats: [nfields], all zero at first. */
void nai_stats_add(struct nai_stats *stats, const struct nts_section *sec,
                   const struct nts_batch *b);

/* nai_row_json - row i of a batch: field -> number or flat list; NaN and infinities as strings. */
json_t *nai_row_json(const struct nts_section *sec, const struct nts_batch *b, size_t i);

/* What is known of a stream that was read to its end. */
struct nai_view {
    const char *name;
    const struct nts_header *h;
    const json_t *done;             /* its closing record */
    struct nai_stats *const *stats; /* stats[s][f], or NULL */
    json_t *head;                   /* section name -> first rows, or NULL */
    uint64_t records, bytes;
};

/* nai_view_json - one line of JSON. */
void nai_view_json(FILE *f, const struct nai_view *v);

/* nai_view_text - a tree for people. */
void nai_view_text(FILE *f, const struct nai_view *v);

#endif
