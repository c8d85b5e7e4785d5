/* attention.c - see attention.h
 * SPDX-License-Identifier: MIT */
#include "blas.h"
#include "exp.h"
#include "real.h"
#include "tables.h"
#include "tile.h"

enum { SUMS = 16, SERIAL = 1 << 13 };

static inline real folded(const real *sum)
{
    real s = 0;

    for (size_t l = 0; l < SUMS; l++)
        s += sum[l];
    return s;
}

NAI_CLONES
static real largest(const real *x, size_t n)
{
    real top[SUMS];
    size_t i = 0;

    for (size_t l = 0; l < SUMS; l++)
        top[l] = (real)-INFINITY;
    for (; i + SUMS <= n; i += SUMS)
#pragma omp simd
        for (size_t l = 0; l < SUMS; l++)
            top[l] = x[i + l] > top[l] ? x[i + l] : top[l];
    for (size_t l = 0; i + l < n; l++)
        top[l] = x[i + l] > top[l] ? x[i + l] : top[l];
    for (size_t l = 1; l < SUMS; l++)
        top[0] = top[l] > top[0] ? top[l] : top[0];
    return top[0];
}

/* y may be x. */
NAI_CLONES
static void softmax_row(const real *x, real *y, size_t n)
{
    const real top = largest(x, n);
    real sum[SUMS] = {0};
    size_t i = 0;

    NAI_EXP_LOOP
    for (size_t j = 0; j < n; j++)
        y[j] = nai_exp(x[j] - top);
    for (; i + SUMS <= n; i += SUMS)
#pragma omp simd
        for (size_t l = 0; l < SUMS; l++)
            sum[l] += y[i + l];
    for (size_t l = 0; i + l < n; l++)
        sum[l] += y[i + l];

    const real scale = 1 / folded(sum);
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        y[j] *= scale;
}

static void attention_softmax(struct nai_device *d, size_t rows, size_t cols,
                              const struct nai_buf *x, struct nai_buf *y)
{
    (void)d;
#pragma omp parallel for if (rows * cols > SERIAL)
    for (size_t r = 0; r < rows; r++)
        softmax_row(nai_in(x) + r * cols, nai_io(y) + r * cols, cols);
}

/* C = alpha op(A) op(B), or that added to it, on the calling thread. */
static void product_to(bool add, bool ta, bool tb, size_t m, size_t n, size_t k, real alpha,
                       const real *a, size_t lda, const real *b, size_t ldb, real *c, size_t ldc)
{
    NAI_CBLAS(gemm)
    (CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (int)m, (int)n,
     (int)k, alpha, a, (int)lda, b, (int)ldb, add, c, (int)ldc);
}

static void product(bool ta, bool tb, size_t m, size_t n, size_t k, real alpha, const real *a,
                    size_t lda, const real *b, size_t ldb, real *c, size_t ldc)
{
    product_to(false, ta, tb, m, n, k, alpha, a, lda, b, ldb, c, ldc);
}

static void attention_forward(struct nai_device *d, const struct nai_attention_spec *s,
                              const struct nai_buf *qkv, struct nai_buf *out, struct nai_buf *p)
{
    const size_t t = s->tokens, dim = s->dim, dh = dim / s->heads, ld = 3 * dim;
    const real scale = (real)(1 / sqrt((double)dh));

    (void)d;
#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for collapse(2)
        for (size_t i = 0; i < s->n; i++)
            for (size_t h = 0; h < s->heads; h++) {
                const real *const q = nai_in(qkv) + i * t * ld + h * dh;
                real *const probs = nai_io(p) + (i * s->heads + h) * t * t;
                product(false, true, t, t, dh, scale, q, ld, q + dim, ld, probs, t);
                for (size_t r = 0; r < t; r++)
                    softmax_row(probs + r * t, probs + r * t, t);
                product(false, false, t, dh, t, 1, probs, t, q + 2 * dim, ld,
                        nai_io(out) + i * t * dim + h * dh, dim);
            }
    }
}

/* ds = p (dp - sum(dp p)), the gradient of softmax; in place. */
NAI_CLONES
static void softmax_back(const real *restrict p, real *restrict dp, size_t n)
{
    real sum[SUMS] = {0};
    size_t i = 0;

    for (; i + SUMS <= n; i += SUMS)
#pragma omp simd
        for (size_t l = 0; l < SUMS; l++)
            sum[l] += p[i + l] * dp[i + l];
    for (size_t l = 0; i + l < n; l++)
        sum[l] += p[i + l] * dp[i + l];

    const real mean = folded(sum);
    for (i = 0; i < n; i++)
        dp[i] = p[i] * (dp[i] - mean);
}

static void attention_backward(struct nai_device *d, const struct nai_attention_spec *s,
                               const struct nai_buf *qkv, const struct nai_buf *p,
                               const struct nai_buf *dout, struct nai_buf *dqkv,
                               struct nai_buf *work)
{
    const size_t t = s->tokens, dim = s->dim, dh = dim / s->heads, ld = 3 * dim;
    const real scale = (real)(1 / sqrt((double)dh));

    (void)d;
#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for collapse(2)
        for (size_t i = 0; i < s->n; i++)
            for (size_t h = 0; h < s->heads; h++) {
                const size_t at = i * t * ld + h * dh, square = (i * s->heads + h) * t * t;
                const real *const q = nai_in(qkv) + at, *const probs = nai_in(p) + square;
                const real *const g = nai_in(dout) + i * t * dim + h * dh;
                real *const dq = nai_io(dqkv) + at, *const ds = nai_io(work) + square;
                product(true, false, t, dh, t, 1, probs, t, g, dim, dq + 2 * dim, ld);
                product(false, true, t, t, dh, 1, g, dim, q + 2 * dim, ld, ds, t);
                for (size_t r = 0; r < t; r++)
                    softmax_back(probs + r * t, ds + r * t, t);
                product(false, false, t, dh, t, scale, ds, t, q + dim, ld, dq, ld);
                product(true, false, t, dh, t, scale, ds, t, q, ld, dq + dim, ld);
            }
    }
}

/* The gradient of softmax is its tangent also: the derivative is symmetric. */
static void attention_forward_tangent(struct nai_device *d, const struct nai_attention_spec *s,
                                      const struct nai_buf *qkv, const struct nai_buf *p,
                                      const struct nai_buf *tqkv, struct nai_buf *tout,
                                      struct nai_buf *tp)
{
    const size_t t = s->tokens, dim = s->dim, dh = dim / s->heads, ld = 3 * dim;
    const real scale = (real)(1 / sqrt((double)dh));

    (void)d;
#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for collapse(2)
        for (size_t i = 0; i < s->n; i++)
            for (size_t h = 0; h < s->heads; h++) {
                const size_t at = i * t * ld + h * dh, square = (i * s->heads + h) * t * t;
                const real *const q = nai_in(qkv) + at, *const tq = nai_in(tqkv) + at;
                const real *const probs = nai_in(p) + square;
                real *const ts = nai_io(tp) + square, *const to =
                                                          nai_io(tout) + i * t * dim + h * dh;
                product(false, true, t, t, dh, scale, tq, ld, q + dim, ld, ts, t);
                product_to(true, false, true, t, t, dh, scale, q, ld, tq + dim, ld, ts, t);
                for (size_t r = 0; r < t; r++)
                    softmax_back(probs + r * t, ts + r * t, t);
                product(false, false, t, dh, t, 1, ts, t, q + 2 * dim, ld, to, dim);
                product_to(true, false, false, t, dh, t, 1, probs, t, tq + 2 * dim, ld, to, dim);
            }
    }
}

/* softmax_back and its tangent, tds = tp (dp - m) + p (tdp - tm), m = sum(dp p); both in place. */
NAI_CLONES
static void softmax_back_tangent(const real *restrict p, const real *restrict tp, real *restrict dp,
                                 real *restrict tdp, size_t n)
{
    real sum[SUMS] = {0}, change[SUMS] = {0};
    size_t i = 0;

    for (; i + SUMS <= n; i += SUMS)
#pragma omp simd
        for (size_t l = 0; l < SUMS; l++) {
            sum[l] += p[i + l] * dp[i + l];
            change[l] += tp[i + l] * dp[i + l] + p[i + l] * tdp[i + l];
        }
    for (size_t l = 0; i + l < n; l++) {
        sum[l] += p[i + l] * dp[i + l];
        change[l] += tp[i + l] * dp[i + l] + p[i + l] * tdp[i + l];
    }

    const real mean = folded(sum), moved = folded(change);
    for (i = 0; i < n; i++) {
        tdp[i] = tp[i] * (dp[i] - mean) + p[i] * (tdp[i] - moved);
        dp[i] = p[i] * (dp[i] - mean);
    }
}

/* Of one sample and head; the arguments point to its own, ds and tds to scratch. */
static void head_backward_tangent(const struct nai_attention_spec *s, const real *q, const real *p,
                                  const real *g, const real *tq, const real *tp, const real *tg,
                                  real *tdq, real *ds, real *tds)
{
    const size_t t = s->tokens, dim = s->dim, dh = dim / s->heads, ld = 3 * dim;
    const real *const k = q + dim, *const v = k + dim, *const tk = tq + dim, *const tv = tk + dim;
    const real scale = (real)(1 / sqrt((double)dh));
    real *const tdk = tdq + dim, *const tdv = tdk + dim;

    product(true, false, t, dh, t, 1, tp, t, g, dim, tdv, ld);
    product_to(true, true, false, t, dh, t, 1, p, t, tg, dim, tdv, ld);
    product(false, true, t, t, dh, 1, g, dim, v, ld, ds, t);
    product(false, true, t, t, dh, 1, tg, dim, v, ld, tds, t);
    product_to(true, false, true, t, t, dh, 1, g, dim, tv, ld, tds, t);
    for (size_t r = 0; r < t; r++)
        softmax_back_tangent(p + r * t, tp + r * t, ds + r * t, tds + r * t, t);
    product(false, false, t, dh, t, scale, tds, t, k, ld, tdq, ld);
    product_to(true, false, false, t, dh, t, scale, ds, t, tk, ld, tdq, ld);
    product(true, false, t, dh, t, scale, tds, t, q, ld, tdk, ld);
    product_to(true, true, false, t, dh, t, scale, ds, t, tq, ld, tdk, ld);
}

static void attention_backward_tangent(struct nai_device *d, const struct nai_attention_spec *s,
                                       const struct nai_buf *qkv, const struct nai_buf *p,
                                       const struct nai_buf *dout, const struct nai_buf *tqkv,
                                       const struct nai_buf *tp, const struct nai_buf *tdout,
                                       struct nai_buf *tdqkv, struct nai_buf *work)
{
    const size_t t = s->tokens, dim = s->dim, dh = dim / s->heads;

    (void)d;
#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for collapse(2)
        for (size_t i = 0; i < s->n; i++)
            for (size_t h = 0; h < s->heads; h++) {
                const size_t at = i * t * 3 * dim + h * dh, out = i * t * dim + h * dh;
                const size_t square = (i * s->heads + h) * t * t;
                real *const scratch = nai_io(work) + 2 * square;
                head_backward_tangent(s, nai_in(qkv) + at, nai_in(p) + square, nai_in(dout) + out,
                                      nai_in(tqkv) + at, nai_in(tp) + square, nai_in(tdout) + out,
                                      nai_io(tdqkv) + at, scratch, scratch + t * t);
            }
    }
}

const struct nai_attention_ops NAI_R(nai_cpu_attention) = {
    .forward = attention_forward,
    .backward = attention_backward,
    .forward_tangent = attention_forward_tangent,
    .backward_tangent = attention_backward_tangent,
    .softmax = attention_softmax,
};
