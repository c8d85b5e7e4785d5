/* vector.c - see vector.h
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "lanes.h"
#include "real.h"
#include "tables.h"

enum {
    RUN = 1 << 13,    /* elements handed to a thread at a time */
    SERIAL = 1 << 15, /* fewer are not worth a second thread */
    SUMS = 16,        /* side by side, of a dot product */
    DOT_PARTS = 256,
    DOT_LEAST = 1 << 12 /* elements of a part */
};

static void vector_zero(struct nai_device *d, struct nai_buf *y, size_t count)
{
    real *const to = nai_io(y);

    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t i = 0; i < count; i += RUN)
        memset(to + i, 0, nai_min(RUN, count - i) * sizeof *to);
}

static void vector_fill(struct nai_device *d, struct nai_buf *y, double value, size_t count)
{
    real *const to = nai_io(y);
    const real v = (real)value;

    (void)d;
#pragma omp parallel for simd if (parallel : count > SERIAL)
    for (size_t i = 0; i < count; i++)
        to[i] = v;
}

static void vector_copy(struct nai_device *d, struct nai_buf *y, const struct nai_buf *x,
                        size_t count)
{
    const real *const from = nai_in(x);
    real *const to = nai_io(y);

    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t i = 0; i < count; i += RUN)
        memcpy(to + i, from + i, nai_min(RUN, count - i) * sizeof *to);
}

NAI_CLONES
static void axpby_run(real a, const real *restrict x, real b, real *restrict y, size_t n)
{
    if (b == 0)
        for (size_t i = 0; i < n; i++)
            y[i] = a * x[i];
    else
        for (size_t i = 0; i < n; i++)
            y[i] = a * x[i] + b * y[i];
}

static void vector_axpby(struct nai_device *d, double a, const struct nai_buf *x, double b,
                         struct nai_buf *y, size_t count)
{
    const real *const from = nai_in(x);
    real *const to = nai_io(y);

    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t i = 0; i < count; i += RUN)
        axpby_run((real)a, from + i, (real)b, to + i, nai_min(RUN, count - i));
}

NAI_CLONES
static void add_run(const real *x, const real *y, real *z, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        z[i] = x[i] + y[i];
}

static void vector_add(struct nai_device *d, const struct nai_buf *x, const struct nai_buf *y,
                       struct nai_buf *z, size_t count)
{
    const real *const a = nai_in(x), *const b = nai_in(y);
    real *const to = nai_io(z);

    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t i = 0; i < count; i += RUN)
        add_run(a + i, b + i, to + i, nai_min(RUN, count - i));
}

NAI_CLONES
static double dot_run(const real *restrict x, const real *restrict y, size_t n)
{
    double sum[SUMS] = {0};
    size_t i = 0;

    for (; i + SUMS <= n; i += SUMS)
#pragma omp simd
        for (size_t l = 0; l < SUMS; l++)
            sum[l] += (double)x[i + l] * (double)y[i + l];
    for (size_t l = 0; i + l < n; l++)
        sum[l] += (double)x[i + l] * (double)y[i + l];
    for (size_t width = SUMS / 2; width > 0; width /= 2)
        for (size_t l = 0; l < width; l++)
            sum[l] += sum[l + width];
    return sum[0];
}

static double vector_dot(struct nai_device *d, const struct nai_buf *x, const struct nai_buf *y,
                         size_t count)
{
    const real *const a = nai_in(x), *const b = nai_in(y);
    const size_t each = nai_max((count / DOT_PARTS + SUMS) / SUMS * SUMS, DOT_LEAST);
    double part[DOT_PARTS] = {0};

    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t p = 0; p < DOT_PARTS; p++)
        for (size_t i = p * each; i < nai_min(count, (p + 1) * each); i += DOT_LEAST)
            part[p] +=
                dot_run(a + i, b + i, nai_min(DOT_LEAST, nai_min(count, (p + 1) * each) - i));
    for (size_t width = DOT_PARTS / 2; width > 0; width /= 2)
        for (size_t p = 0; p < width; p++)
            part[p] += part[p + width];
    return part[0];
}

NAI_CLONES
static size_t nonfinite_run(const real *x, size_t n)
{
    size_t bad = 0;

    for (size_t i = 0; i < n; i++)
        bad += !(NAI_M(fabs)(x[i]) <= (NAI_REAL == 32 ? (real)FLT_MAX : (real)DBL_MAX));
    return bad;
}

static size_t vector_nonfinite(struct nai_device *d, const struct nai_buf *x, size_t count)
{
    const real *const from = nai_in(x);
    size_t bad = 0;

    (void)d;
#pragma omp parallel for reduction(+ : bad) if (count > SERIAL)
    for (size_t i = 0; i < count; i += RUN)
        bad += nonfinite_run(from + i, nai_min(RUN, count - i));
    return bad;
}

static void vector_outer(struct nai_device *d, size_t rows, size_t cols, double a,
                         const struct nai_buf *x, const struct nai_buf *t, struct nai_buf *y)
{
    (void)d;
#pragma omp parallel for if (rows * cols > SERIAL)
    for (size_t r = 0; r < rows; r++) {
        const real *const row = nai_in(x) + r * cols, *const along = nai_in(t) + r * cols;
        real *const to = nai_io(y) + r * cols;
        double dot = 0;
        for (size_t j = 0; j < cols; j++)
            dot += (double)row[j] * (double)along[j];
        for (size_t j = 0; j < cols; j++)
            to[j] = (real)(a * dot * (double)row[j]);
    }
}

NAI_CLONES
static void column_sums(const real *restrict x, size_t rows, size_t step, size_t lanes,
                        const double *restrict mean, double *restrict sum, double *restrict square)
{
    for (size_t l = 0; l < lanes; l++)
        sum[l] = square[l] = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t l = 0; l < lanes; l++) {
            const double v = (double)x[r * step + l] - mean[l];
            sum[l] += v;
            square[l] += v * v;
        }
}

/* Sums of x - mean and of its square over the rows of a few columns. */
static void column_pass(const real *x, size_t rows, size_t cols, size_t lanes, const double *mean,
                        double *sum, double *square)
{
    const size_t parts = nai_min(rows, NAI_PARTS);
    double s[NAI_PARTS][NAI_LANES], q[NAI_PARTS][NAI_LANES];

#pragma omp parallel for if (!omp_in_parallel() && rows * lanes > SERIAL)
    for (size_t p = 0; p < parts; p++) {
        const size_t from = nai_part(rows, p, parts), to = nai_part(rows, p + 1, parts);
        column_sums(x + from * cols, to - from, cols, lanes, mean, s[p], q[p]);
    }
    for (size_t l = 0; l < lanes; l++) {
        sum[l] = square[l] = 0;
        for (size_t p = 0; p < parts; p++) {
            sum[l] += s[p][l];
            square[l] += q[p][l];
        }
    }
}

static void vector_columns(struct nai_device *d, const struct nai_buf *x, size_t rows, size_t cols,
                           double *mean, double *var)
{
    const real *const from = nai_in(x);
    const double n = (double)rows;

    (void)d;
#pragma omp parallel for if (cols >= 4 * NAI_LANES && rows * cols > SERIAL)
    for (size_t c = 0; c < cols; c += NAI_LANES) {
        const size_t lanes = nai_min(NAI_LANES, cols - c);
        double zero[NAI_LANES] = {0}, m[NAI_LANES], sum[NAI_LANES], square[NAI_LANES];
        column_pass(from + c, rows, cols, lanes, zero, sum, square);
        for (size_t l = 0; l < lanes; l++)
            m[l] = sum[l] / n;
        column_pass(from + c, rows, cols, lanes, m, sum, square);
        for (size_t l = 0; l < lanes; l++) {
            mean[c + l] = m[l] + sum[l] / n; /* what rounding left of the first sum */
            var[c + l] = fmax((square[l] - sum[l] * sum[l] / n) / n, 0);
        }
    }
}

const struct nai_vector_ops NAI_R(nai_cpu_vector) = {
    .zero = vector_zero,
    .fill = vector_fill,
    .copy = vector_copy,
    .axpby = vector_axpby,
    .add = vector_add,
    .dot = vector_dot,
    .outer = vector_outer,
    .nonfinite = vector_nonfinite,
    .columns = vector_columns,
};
