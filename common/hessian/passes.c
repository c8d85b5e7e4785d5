/* passes.c - the rows that curvature is of, gone through again and again in the same batches
 * SPDX-License-Identifier: MIT */
#include "passes.h"

#include "mem.h"

/* To its end, so that what is counted was all verified. */
static int count_rows(struct nai_passes *p, struct nai_in *in, struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event ev;

    while ((ev = nts_read(in->r, &b, err)) == NTS_BATCH)
        p->rows += b.rows;
    return ev == NTS_END ? NAI_OK : err->code;
}

/* All rows in memory, and the order in which they come. */
static int hold(struct nai_passes *p, struct nai_in *in, struct nai_err *err)
{
    const int rc = nai_held_read(&p->data, in, p->i, &p->o, err);

    if (rc != NAI_OK)
        return rc;
    p->rows = p->data.rows;
    p->row = nai_alloc(p->rows, sizeof *p->row, "the order of rows", err);
    return p->row ? NAI_OK : NAI_ESYSTEM;
}

int nai_passes_open(struct nai_passes *p, struct nai_cli *cli, struct nai_in *in,
                    const struct nai_input *i, const char *path, const struct nai_feed_opts *o,
                    struct nai_err *err)
{
    int rc = nai_block_check(i, o, err);

    *p = (struct nai_passes){.cli = cli, .path = path, .h = in->h, .i = i, .o = *o, .in.fd = -1};
    p->o.hold = !path;
    p->o.partial = true;
    if (rc == NAI_OK)
        rc = path ? count_rows(p, in, err) : hold(p, in, err);
    if (rc == NAI_OK && p->rows == 0)
        rc = nai_err_set(err, NAI_EINPUT, "%s: no rows", i->name);
    if (rc != NAI_OK)
        return rc;
    if (p->o.batch > p->rows)
        p->o.batch = p->rows;
    nai_passes_select(p, -1);
    return nai_block_new(&p->batch, p->o.batch, i, &p->o, err);
}

void nai_passes_close(struct nai_passes *p)
{
    nai_in_close(&p->in);
    nai_block_free(&p->batch);
    nai_held_free(&p->data);
    nai_free(p->row);
    *p = (struct nai_passes){.in.fd = -1};
}

size_t nai_passes_select(struct nai_passes *p, int32_t label)
{
    p->chosen = p->row ? 0 : p->rows;
    for (size_t r = 0; p->row && r < p->rows; r++)
        if (label < 0 || p->data.all.labels[r] == label)
            p->row[p->chosen++] = r;
    p->rest = p->chosen > p->o.batch ? p->chosen % p->o.batch : 0;
    return p->chosen;
}

int nai_passes_begin(struct nai_passes *p, struct nai_err *err)
{
    char why[300];
    int rc;

    p->at = 0;
    if (!p->path)
        return NAI_OK;
    nai_in_close(&p->in);
    p->got.rows = p->used = 0;
    rc = nai_in_open(p->cli, &p->in, p->path, err);
    if (rc == NAI_OK && !nts_same_rows(p->h, p->in.h, why))
        rc = nai_err_set(err, NAI_EINPUT, "%s: is another stream than before: %s", p->i->name, why);
    return rc;
}

/* Rows of the file until the batch is full or nothing is left. */
static int fill(struct nai_passes *p, size_t *n, struct nai_err *err)
{
    int rc = NAI_OK;

    for (*n = 0; rc == NAI_OK && *n < p->o.batch;) {
        const size_t room = p->o.batch - *n;
        size_t k = p->got.rows - p->used;
        if (k == 0) {
            const enum nts_event ev = nts_read(p->in.r, &p->got, err);
            if (ev == NTS_END)
                break;
            if (ev != NTS_BATCH)
                return err->code;
            p->used = 0;
            continue;
        }
        k = k < room ? k : room;
        rc = nai_block_take(&p->batch, *n, p->i, &p->o, &p->got, p->used, k, err);
        p->used += k;
        *n += k;
    }
    return rc;
}

int nai_passes_next(struct nai_passes *p, struct nai_rows *b, bool *more, struct nai_err *err)
{
    const size_t left = p->chosen - p->at;
    size_t n = left < p->o.batch ? left : p->o.batch;
    int rc = NAI_OK;

    for (size_t r = 0; !p->path && r < n; r++)
        nai_block_copy(&p->batch, r, &p->data.all, p->row[p->at + r], p->i);
    if (p->path) {
        const size_t expected = n;
        rc = fill(p, &n, err);
        if (rc == NAI_OK && n != expected)
            rc = nai_err_set(err, NAI_EINPUT, "%s: had %zu rows before, and now has others",
                             p->i->name, p->rows);
    }
    *more = n > 0;
    *b = (struct nai_rows){.n = n, .labels = p->batch.labels, .targets = p->batch.targets};
    for (size_t g = 0; g < p->i->ngroups; g++)
        b->x[g] = p->batch.x[g];
    p->at += n;
    return rc;
}
