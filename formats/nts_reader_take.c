/* nts_reader_take.c - what records say, checked against what was read before
 * SPDX-License-Identifier: MIT */
#include "nts_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

bool nts_record_is(const struct nts_record *rec, const char *type)
{
    return strcmp(rec->type, type) == 0;
}

static json_t *record_json(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
{
    struct nai_err why = {0};
    json_t *json;

    if (rec->c > rec->len || rec->len - rec->c >= 64 ||
        (strcmp(rec->type, "HEAD") != 0 && (rec->a != 0 || rec->b != 0))) {
        nts_reader_fail(r, err, NAI_EINPUT, "the record's header does not fit its JSON");
        return NULL;
    }
    for (uint64_t i = rec->c; i < rec->len; i++)
        if (rec->payload[i] != ' ') {
            nts_reader_fail(r, err, NAI_EINPUT, "JSON is not padded with spaces");
            return NULL;
        }
    json = nts_json_parse((const char *)rec->payload, rec->c, &why);
    if (!json)
        nts_reader_fail(r, err, why.code, why.msg);
    return json;
}

int nts_take_head(struct nts_reader *r, const struct nts_record *rec, struct nts_header **out,
                  struct nai_err *err)
{
    struct nai_err why = {0};
    json_t *json;
    int rc;

    if (rec->a != 1)
        return nts_reader_fail(r, err, NAI_EINPUT,
                               "stream is of another major version of the format");
    json = record_json(r, rec, err);
    if (!json)
        return err->code;
    rc = nts_header_parse(out, json, &why);
    json_decref(json);
    return rc == NAI_OK ? NAI_OK : nts_reader_fail(r, err, rc, why.msg);
}

/* Nothing in it is needed, but it must be what it says. */
int nts_take_meta(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
{
    json_t *const json = record_json(r, rec, err);

    json_decref(json);
    return json ? NAI_OK : err->code;
}

int nts_take_abort(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
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
    if (r->joined)
        XXH64_update(&r->whole.field[s][f], plain, n);
    return plain;
}

int nts_take_rows(struct nts_reader *r, const struct nts_record *rec, struct nts_batch *b,
                  struct nai_err *err)
{
    const struct nts_section *sec;
    uint64_t len;
    size_t at = 0;

    if (rec->a >= r->header->nsections)
        return nts_reader_fail(r, err, NAI_EINPUT, "rows of a section the header does not name");
    sec = &r->header->section[rec->a];
    if (rec->b == 0 || !nts_rows_len(&len, sec, rec->b) || len != rec->len)
        return nts_reader_fail(r, err, NAI_EINPUT, "rows do not fill the record");
    if (rec->c != r->digest.rows[rec->a])
        return nts_reader_fail(r, err, NAI_EINPUT, "rows are missing, repeated or out of order");
    if (r->declared[rec->a] >= 0 && rec->b > (uint64_t)r->declared[rec->a] - r->digest.rows[rec->a])
        return nts_reader_fail(r, err, NAI_EINPUT, "more rows than the header says");
    if (nts_digest_touch(&r->digest, r->header, rec->a, err) != NAI_OK ||
        (r->joined && nts_digest_touch(&r->whole, r->header, rec->a, err) != NAI_OK) ||
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
            return nts_reader_fail(r, err, NAI_EINPUT, "padding is not zero");
        at += nai_pad64(rec->b * sec->field[f].width);
    }
    *b = (struct nts_batch){
        .section = rec->a, .first = r->base[rec->a] + rec->c, .rows = rec->b, .data = r->data};
    r->digest.rows[rec->a] += rec->b;
    if (r->joined)
        r->whole.rows[rec->a] += rec->b;
    r->last_section = (int)rec->a;
    return NAI_OK;
}

int nts_take_index(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
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
        return nts_reader_fail(r, err, NAI_EINPUT, "index does not fit the records");
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

int nts_take_done(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err)
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
        return nts_reader_fail(r, err, NAI_EINPUT, text);
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
