/* ridge.c - see ridge.h
 * SPDX-License-Identifier: MIT */
#include "ridge.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "blas.h"
#include "eig.h"
#include "mem.h"

enum { CHUNK = 2048 };

/* The problem in the basis of the eigenvectors: everything follows from these for any lambda. */
struct basis {
    size_t n, d, k, m;     /* m = min(n, d) eigenvalues */
    double *e;             /* f64[m], descending */
    double *q;             /* f64[m][m], eigenvectors in rows, of X^T X or of X X^T */
    double *x;             /* f64[n][d + 1], centred, when n < d */
    double *z;             /* f64[m][k]: Q X^T Y, or Q Y */
    double *mx, *my;       /* means f64[d], f64[k] */
    double *shift, *scale; /* f64[d]: what the centred set takes away */
    struct nai_set centred;
    double yy; /* ||Y - mean||^2 */
};

static void basis_free(struct basis *b)
{
    nai_free(b->e);
    nai_free(b->q);
    nai_free(b->x);
    nai_free(b->z);
    nai_free(b->mx);
    nai_free(b->my);
    nai_free(b->shift);
}

static void target_moments(struct basis *b, const struct nai_set *s, double *row)
{
    const double n = (double)b->n;

    memset(b->my, 0, b->k * sizeof *b->my);
    for (size_t i = 0; i < b->n; i++) {
        nai_set_targets(row, s, i, 1);
        for (size_t c = 0; c < b->k; c++)
            b->my[c] += row[c] / n;
    }
    b->yy = 0;
    for (size_t i = 0; i < b->n; i++) {
        nai_set_targets(row, s, i, 1);
        for (size_t c = 0; c < b->k; c++)
            b->yy += (row[c] - b->my[c]) * (row[c] - b->my[c]);
    }
}

/* Centred rows, f64[n][d + 1]. */
static void load(double *x, const struct basis *b, size_t first, size_t n)
{
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < n; r++)
        nai_set_load(x + r * (b->d + 1), &b->centred, NULL, first + r, 1);
}

/* X^T X to q, (X^T Y)^T to xy, f64[k][d + 1] with a last column of no use. */
static int primal(struct basis *b, double *xy, struct nai_err *err)
{
    const size_t d = b->d, ld = d + 1;
    double *const x = nai_alloc(CHUNK, ld * sizeof *x, "rows for ridge", err);
    double *const part = nai_alloc(d, d * sizeof *part, "X^T X", err);
    int rc = x && part ? NAI_OK : NAI_ESYSTEM;

    if (rc == NAI_OK)
        memset(b->q, 0, d * d * sizeof *b->q);
    for (size_t i = 0, n; rc == NAI_OK && i < b->n; i += n) {
        n = b->n - i < CHUNK ? b->n - i : CHUNK;
        load(x, b, i, n);
        nai_blas_gram(true, d, n, x, ld, part);
#pragma omp parallel for schedule(static)
        for (size_t c = 0; c < d * d; c++)
            b->q[c] += part[c];
    }
    if (rc == NAI_OK)
        rc = nai_set_products(xy, b->my, &b->centred, err);
    nai_free(x);
    nai_free(part);
    return rc;
}

/* X to x, X X^T to q. */
static int dual(struct basis *b, struct nai_err *err)
{
    size_t cells;

    if (!nai_mul(&cells, b->n, b->d + 1))
        return nai_err_set(err, NAI_ESYSTEM, "features for ridge: too large");
    b->x = nai_alloc(cells, sizeof *b->x, "features for ridge", err);
    if (!b->x)
        return NAI_ESYSTEM;
    load(b->x, b, 0, b->n);
    nai_blas_gram(false, b->n, b->d, b->x, b->d + 1, b->q);
    return NAI_OK;
}

/* The set about the means of its features. */
static int centre(struct basis *b, const struct nai_set *s, struct nai_err *err)
{
    int rc = nai_set_moments(b->mx, NULL, s, err);

    b->centred = *s;
    b->centred.shift = b->shift;
    b->centred.scale = b->scale;
    for (size_t j = 0; rc == NAI_OK && j < b->d; j++) {
        b->scale[j] = s->shift ? s->scale[j] : 1;
        b->shift[j] = (s->shift ? s->shift[j] : 0) + b->mx[j] / b->scale[j];
    }
    return rc;
}

static int basis_new(struct basis *b, const struct nai_set *s, struct nai_err *err)
{
    const size_t n = s->n, d = s->x->d, k = s->k, m = n < d ? n : d;
    const size_t ly = n < d ? k : d + 1;
    double *y;
    int rc;

    *b = (struct basis){.n = n, .d = d, .k = k, .m = m};
    b->e = nai_alloc(m, sizeof *b->e, "eigenvalues", err);
    b->q = nai_alloc(m, m * sizeof *b->q, "the matrix of ridge", err);
    b->z = nai_alloc(m, k * sizeof *b->z, "targets for ridge", err);
    b->mx = nai_alloc(d, sizeof *b->mx, "means", err);
    b->my = nai_alloc(k, sizeof *b->my, "means", err);
    b->shift = nai_alloc(d, 2 * sizeof *b->shift, "means", err);
    y = nai_alloc(n < d ? n : k, ly * sizeof *y, "targets for ridge", err);
    rc = b->e && b->q && b->z && b->mx && b->my && b->shift && y ? NAI_OK : NAI_ESYSTEM;
    b->scale = b->shift ? b->shift + d : NULL;
    if (rc == NAI_OK)
        rc = centre(b, s, err);
    if (rc == NAI_OK) {
        target_moments(b, s, y);
        rc = n < d ? dual(b, err) : primal(b, y, err);
    }
    if (rc == NAI_OK)
        rc = nai_eig_vectors(b->e, b->q, m, err);
    if (rc == NAI_OK && n < d) {
        nai_set_targets(y, s, 0, n);
        for (size_t i = 0; i < n * k; i++)
            y[i] -= b->my[i % k];
        nai_blas_gemm(false, false, m, k, n, 1, b->q, m, y, k, 0, b->z, k);
    } else if (rc == NAI_OK) {
        nai_blas_gemm(false, true, m, k, d, 1, b->q, m, y, ly, 0, b->z, k);
    }
    nai_free(y);
    for (size_t j = 0; rc == NAI_OK && j < m; j++)
        b->e[j] = fmax(b->e[j], 0); /* below 0 by rounding only */
    return rc;
}

/* Scores of one lambda. */
static void score(struct nai_ridge *fit, const struct basis *b, double lambda)
{
    const double n = (double)b->n, least = b->n > b->d ? b->e[b->m - 1] : 0;
    double rss = b->yy, dof = 1, norm = 0;

    for (size_t j = 0; j < b->m; j++) {
        const double e = b->e[j], sum = e + lambda;
        double zz = 0;
        if (!(sum > 0))
            continue;
        for (size_t c = 0; c < b->k; c++)
            zz += b->z[j * b->k + c] * b->z[j * b->k + c];
        if (b->n >= b->d) /* z = Q X^T Y: the part of Y in this direction is z^2 / e */
            rss -= zz * (e + 2 * lambda) / (sum * sum);
        else
            rss -= zz * e * (e + 2 * lambda) / (sum * sum);
        norm += (b->n >= b->d ? zz : zz * e) / (sum * sum);
        dof += e / sum;
    }
    *fit = (struct nai_ridge){
        .lambda = lambda,
        .gcv = dof < n ? rss / n / ((1 - dof / n) * (1 - dof / n)) : INFINITY,
        .condition = least + lambda > 0 ? (b->e[0] + lambda) / (least + lambda) : INFINITY,
        .objective = (rss + lambda * norm) / n};
}

static int weights(struct nai_readout *r, const struct basis *b, double lambda, struct nai_err *err)
{
    const size_t d = b->d, k = b->k, m = b->m, ld = d + 1;
    double *const t = nai_alloc(m, 2 * k * sizeof *t, "targets for ridge", err);
    int rc = t ? nai_readout_new(r, d, 0, k, err) : NAI_ESYSTEM;

    if (rc != NAI_OK) {
        nai_free(t);
        return rc;
    }
    for (size_t j = 0; j < m; j++)
        for (size_t c = 0; c < k; c++)
            t[j * k + c] = b->z[j * k + c] / (b->e[j] + lambda);
    if (b->x) {
        double *const u = t + m * k;
        nai_blas_gemm(true, false, m, k, m, 1, b->q, m, t, k, 0, u, k);
        nai_blas_gemm(true, false, k, d, m, 1, u, k, b->x, ld, 0, r->w, ld);
    } else {
        nai_blas_gemm(true, false, k, d, m, 1, t, k, b->q, m, 0, r->w, ld);
    }
    for (size_t c = 0; c < k; c++) {
        r->w[c * ld + d] = b->my[c];
        for (size_t j = 0; j < d; j++)
            r->w[c * ld + d] -= r->w[c * ld + j] * b->mx[j];
    }
    nai_free(t);
    return NAI_OK;
}

int nai_ridge_fit(struct nai_readout *r, struct nai_ridge *fit, const struct nai_set *train,
                  const double *lambda, size_t nlambda, struct nai_err *err)
{
    struct basis b;
    int rc = basis_new(&b, train, err);

    *fit = (struct nai_ridge){.gcv = INFINITY, .condition = INFINITY};
    for (size_t i = 0; rc == NAI_OK && i < nlambda; i++) {
        const double limit = 1 / ((double)(b.n > b.d ? b.n : b.d) * DBL_EPSILON);
        struct nai_ridge one;
        score(&one, &b, lambda[i]);
        if (!(one.condition <= limit))
            rc = nai_err_set(err, NAI_ENUMERIC,
                             "ridge with lambda %g is ill-conditioned: the condition number of "
                             "X^T X + lambda I is %.3g, beyond %.3g; raise --lambda",
                             lambda[i], one.condition, limit);
        else if (i == 0 || one.gcv < fit->gcv)
            *fit = one;
    }
    if (rc == NAI_OK)
        rc = weights(r, &b, fit->lambda, err);
    basis_free(&b);
    return rc;
}
