/* input.c - the fields that training and embedding read
 * SPDX-License-Identifier: MIT */
#include "input.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "mem.h"

static const char *const refused[] = {"model", "moments", "spectrum", NULL};

static int check_kind(const struct nai_in *in, struct nai_err *err)
{
    for (size_t k = 0; refused[k] && in->h->kind; k++)
        if (strcmp(in->h->kind, refused[k]) == 0)
            return nai_err_set(err, NAI_EINPUT, "%s: holds %s%s, not views or a dataset", in->name,
                               k == 1 ? "" : "a ", refused[k]);
    if (in->h->nsections != 1)
        return nai_err_set(err, NAI_EINPUT, "%s: holds %zu sections, not one of rows", in->name,
                           in->h->nsections);
    return NAI_OK;
}

/* One field of views: its shape is [m, c, h, w], [m, d], [c, h, w], [h, w] or [d]. */
static int take_group(struct nai_input *i, const struct nts_section *s, int field,
                      struct nai_err *err)
{
    const struct nts_field *const f = &s->field[field];
    const size_t lead = i->views ? 1 : 0, dims = f->ndim - lead;
    struct nai_input_group *const g = &i->group[i->ngroups];

    if (f->ndim < lead + 1 || dims > 3 || (i->views && dims == 2))
        return nai_err_set(err, NAI_EINPUT, "%s: field '%s' has %zu dimensions; %s are expected",
                           i->name, f->name, f->ndim,
                           i->views ? "[views, c, h, w]" : "[c, h, w] or [features]");
    if (f->count == 0)
        return nai_err_set(err, NAI_EINPUT, "%s: field '%s' is empty", i->name, f->name);
    if (i->ngroups == NAI_INPUT_GROUPS)
        return nai_err_set(err, NAI_EINPUT, "%s: more than %d sizes of views", i->name,
                           NAI_INPUT_GROUPS);
    *g = (struct nai_input_group){.field = field,
                                  .views = lead ? f->shape[0] : 1,
                                  .c = dims == 2 ? 1 : f->shape[lead],
                                  .h = dims == 1 ? 1 : f->shape[f->ndim - 2],
                                  .w = dims == 1 ? 1 : f->shape[f->ndim - 1],
                                  .dtype = f->dtype};
    g->count = g->c * g->h * g->w;
    if (i->ngroups > 0 && (g->c != i->c || (dims == 1) != i->rows))
        return nai_err_set(err, NAI_EINPUT, "%s: views '%s' have other channels than '%s'", i->name,
                           f->name, s->field[i->group[0].field].name);
    if (i->ngroups > 0 && g->dtype != i->group[0].dtype)
        return nai_err_set(err, NAI_EINPUT, "%s: views '%s' are of another type than '%s'", i->name,
                           f->name, s->field[i->group[0].field].name);
    i->c = g->c;
    i->rows = dims == 1;
    i->nviews += g->views;
    i->ngroups++;
    return NAI_OK;
}

static size_t meta_count(const json_t *meta, const char *key)
{
    const json_t *const v = meta ? json_object_get(meta, key) : NULL;

    return json_is_integer(v) && json_integer_value(v) > 0 ? (size_t)json_integer_value(v) : 0;
}

/* A list of numbers, one a channel or one for all. */
static int meta_list(double *out, const struct nai_input *i, const json_t *list, const char *key,
                     struct nai_err *err)
{
    const size_t n = json_array_size(list);

    if (n != 1 && n != i->c)
        return nai_err_set(err, NAI_EINPUT, "%s: meta.%s has %zu values, the data %zu channels",
                           i->name, key, n, i->c);
    for (size_t c = 0; c < i->c; c++) {
        out[c] = json_number_value(json_array_get(list, n == 1 ? 0 : c));
        if (!isfinite(out[c]) || (key[0] == 's' && !(out[c] > 0)))
            return nai_err_set(err, NAI_EINPUT, "%s: meta.%s: %g will not do", i->name, key,
                               out[c]);
    }
    return NAI_OK;
}

static int read_pixels(struct nai_input *i, const json_t *meta, struct nai_err *err)
{
    const json_t *const mean = json_object_get(meta, "mean");
    const json_t *const std = json_object_get(meta, "std");
    int rc = NAI_OK;

    i->normalised = meta && json_is_true(json_object_get(meta, "normalised"));
    i->mean = nai_alloc(i->c, sizeof *i->mean, "means", err);
    i->std = nai_alloc(i->c, sizeof *i->std, "standard deviations", err);
    if (!i->mean || !i->std)
        return NAI_ESYSTEM;
    i->has_pixels = mean || std; /* one without the other is refused below */
    for (size_t c = 0; c < i->c; c++) {
        i->mean[c] = 0;
        i->std[c] = i->group[0].dtype == NAI_U8 ? 255 : 1;
    }
    if (i->has_pixels)
        rc = meta_list(i->mean, i, mean, "mean", err);
    if (rc == NAI_OK && i->has_pixels)
        rc = meta_list(i->std, i, std, "std", err);
    for (size_t c = 0; i->normalised && c < i->c; c++) {
        i->mean[c] = 0;
        i->std[c] = 1;
    }
    return rc;
}

static void read_labels(struct nai_input *i, const struct nts_section *s)
{
    i->y = nts_find_field(s, "y");
    i->epoch = nts_find_field(s, "epoch");
    i->id = nts_find_field(s, "id");
    if (i->y >= 0) {
        i->y_dtype = s->field[i->y].dtype;
        i->y_count = s->field[i->y].count;
    }
    if (i->epoch >= 0 &&
        (nai_dtype_is_float(s->field[i->epoch].dtype) || s->field[i->epoch].ndim > 0))
        i->epoch = -1;
    if (i->epoch >= 0)
        i->epoch_dtype = s->field[i->epoch].dtype;
}

int nai_input_read(struct nai_input *i, const struct nai_in *in, struct nai_err *err)
{
    const json_t *const meta = in->h->meta;
    char field[24] = "x";
    const struct nts_section *s;
    int f, rc = check_kind(in, err);

    *i = (struct nai_input){.y = -1, .epoch = -1, .id = -1};
    snprintf(i->name, sizeof i->name, "%s", in->name);
    if (rc != NAI_OK)
        return rc;
    i->views = in->h->kind && strcmp(in->h->kind, "views") == 0;
    s = &in->h->section[0];
    for (size_t g = 0; rc == NAI_OK && (f = nts_find_field(s, field)) >= 0; g++) {
        rc = take_group(i, s, f, err);
        snprintf(field, sizeof field, "x%zu", g + 1);
        if (!i->views)
            break;
    }
    if (rc == NAI_OK && i->ngroups == 0)
        rc = nai_err_set(err, NAI_EINPUT, "%s: no field 'x'", i->name);
    if (rc != NAI_OK)
        return rc;
    read_labels(i, s);
    i->classes = meta ? json_array_size(json_object_get(meta, "classes")) : 0;
    i->epochs = i->views ? meta_count(meta, "epochs") : 0;
    i->images = i->views ? meta_count(meta, "images") : 0;
    i->batch = i->views ? meta_count(meta, "batch_hint") : 0;
    if (!i->views && s->rows > 0)
        i->images = (size_t)s->rows;
    else if (i->images == 0 && s->rows > 0 && i->epochs && (uint64_t)s->rows % i->epochs == 0)
        i->images = (size_t)s->rows / i->epochs;
    return read_pixels(i, meta, err);
}

void nai_input_free(struct nai_input *i)
{
    nai_free(i->mean);
    nai_free(i->std);
    i->mean = i->std = NULL;
}

enum nai_dtype nai_input_held(enum nai_dtype t)
{
    return t == NAI_U8 || t == NAI_F32 ? t : NAI_F64;
}

const char *nai_input_text(const struct nai_input *i, size_t group, char buf[static 80])
{
    const struct nai_input_group *const g = &i->group[group];

    if (i->rows)
        snprintf(buf, 80, "%zu", g->c);
    else
        snprintf(buf, 80, "%zux%zux%zu", g->c, g->h, g->w);
    return buf;
}
