/* safetensors.c - .safetensors files: a model, or tensors that share rows
 * SPDX-License-Identifier: MIT
 *
 * The format: u64 length, a JSON object of that length (tensor name to dtype, shape and offsets;
 * __metadata__ to strings), then the tensors without gaps. */
#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "import.h"
#include "list.h"
#include "mem.h"

enum { BATCH = 1 << 20, MAX_JSON = 100 << 20, MAX_CHANNELS = 16 };

struct tensor {
    const char *name; /* in the JSON */
    enum nai_dtype dtype;
    size_t ndim;
    uint64_t shape[NTS_MAX_DIMS + 1];
    uint64_t begin, end; /* offsets in the data */
};

struct state {
    struct nai_bytes *in;
    json_t *json;
    uint64_t data; /* offset of the data in the file */
    size_t n;
    struct tensor *tensor; /* tensor[n], in the order of their data */
    size_t at;             /* model: the tensor being read */
    bool as_rows;
    uint64_t done, rows; /* of the tensor, or of the section */
    size_t room;
    uint8_t **buf;        /* u8[room * width] each: one a field */
    const void **data_of; /* buf as a batch wants it */
};

static int bad(const struct state *st, const char *name, const char *what, struct nai_err *err)
{
    return nai_err_set(err, NAI_EINPUT, "%s: tensor '%.200s': %s", nai_bytes_name(st->in), name,
                       what);
}

/* Stream types have the same names, in lower case. */
static bool parse_dtype(enum nai_dtype *out, const char *text)
{
    char lower[8] = "";

    for (size_t i = 0; text[i]; i++) {
        if (i + 1 == sizeof lower || islower((unsigned char)text[i]))
            return false;
        lower[i] = (char)tolower((unsigned char)text[i]);
    }
    return nai_dtype_parse(out, lower);
}

static bool parse_size(uint64_t *out, const json_t *v)
{
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *out = (uint64_t)json_integer_value(v);
    return true;
}

static int parse_tensor(struct state *st, struct tensor *t, const json_t *o, struct nai_err *err)
{
    const json_t *const dtype = json_object_get(o, "dtype");
    const json_t *const shape = json_object_get(o, "shape");
    const json_t *const span = json_object_get(o, "data_offsets");
    uint64_t bytes;

    if (json_object_size(o) != 3 || !json_is_string(dtype) || !json_is_array(shape) ||
        json_array_size(span) != 2)
        return bad(st, t->name, "not described by dtype, shape and data_offsets", err);
    if (!parse_dtype(&t->dtype, json_string_value(dtype)))
        return nai_err_set(err, NAI_EINPUT, "%s: tensor '%.200s': dtype %.32s is not supported",
                           nai_bytes_name(st->in), t->name, json_string_value(dtype));
    t->ndim = json_array_size(shape);
    if (t->ndim > NTS_MAX_DIMS + (st->as_rows ? 1u : 0u))
        return bad(st, t->name, "too many dimensions", err);
    bytes = nai_dtype_size(t->dtype);
    for (size_t i = 0; i < t->ndim; i++)
        if (!parse_size(&t->shape[i], json_array_get(shape, i)) ||
            !nai_mul64(&bytes, bytes, t->shape[i]))
            return bad(st, t->name, "impossible shape", err);
    if (!parse_size(&t->begin, json_array_get(span, 0)) ||
        !parse_size(&t->end, json_array_get(span, 1)) || t->end < t->begin ||
        t->end - t->begin != bytes)
        return bad(st, t->name, "data_offsets do not fit its dtype and shape", err);
    return NAI_OK;
}

static int by_offset(const void *a, const void *b)
{
    const struct tensor *const x = a, *const y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static int parse_tensors(struct state *st, struct nai_err *err)
{
    const uint64_t size = nai_bytes_size(st->in);
    const char *key;
    json_t *value;
    uint64_t end = 0;
    int rc = NAI_OK;

    st->tensor = calloc(json_object_size(st->json) + 1, sizeof *st->tensor);
    if (!st->tensor)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    json_object_foreach(st->json, key, value)
    {
        if (strcmp(key, "__metadata__") == 0)
            continue;
        st->tensor[st->n].name = key;
        if (!rc)
            rc = parse_tensor(st, &st->tensor[st->n++], value, err);
    }
    if (rc)
        return rc;
    qsort(st->tensor, st->n, sizeof *st->tensor, by_offset);
    for (size_t i = 0; i < st->n; end = st->tensor[i++].end)
        if (st->tensor[i].begin != end)
            return bad(st, st->tensor[i].name, "its data does not follow the tensor before", err);
    if (size != UINT64_MAX && size - st->data != end)
        return nai_err_set(err, NAI_EINPUT, "%s: %s: %llu bytes of data, the header says %llu",
                           nai_bytes_name(st->in), size - st->data < end ? "truncated" : "too long",
                           (unsigned long long)(size - st->data), (unsigned long long)end);
    return NAI_OK;
}

static int read_json(struct state *st, struct nai_err *err)
{
    const char *const name = nai_bytes_name(st->in);
    uint8_t p[8];
    uint64_t n = 0;
    json_error_t why;
    char *text;
    int rc = nai_bytes_exact(st->in, p, sizeof p, "the length of its header", err);

    if (rc)
        return rc;
    for (size_t i = 8; i-- > 0;)
        n = n << 8 | p[i];
    if (n > MAX_JSON)
        return nai_err_set(err, NAI_EINPUT,
                           "%s: not a safetensors file: a header of %llu bytes (100 MiB is the "
                           "limit)",
                           name, (unsigned long long)n);
    if (nai_bytes_size(st->in) != UINT64_MAX && nai_bytes_size(st->in) - 8 < n)
        return nai_err_set(err, NAI_EINPUT, "%s: truncated in its header", name);
    if (!(text = nai_alloc(n, 1, "header", err)))
        return nai_err_prefix(err, name);
    rc = nai_bytes_exact(st->in, text, n, "its header", err);
    if (!rc && (n == 0 || text[0] != '{'))
        rc = nai_err_set(err, NAI_EINPUT, "%s: not a safetensors file: no JSON object", name);
    if (!rc && !(st->json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why)))
        rc = nai_err_set(err, NAI_EINPUT, "%s: header: %s", name, why.text);
    nai_free(text);
    st->data = 8 + n;
    return rc;
}

/* meta.OPTION = "R,G,B" as an array of finite numbers. */
static int set_channels(json_t *meta, const char *option, const char *list, bool positive,
                        struct nai_err *err)
{
    json_t *const a = json_array();
    const char *at = list, *word;
    size_t n;

    if (!a || json_object_set_new(meta, option, a) != 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    while ((word = nai_list_next(&at, &n))) {
        char *end;
        const double v = strtod(word, &end);
        if (n == 0 || end != word + n || !isfinite(v) || (positive && !(v > 0)) ||
            json_array_size(a) == MAX_CHANNELS || json_array_append_new(a, json_real(v)) != 0)
            return nai_err_set(err, NAI_EUSAGE, "--%s: '%.100s' is not a list of %snumbers", option,
                               list, positive ? "positive " : "");
    }
    return NAI_OK;
}

/* What the file says of itself, as it is: names to strings. */
static int set_metadata(json_t *meta, const struct state *st, struct nai_err *err)
{
    json_t *const kept = json_object_get(st->json, "__metadata__"), *value;
    const char *key;

    if (!kept)
        return NAI_OK;
    if (!json_is_object(kept))
        return nai_err_set(err, NAI_EINPUT, "%s: __metadata__ is not an object",
                           nai_bytes_name(st->in));
    json_object_foreach(kept, key, value)
    {
        if (!json_is_string(value))
            return nai_err_set(err, NAI_EINPUT, "%s: __metadata__ '%.100s' is not a string",
                               nai_bytes_name(st->in), key);
    }
    if (json_object_set(meta, "safetensors", kept) != 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    return NAI_OK;
}

static int set_meta(struct nai_source *s, const struct state *st, const struct nai_import *o,
                    struct nai_err *err)
{
    json_t *const meta = s->header->meta = json_object();
    int rc;

    if (!meta)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (!o->arch && (o->mean || o->std))
        return nai_err_set(err, NAI_EUSAGE, "--mean and --std describe a model: give its --arch");
    if (o->arch && json_object_set_new(meta, "arch", json_string(o->arch)) != 0)
        return nai_err_set(err, NAI_EUSAGE, "--arch is not UTF-8");
    rc = o->mean ? set_channels(meta, "mean", o->mean, false, err) : NAI_OK;
    if (!rc && o->std)
        rc = set_channels(meta, "std", o->std, true, err);
    if (!rc && o->mean && o->std &&
        json_array_size(json_object_get(meta, "mean")) !=
            json_array_size(json_object_get(meta, "std")))
        rc = nai_err_set(err, NAI_EUSAGE, "--mean and --std have different lengths");
    return rc ? rc : set_metadata(meta, st, err);
}

static int model_header(struct nai_source *s, struct state *st, struct nai_err *err)
{
    for (size_t i = 0; i < st->n; i++) {
        const struct tensor *const t = &st->tensor[i];
        if (nts_header_tensor(s->header, t->name, t->dtype, t->ndim, t->shape) < 0)
            return bad(st, t->name,
                       "a stream cannot hold it (name too long or empty, or too many tensors)",
                       err);
    }
    st->rows = st->n ? (uint64_t)s->header->section[0].rows : 0;
    return NAI_OK;
}

static int rows_header(struct nai_source *s, struct state *st, struct nai_err *err)
{
    if (st->n == 0)
        return nai_err_set(err, NAI_EINPUT, "%s: it has no tensors", nai_bytes_name(st->in));
    if (st->n > 1 && nai_bytes_size(st->in) == UINT64_MAX)
        return nai_err_set(err, NAI_EUSAGE,
                           "%s: tensors side by side need a plain file, not a pipe or gzip",
                           nai_bytes_name(st->in));
    st->rows = st->tensor[0].shape[0];
    if (nts_header_section(s->header, "rows", (int64_t)st->rows) < 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; i < st->n; i++) {
        const struct tensor *const t = &st->tensor[i];
        if (t->ndim == 0 || t->shape[0] != st->rows)
            return bad(st, t->name, "its first dimension is not that of the first tensor", err);
        if (nts_header_field(s->header, 0, t->name, t->dtype, t->ndim - 1, t->shape + 1) < 0 ||
            s->header->section[0].field[i].width == 0)
            return bad(st, t->name,
                       "a stream cannot hold it as a field (rows empty or too large, "
                       "or name too long)",
                       err);
    }
    return NAI_OK;
}

static int make_buffers(const struct nai_source *s, struct state *st, struct nai_err *err)
{
    const size_t n = st->as_rows ? st->n : 1;
    const size_t width = st->as_rows ? s->header->section[0].row_bytes : 8;

    st->room = width < BATCH ? BATCH / width : 1;
    st->buf = calloc(n, sizeof *st->buf);
    st->data_of = calloc(n, sizeof *st->data_of);
    if (!st->buf || !st->data_of)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        st->buf[i] = nai_alloc(st->room, st->as_rows ? s->header->section[0].field[i].width : 8,
                               "a batch of rows", err);
        if (!st->buf[i])
            return NAI_ESYSTEM;
        st->data_of[i] = st->buf[i];
    }
    return NAI_OK;
}

static int read_checked(struct state *st, const struct tensor *t, uint8_t *dst, size_t bytes,
                        struct nai_err *err)
{
    const int rc = nai_bytes_exact(st->in, dst, bytes, "its tensors", err);

    if (!rc && t->dtype == NAI_BOOL)
        for (size_t i = 0; i < bytes; i++)
            if (dst[i] > 1)
                return bad(st, t->name, "a boolean is neither 0 nor 1", err);
    return rc;
}

static enum nts_event next_of_model(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = s->state;
    const struct tensor *t;
    size_t n;

    while (st->at < st->n && st->done == st->rows) {
        st->done = 0;
        st->rows = ++st->at < st->n ? (uint64_t)s->header->section[st->at].rows : 0;
    }
    if (st->at == st->n)
        return nai_bytes_end(st->in, err) ? NTS_FAILED : NTS_END;
    t = &st->tensor[st->at];
    n = st->rows - st->done < st->room ? (size_t)(st->rows - st->done) : st->room;
    if (read_checked(st, t, st->buf[0], n * nai_dtype_size(t->dtype), err))
        return NTS_FAILED;
    *b = (struct nts_batch){.section = st->at, .first = st->done, .rows = n, .data = st->data_of};
    st->done += n;
    return NTS_BATCH;
}

static enum nts_event next_of_rows(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = s->state;
    const uint64_t left = st->rows - st->done;
    const size_t n = left < st->room ? (size_t)left : st->room;

    if (left == 0)
        return nai_bytes_seek(st->in, st->data + st->tensor[st->n - 1].end, err) ||
                       nai_bytes_end(st->in, err)
                   ? NTS_FAILED
                   : NTS_END;
    for (size_t i = 0; i < st->n; i++) {
        const struct tensor *const t = &st->tensor[i];
        const size_t width = s->header->section[0].field[i].width;
        if (nai_bytes_seek(st->in, st->data + t->begin + st->done * width, err) ||
            read_checked(st, t, st->buf[i], n * width, err))
            return NTS_FAILED;
    }
    *b = (struct nts_batch){.first = st->done, .rows = n, .data = st->data_of};
    st->done += n;
    return NTS_BATCH;
}

static void close_all(struct nai_source *s)
{
    struct state *const st = s->state;

    for (size_t i = 0; st->buf && i < (st->as_rows ? st->n : 1); i++)
        nai_free(st->buf[i]);
    free(st->buf);
    free(st->data_of);
    free(st->tensor);
    json_decref(st->json);
    nai_bytes_close(st->in);
    free(st);
    s->state = NULL;
}

int nai_safetensors_open(struct nai_source *s, const char *path, const struct nai_import *o,
                         struct nai_err *err)
{
    struct state *const st = calloc(1, sizeof *st);
    int rc;

    *s = (struct nai_source){0};
    if (!st)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
    st->as_rows = o->as_rows;
    *s = (struct nai_source){.state = st,
                             .header = nts_header_new(o->as_rows ? "dataset" : "model"),
                             .next = o->as_rows ? next_of_rows : next_of_model,
                             .close = close_all};
    rc = s->header ? nai_bytes_open(&st->in, path, false, err)
                   : nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
    if (!rc)
        rc = read_json(st, err);
    if (!rc)
        rc = parse_tensors(st, err);
    if (!rc)
        rc = set_meta(s, st, o, err);
    if (!rc)
        rc = o->as_rows ? rows_header(s, st, err) : model_header(s, st, err);
    if (!rc)
        rc = make_buffers(s, st, err);
    if (rc)
        nai_source_close(s);
    return rc;
}
