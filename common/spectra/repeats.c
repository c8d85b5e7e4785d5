/* repeats.c - see repeats.h
 * SPDX-License-Identifier: MIT */
#include "repeats.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cvpca.h"
#include "mem.h"
#include "moments_io.h"
#include "rows.h"

/* The two fields, and their rows of one batch as float64 with those left out that must be. */
struct two {
    struct nai_pick pick[2];
    size_t dim[2];
    double *v[2]; /* v[k]: f64[rows][dim[k]] */
    size_t rows, cap;
    uint64_t skipped;
    char name[NTS_MAX_NAME + 1];
};

static void two_free(struct two *t)
{
    nai_free(t->v[0]);
    nai_free(t->v[1]);
}

static int two_open(struct two *t, const struct nai_in *in, const struct nai_repeats *job,
                    struct nai_err *err)
{
    char **const words = nai_words(job->names);
    struct nai_pick *pick = NULL;
    size_t n = 0;
    int rc = words ? nai_rows_kind(in->h, in->name, err)
                   : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    *t = (struct two){0};
    if (rc == NAI_OK && (!words[0] || !words[1] || words[2] || strcmp(words[0], words[1]) == 0))
        rc = nai_err_set(err, NAI_EUSAGE, "'%.100s' is not two fields A,B", job->names);
    if (rc == NAI_OK)
        rc = nai_pick_fields(&pick, &n, in->h, words, NULL, in->name, err);
    if (rc == NAI_OK && (n != 2 || pick[0].section != pick[1].section))
        rc = nai_err_set(err, NAI_EINPUT, "%s: '%.100s' are not two fields of the same rows",
                         in->name, job->names);
    for (size_t k = 0; rc == NAI_OK && k < 2; k++) {
        t->pick[k] = pick[k];
        t->dim[k] = in->h->section[pick[k].section].field[pick[k].field].count;
    }
    if (rc == NAI_OK && job->shuffles && t->dim[0] != t->dim[1])
        rc = nai_err_set(err, NAI_EINPUT, "%s: repeats of %zu and %zu features", in->name,
                         t->dim[0], t->dim[1]);
    if (rc == NAI_OK)
        snprintf(t->name, sizeof t->name, "%.100s%s%.100s", t->pick[0].name,
                 job->shuffles ? "+" : "*", t->pick[1].name);
    free(pick);
    nai_words_free(words);
    return rc;
}

/* Add a batch's rows behind those held (keep), or in their place. */
static int two_take(struct two *t, const struct nts_section *sec, const struct nts_batch *b,
                    bool keep, bool skip_nan, struct nai_err *err)
{
    const struct nts_field *const f[2] = {&sec->field[t->pick[0].field],
                                          &sec->field[t->pick[1].field]};

    if (!keep)
        t->rows = 0;
    if (t->rows + b->rows > t->cap) {
        const size_t cap = keep && 2 * t->cap > t->rows + b->rows ? 2 * t->cap : t->rows + b->rows;
        for (size_t k = 0; k < 2; k++) {
            double *const grown =
                nai_alloc(cap, t->dim[k] * sizeof *grown, "both repeats in memory", err);
            if (!grown)
                return NAI_ESYSTEM;
            if (t->rows)
                memcpy(grown, t->v[k], t->rows * t->dim[k] * sizeof *grown);
            nai_free(t->v[k]);
            t->v[k] = grown;
        }
        t->cap = cap;
    }
    for (size_t i = 0; i < b->rows; i++) {
        if (skip_nan && !(nai_row_finite(f[0], b->data[t->pick[0].field], i) &&
                          nai_row_finite(f[1], b->data[t->pick[1].field], i))) {
            t->skipped++;
            continue;
        }
        for (size_t k = 0; k < 2; k++)
            nai_to_f64(t->v[k] + t->rows * t->dim[k],
                       (const char *)b->data[t->pick[k].field] + i * f[k]->width, f[k]->dtype,
                       t->dim[k]);
        t->rows++;
    }
    return NAI_OK;
}

/* Subtract the mean over all presentations of both repeats. */
static int centre(struct two *t, struct nai_err *err)
{
    const size_t dim = t->dim[0], n = t->rows;
    double *const mean = nai_alloc(dim, sizeof *mean, "means", err);

    if (!mean)
        return NAI_ESYSTEM;
    /* Twice: what the first pass leaves by rounding, the second takes away. */
    for (int pass = 0; pass < 2; pass++) {
        memset(mean, 0, dim * sizeof *mean);
        for (size_t k = 0; k < 2; k++)
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < dim; j++)
                    mean[j] += t->v[k][i * dim + j];
        for (size_t k = 0; k < 2; k++)
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < dim; j++)
                    t->v[k][i * dim + j] -= mean[j] / (double)(2 * n);
    }
    nai_free(mean);
    return NAI_OK;
}

static void say_skipped(const struct nai_cli *cli, const struct nai_in *in, const struct two *t)
{
    if (t->skipped)
        nai_warn(cli, "%s: %" PRIu64 " rows with NaN or infinity left out", in->name, t->skipped);
}

/* The spectrum's frame, and its entries divided by their sum. */
static int finish(struct nai_spectrum *s, const char *name, const char *method, uint64_t n,
                  size_t dim, struct nai_err *err)
{
    double sum = 0, squares = 0;

    for (size_t i = s->len; i-- > 0;)
        sum += s->lambda[i];
    if (!(sum > 0))
        return nai_err_set(err, NAI_ENUMERIC, "the two repeats share no variance: <R1, R2> is %g",
                           sum);
    for (size_t i = 0; i < s->len; i++) {
        s->lambda[i] /= sum;
        squares += s->lambda[i] * s->lambda[i];
    }
    s->dim = dim;
    s->n = n;
    s->rank = s->len;
    s->trace = 1;
    s->sumsq = squares;
    snprintf(s->name, sizeof s->name, "%s", name);
    snprintf(s->scaling, sizeof s->scaling, "cvpca");
    snprintf(s->method, sizeof s->method, "%s", method);
    return NAI_OK;
}

int nai_repeats_spectrum(struct nai_spectrum *s, struct nai_cli *cli, struct nai_in *in,
                         const struct nai_repeats *job, struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event ev;
    struct two t;
    int rc = two_open(&t, in, job, err);

    while (rc == NAI_OK && (ev = nts_read(in->r, &b, err)) != NTS_END) {
        const struct nts_section *const sec = &nts_reader_header(in->r)->section[b.section];
        if (ev == NTS_FAILED)
            rc = err->code;
        else if (b.section == t.pick[0].section)
            rc = two_take(&t, sec, &b, true, job->skip_nan, err);
    }
    if (rc == NAI_OK && t.rows < 2)
        rc = nai_err_set(err, NAI_EINPUT, "%s: cvPCA needs at least 2 stimuli, not %zu", in->name,
                         t.rows);
    if (rc == NAI_OK && !job->uncentred)
        rc = centre(&t, err);
    if (rc == NAI_OK) {
        s->len = t.rows < t.dim[0] ? t.rows : t.dim[0];
        s->lambda = nai_alloc(s->len, sizeof *s->lambda, "a spectrum", err);
        rc = s->lambda ? nai_cvpca(s->lambda, t.v[0], t.v[1], t.rows, t.dim[0],
                                   (unsigned)job->shuffles, cli->seed, err)
                       : NAI_ESYSTEM;
        if (rc == NAI_OK)
            rc = finish(s, t.name, "rows", t.rows, t.dim[0], err);
        if (rc != NAI_OK)
            nai_err_prefix(err, in->name);
    }
    if (rc == NAI_OK)
        say_skipped(cli, in, &t);
    two_free(&t);
    return rc;
}

/* ---- one pass ---- */

struct passing {
    struct nai_pair *pair;
    struct nai_cross *cross;
    struct nai_pair_moments p;
    struct nai_cross_moments c;
};

static int pass(struct passing *x, struct nai_cli *cli, struct nai_in *in, struct two *t,
                const struct nai_repeats *job, struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event ev;
    int rc = job->shuffles
                 ? nai_pair_new(&x->pair, t->dim[0], (unsigned)job->shuffles, cli->seed, err)
                 : nai_cross_new(&x->cross, t->dim[0], NAI_F64, t->dim[1], NAI_F64, err);

    while (rc == NAI_OK && (ev = nts_read(in->r, &b, err)) != NTS_END) {
        const struct nts_section *const sec = &nts_reader_header(in->r)->section[b.section];
        if (ev == NTS_FAILED) {
            rc = err->code;
        } else if (b.section == t->pick[0].section) {
            rc = two_take(t, sec, &b, false, job->skip_nan, err);
            if (rc == NAI_OK && t->rows)
                rc = x->pair ? nai_pair_push(x->pair, t->v[0], t->v[1], t->rows, err)
                             : nai_cross_push(x->cross, t->v[0], t->v[1], t->rows, err);
            if (rc != NAI_OK)
                nai_err_prefix(err, in->name);
            nai_progress(cli, b.first + b.rows, sec->rows > 0 ? (uint64_t)sec->rows : 0);
        }
    }
    if (rc == NAI_OK)
        rc =
            x->pair ? nai_pair_finish(x->pair, &x->p, err) : nai_cross_finish(x->cross, &x->c, err);
    if (rc == NAI_OK && (x->pair ? x->p.n : x->c.n) < 2 + job->ddof)
        rc = nai_err_set(err, NAI_EINPUT, "%s: a covariance needs at least %zu rows", in->name,
                         2 + job->ddof);
    return rc;
}

/* Name, rows and columns of what goes out. */
struct piece {
    const char *suffix, *field;
    size_t rows, cols;
    const double *v;
};

static int write_pieces(struct nai_cli *cli, struct nai_in *in, const struct two *t,
                        const char *group, json_t *about, const struct piece *piece, size_t n,
                        struct nai_err *err)
{
    struct nts_header *const h = nts_header_new("moments");
    struct nai_out out = {.sink.fd = -1};
    char name[NTS_MAX_NAME + 16];
    int rc = h ? nai_meta_set(h, group, t->name, about, err)
               : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t i = 0; rc == NAI_OK && i < n; i++) {
        snprintf(name, sizeof name, "%s%s", t->name, piece[i].suffix);
        if (nai_array_declare(h, name, piece[i].rows, piece[i].field, piece[i].cols) < 0)
            rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    if (rc == NAI_OK)
        rc = nai_out_open(cli, &out, h, in, 1, err);
    for (size_t i = 0; rc == NAI_OK && i < n; i++)
        rc = nts_write(out.w, i, piece[i].rows, (const void *[]){piece[i].v}, err);
    if (rc == NAI_OK)
        rc = nai_out_input(&out, in, err);
    nts_header_free(h);
    return nai_out_close(cli, &out, rc, err);
}

static int write_passed(struct nai_cli *cli, struct nai_in *in, const struct two *t,
                        const struct nai_repeats *job, struct passing *x, struct nai_err *err)
{
    const size_t a = t->dim[0], b = t->dim[1];

    if (x->pair) {
        const struct piece piece[] = {{".s", "second", a, a, x->p.s},
                                      {".c1", "second", a * x->p.shuffles, a, x->p.c1},
                                      {".mean1", "mean", 1, a, x->p.mean1},
                                      {".mean2", "mean", 1, a, x->p.mean2}};
        return write_pieces(cli, in, t, "pairs",
                            json_pack("{sI,sI,si,sI}", "n", (json_int_t)x->p.n, "dim",
                                      (json_int_t)a, "shuffles", (int)x->p.shuffles, "seed",
                                      (json_int_t)cli->seed),
                            piece, 4, err);
    }
    for (size_t i = 0; i < a * b; i++)
        x->c.m[i] /= (double)(x->c.n - job->ddof);
    {
        const struct piece piece[] = {{"", "cross", a, b, x->c.m},
                                      {".mean_a", "mean", 1, a, x->c.mean_a},
                                      {".mean_b", "mean", 1, b, x->c.mean_b}};
        return write_pieces(cli, in, t, "cross",
                            json_pack("{sI,sI,sI,sI}", "n", (json_int_t)x->c.n, "dim_a",
                                      (json_int_t)a, "dim_b", (json_int_t)b, "ddof",
                                      (json_int_t)job->ddof),
                            piece, 3, err);
    }
}

int nai_repeats_moments(struct nai_cli *cli, struct nai_in *in, const struct nai_repeats *job,
                        struct nai_err *err)
{
    struct passing x = {0};
    struct two t;
    int rc = two_open(&t, in, job, err);

    if (rc == NAI_OK)
        rc = pass(&x, cli, in, &t, job, err);
    if (rc == NAI_OK) {
        say_skipped(cli, in, &t);
        rc = write_passed(cli, in, &t, job, &x, err);
    }
    nai_pair_free(x.pair);
    nai_cross_free(x.cross);
    nai_pair_moments_free(&x.p);
    nai_cross_moments_free(&x.c);
    two_free(&t);
    return rc;
}

int nai_repeats_from_pair(struct nai_spectrum *s, const struct nai_arrays *all, const char *name,
                          struct nai_err *err)
{
    const json_t *const o = nai_meta_get(all->h, "pairs", name);
    const json_int_t n = json_integer_value(json_object_get(o, "n"));
    const json_int_t shuffles = json_integer_value(json_object_get(o, "shuffles"));
    struct nai_pair_moments p = {.n = (uint64_t)n, .shuffles = (unsigned)shuffles};
    const struct nai_array *second, *c1;
    char full[NTS_MAX_NAME + 16];

    snprintf(full, sizeof full, "%s.s", name);
    second = nai_arrays_find(all, full, "second");
    snprintf(full, sizeof full, "%s.c1", name);
    c1 = nai_arrays_find(all, full, "second");
    if (!second || !c1 || n < 2 || shuffles < 1 || second->rows != second->cols ||
        c1->cols != second->cols || c1->rows / (size_t)shuffles != c1->cols)
        return nai_err_set(err, NAI_EINPUT, "pair '%.100s': matrices are missing or do not fit",
                           name);
    p.dim = second->cols;
    p.s = second->v;
    p.c1 = c1->v;
    s->len = p.n < p.dim ? (size_t)p.n : p.dim;
    s->lambda = nai_alloc(s->len, sizeof *s->lambda, "a spectrum", err);
    if (!s->lambda)
        return NAI_ESYSTEM;
    if (nai_cvpca_pair(s->lambda, &p, err) != NAI_OK)
        return err->code;
    return finish(s, name, "pair", p.n, p.dim, err);
}
