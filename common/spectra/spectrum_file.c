/* spectrum_file.c - see spectrum_file.h
 * SPDX-License-Identifier: MIT */
#include "spectrum_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eig.h"
#include "import.h"
#include "mem.h"

/* A column of numbers on its way to being a spectrum. */
struct column {
    double *v;
    size_t n, cap;
};

static int take(struct column *c, const struct nts_field *f, const void *data, size_t rows,
                struct nai_err *err)
{
    if (c->n + rows > c->cap) {
        const size_t cap = 2 * c->cap > c->n + rows ? 2 * c->cap : c->n + rows;
        double *const grown = nai_alloc(cap, sizeof *grown, "a spectrum", err);
        if (!grown)
            return NAI_ESYSTEM;
        if (c->n)
            memcpy(grown, c->v, c->n * sizeof *grown);
        nai_free(c->v);
        c->v = grown;
        c->cap = cap;
    }
    nai_to_f64(c->v + c->n, data, f->dtype, rows);
    c->n += rows;
    return NAI_OK;
}

static int one_column(const struct nts_header *h, const char *name, struct nai_err *err)
{
    if (h->nsections != 1 || h->section[0].nfields != 1 || h->section[0].field[0].count != 1)
        return nai_err_set(err, NAI_EINPUT,
                           "%s: neither a spectrum (run nai-eig first) nor one column of numbers",
                           name);
    return NAI_OK;
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

/* The column as a spectrum: libraries give eigenvalues in any order. */
static int finish(struct nai_spectrum **out, size_t *n, struct column *c, const char *name,
                  struct nai_err *err)
{
    const char *const slash = strrchr(name, '/');
    struct nai_spectrum *s;

    for (size_t i = 0; i < c->n; i++)
        if (!isfinite(c->v[i]))
            return nai_err_set(err, NAI_EINPUT, "%s: value %zu is not finite", name, i + 1);
    s = calloc(1, sizeof *s);
    if (!s)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (c->n > 0)
        qsort(c->v, c->n, sizeof *c->v, descending);
    *s =
        (struct nai_spectrum){.len = c->n, .dim = c->n, .lambda = c->v, .trace = NAN, .sumsq = NAN};
    s->rank = c->n ? nai_eig_rank(c->v, c->n, 0, c->n) : 0;
    snprintf(s->name, sizeof s->name, "%s", slash ? slash + 1 : name);
    c->v = NULL;
    *out = s;
    *n = 1;
    return NAI_OK;
}

/* Is the first line of a text file a number, not a name? */
static bool starts_with_number(const char *path)
{
    FILE *const f = fopen(path, "r");
    char line[256], *end = line;
    bool number = false;

    if (f && fgets(line, sizeof line, f)) {
        (void)strtod(line, &end);
        number = end != line && end[strspn(end, " \t\r\n")] == '\0';
    }
    if (f)
        fclose(f);
    return number;
}

static int plain_file(struct nai_spectrum **out, size_t *n, const char *path, bool npy,
                      struct nai_err *err)
{
    const struct nai_import o = {.header =
                                     starts_with_number(path) ? NAI_HEADER_NO : NAI_HEADER_YES};
    char *const copy = strdup(path);
    struct nai_source s = {0};
    struct column c = {0};
    struct nts_batch b;
    enum nts_event ev;
    int rc = !copy ? nai_err_set(err, NAI_ESYSTEM, "out of memory")
             : npy ? nai_npy_open(&s, &copy, 1, &o, err)
                   : nai_csv_open(&s, path, &o, err);

    if (rc == NAI_OK)
        rc = one_column(s.header, path, err);
    while (rc == NAI_OK && (ev = s.next(&s, &b, err)) != NTS_END)
        rc = ev == NTS_FAILED ? err->code
                              : take(&c, &s.header->section[0].field[0], b.data[0], b.rows, err);
    if (rc == NAI_OK)
        rc = finish(out, n, &c, path, err);
    nai_free(c.v);
    nai_source_close(&s);
    free(copy);
    return rc;
}

static int plain_stream(struct nai_spectrum **out, size_t *n, struct nai_in *in,
                        struct nai_err *err)
{
    struct column c = {0};
    struct nts_batch b;
    enum nts_event ev;
    int rc = one_column(in->h, in->name, err);

    while (rc == NAI_OK && (ev = nts_read(in->r, &b, err)) != NTS_END)
        rc = ev == NTS_FAILED
                 ? err->code
                 : take(&c, &nts_reader_header(in->r)->section[0].field[0], b.data[0], b.rows, err);
    if (rc == NAI_OK)
        rc = finish(out, n, &c, in->name, err);
    nai_free(c.v);
    return rc;
}

/* Keep the spectra named. Every name must be there. */
static int select_some(struct nai_spectrum *s, size_t *n, const char *list, const char *file,
                       struct nai_err *err)
{
    char **const words = nai_words(list);
    const char **const names = calloc(*n + 1, sizeof *names);
    char hint[320];
    size_t kept = 0;
    int rc = words && names ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (char **w = words; rc == NAI_OK && *w; w++) {
        size_t k = kept;
        while (k < *n && strcmp(s[k].name, *w) != 0)
            k++;
        if (k < *n) {
            const struct nai_spectrum t = s[k];
            s[k] = s[kept];
            s[kept++] = t;
            continue;
        }
        for (k = 0; k < *n; k++)
            names[k] = s[k].name;
        rc = nai_err_set(err, NAI_EUSAGE, "%s: no spectrum '%.100s'%s", file, *w,
                         nai_did_you_mean(hint, *w, names));
    }
    for (size_t k = kept; rc == NAI_OK && k < *n; k++)
        nai_spectrum_free(&s[k]);
    if (rc == NAI_OK)
        *n = kept;
    nai_words_free(words);
    free(names);
    return rc;
}

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), k = strlen(end);

    return n > k && strcmp(s + n - k, end) == 0;
}

int nai_spectrum_load(struct nai_spectrum **out, size_t *n, struct nai_cli *cli, const char *path,
                      const char *select, struct nai_err *err)
{
    const bool npy = path && ends_with(path, ".npy");
    const bool text =
        path && (ends_with(path, ".csv") || ends_with(path, ".tsv") || ends_with(path, ".txt"));
    struct nai_in in = {.fd = -1};
    int rc;

    *n = 0;
    if (npy || text) {
        rc = plain_file(out, n, path, npy, err);
    } else {
        rc = nai_in_open(cli, &in, path, err);
        if (rc == NAI_OK)
            rc = in.h->kind && strcmp(in.h->kind, "dataset") == 0
                     ? plain_stream(out, n, &in, err)
                     : nai_spectra_read(out, n, in.r, in.name, err);
        nai_in_close(&in);
    }
    if (rc == NAI_OK && select && !npy && !text) /* a plain column has but one */
        rc = select_some(*out, n, select, path ? path : "<stdin>", err);
    return rc;
}
