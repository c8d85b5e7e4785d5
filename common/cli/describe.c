/* describe.c - see describe.h
 * SPDX-License-Identifier: MIT */
#include "describe.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { AT_ONCE = 1024, LINE = 100 };

void nai_stats_add(struct nai_stats *stats, const struct nts_section *sec,
                   const struct nts_batch *b)
{
    double v[AT_ONCE];

    for (size_t f = 0; f < sec->nfields; f++) {
        const struct nts_field *const fl = &sec->field[f];
        const size_t n = b->rows * fl->count, size = nai_dtype_size(fl->dtype);
        struct nai_stats *const s = &stats[f];
        for (size_t i = 0; i < n; i += AT_ONCE) {
            const size_t k = n - i < AT_ONCE ? n - i : AT_ONCE;
            nai_to_f64(v, (const char *)b->data[f] + i * size, fl->dtype, k);
            for (size_t j = 0; j < k; j++) {
                if (isnan(v[j])) {
                    s->nan++;
                    continue;
                }
                s->min = s->valid && s->min < v[j] ? s->min : v[j];
                s->max = s->valid && s->max > v[j] ? s->max : v[j];
                s->sum += v[j];
                s->valid++;
            }
        }
    }
}

static json_t *number(double v)
{
    if (isnan(v))
        return json_string("nan");
    if (isinf(v))
        return json_string(v > 0 ? "inf" : "-inf");
    return json_real(v);
}

static json_t *element(const char *p, enum nai_dtype t)
{
    double v;
    int64_t i;

    if (nai_dtype_is_float(t)) {
        nai_to_f64(&v, p, t, 1);
        return number(v);
    }
    if (t == NAI_BOOL)
        return json_boolean(*p != 0);
    nai_to_i64(&i, p, t, 1);
    return json_integer((json_int_t)i);
}

json_t *nai_row_json(const struct nts_section *sec, const struct nts_batch *b, size_t i)
{
    json_t *const o = json_object();

    for (size_t f = 0; f < sec->nfields; f++) {
        const struct nts_field *const fl = &sec->field[f];
        const char *const p = (const char *)b->data[f] + i * fl->width;
        json_t *value = fl->ndim ? json_array() : element(p, fl->dtype);
        for (size_t k = 0; fl->ndim && k < fl->count; k++)
            json_array_append_new(value, element(p + k * nai_dtype_size(fl->dtype), fl->dtype));
        json_object_set_new(o, fl->name, value);
    }
    return o;
}

/* ---- JSON ---- */

static json_t *shape_json(const uint64_t *shape, size_t n)
{
    json_t *const a = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, json_integer((json_int_t)shape[i]));
    return a;
}

static json_t *stats_json(const struct nai_stats *s)
{
    return json_pack("{so,so,so,sI,sI}", "min", s->valid ? number(s->min) : json_null(), "max",
                     s->valid ? number(s->max) : json_null(), "mean",
                     s->valid ? number(s->sum / (double)s->valid) : json_null(), "nan",
                     (json_int_t)s->nan, "count", (json_int_t)(s->valid + s->nan));
}

static json_t *section_json(const struct nai_view *v, size_t s)
{
    const struct nts_section *const sec = &v->h->section[s];
    const json_t *const said = json_array_get(json_object_get(v->done, "sections"), s);
    json_t *const o = json_object(), *const fields = json_array();

    json_object_set_new(o, "name", json_string(sec->name));
    if (sec->tensor)
        json_object_set_new(o, "tensor", shape_json(sec->tshape, sec->tdim));
    json_object_set(o, "rows", json_object_get(said, "rows"));
    for (size_t f = 0; f < sec->nfields; f++) {
        const struct nts_field *const fl = &sec->field[f];
        json_t *const one = json_object();
        json_object_set_new(one, "name", json_string(fl->name));
        json_object_set_new(one, "dtype", json_string(nai_dtype_name(fl->dtype)));
        json_object_set_new(one, "shape", shape_json(fl->shape, fl->ndim));
        json_object_set_new(one, "filter",
                            json_string(fl->filter == NTS_SHUFFLE ? "shuffle" : "none"));
        json_object_set(one, "digest", json_object_get(json_object_get(said, "fields"), fl->name));
        if (v->stats)
            json_object_set_new(one, "stats", stats_json(&v->stats[s][f]));
        json_array_append_new(fields, one);
    }
    json_object_set_new(o, "fields", fields);
    if (v->head)
        json_object_set(o, "head", json_object_get(v->head, sec->name));
    return o;
}

void nai_view_json(FILE *f, const struct nai_view *v)
{
    json_t *const o = json_object(), *const sections = json_array();

    json_object_set_new(o, "file", json_string(v->name));
    json_object_set_new(o, "kind", v->h->kind ? json_string(v->h->kind) : json_null());
    for (size_t s = 0; s < v->h->nsections; s++)
        json_array_append_new(sections, section_json(v, s));
    json_object_set_new(o, "sections", sections);
    if (v->h->meta)
        json_object_set(o, "meta", v->h->meta);
    if (v->h->history)
        json_object_set(o, "history", v->h->history);
    json_object_set(o, "digest", json_object_get(v->done, "digest"));
    if (json_object_get(v->done, "inputs"))
        json_object_set(o, "inputs", json_object_get(v->done, "inputs"));
    json_object_set_new(o, "records", json_integer((json_int_t)v->records));
    json_object_set_new(o, "bytes", json_integer((json_int_t)v->bytes));
    json_dumpf(o, f, JSON_COMPACT);
    fputc('\n', f);
    json_decref(o);
}

/* ---- text ---- */

static void print_shape(FILE *f, const uint64_t *shape, size_t n)
{
    fputs(" [", f);
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s%" PRIu64, i ? "," : "", shape[i]);
    fputc(']', f);
}

/* Text from a stream, for a terminal: nothing in it may move the cursor or begin a line. */
static void print_text(FILE *f, const char *s)
{
    for (; s && *s; s++)
        fputc((unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s, f);
}

/* JSON on one line, cut where it gets long. */
static void print_json(FILE *f, const json_t *j)
{
    char *const text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
    size_t n = text ? strlen(text) : 0;

    if (n > LINE) {
        n = LINE - 4;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--; /* not in the middle of a character */
        fprintf(f, "%.*s ...", (int)n, text);
    } else if (text) {
        fputs(text, f);
    }
    free(text);
}

static void print_section(FILE *f, const struct nai_view *v, size_t s)
{
    const struct nts_section *const sec = &v->h->section[s];
    const json_t *const said = json_array_get(json_object_get(v->done, "sections"), s);
    const json_t *const digests = json_object_get(said, "fields");
    const json_t *row;
    size_t i;

    fprintf(f, "  %s", sec->name);
    if (sec->tensor)
        print_shape(f, sec->tshape, sec->tdim);
    else
        fprintf(f, "  %" JSON_INTEGER_FORMAT " rows",
                json_integer_value(json_object_get(said, "rows")));
    fputc(sec->tensor ? ' ' : '\n', f);
    for (i = 0; i < sec->nfields; i++) {
        const struct nts_field *const fl = &sec->field[i];
        const char *const digest = json_string_value(json_object_get(digests, fl->name));
        fprintf(f, sec->tensor ? " %s%s" : "    %s  %s", fl->name, nai_dtype_name(fl->dtype));
        if (fl->ndim)
            print_shape(f, fl->shape, fl->ndim);
        fprintf(f, "  %s%s\n", fl->filter == NTS_SHUFFLE ? "shuffle  " : "", digest ? digest : "");
        if (v->stats && v->stats[s][i].valid == 0)
            fprintf(f, "      no values  NaN %" PRIu64 "\n", v->stats[s][i].nan);
        else if (v->stats) {
            const struct nai_stats *const st = &v->stats[s][i];
            fprintf(f, "      min %.9g  max %.9g  mean %.9g  NaN %" PRIu64 "\n", st->min, st->max,
                    st->sum / (double)st->valid, st->nan);
        }
    }
    json_array_foreach(json_object_get(v->head, sec->name), i, row)
    {
        fprintf(f, "    %zu  ", i);
        print_json(f, row);
        fputc('\n', f);
    }
}

static void print_history(FILE *f, const json_t *history)
{
    const json_t *e, *word;
    size_t i, k;

    fputs("history\n", f);
    json_array_foreach(history, i, e)
    {
        fputs("  ", f);
        print_text(f, json_string_value(json_object_get(e, "id")));
        fputs("  ", f);
        json_array_foreach(json_object_get(e, "argv"), k, word)
        {
            fputs(k ? " " : "", f);
            print_text(f, json_string_value(word));
        }
        fputs("  (", f);
        print_text(f, json_string_value(json_object_get(e, "version")));
        if (json_object_get(e, "seed"))
            fprintf(f, ", seed %" JSON_INTEGER_FORMAT,
                    json_integer_value(json_object_get(e, "seed")));
        json_array_foreach(json_object_get(e, "parents"), k, word)
        {
            char id[9] = "";
            if (json_is_string(word))
                snprintf(id, sizeof id, "%.8s", json_string_value(word));
            fputs(k ? " " : ", from ", f);
            print_text(f, id);
        }
        fputs(")\n", f);
    }
}

void nai_view_text(FILE *f, const struct nai_view *v)
{
    const char *const digest = json_string_value(json_object_get(v->done, "digest"));
    const json_t *value;
    const char *key;
    char size[32];

    fprintf(f, "%s: %s, %" PRIu64 " records, %s read\n", v->name,
            v->h->kind ? v->h->kind : "no kind", v->records, nai_size_text(size, (double)v->bytes));
    for (size_t s = 0; s < v->h->nsections; s++)
        print_section(f, v, s);
    if (v->h->meta && json_object_size(v->h->meta) > 0) {
        fputs("meta\n", f);
        json_object_foreach(v->h->meta, key, value)
        {
            fputs("  ", f);
            print_text(f, key);
            fputs("  ", f);
            print_json(f, value);
            fputc('\n', f);
        }
    }
    if (v->h->history && json_array_size(v->h->history) > 0)
        print_history(f, v->h->history);
    fprintf(f, "digest\n  %s\n", digest ? digest : "");
}
