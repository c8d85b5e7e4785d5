/* nts_packet.c - see nts_packet.h
 * SPDX-License-Identifier: MIT */
#include "nts_packet.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "mem.h"

enum {
    TRIAL = 4 << 20, /* bytes a filter is tried on, at most: the planes of a record are longer than
                        a zstd block, and those of a small piece would share one */
    SHALLOW_LOG = 6  /* zstd's smallest table of earlier bytes: entropy coding nearly alone */
};

static int reserve(uint8_t **p, size_t *cap, size_t n)
{
    if (*cap >= n)
        return NAI_OK;
    nai_free(*p);
    *cap = 0;
    *p = nai_alloc(n, 1, "a record", NULL);
    if (!*p)
        return NAI_ESYSTEM;
    *cap = n;
    return NAI_OK;
}

/* Filtered copy of a packet of rows; the columns of single bytes and the like are copied. */
static const uint8_t *filtered(struct nts_packet *p)
{
    const struct nts_section *const s = p->section;
    size_t at = NTS_RECORD_HEADER;
    bool any = false;

    for (size_t f = 0; s && f < s->nfields; f++)
        any |= s->field[f].filter == NTS_SHUFFLE;
    if (!any)
        return p->raw;
    if (reserve(&p->shuffled, &p->shuffled_cap, p->len) != NAI_OK)
        return NULL;
    for (size_t f = 0; f < s->nfields; f++) {
        const struct nts_field *const fl = &s->field[f];
        const size_t n = p->rec.b * fl->width;
        if (fl->filter == NTS_SHUFFLE)
            nts_shuffle(p->shuffled + at, p->raw + at, p->rec.b * fl->count,
                        nai_dtype_size(fl->dtype));
        else
            memcpy(p->shuffled + at, p->raw + at, n);
        memset(p->shuffled + at + n, 0, nai_pad64(n) - n);
        at += nai_pad64(n);
    }
    return p->shuffled;
}

void nts_packet_pack(void *arg)
{
    struct nts_packet *const p = arg;
    const uint8_t *const from = filtered(p);
    uint8_t *raw;
    size_t n;

    p->status = NAI_ESYSTEM;
    if (!from)
        return;
    raw = from == p->raw ? p->raw : p->shuffled;
    p->rec.payload_hash = XXH64(raw + NTS_RECORD_HEADER, p->rec.len, 0);
    nts_record_pack(raw, &p->rec);
    if (reserve(&p->frame, &p->frame_cap, ZSTD_compressBound(p->len)) != NAI_OK)
        return;
    if (!p->cctx)
        p->cctx = ZSTD_createCCtx();
    if (!p->cctx)
        return;
    ZSTD_CCtx_setParameter(p->cctx, ZSTD_c_compressionLevel, p->level);
    ZSTD_CCtx_setParameter(p->cctx, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(p->cctx, ZSTD_c_hashLog, p->shallow ? SHALLOW_LOG : 0);
    n = ZSTD_compress2(p->cctx, p->frame, p->frame_cap, raw, p->len);
    if (ZSTD_isError(n))
        return;
    p->frame_len = n;
    p->status = NAI_OK;
}

void nts_packet_free(struct nts_packet *p)
{
    nai_free(p->raw);
    nai_free(p->shuffled);
    nai_free(p->frame);
    ZSTD_freeCCtx(p->cctx);
}

static size_t compressed_size(ZSTD_CCtx *c, void *out, size_t cap, const uint8_t *p, size_t n)
{
    const size_t k = ZSTD_compress2(c, out, cap, p, n);

    return ZSTD_isError(k) ? n : k;
}

/* Bytes a piece of a column takes: [shuffled][shallow]. */
struct trial {
    size_t size[2][2];
};

static bool try_filters(struct trial *t, const uint8_t *column, size_t n, size_t width, int level)
{
    const size_t cap = ZSTD_compressBound(n);
    uint8_t *const shuffled = malloc(n), *const out = malloc(cap);
    ZSTD_CCtx *const c = ZSTD_createCCtx();
    const bool ok = shuffled && out && c;

    if (ok)
        nts_shuffle(shuffled, column, n / width, width);
    for (int shallow = 0; ok && shallow < 2; shallow++) {
        ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(c, ZSTD_c_hashLog, shallow ? SHALLOW_LOG : 0);
        t->size[0][shallow] = compressed_size(c, out, cap, column, n);
        t->size[1][shallow] = compressed_size(c, out, cap, shuffled, n);
    }
    ZSTD_freeCCtx(c);
    free(shuffled);
    free(out);
    return ok;
}

bool nts_choose_filters(struct nts_section *sec, const uint8_t *raw, size_t rows, size_t per_record,
                        int level)
{
    size_t at = NTS_RECORD_HEADER, deep = 0, shallow = 0;

    for (size_t f = 0; f < sec->nfields; f++) {
        struct nts_field *const fl = &sec->field[f];
        const size_t width = nai_dtype_size(fl->dtype);
        size_t n = rows * fl->width < TRIAL ? rows * fl->width : TRIAL;
        struct trial t;
        n -= n % width;
        /* Nothing to try it on: what is usual for wide types. */
        fl->filter = level != NTS_LEVEL_STORED && width > 1 ? NTS_SHUFFLE : NTS_NONE;
        if (level != NTS_LEVEL_STORED && raw && n > 0 &&
            try_filters(&t, raw + at, n, width, level)) {
            const size_t *const plain = t.size[0], *const shuffled = t.size[1];
            deep += plain[0] < shuffled[0] ? plain[0] : shuffled[0];
            shallow += plain[1] < shuffled[1] ? plain[1] : shuffled[1];
            if (width > 1 && plain[0] <= shuffled[0] && plain[0] <= shuffled[1])
                fl->filter = NTS_NONE;
        }
        at += nai_pad64(per_record * fl->width);
    }
    /* Other levels are asked for by those who would rather wait. */
    return level == 1 && shallow <= deep;
}
