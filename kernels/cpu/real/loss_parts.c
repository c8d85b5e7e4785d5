/* loss_parts.c - see loss_parts.h
 * SPDX-License-Identifier: MIT */
#include "loss_parts.h"

#include <math.h>

#include "tile.h"

static const double tiny = 1e-12; /* torch.nn.functional.normalize's eps */

static inline double add_lanes(double lane[NAI_LOSS_LANES])
{
    for (size_t half = NAI_LOSS_LANES / 2; half; half /= 2)
        for (size_t l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0];
}

NAI_CLONES double NAI_R(nai_dot)(size_t count, const real *x, const real *y)
{
    double lane[NAI_LOSS_LANES] = {0}, rest = 0;
    size_t i = 0;

    for (; i + NAI_LOSS_LANES <= count; i += NAI_LOSS_LANES)
        for (size_t l = 0; l < NAI_LOSS_LANES; l++)
            lane[l] += (double)x[i + l] * (double)y[i + l];
    for (; i < count; i++)
        rest += (double)x[i] * (double)y[i];
    return rest + add_lanes(lane);
}

NAI_CLONES double NAI_R(nai_distance)(size_t count, const real *x, const real *y)
{
    double lane[NAI_LOSS_LANES] = {0}, rest = 0;
    size_t i = 0;

    for (; i + NAI_LOSS_LANES <= count; i += NAI_LOSS_LANES)
        for (size_t l = 0; l < NAI_LOSS_LANES; l++) {
            const double e = (double)x[i + l] - (double)y[i + l];
            lane[l] += e * e;
        }
    for (; i < count; i++) {
        const double e = (double)x[i] - (double)y[i];
        rest += e * e;
    }
    return rest + add_lanes(lane);
}

double NAI_R(nai_sum_f64)(size_t count, const double *x)
{
    double sum = 0;

    if (count > 128)
        return NAI_R(nai_sum_f64)(count / 2, x) +
               NAI_R(nai_sum_f64)(count - count / 2, x + count / 2);
    for (size_t i = 0; i < count; i++)
        sum += x[i];
    return sum;
}

/* The loops over columns have a constant length nearly always, and then become vectors. */
#define EACH_COLUMN(work)                                                                          \
    do {                                                                                           \
        if (nb == NAI_LOSS_COLUMNS)                                                                \
            for (size_t j = 0; j < NAI_LOSS_COLUMNS; j++)                                          \
                work;                                                                              \
        else                                                                                       \
            for (size_t j = 0; j < nb; j++)                                                        \
                work;                                                                              \
    } while (0)

NAI_CLONES static void dot_block(size_t rows, size_t d, size_t nb, const real *restrict x,
                                 const real *restrict y, double *restrict dot)
{
    double sum[NAI_LOSS_COLUMNS] = {0};

    for (size_t b = 0; b < rows; b++, x += d, y += d)
        EACH_COLUMN(sum[j] += (double)x[j] * (double)y[j]);
    for (size_t j = 0; j < nb; j++)
        dot[j] = sum[j];
}

void NAI_R(nai_column_dots)(size_t rows, size_t d, const real *x, const real *y, double *dot)
{
    const size_t blocks = (d + NAI_LOSS_COLUMNS - 1) / NAI_LOSS_COLUMNS;

#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < blocks; p++) {
        const size_t j = p * NAI_LOSS_COLUMNS;
        dot_block(rows, d, nai_min(NAI_LOSS_COLUMNS, d - j), x + j, y + j, dot + j);
    }
}

NAI_CLONES static void add_row(size_t d, const double *restrict by, const real *restrict x,
                               real *restrict g)
{
    for (size_t i = 0; i < d; i++)
        g[i] += (real)(by[i] * (double)x[i]);
}

void NAI_R(nai_add_columns)(size_t rows, size_t d, const double *by, const real *x, real *g)
{
#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t b = 0; b < rows; b++)
        add_row(d, by, x + b * d, g + b * d);
}

void NAI_R(nai_add_transpose)(size_t n, real *s)
{
    enum { H = 32 };
    const size_t tiles = (n + H - 1) / H;

#pragma omp parallel for schedule(dynamic) if (n * n > NAI_LOSS_SERIAL)
    for (size_t ti = 0; ti < tiles; ti++)
        for (size_t tj = ti; tj < tiles; tj++)
            for (size_t i = ti * H; i < nai_min(n, (ti + 1) * H); i++)
                for (size_t j = nai_max(i, tj * H); j < nai_min(n, (tj + 1) * H); j++)
                    s[i * n + j] = s[j * n + i] = s[i * n + j] + s[j * n + i];
}

NAI_CLONES static void mean_part(size_t m, size_t count, size_t begin, size_t end, const real *z,
                                 real *restrict mean)
{
    for (size_t i = begin; i < end; i++)
        mean[i] = z[i] + z[count + i];
    for (size_t a = 2; a < m; a++)
        for (size_t i = begin; i < end; i++)
            mean[i] += z[a * count + i];
    for (size_t i = begin; i < end; i++)
        mean[i] = mean[i] / (real)m;
}

void NAI_R(nai_mean_view)(size_t m, size_t count, const real *z, real *mean)
{
#pragma omp parallel for if (m * count > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < NAI_LOSS_PARTS; p++)
        mean_part(m, count, nai_part(count, p), nai_part(count, p + 1), z, mean);
}

/* u may be x, so neither is restrict; a row is read before it is written. */
NAI_CLONES static void standardise_block(size_t rows, size_t d, size_t nb, double divisor,
                                         double eps, const real *x, real *u, double *var,
                                         double *scale)
{
    double mean[NAI_LOSS_COLUMNS] = {0}, sum[NAI_LOSS_COLUMNS] = {0}, by[NAI_LOSS_COLUMNS];

    for (size_t b = 0; b < rows; b++) {
        const real *const row = x + b * d;
        EACH_COLUMN(mean[j] += (double)row[j]);
    }
    for (size_t j = 0; j < nb; j++)
        mean[j] /= (double)rows;
    if (var || scale)
        for (size_t b = 0; b < rows; b++) {
            const real *const row = x + b * d;
            EACH_COLUMN(sum[j] += ((double)row[j] - mean[j]) * ((double)row[j] - mean[j]));
        }
    for (size_t j = 0; j < nb; j++) {
        by[j] = scale ? 1 / sqrt(sum[j] / divisor + eps) : 1;
        if (var)
            var[j] = sum[j] / divisor;
        if (scale)
            scale[j] = by[j];
    }
    for (size_t b = 0; b < rows; b++) {
        const real *const row = x + b * d;
        real *const out = u + b * d;
        EACH_COLUMN(out[j] = (real)(((double)row[j] - mean[j]) * by[j]));
    }
}

void NAI_R(nai_standardise)(size_t rows, size_t d, double divisor, double eps, const real *x,
                            real *u, double *var, double *scale)
{
    const size_t blocks = (d + NAI_LOSS_COLUMNS - 1) / NAI_LOSS_COLUMNS;

#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < blocks; p++) {
        const size_t j = p * NAI_LOSS_COLUMNS;
        standardise_block(rows, d, nai_min(NAI_LOSS_COLUMNS, d - j), divisor, eps, x + j, u + j,
                          var ? var + j : NULL, scale ? scale + j : NULL);
    }
}

NAI_CLONES static void standardise_block_back(size_t rows, size_t d, size_t nb, double divisor,
                                              const real *restrict u, const double *restrict scale,
                                              real *restrict g)
{
    double mean[NAI_LOSS_COLUMNS] = {0}, dot[NAI_LOSS_COLUMNS] = {0};

    for (size_t b = 0; b < rows; b++) {
        const real *const ub = u + b * d, *const gb = g + b * d;
        EACH_COLUMN((mean[j] += (double)gb[j], dot[j] += (double)gb[j] * (double)ub[j]));
    }
    for (size_t j = 0; j < nb; j++) {
        mean[j] /= (double)rows;
        dot[j] /= divisor;
    }
    for (size_t b = 0; b < rows; b++) {
        const real *const ub = u + b * d;
        real *const gb = g + b * d;
        EACH_COLUMN(gb[j] = (real)(scale[j] * ((double)gb[j] - mean[j] - (double)ub[j] * dot[j])));
    }
}

void NAI_R(nai_standardise_back)(size_t rows, size_t d, double divisor, const real *u,
                                 const double *scale, real *g)
{
    const size_t blocks = (d + NAI_LOSS_COLUMNS - 1) / NAI_LOSS_COLUMNS;

#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < blocks; p++) {
        const size_t j = p * NAI_LOSS_COLUMNS;
        standardise_block_back(rows, d, nai_min(NAI_LOSS_COLUMNS, d - j), divisor, u + j, scale + j,
                               g + j);
    }
}

void NAI_R(nai_standardise_tangent)(size_t rows, size_t d, double divisor, const real *u,
                                    const double *scale, real *t, double *tscale)
{
    NAI_R(nai_column_dots)(rows, d, u, t, tscale);
    for (size_t j = 0; j < d; j++)
        tscale[j] *= -scale[j] * scale[j] / divisor;
    NAI_R(nai_standardise_back)(rows, d, divisor, u, scale, t);
}

/* As standardise_block_back: g = scale r with r = g - mean - u dot, tg = scale tr + tscale r. */
NAI_CLONES static void standardise_block_back_tangent(size_t rows, size_t d, size_t nb,
                                                      double divisor, struct nai_dual u,
                                                      const double *restrict scale,
                                                      const double *restrict tscale,
                                                      struct nai_dual g)
{
    double mean[NAI_LOSS_COLUMNS] = {0}, dot[NAI_LOSS_COLUMNS] = {0};
    double tmean[NAI_LOSS_COLUMNS] = {0}, tdot[NAI_LOSS_COLUMNS] = {0};

    for (size_t b = 0; b < rows; b++) {
        const real *const ub = u.x + b * d, *const tub = u.t + b * d;
        const real *const gb = g.x + b * d, *const tgb = g.t + b * d;
        EACH_COLUMN((mean[j] += (double)gb[j], dot[j] += (double)gb[j] * (double)ub[j]));
        EACH_COLUMN((tmean[j] += (double)tgb[j],
                     tdot[j] += (double)tgb[j] * (double)ub[j] + (double)gb[j] * (double)tub[j]));
    }
    for (size_t j = 0; j < nb; j++) {
        mean[j] /= (double)rows;
        dot[j] /= divisor;
        tmean[j] /= (double)rows;
        tdot[j] /= divisor;
    }
    for (size_t b = 0; b < rows; b++) {
        const real *const ub = u.x + b * d, *const tub = u.t + b * d;
        real *const restrict gb = g.x + b * d, *const restrict tgb = g.t + b * d;
        EACH_COLUMN(tgb[j] =
                        (real)(scale[j] * ((double)tgb[j] - tmean[j] - (double)tub[j] * dot[j] -
                                           (double)ub[j] * tdot[j]) +
                               tscale[j] * ((double)gb[j] - mean[j] - (double)ub[j] * dot[j])));
        EACH_COLUMN(gb[j] = (real)(scale[j] * ((double)gb[j] - mean[j] - (double)ub[j] * dot[j])));
    }
}

void NAI_R(nai_standardise_back_tangent)(size_t rows, size_t d, double divisor, struct nai_dual u,
                                         const double *scale, const double *tscale,
                                         struct nai_dual g)
{
    const size_t blocks = (d + NAI_LOSS_COLUMNS - 1) / NAI_LOSS_COLUMNS;

#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < blocks; p++) {
        const size_t j = p * NAI_LOSS_COLUMNS;
        standardise_block_back_tangent(rows, d, nai_min(NAI_LOSS_COLUMNS, d - j), divisor,
                                       nai_dual_at(u, j), scale + j, tscale + j, nai_dual_at(g, j));
    }
}

void NAI_R(nai_unit_rows)(size_t rows, size_t d, const real *z, real *u, double *scale)
{
#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t r = 0; r < rows; r++) {
        const real *const zr = z + r * d;
        const double norm = sqrt(NAI_R(nai_dot)(d, zr, zr));
        scale[r] = norm < tiny ? 1 / tiny : 1 / norm; /* a NaN stays one */
        for (size_t i = 0; i < d; i++)
            u[r * d + i] = (real)((double)zr[i] * scale[r]);
    }
}

void NAI_R(nai_unit_rows_back)(size_t rows, size_t d, const real *u, const double *scale, real *g)
{
#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t r = 0; r < rows; r++) {
        real *const gr = g + r * d;
        const double along = scale[r] >= 1 / tiny ? 0 : NAI_R(nai_dot)(d, u + r * d, gr);
        for (size_t i = 0; i < d; i++)
            gr[i] = (real)(scale[r] * ((double)gr[i] - along * (double)u[r * d + i]));
    }
}

void NAI_R(nai_unit_rows_tangent)(size_t rows, size_t d, const real *u, const double *scale,
                                  real *t, double *tscale)
{
#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t r = 0; r < rows; r++) {
        real *const tr = t + r * d;
        const double along = scale[r] >= 1 / tiny ? 0 : NAI_R(nai_dot)(d, u + r * d, tr);
        tscale[r] = -scale[r] * scale[r] * along;
        for (size_t i = 0; i < d; i++)
            tr[i] = (real)(scale[r] * ((double)tr[i] - along * (double)u[r * d + i]));
    }
}

void NAI_R(nai_unit_rows_back_tangent)(size_t rows, size_t d, struct nai_dual u,
                                       const double *scale, const double *tscale, struct nai_dual g)
{
#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t r = 0; r < rows; r++) {
        const real *const ur = u.x + r * d, *const tur = u.t + r * d;
        real *const gr = g.x + r * d, *const tgr = g.t + r * d;
        const bool fixed = scale[r] >= 1 / tiny;
        const double along = fixed ? 0 : NAI_R(nai_dot)(d, ur, gr);
        const double talong = fixed ? 0 : NAI_R(nai_dot)(d, tur, gr) + NAI_R(nai_dot)(d, ur, tgr);
        for (size_t i = 0; i < d; i++) {
            const double across = (double)gr[i] - along * (double)ur[i];
            const double tacross = (double)tgr[i] - talong * (double)ur[i] - along * (double)tur[i];
            tgr[i] = (real)(scale[r] * tacross + tscale[r] * across);
            gr[i] = (real)(scale[r] * across);
        }
    }
}
