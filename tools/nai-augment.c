/* nai-augment.c - m augmented views of every image, epoch after epoch
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "mem.h"
#include "view_make.h"

/* The strengths: options of the recipe's own names. */
static const char *const strengths[] = {
    "scale", "ratio", "flip", "jitter",     "brightness",  "contrast", "saturation",
    "hue",   "gray",  "blur", "blur-sigma", "blur-kernel", "solarize", "threshold"};

enum { STRENGTHS = sizeof strengths / sizeof *strengths };

static const char example[] =
    "d=/usr/share/datasets/fashion-mnist\n"
    "  nai-import idx $d/t10k-images-idx3-ubyte.gz $d/t10k-labels-idx1-ubyte.gz |\n"
    "      nai-augment --views 4 --preview views.png -o views.nts";

struct config {
    int preset, order, dtype;
    size_t crop, epochs, first_epoch, eval, batch_hint;
    bool shuffle;
    const char *views, *strength[STRENGTHS], *mean, *std, *params, *replay, *preview;
};

/* Everything that is open or held. */
struct job {
    struct nai_cli *cli;
    const struct config *cfg;
    struct nai_in in[2]; /* the data set; what is replayed */
    struct nai_out out, params;
    struct nai_sink picture;
    struct nai_view_input input;
    struct nai_recipe recipe;
    struct nai_view_held held;
    struct nai_replay replay;
    struct nai_preview preview;
    struct nai_view_make make;
    uint64_t total; /* rows to come out, 0: not known */
};

static int make_recipe(struct job *j, struct nai_err *err)
{
    const struct config *const cfg = j->cfg;
    struct nai_recipe *const r = &j->recipe;
    char clean[32];
    int st;

    snprintf(clean, sizeof clean, "%zu", cfg->eval);
    st = nai_recipe_make(r, (enum nai_view_preset)cfg->preset, j->input.channels, j->input.h,
                         j->input.w, cfg->crop, cfg->eval ? clean : cfg->views, err);
    for (size_t k = 0; st == NAI_OK && k < STRENGTHS; k++)
        if (cfg->strength[k])
            st = nai_recipe_set(r, strengths[k], cfg->strength[k], err);
    r->clean = cfg->eval > 0;
    r->fixed_order = cfg->order == 1;
    if (st == NAI_OK)
        st = nai_recipe_check(r, err);
    if (st == NAI_OK)
        st = nai_recipe_norm(r, cfg->mean, cfg->std, j->in[0].h->meta, err);
    if (st == NAI_OK && strcmp(r->norm_from, "assumed") == 0)
        nai_note(j->cli,
                 "mean and std of the values taken as 127.5: neither %s nor the preset "
                 "says (see --mean)",
                 j->in[0].name);
    return st;
}

/* A record of whole batches, or one that divides a batch. */
static size_t record_bytes(size_t batch, size_t row)
{
    const size_t fit = (1 << 20) / row > 0 ? (1 << 20) / row : 1;
    size_t n = fit >= batch ? fit / batch * batch : fit;

    while (n < batch && batch % n)
        n--;
    return n * row;
}

static int open_views(struct job *j, struct nai_err *err)
{
    const struct config *const cfg = j->cfg;
    struct nts_header *h = NULL;
    int st =
        nai_view_header(&h, j->in[0].h, &j->input, &j->recipe, cfg->dtype == 1, j->in[0].name, err);

    if (st == NAI_OK) {
        json_t *const a = json_object_get(h->meta, "augment");
        json_object_set_new(a, "shuffle", json_boolean(cfg->shuffle));
        json_object_set_new(a, "first_epoch", json_integer((json_int_t)cfg->first_epoch));
        json_object_set_new(h->meta, "epochs", json_integer((json_int_t)cfg->epochs));
        if (cfg->batch_hint)
            json_object_set_new(h->meta, "batch_hint", json_integer((json_int_t)cfg->batch_hint));
        if (j->held.rows) {
            json_object_set_new(h->meta, "images", json_integer((json_int_t)j->held.rows));
            h->section->rows = (int64_t)j->total;
        }
        if (cfg->batch_hint)
            j->cli->chunk = record_bytes(cfg->batch_hint, h->section->row_bytes);
        st = nai_out_open(j->cli, &j->out, h, j->in, cfg->replay ? 2 : 1, err);
    }
    nts_header_free(h);
    return st;
}

/* The files beside the stream of views. */
static int open_others(struct job *j, struct nai_err *err)
{
    const struct config *const cfg = j->cfg;
    struct nai_cli cli = *j->cli;
    struct nts_header *h = NULL;
    int st = NAI_OK;

    cli.chunk = 0;
    cli.output = cfg->params;
    if (cfg->params)
        st = nai_draws_header(&h, &j->input, &j->recipe, err);
    if (st == NAI_OK && cfg->params)
        st = nai_out_open(&cli, &j->params, h, j->in, 1, err);
    nts_header_free(h);
    if (st == NAI_OK && cfg->replay)
        st = nai_in_open(j->cli, &j->in[1], cfg->replay, err);
    if (st == NAI_OK && cfg->replay)
        st = nai_replay_start(&j->replay, j->in[1].r, j->in[1].name, &j->input, &j->recipe, err);
    if (st == NAI_OK && cfg->preview)
        st = nai_sink_open(&j->picture, cfg->preview, true, err);
    if (st == NAI_OK && cfg->preview)
        st = nai_preview_open(&j->preview, j->picture.fd, cfg->preview, &j->recipe, cfg->dtype == 1,
                              err);
    return st;
}

static int start(struct job *j, struct nai_err *err)
{
    const struct config *const cfg = j->cfg;

    j->make = (struct nai_view_make){.input = &j->input,
                                     .recipe = &j->recipe,
                                     .section = j->in[0].h->section,
                                     .seed = j->cli->seed,
                                     .out = j->out.w,
                                     .params = j->params.w,
                                     .replay = cfg->replay ? &j->replay : NULL,
                                     .preview = cfg->preview ? &j->preview : NULL};
    return nai_view_make_new(&j->make, cfg->dtype == 1, cfg->params != NULL, j->cli->threads, err);
}

/* Every batch, to be held or made views of. */
static int read_all(struct job *j, bool hold, struct nai_err *err)
{
    const uint32_t epoch = (uint32_t)j->cfg->first_epoch;
    struct nts_batch b;
    enum nts_event ev;
    int st = NAI_OK;

    while (st == NAI_OK && (ev = nts_read(j->in[0].r, &b, err)) != NTS_END) {
        if (ev == NTS_FAILED)
            return err->code;
        st = hold ? nai_view_held_add(&j->held, j->in[0].h->section, &b, err)
                  : nai_view_make_rows(&j->make, b.data, b.first, epoch, b.rows, err);
        if (!hold)
            nai_progress(j->cli, b.first + b.rows, j->total);
    }
    if (st == NAI_OK && nts_reader_rows(j->in[0].r, 0) == 0)
        st = nai_err_set(err, NAI_EINPUT, "%s: holds no images", j->in[0].name);
    return st;
}

/* One epoch of what is held, in this order or, without one, as it came. */
static int make_epoch(struct job *j, size_t e, uint64_t *order, struct nai_err *err)
{
    const uint32_t epoch = (uint32_t)(j->cfg->first_epoch + e);
    const struct nts_section *const s = j->in[0].h->section;
    const void *at[NTS_MAX_FIELDS];
    const size_t n = j->held.rows;
    int st = NAI_OK;

    if (order)
        nai_view_held_order(order, n, j->cli->seed, epoch);
    for (size_t i = 0, k; i < n && st == NAI_OK; i += k) {
        k = n - i < j->make.chunk ? n - i : j->make.chunk;
        for (size_t f = 0; f < s->nfields; f++)
            at[f] = j->held.column[f] + i * s->field[f].width;
        st = order ? nai_view_make_picked(&j->make, &j->held, order + i, epoch, k, err)
                   : nai_view_make_rows(&j->make, at, i, epoch, k, err);
        nai_progress(j->cli, e * n + i + k, j->total);
    }
    return st;
}

static int make_epochs(struct job *j, struct nai_err *err)
{
    const bool shuffle = j->cfg->shuffle;
    uint64_t *const order =
        shuffle ? nai_alloc(j->held.rows, sizeof *order, "the order of rows", err) : NULL;
    int st = shuffle && !order ? NAI_ESYSTEM : NAI_OK;

    for (size_t e = 0; e < j->cfg->epochs && st == NAI_OK; e++)
        st = make_epoch(j, e, order, err);
    nai_free(order);
    return st;
}

/* Complete what is open, or leave nothing of it. */
static int finish(struct job *j, int st, struct nai_err *err)
{
    if (st == NAI_OK && j->cfg->replay)
        st = nai_replay_end(&j->replay, err);
    if (st == NAI_OK)
        st = nai_out_input(&j->out, &j->in[0], err);
    if (st == NAI_OK && j->cfg->replay)
        st = nai_out_input(&j->out, &j->in[1], err);
    if (st == NAI_OK && j->cfg->params)
        st = nai_out_input(&j->params, &j->in[0], err);
    if (st == NAI_OK && j->cfg->preview)
        st = nai_preview_finish(&j->preview, err);
    nai_preview_close(&j->preview);
    nai_view_make_free(&j->make);
    nai_view_held_free(&j->held);
    st = nai_out_close(j->cli, &j->out, st, err);
    st = nai_out_close(j->cli, &j->params, st, err);
    if (j->picture.fd >= 0)
        st = nai_sink_close(&j->picture, st, err);
    nai_in_close(&j->in[1]);
    nai_in_close(&j->in[0]);
    return st;
}

static int run(struct nai_cli *cli, const struct config *cfg, struct nai_err *err)
{
    const bool hold = cfg->epochs > 1 || cfg->shuffle;
    struct job j = {.cli = cli,
                    .cfg = cfg,
                    .in[1].fd = -1,
                    .out.sink.fd = -1,
                    .params.sink.fd = -1,
                    .picture.fd = -1};
    char size[32];
    int st = nai_in_open(cli, &j.in[0], nai_file(cli, 0), err);

    if (st == NAI_OK)
        st = nai_view_input_find(&j.input, j.in[0].h, j.in[0].name, err);
    if (st == NAI_OK)
        st = make_recipe(&j, err);
    if (st == NAI_OK && hold)
        st = read_all(&j, true, err);
    if (st == NAI_OK && j.in[0].h->section->rows > 0)
        j.total = (uint64_t)j.in[0].h->section->rows;
    if (hold)
        j.total = j.held.rows * cfg->epochs;
    if (hold && st == NAI_OK)
        nai_note(cli, "%zu images held, %s", j.held.rows,
                 nai_size_text(size, (double)j.held.rows * (double)j.held.section->row_bytes));
    if (st == NAI_OK)
        st = open_others(&j, err);
    if (st == NAI_OK)
        st = open_views(&j, err);
    if (st == NAI_OK)
        st = start(&j, err);
    if (st == NAI_OK)
        st = hold ? make_epochs(&j, err) : read_all(&j, false, err);
    return finish(&j, st, err);
}

/* What one option forbids another. */
static void check(const struct nai_cli *cli, const struct config *cfg)
{
    const char *const out[] = {cli->output, cfg->params, cfg->preview}, *const in =
                                                                            nai_file(cli, 0);

    if (cli->nfiles > 1)
        nai_usage(cli, "one FILE at a time; join them with nai-cat");
    if (cfg->eval && cfg->shuffle)
        nai_usage(cli, "--eval keeps the order: no --shuffle");
    if (cfg->eval && cfg->views)
        nai_usage(cli, "--eval says how many views: no --views");
    if ((cfg->params && strcmp(cfg->params, "-") == 0) ||
        (cfg->preview && strcmp(cfg->preview, "-") == 0))
        nai_usage(cli, "--params and --preview go to files");
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < i; k++)
            if (out[i] && out[k] && strcmp(out[i], out[k]) == 0)
                nai_usage(cli, "'%s' cannot hold two outputs", out[i]);
    if (cfg->replay && strcmp(cfg->replay, "-") == 0 && (!in || strcmp(in, "-") == 0))
        nai_usage(cli, "images and --replay cannot both come from standard input");
}

int main(int argc, char **argv)
{
    struct config cfg = {.epochs = 1};
    const char **const s = cfg.strength;
    const struct nai_opt opts[] = {
        {"views", 'm', NAI_LIST, &cfg.views, 0, 0, "M[@SIZE],...",
         "views an image, of several sizes too [2]"},
        {"preset", 'p', NAI_CHOICE, &cfg.preset, 0, 0, NAI_VIEW_PRESETS,
         "sizes and strengths by name [auto: gray or cifar, by channels]"},
        {"epochs", 'e', NAI_SIZE, &cfg.epochs, 1, 1e6, "E", "times through the images [1]"},
        {"first-epoch", 0, NAI_SIZE, &cfg.first_epoch, 0, 15e6, "E", "number of the first [0]"},
        {"shuffle", 0, NAI_FLAG, &cfg.shuffle, 0, 0, NULL, "another order each epoch"},
        {"eval", 0, NAI_SIZE, &cfg.eval, 1, NAI_VIEWS_MAX, "M", "test patches: a clean view first"},
        {"crop", 'c', NAI_SIZE, &cfg.crop, 1, NAI_VIEW_SIDE, "PIXELS", "side of a view [preset's]"},
        {"scale", 0, NAI_LIST, s, 0, 0, "LO:HI,...", "share of the area cropped [preset's]"},
        {"ratio", 0, NAI_LIST, s + 1, 0, 0, "LO:HI,...", "width over height [0.75:1.3333]"},
        {"flip", 0, NAI_LIST, s + 2, 0, 0, "P,...", "probability of a mirrored view [0.5]"},
        {"jitter", 0, NAI_LIST, s + 3, 0, 0, "P,...", "probability of colour jitter [0.8]"},
        {"brightness", 0, NAI_LIST, s + 4, 0, 0, "S,...", "its strength [0.4]"},
        {"contrast", 0, NAI_LIST, s + 5, 0, 0, "S,...", "its strength [0.4]"},
        {"saturation", 0, NAI_LIST, s + 6, 0, 0, "S,...", "its strength [preset's]"},
        {"hue", 0, NAI_LIST, s + 7, 0, 0, "S,...", "its strength, in turns [0.1; gray: 0]"},
        {"order", 0, NAI_CHOICE, &cfg.order, 0, 0, "random|fixed", "of those four [random]"},
        {"gray", 0, NAI_LIST, s + 8, 0, 0, "P,...", "probability of a grey view [preset's]"},
        {"blur", 0, NAI_LIST, s + 9, 0, 0, "P,...", "probability of a blur [0; imagenet: 1,0.1]"},
        {"blur-sigma", 0, NAI_LIST, s + 10, 0, 0, "LO:HI,...", "its width in pixels [0.1:2]"},
        {"blur-kernel", 0, NAI_LIST, s + 11, 0, 0, "N,...", "its taps, odd [a tenth of the view]"},
        {"solarize", 0, NAI_LIST, s + 12, 0, 0, "P,...", "its probability [0; imagenet: 0,0.2]"},
        {"threshold", 0, NAI_LIST, s + 13, 0, 0, "V,...", "invert from this value on [128]"},
        {"mean", 0, NAI_LIST, &cfg.mean, 0, 0, "R,G,B", "of the values [data set's, preset's]"},
        {"std", 0, NAI_LIST, &cfg.std, 0, 0, "R,G,B", "of the values [data set's, preset's]"},
        {"dtype", 0, NAI_CHOICE, &cfg.dtype, 0, 0, "u8|f32", "f32: (x - mean) / std [u8]"},
        {"batch-hint", 0, NAI_SIZE, &cfg.batch_hint, 1, 1e7, "N", "rows that are used together"},
        {"params", 0, NAI_TEXT, &cfg.params, 0, 0, "FILE", "also write what was drawn"},
        {"replay", 0, NAI_TEXT, &cfg.replay, 0, 0, "FILE", "use what --params wrote; draw nothing"},
        {"preview", 0, NAI_TEXT, &cfg.preview, 0, 0, "FILE", "also a PNG of the first views"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-augment",
        .synopsis = "[OPTION]... [FILE]",
        .summary = "make augmented views of images, epoch after epoch",
        .example = example,
        .uses = NAI_USES_STREAM_OUT | NAI_USES_SEED | NAI_USES_THREADS | NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;

    nai_cli_parse(&cli, &tool, argc, argv);
    check(&cli, &cfg);
    if (!cfg.views)
        cfg.views = "2";
    cli.seed_used = !cfg.replay;
    return nai_cli_exit(&cli, run(&cli, &cfg, &err), &err);
}
