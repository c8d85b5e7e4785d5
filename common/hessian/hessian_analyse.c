/* hessian_analyse.c - trace, norm, eigenvalues and density of the block chosen
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "density.h"
#include "eig.h"
#include "hessian_parts.h"
#include "mem.h"

/* What is found of the block. */
struct found {
    struct nai_trace trace;
    bool has_trace;
    size_t nvalues; /* top, then bottom */
    struct nai_ritz *value;
    double *cell;    /* f64[nvalues]: of the table */
    double *vectors; /* f64[nvalues][n], of the whole matrix f64[n][n]; or NULL */
    size_t steps;
    double *all; /* f64[n], descending, of the whole matrix, or NULL */
    struct nai_density density;
};

static void free_found(struct found *f)
{
    free(f->value);
    free(f->cell);
    nai_free(f->vectors);
    nai_free(f->all);
    nai_density_free(&f->density);
}

/* ---- by the matrix itself ---- */

int nai_hessian_matrix(double **a, struct nai_curve *c, size_t times, struct nai_err *err)
{
    const size_t n = c->n, strip = 64;
    const double bytes = 8.0 * (double)n * (double)n * (double)times;
    const double room = .9 * (double)nai_mem_available();
    double *unit;
    char need[32], have[32];
    int rc = NAI_OK;

    *a = NULL;
    if (bytes > room)
        return nai_err_set(
            err, NAI_EUSAGE,
            "--full: the matrix of %zu parameters takes %s, and there is room for %s; "
            "--top, --trace and --density need none",
            n, nai_size_text(need, bytes), nai_size_text(have, room));
    *a = nai_alloc(n, n * sizeof **a, "the matrix", err);
    unit = nai_alloc(strip < n ? strip : n, n * sizeof *unit, "unit vectors", err);
    if (!*a || !unit)
        rc = NAI_ESYSTEM;
    for (size_t i = 0, k; rc == NAI_OK && i < n; i += k) {
        k = n - i < strip ? n - i : strip;
        memset(unit, 0, k * n * sizeof *unit);
        for (size_t j = 0; j < k; j++)
            unit[j * n + i + j] = 1;
        rc = nai_curve_product(*a + i * n, unit, k, c);
    }
    for (size_t i = 0; rc == NAI_OK && i < n; i++)
        for (size_t j = 0; j < i; j++)
            (*a)[i * n + j] = (*a)[j * n + i] = ((*a)[i * n + j] + (*a)[j * n + i]) / 2;
    nai_free(unit);
    return rc;
}

/* Everything there is, exactly. */
static int whole(struct nai_hessian *h, struct found *f, struct nai_err *err)
{
    const struct nai_hessian_opts *const o = h->o;
    const size_t n = h->curve.n;
    double *a, square = 0;
    const size_t times = 1 + (o->matrix ? 1u : 0) + (o->vectors ? 2u : 0);
    int rc = nai_hessian_matrix(&a, &h->curve, times, err);

    f->all = rc == NAI_OK ? nai_alloc(n, sizeof *f->all, "eigenvalues", err) : NULL;
    if (rc == NAI_OK && !f->all)
        rc = NAI_ESYSTEM;
    for (size_t i = 0; rc == NAI_OK && i < n * n; i++)
        square += a[i] * a[i];
    for (size_t i = 0; rc == NAI_OK && i < n; i++)
        f->trace.trace += a[i * n + i];
    f->trace.fro = sqrt(square);
    f->has_trace = true;
    if (rc == NAI_OK && h->matrix)
        rc = nai_err_set(err, NAI_EUSAGE, "--matrix writes one, and there are more models: --step");
    if (rc == NAI_OK && o->matrix) {
        h->matrix = nai_alloc(n, n * sizeof *a, "the matrix", err);
        h->matrix_n = n;
        rc = h->matrix ? NAI_OK : NAI_ESYSTEM;
        if (rc == NAI_OK)
            memcpy(h->matrix, a, n * n * sizeof *a);
    }
    if (rc == NAI_OK)
        rc = o->vectors ? nai_eig_vectors(f->all, a, n, err)
                        : nai_eig_values(f->all, NULL, a, n, NULL, 0, err);
    for (size_t k = 0; rc == NAI_OK && k < f->nvalues; k++)
        f->value[k] = (struct nai_ritz){.value = f->all[k < o->top ? k : n - 1 - (k - o->top)],
                                        .converged = true};
    if (rc == NAI_OK && o->vectors)
        f->vectors = a;
    else
        nai_free(a);
    return rc;
}

/* ---- by products ---- */

static int extremes(struct nai_hessian *h, struct found *f, struct nai_err *err)
{
    const struct nai_hessian_opts *const o = h->o;
    const struct nai_lanczos config = {.n = h->curve.n,
                                       .top = o->top,
                                       .bottom = o->bottom,
                                       .max_steps = o->max_steps,
                                       .tol = o->tol,
                                       .seed = h->cli->seed};
    size_t good = 0;
    int rc;

    if (f->nvalues == 0)
        return NAI_OK;
    if (o->vectors) {
        f->vectors = nai_alloc(f->nvalues, h->curve.n * sizeof *f->vectors, "eigenvectors", err);
        if (!f->vectors)
            return NAI_ESYSTEM;
    }
    rc = nai_lanczos(f->value, f->vectors, &f->steps, &config, nai_curve_product, &h->curve, err);
    for (size_t k = 0; rc == NAI_OK && k < f->nvalues; k++)
        good += f->value[k].converged;
    if (rc == NAI_OK && good < f->nvalues)
        nai_warn(h->cli,
                 "%zu of %zu eigenvalues have converged after %zu products; the residuals "
                 "say how near the others are (--max-steps, --tol)",
                 good, f->nvalues, f->steps);
    return rc;
}

static int by_products(struct nai_hessian *h, struct found *f, struct nai_err *err)
{
    const struct nai_hessian_opts *const o = h->o;
    const struct nai_trace_spec trace = {.n = h->curve.n,
                                         .probes = o->probes,
                                         .method = o->method,
                                         .seed = h->cli->seed,
                                         .block = h->curve.room};
    int rc = NAI_OK;

    h->curve.total =
        h->curve.taken + (o->trace || o->fro ? o->probes : 0) + o->density * o->density_steps;
    if (o->trace || o->fro) {
        rc = nai_trace(&f->trace, &trace, nai_curve_product, &h->curve, err);
        f->has_trace = true;
    }
    return rc == NAI_OK ? extremes(h, f, err) : rc;
}

static int density(struct nai_hessian *h, struct found *f, struct nai_err *err)
{
    const struct nai_density_spec spec = {.n = h->curve.n,
                                          .vectors = h->o->density,
                                          .steps = h->o->density_steps,
                                          .seed = h->cli->seed,
                                          .block = h->curve.room};

    return spec.vectors ? nai_density_new(&f->density, &spec, nai_curve_product, &h->curve, err)
                        : NAI_OK;
}

/* ---- what is told of it ---- */

static void tell_values(struct nai_hessian *h, const struct found *f)
{
    const size_t top = h->o->top, count[2] = {top, f->nvalues - top};
    static const char *const name[2][3] = {{"top", "top_residual", "top_converged"},
                                           {"bottom", "bottom_residual", "bottom_converged"}};

    for (size_t side = 0, at = 0; side < 2; at += count[side], side++) {
        size_t good = 0;
        if (count[side] == 0)
            continue;
        for (size_t k = 0; k < count[side]; k++)
            f->cell[k] = f->value[at + k].value;
        nai_report_reals(&h->table, name[side][0], f->cell, count[side]);
        for (size_t k = 0; k < count[side]; k++) {
            f->cell[k] = f->value[at + k].residual;
            good += f->value[at + k].converged;
        }
        if (!f->all)
            nai_report_reals(&h->table, name[side][1], f->cell, count[side]);
        nai_report_count(&h->table, name[side][2], good);
    }
}

/* The share of negative eigenvalues: those that are 0 but for the rounding of products are not. */
static void tell_negative(struct nai_hessian *h, const struct found *f)
{
    struct nai_report *const r = &h->table;
    const struct nai_density *const d = &f->density;
    const size_t n = h->curve.n;
    const double rounding = (h->o->dtype == NAI_F32 ? FLT_EPSILON : DBL_EPSILON) * (double)n;

    if (d->vectors) {
        double largest = 0;
        for (size_t v = 0; v < d->vectors; v++)
            for (size_t k = 0; k < d->count[v]; k++)
                largest = fmax(largest, fabs(d->nodes[v * d->steps + k]));
        const struct nai_share below = nai_density_below(d, -rounding * largest);
        nai_report_real(r, "negative", below.share);
        nai_report_real(r, "negative_se", below.se);
        nai_report_real(r, "negative_lo", below.lo);
        nai_report_real(r, "negative_hi", below.hi);
    } else if (f->all) {
        const double least = -rounding * fmax(fabs(f->all[0]), fabs(f->all[n - 1]));
        size_t k = n;
        while (k > 0 && f->all[k - 1] < least)
            k--;
        nai_report_real(r, "negative", (double)(n - k) / (double)n);
    }
}

static void tell(struct nai_hessian *h, const struct found *f)
{
    struct nai_report *const r = &h->table;

    nai_hessian_subject(h);
    nai_report_real(r, "loss", h->curve.loss);
    nai_report_real(r, "grad_norm", h->curve.grad_norm);
    nai_report_count(r, "params", h->curve.n);
    nai_report_count(r, "rows", h->curve.rows);
    if (f->has_trace) {
        nai_report_real(r, "trace", f->trace.trace);
        nai_report_real(r, "trace_se", f->trace.trace_se);
        nai_report_real(r, "fro", f->trace.fro);
        nai_report_real(r, "fro_se", f->trace.fro_se);
        nai_report_count(r, "samples", f->trace.samples);
    }
    tell_values(h, f);
    tell_negative(h, f);
    nai_report_line(r);
}

/* ---- spectra for the stream ---- */

static int array(double **to, size_t n, const char *what, struct nai_err *err)
{
    *to = nai_alloc(n, sizeof **to, what, err);
    return *to ? NAI_OK : NAI_ESYSTEM;
}

struct node {
    double at, weight;
};

static int descending(const void *a, const void *b)
{
    const double x = ((const struct node *)a)->at, y = ((const struct node *)b)->at;

    return x < y ? 1 : x > y ? -1 : 0;
}

/* The nodes of all vectors, merged. */
static int density_spectrum(struct nai_spectrum *s, const struct nai_density *d,
                            struct nai_err *err)
{
    struct node *const node = calloc(d->vectors * d->steps, sizeof *node);
    int rc = node ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t v = 0; rc == NAI_OK && v < d->vectors; v++)
        for (size_t k = 0; k < d->count[v]; k++)
            node[s->len++] = (struct node){d->nodes[v * d->steps + k],
                                           d->weights[v * d->steps + k] / (double)d->vectors};
    if (rc == NAI_OK) {
        qsort(node, s->len, sizeof *node, descending);
        rc = array(&s->lambda, s->len, "eigenvalues", err);
    }
    if (rc == NAI_OK)
        rc = array(&s->weight, s->len, "weights", err);
    for (size_t k = 0; rc == NAI_OK && k < s->len; k++) {
        s->lambda[k] = node[k].at;
        s->weight[k] = node[k].weight;
    }
    s->vectors = d->vectors;
    snprintf(s->method, sizeof s->method, "quadrature");
    free(node);
    return rc;
}

/* The values found from both ends, those from the bottom last, the smallest at the end. */
static int extreme_spectrum(struct nai_spectrum *s, struct found *f, size_t top,
                            struct nai_err *err)
{
    const size_t n = s->dim;
    int rc = array(&s->lambda, f->nvalues, "eigenvalues", err);

    s->len = f->nvalues;
    s->bottom = f->nvalues - top;
    if (rc == NAI_OK)
        rc = array(&s->residual, s->len, "residuals", err);
    if (rc == NAI_OK && f->vectors)
        rc = array(&s->vector, s->len * n, "eigenvectors", err);
    for (size_t k = 0; rc == NAI_OK && k < s->len; k++) {
        const size_t from = k < top ? k : top + s->len - 1 - k;
        s->lambda[k] = f->value[from].value;
        s->residual[k] = f->value[from].residual;
        if (f->vectors)
            memcpy(s->vector + k * n, f->vectors + from * n, n * sizeof *s->vector);
    }
    snprintf(s->method, sizeof s->method, "lanczos");
    return rc;
}

/* The spectrum of the most that was asked for. */
static int keep(struct nai_hessian *h, struct found *f, struct nai_err *err)
{
    struct nai_spectrum s = {.dim = h->curve.n,
                             .rank = SIZE_MAX,
                             .trace = f->has_trace ? f->trace.trace : NAN,
                             .sumsq = f->has_trace ? f->trace.fro * f->trace.fro : NAN};
    int rc = NAI_OK;

    if (f->density.vectors) {
        rc = density_spectrum(&s, &f->density, err);
    } else if (f->all) {
        s.len = h->curve.n;
        s.lambda = f->all;
        f->all = NULL;
        s.vector = f->vectors;
        f->vectors = NULL;
        snprintf(s.method, sizeof s.method, "full");
    } else {
        rc = extreme_spectrum(&s, f, h->o->top, err);
    }
    if (rc != NAI_OK) {
        nai_spectrum_free(&s);
        return rc;
    }
    return nai_hessian_keep(h, &s, err);
}

int nai_hessian_analyse(struct nai_hessian *h, struct nai_err *err)
{
    const struct nai_hessian_opts *const o = h->o;
    struct found f = {.nvalues = o->top + o->bottom};
    int rc = NAI_OK;

    if (f.nvalues > h->curve.n || o->top > h->curve.n)
        return nai_err_set(err, NAI_EUSAGE, "--top %zu and --bottom %zu of %zu parameters%s%s",
                           o->top, o->bottom, h->curve.n, h->at.name[0] ? " of " : "", h->at.name);
    f.value = calloc(f.nvalues + 1, sizeof *f.value);
    f.cell = calloc(f.nvalues + 1, sizeof *f.cell);
    if (!f.value || !f.cell)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (rc == NAI_OK)
        rc = o->full ? whole(h, &f, err) : by_products(h, &f, err);
    if (rc == NAI_OK)
        rc = density(h, &f, err);
    if (rc == NAI_OK)
        tell(h, &f);
    if (rc == NAI_OK && o->spectrum)
        rc = keep(h, &f, err);
    free_found(&f);
    return rc;
}
