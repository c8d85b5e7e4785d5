/* mat.c - a variable of a MATLAB file as rows
 * SPDX-License-Identifier: MIT
 *
 * Axes are counted from 1 by the user and from 0 here. An element of the variable lies at
 * sum(index[a] * stride[a]) in the slab that is held: a part of the variable along the axis that
 * turns slowest among the rows, or all of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "list.h"
#include "mat_var.h"
#include "mem.h"

enum { BATCH = 1 << 20, SLAB = 64 << 20 };

struct state {
    struct nai_mat_var v;
    size_t nrows, row[NAI_MAT_DIMS];  /* axes that become rows, the last fastest */
    size_t nkeep, keep[NAI_MAT_DIMS]; /* axes of a row, in order */
    size_t split;                     /* axis of o->fields or o->halves; v.rank: none */
    bool halves;
    size_t stride[NAI_MAT_DIMS];
    uint8_t *slab;
    size_t slab_len, slab_at, slab_held; /* along row[0] */
    bool whole;                          /* the slab is the variable */
    size_t inner;                        /* rows to an entry of row[0] */
    size_t count;                        /* elements of a field's row */
    size_t *offset;                      /* size_t[count]: of an element from the row's first */
    size_t fields, width, room;
    uint8_t **buf; /* u8[room * width] each: one a field */
    const void **data;
    uint64_t rows, done;
};

/* ---- which axis is what ---- */

static int bad_axes(const struct state *st, const char *option, const char *text,
                    struct nai_err *err)
{
    char dims[200];

    return nai_err_set(err, NAI_EUSAGE,
                       "--%s %.100s: axes are numbers from 1 to %zu, each used once (the variable "
                       "is %s)",
                       option, text, st->v.rank,
                       nai_mat_var_text(dims, sizeof dims, st->v.rank, st->v.dims));
}

static int take_axes(struct state *st, const char *option, const char *list, bool *used,
                     size_t *axis, size_t *n, struct nai_err *err)
{
    const char *at = list, *word;
    size_t len;

    *n = 0;
    while ((word = nai_list_next(&at, &len))) {
        char *end = NULL;
        const unsigned long v = *word >= '1' && *word <= '9' ? strtoul(word, &end, 10) : 0;
        if (v == 0 || v > st->v.rank || end != word + len || used[v - 1])
            return bad_axes(st, option, list, err);
        used[v - 1] = true;
        axis[(*n)++] = (size_t)v - 1;
    }
    return NAI_OK;
}

static int take_split(struct state *st, const char *option, size_t axis, bool *used,
                      struct nai_err *err)
{
    char text[24];

    st->split = axis ? axis - 1 : st->v.rank;
    if (axis == 0)
        return NAI_OK;
    snprintf(text, sizeof text, "%zu", axis);
    if (axis > st->v.rank || used[axis - 1])
        return bad_axes(st, option, text, err);
    used[axis - 1] = true;
    return NAI_OK;
}

static int assign_axes(struct state *st, const struct nai_import *o, struct nai_err *err)
{
    bool used[NAI_MAT_DIMS] = {false};
    int rc;

    if (o->fields && o->halves)
        return nai_err_set(err, NAI_EUSAGE, "--fields and --halves exclude each other");
    st->halves = o->halves > 0;
    rc = take_split(st, st->halves ? "halves" : "fields", st->halves ? o->halves : o->fields, used,
                    err);
    if (!rc)
        rc = take_axes(st, "rows", o->rows ? o->rows : "1", used, st->row, &st->nrows, err);
    if (!rc && o->order)
        rc = take_axes(st, "order", o->order, used, st->keep, &st->nkeep, err);
    for (size_t a = 0; !rc && a < st->v.rank; a++) {
        if (used[a] || st->v.dims[a] == 1)
            continue;
        if (o->order)
            return bad_axes(st, "order", o->order, err);
        st->keep[st->nkeep++] = a;
    }
    return rc;
}

/* ---- what the stream looks like ---- */

static int make_header(struct nai_source *s, struct state *st, const char *path,
                       struct nai_err *err)
{
    const enum nai_dtype dtype = st->halves ? NAI_F64 : st->v.dtype;
    uint64_t shape[NAI_MAT_DIMS];

    st->rows = st->inner = 1; /* every product here divides the number of elements */
    for (size_t i = 0; i < st->nrows; i++) {
        st->rows *= st->v.dims[st->row[i]];
        st->inner *= i ? st->v.dims[st->row[i]] : 1;
    }
    st->count = 1;
    for (size_t i = 0; i < st->nkeep; i++) {
        shape[i] = st->v.dims[st->keep[i]];
        st->count *= (size_t)shape[i];
    }
    st->fields = st->split == st->v.rank ? 1 : st->halves ? 2 : st->v.dims[st->split];
    st->width = st->count * nai_dtype_size(dtype);
    if (!(s->header = nts_header_new("dataset")) ||
        nts_header_section(s->header, "rows", (int64_t)st->rows) < 0)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
    for (size_t f = 0; f < st->fields; f++) {
        char name[24] = "x";
        if (st->split < st->v.rank)
            snprintf(name, sizeof name, "r%zu", f + 1);
        if (nts_header_field(s->header, 0, name, dtype, st->nkeep, shape) < 0)
            return nai_err_set(err, NAI_EUSAGE,
                               "%s: a stream cannot hold %zu fields of rows of %zu elements in %zu "
                               "axes",
                               path, st->fields, st->count, st->nkeep);
    }
    return NAI_OK;
}

static int make_buffers(struct state *st, struct nai_err *err)
{
    const size_t size = nai_dtype_size(st->v.dtype), first = st->row[0];
    const size_t long_axis = st->v.dims[first], total = st->v.count * st->v.n;

    st->whole = st->v.stacked ? first != 0 : !st->v.slabs;
    st->slab_len = SLAB / size / (total / long_axis);
    st->slab_len = st->whole || st->slab_len > long_axis ? long_axis
                   : st->slab_len                        ? st->slab_len
                                                         : 1;
    st->slab = nai_alloc(total / long_axis * st->slab_len, size, "the variable", err);
    st->offset = nai_alloc(st->count, sizeof *st->offset, "the order of a row's elements", err);
    if (!st->slab || !st->offset)
        return NAI_ESYSTEM;
    st->room = st->width * st->fields < BATCH ? BATCH / (st->width * st->fields) : 1;
    st->buf = calloc(st->fields, sizeof *st->buf);
    st->data = calloc(st->fields, sizeof *st->data);
    if (!st->buf || !st->data)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t f = 0; f < st->fields; f++) {
        if (!(st->buf[f] = nai_alloc(st->room, st->width, "a batch of rows", err)))
            return NAI_ESYSTEM;
        st->data[f] = st->buf[f];
    }
    return NAI_OK;
}

/* ---- moving elements ---- */

/* Strides and offsets for a slab of n entries of row[0]: its last may be shorter than the others.
 * Stacked leaves lie one after another. */
static void find_strides(struct state *st, size_t n)
{
    const size_t from = st->v.stacked ? 1 : 0;
    size_t step = 1;

    for (size_t a = from; a < st->v.rank; a++) {
        st->stride[a] = step;
        step *= a == st->row[0] ? n : st->v.dims[a];
    }
    if (st->v.stacked)
        st->stride[0] = st->v.count;
}

/* offset[j]: where the j-th element of a row lies, the last kept axis turning fastest. */
static void find_offsets(struct state *st)
{
    size_t index[NAI_MAT_DIMS] = {0}, at = 0;

    for (size_t j = 0; j < st->count; j++) {
        st->offset[j] = at;
        for (size_t k = st->nkeep; k-- > 0;) {
            const size_t a = st->keep[k];
            at += st->stride[a];
            if (++index[k] < st->v.dims[a])
                break;
            at -= st->stride[a] * index[k];
            index[k] = 0;
        }
    }
}

/* Entries [at, at + slab_len) of row[0], or all. */
static int load(struct state *st, size_t at, struct nai_err *err)
{
    const size_t left = st->v.dims[st->row[0]] - at;
    const size_t n = left < st->slab_len ? left : st->slab_len;
    const size_t leaf = st->v.count * nai_dtype_size(st->v.dtype);
    int rc = NAI_OK;

    find_strides(st, n);
    find_offsets(st);
    st->slab_at = at;
    st->slab_held = n;
    if (!st->whole && !st->v.stacked)
        return nai_mat_var_slab(&st->v, st->row[0], at, n, st->slab, err);
    for (size_t i = 0; !rc && i < (st->whole ? st->v.n : n); i++)
        rc = nai_mat_var_read(&st->v, at + i, st->slab + i * leaf, err);
    return rc;
}

/* Where row number r starts in the slab; r counts from the slab's first row. */
static size_t row_offset(const struct state *st, size_t r)
{
    size_t at = 0;

    for (size_t i = st->nrows; i-- > 0;) {
        const size_t a = st->row[i];
        const size_t index = i ? r % st->v.dims[a] : r;
        at += index * st->stride[a];
        r = i ? r / st->v.dims[a] : 0;
    }
    return at;
}

#define PICK(TYPE)                                                                                 \
    for (size_t j = 0; j < n; j++)                                                                 \
        memcpy(dst + j * sizeof(TYPE), src + offset[j] * sizeof(TYPE), sizeof(TYPE));              \
    break

static void pick(uint8_t *dst, const uint8_t *src, const size_t *offset, size_t n, size_t size)
{
    switch (size) {
    case 1:
        PICK(uint8_t);
    case 2:
        PICK(uint16_t);
    case 4:
        PICK(uint32_t);
    default:
        PICK(uint64_t);
    }
}

/* Means of the odd and of the even entries along an axis, of those that are not NaN. */
static void halve(double out[2], const struct state *st, size_t at)
{
    const size_t size = nai_dtype_size(st->v.dtype);
    double sum[2] = {0, 0};
    size_t n[2] = {0, 0};

    for (size_t i = 0, present = 0; i < st->v.dims[st->split]; i++) {
        double v;
        nai_to_f64(&v, st->slab + (at + i * st->stride[st->split]) * size, st->v.dtype, 1);
        if (isnan(v))
            continue;
        sum[present % 2] += v;
        n[present++ % 2]++;
    }
    for (size_t h = 0; h < 2; h++)
        out[h] = n[h] ? sum[h] / (double)n[h] : (double)NAN;
}

static void put_row(struct state *st, size_t i, size_t at)
{
    const size_t size = nai_dtype_size(st->v.dtype);

    if (st->halves) {
        for (size_t j = 0; j < st->count; j++) {
            double half[2];
            halve(half, st, at + st->offset[j]);
            for (size_t h = 0; h < 2; h++)
                memcpy(st->buf[h] + i * st->width + j * sizeof *half, &half[h], sizeof *half);
        }
        return;
    }
    for (size_t f = 0; f < st->fields; f++) {
        const size_t skip = st->split < st->v.rank ? f * st->stride[st->split] : 0;
        pick(st->buf[f] + i * st->width, st->slab + (at + skip) * size, st->offset, st->count,
             size);
    }
}

static enum nts_event next(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = s->state;
    size_t n, skip;

    if (st->done == st->rows)
        return NTS_END;
    if (st->done / st->inner == st->slab_at + st->slab_held &&
        load(st, (size_t)(st->done / st->inner), err))
        return NTS_FAILED;
    skip = (size_t)(st->done - st->slab_at * st->inner);
    n = st->slab_held * st->inner - skip;
    n = n < st->room ? n : st->room;
    for (size_t i = 0; i < n; i++)
        put_row(st, i, row_offset(st, skip + i));
    if (st->v.dtype == NAI_BOOL && !st->halves)
        for (size_t f = 0; f < st->fields; f++)
            for (size_t i = 0; i < n * st->count; i++)
                st->buf[f][i] = st->buf[f][i] != 0;
    *b = (struct nts_batch){.first = st->done, .rows = n, .data = st->data};
    st->done += n;
    return NTS_BATCH;
}

static void close_all(struct nai_source *s)
{
    struct state *const st = s->state;

    for (size_t f = 0; st->buf && f < st->fields; f++)
        nai_free(st->buf[f]);
    free(st->buf);
    free(st->data);
    nai_free(st->slab);
    nai_free(st->offset);
    nai_mat_var_close(&st->v);
    free(st);
    s->state = NULL;
}

int nai_mat_open(struct nai_source *s, const char *path, const struct nai_import *o,
                 struct nai_err *err)
{
    struct state *const st = calloc(1, sizeof *st);
    int rc;

    *s = (struct nai_source){0};
    if (!st)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
    *s = (struct nai_source){.state = st, .next = next, .close = close_all};
    rc = nai_mat_var_open(&st->v, path, o->var, err);
    if (!rc && (rc = assign_axes(st, o, err)))
        nai_err_prefix(err, path);
    if (!rc)
        rc = make_header(s, st, path, err);
    if (!rc && (rc = make_buffers(st, err)))
        nai_err_prefix(err, path);
    if (rc)
        nai_source_close(s);
    return rc;
}
