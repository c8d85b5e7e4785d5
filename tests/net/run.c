/* run.c - runs of a network: modes agree, memory is reused safely, sizes are checked
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "net_test.h"

static double furthest(const double *x, const double *y, size_t count)
{
    double most = 0, scale = 1;

    for (size_t i = 0; i < count; i++) {
        if (!(fabs(x[i] - y[i]) <= most))
            most = fabs(x[i] - y[i]);
        scale = fmax(scale, fabs(y[i]));
    }
    return most / scale;
}

static void open_mode(struct net *n, enum nai_mode mode, size_t batch, const int *keep,
                      size_t nkeep)
{
    nai_run_close(n->r);
    net_run(n, (struct nai_run_opts){
                   .n = batch, .mode = mode, .last = -1, .keep = keep, .nkeep = nkeep});
}

/* Every named layer of EVAL (each alone, so that memory is reused around it) and of INFER. */
static void test_infer(const char *line, enum nai_dtype dtype, double tol)
{
    struct net n;
    int all[256], last;
    size_t nall = 0;
    double most = 0, reused = 0;
    size_t kept_bytes, bytes;

    net_model(&n, line, dtype);
    net_fill(&n);
    last = (int)n.m->graph->nnodes - 1;
    for (int i = 0; i <= last && nall < 256; i++)
        if (n.m->graph->node[i].name[0])
            all[nall++] = i;
    open_mode(&n, NAI_MODE_EVAL, 3, all, nall);
    kept_bytes = nai_run_bytes(n.r);
    net_forward(&n, last);
    {
        double *value[256];
        size_t count[256];
        for (size_t k = 0; k < nall; k++) {
            value[k] = net_fetch(&n, all[k], false);
            count[k] = 3 * nai_run_width(n.r, all[k], false);
        }
        for (size_t k = 0; k < nall; k++) {
            double *x;
            open_mode(&n, NAI_MODE_INFER, 3, &all[k], 1);
            net_forward(&n, last);
            x = net_fetch(&n, all[k], false);
            most = fmax(most, furthest(x, value[k], count[k]));
            free(x);
            x = net_fetch(&n, last, false);
            reused = fmax(reused, furthest(x, value[nall - 1], count[nall - 1]));
            free(x);
        }
        for (size_t k = 0; k < nall; k++)
            free(value[k]);
    }
    ok(most <= tol && reused <= tol, "%s %s: INFER gives EVAL's layers: %.2g, %.2g", line,
       nai_dtype_name(dtype), most, reused);
    open_mode(&n, NAI_MODE_INFER, 3, NULL, 0);
    bytes = nai_run_bytes(n.r);
    ok(bytes < kept_bytes, "in %zu bytes, not %zu", bytes, kept_bytes);
    net_close(&n);
}

/* All gradients of a step, as one array. */
static double *gradients(struct net *n, size_t *count)
{
    *count = n->m->graph->params;
    double *const g = malloc(*count * sizeof *g);

    n->d->memory->download(n->d, g, n->m->g, *count);
    return g;
}

/* The same step twice, and on another number of threads: the same bits, in float64. */
static void test_repeat(const char *line, enum nai_mode mode)
{
    double *g[3], loss[3];
    size_t count = 0;

    for (int k = 0; k < 3; k++) {
        struct net n;
        nai_blas_init(k == 2 ? 1 : 2);
        net_model(&n, line, NAI_F64);
        net_fill(&n);
        open_mode(&n, mode, 4, NULL, 0);
        for (int again = 0; again <= (k == 1); again++) {
            loss[k] = net_forward(&n, (int)n.m->graph->nnodes - 1);
            net_backward(&n);
        }
        g[k] = gradients(&n, &count);
        net_close(&n);
    }
    ok(loss[0] == loss[1] && memcmp(g[0], g[1], count * sizeof **g) == 0,
       "%s: a second step from the same parameters is the same", line);
    ok(loss[0] == loss[2] && memcmp(g[0], g[2], count * sizeof **g) == 0,
       "%s: one thread gives the bits of two", line);
    for (int k = 0; k < 3; k++)
        free(g[k]);
    nai_blas_init(2);
}

static void test_accumulate(void)
{
    struct net n;
    double *once, *twice, most = 0;
    size_t count;

    net_model(&n, "vit in=3x8x8 dim=12 heads=3 depth=2 classes=3", NAI_F64);
    net_fill(&n);
    open_mode(&n, NAI_MODE_EVAL, 2, NULL, 0);
    net_forward(&n, (int)n.m->graph->nnodes - 1);
    net_backward(&n);
    once = gradients(&n, &count);
    n.d->memory->upload(n.d, nai_run_grad(n.r),
                        (double[]){noise("grad", 0), noise("grad", 1), noise("grad", 2),
                                   noise("grad", 3), noise("grad", 4), noise("grad", 5)},
                        6);
    net_forward(&n, (int)n.m->graph->nnodes - 1);
    n.d->memory->upload(n.d, nai_run_grad(n.r),
                        (double[]){noise("grad", 0), noise("grad", 1), noise("grad", 2),
                                   noise("grad", 3), noise("grad", 4), noise("grad", 5)},
                        6);
    nai_run_backward(n.r);
    twice = gradients(&n, &count);
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(twice[i] - 2 * once[i]));
    ok(most <= 1e-12, "a second backward adds to the gradients: %.2g", most);
    free(once);
    free(twice);
    net_close(&n);
}

static void test_dropout(void)
{
    static const char line[] = "vgg11 in=3x224x224 width=1 dropout=.25";
    static const uint64_t keys[3][2] = {{1, 2}, {1, 3}, {1, 2}};
    struct net n;
    double *z[3];
    int keep[2];
    size_t zeros = 0, odd = 0;

    net_model(&n, line, NAI_F32);
    net_fill(&n);
    keep[0] = nai_graph_layer(n.m->graph, "classifier.1");
    keep[1] = nai_graph_layer(n.m->graph, "classifier.2");
    nai_run_close(n.r);
    net_run(&n, (struct nai_run_opts){
                    .n = 2, .mode = NAI_MODE_TRAIN, .last = keep[1], .keep = keep, .nkeep = 1});
    for (int k = 0; k < 3; k++) {
        nai_run_forward(n.r, keys[k]);
        z[k] = net_fetch(&n, keep[1], false);
    }
    {
        double *const x = net_fetch(&n, keep[0], false);
        for (size_t i = 0; i < 8192; i++) {
            zeros += x[i] > 0 && z[2][i] == 0;
            odd += z[2][i] != 0 && !(fabs(z[2][i] - x[i] / .75) <= 1e-6 * x[i]);
        }
        free(x);
    }
    ok(odd == 0 && zeros > 500, "dropout scales what it keeps (%zu zeros)", zeros);
    ok(memcmp(z[0], z[1], 8192 * sizeof **z) != 0 && memcmp(z[0], z[2], 8192 * sizeof **z) == 0,
       "it depends on the key");
    for (int k = 0; k < 3; k++)
        free(z[k]);
    net_close(&n);
}

static void refused(const char *line, struct nai_run_opts o, const char *want)
{
    struct nai_run *r = NULL;
    struct net n;
    int status;

    net_model(&n, line, NAI_F32);
    o.last = o.last < 0 ? (int)n.m->graph->nnodes - 1 : o.last;
    status = nai_run_open(&r, n.m, &o, &n.err);
    ok(status == NAI_EUSAGE && !r && strstr(n.err.msg, want), "%s: %s", line, n.err.msg);
    net_close(&n);
}

static void test_sizes(void)
{
    struct net n;
    double *map, *mean, sum = 0;
    int layer;

    refused("cnn", (struct nai_run_opts){.n = 5, .groups = 2, .last = -1}, "5 is not divided by 2");
    refused("cnn", (struct nai_run_opts){.n = 0, .last = -1}, "a batch of 0");
    refused("cnn", (struct nai_run_opts){.n = 2, .last = 999}, "no such layer");
    refused("mlp in=3 norm=batch", (struct nai_run_opts){.n = 2, .groups = 2, .last = -1},
            "layer act1: batch statistics of a single value");
    refused("vgg11 in=3x32x32", (struct nai_run_opts){.n = 2, .h = 16, .w = 32, .last = -1},
            "nothing left of a picture of 16x32");
    refused("vit in=3x8x8 depth=1", (struct nai_run_opts){.n = 2, .h = 16, .w = 8, .last = -1},
            "layer pos_drop: a picture of 16x8 gives 9 tokens, not 5");
    refused("mlp in=3x4x4", (struct nai_run_opts){.n = 2, .h = 8, .w = 8, .last = -1},
            "a picture of 8x8 gives 192 values, not 48");

    net_model(&n, "resnet18 in=3x32x32 width=5", NAI_F32);
    net_fill(&n);
    layer = nai_graph_layer(n.m->graph, "layer2");
    nai_run_close(n.r);
    net_run(&n,
            (struct nai_run_opts){.n = 2, .h = 24, .w = 20, .mode = NAI_MODE_INFER, .last = layer});
    nai_run_forward(n.r, NULL);
    map = net_fetch(&n, layer, false);
    mean = net_fetch(&n, layer, true);
    ok(n.out.c == 10 && n.out.h == 12 && n.out.w == 10, "another picture size");
    for (size_t i = 0; i < 120; i++)
        sum += map[13 * 120 + i] / 120;
    near(mean[13], sum, 1e-6, "a layer pooled is the mean of its map");
    free(map);
    free(mean);
    net_close(&n);
}

int main(void)
{
    static const char *const lines[] = {
        "resnet18 in=3x16x16 width=5 projector=6",
        "resnet50 in=3x16x16 width=3 classes=3",
        "resnet20 in=3x12x12 width=6 classes=3",
        "vgg11 in=3x32x32 width=3 classes=4",
        "vgg11-bn in=3x32x32 width=3 projector=4",
        "cnn in=1x14x14 widths=5-18-33 projector=5 predictor=5",
        "mlp in=2x3x3 widths=9-8-7 act=tanh norm=batch classes=3",
        "vit in=3x12x12 dim=24 depth=2 heads=3 classes=3",
        "vit in=3x12x12 dim=24 depth=2 heads=3 pool=mean projector=4",
    };

    nai_blas_init(2);
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
        test_infer(lines[k], NAI_F32, 1e-5);
        test_infer(lines[k], NAI_F64, 1e-12);
        test_repeat(lines[k], NAI_MODE_TRAIN);
    }
    test_repeat("resnet18 in=3x8x8 width=3 classes=2", NAI_MODE_EVAL);
    test_accumulate();
    test_dropout();
    test_sizes();
    return tap_end();
}
