/* embed.c - everything up to the first row of an embedding, and after the last
 * SPDX-License-Identifier: MIT */
#include "embed.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "pixels.h"

enum { ROWS = 512 };                        /* samples in flight, unless that takes more than */
static const size_t most = (size_t)1 << 30; /* so much memory */

/* ---- pixels ---- */

/* "125.3,123,113.9": a value a channel, or one for all. */
static int pixel_list(double *out, size_t c, const char *list, const char *option,
                      struct nai_err *err)
{
    size_t n = 0;

    for (const char *p = list; n <= c; n++) {
        char *end;
        const double x = strtod(p, &end);
        if (end == p || (*end && *end != ',') || !isfinite(x) || (option[2] == 's' && !(x > 0)))
            return nai_err_set(err, NAI_EUSAGE, "%s: '%.60s' is not a list of %snumbers", option,
                               list, option[2] == 's' ? "positive " : "");
        if (n < c)
            out[n] = x;
        if (!*end) {
            n++;
            break;
        }
        p = end + 1;
    }
    for (size_t k = 1; n == 1 && k < c; k++)
        out[k] = out[0];
    return n == 1 || n == c ? NAI_OK
                            : nai_err_set(err, NAI_EUSAGE, "%s: not 1 or %zu values", option, c);
}

/* What is taken off the values: as asked, as the model says, as the data say. */
static int set_pixels(struct nai_embedder *e, struct nai_err *err)
{
    struct nai_input *const in = &e->input;
    bool said;
    int rc;

    if (in->normalised && e->o->mean)
        return nai_err_set(err, NAI_EUSAGE, "%s: normalised already: no --mean and --std",
                           in->name);
    if (in->normalised)
        return NAI_OK;
    if (e->o->mean) {
        rc = pixel_list(in->mean, in->c, e->o->mean, "--mean", err);
        return rc == NAI_OK ? pixel_list(in->std, in->c, e->o->std, "--std", err) : rc;
    }
    rc = nai_model_pixels(&said, in, &e->net[e->nnets - 1].weights, e->model.name, err);
    if (rc != NAI_OK || said || in->has_pixels || in->rows || in->group[0].dtype != NAI_U8)
        return rc;
    return nai_err_set(err, NAI_EUSAGE,
                       "%s: does not say which mean and standard deviation pixels are normalised "
                       "by: --mean and --std (0 to 255)",
                       e->model.name);
}

/* ---- layers ---- */

/* The names asked for, or the one of the backbone's output; free with nai_words_free. */
static char **layer_names(const struct nai_embedder *e)
{
    const char **all;
    char **copy;
    size_t n = 0;

    if (!e->o->layers || strcmp(e->o->layers, "all") != 0)
        return nai_words(e->o->layers ? e->o->layers : "backbone");
    all = nai_graph_layers(e->net[0].model->graph);
    while (all && all[n])
        n++;
    copy = all ? calloc(n + 1, sizeof *copy) : NULL;
    for (size_t k = 0; copy && k < n; k++)
        copy[k] = strdup(all[k]);
    free(all);
    return copy;
}

static int find_layer(int *node, const struct nai_embedder *e, size_t net, const char *name,
                      struct nai_err *err)
{
    const struct nai_graph *const g = e->net[net].model->graph;
    const char **names;
    char hint[320];

    *node = nai_graph_layer(g, name);
    if (*node >= 0)
        return NAI_OK;
    names = nai_graph_layers(g);
    nai_err_set(err, NAI_EUSAGE, "%s: no layer '%.60s'%s; --list-layers names them", e->model.name,
                name, names ? nai_did_you_mean(hint, name, names) : "");
    free(names);
    return err->code;
}

/* Fields of the output: "x" when there is one, else the layers, of several models LAYER@STEP. */
static int add_fields(struct nai_embedder *e, char *const *names, struct nai_err *err)
{
    size_t n = 0;

    while (names[n])
        n++;
    e->field = calloc(n * e->nnets + 1, sizeof *e->field);
    if (!e->field)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t m = 0; m < e->nnets; m++)
        for (size_t k = 0; k < n; k++) {
            struct nai_embed_field *const f = &e->field[e->nfields];
            const int rc = find_layer(&f->node, e, m, names[k], err);
            if (rc != NAI_OK)
                return rc;
            f->net = m;
            if (n * e->nnets == 1)
                snprintf(f->name, sizeof f->name, "x");
            else if (e->nnets == 1)
                snprintf(f->name, sizeof f->name, "%.200s", names[k]);
            else
                snprintf(f->name, sizeof f->name, "%.200s@%s", names[k], e->net[m].step);
            for (size_t j = 0; j < e->nfields; j++)
                if (strcmp(e->field[j].name, f->name) == 0)
                    return nai_err_set(err, NAI_EUSAGE, "%s: '%s' twice", e->model.name, f->name);
            e->nfields++;
        }
    return NAI_OK;
}

/* ---- memory ---- */

/* Runs of one network for every size of views, of `rows` rows. */
static int open_runs(struct nai_embedder *e, size_t m, size_t rows, struct nai_err *err)
{
    struct nai_embed_net *const net = &e->net[m];
    int *const keep = calloc(e->nfields, sizeof *keep);
    struct nai_run_opts o = {.mode = NAI_MODE_INFER, .keep = keep};
    int rc = keep ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t k = 0; rc == NAI_OK && k < e->nfields; k++)
        if (e->field[k].net == m) {
            keep[o.nkeep++] = e->field[k].node;
            o.last = e->field[k].node > o.last ? e->field[k].node : o.last;
        }
    for (size_t g = 0; rc == NAI_OK && g < e->input.ngroups; g++) {
        o.n = rows * e->input.group[g].views;
        o.h = e->input.group[g].h;
        o.w = e->input.group[g].w;
        rc = nai_run_open(&net->run[g], net->model, &o, err);
        if (rc == NAI_EUSAGE) { /* it is the data that do not fit */
            err->code = rc = NAI_EINPUT;
            nai_err_prefix(err, e->input.name);
        }
    }
    free(keep);
    return rc;
}

static size_t close_runs(struct nai_embedder *e)
{
    size_t bytes = 0;

    for (size_t m = 0; m < e->nnets; m++)
        for (size_t g = 0; g < NAI_INPUT_GROUPS; g++) {
            bytes += e->net[m].run[g] ? nai_run_bytes(e->net[m].run[g]) : 0;
            nai_run_close(e->net[m].run[g]);
            e->net[m].run[g] = NULL;
        }
    return bytes;
}

static int open_all(struct nai_embedder *e, size_t rows, struct nai_err *err)
{
    int rc = NAI_OK;

    e->rows = rows;
    for (size_t m = 0; rc == NAI_OK && m < e->nnets; m++)
        rc = open_runs(e, m, rows, err);
    return rc;
}

/* As many rows as asked, or ROWS samples, halved until they fit by the memory that one row takes:
 * memory is cleared when it is taken, so trying the large sizes would cost seconds. */
static int choose_rows(struct nai_embedder *e, struct nai_err *err)
{
    size_t rows = e->o->batch ? e->o->batch : ROWS / e->input.nviews;

    rows = rows ? rows : 1;
    if (!e->o->batch) {
        const int rc = open_all(e, 1, err);
        const size_t one = close_runs(e);
        if (rc != NAI_OK)
            return rc;
        while (rows > 1 && one > most / rows)
            rows /= 2;
    }
    for (;; rows /= 2) {
        const int rc = open_all(e, rows, err);
        if (rc != NAI_ESYSTEM || e->o->batch || rows == 1)
            return rc;
        close_runs(e);
    }
}

static int field_memory(struct nai_embedder *e, struct nai_err *err)
{
    const size_t out = e->o->each ? e->rows * e->input.nviews : e->rows;
    const size_t size = nai_dtype_size(e->o->dtype);
    size_t widest = 0, views = 0;

    for (size_t k = 0; k < e->nfields; k++) {
        struct nai_embed_field *const f = &e->field[k];
        f->width = nai_run_width(e->net[f->net].run[0], f->node, e->o->avg);
        for (size_t g = 1; g < e->input.ngroups; g++)
            if (nai_run_width(e->net[f->net].run[g], f->node, e->o->avg) != f->width)
                return nai_err_set(err, NAI_EUSAGE,
                                   "layer '%s' differs in width between sizes of views: --pool avg",
                                   f->name);
        widest = f->width > widest ? f->width : widest;
        f->rows = nai_alloc(out, f->width * size, "features", err);
        f->sum = nai_alloc(e->rows, f->width * sizeof *f->sum, "features", err);
        if (!f->rows || !f->sum)
            return NAI_ESYSTEM;
    }
    for (size_t g = 0; g < e->input.ngroups; g++)
        views = e->input.group[g].views > views ? e->input.group[g].views : views;
    e->fetched = nai_alloc(e->rows * views, widest * size, "features", err);
    e->view = nai_alloc(out, sizeof *e->view, "numbers of views", err);
    e->id = nai_alloc(out, sizeof *e->id, "numbers of rows", err);
    return e->fetched && e->view && e->id ? NAI_OK : NAI_ESYSTEM;
}

/* Every field that is not a picture goes along. */
static int carried_memory(struct nai_embedder *e, struct nai_err *err)
{
    const struct nts_section *const s = &e->in.h->section[0];
    const size_t out = e->o->each ? e->rows * e->input.nviews : e->rows;

    e->carried = calloc(s->nfields + 1, sizeof *e->carried);
    e->kept = calloc(s->nfields + 1, sizeof *e->kept);
    if (!e->carried || !e->kept)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t f = 0; f < s->nfields; f++) {
        bool taken = false;
        for (size_t g = 0; g < e->input.ngroups; g++)
            taken |= e->input.group[g].field == (int)f;
        if (taken)
            continue;
        for (size_t k = 0; k < e->nfields; k++)
            if (strcmp(e->field[k].name, s->field[f].name) == 0)
                return nai_err_set(err, NAI_EUSAGE, "%s: has a field '%s' as the layer is called",
                                   e->input.name, s->field[f].name);
        if (e->o->each && strcmp(s->field[f].name, "view") == 0)
            return nai_err_set(err, NAI_EUSAGE,
                               "%s: has a field 'view' already: not with --views each",
                               e->input.name);
        e->carried[e->ncarried] = (int)f;
        e->kept[e->ncarried] = nai_alloc(out, s->field[f].width, "fields", err);
        if (!e->kept[e->ncarried++])
            return NAI_ESYSTEM;
    }
    return nai_block_new(&e->block, e->rows, &e->input, &(struct nai_feed_opts){0}, err);
}

static int check_channels(const struct nai_embedder *e, struct nai_err *err)
{
    char have[80];

    for (size_t m = 0; m < e->nnets; m++) {
        const struct nai_graph *const g = e->net[m].model->graph;
        if (g->c != e->input.c || (g->h == 1 && g->w == 1) != e->input.rows)
            return nai_err_set(err, NAI_EINPUT, "%s: holds %s, the network takes %zux%zux%zu",
                               e->input.name, nai_input_text(&e->input, 0, have), g->c, g->h, g->w);
    }
    return NAI_OK;
}

int nai_embed_open(struct nai_embedder *e, struct nai_cli *cli, const struct nai_embed_opts *o,
                   struct nai_err *err)
{
    char **names = NULL;
    int rc;

    *e = (struct nai_embedder){.cli = cli, .o = o, .model.fd = -1};
    rc = nai_in_open(cli, &e->in, nai_file(cli, 0), err);
    if (rc == NAI_OK)
        rc = nai_input_read(&e->input, &e->in, err);
    if (rc == NAI_OK)
        rc = nai_in_open(cli, &e->model, o->model, err);
    if (rc == NAI_OK)
        rc = nai_embed_models(e, &e->input, err);
    if (rc == NAI_OK)
        rc = check_channels(e, err);
    if (rc == NAI_OK)
        rc = set_pixels(e, err);
    if (rc == NAI_OK && !(names = layer_names(e)))
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (rc == NAI_OK)
        rc = add_fields(e, names, err);
    if (rc == NAI_OK)
        rc = choose_rows(e, err);
    if (rc == NAI_OK)
        rc = field_memory(e, err);
    if (rc == NAI_OK)
        rc = carried_memory(e, err);
    nai_words_free(names);
    return rc;
}

void nai_embed_close(struct nai_embedder *e)
{
    close_runs(e);
    for (size_t m = 0; m < e->nnets; m++) {
        nai_weights_free(&e->net[m].weights);
        nai_model_free(e->net[m].model);
    }
    for (size_t k = 0; k < e->nfields; k++) {
        nai_free(e->field[k].rows);
        nai_free(e->field[k].sum);
    }
    for (size_t k = 0; k < e->ncarried; k++)
        nai_free(e->kept[k]);
    free(e->net);
    free(e->field);
    free(e->carried);
    free(e->kept);
    nai_free(e->fetched);
    nai_free(e->view);
    nai_free(e->id);
    nai_block_free(&e->block);
    nai_device_close(e->device);
    nai_input_free(&e->input);
    nai_in_close(&e->model);
    nai_in_close(&e->in);
}
