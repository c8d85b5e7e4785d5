/* nts_read.c - the reader: records to verified batches of rows
 * SPDX-License-Identifier: MIT */
#include "nts_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

struct entry { /* what indx should say of a ROWS record */
    uint64_t offset, first;
    uint32_t rows, section;
};

struct nts_reader {
    char name[256];
    uint64_t max;
    struct nts_frames *frames;
    struct nts_pool *pool;
    struct nts_chunk *ring; /* ring[nring]: read ahead */
    size_t nring, head, filled;
    struct nts_chunk *current; /* handed out until the next call */
    size_t used;               /* bytes of it consumed, when records and frames differ */
    uint8_t *assembled;        /* a record that spans runs */
    size_t assembled_cap;

    struct nts_header *header;
    bool done;            /* between DONE and what may follow */
    bool ended;           /* nts_read has returned NTS_END or NTS_FAILED */
    uint64_t seq, offset; /* of the next record in this stream */
    uint64_t records;     /* in all */
    uint64_t *base;       /* base[s]: rows of section s in the streams before this one */
    char id[17];          /* of this stream's last history entry */
    int64_t *declared;    /* declared[s]: rows that this stream's own header says, or -1 */
    struct nts_digest digest;
    struct entry *index;
    size_t nindex;
    uint64_t index_at; /* raw offset of indx, 0 when there was none */
    json_t *closing;   /* the last DONE */
    struct nts_input *input;
    size_t ninput;
    int last_section;

    uint8_t *plain; /* unfiltered columns */
    size_t plain_cap;
    const void **data;
};

static int fail(const struct nts_reader *r, struct nai_err *err, int code, const char *what)
{
    return nai_err_set(err, code, "%s: record %" PRIu64 ": %.800s", r->name, r->records, what);
}

/* Cut short: say after what. */
static int truncated(const struct nts_reader *r, struct nai_err *err)
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

static struct nts_chunk *next_chunk(struct nts_reader *r)
{
    struct nts_chunk *c;

    if (r->current) { /* its buffer is free again */
        r->current = NULL;
        r->head = (r->head + 1) % r->nring;
        r->filled--;
    }
    do {
        c = &r->ring[(r->head + r->filled) % r->nring];
        nts_frames_next(r->frames, c);
        r->filled++;
        c->task = (struct nts_task){.run = nts_chunk_decode, .arg = c};
        nts_pool_start(r->pool, &c->task);
    } while (r->filled < r->nring && c->status == NAI_OK && !c->end && nts_frames_ahead(r->frames));
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
                return truncated(r, err);
            if (c->status != NAI_OK)
                return fail(r, err, c->status, c->err.msg);
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
        return fail(r, err, NAI_EINPUT, why);
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
        return fail(r, err, NAI_EINPUT, "checksum mismatch");
    rec->payload = r->assembled;
    return NAI_OK;
}

/* The next record, verified; *end when the input is over between records. */
static int next_record(struct nts_reader *r, struct nts_record *rec, bool *end, struct nai_err *err)
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
        rc = truncated(r, err);
    } else if (r->records == 0) {
        rc = nai_err_set(err, c->status, "%s: %s", r->name, c->err.msg);
    } else {
        rc = fail(r, err, c->status, c->err.msg);
    }
    if (rc != NAI_OK)
        return rc;
    if (strcmp(rec->type, "HEAD") == 0 && (r->done || !r->header))
        r->seq = r->offset = 0;
    if (rec->seq != r->seq)
        return fail(r, err, NAI_EINPUT, "out of order: a record is missing, repeated or moved");
    return NAI_OK;
}

/* ---- what records say ---- */

static json_t *record_json(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
{
    struct nai_err why = {0};
    json_t *json;

    if (rec->c > rec->len || rec->len - rec->c >= 64 ||
        (strcmp(rec->type, "HEAD") != 0 && (rec->a != 0 || rec->b != 0))) {
        fail(r, err, NAI_EINPUT, "the record's header does not fit its JSON");
        return NULL;
    }
    for (uint64_t i = rec->c; i < rec->len; i++)
        if (rec->payload[i] != ' ') {
            fail(r, err, NAI_EINPUT, "JSON is not padded with spaces");
            return NULL;
        }
    json = nts_json_parse((const char *)rec->payload, rec->c, &why);
    if (!json)
        fail(r, err, why.code, why.msg);
    return json;
}

static int take_head(struct nts_reader *r, const struct nts_record *rec, struct nts_header **out,
                     struct nai_err *err)
{
    struct nai_err why = {0};
    json_t *json;
    int rc;

    if (rec->a != 1)
        return fail(r, err, NAI_EINPUT, "stream is of another major version of the format");
    json = record_json(r, rec, err);
    if (!json)
        return err->code;
    rc = nts_header_parse(out, json, &why);
    json_decref(json);
    return rc == NAI_OK ? NAI_OK : fail(r, err, rc, why.msg);
}

/* Nothing in it is needed, but it must be what it says. */
static int take_meta(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
{
    json_t *const json = record_json(r, rec, err);

    json_decref(json);
    return json ? NAI_OK : err->code;
}

static int take_abort(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
{
    json_t *const json = record_json(r, rec, err);
    const char *tool, *message;

    if (!json)
        return err->code;
    tool = json_string_value(json_object_get(json, "tool"));
    message = json_string_value(json_object_get(json, "message"));
    nai_err_set(err, NAI_EINPUT, "%s: upstream %.60s failed: %.600s", r->name,
                tool ? tool : "stage", message ? message : "no reason given");
    json_decref(json);
    return NAI_EINPUT;
}

static int remember(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
{
    if ((r->nindex & (r->nindex - 1)) == 0) {
        struct entry *const p =
            realloc(r->index, (r->nindex ? 2 * r->nindex : 1) * sizeof *r->index);
        if (!p)
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
        r->index = p;
    }
    r->index[r->nindex++] = (struct entry){r->offset, rec->c, rec->b, rec->a};
    return NAI_OK;
}

/* Unfilter a column if it must be; keep its digest. NULL when the padding is not zero. */
static const uint8_t *take_column(struct nts_reader *r, size_t s, size_t f, const uint8_t *p,
                                  size_t rows, size_t at)
{
    const struct nts_field *const fl = &r->header->section[s].field[f];
    const size_t n = rows * fl->width, size = nai_dtype_size(fl->dtype);
    const uint8_t *plain = p;

    for (size_t i = n; i < nai_pad64(n); i++)
        if (p[i] != 0)
            return NULL;
    if (fl->filter == NTS_SHUFFLE && size > 1) {
        nts_unshuffle(r->plain + at, p, rows * fl->count, size);
        plain = r->plain + at;
    }
    XXH64_update(&r->digest.field[s][f], plain, n);
    return plain;
}

static int take_rows(struct nts_reader *r, const struct nts_record *rec, struct nts_batch *b,
                     struct nai_err *err)
{
    const struct nts_section *sec;
    uint64_t len;
    size_t at = 0;

    if (rec->a >= r->header->nsections)
        return fail(r, err, NAI_EINPUT, "rows of a section the header does not name");
    sec = &r->header->section[rec->a];
    if (rec->b == 0 || !nts_rows_len(&len, sec, rec->b) || len != rec->len)
        return fail(r, err, NAI_EINPUT, "rows do not fill the record");
    if (rec->c != r->digest.rows[rec->a])
        return fail(r, err, NAI_EINPUT, "rows are missing, repeated or out of order");
    if (r->declared[rec->a] >= 0 && rec->b > (uint64_t)r->declared[rec->a] - r->digest.rows[rec->a])
        return fail(r, err, NAI_EINPUT, "more rows than the header says");
    if (nts_digest_touch(&r->digest, r->header, rec->a, err) != NAI_OK ||
        remember(r, rec, err) != NAI_OK)
        return err->code;
    if (r->plain_cap < len) {
        nai_free(r->plain);
        r->plain_cap = 0;
        r->plain = nai_alloc(len, 1, "rows", err);
        if (!r->plain)
            return NAI_ESYSTEM;
        r->plain_cap = len;
    }
    for (size_t f = 0; f < sec->nfields; f++) {
        r->data[f] = take_column(r, rec->a, f, rec->payload + at, rec->b, at);
        if (!r->data[f])
            return fail(r, err, NAI_EINPUT, "padding is not zero");
        at += nai_pad64(rec->b * sec->field[f].width);
    }
    *b = (struct nts_batch){
        .section = rec->a, .first = r->base[rec->a] + rec->c, .rows = rec->b, .data = r->data};
    r->digest.rows[rec->a] += rec->b;
    r->last_section = (int)rec->a;
    return NAI_OK;
}

static int take_index(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
{
    bool ok = rec->a == NTS_INDEX_ENTRY && rec->b == r->nindex && rec->c == r->offset &&
              rec->len == nai_pad64((size_t)rec->b * NTS_INDEX_ENTRY);

    for (size_t i = 0; ok && i < r->nindex; i++) {
        const uint8_t *const p = rec->payload + i * NTS_INDEX_ENTRY;
        const struct entry *const e = &r->index[i];
        ok = nts_get64(p) == e->offset && nts_get64(p + 8) == e->first &&
             nts_get32(p + 16) == e->rows && nts_get32(p + 20) == e->section;
    }
    for (uint64_t i = (uint64_t)rec->b * NTS_INDEX_ENTRY; ok && i < rec->len; i++)
        ok = rec->payload[i] == 0;
    if (!ok)
        return fail(r, err, NAI_EINPUT, "index does not fit the records");
    r->index_at = r->offset;
    return NAI_OK;
}

/* ---- the end of a stream ---- */

/* DONE's list of sections against what was read. NULL, or what differs. */
static const char *check_sections(struct nts_reader *r, const json_t *sections)
{
    if (json_array_size(sections) != r->header->nsections)
        return "number of sections";
    for (size_t s = 0; s < r->header->nsections; s++) {
        const struct nts_section *const sec = &r->header->section[s];
        const json_t *const o = json_array_get(sections, s);
        const json_t *const fields = json_object_get(o, "fields");
        const json_t *const rows = json_object_get(o, "rows");
        if (!json_is_integer(rows) || (uint64_t)json_integer_value(rows) != r->digest.rows[s] ||
            (r->declared[s] >= 0 && (uint64_t)r->declared[s] != r->digest.rows[s]))
            return "number of rows";
        if (json_object_size(fields) != sec->nfields)
            return "number of fields";
        for (size_t f = 0; f < sec->nfields; f++) {
            const char *const said = json_string_value(json_object_get(fields, sec->field[f].name));
            char hex[24];
            snprintf(hex, sizeof hex, "xxh64:%016" PRIx64, nts_digest_field(&r->digest, s, f));
            if (!said || strcmp(said, hex) != 0)
                return "field digest";
        }
    }
    return NULL;
}

static int take_done(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
{
    json_t *const json = record_json(r, rec, err);
    const char *why = NULL, *said;
    struct nts_input *in;
    char hex[24] = "xxh64:";
    int rc;

    if (!json)
        return err->code;
    rc = nts_digest_stream(hex + 6, &r->digest, r->header, err);
    said = json_string_value(json_object_get(json, "digest"));
    if (!json_is_integer(json_object_get(json, "records")) ||
        (uint64_t)json_integer_value(json_object_get(json, "records")) != r->seq)
        why = "number of records";
    else
        why = check_sections(r, json_object_get(json, "sections"));
    if (!why && (!said || strcmp(said, hex) != 0))
        why = "stream digest";
    if (!why && (uint64_t)json_integer_value(json_object_get(json, "index")) != r->index_at)
        why = "place of the index";
    json_decref(r->closing);
    r->closing = json;
    if (rc != NAI_OK)
        return rc;
    if (why) {
        char text[100];
        snprintf(text, sizeof text, "closing record: %s does not agree with what was read", why);
        return fail(r, err, NAI_EINPUT, text);
    }
    in = realloc(r->input, (r->ninput + 1) * sizeof *in);
    if (!in)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    r->input = in;
    in[r->ninput] = (struct nts_input){0};
    memcpy(in[r->ninput].history, r->id, sizeof r->id);
    memcpy(in[r->ninput].digest, hex + 6, 16);
    r->ninput++;
    r->done = true;
    return NAI_OK;
}

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

    for (size_t s = 0; s < h->nsections; s++) {
        struct nts_section *const sec = &r->header->section[s];
        r->base[s] += r->digest.rows[s];
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
    const int rc = take_head(r, rec, &h, err);

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

static bool is(const struct nts_record *rec, const char *type)
{
    return strcmp(rec->type, type) == 0;
}

/* One record. *joined becomes false when a model follows a model. */
static int take(struct nts_reader *r, const struct nts_record *rec, struct nts_batch *b,
                bool *joined, struct nai_err *err)
{
    if (is(rec, "HEAD"))
        return r->done ? follow(r, rec, joined, err)
                       : fail(r, err, NAI_EINPUT, "a second header inside the stream");
    if (r->done)
        return fail(r, err, NAI_EINPUT, "a record after the closing one");
    if (is(rec, "DONE"))
        return take_done(r, rec, err);
    if (is(rec, "ABRT"))
        return take_abort(r, rec, err);
    if (r->index_at > 0)
        return fail(r, err, NAI_EINPUT, "a record between the index and the closing one");
    if (is(rec, "ROWS"))
        return take_rows(r, rec, b, err);
    if (is(rec, "indx"))
        return take_index(r, rec, err);
    if (is(rec, "meta"))
        return take_meta(r, rec, err);
    if (rec->type[0] >= 'A' && rec->type[0] <= 'Z')
        return fail(r, err, NAI_EINPUT, "a record of a type this version does not know");
    return NAI_OK;
}

/* ---- the interface ---- */

enum nts_event nts_read(struct nts_reader *r, struct nts_batch *b, struct nai_err *err)
{
    struct nai_err local = {0};
    struct nts_record rec;
    bool end, joined = true;

    if (!err)
        err = &local; /* pieces below read the code back */
    if (r->ended)
        return NTS_END;
    r->ended = true; /* unless a batch says otherwise */
    for (;; r->seq++, r->records++, r->offset += NTS_RECORD_HEADER + rec.len) {
        int rc = next_record(r, &rec, &end, err);
        if (rc != NAI_OK)
            return NTS_FAILED;
        if (end) {
            if (r->done)
                return NTS_END;
            truncated(r, err);
            return NTS_FAILED;
        }
        rc = take(r, &rec, b, &joined, err);
        if (rc != NAI_OK)
            return NTS_FAILED;
        if (is(&rec, "ROWS") || !joined) {
            r->seq++;
            r->records++;
            r->offset += NTS_RECORD_HEADER + rec.len;
            r->ended = false;
            return joined ? NTS_BATCH : NTS_NEXT;
        }
    }
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
    r->pool = nts_pool_new(opt ? opt->threads : 1);
    r->nring = r->pool && nts_pool_threads(r->pool) > 1 ? (size_t)nts_pool_threads(r->pool) + 1 : 1;
    r->ring = calloc(r->nring, sizeof *r->ring);
    rc = r->pool && r->ring ? nts_frames_open(&r->frames, fd, r->max, err)
                            : nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (rc == NAI_OK)
        rc = next_record(r, &rec, &end, err);
    if (rc == NAI_OK && end)
        rc = truncated(r, err);
    if (rc == NAI_OK && strcmp(rec.type, "ABRT") == 0)
        rc = take_abort(r, &rec, err);
    else if (rc == NAI_OK && strcmp(rec.type, "HEAD") != 0)
        rc = nai_err_set(err, NAI_EINPUT, "%s: does not begin with a header", r->name);
    if (rc == NAI_OK)
        rc = take_head(r, &rec, &h, err);
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
