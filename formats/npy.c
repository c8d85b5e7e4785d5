/* npy.c - .npy arrays as rows: each file a field
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "import.h"
#include "mem.h"
#include "npy_rows.h"

enum { BATCH = 1 << 20 };

struct state {
    size_t n;                   /* fields */
    struct nai_npy_rows *array; /* array[n] */
    const void **data;          /* data[n] */
    int32_t *labels;            /* the last field, when it holds labels; else NULL */
    size_t room;
    uint64_t rows, done;
};

static int read_bytes(void *ctx, void *dst, size_t n, struct nai_err *err)
{
    return nai_bytes_exact(ctx, dst, n, "an npy array", err);
}

static int seek_bytes(void *ctx, uint64_t at, struct nai_err *err)
{
    return nai_bytes_seek(ctx, at, err);
}

static int end_bytes(void *ctx, struct nai_err *err)
{
    return nai_bytes_end(ctx, err);
}

static void close_bytes(void *ctx)
{
    nai_bytes_close(ctx);
}

static int open_array(struct nai_npy_rows *a, const char *path, struct nai_err *err)
{
    struct nai_bytes *b;
    struct nai_npy_from from = {.read = read_bytes, .end = end_bytes, .close = close_bytes};
    uint64_t size, need = 0;
    int st = nai_bytes_open(&b, path, false, err);

    if (st)
        return st;
    size = nai_bytes_size(b);
    from.ctx = b;
    from.name = nai_bytes_name(b);
    if (size != UINT64_MAX) /* a plain file: seeking costs nothing */
        from.seek = seek_bytes;
    st = nai_npy_rows_open(a, &from, err);
    if (st)
        return st;
    if (a->h.ndim == 0)
        return nai_err_set(err, NAI_EINPUT, "%s: an array without dimensions has no rows",
                           from.name);
    if (!nai_mul64(&need, a->rows, a->width) ||
        (size != UINT64_MAX && (size < a->h.data || size - a->h.data < need)))
        return nai_err_set(err, NAI_EINPUT, "%s: truncated: its shape needs %llu bytes of data",
                           from.name, (unsigned long long)need);
    return NAI_OK;
}

/* A field is named by its file: the base name without .npy (.gz). NULL when out of memory. */
static char *field_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    char *const name = strdup(slash ? slash + 1 : path);

    for (size_t i = 0; name && i < 2; i++) {
        const char *const suffix = i == 0 ? ".gz" : ".npy";
        const size_t n = strlen(name), m = strlen(suffix);
        if (n > m && strcmp(name + n - m, suffix) == 0)
            name[n - m] = '\0';
    }
    return name;
}

static int add_field(struct nts_header *h, const char *name, enum nai_dtype dtype,
                     const struct nai_npy_rows *a, bool scalar, struct nai_err *err)
{
    if (nts_find_field(&h->section[0], name) >= 0)
        return nai_err_set(err, NAI_EUSAGE, "%s: another array has the field name '%s' already",
                           a->from.name, name);
    if (nts_header_field(h, 0, name, dtype, scalar ? 0 : a->h.ndim - 1, a->h.shape + 1) < 0)
        return nai_err_set(err, NAI_EINPUT,
                           "%s: a stream cannot hold field '%s' (its rows are too large, or its "
                           "name is too long or not UTF-8)",
                           a->from.name, name);
    return NAI_OK;
}

/* Labels: one integer a row, as [N] or [N,1]. */
static int add_labels(struct nts_header *h, const struct nai_npy_rows *a, struct nai_err *err)
{
    char text[256];

    if (nai_dtype_is_float(a->h.dtype) || a->count != 1)
        return nai_err_set(err, NAI_EINPUT, "%s: labels are one integer a row, not %s %s",
                           a->from.name, nai_dtype_name(a->h.dtype),
                           nai_npy_text(text, sizeof text, a->h.ndim, a->h.shape));
    return add_field(h, "y", NAI_I32, a, true, err);
}

static int open_all(struct nai_source *s, struct state *st, char *const *files, size_t nfiles,
                    const char *labels, struct nai_err *err)
{
    size_t width = 0;
    int rc = NAI_OK;

    if (!(s->header = nts_header_new("dataset")) || nts_header_section(s->header, "rows", -1) < 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; !rc && i < st->n; i++) {
        struct nai_npy_rows *const a = &st->array[i];
        rc = open_array(a, i < nfiles ? files[i] : labels, err);
        if (!rc && i > 0 && a->rows != st->rows)
            rc = nai_err_set(err, NAI_EINPUT, "%s: %llu rows, but %s has %llu", a->from.name,
                             (unsigned long long)a->rows, st->array[0].from.name,
                             (unsigned long long)st->rows);
        if (!rc && i == nfiles) {
            rc = add_labels(s->header, a, err);
        } else if (!rc) {
            char *const name = nfiles == 1 ? strdup("x") : field_name(files[i]);
            rc = name ? add_field(s->header, name, a->h.dtype, a, false, err)
                      : nai_err_set(err, NAI_ESYSTEM, "out of memory");
            free(name);
        }
        if (!rc && __builtin_add_overflow(width, a->width, &width))
            rc = nai_err_set(err, NAI_EINPUT, "%s: rows are too large", a->from.name);
        st->rows = a->rows;
    }
    if (rc)
        return rc;
    s->header->section[0].rows = (int64_t)st->rows;
    st->room = width < BATCH ? BATCH / width : 1;
    for (size_t i = 0; !rc && i < st->n; i++)
        rc = nai_npy_rows_start(&st->array[i], st->room, err);
    if (!rc && labels && !(st->labels = nai_alloc(st->room, sizeof *st->labels, "labels", err)))
        rc = NAI_ESYSTEM;
    return rc;
}

/* n labels of the last array to i32. */
static int narrow(struct state *st, size_t n, struct nai_err *err)
{
    const struct nai_npy_rows *const a = &st->array[st->n - 1];
    const size_t size = nai_dtype_size(a->h.dtype);

    for (size_t i = 0; i < n; i++) {
        int64_t v;
        nai_to_i64(&v, a->buf + i * size, a->h.dtype, 1);
        if (v < INT32_MIN || v > INT32_MAX)
            return nai_err_set(err, NAI_EINPUT, "%s: label %lld in row %llu does not fit i32",
                               a->from.name, (long long)v, (unsigned long long)(st->done + i));
        st->labels[i] = (int32_t)v;
    }
    return NAI_OK;
}

static enum nts_event next(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = s->state;
    const uint64_t left = st->rows - st->done;
    const size_t n = left < st->room ? (size_t)left : st->room;

    for (size_t i = 0; i < st->n; i++) {
        struct nai_npy_rows *const a = &st->array[i];
        if (left ? nai_npy_rows_read(a, n, err) : nai_npy_rows_end(a, err))
            return NTS_FAILED;
        st->data[i] = a->buf;
    }
    if (left == 0)
        return NTS_END;
    if (st->labels) {
        if (narrow(st, n, err))
            return NTS_FAILED;
        st->data[st->n - 1] = st->labels;
    }
    *b = (struct nts_batch){.first = st->done, .rows = n, .data = st->data};
    st->done += n;
    return NTS_BATCH;
}

static void close_all(struct nai_source *s)
{
    struct state *const st = s->state;

    for (size_t i = 0; st->array && i < st->n; i++)
        nai_npy_rows_close(&st->array[i]);
    free(st->array);
    free(st->data);
    nai_free(st->labels);
    free(st);
    s->state = NULL;
}

int nai_npy_open(struct nai_source *s, char *const *files, size_t n, const struct nai_import *o,
                 struct nai_err *err)
{
    struct state *const st = calloc(1, sizeof *st);
    int rc;

    *s = (struct nai_source){.state = st, .next = next, .close = close_all};
    if (!st) {
        *s = (struct nai_source){0};
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    st->n = n + (o->labels != NULL);
    st->array = calloc(st->n, sizeof *st->array);
    st->data = calloc(st->n, sizeof *st->data);
    rc = !st->array || !st->data ? nai_err_set(err, NAI_ESYSTEM, "out of memory")
                                 : open_all(s, st, files, n, o->labels, err);
    if (rc)
        nai_source_close(s);
    return rc;
}
