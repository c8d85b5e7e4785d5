/* krylov.c - see krylov.h
 * SPDX-License-Identifier: MIT */
#include "krylov.h"

#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blas.h"
#include "mem.h"
#include "rng.h"
#include "tile.h"

/* Partial sums of a round of chunks, so that none need be allocated. */
double nai_krylov_dot(const double *x, const double *y, size_t n)
{
    enum { ROUND = 256 };
    double sum = 0, part[ROUND];

    for (size_t first = 0; first < n; first += ROUND * NAI_CHUNK) {
        const size_t end = nai_min(n, first + ROUND * NAI_CHUNK);
#pragma omp parallel if (end - first > 4 * NAI_CHUNK)
        {
            nai_blas_alone();
#pragma omp for schedule(static)
            for (size_t i = first; i < end; i += NAI_CHUNK)
                part[(i - first) / NAI_CHUNK] =
                    cblas_ddot((int)nai_min(NAI_CHUNK, end - i), x + i, 1, y + i, 1);
        }
        for (size_t i = first; i < end; i += NAI_CHUNK)
            sum += part[(i - first) / NAI_CHUNK];
    }
    return sum;
}

void nai_krylov_normals(double *x, size_t n, uint64_t seed, const char *purpose, uint64_t index)
{
    struct nai_rng r;

    nai_rng_init(&r, seed, purpose, index);
    for (size_t i = 0; i < n; i++)
        x[i] = nai_rng_normal(&r);
}

void nai_krylov_signs(double *x, size_t n, uint64_t seed, const char *purpose, uint64_t index)
{
    struct nai_rng r;
    uint32_t bits = 0;

    nai_rng_init(&r, seed, purpose, index);
    for (size_t i = 0; i < n; i++) {
        bits = i % 32 == 0 ? nai_rng_u32(&r) : bits >> 1;
        x[i] = bits & 1 ? 1 : -1;
    }
}

/* Say which of the products from number `first` on it was that the operator could not give. */
static int failed(const struct nai_products *p, int status, size_t first, size_t k,
                  struct nai_err *err)
{
    char which[100];

    if (k > 1)
        snprintf(which, sizeof which, "%.40s: products %zu to %zu", p->what, first, first + k - 1);
    else
        snprintf(which, sizeof which, "%.40s: product %zu", p->what, first);
    if (!err || err->code != NAI_OK)
        nai_err_prefix(err, which);
    else
        nai_err_set(err, status, "%s failed", which);
    return status;
}

int nai_products_take(struct nai_products *p, double *y, double *norm2, const double *x, size_t k,
                      struct nai_err *err)
{
    const size_t n = p->n, block = p->block ? p->block : k;

    for (size_t i = 0; i < k; i += block) {
        const size_t now = nai_min(block, k - i);
        if (err)
            *err = (struct nai_err){0}; /* what is there after the call is the operator's */
        const int status = p->op(y + i * n, x + i * n, now, p->ctx);
        if (status != NAI_OK)
            return failed(p, status, p->done + 1, now, err);
        for (size_t j = i; j < i + now; j++) {
            norm2[j] = nai_krylov_dot(y + j * n, y + j * n, n);
            if (!isfinite(norm2[j]))
                return nai_err_set(err, NAI_ENUMERIC, "%s: product %zu is not finite", p->what,
                                   p->done + 1);
            p->done++;
        }
    }
    return NAI_OK;
}

void nai_orthogonalise(double *w, const double *v, size_t n, size_t m, double *h)
{
    enum { GROUP = 4 }; /* vectors that a chunk of w is read once for */

#pragma omp parallel if (n * m > 4 * NAI_CHUNK)
    {
        nai_blas_alone();
#pragma omp for schedule(static)
        for (size_t g = 0; g < m; g += GROUP) {
            const size_t end = nai_min(m, g + GROUP);
            memset(h + g, 0, (end - g) * sizeof *h);
            for (size_t i = 0; i < n; i += NAI_CHUNK)
                for (size_t j = g; j < end; j++)
                    h[j] += cblas_ddot((int)nai_min(NAI_CHUNK, n - i), v + j * n + i, 1, w + i, 1);
        }
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i += NAI_CHUNK)
            cblas_dgemv(CblasRowMajor, CblasTrans, (int)m, (int)nai_min(NAI_CHUNK, n - i), -1,
                        v + i, (int)n, h, 1, 1, w + i, 1);
    }
}

bool nai_left_over(double norm, double scale, size_t m)
{
    return norm > scale * (double)m * 8 * DBL_EPSILON;
}

void nai_krylov_append(struct nai_krylov *k, const double *w, double norm)
{
    for (size_t i = 0; i < k->n; i++)
        k->v[k->steps * k->n + i] = w[i] / norm;
    k->steps++;
}

void nai_krylov_step(struct nai_krylov *k, double *w, double norm2)
{
    const size_t j = k->steps - 1;

    k->alpha[j] = nai_krylov_dot(w, k->v + j * k->n, k->n);
    k->scale = fmax(k->scale, sqrt(norm2));
    nai_orthogonalise(w, k->v, k->n, k->steps, k->h);
    nai_orthogonalise(w, k->v, k->n, k->steps, k->h);
    k->beta[j] = sqrt(nai_krylov_dot(w, w, k->n));
}

int nai_tridiagonal(const double *alpha, const double *beta, size_t m, double *theta, double *s,
                    const char *what, struct nai_err *err)
{
    double *const e = nai_alloc(m, sizeof *e, what, err);
    double *const work = nai_alloc(1 + 4 * m + m * m, sizeof *work, what, err);
    lapack_int *const iwork = nai_alloc(3 + 5 * m, sizeof *iwork, what, err);
    int status = NAI_ESYSTEM;

    if (e && work && iwork) {
        const int threads = nai_blas_alone();
        memcpy(theta, alpha, m * sizeof *theta);
        memcpy(e, beta, m * sizeof *e);
        const lapack_int info = LAPACKE_dstevd_work(
            LAPACK_COL_MAJOR, 'V', (lapack_int)m, theta, e, s, (lapack_int)m, work,
            (lapack_int)(1 + 4 * m + m * m), iwork, (lapack_int)(3 + 5 * m));
        nai_blas_restore(threads);
        status = info == 0 ? NAI_OK
                           : nai_err_set(err, NAI_ENUMERIC, "%s: the small problem failed", what);
    }
    nai_free(e);
    nai_free(work);
    nai_free(iwork);
    return status;
}

void nai_mean_add(struct nai_mean *m, double x)
{
    const double diff = x - m->mean;

    m->count++;
    m->mean += diff / (double)m->count;
    m->square += diff * (x - m->mean);
}

double nai_mean_se(const struct nai_mean *m)
{
    const double count = (double)m->count;

    return m->count > 1 ? sqrt(m->square / (count - 1) / count) : NAN;
}
