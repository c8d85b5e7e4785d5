/* plan.c - memory shared in graphs of random shape: gradients and values stay right
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "random_graph.h"

static void start(struct net *n, const char *name, int layers)
{
    *n = (struct net){0};
    must(nai_device_open(&n->d, "cpu", NAI_F64, 1, &n->err), &n->err);
    must(nai_model_new(&n->m, n->d, graph(name, layers), true, &n->err), &n->err);
    net_fill(n);
}

static void open_run(struct net *n, enum nai_mode mode, bool all, int last)
{
    int *const keep = malloc((size_t)(last + 1) * sizeof *keep);

    for (int i = 0; i <= last; i++)
        keep[i] = i;
    nai_run_close(n->r);
    net_run(n, (struct nai_run_opts){.n = BATCH,
                                     .mode = mode,
                                     .last = last,
                                     .keep = keep,
                                     .nkeep = all ? (size_t)last + 1 : 0});
    free(keep);
}

/* Every node kept has the value that it has when nothing follows it. */
static bool same_values(struct net *n)
{
    const size_t nodes = n->m->graph->nnodes;
    double **const value = calloc(nodes, sizeof *value);
    bool same = true;

    open_run(n, NAI_MODE_INFER, true, (int)nodes - 1);
    nai_run_forward(n->r, NULL);
    for (size_t i = 0; i < nodes; i++)
        value[i] = net_fetch(n, (int)i, false);
    for (size_t i = 0; i < nodes; i++) {
        double *x;
        open_run(n, NAI_MODE_INFER, false, (int)i);
        nai_run_forward(n->r, NULL);
        x = net_fetch(n, (int)i, false);
        same &= memcmp(x, value[i], WIDTH * BATCH * sizeof *x) == 0;
        free(x);
        free(value[i]);
    }
    free(value);
    return same;
}

/* Loss with all parameters moved along the direction. */
static double moved(struct net *n, double by)
{
    for (size_t t = 0; t < n->m->graph->ntensors; t++) {
        const struct nai_tensor *const tensor = &n->m->graph->tensor[t];
        double x[64];
        for (size_t i = 0; i < tensor->count; i++)
            x[i] = filled(tensor, i) + (tensor->buffer ? 0 : by * noise("direction", i));
        must(nai_model_set(n->m, t, x, NAI_F64, &n->err), &n->err);
    }
    return net_forward(n, (int)n->m->graph->nnodes - 1);
}

/* Of the derivative along the direction, by backward and by differences. */
static double gradient_error(struct net *n)
{
    const double eps = 1e-6;
    double dot = 0, gg = 0, fd;

    moved(n, 0);
    net_backward(n);
    for (size_t t = 0; t < n->m->graph->ntensors; t++) {
        double *g;
        if (n->m->graph->tensor[t].buffer)
            continue;
        g = net_tensor(n, t, true);
        for (size_t i = 0; i < n->m->graph->tensor[t].count; i++) {
            dot += g[i] * noise("direction", i);
            gg += g[i] * g[i];
        }
        free(g);
    }
    fd = (moved(n, eps) - moved(n, -eps)) / (2 * eps);
    moved(n, 0);
    return fabs(dot - fd) / fmax(fabs(fd), sqrt(gg));
}

int main(void)
{
    int bad_gradient[2] = {0}, bad_value = 0, bad_kept = 0;
    enum { GRAPHS = 300 };

    nai_blas_init(1);
    for (int k = 0; k < GRAPHS; k++) {
        struct net n;
        char name[24];
        double loss[2], value[3];
        int last;
        snprintf(name, sizeof name, "graph %d", k);
        start(&n, name, 3 + k % 20);
        last = (int)n.m->graph->nnodes - 1;
        for (int mode = 0; mode < 2; mode++) {
            double e;
            open_run(&n, mode ? NAI_MODE_EVAL : NAI_MODE_TRAIN, false, last);
            e = gradient_error(&n);
            if (!(e <= 2e-6)) {
                printf("# %s %s: %g\n", name, mode ? "EVAL" : "TRAIN", e);
                bad_gradient[mode]++;
            }
            loss[mode] = n.loss;
            open_run(&n, mode ? NAI_MODE_EVAL : NAI_MODE_TRAIN, true, last);
            bad_kept += moved(&n, 0) != loss[mode];
        }
        value[0] = loss[1];
        for (int all = 0; all < 2; all++) {
            open_run(&n, NAI_MODE_INFER, all == 1, last);
            value[1 + all] = moved(&n, 0);
        }
        bad_value += !(fabs(value[1] - value[0]) <= 1e-12 * fmax(1, fabs(value[0]))) ||
                     value[1] != value[2] || !same_values(&n);
        net_close(&n);
    }
    ok(bad_gradient[0] == 0, "%d graphs, batch statistics: gradients are right", GRAPHS);
    ok(bad_gradient[1] == 0, "%d graphs, running statistics: gradients are right", GRAPHS);
    ok(bad_kept == 0, "values kept or not, the output is the same");
    ok(bad_value == 0, "memory used again, the output is the same");
    return tap_end();
}
