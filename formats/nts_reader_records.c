/* nts_reader_records.c - the reader's lower half: runs of raw bytes to verified records
 * SPDX-License-Identifier: MIT */
#include "nts_reader.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "mem.h"

int nts_reader_fail(const struct nts_reader *r, struct nai_err *err, int code, const char *what)
{
    return nai_err_set(err, code, "%s: record %" PRIu64 ": %.800s", r->name, r->records, what);
}

/* Cut short: say after what. */
int nts_reader_truncated(const struct nts_reader *r, struct nai_err *err)
{
    if (r->records == 0)
        return nai_err_set(err, NAI_EINPUT, "%s: empty or cut short before its first record",
                           r->name);
    if (!r->header || r->last_section < 0)
        return nai_err_set(err, NAI_EINPUT, "%s: truncated after record %" PRIu64, r->name,
                           r->records - 1);
    return nai_err_set(err, NAI_EINPUT,
                       "%s: truncated after record %" PRIu64 " (section '%s', row %" PRIu64 ")",
                       r->name, r->records - 1, r->header->section[r->last_section].name,
                       r->digest.rows[r->last_section]);
}

/* ---- runs of raw bytes, in order ---- */

/* May more be read without waiting for it, and without holding too much? */
static bool worth_reading_ahead(const struct nts_reader *r)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    uint64_t held = 0;

    if (r->dry || r->filled == r->nring || !nts_frames_ahead(r->frames))
        return false;
    for (size_t i = 0; i < r->filled; i++)
        held += r->ring[(r->head + i) % r->nring].len;
    return held < NTS_AHEAD_MAX && poll(&p, 1, 0) == 1;
}

static struct nts_chunk *next_chunk(struct nts_reader *r)
{
    struct nts_chunk *c;

    if (r->current) { /* its buffer is free again */
        r->current = NULL;
        r->head = (r->head + 1) % r->nring;
        r->filled--;
    }
    while (!r->dry && (r->filled == 0 || worth_reading_ahead(r))) {
        c = &r->ring[(r->head + r->filled) % r->nring];
        nts_frames_next(r->frames, c);
        r->dry = c->end || c->status != NAI_OK;
        r->filled++;
        c->task = (struct nts_task){.run = nts_chunk_decode, .arg = c};
        nts_pool_start(r->pool, &c->task);
    }
    c = &r->ring[r->head];
    nts_pool_wait(r->pool, &c->task);
    r->current = c;
    r->used = 0;
    return c;
}

/* n more raw bytes to dst, over as many runs as it takes. */
static int gather(struct nts_reader *r, uint8_t *dst, size_t n, struct nai_err *err)
{
    while (n > 0) {
        struct nts_chunk *c = r->current;
        size_t k;
        if (!c || r->used == c->len) {
            c = next_chunk(r);
            if (c->status == NAI_ESYSTEM)
                return nai_err_set(err, c->status, "%s: %s", r->name, c->err.msg);
            if (c->end || (c->status != NAI_OK && strcmp(c->err.msg, "truncated") == 0))
                return nts_reader_truncated(r, err);
            if (c->status != NAI_OK)
                return nts_reader_fail(r, err, c->status, c->err.msg);
        }
        k = c->len - r->used < n ? c->len - r->used : n;
        memcpy(dst, c->buf + r->used, k);
        r->used += k;
        dst += k;
        n -= k;
    }
    return NAI_OK;
}

/* A record whose bytes are spread over runs, put together. */
static int assemble(struct nts_reader *r, struct nts_record *rec, struct nai_err *err)
{
    uint8_t header[NTS_RECORD_HEADER];
    int rc = gather(r, header, sizeof header, err);

    if (rc != NAI_OK)
        return rc;
    if (nts_record_unpack(rec, header, r->max, err) != NAI_OK) {
        char why[sizeof err->msg];
        memcpy(why, err->msg, sizeof why);
        return nts_reader_fail(r, err, NAI_EINPUT, why);
    }
    if (r->assembled_cap < rec->len) {
        nai_free(r->assembled);
        r->assembled_cap = 0;
        r->assembled = nai_alloc(rec->len, 1, "a record", err);
        if (!r->assembled)
            return NAI_ESYSTEM;
        r->assembled_cap = rec->len;
    }
    rc = gather(r, r->assembled, rec->len, err);
    if (rc != NAI_OK)
        return rc;
    if (XXH64(r->assembled, rec->len, 0) != rec->payload_hash)
        return nts_reader_fail(r, err, NAI_EINPUT, "checksum mismatch");
    rec->payload = r->assembled;
    return NAI_OK;
}

/* The next record, verified; *end when the input is over between records. */
int nts_reader_record(struct nts_reader *r, struct nts_record *rec, bool *end, struct nai_err *err)
{
    struct nts_chunk *c = r->current;
    int rc;

    *end = false;
    if (!c || r->used == c->len) {
        do
            c = next_chunk(r);
        while (c->status == NAI_OK && !c->end && c->len == 0);
        if (c->end) {
            *end = true;
            return NAI_OK;
        }
    }
    if (c->status == NAI_OK && r->used == 0 && c->whole) {
        rc = nts_record_unpack(rec, c->buf, r->max, err);
        rec->payload = c->buf + NTS_RECORD_HEADER;
        r->used = c->len;
    } else if (c->status == NAI_OK) {
        rc = assemble(r, rec, err);
    } else if (c->status == NAI_EINPUT && strcmp(c->err.msg, "truncated") == 0) {
        rc = nts_reader_truncated(r, err);
    } else if (r->records == 0) {
        rc = nai_err_set(err, c->status, "%s: %s", r->name, c->err.msg);
    } else {
        rc = nts_reader_fail(r, err, c->status, c->err.msg);
    }
    if (rc != NAI_OK)
        return rc;
    if (strcmp(rec->type, "HEAD") == 0 && (r->done || !r->header))
        r->seq = r->offset = 0;
    if (rec->seq != r->seq)
        return nts_reader_fail(r, err, NAI_EINPUT,
                               "out of order: a record is missing, repeated or moved");
    return NAI_OK;
}
