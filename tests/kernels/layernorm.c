/* layernorm.c - test of layernorm.h
 * SPDX-License-Identifier: MIT
 *
 * Against PyTorch, against central differences. */
#include "layernorm.h"

#include "golden_layers.h"
#include "layers.h"

struct layer {
    struct nai_device *d;
    size_t rows, cols;
    double eps;
    bool in_place; /* dx is dy */
    double *x, *gamma, *beta, *w, *y, *dx, *dgamma, *dbeta;
};

static void layer_new(struct layer *a, struct nai_device *d, size_t rows, size_t cols)
{
    *a = (struct layer){.d = d, .rows = rows, .cols = cols, .eps = 1e-6};
    a->x = drawn(11, rows * cols);
    a->gamma = drawn(12, cols);
    a->beta = drawn(13, cols);
    a->w = drawn(14, rows * cols);
    a->y = doubles(rows * cols);
    a->dx = doubles(rows * cols);
    a->dgamma = doubles(cols);
    a->dbeta = doubles(cols);
}

static void layer_free(struct layer *a)
{
    double *const p[] = {a->x, a->gamma, a->beta, a->w, a->y, a->dx, a->dgamma, a->dbeta};

    for (size_t i = 0; i < COUNT(p); i++)
        free(p[i]);
}

static void run(struct layer *a)
{
    struct nai_device *const d = a->d;
    const size_t n = a->rows * a->cols;
    struct nai_buf *b[] = {put(d, a->x, n), put(d, a->gamma, a->cols), put(d, a->beta, a->cols),
                           put(d, NULL, n), put(d, NULL, a->rows),     put(d, NULL, a->rows),
                           put(d, a->w, n), put(d, NULL, n),           ones(d, a->cols),
                           ones(d, a->cols)};
    struct nai_buf *const dx = a->in_place ? b[6] : b[7];

    d->layernorm->forward(d, a->rows, a->cols, a->eps, b[0], b[1], b[2], b[3], b[4], b[5]);
    d->layernorm->backward(d, a->rows, a->cols, b[0], b[1], b[4], b[5], b[6], dx, b[8], b[9]);
    get(d, b[3], a->y, n);
    get(d, dx, a->dx, n);
    get_added(d, b[8], a->dgamma, a->cols);
    get_added(d, b[9], a->dbeta, a->cols);
    drop(d, b, COUNT(b));
}

static double loss(void *ctx)
{
    struct layer *const a = ctx;

    run(a);
    return weighted(a->w, a->y, a->rows * a->cols);
}

static void golden(struct nai_device *d, bool in_place)
{
    const double tol = d->dtype == NAI_F32 ? 1e-5 : 1e-10;
    struct layer a;

    layer_new(&a, d, 5, 19);
    a.in_place = in_place;
    run(&a);
    const double e[] = {worst(a.y, golden_ln_y, 95), worst(a.dx, golden_ln_dx, 95),
                        worst(a.dgamma, golden_ln_dgamma, 19), worst(a.dbeta, golden_ln_dbeta, 19)};
    ok(e[0] <= tol && e[1] <= tol && e[2] <= tol && e[3] <= tol,
       "as PyTorch, f%zu%s: y %.1e dx %.1e dgamma %.1e dbeta %.1e", 8 * d->size,
       in_place ? ", dx over dy" : "", e[0], e[1], e[2], e[3]);
    layer_free(&a);
}

static void gradients(struct nai_device *d)
{
    struct layer a, b;

    layer_new(&a, d, 7, 37);
    layer_new(&b, d, 7, 37);
    run(&a);
    const double e[] = {differences(loss, &b, b.x, a.dx, 7 * 37),
                        differences(loss, &b, b.gamma, a.dgamma, 37),
                        differences(loss, &b, b.beta, a.dbeta, 37)};
    ok(e[0] <= 1e-6 && e[1] <= 1e-6 && e[2] <= 1e-6, "differences: %.1e %.1e %.1e", e[0], e[1],
       e[2]);
    layer_free(&a);
    layer_free(&b);
}

static void threads(struct nai_device *d, size_t rows, size_t cols)
{
    struct layer one, a;
    bool same = true;

    omp_set_num_threads(1);
    layer_new(&one, d, rows, cols);
    run(&one);
    for (int t = 2; t <= 3; t++) {
        omp_set_num_threads(t);
        layer_new(&a, d, rows, cols);
        run(&a);
        same = same && memcmp(a.y, one.y, rows * cols * sizeof *a.y) == 0 &&
               memcmp(a.dx, one.dx, rows * cols * sizeof *a.y) == 0 &&
               memcmp(a.dgamma, one.dgamma, cols * sizeof *a.y) == 0 &&
               memcmp(a.dbeta, one.dbeta, cols * sizeof *a.y) == 0;
        layer_free(&a);
    }
    omp_set_num_threads(2);
    ok(same, "1, 2, 3 threads: the same bits, %zu x %zu, f%zu", rows, cols, 8 * d->size);
    layer_free(&one);
}

/* A mean of 1e4 and a deviation of 1: as float64 on the same values. */
static void offset(struct nai_device *f32, struct nai_device *f64)
{
    struct layer a, b;

    layer_new(&a, f32, 9, 384);
    layer_new(&b, f64, 9, 384);
    for (size_t i = 0; i < 9 * 384; i++)
        a.x[i] = b.x[i] = (double)(float)(1e4 + a.x[i] * 0.87);
    run(&a);
    run(&b);
    const double y = worst(a.y, b.y, 9 * 384), dx = worst(a.dx, b.dx, 9 * 384);
    ok(y <= 1e-3 && dx <= 1e-3, "mean 1e4, deviation 1: y %.1e dx %.1e", y, dx);
    layer_free(&a);
    layer_free(&b);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);

    golden(f32, false);
    golden(f64, false);
    golden(f64, true);
    gradients(f64);
    threads(f32, 301, 100);
    threads(f32, 100, 301);
    threads(f64, 100, 301);
    offset(f32, f64);
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
