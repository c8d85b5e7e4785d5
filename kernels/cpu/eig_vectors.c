/* eig_vectors.c - eigenvectors, and the route by way of a factor; see eig.h
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "blas.h"
#include "eig.h"
#include "eig_parts.h"
#include "mem.h"
#include "tile.h"

enum {
    DSYEVD_SIZES = 32766, /* the largest n whose 1 + 6 n + 2 n^2 elements of workspace fit an int */
    DSYEVR_WORK = 64      /* columns of workspace for dsyevr's blocked reduction; 26 are needed */
};

/* Eigenvalues ascending and vectors in the rows of a, by divide and conquer. */
static int by_dsyevd(double *w, double *a, size_t n, struct nai_err *err)
{
    const size_t lwork = 1 + 6 * n + 2 * n * n, liwork = 3 + 5 * n;
    double *const work = nai_alloc(lwork, sizeof *work, "eigenvectors", err);
    lapack_int *const iwork = nai_alloc(liwork, sizeof *iwork, "eigenvectors", err);
    int status = NAI_ESYSTEM;

    if (work && iwork) {
        const int threads = nai_blas_alone();
        const lapack_int info =
            LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, 'V', 'L', (lapack_int)n, a, (lapack_int)n, w,
                                work, (lapack_int)lwork, iwork, (lapack_int)liwork);
        nai_blas_restore(threads);
        status =
            info == 0 ? NAI_OK : nai_err_set(err, NAI_ENUMERIC, "eigenvectors did not converge");
    }
    nai_free(work);
    nai_free(iwork);
    return status;
}

/* The same by relatively robust representations, whose workspace is O(n). */
static int by_dsyevr(double *w, double *a, size_t n, struct nai_err *err)
{
    const size_t lwork = DSYEVR_WORK * n, liwork = 10 * n;
    double *const work = nai_alloc(lwork, sizeof *work, "eigenvectors", err);
    double *const z = nai_alloc(n, n * sizeof *z, "eigenvectors", err);
    lapack_int *const iwork = nai_alloc(liwork + 2 * n, sizeof *iwork, "eigenvectors", err);
    int status = NAI_ESYSTEM;

    if (work && z && iwork) {
        const int threads = nai_blas_alone();
        lapack_int found = 0;
        const lapack_int info =
            LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, 'V', 'A', 'L', (lapack_int)n, a, (lapack_int)n, 0,
                                0, 0, 0, 0, &found, w, z, (lapack_int)n, iwork + liwork, work,
                                (lapack_int)lwork, iwork, (lapack_int)liwork);
        nai_blas_restore(threads);
        status = info == 0 && (size_t)found == n
                     ? NAI_OK
                     : nai_err_set(err, NAI_ENUMERIC, "eigenvectors did not converge");
        if (status == NAI_OK)
            memcpy(a, z, n * n * sizeof *a);
    }
    nai_free(work);
    nai_free(z);
    nai_free(iwork);
    return status;
}

static void fix_sign(double *v, size_t n)
{
    size_t at = 0;

    for (size_t j = 1; j < n; j++)
        if (fabs(v[j]) > fabs(v[at]))
            at = j;
    if (n > 0 && v[at] < 0)
        for (size_t j = 0; j < n; j++)
            v[j] = -v[j];
}

int nai_eig_vectors(double *lambda, double *a, size_t dim, struct nai_err *err)
{
    double largest, *w;
    int status, fits;

    if (dim == 0)
        return nai_err_set(err, NAI_EUSAGE, "eigenvectors of an empty matrix");
    status = nai_blas_int(&fits, 64 * dim, "matrix", err);
    if (status == NAI_OK)
        status = nai_eig_symmetrise(a, dim, &largest, err);
    if (status != NAI_OK)
        return status;
    w = nai_alloc(dim, sizeof *w, "eigenvalues", err);
    if (!w)
        return NAI_ESYSTEM;
    status = dim <= DSYEVD_SIZES ? by_dsyevd(w, a, dim, err) : by_dsyevr(w, a, dim, err);
    if (status == NAI_OK) {
        for (size_t j = 0; j < dim; j++)
            lambda[j] = w[dim - 1 - j];
#pragma omp parallel for schedule(static)
        for (size_t j = 0; j < dim; j++)
            fix_sign(a + j * dim, dim);
        for (size_t i = 0; i < dim / 2; i++) /* ascending to descending */
            for (size_t j = 0; j < dim; j++) {
                const double v = a[i * dim + j];
                a[i * dim + j] = a[(dim - 1 - i) * dim + j];
                a[(dim - 1 - i) * dim + j] = v;
            }
    }
    nai_free(w);
    return status;
}

/* Eigenvalues of [F; sqrt(c) mu] [F; sqrt(c) mu]^T, given G = F F^T. */
static int bordered(double *shifted, const double *g, const double *f, size_t rows, size_t dim,
                    const double *mu, double c, struct nai_err *err)
{
    const size_t n = rows + 1;
    double *const a = nai_alloc(n, n * sizeof *a, "Gram matrix", err);
    double *const border = nai_alloc(n, sizeof *border, "Gram matrix", err);
    int status = NAI_ESYSTEM;

    if (a && border) {
        nai_blas_gemm(false, true, rows, 1, dim, sqrt(c), f, dim, mu, dim, 0, border, 1);
        nai_blas_gemm(false, true, 1, 1, dim, c, mu, dim, mu, dim, 0, border + rows, 1);
        for (size_t i = 0; i < n; i++) {
            if (i < rows)
                memcpy(a + i * n, g + i * rows, rows * sizeof *a);
            a[i * n + rows] = a[rows * n + i] = border[i];
        }
        status = nai_eig_values(shifted, NULL, a, n, NULL, 0, err);
    }
    nai_free(a);
    nai_free(border);
    return status;
}

/* v = F^T u / sigma for the rows u of g; what cancellation left of their length is restored. */
static void lift(double *vectors, const double *g, const double *lambda, const double *f,
                 size_t rows, size_t dim)
{
    const double noise = rows > 0 ? lambda[0] * (double)dim * DBL_EPSILON : 0;

    nai_blas_gemm(false, false, rows, dim, rows, 1, g, rows, f, dim, 0, vectors, dim);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < rows; i++) {
        double *const v = vectors + i * dim;
        double squares = 0;

        for (size_t j = 0; j < dim; j++)
            squares += v[j] * v[j];
        for (size_t j = 0; j < dim; j++)
            v[j] = lambda[i] > noise ? v[j] / sqrt(squares) : 0;
        fix_sign(v, dim);
    }
}

int nai_eig_factor(double *lambda, double *shifted, double *vectors, const double *f, size_t rows,
                   size_t dim, const double *mu, double c, struct nai_err *err)
{
    double *values = NULL, *g, *more = NULL;
    int status, fits;

    if (rows == 0 || rows > dim)
        return nai_err_set(err, NAI_EUSAGE, "a factor of %zu rows of %zu features", rows, dim);
    status = nai_blas_int(&fits, dim, "factor", err);
    if (status != NAI_OK)
        return status;
    g = nai_alloc(rows, rows * sizeof *g, "Gram matrix", err);
    values = nai_alloc(rows, sizeof *values, "eigenvalues", err);
    more = nai_alloc(rows + 1, sizeof *more, "eigenvalues", err);
    status = g && values && more ? NAI_OK : NAI_ESYSTEM;
    if (status == NAI_OK) {
        nai_blas_gram(false, rows, dim, f, dim, g);
        if (shifted)
            status = bordered(more, g, f, rows, dim, mu, c, err);
    }
    if (status == NAI_OK)
        status = vectors ? nai_eig_vectors(values, g, rows, err)
                         : nai_eig_values(values, NULL, g, rows, NULL, 0, err);
    if (status == NAI_OK) {
        if (vectors)
            lift(vectors, g, values, f, rows, dim);
        memcpy(lambda, values, rows * sizeof *lambda);
        if (shifted)
            memcpy(shifted, more, (rows + 1) * sizeof *shifted);
    }
    nai_free(g);
    nai_free(values);
    nai_free(more);
    return status;
}
