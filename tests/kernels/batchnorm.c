/* batchnorm.c - test of batchnorm.h
 * SPDX-License-Identifier: MIT
 *
 * Against PyTorch, against central differences, and one block against another. */
#include "batchnorm.h"

#include "golden_layers.h"
#include "layers.h"

/* A layer's inputs, f64 NCHW; what came out of it. */
struct layer {
    struct nai_device *d;
    struct nai_batchnorm_spec s;
    bool add, train, again; /* a residual; the mask made again from x */
    double *x, *res, *gamma, *beta, *w, *mean, *var;
    double *y, *dx, *dres, *dgamma, *dbeta, *run_mean, *run_var;
    bool clean; /* the padding stayed 0 */
};

static size_t elements(const struct layer *a)
{
    return a->s.x.n * a->s.x.c * a->s.x.h * a->s.x.w;
}

static void layer_new(struct layer *a, struct nai_device *d, struct nai_shape x, size_t groups,
                      bool relu, bool add, bool train)
{
    const size_t c = x.c;
    const struct nai_batchnorm_spec s = {
        .x = x, .groups = groups, .eps = 1e-5, .momentum = 0.1, .affine = true, .relu = relu};

    *a = (struct layer){.d = d, .s = s, .add = add, .train = train};
    const size_t n = elements(a);
    a->x = drawn(1, n);
    for (size_t i = 0; i < n; i++)
        a->x[i] += 0.5;
    a->res = drawn(2, n);
    a->gamma = drawn(3, c);
    a->beta = drawn(4, c);
    a->w = drawn(5, n);
    a->mean = drawn(6, c);
    a->var = drawn(7, c);
    for (size_t i = 0; i < c; i++)
        a->var[i] = fabs(a->var[i]) + 0.5;
    a->y = doubles(n);
    a->dx = doubles(n);
    a->dres = doubles(n);
    a->dgamma = doubles(c);
    a->dbeta = doubles(c);
    a->run_mean = doubles(c);
    a->run_var = doubles(c);
}

static void layer_free(struct layer *a)
{
    double *const p[] = {a->x, a->res, a->gamma, a->beta,   a->w,     a->mean,     a->var,
                         a->y, a->dx,  a->dres,  a->dgamma, a->dbeta, a->run_mean, a->run_var};

    for (size_t i = 0; i < COUNT(p); i++)
        free(p[i]);
}

static void run(struct layer *a, bool backward)
{
    const struct nai_batchnorm_ops *const op = a->d->batchnorm;
    struct nai_device *const d = a->d;
    const struct nai_shape *const s = &a->s.x;
    const bool affine = a->s.affine;
    struct nai_buf *b[] = {put_shape(d, s, a->x),
                           a->add ? put_shape(d, s, a->res) : NULL,
                           affine ? put(d, a->gamma, s->c) : NULL,
                           affine ? put(d, a->beta, s->c) : NULL,
                           put_shape(d, s, NULL),
                           put(d, NULL, a->s.groups * s->c),
                           put(d, NULL, a->s.groups * s->c),
                           put(d, a->mean, s->c),
                           put(d, a->var, s->c),
                           put_shape(d, s, a->w),
                           put_shape(d, s, NULL),
                           affine ? ones(d, s->c) : NULL,
                           affine ? ones(d, s->c) : NULL};
    struct nai_buf *const dx = a->add ? b[10] : b[9];

    if (a->train)
        op->train(d, &a->s, b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8]);
    else
        op->eval(d, &a->s, b[0], b[1], b[2], b[3], b[7], b[8], b[4]);
    a->clean = get_shape(d, s, b[4], a->y);
    get(d, b[7], a->run_mean, s->c);
    get(d, b[8], a->run_var, s->c);
    if (backward && a->train)
        op->train_backward(d, &a->s, b[0], a->again ? NULL : b[4], b[2], b[3], b[5], b[6], b[9], dx,
                           b[11], b[12]);
    else if (backward)
        op->eval_backward(d, &a->s, b[0], a->again ? NULL : b[4], b[2], b[3], b[7], b[8], b[9], dx,
                          b[11], b[12]);
    if (backward) {
        a->clean = get_shape(d, s, dx, a->dx) && a->clean;
        a->clean = get_shape(d, s, b[9], a->dres) && a->clean;
        if (affine) {
            get_added(d, b[11], a->dgamma, s->c);
            get_added(d, b[12], a->dbeta, s->c);
        }
    }
    drop(d, b, COUNT(b));
}

static void golden(struct nai_device *d, const char *name, size_t block, size_t groups, bool relu,
                   bool add, bool train, bool again, const double *const want[7])
{
    const double tol = d->dtype == NAI_F32 ? 1e-5 : 1e-10;
    struct layer a;
    double e[7] = {0};

    layer_new(&a, d, (struct nai_shape){4, 5, 3, 3, block}, groups, relu, add, train);
    a.again = again;
    run(&a, true);
    const double *const got[] = {a.y, a.dx, a.dgamma, a.dbeta, a.dres, a.run_mean, a.run_var};
    const size_t counts[] = {180, 180, 5, 5, 180, 5, 5};
    for (size_t i = 0; i < COUNT(got); i++)
        e[i] = want[i] ? worst(got[i], want[i], counts[i]) : 0;
    ok(e[0] <= tol && e[1] <= tol && e[2] <= tol && e[3] <= tol && e[4] <= tol && e[5] <= tol &&
           e[6] <= tol && a.clean,
       "%s, block %zu, f%zu%s: y %.1e dx %.1e dgamma %.1e dbeta %.1e residual %.1e running %.1e "
       "%.1e",
       name, block, 8 * d->size, again ? ", mask from x" : "", e[0], e[1], e[2], e[3], e[4], e[5],
       e[6]);
    layer_free(&a);
}

static void goldens(struct nai_device *d)
{
    static const size_t blocks[] = {1, 16, 5, 2};
    const double *const train[] = {golden_bn_train_y,
                                   golden_bn_train_dx,
                                   golden_bn_train_dgamma,
                                   golden_bn_train_dbeta,
                                   NULL,
                                   golden_bn_train_mean,
                                   golden_bn_train_var};
    const double *const groups[] = {golden_bn_groups_y,      golden_bn_groups_dx,
                                    golden_bn_groups_dgamma, golden_bn_groups_dbeta,
                                    golden_bn_groups_dres,   golden_bn_groups_mean,
                                    golden_bn_groups_var};
    const double *const relu[] = {
        golden_bn_relu_y,    golden_bn_relu_dx, golden_bn_relu_dgamma, golden_bn_relu_dbeta, NULL,
        golden_bn_relu_mean, golden_bn_relu_var};
    const double *const eval[] = {golden_bn_eval_y,
                                  golden_bn_eval_dx,
                                  golden_bn_eval_dgamma,
                                  golden_bn_eval_dbeta,
                                  golden_bn_eval_dres,
                                  NULL,
                                  NULL};

    for (size_t i = 0; i < COUNT(blocks); i++) {
        golden(d, "train", blocks[i], 1, false, false, true, false, train);
        golden(d, "two groups, relu, residual", blocks[i], 2, true, true, true, false, groups);
        golden(d, "two groups, relu", blocks[i], 2, true, false, true, false, relu);
        golden(d, "two groups, relu", blocks[i], 2, true, false, true, true, relu);
        golden(d, "eval, relu, residual", blocks[i], 1, true, true, false, false, eval);
    }
}

static double loss(void *ctx)
{
    struct layer *const a = ctx;

    run(a, false);
    return weighted(a->w, a->y, elements(a));
}

static void gradients(struct nai_device *d, size_t block, size_t groups, bool relu, bool add,
                      bool train, bool again)
{
    struct layer a, b;
    double e[4] = {0};

    layer_new(&a, d, (struct nai_shape){4, 19, 3, 1, block}, groups, relu, add, train);
    layer_new(&b, d, a.s.x, groups, relu, add, train);
    a.again = again;
    run(&a, true);
    e[0] = differences(loss, &b, b.x, a.dx, elements(&a));
    e[1] = differences(loss, &b, b.gamma, a.dgamma, a.s.x.c);
    e[2] = differences(loss, &b, b.beta, a.dbeta, a.s.x.c);
    if (add)
        e[3] = differences(loss, &b, b.res, a.dres, elements(&a));
    ok(e[0] <= 1e-6 && e[1] <= 1e-6 && e[2] <= 1e-6 && e[3] <= 1e-6,
       "differences, %s, block %zu, groups %zu%s%s%s: %.1e %.1e %.1e %.1e",
       train ? "train" : "eval", block, groups, relu ? ", relu" : "", add ? ", residual" : "",
       again ? ", mask from x" : "", e[0], e[1], e[2], e[3]);
    layer_free(&a);
    layer_free(&b);
}

/* Larger shapes, that threads share out: the same bits for any number of them, and within rounding
 * what block 1 gives. */
static void threads(struct nai_device *d, size_t c, size_t h, size_t groups, bool affine)
{
    const double tol = d->dtype == NAI_F32 ? 2e-5 : 1e-12;
    const size_t blocks[] = {1, 16, c};
    const size_t n = 12, count = n * c * h * h;
    struct layer first, a;

    layer_new(&first, d, (struct nai_shape){n, c, h, h, 1}, groups, true, affine, true);
    first.s.affine = affine;
    run(&first, true);
    for (size_t i = 0; i < COUNT(blocks); i++) {
        struct layer one = {0};
        bool same = true;
        double e[3];
        for (int t = 1; t <= 3; t++) {
            omp_set_num_threads(t);
            layer_new(&a, d, (struct nai_shape){n, c, h, h, blocks[i]}, groups, true, affine, true);
            a.s.affine = affine;
            run(&a, true);
            if (t == 1) {
                one = a;
                continue;
            }
            same = same && a.clean && memcmp(a.y, one.y, count * sizeof *a.y) == 0 &&
                   memcmp(a.dx, one.dx, count * sizeof *a.y) == 0 &&
                   memcmp(a.dgamma, one.dgamma, c * sizeof *a.y) == 0 &&
                   memcmp(a.run_var, one.run_var, c * sizeof *a.y) == 0;
            layer_free(&a);
        }
        e[0] = worst(one.y, first.y, count);
        e[1] = worst(one.dx, first.dx, count);
        e[2] = worst(one.dgamma, first.dgamma, c);
        ok(same, "1, 2, 3 threads: the same bits, %zu channels, %zux%zu, block %zu, f%zu", c, h, h,
           blocks[i], 8 * d->size);
        ok(e[0] <= tol && e[1] <= tol && e[2] <= tol, "as block 1: %.1e %.1e %.1e", e[0], e[1],
           e[2]);
        layer_free(&one);
    }
    omp_set_num_threads(2);
    layer_free(&first);
}

/* The mask made again from x is the one y shows, to the bit. */
static void masks(struct nai_device *d, size_t block, bool train)
{
    struct layer a, b;

    layer_new(&a, d, (struct nai_shape){12, 37, 9, 9, block}, 2, true, false, train);
    layer_new(&b, d, a.s.x, 2, true, false, train);
    b.again = true;
    run(&a, true);
    run(&b, true);
    ok(memcmp(a.dx, b.dx, elements(&a) * sizeof *a.dx) == 0 &&
           memcmp(a.dgamma, b.dgamma, 37 * sizeof *a.dx) == 0,
       "%s: the mask from x is that from y, block %zu, f%zu", train ? "train" : "eval", block,
       8 * d->size);
    layer_free(&a);
    layer_free(&b);
}

/* A mean of 1e4 and a deviation of 1: as float64 on the same values. */
static void offset(struct nai_device *f32, struct nai_device *f64, size_t block)
{
    struct layer a, b;

    layer_new(&a, f32, (struct nai_shape){16, 20, 9, 9, block}, 1, false, false, true);
    layer_new(&b, f64, a.s.x, 1, false, false, true);
    for (size_t i = 0; i < elements(&a); i++)
        a.x[i] = b.x[i] = (double)(float)(1e4 + (a.x[i] - 0.5) * 0.87);
    run(&a, true);
    run(&b, true);
    const double y = worst(a.y, b.y, elements(&a)), dx = worst(a.dx, b.dx, elements(&a));
    ok(y <= 1e-3 && dx <= 1e-3, "mean 1e4, deviation 1, block %zu: y %.1e dx %.1e", block, y, dx);
    layer_free(&a);
    layer_free(&b);
}

/* What is not a number is seen: it is neither rectified away nor masked. */
static void not_a_number(struct nai_device *d)
{
    struct layer a;

    layer_new(&a, d, (struct nai_shape){4, 5, 3, 3, 16}, 1, true, false, true);
    a.x[0] = NAN;
    run(&a, false);
    ok(isnan(a.y[0]) && isnan(a.y[1]) && !isnan(a.y[9]), "NaN goes through its channel");
    layer_free(&a);
}

/* fold(W, b) x = eval(W x + b). */
static void fold(struct nai_device *d)
{
    const double tol = d->dtype == NAI_F32 ? 1e-5 : 1e-12;
    enum { OUT = 5, K = 7 };
    struct layer a;
    double *const w = drawn(8, OUT * K), *const bias = drawn(9, OUT), *const in = drawn(10, K);
    double wf[OUT * K], bf[OUT], got[OUT], worst_yet = 0;

    for (int with = 0; with < 2; with++) {
        layer_new(&a, d, nai_rows(1, OUT), 1, false, false, false);
        struct nai_buf *b[] = {put(d, w, OUT * K),    with ? put(d, bias, OUT) : NULL,
                               put(d, a.gamma, OUT),  put(d, a.beta, OUT),
                               put(d, a.mean, OUT),   put(d, a.var, OUT),
                               put(d, NULL, OUT * K), put(d, NULL, OUT)};
        d->batchnorm->fold(d, OUT, K, 1e-5, b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]);
        get(d, b[6], wf, OUT * K);
        get(d, b[7], bf, OUT);
        for (size_t o = 0; o < OUT; o++) {
            got[o] = bf[o] + weighted(wf + o * K, in, K);
            a.x[o] = (with ? bias[o] : 0) + weighted(w + o * K, in, K);
        }
        run(&a, false);
        worst_yet = fmax(worst_yet, worst(got, a.y, OUT));
        drop(d, b, COUNT(b));
        layer_free(&a);
    }
    ok(worst_yet <= tol, "folded, f%zu: %.1e", 8 * d->size, worst_yet);
    free(w);
    free(bias);
    free(in);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);

    goldens(f32);
    goldens(f64);
    gradients(f64, 1, 1, false, false, true, false);
    gradients(f64, 16, 2, true, true, true, false);
    gradients(f64, 19, 2, true, false, true, true);
    gradients(f64, 16, 1, false, false, false, false);
    gradients(f64, 1, 1, true, false, false, true);
    gradients(f64, 16, 1, true, true, false, false);
    threads(f32, 37, 9, 2, true);
    threads(f64, 37, 9, 1, false);
    threads(f32, 150, 5, 2, true);
    threads(f32, 1501, 1, 2, true);
    masks(f32, 16, true);
    masks(f32, 37, false);
    masks(f64, 1, true);
    offset(f32, f64, 1);
    offset(f32, f64, 16);
    offset(f32, f64, 20);
    not_a_number(f32);
    fold(f32);
    fold(f64);
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
