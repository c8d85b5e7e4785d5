/* model.c - test of model.h: trained elements one behind the other, and back
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "net_test.h"

/* Weights and biases of 3 x 7 to 5 to 2, batch normalisation between: its running statistics are
 * not trained. */
static const char line[] = "mlp in=21 widths=5-2 norm=batch act=relu classes=0";
enum { N = 21 * 5 + 5 + 2 * 5 + 5 * 2 + 2 };

static void flat(enum nai_dtype dtype, const char *name)
{
    struct net n;
    double x[N], back[N], *host;
    size_t at = 0, wrong = 0;

    net_model(&n, line, dtype);
    net_fill(&n);
    ok(nai_model_params(n.m) == N, "%s: %d elements", name, N);
    ok(n.m->graph->params > N && n.m->graph->buffers > 0, "%s: and padding, and buffers", name);
    ok(nai_model_gather(n.m, n.m->w, x, &n.err) == NAI_OK, "%s: gathered", name);
    for (size_t t = 0; t < n.m->graph->ntensors; t++) {
        if (n.m->graph->tensor[t].buffer)
            continue;
        host = net_tensor(&n, t, false);
        for (size_t i = 0; i < n.m->graph->tensor[t].count; i++)
            wrong += x[at++] != host[i];
        free(host);
    }
    ok(at == N && wrong == 0, "%s: tensor by tensor", name);

    n.d->vector->fill(n.d, n.m->g, NAN, n.m->graph->params);
    ok(nai_model_scatter(n.m, x, n.m->g, &n.err) == NAI_OK, "%s: scattered", name);
    ok(nai_model_gather(n.m, n.m->g, back, &n.err) == NAI_OK, "%s: gathered again", name);
    ok(memcmp(x, back, sizeof x) == 0, "%s: as it was", name);
    ok(n.d->vector->nonfinite(n.d, n.m->g, n.m->graph->params) == 0, "%s: padding too", name);
    for (size_t i = 0; i < N; i++)
        x[i] = 1;
    nai_model_scatter(n.m, x, n.m->g, &n.err);
    near(n.d->vector->dot(n.d, n.m->g, n.m->g, n.m->graph->params), N, 0, "%s: which is 0", name);
    net_close(&n);
}

int main(void)
{
    nai_blas_init(2);
    flat(NAI_F64, "f64");
    flat(NAI_F32, "f32");
    return tap_end();
}
