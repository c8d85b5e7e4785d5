/* bootstrap.c - see bootstrap.h
 * SPDX-License-Identifier: MIT */
#include "bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cov.h"
#include "eig.h"
#include "mem.h"
#include "rng.h"
#include "rows.h"

enum { AT_ONCE = 256 };

void nai_bootstrap_free(struct nai_bootstrap_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        nai_free(rows->field[i].x);
    free(rows->field);
    *rows = (struct nai_bootstrap_rows){0};
}

static int take(struct nai_bootstrap_field *f, const struct nts_field *fl, const void *data,
                size_t n, struct nai_err *err)
{
    if (f->rows + n > f->cap) {
        const size_t cap = 2 * f->cap > f->rows + n ? 2 * f->cap : f->rows + n;
        double *const grown = nai_alloc(cap, f->dim * sizeof *grown, "--rows in memory", err);
        if (!grown)
            return NAI_ESYSTEM;
        if (f->rows)
            memcpy(grown, f->x, f->rows * f->dim * sizeof *grown);
        nai_free(f->x);
        f->x = grown;
        f->cap = cap;
    }
    nai_to_f64(f->x + f->rows * f->dim, data, fl->dtype, n * f->dim);
    f->rows += n;
    return NAI_OK;
}

int nai_bootstrap_load(struct nai_bootstrap_rows *rows, struct nai_cli *cli, const char *path,
                       struct nai_err *err)
{
    struct nai_pick *pick = NULL;
    struct nts_batch b;
    enum nts_event ev;
    struct nai_in in;
    size_t n = 0;
    int rc = nai_in_open(cli, &in, path, err);

    if (rc == NAI_OK)
        rc = nai_rows_kind(in.h, in.name, err);
    if (rc == NAI_OK)
        rc = nai_pick_fields(&pick, &n, in.h, NULL, NULL, in.name, err);
    if (rc == NAI_OK) {
        rows->field = calloc(n, sizeof *rows->field);
        rows->n = rows->field ? n : 0;
        rc = rows->field ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    for (size_t i = 0; i < rows->n; i++) {
        memcpy(rows->field[i].name, pick[i].name, sizeof pick[i].name);
        rows->field[i].dim = in.h->section[pick[i].section].field[pick[i].field].count;
    }
    while (rc == NAI_OK && (ev = nts_read(in.r, &b, err)) != NTS_END) {
        if (ev == NTS_FAILED)
            rc = err->code;
        for (size_t i = 0; rc == NAI_OK && i < n; i++)
            if (pick[i].section == b.section)
                rc = take(&rows->field[i],
                          &nts_reader_header(in.r)->section[b.section].field[pick[i].field],
                          b.data[pick[i].field], b.rows, err);
    }
    free(pick);
    nai_in_close(&in);
    return rc;
}

/* alpha of the covariance of as many rows drawn with replacement. */
static int one(double *alpha, const struct nai_bootstrap_field *f, const struct nai_powerlaw *fit,
               uint64_t seed, uint64_t b, double *batch, double *lambda, struct nai_err *err)
{
    struct nai_moments m = {0};
    struct nai_cov *c = NULL;
    struct nai_powerlaw again;
    struct nai_rng rng;
    size_t len, rank;
    int rc = nai_cov_new(&c, f->dim, NAI_F64, NAI_EXACT, err);

    nai_rng_init(&rng, seed, "bootstrap", b);
    for (size_t i = 0, k; rc == NAI_OK && i < f->rows; i += k) {
        k = f->rows - i < AT_ONCE ? f->rows - i : AT_ONCE;
        for (size_t j = 0; j < k; j++)
            memcpy(batch + j * f->dim, f->x + nai_rng_below(&rng, f->rows) * f->dim,
                   f->dim * sizeof *batch);
        rc = nai_cov_push(c, batch, k, err);
    }
    if (rc == NAI_OK)
        rc = nai_cov_finish(c, &m, err);
    if (rc == NAI_OK) /* the divisor changes no slope */
        rc = m.factor ? nai_eig_factor(lambda, NULL, NULL, m.m, m.rows, m.dim, NULL, 0, err)
                      : nai_eig_values(lambda, NULL, m.m, m.dim, NULL, 0, err);
    len = m.factor ? m.rows : m.dim;
    rank = rc == NAI_OK ? nai_eig_rank(lambda, len, f->rows, f->dim) : 0;
    if (rc == NAI_OK && rank < fit->hi)
        rc = nai_err_set(err, NAI_ENUMERIC,
                         "resampling %llu has rank %zu, the window ends at %zu: drawn with "
                         "replacement, rows repeat; take a smaller --range",
                         (unsigned long long)b, rank, fit->hi);
    if (rc == NAI_OK)
        rc = nai_powerlaw_fit(&again, lambda, len, fit->lo, fit->hi, fit->weight, err);
    if (rc == NAI_OK)
        *alpha = again.alpha;
    nai_moments_free(&m);
    nai_cov_free(c);
    return rc;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Quantile by linear interpolation between order statistics (NumPy's default). */
static double quantile(const double *sorted, size_t n, double p)
{
    const double at = p * (double)(n - 1);
    const size_t i = (size_t)at;

    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

void nai_percentiles(double *values, size_t n, double *lo, double *hi)
{
    qsort(values, n, sizeof *values, ascending);
    *lo = quantile(values, n, 0.025);
    *hi = quantile(values, n, 0.975);
}

int nai_bootstrap_alpha(struct nai_powerlaw *fit, const struct nai_spectrum *s,
                        const struct nai_bootstrap_rows *rows, size_t times, uint64_t seed,
                        struct nai_err *err)
{
    const struct nai_bootstrap_field *f = NULL;
    double *alpha, *batch, *lambda, mean = 0, squares = 0;
    int rc = NAI_OK;

    for (size_t i = 0; i < rows->n; i++)
        if (strcmp(rows->field[i].name, s->name) == 0)
            f = &rows->field[i];
    if (!f)
        return nai_err_set(err, NAI_EINPUT, "--rows has no field of that name");
    if (f->dim != s->dim || (s->n && f->rows != s->n) || strcmp(s->scaling, "covariance") != 0)
        return nai_err_set(err, NAI_EINPUT,
                           "--rows has %zu rows of %zu features; the spectrum is of a %s of %llu "
                           "rows of %zu",
                           f->rows, f->dim, s->scaling[0] ? s->scaling : "matrix",
                           (unsigned long long)s->n, s->dim);
    alpha = nai_alloc(times, sizeof *alpha, "resamplings", err);
    batch = nai_alloc(AT_ONCE, f->dim * sizeof *batch, "resampled rows", err);
    lambda = nai_alloc(f->dim + 1, sizeof *lambda, "eigenvalues", err);
    if (!alpha || !batch || !lambda)
        rc = NAI_ESYSTEM;
    for (size_t b = 0; rc == NAI_OK && b < times; b++)
        rc = one(&alpha[b], f, fit, seed, b, batch, lambda, err);
    if (rc == NAI_OK) {
        for (size_t b = 0; b < times; b++)
            mean += alpha[b] / (double)times;
        for (size_t b = 0; b < times; b++)
            squares += (alpha[b] - mean) * (alpha[b] - mean);
        fit->se = sqrt(squares / (double)(times - 1));
        nai_percentiles(alpha, times, &fit->ci_lo, &fit->ci_hi);
    }
    nai_free(alpha);
    nai_free(batch);
    nai_free(lambda);
    return rc;
}
