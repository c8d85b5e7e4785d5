/* eig.c - see eig.h
 * SPDX-License-Identifier: MIT */
#include "eig.h"

#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "blas.h"
#include "eig_parts.h"
#include "mem.h"
#include "tile.h"

enum {
    SMALL = 256, /* below this LAPACK's one-stage reduction is as fast */
    TILE = 64
};

int nai_eig_symmetrise(double *a, size_t n, double *largest, struct nai_err *err)
{
    const size_t count = (n + TILE - 1) / TILE;
    double most = 0, trap = 0;

#pragma omp parallel for schedule(dynamic) reduction(max : most) reduction(+ : trap)
    for (size_t p = 0; p < count * count; p++) {
        const size_t i0 = p / count * TILE, j0 = p % count * TILE;
        for (size_t i = i0; j0 <= i0 && i < nai_min(n, i0 + TILE); i++)
            for (size_t j = j0; j < nai_min(i + 1, j0 + TILE); j++) {
                const double v = 0.5 * a[i * n + j] + 0.5 * a[j * n + i];
                trap += v * 0; /* NaN once any element is not finite */
                most = fabs(v) > most ? fabs(v) : most;
                a[i * n + j] = a[j * n + i] = v;
            }
    }
    *largest = most;
    if (trap == 0)
        return NAI_OK;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            if (!isfinite(a[i * n + j]))
                return nai_err_set(err, NAI_ENUMERIC, "matrix element (%zu, %zu) is not finite", i,
                                   j);
    return nai_err_set(err, NAI_ENUMERIC, "matrix is not finite");
}

/* Dot product in eight interleaved sums: vectorised, and one order whatever the compiler. */
NAI_CLONES
static double dot(const double *restrict x, const double *restrict y, size_t n)
{
    double s[8] = {0};
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (size_t l = 0; l < 8; l++)
            s[l] += x[i + l] * y[i + l];
    for (size_t l = 0; i + l < n; l++)
        s[l] += x[i + l] * y[i + l];
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

NAI_CLONES
static void rank_two_row(double *restrict a, const double *restrict u, const double *restrict w,
                         double ui, double wi, size_t n)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        a[j] -= ui * w[j] + wi * u[j];
}

/* A = H A H with H mu = +-||mu|| e1, H = I - 2 u u^T / u^T u. work is f64[2][n]. */
static void align_first(double *a, const double *mu, double norm, double *work, size_t n)
{
    double *const u = work, *const w = work + n;
    double tau, half;

    memcpy(u, mu, n * sizeof *u);
    for (size_t j = 0; j < n; j++)
        u[j] /= norm;
    u[0] += copysign(1, u[0]);
    tau = 2 / dot(u, u, n);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++)
        w[i] = tau * dot(a + i * n, u, n);
    half = 0.5 * tau * dot(u, w, n);
    for (size_t i = 0; i < n; i++)
        w[i] -= half * u[i];
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++)
        rank_two_row(a + i * n, u, w, u[i], w[i], n);
}

static int tridiagonalise(double *d, double *e, double *a, size_t n, struct nai_err *err)
{
    double *tau, *work;
    int status = NAI_ESYSTEM;

    if (n >= SMALL) {
        status = nai_eig_to_band(a, n, err);
        return status == NAI_OK ? nai_eig_chase(d, e, a, n, err) : status;
    }
    tau = nai_alloc(n, sizeof *tau, "tridiagonal reduction", err);
    work = nai_alloc(n, 64 * sizeof *work, "tridiagonal reduction", err);
    if (tau && work) {
        const int threads = nai_blas_alone();
        LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'L', (int)n, a, (int)n, d, e, tau, work,
                            (int)(64 * n));
        nai_blas_restore(threads);
        status = NAI_OK;
    }
    nai_free(tau);
    nai_free(work);
    return status;
}

static void descending(double *to, const double *from, size_t n, double scale)
{
    for (size_t j = 0; j < n; j++)
        to[j] = from[n - 1 - j] * scale;
}

/* dsterf on up to two tridiagonals, each on its own thread; d and e are destroyed. */
static int solve(double *const d[2], double *const e[2], int count, size_t n, struct nai_err *err)
{
    int failed = 0;

#pragma omp parallel for num_threads(count) reduction(+ : failed)
    for (int k = 0; k < count; k++) {
        nai_blas_alone();
        failed += LAPACKE_dsterf_work((int)n, d[k], e[k]) != 0;
    }
    if (failed)
        return nai_err_set(err, NAI_ENUMERIC, "eigenvalues did not converge");
    return NAI_OK;
}

/* Elements near 1 keep the squares inside from over- and underflowing; powers of two are exact. */
static double normalise(double *a, size_t n, double largest)
{
    int exponent;

    if (!(largest > 0) || (largest < 0x1p200 && largest > 0x1p-200))
        return 1;
    frexp(largest, &exponent);
    for (size_t i = 0; i < n * n; i++)
        a[i] = ldexp(a[i], -exponent);
    return ldexp(1, exponent);
}

int nai_eig_values(double *lambda, double *shifted, double *a, size_t dim, const double *mu,
                   double c, struct nai_err *err)
{
    double *d[2] = {NULL, NULL}, *e[2] = {NULL, NULL}, largest, scale, norm = 0;
    int status, fits;

    if (dim == 0)
        return nai_err_set(err, NAI_EUSAGE, "eigenvalues of an empty matrix");
    status = nai_blas_int(&fits, dim, "matrix", err);
    if (status != NAI_OK)
        return status;
    double *const work = nai_alloc(dim, 4 * sizeof *work, "tridiagonal matrix", err);
    if (!work)
        return NAI_ESYSTEM;
    for (size_t k = 0; k < 2; k++) {
        d[k] = work + k * dim;
        e[k] = work + (2 + k) * dim;
    }
    status = nai_eig_symmetrise(a, dim, &largest, err);
    if (status != NAI_OK)
        goto out;
    scale = normalise(a, dim, largest);
    if (shifted) {
        for (size_t j = 0; j < dim; j++)
            norm = hypot(norm, mu[j]);
        if (!isfinite(norm) || !isfinite(c * norm * norm)) {
            status = nai_err_set(err, NAI_ENUMERIC, "mean is not finite");
            goto out;
        }
        if (norm > 0)
            align_first(a, mu, norm, work, dim);
    }
    status = tridiagonalise(d[0], e[0], a, dim, err);
    if (status != NAI_OK)
        goto out;
    memcpy(d[1], d[0], dim * sizeof *work);
    memcpy(e[1], e[0], dim * sizeof *work);
    d[1][0] += c * norm * norm / scale;
    status = solve(d, e, shifted ? 2 : 1, dim, err);
    if (status != NAI_OK)
        goto out;
    descending(lambda, d[0], dim, scale);
    if (shifted)
        descending(shifted, d[1], dim, scale);
out:
    nai_free(work);
    return status;
}

size_t nai_eig_rank(const double *lambda, size_t len, uint64_t n, size_t dim)
{
    const double size = n > dim ? (double)n : (double)dim;
    size_t rank = 0;

    while (rank < len && lambda[rank] > lambda[0] * size * DBL_EPSILON)
        rank++;
    return rank;
}
