/* plot_table.c - tables as series and as grids
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "mem.h"
#include "plots.h"

enum { SERIES_MOST = 200 };

/* Columns of a table to be read, and which they are. */
struct columns {
    struct nai_table t;
    char **y, **error; /* names */
    size_t ny, nerror;
    int x, by, dash, z; /* index, or -1; y and error follow one another from y0 and error0 */
    int y0, error0;
    struct seen { /* words of `by` and of `dash`, in the order in which they appear */
        const char *word[SERIES_MOST];
        size_t n;
    } of_by, of_dash;
};

static size_t count(char **words)
{
    size_t n = 0;

    while (words && words[n])
        n++;
    return n;
}

static void columns_free(struct columns *c)
{
    nai_table_free(&c->t);
    nai_words_free(c->y);
    nai_words_free(c->error);
}

static int columns_read(struct columns *c, const struct nai_table_plot *plot,
                        const char *const *files, size_t nfiles, struct nai_err *err)
{
    bool ok;
    int rc = NAI_OK;

    *c = (struct columns){.by = -1, .dash = -1, .z = -1};
    c->y = nai_words(plot->y);
    c->error = plot->error ? nai_words(plot->error) : NULL;
    c->ny = count(c->y);
    c->nerror = count(c->error);
    if (c->nerror && c->nerror != c->ny)
        return nai_err_set(err, NAI_EUSAGE, "--error names %zu columns and --y %zu", c->nerror,
                           c->ny);
    if (plot->dash && c->ny > 1)
        return nai_err_set(err, NAI_EUSAGE, "--dash takes one column as --y");
    c->x = nai_table_want(&c->t, plot->x, false);
    c->y0 = (int)c->t.cols;
    ok = c->y && (!plot->error || c->error) && c->x >= 0;
    for (size_t i = 0; ok && i < c->ny; i++)
        ok = nai_table_want(&c->t, c->y[i], false) >= 0;
    c->error0 = (int)c->t.cols;
    for (size_t i = 0; ok && i < c->nerror; i++)
        ok = nai_table_want(&c->t, c->error[i], false) >= 0;
    if (ok && plot->by)
        ok = (c->by = nai_table_want(&c->t, plot->by, true)) >= 0;
    if (ok && plot->dash)
        ok = (c->dash = nai_table_want(&c->t, plot->dash, true)) >= 0;
    if (ok && plot->z)
        ok = (c->z = nai_table_want(&c->t, plot->z, false)) >= 0;
    if (!ok)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; rc == NAI_OK && i < nfiles; i++)
        rc = nai_table_read(&c->t, files[i], err);
    return rc;
}

/* Which of the words seen it is, the next one if none; there is room, for each begins a series. */
static size_t nth(struct seen *s, const char *word)
{
    size_t k = 0;

    while (k < s->n && strcmp(s->word[k], word) != 0)
        k++;
    if (k == s->n)
        s->word[s->n++] = word;
    return k;
}

/* What a new series looks like: another colour, or another colour for each `by` and dashes for each
 * `dash`; SIZE_MAX where the colours do not do. */
static size_t style_of(struct columns *c, size_t row, size_t k)
{
    size_t colour;

    if (c->dash < 0)
        return k;
    colour = c->by >= 0 ? nth(&c->of_by, c->t.col[c->by].word[row]) : 0;
    return colour < NAI_COLOURS
               ? colour + NAI_COLOURS * nth(&c->of_dash, c->t.col[c->dash].word[row])
               : SIZE_MAX;
}

/* The series of a row: its index in the figure, or -1. */
static int series_of(struct nai_figure *f, struct columns *c, size_t row, size_t y,
                     enum nai_mark mark, struct nai_err *err)
{
    const char *const by = c->by >= 0 ? c->t.col[c->by].word[row] : NULL;
    const char *const dash = c->dash >= 0 ? c->t.col[c->dash].word[row] : NULL;
    char name[512] = "";
    size_t k = 0, style;

    if (dash)
        snprintf(name, sizeof name, "%.200s%s%.200s", by ? by : "", by ? ", " : "",
                 dash[0] ? dash : "(empty)");
    else if (by && c->ny > 1)
        snprintf(name, sizeof name, "%.200s, %.200s", by[0] ? by : "(empty)", c->y[y]);
    else if (by)
        snprintf(name, sizeof name, "%.400s", by[0] ? by : "(empty)");
    else if (c->ny > 1)
        snprintf(name, sizeof name, "%.400s", c->y[y]);
    while (k < f->n && name[0] && strcmp(f->s[k].name, name) != 0)
        k++;
    if (k < f->n)
        return (int)k;
    if (k == SERIES_MOST) {
        nai_err_set(err, NAI_EUSAGE, "--by gives more than %d series", SERIES_MOST);
        return -1;
    }
    style = style_of(c, row, k);
    if (style == SIZE_MAX) {
        nai_err_set(err, NAI_EUSAGE, "with --dash, --by has at most %d values", NAI_COLOURS);
        return -1;
    }
    return nai_figure_add(f, name[0] ? name : NULL, mark, style, err) ? (int)k : -1;
}

int nai_plot_table(struct nai_figure *f, size_t *dropped, const struct nai_table_plot *plot,
                   const char *const *files, size_t nfiles, struct nai_err *err)
{
    struct columns c;
    int rc = columns_read(&c, plot, files, nfiles, err);

    *dropped = 0;
    if (rc == NAI_OK && (plot->by || plot->dash))
        snprintf(f->key_title, sizeof f->key_title, "%.90s%s%.90s", plot->by ? plot->by : "",
                 plot->by && plot->dash ? ", " : "", plot->dash ? plot->dash : "");
    for (size_t i = 0; rc == NAI_OK && i < c.t.rows; i++)
        for (size_t k = 0; rc == NAI_OK && k < c.ny; k++) {
            const double x = c.t.col[c.x].v[i], y = c.t.col[(size_t)c.y0 + k].v[i];
            const double e = c.nerror ? c.t.col[(size_t)c.error0 + k].v[i] : (double)NAN;
            const int s = series_of(f, &c, i, k, plot->mark, err);
            if (s < 0)
                rc = err->code;
            else if ((f->logx && x <= 0) || (f->logy && y <= 0))
                ++*dropped;
            else
                rc = nai_series_put(&f->s[s], x, y, e, err);
        }
    columns_free(&c);
    return rc;
}

/* ---- lines to compare with ---- */

static int reference(struct nai_figure *f, size_t *dropped, const char *file, const char *x,
                     const char *y, struct nai_err *err)
{
    struct nai_table t = {0};
    const int at[2] = {nai_table_want(&t, x, false), nai_table_want(&t, y, false)};
    struct nai_series *s = NULL;
    int rc = at[0] >= 0 && at[1] >= 0 ? nai_table_read(&t, file, err)
                                      : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    if (rc == NAI_OK) {
        size_t style = 0;
        for (size_t i = 0; i < f->n; i++)
            style += f->s[i].mark == NAI_REFERENCE;
        s = nai_figure_add(f, NULL, NAI_REFERENCE, style, err);
        rc = s ? NAI_OK : NAI_ESYSTEM;
    }
    for (size_t i = 0; rc == NAI_OK && i < t.rows; i++) {
        const double u = t.col[at[0]].v[i], v = t.col[at[1]].v[i];
        if ((f->logx && u <= 0) || (f->logy && v <= 0))
            ++*dropped;
        else
            rc = nai_series_put(s, u, v, NAN, err);
    }
    nai_table_free(&t);
    return rc;
}

int nai_plot_reference(struct nai_figure *f, size_t *dropped, const struct nai_table_plot *plot,
                       struct nai_err *err)
{
    char **const file = nai_words(plot->line), **const y = nai_words(plot->y);
    int rc = file && y ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t i = 0; rc == NAI_OK && file[i]; i++)
        rc = reference(f, dropped, file[i], plot->x, y[0], err);
    nai_words_free(file);
    nai_words_free(y);
    return rc;
}

/* ---- grids ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The different values of a column, ascending; NULL when out of memory. */
static double *levels(const double *v, size_t rows, size_t *n)
{
    double *const out = malloc((rows + 1) * sizeof *out);

    *n = 0;
    if (!out)
        return NULL;
    for (size_t i = 0; i < rows; i++)
        if (isfinite(v[i]))
            out[(*n)++] = v[i];
    qsort(out, *n, sizeof *out, by_value);
    if (*n > 0) {
        size_t k = 1;
        for (size_t i = 1; i < *n; i++)
            if (out[i] != out[i - 1])
                out[k++] = out[i];
        *n = k;
    }
    return out;
}

static size_t position(const double *sorted, size_t n, double v)
{
    const double *const p = bsearch(&v, sorted, n, sizeof *sorted, by_value);

    return p ? (size_t)(p - sorted) : n;
}

static int fill(struct nai_figure *f, size_t *dropped, const struct columns *c, struct nai_err *err)
{
    const double *const x = c->t.col[c->x].v, *const y = c->t.col[c->y0].v;
    const double *const z = c->t.col[c->z].v;
    struct nai_heat *const h = f->heat = calloc(1, sizeof *h);
    size_t cells, bytes;

    if (h) {
        h->x = levels(x, c->t.rows, &h->nx);
        h->y = levels(y, c->t.rows, &h->ny);
    }
    if (!h || !h->x || !h->y || !nai_mul(&cells, h->nx, h->ny) ||
        !nai_mul(&bytes, cells, sizeof *h->z) || !(h->z = malloc(bytes + 1)))
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; i < cells; i++)
        h->z[i] = NAN;
    for (size_t i = 0; i < c->t.rows; i++) {
        const size_t k = position(h->x, h->nx, x[i]), l = position(h->y, h->ny, y[i]);
        if (k == h->nx || l == h->ny || !isfinite(z[i]))
            continue;
        if (!isnan(h->z[l * h->nx + k]))
            return nai_err_set(err, NAI_EINPUT, "two values at %s = %g, %s = %g",
                               c->t.col[c->x].name, x[i], c->t.col[c->y0].name, y[i]);
        if (f->logz && z[i] <= 0)
            ++*dropped;
        else
            h->z[l * h->nx + k] = z[i];
    }
    return cells ? NAI_OK : nai_err_set(err, NAI_EINPUT, "no row has all of x, y and z");
}

int nai_plot_grid(struct nai_figure *f, size_t *dropped, const struct nai_table_plot *plot,
                  const char *const *files, size_t nfiles, struct nai_err *err)
{
    struct columns c;
    int rc = columns_read(&c, plot, files, nfiles, err);

    *dropped = 0;
    if (rc == NAI_OK && c.ny != 1)
        rc = nai_err_set(err, NAI_EUSAGE, "heat takes one column as --y");
    if (rc == NAI_OK)
        rc = fill(f, dropped, &c, err);
    columns_free(&c);
    return rc;
}
