/* tangent.h - what the tests of tangents share: an operation as one function, and checks of it
 * SPDX-License-Identifier: MIT
 *
 * An operation takes one row of numbers, its parameters (x, gamma, ...) and then dy, and gives one:
 * y, and then the gradients of the parameters, in the same order. */
#ifndef NAI_TEST_TANGENT_H
#define NAI_TEST_TANGENT_H

#include "layers.h"

struct operation {
    const char *name;
    size_t parameters, outputs; /* numbers */
    const void *spec;
    void (*run)(struct nai_device *d, const void *spec, const double *in, double *out);
    void (*tangent)(struct nai_device *d, const void *spec, const double *in, const double *tin,
                    double *tout);
};

static size_t operation_count(const struct operation *o)
{
    return o->parameters + o->outputs;
}

/* The next n numbers of a row. */
__attribute__((unused)) static double *take(double **at, size_t n)
{
    *at += n;
    return *at - n;
}

__attribute__((unused)) static const double *next(const double **at, size_t n)
{
    *at += n;
    return *at - n;
}

/* Five points: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, error h^4. */
static double *five_points(const struct operation *o, struct nai_device *d, const double *in,
                           const double *tin)
{
    static const double at[] = {-2, -1, 1, 2}, weight[] = {1, -8, 8, -1};
    const double h = 1e-4;
    const size_t n = operation_count(o);
    double *const slope = doubles(n), *const moved = doubles(n), *const out = doubles(n);

    for (size_t k = 0; k < COUNT(at); k++) {
        for (size_t i = 0; i < n; i++)
            moved[i] = in[i] + at[k] * h * tin[i];
        o->run(d, o->spec, moved, out);
        for (size_t i = 0; i < n; i++)
            slope[i] += weight[k] * out[i] / (12 * h);
    }
    free(moved);
    free(out);
    return slope;
}

/* The tangent is what differences give, of outputs and of gradients. */
__attribute__((unused)) static void tangent_differences(const struct operation *o,
                                                        struct nai_device *d, const double *in)
{
    const size_t n = operation_count(o);
    double *const tin = drawn(101, n), *const got = doubles(n);
    double *const want = five_points(o, d, in, tin);

    o->tangent(d, o->spec, in, tin, got);
    const double e = worst(got, want, o->outputs);
    const double back = worst(got + o->outputs, want + o->outputs, o->parameters);
    ok(e <= 1e-9 && back <= 1e-9, "differences, %s: %.1e, of gradients %.1e", o->name, e, back);
    free(tin);
    free(got);
    free(want);
}

/* <dy, J t> = <J^T dy, t>; and of the scalar <dy, f> the second derivative is symmetric:
 * <r, H t> = <t, H r>. */
__attribute__((unused)) static void tangent_identities(const struct operation *o,
                                                       struct nai_device *d, const double *in)
{
    const size_t n = operation_count(o), p = o->parameters;
    double *const t = drawn(102, n), *const r = drawn(103, n);
    double *const jt = doubles(n), *const ht = doubles(n), *const hr = doubles(n);

    o->run(d, o->spec, in, jt);
    const double back = weighted(jt + o->outputs, t, p);
    memset(t + p, 0, o->outputs * sizeof *t); /* dy does not move */
    memset(r + p, 0, o->outputs * sizeof *r);
    o->tangent(d, o->spec, in, t, ht);
    o->tangent(d, o->spec, in, r, hr);
    const double forth = weighted(in + p, ht, o->outputs);
    const double rht = weighted(r, ht + o->outputs, p), thr = weighted(t, hr + o->outputs, p);
    double size = 0; /* of what is added up */
    for (size_t i = 0; i < p; i++)
        size += fabs(t[i] * hr[i + o->outputs]) + fabs(t[i] * jt[i + o->outputs]);
    ok(fabs(forth - back) <= 1e-12 * fmax(1, size), "adjoint, %s: %.1e of %.1e", o->name,
       forth - back, back);
    ok(fabs(rht - thr) <= 1e-12 * fmax(1, size), "symmetric, %s: %.1e of %.1e", o->name, rht - thr,
       thr);
    free(t);
    free(r);
    free(jt);
    free(ht);
    free(hr);
}

/* float32 as float64. */
__attribute__((unused)) static void tangent_precision(const struct operation *o,
                                                      struct nai_device *f32,
                                                      struct nai_device *f64, const double *in,
                                                      double tol)
{
    const size_t n = operation_count(o);
    double *const tin = drawn(104, n), *const got = doubles(n), *const want = doubles(n);

    o->tangent(f32, o->spec, in, tin, got);
    o->tangent(f64, o->spec, in, tin, want);
    const double e = worst(got, want, n);
    ok(e <= tol, "float32 as float64, %s: %.1e", o->name, e);
    free(tin);
    free(got);
    free(want);
}

/* The same bits for any number of threads. */
__attribute__((unused)) static void tangent_threads(const struct operation *o, struct nai_device *d,
                                                    const double *in)
{
    const size_t n = operation_count(o);
    double *const tin = drawn(105, n), *const one = doubles(n), *const got = doubles(n);
    bool same = true;

    for (int t = 1; t <= 3; t++) {
        omp_set_num_threads(t);
        o->tangent(d, o->spec, in, tin, t == 1 ? one : got);
        same = same && (t == 1 || memcmp(one, got, n * sizeof *got) == 0);
    }
    omp_set_num_threads(2);
    ok(same, "1, 2, 3 threads: the same bits, %s, f%zu", o->name, 8 * d->size);
    free(tin);
    free(one);
    free(got);
}

/* Two ways of doing the same: the same bits. */
__attribute__((unused)) static void tangent_same(const struct operation *a,
                                                 const struct operation *b, struct nai_device *d,
                                                 const double *in)
{
    const size_t n = operation_count(a);
    double *const tin = drawn(106, n), *const one = doubles(n), *const two = doubles(n);

    a->tangent(d, a->spec, in, tin, one);
    b->tangent(d, b->spec, in, tin, two);
    ok(memcmp(one, two, n * sizeof *one) == 0, "the same bits: %s; %s, f%zu", a->name, b->name,
       8 * d->size);
    free(tin);
    free(one);
    free(two);
}

#endif
