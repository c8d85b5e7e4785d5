/* moments.c - merging and scaling of moments; see cov.h
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "blas.h"
#include "cov.h"
#include "mem.h"
#include "tile.h"

void nai_moments_free(struct nai_moments *m)
{
    nai_free(m->mean);
    nai_free(m->m);
    *m = (struct nai_moments){0};
}

static double *copy_of(const double *src, size_t rows, size_t dim, const char *what,
                       struct nai_err *err)
{
    double *const p = nai_alloc(rows, dim * sizeof *p, what, err);

    if (p)
        memcpy(p, src, rows * dim * sizeof *p);
    return p;
}

int nai_moments_expand(struct nai_moments *m, struct nai_err *err)
{
    double *s;

    if (!m->factor)
        return NAI_OK;
    s = nai_alloc(m->dim, m->dim * sizeof *s, "covariance", err);
    if (!s)
        return NAI_ESYSTEM;
    nai_blas_gram(true, m->dim, m->rows, m->m, m->dim, s);
    nai_free(m->m);
    m->m = s;
    m->factor = false;
    m->rows = m->dim;
    return NAI_OK;
}

/* F = [F1; F2; sqrt(n1 n2 / (n1 + n2)) d]. */
static int stack(struct nai_moments *into, const struct nai_moments *from, double w,
                 const double *d, struct nai_err *err)
{
    const size_t dim = into->dim, rows = into->rows + from->rows + 1;
    double *const f = nai_alloc(rows, dim * sizeof *f, "rows", err);
    double *at = f;

    if (!f)
        return NAI_ESYSTEM;
    memcpy(at, into->m, into->rows * dim * sizeof *f);
    at += into->rows * dim;
    memcpy(at, from->m, from->rows * dim * sizeof *f);
    at += from->rows * dim;
    for (size_t j = 0; j < dim; j++)
        at[j] = sqrt(w) * d[j];
    nai_free(into->m);
    into->m = f;
    into->rows = rows;
    return NAI_OK;
}

/* S += S2 + w d d^T, S full. */
static void add_scatter(double *s, const double *s2, double w, const double *d, size_t dim)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < dim; i++)
        for (size_t j = 0; j < dim; j++)
            s[i * dim + j] += s2[i * dim + j] + w * (d[i] * d[j]);
}

static int merge_scatter(struct nai_moments *into, const struct nai_moments *from, double w,
                         const double *d, struct nai_err *err)
{
    struct nai_moments product = {0};
    const struct nai_moments *add = from;
    int status = NAI_OK;

    if (from->factor) { /* multiplied out beside, for from is the caller's */
        product = *from;
        product.mean = NULL;
        product.m = copy_of(from->m, from->rows, from->dim, "rows", err);
        status = product.m ? nai_moments_expand(&product, err) : NAI_ESYSTEM;
        add = &product;
    }
    if (status == NAI_OK)
        status = nai_moments_expand(into, err);
    if (status == NAI_OK)
        add_scatter(into->m, add->m, w, d, into->dim);
    nai_moments_free(&product);
    return status;
}

int nai_moments_merge(struct nai_moments *into, const struct nai_moments *from, struct nai_err *err)
{
    const size_t dim = from->dim;
    const double n1 = (double)into->n, n2 = (double)from->n;
    double *d;
    int status;

    if (into->n > 0 && from->n > 0 && into->dim != dim)
        return nai_err_set(err, NAI_EINPUT, "moments of %zu and of %zu features cannot be merged",
                           into->dim, dim);
    if (from->n == 0)
        return NAI_OK;
    d = copy_of(from->mean, 1, dim, "mean", err);
    if (!d)
        return NAI_ESYSTEM;
    if (into->n == 0) {
        double *const m = copy_of(from->m, from->rows, dim, "moments", err);
        if (!m) {
            nai_free(d);
            return NAI_ESYSTEM;
        }
        nai_moments_free(into);
        *into = *from;
        into->mean = d;
        into->m = m;
        return NAI_OK;
    }
    for (size_t j = 0; j < dim; j++)
        d[j] -= into->mean[j];
    if (into->factor && from->factor && into->rows + from->rows + 1 <= dim / 2)
        status = stack(into, from, n1 * (n2 / (n1 + n2)), d, err);
    else
        status = merge_scatter(into, from, n1 * (n2 / (n1 + n2)), d, err);
    if (status == NAI_OK) {
        into->n += from->n;
        for (size_t j = 0; j < dim; j++)
            into->mean[j] += d[j] * (n2 / (n1 + n2));
    }
    nai_free(d);
    return status;
}

/* s[j] = 1 / sqrt(S_jj). */
static int inverse_norms(double *s, const struct nai_moments *m, struct nai_err *err)
{
    if (!m->factor)
        for (size_t j = 0; j < m->dim; j++)
            s[j] = m->m[j * m->dim + j];
    else {
        for (size_t j = 0; j < m->dim; j++)
            s[j] = 0;
        for (size_t i = 0; i < m->rows; i++)
            for (size_t j = 0; j < m->dim; j++)
                s[j] += m->m[i * m->dim + j] * m->m[i * m->dim + j];
    }
    for (size_t j = 0; j < m->dim; j++) {
        if (!(s[j] > 0))
            return nai_err_set(err, NAI_ENUMERIC, "feature %zu is constant: it has no correlation",
                               j);
        s[j] = 1 / sqrt(s[j]);
    }
    return NAI_OK;
}

static int to_correlation(struct nai_moments *m, struct nai_err *err)
{
    const size_t dim = m->dim;
    double *const s = nai_alloc(dim, sizeof *s, "standard deviations", err);
    int status = s ? inverse_norms(s, m, err) : NAI_ESYSTEM;

    if (status == NAI_OK) {
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < m->rows; i++)
            for (size_t j = 0; j < dim; j++)
                m->m[i * dim + j] = m->factor ? m->m[i * dim + j] * s[j]
                                    : i == j  ? 1
                                              : (m->m[i * dim + j] * s[nai_min(i, j)]) *
                                                   s[nai_max(i, j)]; /* the same both ways */
    }
    nai_free(s);
    return status;
}

/* S + n mean mean^T, or one more row sqrt(n) mean. */
static int add_mean(struct nai_moments *m, struct nai_err *err)
{
    const size_t dim = m->dim;
    const double n = (double)m->n;

    if (m->factor) {
        double *const f = nai_alloc(m->rows + 1, dim * sizeof *f, "rows", err);
        if (!f)
            return NAI_ESYSTEM;
        memcpy(f, m->m, m->rows * dim * sizeof *f);
        for (size_t j = 0; j < dim; j++)
            f[m->rows * dim + j] = sqrt(n) * m->mean[j];
        nai_free(m->m);
        m->m = f;
        m->rows++;
        return NAI_OK;
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < dim; i++)
        for (size_t j = 0; j < dim; j++)
            m->m[i * dim + j] += n * (m->mean[i] * m->mean[j]);
    return NAI_OK;
}

int nai_moments_scale(struct nai_moments *m, enum nai_scaling scaling, unsigned ddof,
                      struct nai_err *err)
{
    double by;

    if (m->n <= ddof)
        return nai_err_set(err, NAI_ENUMERIC, "%llu rows with ddof %u leave nothing to divide by",
                           (unsigned long long)m->n, ddof);
    if (scaling == NAI_CORRELATION)
        return to_correlation(m, err);
    if (scaling == NAI_UNCENTRED) {
        const int status = add_mean(m, err);
        if (status != NAI_OK)
            return status;
    }
    by = (double)(m->n - ddof);
    if (m->factor)
        by = sqrt(by);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < m->rows * m->dim; i++)
        m->m[i] /= by;
    return NAI_OK;
}
