/* hessian.c - rows and models read, and each model, class and layer looked at in turn
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hessian_parts.h"
#include "mem.h"
#include "pixels.h"

enum { ROWS = 8192, PICTURES = 256 }; /* a batch, unless it is said */

/* ---- rows ---- */

/* The network's line of text for a model, completed by what the rows say. */
static int line_of(char *line, size_t size, const struct nai_hessian *h, struct nai_err *err)
{
    const char *const said = h->weights.h ? nai_weights_arch(&h->weights) : NULL;
    const char *const text = h->o->arch ? h->o->arch : said;

    if (!text)
        return nai_err_set(err, NAI_EUSAGE, "%s: does not say which network it is of: --arch TEXT",
                           h->model.name);
    if (!said) /* drawn, or imported: the line may leave things open */
        return nai_train_arch(line, size, text, h->o->loss.kind, h->weights.h ? 0 : h->o->pdim,
                              &h->input, h->classes ? h->classes : 2, err);
    if (strlen(text) + 1 > size)
        return nai_err_set(err, NAI_EUSAGE, "--arch: too long");
    snprintf(line, size, "%s", text);
    return NAI_OK;
}

/* How many classes there are, as far as it is said before any label is seen: those the network has
 * where they are compared with it. */
static int classes_said(struct nai_hessian *h, struct nai_err *err)
{
    struct nai_graph *g = NULL;
    char line[4000];
    int rc = line_of(line, sizeof line, h, err);

    if (rc == NAI_OK)
        rc = nai_graph_new(&g, line, err);
    if (rc == NAI_OK && (h->classes == 0 || h->o->loss.kind == NAI_LOSS_CE) &&
        strstr(line, "classes=") && g->logits >= 0 &&
        (h->weights.h || (h->o->arch && strstr(h->o->arch, "classes="))))
        h->classes = g->node[g->logits].c;
    nai_graph_free(g);
    return rc;
}

static int read_rows(struct nai_hessian *h, struct nai_err *err)
{
    const struct nai_hessian_opts *const o = h->o;
    const enum nai_loss loss = o->loss.kind;
    const size_t usual = h->input.rows ? ROWS : h->input.batch ? h->input.batch : PICTURES;
    const struct nai_feed_opts feed = {.batch = o->batch ? o->batch : usual,
                                       .labels = loss == NAI_LOSS_CE || o->per_class,
                                       .targets = loss == NAI_LOSS_MSE,
                                       .classes = h->classes};
    const char *const path = o->reread ? nai_file(h->cli, 0) : NULL;
    int rc = nai_passes_open(&h->data, h->cli, &h->in, &h->input, path, &feed, err);

    if (rc == NAI_OK && h->classes == 0)
        h->classes = h->data.data.classes;
    if (rc == NAI_OK && loss == NAI_LOSS_CE && h->classes < 2)
        rc = nai_err_set(err, NAI_EUSAGE,
                         "%s: does not say how many classes there are: classes= in --arch",
                         h->in.name);
    return rc;
}

static int keep_header(struct nai_hessian *h, struct nai_err *err)
{
    h->head = nts_header_copy(h->in.h);
    if (!h->head)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    h->in.h = h->head;
    return NAI_OK;
}

/* What the rows say is taken off them: for each model that says nothing itself. */
static int keep_pixels(struct nai_hessian *h, struct nai_err *err)
{
    const size_t c = h->input.c;

    h->pixels = nai_alloc(c, 2 * sizeof *h->pixels, "means", err);
    if (!h->pixels)
        return NAI_ESYSTEM;
    memcpy(h->pixels, h->input.mean, c * sizeof *h->pixels);
    memcpy(h->pixels + c, h->input.std, c * sizeof *h->pixels);
    return NAI_OK;
}

static int open_rows(struct nai_hessian *h, struct nai_err *err)
{
    int rc = nai_in_open(h->cli, &h->in, nai_file(h->cli, 0), err);

    if (rc == NAI_OK)
        rc = nai_input_read(&h->input, &h->in, err);
    if (rc == NAI_OK)
        rc = keep_pixels(h, err);
    h->classes = h->input.classes;
    if (rc == NAI_OK)
        rc = classes_said(h, err);
    if (rc == NAI_OK)
        rc = keep_header(h, err);
    return rc == NAI_OK ? read_rows(h, err) : rc;
}

/* ---- one network ---- */

/* Vectors that share a pass over the rows, where there are several batches. */
static size_t at_once(const struct nai_hessian *h, size_t params)
{
    const struct nai_hessian_opts *const o = h->o;
    const size_t most = 16, bytes = 2 * params * nai_dtype_size(o->dtype);
    const size_t fit = ((size_t)1 << 30) / (bytes ? bytes : 1);

    if (h->data.chosen <= h->data.o.batch ||
        (!o->trace && !o->fro && !o->density && !o->full && !o->take.asked))
        return 1; /* one batch stays linearised */
    return fit < 1 ? 1 : fit < most ? fit : most;
}

static void close_trainer(struct nai_hessian *h)
{
    if (!h->opened)
        return;
    nai_curve_close(&h->curve);
    nai_trainer_close(&h->t);
    h->opened = false;
}

static void describe(const struct nai_hessian *h)
{
    char text[240], memory[32], data[32];

    nai_note(h->cli, "network: %s", h->t.model->graph->text);
    nai_note(h->cli, "%zu parameters; %s for them and a batch of %zu rows with its tangents",
             nai_model_params(h->t.model), nai_size_text(memory, (double)nai_trainer_bytes(&h->t)),
             h->t.o.batch);
    nai_note(h->cli, "%s", nai_device_text(h->device, text));
    if (!h->data.path)
        nai_note(h->cli, "%zu rows held in memory: %s", h->data.rows,
                 nai_size_text(data, (double)h->data.data.all.bytes));
}

/* For a network's line of text and the rows chosen; kept when it already is. */
static int open_trainer(struct nai_hessian *h, const char *line, struct nai_err *err)
{
    const struct nai_hessian_opts *const o = h->o;
    const size_t rows = h->data.chosen, batch = rows < h->data.o.batch ? rows : h->data.o.batch;
    const struct nai_trainer_opts t = {.loss = o->loss,
                                       .beta_auto = o->beta_auto,
                                       .together = o->all_views,
                                       .eval = !o->train_mode,
                                       .tangents = true,
                                       .step = {.kind = NAI_SGD},
                                       .batch = batch,
                                       .rest = h->data.rest,
                                       .seed = h->cli->seed};
    struct nai_graph *g;
    int rc;

    if (h->opened && strcmp(h->line, line) == 0 && h->t.o.batch == batch && h->t.o.rest == t.rest) {
        h->curve.linearised = false;
        return NAI_OK;
    }
    close_trainer(h);
    rc = nai_graph_new(&g, line, err);
    if (rc != NAI_OK)
        return rc;
    rc = nai_trainer_open(&h->t, h->device, g, &h->input, &t, err);
    h->opened = true;
    if (rc == NAI_OK && o->loss.kind == NAI_LOSS_CE && g->node[h->t.out].c < h->classes)
        rc = nai_err_set(err, NAI_EINPUT, "%s: model %zu has %zu classes, the first %zu",
                         h->model.name, h->at.model, g->node[h->t.out].c, h->classes);
    if (rc == NAI_OK)
        describe(h);
    snprintf(h->line, sizeof h->line, "%s", line);
    if (rc == NAI_OK)
        rc = nai_curve_open(&h->curve, h->cli, &h->t, &h->data, o->of,
                            at_once(h, nai_model_params(h->t.model)), err);
    return rc;
}

/* Parameters of the model at hand, or drawn ones; byol's target where there is one. */
static int fill(struct nai_hessian *h, uint64_t seed, struct nai_err *err)
{
    int rc;

    if (!h->weights.h) {
        rc = nai_model_init(h->t.model, h->o->init, seed, err);
        nai_trainer_start(&h->t);
        return rc;
    }
    rc = nai_weights_load(&h->weights, h->t.model, "", NULL, err);
    nai_trainer_start(&h->t);
    if (rc == NAI_OK && h->t.target) {
        char name[200];
        snprintf(name, sizeof name, "target/%s", h->t.model->graph->tensor[0].name);
        if (nai_weights_find(&h->weights, name) >= 0)
            rc = nai_weights_load(&h->weights, h->t.target, "target/", NULL, err);
        else
            nai_warn(h->cli, "%s: has no target network: the network itself is taken",
                     h->model.name);
    }
    return rc == NAI_OK ? NAI_OK : nai_err_prefix(err, h->model.name);
}

void nai_hessian_subject(struct nai_hessian *h)
{
    nai_report_count(&h->table, "model", h->at.model);
    if (h->o->model)
        nai_report_text(&h->table, "step", h->at.step);
    if (h->o->per_class)
        nai_report_count(&h->table, "class", (uint64_t)h->at.label);
    if (h->o->by != NAI_BY_NONE)
        nai_report_text(&h->table, "layer", h->at.name);
}

/* What is taken off the values: as the model says, else as the rows do. */
static int set_pixels(struct nai_hessian *h, struct nai_err *err)
{
    struct nai_input *const in = &h->input;
    bool said;
    int rc;

    memcpy(in->mean, h->pixels, in->c * sizeof *in->mean);
    memcpy(in->std, h->pixels + in->c, in->c * sizeof *in->std);
    rc = nai_model_pixels(&said, in, &h->weights, h->model.name, err);
    if (rc != NAI_OK || said || in->has_pixels || in->rows || in->group[0].dtype != NAI_U8)
        return rc;
    return nai_err_set(err, NAI_EUSAGE,
                       "%s: does not say which mean and standard deviation pixels are normalised "
                       "by: nai-import --mean and --std",
                       h->model.name);
}

/* The rows of one class, or all of them: every layer asked for. */
static int look(struct nai_hessian *h, const char *line, int32_t label, uint64_t seed,
                struct nai_err *err)
{
    int rc;

    h->at.label = label;
    if (nai_passes_select(&h->data, label) == 0) {
        nai_warn(h->cli, "%s: no rows of class %" PRId32, h->in.name, label);
        return NAI_OK;
    }
    rc = open_trainer(h, line, err);
    if (rc == NAI_OK && h->weights.h && !h->input.normalised)
        rc = set_pixels(h, err);
    if (rc == NAI_OK)
        rc = fill(h, seed, err);
    if (rc == NAI_OK)
        rc = nai_curve_start(&h->curve, err);
    if (rc == NAI_OK)
        rc = h->o->check        ? nai_hessian_check(h, err)
             : h->o->take.asked ? nai_hessian_steps(h, err)
                                : nai_hessian_layers(h, err);
    return rc;
}

static int one_model(struct nai_hessian *h, uint64_t seed, struct nai_err *err)
{
    char line[4000], name[60];
    int rc = line_of(line, sizeof line, h, err);

    h->at.model++;
    for (int32_t c = 0; rc == NAI_OK && h->o->per_class && (size_t)c < h->classes; c++)
        rc = look(h, line, c, seed, err);
    if (rc == NAI_OK && !h->o->per_class)
        rc = look(h, line, -1, seed, err);
    if (rc == NAI_ENUMERIC) {
        snprintf(name, sizeof name, "model %zu%s%.30s", h->at.model, h->at.step[0] ? ", step " : "",
                 h->at.step);
        nai_err_prefix(err, name);
    }
    return rc;
}

/* ---- models ---- */

static int next_weights(struct nai_hessian *h, bool *more, struct nai_err *err)
{
    int rc;

    nai_weights_free(&h->weights);
    h->weights = (struct nai_weights){0};
    rc = nai_weights_read(&h->weights, h->model.r, more, h->model.name, err);
    if (rc == NAI_OK)
        nai_weights_step(&h->weights, h->at.step);
    return rc;
}

/* Every model of the stream, or those of --step. */
static int all_models(struct nai_hessian *h, bool more, struct nai_err *err)
{
    const char *const want = h->o->step;
    size_t done = 0;
    int rc = NAI_OK;

    for (;;) {
        const bool last = strcmp(want, "last") == 0;
        if (last ? !more : strcmp(want, "all") == 0 || strcmp(want, h->at.step) == 0) {
            rc = one_model(h, 0, err);
            done++;
        } else {
            h->at.model++;
        }
        if (rc != NAI_OK || !more)
            break;
        rc = next_weights(h, &more, err);
        if (rc != NAI_OK)
            return rc;
    }
    if (rc == NAI_OK && done == 0)
        rc = nai_err_set(err, NAI_EUSAGE, "%s: no model of step %.60s", h->model.name, want);
    return rc;
}

int nai_hessian_run(struct nai_hessian *h, struct nai_cli *cli, const struct nai_hessian_opts *o,
                    struct nai_err *err)
{
    bool more = false;
    int rc;

    *h = (struct nai_hessian){
        .cli = cli, .o = o, .in.fd = -1, .model.fd = -1, .data.in.fd = -1, .at.label = -1};
    cli->unit = "products";
    rc = nai_device_open(&h->device, o->device, o->dtype, (int)cli->threads, err);
    if (rc == NAI_OK && o->model)
        rc = nai_in_open(cli, &h->model, o->model, err);
    if (rc == NAI_OK && o->model)
        rc = next_weights(h, &more, err);
    if (rc == NAI_OK)
        rc = open_rows(h, err);
    if (rc == NAI_OK)
        rc = nai_report_open(&h->table, cli->json, err);
    if (rc != NAI_OK)
        return rc;
    if (o->model)
        rc = all_models(h, more, err);
    for (size_t k = 0; rc == NAI_OK && !o->model && k < o->inits; k++)
        rc = one_model(h, cli->seed + k, err);
    rc = nai_hessian_write(h, rc, err);
    if (rc == NAI_OK && h->off)
        rc = nai_err_set(err, NAI_ENUMERIC,
                         "products with the Hessian are not the differences of gradients");
    return rc;
}

void nai_hessian_close(struct nai_hessian *h)
{
    close_trainer(h);
    for (size_t k = 0; k < h->nspectra; k++)
        nai_spectrum_free(&h->spectrum[k]);
    free(h->spectrum);
    nai_free(h->matrix);
    nai_free(h->pixels);
    nai_weights_free(&h->weights);
    nai_passes_close(&h->data);
    nai_input_free(&h->input);
    nts_header_free(h->head);
    nai_device_close(h->device);
    nai_in_close(&h->model);
    nai_in_close(&h->in);
}
