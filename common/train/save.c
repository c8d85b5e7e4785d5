/* save.c - models and checkpoints of a training, written
 * SPDX-License-Identifier: MIT */
#include "save.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* arch, and of the input what a user of the model needs: pixels and names of classes. */
static int meta(struct nai_saver *s, struct nai_err *err)
{
    const json_t *const from = s->in->h->meta;
    static const char *const keys[] = {"mean", "std", "classes", NULL};
    json_t *const m = json_object();
    int rc = m ? json_object_set_new(m, "arch", json_string(s->t->model->graph->text)) : -1;

    for (size_t k = 0; rc == 0 && keys[k]; k++) {
        json_t *const v = json_object_get(from, keys[k]);
        if (v && (k > 1 || s->t->in->has_pixels))
            rc = json_object_set(m, keys[k], v);
    }
    if (rc == 0 && !s->t->in->has_pixels && s->t->in->group[0].dtype == NAI_U8) {
        rc = json_object_set_new(m, "mean", json_pack("[i]", 0));
        rc |= json_object_set_new(m, "std", json_pack("[i]", 255));
    }
    s->base->meta = m;
    return rc == 0 ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
}

int nai_saver_open(struct nai_saver *s, struct nai_cli *cli, struct nai_trainer *t,
                   struct nai_online *probe, const struct nai_in *const *parent, size_t nparents,
                   json_t *options, struct nai_err *err)
{
    /* The input's is the copy that its read-ahead thread leaves alone. */
    const struct nts_header *from[2] = {parent[0]->h, NULL};
    const char *const id = nts_header_id(parent[0]->h);
    int rc;

    *s =
        (struct nai_saver){.cli = cli, .t = t, .probe = probe, .in = parent[0], .options = options};
    s->base = nts_header_new("model");
    if (!s->base || !options)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    json_object_set_new(options, "arch", json_string(t->model->graph->text));
    if (id)
        json_object_set_new(options, "input", json_string(id));
    if (nparents > 1)
        from[1] = nts_reader_header(parent[1]->r);
    rc = meta(s, err);
    return rc == NAI_OK ? nai_out_history(cli, s->base, from, nparents, err) : rc;
}

void nai_saver_close(struct nai_saver *s)
{
    nts_header_free(s->base);
    json_decref(s->options);
    *s = (struct nai_saver){0};
}

/* ---- sections ---- */

static int declare_states(struct nts_header *h, const struct nai_saver *s, struct nai_err *err)
{
    const struct nai_trainer *const t = s->t;
    const struct nai_graph *const g = t->model->graph;
    char name[NTS_MAX_NAME + 1];

    for (size_t k = 0; k < t->stepper.nstates; k++)
        for (size_t p = 0; p < g->ntensors; p++) {
            uint64_t shape[4] = {0};
            for (size_t a = 0; a < g->tensor[p].ndim; a++)
                shape[a] = g->tensor[p].shape[a];
            snprintf(name, sizeof name, "optimizer/%s/%s", t->stepper.state_name[k],
                     g->tensor[p].name);
            if (!g->tensor[p].buffer &&
                nts_header_tensor(h, name, t->device->dtype, g->tensor[p].ndim, shape) < 0)
                return nai_err_set(err, NAI_ESYSTEM, "cannot declare '%s'", name);
        }
    for (size_t k = 0; s->probe && k < NAI_ONLINE_PARTS; k++) {
        const uint64_t n = nai_online_count(s->probe);
        if (nts_header_tensor(h, nai_online_names[k], t->device->dtype, 1, &n) < 0)
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    return NAI_OK;
}

static int declare(struct nts_header *h, const struct nai_saver *s, bool full, struct nai_err *err)
{
    const struct nai_trainer *const t = s->t;
    int rc = nai_model_declare(h, full || !t->ema ? t->model : t->ema, "", err);

    if (!full)
        return rc;
    if (rc == NAI_OK && t->target)
        rc = nai_model_declare(h, t->target, "target/", err);
    if (rc == NAI_OK && t->ema)
        rc = nai_model_declare(h, t->ema, "ema/", err);
    return rc == NAI_OK ? declare_states(h, s, err) : rc;
}

/* The values of `count` elements on the device, to section *at, which moves on. */
static int write_buffer(struct nts_writer *w, const struct nai_saver *s, const struct nai_buf *b,
                        size_t count, size_t *at, struct nai_err *err)
{
    void *const host = nai_alloc(count, s->t->device->size, "a checkpoint", err);
    const void *data[1] = {host};
    int rc = host ? NAI_OK : NAI_ESYSTEM;

    if (rc == NAI_OK) {
        s->t->device->memory->download(s->t->device, host, b, count);
        rc = nts_write(w, (*at)++, count, data, err);
    }
    nai_free(host);
    return rc;
}

static int write_states(struct nts_writer *w, const struct nai_saver *s, size_t at,
                        struct nai_err *err)
{
    const struct nai_trainer *const t = s->t;
    const struct nai_graph *const g = t->model->graph;
    int rc = NAI_OK;

    for (size_t k = 0; k < t->stepper.nstates; k++)
        for (size_t p = 0; rc == NAI_OK && p < g->ntensors; p++)
            if (!g->tensor[p].buffer)
                rc = write_buffer(
                    w, s,
                    t->device->memory->at(t->device, t->stepper.state[k], g->tensor[p].offset),
                    g->tensor[p].count, &at, err);
    for (size_t k = 0; rc == NAI_OK && s->probe && k < NAI_ONLINE_PARTS; k++)
        rc = write_buffer(w, s, nai_online_part(s->probe, k), nai_online_count(s->probe), &at, err);
    return rc;
}

static int write_sections(struct nts_writer *w, const struct nai_saver *s, bool full,
                          struct nai_err *err)
{
    const struct nai_trainer *const t = s->t;
    const size_t n = t->model->graph->ntensors;
    size_t at = n;
    int rc = nai_model_write(w, full || !t->ema ? t->model : t->ema, 0, err);

    if (!full)
        return rc;
    if (rc == NAI_OK && t->target) {
        rc = nai_model_write(w, t->target, at, err);
        at += n;
    }
    if (rc == NAI_OK && t->ema) {
        rc = nai_model_write(w, t->ema, at, err);
        at += n;
    }
    return rc == NAI_OK ? write_states(w, s, at, err) : rc;
}

static json_t *train_json(const struct nai_saver *s, const struct nai_mark *m, bool full)
{
    json_t *const j = json_pack("{s:I, s:I, s:I}", "step", (json_int_t)m->step, "epoch",
                                (json_int_t)m->epoch, "rows", (json_int_t)m->rows);

    if (m->step > 0)
        json_object_set_new(j, "loss", json_real(m->loss));
    if (full) {
        json_object_set(j, "options", s->options);
        json_object_set_new(j, "draws", json_integer((json_int_t)s->t->draws));
    }
    if (full && s->probe)
        json_object_set_new(j, "probe",
                            json_pack("[IIII]", (json_int_t)s->probe->epoch,
                                      (json_int_t)s->probe->seen, (json_int_t)s->probe->correct,
                                      (json_int_t)s->probe->step));
    return j;
}

static int write_stream(const struct nai_saver *s, const struct nai_mark *m, int fd,
                        const char *name, bool full, bool done, char *digest, struct nai_err *err)
{
    const struct nts_wopts opt = {.name = name,
                                  .level = s->cli->level == SIZE_MAX ? NTS_LEVEL_DEFAULT
                                                                     : (int)s->cli->level,
                                  .threads = (int)s->cli->threads};
    struct nts_header *const h = nts_header_copy(s->base);
    struct nts_writer *w = NULL;
    const struct nts_input *inputs;
    size_t n = 0;
    int rc = h ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    if (rc == NAI_OK)
        json_object_set_new(h->meta, "train", train_json(s, m, full));
    if (rc == NAI_OK)
        rc = declare(h, s, full, err);
    if (rc == NAI_OK)
        rc = nts_create(&w, fd, h, &opt, err);
    inputs = done ? nts_reader_inputs(s->in->r, &n) : NULL;
    if (rc == NAI_OK)
        rc = write_sections(w, s, full, err);
    for (size_t k = 0; rc == NAI_OK && k < n; k++)
        rc = nts_writer_input(w, &inputs[k], err);
    if (rc == NAI_OK)
        rc = nts_finish(w, err);
    if (rc == NAI_OK && digest)
        snprintf(digest, 40, "%s", nts_writer_digest(w));
    nts_discard(w);
    nts_header_free(h);
    return rc;
}

int nai_save_model(const struct nai_saver *s, const struct nai_mark *m, int fd, const char *name,
                   bool done, char *digest, struct nai_err *err)
{
    return write_stream(s, m, fd, name, false, done, digest, err);
}

int nai_save_checkpoint(const struct nai_saver *s, const struct nai_mark *m, const char *path,
                        struct nai_err *err)
{
    struct nai_sink sink;
    int rc = nai_sink_open(&sink, path, true, err);

    if (rc != NAI_OK)
        return rc;
    rc = write_stream(s, m, sink.fd, path, true, false, NULL, err);
    return nai_sink_close(&sink, rc, err);
}
