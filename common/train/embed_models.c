/* embed_models.c - the networks of a model stream, and what their layers are called
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "embed.h"
#include "report.h"

/* The network itself. in= is added to a line that lacks it. */
static int build(struct nai_embedder *e, struct nai_embed_net *net, const struct nai_input *in,
                 struct nai_err *err)
{
    const char *const said = nai_weights_arch(&net->weights);
    const char *const text = e->o->arch ? e->o->arch : said;
    char line[4000], shape[80];
    struct nai_graph *g;
    int rc;

    if (!text)
        return nai_err_set(err, NAI_EUSAGE, "%s: does not say which network it is of: --arch TEXT",
                           e->model.name);
    if (strlen(text) > sizeof line - 100)
        return nai_err_set(err, NAI_EUSAGE, "--arch: too long");
    if (in && !strstr(text, "in="))
        snprintf(line, sizeof line, "%s in=%s", text, nai_input_text(in, 0, shape));
    else
        snprintf(line, sizeof line, "%s", text);
    rc = nai_graph_new(&g, line, err);
    if (rc == NAI_OK)
        rc = nai_model_new(&net->model, e->device, g, false, err);
    if (rc == NAI_OK && nai_weights_load(&net->weights, net->model, "", NULL, err) != NAI_OK)
        rc = nai_err_prefix(err, e->model.name);
    return rc;
}

/* One more network, when it is the one asked for. */
static int take(struct nai_embedder *e, struct nai_weights *w, const struct nai_input *in,
                struct nai_err *err)
{
    const char *const want = e->o->step;
    struct nai_embed_net net = {.weights = *w};
    struct nai_embed_net *more;

    nai_weights_step(w, net.step);
    *w = (struct nai_weights){0};
    if (strcmp(want, "last") != 0 && strcmp(want, "all") != 0 && strcmp(want, net.step) != 0) {
        nai_weights_free(&net.weights);
        return NAI_OK;
    }
    if (strcmp(want, "last") == 0 && e->nnets > 0) { /* the one before was not */
        nai_weights_free(&e->net[0].weights);
        nai_model_free(e->net[0].model);
        e->nnets = 0;
    }
    more = realloc(e->net, (e->nnets + 1) * sizeof *more);
    if (!more) {
        nai_weights_free(&net.weights);
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    e->net = more;
    e->net[e->nnets++] = net;
    return strcmp(want, "last") == 0 ? NAI_OK : build(e, &e->net[e->nnets - 1], in, err);
}

int nai_embed_models(struct nai_embedder *e, const struct nai_input *in, struct nai_err *err)
{
    struct nai_weights w = {0};
    bool more = true;
    int rc = nai_device_open(&e->device, e->o->device, e->o->dtype, (int)e->cli->threads, err);

    while (rc == NAI_OK && more) {
        rc = nai_weights_read(&w, e->model.r, &more, e->model.name, err);
        if (rc == NAI_OK)
            rc = take(e, &w, in, err);
    }
    nai_weights_free(&w);
    if (rc == NAI_OK && e->nnets == 0)
        return nai_err_set(err, NAI_EUSAGE, "%s: no model of step %.60s", e->model.name,
                           e->o->step);
    if (rc == NAI_OK && strcmp(e->o->step, "last") == 0)
        rc = build(e, &e->net[0], in, err);
    return rc;
}

int nai_embed_list(struct nai_embedder *e, struct nai_cli *cli, const struct nai_embed_opts *o,
                   struct nai_err *err)
{
    const char **names = NULL;
    const struct nai_graph *g;
    struct nai_report r = {0};
    int rc;

    *e = (struct nai_embedder){.cli = cli, .o = o, .in.fd = -1};
    rc = nai_in_open(cli, &e->model, o->model, err);
    if (rc == NAI_OK)
        rc = nai_embed_models(e, NULL, err);
    if (rc == NAI_OK && !(names = nai_graph_layers(e->net[0].model->graph)))
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (rc == NAI_OK)
        rc = nai_report_open(&r, false, err);
    if (rc != NAI_OK) {
        free(names);
        return rc;
    }
    g = e->net[0].model->graph;
    for (size_t k = 0; names[k]; k++) {
        const struct nai_node *const n = &g->node[nai_graph_layer(g, names[k])];
        char shape[80];
        if (n->tokens)
            snprintf(shape, sizeof shape, "%zu tokens of %zu", n->h, n->c);
        else if (n->h * n->w > 1)
            snprintf(shape, sizeof shape, "%zux%zux%zu", n->c, n->h, n->w);
        else
            snprintf(shape, sizeof shape, "%zu", n->c);
        nai_report_text(&r, "layer", names[k]);
        nai_report_text(&r, "shape", shape);
        nai_report_count(&r, "width", n->c * n->h * n->w);
        nai_report_count(&r, "pooled", n->c);
        nai_report_line(&r);
    }
    free(names);
    return nai_report_close(&r, cli, rc, err);
}
