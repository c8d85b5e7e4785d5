/* lanczos.c - see lanczos.h
 * SPDX-License-Identifier: MIT */
#include "lanczos.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blas.h"
#include "krylov.h"
#include "mem.h"
#include "tile.h"

struct iteration {
    const struct nai_lanczos *config;
    struct nai_products a;
    struct nai_krylov k;
    size_t room, most; /* vectors allocated in the basis, steps at most */
    double *w;         /* f64[n] */
    uint64_t drawn;    /* random vectors used */
    size_t exhausted;  /* invariant subspaces gone through */
};

static void end(struct iteration *it)
{
    nai_free(it->k.v);
    nai_free(it->k.alpha);
    nai_free(it->k.beta);
    nai_free(it->k.h);
    nai_free(it->w);
}

static int begin(struct iteration *it, const struct nai_lanczos *config, nai_operator *op,
                 void *ctx, struct nai_err *err)
{
    const size_t n = config->n, wanted = config->top + config->bottom;
    size_t most = config->max_steps ? nai_min(config->max_steps, n) : n;

    most = nai_max(most, wanted);
    *it = (struct iteration){
        .config = config,
        .a = {.what = "Lanczos", .op = op, .ctx = ctx, .n = n},
        .k = {.n = n},
        .most = most,
        .room = nai_min(most, wanted + 32),
    };
    it->k.v = nai_alloc(it->room, n * sizeof *it->k.v, "Lanczos basis", err);
    it->k.alpha = nai_alloc(most, sizeof *it->k.alpha, "Lanczos", err);
    it->k.beta = nai_alloc(most, sizeof *it->k.beta, "Lanczos", err);
    it->k.h = nai_alloc(most, sizeof *it->k.h, "Lanczos", err);
    it->w = nai_alloc(n, sizeof *it->w, "Lanczos", err);
    if (it->k.v && it->k.alpha && it->k.beta && it->k.h && it->w)
        return NAI_OK;
    end(it);
    return NAI_ESYSTEM;
}

/* The next vector of the basis is w, scaled. */
static int append(struct iteration *it, double norm, struct nai_err *err)
{
    const size_t n = it->config->n;

    if (it->k.steps == it->room) {
        const size_t room = nai_min(it->most, 2 * it->room);
        double *const v = nai_alloc(room, n * sizeof *v, "Lanczos basis", err);
        if (!v)
            return NAI_ESYSTEM;
        memcpy(v, it->k.v, it->k.steps * n * sizeof *v);
        nai_free(it->k.v);
        it->k.v = v;
        it->room = room;
    }
    nai_krylov_append(&it->k, it->w, norm);
    return NAI_OK;
}

/* A random unit vector orthogonal to the basis joins it. */
static int append_random(struct iteration *it, struct nai_err *err)
{
    const size_t n = it->config->n;
    double norm = 0;

    for (int tries = 0; tries < 5 && !(norm > 1e-8); tries++) {
        nai_krylov_normals(it->w, n, it->config->seed, "lanczos", it->drawn++);
        for (size_t i = 0; i < n; i++)
            it->w[i] /= sqrt((double)n);
        for (int pass = 0; pass < 3; pass++) /* the last after scaling to unit size */
            nai_orthogonalise(it->w, it->k.v, n, it->k.steps, it->k.h);
        norm = sqrt(nai_krylov_dot(it->w, it->w, n));
    }
    if (!(norm > 0))
        return nai_err_set(err, NAI_ENUMERIC, "Lanczos: no vector orthogonal to the basis");
    return append(it, norm, err);
}

/* One product: alpha and beta of the last vector, and the next vector unless the space is full. */
static int extend(struct iteration *it, struct nai_err *err)
{
    struct nai_krylov *const k = &it->k;
    const size_t j = k->steps - 1;
    double norm2;
    const int status = nai_products_take(&it->a, it->w, &norm2, k->v + j * k->n, 1, err);

    if (status != NAI_OK)
        return status;
    nai_krylov_step(k, it->w, norm2);
    if (k->steps == it->most)
        return NAI_OK;
    if (nai_left_over(k->beta[j], k->scale, k->steps))
        return append(it, k->beta[j], err);
    k->beta[j] = 0;
    it->exhausted++;
    return append_random(it, err);
}

/* Which of the m ascending values output number i is. */
static size_t chosen(const struct nai_lanczos *config, size_t i, size_t m)
{
    return i < config->top ? m - 1 - i : i - config->top;
}

static bool judge(struct nai_ritz *out, const struct iteration *it, size_t m, const double *theta,
                  const double *s)
{
    const struct nai_lanczos *const c = it->config;
    const double scale = fmax(fabs(theta[0]), fabs(theta[m - 1]));
    bool all = true;

    for (size_t i = 0; i < c->top + c->bottom; i++) {
        const size_t at = chosen(c, i, m);
        const double r = it->k.beta[m - 1] * fabs(s[at * m + m - 1]);
        out[i] = (struct nai_ritz){theta[at], r, r <= (c->tol > 0 ? c->tol : 1e-10) * scale};
        all = all && out[i].converged;
    }
    return all;
}

/* v = V^T s, renormalised, sign fixed. */
static void ritz_vector(const struct nai_krylov *k, double *v, const double *s, size_t m)
{
    const size_t n = k->n;
    size_t at = 0;

#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i += NAI_CHUNK)
            cblas_dgemv(CblasRowMajor, CblasTrans, (int)m, (int)nai_min(NAI_CHUNK, n - i), 1,
                        k->v + i, (int)n, s, 1, 0, v + i, 1);
    }
    for (size_t i = 1; i < n; i++)
        if (fabs(v[i]) > fabs(v[at]))
            at = i;
    const double norm = copysign(sqrt(nai_krylov_dot(v, v, n)), v[at]);
    for (size_t i = 0; i < n; i++)
        v[i] /= norm;
}

/* Each invariant subspace gone through holds one more copy of every multiple eigenvalue, so that as
 * many of them as there are values wanted are enough. */
static bool enough(const struct iteration *it)
{
    return it->exhausted == 0 || it->exhausted >= it->config->top + it->config->bottom;
}

/* Extend the space until the wanted values have converged; theta and s hold the last small problem,
 * of *m steps. The problem is solved each time the space has grown by an eighth. */
static int iterate(struct iteration *it, struct nai_ritz *out, double **theta, double **s,
                   size_t *m, struct nai_err *err)
{
    const size_t wanted = it->config->top + it->config->bottom;
    size_t next = nai_min(it->most, wanted + 8);
    int status = append_random(it, err);

    for (*m = 1; status == NAI_OK; ++*m) {
        status = extend(it, err);
        if (status != NAI_OK || *m < next)
            continue;
        nai_free(*theta);
        nai_free(*s);
        *theta = nai_alloc(*m, sizeof **theta, "Lanczos", err);
        *s = nai_alloc(*m, *m * sizeof **s, "Lanczos", err);
        status = *theta && *s
                     ? nai_tridiagonal(it->k.alpha, it->k.beta, *m, *theta, *s, "Lanczos", err)
                     : NAI_ESYSTEM;
        if (status == NAI_OK && ((judge(out, it, *m, *theta, *s) && enough(it)) || *m == it->most))
            return NAI_OK;
        next = nai_min(it->most, *m + *m / 8 + 1);
    }
    return status;
}

/* How many of the wanted values the products so far are enough for. */
static size_t standing(const struct iteration *it)
{
    const size_t m = it->a.done;
    const struct nai_lanczos *const c = it->config;
    struct iteration fewer = *it;
    struct nai_lanczos few = *c;
    size_t count = 0;

    few.top = nai_min(c->top, m);
    few.bottom = nai_min(c->bottom, m - few.top);
    fewer.config = &few;
    if (m == 0)
        return 0;
    double *const theta = nai_alloc(m, sizeof *theta, "Lanczos", NULL);
    double *const s = nai_alloc(m, m * sizeof *s, "Lanczos", NULL);
    struct nai_ritz *const r = nai_alloc(m, sizeof *r, "Lanczos", NULL);
    if (theta && s && r &&
        nai_tridiagonal(it->k.alpha, it->k.beta, m, theta, s, "Lanczos", NULL) == NAI_OK) {
        judge(r, &fewer, m, theta, s);
        for (size_t i = 0; i < few.top + few.bottom; i++)
            count += r[i].converged;
    }
    nai_free(theta);
    nai_free(s);
    nai_free(r);
    return count;
}

static void say_standing(struct nai_err *err, const struct iteration *it)
{
    if (!err)
        return;
    const size_t used = strlen(err->msg), count = standing(it);
    snprintf(err->msg + used, sizeof err->msg - used, "; %zu of %zu values had converged", count,
             it->config->top + it->config->bottom);
}

int nai_lanczos(struct nai_ritz *out, double *vectors, size_t *steps,
                const struct nai_lanczos *config, nai_operator *op, void *ctx, struct nai_err *err)
{
    const size_t wanted = config->top + config->bottom;
    struct iteration it;
    struct nai_ritz *found;
    double *theta = NULL, *s = NULL;
    size_t m = 0;
    int status, fits;

    if (wanted < 1 || wanted > config->n || config->top > config->n)
        return nai_err_set(err, NAI_EUSAGE, "%zu and %zu eigenvalues of %zu", config->top,
                           config->bottom, config->n);
    status = nai_blas_int(&fits, config->n, "operator", err);
    if (status == NAI_OK)
        status = begin(&it, config, op, ctx, err);
    if (status != NAI_OK)
        return status;
    found = nai_alloc(wanted, sizeof *found, "Lanczos", err);
    status = found ? iterate(&it, found, &theta, &s, &m, err) : NAI_ESYSTEM;
    if (status == NAI_OK) {
        memcpy(out, found, wanted * sizeof *out);
        for (size_t i = 0; vectors && i < wanted; i++)
            ritz_vector(&it.k, vectors + i * config->n, s + chosen(config, i, m) * m, m);
        if (steps)
            *steps = m;
    } else {
        say_standing(err, &it);
    }
    nai_free(found);
    nai_free(theta);
    nai_free(s);
    end(&it);
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
