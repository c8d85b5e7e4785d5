/* gradient.c - gradients of every family of networks against central differences, in float64
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "net_test.h"

static void shift(struct net *n, size_t t, const double *w, double by)
{
    const struct nai_tensor *const tensor = &n->m->graph->tensor[t];
    double *const x = malloc(tensor->count * sizeof *x);

    for (size_t i = 0; i < tensor->count; i++)
        x[i] = w[i] + by * noise("direction", i);
    must(nai_model_set(n->m, t, x, NAI_F64, &n->err), &n->err);
    free(x);
}

/*
 * The derivative along a direction, tensor by tensor, or (deep networks) along all at once; the
 * worst error in units of what is allowed: 1e-6 of the derivative (or of a hundredth of what it
 * could be), and the rounding of the loss.
 */
struct along {
    double dot, gg, vv;
};

static void add_tensor(struct net *n, size_t t, struct along *a)
{
    double *const g = net_tensor(n, t, true);

    for (size_t i = 0; i < n->m->graph->tensor[t].count; i++) {
        const double v = noise("direction", i);
        a->dot += g[i] * v;
        a->gg += g[i] * g[i];
        a->vv += v * v;
    }
    free(g);
}

/* Tensors first to end - 1 moved along the direction, there and back. */
static double error(struct net *n, int last, double **w, size_t first, size_t end,
                    char where[static 160])
{
    const double eps = end - first > 1 ? 1e-9 : 1e-6; /* many tensors meet more kinks of ReLUs */
    struct along a = {0};
    double loss[2], fd, allowed;

    for (size_t t = first; t < end; t++)
        if (!n->m->graph->tensor[t].buffer)
            add_tensor(n, t, &a);
    for (int side = 0; side < 2; side++) {
        for (size_t t = first; t < end; t++)
            shift(n, t, w[t], n->m->graph->tensor[t].buffer ? 0 : side ? -eps : eps);
        loss[side] = net_forward(n, last);
    }
    for (size_t t = first; t < end; t++)
        shift(n, t, w[t], 0);
    fd = (loss[0] - loss[1]) / (2 * eps);
    allowed = 1e-6 * fmax(fabs(fd), .01 * sqrt(a.gg * a.vv)) + 2e-15 / eps * fmax(1, fabs(loss[0]));
    snprintf(where, 160, "%.90s %.9g, differences %.9g",
             end - first > 1 ? "all tensors" : n->m->graph->tensor[first].name, a.dot, fd);
    return fabs(a.dot - fd) / allowed;
}

static double worst(struct net *n, int last, char where[static 160])
{
    const size_t count = n->m->graph->ntensors, step = count > 60 ? count : 1;
    double most = 0, **const w = calloc(count, sizeof *w);
    char here[160];

    for (size_t t = 0; t < count; t++)
        w[t] = net_tensor(n, t, false);
    for (size_t t = 0; t < count; t += step) {
        double e;
        if (step == 1 && n->m->graph->tensor[t].buffer)
            continue;
        e = error(n, last, w, t, t + step, here);
        if (!(e <= most)) {
            most = e;
            memcpy(where, here, sizeof here);
        }
    }
    for (size_t t = 0; t < count; t++)
        free(w[t]);
    free(w);
    return most;
}

static void check(const char *line, size_t batch, size_t groups, enum nai_mode mode)
{
    struct net n;
    char where[160] = "";
    int last;
    double most;

    net_model(&n, line, NAI_F64);
    last = (int)n.m->graph->nnodes - 1;
    net_fill(&n);
    net_run(&n, (struct nai_run_opts){.n = batch, .groups = groups, .mode = mode, .last = last});
    net_forward(&n, last);
    net_backward(&n);
    most = worst(&n, last, where);
    ok(most <= 1, "%s, %zu groups, %s: %s (%.2g of the tolerance)", line, groups,
       mode == NAI_MODE_TRAIN ? "batch statistics" : "running statistics", where, most);
    net_close(&n);
}

int main(void)
{
    static const char *const lines[] = {
        "mlp in=7 widths=6-5-4 act=tanh",
        "mlp in=2x3x3 widths=9-8 act=gelu norm=batch classes=3",
        "mlp in=7 widths=6-5 act=sigmoid bias=0",
        "mlp in=7 widths=6-5 act=relu norm=batch projector=4",
        "mlp in=7 widths=6-5 act=linear",
        "cnn in=1x9x9 widths=5-6-3 classes=4",
        "cnn in=3x8x8 widths=4-17 projector=5 hidden=7 predictor=5",
        "resnet18 in=3x8x8 width=3 stem=cifar projector=4",
        "resnet18 in=3x40x40 width=2 stem=imagenet classes=3",
        "resnet50 in=3x16x16 width=4 stem=cifar classes=3",
        "resnet20 in=3x10x10 width=4 classes=3",
        "vgg11 in=3x32x32 width=3 head=linear classes=3",
        "vgg11-bn in=3x40x40 width=2 head=linear projector=3",
        "vit in=3x8x8 patch=4 dim=12 depth=2 heads=3 classes=3",
        "vit in=3x8x8 patch=4 dim=8 depth=2 heads=2 mlp=12 pool=mean pos=sincos projector=5",
    };

    nai_blas_init(1); /* networks this small are slower on two */
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++)
        for (size_t groups = 1; groups <= 2; groups++)
            for (int mode = NAI_MODE_TRAIN; mode <= NAI_MODE_EVAL; mode++)
                if (groups == 1 || mode == NAI_MODE_TRAIN)
                    check(lines[k], 4, groups, (enum nai_mode)mode);
    return tap_end();
}
