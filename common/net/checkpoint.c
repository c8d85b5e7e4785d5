/* checkpoint.c - models in streams, and out of them
 * SPDX-License-Identifier: MIT */
#include "checkpoint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* ---- reading ---- */

/* Every section is one tensor of a sane size. */
static int check_sections(const struct nts_header *h, const char *name, struct nai_err *err)
{
    if (!h->kind || strcmp(h->kind, "model") != 0)
        return nai_err_set(err, NAI_EINPUT, "%s: a stream of kind '%.60s', not a model", name,
                           h->kind ? h->kind : "(none)");
    for (size_t s = 0; s < h->nsections; s++) {
        const struct nts_section *const sec = &h->section[s];
        size_t count = 1, bytes;
        bool fits = sec->tensor && sec->nfields == 1 && sec->rows >= 0;
        for (size_t k = 0; fits && k < sec->tdim; k++)
            fits = sec->tshape[k] <= SIZE_MAX && nai_mul(&count, count, (size_t)sec->tshape[k]);
        if (!fits || count != (uint64_t)sec->rows || !nai_mul(&bytes, count, sec->row_bytes))
            return nai_err_set(err, NAI_EINPUT, "%s: section '%.100s' is not a tensor", name,
                               sec->name);
    }
    return NAI_OK;
}

/* Copy the batches of one model to their places. */
static int read_rows(struct nai_weights *w, struct nts_reader *r, bool *more, struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event e;

    while ((e = nts_read(r, &b, err)) == NTS_BATCH) {
        const struct nts_section *const sec = &w->h->section[b.section];
        memcpy((char *)w->data[b.section] + b.first * sec->row_bytes, b.data[0],
               b.rows * sec->row_bytes);
    }
    *more = e == NTS_NEXT;
    return e != NTS_FAILED ? NAI_OK : err ? err->code : NAI_EINPUT;
}

int nai_weights_read(struct nai_weights *w, struct nts_reader *r, bool *more, const char *name,
                     struct nai_err *err)
{
    struct nai_err local;
    int status;

    err = err ? err : &local;
    *w = (struct nai_weights){.h = nts_header_copy(nts_reader_header(r))};
    if (!w->h)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", name);
    status = check_sections(w->h, name, err);
    if (status == NAI_OK && w->h->nsections > 0) {
        w->data = calloc(w->h->nsections, sizeof *w->data);
        if (!w->data)
            status = nai_err_set(err, NAI_ESYSTEM, "%s:", name);
    }
    for (size_t s = 0; status == NAI_OK && s < w->h->nsections; s++) {
        const struct nts_section *const sec = &w->h->section[s];
        const size_t rows = (size_t)sec->rows;
        w->data[s] = nai_alloc(rows ? rows : 1, sec->row_bytes, sec->name, err);
        status = w->data[s] ? NAI_OK : NAI_ESYSTEM;
    }
    if (status == NAI_OK)
        status = read_rows(w, r, more, err);
    if (status != NAI_OK)
        nai_weights_free(w);
    return status;
}

void nai_weights_free(struct nai_weights *w)
{
    for (size_t s = 0; w->data && s < w->h->nsections; s++)
        nai_free(w->data[s]);
    free(w->data);
    nts_header_free(w->h);
    *w = (struct nai_weights){0};
}

int nai_weights_last(struct nai_weights *w, struct nts_reader *r, const char *name,
                     struct nai_err *err)
{
    bool more = true;
    int rc = NAI_OK;

    *w = (struct nai_weights){0};
    while (rc == NAI_OK && more) {
        nai_weights_free(w);
        rc = nai_weights_read(w, r, &more, name, err);
    }
    return rc;
}

const char *nai_weights_arch(const struct nai_weights *w)
{
    return json_string_value(json_object_get(w->h->meta, "arch"));
}

/* c numbers, or one for all of them; a bare number is a list of one. */
static bool channels(const json_t *list, size_t c, double *out)
{
    const size_t n = json_is_array(list) ? json_array_size(list) : 1;

    if (!list || (n != 1 && n != c))
        return false;
    for (size_t k = 0; k < c; k++) {
        const json_t *const v = json_is_array(list) ? json_array_get(list, n == 1 ? 0 : k) : list;
        if (!json_is_number(v))
            return false;
        out[k] = json_number_value(v);
    }
    return true;
}

bool nai_weights_pixels(const struct nai_weights *w, size_t c, double *mean, double *std)
{
    return channels(json_object_get(w->h->meta, "mean"), c, mean) &&
           channels(json_object_get(w->h->meta, "std"), c, std);
}

int nai_weights_find(const struct nai_weights *w, const char *name)
{
    return nts_find_section(w->h, name);
}

/* ---- into a model ---- */

static bool excepted(const char *name, const char *const *except)
{
    for (; except && *except; except++)
        if (strncmp(name, *except, strlen(*except)) == 0)
            return true;
    return false;
}

/* "[64,3,7,7]" in buf. */
static const char *shape_text(char buf[static 120], size_t ndim, const uint64_t *shape)
{
    size_t at = (size_t)snprintf(buf, 120, "[");

    for (size_t k = 0; k < ndim && at < 90; k++)
        at += (size_t)snprintf(buf + at, 120 - at, "%s%llu", k ? "," : "",
                               (unsigned long long)shape[k]);
    snprintf(buf + at, 120 - at, "]");
    return buf;
}

static void wire_shape(uint64_t out[static 4], const struct nai_tensor *t)
{
    for (size_t k = 0; k < t->ndim; k++)
        out[k] = t->shape[k];
}

/* Tensor t of the model from section s. */
static int load_tensor(const struct nai_weights *w, struct nai_model *m, size_t t, size_t s,
                       struct nai_err *err)
{
    const struct nai_tensor *const want = &m->graph->tensor[t];
    const struct nts_section *const have = &w->h->section[s];
    const enum nai_dtype dtype = have->field[0].dtype;
    char a[120], b[120];
    uint64_t shape[4];

    wire_shape(shape, want);
    if (have->tdim != want->ndim || memcmp(have->tshape, shape, want->ndim * sizeof *shape) != 0)
        return nai_err_set(err, NAI_EINPUT, "parameter '%s' is %s in the checkpoint, %s in %.100s",
                           have->name, shape_text(a, have->tdim, have->tshape),
                           shape_text(b, want->ndim, shape), m->graph->text);
    if (!nai_dtype_is_float(dtype))
        return nai_err_set(err, NAI_EINPUT, "parameter '%s' is of type %s", have->name,
                           nai_dtype_name(dtype));
    return nai_model_set(m, t, w->data[s], dtype, err);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* A section that the model has no tensor for. */
static int check_extra(const struct nai_weights *w, const struct nai_model *m, const char *prefix,
                       const char *const *except, struct nai_err *err)
{
    const size_t n = strlen(prefix);

    for (size_t s = 0; s < w->h->nsections; s++) {
        const char *const name = w->h->section[s].name, *const bare = name + n;
        if (strncmp(name, prefix, n) != 0 || strchr(bare, '/') || excepted(bare, except) ||
            ends_with(bare, "num_batches_tracked"))
            continue;
        if (nai_graph_tensor(m->graph, bare) < 0)
            return nai_err_set(err, NAI_EINPUT,
                               "parameter '%.100s' of the checkpoint is not in %.200s", name,
                               m->graph->text);
    }
    return NAI_OK;
}

int nai_weights_load(const struct nai_weights *w, struct nai_model *m, const char *prefix,
                     const char *const *except, struct nai_err *err)
{
    int status = NAI_OK;

    for (size_t t = 0; t < m->graph->ntensors && status == NAI_OK; t++) {
        const struct nai_tensor *const want = &m->graph->tensor[t];
        char name[200];
        int s;
        snprintf(name, sizeof name, "%.60s%s", prefix, want->name);
        s = nai_weights_find(w, name);
        if (s >= 0)
            status = load_tensor(w, m, t, (size_t)s, err);
        else if (!excepted(want->name, except))
            status = nai_err_set(err, NAI_EINPUT,
                                 "parameter '%s' of %.200s is missing from the checkpoint", name,
                                 m->graph->text);
    }
    return status == NAI_OK ? check_extra(w, m, prefix, except, err) : status;
}

/* ---- writing ---- */

int nai_model_declare(struct nts_header *h, const struct nai_model *m, const char *prefix,
                      struct nai_err *err)
{
    for (size_t t = 0; t < m->graph->ntensors; t++) {
        const struct nai_tensor *const tensor = &m->graph->tensor[t];
        uint64_t shape[4];
        char name[200];
        wire_shape(shape, tensor);
        snprintf(name, sizeof name, "%.60s%s", prefix, tensor->name);
        if (nts_header_tensor(h, name, m->device->dtype, tensor->ndim, shape) < 0)
            return nai_err_set(err, NAI_ESYSTEM, "parameter '%s': no memory, or too many", name);
    }
    return NAI_OK;
}

int nai_model_write(struct nts_writer *w, const struct nai_model *m, size_t first,
                    struct nai_err *err)
{
    size_t largest = 1;
    int status = NAI_OK;
    void *host;

    for (size_t t = 0; t < m->graph->ntensors; t++)
        if (m->graph->tensor[t].count > largest)
            largest = m->graph->tensor[t].count;
    host = nai_alloc(largest, m->device->size, "parameters", err);
    if (!host)
        return NAI_ESYSTEM;
    for (size_t t = 0; t < m->graph->ntensors && status == NAI_OK; t++) {
        const void *const data[1] = {host};
        nai_model_get(m, t, host);
        status = nts_write(w, first + t, m->graph->tensor[t].count, data, err);
    }
    nai_free(host);
    return status;
}
