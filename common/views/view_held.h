/* view_held.h - rows of a data set in memory, to be gone through epoch after epoch
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEW_HELD_H
#define NAI_VIEW_HELD_H

#include <stddef.h>
#include <stdint.h>

#include "nts.h"

struct nai_view_held {
    const struct nts_section *section; /* the caller's */
    size_t rows, room;
    char **column; /* of each field: [rows * width] */
};

/* nai_view_held_add - append the rows of a batch; room doubles as it must, or is what the section
 * declares. NAI_ESYSTEM when out of memory. Free with nai_view_held_free in any case. */
int nai_view_held_add(struct nai_view_held *held, const struct nts_section *section,
                      const struct nts_batch *b, struct nai_err *err);
void nai_view_held_free(struct nai_view_held *held);

/* nai_view_held_order - a permutation of rows 0 .. n - 1, by Fisher-Yates, that depends on (seed,
 * epoch) and n alone. order: out u64[n]. */
void nai_view_held_order(uint64_t *order, size_t n, uint64_t seed, uint32_t epoch);

/* nai_view_held_gather - rows order[0 .. n - 1] of every field into to[field]. */
void nai_view_held_gather(void *const *to, const struct nai_view_held *held, const uint64_t *order,
                          size_t n);

#endif
