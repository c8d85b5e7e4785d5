/* view_make.c - see view_make.h
 * SPDX-License-Identifier: MIT */
#include "view_make.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { CHUNK_BYTES = 1 << 22, CHUNK_LEAST = 16, CHUNK_MOST = 4096 };

void nai_view_make_free(struct nai_view_make *m)
{
    for (size_t g = 0; g < NAI_VIEW_GROUPS; g++)
        nai_free(m->made[g]);
    for (size_t f = 0; m->picked && f < m->section->nfields; f++)
        nai_free(m->picked[f]);
    free(m->picked);
    nai_free(m->id);
    nai_free(m->epoch);
    nai_free(m->view);
    nai_draws_free(&m->draws);
    nai_views_free(m->views);
    *m = (struct nai_view_make){0};
}

int nai_view_make_new(struct nai_view_make *m, bool floats, bool params, size_t threads,
                      struct nai_err *err)
{
    const size_t views = m->recipe->views, groups = m->recipe->ngroups;
    size_t row = 0;

    if (nai_views_new(&m->views, m->recipe, m->input->h, m->input->w, floats, threads, err))
        return NAI_ESYSTEM;
    for (size_t g = 0; g < groups; g++)
        row += nai_views_bytes(m->views, g);
    m->chunk = CHUNK_BYTES / row;
    m->chunk = m->chunk < CHUNK_LEAST ? CHUNK_LEAST : m->chunk;
    m->chunk = m->chunk > CHUNK_MOST ? CHUNK_MOST : m->chunk;
    for (size_t g = 0; g < groups; g++)
        if (!(m->made[g] = nai_alloc(m->chunk, nai_views_bytes(m->views, g), "the views", err)))
            return NAI_ESYSTEM;
    if (!(m->id = nai_alloc(m->chunk, sizeof *m->id, "the views", err)) ||
        !(m->epoch = nai_alloc(m->chunk, sizeof *m->epoch, "the views", err)) ||
        !(m->view = nai_alloc(m->chunk * views, sizeof *m->view, "the views", err)))
        return NAI_ESYSTEM;
    return params ? nai_draws_new(&m->draws, views, m->chunk, err) : NAI_OK;
}

/* Up to a chunk of rows whose ids are set. */
static int make(struct nai_view_make *m, const void *const *data, uint32_t epoch, size_t rows,
                struct nai_err *err)
{
    const void *column[NAI_VIEW_GROUPS + NTS_MAX_FIELDS + 2];
    size_t n = 0;
    int st = NAI_OK;

    if (m->replay)
        st = nai_replay_take(m->replay, m->view, m->id, epoch, rows, err);
    else
        nai_views_draw(m->views, m->view, m->seed, epoch, m->id, rows);
    if (st != NAI_OK)
        return st;
    nai_views_render(m->views, m->made, data[m->input->x], m->view, rows);
    for (size_t i = 0; i < rows; i++)
        m->epoch[i] = epoch;
    for (size_t g = 0; g < m->recipe->ngroups; g++)
        column[n++] = m->made[g];
    for (size_t f = 0; f < m->section->nfields; f++)
        if (f != m->input->x && (int)f != m->input->id)
            column[n++] = data[f];
    column[n++] = m->id;
    column[n] = m->epoch;
    st = nts_write(m->out, 0, rows, column, err);
    if (st == NAI_OK && m->params) {
        nai_draws_put(&m->draws, m->view, m->id, epoch, rows);
        st = nts_write(m->params, 0, rows, (const void *const *)m->draws.column, err);
    }
    if (st == NAI_OK && m->preview)
        st = nai_preview_put(m->preview, m->made, rows, err);
    return st;
}

int nai_view_make_rows(struct nai_view_make *m, const void *const *data, uint64_t first,
                       uint32_t epoch, size_t rows, struct nai_err *err)
{
    const void *at[NTS_MAX_FIELDS];
    int st = NAI_OK;

    for (size_t i = 0, n; i < rows && st == NAI_OK; i += n) {
        n = rows - i < m->chunk ? rows - i : m->chunk;
        for (size_t f = 0; f < m->section->nfields; f++)
            at[f] = (const char *)data[f] + i * m->section->field[f].width;
        nai_view_ids(m->id, m->input, at, first + i, n);
        st = make(m, at, epoch, n, err);
    }
    return st;
}

int nai_view_make_picked(struct nai_view_make *m, const struct nai_view_held *held,
                         const uint64_t *order, uint32_t epoch, size_t rows, struct nai_err *err)
{
    if (!m->picked && !(m->picked = calloc(m->section->nfields, sizeof *m->picked)))
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t f = 0; f < m->section->nfields; f++)
        if (!m->picked[f] && !(m->picked[f] = nai_alloc(m->chunk, m->section->field[f].width,
                                                        "shuffling the images", err)))
            return NAI_ESYSTEM;
    nai_view_held_gather(m->picked, held, order, rows);
    if (m->input->id < 0)
        memcpy(m->id, order, rows * sizeof *order);
    else
        nai_view_ids(m->id, m->input, (const void *const *)m->picked, 0, rows);
    return make(m, (const void *const *)m->picked, epoch, rows, err);
}
