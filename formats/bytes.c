/* bytes.c - see bytes.h
 * SPDX-License-Identifier: MIT */
#include "bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "mem.h"

enum { BUFFER = 1 << 16, GZIP_WINDOW = 15 + 16 };

struct nai_bytes {
    char *name;
    int fd;
    bool regular, keep, eof, gzip;
    off_t start;   /* where the descriptor stood when it was opened */
    uint64_t size; /* of a regular file, from start */
    uint64_t at;   /* decompressed bytes given out */
    uint8_t *in;   /* u8[BUFFER]: raw bytes not used yet are in[pos..len) */
    size_t pos, len;
    uint8_t *kept;              /* raw bytes of a pipe so far, when keep */
    size_t nkept, room, replay; /* replay: next kept byte to give, nkept when all are given */
    z_stream z;
    bool inflating; /* z is initialised */
    bool between;   /* a gzip member has ended */
};

static int raw_read(struct nai_bytes *b, uint8_t *dst, size_t n, size_t *got, struct nai_err *err)
{
    ssize_t r;

    do
        r = read(b->fd, dst, n);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot read:", b->name);
    *got = (size_t)r;
    return NAI_OK;
}

/* Remember n raw bytes of a pipe. */
static int hold(struct nai_bytes *b, const uint8_t *src, size_t n, struct nai_err *err)
{
    if (b->nkept + n > b->room) {
        const size_t room = 2 * (b->nkept + n);
        uint8_t *const grown = nai_alloc(room, 1, "input from a pipe, to be read twice,", err);
        if (!grown)
            return nai_err_prefix(err, b->name);
        if (b->nkept)
            memcpy(grown, b->kept, b->nkept);
        nai_free(b->kept);
        b->kept = grown;
        b->room = room;
    }
    memcpy(b->kept + b->nkept, src, n);
    b->nkept += n;
    b->replay = b->nkept;
    return NAI_OK;
}

/* More raw bytes behind those in the buffer; eof is set when there are none. */
static int fill(struct nai_bytes *b, struct nai_err *err)
{
    size_t got;
    int st;

    if (b->pos > 0) {
        memmove(b->in, b->in + b->pos, b->len - b->pos);
        b->len -= b->pos;
        b->pos = 0;
    }
    if (b->replay < b->nkept) {
        got = b->nkept - b->replay < BUFFER - b->len ? b->nkept - b->replay : BUFFER - b->len;
        memcpy(b->in + b->len, b->kept + b->replay, got);
        b->replay += got;
        b->len += got;
        return NAI_OK;
    }
    st = raw_read(b, b->in + b->len, BUFFER - b->len, &got, err);
    if (!st && b->keep && got)
        st = hold(b, b->in + b->len, got, err);
    if (st)
        return st;
    b->eof = got == 0;
    b->len += got;
    return NAI_OK;
}

/* At least n raw bytes in the buffer, or all there are. */
static int want(struct nai_bytes *b, size_t n, struct nai_err *err)
{
    int st = NAI_OK;

    while (!st && b->len - b->pos < n && !b->eof)
        st = fill(b, err);
    return st;
}

static bool at_gzip(const struct nai_bytes *b)
{
    const uint8_t *const p = b->in + b->pos;

    return b->len - b->pos >= 4 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 && (p[3] & 0xe0) == 0;
}

static int sniff(struct nai_bytes *b, struct nai_err *err)
{
    int st = want(b, 4, err);

    if (st || !at_gzip(b))
        return st;
    if (inflateInit2(&b->z, GZIP_WINDOW) != Z_OK)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory for zlib", b->name);
    b->inflating = b->gzip = true;
    return NAI_OK;
}

int nai_bytes_open(struct nai_bytes **out, const char *path, bool again, struct nai_err *err)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    struct nai_bytes *const b = calloc(1, sizeof *b);
    struct stat sb;
    int st;

    *out = NULL;
    if (!b || !(b->name = strdup(is_stdin ? "<stdin>" : path)) ||
        !(b->in = nai_alloc(BUFFER, 1, "read buffer", NULL))) {
        st = nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
        goto fail;
    }
    b->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (b->fd < 0 || fstat(b->fd, &sb) != 0) {
        st = nai_err_set(err, NAI_ESYSTEM, "%s: cannot open:", b->name);
        goto fail;
    }
    b->start = lseek(b->fd, 0, SEEK_CUR);
    b->regular = S_ISREG(sb.st_mode) && b->start >= 0;
    b->size = b->regular && sb.st_size > b->start ? (uint64_t)(sb.st_size - b->start) : 0;
    b->keep = again && !b->regular;
    st = sniff(b, err);
    if (st)
        goto fail;
    *out = b;
    return NAI_OK;
fail:
    nai_bytes_close(b);
    return st;
}

/* The next member of a gzip file, if one follows. */
static int next_member(struct nai_bytes *b, struct nai_err *err)
{
    const int st = want(b, 4, err);

    if (st)
        return st;
    if (at_gzip(b)) {
        if (inflateReset(&b->z) != Z_OK)
            return nai_err_set(err, NAI_ESYSTEM, "%s: zlib failed", b->name);
        b->between = false;
        return NAI_OK;
    }
    while (b->pos < b->len && b->in[b->pos] == 0)
        b->pos++;
    if (b->pos < b->len)
        return nai_err_set(err, NAI_EINPUT, "%s: bytes that are not gzip follow the gzip data",
                           b->name);
    return NAI_OK;
}

static int read_gzip(struct nai_bytes *b, uint8_t *dst, size_t n, size_t *got, struct nai_err *err)
{
    size_t done = 0;

    while (done < n) {
        const size_t room = n - done < (1u << 30) ? n - done : 1u << 30;
        const int st = b->between ? next_member(b, err) : want(b, 1, err);
        int z;

        if (st)
            return st;
        if (b->between) {
            if (b->eof && b->pos == b->len)
                break;
            continue;
        }
        b->z.next_in = b->in + b->pos;
        b->z.avail_in = (uInt)(b->len - b->pos);
        b->z.next_out = dst + done;
        b->z.avail_out = (uInt)room;
        z = inflate(&b->z, Z_NO_FLUSH);
        b->pos = b->len - b->z.avail_in;
        done += room - b->z.avail_out;
        if (z == Z_STREAM_END)
            b->between = true;
        else if (z == Z_BUF_ERROR && b->eof && b->pos == b->len)
            return nai_err_set(err, NAI_EINPUT, "%s: truncated: the gzip data is cut short",
                               b->name);
        else if (z == Z_MEM_ERROR)
            return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory for zlib", b->name);
        else if (z != Z_OK && z != Z_BUF_ERROR)
            return nai_err_set(err, NAI_EINPUT, "%s: damaged gzip data (%s)", b->name,
                               b->z.msg ? b->z.msg : "zlib gives no reason");
    }
    *got = done;
    return NAI_OK;
}

static int read_plain(struct nai_bytes *b, uint8_t *dst, size_t n, size_t *got, struct nai_err *err)
{
    size_t done = 0;

    while (done < n) {
        const size_t have = b->len - b->pos, left = n - done;
        int st = NAI_OK;

        if (have > 0) {
            const size_t part = have < left ? have : left;
            memcpy(dst + done, b->in + b->pos, part);
            b->pos += part;
            done += part;
        } else if (b->eof) {
            break;
        } else if (left >= BUFFER && !b->keep) {
            size_t part; /* large reads need not pass through the buffer */
            st = raw_read(b, dst + done, left, &part, err);
            b->eof = !st && part == 0;
            done += st ? 0 : part;
        } else {
            st = fill(b, err);
        }
        if (st)
            return st;
    }
    *got = done;
    return NAI_OK;
}

int nai_bytes_read(struct nai_bytes *b, void *dst, size_t n, size_t *got, struct nai_err *err)
{
    const int st = b->gzip ? read_gzip(b, dst, n, got, err) : read_plain(b, dst, n, got, err);

    if (!st)
        b->at += *got;
    return st;
}

int nai_bytes_exact(struct nai_bytes *b, void *dst, size_t n, const char *what, struct nai_err *err)
{
    size_t got = 0;
    const int st = nai_bytes_read(b, dst, n, &got, err);

    if (!st && got < n)
        return nai_err_set(err, NAI_EINPUT, "%s: truncated in %s", b->name, what);
    return st;
}

int nai_bytes_seek(struct nai_bytes *b, uint64_t at, struct nai_err *err)
{
    uint8_t waste[4096];
    int st = at < b->at ? nai_bytes_rewind(b, err) : NAI_OK;

    if (!st && b->regular && !b->gzip && at - b->at > BUFFER && at <= b->size) {
        if (lseek(b->fd, b->start + (off_t)at, SEEK_SET) < 0)
            return nai_err_set(err, NAI_ESYSTEM, "%s: cannot seek:", b->name);
        b->pos = b->len = 0;
        b->eof = false;
        b->at = at;
    }
    while (!st && b->at < at) {
        const uint64_t left = at - b->at;
        size_t got;
        st = nai_bytes_read(b, waste, left < sizeof waste ? (size_t)left : sizeof waste, &got, err);
        if (!st && got == 0)
            st = nai_err_set(err, NAI_EINPUT, "%s: truncated: it ends at byte %llu", b->name,
                             (unsigned long long)b->at);
    }
    return st;
}

int nai_bytes_rewind(struct nai_bytes *b, struct nai_err *err)
{
    if (b->regular && lseek(b->fd, b->start, SEEK_SET) < 0)
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot seek:", b->name);
    if (!b->regular && !b->keep)
        return nai_err_set(err, NAI_ESYSTEM, "%s: a pipe cannot be read twice", b->name);
    b->replay = 0;
    b->pos = b->len = 0;
    b->at = 0;
    b->eof = false;
    b->between = false;
    if (b->gzip && inflateReset(&b->z) != Z_OK)
        return nai_err_set(err, NAI_ESYSTEM, "%s: zlib failed", b->name);
    return NAI_OK;
}

int nai_bytes_end(struct nai_bytes *b, struct nai_err *err)
{
    uint8_t one;
    size_t got = 0;
    const int st = nai_bytes_read(b, &one, 1, &got, err);

    if (!st && got)
        return nai_err_set(err, NAI_EINPUT,
                           "%s: more bytes than its header says: it should end at byte %llu",
                           b->name, (unsigned long long)(b->at - 1));
    return st;
}

uint64_t nai_bytes_at(const struct nai_bytes *b)
{
    return b->at;
}

uint64_t nai_bytes_size(const struct nai_bytes *b)
{
    return b->regular && !b->gzip ? b->size : UINT64_MAX;
}

const char *nai_bytes_name(const struct nai_bytes *b)
{
    return b->name;
}

void nai_bytes_close(struct nai_bytes *b)
{
    if (!b)
        return;
    if (b->inflating)
        inflateEnd(&b->z);
    if (b->fd > STDIN_FILENO)
        close(b->fd);
    nai_free(b->in);
    nai_free(b->kept);
    free(b->name);
    free(b);
}
