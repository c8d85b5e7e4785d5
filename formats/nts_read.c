/* nts_read.c - the reader: records to batches of rows, stream after stream
 * SPDX-License-Identifier: MIT */
#include "nts_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* ---- streams that follow one another ---- */

/* Start the records of a stream whose header is r->header, as far as its rows go. */
static int begin(struct nts_reader *r, const struct nts_header *said, struct nai_err *err)
{
    const char *const id = nts_header_id(said);

    snprintf(r->id, sizeof r->id, "%s", id ? id : "");
    for (size_t s = 0; s < said->nsections; s++)
        r->declared[s] = said->section[s].rows;
    r->nindex = 0;
    r->index_at = 0;
    r->done = false;
    r->last_section = -1;
    nts_digest_close(&r->digest);
    return nts_digest_open(&r->digest, r->header, err);
}

/* Start afresh on header h, which is taken over. */
static int begin_new(struct nts_reader *r, struct nts_header *h, struct nai_err *err)
{
    const size_t n = h->nsections ? h->nsections : 1;
    size_t most = 1;

    for (size_t s = 0; s < h->nsections; s++)
        most = h->section[s].nfields > most ? h->section[s].nfields : most;
    nts_digest_close(&r->digest);
    nts_header_free(r->header);
    free(r->base);
    free(r->declared);
    free(r->data);
    r->header = h;
    r->base = calloc(n, sizeof *r->base);
    r->declared = calloc(n, sizeof *r->declared);
    r->data = calloc(most, sizeof *r->data);
    if (!r->base || !r->declared || !r->data)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    return begin(r, h, err);
}

/* Go on with the rows of h, which is freed: the header handed out stays the one it was, but for
 * its row counts, which are not known any more, its filters and its history. */
static int begin_joined(struct nts_reader *r, struct nts_header *h, struct nai_err *err)
{
    int rc = nts_header_adopt(r->header, h, err);

    if (!r->joined) { /* its hashes go on over what follows */
        r->whole = r->digest;
        r->digest = (struct nts_digest){0};
        r->joined = true;
    }
    for (size_t s = 0; s < h->nsections; s++) {
        struct nts_section *const sec = &r->header->section[s];
        r->base[s] = r->whole.rows[s];
        sec->rows = -1;
        for (size_t f = 0; f < sec->nfields; f++)
            sec->field[f].filter = h->section[s].field[f].filter;
    }
    if (rc == NAI_OK)
        rc = begin(r, h, err);
    nts_header_free(h);
    return rc;
}

/* Another HEAD after DONE. *joined: its rows continue those before. */
static int follow(struct nts_reader *r, const struct nts_record *rec, bool *joined,
                  struct nai_err *err)
{
    static const char model[] = "model";
    struct nts_header *h = NULL;
    char why[300];
    const int rc = nts_take_head(r, rec, &h, err);

    if (rc != NAI_OK)
        return rc;
    *joined = !(h->kind && r->header->kind && strcmp(h->kind, model) == 0 &&
                strcmp(r->header->kind, model) == 0);
    if (!*joined)
        return begin_new(r, h, err);
    if (nts_same_rows(r->header, h, why))
        return begin_joined(r, h, err);
    nts_header_free(h);
    return nai_err_set(err, NAI_EINPUT, "%s: schema mismatch in joined streams: %s", r->name, why);
}

/* One record. *joined becomes false when a model follows a model. */
static int take(struct nts_reader *r, const struct nts_record *rec, struct nts_batch *b,
                bool *joined, struct nai_err *err)
{
    if (nts_record_is(rec, "HEAD"))
        return r->done ? follow(r, rec, joined, err)
                       : nts_reader_fail(r, err, NAI_EINPUT, "a second header inside the stream");
    if (r->done)
        return nts_reader_fail(r, err, NAI_EINPUT, "a record after the closing one");
    if (nts_record_is(rec, "DONE"))
        return nts_take_done(r, rec, err);
    if (nts_record_is(rec, "ABRT"))
        return nts_take_abort(r, rec, err);
    if (r->index_at > 0)
        return nts_reader_fail(r, err, NAI_EINPUT,
                               "a record between the index and the closing one");
    if (nts_record_is(rec, "ROWS"))
        return nts_take_rows(r, rec, b, err);
    if (nts_record_is(rec, "indx"))
        return nts_take_index(r, rec, err);
    if (nts_record_is(rec, "meta"))
        return nts_take_meta(r, rec, err);
    if (rec->type[0] >= 'A' && rec->type[0] <= 'Z')
        return nts_reader_fail(r, err, NAI_EINPUT, "a record of a type this version does not know");
    return NAI_OK;
}

/* ---- the interface ---- */

/* Behind the last of joined streams: what a closing record of them all would say. */
static int close_joined(struct nts_reader *r, struct nai_err *err)
{
    json_t *json;

    if (!r->joined)
        return NAI_OK;
    json = nts_digest_json(&r->whole, r->header, err);
    if (!json)
        return NAI_ESYSTEM;
    json_decref(r->closing);
    r->closing = json;
    return NAI_OK;
}

static enum nts_event next_event(struct nts_reader *r, struct nts_batch *b, struct nai_err *err)
{
    struct nts_record rec;
    bool end, joined = true;

    for (;;) {
        int rc = nts_reader_record(r, &rec, &end, err);
        if (rc == NAI_OK && end) {
            rc = r->done ? close_joined(r, err) : nts_reader_truncated(r, err);
            return rc == NAI_OK ? NTS_END : NTS_FAILED;
        }
        if (rc == NAI_OK)
            rc = take(r, &rec, b, &joined, err);
        if (rc != NAI_OK)
            return NTS_FAILED;
        r->seq++;
        r->records++;
        r->offset += NTS_RECORD_HEADER + rec.len;
        if (!joined)
            return NTS_NEXT;
        if (nts_record_is(&rec, "ROWS"))
            return NTS_BATCH;
    }
}

enum nts_event nts_read(struct nts_reader *r, struct nts_batch *b, struct nai_err *err)
{
    /* The end is final, and so is a failure. */
    if (r->last != NTS_END && r->last != NTS_FAILED) {
        r->failure = (struct nai_err){0};
        r->last = next_event(r, b, &r->failure);
    }
    if (r->last == NTS_FAILED && err)
        *err = r->failure;
    return r->last;
}

int nts_open(struct nts_reader **out, int fd, const struct nts_ropts *opt, struct nai_err *err)
{
    struct nai_err local = {0};
    struct nts_reader *const r = calloc(1, sizeof *r);
    struct nts_header *h = NULL;
    struct nts_record rec;
    bool end;
    int rc;

    *out = NULL;
    if (!err)
        err = &local;
    if (!r)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    snprintf(r->name, sizeof r->name, "%s", opt && opt->name ? opt->name : "<stream>");
    r->max = nts_record_max();
    r->last_section = -1;
    r->last = NTS_BATCH;
    r->fd = fd;
    r->pool = nts_pool_new(opt ? opt->threads : 1);
    r->nring = r->pool && nts_pool_threads(r->pool) > 1 ? (size_t)nts_pool_threads(r->pool) + 1 : 1;
    r->ring = calloc(r->nring, sizeof *r->ring);
    rc = r->pool && r->ring ? nts_frames_open(&r->frames, fd, r->max, err)
                            : nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (rc == NAI_OK)
        rc = nts_reader_record(r, &rec, &end, err);
    if (rc == NAI_OK && end)
        rc = nts_reader_truncated(r, err);
    if (rc == NAI_OK && strcmp(rec.type, "ABRT") == 0)
        rc = nts_take_abort(r, &rec, err);
    else if (rc == NAI_OK && strcmp(rec.type, "HEAD") != 0)
        rc = nai_err_set(err, NAI_EINPUT, "%s: does not begin with a header", r->name);
    if (rc == NAI_OK)
        rc = nts_take_head(r, &rec, &h, err);
    if (rc == NAI_OK)
        rc = begin_new(r, h, err);
    if (rc != NAI_OK) {
        nts_close(r);
        return rc;
    }
    r->seq = r->records = 1;
    r->offset = NTS_RECORD_HEADER + rec.len;
    *out = r;
    return NAI_OK;
}

void nts_close(struct nts_reader *r)
{
    if (!r)
        return;
    nts_pool_free(r->pool);
    for (size_t i = 0; r->ring && i < r->nring; i++)
        nts_chunk_free(&r->ring[i]);
    free(r->ring);
    nts_frames_close(r->frames);
    nts_digest_close(&r->digest);
    nts_digest_close(&r->whole);
    nts_header_free(r->header);
    nai_free(r->assembled);
    nai_free(r->plain);
    free(r->data);
    free(r->base);
    free(r->declared);
    free(r->index);
    json_decref(r->closing);
    free(r->input);
    free(r);
}

const struct nts_header *nts_reader_header(const struct nts_reader *r)
{
    return r->header;
}

const struct nts_input *nts_reader_inputs(const struct nts_reader *r, size_t *n)
{
    *n = r->ninput;
    return r->input;
}

uint64_t nts_reader_rows(const struct nts_reader *r, size_t s)
{
    return r->base[s] + r->digest.rows[s];
}

const struct json_t *nts_reader_done(const struct nts_reader *r)
{
    return r->closing;
}

uint64_t nts_reader_bytes(const struct nts_reader *r)
{
    return nts_frames_bytes(r->frames);
}

uint64_t nts_reader_records(const struct nts_reader *r)
{
    return r->records;
}
