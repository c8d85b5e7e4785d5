/* nts_write.c - the writer: rows gathered into records, records into frames
 * SPDX-License-Identifier: MIT */
#include "nts_packet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { LEVEL_MAX = 19 };

struct gathering { /* rows of one section that do not fill a record yet */
    uint8_t *raw;
    size_t cap, rows;
    size_t per_record;
    bool shallow; /* searching for matches costs time and gains nothing */
};

struct nts_writer {
    char name[256];
    struct nts_header *header;
    struct nts_envelope *envelope;
    struct nts_pool *pool;
    struct nts_packet *ring; /* ring[nring]: being compressed, in order */
    size_t nring, head, filled;
    int level;
    size_t chunk;
    bool begun, broken;
    uint64_t seq, offset, max;
    struct gathering *section;
    struct nts_digest digest;
    uint8_t *index;
    size_t nindex, index_cap;
    json_t *inputs;
    char hex[17];
};

/* ---- packets ---- */

/* Wait for the oldest packet and write it. */
static int write_oldest(struct nts_writer *w, struct nai_err *err)
{
    struct nts_packet *const p = &w->ring[w->head];

    nts_pool_wait(w->pool, &p->task);
    w->head = (w->head + 1) % w->nring;
    w->filled--;
    if (p->status != NAI_OK)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory compressing a record", w->name);
    return nts_envelope_frame(w->envelope, p->frame, p->frame_len, p->len, err);
}

static int drain(struct nts_writer *w, struct nai_err *err)
{
    int rc = NAI_OK;

    while (rc == NAI_OK && w->filled > 0)
        rc = write_oldest(w, err);
    return rc;
}

/* Send out *raw (header room, then rec->len bytes); the buffer may be swapped for another. */
static int emit(struct nts_writer *w, uint8_t **raw, size_t *cap, struct nts_record *rec,
                const struct nts_section *section, struct nai_err *err)
{
    const size_t len = NTS_RECORD_HEADER + rec->len;
    struct nts_packet *p;
    uint8_t *spare;
    size_t spare_cap;
    int rc;

    rec->seq = w->seq++;
    w->offset += len;
    if (w->level == NTS_LEVEL_STORED) {
        rec->payload_hash = XXH64(*raw + NTS_RECORD_HEADER, rec->len, 0);
        nts_record_pack(*raw, rec);
        return nts_envelope_stored(w->envelope, *raw, len, err);
    }
    if (w->filled == w->nring) {
        rc = write_oldest(w, err);
        if (rc != NAI_OK)
            return rc;
    }
    p = &w->ring[(w->head + w->filled) % w->nring];
    spare = p->raw;
    spare_cap = p->cap;
    p->raw = *raw;
    p->cap = *cap;
    *raw = spare;
    *cap = spare_cap;
    p->len = len;
    p->rec = *rec;
    p->section = section;
    p->level = w->level;
    p->shallow = section && w->section[section - w->header->section].shallow;
    p->task = (struct nts_task){.run = nts_packet_pack, .arg = p};
    w->filled++;
    nts_pool_start(w->pool, &p->task);
    return NAI_OK;
}

static int emit_json(struct nts_writer *w, const char *type, const char *text, struct nai_err *err)
{
    const size_t n = strlen(text), len = nai_pad64(n);
    struct nts_record rec = {.len = len, .c = n};
    size_t cap = NTS_RECORD_HEADER + len;
    uint8_t *raw;
    int rc;

    if (n > NTS_JSON_MAX)
        return nai_err_set(err, NAI_EUSAGE, "%s: header of %zu bytes is over the format's limit",
                           w->name, n);
    raw = nai_alloc(cap, 1, "a header", err);
    if (!raw)
        return NAI_ESYSTEM;
    memcpy(rec.type, type, 5);
    rec.a = strcmp(type, "HEAD") == 0;
    memcpy(raw + NTS_RECORD_HEADER, text, n);
    memset(raw + NTS_RECORD_HEADER + n, ' ', len - n);
    rc = emit(w, &raw, &cap, &rec, NULL, err);
    nai_free(raw);
    return rc;
}

/* ---- the header, with filters chosen on the first rows ---- */

static int begin(struct nts_writer *w, struct nai_err *err)
{
    char *text;
    int rc;

    if (w->begun)
        return NAI_OK;
    w->begun = true;
    for (size_t s = 0; s < w->header->nsections; s++) {
        const struct gathering *const g = &w->section[s];
        nts_choose_filters(&w->header->section[s], g->raw, g->raw ? g->rows : 0, g->per_record,
                           w->level);
    }
    text = nts_header_dump(w->header);
    if (!text)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", w->name);
    rc = emit_json(w, "HEAD", text, err);
    free(text);
    return rc;
}

/* ---- rows ---- */

/* Rows a record of this section holds: what fits the chunk, at least one. */
static size_t rows_per_record(const struct nts_writer *w, const struct nts_section *s)
{
    size_t n = s->row_bytes ? w->chunk / s->row_bytes : w->chunk;

    if (s->rows > 0 && (uint64_t)s->rows < n)
        n = (size_t)s->rows;
    return n ? n : 1;
}

static int start_section(struct nts_writer *w, size_t s, struct nai_err *err)
{
    struct gathering *const g = &w->section[s];
    uint64_t len;

    g->per_record = rows_per_record(w, &w->header->section[s]);
    if (!nts_rows_len(&len, &w->header->section[s], g->per_record) ||
        len + NTS_RECORD_HEADER > w->max)
        return nai_err_set(err, NAI_EUSAGE, "%s: a row of section '%s' is over the record limit",
                           w->name, w->header->section[s].name);
    if (g->cap < NTS_RECORD_HEADER + len) {
        nai_free(g->raw);
        g->raw = nai_alloc(NTS_RECORD_HEADER + len, 1, "rows", err);
        g->cap = g->raw ? NTS_RECORD_HEADER + len : 0;
        if (!g->raw)
            return NAI_ESYSTEM;
    }
    return nts_digest_touch(&w->digest, w->header, s, err);
}

static int add_index(struct nts_writer *w, size_t s, uint64_t first, size_t rows,
                     struct nai_err *err)
{
    uint8_t *p;

    if (!nts_envelope_regular(w->envelope))
        return NAI_OK;
    if (w->nindex == w->index_cap) {
        const size_t cap = w->index_cap ? 2 * w->index_cap : 64;
        p = realloc(w->index, cap * NTS_INDEX_ENTRY);
        if (!p)
            return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", w->name);
        w->index = p;
        w->index_cap = cap;
    }
    p = w->index + w->nindex++ * NTS_INDEX_ENTRY;
    nts_put64(p, w->offset);
    nts_put64(p + 8, first);
    nts_put32(p + 16, (uint32_t)rows);
    nts_put32(p + 20, (uint32_t)s);
    return NAI_OK;
}

/* Send out what section s has gathered. */
static int flush(struct nts_writer *w, size_t s, struct nai_err *err)
{
    const struct nts_section *const sec = &w->header->section[s];
    struct gathering *const g = &w->section[s];
    struct nts_record rec = {.type = "ROWS", .a = (uint32_t)s, .b = (uint32_t)g->rows};
    size_t to = NTS_RECORD_HEADER, from = NTS_RECORD_HEADER;
    int rc = begin(w, err);

    if (rc != NAI_OK)
        return rc;
    if (w->digest.rows[s] == 0)
        g->shallow = nts_choose_search(sec, g->raw, g->rows, g->per_record, w->level);
    for (size_t f = 0; f < sec->nfields; f++) {
        const size_t n = g->rows * sec->field[f].width;
        if (to != from)
            memmove(g->raw + to, g->raw + from, n);
        memset(g->raw + to + n, 0, nai_pad64(n) - n);
        XXH64_update(&w->digest.field[s][f], g->raw + to, n);
        to += nai_pad64(n);
        from += nai_pad64(g->per_record * sec->field[f].width);
    }
    rec.len = to - NTS_RECORD_HEADER;
    rec.c = w->digest.rows[s];
    rc = add_index(w, s, rec.c, g->rows, err);
    if (rc != NAI_OK)
        return rc;
    w->digest.rows[s] += g->rows;
    g->rows = 0;
    return emit(w, &g->raw, &g->cap, &rec, sec, err);
}

int nts_write(struct nts_writer *w, size_t s, size_t rows, const void *const *data,
              struct nai_err *err)
{
    struct gathering *const g = &w->section[s];
    const struct nts_section *const sec = &w->header->section[s];
    const uint64_t have = w->digest.rows[s] + g->rows;
    int rc = NAI_OK;

    if (sec->rows >= 0 && rows > (uint64_t)sec->rows - have)
        return nai_err_set(err, NAI_EUSAGE, "%s: section '%s' gets more than its %" PRId64 " rows",
                           w->name, sec->name, sec->rows);
    for (size_t done = 0; done < rows && rc == NAI_OK;) {
        size_t at = NTS_RECORD_HEADER, k;
        if (g->rows == 0) {
            rc = start_section(w, s, err);
            if (rc != NAI_OK)
                break;
        }
        k = g->per_record - g->rows < rows - done ? g->per_record - g->rows : rows - done;
        for (size_t f = 0; f < sec->nfields; f++) {
            const size_t width = sec->field[f].width;
            memcpy(g->raw + at + g->rows * width, (const char *)data[f] + done * width, k * width);
            at += nai_pad64(g->per_record * width);
        }
        g->rows += k;
        done += k;
        if (g->rows == g->per_record)
            rc = flush(w, s, err);
    }
    w->broken |= rc != NAI_OK;
    return rc;
}

/* ---- the end ---- */

static int emit_index(struct nts_writer *w, uint64_t *at, struct nai_err *err)
{
    const size_t n = w->nindex * NTS_INDEX_ENTRY, len = nai_pad64(n);
    struct nts_record rec = {
        .type = "indx", .len = len, .a = NTS_INDEX_ENTRY, .b = (uint32_t)w->nindex};
    size_t cap = NTS_RECORD_HEADER + len;
    uint8_t *raw;
    int rc;

    *at = 0;
    if (w->nindex == 0 || cap > w->max)
        return NAI_OK;
    raw = nai_alloc(cap, 1, "the index", err);
    if (!raw)
        return NAI_ESYSTEM;
    *at = rec.c = w->offset;
    memcpy(raw + NTS_RECORD_HEADER, w->index, n);
    memset(raw + NTS_RECORD_HEADER + n, 0, len - n);
    rc = emit(w, &raw, &cap, &rec, NULL, err);
    nai_free(raw);
    return rc;
}

static char *done_text(struct nts_writer *w, uint64_t index, struct nai_err *err)
{
    json_t *const o = json_object();
    json_t *const said = nts_digest_json(&w->digest, w->header, err);
    char *text = NULL;

    json_object_set_new(o, "records", json_integer((json_int_t)w->seq));
    if (said && json_object_update(o, said) == 0) {
        if (w->inputs)
            json_object_set(o, "inputs", w->inputs);
        if (index)
            json_object_set_new(o, "index", json_integer((json_int_t)index));
        text = json_dumps(o, JSON_COMPACT);
    }
    json_decref(said);
    json_decref(o);
    return text;
}

static int finish(struct nts_writer *w, struct nai_err *err)
{
    uint64_t index = 0;
    char *text;
    int rc = NAI_OK;

    for (size_t s = 0; s < w->header->nsections; s++) {
        const int64_t want = w->header->section[s].rows;
        const uint64_t have = w->digest.rows[s] + w->section[s].rows;
        if (want >= 0 && (uint64_t)want != have)
            return nai_err_set(err, NAI_EUSAGE,
                               "%s: section '%s' has %" PRIu64 " rows, not its %" PRId64, w->name,
                               w->header->section[s].name, have, want);
    }
    for (size_t s = 0; rc == NAI_OK && s < w->header->nsections; s++)
        if (w->section[s].rows > 0)
            rc = flush(w, s, err);
    if (rc == NAI_OK)
        rc = begin(w, err);
    if (rc == NAI_OK)
        rc = emit_index(w, &index, err);
    if (rc == NAI_OK)
        rc = nts_digest_stream(w->hex, &w->digest, w->header, err);
    if (rc != NAI_OK)
        return rc;
    text = done_text(w, index, err);
    if (!text)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", w->name);
    rc = emit_json(w, "DONE", text, err);
    free(text);
    if (rc == NAI_OK)
        rc = drain(w, err);
    return rc == NAI_OK ? nts_envelope_seek_table(w->envelope, err) : rc;
}

int nts_finish(struct nts_writer *w, struct nai_err *err)
{
    int rc;

    if (w->broken)
        return nai_err_set(err, NAI_ESYSTEM, "%s: an earlier write failed, or it is finished",
                           w->name);
    rc = finish(w, err);
    w->broken = true; /* nothing may follow, whatever came of it */
    return rc;
}

void nts_abort(struct nts_writer *w, const char *tool, const char *version, int code,
               const char *message)
{
    json_t *const o =
        json_pack("{so,so,si,so}", "tool", nts_text_json(tool), "version", nts_text_json(version),
                  "code", code, "message", nts_text_json(message));
    char *const text = o ? json_dumps(o, JSON_COMPACT) : NULL;

    if (text && begin(w, NULL) == NAI_OK && drain(w, NULL) == NAI_OK &&
        emit_json(w, "ABRT", text, NULL) == NAI_OK)
        (void)drain(w, NULL);
    free(text);
    json_decref(o);
}

/* ---- the interface ---- */

int nts_create(struct nts_writer **out, int fd, const struct nts_header *h,
               const struct nts_wopts *opt, struct nai_err *err)
{
    static const struct nts_wopts defaults = {.level = NTS_LEVEL_DEFAULT};
    struct nts_writer *const w = calloc(1, sizeof *w);
    int rc = NAI_OK;

    *out = NULL;
    if (!w)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    opt = opt ? opt : &defaults;
    snprintf(w->name, sizeof w->name, "%s", opt->name ? opt->name : "<stream>");
    w->max = nts_record_max();
    w->chunk = opt->chunk ? opt->chunk : NTS_CHUNK;
    w->header = nts_header_copy(h);
    w->section = calloc(h->nsections ? h->nsections : 1, sizeof *w->section);
    if (!w->header || !w->section)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (rc == NAI_OK)
        rc = nts_digest_open(&w->digest, w->header, err);
    if (rc == NAI_OK)
        rc = nts_envelope_open(&w->envelope, fd, w->name, err);
    if (rc == NAI_OK && opt->level != NTS_LEVEL_DEFAULT &&
        (opt->level < 0 || opt->level > LEVEL_MAX))
        rc = nai_err_set(err, NAI_EUSAGE, "level %d is not in 0 to %d", opt->level, LEVEL_MAX);
    if (rc == NAI_OK) {
        w->level = opt->level != NTS_LEVEL_DEFAULT ? opt->level : nts_envelope_regular(w->envelope);
        w->pool = nts_pool_new(w->level == NTS_LEVEL_STORED ? 1 : opt->threads);
        w->nring = w->pool && nts_pool_threads(w->pool) > 1 ? (size_t)opt->threads + 1 : 1;
        w->ring = calloc(w->nring, sizeof *w->ring);
        if (!w->pool || !w->ring)
            rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    if (rc != NAI_OK) {
        nts_discard(w);
        return rc;
    }
    *out = w;
    return NAI_OK;
}

int nts_writer_input(struct nts_writer *w, const struct nts_input *in, struct nai_err *err)
{
    char hex[24];

    snprintf(hex, sizeof hex, "xxh64:%s", in->digest);
    if (!w->inputs)
        w->inputs = json_array();
    if (json_array_append_new(w->inputs,
                              json_pack("{ss,ss}", "history", in->history, "digest", hex)) != 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    return NAI_OK;
}

const char *nts_writer_digest(const struct nts_writer *w)
{
    return w->hex;
}

void nts_discard(struct nts_writer *w)
{
    if (!w)
        return;
    nts_pool_free(w->pool);
    for (size_t i = 0; w->ring && i < w->nring; i++)
        nts_packet_free(&w->ring[i]);
    for (size_t s = 0; w->section && w->header && s < w->header->nsections; s++)
        nai_free(w->section[s].raw);
    free(w->section);
    free(w->ring);
    nts_digest_close(&w->digest);
    nts_envelope_close(w->envelope);
    nts_header_free(w->header);
    free(w->index);
    json_decref(w->inputs);
    free(w);
}
