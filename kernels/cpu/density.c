/* density.c - see density.h
 * SPDX-License-Identifier: MIT */
#include "density.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "blas.h"
#include "krylov.h"
#include "mem.h"
#include "tile.h"

/* The runs that are in step. */
struct runs {
    const struct nai_density_spec *spec;
    struct nai_products a;
    size_t steps, block;
    double *v;            /* f64[block][steps][n]: the bases */
    double *x, *y;        /* f64[block][n]: the vectors of one call, and their products */
    double *norm2;        /* f64[block] */
    double *small;        /* f64[block][2][steps]: alpha, beta; f64[steps]: h */
    double *theta, *s;    /* f64[steps], f64[steps][steps] */
    struct nai_krylov *k; /* [block] */
    size_t *live;         /* [block]: which runs go on */
};

static void end(struct runs *r)
{
    nai_free(r->v);
    nai_free(r->norm2);
    nai_free(r->small);
    nai_free(r->theta);
    nai_free(r->s);
    nai_free(r->k);
    nai_free(r->live);
}

static int begin(struct runs *r, const struct nai_density_spec *spec, struct nai_err *err)
{
    const size_t n = spec->n;
    size_t rows;

    r->steps = nai_min(spec->steps, n);
    r->block = spec->block ? nai_min(spec->block, spec->vectors) : spec->vectors;
    if (!nai_mul(&rows, r->block, r->steps + 2))
        return nai_err_set(err, NAI_EUSAGE, "density: %zu vectors of %zu steps are too many",
                           r->block, r->steps);
    r->v = nai_alloc(rows, n * sizeof *r->v, "density: the Lanczos bases", err);
    r->norm2 = nai_alloc(r->block, sizeof *r->norm2, "density", err);
    r->small = nai_alloc(2 * r->block + 1, r->steps * sizeof *r->small, "density", err);
    r->theta = nai_alloc(r->steps, sizeof *r->theta, "density", err);
    r->s = nai_alloc(r->steps, r->steps * sizeof *r->s, "density", err);
    r->k = nai_alloc(r->block, sizeof *r->k, "density", err);
    r->live = nai_alloc(r->block, sizeof *r->live, "density", err);
    if (!r->v || !r->norm2 || !r->small || !r->theta || !r->s || !r->k || !r->live)
        return NAI_ESYSTEM;
    r->x = r->v + r->block * r->steps * n;
    r->y = r->x + r->block * n;
    return NAI_OK;
}

/* Start runs `first` .. first + count - 1, each with its own unit vector. */
static void start(struct runs *r, size_t first, size_t count)
{
    const size_t n = r->spec->n, steps = r->steps;
    double *const h = r->small + 2 * r->block * steps;

#pragma omp parallel for schedule(static) if (n * count > NAI_CHUNK)
    for (size_t i = 0; i < count; i++)
        nai_krylov_normals(r->x + i * n, n, r->spec->seed, "density", first + i);
    for (size_t i = 0; i < count; i++) {
        double *const alpha = r->small + 2 * i * steps, *const x = r->x + i * n;
        r->k[i] = (struct nai_krylov){
            .n = n, .v = r->v + i * steps * n, .alpha = alpha, .beta = alpha + steps, .h = h};
        nai_krylov_append(&r->k[i], x, sqrt(nai_krylov_dot(x, x, n)));
        r->live[i] = i;
    }
}

/* Take the runs as far as they go. */
static int run(struct runs *r, size_t count, struct nai_err *err)
{
    const size_t n = r->spec->n;

    for (size_t j = 0; j < r->steps && count > 0; j++) {
        size_t on = 0;
        for (size_t i = 0; i < count; i++)
            memcpy(r->x + i * n, r->k[r->live[i]].v + j * n, n * sizeof *r->x);
        const int status = nai_products_take(&r->a, r->y, r->norm2, r->x, count, err);
        if (status != NAI_OK)
            return status;
        for (size_t i = 0; i < count; i++) {
            struct nai_krylov *const k = &r->k[r->live[i]];
            nai_krylov_step(k, r->y + i * n, r->norm2[i]);
            if (j + 1 == n || !nai_left_over(k->beta[j], k->scale, k->steps)) {
                k->beta[j] = 0;
                continue;
            }
            if (j + 1 < r->steps)
                nai_krylov_append(k, r->y + i * n, k->beta[j]);
            r->live[on++] = r->live[i];
        }
        count = on;
    }
    return NAI_OK;
}

/* Nodes and weights of vector i from its run. */
static int quadrature(struct nai_density *d, size_t i, struct runs *r, const struct nai_krylov *k,
                      struct nai_err *err)
{
    const size_t m = k->steps;
    double *const nodes = d->nodes + i * d->steps, *const weights = d->weights + i * d->steps;
    const int status = nai_tridiagonal(k->alpha, k->beta, m, r->theta, r->s, "density", err);
    double sum = 0;

    if (status != NAI_OK)
        return status;
    for (size_t j = 0; j < m; j++)
        sum += r->s[j * m] * r->s[j * m];
    for (size_t j = 0; j < d->steps; j++) {
        nodes[j] = j < m ? r->theta[j] : NAN;
        weights[j] = j < m ? r->s[j * m] * r->s[j * m] / sum : 0;
    }
    d->count[i] = m;
    d->rest[i] = k->beta[m - 1];
    return NAI_OK;
}

static int fill(struct nai_density *d, struct runs *r, struct nai_err *err)
{
    int status = NAI_OK;

    for (size_t i = 0; status == NAI_OK && i < d->vectors; i += r->block) {
        const size_t count = nai_min(r->block, d->vectors - i);
        start(r, i, count);
        status = run(r, count, err);
        for (size_t j = 0; status == NAI_OK && j < count; j++)
            status = quadrature(d, i + j, r, &r->k[j], err);
    }
    d->products = r->a.done;
    return status;
}

int nai_density_new(struct nai_density *d, const struct nai_density_spec *spec, nai_operator *op,
                    void *ctx, struct nai_err *err)
{
    struct runs r = {
        .spec = spec,
        .a = {.what = "density", .op = op, .ctx = ctx, .n = spec->n, .block = spec->block},
    };
    struct nai_density made = {.vectors = spec->vectors, .steps = nai_min(spec->steps, spec->n)};
    int status, fits;

    if (spec->n < 1 || spec->vectors < 1 || spec->steps < 1)
        return nai_err_set(err, NAI_EUSAGE, "density: %zu vectors of %zu steps in dimension %zu",
                           spec->vectors, spec->steps, spec->n);
    status = nai_blas_int(&fits, spec->n, "operator", err);
    if (status != NAI_OK)
        return status;
    status = begin(&r, spec, err);
    if (status == NAI_OK) {
        const size_t row = made.steps * sizeof *made.nodes;
        made.nodes = nai_alloc(made.vectors, row, "density", err);
        made.weights = nai_alloc(made.vectors, row, "density", err);
        made.rest = nai_alloc(made.vectors, sizeof *made.rest, "density", err);
        made.count = nai_alloc(made.vectors, sizeof *made.count, "density", err);
        status = made.nodes && made.weights && made.rest && made.count ? fill(&made, &r, err)
                                                                       : NAI_ESYSTEM;
    }
    end(&r);
    if (status == NAI_OK)
        *d = made;
    else
        nai_density_free(&made);
    return status;
}

void nai_density_free(struct nai_density *d)
{
    nai_free(d->nodes);
    nai_free(d->weights);
    nai_free(d->rest);
    nai_free(d->count);
    *d = (struct nai_density){0};
}

struct nai_share nai_density_below(const struct nai_density *d, double x)
{
    struct nai_mean share = {0}, lo = {0}, hi = {0};

    for (size_t i = 0; i < d->vectors; i++) {
        const double *const node = d->nodes + i * d->steps;
        const double *const weight = d->weights + i * d->steps;
        const bool all = d->rest[i] == 0;
        double sum = 0;
        size_t j = 0;
        for (; j < d->count[i] && node[j] < x; j++)
            sum += weight[j];
        nai_mean_add(&share, sum);
        nai_mean_add(&lo, all || j == 0 ? sum : sum - weight[j - 1]);
        nai_mean_add(&hi, all || j == d->count[i] ? sum : sum + weight[j]);
    }
    return (struct nai_share){share.mean, nai_mean_se(&share), lo.mean, hi.mean};
}

struct nai_spectral_moments nai_density_moments(const struct nai_density *d)
{
    struct nai_mean first = {0}, second = {0};

    for (size_t i = 0; i < d->vectors; i++) {
        const double *const node = d->nodes + i * d->steps;
        const double *const weight = d->weights + i * d->steps;
        double sum = 0, square = d->count[i] == 1 ? d->rest[i] * d->rest[i] : 0;
        for (size_t j = 0; j < d->count[i]; j++) {
            sum += weight[j] * node[j];
            square += weight[j] * node[j] * node[j];
        }
        nai_mean_add(&first, sum);
        nai_mean_add(&second, square);
    }
    return (struct nai_spectral_moments){first.mean, nai_mean_se(&first), second.mean,
                                         nai_mean_se(&second)};
}
