/* embed_rows.c - rows through the networks, and out
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <string.h>

#include "embed.h"
#include "upload.h"

/* ---- forward ---- */

/* sum += or = the features of the views of a group: n rows of `views` each. */
static void add_views(double *sum, const void *fetched, enum nai_dtype dtype, size_t n,
                      size_t views, size_t width, bool first)
{
    for (size_t b = 0; b < n; b++)
        for (size_t v = 0; v < views; v++) {
            const size_t at = (b * views + v) * width;
            for (size_t k = 0; k < width; k++) {
                const double x = dtype == NAI_F32 ? (double)((const float *)fetched)[at + k]
                                                  : ((const double *)fetched)[at + k];
                sum[b * width + k] = (first && v == 0 ? 0 : sum[b * width + k]) + x;
            }
        }
}

static void take_mean(const struct nai_embed_field *f, enum nai_dtype dtype, size_t n, size_t views)
{
    for (size_t k = 0; k < n * f->width; k++) {
        const double x = f->sum[k] / (double)views;
        if (dtype == NAI_F32)
            ((float *)(void *)f->rows)[k] = (float)x;
        else
            ((double *)(void *)f->rows)[k] = x;
    }
}

/* The features of one group of views to their places among all views of each row. */
static void place_views(const struct nai_embed_field *f, const void *fetched, size_t size, size_t n,
                        size_t views, size_t all, size_t before)
{
    const size_t bytes = f->width * size;

    for (size_t b = 0; b < n; b++)
        memcpy(f->rows + (b * all + before) * bytes, (const char *)fetched + b * views * bytes,
               views * bytes);
}

/* One network's fields, from one group of views. */
static int fetch(struct nai_embedder *e, size_t net, size_t g, size_t before, struct nai_err *err)
{
    const size_t views = e->input.group[g].views, n = e->filled, all = e->input.nviews;
    const size_t size = nai_dtype_size(e->o->dtype);
    int rc = NAI_OK;

    for (size_t k = 0; rc == NAI_OK && k < e->nfields; k++) {
        struct nai_embed_field *const f = &e->field[k];
        const bool straight = e->input.ngroups == 1 && (e->o->each || all == 1);
        if (f->net != net)
            continue;
        rc = nai_run_fetch(e->net[net].run[g], f->node, e->o->avg, n * views,
                           straight ? f->rows : e->fetched, err);
        if (rc != NAI_OK || straight)
            continue;
        if (e->o->each) {
            place_views(f, e->fetched, size, n, views, all, before);
            continue;
        }
        add_views(f->sum, e->fetched, e->o->dtype, n, views, f->width, g == 0);
        if (g + 1 == e->input.ngroups)
            take_mean(f, e->o->dtype, n, all);
    }
    return rc;
}

int nai_embed_forward(struct nai_embedder *e, struct nai_err *err)
{
    int rc = NAI_OK;

    for (size_t m = 0; m < e->nnets; m++)
        for (size_t g = 0, before = 0; rc == NAI_OK && g < e->input.ngroups; g++) {
            struct nai_run *const r = e->net[m].run[g];
            nai_upload_rows(r, e->device, &e->input, g, e->block.x[g],
                            e->filled * e->input.group[g].views);
            nai_run_forward(r, NULL);
            rc = e->device->memory->sync(e->device, err);
            if (rc == NAI_OK)
                rc = fetch(e, m, g, before, err);
            before += e->input.group[g].views;
        }
    return rc;
}

/* ---- header ---- */

/* What the data's meta says that still holds, and which layers these are. */
static json_t *out_meta(const struct nai_embedder *e)
{
    static const char *const gone[] = {"mean",   "std",        "normalised", "epochs",
                                       "images", "batch_hint", NULL};
    json_t *const m = e->in.h->meta ? json_deep_copy(e->in.h->meta) : json_object();
    json_t *const layers = json_object();

    for (size_t k = 0; m && gone[k]; k++)
        json_object_del(m, gone[k]);
    for (size_t k = 0; m && k < e->nfields; k++) {
        const struct nai_graph *const g = e->net[e->field[k].net].model->graph;
        json_object_set_new(layers, e->field[k].name, json_string(g->node[e->field[k].node].name));
    }
    if (m)
        json_object_set_new(m, "layers", layers);
    return m;
}

static int out_header(struct nts_header **out, const struct nai_embedder *e, struct nai_err *err)
{
    const struct nts_section *const from = &e->in.h->section[0];
    const bool each = e->o->each && e->input.nviews > 1;
    struct nts_header *const h = nts_header_new("embedding");
    const int s = h ? nts_header_section(h, from->name, each ? -1 : from->rows) : -1;
    bool ok = s >= 0;

    *out = h;
    for (size_t k = 0; ok && k < e->nfields; k++) {
        const uint64_t width = e->field[k].width;
        ok = nts_header_field(h, s, e->field[k].name, e->o->dtype, 1, &width) >= 0;
    }
    for (size_t k = 0; ok && k < e->ncarried; k++) {
        const struct nts_field *const f = &from->field[e->carried[k]];
        ok = nts_header_field(h, s, f->name, f->dtype, f->ndim, f->shape) >= 0;
    }
    if (ok && e->o->each && e->input.id < 0)
        ok = nts_header_field(h, s, "id", NAI_U64, 0, NULL) >= 0;
    if (ok && e->o->each)
        ok = nts_header_field(h, s, "view", NAI_U16, 0, NULL) >= 0;
    if (ok)
        ok = (h->meta = out_meta(e)) != NULL;
    return ok ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "cannot declare the output's fields");
}

/* ---- rows ---- */

/* n rows from row `first` of a batch behind those in flight. */
static int take_rows(struct nai_embedder *e, const struct nts_batch *b, size_t first, size_t n,
                     struct nai_err *err)
{
    const struct nts_section *const s = &e->in.h->section[0];
    const size_t copies = e->o->each ? e->input.nviews : 1;

    if (e->filled == 0)
        e->first = b->first + first;
    for (size_t k = 0; k < e->ncarried; k++) {
        const size_t width = s->field[e->carried[k]].width;
        const char *const src = (const char *)b->data[e->carried[k]] + first * width;
        for (size_t r = 0; r < n; r++)
            for (size_t v = 0; v < copies; v++)
                memcpy(e->kept[k] + ((e->filled + r) * copies + v) * width, src + r * width, width);
    }
    return nai_block_take(&e->block, e->filled, &e->input, &(struct nai_feed_opts){0}, b, first, n,
                          err);
}

/* The rows in flight, embedded, to the output. */
static int flush(struct nai_embedder *e, struct nai_out *out, struct nai_err *err)
{
    const size_t copies = e->o->each ? e->input.nviews : 1, n = e->filled * copies;
    const void *data[NTS_MAX_FIELDS];
    size_t k = 0;
    int rc;

    if (e->filled == 0)
        return NAI_OK;
    rc = nai_embed_forward(e, err);
    if (rc != NAI_OK)
        return rc;
    for (size_t f = 0; f < e->nfields; f++)
        data[k++] = e->field[f].rows;
    for (size_t f = 0; f < e->ncarried; f++)
        data[k++] = e->kept[f];
    for (size_t r = 0; r < n; r++) {
        e->id[r] = e->first + r / copies;
        e->view[r] = (uint16_t)(r % copies);
    }
    if (e->o->each && e->input.id < 0)
        data[k++] = e->id;
    if (e->o->each)
        data[k++] = e->view;
    e->filled = 0;
    return nts_write(out->w, 0, n, data, err);
}

static int read_rows(struct nai_embedder *e, struct nai_out *out, struct nai_err *err)
{
    const int64_t total = e->in.h->section[0].rows;
    struct nts_batch b;
    enum nts_event ev;
    int rc = NAI_OK;

    while (rc == NAI_OK && (ev = nts_read(e->in.r, &b, err)) != NTS_END) {
        if (ev != NTS_BATCH)
            return err->code;
        for (size_t i = 0, n; rc == NAI_OK && i < b.rows; i += n) {
            n = b.rows - i < e->rows - e->filled ? b.rows - i : e->rows - e->filled;
            rc = take_rows(e, &b, i, n, err);
            e->filled += n;
            if (rc == NAI_OK && e->filled == e->rows)
                rc = flush(e, out, err);
        }
        nai_progress(e->cli, b.first + b.rows, total > 0 ? (uint64_t)total : 0);
    }
    return rc == NAI_OK ? flush(e, out, err) : rc;
}

int nai_embed_copy(struct nai_embedder *e, struct nai_err *err)
{
    const struct nai_in parents[2] = {e->in, e->model};
    struct nai_out out = {.sink.fd = -1};
    struct nts_header *h = NULL;
    int rc = out_header(&h, e, err);

    if (rc == NAI_OK)
        rc = nai_out_open(e->cli, &out, h, parents, 2, err);
    if (rc == NAI_OK)
        rc = read_rows(e, &out, err);
    if (rc == NAI_OK)
        rc = nai_out_input(&out, &e->in, err);
    if (rc == NAI_OK)
        rc = nai_out_input(&out, &e->model, err);
    nts_header_free(h);
    return nai_out_close(e->cli, &out, rc, err);
}
