/* golden.c - networks against PyTorch: names, outputs, gradients, running statistics
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "net_test.h"

struct golden_layer {
    const char *name;
    double dot; /* with the noise of its name */
};

struct golden {
    const char *line;
    size_t n, groups;
    bool train;
    double own; /* what PyTorch's float32 was off by */
    double loss;
    size_t count;
    const double *value;
    size_t nlayers;
    const struct golden_layer *layer;
};

struct golden_names {
    const char *line;
    size_t tensors;
    unsigned params, hash;
};

#include "golden_net.h"

/* |sum x_i noise_i - want|; *length: what the sum could be at most. */
static double off(const double *x, size_t count, const char *name, double want, double *length)
{
    double dot = 0, xx = 0, vv = 0;

    for (size_t i = 0; i < count; i++) {
        const double v = noise(name, i);
        dot += x[i] * v;
        xx += x[i] * x[i];
        vv += v * v;
    }
    *length = sqrt(xx * vv);
    return fabs(dot - want);
}

/* The tensor that is furthest from PyTorch's, as a part of its length or of a hundredth of the
 * longest (the gradient of a bias before batch norm is zero but for rounding). */
static double worst(struct net *n, const struct golden *c, char where[static 100])
{
    double longest = 0, most = 0, length[400], error[400];

    for (size_t t = 0; t < c->count; t++) {
        const struct nai_tensor *const tensor = &n->m->graph->tensor[t];
        double *const x = net_tensor(n, t, !tensor->buffer);
        error[t] = off(x, tensor->count, tensor->name, c->value[t], &length[t]);
        longest = fmax(longest, length[t]);
        free(x);
    }
    for (size_t t = 0; t < c->count; t++) {
        const double part = error[t] / fmax(length[t], .01 * longest);
        if (!(part <= most)) {
            most = part;
            snprintf(where, 100, "%s", n->m->graph->tensor[t].name);
        }
    }
    return most;
}

/* 1e-5 in float32, or twice what PyTorch itself is off by; 1e-10 in float64. */
static double tolerance(const struct golden *c, enum nai_dtype dtype)
{
    return dtype == NAI_F32 ? fmax(1e-5, 2 * c->own) : 1e-10;
}

static void check_run(const struct golden *c, enum nai_dtype dtype)
{
    const double tol = tolerance(c, dtype);
    const char *const type = nai_dtype_name(dtype);
    char where[100] = "";
    struct net n;
    int last;
    double most;

    net_model(&n, c->line, dtype);
    ok(n.m->graph->ntensors == c->count, "%s %s: %zu tensors", c->line, type, c->count);
    last = (int)n.m->graph->nnodes - 1;
    net_fill(&n);
    net_run(&n, (struct nai_run_opts){.n = c->n,
                                      .groups = c->groups,
                                      .mode = c->train ? NAI_MODE_TRAIN : NAI_MODE_EVAL,
                                      .last = last});
    near(net_forward(&n, last), c->loss, 3 * tol, "its %s output", c->train ? "TRAIN" : "EVAL");
    net_backward(&n);
    most = worst(&n, c, where);
    ok(most <= tol, "its gradients: %.2g at %s, allowed %.2g", most, where, tol);
    net_close(&n);
}

/* Layers by name, with memory reused and batch norm folded. */
static void check_layers(const struct golden *c, enum nai_dtype dtype)
{
    const double tol = dtype == NAI_F32 ? 1e-5 : 1e-10;
    int keep[16];
    struct net n;
    int last;

    net_model(&n, c->line, dtype);
    last = (int)n.m->graph->nnodes - 1;
    net_fill(&n);
    for (size_t k = 0; k < c->nlayers; k++)
        keep[k] = nai_graph_layer(n.m->graph, c->layer[k].name);
    for (size_t nkeep = 0; nkeep <= c->nlayers; nkeep += c->nlayers) {
        net_run(&n,
                (struct nai_run_opts){
                    .n = c->n, .mode = NAI_MODE_INFER, .last = last, .keep = keep, .nkeep = nkeep});
        near(net_forward(&n, last), c->loss, tol, "%s %s INFER, %zu layers kept", c->line,
             nai_dtype_name(dtype), nkeep);
        for (size_t k = 0; k < nkeep; k++) {
            double *const x = net_fetch(&n, keep[k], false);
            const size_t count = c->n * nai_run_width(n.r, keep[k], false);
            double length;
            const double o = off(x, count, c->layer[k].name, c->layer[k].dot, &length);
            ok(o <= 1e-5 * length && o <= tol * length, "its layer %s: %.2g", c->layer[k].name,
               o / length);
            free(x);
        }
        nai_run_close(n.r);
        n.r = NULL;
    }
    net_close(&n);
}

/* Names and shapes in PyTorch's order, hashed as net.py does. */
static void check_names(const struct golden_names *c)
{
    struct nai_graph *g = NULL;
    struct nai_err err;
    uint32_t h = 2166136261u;
    size_t params = 0;
    char text[200];

    must(nai_graph_new(&g, c->line, &err), &err);
    for (size_t t = 0; t < g->ntensors; t++) {
        const struct nai_tensor *const tensor = &g->tensor[t];
        size_t at = (size_t)snprintf(text, sizeof text, "%s[", tensor->name);
        for (size_t k = 0; k < tensor->ndim; k++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%zu", k ? "," : "",
                                   tensor->shape[k]);
        snprintf(text + at, sizeof text - at, "];");
        for (const char *p = text; *p; p++)
            h = (h ^ (unsigned char)*p) * 16777619u;
        params += tensor->buffer ? 0 : tensor->count;
    }
    ok(g->ntensors == c->tensors && params == c->params && h == c->hash,
       "%s: names and shapes of %zu tensors, %u parameters", c->line, c->tensors, c->params);
    nai_graph_free(g);
}

int main(void)
{
    nai_blas_init(2);
    for (size_t k = 0; k < sizeof golden_names / sizeof *golden_names; k++)
        check_names(&golden_names[k]);
    for (size_t k = 0; k < sizeof golden / sizeof *golden; k++) {
        check_run(&golden[k], NAI_F64);
        check_run(&golden[k], NAI_F32);
        if (golden[k].nlayers > 0) {
            check_layers(&golden[k], NAI_F64);
            check_layers(&golden[k], NAI_F32);
        }
    }
    return tap_end();
}
