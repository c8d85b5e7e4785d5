/* table.c - see table.h
 * SPDX-License-Identifier: MIT */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "csv_record.h"

int nai_table_want(struct nai_table *t, const char *name, bool text)
{
    struct nai_table_column *const p = realloc(t->col, (t->cols + 1) * sizeof *p);

    if (!p)
        return -1;
    t->col = p;
    p[t->cols] = (struct nai_table_column){.name = name, .text = text};
    return (int)t->cols++;
}

void nai_table_free(struct nai_table *t)
{
    for (size_t i = 0; i < t->cols; i++) {
        for (size_t k = 0; t->col[i].word && k < t->rows; k++)
            free(t->col[i].word[k]);
        free(t->col[i].word);
        free(t->col[i].v);
    }
    free(t->col);
    *t = (struct nai_table){0};
}

static const char *cell(const struct nai_csv *c, size_t i)
{
    return c->text + c->cell[i];
}

static int no_column(const struct nai_csv *c, const char *name, const char *file,
                     struct nai_err *err)
{
    const char **const names = calloc(c->n + 1, sizeof *names);
    char near[320], list[300] = "";
    size_t used = 0;

    if (!names)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; i < c->n; i++) {
        names[i] = cell(c, i);
        if (used < sizeof list)
            used +=
                (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    nai_did_you_mean(near, name, names);
    free(names);
    return nai_err_set(err, NAI_EUSAGE, "%s: no column '%.100s'%s; there is %s%s", file, name, near,
                       list, used < sizeof list ? "" : "...");
}

/* at[i]: where column i of the table is in a record. */
static int find(const struct nai_table *t, size_t *at, const struct nai_csv *c, const char *file,
                struct nai_err *err)
{
    for (size_t i = 0; i < t->cols; i++) {
        at[i] = c->n;
        for (size_t k = 0; k < c->n; k++) {
            if (strcmp(cell(c, k), t->col[i].name) != 0)
                continue;
            if (at[i] < c->n)
                return nai_err_set(err, NAI_EINPUT, "%s: two columns are named '%.100s'", file,
                                   t->col[i].name);
            at[i] = k;
        }
        if (at[i] == c->n)
            return no_column(c, t->col[i].name, file, err);
    }
    return NAI_OK;
}

static int grow(struct nai_table *t, struct nai_err *err)
{
    const size_t room = 2 * t->room + 256;

    if (t->rows < t->room)
        return NAI_OK;
    for (size_t i = 0; i < t->cols; i++) {
        struct nai_table_column *const col = &t->col[i];
        void *const p = col->text ? realloc(col->word, room * sizeof *col->word)
                                  : realloc(col->v, room * sizeof *col->v);
        if (!p)
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
        if (col->text)
            col->word = p;
        else
            col->v = p;
    }
    t->room = room;
    return NAI_OK;
}

static int take(struct nai_table *t, const size_t *at, const struct nai_csv *c, const char *file,
                struct nai_err *err)
{
    int rc = grow(t, err);

    for (size_t i = 0; rc == NAI_OK && i < t->cols; i++)
        if (!t->col[i].text && !nai_csv_number(&t->col[i].v[t->rows], cell(c, at[i])))
            rc = nai_err_set(err, NAI_EINPUT,
                             "%s: line %llu, column '%.100s': '%.40s' is not a "
                             "number",
                             file, (unsigned long long)c->line, t->col[i].name, cell(c, at[i]));
    for (size_t i = 0; rc == NAI_OK && i < t->cols; i++)
        if (t->col[i].text && !(t->col[i].word[t->rows] = strdup(cell(c, at[i])))) {
            while (i-- > 0) /* a row is there whole or not at all */
                if (t->col[i].text)
                    free(t->col[i].word[t->rows]);
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
        }
    t->rows += rc == NAI_OK;
    return rc;
}

int nai_table_read(struct nai_table *t, const char *path, struct nai_err *err)
{
    struct nai_csv *const c = calloc(1, sizeof *c);
    size_t *const at = calloc(t->cols + 1, sizeof *at);
    struct nai_bytes *bytes = NULL;
    const char *file = path;
    size_t cells = 0;
    bool end = false;
    int rc = c && at ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    if (rc == NAI_OK)
        rc = nai_bytes_open(&bytes, path, false, err);
    if (rc == NAI_OK) {
        file = nai_bytes_name(bytes);
        rc = nai_csv_begin(c, bytes, 0, err);
    }
    if (rc == NAI_OK)
        rc = nai_csv_read(c, &end, err);
    if (rc == NAI_OK && end)
        rc =
            nai_err_set(err, NAI_EINPUT, "%s: empty: its first line should name the columns", file);
    if (rc == NAI_OK)
        rc = find(t, at, c, file, err);
    if (rc == NAI_OK)
        cells = c->n;
    while (rc == NAI_OK && !end) {
        rc = nai_csv_read(c, &end, err);
        if (rc != NAI_OK || end || (cells > 1 && c->n == 1 && c->text[0] == '\0'))
            continue;
        if (c->n != cells)
            rc = nai_err_set(err, NAI_EINPUT, "%s: line %llu: %zu cells, not %zu", file,
                             (unsigned long long)c->line, c->n, cells);
        else
            rc = take(t, at, c, file, err);
    }
    if (c)
        nai_csv_free(c);
    nai_bytes_close(bytes);
    free(at);
    free(c);
    return rc;
}
