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

/* Bytes a piece takes at this level, with and without much of a search for matches. */
static size_t trial(const uint8_t *p, size_t n, int level, bool shallow)
{
    const size_t cap = ZSTD_compressBound(n);
    void *const out = malloc(cap);
    ZSTD_CCtx *const c = ZSTD_createCCtx();
    size_t size = n;

    if (out && c) {
        ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(c, ZSTD_c_hashLog, shallow ? SHALLOW_LOG : 0);
        size = ZSTD_compress2(c, out, cap, p, n);
    }
    ZSTD_freeCCtx(c);
    free(out);
    return ZSTD_isError(size) ? n : size;
}

/* The piece of a column that trials are made on: whole elements, shuffled if asked. Free with
 * free(); NULL when there is nothing, or no memory. */
static uint8_t *piece(const struct nts_field *f, const uint8_t *column, size_t rows, bool shuffle,
                      size_t *size)
{
    const size_t width = nai_dtype_size(f->dtype);
    const size_t all = rows * f->width, n = (all < TRIAL ? all : TRIAL) / width * width;
    uint8_t *const p = n ? malloc(n) : NULL;

    *size = n;
    if (p && shuffle)
        nts_shuffle(p, column, n / width, width);
    else if (p)
        memcpy(p, column, n);
    return p;
}

/* The smaller of a piece's two trials. */
static size_t best_trial(const uint8_t *p, size_t n, int level)
{
    const size_t deep = trial(p, n, level, false);
    const size_t shallow = level == 1 ? trial(p, n, level, true) : deep;

    return deep < shallow ? deep : shallow;
}

void nts_choose_filters(struct nts_section *sec, const uint8_t *raw, size_t rows, size_t per_record,
                        int level)
{
    size_t at = NTS_RECORD_HEADER;

    for (size_t f = 0; f < sec->nfields; f++) {
        struct nts_field *const fl = &sec->field[f];
        const bool wide = level != NTS_LEVEL_STORED && nai_dtype_size(fl->dtype) > 1;
        size_t n = 0;
        uint8_t *const plain = raw && wide ? piece(fl, raw + at, rows, false, &n) : NULL;
        uint8_t *const shuffled = plain ? piece(fl, raw + at, rows, true, &n) : NULL;
        /* Nothing to try it on: what is usual for wide types. */
        fl->filter = wide ? NTS_SHUFFLE : NTS_NONE;
        if (shuffled && best_trial(plain, n, level) <= best_trial(shuffled, n, level))
            fl->filter = NTS_NONE;
        free(plain);
        free(shuffled);
        at += nai_pad64(per_record * fl->width);
    }
}

bool nts_choose_search(const struct nts_section *sec, const uint8_t *raw, size_t rows,
                       size_t per_record, int level)
{
    size_t at = NTS_RECORD_HEADER, deep = 0, shallow = 0;

    for (size_t f = 0; level == 1 && f < sec->nfields; f++) {
        size_t n = 0;
        uint8_t *const p =
            piece(&sec->field[f], raw + at, rows, sec->field[f].filter == NTS_SHUFFLE, &n);
        if (p) {
            deep += trial(p, n, level, false);
            shallow += trial(p, n, level, true);
        }
        free(p);
        at += nai_pad64(per_record * sec->field[f].width);
    }
    /* Other levels are asked for by those who would rather wait. */
    return deep > 0 && shallow <= deep;
}
