/* blas.c - see blas.h
 * SPDX-License-Identifier: MIT */
#include "blas.h"

#include <cblas.h>
#include <limits.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tile.h"

void nai_blas_init(int threads)
{
    openblas_set_num_threads(
        1); /* the OpenMP build sets OpenMP's number too, so this comes first */
    omp_set_num_threads(threads > 0 ? threads : 1);
}

const char *nai_blas_text(char buf[static 160])
{
    const char *const config = openblas_get_config();
    const int parallel = openblas_get_parallel();
    char name[32] = "OpenBLAS", version[32] = "";

    sscanf(config, "%31s %31s", name, version);
    snprintf(buf, 160, "%s %s %s, %s", name, version, openblas_get_corename(),
             parallel == OPENBLAS_OPENMP   ? "OpenMP"
             : parallel == OPENBLAS_THREAD ? "pthreads"
                                           : "sequential");
    return buf;
}

#ifdef __x86_64__
static bool is_one_of(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}

const char *nai_blas_better_core(void)
{
    static const char *const avx512[] = {"SkylakeX", "Cooperlake", "Sapphirerapids"};
    static const char *const avx2[] = {"Haswell", "Zen", "Excavator"};
    const char *const set = getenv("OPENBLAS_CORETYPE"), *const core = openblas_get_corename();

    if ((set && *set) || is_one_of(core, avx512, sizeof avx512 / sizeof *avx512))
        return NULL;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        !is_one_of(core, avx2, sizeof avx2 / sizeof *avx2))
        return "Haswell";
    return NULL;
}
#else
const char *nai_blas_better_core(void)
{
    return NULL;
}
#endif

int nai_blas_int(int *out, size_t n, const char *what, struct nai_err *err)
{
    if (n > INT_MAX)
        return nai_err_set(err, NAI_EUSAGE, "%s: %zu is more than BLAS can index", what, n);
    *out = (int)n;
    return NAI_OK;
}

/* The OpenMP build of OpenBLAS is single-threaded exactly when OpenMP would give it one thread; a
 * setting made with openblas_set_num_threads is overridden at the next call. */
int nai_blas_alone(void)
{
    const int before = omp_get_max_threads();

    omp_set_num_threads(1);
    return before;
}

void nai_blas_restore(int before)
{
    omp_set_num_threads(before);
}

void nai_blas_gemm(bool ta, bool tb, size_t m, size_t n, size_t k, double alpha, const double *a,
                   size_t lda, const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
    const size_t hm = nai_tile(m), hn = nai_tile(n), nm = (m + hm - 1) / hm, nn = (n + hn - 1) / hn;

#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(dynamic)
        for (size_t p = 0; p < nm * nn; p++) {
            const size_t i = p / nn * hm, j = p % nn * hn;
            cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans,
                        tb ? CblasTrans : CblasNoTrans, (int)nai_min(hm, m - i),
                        (int)nai_min(hn, n - j), (int)k, alpha, a + (ta ? i : i * lda), (int)lda,
                        b + (tb ? j * ldb : j), (int)ldb, beta, c + i * ldc + j, (int)ldc);
        }
    }
}

void nai_blas_gram(bool columns, size_t n, size_t k, const double *x, size_t ldx, double *c)
{
    const CBLAS_TRANSPOSE left = columns ? CblasTrans : CblasNoTrans;
    const CBLAS_TRANSPOSE right = columns ? CblasNoTrans : CblasTrans;

#pragma omp parallel
    {
        nai_blas_alone();
#pragma omp for schedule(dynamic)
        for (size_t p = 0; p < nai_upper_tiles(n); p++) {
            struct nai_span t;
            if (!nai_upper_tile(&t, p, n))
                continue;
            const double *const xi = x + (columns ? t.i : t.i * ldx);
            if (t.i == t.j)
                cblas_dsyrk(CblasRowMajor, CblasUpper, left, (int)t.ni, (int)k, 1, xi, (int)ldx, 0,
                            c + t.i * n + t.i, (int)n);
            else
                cblas_dgemm(CblasRowMajor, left, right, (int)t.ni, (int)t.nj, (int)k, 1, xi,
                            (int)ldx, x + (columns ? t.j : t.j * ldx), (int)ldx, 0,
                            c + t.i * n + t.j, (int)n);
        }
    }
    nai_mirror_upper(c, n);
}

void nai_mirror_upper(double *c, size_t n)
{
    enum { H = 64 }; /* two tiles of 32 KiB: read and written in cache */
    const size_t count = (n + H - 1) / H;

#pragma omp parallel for schedule(dynamic)
    for (size_t ti = 0; ti < count; ti++)
        for (size_t tj = ti; tj < count; tj++)
            for (size_t j = tj * H; j < nai_min(n, (tj + 1) * H); j++)
                for (size_t i = ti * H; i < nai_min(j, nai_min(n, (ti + 1) * H)); i++)
                    c[j * n + i] = c[i * n + j];
}
