/* layernorm_tangent.c - test of layernorm.h: tangents
 * SPDX-License-Identifier: MIT */
#include "layernorm.h"
#include "tangent.h"

struct layer {
    size_t rows, cols;
    bool in_place; /* tdx over tdy */
    bool input;    /* the gradient of x only */
};

enum { X, GAMMA, BETA, DY, INPUTS };

static void put_inputs(struct nai_device *d, const struct layer *a, const double *in,
                       struct nai_buf *b[INPUTS])
{
    const size_t n = a->rows * a->cols;

    b[X] = put(d, next(&in, n), n);
    b[GAMMA] = put(d, next(&in, a->cols), a->cols);
    b[BETA] = put(d, next(&in, a->cols), a->cols);
    b[DY] = put(d, next(&in, n), n);
}

static void get_outputs(struct nai_device *d, const struct layer *a, struct nai_buf *y,
                        struct nai_buf *dx, struct nai_buf *const scale[2], double *out)
{
    const size_t n = a->rows * a->cols;

    get(d, y, take(&out, n), n);
    get(d, dx, take(&out, n), n);
    for (size_t i = 0; i < 2; i++)
        get_added(d, scale[i], take(&out, a->cols), a->cols);
}

static void run(struct nai_device *d, const void *spec, const double *in, double *out)
{
    const struct layer *const a = spec;
    const size_t n = a->rows * a->cols;
    struct nai_buf *b[INPUTS], *scale[] = {ones(d, a->cols), ones(d, a->cols)};
    struct nai_buf *v[] = {put(d, NULL, n), put(d, NULL, n), put(d, NULL, a->rows),
                           put(d, NULL, a->rows)};

    put_inputs(d, a, in, b);
    d->layernorm->forward(d, a->rows, a->cols, 1e-6, b[X], b[GAMMA], b[BETA], v[0], v[2], v[3]);
    d->layernorm->backward(d, a->rows, a->cols, b[X], b[GAMMA], v[2], v[3], b[DY], v[1],
                           a->input ? NULL : scale[0], a->input ? NULL : scale[1]);
    get_outputs(d, a, v[0], v[1], scale, out);
    drop(d, b, INPUTS);
    drop(d, v, COUNT(v));
    drop(d, scale, 2);
}

static void tangent(struct nai_device *d, const void *spec, const double *in, const double *tin,
                    double *tout)
{
    const struct layer *const a = spec;
    const size_t n = a->rows * a->cols;
    struct nai_buf *b[INPUTS], *t[INPUTS], *scale[] = {ones(d, a->cols), ones(d, a->cols)};
    struct nai_buf *v[] = {put(d, NULL, n),       put(d, NULL, n),       put(d, NULL, a->rows),
                           put(d, NULL, a->rows), put(d, NULL, a->rows), put(d, NULL, a->rows)};

    put_inputs(d, a, in, b);
    put_inputs(d, a, tin, t);
    struct nai_buf *const tdx = a->in_place ? t[DY] : v[1];
    d->layernorm->forward(d, a->rows, a->cols, 1e-6, b[X], b[GAMMA], b[BETA], v[0], v[2], v[3]);
    d->layernorm->forward_tangent(d, a->rows, a->cols, b[X], b[GAMMA], v[2], v[3], t[X], t[GAMMA],
                                  t[BETA], v[0], v[4], v[5]);
    d->layernorm->backward_tangent(d, a->rows, a->cols, b[X], b[GAMMA], v[2], v[3], b[DY], t[X],
                                   t[GAMMA], v[4], v[5], t[DY], tdx, a->input ? NULL : scale[0],
                                   a->input ? NULL : scale[1]);
    get_outputs(d, a, v[0], tdx, scale, tout);
    drop(d, b, INPUTS);
    drop(d, t, INPUTS);
    drop(d, v, COUNT(v));
    drop(d, scale, 2);
}

static struct operation operation(const struct layer *a, const char *name)
{
    const size_t n = a->rows * a->cols;

    return (struct operation){name, n + 2 * a->cols, n, a, run, tangent};
}

/* Without gamma's and beta's, the rest is as with them. */
static void input_only(struct nai_device *d)
{
    const struct layer all = {5, 37, false, false}, some = {5, 37, false, true};
    double *const in = drawn(1, 5 * 37 * 2 + 74), *const tin = drawn(2, 5 * 37 * 2 + 74);
    double a[5 * 37 * 2 + 74], b[5 * 37 * 2 + 74];

    for (int k = 0; k < 2; k++) {
        if (k) {
            tangent(d, &all, in, tin, a);
            tangent(d, &some, in, tin, b);
        } else {
            run(d, &all, in, a);
            run(d, &some, in, b);
        }
        bool none = true;
        for (size_t i = 370; i < 444; i++)
            none = none && b[i] == 0;
        ok(memcmp(a, b, 370 * sizeof *a) == 0 && none, "%s of x only, f%zu",
           k ? "tangent of the gradient" : "gradient", 8 * d->size);
    }
    free(in);
    free(tin);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);
    static const size_t sizes[][2] = {{7, 37}, {5, 64}, {3, 5}, {1, 100}};
    static const size_t large[][2] = {{301, 100}, {100, 301}, {40, 1100}};

    for (size_t i = 0; i < COUNT(sizes); i++) {
        const struct layer a = {sizes[i][0], sizes[i][1], false, false};
        char name[40];
        snprintf(name, sizeof name, "%zu x %zu", a.rows, a.cols);
        const struct operation o = operation(&a, name);
        double *const in = drawn(1, operation_count(&o));
        tangent_differences(&o, f64, in);
        tangent_identities(&o, f64, in);
        tangent_precision(&o, f32, f64, in, 1e-5);
        free(in);
    }
    for (size_t i = 0; i < COUNT(large); i++) {
        const struct layer a = {large[i][0], large[i][1], false, false};
        const struct layer b = {a.rows, a.cols, true, false};
        char name[40];
        snprintf(name, sizeof name, "%zu x %zu", a.rows, a.cols);
        const struct operation o = operation(&a, name);
        const struct operation p = operation(&b, "in place");
        double *const in = drawn(2, operation_count(&o));
        tangent_threads(&o, f32, in);
        tangent_threads(&o, f64, in);
        tangent_same(&o, &p, f32, in);
        tangent_same(&o, &p, f64, in);
        free(in);
    }
    input_only(f32);
    input_only(f64);
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
