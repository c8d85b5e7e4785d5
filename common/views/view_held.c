/* view_held.c - see view_held.h
 * SPDX-License-Identifier: MIT */
#include "view_held.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "rng.h"

enum { LEAST_ROOM = 1024 };

static int grow(struct nai_view_held *held, size_t rows, struct nai_err *err)
{
    const struct nts_section *const s = held->section;
    size_t room = held->rows ? 2 * held->room : LEAST_ROOM;

    if (held->rows == 0 && s->rows > 0)
        room = (size_t)s->rows;
    if (room < rows)
        room = rows;
    for (size_t f = 0; f < s->nfields; f++) {
        char *const to = nai_alloc(room, s->field[f].width, "holding the data set", err);
        if (!to)
            return NAI_ESYSTEM;
        if (held->rows)
            memcpy(to, held->column[f], held->rows * s->field[f].width);
        nai_free(held->column[f]);
        held->column[f] = to;
    }
    held->room = room;
    return NAI_OK;
}

int nai_view_held_add(struct nai_view_held *held, const struct nts_section *section,
                      const struct nts_batch *b, struct nai_err *err)
{
    if (!held->column) {
        held->section = section;
        held->column = calloc(section->nfields, sizeof *held->column);
        if (!held->column)
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    if (held->rows + b->rows > held->room && grow(held, held->rows + b->rows, err))
        return NAI_ESYSTEM;
    for (size_t f = 0; f < section->nfields; f++) {
        const size_t width = section->field[f].width;
        memcpy(held->column[f] + held->rows * width, b->data[f], b->rows * width);
    }
    held->rows += b->rows;
    return NAI_OK;
}

void nai_view_held_free(struct nai_view_held *held)
{
    for (size_t f = 0; held->column && f < held->section->nfields; f++)
        nai_free(held->column[f]);
    free(held->column);
    *held = (struct nai_view_held){0};
}

void nai_view_held_order(uint64_t *order, size_t n, uint64_t seed, uint32_t epoch)
{
    struct nai_rng rng;

    nai_rng_init(&rng, seed, "views.shuffle", epoch);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)nai_rng_below(&rng, i);
        const uint64_t t = order[i - 1];
        order[i - 1] = order[j];
        order[j] = t;
    }
}

void nai_view_held_gather(void *const *to, const struct nai_view_held *held, const uint64_t *order,
                          size_t n)
{
    for (size_t f = 0; f < held->section->nfields; f++) {
        const size_t width = held->section->field[f].width;
        for (size_t i = 0; i < n; i++)
            memcpy((char *)to[f] + i * width, held->column[f] + order[i] * width, width);
    }
}
