/* nts_frame.c - the zstd envelope, reading: frames to runs of raw bytes
 * SPDX-License-Identifier: MIT
 *
 * Usually a frame is a record and is handed on whole; a stored frame is read straight to where its
 * record will lie. A stream that was recompressed into other frames, or is not compressed at all,
 * comes as runs of any length, which the reader puts together. */
#include "nts_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zstd.h>

#include "mem.h"

enum { SMALL = 4096, FRAME_HEADER_MAX = 18, RUN = 1 << 20 };

struct nts_frames {
    int fd;
    uint64_t max;       /* largest record */
    uint64_t bytes;     /* taken in */
    uint8_t buf[SMALL]; /* read ahead, for the small pieces */
    size_t pos, len;
    bool raw;       /* bare records until DONE */
    bool streaming; /* in the middle of a frame too large to hold */
    ZSTD_DCtx *stream;
    uint8_t *zin; /* compressed input of the streaming frame: zin[ZSTD_DStreamInSize()] */
    size_t zpos, zlen;
};

/* ---- bytes ---- */

static ssize_t read_some(struct nts_frames *f, struct iovec *iov, int n)
{
    ssize_t got;

    do
        got = readv(f->fd, iov, n);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        f->bytes += (uint64_t)got;
    return got;
}

/* Up to n bytes, fewer only at the end of input; (size_t)-1 with errno on failure. */
static size_t take(struct nts_frames *f, uint8_t *dst, size_t n)
{
    size_t have = 0;

    while (have < n) {
        ssize_t got;
        if (f->pos < f->len) {
            const size_t k = f->len - f->pos < n - have ? f->len - f->pos : n - have;
            memcpy(dst + have, f->buf + f->pos, k);
            f->pos += k;
            have += k;
            continue;
        }
        /* Straight to dst, and what follows into the small buffer, in one call. */
        got = read_some(
            f, (struct iovec[]){{dst + have, n - have}, {f->buf, n < SMALL ? SMALL : 4}}, 2);
        if (got < 0)
            return (size_t)-1;
        if (got == 0)
            break;
        f->pos = f->len = 0;
        if ((size_t)got > n - have)
            f->len = (size_t)got - (n - have);
        have += (size_t)got < n - have ? (size_t)got : n - have;
    }
    return have;
}

static int need(struct nts_frames *f, uint8_t *dst, size_t n, struct nai_err *err)
{
    const size_t got = take(f, dst, n);

    if (got == (size_t)-1)
        return nai_err_set(err, NAI_ESYSTEM, "read failed:");
    if (got < n)
        return nai_err_set(err, NAI_EINPUT, "truncated");
    return NAI_OK;
}

/* Room for n bytes in a chunk's buffer, keeping what is there. */
static int room(uint8_t **buf, size_t *cap, size_t used, size_t n, struct nai_err *err)
{
    uint8_t *p;

    if (*cap >= n)
        return NAI_OK;
    if (n < 2 * *cap)
        n = 2 * *cap;
    p = nai_alloc(n, 1, "a record", err);
    if (!p)
        return NAI_ESYSTEM;
    if (used)
        memcpy(p, *buf, used);
    nai_free(*buf);
    *buf = p;
    *cap = n;
    return NAI_OK;
}

/* ---- frames ---- */

static int skip_frame(struct nts_frames *f, struct nai_err *err)
{
    uint8_t waste[SMALL];
    uint32_t left;

    if (need(f, waste, 4, err) != NAI_OK)
        return err->code;
    for (left = nts_get32(waste); left > 0;) {
        const uint32_t k = left < SMALL ? left : SMALL;
        if (need(f, waste, k, err) != NAI_OK)
            return err->code;
        left -= k;
    }
    return NAI_OK;
}

static int not_nts(const uint8_t *m, size_t n, struct nai_err *err)
{
    static const struct {
        uint8_t magic[4];
        size_t n;
        const char *what;
    } known[] = {
        {{0x1f, 0x8b}, 2, "gzip data"},
        {{0x93, 'N', 'U', 'M'}, 4, "a NumPy .npy file; use nai-import npy"},
        {{'P', 'K', 3, 4}, 4, "a zip or .npz file; use nai-import npz"},
        {{0x89, 'H', 'D', 'F'}, 4, "an HDF5 file; use nai-import mat"},
        {{'M', 'A', 'T', 'L'}, 4, "a MATLAB file; use nai-import mat"},
        {{0x89, 'P', 'N', 'G'}, 4, "a PNG image; use nai-import images"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (n >= known[i].n && memcmp(m, known[i].magic, known[i].n) == 0)
            return nai_err_set(err, NAI_EINPUT, "not an NTS stream: %s", known[i].what);
    return nai_err_set(err, NAI_EINPUT, "not an NTS stream");
}

/* The parts of a zstd frame header (RFC 8878, 3.1.1.1) that matter here. */
struct zheader {
    uint8_t byte[FRAME_HEADER_MAX]; /* as it came, magic included */
    size_t n;
    bool sized, checked;
    uint64_t content;
};

static int read_zheader(struct nts_frames *f, struct zheader *z, struct nai_err *err)
{
    static const uint8_t dict_bytes[4] = {0, 1, 2, 4}, size_bytes[4] = {0, 2, 4, 8};
    uint8_t *const p = z->byte;
    uint8_t d, dict, fcs, single;
    size_t at = 5;

    if (need(f, p + 4, 1, err) != NAI_OK)
        return err->code;
    d = p[4];
    single = d >> 5 & 1;
    dict = dict_bytes[d & 3];
    fcs = d >> 6 == 0 && single ? 1 : size_bytes[d >> 6];
    if (d & 8)
        return nai_err_set(err, NAI_EINPUT, "zstd frame header has a reserved bit set");
    z->n = (size_t)5 + !single + dict + fcs;
    if (need(f, p + 5, z->n - 5, err) != NAI_OK)
        return err->code;
    if (!single) {
        const uint64_t base = (uint64_t)1 << (10 + (p[5] >> 3));
        if (base + base / 8 * (p[5] & 7) > NTS_WINDOW_MAX)
            return nai_err_set(err, NAI_EINPUT, "zstd window is over 8 MiB");
        at++;
    }
    for (uint8_t i = 0; i < dict; i++)
        if (p[at + i] != 0)
            return nai_err_set(err, NAI_EINPUT, "zstd frame wants a dictionary");
    at += dict;
    z->checked = d >> 2 & 1;
    z->sized = fcs > 0;
    z->content = fcs == 2 ? 256 : 0;
    for (uint8_t i = 0; i < fcs; i++)
        z->content += (uint64_t)p[at + i] << 8 * i;
    return NAI_OK;
}

/* A frame that began with raw blocks turns out compressed: put its bytes back together. */
static int unstore(struct nts_chunk *c, const struct zheader *z, size_t stored, size_t block,
                   struct nai_err *err)
{
    const size_t blocks = block ? (stored + block - 1) / block : 0;

    if (room(&c->cbuf, &c->ccap, 0, z->n + stored + 3 * blocks, err) != NAI_OK)
        return err->code;
    memcpy(c->cbuf, z->byte, z->n);
    c->clen = z->n;
    for (size_t at = 0; at < stored;) {
        const size_t k = stored - at < block ? stored - at : block;
        const uint32_t h = (uint32_t)k << 3;
        c->cbuf[c->clen++] = (uint8_t)h;
        c->cbuf[c->clen++] = (uint8_t)(h >> 8);
        c->cbuf[c->clen++] = (uint8_t)(h >> 16);
        memcpy(c->cbuf + c->clen, c->buf + at, k);
        c->clen += k;
        at += k;
    }
    return NAI_OK;
}

/* One block into the compressed copy of the frame. */
static int copy_block(struct nts_frames *f, struct nts_chunk *c, const uint8_t *h, size_t size,
                      uint64_t limit, struct nai_err *err)
{
    if (c->clen + 3 + size > limit)
        return nai_err_set(err, NAI_EINPUT, "zstd frame is longer than its content");
    if (room(&c->cbuf, &c->ccap, c->clen, c->clen + 3 + size, err) != NAI_OK)
        return err->code;
    memcpy(c->cbuf + c->clen, h, 3);
    if (need(f, c->cbuf + c->clen + 3, size, err) != NAI_OK)
        return err->code;
    c->clen += 3 + size;
    return NAI_OK;
}

/* A frame of known size, whole: stored content to c->buf, anything else to c->cbuf. */
static int whole_frame(struct nts_frames *f, struct nts_chunk *c, const struct zheader *z,
                       struct nai_err *err)
{
    const uint64_t limit = 2 * z->content + (1 << 20);
    size_t block = 0; /* size of every raw block but the last */
    uint8_t h[3];
    bool last = false;

    if (room(&c->buf, &c->cap, 0, (size_t)z->content, err) != NAI_OK)
        return err->code;
    c->stored = true;
    c->len = c->clen = 0;
    while (!last) {
        uint32_t b;
        size_t size;
        int rc;
        if (need(f, h, 3, err) != NAI_OK)
            return err->code;
        b = (uint32_t)h[0] | (uint32_t)h[1] << 8 | (uint32_t)h[2] << 16;
        last = b & 1;
        size = b >> 3;
        if ((b >> 1 & 3) == 3 || size > NTS_BLOCK)
            return nai_err_set(err, NAI_EINPUT, "zstd block is damaged");
        if (c->stored && ((b >> 1 & 3) != 0 || (block && (c->len % block != 0 || size > block)))) {
            c->stored = false;
            rc = unstore(c, z, c->len, block, err);
            if (rc != NAI_OK)
                return rc;
        }
        if (!c->stored) {
            rc = copy_block(f, c, h, (b >> 1 & 3) == 1 ? 1 : size, limit, err);
        } else {
            if (size > z->content - c->len)
                return nai_err_set(err, NAI_EINPUT, "zstd frame is longer than it says");
            block = block ? block : size;
            rc = need(f, c->buf + c->len, size, err);
            c->len += size;
        }
        if (rc != NAI_OK)
            return rc;
    }
    if (c->stored && c->len != z->content)
        return nai_err_set(err, NAI_EINPUT, "zstd frame is shorter than it says");
    c->len = (size_t)z->content;
    c->checked = z->checked;
    if (!z->checked)
        return NAI_OK;
    if (c->stored) {
        uint8_t sum[4];
        if (need(f, sum, 4, err) != NAI_OK)
            return err->code;
        c->check = nts_get32(sum);
        return NAI_OK;
    }
    if (room(&c->cbuf, &c->ccap, c->clen, c->clen + 4, err) != NAI_OK ||
        need(f, c->cbuf + c->clen, 4, err) != NAI_OK)
        return err->code;
    c->clen += 4;
    return NAI_OK;
}

/* The next run out of a frame that is too large to hold, or does not say its size. */
static int run_of_frame(struct nts_frames *f, struct nts_chunk *c, struct nai_err *err)
{
    ZSTD_outBuffer out;

    if (room(&c->buf, &c->cap, 0, RUN, err) != NAI_OK)
        return err->code;
    out = (ZSTD_outBuffer){c->buf, RUN, 0};
    for (;;) {
        ZSTD_inBuffer in = {f->zin, f->zlen, f->zpos};
        const size_t left = ZSTD_decompressStream(f->stream, &out, &in);
        f->zpos = in.pos;
        if (ZSTD_isError(left))
            return nai_err_set(err, NAI_EINPUT, "zstd: %s", ZSTD_getErrorName(left));
        f->streaming = left != 0;
        if (left == 0 || out.pos == out.size)
            break;
        if (in.pos == in.size) {
            /* `left` never reaches beyond the frame: what follows is not ours to take. */
            f->zlen = left < ZSTD_DStreamInSize() ? left : ZSTD_DStreamInSize();
            f->zpos = 0;
            if (need(f, f->zin, f->zlen, err) != NAI_OK)
                return err->code;
        }
    }
    c->len = out.pos;
    c->stored = true;
    return NAI_OK;
}

static int start_streaming(struct nts_frames *f, const struct zheader *z, struct nai_err *err)
{
    if (!f->stream) {
        f->stream = ZSTD_createDCtx();
        f->zin = malloc(ZSTD_DStreamInSize());
        if (!f->stream || !f->zin)
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
        ZSTD_DCtx_setParameter(f->stream, ZSTD_d_windowLogMax, 23);
    }
    ZSTD_DCtx_reset(f->stream, ZSTD_reset_session_only);
    memcpy(f->zin, z->byte, z->n);
    f->zpos = 0;
    f->zlen = z->n;
    f->streaming = true;
    return NAI_OK;
}

/* A bare record. What is wrong with its header is the reader's to say. */
static int raw_record(struct nts_frames *f, struct nts_chunk *c, const uint8_t *magic,
                      struct nai_err *err)
{
    struct nts_record rec;

    if (room(&c->buf, &c->cap, 0, NTS_RECORD_HEADER, err) != NAI_OK)
        return err->code;
    memcpy(c->buf, magic, 4);
    if (need(f, c->buf + 4, NTS_RECORD_HEADER - 4, err) != NAI_OK)
        return err->code;
    c->len = NTS_RECORD_HEADER;
    c->stored = true;
    if (nts_record_unpack(&rec, c->buf, f->max, NULL) != NAI_OK)
        return NAI_OK;
    f->raw = strcmp(rec.type, "DONE") != 0; /* behind it anything may follow */
    if (room(&c->buf, &c->cap, NTS_RECORD_HEADER, NTS_RECORD_HEADER + rec.len, err) != NAI_OK)
        return err->code;
    c->len += rec.len;
    return need(f, c->buf + NTS_RECORD_HEADER, rec.len, err);
}

static int next(struct nts_frames *f, struct nts_chunk *c, struct nai_err *err)
{
    struct zheader z;
    size_t got;
    int rc;

    if (f->streaming)
        return run_of_frame(f, c, err);
    for (;;) {
        got = take(f, z.byte, 4);
        if (got == (size_t)-1)
            return nai_err_set(err, NAI_ESYSTEM, "read failed:");
        if (got == 0) {
            c->end = true;
            return NAI_OK;
        }
        if (f->raw && got == 4)
            return raw_record(f, c, z.byte, err);
        if (got < 4)
            return f->bytes == got ? not_nts(z.byte, got, err)
                                   : nai_err_set(err, NAI_EINPUT, "truncated");
        if ((nts_get32(z.byte) & ~(uint32_t)15) != NTS_SKIP_MAGIC)
            break;
        rc = skip_frame(f, err);
        if (rc != NAI_OK)
            return rc;
    }
    if (memcmp(z.byte, "\x89NTS", 4) == 0) {
        f->raw = true;
        return raw_record(f, c, z.byte, err);
    }
    if (nts_get32(z.byte) != NTS_ZSTD_MAGIC)
        return not_nts(z.byte, 4, err);
    rc = read_zheader(f, &z, err);
    if (rc != NAI_OK)
        return rc;
    if (z.sized && z.content <= f->max)
        return whole_frame(f, c, &z, err);
    rc = start_streaming(f, &z, err);
    return rc != NAI_OK ? rc : run_of_frame(f, c, err);
}

void nts_frames_next(struct nts_frames *f, struct nts_chunk *c)
{
    c->len = 0;
    c->max = f->max;
    c->whole = c->end = c->stored = c->checked = false;
    c->status = next(f, c, &c->err);
}

void nts_chunk_decode(void *arg)
{
    struct nts_chunk *const c = arg;
    struct nts_record rec;

    if (c->status != NAI_OK || c->end)
        return;
    if (!c->stored) {
        size_t n;
        if (!c->dctx)
            c->dctx = ZSTD_createDCtx();
        if (!c->dctx) {
            c->status = nai_err_set(&c->err, NAI_ESYSTEM, "out of memory");
            return;
        }
        n = ZSTD_decompressDCtx(c->dctx, c->buf, c->len, c->cbuf, c->clen);
        if (ZSTD_isError(n) || n != c->len) {
            c->status = nai_err_set(&c->err, NAI_EINPUT, "zstd: %s",
                                    ZSTD_isError(n) ? ZSTD_getErrorName(n) : "wrong size");
            return;
        }
    } else if (c->checked && (uint32_t)XXH64(c->buf, c->len, 0) != c->check) {
        c->status = nai_err_set(&c->err, NAI_EINPUT, "frame checksum mismatch");
        return;
    }
    c->whole = c->len >= NTS_RECORD_HEADER &&
               nts_record_unpack(&rec, c->buf, c->max, NULL) == NAI_OK &&
               rec.len == c->len - NTS_RECORD_HEADER &&
               XXH64(c->buf + NTS_RECORD_HEADER, rec.len, 0) == rec.payload_hash;
}

void nts_chunk_free(struct nts_chunk *c)
{
    nai_free(c->buf);
    nai_free(c->cbuf);
    ZSTD_freeDCtx(c->dctx);
}

int nts_frames_open(struct nts_frames **out, int fd, uint64_t max, struct nai_err *err)
{
    struct nts_frames *const f = calloc(1, sizeof *f);

    if (!f)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    f->fd = fd;
    f->max = max;
    *out = f;
    return NAI_OK;
}

void nts_frames_close(struct nts_frames *f)
{
    if (!f)
        return;
    ZSTD_freeDCtx(f->stream);
    free(f->zin);
    free(f);
}

bool nts_frames_ahead(const struct nts_frames *f)
{
    return !f->raw && !f->streaming;
}

uint64_t nts_frames_bytes(const struct nts_frames *f)
{
    return f->bytes - (f->len - f->pos);
}
