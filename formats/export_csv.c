/* export_csv.c - fields of one section as comma- or tab-separated values
 * SPDX-License-Identifier: MIT
 *
 * RFC 4180 with lines that end in LF. A field of several elements takes as many columns, name_0,
 * name_1, ... in row-major order; field x, those that meta.columns names. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "decimal.h"
#include "export.h"
#include "mem.h"

enum { BUFFER = 1 << 16 };

struct state {
    struct nai_columns *out;
    struct nai_pick *pick;
    size_t n;
    char separator;
    char *buf; /* char[BUFFER] */
    size_t used;
};

static int flush(struct state *st, struct nai_err *err)
{
    const int rc = nai_columns_write(st->out, st->buf, st->used, err);

    st->used = 0;
    return rc;
}

/* Room for n more characters. */
static int reserve(struct state *st, size_t n, struct nai_err *err)
{
    return BUFFER - st->used < n ? flush(st, err) : NAI_OK;
}

static int put_char(struct state *st, char c, struct nai_err *err)
{
    const int rc = reserve(st, 1, err);

    if (!rc)
        st->buf[st->used++] = c;
    return rc;
}

/* A column's name and, unless it is SIZE_MAX, its number. Quoted where a reader that has to find
 * out what separates the columns, a comma or a tab, would be misled. */
static int put_name(struct state *st, const char *name, size_t number, struct nai_err *err)
{
    const bool quote = !*name || strpbrk(name, ",\t\"\r\n");
    int rc = quote ? put_char(st, '"', err) : NAI_OK;

    for (; !rc && *name; name++) {
        if (*name == '"')
            rc = put_char(st, '"', err);
        if (!rc)
            rc = put_char(st, *name, err);
    }
    if (!rc)
        rc = reserve(st, NAI_DECIMAL_ROOM + 2, err);
    if (!rc && number != SIZE_MAX) {
        const uint64_t v = number;
        st->buf[st->used++] = '_';
        st->used += nai_decimal(st->buf + st->used, &v, NAI_U64);
    }
    return !rc && quote ? put_char(st, '"', err) : rc;
}

/* meta.columns, if it is a list of as many names as field x has elements and p is that field. */
static const json_t *names_of(const struct nts_header *h, const struct nai_pick *p)
{
    const json_t *const list = json_object_get(h->meta, "columns");

    if (p->tensor || strcmp(h->section[p->section].field[p->field].name, "x") != 0 ||
        !json_is_array(list) || json_array_size(list) != p->count)
        return NULL;
    for (size_t i = 0; i < p->count; i++)
        if (!json_is_string(json_array_get(list, i)))
            return NULL;
    return list;
}

static int put_header(struct state *st, const struct nts_header *h, struct nai_err *err)
{
    int rc = NAI_OK;

    for (size_t i = 0; !rc && i < st->n; i++) {
        const struct nai_pick *const p = &st->pick[i];
        const json_t *const names = names_of(h, p);
        const bool vector = !p->tensor && p->ndim > 1;
        for (size_t j = 0; !rc && j < p->count; j++) {
            if (i + j > 0)
                rc = put_char(st, st->separator, err);
            if (!rc && names)
                rc = put_name(st, json_string_value(json_array_get(names, j)), SIZE_MAX, err);
            else if (!rc)
                rc = put_name(st, p->name, vector ? j : SIZE_MAX, err);
        }
    }
    return rc ? rc : put_char(st, '\n', err);
}

static int put(struct nai_target *t, const struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = t->state;

    if (b->section != st->pick[0].section)
        return NAI_OK;
    for (size_t r = 0; r < b->rows; r++) {
        for (size_t i = 0; i < st->n; i++) {
            const struct nai_pick *const p = &st->pick[i];
            const size_t size = nai_dtype_size(p->dtype);
            const char *at = (const char *)b->data[p->field] + r * p->width;
            for (size_t j = 0; j < p->count; j++, at += size) {
                const int rc = reserve(st, NAI_DECIMAL_ROOM + 2, err);
                if (rc)
                    return rc;
                if (i + j > 0)
                    st->buf[st->used++] = st->separator;
                st->used += nai_decimal(st->buf + st->used, at, p->dtype);
            }
        }
        st->buf[st->used++] = '\n'; /* reserved with the value before it */
    }
    return NAI_OK;
}

static int finish(struct nai_target *t, struct nai_err *err)
{
    struct state *const st = t->state;
    const int rc = flush(st, err);

    return rc ? rc : nai_columns_end(st->out, nai_columns_at(st->out), err);
}

static void close_all(struct nai_target *t)
{
    struct state *const st = t->state;

    nai_columns_free(st->out);
    nai_export_unpick(st->pick, st->n);
    nai_free(st->buf);
    free(st);
}

int nai_csv_create(struct nai_target *t, int fd, const char *name, const struct nts_header *h,
                   const struct nai_export *o, struct nai_err *err)
{
    struct state *const st = calloc(1, sizeof *st);
    int rc;

    *t = (struct nai_target){0};
    if (!st)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", name);
    *t = (struct nai_target){.state = st, .put = put, .finish = finish, .close = close_all};
    st->separator = o->separator;
    rc = nai_export_pick(&st->pick, &st->n, h, o->fields, err);
    if (!rc && st->n == 0)
        rc = nai_err_set(err, NAI_EINPUT, "the stream has no fields");
    for (size_t i = 1; !rc && i < st->n; i++)
        if (st->pick[i].section != st->pick[0].section)
            rc = nai_err_set(err, NAI_EUSAGE,
                             "the stream has several sections: choose one with --field: %.100s, "
                             "%.100s, ...",
                             h->section[st->pick[0].section].name,
                             h->section[st->pick[i].section].name);
    if (!rc)
        rc = nai_columns_new(&st->out, fd, name, 0, false, err);
    if (!rc && !(st->buf = nai_alloc(BUFFER, 1, "text buffer", err)))
        rc = NAI_ESYSTEM;
    if (!rc)
        rc = put_header(st, h, err);
    if (rc)
        nai_target_close(t);
    return rc;
}
