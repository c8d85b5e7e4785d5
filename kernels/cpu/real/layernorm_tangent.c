/* layernorm_tangent.c - see layernorm.h: tangents
 * SPDX-License-Identifier: MIT
 *
 * With xc = x - mean, txc = tx - tmean, g = dy gamma, tg = tdy gamma + dy tgamma, means over a row,
 * c = rstd mean(g xc), tc = rstd mean(tg xc + g txc) + trstd mean(g xc):
 * tdx = trstd g + rstd tg - rstd^2 c txc - (2 rstd trstd c + rstd^2 tc) xc
 *       - trstd mean(g) - rstd mean(tg). */
#include "layernorm_parts.h"

/* What is differentiated; all but x, dy, tx and tdy belong to rows or to columns. */
struct tangent {
    const real *x, *gamma, *mean, *rstd, *dy, *tx, *tgamma, *tbeta, *tdy;
    const real *tmean, *trstd; /* of backward's */
};

/* Sums of tx and of tx (x - m). */
__attribute__((always_inline)) static inline void row_sums(const real *restrict x,
                                                           const real *restrict tx, real m,
                                                           size_t cols, double *first,
                                                           double *second)
{
    double sum[NAI_LN_SUMS] = {0}, product[NAI_LN_SUMS] = {0};
    size_t j = 0;

    for (; j + 2 * NAI_LN_SUMS <= cols; j += 2 * NAI_LN_SUMS)
#pragma omp simd
        for (size_t l = 0; l < NAI_LN_SUMS; l++) {
            const size_t i = j + l, k = i + NAI_LN_SUMS;
            sum[l] += (double)(tx[i] + tx[k]);
            product[l] += (double)(tx[i] * (x[i] - m) + tx[k] * (x[k] - m));
        }
    for (; j < cols; j++) {
        sum[j % NAI_LN_SUMS] += (double)tx[j];
        product[j % NAI_LN_SUMS] += (double)(tx[j] * (x[j] - m));
    }
    *first = nai_ln_folded(sum);
    *second = nai_ln_folded(product);
}

NAI_CLONES
static void forward_row(const struct tangent *f, size_t r, size_t cols, real *ty, real *tmean,
                        real *trstd)
{
    const real *const x = f->x + r * cols, *const tx = f->tx + r * cols;
    const real *const gamma = f->gamma, *const tgamma = f->tgamma, *const tbeta = f->tbeta;
    const real m = f->mean[r], a = f->rstd[r];
    const double rstd = (double)a;
    double sum, product;

    row_sums(x, tx, m, cols, &sum, &product);

    const real tm = (real)(sum / (double)cols);
    const real ta = (real)(-rstd * rstd * rstd * (product / (double)cols));
#pragma omp simd
    for (size_t j = 0; j < cols; j++) {
        const real xc = x[j] - m, txh = a * (tx[j] - tm) + ta * xc;
        ty[j] = gamma[j] * txh + (tgamma[j] * (a * xc) + tbeta[j]);
    }
    *tmean = tm;
    *trstd = ta;
}

void NAI_R(nai_ln_forward_tangent)(struct nai_device *d, size_t rows, size_t cols,
                                   const struct nai_buf *x, const struct nai_buf *gamma,
                                   const struct nai_buf *mean, const struct nai_buf *rstd,
                                   const struct nai_buf *tx, const struct nai_buf *tgamma,
                                   const struct nai_buf *tbeta, struct nai_buf *ty,
                                   struct nai_buf *tmean, struct nai_buf *trstd)
{
    const struct tangent f = {.x = nai_in(x),
                              .gamma = nai_in(gamma),
                              .mean = nai_in(mean),
                              .rstd = nai_in(rstd),
                              .tx = nai_in(tx),
                              .tgamma = nai_in(tgamma),
                              .tbeta = nai_in(tbeta)};

    (void)d;
#pragma omp parallel for if (rows * cols > NAI_LN_SERIAL)
    for (size_t r = 0; r < rows; r++)
        forward_row(&f, r, cols, nai_io(ty) + r * cols, nai_io(tmean) + r, nai_io(trstd) + r);
}

/* Sums of g, g xc, tg, tg xc + g txc. */
enum { G, G_X, TG, MIXED, SUMS };

__attribute__((always_inline)) static inline void row_products(const struct tangent *f, size_t r,
                                                               size_t cols, double *total)
{
    const real *restrict const x = f->x + r * cols, *restrict const tx = f->tx + r * cols;
    const real *restrict const dy = f->dy + r * cols, *restrict const tdy = f->tdy + r * cols;
    const real *restrict const gamma = f->gamma, *restrict const tgamma = f->tgamma;
    const real m = f->mean[r], tm = f->tmean[r];
    double sum[SUMS][NAI_LN_SUMS] = {{0}};
    size_t j = 0;

    for (; j + 2 * NAI_LN_SUMS <= cols; j += 2 * NAI_LN_SUMS)
#pragma omp simd
        for (size_t l = 0; l < NAI_LN_SUMS; l++) {
            const size_t i = j + l, k = i + NAI_LN_SUMS;
            const real g = dy[i] * gamma[i], tg = tdy[i] * gamma[i] + dy[i] * tgamma[i];
            const real h = dy[k] * gamma[k], th = tdy[k] * gamma[k] + dy[k] * tgamma[k];
            const real xi = x[i] - m, xk = x[k] - m;
            sum[G][l] += (double)(g + h);
            sum[G_X][l] += (double)(g * xi + h * xk);
            sum[TG][l] += (double)(tg + th);
            sum[MIXED][l] += (double)((tg * xi + g * (tx[i] - tm)) + (th * xk + h * (tx[k] - tm)));
        }
    for (; j < cols; j++) {
        const size_t l = j % NAI_LN_SUMS;
        const real g = dy[j] * gamma[j], tg = tdy[j] * gamma[j] + dy[j] * tgamma[j];
        sum[G][l] += (double)g;
        sum[G_X][l] += (double)(g * (x[j] - m));
        sum[TG][l] += (double)tg;
        sum[MIXED][l] += (double)(tg * (x[j] - m) + g * (tx[j] - tm));
    }
    for (size_t k = 0; k < SUMS; k++)
        total[k] = nai_ln_folded(sum[k]);
}

/* tdx may be tdy. */
NAI_CLONES
static void backward_row(const struct tangent *f, size_t r, size_t cols, real *tdx)
{
    const real *const x = f->x + r * cols, *const tx = f->tx + r * cols;
    const real *const dy = f->dy + r * cols, *const tdy = f->tdy + r * cols;
    const real *const gamma = f->gamma, *const tgamma = f->tgamma;
    const real m = f->mean[r], tm = f->tmean[r], a = f->rstd[r], ta = f->trstd[r];
    const double rstd = (double)a, trstd = (double)ta, n = (double)cols;
    double sum[SUMS];

    row_products(f, r, cols, sum);

    const double c = rstd * (sum[G_X] / n);
    const double tc = rstd * (sum[MIXED] / n) + trstd * (sum[G_X] / n);
    const real u = (real)(rstd * rstd * c), v = (real)(2 * rstd * trstd * c + rstd * rstd * tc);
    const real w = (real)(trstd * (sum[G] / n) + rstd * (sum[TG] / n));
#pragma omp simd
    for (size_t j = 0; j < cols; j++) {
        const real g = dy[j] * gamma[j], tg = tdy[j] * gamma[j] + dy[j] * tgamma[j];
        tdx[j] = (ta * g + a * tg) - (u * (tx[j] - tm) + (v * (x[j] - m) + w));
    }
}

/* Of `rows` rows, a constant, in `real` before they are added in float64. */
__attribute__((always_inline)) static inline void
column_rows(const struct tangent *f, size_t first, size_t rows, size_t cols, size_t c, size_t lanes,
            double *restrict tdgamma, double *restrict tdbeta)
{
    const real *restrict const x = f->x + first * cols + c;
    const real *restrict const tx = f->tx + first * cols + c;
    const real *restrict const dy = f->dy + first * cols + c;
    const real *restrict const tdy = f->tdy + first * cols + c;
    const real *restrict const mean = f->mean + first, *restrict const tmean = f->tmean + first;
    const real *restrict const rstd = f->rstd + first, *restrict const trstd = f->trstd + first;

#pragma omp simd
    for (size_t l = 0; l < lanes; l++) {
        real product = 0, sum = 0;
#pragma GCC unroll 4
        for (size_t r = 0; r < rows; r++) {
            const size_t i = r * cols + l;
            const real xc = x[i] - mean[r], txc = tx[i] - tmean[r];
            product += tdy[i] * (rstd[r] * xc) + dy[i] * (rstd[r] * txc + trstd[r] * xc);
            sum += tdy[i];
        }
        tdgamma[l] += (double)product;
        tdbeta[l] += (double)sum;
    }
}

/* Sums over rows [from, to) of tdy xh + dy txh and of tdy, of the columns from c on. */
NAI_CLONES
static void column_sums(const struct tangent *f, size_t from, size_t to, size_t cols, size_t c,
                        size_t lanes, double *restrict tdgamma, double *restrict tdbeta)
{
    size_t r = from;

    for (size_t l = 0; l < lanes; l++)
        tdgamma[l] = tdbeta[l] = 0;
    for (; r + 4 <= to; r += 4)
        column_rows(f, r, 4, cols, c, lanes, tdgamma, tdbeta);
    for (; r < to; r++)
        column_rows(f, r, 1, cols, c, lanes, tdgamma, tdbeta);
}

static void columns(const struct tangent *f, size_t rows, size_t cols, size_t c, real *tdgamma,
                    real *tdbeta)
{
    const size_t parts = nai_min(rows, NAI_PARTS), lanes = nai_min(NAI_LN_LANES, cols - c);
    double g[NAI_PARTS][NAI_LN_LANES], b[NAI_PARTS][NAI_LN_LANES];

#pragma omp parallel for if (!omp_in_parallel() && rows * lanes > NAI_LN_SERIAL)
    for (size_t p = 0; p < parts; p++)
        column_sums(f, nai_part(rows, p, parts), nai_part(rows, p + 1, parts), cols, c, lanes, g[p],
                    b[p]);
    for (size_t l = 0; l < lanes; l++) {
        double sum = 0, product = 0;
        for (size_t p = 0; p < parts; p++) {
            product += g[p][l];
            sum += b[p][l];
        }
        tdgamma[c + l] += (real)product;
        tdbeta[c + l] += (real)sum;
    }
}

void NAI_R(nai_ln_backward_tangent)(struct nai_device *d, size_t rows, size_t cols,
                                    const struct nai_buf *x, const struct nai_buf *gamma,
                                    const struct nai_buf *mean, const struct nai_buf *rstd,
                                    const struct nai_buf *dy, const struct nai_buf *tx,
                                    const struct nai_buf *tgamma, const struct nai_buf *tmean,
                                    const struct nai_buf *trstd, const struct nai_buf *tdy,
                                    struct nai_buf *tdx, struct nai_buf *tdgamma,
                                    struct nai_buf *tdbeta)
{
    const struct tangent f = {.x = nai_in(x),
                              .gamma = nai_in(gamma),
                              .mean = nai_in(mean),
                              .rstd = nai_in(rstd),
                              .dy = nai_in(dy),
                              .tx = nai_in(tx),
                              .tgamma = nai_in(tgamma),
                              .tmean = nai_in(tmean),
                              .trstd = nai_in(trstd),
                              .tdy = nai_in(tdy)};

    (void)d;
    /* First, for tdx may be tdy. */
#pragma omp parallel for if (cols >= 4 * NAI_LN_LANES && rows * cols > NAI_LN_SERIAL)
    for (size_t c = 0; c < (tdgamma ? cols : 0); c += NAI_LN_LANES)
        columns(&f, rows, cols, c, nai_io(tdgamma), nai_io(tdbeta));
#pragma omp parallel for if (rows * cols > NAI_LN_SERIAL)
    for (size_t r = 0; r < rows; r++)
        backward_row(&f, r, cols, nai_io(tdx) + r * cols);
}
