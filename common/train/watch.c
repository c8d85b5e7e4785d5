/* watch.c - what a batch's embeddings look like: spread, collapsed dimensions, alpha
 * SPDX-License-Identifier: MIT */
#include "watch.h"

#include <math.h>
#include <stdio.h>

#include "cov.h"
#include "eig.h"
#include "mem.h"
#include "powerlaw.h"
#include "vector.h"

static const double collapse = 1e-3; /* of the root mean square */

enum { LO = 11, HI = 100 }; /* the preset "reptrix" */

int nai_watch_open(struct nai_watch *w, size_t d, struct nai_err *err)
{
    *w = (struct nai_watch){.d = d};
    w->mean = nai_alloc(d, sizeof *w->mean, "means", err);
    w->var = nai_alloc(d, sizeof *w->var, "variances", err);
    return w->mean && w->var ? NAI_OK : NAI_ESYSTEM;
}

void nai_watch_close(struct nai_watch *w)
{
    nai_free(w->mean);
    nai_free(w->var);
    *w = (struct nai_watch){0};
}

void nai_watch_take(struct nai_watch *w, const struct nai_trainer *t)
{
    const size_t most = sizeof w->first / sizeof *w->first;
    double rms = 0;

    t->device->vector->columns(t->device, t->z, t->o.loss.views * t->last->n, w->d, w->mean,
                               w->var);
    for (size_t k = 0; k < w->d; k++)
        rms += w->mean[k] * w->mean[k] + w->var[k];
    rms = sqrt(rms / (double)w->d);
    w->std_mean = 0;
    w->std_min = INFINITY;
    w->collapsed = 0;
    for (size_t k = 0; k < w->d; k++) {
        const double std = sqrt(w->var[k]);
        w->std_mean += std / (double)w->d;
        w->std_min = std < w->std_min ? std : w->std_min;
        if (!(std > collapse * rms)) {
            if (w->collapsed < most)
                w->first[w->collapsed] = k;
            w->collapsed++;
        }
    }
}

const char *nai_watch_text(const struct nai_watch *w, const struct nai_trainer *t,
                           char buf[static 300])
{
    const size_t most = sizeof w->first / sizeof *w->first;
    const size_t shown = w->collapsed < most ? w->collapsed : most;
    const char *const name = t->model->graph->node[t->out].name;
    int n = snprintf(buf, 300, "%zu of %zu dimensions of %s collapsed", w->collapsed, w->d,
                     name[0] ? name : "the embedding");

    for (size_t k = 0; k < shown; k++)
        n += snprintf(buf + n, 300 - (size_t)n, "%s%zu", k ? ", " : ": ", w->first[k]);
    if (w->collapsed > shown)
        snprintf(buf + n, 300 - (size_t)n, ", ...");
    return buf;
}

/* Eigenvalues of the covariance of rows, up to its scale, and their numerical rank. */
static int spectrum(double **lambda, size_t *len, size_t *rank, const void *x, enum nai_dtype dtype,
                    size_t rows, size_t cols, struct nai_err *err)
{
    struct nai_cov *cov = NULL;
    struct nai_moments m = {0};
    int rc = nai_cov_new(&cov, cols, dtype, NAI_EXACT, err);

    if (rc == NAI_OK)
        rc = nai_cov_push(cov, x, rows, err);
    if (rc == NAI_OK)
        rc = nai_cov_finish(cov, &m, err);
    *len = m.factor ? m.rows : cols;
    if (rc == NAI_OK && !(*lambda = nai_alloc(*len, sizeof **lambda, "eigenvalues", err)))
        rc = NAI_ESYSTEM;
    if (rc == NAI_OK)
        rc = m.factor ? nai_eig_factor(*lambda, NULL, NULL, m.m, m.rows, m.dim, NULL, 0, err)
                      : nai_eig_values(*lambda, NULL, m.m, m.dim, NULL, 0, err);
    if (rc == NAI_OK)
        *rank = nai_eig_rank(*lambda, *len, rows, cols);
    nai_moments_free(&m);
    nai_cov_free(cov);
    return rc;
}

int nai_watch_alpha(struct nai_batch_alpha *a, const struct nai_trainer *t, struct nai_err *err)
{
    size_t rows, cols, len = 0, rank = 0;
    const struct nai_buf *const f = nai_trainer_features(t, &rows, &cols);
    void *const host = nai_alloc(rows * cols, t->device->size, "features", err);
    struct nai_powerlaw fit = {.alpha = NAN};
    double *lambda = NULL;
    int rc = host ? NAI_OK : NAI_ESYSTEM;

    if (rc == NAI_OK) {
        t->device->memory->download(t->device, host, f, rows * cols);
        rc = spectrum(&lambda, &len, &rank, host, t->device->dtype, rows, cols, err);
    }
    *a = (struct nai_batch_alpha){.alpha = NAN, .lo = LO, .hi = rank < HI ? rank : HI};
    if (rc == NAI_OK && a->hi >= LO + 2) {
        rc = nai_powerlaw_fit(&fit, lambda, len, a->lo, a->hi, NAI_WEIGHT_RANK, err);
        a->alpha = fit.alpha;
    }
    nai_free(lambda);
    nai_free(host);
    return rc;
}
