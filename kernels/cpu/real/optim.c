/* optim.c - steps of the optimisers; see optim.h
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "real.h"
#include "tables.h"
#include "tile.h"

/* Elements that a thread takes at a time: weights, gradients and moments of 16 KiB or so each. The
 * norms of LARS are sums over these chunks in order, so they do not depend on the threads. */
enum { CHUNK = 8192, LANES = 16, SERIAL = 4 * CHUNK };

static size_t chunks(size_t count)
{
    return (count + CHUNK - 1) / CHUNK;
}

struct sgd_step {
    real lr, momentum, decay;
    bool nesterov, first;
};

NAI_CLONES static void sgd_chunk(const struct sgd_step *s, size_t count, real *restrict w,
                                 const real *restrict g, real *restrict m)
{
    const real lr = s->lr, momentum = s->momentum, decay = s->decay;

    if (!m)
        for (size_t i = 0; i < count; i++)
            w[i] -= lr * (g[i] + decay * w[i]);
    else if (s->nesterov)
        for (size_t i = 0; i < count; i++) {
            const real dp = g[i] + decay * w[i];
            m[i] = momentum * m[i] + dp;
            w[i] -= lr * (dp + momentum * m[i]);
        }
    else
        for (size_t i = 0; i < count; i++) {
            m[i] = momentum * m[i] + (g[i] + decay * w[i]);
            w[i] -= lr * m[i];
        }
}

static void sgd(struct nai_device *d, const struct nai_sgd *s, struct nai_buf *w,
                const struct nai_buf *g, struct nai_buf *m, size_t count)
{
    /* at step 1 the buffer takes the gradient: as if it had been 0, whatever it holds */
    const struct sgd_step step = {
        .lr = (real)s->lr,
        .momentum = (real)s->momentum,
        .decay = (real)s->weight_decay,
        .nesterov = s->nesterov,
        .first = s->step <= 1,
    };
    real *const wr = nai_io(w), *const mr = s->momentum != 0 ? nai_io(m) : NULL;
    const real *const gr = nai_in(g);

    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t c = 0; c < chunks(count); c++) {
        const size_t i = c * CHUNK, n = nai_min(CHUNK, count - i);
        for (size_t j = 0; mr && step.first && j < n; j++)
            mr[i + j] = 0;
        sgd_chunk(&step, n, wr + i, gr + i, mr ? mr + i : NULL);
    }
}

struct adam_step {
    real beta1, beta2, rest1, rest2, rate, root, eps, decay, keep;
};

/* root is sqrt(1 - beta2^t), rate lr / (1 - beta1^t): m and v without their bias. */
NAI_CLONES static void adam_chunk(const struct adam_step *s, size_t count, real *restrict w,
                                  const real *restrict g, real *restrict m, real *restrict v)
{
    const struct adam_step k = *s;

    for (size_t i = 0; i < count; i++) {
        const real kept = w[i] * k.keep, dp = g[i] + k.decay * w[i];
        m[i] = k.beta1 * m[i] + k.rest1 * dp;
        v[i] = k.beta2 * v[i] + k.rest2 * dp * dp;
        w[i] = kept - k.rate * (m[i] / (NAI_M(sqrt)(v[i]) / k.root + k.eps));
    }
}

static void adam(struct nai_device *d, const struct nai_adam *s, struct nai_buf *w,
                 const struct nai_buf *g, struct nai_buf *m, struct nai_buf *v, size_t count)
{
    const double t = (double)s->step;
    const struct adam_step step = {
        .beta1 = (real)s->beta1,
        .beta2 = (real)s->beta2,
        .rest1 = (real)(1 - s->beta1),
        .rest2 = (real)(1 - s->beta2),
        .rate = (real)(s->lr / (1 - pow(s->beta1, t))),
        .root = (real)sqrt(1 - pow(s->beta2, t)),
        .eps = (real)s->eps,
        .decay = s->decoupled ? 0 : (real)s->weight_decay,
        .keep = s->decoupled ? (real)(1 - s->lr * s->weight_decay) : 1,
    };
    real *const wr = nai_io(w), *const mr = nai_io(m), *const vr = nai_io(v);
    const real *const gr = nai_in(g);

    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t c = 0; c < chunks(count); c++) {
        const size_t i = c * CHUNK;
        adam_chunk(&step, nai_min(CHUNK, count - i), wr + i, gr + i, mr + i, vr + i);
    }
}

/* norms += the squares of w and of g + decay w. */
NAI_CLONES static void norms_chunk(size_t count, double decay, const real *restrict w,
                                   const real *restrict g, double norms[2])
{
    double a[LANES] = {0}, b[LANES] = {0};
    size_t i = 0;

    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++) {
            const double x = (double)w[i + l], dp = (double)g[i + l] + decay * x;
            a[l] += x * x;
            b[l] += dp * dp;
        }
    for (size_t l = 0; i < count; i++, l++) {
        const double x = (double)w[i], dp = (double)g[i] + decay * x;
        a[l] += x * x;
        b[l] += dp * dp;
    }
    for (size_t half = LANES / 2; half; half /= 2)
        for (size_t l = 0; l < half; l++) {
            a[l] += a[l + half];
            b[l] += b[l + half];
        }
    norms[0] += a[0];
    norms[1] += b[0];
}

/* What dp is multiplied by: eta ||w|| / ||dp||, or 1 where either is 0. */
static double trust(const struct nai_lars *s, const real *w, const real *g, size_t count)
{
    enum { PARTS = 64 };
    double norms[PARTS][2] = {{0}}, a = 0, b = 0;
    const size_t all = chunks(count);

#pragma omp parallel for if (count > SERIAL)
    for (size_t p = 0; p < PARTS; p++)
        for (size_t c = all * p / PARTS; c < all * (p + 1) / PARTS; c++) {
            const size_t i = c * CHUNK;
            norms_chunk(nai_min(CHUNK, count - i), s->weight_decay, w + i, g + i, norms[p]);
        }
    for (size_t p = 0; p < PARTS; p++) {
        a += norms[p][0];
        b += norms[p][1];
    }
    return a > 0 && b > 0 ? s->eta * sqrt(a) / sqrt(b) : 1;
}

NAI_CLONES static void lars_chunk(size_t count, real lr, real momentum, real decay, real q,
                                  real *restrict w, const real *restrict g, real *restrict m)
{
    for (size_t i = 0; i < count; i++) {
        m[i] = momentum * m[i] + q * (g[i] + decay * w[i]);
        w[i] -= lr * m[i];
    }
}

static void lars(struct nai_device *d, const struct nai_lars *s, struct nai_buf *w,
                 const struct nai_buf *g, struct nai_buf *m, size_t count)
{
    real *const wr = nai_io(w), *const mr = nai_io(m);
    const real *const gr = nai_in(g);
    const real q = s->adapt ? (real)trust(s, wr, gr, count) : 1;
    const real decay = s->adapt ? (real)s->weight_decay : 0;

    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t c = 0; c < chunks(count); c++) {
        const size_t i = c * CHUNK;
        lars_chunk(nai_min(CHUNK, count - i), (real)s->lr, (real)s->momentum, decay, q, wr + i,
                   gr + i, mr + i);
    }
}

const struct nai_optim_ops NAI_R(nai_cpu_optim) = {.sgd = sgd, .adam = adam, .lars = lars};
