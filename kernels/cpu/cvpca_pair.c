/* cvpca_pair.c - the one-pass form of cvPCA; see cvpca.h
 * SPDX-License-Identifier: MIT
 *
 * With P = (R1 + R2) / 2 and M = (R1 - R2) / 2 the symmetrised cross product is P^T P - M^T M, so
 * everything wanted is the scatter of some rows: P, M, and the first repeat of every shuffle. */
#include <stdbool.h>
#include <string.h>

#include "blas.h"
#include "cov.h"
#include "cvpca.h"
#include "mem.h"
#include "rng.h"
#include "tile.h"

enum { SUM, DIFFERENCE, FIRST }; /* FIRST + k: the first repeats of shuffle k */

struct nai_pair {
    size_t dim, block; /* block: rows that `rows` holds */
    unsigned shuffles;
    uint64_t n;
    struct nai_cov **cov; /* [FIRST + shuffles] */
    struct nai_rng *rng;  /* [shuffles] */
    double *rows;         /* f64[block][dim] */
};

void nai_pair_moments_free(struct nai_pair_moments *m)
{
    nai_free(m->mean1);
    nai_free(m->mean2);
    nai_free(m->s);
    nai_free(m->c1);
    *m = (struct nai_pair_moments){0};
}

void nai_pair_free(struct nai_pair *p)
{
    if (!p)
        return;
    for (unsigned k = 0; p->cov && k < FIRST + p->shuffles; k++)
        nai_cov_free(p->cov[k]);
    nai_free(p->cov);
    nai_free(p->rng);
    nai_free(p->rows);
    nai_free(p);
}

int nai_pair_new(struct nai_pair **out, size_t dim, unsigned shuffles, uint64_t seed,
                 struct nai_err *err)
{
    struct nai_pair *p;
    int status;

    if (dim == 0 || shuffles == 0 || shuffles > 1000000)
        return nai_err_set(err, NAI_EUSAGE, "cvPCA of %zu features, %u shuffles", dim, shuffles);
    p = nai_alloc(1, sizeof *p, "cvPCA", err);
    if (!p)
        return NAI_ESYSTEM;
    *p = (struct nai_pair){.dim = dim, .block = 64, .shuffles = shuffles};
    p->cov = nai_alloc(FIRST + shuffles, sizeof *p->cov, "cvPCA", err);
    p->rng = nai_alloc(shuffles, sizeof *p->rng, "cvPCA", err);
    for (unsigned k = 0; p->cov && k < FIRST + shuffles; k++)
        p->cov[k] = NULL;
    status = p->cov && p->rng ? NAI_OK : NAI_ESYSTEM;
    for (unsigned k = 0; status == NAI_OK && k < FIRST + shuffles; k++) {
        status = nai_cov_new(&p->cov[k], dim, NAI_F64, NAI_EXACT, err);
        if (k >= FIRST)
            nai_rng_init(&p->rng[k - FIRST], seed, "cvpca", k - FIRST);
    }
    if (status == NAI_OK) {
        p->rows = nai_alloc(p->block, dim * sizeof *p->rows, "cvPCA", err);
        status = p->rows ? NAI_OK : NAI_ESYSTEM;
    }
    if (status == NAI_OK)
        *out = p;
    else
        nai_pair_free(p);
    return status;
}

/* The rows that accumulator k is to see, of n stimuli. */
static void make_rows(struct nai_pair *p, unsigned k, const double *r1, const double *r2, size_t n)
{
    const size_t dim = p->dim;

    for (size_t i = 0; i < n; i++) {
        const double *const a = r1 + i * dim, *const b = r2 + i * dim;
        double *const to = p->rows + i * dim;
        if (k >= FIRST)
            memcpy(to, nai_rng_u32(&p->rng[k - FIRST]) >> 31 ? b : a, dim * sizeof *to);
        else if (k == SUM)
            for (size_t j = 0; j < dim; j++)
                to[j] = 0.5 * a[j] + 0.5 * b[j];
        else
            for (size_t j = 0; j < dim; j++)
                to[j] = 0.5 * a[j] - 0.5 * b[j];
    }
}

int nai_pair_push(struct nai_pair *p, const double *r1, const double *r2, size_t n,
                  struct nai_err *err)
{
    for (size_t at = 0; at < n; at += p->block) {
        const size_t take = nai_min(p->block, n - at);
        for (unsigned k = 0; k < FIRST + p->shuffles; k++) {
            int status;
            make_rows(p, k, r1 + at * p->dim, r2 + at * p->dim, take);
            status = nai_cov_push(p->cov[k], p->rows, take, err);
            if (status != NAI_OK)
                return status;
        }
    }
    p->n += n;
    return NAI_OK;
}

static int finish_scatter(struct nai_pair *p, unsigned k, struct nai_moments *m,
                          struct nai_err *err)
{
    int status = nai_cov_finish(p->cov[k], m, err);

    if (status == NAI_OK)
        status = nai_moments_expand(m, err);
    nai_cov_free(p->cov[k]);
    p->cov[k] = NULL;
    return status;
}

/* s += by a a^T, f64[n][n]. */
static void add_outer(double *s, double by, const double *a, size_t n)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            s[i * n + j] += by * (a[i] * a[j]);
}

int nai_pair_finish(struct nai_pair *p, struct nai_pair_moments *out, struct nai_err *err)
{
    const size_t dim = p->dim, square = dim * dim;
    struct nai_pair_moments m = {.dim = dim, .n = p->n, .shuffles = p->shuffles};
    struct nai_moments sum = {0}, part = {0};
    int status = NAI_ESYSTEM;

    m.mean1 = nai_alloc(dim, sizeof *m.mean1, "cvPCA", err);
    m.mean2 = nai_alloc(dim, sizeof *m.mean2, "cvPCA", err);
    if (m.mean1 && m.mean2)
        status = finish_scatter(p, SUM, &sum, err);
    if (status == NAI_OK)
        status = finish_scatter(p, DIFFERENCE, &part, err);
    if (status != NAI_OK)
        goto out;
    for (size_t j = 0; j < dim; j++) {
        m.mean1[j] = sum.mean[j] + part.mean[j];
        m.mean2[j] = sum.mean[j] - part.mean[j];
    }
    for (size_t i = 0; i < square; i++)
        sum.m[i] -= part.m[i];
    add_outer(sum.m, -(double)p->n, part.mean, dim);
    m.c1 = nai_alloc(p->shuffles, square * sizeof *m.c1, "cvPCA", err);
    status = m.c1 ? NAI_OK : NAI_ESYSTEM;
    for (unsigned k = 0; status == NAI_OK && k < p->shuffles; k++) {
        nai_moments_free(&part);
        status = finish_scatter(p, FIRST + k, &part, err);
        if (status != NAI_OK)
            break;
        for (size_t j = 0; j < dim; j++)
            part.mean[j] -= sum.mean[j]; /* about the mean of all presentations instead */
        add_outer(part.m, (double)p->n, part.mean, dim);
        memcpy(m.c1 + k * square, part.m, square * sizeof *m.c1);
    }
    if (status == NAI_OK) {
        m.s = sum.m;
        sum.m = NULL;
        *out = m;
        m = (struct nai_pair_moments){0};
    }
out:
    nai_moments_free(&sum);
    nai_moments_free(&part);
    nai_pair_moments_free(&m);
    return status;
}
