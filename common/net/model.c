/* model.c - a network's parameters and buffers on a device
 * SPDX-License-Identifier: MIT */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "vector.h"

int nai_model_new(struct nai_model **out, struct nai_device *d, struct nai_graph *g, bool training,
                  struct nai_err *err)
{
    struct nai_model *const m = calloc(1, sizeof *m);

    *out = NULL;
    if (!m) {
        nai_graph_free(g);
        return nai_err_set(err, NAI_ESYSTEM, "model:");
    }
    m->device = d;
    m->graph = g;
    m->w = d->memory->alloc(d, g->params, "parameters", err);
    m->b = m->w ? d->memory->alloc(d, g->buffers, "running statistics", err) : NULL;
    if (m->b && training)
        m->g = d->memory->alloc(d, g->params, "gradients", err);
    if (!m->b || (training && !m->g)) {
        nai_model_free(m);
        return NAI_ESYSTEM;
    }
    for (size_t t = 0; t < g->ntensors; t++)
        if (g->tensor[t].buffer && g->tensor[t].init == NAI_INIT_ONE)
            d->vector->fill(d, nai_model_tensor(m, t), 1, g->tensor[t].count);
    *out = m;
    return NAI_OK;
}

void nai_model_free(struct nai_model *m)
{
    if (!m)
        return;
    m->device->memory->free(m->device, m->w);
    m->device->memory->free(m->device, m->b);
    m->device->memory->free(m->device, m->g);
    m->device->memory->free(m->device, m->tw);
    m->device->memory->free(m->device, m->tg);
    nai_graph_free(m->graph);
    free(m);
}

struct nai_buf *nai_model_tensor(const struct nai_model *m, size_t t)
{
    const struct nai_tensor *const tensor = &m->graph->tensor[t];

    return m->device->memory->at(m->device, tensor->buffer ? m->b : m->w, tensor->offset);
}

struct nai_buf *nai_model_part(const struct nai_model *m, struct nai_buf *b, size_t t)
{
    const struct nai_tensor *const tensor = &m->graph->tensor[t];

    return tensor->buffer ? NULL : m->device->memory->at(m->device, b, tensor->offset);
}

struct nai_buf *nai_model_grad(const struct nai_model *m, size_t t)
{
    return nai_model_part(m, m->g, t);
}

int nai_model_tangents(struct nai_model *m, struct nai_err *err)
{
    struct nai_device *const d = m->device;

    m->tw = d->memory->alloc(d, m->graph->params, "a direction", err);
    m->tg = m->tw ? d->memory->alloc(d, m->graph->params, "a product", err) : NULL;
    return m->tg ? NAI_OK : NAI_ESYSTEM;
}

int nai_model_set(struct nai_model *m, size_t t, const void *values, enum nai_dtype dtype,
                  struct nai_err *err)
{
    struct nai_device *const d = m->device;
    const size_t count = m->graph->tensor[t].count;
    double *wide;
    float *narrow = NULL;

    if (dtype == d->dtype) {
        d->memory->upload(d, nai_model_tensor(m, t), values, count);
        return NAI_OK;
    }
    wide = nai_alloc(count, sizeof *wide, m->graph->tensor[t].name, err);
    if (wide && d->dtype == NAI_F32)
        narrow = nai_alloc(count, sizeof *narrow, m->graph->tensor[t].name, err);
    if (!wide || (d->dtype == NAI_F32 && !narrow)) {
        nai_free(wide);
        return NAI_ESYSTEM;
    }
    nai_to_f64(wide, values, dtype, count);
    for (size_t i = 0; narrow && i < count; i++)
        narrow[i] = (float)wide[i];
    d->memory->upload(d, nai_model_tensor(m, t), narrow ? (void *)narrow : (void *)wide, count);
    nai_free(narrow);
    nai_free(wide);
    return NAI_OK;
}

void nai_model_get(const struct nai_model *m, size_t t, void *values)
{
    m->device->memory->download(m->device, values, nai_model_tensor(m, t),
                                m->graph->tensor[t].count);
}

/* ---- all trained elements, one behind the other ---- */

size_t nai_model_params(const struct nai_model *m)
{
    size_t n = 0;

    for (size_t t = 0; t < m->graph->ntensors; t++)
        n += m->graph->tensor[t].buffer ? 0 : m->graph->tensor[t].count;
    return n;
}

/* What a float32 tensor passes through, of the size of the largest; *pass NULL where float64 goes
 * straight. */
static int open_pass(float **pass, const struct nai_model *m, struct nai_err *err)
{
    size_t most = 1;

    *pass = NULL;
    if (m->device->dtype == NAI_F64)
        return NAI_OK;
    for (size_t t = 0; t < m->graph->ntensors; t++)
        if (!m->graph->tensor[t].buffer && m->graph->tensor[t].count > most)
            most = m->graph->tensor[t].count;
    *pass = nai_alloc(most, sizeof **pass, "a tensor", err);
    return *pass ? NAI_OK : NAI_ESYSTEM;
}

int nai_model_gather(const struct nai_model *m, const struct nai_buf *b, double *x,
                     struct nai_err *err)
{
    const struct nai_memory_ops *const mem = m->device->memory;
    float *pass;
    const int rc = open_pass(&pass, m, err);

    for (size_t t = 0; rc == NAI_OK && t < m->graph->ntensors; t++) {
        const struct nai_tensor *const p = &m->graph->tensor[t];
        if (p->buffer)
            continue;
        mem->download(m->device, pass ? (void *)pass : (void *)x,
                      mem->at(m->device, (struct nai_buf *)(uintptr_t)b, p->offset), p->count);
        for (size_t i = 0; pass && i < p->count; i++)
            x[i] = pass[i];
        x += p->count;
    }
    nai_free(pass);
    return rc;
}

int nai_model_scatter(const struct nai_model *m, const double *x, struct nai_buf *b,
                      struct nai_err *err)
{
    const struct nai_memory_ops *const mem = m->device->memory;
    float *pass;
    const int rc = open_pass(&pass, m, err);

    if (rc == NAI_OK)
        m->device->vector->zero(m->device, b, m->graph->params);
    for (size_t t = 0; rc == NAI_OK && t < m->graph->ntensors; t++) {
        const struct nai_tensor *const p = &m->graph->tensor[t];
        if (p->buffer)
            continue;
        for (size_t i = 0; pass && i < p->count; i++)
            pass[i] = (float)x[i];
        mem->upload(m->device, mem->at(m->device, b, p->offset),
                    pass ? (const void *)pass : (const void *)x, p->count);
        x += p->count;
    }
    nai_free(pass);
    return rc;
}
