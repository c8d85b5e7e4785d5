/* nai-cat.c - join, slice, sample, shard, shuffle, select and rename
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "mem.h"
#include "rng.h"

struct config {
    size_t slice[2];
    double fraction;
    const char *shard, *select, *rename;
    bool shuffle;
    size_t shard_i, shard_n;
};

/* Which of the input's sections and fields go out, and where. */
struct plan {
    struct nts_header *h;
    size_t *section; /* section[in] = 1 + index out, or 0 */
    size_t **field;  /* field[out][k] = index in */
    uint64_t *row;   /* row[in]: rows seen */
    char **held;     /* with --shuffle: field k of the one section, all rows */
    size_t nheld, cap;
};

static void plan_free(struct plan *p)
{
    for (size_t s = 0; p->h && p->field && s < p->h->nsections; s++)
        free(p->field[s]);
    for (size_t k = 0; p->held && k < p->h->section[0].nfields; k++)
        nai_free(p->held[k]);
    free(p->held);
    free(p->field);
    free(p->section);
    free(p->row);
    nts_header_free(p->h);
    *p = (struct plan){0};
}

static bool picks_rows(const struct config *cfg)
{
    return cfg->slice[0] > 0 || cfg->slice[1] < SIZE_MAX || cfg->fraction < 1 || cfg->shard ||
           cfg->shuffle;
}

static bool listed(char *const *words, const char *name)
{
    for (; words && *words; words++)
        if (strcmp(*words, name) == 0)
            return true;
    return false;
}

/* The new name of a field or section: --rename A=B,C=D. */
static void rename_one(char **name, char *const *pairs)
{
    const size_t n = strlen(*name);

    for (; pairs && *pairs; pairs++)
        if (strncmp(*pairs, *name, n) == 0 && (*pairs)[n] == '=') {
            char *const copy = strdup(*pairs + n + 1);
            if (copy) {
                free(*name);
                *name = copy;
            }
            return;
        }
}

/* Every word of --select or left side of --rename must name something. */
static int check_words(const struct nts_header *h, char *const *words, bool pairs,
                       struct nai_err *err)
{
    for (; words && *words; words++) {
        char *const name = strndup(*words, pairs ? strcspn(*words, "=") : strlen(*words));
        bool found = false;
        for (size_t s = 0; name && s < h->nsections; s++)
            found |=
                strcmp(h->section[s].name, name) == 0 || nts_find_field(&h->section[s], name) >= 0;
        free(name);
        if (!found || (pairs && !strchr(*words, '=')))
            return nai_err_set(err, NAI_EUSAGE, "--%s: '%.100s' names no field or section",
                               pairs ? "rename" : "select", *words);
        if (pairs && !nts_name_valid(strchr(*words, '=') + 1))
            return nai_err_set(err, NAI_EUSAGE,
                               "--rename: '%.100s': a name is 1 to %d bytes of UTF-8 without "
                               "control characters",
                               *words, NTS_MAX_NAME);
    }
    return NAI_OK;
}

static int select_fields(struct plan *p, const struct nts_header *in, char *const *select,
                         struct nai_err *err)
{
    for (size_t s = 0; s < in->nsections; s++) {
        const struct nts_section *const sec = &in->section[s];
        const bool whole = !select || listed(select, sec->name);
        size_t *map;
        int out = -1;
        for (size_t f = 0; f < sec->nfields || (whole && f == 0); f++) {
            if (!whole && !listed(select, sec->field[f].name))
                continue;
            if (out < 0) {
                out = nts_header_section(p->h, sec->name, sec->rows);
                map = calloc(sec->nfields + 1, sizeof *map);
                if (out < 0 || !map)
                    return nai_err_set(err, NAI_ESYSTEM, "out of memory");
                p->field[out] = map;
                p->section[s] = (size_t)out + 1;
            }
            if (f >= sec->nfields)
                break;
            map[p->h->section[out].nfields] = f;
            if (nts_header_field(p->h, out, sec->field[f].name, sec->field[f].dtype,
                                 sec->field[f].ndim, sec->field[f].shape) < 0)
                return nai_err_set(err, NAI_ESYSTEM, "out of memory");
            p->h->section[out].field[p->h->section[out].nfields - 1].extra =
                sec->field[f].extra ? json_deep_copy(sec->field[f].extra) : NULL;
        }
        if (out >= 0 && sec->extra)
            p->h->section[out].extra = json_deep_copy(sec->extra);
        if (out >= 0 && sec->tensor) {
            struct nts_section *const o = &p->h->section[out];
            o->tensor = true;
            o->tdim = sec->tdim;
            memcpy(o->tshape, sec->tshape, sizeof o->tshape);
        }
    }
    return NAI_OK;
}

static int names_differ(const struct nts_header *h, struct nai_err *err)
{
    for (size_t s = 0; s < h->nsections; s++) {
        if (nts_find_section(h, h->section[s].name) != (int)s)
            return nai_err_set(err, NAI_EUSAGE, "--rename: two sections '%s'", h->section[s].name);
        for (size_t f = 0; f < h->section[s].nfields; f++)
            if (nts_find_field(&h->section[s], h->section[s].field[f].name) != (int)f)
                return nai_err_set(err, NAI_EUSAGE, "--rename: two fields '%s'",
                                   h->section[s].field[f].name);
    }
    return NAI_OK;
}

static int make_plan(struct plan *p, const struct config *cfg, const struct nts_header *in,
                     struct nai_err *err)
{
    char **const select = cfg->select ? nai_words(cfg->select) : NULL;
    char **const rename = cfg->rename ? nai_words(cfg->rename) : NULL;
    const size_t n = in->nsections + 1;
    struct nts_header *const bare = nts_header_copy(in); /* for what lies around the sections */
    int rc = check_words(in, select, false, err);

    *p = (struct plan){.h = nts_header_new(in->kind),
                       .section = calloc(n, sizeof *p->section),
                       .field = calloc(n, sizeof *p->field),
                       .row = calloc(n, sizeof *p->row)};
    if (!p->h || !p->section || !p->field || !p->row || !bare)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (rc == NAI_OK)
        rc = check_words(in, rename, true, err);
    if (rc == NAI_OK)
        rc = select_fields(p, in, select, err);
    if (rc == NAI_OK) {
        p->h->meta = bare->meta;
        p->h->extra = bare->extra;
        bare->meta = bare->extra = NULL;
        for (size_t s = 0; s < p->h->nsections; s++) {
            if (!p->h->section[s].tensor) /* another stream may be joined to this one */
                p->h->section[s].rows = -1;
            rename_one(&p->h->section[s].name, rename);
            for (size_t f = 0; f < p->h->section[s].nfields; f++)
                rename_one(&p->h->section[s].field[f].name, rename);
        }
        rc = rename ? names_differ(p->h, err) : NAI_OK;
    }
    if (rc == NAI_OK && picks_rows(cfg) && (p->h->nsections != 1 || p->h->section[0].tensor))
        rc = nai_err_set(err, NAI_EUSAGE,
                         "rows can be picked from a stream of one section; this has %zu%s",
                         p->h->nsections, p->h->nsections == 1 ? " tensor" : "");
    nts_header_free(bare);
    nai_words_free(select);
    nai_words_free(rename);
    return rc;
}

static bool wanted(const struct nai_cli *cli, const struct config *cfg, uint64_t row)
{
    struct nai_rng rng;

    if (row < cfg->slice[0] || row >= cfg->slice[1])
        return false;
    if (cfg->shard && row % cfg->shard_n != cfg->shard_i - 1)
        return false;
    if (cfg->fraction >= 1)
        return true;
    nai_rng_init(&rng, cli->seed, "fraction", row);
    return nai_rng_uniform(&rng) < cfg->fraction;
}

static int hold(struct plan *p, size_t rows, const void *const *data, struct nai_err *err)
{
    const struct nts_section *const sec = &p->h->section[0];

    if (!p->held)
        p->held = calloc(sec->nfields + 1, sizeof *p->held);
    if (!p->held)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (p->nheld + rows > p->cap) {
        const size_t cap = 2 * p->cap > p->nheld + rows ? 2 * p->cap : p->nheld + rows + 1024;
        for (size_t k = 0; k < sec->nfields; k++) {
            char *const grown = nai_alloc(cap, sec->field[k].width, "--shuffle", err);
            if (!grown)
                return NAI_ESYSTEM;
            if (p->nheld)
                memcpy(grown, p->held[k], p->nheld * sec->field[k].width);
            nai_free(p->held[k]);
            p->held[k] = grown;
        }
        p->cap = cap;
    }
    for (size_t k = 0; k < sec->nfields; k++)
        memcpy(p->held[k] + p->nheld * sec->field[k].width, data[k], rows * sec->field[k].width);
    p->nheld += rows;
    return NAI_OK;
}

/* One batch: runs of wanted rows go out in one piece each. */
static int pass(struct nai_cli *cli, const struct config *cfg, struct plan *p, struct nai_out *out,
                const struct nts_batch *b, struct nai_err *err)
{
    const size_t to = p->section[b->section];
    const bool all = !picks_rows(cfg);
    const void *data[NTS_MAX_FIELDS];
    const struct nts_section *sec;
    int rc = NAI_OK;

    if (to == 0)
        return NAI_OK;
    sec = &p->h->section[to - 1];
    for (size_t i = 0, n; i < b->rows && rc == NAI_OK; i += n) {
        const uint64_t row = p->row[b->section] + i;
        const bool take = all || wanted(cli, cfg, row);
        for (n = all ? b->rows : 1; i + n < b->rows && wanted(cli, cfg, row + n) == take; n++)
            ;
        if (!take)
            continue;
        for (size_t k = 0; k < sec->nfields; k++)
            data[k] = (const char *)b->data[p->field[to - 1][k]] + i * sec->field[k].width;
        rc = cfg->shuffle ? hold(p, n, data, err) : nts_write(out->w, to - 1, n, data, err);
    }
    p->row[b->section] += b->rows;
    return rc;
}

/* Fisher-Yates on row numbers, then the rows in that order. */
static int write_shuffled(struct nai_cli *cli, struct plan *p, struct nai_out *out,
                          struct nai_err *err)
{
    const struct nts_section *const sec = &p->h->section[0];
    size_t *const order = nai_alloc(p->nheld + 1, sizeof *order, "--shuffle", err);
    const void *data[NTS_MAX_FIELDS];
    struct nai_rng rng;
    int rc = order ? NAI_OK : NAI_ESYSTEM;

    nai_rng_init(&rng, cli->seed, "shuffle", p->nheld);
    for (size_t i = 0; rc == NAI_OK && i < p->nheld; i++)
        order[i] = i;
    for (size_t i = p->nheld; rc == NAI_OK && i > 1; i--) {
        const size_t j = (size_t)nai_rng_below(&rng, i), t = order[i - 1];
        order[i - 1] = order[j];
        order[j] = t;
    }
    for (size_t i = 0; rc == NAI_OK && i < p->nheld; i++) {
        for (size_t k = 0; k < sec->nfields; k++)
            data[k] = p->held[k] + order[i] * sec->field[k].width;
        rc = nts_write(out->w, 0, 1, data, err);
    }
    nai_free(order);
    return rc;
}

/* One input to its end. A model that follows another starts a new stream of the output. */
static int copy(struct nai_cli *cli, const struct config *cfg, struct plan *p, struct nai_out *out,
                struct nai_in *in, struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event ev;
    int rc = NAI_OK;

    while (rc == NAI_OK && (ev = nts_read(in->r, &b, err)) != NTS_END) {
        if (ev == NTS_FAILED)
            return err->code;
        if (ev == NTS_NEXT)
            return nai_err_set(err, NAI_EUSAGE,
                               "%s: holds several models; join and split those with cat(1)",
                               in->name);
        rc = pass(cli, cfg, p, out, &b, err);
        nai_progress(cli, p->row[b.section],
                     in->h->section[b.section].rows > 0 ? (uint64_t)in->h->section[b.section].rows
                                                        : 0);
    }
    return rc == NAI_OK ? nai_out_input(out, in, err) : rc;
}

static int run(struct nai_cli *cli, const struct config *cfg, struct nai_err *err)
{
    const size_t n = cli->nfiles ? cli->nfiles : 1;
    struct nts_header *first = NULL;
    struct nai_out out = {.sink.fd = -1};
    struct plan plan = {0};
    int rc = NAI_OK;

    for (size_t i = 0; i < n && rc == NAI_OK; i++) {
        struct nai_in in;
        char why[300];
        rc = nai_in_open(cli, &in, nai_file(cli, i), err);
        if (rc == NAI_OK && i == 0) {
            rc = make_plan(&plan, cfg, in.h, err);
            first = nts_header_copy(in.h);
            if (rc == NAI_OK)
                rc = first ? nai_out_open(cli, &out, plan.h, &in, 1, err)
                           : nai_err_set(err, NAI_ESYSTEM, "out of memory");
        } else if (rc == NAI_OK && !nts_same_rows(first, in.h, why)) {
            rc = nai_err_set(err, NAI_EINPUT, "%s: does not continue %s: %s", in.name,
                             cli->files[0], why);
        } else if (rc == NAI_OK && strcmp(in.h->kind ? in.h->kind : "", "model") == 0) {
            rc = nai_err_set(err, NAI_EUSAGE, "models follow one another; join them with cat(1)");
        }
        if (rc == NAI_OK)
            rc = copy(cli, cfg, &plan, &out, &in, err);
        nai_in_close(&in);
    }
    if (rc == NAI_OK && cfg->shuffle)
        rc = write_shuffled(cli, &plan, &out, err);
    rc = nai_out_close(cli, &out, rc, err);
    plan_free(&plan);
    nts_header_free(first);
    return rc;
}

int main(int argc, char **argv)
{
    struct config cfg = {.slice = {0, SIZE_MAX}, .fraction = 1};
    const struct nai_opt opts[] = {
        {"slice", 0, NAI_RANGE, cfg.slice, 0, 0, "A:B", "rows A to B-1, from 0 [all]"},
        {"shard", 0, NAI_TEXT, &cfg.shard, 0, 0, "I/N", "every Nth row from the Ith, I from 1"},
        {"fraction", 0, NAI_REAL, &cfg.fraction, 0, 1, "F",
         "keep each row with probability F, by seed and row, order kept [1]"},
        {"shuffle", 0, NAI_FLAG, &cfg.shuffle, 0, 0, NULL,
         "put the rows in an order drawn from the seed; holds them in memory"},
        {"select", 0, NAI_LIST, &cfg.select, 0, 0, "NAME,...", "only these fields or sections"},
        {"rename", 0, NAI_LIST, &cfg.rename, 0, 0, "A=B,...", "give fields or sections new names"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-cat",
        .synopsis = "[OPTION]... [FILE]...",
        .summary = "join streams; slice, sample, shard, shuffle, select and rename",
        .example = "nai-cat --shard 1/8 --select x feats.nts | nai-cov -o part1.nts",
        .uses = NAI_USES_STREAM_OUT | NAI_USES_SEED | NAI_USES_THREADS | NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;

    nai_cli_parse(&cli, &tool, argc, argv);
    cli.seed_used = cfg.shuffle || cfg.fraction < 1;
    if (cfg.shard) {
        const size_t digits = strspn(cfg.shard, "0123456789");
        const char *const n = cfg.shard + digits + (cfg.shard[digits] == '/');
        cfg.shard_i = strtoul(cfg.shard, NULL, 10);
        cfg.shard_n = strtoul(n, NULL, 10);
        if (digits == 0 || digits > 9 || cfg.shard[digits] != '/' || n[0] == '\0' ||
            strspn(n, "0123456789") != strlen(n) || strlen(n) > 9 || cfg.shard_i < 1 ||
            cfg.shard_i > cfg.shard_n)
            nai_usage(&cli, "--shard: '%s' is not I/N with 1 <= I <= N", cfg.shard);
    }
    return nai_cli_exit(&cli, run(&cli, &cfg, &err), &err);
}
