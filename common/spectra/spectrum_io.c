/* spectrum_io.c - see spectrum_io.h
 * SPDX-License-Identifier: MIT */
#include "spectrum_io.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "moments_io.h"

static const double weight_tol = 1e-6; /* of the sum of weights */

static bool is(const struct nai_spectrum *s, const char *scaling)
{
    return strcmp(s->scaling, scaling) == 0;
}

bool nai_spectrum_whole(const struct nai_spectrum *s)
{
    /* A row has as many second derivatives as it likes: few of them bound no Hessian's rank. */
    const bool of_loss = is(s, "hessian") || is(s, "ggn") || is(s, "fisher");

    if (s->weight)
        return false;
    return s->len == (!of_loss && s->n && s->n < s->dim ? (size_t)s->n : s->dim);
}

size_t nai_spectrum_head(const struct nai_spectrum *s)
{
    return s->len < s->dim ? s->len - s->bottom : s->len;
}

size_t nai_spectrum_place(const struct nai_spectrum *s, size_t i)
{
    return i < nai_spectrum_head(s) ? i + 1 : s->dim - s->len + i + 1;
}

double nai_spectrum_rounding(const struct nai_spectrum *s)
{
    const double size = s->n > s->dim ? (double)s->n : (double)s->dim;
    double most = 0;

    for (size_t i = 0; i < s->len; i++)
        most = fmax(most, fabs(s->lambda[i]));
    return most * size * DBL_EPSILON;
}

bool nai_spectrum_indefinite(const struct nai_spectrum *s)
{
    return is(s, "hessian") && s->len > 0 && s->lambda[s->len - 1] < -nai_spectrum_rounding(s);
}

void nai_spectrum_free(struct nai_spectrum *s)
{
    nai_free(s->lambda);
    nai_free(s->uncentred);
    nai_free(s->residual);
    nai_free(s->weight);
    nai_free(s->vector);
    *s = (struct nai_spectrum){0};
}

size_t nai_spectrum_leading(const struct nai_spectrum *s)
{
    const size_t head = nai_spectrum_head(s);
    const double rounding = nai_spectrum_rounding(s);
    size_t k = 0;

    if (s->rank != SIZE_MAX && !is(s, "hessian"))
        return s->rank < head ? s->rank : head;
    while (k < head && s->lambda[k] > rounding)
        k++;
    return k;
}

int nai_spectrum_declare(struct nts_header *h, const struct nai_spectrum *s, struct nai_err *err)
{
    const uint64_t shape[1] = {s->dim};
    const int sec = nai_array_declare(h, s->name, s->len, "lambda", 0);
    json_t *const o = json_object();

    if (sec < 0 || (s->uncentred && nts_header_field(h, sec, "uncentred", NAI_F64, 0, NULL) < 0) ||
        (s->residual && nts_header_field(h, sec, "residual", NAI_F64, 0, NULL) < 0) ||
        (s->weight && nts_header_field(h, sec, "weight", NAI_F64, 0, NULL) < 0) ||
        (s->vector && nts_header_field(h, sec, "vector", NAI_F64, 1, shape) < 0)) {
        json_decref(o);
        return nai_err_set(err, NAI_EUSAGE, "no section can be called '%.100s'", s->name);
    }
    json_object_set_new(o, "n", json_integer((json_int_t)s->n));
    json_object_set_new(o, "dim", json_integer((json_int_t)s->dim));
    json_object_set_new(o, "scaling", json_string(s->scaling));
    json_object_set_new(o, "method", json_string(s->method));
    if (s->bottom)
        json_object_set_new(o, "bottom", json_integer((json_int_t)s->bottom));
    if (s->weight)
        json_object_set_new(o, "vectors", json_integer((json_int_t)s->vectors));
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
    const void *data[5];
    size_t k = 0;

    data[k++] = s->lambda;
    if (s->uncentred)
        data[k++] = s->uncentred;
    if (s->residual)
        data[k++] = s->residual;
    if (s->weight)
        data[k++] = s->weight;
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

static size_t count_or_0(const json_t *v)
{
    return json_integer_value(v) > 0 ? (size_t)json_integer_value(v) : 0;
}

/* What the readers of a spectrum rely on. */
static int check(const struct nai_spectrum *s, struct nai_err *err)
{
    double rounding, sum = 0;

    for (size_t i = 0; i < s->len; i++)
        if (!isfinite(s->lambda[i]) || (s->uncentred && !isfinite(s->uncentred[i])))
            return nai_err_set(err, NAI_EINPUT, "spectrum '%.100s': eigenvalue %zu is not finite",
                               s->name, i + 1);
    rounding = nai_spectrum_rounding(s); /* in which there is no order */
    for (size_t i = 0; i < s->len; i++) {
        if (i > 0 && s->lambda[i] > s->lambda[i - 1] + rounding && !is(s, "cvpca"))
            return nai_err_set(err, NAI_EINPUT,
                               "spectrum '%.100s': eigenvalue %zu is larger than the one before",
                               s->name, i + 1);
        if (s->weight && !(s->weight[i] >= 0))
            return nai_err_set(err, NAI_EINPUT, "spectrum '%.100s': weight %zu is not a share",
                               s->name, i + 1);
        sum += s->weight ? s->weight[i] : 0;
    }
    if (s->weight && !(fabs(sum - 1) <= weight_tol))
        return nai_err_set(err, NAI_EINPUT, "spectrum '%.100s': its weights sum to %.9g, not 1",
                           s->name, sum);
    if (s->bottom && (s->bottom > s->len || s->len > s->dim || s->weight))
        return nai_err_set(err, NAI_EINPUT,
                           "spectrum '%.100s': %zu values from the bottom, of %zu held%s", s->name,
                           s->bottom, s->len, s->weight ? " of a density" : "");
    return NAI_OK;
}

static int take(struct nai_spectrum *s, const struct nai_arrays *all, const char *name,
                const json_t *o, struct nai_err *err)
{
    const struct nai_array *const lambda = nai_arrays_find(all, name, "lambda");
    const struct nai_array *const weight = nai_arrays_find(all, name, "weight");
    const json_t *const rank = json_object_get(o, "rank");
    const char *const scaling = json_string_value(json_object_get(o, "scaling"));
    const char *const method = json_string_value(json_object_get(o, "method"));
    const json_int_t n = json_integer_value(json_object_get(o, "n"));
    const json_int_t dim = json_integer_value(json_object_get(o, "dim"));

    if (!lambda || lambda->cols != 1)
        return nai_err_set(err, NAI_EINPUT, "spectrum '%.100s': no field 'lambda'", name);
    if (weight && weight->cols != 1)
        return nai_err_set(err, NAI_EINPUT, "spectrum '%.100s': a weight is one number", name);
    *s = (struct nai_spectrum){.len = lambda->rows,
                               .dim = dim > 0 ? (size_t)dim : lambda->rows,
                               .bottom = count_or_0(json_object_get(o, "bottom")),
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
    s->weight = taken(all, name, "weight");
    s->vector = taken(all, name, "vector");
    s->vectors = s->weight ? count_or_0(json_object_get(o, "vectors")) : 0;
    return check(s, err);
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
