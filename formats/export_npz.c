/* export_npz.c - fields and tensors as an .npz archive: stored members, zip64 where needed
 * SPDX-License-Identifier: MIT
 *
 * Layout after PKWARE's APPNOTE 6.3: a local header and the bytes of each member, then the central
 * directory. Dates are 1980-01-01, as numpy writes them, so that equal rows give equal bytes. */
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "export.h"
#include "mem.h"
#include "npy_header.h"

enum {
    LOCAL = 30,
    CENTRAL = 46,
    EXTRA = 4 + 24, /* at most: zip64's two sizes and an offset */
    DATE = 1 << 5 | 1,
    UTF8 = 1 << 11,
    MAX_SUFFIXED = 2 * NTS_MAX_NAME + 8
};

#define LIMIT 0xFFFFFFFEu /* what fits in 32 bits; one more is the mark of zip64 */

struct member {
    uint64_t at, size; /* of the local header; of the bytes */
};

struct state {
    struct nai_columns *out;
    struct nai_pick *pick;
    struct member *member; /* member[n] */
    size_t n;
    struct nai_pick_index index;
    bool placed;
    float *wide;
    size_t wide_n;
};

/* ---- little-endian fields ---- */

static uint8_t *le(uint8_t *p, uint64_t v, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> 8 * i);
    return p + bytes;
}

static size_t full_name(char name[static MAX_SUFFIXED], const struct nai_pick *p)
{
    const size_t n = strlen(p->name);

    memcpy(name, p->name, n);
    memcpy(name + n, ".npy", 5);
    return n + 4;
}

static unsigned flags(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name > 126)
            return UTF8;
    return 0;
}

/* What local and central headers have in common, from "version needed" to the length of the extra
 * field. */
static uint8_t *common(uint8_t *p, const struct state *st, size_t i, const char *name, size_t extra,
                       bool large)
{
    const uint64_t size = large ? UINT32_MAX : st->member[i].size;

    p = le(p, extra ? 45 : 20, 2);
    p = le(p, flags(name), 2);
    p = le(p, 0, 2); /* stored */
    p = le(p, 0, 2);
    p = le(p, DATE, 2);
    p = le(p, nai_columns_crc(st->out, i), 4);
    p = le(p, size, 4);
    p = le(p, size, 4);
    p = le(p, strlen(name), 2);
    return le(p, extra, 2);
}

static size_t local_size(const struct state *st, size_t i)
{
    const bool large = st->member[i].size > LIMIT;

    return LOCAL + strlen(st->pick[i].name) + 4 + (large ? 20 : 0);
}

static int write_local(struct state *st, size_t i, struct nai_err *err)
{
    const bool large = st->member[i].size > LIMIT;
    uint8_t buf[LOCAL + MAX_SUFFIXED + EXTRA], *p = buf;
    char name[MAX_SUFFIXED];
    const size_t n = full_name(name, &st->pick[i]);

    p = le(p, 0x04034b50, 4);
    p = common(p, st, i, name, large ? 20 : 0, large);
    memcpy(p, name, n);
    p += n;
    if (large) {
        p = le(p, 1, 2);
        p = le(p, 16, 2);
        p = le(p, st->member[i].size, 8);
        p = le(p, st->member[i].size, 8);
    }
    return nai_columns_write(st->out, buf, (size_t)(p - buf), err);
}

static int write_central(struct state *st, size_t i, struct nai_err *err)
{
    const bool large = st->member[i].size > LIMIT, far = st->member[i].at > LIMIT;
    const size_t extra = large || far ? 4u + (large ? 16u : 0u) + (far ? 8u : 0u) : 0;
    uint8_t buf[CENTRAL + MAX_SUFFIXED + EXTRA], *p = buf;
    char name[MAX_SUFFIXED];
    const size_t n = full_name(name, &st->pick[i]);

    p = le(p, 0x02014b50, 4);
    p = le(p, 3 << 8 | 45, 2); /* made on Unix */
    p = common(p, st, i, name, extra, large);
    p = le(p, 0, 6); /* no comment, disk 0, no internal attributes */
    p = le(p, (uint64_t)0100644 << 16, 4);
    p = le(p, far ? UINT32_MAX : st->member[i].at, 4);
    memcpy(p, name, n);
    p += n;
    if (extra) {
        p = le(p, 1, 2);
        p = le(p, extra - 4, 2);
        p = large ? le(le(p, st->member[i].size, 8), st->member[i].size, 8) : p;
        p = far ? le(p, st->member[i].at, 8) : p;
    }
    return nai_columns_write(st->out, buf, (size_t)(p - buf), err);
}

static int write_directory(struct state *st, struct nai_err *err)
{
    const uint64_t start = nai_columns_at(st->out);
    uint8_t buf[56 + 20 + 22], *p = buf;
    uint64_t size, end;
    bool zip64;
    int rc = NAI_OK;

    for (size_t i = 0; !rc && i < st->n; i++)
        rc = write_central(st, i, err);
    if (rc)
        return rc;
    end = nai_columns_at(st->out);
    size = end - start;
    zip64 = st->n >= UINT16_MAX || start > LIMIT || size > LIMIT;
    if (zip64) {
        p = le(p, 0x06064b50, 4);
        p = le(p, 44, 8);
        p = le(p, 3 << 8 | 45, 2);
        p = le(p, 45, 2);
        p = le(p, 0, 8); /* disks */
        p = le(p, st->n, 8);
        p = le(p, st->n, 8);
        p = le(p, size, 8);
        p = le(p, start, 8);
        p = le(p, 0x07064b50, 4); /* where that record is */
        p = le(p, 0, 4);
        p = le(p, end, 8);
        p = le(p, 1, 4);
    }
    p = le(p, 0x06054b50, 4);
    p = le(p, 0, 4);
    p = le(p, zip64 ? UINT16_MAX : st->n, 2);
    p = le(p, zip64 ? UINT16_MAX : st->n, 2);
    p = le(p, zip64 ? UINT32_MAX : size, 4);
    p = le(p, zip64 ? UINT32_MAX : start, 4);
    p = le(p, 0, 2);
    return nai_columns_write(st->out, buf, (size_t)(p - buf), err);
}

/* ---- members ---- */

static enum nai_dtype written_as(const struct nai_pick *p)
{
    return p->dtype == NAI_BF16 ? NAI_F32 : p->dtype;
}

static int npy_header(const struct nai_pick *p, char head[static NAI_NPY_ROOM], size_t *n,
                      struct nai_err *err)
{
    return nai_npy_format(head, n, written_as(p), p->ndim, p->shape, err);
}

static int put(struct nai_target *t, const struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = t->state;
    int rc = NAI_OK;

    for (size_t k = st->index.start[b->section]; !rc && k < st->index.start[b->section + 1]; k++) {
        const size_t i = st->index.column[k];
        const struct nai_pick *const p = &st->pick[i];
        const size_t n = b->rows * p->count;
        const void *data = b->data[p->field];
        if (p->dtype == NAI_BF16) {
            if (n > st->wide_n) {
                nai_free(st->wide);
                st->wide_n = 0;
                if (!(st->wide = nai_alloc(n, sizeof *st->wide, "a batch of rows", err)))
                    return NAI_ESYSTEM;
                st->wide_n = n;
            }
            nai_widen(st->wide, data, n);
            data = st->wide;
        }
        rc = nai_columns_put(st->out, i, data, n * nai_dtype_size(written_as(p)), err);
    }
    return rc;
}

/* Local headers are written last: they hold the CRC. */
static int finish(struct nai_target *t, struct nai_err *err)
{
    struct state *const st = t->state;
    int rc = NAI_OK;

    for (size_t i = 0; !rc && i < st->n; i++) {
        struct nai_pick *const p = &st->pick[i];
        const uint64_t bytes = nai_columns_size(st->out, i);
        char head[NAI_NPY_ROOM];
        size_t n = 0;
        if (!p->known)
            p->shape[0] = bytes / (p->count * nai_dtype_size(written_as(p)));
        if (!st->placed) {
            rc = npy_header(p, head, &n, err);
            if (!rc)
                rc = nai_columns_prepend(st->out, i, head, n, err);
        }
        st->member[i].at = nai_columns_at(st->out);
        st->member[i].size = nai_columns_size(st->out, i);
        if (!rc)
            rc = write_local(st, i, err);
        if (!rc && st->placed)
            nai_columns_skip(st->out, nai_columns_at(st->out) + st->member[i].size);
        else if (!rc)
            rc = nai_columns_copy(st->out, i, err);
    }
    if (!rc)
        rc = write_directory(st, err);
    return rc ? rc : nai_columns_end(st->out, nai_columns_at(st->out), err);
}

/* With all sizes known, every member has its place and its npy header at once. */
static int place(struct state *st, struct nai_err *err)
{
    uint64_t at = 0;
    int rc = NAI_OK;

    st->placed = nai_columns_seekable(st->out);
    for (size_t i = 0; i < st->n; i++)
        st->placed = st->placed && st->pick[i].known;
    for (size_t i = 0; !rc && st->placed && i < st->n; i++) {
        const struct nai_pick *const p = &st->pick[i];
        uint64_t bytes = nai_dtype_size(written_as(p));
        char head[NAI_NPY_ROOM];
        size_t n;
        for (size_t d = 0; d < p->ndim; d++)
            if (!nai_mul64(&bytes, bytes, p->shape[d]))
                return nai_err_set(err, NAI_EINPUT, "'%.200s' is too large", p->name);
        rc = npy_header(p, head, &n, err);
        if (rc)
            break;
        st->member[i].size = n + bytes;
        nai_columns_place(st->out, i, at + local_size(st, i));
        at += local_size(st, i) + st->member[i].size;
        rc = nai_columns_put(st->out, i, head, n, err);
    }
    return rc;
}

static void close_all(struct nai_target *t)
{
    struct state *const st = t->state;

    nai_columns_free(st->out);
    nai_export_unpick(st->pick, st->n);
    nai_export_unindex(&st->index);
    free(st->member);
    nai_free(st->wide);
    free(st);
}

int nai_npz_create(struct nai_target *t, int fd, const char *name, const struct nts_header *h,
                   const struct nai_export *o, struct nai_err *err)
{
    struct state *const st = calloc(1, sizeof *st);
    int rc;

    *t = (struct nai_target){0};
    if (!st)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", name);
    *t = (struct nai_target){.state = st, .put = put, .finish = finish, .close = close_all};
    rc = nai_export_pick(&st->pick, &st->n, h, o->fields, err);
    if (!rc)
        rc = nai_export_index(&st->index, st->pick, st->n, h->nsections, err);
    if (!rc && !(st->member = calloc(st->n + 1, sizeof *st->member)))
        rc = nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", name);
    if (!rc)
        rc = nai_columns_new(&st->out, fd, name, st->n, true, err);
    if (!rc)
        rc = place(st, err);
    if (!rc && !st->placed)
        t->note = "the length of a column is not known, or the output is a pipe: rows wait in a "
                  "temporary file";
    if (rc)
        nai_target_close(t);
    return rc;
}
