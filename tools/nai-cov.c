/* nai-cov.c - features to moments, in one pass
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "by_group.h"
#include "by_label.h"
#include "cli.h"
#include "mem.h"
#include "repeats.h"
#include "results.h"
#include "rows.h"

enum { SHUFFLES = 10 };

struct config {
    const char *fields, *by;      /* by: labels, of --by or --within */
    struct nai_moments_info info; /* scaling, ddof, precision */
    bool within, skip_nan;
};

/* One field on its way to moments. */
struct target {
    struct nai_pick pick;
    struct nai_cov *cov;
    struct nai_by_label *by;
    struct nai_by_group *group;
    struct nai_label_moments labelled;
};

/* ---- moments from rows ---- */

static size_t classes_in(const struct nts_header *h)
{
    return h->meta ? json_array_size(json_object_get(h->meta, "classes")) : 0;
}

/* Labels are integers, one a row, in every section. */
static int check_labels(const struct nai_in *in, const char *by, struct nai_err *err)
{
    char have[400];

    for (size_t s = 0; s < in->h->nsections; s++) {
        const int y = nts_find_field(&in->h->section[s], by);
        const struct nts_field *const f = y < 0 ? NULL : &in->h->section[s].field[y];
        if (!f)
            return nai_err_set(err, NAI_EUSAGE, "%s: no field '%.60s' of labels; there is %s",
                               in->name, by, nai_fields_text(have, &in->h->section[s]));
        if (f->ndim || nai_dtype_is_float(f->dtype))
            return nai_err_set(err, NAI_EUSAGE, "%s: '%s' is not a field of integer labels",
                               in->name, by);
    }
    return NAI_OK;
}

/* Where it is known beforehand that a matrix is coming and cannot be held, say so at once. */
static int enough_memory(const struct nai_in *in, const struct nts_section *sec,
                         const struct nts_field *f, struct nai_err *err)
{
    const double need = 8 * (double)f->count * (double)f->count;
    const size_t have = nai_mem_available();
    char needed[32], available[32];

    if (sec->rows < 0 || (uint64_t)sec->rows <= f->count / 2 || need <= (double)have)
        return NAI_OK;
    return nai_err_set(err, NAI_ESYSTEM,
                       "%s: the %zu x %zu covariance of '%s' needs %s of memory, %s is available",
                       in->name, f->count, f->count, f->name, nai_size_text(needed, need),
                       nai_size_text(available, (double)have));
}

static int targets_new(struct target **out, size_t *n, const struct config *cfg,
                       const struct nai_in *in, struct nai_err *err)
{
    char **const words = cfg->fields ? nai_words(cfg->fields) : NULL;
    struct nai_pick *picks = NULL;
    struct target *t = NULL;
    int rc = cfg->by ? check_labels(in, cfg->by, err) : NAI_OK;

    if (rc == NAI_OK)
        rc = nai_pick_fields(&picks, n, in->h, words, cfg->by, in->name, err);

    if (rc == NAI_OK) {
        t = calloc(*n, sizeof *t);
        rc = t ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    for (size_t i = 0; rc == NAI_OK && i < *n; i++) {
        const struct nts_section *const sec = &in->h->section[picks[i].section];
        const struct nts_field *const f = &sec->field[picks[i].field];
        t[i].pick = picks[i];
        rc = enough_memory(in, sec, f, err);
        if (rc != NAI_OK)
            break;
        if (cfg->within)
            rc = nai_by_group_new(&t[i].group, f->count, f->dtype, cfg->info.precision, cfg->by,
                                  err);
        else if (cfg->by)
            rc = nai_by_label_new(&t[i].by, f->count, f->dtype, cfg->info.precision,
                                  classes_in(in->h), err);
        else
            rc = nai_cov_new(&t[i].cov, f->count, f->dtype, cfg->info.precision, err);
    }
    free(picks);
    nai_words_free(words);
    *out = t;
    return rc;
}

static int push(struct target *t, const struct nts_section *sec, const struct nts_batch *b,
                const char *by, size_t first, size_t n, struct nai_err *err)
{
    const struct nts_field *const f = &sec->field[t->pick.field];
    const char *const rows = (const char *)b->data[t->pick.field] + first * f->width;
    int64_t labels[256];
    int y, rc = NAI_OK;

    if (t->cov)
        return nai_cov_push(t->cov, rows, n, err);
    y = nts_find_field(sec, by);
    for (size_t i = 0, k; rc == NAI_OK && i < n; i += k) {
        k = n - i < 256 ? n - i : 256;
        nai_to_i64(labels, (const char *)b->data[y] + (first + i) * sec->field[y].width,
                   sec->field[y].dtype, k);
        for (size_t l = 0; l < k; l++)
            if (labels[l] == INT64_MAX) /* where larger ones of u64 end up too */
                return nai_err_set(err, NAI_EINPUT, "row %" PRIu64 ": label of 2^63 or more",
                                   b->first + first + i + l);
        rc = t->group ? nai_by_group_push(t->group, rows + i * f->width, labels, k, err)
                      : nai_by_label_push(t->by, rows + i * f->width, labels, k, err);
    }
    return rc;
}

/* Is row i finite in every field taken? */
static bool row_ok(const struct target *t, size_t n, const struct nts_section *sec,
                   const struct nts_batch *b, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (t[k].pick.section == b->section &&
            !nai_row_finite(&sec->field[t[k].pick.field], b->data[t[k].pick.field], i))
            return false;
    return true;
}

static int take_batch(struct target *t, size_t n, const struct config *cfg,
                      const struct nts_section *sec, const struct nts_batch *b, uint64_t *skipped,
                      struct nai_err *err)
{
    int rc = NAI_OK;

    for (size_t i = 0, run; i < b->rows && rc == NAI_OK; i += run) {
        const bool ok = !cfg->skip_nan || row_ok(t, n, sec, b, i);
        for (run = cfg->skip_nan ? 1 : b->rows; i + run < b->rows; run++)
            if (row_ok(t, n, sec, b, i + run) != ok)
                break;
        if (!ok)
            *skipped += run;
        for (size_t k = 0; ok && rc == NAI_OK && k < n; k++)
            if (t[k].pick.section == b->section)
                rc = push(&t[k], sec, b, cfg->by, i, run, err);
    }
    return rc;
}

static int read_rows(struct nai_cli *cli, const struct config *cfg, struct nai_in *in,
                     struct target *t, size_t n, struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event ev;
    uint64_t skipped = 0;

    while ((ev = nts_read(in->r, &b, err)) == NTS_BATCH) {
        const struct nts_section *const sec = &nts_reader_header(in->r)->section[b.section];
        if (take_batch(t, n, cfg, sec, &b, &skipped, err) != NAI_OK)
            return nai_err_prefix(err, in->name);
        nai_progress(cli, b.first + b.rows, sec->rows > 0 ? (uint64_t)sec->rows : 0);
    }
    if (ev != NTS_END)
        return err->code;
    if (skipped)
        nai_warn(cli, "%s: %" PRIu64 " rows with NaN or infinity left out", in->name, skipped);
    return NAI_OK;
}

/* The moments of one field, into the results. */
static int finish(struct nai_results *r, struct target *t, const struct config *cfg,
                  struct nai_err *err)
{
    struct nai_moments m = {0};
    struct nai_moments_info info = cfg->info;
    int rc;

    snprintf(info.name, sizeof info.name, "%.*s", NTS_MAX_NAME - 10, t->pick.name);
    if (t->cov) {
        rc = nai_cov_finish(t->cov, &m, err);
        if (rc == NAI_OK)
            rc = nai_results_keep(r, &info, &m, err);
        nai_moments_free(&m);
        return rc;
    }
    rc = t->group ? nai_by_group_finish(t->group, &t->labelled, &info.groups, err)
                  : nai_by_label_finish(t->by, &t->labelled, err);
    return rc == NAI_OK ? nai_results_labelled(r, &info, info.name, cfg->by, &t->labelled, err)
                        : rc;
}

static int run_rows(struct nai_cli *cli, const struct config *cfg, struct nai_err *err)
{
    struct nai_results r = {0};
    struct target *t = NULL;
    struct nai_in in;
    size_t n = 0;
    int rc = nai_in_open(cli, &in, nai_file(cli, 0), err);

    if (rc == NAI_OK)
        rc = nai_rows_kind(in.h, in.name, err);
    if (rc == NAI_OK)
        rc = targets_new(&t, &n, cfg, &in, err);
    if (rc == NAI_OK)
        rc = read_rows(cli, cfg, &in, t, n, err);
    for (size_t i = 0; rc == NAI_OK && i < n; i++) {
        rc = finish(&r, &t[i], cfg, err);
        if (rc != NAI_OK)
            nai_err_prefix(err, in.name);
    }
    if (rc == NAI_OK)
        rc = nai_results_write(cli, &r, &in, 1, err);
    for (size_t i = 0; t && i < n; i++) {
        nai_cov_free(t[i].cov);
        nai_by_label_free(t[i].by);
        nai_by_group_free(t[i].group);
        nai_label_moments_free(&t[i].labelled);
    }
    free(t);
    nai_results_free(&r);
    nai_in_close(&in);
    return rc;
}

static int run_two(struct nai_cli *cli, const struct nai_repeats *job, struct nai_err *err)
{
    struct nai_in in;
    int rc = nai_in_open(cli, &in, nai_file(cli, 0), err);

    if (rc == NAI_OK)
        rc = nai_repeats_moments(cli, &in, job, err);
    nai_in_close(&in);
    return rc;
}

/* The command line as it stands. */
struct asked {
    const char *cross, *pair, *within;
    bool correlation, uncentred, merge;
    size_t ddof, shuffles; /* SIZE_MAX, 0: not said */
    int precision, nan;
};

/* What excludes each other. */
static void check(const struct nai_cli *cli, const struct config *cfg, const struct asked *o)
{
    if (o->correlation && o->uncentred)
        nai_usage(cli, "--correlation and --uncentred exclude each other");
    if (o->merge + (cfg->by || cfg->fields) + (o->cross != NULL) + (o->pair != NULL) > 1)
        nai_usage(cli, "--merge, --cross, --pair and --field, --by or --within exclude each other");
    if (o->within && cfg->by != o->within)
        nai_usage(cli, "--by and --within exclude each other");
    if ((o->cross || o->pair) && (o->correlation || o->uncentred || o->precision))
        nai_usage(cli, "--cross and --pair are exact covariances");
    if (cfg->by && o->uncentred)
        nai_usage(cli,
                  "--by and --within take a covariance apart: --uncentred does not go with it");
    if ((o->shuffles && !o->pair) || (o->pair && o->ddof != SIZE_MAX))
        nai_usage(cli, "--shuffles goes with --pair, --ddof does not");
    if (o->merge && (o->nan || o->precision))
        nai_usage(cli, "--nan and --precision are for rows, not for --merge");
    if (!o->merge && cli->nfiles > 1)
        nai_usage(cli, "more than one FILE: join rows with nai-cat, moments with --merge");
}

int main(int argc, char **argv)
{
    struct config cfg = {0};
    struct asked o = {.ddof = SIZE_MAX};
    struct nai_repeats two;
    const struct nai_opt opts[] = {
        {"field", 'f', NAI_LIST, &cfg.fields, 0, 0, "NAME,...",
         "the fields to take [every numeric one that is not a scalar]"},
        {"ddof", 0, NAI_SIZE, &o.ddof, 0, 1e6, "N",
         "divide by n - N [0; with --merge, as the files]"},
        {"correlation", 0, NAI_FLAG, &o.correlation, 0, 0, NULL, "correlations, not covariances"},
        {"uncentred", 0, NAI_FLAG, &o.uncentred, 0, 0, NULL, "second moments about 0"},
        {"by", 0, NAI_TEXT, &cfg.by, 0, 0, "FIELD",
         "also per class of this label, within and between classes"},
        {"within", 0, NAI_TEXT, &o.within, 0, 0, "FIELD",
         "also within and between groups of adjacent rows, any number of groups"},
        {"cross", 0, NAI_LIST, &o.cross, 0, 0, "A,B", "the covariance between two fields"},
        {"pair", 0, NAI_LIST, &o.pair, 0, 0, "A,B",
         "what cvPCA needs of two repeats of the same stimuli"},
        {"shuffles", 0, NAI_SIZE, &o.shuffles, 1, 1000, "K", "with --pair: swaps drawn [10]"},
        {"merge", 0, NAI_FLAG, &o.merge, 0, 0, NULL, "the FILEs are moments: make them one"},
        {"nan", 0, NAI_CHOICE, &o.nan, 0, 0, "error|skip-row",
         "what to do with rows that are not finite [error]"},
        {"precision", 0, NAI_CHOICE, &o.precision, 0, 0, "exact|mixed",
         "float64, or float32 blocks summed in float64, error bound stated [exact]"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-cov",
        .synopsis = "[OPTION]... [FILE]...",
        .summary = "moments of features in one pass: n, mean, covariance",
        .example = "nai-cov feats.nts | nai-eig | nai-alpha",
        .uses = NAI_USES_STREAM_OUT | NAI_USES_SEED | NAI_USES_THREADS | NAI_USES_BLAS |
                NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;
    int rc;

    nai_cli_parse(&cli, &tool, argc, argv);
    cfg.info.scaling = o.correlation ? NAI_CORRELATION
                       : o.uncentred ? NAI_UNCENTRED
                                     : NAI_COVARIANCE;
    cfg.info.precision = o.precision ? NAI_MIXED : NAI_EXACT;
    cfg.info.ddof = o.ddof != SIZE_MAX ? (unsigned)o.ddof : o.merge ? NAI_DDOF_UNSAID : 0;
    cfg.skip_nan = o.nan == 1;
    cfg.within = o.within != NULL;
    cfg.by = cfg.by ? cfg.by : o.within;
    check(&cli, &cfg, &o);
    cli.seed_used = o.pair != NULL;
    two = (struct nai_repeats){.names = o.cross ? o.cross : o.pair,
                               .shuffles = !o.pair      ? 0
                                           : o.shuffles ? o.shuffles
                                                        : SHUFFLES,
                               .ddof = o.cross ? cfg.info.ddof : 0,
                               .skip_nan = cfg.skip_nan};
    rc = o.merge     ? nai_results_merge(&cli, &cfg.info, &err)
         : two.names ? run_two(&cli, &two, &err)
                     : run_rows(&cli, &cfg, &err);
    return nai_cli_exit(&cli, rc, &err);
}
