/* view_stream.c - see view_stream.h: draws, written and read back
 * SPDX-License-Identifier: MIT */
#include "view_stream.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { ID, EPOCH, FIRST_OF_VIEW };

#define AT(member) offsetof(struct nai_view, member)

/* The fields, id and epoch first, and where those of a view lie in it. */
static const struct {
    const char *name;
    enum nai_dtype dtype;
    size_t count, at; /* elements a view */
} fields[NAI_DRAW_FIELDS] = {
    {"id", NAI_U64, 1, 0},
    {"epoch", NAI_U32, 1, 0},
    {"top", NAI_U32, 1, AT(top)},
    {"left", NAI_U32, 1, AT(left)},
    {"height", NAI_U32, 1, AT(height)},
    {"width", NAI_U32, 1, AT(width)},
    {"flip", NAI_BOOL, 1, AT(flip)},
    {"order", NAI_U8, NAI_VIEW_OPS, AT(order)},
    {"brightness", NAI_F32, 1, AT(factor) + NAI_BRIGHTNESS * sizeof(float)},
    {"contrast", NAI_F32, 1, AT(factor) + NAI_CONTRAST * sizeof(float)},
    {"saturation", NAI_F32, 1, AT(factor) + NAI_SATURATION * sizeof(float)},
    {"hue", NAI_F32, 1, AT(factor) + NAI_HUE * sizeof(float)},
    {"gray", NAI_BOOL, 1, AT(gray)},
    {"sigma", NAI_F32, 1, AT(sigma)},
    {"kernel", NAI_U16, 1, AT(kernel)},
    {"solarize", NAI_U16, 1, AT(solarize)},
};

/* What the draws are for: sizes of the views and of the images. */
static json_t *purpose(const struct nai_view_input *in, const struct nai_recipe *r)
{
    json_t *const views = json_array();

    for (size_t g = 0; g < r->ngroups; g++)
        json_array_append_new(
            views, json_pack("[I,I]", (json_int_t)r->group[g].views, (json_int_t)r->group[g].size));
    return json_pack("{s:o,s:[I,I]}", "views", views, "image", (json_int_t)in->h,
                     (json_int_t)in->w);
}

static struct nts_header *describe(const struct nai_view_input *in, const struct nai_recipe *r)
{
    struct nts_header *const h = nts_header_new("draws");
    bool good = h && nts_header_section(h, "draws", -1) == 0 && (h->meta = purpose(in, r));

    for (size_t f = 0; good && f < NAI_DRAW_FIELDS; f++) {
        const uint64_t shape[2] = {r->views, fields[f].count};
        good = nts_header_field(h, 0, fields[f].name, fields[f].dtype,
                                f < FIRST_OF_VIEW     ? 0
                                : fields[f].count > 1 ? 2
                                                      : 1,
                                shape) >= 0;
    }
    if (good)
        return h;
    nts_header_free(h);
    return NULL;
}

int nai_draws_header(struct nts_header **h, const struct nai_view_input *in,
                     const struct nai_recipe *r, struct nai_err *err)
{
    *h = describe(in, r);
    return *h ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "the header of the draws: out of memory");
}

static size_t bytes_of(size_t f)
{
    return fields[f].count * nai_dtype_size(fields[f].dtype);
}

int nai_draws_new(struct nai_draws *d, size_t views, size_t rows, struct nai_err *err)
{
    *d = (struct nai_draws){.views = views, .rows = rows};
    for (size_t f = 0; f < NAI_DRAW_FIELDS; f++)
        if (!(d->column[f] = nai_alloc(rows * views, bytes_of(f), "the draws", err)))
            return NAI_ESYSTEM;
    return NAI_OK;
}

void nai_draws_free(struct nai_draws *d)
{
    for (size_t f = 0; f < NAI_DRAW_FIELDS; f++)
        nai_free(d->column[f]);
    *d = (struct nai_draws){0};
}

void nai_draws_put(struct nai_draws *d, const struct nai_view *view, const uint64_t *id,
                   uint32_t epoch, size_t rows)
{
    memcpy(d->column[ID], id, rows * sizeof *id);
    for (size_t i = 0; i < rows; i++)
        ((uint32_t *)d->column[EPOCH])[i] = epoch;
    for (size_t f = FIRST_OF_VIEW; f < NAI_DRAW_FIELDS; f++)
        for (size_t i = 0; i < rows * d->views; i++)
            memcpy((char *)d->column[f] + i * bytes_of(f), (const char *)&view[i] + fields[f].at,
                   bytes_of(f));
}

int nai_replay_start(struct nai_replay *p, struct nts_reader *reader, const char *name,
                     const struct nai_view_input *in, const struct nai_recipe *r,
                     struct nai_err *err)
{
    const struct nts_header *const h = nts_reader_header(reader);
    struct nts_header *const want = describe(in, r);
    bool same;

    if (!want)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    *p = (struct nai_replay){.reader = reader, .name = name, .recipe = r, .h = in->h, .w = in->w};
    same = h->kind && strcmp(h->kind, "draws") == 0 && h->nsections == 1 &&
           h->section->nfields == NAI_DRAW_FIELDS &&
           json_equal(json_object_get(h->meta, "views"), json_object_get(want->meta, "views")) &&
           json_equal(json_object_get(h->meta, "image"), json_object_get(want->meta, "image"));
    for (size_t f = 0; same && f < NAI_DRAW_FIELDS; f++) {
        const struct nts_field *const a = &h->section->field[f], *const b =
                                                                     &want->section->field[f];
        same = strcmp(a->name, b->name) == 0 && a->dtype == b->dtype && a->count == b->count;
    }
    if (!same) {
        char *const has = json_dumps(h->meta, JSON_COMPACT | JSON_SORT_KEYS);
        char *const wants = json_dumps(want->meta, JSON_COMPACT | JSON_SORT_KEYS);
        if (!h->kind || strcmp(h->kind, "draws") != 0)
            nai_err_set(err, NAI_EINPUT, "%s: holds %.100s, not what nai-augment --params wrote",
                        name, h->kind ? h->kind : "no known kind");
        else
            nai_err_set(err, NAI_EINPUT, "%s: drawn for %.300s, not %.300s", name,
                        has ? has : "other views", wants ? wants : "these");
        free(has);
        free(wants);
    }
    nts_header_free(want);
    return same ? NAI_OK : NAI_EINPUT;
}

/* Make sure that the batch has a row left; *more is false at the end of the stream. */
static int refill(struct nai_replay *p, bool *more, struct nai_err *err)
{
    *more = true;
    if (p->batch.rows > p->at)
        return NAI_OK;
    p->at = 0;
    p->batch.rows = 0;
    switch (nts_read(p->reader, &p->batch, err)) {
    case NTS_BATCH:
        return NAI_OK;
    case NTS_END:
        *more = false;
        return NAI_OK;
    case NTS_FAILED:
        return err->code;
    default:
        return nai_err_set(err, NAI_EINPUT, "%s: several streams of draws", p->name);
    }
}

static int take_row(struct nai_replay *p, struct nai_view *view, uint64_t id, uint32_t epoch,
                    struct nai_err *err)
{
    const size_t m = p->recipe->views, at = p->at++;
    const uint64_t has = ((const uint64_t *)p->batch.data[ID])[at];
    const uint32_t when = ((const uint32_t *)p->batch.data[EPOCH])[at];

    if (has != id || when != epoch)
        return nai_err_set(
            err, NAI_EINPUT,
            "%s: row %llu was drawn for image %llu of epoch %lu, and the next is image "
            "%llu of epoch %lu: not the same rows, --epochs or --shuffle",
            p->name, (unsigned long long)p->batch.first + at, (unsigned long long)has,
            (unsigned long)when, (unsigned long long)id, (unsigned long)epoch);
    for (size_t v = 0; v < m; v++)
        for (size_t f = FIRST_OF_VIEW; f < NAI_DRAW_FIELDS; f++) {
            const char *const from = (const char *)p->batch.data[f] + (at * m + v) * bytes_of(f);
            const bool yes = *from != 0; /* a bool of C may be nothing but 0 or 1 */
            memcpy((char *)&view[v] + fields[f].at,
                   fields[f].dtype == NAI_BOOL ? (const char *)&yes : from, bytes_of(f));
        }
    for (size_t g = 0; g < p->recipe->ngroups; g++) {
        const struct nai_view_group *const q = &p->recipe->group[g];
        for (size_t v = 0; v < q->views; v++)
            if (!nai_view_valid(&view[q->first + v], q->size, p->h, p->w))
                return nai_err_set(err, NAI_EINPUT, "%s: row %llu, view %zu: draws out of bounds",
                                   p->name, (unsigned long long)p->batch.first + at, q->first + v);
    }
    return NAI_OK;
}

int nai_replay_take(struct nai_replay *p, struct nai_view *view, const uint64_t *id, uint32_t epoch,
                    size_t rows, struct nai_err *err)
{
    int st = NAI_OK;
    bool more;

    for (size_t i = 0; i < rows && st == NAI_OK; i++) {
        st = refill(p, &more, err);
        if (st == NAI_OK && !more)
            st = nai_err_set(err, NAI_EINPUT, "%s: ends at row %llu, and there are more images",
                             p->name, (unsigned long long)nts_reader_rows(p->reader, 0));
        if (st == NAI_OK)
            st = take_row(p, &view[i * p->recipe->views], id[i], epoch, err);
    }
    return st;
}

int nai_replay_end(struct nai_replay *p, struct nai_err *err)
{
    bool more;
    const int st = refill(p, &more, err);

    if (st == NAI_OK && more)
        return nai_err_set(err, NAI_EINPUT, "%s: goes on after row %llu, where the images end",
                           p->name, (unsigned long long)p->batch.first + p->at);
    return st;
}
