/* batchnorm_tangent.c - test of batchnorm.h: tangents
 * SPDX-License-Identifier: MIT */
#include "batchnorm.h"
#include "tangent.h"

struct layer {
    struct nai_batchnorm_spec s;
    bool train, add; /* a residual */
    bool again;      /* the mask made again from x */
    bool in_place;   /* tdx over tdy, and in evaluation ty over tx */
    bool input;      /* gradients of gamma and beta not wanted */
};

/* What the parameters are on the device; NULL where there is none. */
enum { X, RES, GAMMA, BETA, DY, INPUTS };

static size_t elements(const struct layer *a)
{
    return a->s.x.n * a->s.x.c * a->s.x.h * a->s.x.w;
}

static void put_inputs(struct nai_device *d, const struct layer *a, const double *in,
                       struct nai_buf *b[INPUTS])
{
    const struct nai_shape *const s = &a->s.x;

    b[X] = put_shape(d, s, next(&in, elements(a)));
    b[RES] = a->add ? put_shape(d, s, next(&in, elements(a))) : NULL;
    b[GAMMA] = a->s.affine ? put(d, next(&in, s->c), s->c) : NULL;
    b[BETA] = a->s.affine ? put(d, next(&in, s->c), s->c) : NULL;
    b[DY] = put_shape(d, s, next(&in, elements(a)));
}

/* y or its tangent, and gradients; the first of them NaN if the padding was not 0. */
static void get_outputs(struct nai_device *d, const struct layer *a, struct nai_buf *y,
                        struct nai_buf *dx, struct nai_buf *dy, struct nai_buf *const scale[2],
                        double *out)
{
    const struct nai_shape *const s = &a->s.x;
    double *at = out;
    bool clean = get_shape(d, s, y, take(&at, elements(a)));

    clean = get_shape(d, s, dx, take(&at, elements(a))) && clean;
    if (a->add)
        clean = get_shape(d, s, dy, take(&at, elements(a))) && clean;
    for (size_t i = 0; i < 2 && scale[i]; i++)
        get_added(d, scale[i], take(&at, s->c), s->c);
    if (!clean)
        out[0] = NAN;
}

/* Mean and 1 / deviation, or what is running; and y. */
static void forward(struct nai_device *d, const struct layer *a, struct nai_buf *const b[INPUTS],
                    struct nai_buf *y, struct nai_buf *stats[2])
{
    const size_t c = a->s.x.c, count = a->s.groups * c;
    double *const mean = drawn(6, count), *const var = drawn(7, count);

    for (size_t i = 0; i < count; i++)
        var[i] = fabs(var[i]) + 0.5;
    stats[0] = put(d, mean, count);
    stats[1] = put(d, var, count);
    if (a->train)
        d->batchnorm->train(d, &a->s, b[X], b[RES], b[GAMMA], b[BETA], y, stats[0], stats[1], NULL,
                            NULL);
    else
        d->batchnorm->eval(d, &a->s, b[X], b[RES], b[GAMMA], b[BETA], stats[0], stats[1], y);
    free(mean);
    free(var);
}

static void run(struct nai_device *d, const void *spec, const double *in, double *out)
{
    const struct layer *const a = spec;
    const struct nai_batchnorm_ops *const op = d->batchnorm;
    struct nai_buf *b[INPUTS], *stats[2];
    struct nai_buf *v[] = {put_shape(d, &a->s.x, NULL), put_shape(d, &a->s.x, NULL)};
    struct nai_buf *scale[2] = {NULL};

    for (size_t i = 0; i < 2 && a->s.affine && !a->input; i++)
        scale[i] = ones(d, a->s.x.c);
    put_inputs(d, a, in, b);
    forward(d, a, b, v[0], stats);
    (a->train ? op->train_backward : op->eval_backward)(d, &a->s, b[X], a->again ? NULL : v[0],
                                                        b[GAMMA], b[BETA], stats[0], stats[1],
                                                        b[DY], v[1], scale[0], scale[1]);
    get_outputs(d, a, v[0], v[1], b[DY], scale, out);
    drop(d, b, INPUTS);
    drop(d, stats, 2);
    drop(d, v, 2);
    drop(d, scale, 2);
}

static void tangent(struct nai_device *d, const void *spec, const double *in, const double *tin,
                    double *tout)
{
    const struct layer *const a = spec;
    const struct nai_batchnorm_ops *const op = d->batchnorm;
    struct nai_buf *b[INPUTS], *t[INPUTS], *stats[2], *scale[2] = {NULL};
    struct nai_buf *v[] = {put_shape(d, &a->s.x, NULL), put_shape(d, &a->s.x, NULL),
                           put_shape(d, &a->s.x, NULL), put(d, NULL, a->s.groups * a->s.x.c),
                           put(d, NULL, a->s.groups * a->s.x.c)};

    for (size_t i = 0; i < 2 && a->s.affine && !a->input; i++)
        scale[i] = ones(d, a->s.x.c);
    put_inputs(d, a, in, b);
    put_inputs(d, a, tin, t);
    forward(d, a, b, v[0], stats);

    struct nai_buf *const y = a->again ? NULL : v[0], *const tdx = a->in_place ? t[DY] : v[2];
    if (a->train) {
        op->train_tangent(d, &a->s, b[X], y, b[GAMMA], b[BETA], stats[0], stats[1], t[X], t[RES],
                          t[GAMMA], t[BETA], v[1], v[3], v[4]);
        op->train_backward_tangent(d, &a->s, b[X], y, b[GAMMA], b[BETA], stats[0], stats[1], b[DY],
                                   t[X], t[GAMMA], v[3], v[4], t[DY], tdx, scale[0], scale[1]);
    } else {
        op->eval_backward_tangent(d, &a->s, b[X], y, b[GAMMA], b[BETA], stats[0], stats[1], b[DY],
                                  t[X], t[GAMMA], t[DY], tdx, scale[0], scale[1]);
        op->eval_tangent(d, &a->s, b[X], y, b[GAMMA], b[BETA], stats[0], stats[1], t[X], t[RES],
                         t[GAMMA], t[BETA], a->in_place ? t[X] : v[1]);
    }
    get_outputs(d, a, a->in_place && !a->train ? t[X] : v[1], tdx, t[DY], scale, tout);
    drop(d, b, INPUTS);
    drop(d, t, INPUTS);
    drop(d, stats, 2);
    drop(d, v, COUNT(v));
    drop(d, scale, 2);
}

static struct operation operation(const struct layer *a, char name[static 120])
{
    const size_t n = elements(a);

    snprintf(name, 120, "%s, block %zu, groups %zu%s%s%s%s%s", a->train ? "train" : "eval",
             a->s.x.block, a->s.groups, a->s.relu ? ", relu" : "", a->add ? ", residual" : "",
             a->s.affine ? ", affine" : "", a->again ? ", mask from x" : "",
             a->in_place ? ", in place" : "");
    return (struct operation){.name = name,
                              .parameters = n * (a->add ? 2 : 1) + (a->s.affine ? 2 * a->s.x.c : 0),
                              .outputs = n,
                              .spec = a,
                              .run = run,
                              .tangent = tangent};
}

/* Inputs of which what is rectified is at least 0.002 from 0, further than differences go. */
static double *inputs(const struct layer *a, struct nai_device *f64)
{
    const size_t n = elements(a), c = a->s.x.c;
    struct layer linear = *a;
    char name[120];
    const struct operation o = operation(a, name);
    double *const in = drawn(1, operation_count(&o)), *const out = doubles(operation_count(&o));
    double *const gamma = in + (a->add ? 2 : 1) * n;
    size_t close = 1;

    linear.s.relu = false;
    for (size_t i = 0; i < c && a->s.affine; i++)
        gamma[i] += gamma[i] < 0 ? -0.5 : 0.5;
    for (int tries = 0; close > 0 && tries < 100; tries++) {
        run(f64, &linear, in, out);
        close = 0;
        for (size_t i = 0; i < n; i++)
            if (fabs(out[i]) < 0.002) {
                in[a->add ? n + i : i] += 0.0625;
                close++;
            }
    }
    if (close > 0)
        in[0] = NAN;
    free(out);
    return in;
}

static struct layer layer(struct nai_shape x, size_t groups, bool train, int kind)
{
    return (struct layer){.s = {.x = x,
                                .groups = groups,
                                .eps = 1e-5,
                                .momentum = 0.1,
                                .relu = kind & 1,
                                .affine = kind & 4},
                          .train = train,
                          .add = kind & 2};
}

/* All kinds on 19 channels, 21 pixels: neither fills a block. */
static void correct(struct nai_device *f32, struct nai_device *f64, struct nai_shape x,
                    size_t groups, bool train)
{
    for (int kind = 0; kind < 8; kind++) {
        struct layer a = layer(x, groups, train, kind);
        char name[120];
        for (int again = 0; again <= (a.s.relu && !a.add); again++) {
            a.again = again;
            const struct operation o = operation(&a, name);
            double *const in = inputs(&a, f64);
            tangent_differences(&o, f64, in);
            tangent_identities(&o, f64, in);
            tangent_precision(&o, f32, f64, in, 2e-5);
            free(in);
        }
    }
}

/* Over the gradient in place, and by masks made again: all the same to the bit. */
static void same(struct nai_device *d, struct nai_device *f64, size_t block, bool train)
{
    const struct layer a = layer((struct nai_shape){12, 37, 9, 9, block}, train ? 2 : 1, train, 5);
    double *const in = inputs(&a, f64);
    char name[120], other[120];
    const struct operation o = operation(&a, name);

    for (int k = 1; k < 4; k++) {
        struct layer b = a;
        b.again = k & 1;
        b.in_place = k & 2;
        const struct operation p = operation(&b, other);
        tangent_same(&o, &p, d, in);
    }
    free(in);
}

/* Larger shapes, that threads share out. */
static void threads(struct nai_device *d, size_t c, size_t h, size_t groups, bool train)
{
    const size_t blocks[] = {1, 16, c};

    for (size_t i = 0; i < COUNT(blocks); i++)
        for (int kind = 5; kind <= 7; kind += 2) {
            const struct layer a =
                layer((struct nai_shape){12, c, h, h, blocks[i]}, groups, train, kind);
            char name[120];
            const struct operation o = operation(&a, name);
            double *const in = drawn(2, operation_count(&o));
            tangent_threads(&o, d, in);
            free(in);
        }
}

/* Without gamma's and beta's gradients, the rest is as with them. */
static void input_only(struct nai_device *d, bool train)
{
    const struct layer a = layer((struct nai_shape){4, 19, 3, 7, 16}, 1, train, 5);
    struct layer b = a;
    char name[120];
    const struct operation o = operation(&a, name);
    const size_t n = operation_count(&o), rest = 2 * o.outputs;
    double *const in = drawn(1, n), *const tin = drawn(2, n);
    double *const all = doubles(n), *const some = doubles(n);

    b.input = true;
    run(d, &a, in, all);
    run(d, &b, in, some);
    bool same = memcmp(all, some, rest * sizeof *all) == 0;
    tangent(d, &a, in, tin, all);
    tangent(d, &b, in, tin, some);
    same = same && memcmp(all, some, rest * sizeof *all) == 0;
    ok(same, "of x only, %s, f%zu", o.name, 8 * d->size);
    free(in);
    free(tin);
    free(all);
    free(some);
}

/* What is not a number is neither rectified away nor masked. */
static void not_a_number(struct nai_device *d, size_t block)
{
    const struct layer a = layer((struct nai_shape){4, 5, 3, 3, block}, 1, true, 5);
    char name[120];
    const struct operation o = operation(&a, name);
    double *const in = drawn(1, operation_count(&o)), *const tin = drawn(2, operation_count(&o));
    double *const out = doubles(operation_count(&o));

    in[0] = NAN;
    tangent(d, &a, in, tin, out);
    ok(isnan(out[0]) && isnan(out[1]) && isnan(out[180]) && !isnan(out[9]) && !isnan(out[189]),
       "NaN goes through its channel, block %zu", block);
    free(in);
    free(tin);
    free(out);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);
    static const size_t blocks[] = {1, 16, 19};

    for (size_t i = 0; i < COUNT(blocks); i++) {
        const struct nai_shape x = {4, 19, 3, 7, blocks[i]};
        for (size_t groups = 1; groups <= 2; groups++)
            correct(f32, f64, x, groups, true);
        correct(f32, f64, x, 1, false);
        same(f32, f64, i < 2 ? blocks[i] : 37, true);
        same(f64, f64, i < 2 ? blocks[i] : 37, false);
        not_a_number(f32, i < 2 ? blocks[i] : 5);
    }
    input_only(f32, true);
    input_only(f64, false);
    correct(f32, f64, nai_rows(12, 19), 2, true);
    threads(f32, 37, 9, 2, true);
    threads(f64, 37, 9, 1, false);
    threads(f32, 150, 5, 2, true);
    threads(f32, 150, 5, 1, false);
    threads(f32, 1501, 1, 2, true);
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
