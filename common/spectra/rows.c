/* rows.c - see rows.h
 * SPDX-License-Identifier: MIT */
#include "rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int nai_rows_kind(const struct nts_header *h, const char *stream, struct nai_err *err)
{
    static const char *const others[] = {"model", "moments", "spectrum"};

    for (size_t i = 0; h->kind && i < 3; i++)
        if (strcmp(h->kind, others[i]) == 0)
            return nai_err_set(err, NAI_EINPUT, "%s: holds %s, not rows of features", stream,
                               h->kind);
    return NAI_OK;
}

const char *nai_fields_text(char buf[static 400], const struct nts_section *s)
{
    size_t at = 0;

    buf[0] = '\0';
    for (size_t f = 0; f < s->nfields && at < 300; f++) {
        at += (size_t)snprintf(buf + at, 400 - at, "%s%.60s %s", f ? ", " : "", s->field[f].name,
                               nai_dtype_name(s->field[f].dtype));
        if (s->field[f].ndim)
            at += (size_t)snprintf(buf + at, 400 - at, "[%zu]", s->field[f].count);
    }
    return buf;
}

static void add(struct nai_pick *p, size_t *n, const struct nts_header *h, size_t s, size_t f)
{
    const struct nts_section *const sec = &h->section[s];
    struct nai_pick *const one = &p[(*n)++];

    *one = (struct nai_pick){.section = s, .field = f};
    if (h->nsections == 1)
        snprintf(one->name, sizeof one->name, "%s", sec->field[f].name);
    else
        snprintf(one->name, sizeof one->name, "%s.%s", sec->name, sec->field[f].name);
}

int nai_pick_fields(struct nai_pick **out, size_t *n, const struct nts_header *h,
                    char *const *words, const char *except, const char *stream, struct nai_err *err)
{
    size_t most = 0;
    struct nai_pick *p;
    char have[400];

    for (size_t s = 0; s < h->nsections; s++)
        most += h->section[s].nfields;
    for (char *const *w = words; w && *w; w++)
        most += h->nsections;
    p = calloc(most + 1, sizeof *p);
    if (!p)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    *n = 0;
    for (char *const *w = words; w && *w; w++) {
        const size_t before = *n;
        for (size_t s = 0; s < h->nsections; s++) {
            const int f = nts_find_field(&h->section[s], *w);
            if (f >= 0)
                add(p, n, h, s, (size_t)f);
        }
        if (*n == before) {
            free(p);
            return nai_err_set(err, NAI_EUSAGE, "%s: no field '%.60s'; there is %s", stream, *w,
                               h->nsections ? nai_fields_text(have, &h->section[0]) : "nothing");
        }
    }
    for (size_t s = 0; !words && s < h->nsections; s++)
        for (size_t f = 0; f < h->section[s].nfields; f++) {
            const struct nts_field *const fl = &h->section[s].field[f];
            if (fl->ndim > 0 && !(except && strcmp(fl->name, except) == 0))
                add(p, n, h, s, f);
        }
    if (*n == 0) {
        free(p);
        return nai_err_set(err, NAI_EINPUT, "%s: no field of features; there is %s", stream,
                           h->nsections ? nai_fields_text(have, &h->section[0]) : "nothing");
    }
    *out = p;
    return NAI_OK;
}

bool nai_row_finite(const struct nts_field *f, const void *data, size_t i)
{
    const size_t size = nai_dtype_size(f->dtype);
    const char *const row = (const char *)data + i * f->width;
    double v[64];

    if (!nai_dtype_is_float(f->dtype))
        return true;
    for (size_t at = 0; at < f->count; at += 64) {
        const size_t k = f->count - at < 64 ? f->count - at : 64;
        nai_to_f64(v, row + at * size, f->dtype, k);
        for (size_t j = 0; j < k; j++)
            if (!isfinite(v[j]))
                return false;
    }
    return true;
}
