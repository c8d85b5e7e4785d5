/* nai-select.c - choose among models by alpha, probing few of them
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "report.h"
#include "select_models.h"
#include "select_probe.h"
#include "select_rule.h"

struct config {
    const char *probe, *accuracies, *metric, *name, *column, *interval, *summary;
    size_t batch, top;
    int rule;
    double lo, hi;
};

/* Where the columns are, and what became of each model. */
struct outcome {
    struct nai_models m;
    size_t name, alpha, accuracy; /* columns; accuracy is cols unless --accuracies */
    double *value;                /* f64[rows] alpha */
    double *got;                  /* f64[rows] accuracy, NaN where not probed */
    double *lo, *hi;              /* f64[rows] the interval it met */
    struct nai_selection s;
};

static void free_outcome(struct outcome *o)
{
    nai_selection_free(&o->s);
    nai_models_free(&o->m);
    free(o->value);
    *o = (struct outcome){0};
}

/* "LO:HI", either end open; 0 and infinity then. */
static void interval(const struct nai_cli *cli, struct config *cfg)
{
    const char *const text = cfg->interval ? cfg->interval : ":";
    const char *const colon = strchr(text, ':');
    char *end = NULL;

    cfg->lo = 0;
    cfg->hi = INFINITY;
    if (colon && colon > text)
        cfg->lo = strtod(text, &end);
    if (!colon || (colon > text && end != colon))
        nai_usage(cli, "--alpha: '%s' is not LO:HI, two numbers in order", text);
    if (colon[1])
        cfg->hi = strtod(colon + 1, &end);
    if ((colon[1] && *end) || !isfinite(cfg->lo) || !(cfg->lo <= cfg->hi))
        nai_usage(cli, "--alpha: '%s' is not LO:HI, two numbers in order", text);
}

static int read_table(struct nai_models *m, const char *path, char name[static 256],
                      struct nai_err *err)
{
    const bool in = !path || strcmp(path, "-") == 0;
    FILE *f = stdin;
    int rc;

    snprintf(name, 256, "%s", in ? "<stdin>" : path);
    if (in && isatty(STDIN_FILENO))
        return nai_err_set(err, NAI_EUSAGE,
                           "<stdin>: waiting for a table on a terminal; name a FILE or pipe one "
                           "in");
    if (!in && !(f = fopen(path, "r")))
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot open:", path);
    rc = nai_models_read(m, f, name, err);
    if (f != stdin)
        fclose(f);
    return rc;
}

static int column(size_t *out, const struct nai_models *m, const char *column, const char *name,
                  struct nai_err *err)
{
    const char **const words = calloc(m->cols + 1, sizeof *words);
    char hint[320];
    int rc = words ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    *out = nai_models_column(m, column);
    for (size_t c = 0; words && c < m->cols; c++)
        words[c] = m->head[c];
    if (rc == NAI_OK && *out == m->cols)
        rc = nai_err_set(err, NAI_EUSAGE, "%s: no column '%.60s'%s", name, column,
                         nai_did_you_mean(hint, column, words));
    free(words);
    return rc;
}

/* Columns that are written beside those of the table. */
static const char *const ours[] = {"batch",  "alpha_min", "alpha_max",
                                   "probed", "accuracy",  "place"};

static int load(struct outcome *o, const struct config *cfg, const char *path, struct nai_err *err)
{
    char name[256];
    int rc = read_table(&o->m, path, name, err);

    if (rc == NAI_OK)
        rc = column(&o->name, &o->m, cfg->name, name, err);
    if (rc == NAI_OK)
        rc = column(&o->alpha, &o->m, cfg->column, name, err);
    o->accuracy = o->m.cols;
    if (rc == NAI_OK && cfg->accuracies)
        rc = column(&o->accuracy, &o->m, cfg->accuracies, name, err);
    for (size_t k = 0; rc == NAI_OK && k < sizeof ours / sizeof *ours; k++) {
        const size_t c = nai_models_column(&o->m, ours[k]);
        if (c < o->m.cols && c != o->accuracy)
            rc = nai_err_set(err, NAI_EINPUT, "%s: has a column '%s' already", name, ours[k]);
    }
    if (rc == NAI_OK)
        rc = nai_models_unique(&o->m, o->name, name, err);
    if (rc == NAI_OK) {
        o->value = calloc(o->m.rows, 4 * sizeof *o->value);
        rc = o->value ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    for (size_t r = 0; rc == NAI_OK && r < o->m.rows; r++)
        rc = nai_models_real(&o->value[r], &o->m, r, o->alpha, name, err);
    if (rc == NAI_OK) {
        o->got = o->value + o->m.rows;
        o->lo = o->got + o->m.rows;
        o->hi = o->lo + o->m.rows;
    }
    return rc;
}

static int probe(struct nai_cli *cli, struct outcome *o, size_t row, const struct config *cfg,
                 struct nai_err *err)
{
    const char *const name = nai_models_cell(&o->m, row, o->name);
    char *command;
    int rc;

    if (cfg->accuracies) {
        rc = nai_models_real(&o->got[row], &o->m, row, o->accuracy, "the table", err);
        if (rc == NAI_OK && isnan(o->got[row]))
            rc = nai_err_set(err, NAI_EINPUT, "line %zu: '%.100s' is to be probed and has no %.60s",
                             row + 2, name, cfg->accuracies);
    } else {
        command = nai_models_command(&o->m, row, cfg->probe);
        rc = command ? nai_accuracy_run(&o->got[row], command, name, cfg->metric, err)
                     : nai_err_set(err, NAI_ESYSTEM, "out of memory");
        free(command);
    }
    if (rc == NAI_OK)
        nai_note(cli, "%s: alpha %.6g, accuracy %.6g", name, o->value[row], o->got[row]);
    return rc == NAI_OK ? nai_selection_add(&o->s, row, o->value[row], o->got[row], err) : rc;
}

/* Batch after batch, in the order of the table. */
static int choose(struct nai_cli *cli, struct outcome *o, const struct config *cfg,
                  struct nai_err *err)
{
    int rc = NAI_OK;

    o->s = (struct nai_selection){
        .rule = (enum nai_rule)cfg->rule, .top = cfg->top, .lo = cfg->lo, .hi = cfg->hi};
    for (size_t first = 0; rc == NAI_OK && first < o->m.rows; first += cfg->batch) {
        const size_t left = o->m.rows - first, n = left < cfg->batch ? left : cfg->batch;
        for (size_t r = first; rc == NAI_OK && r < first + n; r++) {
            o->lo[r] = o->s.lo;
            o->hi[r] = o->s.hi;
            o->got[r] = NAN;
            if (nai_selection_wants(&o->s, o->value[r]))
                rc = probe(cli, o, r, cfg, err);
            nai_progress(cli, r + 1, o->m.rows);
        }
        nai_selection_tighten(&o->s);
    }
    if (rc == NAI_OK && o->s.n == 0)
        rc = nai_err_set(err, NAI_ENUMERIC, "no model has alpha in %g to %g: none was probed",
                         cfg->lo, cfg->hi);
    return rc;
}

static void bound(struct nai_report *r, const char *name, double v)
{
    if (isinf(v))
        nai_report_empty(r, name);
    else
        nai_report_real(r, name, v);
}

static void print_models(struct nai_report *r, const struct outcome *o, const struct config *cfg)
{
    for (size_t i = 0; i < o->m.rows; i++) {
        size_t place = 0;
        for (size_t c = 0; c < o->m.cols; c++)
            if (r->json && c == o->alpha)
                nai_report_real(r, o->m.head[c], o->value[i]);
            else if (c != o->accuracy)
                nai_report_text(r, o->m.head[c], nai_models_cell(&o->m, i, c));
        nai_report_count(r, "batch", i / cfg->batch + 1);
        bound(r, "alpha_min", o->lo[i]);
        bound(r, "alpha_max", o->hi[i]);
        nai_report_text(r, "probed", isnan(o->got[i]) ? "no" : "yes");
        nai_report_real(r, "accuracy", o->got[i]);
        for (size_t k = 0; k < o->s.n && k < cfg->top; k++)
            if (o->s.probed[k].model == i)
                place = k + 1;
        if (place)
            nai_report_count(r, "place", place);
        else
            nai_report_empty(r, "place");
        nai_report_line(r);
    }
}

/* Beside what was run: MH, all of them (eq. 25), and sum_r M / r (eq. 26). */
static int summarise(const struct nai_cli *cli, const struct outcome *o, const struct config *cfg,
                     struct nai_err *err)
{
    static const char *const rules[] = {"bracket", "printed"};
    struct nai_cli other = *cli;
    const struct nai_probed *const best = &o->s.probed[0];
    double harmonic = 0;
    struct nai_report r;
    int rc = nai_report_open(&r, cli->json, err);

    other.output = cfg->summary;
    if (rc != NAI_OK)
        return nai_report_close(&r, &other, rc, err);
    for (size_t i = 0; i < o->m.rows; i++)
        harmonic += 1 / (double)(i / cfg->batch + 1);
    nai_report_text(&r, "chosen", nai_models_cell(&o->m, best->model, o->name));
    nai_report_real(&r, "alpha", best->alpha);
    nai_report_real(&r, "accuracy", best->accuracy);
    nai_report_count(&r, "models", o->m.rows);
    nai_report_count(&r, "batches", (o->m.rows + cfg->batch - 1) / cfg->batch);
    nai_report_count(&r, "batch", cfg->batch);
    nai_report_count(&r, "top", cfg->top);
    nai_report_text(&r, "rule", rules[cfg->rule]);
    nai_report_count(&r, "probes", o->s.n);
    nai_report_count(&r, "saved", o->m.rows - o->s.n);
    nai_report_count(&r, "most", o->m.rows);
    nai_report_real(&r, "expected", harmonic);
    bound(&r, "alpha_min", o->s.lo);
    bound(&r, "alpha_max", o->s.hi);
    nai_report_line(&r);
    return nai_report_close(&r, &other, rc, err);
}

static int run(struct nai_cli *cli, const struct config *cfg, struct nai_err *err)
{
    struct outcome o = {0};
    struct nai_report r;
    int rc = nai_report_open(&r, cli->json, err);

    if (rc == NAI_OK)
        rc = load(&o, cfg, nai_file(cli, 0), err);
    if (rc == NAI_OK)
        rc = choose(cli, &o, cfg, err);
    if (rc == NAI_OK)
        print_models(&r, &o, cfg);
    if (rc == NAI_OK && cfg->summary)
        rc = summarise(cli, &o, cfg, err);
    rc = nai_report_close(&r, cli, rc, err);
    free_outcome(&o);
    return rc;
}

int main(int argc, char **argv)
{
    struct config cfg = {.metric = "top1", .name = "name", .column = "alpha", .batch = 4, .top = 3};
    const struct nai_opt opts[] = {
        {"probe", 'p', NAI_TEXT, &cfg.probe, 0, 0, "COMMAND",
         "prints a model's accuracy; {name} is the model's, {COLUMN} another cell"},
        {"accuracies", 0, NAI_TEXT, &cfg.accuracies, 0, 0, "COLUMN",
         "they are in the table: run nothing, show what would be"},
        {"metric", 0, NAI_TEXT, &cfg.metric, 0, 0, "KEY",
         "which number of the JSON or table that COMMAND prints [top1]"},
        {"batch", 'b', NAI_SIZE, &cfg.batch, 1, 1e9, "M", "models at a time [4]"},
        {"top", 'k', NAI_SIZE, &cfg.top, 1, 1e9, "K", "models kept [3]"},
        {"alpha", 'a', NAI_TEXT, &cfg.interval, 0, 0, "LO:HI",
         "interval to start with, either end open [0:]"},
        {"rule", 0, NAI_CHOICE, &cfg.rule, 0, 0, "bracket|printed",
         "how it is narrowed: around the best K, or as in the thesis [bracket]"},
        {"name", 0, NAI_TEXT, &cfg.name, 0, 0, "COLUMN", "the models' names [name]"},
        {"column", 0, NAI_TEXT, &cfg.column, 0, 0, "COLUMN", "what to choose by [alpha]"},
        {"summary", 0, NAI_TEXT, &cfg.summary, 0, 0, "FILE",
         "also the model chosen, and the probes run and saved"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-select",
        .synopsis = "[OPTION]... [FILE]",
        .summary = "choose among models by alpha, probing few of them",
        .example = "printf 'name\\talpha\\nsgd\\t0.9\\nadam\\t1.2\\n' |\n"
                   "    nai-select --probe 'echo {alpha}'",
        .uses = NAI_USES_TEXT_OUT | NAI_USES_JSON | NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;

    nai_cli_parse(&cli, &tool, argc, argv);
    if (cli.nfiles > 1)
        nai_usage(&cli, "more than one FILE");
    if ((cfg.probe != NULL) == (cfg.accuracies != NULL))
        nai_usage(&cli, "one of --probe and --accuracies says where accuracies come from");
    if (cfg.summary &&
        (strcmp(cfg.summary, "-") == 0 || (cli.output && strcmp(cfg.summary, cli.output) == 0)))
        nai_usage(&cli, "--summary goes to a file of its own");
    interval(&cli, &cfg);
    return nai_cli_exit(&cli, run(&cli, &cfg, &err), &err);
}
