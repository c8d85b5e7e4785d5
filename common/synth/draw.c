/* draw.c - see draw.h
 * SPDX-License-Identifier: MIT */
#include "draw.h"

#include <lapacke.h>
#include <string.h>

#include "blas.h"
#include "mem.h"
#include "rng.h"

void nai_draw_normals(double *x, size_t n, uint64_t seed, const char *purpose, uint64_t index)
{
    struct nai_rng r;

    nai_rng_init(&r, seed, purpose, index);
    for (size_t i = 0; i < n; i++)
        x[i] = nai_rng_normal(&r);
}

void nai_draw_linspace(double *v, size_t n, double lo, double hi)
{
    for (size_t i = 0; i < n; i++)
        v[i] = n == 1 ? lo : lo + (hi - lo) * ((double)i / (double)(n - 1));
}

/* Gaussian columns, one after another in memory; centred if asked for. */
static void gaussian(double *z, size_t n, size_t k, bool centred, uint64_t seed,
                     const char *purpose)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t j = 0; j < k; j++) {
        double *const col = z + j * n, mean = 0;
        nai_draw_normals(col, n, seed, purpose, j);
        for (size_t i = 0; centred && i < n; i++)
            mean += col[i] / (double)n;
        for (size_t i = 0; centred && i < n; i++)
            col[i] -= mean;
    }
}

/* The columns of z, in place, to those of Q. */
static int factorise(double *z, size_t n, size_t k, struct nai_err *err)
{
    const size_t lwork = 64 * k;
    double *const tau = nai_alloc(k, 2 * sizeof *tau, "a factorisation", err);
    double *const work = nai_alloc(lwork, sizeof *work, "a factorisation", err);
    int rows, cols, most, before, rc = tau && work ? NAI_OK : NAI_ESYSTEM;

    if (rc == NAI_OK)
        rc = nai_blas_int(&rows, n, "rows", err);
    if (rc == NAI_OK)
        rc = nai_blas_int(&cols, k, "columns", err);
    if (rc == NAI_OK)
        rc = nai_blas_int(&most, lwork, "columns", err);
    if (rc == NAI_OK) {
        double *const sign = tau + k;
        before = nai_blas_alone();
        LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, rows, cols, z, rows, tau, work, most);
        for (size_t j = 0; j < k; j++)
            sign[j] = z[j * n + j] < 0 ? -1 : 1;
        LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, rows, cols, cols, z, rows, tau, work, most);
        nai_blas_restore(before);
        for (size_t j = 0; j < k; j++)
            for (size_t i = 0; i < n; i++)
                z[j * n + i] *= sign[j];
    }
    nai_free(tau);
    nai_free(work);
    return rc;
}

int nai_draw_orthonormal(double *q, size_t n, size_t k, bool centred, uint64_t seed,
                         const char *purpose, struct nai_err *err)
{
    double *z;
    int rc;

    if (k == 0 || k > n || (centred && k == n))
        return nai_err_set(err, NAI_EUSAGE, "%zu orthonormal columns of %zu rows%s", k, n,
                           centred ? ", centred" : "");
    z = nai_alloc(k, n * sizeof *z, "orthonormal columns", err);
    if (!z)
        return NAI_ESYSTEM;
    gaussian(z, n, k, centred, seed, purpose);
    rc = factorise(z, n, k, err);
    for (size_t i = 0; rc == NAI_OK && i < n; i++)
        for (size_t j = 0; j < k; j++)
            q[i * k + j] = z[j * n + i];
    nai_free(z);
    return rc;
}

int nai_draw_spectral(double *x, size_t n, size_t dim, const double *sigma, size_t k,
                      const double *v, bool centred, uint64_t seed, const char *purpose,
                      struct nai_err *err)
{
    double *u;
    int rc;

    if (k > dim)
        return nai_err_set(err, NAI_EUSAGE, "%zu singular values of %zu features", k, dim);
    u = nai_alloc(n, (k ? k : 1) * sizeof *u, "orthonormal columns", err);
    if (!u)
        return NAI_ESYSTEM;
    rc = nai_draw_orthonormal(u, n, k, centred, seed, purpose, err);
    for (size_t i = 0; rc == NAI_OK && i < n; i++)
        for (size_t j = 0; j < k; j++)
            u[i * k + j] *= sigma[j];
    if (rc == NAI_OK && v) {
        nai_blas_gemm(false, true, n, dim, k, 1, u, k, v, dim, 0, x, dim);
    } else if (rc == NAI_OK) {
        memset(x, 0, n * dim * sizeof *x);
        for (size_t i = 0; i < n; i++)
            memcpy(x + i * dim, u + i * k, k * sizeof *x);
    }
    nai_free(u);
    return rc;
}
