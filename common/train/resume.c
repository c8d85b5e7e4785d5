/* resume.c - a training taken up where its checkpoint left it
 * SPDX-License-Identifier: MIT */
#include "options.h"

#include "save.h"

/* Section `name`, count values of the device's dtype, to the device. */
static int load_buffer(const struct nai_saver *s, const struct nai_weights *w, const char *name,
                       struct nai_buf *b, size_t count, struct nai_err *err)
{
    const int k = nai_weights_find(w, name);

    if (k < 0)
        return nai_err_set(err, NAI_EINPUT, "no tensor '%s': not a checkpoint of this training",
                           name);
    if ((size_t)w->h->section[k].rows != count ||
        w->h->section[k].field[0].dtype != s->t->device->dtype)
        return nai_err_set(err, NAI_EINPUT, "tensor '%s' is not %zu values of %s", name, count,
                           nai_dtype_name(s->t->device->dtype));
    s->t->device->memory->upload(s->t->device, b, w->data[k], count);
    return NAI_OK;
}

static int load_states(const struct nai_saver *s, const struct nai_weights *w, struct nai_err *err)
{
    const struct nai_trainer *const t = s->t;
    const struct nai_graph *const g = t->model->graph;
    char name[NTS_MAX_NAME + 1];
    int rc = NAI_OK;

    for (size_t k = 0; k < t->stepper.nstates; k++)
        for (size_t p = 0; rc == NAI_OK && p < g->ntensors; p++) {
            snprintf(name, sizeof name, "optimizer/%s/%s", t->stepper.state_name[k],
                     g->tensor[p].name);
            if (!g->tensor[p].buffer)
                rc = load_buffer(
                    s, w, name,
                    t->device->memory->at(t->device, t->stepper.state[k], g->tensor[p].offset),
                    g->tensor[p].count, err);
        }
    for (size_t k = 0; rc == NAI_OK && s->probe && k < NAI_ONLINE_PARTS; k++)
        rc = load_buffer(s, w, nai_online_names[k], nai_online_part(s->probe, k),
                         nai_online_count(s->probe), err);
    return rc;
}

static uint64_t count_of(const json_t *v)
{
    return json_is_integer(v) && json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
}

/* Where the training was, and whether it is this one. */
static int read_mark(const struct nai_saver *s, struct nai_mark *m, const struct nai_weights *w,
                     struct nai_err *err)
{
    const json_t *const train = json_object_get(w->h->meta, "train");
    const json_t *const options = json_object_get(train, "options");
    const json_t *const probe = json_object_get(train, "probe");
    char differ[800];

    if (!json_is_object(options))
        return nai_err_set(err, NAI_EINPUT,
                           "not a checkpoint of a training (a model: start from it with --from)");
    if (nai_options_differ(options, s->options, differ, sizeof differ))
        return nai_err_set(err, NAI_EUSAGE, "another training: %s", differ);
    m->step = count_of(json_object_get(train, "step"));
    m->epoch = count_of(json_object_get(train, "epoch"));
    m->rows = count_of(json_object_get(train, "rows"));
    m->loss = json_number_value(json_object_get(train, "loss"));
    s->t->draws = count_of(json_object_get(train, "draws"));
    s->t->stepper.step = m->step;
    if (s->probe) {
        s->probe->epoch = count_of(json_array_get(probe, 0));
        s->probe->seen = count_of(json_array_get(probe, 1));
        s->probe->correct = count_of(json_array_get(probe, 2));
        s->probe->step = count_of(json_array_get(probe, 3)); /* several a step of a full batch */
    }
    return NAI_OK;
}

int nai_save_resume(const struct nai_saver *s, struct nai_mark *m, const struct nai_weights *w,
                    const char *name, struct nai_err *err)
{
    const struct nai_trainer *const t = s->t;
    int rc = read_mark(s, m, w, err);

    if (rc == NAI_OK)
        rc = nai_weights_load(w, t->model, "", NULL, err);
    if (rc == NAI_OK && t->target)
        rc = nai_weights_load(w, t->target, "target/", NULL, err);
    if (rc == NAI_OK && t->ema)
        rc = nai_weights_load(w, t->ema, "ema/", NULL, err);
    if (rc == NAI_OK)
        rc = load_states(s, w, err);
    return rc == NAI_OK ? NAI_OK : nai_err_prefix(err, name);
}
