/* eig.c - test of eig.h: LAPACK's dsyevd, closed forms and invariants
 * SPDX-License-Identifier: MIT */
#include "eig.h"

#include <lapacke.h>
#include <omp.h>

#include "spectral.h"

/* A random symmetric matrix, or a covariance of decaying spectrum. */
static double *matrix(size_t n, bool positive)
{
    double *const x = normals(n * n, n), *const a = doubles(n * n);

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            if (!positive) {
                a[i * n + j] = x[i * n + j] + x[j * n + i];
                continue;
            }
            for (size_t k = 0; k < n; k++)
                a[i * n + j] += x[i * n + k] * x[j * n + k] / (double)((k + 1) * (k + 1));
        }
    nai_free(x);
    return a;
}

/* Descending eigenvalues of a (kept) by LAPACK. */
static double *lapack(const double *a, size_t n)
{
    double *const w = doubles(n), *const b = doubles(n * n), *const up = doubles(n);

    memcpy(b, a, n * n * sizeof *b);
    LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'N', 'L', (int)n, b, (int)n, up);
    for (size_t j = 0; j < n; j++)
        w[j] = up[n - 1 - j];
    nai_free(b);
    nai_free(up);
    return w;
}

static void values(struct tap *t, size_t n, bool positive, double scale)
{
    double *const a = matrix(n, positive), *const b = doubles(n * n), *const mu = normals(n, 5);
    double *const l = doubles(2 * n), *const first = doubles(2 * n);
    double *want, *shifted;

    for (size_t i = 0; i < n * n; i++)
        a[i] *= scale;
    for (size_t i = 0; i < n; i++)
        mu[i] *= sqrt(scale);
    want = lapack(a, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            b[i * n + j] = a[i * n + j] + 1.5 * (mu[i] * mu[j]);
    shifted = lapack(b, n);
    printf("# dimension %zu, %s, scale %g\n", n, positive ? "positive" : "indefinite", scale);
    for (int threads = 1; threads <= 4; threads *= 2) {
        omp_set_num_threads(threads);
        memcpy(b, a, n * n * sizeof *b);
        ok(t, nai_eig_values(l, l + n, b, n, mu, 1.5, NULL) == NAI_OK, "both spectra");
        if (threads == 1)
            memcpy(first, l, 2 * n * sizeof *l);
        same_bits(t, l, first, 2 * n * sizeof *l, "same bits for any number of threads");
    }
    all_near(t, l, want, n, 1e-12 * fmax(fabs(want[0]), fabs(want[n - 1])), "values as dsyevd");
    all_near(t, l + n, shifted, n, 1e-12 * fmax(shifted[0], fabs(shifted[n - 1])),
             "those of A + c mu mu^T as dsyevd");
    memcpy(b, a, n * n * sizeof *b);
    nai_eig_values(l, NULL, b, n, NULL, 0, NULL);
    all_near(t, l, want, n, 1e-12 * fmax(fabs(want[0]), fabs(want[n - 1])), "values alone");
    nai_free(a);
    nai_free(b);
    nai_free(mu);
    nai_free(l);
    nai_free(first);
    nai_free(want);
    nai_free(shifted);
}

/* The second difference matrix: lambda_k = 2 - 2 cos(k pi / (n + 1)). Its reflectors are trivial.
 */
static void closed_form(struct tap *t, size_t n)
{
    double *const a = doubles(n * n), *const l = doubles(n), *const want = doubles(n);

    for (size_t i = 0; i < n; i++) {
        a[i * n + i] = 2;
        if (i + 1 < n)
            a[i * n + i + 1] = a[(i + 1) * n + i] = -1;
        want[i] = 2 - 2 * cos((double)(n - i) * acos(-1) / (double)(n + 1));
    }
    nai_eig_values(l, NULL, a, n, NULL, 0, NULL);
    all_near(t, l, want, n, 1e-13, "second differences");
    memset(a, 0, n * n * sizeof *a);
    memset(want, 0, n * sizeof *want);
    nai_eig_values(l, NULL, a, n, NULL, 0, NULL);
    all_near(t, l, want, n, 0, "zero matrix");
    want[0] = (double)n;
    for (size_t i = 0; i < n * n; i++)
        a[i] = 1;
    nai_eig_values(l, NULL, a, n, NULL, 0, NULL);
    all_near(t, l, want, n, 1e-13 * (double)n, "matrix of ones");
    nai_free(a);
    nai_free(l);
    nai_free(want);
}

static void check_vectors(struct tap *t, const double *a, const double *l, const double *v,
                          size_t count, size_t n)
{
    double residual = 0, angle = 0;
    bool positive = true;

    for (size_t k = 0; k < count; k++) {
        size_t at = 0;
        for (size_t i = 0; i < n; i++) {
            double sum = -l[k] * v[k * n + i];
            for (size_t j = 0; j < n; j++)
                sum += a[i * n + j] * v[k * n + j];
            residual = fabs(sum) <= residual ? residual : fabs(sum);
            at = fabs(v[k * n + i]) > fabs(v[k * n + at]) ? i : at;
        }
        positive = positive && v[k * n + at] > 0;
        for (size_t m = 0; m <= k; m++) {
            double sum = m == k ? -1 : 0;
            for (size_t j = 0; j < n; j++)
                sum += v[k * n + j] * v[m * n + j];
            angle = fabs(sum) <= angle ? angle : fabs(sum);
        }
    }
    near(t, residual, 0, 1e-12 * fabs(l[0]), "A v = lambda v");
    near(t, angle, 0, 1e-10, "the vectors are orthonormal");
    ok(t, positive, "the largest component is positive");
}

static void vectors(struct tap *t, size_t n)
{
    double *const a = matrix(n, true), *const v = doubles(n * n), *const l = doubles(n);
    double *const first = doubles(n * n), *const want = lapack(a, n);

    for (int threads = 1; threads <= 4; threads *= 2) {
        omp_set_num_threads(threads);
        memcpy(v, a, n * n * sizeof *v);
        ok(t, nai_eig_vectors(l, v, n, NULL) == NAI_OK, "eigenvectors");
        if (threads == 1)
            memcpy(first, v, n * n * sizeof *v);
        same_bits(t, v, first, n * n * sizeof *v, "same bits for any number of threads");
    }
    all_near(t, l, want, n, 1e-13 * l[0], "their eigenvalues");
    check_vectors(t, a, l, v, n, n);
    nai_free(a);
    nai_free(v);
    nai_free(l);
    nai_free(first);
    nai_free(want);
}

/* F^T F by way of F F^T, against the dim by dim problem; the last ten rows are combinations of two
 * others. */
static void factor(struct tap *t, size_t rows, size_t dim)
{
    const size_t rank = rows > 12 ? rows - 10 : rows;
    double *const f = normals(rows * dim, 7), *const s = doubles(dim * dim),
                  *const mu = normals(dim, 8);
    double *const l = doubles(rows), *const up = doubles(rows + 1), *const v = doubles(rows * dim);
    double *want;

    for (size_t i = rank; i < rows; i++)
        for (size_t j = 0; j < dim; j++)
            f[i * dim + j] = f[j] + 0.3 * (double)i * f[dim + j];
    for (size_t k = 0; k < rows; k++)
        for (size_t i = 0; i < dim; i++)
            for (size_t j = 0; j < dim; j++)
                s[i * dim + j] += f[k * dim + i] * f[k * dim + j];
    want = lapack(s, dim);
    ok(t, nai_eig_factor(l, up, v, f, rows, dim, mu, 2, NULL) == NAI_OK, "factor");
    all_near(t, l, want, rows, 1e-12 * want[0], "eigenvalues of F^T F");
    check_vectors(t, s, l, v, rank, dim);
    ok(t, nai_eig_rank(l, rows, 5, dim) == rank, "numerical rank");
    for (size_t i = rank; i < rows; i++)
        ok(t, v[i * dim] == 0, "no vector where there is no rank");
    nai_free(want);
    for (size_t i = 0; i < dim; i++)
        for (size_t j = 0; j < dim; j++)
            s[i * dim + j] += 2 * mu[i] * mu[j];
    want = lapack(s, dim);
    all_near(t, up, want, rows + 1 < dim ? rows + 1 : dim, 1e-12 * want[0],
             "those of F^T F + c mu mu^T");
    nai_eig_factor(up, NULL, NULL, f, rows, dim, NULL, 0, NULL);
    all_near(t, up, l, rows, 1e-12 * want[0], "without vectors");
    nai_free(want);
    nai_free(f);
    nai_free(s);
    nai_free(mu);
    nai_free(l);
    nai_free(up);
    nai_free(v);
}

static void refusals(struct tap *t)
{
    double a[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, l[3] = {7, 7, 7}, mu[3] = {1, NAN, 0};
    struct nai_err err = {0};

    ok(t, nai_eig_values(l, l, a, 3, mu, 1, &err) == NAI_ENUMERIC, "mean with a NaN");
    a[5] = INFINITY;
    ok(t, nai_eig_values(l, NULL, a, 3, NULL, 0, &err) == NAI_ENUMERIC, "infinite element");
    ok(t, strstr(err.msg, "(2, 1)") != NULL, "is named");
    ok(t, nai_eig_vectors(l, a, 3, &err) == NAI_ENUMERIC, "for vectors too");
    ok(t, nai_eig_values(l, NULL, a, 0, NULL, 0, &err) == NAI_EUSAGE, "empty matrix");
    ok(t, nai_eig_values(l, NULL, a, (size_t)1 << 40, NULL, 0, &err) == NAI_EUSAGE, "too large");
    ok(t, nai_eig_factor(l, NULL, NULL, a, 3, 2, NULL, 0, &err) == NAI_EUSAGE, "factor too tall");
    near(t, l[0], 7, 0, "outputs untouched on error");
    ok(t, nai_eig_rank((double[]){1, 1e-3, 1e-14, 0}, 4, 10, 100) == 2, "rank of a short list");
}

int main(void)
{
    static const size_t sizes[] = {1, 2, 3, 10, 255, 256, 257, 287, 289, 320, 517};
    struct tap t = {0};

    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        values(&t, sizes[k], true, 1);
        values(&t, sizes[k], false, 1);
    }
    values(&t, 300, true, 1e-250);
    values(&t, 300, true, 1e250);
    closed_form(&t, 40);
    closed_form(&t, 400);
    vectors(&t, 1);
    vectors(&t, 120);
    factor(&t, 1, 3);
    factor(&t, 20, 90);
    factor(&t, 90, 90);
    refusals(&t);
    return done(&t);
}
