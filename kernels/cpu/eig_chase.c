/* eig_chase.c - band to tridiagonal, by chasing bulges; see eig_parts.h
 * SPDX-License-Identifier: MIT
 *
 * Sweep s annihilates column s below its subdiagonal by a reflector of length b, whose two-sided
 * application pushes a b by b bulge down the band; the bulge's first column gives the next
 * reflector, and so on to the end. Step (s, k) touches only columns s+1+kb .. s+(k+1)b, and needs
 * step (s-1, k+1) done: sweeps therefore run two steps behind one another, a few of them in turn by
 * one thread (so that what one leaves in the cache serves the next), groups of them by several. The
 * arithmetic of a step does not depend on who does it when. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize(                                                                              \
    "fp-contract=fast") /* a*b + c in one instruction, as clang has it by default */
#endif
#include <math.h>
#include <omp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "eig_parts.h"
#include "mem.h"
#include "tile.h"

enum {
    B = NAI_BAND,
    LANES = 8,
    STEPS = B / LANES, /* vectors in a column of a block */
    /* Element (i, j) is at j * STRIDE + i: column j holds rows j - 8 .. j + 2b - 1. The eight rows
     * above the diagonal are scratch, so that whole vectors can be written there. */
    STRIDE = 2 * B + LANES,
    GROUP = 4 /* sweeps interleaved by one thread */
};

typedef double vec __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t mask __attribute__((vector_size(64), aligned(8), may_alias));

#define INLINE      static inline __attribute__((always_inline))
#define LOAD(p)     (*(const vec *)(p))
#define STORE(p, v) (*(vec *)(p) = (v))

#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (mask){__VA_ARGS__})
#endif

/* Rows of a triangle's column c within its 8 by 8 block: on and below the diagonal, and below. */
static const int64_t lower[LANES][LANES] = {
    {-1, -1, -1, -1, -1, -1, -1, -1}, {0, -1, -1, -1, -1, -1, -1, -1},
    {0, 0, -1, -1, -1, -1, -1, -1},   {0, 0, 0, -1, -1, -1, -1, -1},
    {0, 0, 0, 0, -1, -1, -1, -1},     {0, 0, 0, 0, 0, -1, -1, -1},
    {0, 0, 0, 0, 0, 0, -1, -1},       {0, 0, 0, 0, 0, 0, 0, -1},
};
static const int64_t below[LANES][LANES] = {
    {0, -1, -1, -1, -1, -1, -1, -1}, {0, 0, -1, -1, -1, -1, -1, -1}, {0, 0, 0, -1, -1, -1, -1, -1},
    {0, 0, 0, 0, -1, -1, -1, -1},    {0, 0, 0, 0, 0, -1, -1, -1},    {0, 0, 0, 0, 0, 0, -1, -1},
    {0, 0, 0, 0, 0, 0, 0, -1},       {0, 0, 0, 0, 0, 0, 0, 0},
};

/* r[0] = the eight sums of the elements of r[0] .. r[7]. */
INLINE void sum_across(vec r[LANES])
{
    for (int i = 0; i < 8; i += 2)
        r[i] = SHUFFLE(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14) +
               SHUFFLE(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    for (int i = 0; i < 8; i += 4)
        r[i] = SHUFFLE(r[i], r[i + 2], 0, 1, 8, 9, 4, 5, 12, 13) +
               SHUFFLE(r[i], r[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    r[0] = SHUFFLE(r[0], r[4], 0, 1, 2, 3, 8, 9, 10, 11) +
           SHUFFLE(r[0], r[4], 4, 5, 6, 7, 12, 13, 14, 15);
}

INLINE double dot(const double *x, const double *y)
{
    vec s = LOAD(x) * LOAD(y);

    for (int i = 1; i < STEPS; i++)
        s += LOAD(x + i * LANES) * LOAD(y + i * LANES);
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* u, *tau of H = I - tau u u^T with H x = beta e1, as LAPACK's dlarfg but u[0] = 1 stored. Elements
 * are at most about 1 in size, so squares that underflow do not matter. */
INLINE double reflector(double *u, double *tau, const double *x)
{
    const double alpha = x[0];
    double tail, beta;

    for (int i = 0; i < B; i++)
        u[i] = x[i];
    u[0] = 0;
    tail = dot(u, u);
    u[0] = 1;
    *tau = 0;
    if (!(tail > 0)) /* u's tail may be denormal: without effect at tau = 0 */
        return alpha;
    beta = -copysign(sqrt(alpha * alpha + tail), alpha);
    *tau = (beta - alpha) / beta;
    for (int i = 1; i < B; i++)
        u[i] *= 1 / (alpha - beta);
    return beta;
}

/* w = A u for the lower triangle of a block on the diagonal. */
INLINE void symmetric_product(double *w, const double *a, const double *u)
{
    for (int i = 0; i < B; i++)
        w[i] = 0;
    for (int j = 0; j < STEPS; j++) {
        const double *const col = a + j * LANES * STRIDE;
        const vec uj = LOAD(u + j * LANES);
        vec dots[LANES], sum = {0};
        for (int c = 0; c < LANES; c++) {
            const mask v = (mask)LOAD(col + c * STRIDE + j * LANES);
            sum += (vec)(v & *(const mask *)lower[c]) * uj[c];
            dots[c] = (vec)(v & *(const mask *)below[c]) * uj;
        }
        STORE(w + j * LANES, LOAD(w + j * LANES) + sum);
        for (int i = j + 1; i < STEPS; i++) {
            const vec ui = LOAD(u + i * LANES);
            vec even = LOAD(w + i * LANES), odd = {0};
            for (int c = 0; c < LANES; c += 2) {
                const vec v0 = LOAD(col + c * STRIDE + i * LANES);
                const vec v1 = LOAD(col + (c + 1) * STRIDE + i * LANES);
                even += v0 * uj[c];
                odd += v1 * uj[c + 1];
                dots[c] += v0 * ui;
                dots[c + 1] += v1 * ui;
            }
            STORE(w + i * LANES, even + odd);
        }
        sum_across(dots);
        STORE(w + j * LANES, LOAD(w + j * LANES) + dots[0]);
    }
}

/* A = H A H on the lower triangle of a block on the diagonal. */
INLINE void two_sided(double *a, const double *u, double tau)
{
    double w[B];

    symmetric_product(w, a, u);
    const double half = 0.5 * tau * tau * dot(u, w);
    for (int i = 0; i < B; i++)
        w[i] = tau * w[i] - half * u[i];
    for (int j = 0; j < STEPS; j++)
        for (int i = j; i < STEPS; i++) {
            const vec ui = LOAD(u + i * LANES), wi = LOAD(w + i * LANES);
            for (int c = 0; c < LANES; c++) {
                double *const p = a + (j * LANES + c) * STRIDE + i * LANES;
                STORE(p, LOAD(p) - ui * w[j * LANES + c] - wi * u[j * LANES + c]);
            }
        }
}

/* The block below: B = B H, then u and tau for its first column, and B = H' B. */
INLINE void pass_on(double *a, double *u, double *tau)
{
    double w[B], x[B], z[B], next[B], t;
    vec sum[2 * STEPS] = {{0}};

    for (int c = 0; c < B; c += 2)
        for (int i = 0; i < STEPS; i++) {
            sum[i] += LOAD(a + c * STRIDE + i * LANES) * u[c];
            sum[STEPS + i] += LOAD(a + (c + 1) * STRIDE + i * LANES) * u[c + 1];
        }
    for (int i = 0; i < STEPS; i++)
        STORE(w + i * LANES, (sum[i] + sum[STEPS + i]) * *tau);
    for (int i = 0; i < B; i++)
        x[i] = a[i] - w[i] * u[0];
    const double beta = reflector(next, &t, x);
    const double across = dot(next, w);
    for (int j = 0; j < STEPS; j++) { /* z = t B^T u', B being what it is after the first half */
        vec dots[LANES];
        for (int c = 0; c < LANES; c++) {
            const double *const col = a + (j * LANES + c) * STRIDE;
            dots[c] = LOAD(col) * LOAD(next);
            for (int i = 1; i < STEPS; i++)
                dots[c] += LOAD(col + i * LANES) * LOAD(next + i * LANES);
        }
        sum_across(dots);
        STORE(z + j * LANES, (dots[0] - LOAD(u + j * LANES) * across) * t);
    }
    for (int c = 1; c < B; c++)
        for (int i = 0; i < STEPS; i++) {
            double *const p = a + c * STRIDE + i * LANES;
            STORE(p, LOAD(p) - LOAD(w + i * LANES) * u[c] - LOAD(next + i * LANES) * z[c]);
        }
    memset(a, 0, sizeof x);
    a[0] = beta;
    memcpy(u, next, sizeof next);
    *tau = t;
}

struct chase {
    double *ab;
    size_t n;
    atomic_size_t *done; /* [n]: steps that a sweep has completed */
};

static size_t steps_of(const struct chase *c, size_t sweep)
{
    return (c->n - 1 - sweep + B - 1) / B;
}

/* Step k of a sweep; u and tau go from step to step. */
NAI_CLONES
static void chase_step(double *restrict ab, size_t sweep, size_t k, size_t steps,
                       double *restrict u, double *restrict tau)
{
    const size_t r = sweep + 1 + k * B;

    if (k == 0) {
        double *const x = ab + sweep * STRIDE + r;
        const double beta = reflector(u, tau, x);
        memset(x, 0, B * sizeof *x);
        x[0] = beta;
    }
    two_sided(ab + r * STRIDE + r, u, *tau);
    if (k + 1 < steps)
        pass_on(ab + r * STRIDE + r + B, u, tau);
}

static void wait_for(const atomic_size_t *done, size_t steps)
{
    for (unsigned spins = 0; atomic_load_explicit(done, memory_order_acquire) < steps; spins++)
        if (spins > 200)
            sched_yield();
}

static void chase_group(const struct chase *c, size_t first, size_t count)
{
    double u[GROUP][B], tau[GROUP];
    const size_t most = steps_of(c, first) + 2 * (count - 1);

    for (size_t t = 0; t < most; t++)
        for (size_t g = 0; g < count && 2 * g <= t; g++) {
            const size_t sweep = first + g, k = t - 2 * g, steps = steps_of(c, sweep);
            if (k >= steps)
                continue;
            if (g == 0 && sweep > 0)
                wait_for(&c->done[sweep - 1], nai_min(k + 2, steps_of(c, sweep - 1)));
            chase_step(c->ab, sweep, k, steps, u[g], &tau[g]);
            atomic_store_explicit(&c->done[sweep], k + 1, memory_order_release);
        }
}

/* The lower band, with zeros past the end so that every step works on whole blocks. */
static void copy_band(double *ab, const double *a, size_t n)
{
#pragma omp parallel for schedule(static)
    for (size_t j = 0; j < n; j++)
        memcpy(ab + j * STRIDE + j, a + j * n + j, nai_min(B + 1, n - j) * sizeof *ab);
}

int nai_eig_chase(double *d, double *e, const double *a, size_t n, struct nai_err *err)
{
    const size_t size = (n + 2 * B) * (STRIDE + 1) + LANES, sweeps = n > 2 ? n - 2 : 0;
    double *const buf = nai_alloc(size, sizeof *buf, "band matrix", err);
    double *const ab = buf ? buf + LANES : NULL;
    struct chase c = {.ab = ab, .n = n};
    int status = NAI_ESYSTEM;

    c.done = nai_alloc(n, sizeof *c.done, "band matrix", err);
    if (!buf || !c.done)
        goto out;
    memset(buf, 0, size * sizeof *buf);
    copy_band(ab, a, n);
    for (size_t i = 0; i < n; i++)
        atomic_init(&c.done[i], 0);
#pragma omp parallel
    {
        const size_t threads = (size_t)omp_get_num_threads(), me = (size_t)omp_get_thread_num();
        for (size_t s = me * GROUP; s < sweeps; s += threads * GROUP)
            chase_group(&c, s, nai_min(GROUP, sweeps - s));
    }
    for (size_t j = 0; j < n; j++) {
        d[j] = ab[j * STRIDE + j];
        if (j + 1 < n)
            e[j] = ab[j * STRIDE + j + 1];
    }
    status = NAI_OK;
out:
    nai_free(buf);
    nai_free(c.done);
    return status;
}
