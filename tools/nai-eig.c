/* nai-eig.c - moments, or two repeats, to eigenspectra
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "eig.h"
#include "lanczos.h"
#include "lidar.h"
#include "mem.h"
#include "moments_io.h"
#include "repeats.h"
#include "spectrum_io.h"

enum { SHUFFLES = 10 };
static const double DELTA = 1e-4;

struct config {
    bool vectors, lidar;
    double delta; /* of lidar; negative: not said */
    size_t top, steps;
    double tol;
    struct nai_repeats cv;
};

struct spectra {
    size_t n;
    struct nai_spectrum *s;
};

static double *vector(size_t n, size_t m, const char *what, struct nai_err *err)
{
    double *const v = nai_alloc(n, m * sizeof *v, what, err);

    if (v)
        memset(v, 0, n * m * sizeof *v);
    return v;
}

static void totals(struct nai_spectrum *s)
{
    s->trace = s->sumsq = 0;
    for (size_t i = s->len; i-- > 0;) { /* small ones first */
        s->trace += s->lambda[i];
        s->sumsq += s->lambda[i] * s->lambda[i];
    }
}

/* All eigenvalues of a dim x dim matrix; those about 0 come from the same reduction. */
static int from_matrix(struct nai_spectrum *s, struct nai_moments *m, double shift,
                       const struct config *cfg, struct nai_err *err)
{
    const size_t dim = m->dim;
    double *const lambda = vector(dim, 1, "eigenvalues", err);
    double *copy = NULL;
    int rc = lambda ? NAI_OK : NAI_ESYSTEM;

    s->lambda = lambda;
    s->uncentred = rc == NAI_OK && shift > 0 ? vector(dim, 1, "eigenvalues", err) : NULL;
    if (rc == NAI_OK && shift > 0 && !s->uncentred)
        rc = NAI_ESYSTEM;
    if (rc == NAI_OK && cfg->vectors) {
        copy = vector(dim, dim, "eigenvectors", err);
        rc = copy ? NAI_OK : NAI_ESYSTEM;
        if (rc == NAI_OK)
            memcpy(copy, m->m, dim * dim * sizeof *copy);
    }
    if (rc == NAI_OK)
        rc =
            nai_eig_values(lambda, s->uncentred, m->m, dim, shift > 0 ? m->mean : NULL, shift, err);
    if (rc == NAI_OK && copy) {
        rc = nai_eig_vectors(lambda, copy, dim, err);
        s->vector = copy;
        copy = NULL;
    }
    nai_free(copy);
    return rc;
}

/* Moments of few rows: the nonzero part, by the Gram matrix; the rest is 0. */
static int from_factor(struct nai_spectrum *s, const struct nai_moments *m, double shift,
                       const struct config *cfg, struct nai_err *err)
{
    const size_t room = s->len > m->rows + 1 ? s->len : m->rows + 1;

    s->lambda = vector(room, 1, "eigenvalues", err);
    s->uncentred = shift > 0 ? vector(room, 1, "eigenvalues", err) : NULL;
    s->vector = cfg->vectors ? vector(room, m->dim, "eigenvectors", err) : NULL;
    if (!s->lambda || (shift > 0 && !s->uncentred) || (cfg->vectors && !s->vector))
        return NAI_ESYSTEM;
    return nai_eig_factor(s->lambda, s->uncentred, s->vector, m->m, m->rows, m->dim,
                          shift > 0 ? m->mean : NULL, shift, err);
}

static int from_lanczos(struct nai_spectrum *s, const struct nai_moments *m,
                        const struct nai_cli *cli, const struct config *cfg, struct nai_err *err)
{
    const struct nai_lanczos config = {
        .n = m->dim, .top = s->len, .max_steps = cfg->steps, .tol = cfg->tol, .seed = cli->seed};
    struct nai_symmetric op = {m->m, m->dim};
    struct nai_ritz *const ritz = calloc(s->len, sizeof *ritz);
    size_t steps, converged = 0;
    int rc = ritz ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    s->lambda = vector(s->len, 1, "eigenvalues", err);
    s->residual = vector(s->len, 1, "residuals", err);
    s->vector = cfg->vectors ? vector(s->len, m->dim, "eigenvectors", err) : NULL;
    if (rc == NAI_OK && (!s->lambda || !s->residual || (cfg->vectors && !s->vector)))
        rc = NAI_ESYSTEM;
    if (rc == NAI_OK)
        rc = nai_lanczos(ritz, s->vector, &steps, &config, nai_symmetric_product, &op, err);
    for (size_t i = 0; rc == NAI_OK && i < s->len; i++) {
        s->lambda[i] = ritz[i].value;
        s->residual[i] = ritz[i].residual;
        converged += ritz[i].converged;
    }
    if (rc == NAI_OK && converged < s->len)
        rc = nai_err_set(err, NAI_ENUMERIC,
                         "%zu of %zu eigenvalues converged in %zu steps; raise --steps or --tol",
                         converged, s->len, steps);
    if (rc == NAI_OK) {
        s->trace = s->sumsq = 0;
        for (size_t i = 0; i < m->dim; i++)
            s->trace += m->m[i * m->dim + i];
        for (size_t i = 0; i < m->dim * m->dim; i++)
            s->sumsq += m->m[i] * m->m[i];
        snprintf(s->method, sizeof s->method, "lanczos");
    }
    free(ritz);
    return rc;
}

static int from_moments(struct nai_spectrum *s, struct nai_moments *m,
                        const struct nai_moments_info *info, const struct nai_cli *cli,
                        const struct config *cfg, struct nai_err *err)
{
    /* sum x x^T / (n - ddof) = C + n / (n - ddof) mean mean^T: of whole sets of rows, not of what
     * is within or between classes. */
    const bool whole = strcmp(info->part, "within") != 0 && strcmp(info->part, "between") != 0;
    const double shift =
        whole && info->scaling == NAI_COVARIANCE ? (double)m->n / (double)(m->n - info->ddof) : 0;
    const bool iterate = cfg->top > 0 && !m->factor && cfg->top < m->dim;
    int rc;

    *s = (struct nai_spectrum){
        .dim = m->dim, .n = m->n, .rank = SIZE_MAX, .len = m->n < m->dim ? (size_t)m->n : m->dim};
    snprintf(s->name, sizeof s->name, "%s", info->name);
    snprintf(s->scaling, sizeof s->scaling, "%s", nai_scaling_name(info->scaling));
    snprintf(s->method, sizeof s->method, m->factor ? "gram" : "full");
    if (iterate) {
        s->len = cfg->top < s->len ? cfg->top : s->len;
        return from_lanczos(s, m, cli, cfg, err);
    }
    rc = m->factor ? from_factor(s, m, shift, cfg, err) : from_matrix(s, m, shift, cfg, err);
    if (rc != NAI_OK)
        return rc;
    totals(s);
    s->rank = nai_eig_rank(s->lambda, s->len, m->n, m->dim);
    if (cfg->top > 0 && cfg->top < s->len) {
        s->len = cfg->top;
        nai_free(s->uncentred); /* RankMe wants all of them */
        s->uncentred = NULL;
    }
    return NAI_OK;
}

/* ---- the three kinds of input ---- */

static struct nai_spectrum *another(struct spectra *all, struct nai_err *err)
{
    struct nai_spectrum *const p = realloc(all->s, (all->n + 1) * sizeof *p);

    if (!p) {
        nai_err_set(err, NAI_ESYSTEM, "out of memory");
        return NULL;
    }
    all->s = p;
    p[all->n] = (struct nai_spectrum){0};
    return &p[all->n++];
}

/* Of every field that was taken apart. */
static int read_lidar(struct spectra *all, struct nai_cli *cli, const struct config *cfg,
                      struct nai_in *in, struct nai_err *err)
{
    const double delta = cfg->delta < 0 ? DELTA : cfg->delta;
    struct nai_arrays arrays = {0};
    const char *name;
    json_t *o;
    int rc = nai_arrays_read(&arrays, in->r, "moments", in->name, err);

    if (rc != NAI_OK)
        return rc;
    json_object_foreach(nai_meta_group(arrays.h, "moments"), name, o)
    {
        const char *const of = json_string_value(json_object_get(o, "of"));
        const char *const part = json_string_value(json_object_get(o, "part"));
        struct nai_spectrum *s;
        if (rc != NAI_OK || !of || !part || strcmp(part, "within") != 0)
            continue;
        s = another(all, err);
        rc = s ? nai_lidar_spectrum(s, &arrays, of, delta, err) : NAI_ESYSTEM;
        if (s && rc != NAI_OK)
            nai_err_prefix(err, in->name);
        nai_note(cli, "%s: between groups of '%s'", in->name, of);
    }
    nai_arrays_free(&arrays);
    if (rc == NAI_OK && all->n == 0)
        rc = nai_err_set(err, NAI_EINPUT,
                         "%s: no moments within and between groups (make them with nai-cov "
                         "--within id)",
                         in->name);
    return rc;
}

static int read_moments(struct spectra *all, struct nai_cli *cli, const struct config *cfg,
                        struct nai_in *in, struct nai_err *err)
{
    struct nai_arrays arrays = {0};
    const char *name;
    json_t *o;
    int rc = nai_arrays_read(&arrays, in->r, "moments", in->name, err);

    if (rc != NAI_OK)
        return rc;
    if (nai_meta_group(arrays.h, "cross"))
        rc = nai_err_set(err, NAI_EINPUT,
                         "%s: a covariance between two fields is not symmetric: it has no "
                         "eigenvalues (nai-export npz gives the matrix)",
                         in->name);
    json_object_foreach(nai_meta_group(arrays.h, "moments"), name, o)
    {
        struct nai_moments m = {0};
        struct nai_moments_info info;
        struct nai_spectrum *const s = rc == NAI_OK ? another(all, err) : NULL;
        if (rc == NAI_OK)
            rc = s ? nai_moments_take(&m, &info, &arrays, name, err) : NAI_ESYSTEM;
        if (rc == NAI_OK)
            rc = from_moments(s, &m, &info, cli, cfg, err);
        if (s && rc != NAI_OK)
            nai_err_prefix(err, in->name);
        nai_moments_free(&m);
        nai_note(cli, "%s: eigenvalues of '%s'", in->name, name);
    }
    if (rc == NAI_OK && nai_meta_group(arrays.h, "pairs") && (cfg->top || cfg->vectors))
        rc = nai_err_set(err, NAI_EUSAGE,
                         "%s: of two repeats there is only the whole spectrum, without vectors",
                         in->name);
    json_object_foreach(nai_meta_group(arrays.h, "pairs"), name, o)
    {
        struct nai_spectrum *const s = rc == NAI_OK ? another(all, err) : NULL;
        if (rc == NAI_OK)
            rc = s ? nai_repeats_from_pair(s, &arrays, name, err) : NAI_ESYSTEM;
    }
    nai_arrays_free(&arrays);
    return rc;
}

static int run(struct nai_cli *cli, const struct config *cfg, struct nai_err *err)
{
    struct nts_header *const h = nts_header_new("spectrum");
    struct nai_out out = {.sink.fd = -1};
    struct spectra all = {0};
    struct nai_in in;
    int rc = nai_in_open(cli, &in, nai_file(cli, 0), err);

    if (rc == NAI_OK && !h)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (rc == NAI_OK && cfg->cv.names) {
        struct nai_spectrum *const s = another(&all, err);
        rc = s ? nai_repeats_spectrum(s, cli, &in, &cfg->cv, err) : NAI_ESYSTEM;
    } else if (rc == NAI_OK && cfg->lidar) {
        rc = read_lidar(&all, cli, cfg, &in, err);
    } else if (rc == NAI_OK) {
        rc = read_moments(&all, cli, cfg, &in, err);
    }
    if (rc == NAI_OK && all.n == 0)
        rc = nai_err_set(err, NAI_EINPUT, "%s: no moments in it", in.name);
    for (size_t i = 0; rc == NAI_OK && i < all.n; i++)
        rc = nai_spectrum_declare(h, &all.s[i], err);
    if (rc == NAI_OK)
        rc = nai_out_open(cli, &out, h, &in, 1, err);
    for (size_t i = 0; rc == NAI_OK && i < all.n; i++)
        rc = nai_spectrum_write(out.w, h, &all.s[i], err);
    if (rc == NAI_OK)
        rc = nai_out_input(&out, &in, err);
    rc = nai_out_close(cli, &out, rc, err);
    for (size_t i = 0; i < all.n; i++)
        nai_spectrum_free(&all.s[i]);
    free(all.s);
    nts_header_free(h);
    nai_in_close(&in);
    return rc;
}

int main(int argc, char **argv)
{
    struct config cfg = {.delta = -1};
    int nan = 0;
    const struct nai_opt opts[] = {
        {"vectors", 0, NAI_FLAG, &cfg.vectors, 0, 0, NULL, "also the eigenvectors, one a row"},
        {"top", 'k', NAI_SIZE, &cfg.top, 1, 1e9, "K",
         "only the K largest, by Lanczos iteration [all]"},
        {"steps", 0, NAI_SIZE, &cfg.steps, 1, 1e9, "N", "with --top: products at most [dim]"},
        {"tol", 0, NAI_REAL, &cfg.tol, 1e-15, 1, "T",
         "with --top: residual allowed, over the largest eigenvalue [1e-10]"},
        {"lidar", 0, NAI_FLAG, &cfg.lidar, 0, 0, NULL,
         "of the covariance between groups where that within them is the identity"},
        {"delta", 0, NAI_REAL, &cfg.delta, 0, 1e15, "D",
         "with --lidar: added to the diagonal within groups [1e-4]"},
        {"cv", 0, NAI_LIST, &cfg.cv.names, 0, 0, "A,B",
         "cross-validated spectrum of two repeats, from rows; holds them in memory"},
        {"shuffles", 0, NAI_SIZE, &cfg.cv.shuffles, 1, 100000, "K",
         "with --cv: times the repeats are swapped at random [10]"},
        {"uncentred", 0, NAI_FLAG, &cfg.cv.uncentred, 0, 0, NULL,
         "with --cv: do not subtract the mean over all presentations"},
        {"nan", 0, NAI_CHOICE, &nan, 0, 0, "error|skip-row",
         "with --cv: what to do with rows that are not finite [error]"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-eig",
        .synopsis = "[OPTION]... [FILE]",
        .summary = "eigenspectra of moments, or cross-validated from two repeats",
        .example = "nai-cov feats.nts | nai-eig -o spectrum.nts",
        .uses = NAI_USES_STREAM_OUT | NAI_USES_SEED | NAI_USES_THREADS | NAI_USES_BLAS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;

    nai_cli_parse(&cli, &tool, argc, argv);
    cfg.cv.skip_nan = nan == 1;
    if (cli.nfiles > 1)
        nai_usage(&cli, "more than one FILE");
    if (cfg.cv.names && (cfg.top || cfg.vectors))
        nai_usage(&cli, "--cv gives the whole spectrum, without vectors");
    if (!cfg.cv.names && (cfg.cv.uncentred || cfg.cv.skip_nan || cfg.cv.shuffles))
        nai_usage(&cli, "--uncentred, --nan and --shuffles go with --cv; for moments they are "
                        "nai-cov's");
    if (!cfg.top && (cfg.steps || cfg.tol > 0))
        nai_usage(&cli, "--steps and --tol go with --top");
    if (cfg.lidar && (cfg.cv.names || cfg.top || cfg.vectors))
        nai_usage(&cli, "--lidar gives the whole spectrum of moments, without vectors");
    if (!cfg.lidar && cfg.delta >= 0)
        nai_usage(&cli, "--delta goes with --lidar");
    cfg.cv.shuffles = cfg.cv.shuffles ? cfg.cv.shuffles : SHUFFLES;
    cli.seed_used = cfg.cv.names || cfg.top;
    return nai_cli_exit(&cli, run(&cli, &cfg, &err), &err);
}
