/* nts_json.c - strict JSON, and the header to and from it
 * SPDX-License-Identifier: MIT */
#include "nts_internal.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* Nesting is counted before parsing: the parser would recurse. */
static bool depth_ok(const char *s, size_t n)
{
    bool quoted = false;
    int depth = 0;

    for (size_t i = 0; i < n; i++) {
        if (quoted) {
            if (s[i] == '\\')
                i++;
            else if (s[i] == '"')
                quoted = false;
        } else if (s[i] == '"') {
            quoted = true;
        } else if (s[i] == '{' || s[i] == '[') {
            if (++depth > NTS_JSON_DEPTH)
                return false;
        } else if (s[i] == '}' || s[i] == ']') {
            depth--;
        }
    }
    return true;
}

json_t *nts_json_parse(const char *text, size_t n, struct nai_err *err)
{
    json_error_t why;
    json_t *json;

    if (n > NTS_JSON_MAX) {
        nai_err_set(err, NAI_EINPUT, "JSON of %zu bytes is over the limit of %d", n, NTS_JSON_MAX);
        return NULL;
    }
    if (!depth_ok(text, n)) {
        nai_err_set(err, NAI_EINPUT, "JSON is nested deeper than %d", NTS_JSON_DEPTH);
        return NULL;
    }
    json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    if (json && !json_is_object(json)) {
        json_decref(json);
        json = NULL;
        nai_err_set(err, NAI_EINPUT, "JSON is not an object");
    } else if (!json) {
        nai_err_set(err, NAI_EINPUT, "JSON: %s", why.text);
    }
    return json;
}

/* Length of the UTF-8 sequence at s, or 0. Overlong forms and surrogates are not UTF-8. */
static size_t utf8_len(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xC2 && s[0] <= 0xDF)
        return (s[1] & 0xC0) == 0x80 ? 2 : 0;
    if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        if ((s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80)
            return 0;
        if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F))
            return 0;
        return 3;
    }
    if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        if ((s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80 || (s[3] & 0xC0) != 0x80)
            return 0;
        if ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
            return 0;
        return 4;
    }
    return 0;
}

bool nts_name_ok(const char *s, bool empty)
{
    const size_t n = strlen(s);

    if (n > NTS_MAX_NAME || (n == 0 && !empty))
        return false;
    for (size_t i = 0; i < n;) {
        const size_t k = utf8_len((const unsigned char *)s + i);
        if (k == 0 || (k == 1 && ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)) ||
            (k == 2 && (unsigned char)s[i] == 0xC2 && (unsigned char)s[i + 1] < 0xA0))
            return false;
        i += k;
    }
    return true;
}

bool nts_name_valid(const char *name)
{
    return nts_name_ok(name, false);
}

bool nts_field_size(struct nts_field *f)
{
    uint64_t n = 1, w;

    for (size_t i = 0; i < f->ndim; i++)
        if (f->shape[i] == 0 || !nai_mul64(&n, n, f->shape[i]))
            return false;
    if (!nai_mul64(&w, n, nai_dtype_size(f->dtype)) || w > NTS_RECORD_CEILING)
        return false;
    f->count = (size_t)n;
    f->width = (size_t)w;
    return true;
}

/* ---- writing ---- */

static json_t *dims_json(const uint64_t *shape, size_t n)
{
    json_t *const a = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, json_integer((json_int_t)shape[i]));
    return a;
}

static json_t *field_json(const struct nts_field *f)
{
    json_t *const o = json_object();

    json_object_set_new(o, "name", json_string(f->name));
    json_object_set_new(o, "dtype", json_string(nai_dtype_name(f->dtype)));
    json_object_set_new(o, "shape", dims_json(f->shape, f->ndim));
    json_object_set_new(o, "filter", json_string(f->filter == NTS_SHUFFLE ? "shuffle" : "none"));
    if (f->extra)
        json_object_update_missing(o, f->extra);
    return o;
}

static json_t *section_json(const struct nts_section *s)
{
    json_t *const o = json_object(), *const fields = json_array();

    json_object_set_new(o, "name", json_string(s->name));
    if (s->tensor)
        json_object_set_new(o, "tensor", dims_json(s->tshape, s->tdim));
    json_object_set_new(o, "rows", s->rows < 0 ? json_null() : json_integer(s->rows));
    for (size_t f = 0; f < s->nfields; f++)
        json_array_append_new(fields, field_json(&s->field[f]));
    json_object_set_new(o, "fields", fields);
    if (s->extra)
        json_object_update_missing(o, s->extra);
    return o;
}

char *nts_header_dump(const struct nts_header *h)
{
    json_t *const o = json_object(), *const sections = json_array();
    char *text;

    json_object_set_new(o, "nts", json_pack("[ii]", 1, 0));
    if (h->kind)
        json_object_set_new(o, "kind", json_string(h->kind));
    for (size_t s = 0; s < h->nsections; s++)
        json_array_append_new(sections, section_json(&h->section[s]));
    json_object_set_new(o, "sections", sections);
    if (h->meta && json_object_size(h->meta) > 0)
        json_object_set(o, "meta", h->meta);
    if (h->history && json_array_size(h->history) > 0)
        json_object_set(o, "history", h->history);
    if (h->extra)
        json_object_update_missing(o, h->extra);
    text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    return text;
}

/* ---- reading ---- */

/* The keys of o that are not in known[], or NULL when there are none. */
static json_t *unknown_keys(json_t *o, const char *const *known)
{
    json_t *const extra = json_deep_copy(o);

    for (; extra && *known; known++)
        json_object_del(extra, *known);
    if (json_object_size(extra) > 0)
        return extra;
    json_decref(extra);
    return NULL;
}

static int parse_dims(uint64_t *shape, size_t *n, const json_t *a, const char *what,
                      struct nai_err *err)
{
    if (!json_is_array(a) || json_array_size(a) > NTS_MAX_DIMS)
        return nai_err_set(err, NAI_EINPUT, "%s is not a list of at most %d sizes", what,
                           NTS_MAX_DIMS);
    *n = json_array_size(a);
    for (size_t i = 0; i < *n; i++) {
        const json_t *const v = json_array_get(a, i);
        if (!json_is_integer(v) || json_integer_value(v) < 0)
            return nai_err_set(err, NAI_EINPUT, "%s holds what is not a size", what);
        shape[i] = (uint64_t)json_integer_value(v);
    }
    return NAI_OK;
}

static int parse_field(struct nts_header *h, int s, json_t *o, struct nai_err *err)
{
    static const char *const known[] = {"name", "dtype", "shape", "filter", NULL};
    const char *const name = json_string_value(json_object_get(o, "name"));
    const char *const dtype = json_string_value(json_object_get(o, "dtype"));
    const char *const filter = json_string_value(json_object_get(o, "filter"));
    uint64_t shape[NTS_MAX_DIMS];
    enum nai_dtype t;
    size_t ndim;
    int f;

    if (!name || !nts_name_ok(name, true))
        return nai_err_set(err, NAI_EINPUT, "a field has no proper name");
    if (nts_find_field(&h->section[s], name) >= 0)
        return nai_err_set(err, NAI_EINPUT, "field '%s' stands twice", name);
    if (!dtype || !nai_dtype_parse(&t, dtype))
        return nai_err_set(err, NAI_EINPUT, "field '%s': unknown dtype '%s'", name,
                           dtype ? dtype : "");
    if (filter && strcmp(filter, "none") != 0 && strcmp(filter, "shuffle") != 0)
        return nai_err_set(err, NAI_EINPUT, "field '%s': unknown filter '%s'", name, filter);
    if (parse_dims(shape, &ndim, json_object_get(o, "shape"), "shape", err) != NAI_OK)
        return NAI_EINPUT;
    f = nts_header_field(h, s, name, t, ndim, shape);
    if (f < 0)
        return nai_err_set(err, NAI_EINPUT, "field '%s': a row of it has no proper size", name);
    h->section[s].field[f].filter =
        filter && strcmp(filter, "shuffle") == 0 ? NTS_SHUFFLE : NTS_NONE;
    h->section[s].field[f].extra = unknown_keys(o, known);
    return NAI_OK;
}

static int check_tensor(const struct nts_section *s, struct nai_err *err)
{
    uint64_t n = 1;

    for (size_t i = 0; i < s->tdim; i++)
        if (!nai_mul64(&n, n, s->tshape[i]))
            return nai_err_set(err, NAI_EINPUT, "tensor '%s' is too large", s->name);
    if (s->nfields != 1 || s->field[0].ndim != 0 || s->rows < 0 || (uint64_t)s->rows != n)
        return nai_err_set(err, NAI_EINPUT, "tensor '%s': rows and fields do not fit its shape",
                           s->name);
    return NAI_OK;
}

static int parse_section(struct nts_header *h, json_t *o, json_t *seen, struct nai_err *err)
{
    static const char *const known[] = {"name", "tensor", "rows", "fields", NULL};
    const char *const name = json_string_value(json_object_get(o, "name"));
    const json_t *const rows = json_object_get(o, "rows");
    const json_t *const tensor = json_object_get(o, "tensor");
    json_t *const fields = json_object_get(o, "fields");
    uint64_t len;
    int s;

    if (!name || !nts_name_ok(name, false))
        return nai_err_set(err, NAI_EINPUT, "a section has no proper name");
    if (json_object_get(seen, name))
        return nai_err_set(err, NAI_EINPUT, "section '%s' stands twice", name);
    json_object_set_new(seen, name, json_true());
    if (rows && !json_is_null(rows) && !(json_is_integer(rows) && json_integer_value(rows) >= 0))
        return nai_err_set(err, NAI_EINPUT, "section '%s': rows is not a count", name);
    if (!json_is_array(fields) || json_array_size(fields) > NTS_MAX_FIELDS)
        return nai_err_set(err, NAI_EINPUT, "section '%s' has no list of at most %d fields", name,
                           NTS_MAX_FIELDS);
    s = nts_header_section(h, name, json_is_integer(rows) ? json_integer_value(rows) : -1);
    if (s < 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t f = 0; f < json_array_size(fields); f++)
        if (parse_field(h, s, json_array_get(fields, f), err) != NAI_OK)
            return err ? err->code : NAI_EINPUT;
    if (!nts_rows_len(&len, &h->section[s], 1) || len + NTS_RECORD_HEADER > nts_record_max())
        return nai_err_set(err, NAI_EINPUT, "section '%s': a row is over the record limit", name);
    h->section[s].extra = unknown_keys(o, known);
    if (!tensor)
        return NAI_OK;
    h->section[s].tensor = true;
    if (parse_dims(h->section[s].tshape, &h->section[s].tdim, tensor, "tensor", err) != NAI_OK)
        return NAI_EINPUT;
    return check_tensor(&h->section[s], err);
}

int nts_header_parse(struct nts_header **out, json_t *json, struct nai_err *err)
{
    static const char *const known[] = {"nts", "kind", "sections", "meta", "history", NULL};
    const json_t *const version = json_object_get(json, "nts");
    const json_t *const kind = json_object_get(json, "kind");
    json_t *const sections = json_object_get(json, "sections");
    json_t *const meta = json_object_get(json, "meta");
    json_t *const history = json_object_get(json, "history");
    struct nts_header *h;
    json_t *seen;
    int rc = NAI_OK;

    if (json_array_size(version) != 2 || json_integer_value(json_array_get(version, 0)) != 1 ||
        !json_is_integer(json_array_get(version, 1)))
        return nai_err_set(err, NAI_EINPUT, "not version 1 of the format");
    if ((kind && !json_is_string(kind)) || !json_is_array(sections) ||
        json_array_size(sections) > NTS_MAX_SECTIONS || (meta && !json_is_object(meta)) ||
        (history && !json_is_array(history)))
        return nai_err_set(err, NAI_EINPUT, "header lacks its parts, or has them of other types");
    h = nts_header_new(json_string_value(kind));
    seen = json_object();
    if (!h || !seen)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t s = 0; rc == NAI_OK && s < json_array_size(sections); s++)
        rc = parse_section(h, json_array_get(sections, s), seen, err);
    json_decref(seen);
    if (rc != NAI_OK) {
        nts_header_free(h);
        return rc;
    }
    h->meta = json_incref(meta);
    h->history = json_incref(history);
    h->extra = unknown_keys(json, known);
    *out = h;
    return NAI_OK;
}
