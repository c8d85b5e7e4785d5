/* by_label.c - see by_label.h
 * SPDX-License-Identifier: MIT */
#include "by_label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { MAX_CLASSES = 65536 };

struct nai_by_label {
    size_t dim, classes;
    enum nai_dtype dtype;
    enum nai_precision precision;
    size_t k;
    int64_t *label; /* label[k], ascending */
    struct nai_cov **cov;
    uint64_t rows;
};

int nai_by_label_new(struct nai_by_label **out, size_t dim, enum nai_dtype dtype,
                     enum nai_precision precision, size_t classes, struct nai_err *err)
{
    struct nai_by_label *const b = calloc(1, sizeof *b);

    if (!b)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    *b = (struct nai_by_label){
        .dim = dim, .dtype = dtype, .precision = precision, .classes = classes};
    *out = b;
    return NAI_OK;
}

/* The accumulator of a label, made when it is first seen. */
static int find(struct nai_by_label *b, int64_t label, struct nai_cov **out, struct nai_err *err)
{
    size_t lo = 0, hi = b->k;
    int64_t *labels;
    struct nai_cov **cov, *fresh;
    int rc;

    while (lo < hi) {
        const size_t mid = (lo + hi) / 2;
        if (b->label[mid] < label)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < b->k && b->label[lo] == label) {
        *out = b->cov[lo];
        return NAI_OK;
    }
    if (b->classes && (label < 0 || (uint64_t)label >= b->classes))
        return nai_err_set(err, NAI_EINPUT, "label %lld of row %llu is outside the %zu classes",
                           (long long)label, (unsigned long long)b->rows, b->classes);
    if (b->k == MAX_CLASSES)
        return nai_err_set(err, NAI_EINPUT, "more than %d different labels", MAX_CLASSES);
    labels = realloc(b->label, (b->k + 1) * sizeof *labels);
    b->label = labels ? labels : b->label;
    cov = realloc(b->cov, (b->k + 1) * sizeof *cov);
    b->cov = cov ? cov : b->cov;
    if (!labels || !cov)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    rc = nai_cov_new(&fresh, b->dim, b->dtype, b->precision, err);
    if (rc != NAI_OK)
        return rc;
    memmove(labels + lo + 1, labels + lo, (b->k - lo) * sizeof *labels);
    memmove(cov + lo + 1, cov + lo, (b->k - lo) * sizeof *cov);
    labels[lo] = label;
    cov[lo] = fresh;
    b->k++;
    *out = fresh;
    return NAI_OK;
}

int nai_by_label_push(struct nai_by_label *b, const void *rows, const int64_t *labels, size_t n,
                      struct nai_err *err)
{
    const size_t width = b->dim * nai_dtype_size(b->dtype);

    for (size_t i = 0, run; i < n; i += run) {
        struct nai_cov *c = NULL;
        int rc = find(b, labels[i], &c, err);
        for (run = 1; i + run < n && labels[i + run] == labels[i]; run++)
            ;
        if (rc == NAI_OK)
            rc = nai_cov_push(c, (const char *)rows + i * width, run, err);
        if (rc != NAI_OK)
            return rc;
        b->rows += run;
    }
    return NAI_OK;
}

/* Sum of scatters: a merge of moments whose means are taken to agree. */
static int add_within(struct nai_moments *within, struct nai_moments *class, struct nai_err *err)
{
    double *const mean = class->mean, *const zero = nai_alloc(class->dim, sizeof *zero, "", err);
    int rc = zero ? NAI_OK : NAI_ESYSTEM;

    if (rc == NAI_OK) {
        memset(zero, 0, class->dim * sizeof *zero);
        class->mean = zero;
        rc = nai_moments_merge(within, class, err);
        class->mean = mean;
    }
    nai_free(zero);
    return rc;
}

/* The factor with rows sqrt(n_c) (m_c - m). */
static int make_between(struct nai_label_moments *m, size_t dim, struct nai_err *err)
{
    double *const f = nai_alloc(m->k, dim * sizeof *f, "the covariance between classes", err);
    double *const mean = nai_alloc(dim, sizeof *mean, "a mean", err);

    if (!f || !mean) {
        nai_free(f);
        nai_free(mean);
        return NAI_ESYSTEM;
    }
    memcpy(mean, m->total.mean, dim * sizeof *mean);
    for (size_t c = 0; c < m->k; c++) {
        const double w = sqrt((double)m->class[c].n);
        for (size_t i = 0; i < dim; i++)
            f[c * dim + i] = w * (m->class[c].mean[i] - mean[i]);
    }
    m->between = (struct nai_moments){
        .dim = dim, .n = m->total.n, .mean = mean, .factor = true, .rows = m->k, .m = f};
    /* More classes than features: the factor would be wider than the matrix it stands for. */
    return m->k > dim ? nai_moments_expand(&m->between, err) : NAI_OK;
}

int nai_label_moments_derive(struct nai_label_moments *m, struct nai_err *err)
{
    int rc = NAI_OK;

    for (size_t c = 0; rc == NAI_OK && c < m->k; c++) {
        rc = nai_moments_merge(&m->total, &m->class[c], err);
        if (rc == NAI_OK)
            rc = add_within(&m->within, &m->class[c], err);
    }
    if (rc != NAI_OK)
        return rc;
    memcpy(m->within.mean, m->total.mean, m->total.dim * sizeof *m->total.mean);
    return make_between(m, m->total.dim, err);
}

int nai_by_label_finish(struct nai_by_label *b, struct nai_label_moments *out, struct nai_err *err)
{
    struct nai_label_moments m = {.k = b->k};
    int rc = b->k ? NAI_OK : nai_err_set(err, NAI_EINPUT, "no rows");

    m.class = calloc(b->k + 1, sizeof *m.class);
    m.label = calloc(b->k + 1, sizeof *m.label);
    if (!m.class || !m.label)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t c = 0; rc == NAI_OK && c < b->k; c++) {
        m.label[c] = b->label[c];
        rc = nai_cov_finish(b->cov[c], &m.class[c], err);
    }
    if (rc == NAI_OK)
        rc = nai_label_moments_derive(&m, err);
    if (rc == NAI_OK)
        *out = m;
    else
        nai_label_moments_free(&m);
    return rc;
}

void nai_label_moments_free(struct nai_label_moments *m)
{
    for (size_t c = 0; m->class && c < m->k; c++)
        nai_moments_free(&m->class[c]);
    free(m->class);
    free(m->label);
    nai_moments_free(&m->total);
    nai_moments_free(&m->within);
    nai_moments_free(&m->between);
    *m = (struct nai_label_moments){0};
}

void nai_by_label_free(struct nai_by_label *b)
{
    for (size_t c = 0; b && c < b->k; c++)
        nai_cov_free(b->cov[c]);
    if (b) {
        free(b->cov);
        free(b->label);
    }
    free(b);
}
