/* logistic.c - see logistic.h
 * SPDX-License-Identifier: MIT */
#include "logistic.h"

#include <cblas.h>
#include <lapacke.h>
#include <omp.h>
#include <string.h>

#include "blas.h"
#include "mem.h"

enum {
    TILE = 64,   /* rows: with 512 features, 256 KiB, which stay in a core's cache */
    DENSE = 4096 /* features up to which second moments are worth their cost */
};

/* One problem, and the memory its evaluations need. */
struct problem {
    const struct nai_set *s;
    double lambda;
    size_t k, ld, groups;
    double *part, *loss; /* f64[groups][k][ld], f64[groups] */
    double *tile;        /* f64[threads][TILE][ld + k]: features and scores */
    int threads;
    double *inverse; /* the preconditioner f64[ld][ld], or its diagonal f64[ld] */
    double *room;    /* f64[k][ld], when dense */
    bool dense;
};

/* Loss and gradient of the rows of one group. */
static void group(const struct problem *q, size_t g, const double *w, double *tile)
{
    const size_t n = q->s->n, from = n * g / q->groups, to = n * (g + 1) / q->groups;
    const size_t k = q->k, ld = q->ld;
    double *const out = q->part + g * k * ld, *const z = tile + TILE * ld;

    memset(out, 0, k * ld * sizeof *out);
    q->loss[g] = 0;
    for (size_t i = from; i < to; i += TILE) {
        const size_t m = to - i < TILE ? to - i : TILE;
        nai_set_load(tile, q->s, NULL, i, m);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)k, (int)ld, 1, tile,
                    (int)ld, w, (int)ld, 0, z, (int)k);
        for (size_t r = 0; r < m; r++)
            q->loss[g] += nai_cross_entropy(z + r * k, k, q->s->cls[nai_set_row(q->s, i + r)], 0);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)k, (int)ld, (int)m, 1, z, (int)k,
                    tile, (int)ld, 1, out, (int)ld);
    }
}

static int evaluate(void *ctx, const double *w, double *f, double *g, struct nai_err *err)
{
    const struct problem *const q = ctx;
    const size_t k = q->k, ld = q->ld;
    const double n = (double)q->s->n;
    double penalty = 0;

    (void)err;
#pragma omp parallel num_threads(q->threads)
    {
        double *const tile = q->tile + (size_t)omp_get_thread_num() * TILE * (ld + k);
        nai_blas_alone();
#pragma omp for schedule(dynamic)
        for (size_t p = 0; p < q->groups; p++)
            group(q, p, w, tile);
    }
    nai_groups_add(g, q->part, q->groups, k * ld);
    *f = 0;
    for (size_t p = 0; p < q->groups; p++)
        *f += q->loss[p];
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < ld; j++) {
            const double v = j + 1 < ld ? w[c * ld + j] : 0; /* intercepts are free */
            penalty += v * v;
            g[c * ld + j] = g[c * ld + j] / n + q->lambda * v;
        }
    *f = *f / n + q->lambda / 2 * penalty;
    return NAI_OK;
}

/* v = H v, class by class. */
static void precondition(void *ctx, double *v)
{
    const struct problem *const q = ctx;
    const size_t ld = q->ld, k = q->k;

    if (!q->dense) {
        for (size_t i = 0; i < k * ld; i++)
            v[i] *= q->inverse[i % ld];
        return;
    }
    memcpy(q->room, v, k * ld * sizeof *v);
    nai_blas_gemm(false, false, k, ld, ld, 1, q->room, ld, q->inverse, ld, 0, v, ld);
}

/* A positive definite a f64[n][n] becomes its inverse. */
static int invert(double *a, size_t n)
{
    const int before = nai_blas_alone();
    int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', (int)n, a, (int)n);

    if (info == 0)
        info = LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'L', (int)n, a, (int)n);
    nai_blas_restore(before);
    nai_mirror_upper(a, n); /* the lower triangle of columns is the upper one of rows */
    return info;
}

/* The Hessian at W = 0 is the plan's moments / k + lambda I on what classes differ in. */
static int make_preconditioner(struct problem *q, const struct nai_logistic_plan *plan,
                               struct nai_err *err)
{
    const size_t ld = q->ld;
    const double share = 1 / (double)q->k;
    double trace = 0, floor;

    q->dense = plan->m > 0;
    q->inverse = nai_alloc(ld, (q->dense ? ld : 1) * sizeof *q->inverse, "a preconditioner", err);
    if (!q->inverse)
        return NAI_ESYSTEM;
    for (size_t j = 0; j < ld; j++)
        trace += share * (q->dense ? plan->gram[j * ld + j] : plan->square[j]);
    floor = 1e-10 * trace / (double)ld; /* keeps it positive definite whatever C is */
    if (!q->dense) {
        for (size_t j = 0; j < ld; j++)
            q->inverse[j] = 1 / (share * plan->square[j] + (j + 1 < ld ? q->lambda : 0) + floor);
        return NAI_OK;
    }
    for (size_t i = 0; i < ld * ld; i++)
        q->inverse[i] = share * plan->gram[i];
    for (size_t j = 0; j < ld; j++)
        q->inverse[j * ld + j] += (j + 1 < ld ? q->lambda : 0) + floor;
    q->room = nai_alloc(q->k, ld * sizeof *q->room, "a preconditioner", err);
    if (!q->room)
        return NAI_ESYSTEM;
    if (invert(q->inverse, ld) == 0)
        return NAI_OK;
    return nai_err_set(err, NAI_ENUMERIC, "the features' second moments are not positive definite");
}

static int problem_new(struct problem *q, const struct nai_set *train, double c,
                       struct nai_err *err)
{
    const size_t ld = train->x->d + 1, groups = nai_set_groups(train->n, train->k * ld);
    size_t cells;

    *q = (struct problem){.s = train,
                          .lambda = 1 / (c * (double)train->n),
                          .k = train->k,
                          .ld = ld,
                          .groups = groups,
                          .threads = omp_get_max_threads()};
    if (!nai_mul(&cells, groups, train->k * ld))
        return nai_err_set(err, NAI_ESYSTEM, "a gradient of %zu x %zu is too large", train->k, ld);
    q->part = nai_alloc(cells, sizeof *q->part, "the gradient", err);
    q->loss = nai_alloc(groups, sizeof *q->loss, "the loss", err);
    q->tile = nai_alloc((size_t)q->threads * TILE, (ld + q->k) * sizeof *q->tile, "tiles", err);
    return q->part && q->loss && q->tile ? NAI_OK : NAI_ESYSTEM;
}

static void problem_free(struct problem *q)
{
    nai_free(q->part);
    nai_free(q->loss);
    nai_free(q->tile);
    nai_free(q->inverse);
    nai_free(q->room);
}

int nai_logistic_objective(double *f, double *g, const struct nai_readout *r,
                           const struct nai_set *train, double c, struct nai_err *err)
{
    struct problem q;
    int rc = problem_new(&q, train, c, err);

    if (rc == NAI_OK)
        rc = evaluate(&q, r->w, f, g, err);
    problem_free(&q);
    return rc;
}

int nai_logistic_fit(struct nai_readout *r, struct nai_lbfgs *o, const struct nai_set *train,
                     const struct nai_logistic_plan *plan, double c, struct nai_err *err)
{
    struct problem q;
    int rc = problem_new(&q, train, c, err);

    if (rc == NAI_OK)
        rc = make_preconditioner(&q, plan, err);
    if (rc == NAI_OK) {
        const struct nai_objective of = {
            .n = q.k * q.ld, .ctx = &q, .value = evaluate, .precondition = precondition};
        rc = nai_lbfgs_run(o, r->w, &of, err);
    }
    problem_free(&q);
    return rc;
}

int nai_logistic_plan_new(struct nai_logistic_plan *p, const struct nai_set *train,
                          struct nai_err *err)
{
    const size_t d = train->x->d, ld = d + 1, n = train->n;
    const size_t want = 8 * d > 4096 ? 8 * d : 4096, rows = n < want ? n : want;
    double *x;

    *p = (struct nai_logistic_plan){.d = d, .m = d <= DENSE ? ld : 0};
    if (!p->m) {
        double *const mean = nai_alloc(d, sizeof *mean, "means of features", err);
        int rc = NAI_ESYSTEM;
        p->square = nai_alloc(ld, sizeof *p->square, "mean squares", err);
        if (mean && p->square)
            rc = nai_set_moments(mean, p->square, train, err);
        for (size_t j = 0; rc == NAI_OK && j < d; j++)
            p->square[j] = p->square[j] * p->square[j] + mean[j] * mean[j];
        if (rc == NAI_OK)
            p->square[d] = 1;
        nai_free(mean);
        return rc;
    }
    x = nai_alloc(rows, ld * sizeof *x, "a sample of rows", err);
    p->gram = nai_alloc(ld, ld * sizeof *p->gram, "second moments", err);
    if (!x || !p->gram) {
        nai_free(x);
        return NAI_ESYSTEM;
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < rows; i++)
        nai_set_load(x + i * ld, train, NULL, n * i / rows, 1);
    nai_blas_gram(true, ld, rows, x, ld, p->gram);
    for (size_t i = 0; i < ld * ld; i++)
        p->gram[i] /= (double)rows;
    nai_free(x);
    return NAI_OK;
}

void nai_logistic_plan_free(struct nai_logistic_plan *p)
{
    nai_free(p->gram);
    nai_free(p->square);
    *p = (struct nai_logistic_plan){0};
}
