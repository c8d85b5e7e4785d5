/* attention.c - test of attention.h
 * SPDX-License-Identifier: MIT
 *
 * Against PyTorch, against central differences. */
#include "attention.h"

#include "golden_layers.h"
#include "layers.h"

struct layer {
    struct nai_device *d;
    struct nai_attention_spec s;
    double *qkv, *w, *p, *out, *dqkv;
};

static size_t tokens(const struct layer *a)
{
    return a->s.n * a->s.tokens;
}

static size_t squares(const struct layer *a)
{
    return a->s.n * a->s.heads * a->s.tokens * a->s.tokens;
}

static void layer_new(struct layer *a, struct nai_device *d, size_t n, size_t t, size_t heads,
                      size_t dim)
{
    *a = (struct layer){.d = d, .s = {.n = n, .tokens = t, .heads = heads, .dim = dim}};
    a->qkv = drawn(41, n * t * 3 * dim);
    a->w = drawn(42, n * t * dim);
    a->p = doubles(squares(a));
    a->out = doubles(n * t * dim);
    a->dqkv = doubles(n * t * 3 * dim);
}

static void layer_free(struct layer *a)
{
    free(a->qkv);
    free(a->w);
    free(a->p);
    free(a->out);
    free(a->dqkv);
}

static void run(struct layer *a)
{
    struct nai_device *const d = a->d;
    const size_t n = tokens(a) * a->s.dim;
    struct nai_buf *b[] = {put(d, a->qkv, 3 * n), put(d, NULL, n),     put(d, NULL, squares(a)),
                           put(d, a->w, n),       put(d, NULL, 3 * n), put(d, NULL, squares(a))};

    d->attention->forward(d, &a->s, b[0], b[1], b[2]);
    d->attention->backward(d, &a->s, b[0], b[2], b[3], b[4], b[5]);
    get(d, b[1], a->out, n);
    get(d, b[2], a->p, squares(a));
    get(d, b[4], a->dqkv, 3 * n);
    drop(d, b, COUNT(b));
}

static double loss(void *ctx)
{
    struct layer *const a = ctx;

    run(a);
    return weighted(a->w, a->out, tokens(a) * a->s.dim);
}

static void golden(struct nai_device *d)
{
    const double tol = d->dtype == NAI_F32 ? 1e-5 : 1e-10;
    struct layer a;

    layer_new(&a, d, 2, 5, 2, 6);
    run(&a);
    const double e[] = {worst(a.p, golden_attention_p, 100), worst(a.out, golden_attention_out, 60),
                        worst(a.dqkv, golden_attention_dqkv, 180)};
    ok(e[0] <= tol && e[1] <= tol && e[2] <= tol, "as PyTorch, f%zu: p %.1e out %.1e dqkv %.1e",
       8 * d->size, e[0], e[1], e[2]);
    layer_free(&a);
}

static void softmax(struct nai_device *d)
{
    const double tol = d->dtype == NAI_F32 ? 1e-6 : 1e-12;
    double *const x = drawn(43, 3 * 23);
    double y[3 * 23], far[4] = {1e4, -1e4, 1e4, -INFINITY}, p[4];

    for (size_t i = 0; i < 3 * 23; i++)
        x[i] *= 30;
    struct nai_buf *b[] = {put(d, x, 3 * 23), put(d, NULL, 3 * 23), put(d, far, 4)};
    d->attention->softmax(d, 3, 23, b[0], b[1]);
    get(d, b[1], y, 3 * 23);
    const double apart = worst(y, golden_softmax, 3 * 23);
    d->attention->softmax(d, 3, 23, b[0], b[0]);
    get(d, b[0], x, 3 * 23);
    ok(apart <= tol && memcmp(x, y, sizeof y) == 0, "softmax as PyTorch, also in place, f%zu: %.1e",
       8 * d->size, apart);
    d->attention->softmax(d, 1, 4, b[2], b[2]);
    get(d, b[2], p, 4);
    ok(p[0] == 0.5 && p[1] == 0 && p[2] == 0.5 && p[3] == 0, "softmax of 1e4, -1e4, 1e4, -inf");
    drop(d, b, COUNT(b));
    free(x);
}

static void gradients(struct nai_device *d)
{
    struct layer a, b;

    layer_new(&a, d, 2, 19, 3, 12);
    layer_new(&b, d, 2, 19, 3, 12);
    run(&a);
    const double e = differences(loss, &b, b.qkv, a.dqkv, tokens(&a) * 36);
    ok(e <= 1e-6, "differences: %.1e", e);
    layer_free(&a);
    layer_free(&b);
}

static void threads(struct nai_device *d)
{
    struct layer one, a;

    omp_set_num_threads(1);
    layer_new(&one, d, 3, 65, 4, 64);
    run(&one);
    omp_set_num_threads(2);
    layer_new(&a, d, 3, 65, 4, 64);
    run(&a);
    ok(memcmp(a.out, one.out, tokens(&a) * 64 * sizeof *a.out) == 0 &&
           memcmp(a.dqkv, one.dqkv, tokens(&a) * 192 * sizeof *a.out) == 0,
       "1, 2 threads: the same bits, f%zu", 8 * d->size);
    layer_free(&a);
    layer_free(&one);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);

    golden(f32);
    golden(f64);
    softmax(f32);
    softmax(f64);
    gradients(f64);
    threads(f32);
    threads(f64);
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
