/* nai-probe.c - train and test features with labels to accuracies
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "probe.h"
#include "probe_read.h"
#include "probe_report.h"
#include "probe_sets.h"

enum { LIST = 64 };
enum preset { PRESET_NONE, PRESET_THESIS, PRESET_KNN20, PRESET_KNN200 };

/* The command line as it stands: -1 and SIZE_MAX where nothing was said. */
struct asked {
    const char *test, *fields, *labels, *cost, *lambda, *confusion;
    int method, preset;
    double tol, tau, lr, decay, smooth, holdout;
    size_t max_iter, k, hidden, epochs, batch, bootstrap;
    bool standardize, regress, strict, unseen;
};

struct config {
    struct nai_probe probe;
    double c[LIST], lambda[LIST]; /* ascending */
    const struct asked *o;
};

/* ---- the command line ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* "0.1,1,10", each in [low, 1e15], into out[LIST] in ascending order; how many. */
static size_t parse_list(const struct nai_cli *cli, double *out, const char *option,
                         const char *text, double low)
{
    size_t n = 0;

    for (const char *at = text;; at++) {
        char *end;
        const double x = strtod(at, &end);
        if (end == at || (*end && *end != ',') || !(x >= low && x <= 1e15))
            nai_usage(cli, "%s: '%.60s' is not numbers from %g to 1e15, separated by commas",
                      option, text, low);
        if (n == LIST)
            nai_usage(cli, "%s: more than %d numbers", option, LIST);
        out[n++] = x;
        at = end;
        if (!*at)
            break;
    }
    qsort(out, n, sizeof *out, ascending);
    return n;
}

/* What is meant for another method than the one that runs. */
static void check_method(const struct nai_cli *cli, const struct asked *o, int method)
{
    const unsigned logistic = 1U << NAI_PROBE_LOGISTIC, mlp = 1U << NAI_PROBE_MLP,
                   batch = mlp | 1U << NAI_PROBE_MINIBATCH;
    const struct {
        bool said;
        const char *option;
        unsigned methods;
        const char *names;
    } only[] = {
        {o->cost, "--cost", logistic, "logistic"},
        {o->tol >= 0, "--tol", logistic, "logistic"},
        {o->max_iter != SIZE_MAX, "--max-iter", logistic, "logistic"},
        {o->strict, "--strict", logistic, "logistic"},
        {o->lambda, "--lambda", 1U << NAI_PROBE_RIDGE, "ridge"},
        {o->k != SIZE_MAX, "--k", 1U << NAI_PROBE_KNN, "knn"},
        {o->tau >= 0, "--tau", 1U << NAI_PROBE_KNN, "knn"},
        {o->hidden != SIZE_MAX, "--hidden", mlp, "mlp"},
        {o->lr >= 0, "--lr", batch, "minibatch or mlp"},
        {o->epochs != SIZE_MAX, "--epochs", batch, "minibatch or mlp"},
        {o->batch != SIZE_MAX, "--batch", batch, "minibatch or mlp"},
        {o->decay >= 0, "--weight-decay", batch, "minibatch or mlp"},
        {o->smooth >= 0, "--label-smoothing", batch, "minibatch or mlp"},
    };

    for (size_t i = 0; i < sizeof only / sizeof *only; i++)
        if (only[i].said && !(only[i].methods >> method & 1))
            nai_usage(cli, "%s goes with --method %s", only[i].option, only[i].names);
    if (o->regress && method == NAI_PROBE_LOGISTIC)
        nai_usage(cli, "--regress does not go with --method logistic");
    if (o->regress && (o->confusion || o->smooth >= 0 || o->unseen))
        nai_usage(cli, "--confusion, --label-smoothing and --allow-unseen are for classes");
}

static double real_or(double said, double otherwise)
{
    return said >= 0 ? said : otherwise;
}

static size_t size_or(size_t said, size_t otherwise)
{
    return said != SIZE_MAX ? said : otherwise;
}

static void settle(const struct nai_cli *cli, struct config *cfg)
{
    static const int of_preset[] = {-1, NAI_PROBE_MINIBATCH, NAI_PROBE_KNN, NAI_PROBE_KNN};
    const struct asked *const o = cfg->o;
    const int preset = of_preset[o->preset], said = o->method - 1; /* "auto" is 0 */
    const int method = said >= 0     ? said
                       : preset >= 0 ? preset
                       : o->regress  ? NAI_PROBE_RIDGE
                                     : NAI_PROBE_LOGISTIC;
    const bool wide = o->preset == PRESET_KNN200;

    if (preset >= 0 && preset != method)
        nai_usage(cli, "--preset and --method contradict each other");
    check_method(cli, o, method);
    cfg->probe = (struct nai_probe){
        .method = (enum nai_probe_method)method,
        .standardize = o->standardize,
        .c = cfg->c,
        .nc = parse_list(cli, cfg->c, "--cost", o->cost ? o->cost : "1", 1e-15),
        .lambda = cfg->lambda,
        .nlambda = parse_list(cli, cfg->lambda, "--lambda", o->lambda ? o->lambda : "1", 0),
        .tol = real_or(o->tol, 1e-6),
        .max_iter = size_or(o->max_iter, 1000),
        .holdout = o->holdout,
        .neighbours = size_or(o->k, wide ? 200 : 20),
        .tau = real_or(o->tau, wide ? 0.1 : 0.07),
        .batch = {.lr = real_or(o->lr, 1e-3),
                  .weight_decay = real_or(o->decay, 1e-6),
                  .smooth = real_or(o->smooth, 0.1),
                  .epochs = size_or(o->epochs, 200),
                  .batch = size_or(o->batch, 512),
                  .seed = cli->seed},
        .hidden = size_or(o->hidden, 512),
        .bootstrap = o->bootstrap,
        .seed = cli->seed,
    };
}

/* ---- rows ---- */

static int read_rows(struct nai_cli *cli, struct nai_in *in, struct nai_probe_rows *rows,
                     const struct nai_probe_want *want, struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event ev;
    int rc = nai_probe_rows_open(rows, in->h, want, in->name, err);

    if (rc != NAI_OK)
        return rc;
    while ((ev = nts_read(in->r, &b, err)) == NTS_BATCH) {
        const struct nts_section *const sec = &nts_reader_header(in->r)->section[b.section];
        if (nai_probe_rows_take(rows, sec, &b, want, err) != NAI_OK)
            return nai_err_prefix(err, in->name);
        nai_progress(cli, b.first + b.rows, sec->rows > 0 ? (uint64_t)sec->rows : 0);
    }
    if (ev != NTS_END)
        return err->code;
    for (size_t i = 0; i < rows->nfields; i++)
        if (rows->field[i].x.n == 0)
            return nai_err_set(err, NAI_EINPUT, "%s: '%.200s' has no rows", in->name,
                               rows->field[i].pick.name);
    return NAI_OK;
}

/* ---- one field ---- */

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int probe_field(const struct nai_cli *cli, const struct config *cfg,
                       const struct nai_probe_rows *train, const struct nai_probe_rows *test,
                       const char *const *names, size_t i, struct nai_report *report,
                       struct nai_confusion *confusion, struct nai_err *err)
{
    const char *const name = train->field[i].pick.name;
    const bool drawn = !test || nai_probe_draws(&cfg->probe);
    const double start = seconds();
    struct nai_probed done = {0};
    const struct nai_sets_want want = {cfg->o->regress, cfg->o->unseen, cfg->o->holdout, cli->seed};
    struct nai_sets s;
    int rc = nai_sets_new(&s, train, test, i, names, &want, err);

    if (rc == NAI_OK && s.unseen)
        nai_warn(cli, "%s: %zu of %zu rows are of classes the train rows lack: errors", names[1],
                 s.unseen, s.test.n);
    if (rc == NAI_OK) {
        rc = nai_probe_run(&done, &cfg->probe, &s.train, &s.test, err);
        if (rc != NAI_OK)
            nai_err_prefix(err, name);
    }
    if (rc == NAI_OK)
        nai_note(cli, "%s: fitted and judged in %.2f s", name, seconds() - start);
    if (rc == NAI_OK && !done.converged) {
        if (cfg->o->strict)
            rc = nai_err_set(err, NAI_ENUMERIC,
                             "%s: max |gradient| is %.2g after %zu iterations, not %g", name,
                             done.grad_norm, done.iterations, cfg->probe.tol);
        else
            nai_warn(cli, "%s: not converged: max |gradient| is %.2g after %zu iterations, not %g",
                     name, done.grad_norm, done.iterations, cfg->probe.tol);
    }
    if (rc == NAI_OK)
        nai_probe_line(report, name, &cfg->probe, &done, cfg->o->regress, drawn);
    if (rc == NAI_OK && confusion->f)
        rc = nai_confusion_add(confusion, name, &done, &s.test, s.label, err);
    nai_probed_free(&done);
    nai_sets_free(&s);
    return rc;
}

static int run(struct nai_cli *cli, const struct config *cfg, struct nai_err *err)
{
    char **const fields = cfg->o->fields ? nai_words(cfg->o->fields) : NULL;
    struct nai_probe_want want = {
        .fields = fields, .labels = cfg->o->labels, .values = cfg->o->regress};
    struct nai_probe_rows train = {0}, test = {0};
    struct nai_in a = {0}, b = {0};
    const char *const names[] = {a.name, b.name};
    struct nai_report report = {0};
    struct nai_confusion confusion = {0};
    int rc = nai_in_open(cli, &a, nai_file(cli, 0), err);

    if (rc == NAI_OK && cfg->o->test)
        rc = nai_in_open(cli, &b, cfg->o->test, err);
    if (rc == NAI_OK)
        rc = read_rows(cli, &a, &train, &want, err);
    want.like = &train;
    if (rc == NAI_OK && cfg->o->test)
        rc = read_rows(cli, &b, &test, &want, err);
    if (rc == NAI_OK)
        rc = nai_report_open(&report, cli->json, err);
    if (rc == NAI_OK && cfg->o->confusion)
        rc = nai_confusion_open(&confusion,
                                a.h->meta ? json_object_get(a.h->meta, "classes") : NULL, err);
    for (size_t i = 0; rc == NAI_OK && i < train.nfields; i++)
        rc = probe_field(cli, cfg, &train, cfg->o->test ? &test : NULL, names, i, &report,
                         &confusion, err);
    rc = nai_confusion_close(&confusion, cfg->o->confusion, rc, err);
    rc = nai_report_close(&report, cli, rc, err);
    nai_probe_rows_free(&train);
    nai_probe_rows_free(&test);
    nai_in_close(&a);
    nai_in_close(&b);
    nai_words_free(fields);
    return rc;
}

int main(int argc, char **argv)
{
    struct asked o = {.labels = "y",
                      .holdout = 0.2,
                      .tol = -1,
                      .tau = -1,
                      .lr = -1,
                      .decay = -1,
                      .smooth = -1,
                      .max_iter = SIZE_MAX,
                      .k = SIZE_MAX,
                      .hidden = SIZE_MAX,
                      .epochs = SIZE_MAX,
                      .batch = SIZE_MAX};
    const struct nai_opt opts[] = {
        {"test", 't', NAI_TEXT, &o.test, 0, 0, "FILE", "rows to test on [held out of the input]"},
        {"holdout", 0, NAI_REAL, &o.holdout, 1e-6, 0.999, "F", "share of rows held out [0.2]"},
        {"field", 'f', NAI_LIST, &o.fields, 0, 0, "NAME,...", "features [every float field]"},
        {"labels", 0, NAI_TEXT, &o.labels, 0, 0, "NAME", "the labels, or targets [y]"},
        {"regress", 0, NAI_FLAG, &o.regress, 0, 0, NULL, "labels are targets: R2, not accuracy"},
        {"method", 'm', NAI_CHOICE, &o.method, 0, 0, "auto|" NAI_PROBE_METHODS,
         "the readout [logistic; with --regress ridge]"},
        {"preset", 'p', NAI_CHOICE, &o.preset, 0, 0, "none|thesis|knn20|knn200",
         "a method with its settings by name [none]"},
        {"standardize", 0, NAI_FLAG, &o.standardize, 0, 0, NULL,
         "features to mean 0 and deviation 1, by the train rows"},
        {"cost", 'C', NAI_LIST, &o.cost, 0, 0, "C,...", "logistic: 1/penalty, best of several [1]"},
        {"tol", 0, NAI_REAL, &o.tol, 0, 1, "T", "logistic: largest gradient at the end [1e-6]"},
        {"max-iter", 0, NAI_SIZE, &o.max_iter, 1, 1e9, "N", "logistic: iterations [1000]"},
        {"strict", 0, NAI_FLAG, &o.strict, 0, 0, NULL, "logistic: fail if not converged"},
        {"lambda", 0, NAI_LIST, &o.lambda, 0, 0, "L,...", "ridge: penalty, best of several [1]"},
        {"k", 'k', NAI_SIZE, &o.k, 1, 1e9, "K", "knn: neighbours [20]"},
        {"tau", 0, NAI_REAL, &o.tau, 1e-6, 1e6, "T", "knn: temperature [0.07]"},
        {"hidden", 0, NAI_SIZE, &o.hidden, 1, 1e6, "N", "mlp: hidden units [512]"},
        {"lr", 0, NAI_REAL, &o.lr, 0, 1e3, "R", "minibatch, mlp: Adam's step [0.001]"},
        {"epochs", 0, NAI_SIZE, &o.epochs, 1, 1e6, "N", "minibatch, mlp: epochs [200]"},
        {"batch", 0, NAI_SIZE, &o.batch, 1, 1e9, "N", "minibatch, mlp: rows a step [512]"},
        {"weight-decay", 0, NAI_REAL, &o.decay, 0, 1e3, "W", "minibatch, mlp: decay [1e-6]"},
        {"label-smoothing", 0, NAI_REAL, &o.smooth, 0, 1, "S", "minibatch, mlp: share [0.1]"},
        {"bootstrap", 'B', NAI_SIZE, &o.bootstrap, 10, 1e6, "B", "interval by B resamplings"},
        {"allow-unseen", 0, NAI_FLAG, &o.unseen, 0, 0, NULL,
         "test classes the train rows lack count as errors"},
        {"confusion", 0, NAI_TEXT, &o.confusion, 0, 0, "FILE", "write the confusion matrix"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-probe",
        .synopsis = "[OPTION]... [FILE]",
        .summary = "how well labels can be read from features",
        .example = "nai-probe --method knn feats.nts",
        .uses = NAI_USES_TEXT_OUT | NAI_USES_JSON | NAI_USES_SEED | NAI_USES_THREADS |
                NAI_USES_BLAS | NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct config cfg = {.o = &o};
    struct nai_cli cli;

    nai_cli_parse(&cli, &tool, argc, argv);
    if (cli.nfiles > 1)
        nai_usage(&cli, "more than one FILE: join rows with nai-cat");
    if (o.test && strcmp(o.test, "-") == 0 && (!nai_file(&cli, 0) || !strcmp(cli.files[0], "-")))
        nai_usage(&cli, "train and test rows cannot both come from stdin");
    settle(&cli, &cfg);
    return nai_cli_exit(&cli, run(&cli, &cfg, &err), &err);
}
