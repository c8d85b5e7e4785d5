/* tangent.c - products with the Hessian against differences of gradients, in float64
 * SPDX-License-Identifier: MIT
 *
 * Of the loss L = sum over the outputs z of c z + z^2 / 2, whose gradient by z is c + z and whose
 * Hessian by z is the identity. */
#include "../lib/tap.h"
#include "random_graph.h"

static const uint64_t key[2] = {1, 2};

/* dz of the output that forward left; the values are plain rows (or maps, or tokens, as they lie).
 */
static void put_gradient(struct net *n, struct nai_buf *to)
{
    const size_t count = nai_shape_count(&n->out);
    double *const z = malloc(count * sizeof *z);

    n->d->memory->download(n->d, z, nai_run_output(n->r, n->last, &n->out), count);
    for (size_t i = 0; i < count; i++)
        z[i] += noise("grad", i);
    n->d->memory->upload(n->d, to, z, count);
    free(z);
}

/* The gradient by all parameters, padding included. */
static void gradient(struct net *n, double *g)
{
    const size_t params = n->m->graph->params;

    nai_run_forward(n->r, key);
    put_gradient(n, nai_run_grad(n->r));
    n->d->vector->zero(n->d, n->m->g, params);
    nai_run_backward(n->r);
    n->d->memory->download(n->d, g, n->m->g, params);
}

/* H v, or the product of the Gauss-Newton matrix, at the last forward. */
static void product(struct net *n, const double *v, double *hv, bool gauss_newton)
{
    struct nai_device *const d = n->d;
    const size_t params = n->m->graph->params, count = nai_shape_count(&n->out);
    struct nai_buf *const into = gauss_newton ? n->m->g : n->m->tg;

    d->memory->upload(d, n->m->tw, v, params);
    d->vector->zero(d, into, params);
    nai_run_tangent(n->r);
    if (gauss_newton) {
        d->vector->copy(d, nai_run_grad(n->r), nai_run_output_tangent(n->r, n->last, &n->out),
                        count);
        nai_run_backward(n->r);
    } else {
        d->vector->copy(d, nai_run_grad_tangent(n->r),
                        nai_run_output_tangent(n->r, n->last, &n->out), count);
        put_gradient(n, nai_run_grad(n->r));
        nai_run_backward_tangent(n->r);
    }
    d->memory->download(d, hv, into, params);
}

/* Directions that leave padding and buffers alone. */
static double *direction(const struct net *n, const char *name)
{
    double *const v = calloc(n->m->graph->params, sizeof *v);

    for (size_t t = 0; t < n->m->graph->ntensors; t++) {
        const struct nai_tensor *const p = &n->m->graph->tensor[t];
        for (size_t i = 0; !p->buffer && i < p->count; i++)
            v[p->offset + i] = noise(name, p->offset + i);
    }
    return v;
}

static double dot(size_t count, const double *x, const double *y)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

static void move(struct net *n, const double *w, double by, const double *v)
{
    const size_t params = n->m->graph->params;
    double *const x = malloc(params * sizeof *x);

    for (size_t i = 0; i < params; i++)
        x[i] = w[i] + by * v[i];
    n->d->memory->upload(n->d, n->m->w, x, params);
    free(x);
}

/* How far hv is from (8 (g(e) - g(-e)) - (g(2e) - g(-2e))) / 12 e, relative to its norm: the
 * smallest over a few steps, as a large one meets kinks of ReLUs and a small one rounding. */
static double against_differences(struct net *n, const double *v, const double *hv)
{
    static const double at[] = {1, -1, 2, -2}, weight[] = {8, -8, -1, 1};
    const size_t params = n->m->graph->params;
    double *const w = malloc(params * sizeof *w), *const g = malloc(params * sizeof *g);
    double *const fd = malloc(params * sizeof *fd), best = INFINITY;

    n->d->memory->download(n->d, w, n->m->w, params);
    for (double e = 1e-3; e > 1e-8; e /= 10) {
        double off = 0;
        memset(fd, 0, params * sizeof *fd);
        for (size_t k = 0; k < 4; k++) {
            move(n, w, at[k] * e, v);
            gradient(n, g);
            for (size_t i = 0; i < params; i++)
                fd[i] += weight[k] * g[i] / (12 * e);
        }
        for (size_t i = 0; i < params; i++)
            off += (fd[i] - hv[i]) * (fd[i] - hv[i]);
        off = sqrt(off / dot(params, hv, hv));
        if (!(best <= off))
            best = off;
    }
    move(n, w, 0, v);
    gradient(n, g);
    free(w);
    free(g);
    free(fd);
    return best;
}

/* Is the Gauss-Newton product J^T J v, by way of |J v|^2 = <v, J^T J v>? */
static double gauss_newton(struct net *n, const double *v, double *hv)
{
    const size_t count = nai_shape_count(&n->out);
    double *const jv = malloc(count * sizeof *jv), squares, through;

    product(n, v, hv, true);
    n->d->memory->download(n->d, jv, nai_run_output_tangent(n->r, n->last, &n->out), count);
    squares = dot(count, jv, jv);
    through = dot(n->m->graph->params, v, hv);
    free(jv);
    return fabs(squares - through) / squares;
}

/* Worst of what a network's products are checked for. */
struct errors {
    double differ, symmetry, gn;
    bool again; /* the same bits from one forward pass */
};

static struct errors errors(struct net *n, struct nai_run_opts o)
{
    const size_t params = n->m->graph->params;
    double *const u = direction(n, "u"), *const v = direction(n, "v");
    double *const hu = malloc(params * sizeof *hu), *const hv = malloc(params * sizeof *hv);
    double *const other = malloc(params * sizeof *other);
    struct errors e;

    o.tangents = true;
    o.last = -1;
    must(nai_model_tangents(n->m, &n->err), &n->err);
    net_fill(n);
    net_run(n, o);
    nai_run_forward(n->r, key);
    product(n, v, hv, false);
    product(n, u, hu, false);
    e.symmetry = fabs(dot(params, u, hv) - dot(params, v, hu)) /
                 sqrt(dot(params, u, u) * dot(params, hv, hv));
    e.gn = gauss_newton(n, u, other);
    product(n, v, other, false);
    e.again = memcmp(hv, other, params * sizeof *hv) == 0;
    e.differ = against_differences(n, v, hv);
    free(u);
    free(v);
    free(hu);
    free(hv);
    free(other);
    return e;
}

static void check(const char *line, size_t batch, size_t groups, enum nai_mode mode)
{
    struct net n;
    struct errors e;

    net_model(&n, line, NAI_F64);
    e = errors(&n, (struct nai_run_opts){.n = batch, .groups = groups, .mode = mode});
    ok(e.differ <= 1e-7, "%s, %zu groups, %s: H v is off by %.2g", line, groups,
       mode == NAI_MODE_TRAIN ? "batch statistics" : "running statistics", e.differ);
    ok(e.symmetry <= 1e-12, "... <u, H v> = <v, H u> to %.2g", e.symmetry);
    ok(e.gn <= 1e-12, "... |J u|^2 = <u, G u> to %.2g", e.gn);
    ok(e.again, "... the same from one forward pass");
    net_close(&n);
}

/* Memory shared in every way: dropout, shortcuts, several readers. */
static void check_random(int mode)
{
    enum { GRAPHS = 200 };
    int bad = 0;

    for (int k = 0; k < GRAPHS; k++) {
        struct net n = {0};
        struct errors e;
        char name[24];
        snprintf(name, sizeof name, "graph %d", k);
        must(nai_device_open(&n.d, "cpu", NAI_F64, 1, &n.err), &n.err);
        must(nai_model_new(&n.m, n.d, graph(name, 3 + k % 20), true, &n.err), &n.err);
        e = errors(&n, (struct nai_run_opts){.n = BATCH, .mode = (enum nai_mode)mode});
        if (!(e.differ <= 1e-6) || !(e.symmetry <= 1e-11) || !(e.gn <= 1e-11) || !e.again) {
            printf("# %s: %g %g %g %d\n", name, e.differ, e.symmetry, e.gn, e.again);
            bad++;
        }
        net_close(&n);
    }
    ok(bad == 0, "%d graphs, %s: products are right", GRAPHS,
       mode == NAI_MODE_TRAIN ? "batch statistics" : "running statistics");
}

int main(void)
{
    static const char *const lines[] = {
        "mlp in=7 widths=6-5 act=linear",
        "mlp in=7 widths=6-5-4 act=relu projector=4",
        "mlp in=7 widths=6-5-4 act=tanh",
        "mlp in=7 widths=6-5 act=sigmoid bias=0",
        "mlp in=2x3x3 widths=9-8 act=gelu norm=batch classes=3",
        "mlp in=7 widths=6-5 act=relu norm=batch projector=4",
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
                    check(lines[k], strstr(lines[k], "resnet50") ? 8 : 4, groups,
                          (enum nai_mode)mode);
    check_random(NAI_MODE_TRAIN);
    check_random(NAI_MODE_EVAL);
    return tap_end();
}
