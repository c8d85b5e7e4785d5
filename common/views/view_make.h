/* view_make.h - rows of a data set into rows of views, to all who want them
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEW_MAKE_H
#define NAI_VIEW_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view_held.h"
#include "view_preview.h"
#include "view_stream.h"
#include "views.h"

/* Where rows come from and where they go. What is not wanted is NULL; nothing is owned but what
 * stands below the line. */
struct nai_view_make {
    const struct nai_view_input *input;
    const struct nai_recipe *recipe;
    const struct nts_section *section; /* of the data set */
    uint64_t seed;
    struct nts_writer *out;      /* of nai_view_header */
    struct nts_writer *params;   /* of nai_draws_header */
    struct nai_replay *replay;   /* instead of drawing */
    struct nai_preview *preview; /* gets the first views */
    /* -- */
    struct nai_views *views;
    size_t chunk; /* rows made at a time; changes no result */
    uint64_t *id;
    uint32_t *epoch;
    struct nai_view *view;
    struct nai_draws draws;
    void *made[NAI_VIEW_GROUPS];
    void **picked; /* [fields]: rows of a chunk, gathered */
};

/*
 * nai_view_make_new - make room for a chunk.
 *
 * m        in/out  input, recipe and section set
 * floats   in      views as f32, normalised
 * params   in      m->params will be set
 * threads  in      at least 1
 *
 * NAI_ESYSTEM when out of memory. Free with nai_view_make_free in any case.
 */
int nai_view_make_new(struct nai_view_make *m, bool floats, bool params, size_t threads,
                      struct nai_err *err);
void nai_view_make_free(struct nai_view_make *m);

/* nai_view_make_rows - views of consecutive rows, given as columns data[fields]; first is the
 * number of the first one. */
int nai_view_make_rows(struct nai_view_make *m, const void *const *data, uint64_t first,
                       uint32_t epoch, size_t rows, struct nai_err *err);

/* nai_view_make_picked - views of up to a chunk of held rows, those of order[0 .. rows - 1]. */
int nai_view_make_picked(struct nai_view_make *m, const struct nai_view_held *held,
                         const uint64_t *order, uint32_t epoch, size_t rows, struct nai_err *err);

#endif
