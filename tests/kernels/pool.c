/* pool.c - test of pool.h
 * SPDX-License-Identifier: MIT
 *
 * Against PyTorch on values with many ties, against central differences. */
#include "pool.h"

#include "golden_layers.h"
#include "layers.h"

struct layer {
    struct nai_device *d;
    struct nai_pool_spec s;
    bool global;
    double *x, *w, *y, *dx;
    bool clean;
};

static size_t elements(const struct nai_shape *s)
{
    return s->n * s->c * s->h * s->w;
}

static void layer_new(struct layer *a, struct nai_device *d, struct nai_shape x, size_t kernel,
                      size_t stride, size_t pad, bool max)
{
    struct nai_shape y = x;

    y.h = (x.h + 2 * pad - kernel) / stride + 1;
    y.w = (x.w + 2 * pad - kernel) / stride + 1;
    *a = (struct layer){.d = d, .global = kernel == 0};
    a->s = (struct nai_pool_spec){
        .x = x, .y = y, .kernel = kernel, .stride = stride, .pad = pad, .max = max};
    if (a->global)
        a->s.y = nai_rows(x.n, x.c);
    a->x = drawn(31, elements(&x));
    a->w = drawn(32, elements(&a->s.y));
    a->y = doubles(elements(&a->s.y));
    a->dx = doubles(elements(&x));
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
    const struct nai_shape *const sx = &a->s.x, *const sy = &a->s.y;
    struct nai_buf *b[] = {put_shape(d, sx, a->x), put_shape(d, sy, NULL), put_shape(d, sy, a->w),
                           put_shape(d, sx, NULL)};

    if (a->global) {
        d->pool->global(d, sx, b[0], b[1]);
        d->pool->global_backward(d, sx, b[2], b[3]);
    } else {
        d->pool->forward(d, &a->s, b[0], b[1]);
        d->pool->backward(d, &a->s, b[0], b[1], b[2], b[3]);
    }
    a->clean = get_shape(d, sy, b[1], a->y);
    a->clean = get_shape(d, sx, b[3], a->dx) && a->clean;
    drop(d, b, COUNT(b));
}

static void golden(struct nai_device *d, const char *name, struct nai_shape x, size_t kernel,
                   size_t stride, size_t pad, bool max, const double *y, const double *dx)
{
    static const size_t blocks[] = {1, 16, 3, 2};
    const double tol = d->dtype == NAI_F32 ? 1e-6 : 1e-12;

    for (size_t i = 0; i < COUNT(blocks); i++) {
        struct layer a;
        x.block = blocks[i];
        layer_new(&a, d, x, kernel, stride, pad, max);
        for (size_t j = 0; j < elements(&x); j++)
            a.x[j] = nearbyint(a.x[j]); /* to even, as torch.round */
        run(&a);
        const double e[] = {worst(a.y, y, elements(&a.s.y)), worst(a.dx, dx, elements(&x))};
        ok(e[0] <= tol && e[1] <= tol && a.clean, "%s, block %zu, f%zu: %.1e %.1e", name, x.block,
           8 * d->size, e[0], e[1]);
        layer_free(&a);
    }
}

static double loss(void *ctx)
{
    struct layer *const a = ctx;

    run(a);
    return weighted(a->w, a->y, elements(&a->s.y));
}

static void gradients(struct nai_device *d, struct nai_shape x, size_t kernel, size_t stride,
                      size_t pad, bool max)
{
    struct layer a, b;

    layer_new(&a, d, x, kernel, stride, pad, max);
    layer_new(&b, d, x, kernel, stride, pad, max);
    for (size_t i = 0; i < elements(&x); i++) /* without ties */
        a.x[i] = b.x[i] = a.x[i] + (double)i * 1e-3;
    run(&a);
    const double e = differences(loss, &b, b.x, a.dx, elements(&x));
    ok(e <= 1e-6 && a.clean, "differences, %s kernel %zu, stride %zu, pad %zu, block %zu: %.1e",
       max ? "max" : "mean", kernel, stride, pad, x.block, e);
    layer_free(&a);
    layer_free(&b);
}

static void threads(struct nai_device *d, struct nai_shape x, size_t kernel, bool max)
{
    struct layer one, a;

    omp_set_num_threads(1);
    layer_new(&one, d, x, kernel, 2, kernel / 2, max);
    run(&one);
    omp_set_num_threads(2);
    layer_new(&a, d, x, kernel, 2, kernel / 2, max);
    run(&a);
    ok(memcmp(a.y, one.y, elements(&a.s.y) * sizeof *a.y) == 0 &&
           memcmp(a.dx, one.dx, elements(&x) * sizeof *a.y) == 0,
       "1, 2 threads: the same bits, %s kernel %zu, block %zu", max ? "max" : "mean", kernel,
       x.block);
    layer_free(&a);
    layer_free(&one);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const both[] = {device(NAI_F32), device(NAI_F64)};
    const struct nai_shape s = {2, 3, 7, 6, 1}, even = {2, 3, 5, 4, 1};
    static const size_t blocks[] = {1, 16, 67};

    for (size_t i = 0; i < 2; i++) {
        struct nai_device *const d = both[i];
        golden(d, "max 3, stride 2, pad 1", s, 3, 2, 1, true, golden_pool_max_y,
               golden_pool_max_dx);
        golden(d, "max 2, stride 2", even, 2, 2, 0, true, golden_pool_max2_y, golden_pool_max2_dx);
        golden(d, "mean 3, stride 2, pad 1", s, 3, 2, 1, false, golden_pool_mean_y,
               golden_pool_mean_dx);
        golden(d, "global mean", s, 0, 1, 0, false, golden_pool_global_y, golden_pool_global_dx);
    }
    for (size_t i = 0; i < COUNT(blocks); i++) {
        const struct nai_shape odd = {2, 67, 5, 3, blocks[i]}, large = {5, 67, 9, 11, blocks[i]};
        gradients(both[1], odd, 3, 2, 1, true);
        gradients(both[1], odd, 3, 1, 1, false);
        gradients(both[1], odd, 0, 1, 0, false);
        threads(both[0], large, 3, true);
        threads(both[0], large, 3, false);
        threads(both[0], large, 0, false);
    }
    nai_device_close(both[0]);
    nai_device_close(both[1]);
    return tap_end();
}
