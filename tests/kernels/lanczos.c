/* lanczos.c - test of lanczos.h: diagonal and random operators, multiple eigenvalues
 * SPDX-License-Identifier: MIT */
#include "lanczos.h"

#include <omp.h>

#include "eig.h"
#include "spectral.h"

struct diagonal {
    const double *d;
    size_t n;
    int products, fail_at;
    int nan_at;          /* which product is not a number; 0: none */
    struct nai_err *err; /* where the operator says why it fails; may be NULL */
};

static int diagonal_product(double *y, const double *x, size_t k, void *ctx)
{
    struct diagonal *const a = ctx;

    for (size_t i = 0; i < k * a->n; i++)
        y[i] = a->d[i % a->n] * x[i];
    if (++a->products == a->nan_at)
        y[a->n / 2] = NAN;
    if (a->products != a->fail_at)
        return NAI_OK;
    return a->err ? nai_err_set(a->err, NAI_ESTOPPED, "enough of it") : NAI_ESTOPPED;
}

/* Several vectors in one call are what they are one by one. */
static void together(struct tap *t)
{
    enum { N = 37, K = 5 };
    double *const x = normals(K * N, 4), *const a = normals(N * N, 5);
    double *const y = doubles(K * N), *const one = doubles(K * N), *const want = doubles(K * N);
    struct nai_symmetric op = {a, N};

    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            a[i * N + j] = a[j * N + i];
    for (size_t k = 0; k < K; k++) {
        nai_symmetric_product(one + k * N, x + k * N, 1, &op);
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                want[k * N + i] += a[i * N + j] * x[k * N + j];
    }
    nai_symmetric_product(y, x, K, &op);
    all_near(t, y, want, K * N, 1e-12, "products with several vectors");
    same_bits(t, y, one, K * N * sizeof *y, "the same bits as one by one");
    nai_free(x);
    nai_free(a);
    nai_free(y);
    nai_free(one);
    nai_free(want);
}

static void dense(struct tap *t)
{
    enum { N = 300, TOP = 6, BOTTOM = 4 };
    double *const x = normals(N * N, 3), *const a = doubles(N * N), *const l = doubles(N);
    double *const v = doubles((TOP + BOTTOM) * N), *const first = doubles((TOP + BOTTOM) * N);
    const struct nai_lanczos config = {.n = N, .top = TOP, .bottom = BOTTOM, .seed = 9};
    struct nai_symmetric op = {a, N};
    struct nai_ritz r[TOP + BOTTOM];
    double worst = 0;
    size_t steps = 0;

    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a[i * N + j] = x[i * N + j] + x[j * N + i];
    memcpy(x, a, N * N * sizeof *a);
    nai_eig_values(l, NULL, x, N, NULL, 0, NULL);
    for (int threads = 1; threads <= 4; threads *= 2) {
        omp_set_num_threads(threads);
        ok(t, nai_lanczos(r, v, &steps, &config, nai_symmetric_product, &op, NULL) == NAI_OK,
           "random matrix");
        if (threads == 1)
            memcpy(first, v, (TOP + BOTTOM) * N * sizeof *v);
        same_bits(t, v, first, (TOP + BOTTOM) * N * sizeof *v,
                  "same bits for any number of threads");
    }
    ok(t, steps < N, "before the space was full");
    for (size_t k = 0; k < TOP + BOTTOM; k++) {
        const double want = k < TOP ? l[k] : l[N - 1 - (k - TOP)];
        double residual = 0;
        for (size_t i = 0; i < N; i++) {
            double sum = -r[k].value * v[k * N + i];
            for (size_t j = 0; j < N; j++)
                sum += a[i * N + j] * v[k * N + j];
            residual += sum * sum;
        }
        near(t, r[k].value, want, 1e-11 * l[0], "both ends as the full solver has them");
        ok(t, r[k].converged, "converged");
        near(t, sqrt(residual), r[k].residual, 1e-11 * l[0], "the residual is what is stated");
        worst = fmax(worst, sqrt(residual));
    }
    near(t, worst, 0, 1e-9 * l[0], "residuals");
    nai_free(x);
    nai_free(a);
    nai_free(l);
    nai_free(v);
    nai_free(first);
}

/* Three distinct values in dimension 1000: five largest are 4, 4, 4, 2, 2. */
static void multiple(struct tap *t)
{
    enum { N = 1000 };
    static const double want[] = {4, 4, 4, 2, 2, -1, -1};
    double *const d = doubles(N);
    struct diagonal op = {.d = d, .n = N};
    struct nai_ritz r[7];

    for (size_t i = 0; i < N; i++)
        d[i] = i % 400 == 7 ? 4 : i % 100 == 50 ? 2 : -1;
    ok(t,
       nai_lanczos(r, NULL, NULL, &(struct nai_lanczos){.n = N, .top = 5, .bottom = 2},
                   diagonal_product, &op, NULL) == NAI_OK,
       "few distinct eigenvalues");
    for (size_t k = 0; k < 7; k++)
        near(t, r[k].value, want[k], 1e-11, "every copy of a multiple eigenvalue");
    struct nai_ritz many[12];
    double least = 4;
    for (size_t i = 0; i < N; i++)
        d[i] = i % 80 == 3 ? 4 : 1; /* more copies than the first look at the spectrum can show */
    nai_lanczos(many, NULL, NULL, &(struct nai_lanczos){.n = N, .top = 12}, diagonal_product, &op,
                NULL);
    for (size_t k = 0; k < 12; k++)
        least = fmin(least, many[k].value);
    near(t, least, 4, 1e-11, "twelve copies of one");
    memset(d, 0, N * sizeof *d);
    d[3] = 1;
    nai_lanczos(r, NULL, NULL, &(struct nai_lanczos){.n = N, .top = 3}, diagonal_product, &op,
                NULL);
    near(t, r[0].value, 1, 1e-12, "rank one");
    near(t, fabs(r[1].value) + fabs(r[2].value), 0, 1e-12, "and zeros");
    nai_free(d);
}

static void says(struct tap *t, const struct nai_err *err, const char *want)
{
    if (!ok(t, strcmp(err->msg, want) == 0, want))
        printf("# got: %s\n", err->msg);
}

static void limits(struct tap *t)
{
    double d[50];
    struct diagonal op = {.d = d, .n = 50, .fail_at = 4};
    struct nai_ritz r[50] = {{.value = 7}};
    struct nai_err err = {0};
    size_t steps;
    bool all = true;

    for (int i = 0; i < 50; i++)
        d[i] = 1 + i * 0.01;
    ok(t,
       nai_lanczos(r, NULL, NULL, &(struct nai_lanczos){.n = 50, .top = 2}, diagonal_product, &op,
                   &err) == NAI_ESTOPPED,
       "the operator's status comes back");
    near(t, r[0].value, 7, 0, "outputs untouched on error");
    ok(t,
       nai_lanczos(r, NULL, &steps, &(struct nai_lanczos){.n = 50, .top = 2, .max_steps = 5},
                   diagonal_product, &op, &err) == NAI_OK &&
           steps == 5 && !r[1].converged,
       "stopped at max_steps, and said so");
    near(t, r[0].value, d[49], r[0].residual, "an eigenvalue lies within the residual");
    nai_lanczos(r, NULL, &steps, &(struct nai_lanczos){.n = 50, .top = 20, .bottom = 30},
                diagonal_product, &op, &err);
    for (int i = 0; i < 50; i++)
        all = all && fabs(r[i].value - (i < 20 ? d[49 - i] : d[i - 20])) <= 1e-12;
    ok(t, all, "the whole spectrum");
    d[9] = NAN;
    ok(t,
       nai_lanczos(r, NULL, NULL, &(struct nai_lanczos){.n = 50, .top = 2}, diagonal_product, &op,
                   &err) == NAI_ENUMERIC,
       "NaN from the operator");
    ok(t,
       nai_lanczos(r, NULL, NULL, &(struct nai_lanczos){.n = 2, .top = 2, .bottom = 1},
                   diagonal_product, &op, &err) == NAI_EUSAGE,
       "more values than there are");
}

/* Eigenvalues 1000 and -500 are found in a few steps, the others, close together, are not. */
static void broken(struct tap *t)
{
    enum { N = 400 };
    double d[N];
    struct nai_err err = {0};
    struct diagonal op = {.d = d, .n = N, .nan_at = 17};
    const struct nai_lanczos config = {.n = N, .top = 3, .bottom = 2};
    struct nai_ritz r[5] = {{.value = 7}};

    for (int i = 0; i < N; i++)
        d[i] = i == 5 ? 1000 : i == 77 ? -500 : i * 0.01;
    ok(t, nai_lanczos(r, NULL, NULL, &config, diagonal_product, &op, &err) == NAI_ENUMERIC,
       "a late NaN");
    says(t, &err, "Lanczos: product 17 is not finite; 2 of 5 values had converged");
    op = (struct diagonal){.d = d, .n = N, .fail_at = 17};
    ok(t, nai_lanczos(r, NULL, NULL, &config, diagonal_product, &op, &err) == NAI_ESTOPPED,
       "a late failure");
    says(t, &err, "Lanczos: product 17 failed; 2 of 5 values had converged");
    op = (struct diagonal){.d = d, .n = N, .fail_at = 17, .err = &err};
    nai_lanczos(r, NULL, NULL, &config, diagonal_product, &op, &err);
    says(t, &err, "Lanczos: product 17: enough of it; 2 of 5 values had converged");
    op = (struct diagonal){.d = d, .n = N, .nan_at = 1};
    nai_lanczos(r, NULL, NULL, &config, diagonal_product, &op, &err);
    says(t, &err, "Lanczos: product 1 is not finite; 0 of 5 values had converged");
    op = (struct diagonal){.d = d, .n = N, .nan_at = 3};
    nai_lanczos(r, NULL, NULL, &config, diagonal_product, &op, &err);
    says(t, &err, "Lanczos: product 3 is not finite; 0 of 5 values had converged");
    near(t, r[0].value, 7, 0, "outputs untouched");
}

int main(void)
{
    struct tap t = {0};

    together(&t);
    dense(&t);
    multiple(&t);
    limits(&t);
    broken(&t);
    return done(&t);
}
