/* run_fetch.c - values of a run's nodes as host rows
 * SPDX-License-Identifier: MIT */
#include "layout.h"
#include "pool.h"
#include "run_parts.h"
#include "token.h"

size_t nai_run_width(const struct nai_run *r, int node, bool pool)
{
    const struct nai_shape *const s = &r->cell[node].shape;

    return pool ? s->c : s->c * s->h * s->w;
}

int nai_run_fetch(struct nai_run *r, int node, bool pool, size_t n, void *dst, struct nai_err *err)
{
    const struct nai_cell *const cell = &r->cell[node];
    const size_t width = nai_run_width(r, node, pool), sample = width * r->d->size;
    struct nai_buf *const value = nai_value(r, node), *const scratch = nai_slot_buf(r, r->fetch);
    struct nai_shape part = cell->shape;
    const size_t room = r->slot[r->fetch].count / width, each = nai_shape_count(&part) / part.n;
    const bool tokens = r->g->node[node].tokens, lies = tokens || part.block == 1;
    const bool row = part.h * part.w == 1 && part.c == part.block;

    if (row || (lies && !pool)) {
        r->d->memory->download(r->d, dst, value, n * width);
        return r->d->memory->sync(r->d, err);
    }
    for (size_t done = 0; done < n; done += part.n) {
        const struct nai_buf *const from = r->d->memory->at(r->d, value, done * each);
        part.n = n - done < room ? n - done : room;
        if (pool && tokens) {
            r->d->token->mean(r->d, part.n, part.h, part.c, 1, from, scratch);
        } else if (pool) {
            r->d->pool->global(r->d, &part, from, scratch);
        } else {
            struct nai_shape to = part;
            to.block = 1;
            r->d->image->reorder(r->d, &part, from, &to, scratch);
        }
        r->d->memory->download(r->d, (char *)dst + done * sample, scratch, part.n * width);
    }
    return r->d->memory->sync(r->d, err);
}
