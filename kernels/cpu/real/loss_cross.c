/* loss_cross.c - cross-products of two views, and what is asked of them; see loss_parts.h
 * SPDX-License-Identifier: MIT */
#include "gemm.h"
#include "loss_parts.h"
#include "tile.h"

static bool by_rows(size_t n, size_t d)
{
    return d / 2 >= n;
}

size_t NAI_R(nai_cross_count)(size_t n, size_t d, bool same)
{
    struct nai_pieces p = {0};

    if (by_rows(n, d)) {
        nai_piece(&p, n * n);
        nai_piece(&p, same ? 0 : n * n);
        nai_piece_f64(&p, d);
    } else
        nai_piece(&p, d * d);
    return p.used;
}

/* The sum of the squares, and each times `by`. */
NAI_CLONES static double square_and_scale(size_t count, double by, real *x)
{
    const real f = (real)by;
    double lane[NAI_LOSS_LANES] = {0}, rest = 0;
    size_t i = 0;

    for (; i + NAI_LOSS_LANES <= count; i += NAI_LOSS_LANES)
        for (size_t l = 0; l < NAI_LOSS_LANES; l++) {
            lane[l] += (double)x[i + l] * (double)x[i + l];
            x[i + l] *= f;
        }
    for (; i < count; i++) {
        rest += (double)x[i] * (double)x[i];
        x[i] *= f;
    }
    for (size_t half = NAI_LOSS_LANES / 2; half; half /= 2)
        for (size_t l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0] + rest;
}

/* C becomes half the gradient by C. */
static void weigh(const struct nai_cross *c, real *cc, double sums[2])
{
    double on[NAI_LOSS_PARTS], off[NAI_LOSS_PARTS];
    const size_t d = c->d;

#pragma omp parallel for if (d * d > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < NAI_LOSS_PARTS; p++) {
        on[p] = off[p] = 0;
        for (size_t i = nai_part(d, p); i < nai_part(d, p + 1); i++) {
            real *const row = cc + i * d;
            const double e = (double)row[i] - 1;
            on[p] += e * e;
            off[p] += square_and_scale(i, c->off, row);
            off[p] += square_and_scale(d - i - 1, c->off, row + i + 1);
            row[i] = (real)(c->on * e);
        }
    }
    sums[0] = nai_add_parts(on);
    sums[1] = nai_add_parts(off);
}

static void cross_by_columns(struct nai_device *device, const struct nai_cross *c, const real *x,
                             const real *y, real *gx, real *gy, real *work, double sums[2])
{
    const size_t n = c->n, d = c->d;
    struct nai_buf *const cc = nai_buf_io(work);

    device->gemm->gemm(device, true, false, d, d, n, 1 / c->k, nai_buf_in(x), d, nai_buf_in(y), d,
                       0, cc, d);
    weigh(c, work, sums);
    if (!gx)
        return;
    device->gemm->gemm(device, false, true, n, d, d, (x == y ? 4 : 2) / c->k, nai_buf_in(y), d, cc,
                       d, 0, nai_buf_io(gx), d);
    if (x != y)
        device->gemm->gemm(device, false, false, n, d, d, 2 / c->k, nai_buf_in(x), d, cc, d, 0,
                           nai_buf_io(gy), d);
}

/* g += diag x, by column. */
NAI_CLONES static void add_scaled_row(size_t d, const double *restrict diag, const real *restrict x,
                                      real *restrict g)
{
    for (size_t i = 0; i < d; i++)
        g[i] += (real)(diag[i] * (double)x[i]);
}

static void add_scaled(size_t n, size_t d, const double *diag, const real *x, real *g)
{
#pragma omp parallel for if (n * d > NAI_LOSS_SERIAL)
    for (size_t b = 0; b < n; b++)
        add_scaled_row(d, diag, x + b * d, g + b * d);
}

static void cross_by_rows(struct nai_device *device, const struct nai_cross *c, const real *x,
                          const real *y, real *gx, real *gy, real *work, double sums[2])
{
    const size_t n = c->n, d = c->d;
    struct nai_pieces pieces = {.base = work};
    real *const kx = nai_piece(&pieces, n * n), *const other =
                                                    nai_piece(&pieces, x == y ? 0 : n * n);
    real *const ky = x == y ? kx : other;
    double *const diag = nai_piece_f64(&pieces, d);
    double part[NAI_LOSS_PARTS], on = 0, squares = 0;

    device->gemm->gemm(device, false, true, n, n, d, 1 / c->k, nai_buf_in(x), d, nai_buf_in(x), d,
                       0, nai_buf_io(kx), n);
    if (x != y)
        device->gemm->gemm(device, false, true, n, n, d, 1 / c->k, nai_buf_in(y), d, nai_buf_in(y),
                           d, 0, nai_buf_io(ky), n);
#pragma omp parallel for if (n * n > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < NAI_LOSS_PARTS; p++) {
        const size_t begin = nai_part(n * n, p), end = nai_part(n * n, p + 1);
        part[p] = NAI_R(nai_dot)(end - begin, kx + begin, ky + begin);
    }
    NAI_R(nai_column_dots)(n, d, x, y, diag);
    for (size_t i = 0; i < d; i++) {
        const double ii = diag[i] / c->k;
        on += (ii - 1) * (ii - 1);
        squares += ii * ii;
        diag[i] = (x == y ? 4 : 2) / c->k * (c->on * (ii - 1) - c->off * ii);
    }
    sums[0] = on;
    sums[1] = nai_add_parts(part) - squares;
    if (!gx)
        return;
    device->gemm->gemm(device, false, false, n, d, n, (x == y ? 4 : 2) * c->off / c->k,
                       nai_buf_in(ky), n, nai_buf_in(x), d, 0, nai_buf_io(gx), d);
    add_scaled(n, d, diag, y, gx);
    if (x == y)
        return;
    device->gemm->gemm(device, false, false, n, d, n, 2 * c->off / c->k, nai_buf_in(kx), n,
                       nai_buf_in(y), d, 0, nai_buf_io(gy), d);
    add_scaled(n, d, diag, x, gy);
}

void NAI_R(nai_cross)(struct nai_device *device, const struct nai_cross *c, const real *x,
                      const real *y, real *gx, real *gy, real *work, double sums[2])
{
    (by_rows(c->n, c->d) ? cross_by_rows : cross_by_columns)(device, c, x, y, gx, gy, work, sums);
}
