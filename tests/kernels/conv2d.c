/* conv2d.c - test of conv2d.h: against plain loops, differences, PyTorch, and one path the other
 * SPDX-License-Identifier: MIT */
#include "conv2d.h"

#include <omp.h>

#include "../lib/tap.h"
#include "blas.h"
#include "conv2d_naive.h"
#include "golden_conv2d.h"
#include "tables.h"

/* An implementation, on the device that it is of; what it may differ by, of the largest value. */
struct path {
    const char *name;
    struct nai_device *d;
    const struct nai_conv2d_ops *ops;
    double tol;
};

/* All that a convolution computes, plain. */
struct results {
    double *y, *dx, *dw, *db;
};

static void results_free(struct results *r)
{
    free(r->y);
    free(r->dx);
    free(r->dw);
    free(r->db);
}

/* The operands of a case. */
struct operands {
    double *x, *w, *b, *dy, *old; /* old: what y holds before */
};

static struct operands operands_of(const struct conv *v)
{
    return (struct operands){.x = noise(conv_x(v), 1),
                             .w = noise(conv_weights(v), 2),
                             .b = noise(v->o, 3),
                             .dy = noise(conv_y(v), 4),
                             .old = noise(conv_y(v), 5)};
}

static void operands_free(struct operands *a)
{
    free(a->x);
    free(a->w);
    free(a->b);
    free(a->dy);
    free(a->old);
}

enum { GUARD = 64 }; /* elements behind the workspace, which nothing may touch */

/* Gradients are added to this. */
static const double before = 0.25;

static struct results naive(const struct conv *v, const struct operands *a, bool sum, bool relu)
{
    const size_t area = conv_oh(v) * conv_ow(v);
    struct results r = {reals(conv_y(v)), reals(conv_x(v)), reals(conv_weights(v)), reals(v->o)};

    for (size_t i = 0; i < conv_weights(v); i++)
        r.dw[i] = before;
    for (size_t i = 0; i < v->o; i++)
        r.db[i] = before;
    for (size_t i = 0; i < conv_y(v); i++) {
        r.y[i] = a->b[i / area % v->o] + (sum ? a->old[i] : 0);
        r.db[i / area % v->o] += a->dy[i];
    }
    CONV_EACH(v, ix, iw, iy, {
        r.y[iy] += a->x[ix] * a->w[iw];
        r.dx[ix] += a->dy[iy] * a->w[iw];
        r.dw[iw] += a->dy[iy] * a->x[ix];
    })
    for (size_t i = 0; relu && i < conv_y(v); i++)
        r.y[i] = fmax(r.y[i], 0);
    return r;
}

static struct nai_conv2d_spec spec_of(const struct conv *v, size_t xb, size_t yb)
{
    return (struct nai_conv2d_spec){
        .x = {v->n, v->c, v->h, v->w, xb},
        .y = {v->n, v->o, conv_oh(v), conv_ow(v), yb},
        .kh = v->k,
        .kw = v->k,
        .stride = v->stride,
        .pad = v->pad,
        .groups = v->groups,
        .training = true,
    };
}

/* Runs everything; the padding of outputs is NaN before, and so is the workspace. *clean: the
 * padding was written as zero, and nothing behind the workspace. */
static struct results run(const struct path *path, const struct conv *v, const struct operands *a,
                          const struct nai_conv2d_spec *s, bool *clean)
{
    struct nai_device *const d = path->d;
    struct nai_conv2d *plan = NULL;
    struct nai_err err = {0};
    bool tidy[3] = {true, true, true};

    if (path->ops->plan(&plan, d, s, &err)) {
        printf("Bail out! %s: %s\n", path->name, err.msg);
        exit(1);
    }
    const size_t room = path->ops->workspace(plan) + GUARD;
    double *const junk = reals(room);
    for (size_t i = 0; i < room; i++)
        junk[i] = i + GUARD < room ? NAN : 7;
    struct nai_buf *const x = shaped(d, &s->x, a->x, 0), *const dy = shaped(d, &s->y, a->dy, 0);
    struct nai_buf *const y = shaped(d, &s->y, a->old, s->sum ? 0 : NAN), *const dx = shaped(
                                                                              d, &s->x, a->x, NAN);
    struct nai_buf *const w = buffer(d, conv_weights(v)), *const dw = buffer(d, conv_weights(v));
    struct nai_buf *const b = buffer(d, v->o), *const db = buffer(d, v->o);
    struct nai_buf *const work = buffer(d, room);
    put(d, w, a->w, conv_weights(v));
    put(d, b, a->b, v->o);
    double *const start = reals(conv_weights(v) + v->o);
    for (size_t i = 0; i < conv_weights(v) + v->o; i++)
        start[i] = before;
    put(d, dw, start, conv_weights(v));
    put(d, db, start, v->o);
    put(d, work, junk, room);
    path->ops->forward(plan, x, w, b, y, work);
    struct results r = {.y = plain_of(d, &s->y, y, &tidy[0])};
    if (s->training) {
        put(d, work, junk, room);
        path->ops->backward_data(plan, dy, w, dx, work);
        put(d, work, junk, room);
        path->ops->backward_weights(plan, x, dy, dw, db, work);
        r.dx = plain_of(d, &s->x, dx, &tidy[1]);
        r.dw = get(d, dw, conv_weights(v));
        r.db = get(d, db, v->o);
    }
    double *const after = get(d, work, room);
    for (size_t i = room - GUARD; i < room; i++)
        tidy[2] = tidy[2] && after[i] == 7;
    *clean = tidy[0] && tidy[1] && tidy[2] && d->memory->sync(d, &err) == NAI_OK;
    path->ops->free(plan);
    struct nai_buf *const all[] = {x, dy, y, dx, w, dw, b, db, work};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        d->memory->free(d, all[i]);
    free(junk);
    free(start);
    free(after);
    return r;
}

/* The largest difference, of the largest value; infinite for NaN. */
static double off(const double *got, const double *want, size_t n)
{
    double most = 0, size = 1;

    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(want[i]));
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(got[i] - want[i]) <= most * size))
            most = fabs(got[i] - want[i]) / size;
        if (isnan(got[i]))
            return INFINITY;
    }
    return most;
}

static double worst(const struct conv *v, const struct results *got, const struct results *want)
{
    double e = off(got->y, want->y, conv_y(v));

    if (got->dx) {
        e = fmax(e, off(got->dx, want->dx, conv_x(v)));
        e = fmax(e, off(got->dw, want->dw, conv_weights(v)));
        e = fmax(e, off(got->db, want->db, v->o));
    }
    return e;
}

/* One convolution, on every path and with every pair of blocks, against the loops. */
static void against_loops(const struct path *paths, size_t count, const struct conv *v)
{
    struct operands a = operands_of(v);
    struct results want = naive(v, &a, false, false);
    const size_t xs[] = {1, 16, v->c}, ys[] = {1, 16, v->o};

    for (size_t i = 0; i < count; i++) {
        double e = 0;
        bool clean = true;
        for (int b = 0; b < 9; b++) {
            const struct nai_conv2d_spec s = spec_of(v, xs[b / 3], ys[b % 3]);
            bool tidy;
            struct results got = run(&paths[i], v, &a, &s, &tidy);
            e = fmax(e, worst(v, &got, &want));
            clean = clean && tidy;
            results_free(&got);
        }
        ok(e <= paths[i].tol && clean,
           "%s: %zux%zu stride %zu pad %zu, %zu to %zu channels, %zu groups: off by %.1e%s",
           paths[i].name, v->k, v->k, v->stride, v->pad, v->c, v->o, v->groups, e,
           clean ? "" : ", not clean");
    }
    results_free(&want);
    operands_free(&a);
}

static void all_kernels(const struct path *paths, size_t count)
{
    static const size_t channels[][3] = {{3, 5, 1}, {1, 16, 1}, {20, 18, 1}, {6, 4, 2},
                                         {6, 6, 6}, {5, 10, 5}, {40, 24, 4}};

    for (size_t k = 1; k <= 7; k += 2)
        for (size_t stride = 1; stride <= 2; stride++)
            for (size_t pad = 0; pad <= k / 2; pad += k > 1 ? k / 2 : 1)
                for (size_t c = 0; c < sizeof channels / sizeof *channels; c++) {
                    const struct conv v = {.n = 3,
                                           .c = channels[c][0],
                                           .h = 9,
                                           .w = 7,
                                           .o = channels[c][1],
                                           .k = k,
                                           .stride = stride,
                                           .pad = pad,
                                           .groups = channels[c][2]};
                    against_loops(paths, count, &v);
                }
}

/* Several tiles a thread, several images a tile, and tiles that are cut by an image's end. */
static void tiles(const struct path *paths, size_t count)
{
    static const struct conv cases[] = {
        {.n = 2, .c = 3, .h = 45, .w = 43, .o = 4, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 150, .c = 33, .h = 4, .w = 4, .o = 17, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 40, .c = 8, .h = 11, .w = 9, .o = 8, .k = 3, .stride = 2, .pad = 1, .groups = 2},
        {.n = 9, .c = 16, .h = 13, .w = 14, .o = 32, .k = 1, .stride = 1, .pad = 0, .groups = 1},
        {.n = 2, .c = 2, .h = 3, .w = 3, .o = 2, .k = 5, .stride = 1, .pad = 4, .groups = 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        against_loops(paths, count, &cases[i]);
}

/* What inference fuses, with and without a bias to be added first. */
static void fused(const struct path *paths, size_t count)
{
    const struct conv v = {
        .n = 3, .c = 20, .h = 9, .w = 8, .o = 18, .k = 3, .stride = 1, .pad = 1, .groups = 1};
    struct operands a = operands_of(&v);

    for (size_t i = 0; i < count; i++)
        for (int form = 0; form < 4; form++) {
            struct results want = naive(&v, &a, form & 1, form & 2);
            const size_t blocks[][2] = {{1, 1}, {16, 16}, {20, 18}};
            double e = 0;
            bool clean = true;
            for (size_t b = 0; b < 3; b++) {
                struct nai_conv2d_spec s = spec_of(&v, blocks[b][0], blocks[b][1]);
                bool tidy;
                s.training = false;
                s.sum = form & 1;
                s.relu = form & 2;
                struct results got = run(&paths[i], &v, &a, &s, &tidy);
                e = fmax(e, worst(&v, &got, &want));
                clean = clean && tidy;
                results_free(&got);
            }
            ok(e <= paths[i].tol && clean, "%s: fused%s%s: off by %.1e", paths[i].name,
               form & 1 ? " sum" : "", form & 2 ? " relu" : "", e);
            results_free(&want);
        }
    operands_free(&a);
}

static void same_bits(struct nai_device *d, const struct nai_conv2d_ops *ops, const struct conv *v)
{
    struct operands a = operands_of(v);
    const struct nai_conv2d_spec s = spec_of(v, v->c, v->o);
    struct results r[3];
    bool clean;

    for (int i = 0; i < 3; i++) {
        d->threads = i + 1;
        omp_set_num_threads(i + 1);
        r[i] = run(&(struct path){"", d, ops, 0}, v, &a, &s, &clean);
    }
    for (int i = 1; i < 3; i++)
        ok(memcmp(r[i].y, r[0].y, conv_y(v) * sizeof(double)) == 0 &&
               memcmp(r[i].dx, r[0].dx, conv_x(v) * sizeof(double)) == 0 &&
               memcmp(r[i].dw, r[0].dw, conv_weights(v) * sizeof(double)) == 0 &&
               memcmp(r[i].db, r[0].db, v->o * sizeof(double)) == 0,
           "%s: the same bits with %d threads as with one, %zu channels", nai_dtype_name(d->dtype),
           i + 1, v->c);
    for (int i = 0; i < 3; i++)
        results_free(&r[i]);
    operands_free(&a);
    d->threads = 2;
    omp_set_num_threads(2);
}

/* With the same number of threads, the same bits from run to run; here where oneDNN's threads sum
 * gradients together. */
static void again(const struct path *path, const struct conv *v)
{
    struct operands a = operands_of(v);
    const struct nai_conv2d_spec s =
        spec_of(v, path->ops->block(path->d, v->c), path->ops->block(path->d, v->o));
    bool clean;
    struct results r[2] = {run(path, v, &a, &s, &clean), run(path, v, &a, &s, &clean)};

    ok(memcmp(r[1].y, r[0].y, conv_y(v) * sizeof(double)) == 0 &&
           memcmp(r[1].dx, r[0].dx, conv_x(v) * sizeof(double)) == 0 &&
           memcmp(r[1].dw, r[0].dw, conv_weights(v) * sizeof(double)) == 0 &&
           memcmp(r[1].db, r[0].db, v->o * sizeof(double)) == 0,
       "%s: the same bits from run to run, stride %zu", path->name, v->stride);
    results_free(&r[0]);
    results_free(&r[1]);
    operands_free(&a);
}

/* The loss sum(y dy) is linear in x and in w: central differences are exact but for rounding. */
static void differences(const struct path *path, const struct conv *v)
{
    struct operands a = operands_of(v);
    const struct nai_conv2d_spec s = spec_of(v, 16, 16);
    bool clean;
    struct results r = run(path, v, &a, &s, &clean);
    double *const at[] = {a.x, a.w, a.b}, *const gradient[] = {r.dx, r.dw, r.db};
    const size_t n[] = {conv_x(v), conv_weights(v), v->o};
    const double start[] = {0, before, before}, h = 0.5;

    for (int which = 0; which < 3; which++) {
        double e = 0;
        for (size_t i = 0; i < n[which]; i += 1 + n[which] / 40) {
            const double was = at[which][i];
            double loss[2] = {0, 0};
            for (int side = 0; side < 2; side++) {
                at[which][i] = was + (side ? h : -h);
                struct results moved = run(path, v, &a, &s, &clean);
                for (size_t j = 0; j < conv_y(v); j++)
                    loss[side] += moved.y[j] * a.dy[j];
                results_free(&moved);
            }
            at[which][i] = was;
            e = fmax(e, fabs((loss[1] - loss[0]) / (2 * h) - (gradient[which][i] - start[which])));
        }
        ok(e <= 1e-6, "%s: gradient of %s against central differences: off by %.1e", path->name,
           (const char *const[]){"x", "w", "b"}[which], e);
    }
    results_free(&r);
    operands_free(&a);
}

/* PyTorch's values, of operands given by a formula that conv2d.py has too. */
static void golden(const struct path *path, double tol)
{
    for (size_t i = 0; i < sizeof golden_cases / sizeof *golden_cases; i++) {
        const struct golden_case *const g = &golden_cases[i];
        const struct conv v = {g->n, g->c, g->h, g->w, g->o, g->k, g->stride, g->pad, g->groups};
        struct operands a = operands_of(&v);
        double *const at[] = {a.x, a.w, a.b, a.dy};
        const size_t n[] = {conv_x(&v), conv_weights(&v), v.o, conv_y(&v)};
        for (int which = 0; which < 4; which++)
            for (size_t j = 0; j < n[which]; j++)
                at[which][j] = (double)(float)sin(0.7 * (double)j + (double)which);
        const struct nai_conv2d_spec s =
            spec_of(&v, path->ops->block(path->d, v.c), path->ops->block(path->d, v.o));
        bool clean;
        struct results got = run(path, &v, &a, &s, &clean);
        for (size_t j = 0; j < conv_weights(&v); j++)
            got.dw[j] -= before;
        for (size_t j = 0; j < v.o; j++)
            got.db[j] -= before;
        const struct results want = {golden_values + g->y, golden_values + g->dx,
                                     golden_values + g->dw, golden_values + g->db};
        const double e = worst(&v, &got, &want);
        ok(e <= tol && clean, "%s: PyTorch's values, case %zu: off by %.1e", path->name, i, e);
        results_free(&got);
        operands_free(&a);
    }
}

/* Of sizes at which oneDNN chooses among its algorithms, against float64. */
static void real_sizes(const struct path *path, const struct path *reference)
{
    static const struct conv cases[] = {
        {.n = 8, .c = 64, .h = 32, .w = 32, .o = 64, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 8, .c = 128, .h = 16, .w = 16, .o = 128, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 16, .c = 256, .h = 8, .w = 8, .o = 256, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 64, .c = 512, .h = 4, .w = 4, .o = 512, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 8, .c = 64, .h = 32, .w = 32, .o = 128, .k = 3, .stride = 2, .pad = 1, .groups = 1},
        {.n = 8, .c = 64, .h = 32, .w = 32, .o = 128, .k = 1, .stride = 2, .pad = 0, .groups = 1},
        {.n = 8, .c = 3, .h = 32, .w = 32, .o = 64, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 8, .c = 1, .h = 28, .w = 28, .o = 32, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 8, .c = 32, .h = 28, .w = 28, .o = 64, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 4, .c = 40, .h = 21, .w = 19, .o = 72, .k = 3, .stride = 1, .pad = 1, .groups = 1},
        {.n = 2, .c = 3, .h = 64, .w = 64, .o = 64, .k = 7, .stride = 2, .pad = 3, .groups = 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct conv *const v = &cases[i];
        struct operands a = operands_of(v);
        const struct nai_conv2d_spec s =
            spec_of(v, path->ops->block(path->d, v->c), path->ops->block(path->d, v->o));
        struct nai_conv2d_spec eval = s;
        const struct nai_conv2d_spec exact = spec_of(v, v->c, v->o);
        bool clean[2], ignored;
        eval.training = false;
        eval.sum = eval.relu = true;
        struct results got = run(path, v, &a, &s, &clean[0]);
        struct results inferred = run(path, v, &a, &eval, &clean[1]);
        struct results want = run(reference, v, &a, &exact, &ignored);
        double e = worst(v, &got, &want);
        for (size_t j = 0; j < conv_y(v); j++)
            want.y[j] = fmax(want.y[j] + a.old[j], 0);
        e = fmax(e, worst(v, &inferred, &want));
        ok(e <= 1e-5 && clean[0] && clean[1],
           "%s: %zu images %zux%zu, %zu to %zu channels, against float64: off by %.1e", path->name,
           v->n, v->h, v->w, v->c, v->o, e);
        results_free(&got);
        results_free(&inferred);
        results_free(&want);
        operands_free(&a);
    }
}

static void refusals(const struct path *path)
{
    struct conv v = {
        .n = 1, .c = 6, .h = 5, .w = 5, .o = 4, .k = 3, .stride = 1, .pad = 0, .groups = 2};
    struct nai_conv2d_spec good = spec_of(&v, 6, 4), s = good;
    struct nai_conv2d *plan = NULL;

    s.groups = 4;
    ok(path->ops->plan(&plan, path->d, &s, NULL) == NAI_EUSAGE && !plan,
       "%s: groups that do not divide the channels", path->name);
    s = good;
    s.y.h = 4;
    ok(path->ops->plan(&plan, path->d, &s, NULL) == NAI_EUSAGE && !plan,
       "%s: an output of another height", path->name);
    s = good;
    s.y.w = 4;
    ok(path->ops->plan(&plan, path->d, &s, NULL) == NAI_EUSAGE && !plan,
       "%s: an output of another width", path->name);
    s = good;
    s.stride = 0;
    ok(path->ops->plan(&plan, path->d, &s, NULL) == NAI_EUSAGE && !plan, "%s: stride 0",
       path->name);
    s = good;
    s.kh = s.kw = 9;
    ok(path->ops->plan(&plan, path->d, &s, NULL) == NAI_EUSAGE && !plan,
       "%s: a kernel that does not fit", path->name);
}

static struct nai_device *device(enum nai_dtype dtype)
{
    struct nai_device *d;
    struct nai_err err = {0};

    if (nai_device_open(&d, "cpu", dtype, 2, &err)) {
        printf("Bail out! %s\n", err.msg);
        exit(1);
    }
    return d;
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);
    const struct path paths[] = {
        {"f64", f64, &nai_cpu_conv2d_f64, 1e-13},
        {"f32", f32, &nai_cpu_conv2d_f32, 1e-5},
#ifdef NAI_DNNL
        {"oneDNN", f32, &nai_dnnl_conv2d, 1e-5},
#endif
    };
    const size_t count = sizeof paths / sizeof *paths;
    const struct conv odd = {
        .n = 80, .c = 7, .h = 13, .w = 12, .o = 5, .k = 3, .stride = 1, .pad = 1, .groups = 1};
    const struct conv deep = {
        .n = 150, .c = 64, .h = 4, .w = 4, .o = 64, .k = 3, .stride = 2, .pad = 1, .groups = 2};
    const struct conv wide = {
        .n = 16, .c = 32, .h = 16, .w = 16, .o = 64, .k = 3, .stride = 1, .pad = 1, .groups = 1};
    const struct conv strided = {
        .n = 16, .c = 32, .h = 16, .w = 16, .o = 64, .k = 3, .stride = 2, .pad = 1, .groups = 1};
    const struct conv little = {
        .n = 2, .c = 6, .h = 7, .w = 5, .o = 4, .k = 3, .stride = 2, .pad = 1, .groups = 2};

    all_kernels(paths, count);
    tiles(paths, count);
    fused(paths, count);
    differences(&paths[0], &little);
    for (size_t i = 0; i < count; i++) {
        golden(&paths[i], i == 0 ? 1e-8 : 1e-5);
        refusals(&paths[i]);
    }
    for (size_t i = 1; i < count; i++) {
        real_sizes(&paths[i], &paths[0]);
        again(&paths[i], &wide);
        again(&paths[i], &strided);
    }
    same_bits(f64, &nai_cpu_conv2d_f64, &odd);
    same_bits(f32, &nai_cpu_conv2d_f32, &odd);
    same_bits(f32, &nai_cpu_conv2d_f32, &deep);
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
