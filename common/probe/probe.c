/* probe.c - see probe.h
 * SPDX-License-Identifier: MIT */
#include "probe.h"

#include <math.h>

#include "knn.h"
#include "logistic.h"
#include "mem.h"
#include "probe_split.h"
#include "ridge.h"

/* c[nc] is ascending: warm starts go from strong penalties to weak ones. */
static int choose_c(double *best, const struct nai_probe *p, const struct nai_set *train,
                    const struct nai_logistic_plan *plan, struct nai_readout *r,
                    struct nai_err *err)
{
    struct nai_set kept, held;
    size_t *rows = NULL;
    double top = -1;
    int rc = nai_set_split(&kept, &held, &rows, train, p->holdout, p->seed, "probe C", err);

    for (size_t i = 0; rc == NAI_OK && i < p->nc; i++) {
        struct nai_lbfgs o = {.tol = p->tol, .max_iter = p->max_iter};
        struct nai_verdicts v = {0};
        struct nai_score score;
        rc = nai_logistic_fit(r, &o, &kept, plan, p->c[i], err);
        if (rc == NAI_OK)
            rc = nai_readout_judge(&v, r, &held, err);
        if (rc == NAI_OK)
            rc = nai_score_make(&score, &v, &held, 0, 0, err);
        if (rc == NAI_OK && score.top1 > top) {
            top = score.top1;
            *best = p->c[i];
        }
        nai_verdicts_free(&v);
    }
    nai_free(rows);
    return rc;
}

static int run_logistic(struct nai_probed *out, const struct nai_probe *p,
                        const struct nai_set *train, const struct nai_set *test,
                        struct nai_err *err)
{
    struct nai_lbfgs o = {.tol = p->tol, .max_iter = p->max_iter};
    struct nai_logistic_plan plan = {0};
    struct nai_readout r = {0};
    int rc = nai_logistic_plan_new(&plan, train, err);

    out->c = p->c[0];
    if (rc == NAI_OK)
        rc = nai_readout_new(&r, out->d, 0, out->k, err);
    if (rc == NAI_OK && p->nc > 1)
        rc = choose_c(&out->c, p, train, &plan, &r, err);
    if (rc == NAI_OK)
        rc = nai_logistic_fit(&r, &o, train, &plan, out->c, err);
    if (rc == NAI_OK)
        rc = nai_readout_judge(&out->v, &r, test, err);
    out->objective = o.f;
    out->grad_norm = o.gmax;
    out->iterations = o.iterations;
    out->converged = o.converged;
    nai_logistic_plan_free(&plan);
    nai_readout_free(&r);
    return rc;
}

static int run_ridge(struct nai_probed *out, const struct nai_probe *p, const struct nai_set *train,
                     const struct nai_set *test, struct nai_err *err)
{
    struct nai_readout r = {0};
    struct nai_ridge fit;
    int rc = nai_ridge_fit(&r, &fit, train, p->lambda, p->nlambda, err);

    if (rc == NAI_OK) {
        out->lambda = fit.lambda;
        out->condition = fit.condition;
        out->objective = fit.objective;
        rc = nai_readout_judge(&out->v, &r, test, err);
    }
    nai_readout_free(&r);
    return rc;
}

static int run_minibatch(struct nai_probed *out, const struct nai_probe *p,
                         const struct nai_set *train, const struct nai_set *test,
                         struct nai_err *err)
{
    struct nai_readout r = {0};
    int rc = nai_readout_new(&r, out->d, p->method == NAI_PROBE_MLP ? p->hidden : 0, out->k, err);

    if (rc == NAI_OK)
        rc = nai_minibatch_fit(&r, &out->objective, train, &p->batch, err);
    if (rc == NAI_OK)
        rc = nai_readout_judge(&out->v, &r, test, err);
    nai_readout_free(&r);
    return rc;
}

/* Both sets by the train set's means and deviations, f64[2 d]. */
static int standardize(struct nai_set *train, struct nai_set *test, double **owned,
                       struct nai_err *err)
{
    const size_t d = train->x->d;
    double *const v = nai_alloc(d, 2 * sizeof *v, "means and deviations", err);
    int rc = v ? nai_set_moments(v, v + d, train, err) : NAI_ESYSTEM;

    *owned = v;
    for (size_t j = 0; rc == NAI_OK && j < d; j++)
        v[d + j] = 1 / v[d + j];
    train->shift = test->shift = v;
    train->scale = test->scale = v + d;
    return rc;
}

int nai_probe_run(struct nai_probed *out, const struct nai_probe *p, const struct nai_set *train,
                  const struct nai_set *test, struct nai_err *err)
{
    struct nai_set a = *train, b = *test;
    double *moments = NULL;
    int rc;

    *out = (struct nai_probed){.n = test->n,
                               .n_train = train->n,
                               .d = train->x->d,
                               .k = train->k,
                               .c = NAN,
                               .lambda = NAN,
                               .condition = NAN,
                               .objective = NAN,
                               .grad_norm = NAN,
                               .converged = true};
    rc = p->standardize ? standardize(&a, &b, &moments, err) : NAI_OK;
    if (rc == NAI_OK)
        switch (p->method) {
        case NAI_PROBE_LOGISTIC:
            rc = run_logistic(out, p, &a, &b, err);
            break;
        case NAI_PROBE_RIDGE:
            rc = run_ridge(out, p, &a, &b, err);
            break;
        case NAI_PROBE_KNN:
            rc = nai_knn_judge(&out->v, &a, &b, p->neighbours, p->tau, err);
            break;
        case NAI_PROBE_MINIBATCH:
        case NAI_PROBE_MLP:
            rc = run_minibatch(out, p, &a, &b, err);
            break;
        }
    if (rc == NAI_OK)
        rc = nai_score_make(&out->score, &out->v, test, p->bootstrap, p->seed, err);
    nai_free(moments);
    return rc;
}

void nai_probed_free(struct nai_probed *out)
{
    nai_verdicts_free(&out->v);
}

bool nai_probe_draws(const struct nai_probe *p)
{
    return p->bootstrap || p->method == NAI_PROBE_MINIBATCH || p->method == NAI_PROBE_MLP ||
           (p->method == NAI_PROBE_LOGISTIC && p->nc > 1);
}
