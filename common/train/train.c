/* train.c - everything up to the first step of a training, and after the last
 * SPDX-License-Identifier: MIT */
#include "train.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "mem.h"
#include "options.h"

/* Options that a resumed training may have otherwise: they change no number of it. */
static const char *const free_options[] = {
    "arch",        "checkpoint", "every", "resume", "keep-steps", "log", "log-every",
    "alpha-every", "log-time",   "from",  "device", "gradcheck",  NULL};

/* Heads may be other ones in a network that starts from a model. */
static const char *const heads[] = {"projector.",  "predictor.", "fc.", "linear.",
                                    "classifier.", "head.",      NULL};

/* ---- signals ---- */

/* SIGTERM, SIGINT and SIGUSR1 wait to be asked for when there is a checkpoint to write; what was
 * ignored from the start stays ignored. */
static void hold_signals(struct nai_training *tr)
{
    const int sigs[] = {SIGTERM, SIGINT, SIGUSR1};

    sigemptyset(&tr->signals);
    for (size_t k = 0; tr->o->checkpoint && k < sizeof sigs / sizeof *sigs; k++) {
        struct sigaction now;
        if (sigaction(sigs[k], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&tr->signals, sigs[k]);
    }
    sigprocmask(SIG_BLOCK, &tr->signals, &tr->before);
}

/* ---- opening ---- */

/* Until the first step there is nothing to keep, and a signal ends a wait for input as ever. */
static int open_input(struct nai_training *tr, struct nai_err *err)
{
    const char *const path = nai_file(tr->cli, 0);
    fd_set in;
    int rc;

    FD_ZERO(&in);
    FD_SET(STDIN_FILENO, &in);
    if ((!path || strcmp(path, "-") == 0) && !isatty(STDIN_FILENO))
        (void)pselect(STDIN_FILENO + 1, &in, NULL, NULL, NULL, &tr->before);
    rc = nai_in_open(tr->cli, &tr->in, path, err);
    return rc == NAI_OK ? nai_input_read(&tr->input, &tr->in, err) : rc;
}

/* The last model of the stream named by --from or --resume. */
static int open_weights(struct nai_training *tr, struct nai_err *err)
{
    const char *const path = tr->o->resume ? tr->o->resume : tr->o->from;
    int rc;

    if (!path)
        return NAI_OK;
    rc = nai_in_open(tr->cli, &tr->model, path, err);
    return rc == NAI_OK ? nai_weights_last(&tr->weights, tr->model.r, tr->model.name, err) : rc;
}

/* How many classes there are, as far as it is said before any label is seen. */
static size_t classes_said(const struct nai_training *tr, const char *text)
{
    const char *const word = strstr(text, "classes=");

    if (tr->o->classes)
        return tr->o->classes;
    if (tr->o->loss.kind == NAI_LOSS_CE && word)
        return strtoul(word + strlen("classes="), NULL, 10);
    return tr->input.classes;
}

static int open_feed(struct nai_training *tr, size_t classes, struct nai_err *err)
{
    const struct nai_train_opts *const o = tr->o;
    const size_t epochs = tr->input.epochs ? tr->input.epochs : 1; /* of views */

    tr->feeding = (struct nai_feed_opts){.batch = tr->batch,
                                         .labels = o->loss.kind == NAI_LOSS_CE || o->online_probe,
                                         .targets = o->loss.kind == NAI_LOSS_MSE,
                                         .classes = classes,
                                         .hold = !tr->input.views || o->hold || o->full_batch,
                                         .shuffle = !o->no_shuffle && !o->full_batch,
                                         .partial = o->full_batch,
                                         .epochs = o->epochs ? o->epochs : 1,
                                         .seed = tr->cli->seed};
    if (tr->feeding.hold && tr->input.views && epochs > 1)
        return nai_err_set(err, NAI_EUSAGE, "%s: holds %zu epochs, which are not kept in memory",
                           tr->in.name, epochs);
    if (!tr->feeding.hold && o->epochs && o->epochs != epochs &&
        (tr->input.epochs || tr->input.epoch < 0))
        return nai_err_set(err, NAI_EUSAGE, "%s: holds %zu epoch%s, not %zu%s", tr->in.name, epochs,
                           epochs == 1 ? "" : "s", o->epochs,
                           epochs == 1 ? " (--hold goes through it again and again)" : "");
    if (tr->feeding.labels && !classes && !tr->feeding.hold)
        return nai_err_set(err, NAI_EUSAGE,
                           "%s: does not say how many classes there are: "
                           "--classes N",
                           tr->in.name);
    return nai_feed_open(&tr->feed, &tr->in, &tr->input, &tr->feeding, err);
}

/* The input's header from now on: the reader's own changes in the feed's thread, where streams are
 * joined. */
static int keep_head(struct nai_training *tr, struct nai_err *err)
{
    tr->head = nts_header_copy(tr->in.h);
    if (!tr->head)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    tr->in.h = tr->head;
    return NAI_OK;
}

/* Reading all of a dataset is such a wait too; threads are to be started with signals held. */
static int open_data(struct nai_training *tr, size_t classes, struct nai_err *err)
{
    const bool holds = !tr->input.views || tr->o->hold || tr->o->full_batch;
    int rc = holds ? NAI_OK : keep_head(tr, err);

    if (holds)
        sigprocmask(SIG_SETMASK, &tr->before, NULL);
    if (rc == NAI_OK)
        rc = open_feed(tr, classes, err);
    sigprocmask(SIG_BLOCK, &tr->signals, NULL);
    return rc == NAI_OK && holds ? keep_head(tr, err) : rc;
}

/* Steps in all, where they can be known. */
static int plan(struct nai_training *tr, struct nai_err *err)
{
    const struct nai_train_opts *const o = tr->o;
    const size_t epochs = o->epochs ? o->epochs : tr->input.epochs ? tr->input.epochs : 1;
    const size_t images = o->images ? o->images : tr->input.images;
    size_t batches, rows, total;

    tr->chunks = 1;
    tr->schedule = (struct nai_schedule){.cosine = o->cosine, .lr = o->lr, .warmup = o->warmup};
    if (nai_feed_held(tr->feed, &batches, &rows)) {
        tr->chunks = o->full_batch ? batches : 1;
        batches = o->full_batch ? 1 : batches;
    } else {
        batches = images / tr->batch;
    }
    if (!nai_mul(&total, epochs, batches))
        return nai_err_set(err, NAI_EUSAGE, "%s: %zu epochs of %zu batches are too many",
                           tr->in.name, epochs, batches);
    tr->schedule.total = total;
    if (o->cosine && tr->schedule.total == 0)
        return nai_err_set(err, NAI_EUSAGE,
                           "%s: does not say how long it is, which a cosine needs: --images N "
                           "(in an epoch) and --epochs E",
                           tr->in.name);
    return NAI_OK;
}

static struct nai_trainer_opts trainer_opts(const struct nai_training *tr)
{
    const struct nai_train_opts *const o = tr->o;
    struct nai_trainer_opts t = {.loss = o->loss,
                                 .beta_auto = o->beta_auto,
                                 .together = o->all_views,
                                 .ema = o->ema,
                                 .step = o->step,
                                 .batch = tr->batch,
                                 .seed = tr->cli->seed};
    size_t batches, rows;

    if (nai_feed_held(tr->feed, &batches, &rows) && o->full_batch) {
        t.batch = rows < tr->batch ? rows : tr->batch;
        t.rest = rows % t.batch;
    }
    return t;
}

static int full_batch_norm(const struct nai_training *tr, const struct nai_graph *g,
                           struct nai_err *err)
{
    for (size_t k = 0; tr->chunks > 1 && k < g->nnodes; k++)
        if (g->node[k].kind == NAI_NODE_BATCHNORM)
            return nai_err_set(err, NAI_EUSAGE,
                               "--full-batch: batch normalisation takes all rows at once; raise "
                               "--batch to their number");
    return NAI_OK;
}

static int open_network(struct nai_training *tr, const char *text, size_t classes,
                        struct nai_err *err)
{
    const struct nai_trainer_opts o = trainer_opts(tr);
    struct nai_graph *g;
    char line[4000];
    int rc = nai_train_arch(line, sizeof line, text, tr->o->loss.kind, tr->o->pdim, &tr->input,
                            classes, err);

    if (rc == NAI_OK)
        rc = nai_device_open(&tr->device, tr->o->device, tr->o->dtype, (int)tr->cli->threads, err);
    if (rc == NAI_OK)
        rc = nai_graph_new(&g, line, err);
    if (rc != NAI_OK)
        return rc;
    rc = full_batch_norm(tr, g, err);
    if (rc != NAI_OK) {
        nai_graph_free(g);
        return rc;
    }
    rc = nai_trainer_open(&tr->t, tr->device, g, &tr->input, &o, err);
    if (rc == NAI_OK)
        rc = nai_perturb_open(&tr->t.perturb, tr->t.model, &tr->o->perturb, tr->cli->seed, tr->cli,
                              err);
    if (rc == NAI_OK && tr->o->online_probe)
        rc = nai_online_open(&tr->probe, &tr->t, classes, err);
    if (rc == NAI_OK && tr->o->loss.kind < NAI_LOSS_CE)
        rc = nai_watch_open(&tr->watch, tr->t.o.loss.d, err);
    return rc;
}

/* Parameters drawn, taken from a model, or those of a training taken up again. */
static int fill(struct nai_training *tr, struct nai_err *err)
{
    const struct nai_in *const parents[2] = {&tr->in, &tr->model};
    struct nai_online *const probe = tr->o->online_probe ? &tr->probe : NULL;
    json_t *const options = nai_options_json(tr->cli, free_options);
    int rc = nai_saver_open(&tr->saver, tr->cli, &tr->t, probe, parents, tr->model.r ? 2 : 1,
                            options, err);

    if (rc == NAI_OK && tr->o->resume)
        return nai_save_resume(&tr->saver, &tr->mark, &tr->weights, tr->model.name, err);
    if (rc == NAI_OK)
        rc = nai_model_init(tr->t.model, tr->o->init, tr->cli->seed, err);
    if (rc == NAI_OK && tr->o->from) {
        rc = nai_weights_load(&tr->weights, tr->t.model, "", heads, err);
        if (rc != NAI_OK)
            nai_err_prefix(err, tr->model.name);
    }
    if (rc == NAI_OK)
        nai_trainer_start(&tr->t);
    return rc;
}

static void describe(const struct nai_training *tr)
{
    const struct nai_graph *const g = tr->t.model->graph;
    char text[400], memory[32], data[32];
    size_t batches, rows;

    nai_note(tr->cli, "network: %s", g->text);
    nai_note(tr->cli, "%zu parameters; %s for them, the optimiser and a batch",
             nai_model_params(tr->t.model),
             nai_size_text(memory, (double)nai_trainer_bytes(&tr->t)));
    if (*nai_perturb_text(&tr->t.perturb, text))
        nai_note(tr->cli, "gradients with %s: %s", text,
                 nai_size_text(memory, (double)nai_perturb_bytes(&tr->t.perturb, tr->t.model)));
    nai_note(tr->cli, "%s", nai_device_text(tr->device, text));
    if (nai_feed_held(tr->feed, &batches, &rows))
        nai_note(tr->cli, "%zu rows held in memory: %s", rows,
                 nai_size_text(data, (double)nai_feed_bytes(tr->feed)));
}

/* What the command line says of a width against what the network's line says. */
static int check_said(const struct nai_training *tr, const struct nai_graph *g, struct nai_err *err)
{
    const struct nai_train_opts *const o = tr->o;
    const bool ce = o->loss.kind == NAI_LOSS_CE;
    const size_t projector = g->projector >= 0 ? g->node[g->projector].c : 0;

    if (o->resume) /* then differences are listed */
        return NAI_OK;
    if (ce && o->classes && g->logits >= 0 && g->node[g->logits].c != o->classes)
        return nai_err_set(err, NAI_EUSAGE, "--classes %zu, but the network has classes=%zu",
                           o->classes, g->node[g->logits].c);
    if (o->loss.kind < NAI_LOSS_CE && o->pdim_said && projector != o->pdim)
        return nai_err_set(err, NAI_EUSAGE,
                           "--pdim %zu, but the network has projector=%zu: --arch says which",
                           o->pdim, projector);
    return NAI_OK;
}

/* A line that cannot be a network is found before a large input is read. */
static int try_arch(const struct nai_training *tr, const char *text, size_t classes,
                    struct nai_err *err)
{
    struct nai_graph *g = NULL;
    char line[4000];
    int rc = nai_train_arch(line, sizeof line, text, tr->o->loss.kind, tr->o->pdim, &tr->input,
                            classes ? classes : 2, err);

    if (rc == NAI_OK)
        rc = nai_graph_new(&g, line, err);
    if (rc == NAI_OK)
        rc = check_said(tr, g, err);
    nai_graph_free(g);
    return rc;
}

int nai_train_open(struct nai_training *tr, struct nai_cli *cli, const struct nai_train_opts *o,
                   struct nai_err *err)
{
    const char *text;
    size_t classes = 0;
    int rc;

    *tr = (struct nai_training){.cli = cli, .o = o, .in.fd = -1, .model.fd = -1, .sink.fd = -1};
    hold_signals(tr);
    rc = open_input(tr, err);
    tr->batch = o->batch ? o->batch : tr->input.batch ? tr->input.batch : 256;
    if (rc == NAI_OK)
        rc = open_weights(tr, err);
    text = o->arch ? o->arch : tr->weights.h ? nai_weights_arch(&tr->weights) : NULL;
    if (rc == NAI_OK && !text)
        rc = nai_err_set(err, NAI_EUSAGE, "--arch is missing: a network, such as 'resnet18'");
    if (rc == NAI_OK)
        rc = try_arch(tr, text, classes = classes_said(tr, text), err);
    if (rc == NAI_OK)
        rc = open_data(tr, classes, err);
    if (rc == NAI_OK)
        rc = plan(tr, err);
    if (rc == NAI_OK && classes == 0)
        classes = nai_feed_classes(tr->feed);
    if (rc == NAI_OK)
        rc = open_network(tr, text, classes, err);
    if (rc == NAI_OK)
        rc = fill(tr, err);
    if (rc == NAI_OK)
        describe(tr);
    tr->started = tr->mark.step;
    return rc;
}

int nai_train_close(struct nai_training *tr, int status, struct nai_err *err)
{
    status = nai_log_close(&tr->log, status, err);
    /* stdout stays open after a failure: the next stage is told of it there */
    if (tr->sink.fd >= 0 && (status == NAI_OK || tr->sink.fd != STDOUT_FILENO))
        status = nai_sink_close(&tr->sink, status, err);
    nai_saver_close(&tr->saver);
    nai_watch_close(&tr->watch);
    nai_online_close(&tr->probe);
    nai_trainer_close(&tr->t);
    nai_device_close(tr->device);
    nai_feed_close(tr->feed);
    nai_weights_free(&tr->weights);
    nai_input_free(&tr->input);
    nts_header_free(tr->head);
    nai_in_close(&tr->model);
    nai_in_close(&tr->in);
    return status;
}
