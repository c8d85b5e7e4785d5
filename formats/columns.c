/* columns.c - see columns.h
 * SPDX-License-Identifier: MIT */
#include "columns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "mem.h"

enum { COPY = 1 << 18 };

#define NOWHERE SIZE_MAX

/* A run of one column's bytes in the temporary file. */
struct extent {
    uint64_t at, size;
    size_t next; /* of the same column, or NOWHERE */
};

struct column {
    uint64_t size, place; /* place: UINT64_MAX when it waits */
    size_t head, tail;    /* extents */
    uint32_t crc;
};

struct nai_columns {
    int fd;
    const char *name;
    bool seekable, crc;
    off_t base;  /* where fd stood at first */
    uint64_t at; /* from base */
    struct column *column;
    struct extent *extent;
    size_t nextents, room;
    int spill; /* the temporary file, or -1 */
    uint64_t spilled;
};

/* All of n bytes: at an offset, or (at < 0) wherever fd stands. */
static int write_all(int fd, const void *data, size_t n, off_t at, const char *name,
                     struct nai_err *err)
{
    const uint8_t *p = data;

    while (n > 0) {
        const ssize_t w = at < 0 ? write(fd, p, n) : pwrite(fd, p, n, at);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return nai_err_set(err, NAI_ESYSTEM, "%s: cannot write:", name);
        p += w;
        n -= (size_t)w;
        at += at < 0 ? 0 : (off_t)w;
    }
    return NAI_OK;
}

int nai_columns_new(struct nai_columns **out, int fd, const char *name, size_t n, bool crc,
                    struct nai_err *err)
{
    struct nai_columns *const c = calloc(1, sizeof *c);
    struct stat sb;
    const int flags = fcntl(fd, F_GETFL);

    *out = NULL;
    if (!c || !(c->column = calloc(n + 1, sizeof *c->column))) {
        free(c);
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", name);
    }
    c->fd = fd;
    c->name = name;
    c->crc = crc;
    c->spill = -1;
    c->base = lseek(fd, 0, SEEK_CUR);
    c->seekable = c->base >= 0 && flags >= 0 && !(flags & O_APPEND) && fstat(fd, &sb) == 0 &&
                  S_ISREG(sb.st_mode);
    for (size_t i = 0; i < n; i++)
        c->column[i] = (struct column){.place = UINT64_MAX,
                                       .head = NOWHERE,
                                       .tail = NOWHERE,
                                       .crc = (uint32_t)crc32(0, NULL, 0)};
    *out = c;
    return NAI_OK;
}

bool nai_columns_seekable(const struct nai_columns *c)
{
    return c->seekable;
}

void nai_columns_place(struct nai_columns *c, size_t i, uint64_t offset)
{
    c->column[i].place = offset;
}

static int open_spill(struct nai_columns *c, struct nai_err *err)
{
    const char *const set = getenv("TMPDIR");
    const char *const dir = set && *set ? set : "/tmp";
    char path[4096];

    if (snprintf(path, sizeof path, "%s/nai-export.XXXXXX", dir) >= (int)sizeof path)
        return nai_err_set(err, NAI_ESYSTEM, "TMPDIR is too long");
    c->spill = mkstemp(path);
    if (c->spill < 0)
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot create a temporary file:", dir);
    unlink(path); /* it lives as long as the descriptor */
    return NAI_OK;
}

/* n bytes at the end of the temporary file; *at is where they start. */
static int spill(struct nai_columns *c, const void *data, size_t n, uint64_t *at,
                 struct nai_err *err)
{
    int st = c->spill < 0 ? open_spill(c, err) : NAI_OK;

    *at = c->spilled;
    if (!st)
        st = write_all(c->spill, data, n, (off_t)c->spilled, "temporary file", err);
    c->spilled += st ? 0 : n;
    return st;
}

/* A new extent; its number in *e. */
static int add_extent(struct nai_columns *c, uint64_t at, uint64_t size, size_t *e,
                      struct nai_err *err)
{
    if (c->nextents == c->room) {
        const size_t room = c->room ? 2 * c->room : 256;
        struct extent *const grown = realloc(c->extent, room * sizeof *grown);
        if (!grown)
            return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", c->name);
        c->extent = grown;
        c->room = room;
    }
    *e = c->nextents++;
    c->extent[*e] = (struct extent){.at = at, .size = size, .next = NOWHERE};
    return NAI_OK;
}

/* n bytes remembered as the next of column i. */
static int put_aside(struct nai_columns *c, size_t i, const void *data, size_t n,
                     struct nai_err *err)
{
    struct column *const col = &c->column[i];
    uint64_t at;
    size_t e;
    int st = spill(c, data, n, &at, err);

    if (st)
        return st;
    if (col->tail != NOWHERE && c->extent[col->tail].at + c->extent[col->tail].size == at) {
        c->extent[col->tail].size += n;
        return NAI_OK;
    }
    if ((st = add_extent(c, at, n, &e, err)))
        return st;
    if (col->tail == NOWHERE)
        col->head = e;
    else
        c->extent[col->tail].next = e;
    col->tail = e;
    return NAI_OK;
}

int nai_columns_prepend(struct nai_columns *c, size_t i, const void *data, size_t n,
                        struct nai_err *err)
{
    struct column *const col = &c->column[i];
    const uLong crc = c->crc ? crc32_z(crc32(0, NULL, 0), data, n) : 0;
    uint64_t at;
    size_t e;
    int st = spill(c, data, n, &at, err);

    if (!st)
        st = add_extent(c, at, n, &e, err);
    if (st)
        return st;
    c->extent[e].next = col->head;
    col->head = e;
    if (col->tail == NOWHERE)
        col->tail = e;
    if (c->crc)
        col->crc = (uint32_t)crc32_combine(crc, col->crc, (z_off_t)col->size);
    col->size += n;
    return NAI_OK;
}

int nai_columns_put(struct nai_columns *c, size_t i, const void *data, size_t n,
                    struct nai_err *err)
{
    struct column *const col = &c->column[i];
    const int st =
        n == 0 ? NAI_OK
        : col->place == UINT64_MAX
            ? put_aside(c, i, data, n, err)
            : write_all(c->fd, data, n, c->base + (off_t)(col->place + col->size), c->name, err);

    if (st)
        return st;
    if (c->crc)
        col->crc = (uint32_t)crc32_z(col->crc, data, n);
    col->size += n;
    return NAI_OK;
}

uint64_t nai_columns_size(const struct nai_columns *c, size_t i)
{
    return c->column[i].size;
}

uint32_t nai_columns_crc(const struct nai_columns *c, size_t i)
{
    return c->column[i].crc;
}

int nai_columns_write(struct nai_columns *c, const void *data, size_t n, struct nai_err *err)
{
    const int st =
        write_all(c->fd, data, n, c->seekable ? c->base + (off_t)c->at : -1, c->name, err);

    if (!st)
        c->at += n;
    return st;
}

int nai_columns_copy(struct nai_columns *c, size_t i, struct nai_err *err)
{
    uint8_t *const buf = nai_alloc(COPY, 1, "copy buffer", err);
    int st = buf ? NAI_OK : NAI_ESYSTEM;

    for (size_t e = c->column[i].head; !st && e != NOWHERE; e = c->extent[e].next) {
        const struct extent *const x = &c->extent[e];
        for (uint64_t done = 0; !st && done < x->size;) {
            const size_t want = x->size - done < COPY ? (size_t)(x->size - done) : COPY;
            const ssize_t got = pread(c->spill, buf, want, (off_t)(x->at + done));
            if (got <= 0)
                st = got < 0 && errno == EINTR
                         ? NAI_OK
                         : nai_err_set(err, NAI_ESYSTEM, "temporary file: cannot read:");
            else
                st = nai_columns_write(c, buf, (size_t)got, err);
            done += got > 0 ? (uint64_t)got : 0;
        }
    }
    nai_free(buf);
    return st;
}

void nai_columns_skip(struct nai_columns *c, uint64_t offset)
{
    c->at = offset;
}

uint64_t nai_columns_at(const struct nai_columns *c)
{
    return c->at;
}

int nai_columns_end(struct nai_columns *c, uint64_t size, struct nai_err *err)
{
    if (c->seekable && lseek(c->fd, c->base + (off_t)size, SEEK_SET) < 0)
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot seek:", c->name);
    return NAI_OK;
}

void nai_columns_free(struct nai_columns *c)
{
    if (!c)
        return;
    if (c->spill >= 0)
        close(c->spill);
    free(c->column);
    free(c->extent);
    free(c);
}
