/* spectrum_io.c - see spectrum_io.h
 * SPDX-License-Identifier: MIT */
#include "spectrum_io.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "moments_io.h"

bool nai_spectrum_whole(const struct nai_spectrum *s)
{
    return s->len == (s->n && s->n < s->dim ? (size_t)s->n : s->dim);
}

void nai_spectrum_free(struct nai_spectrum *s)
{
    nai_free(s->lambda);
    nai_free(s->uncentred);
    nai_free(s->residual);
    nai_free(s->vector);
    *s = (struct nai_spectrum){0};
}

int nai_spectrum_declare(struct nts_header *h, const struct nai_spectrum *s, struct nai_err *err)
{
    const uint64_t shape[1] = {s->dim};
    const int sec = nai_array_declare(h, s->name, s->len, "lambda", 0);
    json_t *const o = json_object();

    if (sec < 0 || (s->uncentred && nts_header_field(h, sec, "uncentred", NAI_F64, 0, NULL) < 0) ||
        (s->residual && nts_header_field(h, sec, "residual", NAI_F64, 0, NULL) < 0) ||
        (s->vector && nts_header_field(h, sec, "vector", NAI_F64, 1, shape) < 0)) {
        json_decref(o);
        return nai_err_set(err, NAI_EUSAGE, "no section can be called '%.100s'", s->name);
    }
    json_object_set_new(o, "n", json_integer((json_int_t)s->n));
    json_object_set_new(o, "dim", json_integer((json_int_t)s->dim));
    json_object_set_new(o, "scaling", json_string(s->scaling));
    json_object_set_new(o, "method", json_string(s->method));
    if (s->rank != SIZE_MAX)
        json_object_set_new(o, "rank", json_integer((json_int_t)s->rank));
    if (isfinite(s->trace))
        json_object_set_new(o, "trace", json_real(s->trace));
    if (isfinite(s->sumsq))
        json_object_set_new(o, "sumsq", json_real(s->sumsq));
    return nai_meta_set(h, "spectra", s->name, o, err);
}

int nai_spectrum_write(struct nts_writer *w, const struct nts_header *h,
                       const struct nai_spectrum *s, struct nai_err *err)
{
    const int sec = nts_find_section(h, s->name);
    const void *data[4];
    size_t k = 0;

    data[k++] = s->lambda;
    if (s->uncentred)
        data[k++] = s->uncentred;
    if (s->residual)
        data[k++] = s->residual;
    if (s->vector)
        data[k++] = s->vector;
    return nts_write(w, (size_t)sec, s->len, data, err);
}

static double *taken(const struct nai_arrays *all, const char *section, const char *field)
{
    struct nai_array *const a = nai_arrays_find(all, section, field);

    return a ? nai_array_take(a) : NULL;
}

static double real_or_nan(const json_t *v)
{
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

static int take(struct nai_spectrum *s, const struct nai_arrays *all, const char *name,
                const json_t *o, struct nai_err *err)
{
    const struct nai_array *const lambda = nai_arrays_find(all, name, "lambda");
    const json_t *const rank = json_object_get(o, "rank");
    const char *const scaling = json_string_value(json_object_get(o, "scaling"));
    const char *const method = json_string_value(json_object_get(o, "method"));
    const json_int_t n = json_integer_value(json_object_get(o, "n"));
    const json_int_t dim = json_integer_value(json_object_get(o, "dim"));

    if (!lambda || lambda->cols != 1)
        return nai_err_set(err, NAI_EINPUT, "spectrum '%.100s': no field 'lambda'", name);
    *s = (struct nai_spectrum){.len = lambda->rows,
                               .dim = dim > 0 ? (size_t)dim : lambda->rows,
                               .n = n > 0 ? (uint64_t)n : 0,
                               .rank = json_is_integer(rank) && json_integer_value(rank) >= 0
                                           ? (size_t)json_integer_value(rank)
                                           : SIZE_MAX,
                               .trace = real_or_nan(json_object_get(o, "trace")),
                               .sumsq = real_or_nan(json_object_get(o, "sumsq"))};
    snprintf(s->name, sizeof s->name, "%s", name);
    snprintf(s->scaling, sizeof s->scaling, "%s", scaling ? scaling : "");
    snprintf(s->method, sizeof s->method, "%s", method ? method : "");
    s->lambda = taken(all, name, "lambda");
    s->uncentred = taken(all, name, "uncentred");
    s->residual = taken(all, name, "residual");
    s->vector = taken(all, name, "vector");
    for (size_t i = 0; i < s->len; i++)
        if (!isfinite(s->lambda[i]) || (s->uncentred && !isfinite(s->uncentred[i])))
            return nai_err_set(err, NAI_EINPUT, "spectrum '%.100s': eigenvalue %zu is not finite",
                               name, i + 1);
    return NAI_OK;
}

int nai_spectra_read(struct nai_spectrum **out, size_t *n, struct nts_reader *r, const char *name,
                     struct nai_err *err)
{
    struct nai_arrays all = {0};
    struct nai_spectrum *s = NULL;
    int rc = nai_arrays_read(&all, r, "spectrum", name, err);

    *n = 0;
    if (rc == NAI_OK) {
        s = calloc(all.h->nsections + 1, sizeof *s);
        rc = s ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    for (size_t i = 0; rc == NAI_OK && i < all.h->nsections; i++) {
        const char *const one = all.h->section[i].name;
        rc = take(&s[*n], &all, one, nai_meta_get(all.h, "spectra", one), err);
        ++*n;
        if (rc != NAI_OK)
            nai_err_prefix(err, name);
    }
    nai_arrays_free(&all);
    if (rc != NAI_OK) {
        for (size_t i = 0; i < *n; i++)
            nai_spectrum_free(&s[i]);
        free(s);
        *n = 0;
        return rc;
    }
    *out = s;
    return NAI_OK;
}
