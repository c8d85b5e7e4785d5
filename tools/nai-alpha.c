/* nai-alpha.c - decay coefficient of eigenspectra, with its window and its error
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alpha.h"
#include "bootstrap.h"
#include "cli.h"
#include "report.h"
#include "spectrum_file.h"
#include "window.h"

struct config {
    size_t range[2], tail, bootstrap;
    int weights, preset;
    bool beyond, mle;
    const char *rows, *select;
};

static const char *const presets[] = {"reptrix", "alphareq", "stringer", "fastssl-views", "ols"};

/* The fit of one spectrum with all that is printed beside it. *fitted: false for a spectrum that is
 * too short for a preset's window; it keeps its line, with the fit left empty. */
static int measure(struct nai_alpha *a, bool *fitted, const struct nai_spectrum *s,
                   const struct nai_cli *cli, const struct config *cfg, struct nai_err *err)
{
    const bool asked = cfg->range[0] || cfg->range[1];
    struct nai_window w;
    bool shrunk = false;
    int rc = nai_window_choose(&w, presets[cfg->preset], cfg->range, cfg->weights - 1, s,
                               cfg->beyond, &shrunk, err);

    *fitted = rc == NAI_OK;
    if (rc == NAI_ENUMERIC && !asked) {
        nai_err_prefix(err, s->name);
        rc = NAI_OK;
    }
    if (rc == NAI_OK)
        rc = nai_alpha_measure(a, s, *fitted ? &w : NULL, cfg->tail, cfg->mle, err);
    if (rc != NAI_OK)
        return nai_err_prefix(err, s->name);
    if (shrunk && *fitted)
        nai_warn(cli, "%s: window of preset %s cut to ranks %zu to %zu, all %s", s->name, w.preset,
                 w.lo, w.hi,
                 nai_spectrum_indefinite(s) && w.hi < nai_spectrum_head(s) ? "that are positive"
                                                                           : "there are");
    if (a->negative)
        nai_warn(cli, "%s: %zu negative values in the window, taken by magnitude", s->name,
                 a->negative);
    return NAI_OK;
}

static void print_fit(struct nai_report *r, const struct nai_powerlaw *fit, bool fitted)
{
    static const char *const columns[] = {"alpha", "lo", "hi",    "weights",
                                          "r2",    "se", "ci_lo", "ci_hi"};

    for (size_t i = 0; !fitted && i < sizeof columns / sizeof *columns; i++)
        nai_report_empty(r, columns[i]);
    if (!fitted)
        return;
    nai_report_real(r, "alpha", fit->alpha);
    nai_report_count(r, "lo", fit->lo);
    nai_report_count(r, "hi", fit->hi);
    nai_report_text(r, "weights", fit->weight == NAI_WEIGHT_RANK ? "rank" : "none");
    nai_report_real(r, "r2", fit->r2);
    nai_report_real(r, "se", fit->se);
    nai_report_real(r, "ci_lo", fit->ci_lo);
    nai_report_real(r, "ci_hi", fit->ci_hi);
}

static void print_row(struct nai_report *r, const struct nai_alpha *a, bool fitted,
                      const struct nai_spectrum *s, const struct nai_cli *cli,
                      const struct config *cfg)
{
    nai_report_text(r, "name", s->name);
    if (s->n)
        nai_report_count(r, "n", s->n);
    else
        nai_report_empty(r, "n");
    nai_report_count(r, "dim", s->dim);
    if (s->rank == SIZE_MAX)
        nai_report_empty(r, "rank");
    else
        nai_report_count(r, "rank", s->rank);
    print_fit(r, &a->fit, fitted);
    nai_report_real(r, "rankme", a->rankme);
    nai_report_real(r, "erank", a->erank);
    nai_report_real(r, "pr", a->pr);
    nai_report_real(r, "stable_rank", a->stable_rank);
    nai_report_real(r, "lidar", a->lidar);
    if (cfg->tail)
        nai_report_real(r, "tail", a->tail);
    if (cfg->mle) {
        nai_report_real(r, "mle_alpha", a->mle.exponent);
        nai_report_real(r, "xmin", a->mle.xmin);
        nai_report_real(r, "ks", a->mle.ks);
    }
    if (cfg->bootstrap) {
        nai_report_count(r, "bootstrap", cfg->bootstrap);
        nai_report_count(r, "seed", cli->seed);
    }
    nai_report_line(r);
}

/* The interval over rows in place of the fit's own. */
static int resample(struct nai_alpha *a, const struct nai_spectrum *s,
                    const struct nai_bootstrap_rows *rows, const struct nai_cli *cli,
                    const struct config *cfg, struct nai_err *err)
{
    const int rc = nai_bootstrap_alpha(&a->fit, s, rows, cfg->bootstrap, cli->seed, err);

    return rc == NAI_OK ? rc : nai_err_prefix(err, s->name);
}

static int run(struct nai_cli *cli, const struct config *cfg, struct nai_err *err)
{
    const size_t nfiles = cli->nfiles ? cli->nfiles : 1;
    struct nai_bootstrap_rows rows = {0};
    size_t total = 0, fits = 0;
    struct nai_report r;
    int rc = nai_report_open(&r, cli->json, err);

    if (rc == NAI_OK && cfg->bootstrap)
        rc = nai_bootstrap_load(&rows, cli, cfg->rows, err);
    for (size_t i = 0; rc == NAI_OK && i < nfiles; i++) {
        struct nai_spectrum *s = NULL;
        size_t n = 0;
        rc = nai_spectrum_load(&s, &n, cli, nai_file(cli, i), cfg->select, err);
        for (size_t k = 0; rc == NAI_OK && k < n; k++) {
            struct nai_alpha a;
            bool fitted;
            rc = measure(&a, &fitted, &s[k], cli, cfg, err);
            if (rc == NAI_OK && fitted && cfg->bootstrap)
                rc = resample(&a, &s[k], &rows, cli, cfg, err);
            if (rc == NAI_OK)
                print_row(&r, &a, fitted, &s[k], cli, cfg);
            total++;
            fits += fitted;
            if (rc == NAI_OK && !fitted && (n > 1 || nfiles > 1))
                nai_warn(cli, "not fitted: %s", err->msg);
        }
        for (size_t k = 0; k < n; k++)
            nai_spectrum_free(&s[k]);
        free(s);
    }
    nai_bootstrap_free(&rows);
    if (rc == NAI_OK && fits == 0)
        rc = total == 1
                 ? NAI_ENUMERIC /* err says why */
                 : nai_err_set(err, NAI_ENUMERIC, "none of %zu spectra could be fitted", total);
    return nai_report_close(&r, cli, rc, err);
}

int main(int argc, char **argv)
{
    struct config cfg = {.range = {0, 0}};
    const struct nai_opt opts[] = {
        {"range", 'r', NAI_RANGE, cfg.range, 1, 0, "LO:HI", "ranks fitted, from 1 [the preset's]"},
        {"preset", 'p', NAI_CHOICE, &cfg.preset, 0, 0, NAI_PRESETS,
         "window and weights by name [reptrix: 11:100, 1/j]"},
        {"weights", 'w', NAI_CHOICE, &cfg.weights, 0, 0, "preset|rank|none",
         "1/j (rank) or 1 (none) [the preset's]"},
        {"beyond-rank", 0, NAI_FLAG, &cfg.beyond, 0, 0, NULL,
         "let --range pass the numerical rank"},
        {"tail", 0, NAI_SIZE, &cfg.tail, 1, 1e9, "K",
         "also the share of variance at ranks K and above"},
        {"mle", 0, NAI_FLAG, &cfg.mle, 0, 0, NULL,
         "also the density exponent by maximum likelihood: mle_alpha, xmin, ks"},
        {"bootstrap", 'B', NAI_SIZE, &cfg.bootstrap, 10, 1e6, "B",
         "interval from B resamplings of --rows in place of the fit's"},
        {"rows", 0, NAI_TEXT, &cfg.rows, 0, 0, "FILE", "the rows that the spectra come from"},
        {"select", 0, NAI_LIST, &cfg.select, 0, 0, "NAME,...", "only these spectra"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-alpha",
        .synopsis = "[OPTION]... [FILE]...",
        .summary = "decay coefficient of eigenspectra, with its window, error and rank metrics",
        .example = "nai-cov feats.nts | nai-eig | nai-alpha --preset stringer",
        .uses =
            NAI_USES_TEXT_OUT | NAI_USES_JSON | NAI_USES_SEED | NAI_USES_THREADS | NAI_USES_BLAS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;

    nai_cli_parse(&cli, &tool, argc, argv);
    if ((cfg.bootstrap > 0) != (cfg.rows != NULL))
        nai_usage(&cli, "--bootstrap and --rows go together");
    if (cfg.beyond && !cfg.range[1])
        nai_usage(&cli, "--beyond-rank goes with --range");
    return nai_cli_exit(&cli, run(&cli, &cfg, &err), &err);
}
