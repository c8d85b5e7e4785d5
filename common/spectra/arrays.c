/* arrays.c - see arrays.h
 * SPDX-License-Identifier: MIT */
#include "arrays.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

int nai_kind_check(const struct nts_header *h, const char *kind, const char *name,
                   struct nai_err *err)
{
    static const struct {
        const char *kind, *maker;
    } makers[] = {{"moments", "nai-cov"}, {"spectrum", "nai-eig"}};
    const char *maker = NULL;

    if (h->kind && strcmp(h->kind, kind) == 0)
        return NAI_OK;
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (strcmp(makers[i].kind, kind) == 0)
            maker = makers[i].maker;
    return nai_err_set(err, NAI_EINPUT, "%s: holds %s, not %s%s%s%s", name,
                       h->kind ? h->kind : "no known kind", kind, maker ? " (run " : "",
                       maker ? maker : "", maker ? " first)" : "");
}

/* Room for all rows: known from the header, as moments and spectra are written when they are. */
static int allocate(struct nai_arrays *all, const char *name, struct nai_err *err)
{
    size_t n = 0;

    for (size_t s = 0; s < all->h->nsections; s++)
        n += all->h->section[s].nfields;
    all->a = calloc(n + 1, sizeof *all->a);
    if (!all->a)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t s = 0; s < all->h->nsections; s++) {
        const struct nts_section *const sec = &all->h->section[s];
        if (sec->rows < 0)
            return nai_err_set(err, NAI_EINPUT, "%s: section '%s' does not say how many rows", name,
                               sec->name);
        for (size_t f = 0; f < sec->nfields; f++) {
            struct nai_array *const a = &all->a[all->n++];
            if (sec->field[f].dtype != NAI_F64)
                return nai_err_set(err, NAI_EINPUT, "%s: field '%s' of '%s' is not f64", name,
                                   sec->field[f].name, sec->name);
            *a = (struct nai_array){.section = sec->name,
                                    .field = sec->field[f].name,
                                    .rows = (size_t)sec->rows,
                                    .cols = sec->field[f].count};
            a->v = nai_alloc((size_t)sec->rows, sec->field[f].width, sec->name, err);
            if (!a->v)
                return NAI_ESYSTEM;
        }
    }
    return NAI_OK;
}

int nai_arrays_read(struct nai_arrays *all, struct nts_reader *r, const char *kind,
                    const char *name, struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event ev;
    size_t streams;
    int rc = nai_kind_check(nts_reader_header(r), kind, name, err);

    *all = (struct nai_arrays){0};
    if (rc != NAI_OK)
        return rc;
    all->h = nts_header_copy(nts_reader_header(r));
    rc = all->h ? allocate(all, name, err) : nai_err_set(err, NAI_ESYSTEM, "out of memory");
    while (rc == NAI_OK && (ev = nts_read(r, &b, err)) != NTS_END) {
        size_t k = 0;
        if (ev == NTS_FAILED) {
            rc = err->code;
            break;
        }
        (void)nts_reader_inputs(r, &streams);
        if (streams > 0) {
            rc = nai_err_set(err, NAI_EINPUT,
                             "%s: several %s streams joined; name them as separate files", name,
                             kind);
            break;
        }
        for (size_t s = 0; s < b.section; s++)
            k += all->h->section[s].nfields;
        for (size_t f = 0; f < all->h->section[b.section].nfields; f++) {
            struct nai_array *const a = &all->a[k + f];
            memcpy(a->v + b.first * a->cols, b.data[f], b.rows * a->cols * sizeof *a->v);
        }
    }
    if (rc != NAI_OK)
        nai_arrays_free(all);
    return rc;
}

void nai_arrays_free(struct nai_arrays *all)
{
    for (size_t i = 0; i < all->n; i++)
        nai_free(all->a[i].v);
    free(all->a);
    nts_header_free(all->h);
    *all = (struct nai_arrays){0};
}

struct nai_array *nai_arrays_find(const struct nai_arrays *all, const char *section,
                                  const char *field)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->a[i].section, section) == 0 && strcmp(all->a[i].field, field) == 0)
            return &all->a[i];
    return NULL;
}

double *nai_array_take(struct nai_array *a)
{
    double *const v = a->v;

    a->v = NULL;
    return v;
}

int nai_array_declare(struct nts_header *h, const char *name, size_t rows, const char *field,
                      size_t cols)
{
    const uint64_t shape[1] = {cols};
    const int s = nts_find_section(h, name) >= 0 ? -1 : nts_header_section(h, name, (int64_t)rows);

    if (s < 0 || nts_header_field(h, s, field, NAI_F64, cols > 0, shape) < 0)
        return -1;
    return s;
}
