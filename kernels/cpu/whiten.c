/* whiten.c - see whiten.h
 * SPDX-License-Identifier: MIT */
#include "whiten.h"

#include <cblas.h>
#include <lapacke.h>

#include "blas.h"
#include "tile.h"

/* b L^-T: each row x becomes L^-1 x. */
static void solve_rows(double *b, size_t rows, const double *l, size_t dim)
{
    const size_t tile = nai_tile(rows);

#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < rows; i += tile)
            cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit,
                        (int)nai_min(tile, rows - i), (int)dim, 1, l, (int)dim, b + i * dim,
                        (int)dim);
    }
}

static void transpose(double *a, size_t n)
{
#pragma omp parallel for schedule(dynamic, 16)
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const double t = a[i * n + j];
            a[i * n + j] = a[j * n + i];
            a[j * n + i] = t;
        }
}

int nai_whiten(double *b, size_t rows, bool factor, double *w, size_t dim, double delta,
               struct nai_err *err)
{
    int n, r, before, info;

    if (nai_blas_int(&n, dim, "features", err) != NAI_OK ||
        nai_blas_int(&r, rows, "rows", err) != NAI_OK)
        return NAI_EUSAGE;
    for (size_t j = 0; j < dim; j++)
        w[j * dim + j] += delta;
    before = nai_blas_alone();
    info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', n, w, n); /* row-major, that is L */
    nai_blas_restore(before);
    if (info != 0)
        return nai_err_set(err, NAI_ENUMERIC,
                           "the covariance to whiten with is not positive definite");
    solve_rows(b, rows, w, dim);
    if (!factor) { /* B L^-T, transposed, is L^-1 B */
        transpose(b, dim);
        solve_rows(b, rows, w, dim);
    }
    return NAI_OK;
}
