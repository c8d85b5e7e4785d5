/* layers.h - what the tests of the layers' kernels share: devices, numbers, gradients
 * SPDX-License-Identifier: MIT
 *
 * A test's numbers are float64 NCHW; on the device they are of its dtype, in a block. */
#ifndef NAI_TEST_LAYERS_H
#define NAI_TEST_LAYERS_H

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "blas.h"
#include "device.h"
#include "vector.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

__attribute__((unused)) static struct nai_device *device(enum nai_dtype t)
{
    struct nai_device *d = NULL;
    struct nai_err err = {0};

    if (nai_device_open(&d, "cpu", t, 2, &err) != NAI_OK) {
        printf("Bail out! %s\n", err.msg);
        exit(1);
    }
    return d;
}

__attribute__((unused)) static double *doubles(size_t n)
{
    double *const p = calloc(n ? n : 1, sizeof *p);

    if (!p)
        exit(1);
    return p;
}

/* Element i of draw number `seed`: a multiple of 1/512 in [-2, 2), by SplitMix64. */
static double draw(uint64_t seed, size_t i)
{
    uint64_t z = (seed * 1000003 + i + 1) * 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return ((double)((z ^ z >> 31) >> 40 & 2047) - 1024) / 512;
}

__attribute__((unused)) static double *drawn(uint64_t seed, size_t n)
{
    double *const p = doubles(n);

    for (size_t i = 0; i < n; i++)
        p[i] = draw(seed, i);
    return p;
}

__attribute__((unused)) static struct nai_buf *put(struct nai_device *d, const double *x, size_t n)
{
    struct nai_err err = {0};
    struct nai_buf *const b = d->memory->alloc(d, n, "test", &err);
    float *const f = calloc(n ? n : 1, sizeof *f);

    if (!b || !f)
        exit(1);
    for (size_t i = 0; x && i < n; i++)
        f[i] = (float)x[i];
    if (x && d->dtype == NAI_F32)
        d->memory->upload(d, b, f, n);
    else if (x)
        d->memory->upload(d, b, x, n);
    free(f);
    return b;
}

__attribute__((unused)) static void get(struct nai_device *d, const struct nai_buf *b, double *x,
                                        size_t n)
{
    float *const f = calloc(n ? n : 1, sizeof *f);

    if (!f)
        exit(1);
    if (d->dtype == NAI_F32)
        d->memory->download(d, f, b, n);
    else
        d->memory->download(d, x, b, n);
    for (size_t i = 0; d->dtype == NAI_F32 && i < n; i++)
        x[i] = (double)f[i];
    free(f);
}

/* A gradient that is added to: a buffer of ones, and what was added. */
__attribute__((unused)) static struct nai_buf *ones(struct nai_device *d, size_t n)
{
    struct nai_buf *const b = put(d, NULL, n);

    d->vector->fill(d, b, 1, n);
    return b;
}

__attribute__((unused)) static void get_added(struct nai_device *d, const struct nai_buf *b,
                                              double *x, size_t n)
{
    get(d, b, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] -= 1;
}

/* Where element (i, c, pixel p) is: the layout as device.h has it. */
__attribute__((unused)) static size_t place(const struct nai_shape *s, size_t i, size_t c, size_t p)
{
    const size_t blocks = (s->c + s->block - 1) / s->block;

    return ((i * blocks + c / s->block) * s->h * s->w + p) * s->block + c % s->block;
}

/* NCHW to the device in the shape's block; NULL: room for it, filled with numbers to be
 * overwritten, so that padding that is not written shows. */
__attribute__((unused)) static struct nai_buf *put_shape(struct nai_device *d,
                                                         const struct nai_shape *s, const double *x)
{
    const size_t hw = s->h * s->w, count = nai_shape_count(s);
    double *const v = doubles(count);
    struct nai_buf *b;

    for (size_t i = 0; !x && i < count; i++)
        v[i] = 7;
    for (size_t i = 0; x && i < s->n; i++)
        for (size_t c = 0; c < s->c; c++)
            for (size_t p = 0; p < hw; p++)
                v[place(s, i, c, p)] = x[(i * s->c + c) * hw + p];
    b = put(d, v, count);
    free(v);
    return b;
}

/* Back to NCHW; whether the padding was 0. */
__attribute__((unused)) static bool get_shape(struct nai_device *d, const struct nai_shape *s,
                                              const struct nai_buf *b, double *x)
{
    const size_t hw = s->h * s->w, blocks = (s->c + s->block - 1) / s->block;
    double *const v = doubles(nai_shape_count(s));
    bool clean = true;

    get(d, b, v, nai_shape_count(s));
    for (size_t i = 0; i < s->n; i++)
        for (size_t c = 0; c < blocks * s->block; c++)
            for (size_t p = 0; p < hw; p++)
                if (c < s->c)
                    x[(i * s->c + c) * hw + p] = v[place(s, i, c, p)];
                else
                    clean = clean && v[place(s, i, c, p)] == 0;
    free(v);
    return clean;
}

__attribute__((unused)) static void drop(struct nai_device *d, struct nai_buf **b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d->memory->free(d, b[i]);
}

/* The largest |got - want| / max(1, |want|); infinite if one is NaN. */
__attribute__((unused)) static double worst(const double *got, const double *want, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++) {
        const double e = fabs(got[i] - want[i]) / fmax(1, fabs(want[i]));
        if (!(e <= most))
            most = isnan(e) ? INFINITY : e;
    }
    return most;
}

/* Sum of w_i y_i: the loss whose gradient with respect to y is w. */
__attribute__((unused)) static double weighted(const double *w, const double *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += w[i] * y[i];
    return sum;
}

/* The largest difference of gradient from the central differences of loss(ctx) in x. */
__attribute__((unused)) static double differences(double (*loss)(void *), void *ctx, double *x,
                                                  const double *gradient, size_t n)
{
    const double h = 1e-5;
    double *const slope = doubles(n);
    double most;

    for (size_t i = 0; i < n; i++) {
        const double kept = x[i];
        x[i] = kept + h;
        const double up = loss(ctx);
        x[i] = kept - h;
        slope[i] = (up - loss(ctx)) / (2 * h);
        x[i] = kept;
    }
    most = worst(gradient, slope, n);
    free(slope);
    return most;
}

#endif
