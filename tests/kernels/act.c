/* act.c - test of act.h
 * SPDX-License-Identifier: MIT
 *
 * Against PyTorch, against the C library in float64 over the range, against central differences. */
#include "act.h"

#include "golden_layers.h"
#include "layers.h"

struct layer {
    struct nai_device *d;
    enum nai_act act;
    size_t n;
    bool in_place;
    double *x, *w, *y, *dx;
};

static void layer_new(struct layer *a, struct nai_device *d, enum nai_act act, size_t n)
{
    *a = (struct layer){.d = d, .act = act, .n = n};
    a->x = drawn(21, n);
    for (size_t i = 0; i < n; i++)
        a->x[i] *= 4;
    a->w = drawn(22, n);
    a->y = doubles(n);
    a->dx = doubles(n);
}

static void layer_free(struct layer *a)
{
    free(a->x);
    free(a->w);
    free(a->y);
    free(a->dx);
}

static void run(struct layer *a)
{
    struct nai_device *const d = a->d;
    struct nai_buf *b[] = {put(d, a->x, a->n), put(d, NULL, a->n), put(d, a->w, a->n),
                           put(d, NULL, a->n)};
    struct nai_buf *const y = a->in_place && a->act != NAI_ACT_GELU ? b[0] : b[1];
    struct nai_buf *const dx = a->in_place ? b[2] : b[3];

    d->act->forward(d, a->act, b[0], y, a->n);
    d->act->backward(d, a->act, b[0], y, b[2], dx, a->n);
    get(d, y, a->y, a->n);
    get(d, dx, a->dx, a->n);
    drop(d, b, COUNT(b));
}

static void golden(struct nai_device *d, enum nai_act act, bool in_place, const char *name,
                   const double *y, const double *dx)
{
    const double tol = d->dtype == NAI_F32 ? 1e-6 : 1e-12;
    struct layer a;

    layer_new(&a, d, act, 41);
    a.in_place = in_place;
    run(&a);
    ok(worst(a.y, y, 41) <= tol && worst(a.dx, dx, 41) <= tol, "%s as PyTorch, f%zu%s: %.1e %.1e",
       name, 8 * d->size, in_place ? ", in place" : "", worst(a.y, y, 41), worst(a.dx, dx, 41));
    layer_free(&a);
}

static double loss(void *ctx)
{
    struct layer *const a = ctx;

    run(a);
    return weighted(a->w, a->y, a->n);
}

static void gradients(struct nai_device *d, enum nai_act act)
{
    struct layer a, b;

    layer_new(&a, d, act, 41);
    layer_new(&b, d, act, 41);
    run(&a);
    const double e = differences(loss, &b, b.x, a.dx, 41);
    ok(e <= 1e-6, "differences, activation %d: %.1e", (int)act, e);
    layer_free(&a);
    layer_free(&b);
}

/* The float32 functions are our own: against the library's in float64, far into both tails. */
static void range(struct nai_device *d, enum nai_act act, const char *name, double tol)
{
    struct layer a;
    double most = 0, slope = 0;

    layer_new(&a, d, act, 60001);
    for (size_t i = 0; i < a.n; i++)
        a.x[i] = (double)(float)(((double)i - 30000) / 250); /* -120 .. 120 */
    run(&a);
    for (size_t i = 0; i < a.n; i++) {
        const double x = a.x[i], s = 1 / (1 + exp(-x)), p = 0.5 * erfc(-x * sqrt(0.5));
        const double density = exp(-x * x / 2) / sqrt(2 * acos(-1.0));
        const double want = act == NAI_ACT_GELU ? x * p : act == NAI_ACT_TANH ? tanh(x) : s;
        const double back = act == NAI_ACT_GELU   ? p + x * density
                            : act == NAI_ACT_TANH ? 1 - tanh(x) * tanh(x)
                                                  : s * (1 - s);
        most = fmax(most, worst(&a.y[i], &want, 1));
        const double dx = a.w[i] * back;
        slope = fmax(slope, worst(&a.dx[i], &dx, 1));
    }
    ok(most <= tol && slope <= 2 * tol, "%s in [-120, 120], f%zu: %.1e, gradient %.1e", name,
       8 * d->size, most, slope);
    layer_free(&a);
}

static void special(struct nai_device *d, enum nai_act act, double plus, double minus)
{
    struct layer a;

    layer_new(&a, d, act, 4);
    a.x[0] = INFINITY;
    a.x[1] = -INFINITY;
    a.x[2] = NAN;
    a.x[3] = 0;
    run(&a);
    /* x Phi(x) at -inf is -inf times 0 */
    ok((isinf(plus) ? isinf(a.y[0]) && a.y[0] > 0 : fabs(a.y[0] - plus) < 1e-6) &&
           (isnan(minus) || fabs(a.y[1] - minus) < 1e-6) && isnan(a.y[2]) &&
           a.y[3] == (act == NAI_ACT_SIGMOID ? 0.5 : 0),
       "activation %d, f%zu, of inf, -inf, NaN, 0: %g %g %g %g", (int)act, 8 * d->size, a.y[0],
       a.y[1], a.y[2], a.y[3]);
    layer_free(&a);
}

static void threads(struct nai_device *d, enum nai_act act)
{
    struct layer one, a;

    omp_set_num_threads(1);
    layer_new(&one, d, act, 100003);
    run(&one);
    omp_set_num_threads(2);
    layer_new(&a, d, act, 100003);
    run(&a);
    ok(memcmp(a.y, one.y, a.n * sizeof *a.y) == 0 && memcmp(a.dx, one.dx, a.n * sizeof *a.y) == 0,
       "1, 2 threads: the same bits, activation %d, f%zu", (int)act, 8 * d->size);
    layer_free(&a);
    layer_free(&one);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const both[] = {device(NAI_F32), device(NAI_F64)};

    for (size_t i = 0; i < 2; i++) {
        struct nai_device *const d = both[i];
        for (int in_place = 0; in_place < 2; in_place++) {
            golden(d, NAI_ACT_RELU, in_place, "relu", golden_act_relu_y, golden_act_relu_dx);
            golden(d, NAI_ACT_GELU, in_place, "gelu", golden_act_gelu_y, golden_act_gelu_dx);
            golden(d, NAI_ACT_TANH, in_place, "tanh", golden_act_tanh_y, golden_act_tanh_dx);
            golden(d, NAI_ACT_SIGMOID, in_place, "sigmoid", golden_act_sigmoid_y,
                   golden_act_sigmoid_dx);
        }
        range(d, NAI_ACT_GELU, "gelu", i ? 1e-15 : 1e-6);
        range(d, NAI_ACT_TANH, "tanh", i ? 1e-15 : 2e-7);
        range(d, NAI_ACT_SIGMOID, "sigmoid", i ? 1e-15 : 2e-7);
        special(d, NAI_ACT_RELU, INFINITY, 0);
        special(d, NAI_ACT_GELU, INFINITY, NAN);
        special(d, NAI_ACT_TANH, 1, -1);
        special(d, NAI_ACT_SIGMOID, 1, 0);
        for (int act = NAI_ACT_NONE; act <= NAI_ACT_SIGMOID; act++)
            threads(d, (enum nai_act)act);
    }
    for (int act = NAI_ACT_NONE; act <= NAI_ACT_SIGMOID; act++)
        gradients(both[1], (enum nai_act)act);
    nai_device_close(both[0]);
    nai_device_close(both[1]);
    return tap_end();
}
