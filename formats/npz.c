/* npz.c - .npz archives: each array a field
 * SPDX-License-Identifier: MIT
 *
 * libzip reads the archive, zip64 and deflated members too, checks that its directory is
 * consistent and, at the end of a member, its CRC-32. Members are read side by side, each in
 * order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "import.h"
#include "list.h"
#include "mem.h"
#include "npy_rows.h"

enum { BATCH = 1 << 20 };

struct member {
    char *label; /* "file.npz: name": for messages */
    char *name;  /* of the field */
    zip_file_t *file;
    struct nai_npy_rows array;
};

struct state {
    zip_t *zip;
    size_t n;
    struct member *member; /* member[n] */
    const void **data;     /* data[n] */
    size_t room;
    uint64_t rows, done;
};

static int read_member(void *ctx, void *dst, size_t n, struct nai_err *err)
{
    struct member *const m = ctx;
    uint8_t *at = dst;

    while (n > 0) {
        const zip_int64_t got = zip_fread(m->file, at, n < 1u << 30 ? n : 1u << 30);
        if (got < 0)
            return nai_err_set(err, NAI_EINPUT, "%s: %s", m->label, zip_file_strerror(m->file));
        if (got == 0)
            return nai_err_set(err, NAI_EINPUT, "%s: truncated in an npy array", m->label);
        at += got;
        n -= (size_t)got;
    }
    return NAI_OK;
}

/* Reading past the end is also what makes libzip compare the CRC. */
static int end_member(void *ctx, struct nai_err *err)
{
    struct member *const m = ctx;
    char one;
    const zip_int64_t got = zip_fread(m->file, &one, 1);

    if (got < 0)
        return nai_err_set(err, NAI_EINPUT, "%s: %s", m->label, zip_file_strerror(m->file));
    if (got > 0)
        return nai_err_set(err, NAI_EINPUT, "%s: more bytes than its header says", m->label);
    return NAI_OK;
}

/* Opens the member with this name and length (.npy is added unless it is there). */
static int open_member(struct state *st, const char *path, const char *name, size_t len,
                       struct nai_err *err)
{
    struct member *const m = &st->member[st->n];
    const bool suffixed = len > 4 && memcmp(name + len - 4, ".npy", 4) == 0;
    const int shown = len < 255 ? (int)len : 255;
    char *full;
    zip_int64_t index = -1;
    int rc = NAI_OK;

    *m = (struct member){.name = strndup(name, suffixed ? len - 4 : len)};
    m->label = malloc(strlen(path) + len + 3);
    full = malloc(len + 5);
    st->n++;
    if (!m->name || !m->label || !full) {
        rc = nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
    } else {
        memcpy(full, name, len);
        memcpy(full + len, ".npy", suffixed ? 1 : 5);
        full[suffixed ? len : len + 4] = '\0';
        memcpy(m->label, path, strlen(path));
        memcpy(m->label + strlen(path), ": ", 2);
        memcpy(m->label + strlen(path) + 2, m->name, strlen(m->name) + 1);
        index = zip_name_locate(st->zip, full, 0);
    }
    free(full);
    if (rc)
        return rc;
    if (index < 0)
        return nai_err_set(err, NAI_EINPUT, "%s: it has no array '%.*s'", path, shown, name);
    m->file = zip_fopen_index(st->zip, (zip_uint64_t)index, 0);
    if (!m->file)
        return nai_err_set(err, NAI_EINPUT, "%s: %s", m->label, zip_strerror(st->zip));
    return nai_npy_rows_open(
        &m->array,
        &(struct nai_npy_from){.name = m->label, .ctx = m, .read = read_member, .end = end_member},
        err);
}

static int open_members(struct state *st, const char *path, const char *select, struct nai_err *err)
{
    const zip_int64_t total = zip_get_num_entries(st->zip, 0);
    const size_t n = select ? nai_list_count(select) : (size_t)total;
    const char *word;
    size_t len;
    int rc = NAI_OK;

    if (n == 0 || n > NTS_MAX_FIELDS)
        return nai_err_set(err, NAI_EINPUT, "%s: %zu arrays; a section has 1 to %d fields", path, n,
                           (int)NTS_MAX_FIELDS);
    st->member = calloc(n, sizeof *st->member);
    st->data = calloc(n, sizeof *st->data);
    if (!st->member || !st->data)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
    if (select) {
        while (!rc && (word = nai_list_next(&select, &len)))
            rc = open_member(st, path, word, len, err);
        return rc;
    }
    for (size_t i = 0; !rc && i < n; i++) {
        word = zip_get_name(st->zip, i, 0);
        len = word ? strlen(word) : 0;
        if (len <= 4 || strcmp(word + len - 4, ".npy") != 0)
            rc = nai_err_set(err, NAI_EINPUT,
                             "%s: member '%.200s' is not an array; name those wanted with --select",
                             path, word ? word : "");
        else
            rc = open_member(st, path, word, len, err);
    }
    return rc;
}

/* "a (10, 3), b (20,)" for the message that the first dimensions differ. */
static int differing_rows(const struct state *st, const char *path, struct nai_err *err)
{
    char text[700] = "";
    size_t at = 0;

    for (size_t i = 0; i < st->n && at < sizeof text - 320; i++) {
        const struct nai_npy *const h = &st->member[i].array.h;
        char shape[200];
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%.100s %s", i ? ", " : "",
                               st->member[i].name,
                               nai_npy_text(shape, sizeof shape, h->ndim, h->shape));
        if (at >= sizeof text - 320 && i + 1 < st->n)
            snprintf(text + at, sizeof text - at, ", ...");
    }
    return nai_err_set(err, NAI_EINPUT,
                       "%s: no first dimension that all share; name arrays with --select: %s", path,
                       text);
}

static int make_header(struct nai_source *s, struct state *st, const char *path,
                       struct nai_err *err)
{
    size_t width = 0;
    int rc = NAI_OK;

    st->rows = st->member[0].array.rows;
    for (size_t i = 0; i < st->n; i++)
        if (st->member[i].array.h.ndim == 0 || st->member[i].array.rows != st->rows)
            return differing_rows(st, path, err);
    if (!(s->header = nts_header_new("dataset")) ||
        nts_header_section(s->header, "rows", (int64_t)st->rows) < 0)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
    for (size_t i = 0; i < st->n; i++) {
        const struct nai_npy_rows *const a = &st->member[i].array;
        if (nts_find_field(&s->header->section[0], st->member[i].name) >= 0)
            return nai_err_set(err, NAI_EINPUT, "%s: there twice", st->member[i].label);
        if (nts_header_field(s->header, 0, st->member[i].name, a->h.dtype, a->h.ndim - 1,
                             a->h.shape + 1) < 0)
            return nai_err_set(err, NAI_EINPUT,
                               "%s: a stream cannot hold this array (its rows are too large, or "
                               "its name is too long or not UTF-8)",
                               st->member[i].label);
        width += a->width; /* bounded by what a section accepts */
    }
    st->room = width < BATCH ? BATCH / width : 1;
    for (size_t i = 0; !rc && i < st->n; i++)
        if ((rc = nai_npy_rows_start(&st->member[i].array, st->room, err)))
            nai_err_prefix(err, st->member[i].label);
    return rc;
}

static enum nts_event next(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = s->state;
    const uint64_t left = st->rows - st->done;
    const size_t n = left < st->room ? (size_t)left : st->room;

    for (size_t i = 0; i < st->n; i++) {
        struct nai_npy_rows *const a = &st->member[i].array;
        if (left ? nai_npy_rows_read(a, n, err) : nai_npy_rows_end(a, err))
            return NTS_FAILED;
        st->data[i] = a->buf;
    }
    if (left == 0)
        return NTS_END;
    *b = (struct nts_batch){.first = st->done, .rows = n, .data = st->data};
    st->done += n;
    return NTS_BATCH;
}

static void close_all(struct nai_source *s)
{
    struct state *const st = s->state;

    for (size_t i = 0; st->member && i < st->n; i++) {
        nai_npy_rows_close(&st->member[i].array);
        if (st->member[i].file)
            zip_fclose(st->member[i].file);
        free(st->member[i].label);
        free(st->member[i].name);
    }
    if (st->zip)
        zip_discard(st->zip);
    free(st->member);
    free(st->data);
    free(st);
    s->state = NULL;
}

int nai_npz_open(struct nai_source *s, const char *path, const struct nai_import *o,
                 struct nai_err *err)
{
    struct state *const st = calloc(1, sizeof *st);
    int rc, code = 0;

    *s = (struct nai_source){0};
    if (!st)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
    *s = (struct nai_source){.state = st, .next = next, .close = close_all};
    st->zip = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
    if (!st->zip) {
        zip_error_t why;
        zip_error_init_with_code(&why, code);
        rc =
            nai_err_set(err, code == ZIP_ER_NOENT || code == ZIP_ER_OPEN ? NAI_ESYSTEM : NAI_EINPUT,
                        "%s: cannot open: %s", path, zip_error_strerror(&why));
        zip_error_fini(&why);
    } else {
        rc = open_members(st, path, o->select, err);
    }
    if (!rc)
        rc = make_header(s, st, path, err);
    if (rc)
        nai_source_close(s);
    return rc;
}
