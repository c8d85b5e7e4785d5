/* probe.c - test of the readouts: scikit-learn's, NumPy's and PyTorch's values, invariants. TAP.
 * SPDX-License-Identifier: MIT */
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../golden/probe_golden.h"
#include "../lib/tap.h"
#include "blas.h"
#include "knn.h"
#include "logistic.h"
#include "mem.h"
#include "probe.h"
#include "probe_report.h"
#include "probe_split.h"
#include "ridge.h"
#include "rng.h"

enum { STEPS = 6, BATCH = 7 };

static struct nai_features features(const double *v, size_t n, size_t d)
{
    struct nai_features x;

    nai_features_init(&x, d, false);
    x.per = 9; /* several blocks */
    for (size_t i = 0; i < n; i++)
        memcpy(nai_features_push(&x, NULL), v + i * d, d * sizeof *v);
    return x;
}

static struct nai_set rows(const struct nai_features *x, const size_t *row, size_t n, bool values)
{
    return (struct nai_set){.x = x,
                            .n = n,
                            .row = row,
                            .k = values ? T : K,
                            .cls = values ? NULL : golden_y,
                            .value = values ? golden_v : NULL};
}

static double furthest(const double *a, const double *b, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++)
        if (!(fabs(a[i] - b[i]) <= most))
            most = fabs(a[i] - b[i]);
    return most;
}

static void test_rows(size_t row[M])
{
    for (size_t i = 0; i < M; i++)
        row[i] = N + i;
}

/* Weights and objective as scikit-learn's; intercepts about their mean, as only that is fixed. */
static void logistic_as(const struct nai_features *x, const size_t *order, double c,
                        const double *w, const double *f, const char *what)
{
    const struct nai_set train = rows(x, order, N, false);
    struct nai_lbfgs o = {.tol = 1e-10, .max_iter = 500};
    struct nai_logistic_plan plan;
    struct nai_readout r;
    struct nai_verdicts v;
    struct nai_score score;
    double g[K * (D + 1)], again;
    size_t at[M];
    struct nai_set test;

    test_rows(at);
    test = rows(x, at, M, false);
    nai_logistic_plan_new(&plan, &train, NULL);
    nai_readout_new(&r, D, 0, K, NULL);
    ok(nai_logistic_fit(&r, &o, &train, &plan, c, NULL) == NAI_OK && o.converged, "%s: fitted",
       what);
    near(furthest(r.w, w, K * (D + 1)), 0, 1e-6, "%s: weights", what);
    near(o.f, f[0], 1e-12, "%s: objective", what);
    nai_logistic_objective(&again, g, &r, &train, c, NULL);
    ok(again == o.f && !(furthest(g, (double[K * (D + 1)]){0}, K * (D + 1)) > 1e-10),
       "%s: what it stopped at is the objective and gradient there", what);
    nai_readout_judge(&v, &r, &test, NULL);
    nai_score_make(&score, &v, &test, 0, 0, NULL);
    near(score.top1, f[1], 0, "%s: accuracy", what);
    ok(isnan(score.top5), "%s: no top5 of three classes", what);
    nai_verdicts_free(&v);
    nai_readout_free(&r);
    nai_logistic_plan_free(&plan);
}

static void logistic(const struct nai_features *x)
{
    const struct nai_set train = rows(x, NULL, N, false);
    double g[K * (D + 1)], worst = 0, f[2], skip[K * (D + 1)];
    struct nai_readout r;
    size_t order[N];

    for (size_t i = 0; i < N; i++)
        order[i] = (i * 7 + 5) % N;
    logistic_as(x, NULL, 0.05, golden_logistic_strong, golden_logistic_strong_f, "C = .05");
    logistic_as(x, NULL, 2, golden_logistic_weak, golden_logistic_weak_f, "C = 2");
    logistic_as(x, order, 2, golden_logistic_weak, golden_logistic_weak_f, "C = 2, rows permuted");
    nai_readout_new(&r, D, 0, K, NULL);
    nai_readout_draw(&r, 1);
    nai_logistic_objective(f, g, &r, &train, 0.5, NULL);
    for (size_t i = 0; i < K * (D + 1); i++) {
        const double h = 1e-5, w = r.w[i];
        for (int side = 0; side < 2; side++) {
            r.w[i] = side ? w - h : w + h;
            nai_logistic_objective(&f[side], skip, &r, &train, 0.5, NULL);
        }
        r.w[i] = w;
        worst = fmax(worst, fabs((f[0] - f[1]) / (2 * h) - g[i]));
    }
    near(worst, 0, 1e-9, "gradient by central differences");
    nai_readout_free(&r);
}

/* Rosenbrock's valley, and what cannot be minimised. */
static int valley(void *ctx, const double *x, double *f, double *g, struct nai_err *err)
{
    (void)ctx;
    (void)err;
    *f = 100 * pow(x[1] - x[0] * x[0], 2) + pow(1 - x[0], 2);
    g[0] = -400 * x[0] * (x[1] - x[0] * x[0]) - 2 * (1 - x[0]);
    g[1] = 200 * (x[1] - x[0] * x[0]);
    return NAI_OK;
}

static int nowhere(void *ctx, const double *x, double *f, double *g, struct nai_err *err)
{
    (void)ctx;
    (void)err;
    *f = x[0] > 0 ? NAN : -x[0];
    g[0] = x[0] > 0 ? NAN : -1;
    return NAI_OK;
}

static void lbfgs(void)
{
    double x[2] = {-1.2, 1}, one[1] = {1};
    struct nai_lbfgs o = {.tol = 1e-10, .max_iter = 100};
    struct nai_err err;

    const int rc = nai_lbfgs_run(&o, x, &(struct nai_objective){.n = 2, .value = valley}, NULL);

    ok(rc == NAI_OK && o.converged && o.iterations > 10 && o.iterations < 60,
       "Rosenbrock: converged in %zu iterations", o.iterations);
    near(fabs(x[0] - 1) + fabs(x[1] - 1), 0, 1e-9, "Rosenbrock: at (1, 1)");
    o.max_iter = 3;
    x[0] = -1.2;
    x[1] = 1;
    nai_lbfgs_run(&o, x, &(struct nai_objective){.n = 2, .value = valley}, NULL);
    ok(!o.converged && o.iterations == 3, "three iterations are three");
    ok(nai_lbfgs_run(&o, one, &(struct nai_objective){.n = 1, .value = nowhere}, &err) ==
           NAI_ENUMERIC,
       "a start that is not finite is refused");
    one[0] = -1;
    ok(nai_lbfgs_run(&o, one, &(struct nai_objective){.n = 1, .value = nowhere}, NULL) == NAI_OK &&
           !o.converged && o.f < 1,
       "where no step is to be had it stops");
}

static void ridge(const struct nai_features *x)
{
    static const double grid[] = {0.01, 0.1, 1, 10, 100};
    const struct nai_set train = rows(x, NULL, N, true);
    struct nai_features w = features(golden_wide, WN, WD);
    struct nai_set wide = rows(&w, NULL, WN, true), test;
    const struct {
        const struct nai_set *s;
        double lambda;
        const double *w, *score;
        const char *what;
    } cases[] = {{&train, 0.7, golden_ridge, golden_ridge_score, "ridge, n > d"},
                 {&wide, 0.3, golden_ridge_wide, golden_ridge_wide_score, "ridge, n < d"}};
    struct nai_readout r;
    struct nai_ridge fit;
    struct nai_err err = {0};
    struct nai_probed done;
    size_t best = 0, at[M];

    for (size_t i = 0; i < 2; i++) {
        ok(nai_ridge_fit(&r, &fit, cases[i].s, &cases[i].lambda, 1, NULL) == NAI_OK, "%s",
           cases[i].what);
        near(furthest(r.w, cases[i].w, T * (r.d + 1)), 0, 1e-11, "%s: weights", cases[i].what);
        near(fit.gcv, cases[i].score[0], 1e-11, "%s: GCV", cases[i].what);
        near(fit.condition, cases[i].score[1], 1e-9, "%s: condition number", cases[i].what);
        near(fit.objective, cases[i].score[2], 1e-11, "%s: objective", cases[i].what);
        nai_readout_free(&r);
    }
    for (size_t i = 1; i < 5; i++)
        best = golden_ridge_gcv[i] < golden_ridge_gcv[best] ? i : best;
    nai_ridge_fit(&r, &fit, &train, grid, 5, NULL);
    near(fit.lambda, grid[best], 0, "the lambda of least GCV");
    near(fit.gcv, golden_ridge_gcv[best], 1e-11, "its score");
    nai_readout_free(&r);
    ok(nai_ridge_fit(&r, &fit, &wide, &(double){0}, 1, &err) == NAI_ENUMERIC &&
           strstr(err.msg, "condition number"),
       "lambda 0 with more features than rows is refused: %s", err.msg);
    test_rows(at);
    test = rows(x, at, M, true);
    nai_probe_run(
        &done,
        &(struct nai_probe){.method = NAI_PROBE_RIDGE, .lambda = &(double){0.7}, .nlambda = 1},
        &train, &test, NULL);
    near(done.score.r2, golden_r2_mse[0], 1e-12, "R2");
    near(done.score.mse, golden_r2_mse[1], 1e-12, "mean squared error");
    nai_probed_free(&done);
    nai_features_free(&w);
}

static void knn(const struct nai_features *x)
{
    size_t at[M];
    struct nai_verdicts v;
    struct nai_set train = rows(x, NULL, N, false), test;
    bool same = true;

    test_rows(at);
    test = rows(x, at, M, false);
    ok(nai_knn_judge(&v, &train, &test, 7, 0.3, NULL) == NAI_OK, "nearest neighbours");
    for (size_t i = 0; i < M; i++)
        same = same && v.predicted[i] == golden_knn_predicted[i] && v.rank[i] == golden_knn_rank[i];
    ok(same, "classes and ranks as NumPy's");
    nai_verdicts_free(&v);
    ok(nai_knn_judge(&v, &train, &test, N + 1, 0.3, NULL) == NAI_EUSAGE, "more than there are");
    ok(nai_knn_judge(&v, &train, &train, 1, 1e-3, NULL) == NAI_OK, "each row its own neighbour");
    for (size_t i = 0; i < N; i++)
        same = same && v.rank[i] == 0;
    ok(same, "and right");
    nai_verdicts_free(&v);
    train = rows(x, NULL, N, true);
    test = rows(x, at, M, true);
    nai_knn_judge(&v, &train, &test, 7, 0.3, NULL);
    near(furthest(v.value, golden_knn_value, M * T), 0, 1e-12, "values as NumPy's");
    nai_verdicts_free(&v);
}

/* Equal similarities: the first row. Equal scores: the lower class. */
static void ties(void)
{
    static const double v[] = {1, 2, 2, 4, -1, 0, 0, 0};
    static const uint32_t y[] = {1, 0, 1, 0};
    static const size_t at[] = {0, 3};
    struct nai_features x = features(v, 4, 2);
    const struct nai_set train = {.x = &x, .n = 3, .k = 2, .cls = y};
    const struct nai_set test = {.x = &x, .n = 2, .row = at, .k = 2, .cls = y};
    struct nai_verdicts n;

    nai_knn_judge(&n, &train, &test, 1, 0.1, NULL);
    ok(n.predicted[0] == 1 && n.predicted[1] == 1, "of rows as near the first is taken");
    nai_verdicts_free(&n);
    nai_knn_judge(&n, &train, &test, 2, 0.1, NULL);
    ok(n.predicted[0] == 0 && n.rank[0] == 1 && n.rank[1] == 0, "of equal scores the lower class");
    nai_verdicts_free(&n);
    nai_features_free(&x);
}

static void adam_as(const struct nai_features *x, size_t h, bool values, const double *start,
                    const double *end, const double *loss, const char *what)
{
    const struct nai_minibatch_opts o = {
        .lr = 0.05, .weight_decay = 1e-2, .smooth = 0.1, .epochs = 1, .batch = BATCH};
    const struct nai_set train = rows(x, NULL, N, values);
    const size_t nv = h * (D + 1), nw = train.k * ((h ? h : D) + 1);
    struct nai_trainer *t;
    struct nai_readout r;
    double worst = 0;

    nai_readout_new(&r, D, h, train.k, NULL);
    if (h)
        memcpy(r.v, start, nv * sizeof *start);
    memcpy(r.w, start + nv, nw * sizeof *start);
    nai_trainer_new(&t, &r, &train, &o, NULL);
    for (size_t i = 0; i < STEPS; i++) {
        const double got = nai_trainer_step(t, golden_order + i * BATCH, BATCH);
        if (!(fabs(got - loss[i]) <= worst))
            worst = fabs(got - loss[i]);
    }
    near(worst, 0, 1e-12, "%s: losses as PyTorch's", what);
    near(furthest(r.w, end + nv, nw), 0, 1e-11, "%s: weights as PyTorch's", what);
    if (h)
        near(furthest(r.v, end, nv), 0, 1e-11, "%s: hidden weights as PyTorch's", what);
    nai_trainer_free(t);
    nai_readout_free(&r);
}

/* Made large enough for several tiles, groups and threads. */
static void threads(void)
{
    enum { ROWS = 1500, DIM = 70, CLASSES = 7 };
    static const enum nai_probe_method all[] = {NAI_PROBE_LOGISTIC, NAI_PROBE_RIDGE, NAI_PROBE_KNN,
                                                NAI_PROBE_MINIBATCH, NAI_PROBE_MLP};
    static const double grid[] = {0.01, 1};
    uint32_t *const y = calloc(ROWS, sizeof *y);
    struct nai_features x;
    struct nai_rng rng;

    nai_rng_init(&rng, 5, "test", 0);
    nai_features_init(&x, DIM, true);
    for (size_t i = 0; i < ROWS; i++) {
        float *const row = nai_features_push(&x, NULL);
        y[i] = (uint32_t)nai_rng_below(&rng, CLASSES);
        for (size_t j = 0; j < DIM; j++)
            row[j] = (float)(nai_rng_normal(&rng) + (j % CLASSES == y[i]));
    }
    for (size_t m = 0; m < sizeof all / sizeof *all; m++) {
        const struct nai_set train = {.x = &x, .n = ROWS, .k = CLASSES, .cls = y};
        const struct nai_probe p = {.method = all[m],
                                    .c = grid,
                                    .nc = 2,
                                    .lambda = grid,
                                    .nlambda = 2,
                                    .tol = 1e-7,
                                    .max_iter = 100,
                                    .holdout = 0.2,
                                    .standardize = m % 2,
                                    .neighbours = 9,
                                    .tau = 0.1,
                                    .hidden = 40,
                                    .batch = {1e-2, 1e-6, 0.1, 3, 256, 4},
                                    .bootstrap = 50};
        struct nai_probed done[2];
        for (int j = 0; j < 2; j++) {
            omp_set_num_threads(j ? 3 : 1);
            ok(nai_probe_run(&done[j], &p, &train, &train, NULL) == NAI_OK, "method %zu runs", m);
        }
        ok(done[0].score.top1 > 0.5, "method %zu learns: %g", m, done[0].score.top1);
        ok(memcmp(done[0].v.rank, done[1].v.rank, ROWS * sizeof(uint32_t)) == 0 &&
               memcmp(&done[0].objective, &done[1].objective, sizeof(double)) == 0 &&
               done[0].score.ci_lo == done[1].score.ci_lo,
           "method %zu: the same bits with 1 and 3 threads", m);
        for (int j = 0; j < 2; j++)
            nai_probed_free(&done[j]);
    }
    nai_features_free(&x);
    free(y);
}

static void splits(const struct nai_features *x)
{
    static const int64_t labels[] = {7, -2, 7, 300, -2, 7}, other[] = {300, 8, -2};
    const struct nai_set all = rows(x, NULL, N, false);
    size_t count[K] = {0}, held[K] = {0}, seen[N] = {0}, first = 9, k, *split;
    struct nai_set kept, out;
    int64_t *label;
    uint32_t cls[3];
    bool good = true;

    nai_set_split(&kept, &out, &split, &all, 0.25, 3, "test", NULL);
    for (size_t i = 0; i < N; i++)
        count[golden_y[i]]++;
    for (size_t i = 0; i < out.n; i++)
        held[golden_y[out.row[i]]]++;
    for (size_t c = 0; c < K; c++)
        good = good && held[c] == (size_t)llround(0.25 * (double)count[c]);
    ok(good, "a quarter of each class is held out");
    for (size_t i = 0; i < kept.n; i++)
        seen[kept.row[i]]++;
    for (size_t i = 0; i < out.n; i++)
        seen[out.row[i]]++;
    for (size_t i = 0; i < N; i++)
        good = good && seen[i] == 1;
    ok(good && kept.n + out.n == N, "every row is in one of the two");
    nai_free(split);
    nai_classes_of(&label, &k, labels, 6, NULL);
    ok(k == 3 && label[0] == -2 && label[1] == 7 && label[2] == 300, "classes in order");
    ok(nai_classes_map(cls, other, 3, label, k, &first) == 1 && first == 1 && cls[0] == 2 &&
           cls[1] == UINT32_MAX && cls[2] == 0,
       "labels to classes, and one unseen");
    nai_free(label);
    ok(nai_classes_of(&label, &k, (int64_t[]){4, 4}, 2, NULL) == NAI_EINPUT, "one class");
}

static void intervals(void)
{
    static const size_t hits[] = {0, 10, 3, 812}, of[] = {10, 10, 10, 1000};
    double lo, hi;

    for (size_t i = 0; i < 4; i++) {
        nai_wilson(&lo, &hi, hits[i], of[i]);
        near(lo, golden_wilson[2 * i], 1e-13, "Wilson's lower end, %zu of %zu", hits[i], of[i]);
        near(hi, golden_wilson[2 * i + 1], 1e-13, "upper end");
    }
}

/* A table has one head: fields of other classes are refused. */
static void confusion(void)
{
    static const int64_t some[] = {0, 1}, others[] = {0, 2};
    const struct nai_probed none = {.k = 2};
    const struct nai_set test = {.k = 2};
    struct nai_confusion c;
    struct nai_err err = {0};
    int rc = nai_confusion_open(&c, NULL, &err);

    ok(rc == NAI_OK && nai_confusion_add(&c, "a", &none, &test, some, &err) == NAI_OK &&
           nai_confusion_add(&c, "b", &none, &test, some, &err) == NAI_OK,
       "confusion: fields of the same classes");
    rc = nai_confusion_add(&c, "c", &none, &test, others, &err);
    ok(rc == NAI_EUSAGE && strstr(err.msg, "'c' has other classes"), "and of others: %s", err.msg);
    ok(nai_confusion_close(&c, "/absent/file", rc, &err) == rc, "nothing is written then");
}

int main(void)
{
    struct nai_features x = features(golden_x, N + M, D);

    nai_blas_init(2);
    lbfgs();
    logistic(&x);
    ridge(&x);
    knn(&x);
    ties();
    adam_as(&x, 0, false, golden_linear_start, golden_linear_end, golden_linear_loss, "linear");
    adam_as(&x, 4, false, golden_mlp_start, golden_mlp_end, golden_mlp_loss, "mlp");
    adam_as(&x, 4, true, golden_mlp_values_start, golden_mlp_values_end, golden_mlp_values_loss,
            "mlp on values");
    splits(&x);
    intervals();
    threads();
    confusion();
    nai_features_free(&x);
    return tap_end();
}
