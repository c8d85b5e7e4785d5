/* synth.c - see synth.h
 * SPDX-License-Identifier: MIT */
#include "synth.h"

#include <string.h>

#include "draw.h"
#include "mem.h"
#include "synth_parts.h"

int nai_synth_begin(struct nai_synth *s, const char *kind, const char *study,
                    const struct nai_synth_spec *o, json_t *params, struct nai_err *err)
{
    json_t *const meta = json_object();
    json_t *const all = json_pack("{ss,sI}", "study", study, "seed", (json_int_t)o->seed);
    struct nts_header *const h = nts_header_new(kind);

    s->h = h;
    s->rows = o->rows;
    s->first = o->first;
    if (!meta || !all || !params || !h || json_object_update(all, params) != 0 ||
        json_object_set(meta, "synth", all) != 0 ||
        (strcmp(kind, "views") == 0 && json_object_set_new(meta, "epochs", json_integer(1)) != 0) ||
        nts_header_section(h, "rows", (int64_t)o->rows) < 0) {
        json_decref(meta);
        json_decref(all);
        json_decref(params);
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    json_decref(all);
    json_decref(params);
    h->meta = meta;
    return NAI_OK;
}

double *nai_synth_matrix(size_t n, size_t m, const char *what, struct nai_err *err)
{
    size_t count;

    if (!nai_mul(&count, n, m)) {
        nai_err_set(err, NAI_EUSAGE, "%s of %zu x %zu numbers", what, n, m);
        return NULL;
    }
    return nai_alloc(count, sizeof(double), what, err);
}

int nai_synth_field(struct nai_synth *s, const char *name, enum nai_dtype dtype, size_t ndim,
                    const uint64_t *shape, struct nai_err *err)
{
    const int f = nts_header_field(s->h, 0, name, dtype, ndim, shape);

    if (f < 0)
        return nai_err_set(err, NAI_EUSAGE, "no field '%s' of such a size", name);
    s->field[f] = nai_alloc(NAI_SYNTH_BLOCK, s->h->section[0].field[f].width, "rows", err);
    return s->field[f] ? NAI_OK : NAI_ESYSTEM;
}

double *nai_synth_rotation(size_t dim, uint64_t seed, struct nai_err *err)
{
    double *const v = nai_synth_matrix(dim, dim, "a rotation", err);

    if (v && nai_draw_orthonormal(v, dim, dim, false, seed, "rotation", err) != NAI_OK) {
        nai_free(v);
        return NULL;
    }
    return v;
}

json_t *nai_synth_reals(const double *v, size_t n)
{
    json_t *const a = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, json_real(v[i]));
    return a;
}

void nai_synth_held(double *dst, const struct nai_synth *s, const double *v, size_t width,
                    uint64_t first)
{
    const uint64_t left = s->rows - first;
    const size_t n = left < NAI_SYNTH_BLOCK ? (size_t)left : NAI_SYNTH_BLOCK;

    memcpy(dst, v + first * width, n * width * sizeof *dst);
    memset(dst + n * width, 0, (NAI_SYNTH_BLOCK - n) * width * sizeof *dst);
}

/* Blocks lie at multiples of their size, wherever the rows asked for begin. */
int nai_synth_rows(struct nai_synth *s, uint64_t *at, size_t *n, const void *data[static 8],
                   struct nai_err *err)
{
    const struct nts_section *const sec = &s->h->section[0];
    const uint64_t row = s->first + *at, in = row % NAI_SYNTH_BLOCK, left = s->rows - *at;
    int rc;

    *n = left < NAI_SYNTH_BLOCK - in ? (size_t)left : (size_t)(NAI_SYNTH_BLOCK - in);
    if (left == 0)
        return NAI_OK;
    rc = s->fill(s, row - in, err);
    if (rc != NAI_OK)
        return rc;
    for (size_t f = 0; f < sec->nfields; f++)
        data[f] = (const char *)s->field[f] + in * sec->field[f].width;
    *at += *n;
    return NAI_OK;
}

void nai_synth_free(struct nai_synth *s)
{
    for (size_t f = 0; f < sizeof s->field / sizeof *s->field; f++)
        nai_free(s->field[f]);
    if (s->state)
        s->free_state(s->state);
    nts_header_free(s->h);
    *s = (struct nai_synth){0};
}
