/* hessian_check.c - products with the Hessian against differences of gradients
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "direction.h"
#include "hessian_parts.h"
#include "mem.h"

static const double tolerance = 1e-7, asymmetry = 1e-10;

static double dot(size_t n, const double *x, const double *y)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* fd = (8 (g(e) - g(-e)) - (g(2e) - g(-2e))) / 12 e, along v from the point w. */
static int difference(struct nai_curve *c, const double *w, const double *v, double e, double *fd,
                      struct nai_err *err)
{
    static const double at[] = {1, -1, 2, -2}, weight[] = {8, -8, -1, 1};
    int rc = NAI_OK;

    memset(fd, 0, c->params * sizeof *fd);
    for (size_t k = 0; rc == NAI_OK && k < 4; k++) {
        for (size_t i = 0; i < c->params; i++)
            c->full[i] = w[i] + at[k] * e * v[i];
        rc = nai_model_scatter(c->t->model, c->full, c->t->model->w, err);
        if (rc == NAI_OK)
            rc = nai_curve_start(c, err);
        for (size_t i = 0; rc == NAI_OK && i < c->params; i++)
            fd[i] += weight[k] * c->g[i] / (12 * e);
    }
    return rc;
}

/* ||hv - fd|| / ||hv||, the smallest over steps: a large one meets kinks, a small one rounding. */
static int compare(struct nai_curve *c, const double *v, const double *hv, double *best,
                   struct nai_err *err)
{
    double *const w = nai_alloc(c->params, sizeof *w, "a point", err);
    double *const fd = w ? nai_alloc(c->params, sizeof *fd, "a difference", err) : NULL;
    const double size = fd ? sqrt(dot(c->params, c->w, c->w)) + 1 : 1;
    int rc = fd ? NAI_OK : NAI_ESYSTEM;

    *best = INFINITY;
    if (rc == NAI_OK)
        memcpy(w, c->w, c->params * sizeof *w);
    for (double e = 1e-3; rc == NAI_OK && e > 1e-9; e /= 10) {
        double off = 0;
        rc = difference(c, w, v, e * size, fd, err);
        for (size_t i = 0; i < c->params; i++)
            off += (fd[i] - hv[i]) * (fd[i] - hv[i]);
        off = off == 0 ? 0 : sqrt(off / dot(c->params, hv, hv)); /* NaN stays */
        if (!(*best <= off))
            *best = off;
    }
    if (rc == NAI_OK)
        rc = nai_model_scatter(c->t->model, w, c->t->model->w, err);
    if (rc == NAI_OK)
        rc = nai_curve_start(c, err);
    nai_free(w);
    nai_free(fd);
    return rc;
}

int nai_hessian_check(struct nai_hessian *h, struct nai_err *err)
{
    struct nai_curve *const c = &h->curve;
    const size_t n = c->params;
    double *const x = nai_alloc(2 * n, sizeof *x, "directions", err);
    double *const y = x ? nai_alloc(2 * n, sizeof *y, "products", err) : NULL;
    double off = NAN, skew = NAN;
    int rc = y ? NAI_OK : NAI_ESYSTEM;

    if (rc == NAI_OK) {
        nai_unit_normal(x, n, h->cli->seed, "hessian check", 0);
        nai_unit_normal(x + n, n, h->cli->seed, "hessian check", 1);
        rc = nai_curve_product(y, x, 2, c);
    }
    if (rc == NAI_OK) {
        const double a = dot(n, x + n, y), b = dot(n, x, y + n);
        const double scale = sqrt(dot(n, y, y)) + sqrt(dot(n, y + n, y + n));
        skew = a == b ? 0 : fabs(a - b) / scale;
        rc = compare(c, x, y, &off, err);
    }
    if (rc == NAI_OK) {
        nai_hessian_subject(h);
        nai_report_real(&h->table, "loss", c->loss);
        nai_report_real(&h->table, "grad_norm", c->grad_norm);
        nai_report_count(&h->table, "params", n);
        nai_report_real(&h->table, "product_norm", sqrt(dot(n, y, y)));
        nai_report_real(&h->table, "error", off);
        nai_report_real(&h->table, "asymmetry", skew);
        nai_report_line(&h->table);
    }
    nai_free(x);
    nai_free(y);
    if (rc == NAI_OK && (!(off <= tolerance) || !(skew <= asymmetry)))
        h->off = true;
    return rc;
}
