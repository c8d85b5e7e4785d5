/* view_header.c - see view_stream.h: what data sets and views say of themselves
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"
#include "view_stream.h"

static bool is_id(const struct nts_field *f)
{
    return f->ndim == 0 && (f->dtype == NAI_U64 || f->dtype == NAI_I64 || f->dtype == NAI_U32 ||
                            f->dtype == NAI_I32 || f->dtype == NAI_U16 || f->dtype == NAI_I16 ||
                            f->dtype == NAI_U8 || f->dtype == NAI_I8);
}

static int find(struct nai_view_input *in, const struct nts_header *h, struct nai_err *err)
{
    const struct nts_section *const s = h->section;
    const struct nts_field *f;
    int x;

    if (h->kind && strcmp(h->kind, "dataset") != 0)
        return nai_err_set(err, NAI_EINPUT, "holds %.100s, not a dataset of images", h->kind);
    if (h->nsections != 1 || s->tensor)
        return nai_err_set(err, NAI_EINPUT, "holds %zu sections, not the one of a dataset",
                           h->nsections);
    if ((x = nts_find_field(s, "x")) < 0)
        return nai_err_set(err, NAI_EINPUT, "has no field x of images");
    f = &s->field[x];
    if (f->dtype != NAI_U8 || f->ndim != 3)
        return nai_err_set(err, NAI_EINPUT,
                           "field x holds no images: it is %s of %zu dimensions, not u8 "
                           "[channels,height,width]",
                           nai_dtype_name(f->dtype), f->ndim);
    if (f->shape[0] != 1 && f->shape[0] != 3)
        return nai_err_set(err, NAI_EINPUT, "images of %llu channels; views are made of 1 or 3",
                           (unsigned long long)f->shape[0]);
    if (f->shape[1] < 1 || f->shape[2] < 1 || f->shape[1] > NAI_VIEW_SIDE ||
        f->shape[2] > NAI_VIEW_SIDE)
        return nai_err_set(err, NAI_EINPUT, "images of %llu by %llu pixels; sides are 1 to %d",
                           (unsigned long long)f->shape[1], (unsigned long long)f->shape[2],
                           NAI_VIEW_SIDE);
    *in = (struct nai_view_input){.x = (size_t)x,
                                  .channels = (size_t)f->shape[0],
                                  .h = (size_t)f->shape[1],
                                  .w = (size_t)f->shape[2],
                                  .id = nts_find_field(s, "id")};
    if (in->id >= 0 && !is_id(&s->field[in->id]))
        return nai_err_set(err, NAI_EINPUT, "field id is not one integer a row");
    if (in->id >= 0)
        in->id_dtype = s->field[in->id].dtype;
    return NAI_OK;
}

int nai_view_input_find(struct nai_view_input *in, const struct nts_header *h, const char *stream,
                        struct nai_err *err)
{
    const int st = find(in, h, err);

    return st == NAI_OK ? st : nai_err_prefix(err, stream);
}

void nai_view_ids(uint64_t *id, const struct nai_view_input *in, const void *const *data,
                  uint64_t first, size_t rows)
{
    if (in->id < 0)
        for (size_t i = 0; i < rows; i++)
            id[i] = first + i;
    else if (in->id_dtype == NAI_U64)
        memcpy(id, data[in->id], rows * sizeof *id);
    else
        for (size_t i = 0; i < rows; i++) {
            int64_t v;
            nai_to_i64(&v, (const char *)data[in->id] + i * nai_dtype_size(in->id_dtype),
                       in->id_dtype, 1);
            id[i] = (uint64_t)v;
        }
}

/* One field of views for each group. */
static bool add_views(struct nts_header *h, const struct nai_view_input *in,
                      const struct nai_recipe *r, bool floats)
{
    bool good = true;

    for (size_t g = 0; g < r->ngroups; g++) {
        const struct nai_view_group *const q = &r->group[g];
        char name[32] = "x";
        if (g > 0)
            snprintf(name, sizeof name, "x%zu", g);
        good &= nts_header_field(h, 0, name, floats ? NAI_F32 : NAI_U8, 4,
                                 (const uint64_t[]){q->views, in->channels, q->size, q->size}) >= 0;
    }
    return good;
}

static json_t *numbers(const double *v, size_t n)
{
    json_t *const list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_real(v[i]));
    return list;
}

static bool add_meta(struct nts_header *h, const struct nts_header *from,
                     const struct nai_recipe *r, bool floats)
{
    h->meta = from->meta ? json_deep_copy(from->meta) : json_object();
    return h->meta && json_object_set_new(h->meta, "mean", numbers(r->mean, r->channels)) == 0 &&
           json_object_set_new(h->meta, "std", numbers(r->std, r->channels)) == 0 &&
           json_object_set_new(h->meta, "normalised", json_boolean(floats)) == 0 &&
           json_object_set_new(h->meta, "augment", nai_recipe_json(r)) == 0;
}

int nai_view_header(struct nts_header **out, const struct nts_header *from,
                    const struct nai_view_input *in, const struct nai_recipe *r, bool floats,
                    const char *stream, struct nai_err *err)
{
    const struct nts_section *const s = from->section;
    struct nts_header *const h = nts_header_new("views");
    int st = NAI_OK;
    bool good = h && nts_header_section(h, s->name, -1) == 0;

    *out = NULL;
    if (good && !add_views(h, in, r, floats))
        st = nai_err_set(err, NAI_EUSAGE,
                         "the views of an image are more than a row of a stream can hold; take "
                         "fewer or smaller ones");
    for (size_t f = 0; good && st == NAI_OK && f < s->nfields; f++) {
        const struct nts_field *const q = &s->field[f];
        if (f == in->x || (int)f == in->id)
            continue;
        if (nts_find_field(h->section, q->name) >= 0 || strcmp(q->name, "epoch") == 0)
            st =
                nai_err_set(err, NAI_EINPUT,
                            "%s: has a field '%s', which views have too; give it another name with "
                            "nai-cat --rename",
                            stream, q->name);
        else if ((good = nts_header_field(h, 0, q->name, q->dtype, q->ndim, q->shape) >= 0))
            h->section->field[h->section->nfields - 1].extra =
                q->extra ? json_deep_copy(q->extra) : NULL;
    }
    if (st == NAI_OK && good)
        good = nts_header_field(h, 0, "id", NAI_U64, 0, NULL) >= 0 &&
               nts_header_field(h, 0, "epoch", NAI_U32, 0, NULL) >= 0 &&
               add_meta(h, from, r, floats);
    if (st == NAI_OK && !good)
        st = nai_err_set(err, NAI_ESYSTEM, "the header of the views: out of memory");
    if (st == NAI_OK)
        *out = h;
    else
        nts_header_free(h);
    return st;
}
