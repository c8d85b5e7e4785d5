/* lanczos.c - see lanczos.h
 * SPDX-License-Identifier: MIT */
#include "lanczos.h"

#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "blas.h"
#include "mem.h"
#include "rng.h"
#include "tile.h"

enum { CHUNK = 4096 }; /* elements of a vector that one task handles */

struct krylov {
    const struct nai_lanczos *config;
    double *v; /* f64[room][n]: the basis */
    size_t room, steps, most;
    double *alpha, *beta; /* f64[most]: T; beta[j] joins j to j + 1 */
    double *w, *h;        /* f64[n], f64[most] */
    double *part;         /* f64[chunks]: partial sums */
    uint64_t drawn;       /* random vectors used */
    size_t exhausted;     /* invariant subspaces gone through */
};

static void free_krylov(struct krylov *k)
{
    nai_free(k->v);
    nai_free(k->alpha);
    nai_free(k->beta);
    nai_free(k->w);
    nai_free(k->h);
    nai_free(k->part);
}

static int new_krylov(struct krylov *k, const struct nai_lanczos *config, struct nai_err *err)
{
    const size_t n = config->n, wanted = config->top + config->bottom;
    size_t most = config->max_steps ? nai_min(config->max_steps, n) : n;

    most = nai_max(most, wanted);
    *k = (struct krylov){.config = config, .most = most, .room = nai_min(most, wanted + 32)};
    k->v = nai_alloc(k->room, n * sizeof *k->v, "Lanczos basis", err);
    k->alpha = nai_alloc(most, sizeof *k->alpha, "Lanczos", err);
    k->beta = nai_alloc(most, sizeof *k->beta, "Lanczos", err);
    k->w = nai_alloc(n, sizeof *k->w, "Lanczos", err);
    k->h = nai_alloc(most, sizeof *k->h, "Lanczos", err);
    k->part = nai_alloc(n / CHUNK + 1, sizeof *k->part, "Lanczos", err);
    if (k->v && k->alpha && k->beta && k->w && k->h && k->part)
        return NAI_OK;
    free_krylov(k);
    return NAI_ESYSTEM;
}

/* x . y in fixed chunks, summed in order. */
static double dot(struct krylov *k, const double *x, const double *y)
{
    const size_t n = k->config->n;
    double sum = 0;

#pragma omp parallel if (n > 4 * CHUNK)
    {
        nai_blas_alone();
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i += CHUNK)
            k->part[i / CHUNK] = cblas_ddot((int)nai_min(CHUNK, n - i), x + i, 1, y + i, 1);
    }
    for (size_t i = 0; i * CHUNK < n; i++)
        sum += k->part[i];
    return sum;
}

/* w -= V (V^T w) over the first m vectors of the basis. */
static void orthogonalise(struct krylov *k, size_t m)
{
    const size_t n = k->config->n;

#pragma omp parallel if (n * m > 4 * CHUNK)
    {
        nai_blas_alone();
#pragma omp for schedule(static)
        for (size_t j = 0; j < m; j++) {
            double sum = 0;
            for (size_t i = 0; i < n; i += CHUNK)
                sum += cblas_ddot((int)nai_min(CHUNK, n - i), k->v + j * n + i, 1, k->w + i, 1);
            k->h[j] = sum;
        }
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i += CHUNK)
            cblas_dgemv(CblasRowMajor, CblasTrans, (int)m, (int)nai_min(CHUNK, n - i), -1, k->v + i,
                        (int)n, k->h, 1, 1, k->w + i, 1);
    }
}

/* The next vector of the basis is w, scaled. */
static int append(struct krylov *k, double norm, struct nai_err *err)
{
    const size_t n = k->config->n;

    if (k->steps == k->room) {
        const size_t room = nai_min(k->most, 2 * k->room);
        double *const v = nai_alloc(room, n * sizeof *v, "Lanczos basis", err);
        if (!v)
            return NAI_ESYSTEM;
        memcpy(v, k->v, k->steps * n * sizeof *v);
        nai_free(k->v);
        k->v = v;
        k->room = room;
    }
    for (size_t i = 0; i < n; i++)
        k->v[k->steps * n + i] = k->w[i] / norm;
    k->steps++;
    return NAI_OK;
}

/* A random unit vector orthogonal to the basis joins it. */
static int append_random(struct krylov *k, struct nai_err *err)
{
    const size_t n = k->config->n;
    double norm = 0;

    for (int tries = 0; tries < 5 && !(norm > 1e-8); tries++) {
        struct nai_rng r;
        nai_rng_init(&r, k->config->seed, "lanczos", k->drawn++);
        for (size_t i = 0; i < n; i++)
            k->w[i] = nai_rng_normal(&r) / sqrt((double)n);
        for (int pass = 0; pass < 3; pass++) /* the last after scaling to unit size */
            orthogonalise(k, k->steps);
        norm = sqrt(dot(k, k->w, k->w));
    }
    if (!(norm > 0))
        return nai_err_set(err, NAI_ENUMERIC, "Lanczos: no vector orthogonal to the basis");
    return append(k, norm, err);
}

/* One product: alpha and beta of the last vector, and the next vector unless the space is full. */
static int extend(struct krylov *k, nai_operator *op, void *ctx, double *scale, struct nai_err *err)
{
    const size_t n = k->config->n, j = k->steps - 1;
    const double *const v = k->v + j * n;
    const int status = op(k->w, v, 1, ctx);

    if (status != NAI_OK)
        return status;
    k->alpha[j] = dot(k, k->w, v);
    *scale = fmax(*scale, sqrt(dot(k, k->w, k->w)));
    if (!isfinite(*scale) || !isfinite(k->alpha[j]))
        return nai_err_set(err, NAI_ENUMERIC, "Lanczos: product %zu is not finite", j + 1);
    orthogonalise(k, k->steps);
    orthogonalise(k, k->steps);
    k->beta[j] = sqrt(dot(k, k->w, k->w));
    if (k->steps == k->most)
        return NAI_OK;
    if (k->beta[j] > *scale * (double)k->steps * 8 * DBL_EPSILON)
        return append(k, k->beta[j], err);
    k->beta[j] = 0;
    k->exhausted++;
    return append_random(k, err);
}

/* Eigenpairs of the m by m tridiagonal: theta ascending, vectors in the rows of s. */
static int small_problem(const struct krylov *k, size_t m, double *theta, double *s,
                         struct nai_err *err)
{
    double *const e = nai_alloc(m, sizeof *e, "Lanczos", err);
    double *const work = nai_alloc(1 + 4 * m + m * m, sizeof *work, "Lanczos", err);
    lapack_int *const iwork = nai_alloc(3 + 5 * m, sizeof *iwork, "Lanczos", err);
    int status = NAI_ESYSTEM;

    if (e && work && iwork) {
        const int threads = nai_blas_alone();
        memcpy(theta, k->alpha, m * sizeof *theta);
        memcpy(e, k->beta, m * sizeof *e);
        const lapack_int info = LAPACKE_dstevd_work(
            LAPACK_COL_MAJOR, 'V', (lapack_int)m, theta, e, s, (lapack_int)m, work,
            (lapack_int)(1 + 4 * m + m * m), iwork, (lapack_int)(3 + 5 * m));
        nai_blas_restore(threads);
        status =
            info == 0 ? NAI_OK : nai_err_set(err, NAI_ENUMERIC, "Lanczos: small problem failed");
    }
    nai_free(e);
    nai_free(work);
    nai_free(iwork);
    return status;
}

/* Which of the m ascending values output number i is. */
static size_t chosen(const struct nai_lanczos *config, size_t i, size_t m)
{
    return i < config->top ? m - 1 - i : i - config->top;
}

static bool judge(struct nai_ritz *out, const struct krylov *k, size_t m, const double *theta,
                  const double *s)
{
    const struct nai_lanczos *const c = k->config;
    const double scale = fmax(fabs(theta[0]), fabs(theta[m - 1]));
    bool all = true;

    for (size_t i = 0; i < c->top + c->bottom; i++) {
        const size_t at = chosen(c, i, m);
        const double r = k->beta[m - 1] * fabs(s[at * m + m - 1]);
        out[i] = (struct nai_ritz){theta[at], r, r <= (c->tol > 0 ? c->tol : 1e-10) * scale};
        all = all && out[i].converged;
    }
    return all;
}

/* v = V^T s, renormalised, sign fixed. */
static void ritz_vector(struct krylov *k, double *v, const double *s, size_t m)
{
    const size_t n = k->config->n;
    size_t at = 0;

#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i += CHUNK)
            cblas_dgemv(CblasRowMajor, CblasTrans, (int)m, (int)nai_min(CHUNK, n - i), 1, k->v + i,
                        (int)n, s, 1, 0, v + i, 1);
    }
    for (size_t i = 1; i < n; i++)
        if (fabs(v[i]) > fabs(v[at]))
            at = i;
    const double norm = copysign(sqrt(dot(k, v, v)), v[at]);
    for (size_t i = 0; i < n; i++)
        v[i] /= norm;
}

/* Each invariant subspace gone through holds one more copy of every multiple eigenvalue, so that as
 * many of them as there are values wanted are enough. */
static bool enough(const struct krylov *k)
{
    return k->exhausted == 0 || k->exhausted >= k->config->top + k->config->bottom;
}

/* Extend the space until the wanted values have converged; theta and s hold the last small problem,
 * of *m steps. The problem is solved each time the space has grown by an eighth. */
static int iterate(struct krylov *k, struct nai_ritz *out, double **theta, double **s, size_t *m,
                   nai_operator *op, void *ctx, struct nai_err *err)
{
    const size_t wanted = k->config->top + k->config->bottom;
    size_t next = nai_min(k->most, wanted + 8);
    double scale = 0;
    int status = append_random(k, err);

    for (*m = 1; status == NAI_OK; ++*m) {
        status = extend(k, op, ctx, &scale, err);
        if (status != NAI_OK || *m < next)
            continue;
        nai_free(*theta);
        nai_free(*s);
        *theta = nai_alloc(*m, sizeof **theta, "Lanczos", err);
        *s = nai_alloc(*m, *m * sizeof **s, "Lanczos", err);
        status = *theta && *s ? small_problem(k, *m, *theta, *s, err) : NAI_ESYSTEM;
        if (status == NAI_OK && ((judge(out, k, *m, *theta, *s) && enough(k)) || *m == k->most))
            return NAI_OK;
        next = nai_min(k->most, *m + *m / 8 + 1);
    }
    return status;
}

int nai_lanczos(struct nai_ritz *out, double *vectors, size_t *steps,
                const struct nai_lanczos *config, nai_operator *op, void *ctx, struct nai_err *err)
{
    const size_t wanted = config->top + config->bottom;
    struct krylov k;
    struct nai_ritz *found;
    double *theta = NULL, *s = NULL;
    size_t m = 0;
    int status, fits;

    if (wanted < 1 || wanted > config->n || config->top > config->n)
        return nai_err_set(err, NAI_EUSAGE, "%zu and %zu eigenvalues of %zu", config->top,
                           config->bottom, config->n);
    status = nai_blas_int(&fits, config->n, "operator", err);
    if (status == NAI_OK)
        status = new_krylov(&k, config, err);
    if (status != NAI_OK)
        return status;
    found = nai_alloc(wanted, sizeof *found, "Lanczos", err);
    status = found ? iterate(&k, found, &theta, &s, &m, op, ctx, err) : NAI_ESYSTEM;
    if (status == NAI_OK) {
        memcpy(out, found, wanted * sizeof *out);
        for (size_t i = 0; vectors && i < wanted; i++)
            ritz_vector(&k, vectors + i * config->n, s + chosen(config, i, m) * m, m);
        if (steps)
            *steps = m;
    }
    nai_free(found);
    nai_free(theta);
    nai_free(s);
    free_krylov(&k);
    return status;
}

int nai_symmetric_product(double *y, const double *x, size_t k, void *ctx)
{
    const struct nai_symmetric *const m = ctx;
    const size_t n = m->n;

#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < k; j++)
                y[j * n + i] = cblas_ddot((int)n, m->a + i * n, 1, x + j * n, 1);
    }
    return NAI_OK;
}
