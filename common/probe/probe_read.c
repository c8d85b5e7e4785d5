/* probe_read.c - see probe_read.h
 * SPDX-License-Identifier: MIT */
#include "probe_read.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* Is every value of this type a float32? */
static bool fits_single(enum nai_dtype t)
{
    return t == NAI_F32 || t == NAI_F16 || t == NAI_BF16 || t == NAI_BOOL || t == NAI_I8 ||
           t == NAI_U8 || t == NAI_I16 || t == NAI_U16;
}

static const struct nts_field *field_of(const struct nts_header *h, const struct nai_pick *p)
{
    return &h->section[p->section].field[p->field];
}

/* Floating-point fields alone, where there are any and none was named. */
static size_t only_floats(struct nai_pick *p, size_t n, const struct nts_header *h)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (nai_dtype_is_float(field_of(h, &p[i])->dtype))
            p[kept++] = p[i];
    return kept ? kept : n;
}

static int check_labels(const struct nts_section *sec, const struct nai_probe_want *want, size_t *k,
                        const char *stream, struct nai_err *err)
{
    const int y = nts_find_field(sec, want->labels);
    const struct nts_field *const f = y < 0 ? NULL : &sec->field[y];
    char have[400];

    if (!f)
        return nai_err_set(err, NAI_EINPUT,
                           "%s: no field '%.60s' to take labels from; there is %s (--labels NAME)",
                           stream, want->labels, nai_fields_text(have, sec));
    if (!want->values && nai_dtype_is_float(f->dtype))
        return nai_err_set(err, NAI_EINPUT,
                           "%s: labels '%.60s' are %s, not integers: --regress takes them as "
                           "targets",
                           stream, want->labels, nai_dtype_name(f->dtype));
    if (!want->values && f->count != 1)
        return nai_err_set(err, NAI_EINPUT, "%s: labels '%.60s' are %zu a row, not one", stream,
                           want->labels, f->count);
    *k = f->count;
    return NAI_OK;
}

/* The picks that `like` has, in its order. */
static int match(struct nai_probe_rows *rows, const struct nai_pick *picks, size_t n,
                 const struct nts_header *h, const struct nai_probe_rows *like, const char *stream,
                 struct nai_err *err)
{
    for (size_t i = 0; i < like->nfields; i++) {
        const struct nai_probe_field *const l = &like->field[i];
        const struct nai_pick *p = NULL;
        for (size_t j = 0; j < n && !p; j++)
            if (strcmp(picks[j].name, l->pick.name) == 0)
                p = &picks[j];
        if (!p)
            return nai_err_set(err, NAI_EINPUT, "%s: no field '%.200s', which the train rows have",
                               stream, l->pick.name);
        if (field_of(h, p)->count != l->x.d)
            return nai_err_set(err, NAI_EINPUT,
                               "%s: '%.200s' has %zu features a row, the train rows %zu", stream,
                               p->name, field_of(h, p)->count, l->x.d);
        rows->field[rows->nfields++].pick = *p;
    }
    return NAI_OK;
}

static int choose(struct nai_probe_rows *rows, const struct nts_header *h,
                  const struct nai_probe_want *want, const char *stream, struct nai_err *err)
{
    struct nai_pick *picks = NULL;
    size_t n = 0, most;
    int rc = nai_pick_fields(&picks, &n, h, want->fields, want->labels, stream, err);

    if (rc != NAI_OK)
        return rc;
    if (!want->fields && !want->like)
        n = only_floats(picks, n, h);
    most = want->like ? want->like->nfields : n;
    rows->field = calloc(most, sizeof *rows->field);
    if (!rows->field) {
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    } else if (want->like) {
        rc = match(rows, picks, n, h, want->like, stream, err);
    } else {
        for (size_t i = 0; i < n; i++)
            rows->field[i].pick = picks[i];
        rows->nfields = n;
    }
    free(picks);
    return rc;
}

int nai_probe_rows_open(struct nai_probe_rows *rows, const struct nts_header *h,
                        const struct nai_probe_want *want, const char *stream, struct nai_err *err)
{
    int rc;

    *rows = (struct nai_probe_rows){0};
    rc = nai_rows_kind(h, stream, err);
    if (rc == NAI_OK)
        rc = choose(rows, h, want, stream, err);
    if (rc != NAI_OK)
        return rc;
    rows->labels = calloc(h->nsections, sizeof *rows->labels);
    if (!rows->labels)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    rows->nsections = h->nsections;
    for (size_t i = 0; rc == NAI_OK && i < rows->nfields; i++) {
        const struct nai_pick *const p = &rows->field[i].pick;
        const struct nts_field *const f = field_of(h, p);
        if (f->count == 0)
            return nai_err_set(err, NAI_EINPUT, "%s: '%.200s' has no features", stream, p->name);
        if (strcmp(f->name, want->labels) == 0)
            return nai_err_set(err, NAI_EUSAGE, "'%.60s' is both features and labels",
                               want->labels);
        nai_features_init(&rows->field[i].x, f->count, fits_single(f->dtype));
        rc = check_labels(&h->section[p->section], want, &rows->labels[p->section].k, stream, err);
    }
    return rc;
}

/* Room for n more. */
static int labels_grow(struct nai_probe_labels *l, size_t n, bool values, struct nai_err *err)
{
    const size_t size = values ? sizeof(double) : sizeof(int64_t);
    size_t room = l->room ? l->room : 4096, bytes;
    void *more;

    if (l->n + n <= l->room)
        return NAI_OK;
    while (room < l->n + n)
        room *= 2;
    if (!nai_mul(&bytes, l->k * size, room))
        return nai_err_set(err, NAI_ESYSTEM, "too many labels");
    more = nai_alloc(bytes, 1, "labels", err);
    if (!more)
        return NAI_ESYSTEM;
    if (l->n)
        memcpy(more, values ? (void *)l->value : (void *)l->y, l->n * l->k * size);
    nai_free(values ? (void *)l->value : (void *)l->y);
    l->room = room;
    if (values)
        l->value = more;
    else
        l->y = more;
    return NAI_OK;
}

static int not_finite(const char *name, uint64_t row, struct nai_err *err)
{
    return nai_err_set(err, NAI_ENUMERIC, "field '%.200s', row %" PRIu64 ": not finite", name, row);
}

static int take_labels(struct nai_probe_labels *l, const struct nts_section *sec,
                       const struct nts_batch *b, const struct nai_probe_want *want,
                       struct nai_err *err)
{
    const int y = nts_find_field(sec, want->labels);
    const struct nts_field *const f = &sec->field[y];
    const int rc = labels_grow(l, b->rows, want->values, err);

    if (rc != NAI_OK)
        return rc;
    if (want->values)
        nai_to_f64(l->value + l->n * l->k, b->data[y], f->dtype, b->rows * l->k);
    else
        nai_to_i64(l->y + l->n, b->data[y], f->dtype, b->rows);
    for (size_t i = 0; i < b->rows; i++) {
        if (want->values && !nai_row_finite(f, b->data[y], i))
            return not_finite(f->name, b->first + i, err);
        if (!want->values && l->y[l->n + i] == INT64_MAX) /* where larger ones of u64 end up too */
            return nai_err_set(err, NAI_EINPUT, "row %" PRIu64 ": label of 2^63 or more",
                               b->first + i);
    }
    l->n += b->rows;
    return NAI_OK;
}

static int take_features(struct nai_probe_field *to, const struct nts_field *f,
                         const struct nts_batch *b, struct nai_err *err)
{
    const char *const data = b->data[to->pick.field];
    const size_t size = nai_dtype_size(f->dtype);

    for (size_t i = 0; i < b->rows; i++) {
        const char *const from = data + i * f->width;
        void *const row = nai_features_push(&to->x, err);
        double v[256];
        if (!row)
            return NAI_ESYSTEM;
        if (!nai_row_finite(f, data, i))
            return not_finite(to->pick.name, b->first + i, err);
        if (f->dtype == NAI_F32) {
            memcpy(row, from, f->width);
            continue;
        }
        if (!to->x.single) {
            nai_to_f64(row, from, f->dtype, f->count);
            continue;
        }
        for (size_t j = 0, n; j < f->count; j += n) {
            n = f->count - j < 256 ? f->count - j : 256;
            nai_to_f64(v, from + j * size, f->dtype, n);
            for (size_t l = 0; l < n; l++)
                ((float *)row)[j + l] = (float)v[l];
        }
    }
    return NAI_OK;
}

int nai_probe_rows_take(struct nai_probe_rows *rows, const struct nts_section *sec,
                        const struct nts_batch *b, const struct nai_probe_want *want,
                        struct nai_err *err)
{
    int rc = NAI_OK;
    bool wanted = false;

    for (size_t i = 0; rc == NAI_OK && i < rows->nfields; i++) {
        struct nai_probe_field *const to = &rows->field[i];
        if (to->pick.section != b->section)
            continue;
        wanted = true;
        rc = take_features(to, &sec->field[to->pick.field], b, err);
    }
    if (rc == NAI_OK && wanted)
        rc = take_labels(&rows->labels[b->section], sec, b, want, err);
    return rc;
}

void nai_probe_rows_free(struct nai_probe_rows *rows)
{
    for (size_t i = 0; rows->field && i < rows->nfields; i++)
        nai_features_free(&rows->field[i].x);
    for (size_t s = 0; rows->labels && s < rows->nsections; s++) {
        nai_free(rows->labels[s].y);
        nai_free(rows->labels[s].value);
    }
    free(rows->field);
    free(rows->labels);
    *rows = (struct nai_probe_rows){0};
}
