/* gradcheck.c - gradients against central differences, on the very configuration asked for
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "report.h"
#include "rng.h"
#include "train.h"
#include "vector.h"

enum { SAMPLES = 8 };

static const double tolerance = 1e-6;

/* One element tried. */
struct trial {
    size_t tensor, element;
    double analytic, numeric;
};

/* The loss with element `at` of a tensor changed by h. */
static int shifted(double *loss, struct nai_training *tr, const struct nai_rows *b, double *w,
                   size_t at, size_t tensor, double h, struct nai_err *err)
{
    const double kept = w[at];
    int rc;

    w[at] = kept + h;
    rc = nai_model_set(tr->t.model, tensor, w, NAI_F64, err);
    w[at] = kept;
    *loss = rc == NAI_OK ? nai_trainer_loss(&tr->t, b, 0, false) : NAN;
    return rc;
}

/* Of the quotients (8 (L(h) - L(-h)) - (L(2h) - L(-2h))) / 12h of several h, the nearest. */
static int nearest_quotient(double *out, struct nai_training *tr, const struct nai_rows *b,
                            double *w, size_t at, size_t tensor, double size, double analytic,
                            struct nai_err *err)
{
    static const double steps[] = {1e-3, 1e-4, 1e-5};
    double best = INFINITY, loss[4];
    int rc = NAI_OK;

    for (size_t k = 0; rc == NAI_OK && k < sizeof steps / sizeof *steps; k++) {
        const double h = steps[k] * size, by[] = {h, -h, 2 * h, -2 * h};
        double quotient;
        for (size_t i = 0; rc == NAI_OK && i < 4; i++)
            rc = shifted(&loss[i], tr, b, w, at, tensor, by[i], err);
        quotient = (8 * (loss[0] - loss[1]) - (loss[2] - loss[3])) / (12 * h);
        if (!(fabs(best - analytic) <= fabs(quotient - analytic)))
            best = quotient;
    }
    *out = best;
    return rc == NAI_OK ? nai_model_set(tr->t.model, tensor, w, NAI_F64, err) : rc;
}

/* Up to SAMPLES elements of a tensor. */
static int try_tensor(struct nai_training *tr, const struct nai_rows *b, size_t tensor,
                      const double *gradient, struct trial *trial, size_t *ntrials,
                      struct nai_err *err)
{
    const struct nai_tensor *const p = &tr->t.model->graph->tensor[tensor];
    const size_t n = p->count < SAMPLES ? p->count : SAMPLES;
    double *const w = nai_alloc(p->count, sizeof *w, "a tensor", err);
    double rms = 0;
    struct nai_rng rng;
    int rc = NAI_OK;

    if (!w)
        return NAI_ESYSTEM;
    nai_model_get(tr->t.model, tensor, w);
    for (size_t k = 0; k < p->count; k++)
        rms += w[k] * w[k];
    rms = sqrt(rms / (double)p->count);
    nai_rng_init(&rng, tr->cli->seed, "gradcheck", tensor);
    for (size_t k = 0; rc == NAI_OK && k < n; k++) {
        const size_t at = n < SAMPLES ? k : (size_t)nai_rng_below(&rng, p->count);
        const double size = fmax(fmax(fabs(w[at]), rms), .001);
        struct trial *const one = &trial[(*ntrials)++];
        *one = (struct trial){tensor, at, gradient[p->offset + at], 0};
        rc = nearest_quotient(&one->numeric, tr, b, w, at, tensor, size, one->analytic, err);
    }
    nai_free(w);
    return rc;
}

/* A line for each tensor: its worst element. */
static double report(struct nai_report *r, const struct nai_training *tr, const struct trial *trial,
                     size_t n, const char **name)
{
    const struct nai_graph *const g = tr->t.model->graph;
    double largest = 0, overall = 0;

    for (size_t k = 0; k < n; k++)
        largest = fmax(largest, fmax(fabs(trial[k].analytic), fabs(trial[k].numeric)));
    for (size_t k = 0, next; k < n; k = next) {
        const struct trial *worst = &trial[k];
        double most = -1;
        for (next = k; next < n && trial[next].tensor == trial[k].tensor; next++) {
            const struct trial *const c = &trial[next];
            const double scale = fmax(fmax(fabs(c->analytic), fabs(c->numeric)), largest / 1000);
            const double e = scale > 0 ? fabs(c->analytic - c->numeric) / scale : 0;
            if (!(e <= most) && !isnan(most)) { /* a NaN is the worst, and stays */
                most = e;
                worst = c;
            }
        }
        nai_report_text(r, "tensor", g->tensor[worst->tensor].name);
        nai_report_count(r, "elements", g->tensor[worst->tensor].count);
        nai_report_count(r, "tried", next - k);
        nai_report_count(r, "element", worst->element);
        nai_report_real(r, "analytic", worst->analytic);
        nai_report_real(r, "numeric", worst->numeric);
        nai_report_real(r, "error", most);
        nai_report_line(r);
        if (!(most <= overall) && !isnan(overall)) {
            overall = most;
            *name = g->tensor[worst->tensor].name;
        }
    }
    return overall;
}

int nai_train_gradcheck(struct nai_training *tr, struct nai_err *err)
{
    const struct nai_graph *const g = tr->t.model->graph;
    struct trial *const trial = calloc(g->ntensors * SAMPLES + 1, sizeof *trial);
    double *const gradient = nai_alloc(g->params, sizeof *gradient, "gradients", err);
    const char *name = "";
    struct nai_report r = {0};
    struct nai_rows b;
    size_t n = 0;
    double worst;
    int rc = trial && gradient ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
    enum nai_feed_event ev = NAI_FEED_WAIT;

    while (rc == NAI_OK && ev == NAI_FEED_WAIT)
        ev = nai_feed_next(tr->feed, &b, err);
    if (rc == NAI_OK && ev != NAI_FEED_BATCH)
        rc = ev == NAI_FEED_FAILED ? err->code
                                   : nai_err_set(err, NAI_EINPUT, "%s: no rows", tr->in.name);
    if (rc == NAI_OK)
        rc = nai_trainer_gradients(&tr->t, &b, 1, err);
    if (rc == NAI_OK)
        tr->device->memory->download(tr->device, gradient, tr->t.model->g, g->params);
    for (size_t k = 0; rc == NAI_OK && k < g->ntensors; k++)
        if (!g->tensor[k].buffer)
            rc = try_tensor(tr, &b, k, gradient, trial, &n, err);
    if (rc == NAI_OK)
        rc = nai_report_open(&r, false, err);
    if (rc == NAI_OK) {
        worst = report(&r, tr, trial, n, &name);
        rc = nai_report_close(&r, tr->cli, rc, err);
        if (rc == NAI_OK && !(worst <= tolerance))
            rc = nai_err_set(err, NAI_ENUMERIC,
                             "the gradient of %s is off by %.3g, more than %g of itself", name,
                             worst, tolerance);
    }
    free(trial);
    nai_free(gradient);
    return rc;
}
