/* perturb.c - test of perturb.h: norms, directions, names, ratios, what is refused
 * SPDX-License-Identifier: MIT */
#include "perturb.h"

#include "../lib/tap.h"
#include "../net/net_test.h"
#include "direction.h"

enum { N = 21 * 5 + 5 + 2 * 5 + 5 * 2 + 2 };
static const char line[] = "mlp in=21 widths=5-2 norm=batch act=relu classes=0";

static double norm(const double *x)
{
    double sum = 0;

    for (size_t i = 0; i < N; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* The gradient as the network has it after `step` with these options, minus the one before. */
static int change(struct net *n, const struct nai_perturb_opts *o, uint64_t seed, double length,
                  uint64_t step, double *out)
{
    struct nai_perturb p;
    double g[N];
    int rc;

    for (size_t i = 0; i < N; i++)
        g[i] = noise("gradient", i);
    must(nai_model_scatter(n->m, g, n->m->g, &n->err), &n->err);
    must(nai_model_gather(n->m, n->m->g, g, &n->err), &n->err); /* as rounded */
    must(nai_perturb_open(&p, n->m, o, seed, NULL, &n->err), &n->err);
    rc = nai_perturb_apply(&p, n->m, length, step, &n->err);
    must(nai_model_gather(n->m, n->m->g, out, &n->err), &n->err);
    for (size_t i = 0; i < N; i++)
        out[i] -= g[i];
    nai_perturb_close(&p, n->m);
    return rc;
}

static double apart(const double *x, const double *y)
{
    double d[N];

    for (size_t i = 0; i < N; i++)
        d[i] = x[i] - y[i];
    return norm(d);
}

static void noises(struct net *n, double tol, const char *name)
{
    struct nai_perturb_opts o = {.noise = .75, .along = "ones"};
    static const double want[] = {1, 3.3895612, 11.489125}; /* 132^(0, 1/4, 1/2) */
    double x[N], y[N], unit[N];

    for (int k = 0; k < 3; k++) {
        o.growth = (enum nai_noise_growth)k;
        change(n, &o, 1, 9, 0, x);
        near(norm(x) / .75 / want[k], 1, tol + 1e-7, "%s: N^(%d/4)", name, k);
    }
    o.growth = NAI_GROWTH_CONSTANT;
    change(n, &o, 1, 9, 6, x);
    nai_unit_normal(unit, N, 1, "gradient noise", 6);
    for (size_t i = 0; i < N; i++)
        unit[i] *= -.75;
    near(apart(x, unit), 0, tol, "%s: minus sigma n", name);
    change(n, &o, 1, 9, 6, y);
    near(apart(x, y), 0, 0, "%s: the same again", name);
    change(n, &o, 1, 9, 7, y);
    ok(apart(x, y) > .75, "%s: of the step", name);
    change(n, &o, 2, 9, 6, y);
    ok(apart(x, y) > .75, "%s: and the seed", name);
    o.relative = true;
    change(n, &o, 1, .5, 6, y);
    for (size_t i = 0; i < N; i++)
        y[i] *= 2;
    near(apart(x, y), 0, 2 * tol, "%s: relative", name);
    ok(change(n, &o, 1, 0, 6, y) == NAI_ENUMERIC, "%s: relative to nothing", name);
    near(norm(y), 0, 0, "%s: changes nothing", name);
}

static void biases(struct net *n, double tol, const char *name)
{
    struct nai_perturb_opts o = {.bias = -.25, .along = "ones"};
    double x[N], y[N], sum = 0;

    change(n, &o, 1, 9, 0, x);
    for (size_t i = 0; i < N; i++)
        y[i] = .25;
    near(apart(x, y), 0, tol, "%s: minus b, of ones", name);
    o.relative = true;
    change(n, &o, 1, 3, 0, x);
    for (size_t i = 0; i < N; i++)
        y[i] = .75;
    near(apart(x, y), 0, 3 * tol, "%s: relative", name);
    o.relative = false;
    o.along = "random";
    change(n, &o, 1, 9, 0, x);
    near(norm(x), .25 * sqrt(N), tol, "%s: a random one is of norm sqrt(N)", name);
    for (size_t i = 0; i < N; i++)
        sum += x[i];
    near(sum / norm(x), 0, 5, "%s: not along ones", name); /* 11.5 along them */
    change(n, &o, 1, 9, 1, y);
    near(apart(x, y), 0, 0, "%s: the same each step", name);
    change(n, &o, 2, 9, 0, y);
    ok(apart(x, y) > .25, "%s: another of another seed", name);
}

static void device(enum nai_dtype dtype, double tol, const char *name)
{
    const struct nai_perturb_opts none = {.along = "ones", .relative = true};
    struct nai_perturb p;
    double x[N];
    struct net n;

    net_model(&n, line, dtype);
    noises(&n, tol, name);
    biases(&n, tol, name);
    ok(change(&n, &none, 1, 0, 0, x) == NAI_OK && norm(x) == 0, "%s: nothing", name);
    must(nai_perturb_open(&p, n.m, &none, 1, NULL, &n.err), &n.err);
    ok(nai_perturb_bytes(&p, n.m) == 0, "%s: which takes nothing", name);
    nai_perturb_close(&p, n.m);
    net_close(&n);
}

int main(void)
{
    nai_blas_init(2);
    device(NAI_F64, 1e-14, "f64");
    device(NAI_F32, 1e-6, "f32");
    return tap_end();
}
