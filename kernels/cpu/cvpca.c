/* cvpca.c - see cvpca.h
 * SPDX-License-Identifier: MIT */
#include "cvpca.h"

#include <stdbool.h>
#include <string.h>

#include "blas.h"
#include "eig.h"
#include "mem.h"
#include "rng.h"
#include "tile.h"

struct buffers {
    double *x1, *x2;     /* f64[rows][dim]: the repeats after the swaps */
    double *c, *p;       /* f64[min][min]: vectors; what they are applied to */
    double *lambda, *ss; /* f64[min] */
};

static void free_buffers(struct buffers *b)
{
    nai_free(b->x1);
    nai_free(b->x2);
    nai_free(b->c);
    nai_free(b->p);
    nai_free(b->lambda);
    nai_free(b->ss);
}

static void swap_repeats(struct buffers *b, const double *r1, const double *r2, size_t rows,
                         size_t dim, uint64_t seed, unsigned shuffle)
{
    struct nai_rng rng;

    nai_rng_init(&rng, seed, "cvpca", shuffle);
    for (size_t s = 0; s < rows; s++) {
        const bool swap = nai_rng_u32(&rng) >> 31;
        memcpy(b->x1 + s * dim, (swap ? r2 : r1) + s * dim, dim * sizeof *r1);
        memcpy(b->x2 + s * dim, (swap ? r1 : r2) + s * dim, dim * sizeof *r1);
    }
}

/* ss[k] += v_k^T P v_k, v_k the rows of v. */
static int add_forms(double *ss, const double *v, const double *p, size_t n, struct nai_err *err)
{
    double *const y = nai_alloc(n, n * sizeof *y, "cvPCA", err);

    if (!y)
        return NAI_ESYSTEM;
    nai_blas_gemm(false, false, n, n, n, 1, v, n, p, n, 0, y, n);
#pragma omp parallel for schedule(static)
    for (size_t k = 0; k < n; k++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += y[k * n + j] * v[k * n + j];
        ss[k] += sum;
    }
    nai_free(y);
    return NAI_OK;
}

int nai_cvpca(double *ss, const double *r1, const double *r2, size_t rows, size_t dim,
              unsigned shuffles, uint64_t seed, struct nai_err *err)
{
    const size_t n = nai_min(rows, dim);
    const bool by_rows = rows < dim;
    struct buffers b = {0};
    size_t size;
    int status, fits;

    if (n == 0 || shuffles == 0 || !nai_mul(&size, rows, dim))
        return nai_err_set(err, NAI_EUSAGE, "cvPCA of %zu rows, %zu features, %u shuffles", rows,
                           dim, shuffles);
    status = nai_blas_int(&fits, nai_max(rows, dim), "cvPCA", err);
    if (status != NAI_OK)
        return status;
    b.x1 = nai_alloc(size, sizeof *b.x1, "cvPCA", err);
    b.x2 = nai_alloc(size, sizeof *b.x2, "cvPCA", err);
    b.c = nai_alloc(n, n * sizeof *b.c, "cvPCA", err);
    b.p = nai_alloc(n, n * sizeof *b.p, "cvPCA", err);
    b.lambda = nai_alloc(n, sizeof *b.lambda, "cvPCA", err);
    b.ss = nai_alloc(n, sizeof *b.ss, "cvPCA", err);
    status = b.x1 && b.x2 && b.c && b.p && b.lambda && b.ss ? NAI_OK : NAI_ESYSTEM;
    for (size_t j = 0; status == NAI_OK && j < n; j++)
        b.ss[j] = 0;
    for (unsigned k = 0; status == NAI_OK && k < shuffles; k++) {
        swap_repeats(&b, r1, r2, rows, dim, seed, k);
        /* By rows: v = X1^T a / |X1^T a|, so ss = a^T X2 X1^T a, with nothing to divide by. */
        nai_blas_gram(!by_rows, n, by_rows ? dim : rows, b.x1, dim, b.c);
        if (by_rows)
            nai_blas_gemm(false, true, n, n, dim, 1, b.x2, dim, b.x1, dim, 0, b.p, n);
        else
            nai_blas_gemm(true, false, n, n, rows, 1, b.x2, dim, b.x1, dim, 0, b.p, n);
        status = nai_eig_vectors(b.lambda, b.c, n, err);
        if (status == NAI_OK)
            status = add_forms(b.ss, b.c, b.p, n, err);
    }
    for (size_t j = 0; status == NAI_OK && j < n; j++)
        ss[j] = b.ss[j] / shuffles;
    free_buffers(&b);
    return status;
}

int nai_cvpca_pair(double *ss, const struct nai_pair_moments *m, struct nai_err *err)
{
    const size_t dim = m->dim, kept = m->n < dim ? (size_t)m->n : dim;
    double *const v = nai_alloc(dim, dim * sizeof *v, "cvPCA", err);
    double *const lambda = nai_alloc(dim, sizeof *lambda, "cvPCA", err);
    double *const sum = nai_alloc(dim, sizeof *sum, "cvPCA", err);
    int status = v && lambda && sum ? NAI_OK : NAI_ESYSTEM;

    for (size_t j = 0; status == NAI_OK && j < dim; j++)
        sum[j] = 0;
    for (unsigned k = 0; status == NAI_OK && k < m->shuffles; k++) {
        memcpy(v, m->c1 + k * dim * dim, dim * dim * sizeof *v);
        status = nai_eig_vectors(lambda, v, dim, err);
        if (status == NAI_OK)
            status = add_forms(sum, v, m->s, dim, err);
    }
    for (size_t j = 0; status == NAI_OK && j < kept; j++)
        ss[j] = sum[j] / m->shuffles;
    nai_free(v);
    nai_free(lambda);
    nai_free(sum);
    return status;
}
