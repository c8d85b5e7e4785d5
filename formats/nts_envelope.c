/* nts_envelope.c - the zstd envelope, writing: frames, and the seek table after them
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#endif
#include "nts_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    PIPE_SIZE = 1 << 20,
    PIECE = 2 * NTS_BLOCK, /* bytes a write; pipes run fastest with 64 to 256 KiB */
    SEEK_ENTRY = 12
};

struct frame {
    uint32_t compressed, content, check;
};

struct nts_envelope {
    int fd;
    char name[256];
    bool regular;
    struct frame *frame; /* frame[n], for the seek table */
    size_t n;
};

static int write_all(struct nts_envelope *e, struct iovec *iov, int n, struct nai_err *err)
{
    while (n > 0) {
        ssize_t k = writev(e->fd, iov, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return nai_err_set(err, NAI_ESYSTEM, "%s: write failed:", e->name);
        for (; n > 0 && (size_t)k >= iov->iov_len; n--, iov++)
            k -= (ssize_t)iov->iov_len;
        if (n > 0) {
            iov->iov_base = (char *)iov->iov_base + k;
            iov->iov_len -= (size_t)k;
        }
    }
    return NAI_OK;
}

static int remember(struct nts_envelope *e, size_t compressed, size_t content, uint32_t check,
                    struct nai_err *err)
{
    if (!e->regular)
        return NAI_OK;
    if ((e->n & (e->n - 1)) == 0) {
        struct frame *const p = realloc(e->frame, (e->n ? 2 * e->n : 1) * sizeof *p);
        if (!p)
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
        e->frame = p;
    }
    e->frame[e->n++] = (struct frame){(uint32_t)compressed, (uint32_t)content, check};
    return NAI_OK;
}

int nts_envelope_open(struct nts_envelope **out, int fd, const char *name, struct nai_err *err)
{
    struct nts_envelope *const e = calloc(1, sizeof *e);
    struct stat st;

    if (!e)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    e->fd = fd;
    snprintf(e->name, sizeof e->name, "%s", name);
    if (fstat(fd, &st) == 0) {
        e->regular = S_ISREG(st.st_mode);
        if (S_ISFIFO(st.st_mode))
            (void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE); /* a wish: refused is fine */
    }
    *out = e;
    return NAI_OK;
}

void nts_envelope_close(struct nts_envelope *e)
{
    if (e)
        free(e->frame);
    free(e);
}

bool nts_envelope_regular(const struct nts_envelope *e)
{
    return e->regular;
}

int nts_envelope_stored(struct nts_envelope *e, const uint8_t *raw, size_t n, struct nai_err *err)
{
    const size_t blocks = n ? (n + NTS_BLOCK - 1) / NTS_BLOCK : 1;
    uint8_t head[10] = {0x28, 0xb5, 0x2f, 0xfd, 0x84, 0x38}, sum[4];
    XXH64_state_t hash;
    uint32_t check;

    nts_put32(head + 6, (uint32_t)n);
    XXH64_reset(&hash, 0);
    for (size_t b = 0; b < blocks; b += PIECE / NTS_BLOCK) {
        struct iovec iov[2 + 2 * (PIECE / NTS_BLOCK)];
        uint8_t bh[PIECE / NTS_BLOCK][3];
        int k = 0;
        if (b == 0)
            iov[k++] = (struct iovec){head, sizeof head};
        for (size_t i = b; i < blocks && i < b + PIECE / NTS_BLOCK; i++) {
            const size_t at = i * NTS_BLOCK, size = n - at < NTS_BLOCK ? n - at : NTS_BLOCK;
            const uint32_t v = (uint32_t)(size << 3 | (i + 1 == blocks));
            bh[i - b][0] = (uint8_t)v;
            bh[i - b][1] = (uint8_t)(v >> 8);
            bh[i - b][2] = (uint8_t)(v >> 16);
            iov[k++] = (struct iovec){bh[i - b], 3};
            /* writev only reads through iov_base, which is not const for readv's sake. */
            iov[k++] = (struct iovec){(void *)(uintptr_t)(raw + at), size};
            XXH64_update(&hash, raw + at, size);
        }
        if (b + PIECE / NTS_BLOCK >= blocks) {
            nts_put32(sum, (uint32_t)XXH64_digest(&hash));
            iov[k++] = (struct iovec){sum, sizeof sum};
        }
        if (write_all(e, iov, k, err) != NAI_OK)
            return NAI_ESYSTEM;
    }
    check = nts_get32(sum);
    return remember(e, sizeof head + 3 * blocks + n + sizeof sum, n, check, err);
}

int nts_envelope_frame(struct nts_envelope *e, const uint8_t *frame, size_t size, size_t n,
                       struct nai_err *err)
{
    for (size_t at = 0; at < size; at += PIECE) {
        const size_t k = size - at < PIECE ? size - at : PIECE;
        struct iovec iov = {(void *)(uintptr_t)(frame + at), k};
        if (write_all(e, &iov, 1, err) != NAI_OK)
            return NAI_ESYSTEM;
    }
    return remember(e, size, n, nts_get32(frame + size - 4), err);
}

int nts_envelope_seek_table(struct nts_envelope *e, struct nai_err *err)
{
    const size_t size = e->n * SEEK_ENTRY + 9;
    struct iovec iov;
    uint8_t *buf, *p;
    int rc;

    if (!e->regular || size > UINT32_MAX - 8)
        return NAI_OK;
    buf = malloc(size + 8);
    if (!buf)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    nts_put32(buf, NTS_SEEK_SKIP);
    nts_put32(buf + 4, (uint32_t)size);
    p = buf + 8;
    for (size_t i = 0; i < e->n; i++, p += SEEK_ENTRY) {
        nts_put32(p, e->frame[i].compressed);
        nts_put32(p + 4, e->frame[i].content);
        nts_put32(p + 8, e->frame[i].check);
    }
    nts_put32(p, (uint32_t)e->n);
    p[4] = 0x80; /* checksums are there */
    nts_put32(p + 5, NTS_SEEK_MAGIC);
    iov = (struct iovec){buf, size + 8};
    rc = write_all(e, &iov, 1, err);
    free(buf);
    return rc;
}
