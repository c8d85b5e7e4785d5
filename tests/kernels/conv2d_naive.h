/* conv2d_naive.h - convolution by plain loops in float64, and tensors in and out of a device
 * SPDX-License-Identifier: MIT
 *
 * For the tests of conv2d: plain tensors are NCHW. */
#ifndef NAI_TEST_CONV2D_NAIVE_H
#define NAI_TEST_CONV2D_NAIVE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv2d.h"

/* A convolution, plain: y f64[n][o][oh][ow] of x f64[n][c][h][w], w f64[o][c / groups][k][k]. */
struct conv {
    size_t n, c, h, w, o, k, stride, pad, groups;
};

static inline size_t conv_oh(const struct conv *v)
{
    return (v->h + 2 * v->pad - v->k) / v->stride + 1;
}

static inline size_t conv_ow(const struct conv *v)
{
    return (v->w + 2 * v->pad - v->k) / v->stride + 1;
}

static inline size_t conv_x(const struct conv *v)
{
    return v->n * v->c * v->h * v->w;
}

static inline size_t conv_y(const struct conv *v)
{
    return v->n * v->o * conv_oh(v) * conv_ow(v);
}

static inline size_t conv_weights(const struct conv *v)
{
    return v->o * v->c / v->groups * v->k * v->k;
}

/* Called for every product that the convolution sums: indices into x, w and y. */
#define CONV_EACH(v, ix, iw, iy, body)                                                             \
    for (size_t n_ = 0; n_ < (v)->n; n_++)                                                         \
        for (size_t o_ = 0; o_ < (v)->o; o_++)                                                     \
            for (size_t i_ = 0; i_ < conv_oh(v); i_++)                                             \
                for (size_t j_ = 0; j_ < conv_ow(v); j_++)                                         \
                    for (size_t c_ = 0; c_ < (v)->c / (v)->groups; c_++)                           \
                        for (size_t p_ = 0; p_ < (v)->k; p_++)                                     \
                            for (size_t q_ = 0; q_ < (v)->k; q_++) {                               \
                                const size_t r_ = i_ * (v)->stride + p_;                           \
                                const size_t s_ = j_ * (v)->stride + q_;                           \
                                const size_t in_ = (v)->c / (v)->groups;                           \
                                const size_t g_ = o_ / ((v)->o / (v)->groups);                     \
                                if (r_ < (v)->pad || r_ - (v)->pad >= (v)->h || s_ < (v)->pad ||   \
                                    s_ - (v)->pad >= (v)->w)                                       \
                                    continue;                                                      \
                                const size_t ix =                                                  \
                                    ((n_ * (v)->c + g_ * in_ + c_) * (v)->h + r_ - (v)->pad) *     \
                                        (v)->w +                                                   \
                                    s_ - (v)->pad;                                                 \
                                const size_t iw = ((o_ * in_ + c_) * (v)->k + p_) * (v)->k + q_;   \
                                const size_t iy =                                                  \
                                    ((n_ * (v)->o + o_) * conv_oh(v) + i_) * conv_ow(v) + j_;      \
                                body                                                               \
                            }

/* Memory, cleared, or the end of the test. */
static inline double *reals(size_t n)
{
    double *const p = calloc(n ? n : 1, sizeof *p);

    if (!p) {
        puts("Bail out! out of memory");
        exit(1);
    }
    return p;
}

/* Repeatable values in [-1, 1). */
static inline double *noise(size_t n, uint64_t seed)
{
    double *const p = reals(n);

    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        p[i] = (double)(int64_t)seed / 0x1p63;
    }
    return p;
}

static inline struct nai_buf *buffer(struct nai_device *d, size_t count)
{
    struct nai_err err = {0};
    struct nai_buf *const b = d->memory->alloc(d, count, "test", &err);

    if (!b) {
        printf("Bail out! %s\n", err.msg);
        exit(1);
    }
    return b;
}

/* b = v[count], in the device's type. */
static inline void put(struct nai_device *d, struct nai_buf *b, const double *v, size_t count)
{
    if (d->dtype == NAI_F64) {
        d->memory->upload(d, b, v, count);
        return;
    }
    float *const f = (float *)(void *)reals(count);
    for (size_t i = 0; i < count; i++)
        f[i] = (float)v[i];
    d->memory->upload(d, b, f, count);
    free(f);
}

static inline double *get(struct nai_device *d, const struct nai_buf *b, size_t count)
{
    double *const v = reals(count);

    d->memory->download(d, v, b, count);
    if (d->dtype == NAI_F32) {
        float *const f = (float *)(void *)reals(count);
        memcpy(f, v, count * sizeof *f);
        for (size_t i = 0; i < count; i++)
            v[i] = (double)f[i];
        free(f);
    }
    return v;
}

/* Where element i of a plain tensor is in one of this shape. */
static inline size_t place(const struct nai_shape *s, size_t i)
{
    const size_t area = s->h * s->w, c = i / area % s->c, n = i / area / s->c;
    const size_t blocks = (s->c + s->block - 1) / s->block;

    return ((n * blocks + c / s->block) * area + i % area) * s->block + c % s->block;
}

/* A tensor of the shape with the values of a plain one, and `rest` in the padding. */
static inline struct nai_buf *shaped(struct nai_device *d, const struct nai_shape *s,
                                     const double *plain, double rest)
{
    const size_t count = nai_shape_count(s);
    struct nai_buf *const b = buffer(d, count);
    double *const v = reals(count);

    for (size_t i = 0; i < count; i++)
        v[i] = rest;
    for (size_t i = 0; i < s->n * s->c * s->h * s->w; i++)
        v[place(s, i)] = plain[i];
    put(d, b, v, count);
    free(v);
    return b;
}

/* The plain values; *clean: the padding is zero. */
static inline double *plain_of(struct nai_device *d, const struct nai_shape *s,
                               const struct nai_buf *b, bool *clean)
{
    const size_t count = nai_shape_count(s), used = s->n * s->c * s->h * s->w;
    double *const v = get(d, b, count), *const out = reals(used);

    for (size_t i = 0; i < used; i++) {
        out[i] = v[place(s, i)];
        v[place(s, i)] = 0;
    }
    *clean = true;
    for (size_t i = 0; i < count; i++)
        *clean = *clean && v[i] == 0;
    free(v);
    return out;
}

#endif
