/* token.c - test of token.h
 * SPDX-License-Identifier: MIT
 *
 * References are the definitions, element by element; gradients against central differences. */
#include "token.h"

#include "layers.h"

enum { N = 3, PATCHES = 5, DIM = 70 };

struct layer {
    struct nai_device *d;
    bool cls, pos;
    double *x, *c, *p, *w, *y, *dx, *dc, *dp;
};

static size_t tokens(const struct layer *a)
{
    return PATCHES + (a->cls ? 1 : 0);
}

static void layer_new(struct layer *a, struct nai_device *d, bool cls, bool pos)
{
    *a = (struct layer){.d = d, .cls = cls, .pos = pos};
    a->x = drawn(71, N * PATCHES * DIM);
    a->c = drawn(72, DIM);
    a->p = drawn(73, tokens(a) * DIM);
    a->w = drawn(74, N * tokens(a) * DIM);
    a->y = doubles(N * tokens(a) * DIM);
    a->dx = doubles(N * PATCHES * DIM);
    a->dc = doubles(DIM);
    a->dp = doubles(tokens(a) * DIM);
}

static void layer_free(struct layer *a)
{
    double *const p[] = {a->x, a->c, a->p, a->w, a->y, a->dx, a->dc, a->dp};

    for (size_t i = 0; i < COUNT(p); i++)
        free(p[i]);
}

static void run(struct layer *a)
{
    struct nai_device *const d = a->d;
    const size_t t = tokens(a);
    struct nai_buf *b[] = {put(d, a->x, N * PATCHES * DIM),
                           a->cls ? put(d, a->c, DIM) : NULL,
                           a->pos ? put(d, a->p, t * DIM) : NULL,
                           put(d, NULL, N * t * DIM),
                           put(d, a->w, N * t * DIM),
                           put(d, NULL, N * PATCHES * DIM),
                           a->cls ? ones(d, DIM) : NULL,
                           a->pos ? ones(d, t * DIM) : NULL};

    d->token->embed(d, N, PATCHES, DIM, b[0], b[1], b[2], b[3]);
    d->token->embed_backward(d, N, PATCHES, DIM, a->cls, b[4], b[5], b[6], b[7]);
    get(d, b[3], a->y, N * t * DIM);
    get(d, b[5], a->dx, N * PATCHES * DIM);
    if (a->cls)
        get_added(d, b[6], a->dc, DIM);
    if (a->pos)
        get_added(d, b[7], a->dp, t * DIM);
    drop(d, b, COUNT(b));
}

static double loss(void *ctx)
{
    struct layer *const a = ctx;

    run(a);
    return weighted(a->w, a->y, N * tokens(a) * DIM);
}

static void embed(struct nai_device *d, bool cls, bool pos)
{
    const size_t extra = cls ? 1 : 0;
    struct layer a;
    bool good = true;

    layer_new(&a, d, cls, pos);
    run(&a);
    for (size_t i = 0; i < N; i++)
        for (size_t t = 0; t < tokens(&a); t++)
            for (size_t j = 0; j < DIM; j++) {
                const double v = t < extra ? a.c[j] : a.x[(i * PATCHES + t - extra) * DIM + j];
                good =
                    good && a.y[(i * tokens(&a) + t) * DIM + j] == v + (pos ? a.p[t * DIM + j] : 0);
            }
    ok(good, "embed%s%s, f%zu", cls ? ", class token" : "", pos ? ", positions" : "", 8 * d->size);
    layer_free(&a);
}

static void gradients(struct nai_device *d, bool cls, bool pos)
{
    struct layer a, b;
    double e[3] = {0};

    layer_new(&a, d, cls, pos);
    layer_new(&b, d, cls, pos);
    run(&a);
    e[0] = differences(loss, &b, b.x, a.dx, N * PATCHES * DIM);
    if (cls)
        e[1] = differences(loss, &b, b.c, a.dc, DIM);
    if (pos)
        e[2] = differences(loss, &b, b.p, a.dp, tokens(&a) * DIM);
    ok(e[0] <= 1e-6 && e[1] <= 1e-6 && e[2] <= 1e-6, "differences%s%s: %.1e %.1e %.1e",
       cls ? ", class token" : "", pos ? ", positions" : "", e[0], e[1], e[2]);
    layer_free(&a);
    layer_free(&b);
}

/* The class token, and the mean from token `from` on, with their gradients. */
static void pick(struct nai_device *d, size_t from)
{
    const double tol = d->dtype == NAI_F32 ? 1e-6 : 1e-15;
    const size_t n = N * PATCHES * DIM;
    double *const x = drawn(75, n), *const w = drawn(76, N * DIM);
    double *const y = doubles(N * DIM), *const dx = doubles(n);
    double *const want = doubles(N * DIM), *const back = doubles(n);
    struct nai_buf *b[] = {put(d, x, n), put(d, x, N * DIM), put(d, w, N * DIM), put(d, x, n)};
    double e[4];

    for (size_t i = 0; i < N * DIM; i++) {
        want[i] = x[i / DIM * PATCHES * DIM + i % DIM];
        back[i / DIM * PATCHES * DIM + i % DIM] = w[i];
    }
    d->token->first(d, N, PATCHES, DIM, b[0], b[1]);
    d->token->first_backward(d, N, PATCHES, DIM, b[2], b[3]);
    get(d, b[1], y, N * DIM);
    get(d, b[3], dx, n);
    e[0] = worst(y, want, N * DIM);
    e[1] = worst(dx, back, n);
    memset(want, 0, N * DIM * sizeof *want);
    for (size_t i = 0; i < n; i++) {
        const size_t t = i / DIM % PATCHES, to = i / DIM / PATCHES * DIM + i % DIM;
        want[to] += t < from ? 0 : x[i] / (double)(PATCHES - from);
        back[i] = t < from ? 0 : w[to] / (double)(PATCHES - from);
    }
    d->token->mean(d, N, PATCHES, DIM, from, b[0], b[1]);
    d->token->mean_backward(d, N, PATCHES, DIM, from, b[2], b[3]);
    get(d, b[1], y, N * DIM);
    get(d, b[3], dx, n);
    e[2] = worst(y, want, N * DIM);
    e[3] = worst(dx, back, n);
    ok(e[0] == 0 && e[1] == 0 && e[2] <= tol && e[3] <= tol,
       "first, mean from %zu, f%zu: %.1e %.1e %.1e %.1e", from, 8 * d->size, e[0], e[1], e[2],
       e[3]);
    drop(d, b, COUNT(b));
    double *const p[] = {x, w, y, dx, want, back};
    for (size_t i = 0; i < COUNT(p); i++)
        free(p[i]);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const both[] = {device(NAI_F32), device(NAI_F64)};

    for (size_t i = 0; i < 2; i++) {
        embed(both[i], true, true);
        embed(both[i], true, false);
        embed(both[i], false, true);
        embed(both[i], false, false);
        pick(both[i], 0);
        pick(both[i], 1);
    }
    gradients(both[1], true, true);
    gradients(both[1], true, false);
    gradients(both[1], false, true);
    nai_device_close(both[0]);
    nai_device_close(both[1]);
    return tap_end();
}
