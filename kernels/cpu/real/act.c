/* act.c - see act.h
 * SPDX-License-Identifier: MIT */
#include "exp.h"
#include "real.h"
#include "tables.h"
#include "tile.h"

enum { RUN = 1 << 13, SERIAL = 1 << 14 };

/* *phi = the normal density at x; returns the distribution function. */
static inline real normal(real x, real *phi)
{
    const real e = nai_exp(-x * x / 2);

    *phi = (real)0.398942280401432678 * e;
#if NAI_REAL == 32
    /* Hastings' fit to the complementary error function, error 1.5e-7 (Abramowitz & Stegun 1964,
     * 7.1.26), at |x| / sqrt(2). */
    const float t = 1 / (1 + 0.3275911f * 0.707106781f * fabsf(x));
    const float tail =
        0.5f * e * t *
        (0.254829592f +
         t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    return x < 0 ? tail : 1 - tail;
#else
    return 0.5 * erfc(-x * 0.707106781186547524);
#endif
}

NAI_CLONES
static void relu_run(const real *x, real *y, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] < 0 ? 0 : x[i]; /* NaN stays */
}

NAI_CLONES
static void gelu_run(const real *x, real *y, size_t n)
{
    NAI_EXP_LOOP
    for (size_t i = 0; i < n; i++) {
        real phi;
        y[i] = x[i] * normal(x[i], &phi);
    }
}

static void tanh_run(const real *x, real *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = NAI_M(tanh)(x[i]);
}

NAI_CLONES
static void sigmoid_run(const real *x, real *y, size_t n)
{
    NAI_EXP_LOOP
    for (size_t i = 0; i < n; i++)
        y[i] = 1 / (1 + nai_exp(-x[i]));
}

static void act_forward(struct nai_device *d, enum nai_act act, const struct nai_buf *x,
                        struct nai_buf *y, size_t count)
{
    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t i = 0; i < count; i += RUN) {
        const real *const from = nai_in(x) + i;
        real *const to = nai_io(y) + i;
        const size_t n = nai_min(RUN, count - i);
        switch (act) {
        case NAI_ACT_NONE:
            memmove(to, from, n * sizeof *to);
            break;
        case NAI_ACT_RELU:
            relu_run(from, to, n);
            break;
        case NAI_ACT_GELU:
            gelu_run(from, to, n);
            break;
        case NAI_ACT_TANH:
            tanh_run(from, to, n);
            break;
        case NAI_ACT_SIGMOID:
            sigmoid_run(from, to, n);
            break;
        }
    }
}

NAI_CLONES
static void relu_back(const real *y, const real *dy, real *dx, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        dx[i] = y[i] <= 0 ? 0 : dy[i];
}

NAI_CLONES
static void gelu_back(const real *x, const real *dy, real *dx, size_t n)
{
    NAI_EXP_LOOP
    for (size_t i = 0; i < n; i++) {
        real phi;
        const real p = normal(x[i], &phi);
        dx[i] = dy[i] * (p + x[i] * phi);
    }
}

NAI_CLONES
static void tanh_back(const real *y, const real *dy, real *dx, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

NAI_CLONES
static void sigmoid_back(const real *y, const real *dy, real *dx, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * (y[i] * (1 - y[i]));
}

static void act_backward(struct nai_device *d, enum nai_act act, const struct nai_buf *x,
                         const struct nai_buf *y, const struct nai_buf *dy, struct nai_buf *dx,
                         size_t count)
{
    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t i = 0; i < count; i += RUN) {
        const real *const from = nai_in(dy) + i;
        real *const to = nai_io(dx) + i;
        const size_t n = nai_min(RUN, count - i);
        switch (act) {
        case NAI_ACT_NONE:
            memmove(to, from, n * sizeof *to);
            break;
        case NAI_ACT_RELU:
            relu_back(nai_in(y) + i, from, to, n);
            break;
        case NAI_ACT_GELU:
            gelu_back(nai_in(x) + i, from, to, n);
            break;
        case NAI_ACT_TANH:
            tanh_back(nai_in(y) + i, from, to, n);
            break;
        case NAI_ACT_SIGMOID:
            sigmoid_back(nai_in(y) + i, from, to, n);
            break;
        }
    }
}

NAI_CLONES
static void gelu_tangent(const real *x, const real *tx, const real *dy, const real *tdy, real *tdx,
                         size_t n)
{
    NAI_EXP_LOOP
    for (size_t i = 0; i < n; i++) {
        real phi;
        const real p = normal(x[i], &phi);
        tdx[i] = tdy[i] * (p + x[i] * phi) + phi * (2 - x[i] * x[i]) * (tx[i] * dy[i]);
    }
}

NAI_CLONES
static void tanh_tangent(const real *y, const real *ty, const real *dy, const real *tdy, real *tdx,
                         size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        tdx[i] = tdy[i] * (1 - y[i] * y[i]) - 2 * y[i] * (ty[i] * dy[i]);
}

NAI_CLONES
static void sigmoid_tangent(const real *y, const real *ty, const real *dy, const real *tdy,
                            real *tdx, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        tdx[i] = tdy[i] * (y[i] * (1 - y[i])) + (1 - 2 * y[i]) * (ty[i] * dy[i]);
}

static void act_backward_tangent(struct nai_device *d, enum nai_act act, const struct nai_buf *v,
                                 const struct nai_buf *tv, const struct nai_buf *dy,
                                 const struct nai_buf *tdy, struct nai_buf *tdx, size_t count)
{
    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t i = 0; i < count; i += RUN) {
        const real *const from = nai_in(tdy) + i;
        real *const to = nai_io(tdx) + i;
        const size_t n = nai_min(RUN, count - i);
        switch (act) {
        case NAI_ACT_NONE:
            memmove(to, from, n * sizeof *to);
            break;
        case NAI_ACT_RELU:
            relu_back(nai_in(v) + i, from, to, n);
            break;
        case NAI_ACT_GELU:
            gelu_tangent(nai_in(v) + i, nai_in(tv) + i, nai_in(dy) + i, from, to, n);
            break;
        case NAI_ACT_TANH:
            tanh_tangent(nai_in(v) + i, nai_in(tv) + i, nai_in(dy) + i, from, to, n);
            break;
        case NAI_ACT_SIGMOID:
            sigmoid_tangent(nai_in(v) + i, nai_in(tv) + i, nai_in(dy) + i, from, to, n);
            break;
        }
    }
}

const struct nai_act_ops NAI_R(nai_cpu_act) = {
    .forward = act_forward,
    .backward = act_backward,
    .backward_tangent = act_backward_tangent,
};
