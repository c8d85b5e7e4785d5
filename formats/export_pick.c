/* export_pick.c - which columns of a stream an exporter writes
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "list.h"
#include "mem.h"

/* "section/field", or the one of the two that says it all. NULL when out of memory. */
static char *column_name(const struct nts_header *h, size_t s, size_t f)
{
    const struct nts_section *const sec = &h->section[s];
    const char *const field = sec->field[f].name;
    const bool both = !sec->tensor && h->nsections > 1;
    const size_t n = strlen(sec->name) + strlen(field) + 2;
    char *const name = malloc(n);

    if (name)
        snprintf(name, n, "%s%s%s", both || sec->tensor ? sec->name : "", both ? "/" : "",
                 sec->tensor ? "" : field);
    return name;
}

static bool fill(struct nai_pick *p, const struct nts_header *h, size_t s, size_t f)
{
    const struct nts_section *const sec = &h->section[s];
    const struct nts_field *const fld = &sec->field[f];

    *p = (struct nai_pick){.section = s,
                           .field = f,
                           .name = column_name(h, s, f),
                           .dtype = fld->dtype,
                           .known = sec->tensor, /* rows of another stream may join in */
                           .count = fld->count,
                           .width = fld->width,
                           .tensor = sec->tensor};
    if (sec->tensor) {
        p->ndim = sec->tdim;
        memcpy(p->shape, sec->tshape, sizeof sec->tshape);
    } else {
        p->ndim = fld->ndim + 1;
        p->shape[0] = 0;
        memcpy(p->shape + 1, fld->shape, sizeof fld->shape);
    }
    return p->name != NULL;
}

/* Does a word of n bytes name this column, its field or its section? */
static bool named(const struct nts_header *h, const struct nai_pick *p, const char *word, size_t n)
{
    const struct nts_section *const sec = &h->section[p->section];
    const char *const field = sec->field[p->field].name;
    const size_t slash = strlen(sec->name);

    if ((strlen(p->name) == n && memcmp(p->name, word, n) == 0) ||
        (strlen(field) == n && memcmp(field, word, n) == 0) ||
        (slash == n && memcmp(sec->name, word, n) == 0))
        return true;
    return n == slash + 1 + strlen(field) && memcmp(sec->name, word, slash) == 0 &&
           word[slash] == '/' && memcmp(field, word + slash + 1, n - slash - 1) == 0;
}

/* ": a, b, c" for a message, as far as it fits. */
static void list_names(char *buf, size_t size, const struct nai_pick *p, size_t n)
{
    size_t at = 0;

    *buf = '\0';
    for (size_t i = 0; i < n; i++) {
        if (at + strlen(p[i].name) + 8 > size) {
            snprintf(buf + at, size - at, ", ...");
            return;
        }
        at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? ", " : "", p[i].name);
    }
}

/* Columns in the order in which the list names them, moved to the front of all[0..n). */
static int choose(struct nai_pick *all, size_t *n, const struct nts_header *h, const char *fields,
                  struct nai_err *err)
{
    const char *at = fields, *word;
    size_t kept = 0, len;
    char names[500];

    while ((word = nai_list_next(&at, &len))) {
        const size_t before = kept;
        for (size_t i = kept; i < *n; i++)
            if (named(h, &all[i], word, len)) {
                const struct nai_pick p = all[i];
                memmove(&all[kept + 1], &all[kept], (i - kept) * sizeof *all);
                all[kept++] = p;
            }
        if (kept == before) {
            list_names(names, sizeof names, all, *n);
            return nai_err_set(err, NAI_EUSAGE, "no field '%.*s' (or named twice); there are %s",
                               len < 200 ? (int)len : 200, word, names);
        }
    }
    for (size_t i = kept; i < *n; i++)
        free(all[i].name);
    *n = kept;
    return NAI_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct nai_pick *const *const x = a, *const *const y = b;

    return strcmp((*x)->name, (*y)->name);
}

/* Names go into archives, where they must differ: a/b may be field b of section a, or a tensor. */
static int check_names(const struct nai_pick *p, size_t n, struct nai_err *err)
{
    const struct nai_pick **const sorted = calloc(n + 1, sizeof *sorted);
    int st = NAI_OK;

    if (!sorted)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        sorted[i] = &p[i];
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 1; !st && i < n; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            st = nai_err_set(err, NAI_EINPUT, "two columns would be named '%.200s'",
                             sorted[i]->name);
    free(sorted);
    return st;
}

int nai_export_pick(struct nai_pick **pick, size_t *n, const struct nts_header *h,
                    const char *fields, struct nai_err *err)
{
    struct nai_pick *all;
    size_t total = 0, used = 0;
    int st = NAI_OK;

    *pick = NULL;
    *n = 0;
    for (size_t s = 0; s < h->nsections; s++)
        total += h->section[s].nfields;
    if (!(all = calloc(total + 1, sizeof *all)))
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t s = 0; s < h->nsections; s++)
        for (size_t f = 0; !st && f < h->section[s].nfields; f++)
            if (!fill(&all[used++], h, s, f))
                st = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (!st && fields)
        st = choose(all, &used, h, fields, err);
    if (!st)
        st = check_names(all, used, err);
    if (st) {
        nai_export_unpick(all, used);
        return st;
    }
    *pick = all;
    *n = used;
    return NAI_OK;
}

void nai_export_unpick(struct nai_pick *pick, size_t n)
{
    for (size_t i = 0; pick && i < n; i++)
        free(pick[i].name);
    free(pick);
}

int nai_export_index(struct nai_pick_index *x, const struct nai_pick *pick, size_t n,
                     size_t nsections, struct nai_err *err)
{
    size_t *const start = calloc(nsections + 2, sizeof *start);
    size_t *const column = calloc(n + 1, sizeof *column);

    if (!start || !column) {
        free(start);
        free(column);
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    /* counted one place further on, so that placing them moves each start to where it belongs */
    for (size_t i = 0; i < n; i++)
        start[pick[i].section + 2]++;
    for (size_t s = 2; s < nsections + 2; s++)
        start[s] += start[s - 1];
    for (size_t i = 0; i < n; i++)
        column[start[pick[i].section + 1]++] = i;
    *x = (struct nai_pick_index){start, column};
    return NAI_OK;
}

void nai_export_unindex(struct nai_pick_index *x)
{
    free(x->start);
    free(x->column);
}

int nai_export_one(struct nai_pick **pick, const struct nts_header *h, const char *fields,
                   struct nai_err *err)
{
    char names[500];
    size_t n;
    int st = nai_export_pick(pick, &n, h, fields, err);

    if (st || n == 1)
        return st;
    list_names(names, sizeof names, *pick, n);
    nai_export_unpick(*pick, n);
    *pick = NULL;
    return n ? nai_err_set(err, NAI_EUSAGE,
                           "the stream has several fields: choose one with "
                           "--field: %s",
                           names)
             : nai_err_set(err, NAI_EINPUT, "the stream has no fields");
}

void nai_widen(float *dst, const void *src, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t half;
        uint32_t bits;
        memcpy(&half, (const char *)src + i * sizeof half, sizeof half);
        bits = (uint32_t)half << 16;
        memcpy(&dst[i], &bits, sizeof bits);
    }
}
