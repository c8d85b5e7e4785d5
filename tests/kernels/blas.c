/* blas.c - test of blas.h: products against plain loops, and the same bits for any thread count
 * SPDX-License-Identifier: MIT */
#include "blas.h"

#include <limits.h>
#include <omp.h>

#include "spectral.h"

static void products(struct tap *t, size_t m, size_t n, size_t k)
{
    double *const a = normals(m * k, 1), *const b = normals(k * n, 2), *const c = doubles(m * n);
    double *const at = doubles(m * k), *const bt = doubles(k * n), *const want = doubles(m * n);
    double *const first = doubles(m * n), *const g = doubles(n * n), *const gw = doubles(n * n);

    for (size_t i = 0; i < m; i++)
        for (size_t l = 0; l < k; l++) {
            at[l * m + i] = a[i * k + l];
            for (size_t j = 0; j < n; j++)
                want[i * n + j] += 2 * a[i * k + l] * b[l * n + j];
        }
    for (size_t l = 0; l < k; l++)
        for (size_t j = 0; j < n; j++) {
            bt[j * k + l] = b[l * n + j];
            for (size_t i = 0; i < n; i++)
                gw[i * n + j] += b[l * n + i] * b[l * n + j];
        }
    for (int threads = 1; threads <= 4; threads *= 2) {
        omp_set_num_threads(threads);
        for (int form = 0; form < 4; form++) {
            const bool ta = form & 1, tb = form & 2;
            memset(c, 0xff, m * n * sizeof *c); /* NaN: not to be read when beta is 0 */
            nai_blas_gemm(ta, tb, m, n, k, 2, ta ? at : a, ta ? m : k, tb ? bt : b, tb ? k : n, 0,
                          c, n);
            all_near(t, c, want, m * n, 1e-12 * (double)k, "product");
            if (form == 0 && threads == 1)
                memcpy(first, c, m * n * sizeof *c);
            if (form == 0)
                same_bits(t, c, first, m * n * sizeof *c, "the same for any number of threads");
        }
        nai_blas_gram(true, n, k, b, n, g);
        all_near(t, g, gw, n * n, 1e-12 * (double)k, "Gram matrix of the columns");
        nai_blas_gram(false, n, k, bt, k, g);
        all_near(t, g, gw, n * n, 1e-12 * (double)k, "Gram matrix of the rows");
    }
    nai_free(a);
    nai_free(b);
    nai_free(c);
    nai_free(at);
    nai_free(bt);
    nai_free(want);
    nai_free(first);
    nai_free(g);
    nai_free(gw);
}

int main(void)
{
    struct tap t = {0};
    char text[160];
    int n = 7;

    nai_blas_init(2);
    ok(&t, omp_get_max_threads() == 2, "two threads");
    ok(&t, strncmp(nai_blas_text(text), "OpenBLAS 0.", 11) == 0 && strstr(text, ", OpenMP"),
       "the BLAS is OpenBLAS, its OpenMP build");
    printf("# %s\n", text);
    ok(&t, nai_blas_int(&n, (size_t)INT_MAX + 1, "x", NULL) == NAI_EUSAGE && n == 7,
       "a size beyond int refused");
    ok(&t, nai_blas_int(&n, INT_MAX, "x", NULL) == NAI_OK && n == INT_MAX, "INT_MAX accepted");
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    ok(&t, nai_blas_better_core() == NULL, "a core type that was asked for is kept");
    n = nai_blas_alone();
    ok(&t, n == 2 && omp_get_max_threads() == 1, "alone");
    nai_blas_restore(n);
    ok(&t, omp_get_max_threads() == 2, "and restored");
    products(&t, 1, 1, 1);
    products(&t, 37, 150, 61);
    products(&t, 200, 33, 129);
    return done(&t);
}
