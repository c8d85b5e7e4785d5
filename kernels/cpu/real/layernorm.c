/* layernorm.c - see layernorm.h
 * SPDX-License-Identifier: MIT */
#include "layernorm_parts.h"
#include "tables.h"

enum { SUMS = NAI_LN_SUMS, STEP = 4, SERIAL = NAI_LN_SERIAL };

__attribute__((always_inline)) static inline double row_sum(const real *restrict x, size_t cols)
{
    double sum[SUMS] = {0};
    size_t j = 0;

    for (; j + STEP * SUMS <= cols; j += STEP * SUMS)
#pragma omp simd
        for (size_t l = 0; l < SUMS; l++)
            sum[l] += (double)((x[j + l] + x[j + l + SUMS]) +
                               (x[j + l + 2 * SUMS] + x[j + l + 3 * SUMS]));
    for (; j < cols; j++)
        sum[j % SUMS] += (double)x[j];
    return nai_ln_folded(sum);
}

/* Sums of x - m and of its square. */
__attribute__((always_inline)) static inline void
row_moments(const real *restrict x, real m, size_t cols, double *first, double *second)
{
    double sum[SUMS] = {0}, square[SUMS] = {0};
    size_t j = 0;

    for (; j + STEP * SUMS <= cols; j += STEP * SUMS)
#pragma omp simd
        for (size_t l = 0; l < SUMS; l++) {
            const real a = x[j + l] - m, b = x[j + l + SUMS] - m;
            const real c = x[j + l + 2 * SUMS] - m, d = x[j + l + 3 * SUMS] - m;
            sum[l] += (double)((a + b) + (c + d));
            square[l] += (double)((a * a + b * b) + (c * c + d * d));
        }
    for (; j < cols; j++) {
        sum[j % SUMS] += (double)(x[j] - m);
        square[j % SUMS] += (double)((x[j] - m) * (x[j] - m));
    }
    *first = nai_ln_folded(sum);
    *second = nai_ln_folded(square);
}

NAI_CLONES
static void forward_row(const real *restrict x, const real *restrict gamma,
                        const real *restrict beta, real *restrict y, size_t cols, double eps,
                        real *mean, real *rstd)
{
    const real m = (real)(row_sum(x, cols) / (double)cols);
    double rest, square;

    row_moments(x, m, cols, &rest, &square);
    rest /= (double)cols; /* of the mean, lost to rounding */

    const double var = fmax(square / (double)cols - rest * rest, 0);
    const real r = (real)(1 / sqrt(var + eps));
    for (size_t j = 0; j < cols; j++)
        y[j] = (x[j] - m) * r * gamma[j] + beta[j];
    *mean = m;
    *rstd = r;
}

static void layernorm_forward(struct nai_device *d, size_t rows, size_t cols, double eps,
                              const struct nai_buf *x, const struct nai_buf *gamma,
                              const struct nai_buf *beta, struct nai_buf *y, struct nai_buf *mean,
                              struct nai_buf *rstd)
{
    (void)d;
#pragma omp parallel for if (rows * cols > SERIAL)
    for (size_t r = 0; r < rows; r++)
        forward_row(nai_in(x) + r * cols, nai_in(gamma), nai_in(beta), nai_io(y) + r * cols, cols,
                    eps, nai_io(mean) + r, nai_io(rstd) + r);
}

/* Sums of g = dy gamma and of g (x - m). */
__attribute__((always_inline)) static inline void
row_products(const real *restrict x, const real *restrict dy, const real *restrict gamma, real m,
             size_t cols, double *first, double *second)
{
    double sum[SUMS] = {0}, product[SUMS] = {0};
    size_t j = 0;

    for (; j + 2 * SUMS <= cols; j += 2 * SUMS)
#pragma omp simd
        for (size_t l = 0; l < SUMS; l++) {
            const size_t i = j + l, k = i + SUMS;
            const real g = dy[i] * gamma[i], h = dy[k] * gamma[k];
            sum[l] += (double)(g + h);
            product[l] += (double)(g * (x[i] - m) + h * (x[k] - m));
        }
    for (; j < cols; j++) {
        const real g = dy[j] * gamma[j];
        sum[j % SUMS] += (double)g;
        product[j % SUMS] += (double)(g * (x[j] - m));
    }
    *first = nai_ln_folded(sum);
    *second = nai_ln_folded(product);
}

/* dx = rstd (g - mean(g) - z mean(g z)), z = (x - mean) rstd. dx may be dy. */
NAI_CLONES
static void backward_row(const real *x, const real *gamma, const real *dy, real *dx, size_t cols,
                         real mean, real rstd)
{
    const double r = (double)rstd;
    double sum, product;

    row_products(x, dy, gamma, mean, cols, &sum, &product);

    const real b = (real)(r * r * r * product / (double)cols);
    const real c = (real)(r * sum / (double)cols);
#pragma omp simd
    for (size_t j = 0; j < cols; j++)
        dx[j] = rstd * (dy[j] * gamma[j]) - (x[j] - mean) * b - c;
}

NAI_CLONES
static void column_sums(const real *restrict x, const real *restrict dy, const real *restrict mean,
                        const real *restrict rstd, size_t rows, size_t cols, size_t lanes,
                        double *restrict dgamma, double *restrict dbeta)
{
    size_t r = 0;

    for (size_t l = 0; l < lanes; l++)
        dgamma[l] = dbeta[l] = 0;
    for (; r + 2 <= rows; r += 2)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = r * cols + l, j = i + cols;
            dgamma[l] += (double)(dy[i] * ((x[i] - mean[r]) * rstd[r]) +
                                  dy[j] * ((x[j] - mean[r + 1]) * rstd[r + 1]));
            dbeta[l] += (double)(dy[i] + dy[j]);
        }
    for (; r < rows; r++)
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = r * cols + l;
            dgamma[l] += (double)(dy[i] * ((x[i] - mean[r]) * rstd[r]));
            dbeta[l] += (double)dy[i];
        }
}

/* dgamma and dbeta of the columns from c on. */
static void columns(const real *x, const real *dy, const real *mean, const real *rstd, size_t rows,
                    size_t cols, size_t c, real *dgamma, real *dbeta)
{
    const size_t parts = nai_min(rows, NAI_PARTS), lanes = nai_min(NAI_LN_LANES, cols - c);
    double g[NAI_PARTS][NAI_LN_LANES], b[NAI_PARTS][NAI_LN_LANES];

#pragma omp parallel for if (!omp_in_parallel() && rows * lanes > SERIAL)
    for (size_t p = 0; p < parts; p++) {
        const size_t from = nai_part(rows, p, parts), to = nai_part(rows, p + 1, parts);
        column_sums(x + from * cols + c, dy + from * cols + c, mean + from, rstd + from, to - from,
                    cols, lanes, g[p], b[p]);
    }
    for (size_t l = 0; l < lanes; l++) {
        double sum = 0, product = 0;
        for (size_t p = 0; p < parts; p++) {
            product += g[p][l];
            sum += b[p][l];
        }
        dgamma[c + l] += (real)product;
        dbeta[c + l] += (real)sum;
    }
}

static void layernorm_backward(struct nai_device *d, size_t rows, size_t cols,
                               const struct nai_buf *x, const struct nai_buf *gamma,
                               const struct nai_buf *mean, const struct nai_buf *rstd,
                               const struct nai_buf *dy, struct nai_buf *dx, struct nai_buf *dgamma,
                               struct nai_buf *dbeta)
{
    (void)d;
    /* First, for dx may be dy. */
#pragma omp parallel for if (cols >= 4 * NAI_LN_LANES && rows * cols > SERIAL)
    for (size_t c = 0; c < (dgamma ? cols : 0); c += NAI_LN_LANES)
        columns(nai_in(x), nai_in(dy), nai_in(mean), nai_in(rstd), rows, cols, c, nai_io(dgamma),
                nai_io(dbeta));
#pragma omp parallel for if (rows * cols > SERIAL)
    for (size_t r = 0; r < rows; r++)
        backward_row(nai_in(x) + r * cols, nai_in(gamma), nai_in(dy) + r * cols,
                     nai_io(dx) + r * cols, cols, nai_in(mean)[r], nai_in(rstd)[r]);
}

const struct nai_layernorm_ops NAI_R(nai_cpu_layernorm) = {
    .forward = layernorm_forward,
    .backward = layernorm_backward,
    .forward_tangent = NAI_R(nai_ln_forward_tangent),
    .backward_tangent = NAI_R(nai_ln_backward_tangent),
};
