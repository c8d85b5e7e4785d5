/* loss_case.h - a loss on the CPU device: inputs that Python makes too, buffers, a call
 * SPDX-License-Identifier: MIT */
#ifndef NAI_LOSS_CASE_H
#define NAI_LOSS_CASE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "loss.h"

struct golden {
    struct nai_loss_spec spec;
    size_t terms;
    double value[NAI_LOSS_TERMS];
    double dot[4], norm; /* of the gradient: its products with noise, its length */
    size_t correct;
};

/* SplitMix64 of (stream << 32) + i, in [-1, 1): tests/golden/losses.py has the same. */
static inline double noise(uint64_t stream, uint64_t i)
{
    uint64_t x = (stream << 32) + i + 0x9E3779B97F4A7C15;

    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    x ^= x >> 31;
    return (double)(x >> 11) * 0x1p-52 - 1;
}

/* Everything a call needs, in float64 on the host and in the device's dtype there. */
struct loss_case {
    struct nai_device *dev;
    struct nai_loss_spec spec;
    size_t count;
    double *z, *target, *dz;
    int32_t *labels;
    struct nai_buf *zb, *tb, *gb, *work;
    struct nai_loss_value value;
};

/* nai_buf from or to float64, whatever the device's dtype. */
static inline void put(struct nai_device *dev, struct nai_buf *b, const double *x, size_t count)
{
    float *f;

    if (dev->dtype == NAI_F64) {
        dev->memory->upload(dev, b, x, count);
        return;
    }
    f = malloc(count * sizeof *f);
    for (size_t i = 0; f && i < count; i++)
        f[i] = (float)x[i];
    dev->memory->upload(dev, b, f, count);
    free(f);
}

static inline void get(struct nai_device *dev, double *x, const struct nai_buf *b, size_t count)
{
    float *f;

    if (dev->dtype == NAI_F64) {
        dev->memory->download(dev, x, b, count);
        return;
    }
    f = malloc(count * sizeof *f);
    dev->memory->download(dev, f, b, count);
    for (size_t i = 0; f && i < count; i++)
        x[i] = (double)f[i];
    free(f);
}

static inline struct nai_device *device(enum nai_dtype dtype)
{
    struct nai_err err = {0};
    struct nai_device *dev = NULL;

    if (nai_device_open(&dev, "cpu", dtype, 2, &err) != NAI_OK) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    return dev;
}

/* case_open - the inputs of losses.py: what an image's views share, and half as much of their own.
 */
static inline void case_open(struct loss_case *c, enum nai_dtype dtype,
                             const struct nai_loss_spec *spec)
{
    const size_t nd = spec->n * spec->d, count = spec->views * nd;
    struct nai_device *const dev = device(dtype);

    *c = (struct loss_case){.dev = dev, .spec = *spec, .count = count};
    c->z = calloc(count, sizeof(double));
    c->target = calloc(count, sizeof(double));
    c->dz = calloc(count, sizeof(double));
    c->labels = calloc(spec->n, sizeof *c->labels);
    c->zb = dev->memory->alloc(dev, count, "z", NULL);
    c->tb = dev->memory->alloc(dev, count, "target", NULL);
    c->gb = dev->memory->alloc(dev, count, "dz", NULL);
    c->work = dev->memory->alloc(dev, dev->loss->workspace(spec), "work", NULL);
    if (!c->z || !c->target || !c->dz || !c->labels || !c->zb || !c->tb || !c->gb || !c->work)
        exit(1);
    for (size_t i = 0; i < count; i++) {
        const double shared = noise(1, i % nd);
        c->z[i] = 1.5 * shared + 0.75 * noise(2, i) + 0.125;
        c->target[i] = noise(3, i) + 0.25 * shared;
    }
    for (size_t b = 0; b < spec->n; b++)
        c->labels[b] = (int32_t)((b * 7 + 3) % spec->d);
    put(dev, c->zb, c->z, count);
    put(dev, c->tb, c->target, count);
}

static inline void case_close(struct loss_case *c)
{
    const struct nai_memory_ops *const memory = c->dev->memory;

    memory->free(c->dev, c->zb);
    memory->free(c->dev, c->tb);
    memory->free(c->dev, c->gb);
    memory->free(c->dev, c->work);
    nai_device_close(c->dev);
    free(c->z);
    free(c->target);
    free(c->dz);
    free(c->labels);
}

/* case_run - the loss; with gradient, c->dz is its gradient too. */
static inline double case_run(struct loss_case *c, bool gradient)
{
    c->dev->loss->compute(c->dev, &c->spec, c->zb, c->tb, c->labels, gradient ? c->gb : NULL,
                          c->work, &c->value);
    if (gradient)
        get(c->dev, c->dz, c->gb, c->count);
    return c->value.loss;
}

/* case_name - "barlow official cross m=3 n=7 d=5". Returns buf. */
static inline const char *case_name(const struct nai_loss_spec *s, char buf[static 100])
{
    static const char *const kind[] = {"barlow",   "vicreg", "simclr", "byol",
                                       "spectral", "ce",     "mse"};
    static const char *const norm[] = {" official", " thesis", " fastssl"};
    const bool two = (s->kind == NAI_LOSS_VICREG && s->vicreg == NAI_VICREG_THESIS) ||
                     (s->kind == NAI_LOSS_SPECTRAL && s->spectral == NAI_SPECTRAL_THESIS);

    snprintf(buf, 100, "%s%s%s%s%s%s%s m=%zu n=%zu d=%zu", kind[s->kind],
             s->kind == NAI_LOSS_BARLOW ? norm[s->bt_norm] : "",
             s->bt_form == NAI_BT_EQ10 ? " eq10" : "", s->leave_one_out ? " leave-one-out" : "",
             two ? " thesis" : "", s->decoupled ? " decoupled" : "",
             s->sum      ? " sum"
             : s->over_d ? " over d"
                         : "",
             s->views, s->n, s->d);
    return buf;
}

#endif
