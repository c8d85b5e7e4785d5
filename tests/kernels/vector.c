/* vector.c - test of vector.h
 * SPDX-License-Identifier: MIT
 *
 * References are element by element, and sums in long double. */
#include "vector.h"

#include "layers.h"

enum { ODD = 70001 };

static void elementwise(struct nai_device *d, size_t n)
{
    const double tol = d->dtype == NAI_F32 ? 2e-7 : 1e-15;
    double *const x = drawn(51, n), *const y = drawn(52, n), *const got = doubles(n),
                  *const want = doubles(n);
    struct nai_buf *b[] = {put(d, x, n), put(d, y, n), put(d, NULL, n + 1)};
    const struct nai_vector_ops *const op = d->vector;
    double e[6];

    op->fill(d, b[2], 7, n + 1); /* the last one shows what is written too far */
    op->copy(d, b[2], b[0], n);
    get(d, b[2], got, n);
    e[0] = worst(got, x, n);
    op->axpby(d, 0.5, b[0], 0.25, b[2], n);
    get(d, b[2], got, n);
    for (size_t i = 0; i < n; i++)
        want[i] = 0.75 * x[i];
    e[1] = worst(got, want, n);
    op->fill(d, b[2], NAN, n);
    op->axpby(d, 3, b[0], 0, b[2], n); /* does not read y */
    get(d, b[2], got, n);
    for (size_t i = 0; i < n; i++)
        want[i] = 3 * x[i];
    e[2] = worst(got, want, n);
    op->add(d, b[0], b[1], b[2], n);
    op->add(d, b[2], b[1], b[2], n); /* in place, one side and the other */
    op->add(d, b[1], b[2], b[2], n);
    get(d, b[2], got, n);
    for (size_t i = 0; i < n; i++)
        want[i] = x[i] + 3 * y[i];
    e[3] = worst(got, want, n);
    op->fill(d, b[2], 0.1, n);
    get(d, b[2], got, n);
    for (size_t i = 0; i < n; i++)
        want[i] = d->dtype == NAI_F32 ? (double)0.1f : 0.1;
    e[4] = worst(got, want, n);
    op->zero(d, b[2], n);
    get(d, b[2], got, n);
    memset(want, 0, n * sizeof *want);
    e[5] = worst(got, want, n);
    double end;
    get(d, d->memory->at(d, b[2], n), &end, 1);
    ok(e[0] <= tol && e[1] <= tol && e[2] <= tol && e[3] <= tol && e[4] <= tol && e[5] <= tol &&
           end == 7,
       "copy axpby axpby add fill zero, n %zu, f%zu: %.1e %.1e %.1e %.1e %.1e %.1e", n, 8 * d->size,
       e[0], e[1], e[2], e[3], e[4], e[5]);
    drop(d, b, COUNT(b));
    free(x);
    free(y);
    free(got);
    free(want);
}

static void dot(struct nai_device *d, size_t n)
{
    double *const x = drawn(53, n), *const y = drawn(54, n);
    struct nai_buf *b[] = {put(d, x, n), put(d, y, n)};
    long double want = 0;
    double got[3];

    for (size_t i = 0; i < n; i++)
        want += (long double)x[i] * y[i];
    for (int t = 1; t <= 3; t++) {
        omp_set_num_threads(t);
        got[t - 1] = d->vector->dot(d, b[0], b[1], n);
    }
    omp_set_num_threads(2);
    /* Multiples of 2^-18 that stay far below 2^53 of them: every order gives the exact sum. */
    ok(got[0] == (double)want && got[1] == got[0] && got[2] == got[0], "dot of %zu, f%zu: %.17g", n,
       8 * d->size, got[0]);
    drop(d, b, COUNT(b));
    free(x);
    free(y);
}

/* Inexact terms: the order of the sum shows in the bits. */
static void dot_threads(struct nai_device *d)
{
    double *const x = drawn(55, ODD), got[3];
    long double want = 0;

    for (size_t i = 0; i < ODD; i++) {
        x[i] = exp(4 * x[i]);
        if (d->dtype == NAI_F32)
            x[i] = (double)(float)x[i];
        want += (long double)x[i] * x[i];
    }
    struct nai_buf *b[] = {put(d, x, ODD)};
    for (int t = 1; t <= 3; t++) {
        omp_set_num_threads(t);
        got[t - 1] = d->vector->dot(d, b[0], b[0], ODD);
    }
    omp_set_num_threads(2);
    ok(got[0] == got[1] && got[0] == got[2] && fabs(got[0] - (double)want) <= 1e-13 * (double)want,
       "dot on 1, 2, 3 threads: the same bits, f%zu: %.17g", 8 * d->size, got[0]);
    drop(d, b, COUNT(b));
    free(x);
}

static void nonfinite(struct nai_device *d)
{
    double *const x = drawn(56, ODD);
    size_t none, four;

    struct nai_buf *a = put(d, x, ODD);
    none = d->vector->nonfinite(d, a, ODD);
    d->memory->free(d, a);
    x[0] = NAN;
    x[ODD - 1] = INFINITY;
    x[40000] = -INFINITY;
    x[777] = -NAN;
    a = put(d, x, ODD);
    four = d->vector->nonfinite(d, a, ODD);
    d->memory->free(d, a);
    ok(none == 0 && four == 4, "not finite, f%zu: %zu and %zu of 0 and 4", 8 * d->size, none, four);
    free(x);
}

static void columns(struct nai_device *d, size_t rows, size_t cols, double about)
{
    double *const x = drawn(57, rows * cols), *const mean = doubles(cols),
                  *const var = doubles(cols), *const m = doubles(cols), *const v = doubles(cols);
    double worst_mean = 0, worst_var = 0;
    bool same = true;

    for (size_t i = 0; i < rows * cols; i++) {
        x[i] += about;
        if (d->dtype == NAI_F32)
            x[i] = (double)(float)x[i];
    }
    struct nai_buf *b[] = {put(d, x, rows * cols)};
    for (int t = 1; t <= 3; t++) {
        omp_set_num_threads(t);
        d->vector->columns(d, b[0], rows, cols, t == 1 ? mean : m, t == 1 ? var : v);
        same = same && (t == 1 || (memcmp(m, mean, cols * sizeof *m) == 0 &&
                                   memcmp(v, var, cols * sizeof *m) == 0));
    }
    omp_set_num_threads(2);
    for (size_t j = 0; j < cols; j++) {
        long double s = 0, q = 0;
        for (size_t i = 0; i < rows; i++)
            s += x[i * cols + j];
        s /= (long double)rows;
        for (size_t i = 0; i < rows; i++)
            q += (x[i * cols + j] - s) * (x[i * cols + j] - s);
        q /= (long double)rows;
        worst_mean = fmax(worst_mean, (double)fabsl(mean[j] - s));
        worst_var = fmax(worst_var, (double)fabsl(var[j] - q));
        same = same && !isnan(mean[j]) && !isnan(var[j]);
    }
    ok(same && worst_mean <= 2e-16 * fmax(4, about) && worst_var <= 1e-14,
       "columns %zu x %zu about %g, f%zu, 1 to 3 threads: mean %.1e var %.1e", rows, cols, about,
       8 * d->size, worst_mean, worst_var);
    drop(d, b, COUNT(b));
    free(x);
    free(mean);
    free(var);
    free(m);
    free(v);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const both[] = {device(NAI_F32), device(NAI_F64)};
    static const size_t sizes[] = {1, 15, 17, 4097, ODD, 1100000};

    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < COUNT(sizes); k++) {
            elementwise(both[i], sizes[k]);
            dot(both[i], sizes[k]);
        }
        dot_threads(both[i]);
        nonfinite(both[i]);
        columns(both[i], 1, 5, 0);
        columns(both[i], 301, 130, 0);
        columns(both[i], 2001, 70, 1e6);
        columns(both[i], 67, 1000, 3);
    }
    nai_device_close(both[0]);
    nai_device_close(both[1]);
    return tap_end();
}
