/* mat_check.c - see mat_check.h
 * SPDX-License-Identifier: MIT
 *
 * The layout is that of "MAT-File Format" (MathWorks): after 128 bytes of header come elements, a
 * tag of type and length and then as many bytes, padded to 8 within a variable. A variable is an
 * element that holds others: flags, dimensions, name and values, or the variables that are the
 * elements of a cell array or the members of a structure. */
#include "mat_check.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "mem.h"

enum { HEADER = 128, CHUNK = 1 << 15, DEPTH_MOST = 64, DIMS_MOST = 64 };
enum { MI_INT32 = 5, MI_UINT32 = 6, MI_MATRIX = 14, MI_COMPRESSED = 15 };
enum { CELL = 1, STRUCT = 2, OBJECT = 3, DOUBLE = 6, UINT64 = 15, OPAQUE = 17 };

struct walk {
    FILE *f;
    const char *path;
    bool big;          /* big-endian */
    uint64_t size, at; /* of the file; of the variable in it */
    bool packed, over; /* in a compressed variable; its stream has ended */
    uint64_t left;     /* compressed bytes not read yet */
    z_stream z;
    uint8_t in[CHUNK], out[CHUNK];
};

struct tag {
    uint32_t type, size;
    uint64_t padded;  /* bytes of the value that follow the tag */
    uint8_t small[4]; /* the value when it is in the tag: padded is 0 and size is not */
};

static int damaged(const struct walk *w, const char *what, struct nai_err *err)
{
    return nai_err_set(err, NAI_EINPUT, "%s: damaged: the variable at byte %llu: %s", w->path,
                       (unsigned long long)w->at, what);
}

static uint32_t get32(const struct walk *w, const uint8_t *p)
{
    return w->big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
                  : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static int read_file(struct walk *w, void *dst, size_t n, struct nai_err *err)
{
    if (fread(dst, 1, n, w->f) == n)
        return NAI_OK;
    return ferror(w->f) ? nai_err_set(err, NAI_ESYSTEM, "%s: cannot read:", w->path)
                        : nai_err_set(err, NAI_EINPUT, "%s: truncated", w->path);
}

static int go_to(struct walk *w, uint64_t at, int whence, struct nai_err *err)
{
    return fseeko(w->f, (off_t)at, whence) == 0
               ? NAI_OK
               : nai_err_set(err, NAI_ESYSTEM, "%s: cannot seek:", w->path);
}

/* Up to n inflated bytes; fewer only at the end of the stream. */
static int inflate_some(struct walk *w, uint8_t *dst, size_t n, size_t *got, struct nai_err *err)
{
    int rc = NAI_OK;

    w->z.next_out = dst;
    w->z.avail_out = (uInt)n; /* at most CHUNK */
    while (!rc && !w->over && w->z.avail_out > 0) {
        int state;
        if (w->z.avail_in == 0) {
            const size_t want = w->left < CHUNK ? (size_t)w->left : CHUNK;
            if (want == 0)
                return damaged(w, "its compressed data has no end", err);
            if ((rc = read_file(w, w->in, want, err)))
                return rc;
            w->left -= want;
            w->z.next_in = w->in;
            w->z.avail_in = (uInt)want;
        }
        state = inflate(&w->z, Z_NO_FLUSH);
        w->over = state == Z_STREAM_END;
        if (state == Z_MEM_ERROR)
            rc = nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", w->path);
        else if (state != Z_OK && !w->over)
            rc = damaged(w, w->z.msg ? w->z.msg : "it cannot be inflated", err);
    }
    *got = n - w->z.avail_out;
    return rc;
}

/* n bytes of the variable; dst NULL: passed over. The caller knows that the file has them. */
static int take(struct walk *w, uint8_t *dst, uint64_t n, struct nai_err *err)
{
    int rc = NAI_OK;

    if (!w->packed)
        return n == 0 ? NAI_OK
               : dst  ? read_file(w, dst, (size_t)n, err)
                      : go_to(w, n, SEEK_CUR, err);
    while (!rc && n > 0) {
        const size_t want = n < CHUNK ? (size_t)n : CHUNK;
        size_t got;
        rc = inflate_some(w, dst ? dst : w->out, want, &got, err);
        if (!rc && got < want)
            rc = damaged(w, "its compressed data ends early", err);
        dst += dst ? want : 0;
        n -= want;
    }
    return rc;
}

/* The next tag among the *left bytes of what holds it; *left is then what follows its value. */
static int read_tag(struct walk *w, uint64_t *left, struct tag *t, struct nai_err *err)
{
    uint8_t b[8];
    int rc;

    if (*left < sizeof b)
        return damaged(w, "an element is missing", err);
    if ((rc = take(w, b, sizeof b, err)))
        return rc;
    *left -= sizeof b;
    *t = (struct tag){.type = get32(w, b), .size = get32(w, b + 4)};
    if (t->type >> 16) {
        t->size = t->type >> 16;
        t->type &= 0xffff;
        memcpy(t->small, b + 4, sizeof t->small);
        return t->size <= 4 ? NAI_OK : damaged(w, "the length of an element", err);
    }
    if (t->size > *left)
        return damaged(w, "an element is longer than what holds it", err);
    t->padded = t->type == MI_MATRIX ? t->size : ((uint64_t)t->size + 7) / 8 * 8;
    if (t->padded > *left) /* the last may lack its padding */
        t->padded = *left;
    *left -= t->padded;
    return NAI_OK;
}

/* A tag of that type and its value, of at least `least` and at most `most` bytes; t->size has it.
 */
static int read_value(struct walk *w, uint64_t *left, struct tag *t, uint32_t type, uint8_t *dst,
                      uint32_t least, uint32_t most, struct nai_err *err)
{
    int rc = read_tag(w, left, t, err);

    if (rc)
        return rc;
    if (t->type != type || t->size < least || t->size > most)
        return damaged(w, "an element is not what belongs there", err);
    if (t->padded == 0) {
        memcpy(dst, t->small, t->size);
        return NAI_OK;
    }
    rc = take(w, dst, t->size, err);
    return rc ? rc : take(w, NULL, t->padded - t->size, err);
}

/* An element whose value does not matter. */
static int pass(struct walk *w, uint64_t *left, struct tag *t, struct nai_err *err)
{
    const int rc = read_tag(w, left, t, err);

    return rc ? rc : take(w, NULL, t->padded, err);
}

static int rest(struct walk *w, uint64_t *left, struct nai_err *err)
{
    int rc = NAI_OK;
    struct tag t;

    while (!rc && *left > 0)
        rc = pass(w, left, &t, err);
    return rc;
}

static int numbers(struct walk *w, uint64_t *left, size_t count, struct nai_err *err)
{
    static const uint8_t width[] = {0, 1, 1, 2, 2, 4, 4, 4, 0, 8, 0, 0, 8, 8};
    struct tag t;
    size_t bytes;
    int rc = read_tag(w, left, &t, err);

    if (rc)
        return rc;
    if (t.type >= sizeof width || !width[t.type])
        return damaged(w, "its values are of no type of numbers", err);
    if (!nai_mul(&bytes, count, width[t.type]) || bytes != t.size)
        return damaged(w, "its dimensions and the length of its values differ", err);
    return take(w, NULL, t.padded, err);
}

static int matrix(struct walk *w, uint64_t left, int depth, struct nai_err *err);

static int children(struct walk *w, uint64_t *left, size_t n, int depth, struct nai_err *err)
{
    int rc = NAI_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        struct tag t;
        rc = read_tag(w, left, &t, err);
        if (!rc && t.type != MI_MATRIX)
            rc = damaged(w, "an element is not what belongs there", err);
        if (!rc)
            rc = matrix(w, t.size, depth + 1, err);
    }
    return rc;
}

/* Names of members, each of one length, then the members of each element. */
static int members(struct walk *w, uint64_t *left, size_t count, int depth, struct nai_err *err)
{
    uint8_t b[4];
    struct tag t;
    uint32_t width;
    size_t n = 0;
    int rc = read_value(w, left, &t, MI_INT32, b, sizeof b, sizeof b, err);

    if (rc || (rc = pass(w, left, &t, err)))
        return rc;
    width = get32(w, b);
    if ((width == 0 && t.size > 0) || (width > 0 && t.size % width > 0) ||
        !nai_mul(&n, count, width ? t.size / width : 0))
        return damaged(w, "the names of its members", err);
    return children(w, left, n, depth, err);
}

/* What a variable of `left` bytes holds; none: an empty one. */
static int matrix(struct walk *w, uint64_t left, int depth, struct nai_err *err)
{
    uint8_t flags[8], dims[4 * DIMS_MOST];
    struct tag t;
    size_t count = 1;
    unsigned class;
    int rc;

    if (left == 0)
        return NAI_OK;
    if (depth > DEPTH_MOST)
        return damaged(w, "nested too deep", err);
    if ((rc = read_value(w, &left, &t, MI_UINT32, flags, sizeof flags, sizeof flags, err)))
        return rc;
    class = get32(w, flags) & 0xff;
    if (class == OPAQUE) /* names follow; no dimensions */
        return rest(w, &left, err);
    if ((rc = read_value(w, &left, &t, MI_INT32, dims, 8, sizeof dims, err)))
        return rc;
    for (uint32_t i = 0; i < t.size / 4; i++) {
        const uint32_t d = get32(w, dims + 4 * (size_t)i);
        if (d > INT32_MAX || !nai_mul(&count, count, d))
            return damaged(w, "its dimensions", err);
    }
    rc = pass(w, &left, &t, err); /* name */
    if (!rc && class == OBJECT)
        rc = pass(w, &left, &t, err); /* name of its class */
    if (!rc && class == CELL)
        rc = children(w, &left, count, depth, err);
    else if (!rc && (class == STRUCT || class == OBJECT))
        rc = members(w, &left, count, depth, err);
    else if (!rc && class >= DOUBLE && class <= UINT64 && count > 0) {
        rc = numbers(w, &left, count, err);
        if (!rc && get32(w, flags) & 0x800) /* the imaginary part */
            rc = numbers(w, &left, count, err);
    } else if (!rc)
        rc = rest(w, &left, err);
    return rc ? rc : left > 0 ? damaged(w, "it holds more than it should", err) : NAI_OK;
}

/* `size` compressed bytes: one variable, and nothing behind it. */
static int packed(struct walk *w, uint64_t size, struct nai_err *err)
{
    uint64_t left = UINT32_MAX + (uint64_t)8;
    struct tag t;
    size_t got = 0;
    int rc;

    w->z = (z_stream){0};
    if (inflateInit(&w->z) != Z_OK)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", w->path);
    w->packed = true;
    w->over = false;
    w->left = size;
    rc = read_tag(w, &left, &t, err);
    if (!rc && t.type != MI_MATRIX)
        rc = damaged(w, "compressed, but no variable", err);
    if (!rc)
        rc = matrix(w, t.size, 0, err);
    if (!rc)
        rc = inflate_some(w, w->out, 1, &got, err); /* reads the checksum */
    if (!rc && (got > 0 || w->left > 0 || w->z.avail_in > 0))
        rc = damaged(w, "more compressed data than it needs", err);
    w->packed = false;
    inflateEnd(&w->z);
    return rc;
}

static int truncated(const struct walk *w, uint64_t end, struct nai_err *err)
{
    return nai_err_set(err, NAI_EINPUT,
                       "%s: truncated: the variable at byte %llu needs %llu bytes, the file has "
                       "%llu",
                       w->path, (unsigned long long)w->at, (unsigned long long)end,
                       (unsigned long long)w->size);
}

static int check_v5(struct walk *w, struct nai_err *err)
{
    uint8_t head[HEADER] = {0};
    int rc = read_file(w, head, sizeof head, err);

    w->big = head[HEADER - 2] == 'M'; /* the letters MI as a 16-bit number */
    for (w->at = HEADER; !rc && w->at < w->size;) {
        uint8_t b[8];
        uint64_t end = w->at + sizeof b;
        if (end > w->size)
            return truncated(w, end, err);
        if ((rc = go_to(w, w->at, SEEK_SET, err)) || (rc = read_file(w, b, sizeof b, err)))
            return rc;
        end += get32(w, b + 4);
        if (end > w->size)
            return truncated(w, end, err);
        if (get32(w, b) == MI_COMPRESSED)
            rc = packed(w, end - w->at - sizeof b, err);
        else if (get32(w, b) == MI_MATRIX)
            rc = matrix(w, end - w->at - sizeof b, 0, err);
        else
            rc = damaged(w, "neither a variable nor a compressed one", err);
        w->at = end;
    }
    return rc;
}

/* Five 32-bit numbers: type (thousands: byte order, tens: type of values), rows, columns, is it
 * complex, length of the name; then name, real and imaginary part. */
static int check_v4(struct walk *w, struct nai_err *err)
{
    static const uint8_t width[] = {8, 4, 4, 2, 2, 1};

    for (w->at = 0; w->at < w->size;) {
        uint8_t b[20];
        uint32_t type;
        uint64_t end = w->at + sizeof b, bytes;
        int rc;
        if (end > w->size)
            return truncated(w, end, err);
        if ((rc = go_to(w, w->at, SEEK_SET, err)) || (rc = read_file(w, b, sizeof b, err)))
            return rc;
        w->big = false;
        w->big = get32(w, b) > 9999; /* a type is at most 5052 */
        type = get32(w, b);
        if (type > 9999 || type / 10 % 10 >= sizeof width)
            return damaged(w, "its type", err);
        if (!nai_mul64(&bytes, get32(w, b + 4), get32(w, b + 8)) ||
            !nai_mul64(&bytes, bytes, width[type / 10 % 10]) ||
            /* a sparse one has a column of imaginary parts instead */
            !nai_mul64(&bytes, bytes, get32(w, b + 12) && type % 10 != 2 ? 2 : 1) ||
            bytes > UINT64_MAX / 2)
            return damaged(w, "its dimensions", err);
        end += get32(w, b + 16) + bytes;
        if (end > w->size)
            return truncated(w, end, err);
        w->at = end;
    }
    return NAI_OK;
}

int nai_mat_check(FILE *f, const char *path, bool v4, struct nai_err *err)
{
    struct walk *const w = nai_alloc(1, sizeof *w, "the check of a file", err);
    off_t size;
    int rc = NAI_OK;

    if (!w)
        return NAI_ESYSTEM;
    memset(w, 0, sizeof *w);
    w->f = f;
    w->path = path;
    if (fseeko(f, 0, SEEK_END) != 0 || (size = ftello(f)) < 0)
        rc = nai_err_set(err, NAI_ESYSTEM, "%s: cannot seek:", path);
    else
        w->size = (uint64_t)size;
    if (!rc && w->size == 0) /* to matio, a version 4 without variables */
        rc = nai_err_set(err, NAI_EINPUT, "%s: empty", path);
    if (!rc)
        rc = go_to(w, 0, SEEK_SET, err);
    if (!rc)
        rc = v4 ? check_v4(w, err) : check_v5(w, err);
    nai_free(w);
    return rc;
}
