/* blas.h - the BLAS in use, and products that do not depend on the number of threads
 * SPDX-License-Identifier: MIT
 *
 * OpenBLAS splits a product by the number of threads, so its own threading does not promise the
 * same bits for another number. Here every BLAS or LAPACK call runs on one thread, over tiles whose
 * sizes follow from the operands' sizes only, and OpenMP shares out the tiles. All results are
 * therefore bit-identical for any number of threads on the same machine and core type. */
#ifndef NAI_BLAS_H
#define NAI_BLAS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* nai_blas_init - use `threads` (at least 1) OpenMP threads from here on, OpenBLAS one a call.
 * To be called once, from the main thread, before any kernel. */
void nai_blas_init(int threads);

/* nai_blas_text - for --version: "OpenBLAS 0.3.21 SkylakeX, OpenMP". Returns buf. */
const char *nai_blas_text(char buf[static 160]);

/*
 * nai_blas_better_core - the OPENBLAS_CORETYPE this process should have been started with.
 *
 * OpenBLAS picks its kernels when it is loaded, by processor model, and falls back to very old ones
 * (five times slower) for models newer than itself. NULL when OPENBLAS_CORETYPE is set, when the
 * kernels running suit the processor, and off x86-64; else "SkylakeX" or "Haswell", which the
 * processor has every instruction for.
 */
const char *nai_blas_better_core(void);

/* nai_blas_int - *out = n for BLAS and LAPACK, whose sizes are int; NAI_EUSAGE, naming what, if n
 * is more than an int holds. */
int nai_blas_int(int *out, size_t n, const char *what, struct nai_err *err);

/*
 * nai_blas_alone - make the BLAS calls of the calling thread single-threaded.
 *
 * To be called first inside a parallel region (it ends with the region), or around serial calls,
 * followed by nai_blas_restore of what it returned.
 */
int nai_blas_alone(void);
void nai_blas_restore(int before);

/*
 * nai_blas_gemm - C = alpha * op(A) * op(B) + beta * C, row-major, on fixed tiles.
 *
 * ta, tb  in      whether A, B are to be transposed
 * a       in      f64[m][k], or f64[k][m] when ta; rows lda apart
 * b       in      f64[k][n], or f64[n][k] when tb; rows ldb apart
 * c       in/out  f64[m][n], rows ldc apart; not read when beta is 0
 *
 * All sizes must fit int. 2mnk flops; no allocation; same bits for any number of threads.
 */
void nai_blas_gemm(bool ta, bool tb, size_t m, size_t n, size_t k, double alpha, const double *a,
                   size_t lda, const double *b, size_t ldb, double beta, double *c, size_t ldc);

/*
 * nai_blas_gram - C = X^T X (columns) or X X^T (rows), full and exactly symmetric.
 *
 * c  out  f64[n][n]
 * x  in   f64[k][n] when columns, else f64[n][k]; rows ldx apart
 *
 * nnk flops; otherwise as nai_blas_gemm.
 */
void nai_blas_gram(bool columns, size_t n, size_t k, const double *x, size_t ldx, double *c);

/* nai_mirror_upper - copy the upper triangle of c f64[n][n] onto its lower one, in parallel. */
void nai_mirror_upper(double *c, size_t n);

#endif
