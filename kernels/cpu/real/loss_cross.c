/* loss_cross.c - cross-products of two views, and what is asked of them; see loss_parts.h
 * SPDX-License-Identifier: MIT
 *
 * C = X^T Y / k; G, half the gradient by C, is on (C_ii - 1) on the diagonal, off C_ij elsewhere.
 *
 *   by columns  gx = (2/k) Y G^T, gy = (2/k) X G
 *   by rows     gx = (2/k) (off K_y X + Y e), K_y = Y Y^T / k, e the diagonal of G - off C; gy with
 *               X and Y exchanged
 *
 * With Y = X the two are one, and add up. Tangents are those of these products, factor by factor;
 * tG is on tC_ii on the diagonal, off tC_ij elsewhere, and tK_y = (tY Y^T + Y tY^T) / k.
 */
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
    NAI_R(nai_add_columns)(n, d, diag, y, gx);
    if (x == y)
        return;
    device->gemm->gemm(device, false, false, n, d, n, 2 * c->off / c->k, nai_buf_in(kx), n,
                       nai_buf_in(y), d, 0, nai_buf_io(gy), d);
    NAI_R(nai_add_columns)(n, d, diag, x, gy);
}

void NAI_R(nai_cross)(struct nai_device *device, const struct nai_cross *c, const real *x,
                      const real *y, real *gx, real *gy, real *work, double sums[2])
{
    (by_rows(c->n, c->d) ? cross_by_rows : cross_by_columns)(device, c, x, y, gx, gy, work, sums);
}

/* tC becomes tG. */
static void weigh_tangent(const struct nai_cross *c, real *tcc)
{
    const real off = (real)c->off;
    const size_t d = c->d;

#pragma omp parallel for if (d * d > NAI_LOSS_SERIAL)
    for (size_t i = 0; i < d; i++) {
        real *const row = tcc + i * d;
        const double ii = (double)row[i];
        for (size_t j = 0; j < d; j++)
            row[j] *= off;
        row[i] = (real)(c->on * ii);
    }
}

static void cross_by_columns_tangent(struct nai_device *device, const struct nai_cross *c,
                                     struct nai_dual x, struct nai_dual y, struct nai_dual gx,
                                     struct nai_dual gy, struct nai_dual work)
{
    const struct nai_gemm_ops *const gemm = device->gemm;
    const size_t n = c->n, d = c->d;
    const bool same = x.x == y.x;
    const double by = (same ? 4 : 2) / c->k;
    struct nai_buf *const cc = nai_buf_io(work.x), *const tcc = nai_buf_io(work.t);
    const struct nai_buf *const xb = nai_buf_in(x.x), *const txb = nai_buf_in(x.t);
    const struct nai_buf *const yb = nai_buf_in(y.x), *const tyb = nai_buf_in(y.t);
    double sums[2];

    gemm->gemm(device, true, false, d, d, n, 1 / c->k, xb, d, yb, d, 0, cc, d);
    gemm->gemm(device, true, false, d, d, n, 1 / c->k, txb, d, yb, d, 0, tcc, d);
    if (same)
        NAI_R(nai_add_transpose)(d, work.t);
    else
        gemm->gemm(device, true, false, d, d, n, 1 / c->k, xb, d, tyb, d, 1, tcc, d);
    weigh(c, work.x, sums);
    weigh_tangent(c, work.t);
    if (gx.x)
        gemm->gemm(device, false, true, n, d, d, by, yb, d, cc, d, 0, nai_buf_io(gx.x), d);
    gemm->gemm(device, false, true, n, d, d, by, tyb, d, cc, d, 0, nai_buf_io(gx.t), d);
    gemm->gemm(device, false, true, n, d, d, by, yb, d, tcc, d, 1, nai_buf_io(gx.t), d);
    if (same)
        return;
    if (gy.x)
        gemm->gemm(device, false, false, n, d, d, by, xb, d, cc, d, 0, nai_buf_io(gy.x), d);
    gemm->gemm(device, false, false, n, d, d, by, txb, d, cc, d, 0, nai_buf_io(gy.t), d);
    gemm->gemm(device, false, false, n, d, d, by, xb, d, tcc, d, 1, nai_buf_io(gy.t), d);
}

/* K = X X^T / k, and what it changes by. */
static void products_of_rows(struct nai_device *device, const struct nai_cross *c,
                             struct nai_dual x, struct nai_dual k)
{
    const size_t n = c->n, d = c->d;

    device->gemm->gemm(device, false, true, n, n, d, 1 / c->k, nai_buf_in(x.x), d, nai_buf_in(x.x),
                       d, 0, nai_buf_io(k.x), n);
    device->gemm->gemm(device, false, true, n, n, d, 1 / c->k, nai_buf_in(x.t), d, nai_buf_in(x.x),
                       d, 0, nai_buf_io(k.t), n);
    NAI_R(nai_add_transpose)(n, k.t);
}

/* g = by K x + diag y, and what it changes by; without g.x only the latter. */
static void back_by_rows(struct nai_device *device, const struct nai_cross *c, double by,
                         struct nai_dual k, struct nai_dual x, const double *diag,
                         const double *tdiag, struct nai_dual y, struct nai_dual g)
{
    const size_t n = c->n, d = c->d;
    const struct nai_buf *const kb = nai_buf_in(k.x), *const xb = nai_buf_in(x.x);

    if (g.x) {
        device->gemm->gemm(device, false, false, n, d, n, by, kb, n, xb, d, 0, nai_buf_io(g.x), d);
        NAI_R(nai_add_columns)(n, d, diag, y.x, g.x);
    }
    device->gemm->gemm(device, false, false, n, d, n, by, nai_buf_in(k.t), n, xb, d, 0,
                       nai_buf_io(g.t), d);
    device->gemm->gemm(device, false, false, n, d, n, by, kb, n, nai_buf_in(x.t), d, 1,
                       nai_buf_io(g.t), d);
    NAI_R(nai_add_columns)(n, d, diag, y.t, g.t);
    NAI_R(nai_add_columns)(n, d, tdiag, y.x, g.t);
}

static void cross_by_rows_tangent(struct nai_device *device, const struct nai_cross *c,
                                  struct nai_dual x, struct nai_dual y, struct nai_dual gx,
                                  struct nai_dual gy, struct nai_dual work)
{
    const size_t n = c->n, d = c->d;
    const bool same = x.x == y.x;
    const double f = (same ? 4 : 2) / c->k;
    struct nai_pieces pieces = {.base = work.x}, tpieces = {.base = work.t};
    const struct nai_dual kx = {nai_piece(&pieces, n * n), nai_piece(&tpieces, n * n)};
    const size_t other = same ? 0 : n * n;
    const struct nai_dual own = {nai_piece(&pieces, other), nai_piece(&tpieces, other)};
    const struct nai_dual ky = same ? kx : own;
    double *const diag = nai_piece_f64(&pieces, d), *const tdiag = nai_piece_f64(&tpieces, d);

    products_of_rows(device, c, x, kx);
    if (!same)
        products_of_rows(device, c, y, ky);
    NAI_R(nai_column_dots)(n, d, x.t, y.x, tdiag);
    NAI_R(nai_column_dots)(n, d, x.x, y.t, diag);
    for (size_t i = 0; i < d; i++)
        tdiag[i] = f * (c->on - c->off) * (tdiag[i] + diag[i]) / c->k;
    NAI_R(nai_column_dots)(n, d, x.x, y.x, diag);
    for (size_t i = 0; i < d; i++)
        diag[i] = f * (c->on * (diag[i] / c->k - 1) - c->off * diag[i] / c->k);
    back_by_rows(device, c, f * c->off, ky, x, diag, tdiag, y, gx);
    if (!same)
        back_by_rows(device, c, f * c->off, kx, y, diag, tdiag, x, gy);
}

void NAI_R(nai_cross_tangent)(struct nai_device *device, const struct nai_cross *c,
                              struct nai_dual x, struct nai_dual y, struct nai_dual gx,
                              struct nai_dual gy, struct nai_dual work)
{
    (by_rows(c->n, c->d) ? cross_by_rows_tangent : cross_by_columns_tangent)(device, c, x, y, gx,
                                                                             gy, work);
}
