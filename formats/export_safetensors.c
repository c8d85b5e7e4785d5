/* export_safetensors.c - fields and tensors as a .safetensors file
 * SPDX-License-Identifier: MIT
 *
 * Tensors lie in the order of the stream. The header comes first and is padded with spaces to the
 * room that the largest number of rows would need, known or not: the same rows give the same bytes.
 * Where all sizes are known, every byte goes to its place at once. */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "decimal.h"
#include "export.h"
#include "mem.h"

enum { ALIGN = 8 };

struct state {
    struct nai_columns *out;
    struct nai_pick *pick;
    size_t n;
    struct nai_pick_index index;
    const json_t *meta; /* the header's */
    bool placed;        /* columns go to their places; otherwise they wait */
    bool patch;         /* the header has to be written again at the end */
    size_t room;        /* bytes of JSON reserved */
};

/* JSON of a value: an array of numbers has its shortest decimals, [0.485,0.456], which jansson's 17
 * digits are not. Free the text; NULL when out of memory. */
static char *short_dump(const json_t *v)
{
    const size_t n = json_array_size(v);
    char *const text = malloc(n * (NAI_DECIMAL_ROOM + 1) + 3), *at = text;

    for (size_t i = 0; text && i < n; i++) {
        const json_t *const e = json_array_get(v, i);
        const double x = json_number_value(e);
        if (!json_is_number(e))
            break;
        *at++ = i ? ',' : '[';
        at += nai_decimal(at, &x, NAI_F64);
        if (i + 1 == n) {
            memcpy(at, "]", 2);
            return text;
        }
    }
    free(text);
    return json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* What meta keeps of a file, and what it says of the network, as strings: the format has no other
 * values. An empty object when there is none of it; NULL when out of memory. */
static json_t *metadata(const json_t *meta)
{
    static const char *const own[] = {"arch", "mean", "std"};
    json_t *const kept = json_object_get(meta, "safetensors");
    json_t *const m = json_object();
    const char *key;
    json_t *value;
    bool ok = m != NULL;

    json_object_foreach(kept, key, value)
    {
        if (json_is_string(value))
            ok = ok && json_object_set(m, key, value) == 0;
    }
    for (size_t i = 0; ok && i < sizeof own / sizeof *own; i++) {
        json_t *const v = json_object_get(meta, own[i]);
        char *text;
        if (!v)
            continue;
        if (json_is_string(v)) {
            ok = json_object_set(m, own[i], v) == 0;
            continue;
        }
        text = short_dump(v);
        ok = text && json_object_set_new(m, own[i], json_string(text)) == 0;
        free(text);
    }
    if (!ok) {
        json_decref(m);
        return NULL;
    }
    return m;
}

/* One tensor: {"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}; NULL when out of memory. */
static json_t *entry(const struct nai_pick *p, uint64_t begin, uint64_t end)
{
    char dtype[8] = "";
    const char *const lower = nai_dtype_name(p->dtype);
    json_t *const shape = json_array();

    for (size_t i = 0; lower[i]; i++)
        dtype[i] = (char)toupper((unsigned char)lower[i]);
    for (size_t i = 0; i < p->ndim; i++)
        json_array_append_new(shape, json_integer((json_int_t)p->shape[i]));
    if (json_array_size(shape) != p->ndim) {
        json_decref(shape);
        return NULL;
    }
    return json_pack("{s:s,s:o,s:[I,I]}", "dtype", dtype, "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)end);
}

static uint64_t column_bytes(const struct nai_pick *p)
{
    uint64_t n = nai_dtype_size(p->dtype);

    for (size_t i = 0; i < p->ndim; i++)
        if (!nai_mul64(&n, n, p->shape[i]))
            return INT64_MAX; /* more than will ever arrive */
    return n < INT64_MAX ? n : INT64_MAX;
}

/* The header without its length field, padded to a multiple of 8 or to st->room. */
static int format_header(const struct state *st, char **text, size_t *len, struct nai_err *err)
{
    json_t *const o = json_object(), *const m = metadata(st->meta);
    uint64_t at = 0;
    bool ok = o && m;
    char *json = NULL;

    *text = NULL;
    if (ok && json_object_size(m) > 0)
        ok = json_object_set(o, "__metadata__", m) == 0;
    for (size_t i = 0; ok && i < st->n; i++) {
        const uint64_t bytes = column_bytes(&st->pick[i]);
        const uint64_t end = bytes < INT64_MAX - at ? at + bytes : INT64_MAX;
        ok = json_object_set_new(o, st->pick[i].name, entry(&st->pick[i], at, end)) == 0;
        at = end;
    }
    json = ok ? json_dumps(o, JSON_COMPACT) : NULL;
    if (json) {
        const size_t n = strlen(json);
        *len = n < st->room ? st->room : (n + ALIGN - 1) / ALIGN * ALIGN;
        *text = realloc(json, *len);
        if (*text) {
            memset(*text + n, ' ', *len - n);
            json = NULL;
        }
    }
    free(json);
    json_decref(o);
    json_decref(m);
    return *text ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory for the header");
}

static int write_header(struct state *st, struct nai_err *err)
{
    uint8_t length[8];
    char *text;
    size_t n;
    int rc = format_header(st, &text, &n, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (uint8_t)((uint64_t)n >> 8 * i);
    rc = nai_columns_write(st->out, length, sizeof length, err);
    if (!rc)
        rc = nai_columns_write(st->out, text, n, err);
    free(text);
    return rc;
}

static int put(struct nai_target *t, const struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = t->state;
    int rc = NAI_OK;

    for (size_t k = st->index.start[b->section]; !rc && k < st->index.start[b->section + 1]; k++) {
        const size_t i = st->index.column[k];
        rc = nai_columns_put(st->out, i, b->data[st->pick[i].field], b->rows * st->pick[i].width,
                             err);
    }
    return rc;
}

static int finish(struct nai_target *t, struct nai_err *err)
{
    struct state *const st = t->state;
    uint64_t total = 0;
    int rc = NAI_OK;

    for (size_t i = 0; i < st->n; i++) {
        total += nai_columns_size(st->out, i);
        if (!st->pick[i].known)
            st->pick[i].shape[0] = nai_columns_size(st->out, i) / st->pick[i].width;
    }
    if (!st->placed || st->patch) {
        if (st->placed)
            nai_columns_skip(st->out, 0);
        rc = write_header(st, err);
    }
    if (st->placed)
        nai_columns_skip(st->out, nai_columns_at(st->out) + total);
    for (size_t i = 0; !rc && !st->placed && i < st->n; i++)
        rc = nai_columns_copy(st->out, i, err);
    return rc ? rc : nai_columns_end(st->out, nai_columns_at(st->out), err);
}

/* Room for the header whatever the number of rows turns out to be. */
static int reserve(struct state *st, struct nai_err *err)
{
    char *text = NULL;
    uint64_t *const rows = calloc(st->n + 1, sizeof *rows);
    int rc = rows ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t i = 0; !rc && i < st->n; i++) {
        rows[i] = st->pick[i].shape[0];
        if (!st->pick[i].tensor)
            st->pick[i].shape[0] = INT64_MAX;
    }
    if (!rc)
        rc = format_header(st, &text, &st->room, err);
    for (size_t i = 0; rows && i < st->n; i++)
        if (!st->pick[i].tensor)
            st->pick[i].shape[0] = rows[i];
    free(text);
    free(rows);
    return rc;
}

/* Gives every column its place where that can be known: with all sizes, or for a single column. */
static int place(struct state *st, struct nai_err *err)
{
    uint64_t at;
    int rc = reserve(st, err);

    for (size_t i = 0; i < st->n; i++)
        st->patch = st->patch || !st->pick[i].known;
    st->placed = nai_columns_seekable(st->out) && (!st->patch || st->n == 1);
    if (rc || !st->placed)
        return rc;
    if ((rc = write_header(st, err)))
        return rc;
    at = nai_columns_at(st->out);
    for (size_t i = 0; i < st->n; i++) {
        nai_columns_place(st->out, i, at);
        at += column_bytes(&st->pick[i]);
    }
    return NAI_OK;
}

static void close_all(struct nai_target *t)
{
    struct state *const st = t->state;

    nai_columns_free(st->out);
    nai_export_unpick(st->pick, st->n);
    nai_export_unindex(&st->index);
    free(st);
}

int nai_safetensors_create(struct nai_target *t, int fd, const char *name,
                           const struct nts_header *h, const struct nai_export *o,
                           struct nai_err *err)
{
    struct state *const st = calloc(1, sizeof *st);
    int rc;

    *t = (struct nai_target){0};
    if (!st)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", name);
    *t = (struct nai_target){.state = st, .put = put, .finish = finish, .close = close_all};
    st->meta = h->meta;
    rc = nai_export_pick(&st->pick, &st->n, h, o->fields, err);
    for (size_t i = 0; !rc && i < st->n; i++)
        if (strcmp(st->pick[i].name, "__metadata__") == 0)
            rc = nai_err_set(err, NAI_EINPUT, "a tensor cannot be named __metadata__");
    if (!rc)
        rc = nai_export_index(&st->index, st->pick, st->n, h->nsections, err);
    if (!rc)
        rc = nai_columns_new(&st->out, fd, name, st->n, false, err);
    if (!rc)
        rc = place(st, err);
    if (!rc && !st->placed)
        t->note = "the length of a column is not known, or the output is a pipe: rows wait in a "
                  "temporary file";
    if (rc)
        nai_target_close(t);
    return rc;
}
