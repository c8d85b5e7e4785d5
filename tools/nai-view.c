/* nai-view.c - what a stream holds, where it comes from, and whether it is whole
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdlib.h>

#include "cli.h"
#include "describe.h"

struct config {
    bool check, stats;
    size_t head;
};

/* What is gathered of one stream while it is read. */
struct gathered {
    struct nts_header *h; /* a copy: the reader's is replaced when a model follows */
    struct nai_stats **stats;
    json_t *head;
};

static void gathered_free(struct gathered *g)
{
    for (size_t s = 0; g->stats && s < g->h->nsections; s++)
        free(g->stats[s]);
    free(g->stats);
    json_decref(g->head);
    nts_header_free(g->h);
    *g = (struct gathered){0};
}

static int gathered_new(struct gathered *g, const struct config *cfg, const struct nts_header *h,
                        struct nai_err *err)
{
    bool ok;

    g->h = nts_header_copy(h);
    g->head = cfg->head ? json_object() : NULL;
    g->stats = cfg->stats ? calloc(h->nsections + 1, sizeof *g->stats) : NULL;
    ok = g->h && (g->head || !cfg->head) && (g->stats || !cfg->stats);
    for (size_t s = 0; ok && g->stats && s < h->nsections; s++) {
        g->stats[s] = calloc(h->section[s].nfields + 1, sizeof **g->stats);
        ok = g->stats[s] != NULL;
    }
    return ok ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
}

static void add(struct gathered *g, const struct config *cfg, const struct nts_batch *b)
{
    const struct nts_section *const sec = &g->h->section[b->section];

    if (g->stats)
        nai_stats_add(g->stats[b->section], sec, b);
    if (g->head) {
        json_t *rows = json_object_get(g->head, sec->name);
        if (!rows) {
            rows = json_array();
            json_object_set_new(g->head, sec->name, rows);
        }
        for (size_t i = 0; i < b->rows && json_array_size(rows) < cfg->head; i++)
            json_array_append_new(rows, nai_row_json(sec, b, i));
    }
}

static void show(FILE *f, const struct nai_cli *cli, const struct gathered *g,
                 const struct nai_in *in)
{
    const struct nai_view v = {
        .name = in->name,
        .h = g->h,
        .done = nts_reader_done(in->r),
        .stats = g->stats,
        .head = g->head,
        .records = nts_reader_records(in->r),
        .bytes = nts_reader_bytes(in->r),
    };

    if (cli->json)
        nai_view_json(f, &v);
    else
        nai_view_text(f, &v);
}

static int view_one(struct nai_cli *cli, const struct config *cfg, FILE *f, const char *path,
                    struct nai_err *err)
{
    struct gathered g = {0};
    struct nts_batch b;
    struct nai_in in;
    enum nts_event ev = NTS_NEXT;
    int rc = nai_in_open(cli, &in, path, err);

    while (rc == NAI_OK && ev != NTS_END) {
        if (!g.h)
            rc = gathered_new(&g, cfg, nts_reader_header(in.r), err);
        if (rc != NAI_OK)
            break;
        ev = nts_read(in.r, &b, err);
        if (ev == NTS_FAILED) {
            rc = err->code;
        } else if (ev == NTS_BATCH) {
            add(&g, cfg, &b);
            nai_progress(cli, b.first + b.rows, 0);
        } else {
            if (!cfg->check)
                show(f, cli, &g, &in);
            gathered_free(&g);
        }
    }
    gathered_free(&g);
    nai_in_close(&in);
    return rc;
}

int main(int argc, char **argv)
{
    struct config cfg = {0};
    const struct nai_opt opts[] = {
        {"check", 0, NAI_FLAG, &cfg.check, 0, 0, NULL,
         "verify all of it and print nothing; the exit status says"},
        {"stats", 0, NAI_FLAG, &cfg.stats, 0, 0, NULL, "min, max, mean and NaN count per field"},
        {"head", 0, NAI_SIZE, &cfg.head, 1, 1e6, "N", "also the first N rows"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-view",
        .synopsis = "[OPTION]... [FILE]...",
        .summary = "show what a stream holds and where it comes from, verifying all of it",
        .example = "nai-view --stats --head 3 feats.nts",
        .uses = NAI_USES_TEXT_OUT | NAI_USES_JSON | NAI_USES_THREADS | NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;
    char *text = NULL;
    size_t size = 0;
    int rc = NAI_OK;
    FILE *f;

    nai_cli_parse(&cli, &tool, argc, argv);
    f = open_memstream(&text, &size);
    if (!f)
        rc = nai_err_set(&err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; rc == NAI_OK && i < (cli.nfiles ? cli.nfiles : 1); i++)
        rc = view_one(&cli, &cfg, f, nai_file(&cli, i), &err);
    if (f && fclose(f) != 0 && rc == NAI_OK)
        rc = nai_err_set(&err, NAI_ESYSTEM, "out of memory");
    return nai_cli_exit(&cli, nai_print(&cli, rc, text, size, &err), &err);
}
