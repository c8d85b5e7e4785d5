/* csv.c - tables of numbers, separated by commas or tabs
 * SPDX-License-Identifier: MIT
 *
 * The header of a stream comes before its rows, and class names belong in it: so a label column
 * without --classes is read once for its names alone, and the table then again. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "classes.h"
#include "csv_record.h"
#include "import.h"
#include "mem.h"

enum { BATCH = 1 << 20, CLASSES_MOST = 1 << 16 };

/* A class name and its label; sorted by name, for looking up. */
struct entry {
    const char *name;
    int32_t label;
};

struct table {
    struct nai_bytes *bytes;
    struct nai_csv csv;
    char **column;          /* owned: column[cells], names */
    size_t cells, d, label; /* d: columns of numbers; label: index of that column, or cells */
    bool pending;           /* csv holds a row that was not given out yet */
    bool named;             /* labels are names of classes, else integers */
    struct nai_classes classes;
    struct entry *entry; /* owned: entry[classes.n], when named */
    size_t chunk;
    uint64_t first;
    double *x;
    int32_t *y;
    const void *data[2];
};

static int out_of_memory(const struct table *t, struct nai_err *err)
{
    return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", nai_bytes_name(t->bytes));
}

/* One record with the right number of cells. Blank lines are passed over; in a table of one column,
 * where they are a missing value, only the last line is. */
static int read_row(struct table *t, bool *end, struct nai_err *err)
{
    struct nai_csv *const c = &t->csv;

    *end = false;
    if (t->pending) {
        t->pending = false;
        return NAI_OK;
    }
    do {
        const int st = nai_csv_read(c, end, err);
        if (st || *end)
            return st;
    } while (c->blank && (t->cells > 1 || c->last));
    if (c->n != t->cells)
        return nai_err_set(err, NAI_EINPUT, "%s: line %llu: %zu cells, not %zu",
                           nai_bytes_name(t->bytes), (unsigned long long)c->line, c->n, t->cells);
    return NAI_OK;
}

static const char *cell(const struct table *t, size_t i)
{
    return t->csv.text + t->csv.cell[i];
}

/* A whole number of any size: does it fit a label? */
enum whole { NOT_WHOLE, TOO_LARGE, FITS };

static enum whole whole(int32_t *v, const char *text)
{
    double x;

    if (!nai_csv_number(&x, text) || !isfinite(x) || x != floor(x))
        return NOT_WHOLE;
    if (x < INT32_MIN || x > INT32_MAX)
        return TOO_LARGE;
    *v = (int32_t)x;
    return FITS;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t")] == 0;
}

/* ---- the first line ---- */

static bool all_numbers(const struct table *t)
{
    double v;

    for (size_t i = 0; i < t->csv.n; i++)
        if (is_blank(cell(t, i)) || !nai_csv_number(&v, cell(t, i)))
            return false;
    return true;
}

static int read_names(struct table *t, const struct nai_import *o, struct nai_err *err)
{
    bool end;
    int st = nai_csv_read(&t->csv, &end, err);

    if (st)
        return st;
    if (end || (t->csv.blank && t->csv.last))
        return nai_err_set(err, NAI_EINPUT, "%s: empty", nai_bytes_name(t->bytes));
    if (o->header == NAI_HEADER_AUTO && all_numbers(t))
        return nai_err_set(err, NAI_EINPUT,
                           "%s: line 1 holds numbers only: say --header yes if they are names, "
                           "--header no if they are data",
                           nai_bytes_name(t->bytes));
    t->pending = o->header == NAI_HEADER_NO;
    t->cells = t->label = t->csv.n;
    t->column = calloc(t->cells, sizeof *t->column);
    if (!t->column)
        return out_of_memory(t, err);
    for (size_t i = 0; i < t->cells; i++) {
        char made[32];
        snprintf(made, sizeof made, "c%zu", i + 1);
        t->column[i] = strdup(t->pending ? made : cell(t, i));
        if (!t->column[i])
            return out_of_memory(t, err);
    }
    return NAI_OK;
}

static int find_label(struct table *t, const struct nai_import *o, struct nai_err *err)
{
    for (size_t i = 0; o->label && i < t->cells; i++) {
        if (strcmp(t->column[i], o->label) != 0)
            continue;
        if (t->label < t->cells)
            return nai_err_set(err, NAI_EINPUT, "%s: two columns are named '%s'",
                               nai_bytes_name(t->bytes), o->label);
        t->label = i;
    }
    if (o->label && t->label == t->cells)
        return nai_err_set(err, NAI_EUSAGE, "--label: %s has no column '%s'; its first is '%.100s'",
                           nai_bytes_name(t->bytes), o->label, t->column[0]);
    if (o->classes && !o->label)
        return nai_err_set(err, NAI_EUSAGE, "--classes needs --label COLUMN");
    t->d = t->cells - (o->label != NULL);
    if (t->d == 0)
        return nai_err_set(err, NAI_EINPUT, "%s: no column beside the label",
                           nai_bytes_name(t->bytes));
    return NAI_OK;
}

/* ---- labels ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int make_entries(struct table *t, struct nai_err *err)
{
    t->entry = nai_alloc(t->classes.n, sizeof *t->entry, "class names", err);
    if (!t->entry)
        return NAI_ESYSTEM;
    for (size_t i = 0; i < t->classes.n; i++)
        t->entry[i] = (struct entry){t->classes.name[i], (int32_t)i};
    qsort(t->entry, t->classes.n, sizeof *t->entry, by_name);
    return NAI_OK;
}

/* Put the name where it belongs among the sorted classes, unless it is there. NAI_EINPUT when
 * there are too many. */
static int collect(struct nai_classes *c, const char *name, struct nai_err *err)
{
    size_t lo = 0, hi = c->n;
    char *added;
    int st;

    while (lo < hi) {
        const size_t mid = (lo + hi) / 2;
        const int order = strcmp(name, c->name[mid]);
        if (order == 0)
            return NAI_OK;
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    if (c->n >= CLASSES_MOST)
        return NAI_EINPUT;
    st = nai_classes_add(c, name, strlen(name), err);
    if (st)
        return st;
    added = c->name[c->n - 1];
    memmove(c->name + lo + 1, c->name + lo, (c->n - 1 - lo) * sizeof *c->name);
    c->name[lo] = added;
    return NAI_OK;
}

static int does_not_fit(const struct table *t, uint64_t line, const char *label,
                        struct nai_err *err)
{
    return nai_err_set(err, NAI_EINPUT, "%s: line %llu: label %s does not fit i32",
                       nai_bytes_name(t->bytes), (unsigned long long)line, label);
}

/* The pass for class names; *rows comes out of it too. Labels that are all integers stay so, and
 * may then be more than classes can be; each must fit. */
static int scan_labels(struct table *t, int64_t *rows, struct nai_err *err)
{
    const bool header = !t->pending;
    bool end = false, full = false;
    uint64_t large = 0; /* the first line whose label does not fit */
    char label[101];
    int32_t v;
    int st;

    for (*rows = 0; (st = read_row(t, &end, err)) == NAI_OK && !end; ++*rows) {
        const char *const text = cell(t, t->label);
        const enum whole kind = whole(&v, text);
        if (is_blank(text))
            return nai_err_set(err, NAI_EINPUT, "%s: line %llu: no label", nai_bytes_name(t->bytes),
                               (unsigned long long)t->csv.line);
        t->named = t->named || kind == NOT_WHOLE;
        if (kind == TOO_LARGE && !large) {
            large = t->csv.line;
            snprintf(label, sizeof label, "%s", text);
        }
        if (!full && collect(&t->classes, text, err) != NAI_OK)
            full = true;
        if (full && t->named)
            return nai_err_set(err, NAI_EINPUT, "%s: more than %d different labels",
                               nai_bytes_name(t->bytes), CLASSES_MOST);
    }
    if (!st && large && !t->named)
        st = does_not_fit(t, large, label, err);
    if (!st)
        st = nai_bytes_rewind(t->bytes, err);
    if (!st)
        st = nai_csv_begin(&t->csv, t->bytes, t->csv.sep, err);
    if (!st && header)
        st = nai_csv_read(&t->csv, &end, err);
    return !st && t->named ? make_entries(t, err) : st;
}

/* With --classes, labels are those names; where none of the names is an integer, integers that
 * count them are labels too. */
static int label_of(const struct table *t, int32_t *y, struct nai_err *err)
{
    const char *const text = cell(t, t->label);
    const struct entry key = {.name = text};
    const struct entry *const e =
        t->entry ? bsearch(&key, t->entry, t->classes.n, sizeof key, by_name) : NULL;

    if (e)
        *y = e->label;
    else if (t->named || whole(y, text) != FITS ||
             (t->entry && (*y < 0 || *y >= (int32_t)t->classes.n)))
        return nai_err_set(err, NAI_EINPUT, "%s: line %llu: label '%.100s' is not %s",
                           nai_bytes_name(t->bytes), (unsigned long long)t->csv.line, text,
                           t->entry ? "among the classes" : "an integer");
    return NAI_OK;
}

static int given_classes(struct table *t, const char *list, struct nai_err *err)
{
    int st = nai_classes_parse(&t->classes, list, ',', err);
    int32_t v;

    for (size_t i = 0; !st && i < t->classes.n; i++)
        t->named = t->named || whole(&v, t->classes.name[i]) != NOT_WHOLE;
    return st ? st : make_entries(t, err);
}

/* ---- rows ---- */

static enum nts_event next_csv(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct table *const t = s->state;
    size_t n = 0;

    for (bool end = false; n < t->chunk; n++) {
        double *x = t->x + n * t->d;
        if (read_row(t, &end, err))
            return NTS_FAILED;
        if (end)
            break;
        for (size_t i = 0; i < t->cells; i++) {
            if (i == t->label)
                continue;
            if (!nai_csv_number(x++, cell(t, i))) {
                nai_err_set(err, NAI_EINPUT, "%s: line %llu: column '%.100s': '%.100s' is %s",
                            nai_bytes_name(t->bytes), (unsigned long long)t->csv.line, t->column[i],
                            cell(t, i), "not a number");
                return NTS_FAILED;
            }
        }
        if (t->label < t->cells && label_of(t, &t->y[n], err))
            return NTS_FAILED;
    }
    if (n == 0)
        return NTS_END;
    *b = (struct nts_batch){.first = t->first, .rows = n, .data = t->data};
    t->first += n;
    return NTS_BATCH;
}

static void close_csv(struct nai_source *s)
{
    struct table *const t = s->state;

    if (!t)
        return;
    nai_bytes_close(t->bytes);
    nai_csv_free(&t->csv);
    for (size_t i = 0; t->column && i < t->cells; i++)
        free(t->column[i]);
    free(t->column);
    nai_classes_free(&t->classes);
    nai_free(t->entry);
    nai_free(t->x);
    nai_free(t->y);
    free(t);
    s->state = NULL;
}

static int put_columns(const struct table *t, struct nts_header *h, struct nai_err *err)
{
    json_t *const list = json_array();

    if (!h->meta)
        h->meta = json_object();
    if (!h->meta || json_object_set_new(h->meta, "columns", list) != 0)
        return out_of_memory(t, err);
    for (size_t i = 0; i < t->cells; i++) {
        json_t *name;
        if (i == t->label)
            continue;
        name = json_string(t->column[i]);
        if (!name)
            return nai_err_set(err, NAI_EINPUT, "%s: line 1: the name of column %zu is not UTF-8",
                               nai_bytes_name(t->bytes), i + 1);
        if (json_array_append_new(list, name) != 0)
            return out_of_memory(t, err);
    }
    return NAI_OK;
}

static int describe(struct nai_source *s, int64_t rows, struct nai_err *err)
{
    struct table *const t = s->state;
    const uint64_t shape[1] = {t->d};
    struct nts_header *const h = s->header = nts_header_new("dataset");
    int st;

    if (!h || nts_header_section(h, "rows", rows) < 0 ||
        nts_header_field(h, 0, "x", NAI_F64, 1, shape) < 0 ||
        (t->label < t->cells && nts_header_field(h, 0, "y", NAI_I32, 0, NULL) < 0))
        return out_of_memory(t, err);
    st = put_columns(t, h, err);
    if (!st && t->entry)
        st = nai_classes_put(h, "classes", &t->classes, err);
    return st;
}

/* The separator that the name tells, or 0. */
static char separator(const char *path)
{
    const size_t n = strlen(path), gz = n > 3 && strcasecmp(path + n - 3, ".gz") == 0 ? 3 : 0;
    const char *const tail = n - gz >= 4 ? path + n - gz - 4 : "";

    if (strncasecmp(tail, ".tsv", 4) == 0 || strncasecmp(tail, ".tab", 4) == 0)
        return '\t';
    return 0;
}

int nai_csv_open(struct nai_source *s, const char *path, const struct nai_import *o,
                 struct nai_err *err)
{
    struct table *const t = calloc(1, sizeof *t);
    const bool scan = o->label && !o->classes;
    int64_t rows = -1;
    int st;

    *s = (struct nai_source){.state = t, .next = next_csv, .close = close_csv};
    if (!t)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    st = nai_bytes_open(&t->bytes, path, scan, err);
    if (!st)
        st = nai_csv_begin(&t->csv, t->bytes, separator(path), err);
    if (!st)
        st = read_names(t, o, err);
    if (!st)
        st = find_label(t, o, err);
    if (!st && scan)
        st = scan_labels(t, &rows, err);
    if (!st && o->classes)
        st = given_classes(t, o->classes, err);
    if (!st) {
        t->chunk = BATCH / sizeof(double) / t->d;
        t->chunk = t->chunk ? t->chunk : 1;
        if (!(t->x = nai_alloc(t->chunk, t->d * sizeof *t->x, "a batch", err)) ||
            !(t->y = nai_alloc(t->chunk, sizeof *t->y, "a batch", err)))
            st = NAI_ESYSTEM;
    }
    if (!st)
        st = describe(s, rows, err);
    if (st) {
        nai_source_close(s);
        return st;
    }
    t->data[0] = t->x;
    t->data[1] = t->y;
    return NAI_OK;
}
