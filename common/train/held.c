/* held.c - a dataset in memory, gone through in another order each epoch
 * SPDX-License-Identifier: MIT */
#include "held.h"

#include <string.h>

#include "mem.h"
#include "rng.h"

enum { FIRST_ROWS = 1024 }; /* room made at first, when their number is not known */

/* Room for twice as many rows. */
static int grow(struct nai_held *h, size_t cap, struct nai_err *err)
{
    struct nai_block more = {0};
    int rc = nai_block_new(&more, cap, h->i, h->o, err);

    for (size_t g = 0; rc == NAI_OK && g < h->i->ngroups && h->rows; g++)
        memcpy(more.x[g], h->all.x[g], h->rows * more.width[g]);
    if (rc == NAI_OK && more.labels && h->rows)
        memcpy(more.labels, h->all.labels, h->rows * sizeof *more.labels);
    if (rc == NAI_OK && more.targets && h->rows)
        memcpy(more.targets, h->all.targets, h->rows * h->i->y_count * sizeof *more.targets);
    if (rc != NAI_OK) {
        nai_block_free(&more);
        return rc;
    }
    nai_block_free(&h->all);
    h->all = more;
    return NAI_OK;
}

static int read_all(struct nai_held *h, struct nai_in *in, struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event ev;
    int rc = grow(h, h->i->images ? h->i->images : FIRST_ROWS, err);

    while (rc == NAI_OK && (ev = nts_read(in->r, &b, err)) != NTS_END) {
        if (ev != NTS_BATCH)
            return err->code;
        while (rc == NAI_OK && b.rows > h->all.cap - h->rows)
            rc = h->all.cap > SIZE_MAX / 2 ? nai_err_set(err, NAI_ESYSTEM, "out of memory")
                                           : grow(h, 2 * h->all.cap, err);
        if (rc == NAI_OK)
            rc = nai_block_take(&h->all, h->rows, h->i, h->o, &b, 0, b.rows, err);
        h->rows += b.rows;
    }
    return rc;
}

int nai_held_read(struct nai_held *h, struct nai_in *in, const struct nai_input *i,
                  const struct nai_feed_opts *o, struct nai_err *err)
{
    size_t n;
    int rc;

    *h = (struct nai_held){.i = i, .o = o};
    rc = read_all(h, in, err);
    if (rc != NAI_OK)
        return rc;
    n = o->batch;
    if (h->rows == 0)
        return nai_err_set(err, NAI_EINPUT, "%s: no rows", i->name);
    if (h->rows < n && !o->partial)
        return nai_err_set(err, NAI_EINPUT, "%s: %zu rows, fewer than a batch of %zu", i->name,
                           h->rows, n);
    h->batches = h->rows / n + (o->partial && h->rows % n);
    h->order = nai_alloc(h->rows, sizeof *h->order, "the order of rows", err);
    if (!h->order)
        return NAI_ESYSTEM;
    for (size_t r = 0; r < h->rows; r++) {
        h->order[r] = r;
        if (o->labels && (size_t)h->all.labels[r] >= h->classes)
            h->classes = (size_t)h->all.labels[r] + 1;
    }
    return nai_block_new(&h->batch, n < h->rows ? n : h->rows, i, o, err);
}

/* Fisher-Yates from the identity: the order of an epoch depends on its number and the seed only. */
static void shuffle(struct nai_held *h, uint64_t epoch)
{
    struct nai_rng rng;

    nai_rng_init(&rng, h->o->seed, "train order", epoch);
    for (size_t i = 0; i < h->rows; i++)
        h->order[i] = i;
    for (size_t i = h->rows; i > 1; i--) {
        const size_t j = (size_t)nai_rng_below(&rng, i), t = h->order[i - 1];
        h->order[i - 1] = h->order[j];
        h->order[j] = t;
    }
    h->ordered = epoch + 1;
}

bool nai_held_next(struct nai_held *h, struct nai_rows *b)
{
    const uint64_t epoch = h->next / h->batches;
    const size_t k = (size_t)(h->next % h->batches), n = h->o->batch;
    const size_t left = h->rows - k * n;

    if (epoch >= h->o->epochs)
        return false;
    if (h->o->shuffle && h->ordered != epoch + 1)
        shuffle(h, epoch);
    *b = (struct nai_rows){.n = left < n ? left : n, .epoch = epoch};
    for (size_t r = 0; r < b->n; r++)
        nai_block_copy(&h->batch, r, &h->all, h->order[k * n + r], h->i);
    for (size_t g = 0; g < h->i->ngroups; g++)
        b->x[g] = h->batch.x[g];
    b->labels = h->batch.labels;
    b->targets = h->batch.targets;
    h->next++;
    if (k == h->batches - 1)
        h->dropped += left - b->n;
    return true;
}

void nai_held_free(struct nai_held *h)
{
    nai_block_free(&h->all);
    nai_block_free(&h->batch);
    nai_free(h->order);
    *h = (struct nai_held){0};
}
