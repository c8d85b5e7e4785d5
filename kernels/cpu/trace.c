/* trace.c - see trace.h
 * SPDX-License-Identifier: MIT */
#include "trace.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "blas.h"
#include "krylov.h"
#include "mem.h"
#include "tile.h"

/* What one estimate works with. */
struct work {
    const struct nai_trace_spec *spec;
    struct nai_products a;
    double *x, *y;        /* f64[block][n]: vectors and products of one call */
    double *norm2;        /* f64[block]: of the products */
    size_t block;         /* vectors that x and y hold */
    double *basis, *h;    /* f64[room][n], f64[room] */
    size_t rank;          /* orthonormal vectors in the basis */
    double trace, fro2;   /* of A on the basis */
    double *part, *part2; /* f64[samples]: of each sample beside the basis */
    size_t samples;
};

static void end(struct work *w)
{
    nai_free(w->x);
    nai_free(w->norm2);
    nai_free(w->basis);
    nai_free(w->h);
    nai_free(w->part);
}

/* How many vectors go into one call, of `most` there are. */
static size_t together(const struct work *w, size_t most)
{
    return w->spec->block ? nai_min(w->spec->block, most) : most;
}

/* Room for `block` vectors and products, for a basis, and for samples. */
static int begin(struct work *w, size_t block, size_t room, size_t samples, struct nai_err *err)
{
    const size_t n = w->spec->n;

    w->block = block;
    w->samples = samples;
    w->x = nai_alloc(2 * w->block, n * sizeof *w->x, "trace: vectors and products", err);
    w->norm2 = nai_alloc(w->block, sizeof *w->norm2, "trace", err);
    w->part = nai_alloc(2 * samples, sizeof *w->part, "trace", err);
    if (room > 0) {
        w->basis = nai_alloc(room, n * sizeof *w->basis, "trace: basis", err);
        w->h = nai_alloc(room, sizeof *w->h, "trace", err);
    }
    if (!w->x || !w->norm2 || !w->part || (room > 0 && (!w->basis || !w->h)))
        return NAI_ESYSTEM;
    w->y = w->x + w->block * n;
    w->part2 = w->part + samples;
    return NAI_OK;
}

static void draw_signs(double *x, const struct work *w, const char *purpose, size_t first, size_t k)
{
    const size_t n = w->spec->n;

#pragma omp parallel for schedule(static) if (n * k > 16 * NAI_CHUNK)
    for (size_t i = 0; i < k; i++)
        nai_krylov_signs(x + i * n, n, w->spec->seed, purpose, first + i);
}

/*
 * Make k rows orthonormal, dropping those that are combinations of the ones before.
 *
 * q      in/out  f64[k][n], out the first rows of it, as many as are returned
 * scale  in      largest norm of a row
 * r      out     f64[k][k], row i the coordinates of row i of q in the basis; may be NULL
 */
static size_t orthonormal_rows(double *q, size_t n, size_t k, double scale, double *r, double *h)
{
    size_t rank = 0;

    if (r)
        memset(r, 0, k * k * sizeof *r);
    for (size_t i = 0; i < k; i++) {
        double *const row = q + rank * n;
        if (rank != i)
            memcpy(row, q + i * n, n * sizeof *q);
        for (int pass = 0; pass < 2 && rank > 0; pass++) {
            nai_orthogonalise(row, q, n, rank, h);
            for (size_t j = 0; r && j < rank; j++)
                r[i * k + j] += h[j];
        }
        const double norm = sqrt(nai_krylov_dot(row, row, n));
        if (!nai_left_over(norm, scale, rank + 1))
            continue;
        for (size_t j = 0; j < n; j++)
            row[j] /= norm;
        if (r)
            r[i * k + rank] = norm;
        rank++;
    }
    return rank;
}

/* The rows of the basis become an orthonormal basis of A times signs. */
static int sketch(struct work *w, size_t k, struct nai_err *err)
{
    const size_t n = w->spec->n;
    double most = 0;

    for (size_t i = 0; i < k; i += w->block) {
        const size_t now = nai_min(w->block, k - i);
        draw_signs(w->x, w, "sketch", i, now);
        const int status = nai_products_take(&w->a, w->basis + i * n, w->norm2, w->x, now, err);
        if (status != NAI_OK)
            return status;
        for (size_t j = 0; j < now; j++)
            most = fmax(most, w->norm2[j]);
    }
    w->rank = orthonormal_rows(w->basis, n, k, sqrt(most), NULL, w->h);
    return NAI_OK;
}

/* Trace and squared norm of A on the basis. */
static int on_basis(struct work *w, struct nai_err *err)
{
    const size_t n = w->spec->n;

    for (size_t i = 0; i < w->rank; i += w->block) {
        const size_t now = nai_min(w->block, w->rank - i);
        const double *const q = w->basis + i * n;
        const int status = nai_products_take(&w->a, w->y, w->norm2, q, now, err);
        if (status != NAI_OK)
            return status;
        for (size_t j = 0; j < now; j++) {
            w->trace += nai_krylov_dot(q + j * n, w->y + j * n, n);
            w->fro2 += w->norm2[j];
        }
    }
    return NAI_OK;
}

/* Samples of what A is beside the basis: g'Ag and ||Ag||^2 of signs orthogonal to it. */
static int beside_basis(struct work *w, struct nai_err *err)
{
    const size_t n = w->spec->n;

    for (size_t i = 0; i < w->samples; i += w->block) {
        const size_t now = nai_min(w->block, w->samples - i);
        draw_signs(w->x, w, "trace", i, now);
        for (size_t j = 0; j < now && w->rank > 0; j++)
            nai_orthogonalise(w->x + j * n, w->basis, n, w->rank, w->h);
        const int status = nai_products_take(&w->a, w->y, w->norm2, w->x, now, err);
        if (status != NAI_OK)
            return status;
        for (size_t j = 0; j < now; j++) {
            w->part[i + j] = nai_krylov_dot(w->x + j * n, w->y + j * n, n);
            w->part2[i + j] = w->norm2[j];
        }
    }
    return NAI_OK;
}

static int hutchinson(struct work *w, struct nai_err *err)
{
    const int status = begin(w, together(w, w->spec->probes), 0, w->spec->probes, err);

    return status == NAI_OK ? beside_basis(w, err) : status;
}

static int hutchpp(struct work *w, struct nai_err *err)
{
    const size_t k = w->spec->probes / 3, samples = w->spec->probes - 2 * k;
    int status = begin(w, together(w, samples), k, samples, err); /* samples >= k */

    if (status == NAI_OK)
        status = sketch(w, k, err);
    if (status == NAI_OK)
        status = on_basis(w, err);
    return status == NAI_OK ? beside_basis(w, err) : status;
}

/* All of A, by the unit vectors. */
static int exact(struct work *w, struct nai_err *err)
{
    const size_t n = w->spec->n;
    int status = begin(w, together(w, n), 0, 0, err);

    for (size_t i = 0; status == NAI_OK && i < n; i += w->block) {
        const size_t now = nai_min(w->block, n - i);
        memset(w->x, 0, now * n * sizeof *w->x);
        for (size_t j = 0; j < now; j++)
            w->x[j * n + i + j] = 1;
        status = nai_products_take(&w->a, w->y, w->norm2, w->x, now, err);
        for (size_t j = 0; status == NAI_OK && j < now; j++) {
            w->trace += w->y[j * n + i + j];
            w->fro2 += w->norm2[j];
        }
    }
    return status;
}

/* What XTrace has besides: A W = QR in rows is y = r basis, r lower triangular. */
struct xtrace {
    size_t m;
    double *z;     /* f64[m][n]: the products with the basis */
    double *r;     /* f64[m][m], then its inverse */
    double *coord; /* f64[m][m]: row i the coordinates of w_i in the basis, then of Q_i Q_i' w_i */
    double *qaq;   /* f64[m][m]: A in the basis */
    double *qaaq;  /* f64[m][m]: A^2 in the basis */
    double *s, *t; /* f64[m] */
};

static int new_xtrace(struct xtrace *x, size_t n, size_t m, struct nai_err *err)
{
    *x = (struct xtrace){.m = m};
    x->z = nai_alloc(m, n * sizeof *x->z, "trace: products", err);
    x->r = nai_alloc(4 * m + 2, m * sizeof *x->r, "trace", err);
    if (!x->z || !x->r)
        return NAI_ESYSTEM;
    x->coord = x->r + m * m;
    x->qaq = x->coord + m * m;
    x->qaaq = x->qaq + m * m;
    x->s = x->qaaq + m * m;
    x->t = x->s + m;
    return NAI_OK;
}

/* w_i of norm sqrt(n), their products, the basis of those, and its products. */
static int xtrace_products(struct work *w, struct xtrace *x, struct nai_err *err)
{
    const size_t n = w->spec->n, m = x->m;
    double most = 0;
    int status;

#pragma omp parallel for schedule(static) if (n * m > NAI_CHUNK)
    for (size_t i = 0; i < m; i++)
        nai_krylov_normals(w->x + i * n, n, w->spec->seed, "xtrace", i);
    for (size_t i = 0; i < m; i++) {
        double *const v = w->x + i * n;
        const double scale = sqrt((double)n / nai_krylov_dot(v, v, n));
        for (size_t j = 0; j < n; j++)
            v[j] *= scale;
    }
    status = nai_products_take(&w->a, w->y, w->norm2, w->x, m, err);
    if (status != NAI_OK)
        return status;
    for (size_t i = 0; i < m; i++)
        most = fmax(most, w->norm2[i]);
    memcpy(w->basis, w->y, m * n * sizeof *w->basis);
    w->rank = orthonormal_rows(w->basis, n, m, sqrt(most), x->r, w->h);
    return nai_products_take(&w->a, x->z, w->norm2, w->basis, w->rank, err);
}

/* v'Bv, B f64[rank][rank] with rows m apart. */
static double quadratic(const double *b, const double *v, size_t rank, size_t m, double *t)
{
    cblas_dgemv(CblasRowMajor, CblasNoTrans, (int)rank, (int)rank, 1, b, (int)m, v, 1, 0, t, 1);
    return cblas_ddot((int)rank, v, 1, t, 1);
}

/* What each estimate has from the basis without its own w_i, and the coordinates of w_i there: the
 * direction s that it lacks is a column of r's inverse, orthogonal to every row of r but its own.
 */
static void leave_one_out(struct work *w, struct xtrace *x)
{
    const size_t m = x->m, rank = w->rank;
    const int before = nai_blas_alone();
    double trace = 0, fro2 = 0;

    for (size_t j = 0; j < rank; j++) {
        trace += x->qaq[j * m + j];
        fro2 += x->qaaq[j * m + j];
    }
    if (rank == m) /* row-major lower is column-major upper */
        LAPACKE_dtrtri_work(LAPACK_COL_MAJOR, 'U', 'N', (lapack_int)m, x->r, (lapack_int)m);
    for (size_t i = 0; i < m; i++) {
        double *const coord = x->coord + i * m;
        w->part[i] = trace;
        w->part2[i] = fro2;
        if (rank < m) /* the others span the range of A without it */
            continue;
        for (size_t j = 0; j < m; j++)
            x->s[j] = j < i ? 0 : x->r[j * m + i];
        cblas_dscal((int)m, 1 / cblas_dnrm2((int)m, x->s, 1), x->s, 1);
        w->part[i] -= quadratic(x->qaq, x->s, m, m, x->t);
        w->part2[i] -= quadratic(x->qaaq, x->s, m, m, x->t);
        cblas_daxpy((int)m, -cblas_ddot((int)m, x->s, 1, coord, 1), x->s, 1, coord, 1);
    }
    nai_blas_restore(before);
}

/* What each estimate has from its own vector, g_i, and its product: they replace w_i and A w_i. */
static void own_vectors(struct work *w, const struct xtrace *x)
{
    const size_t n = w->spec->n, m = x->m, rank = w->rank;
    const double rest = (double)(n - (rank == m ? m - 1 : rank));

    if (rank > 0) {
        nai_blas_gemm(false, false, m, n, rank, -1, x->coord, m, w->basis, n, 1, w->x, n);
        nai_blas_gemm(false, false, m, n, rank, -1, x->coord, m, x->z, n, 1, w->y, n);
    }
    for (size_t i = 0; i < m; i++) {
        const double *const g = w->x + i * n, *const ag = w->y + i * n;
        const double c = rest / nai_krylov_dot(g, g, n);
        w->part[i] += c * nai_krylov_dot(g, ag, n);
        w->part2[i] += c * nai_krylov_dot(ag, ag, n);
    }
}

static int xtrace(struct work *w, struct nai_err *err)
{
    const size_t n = w->spec->n, m = w->spec->probes / 2;
    struct xtrace x = {0};
    int status = begin(w, m, m, m, err);

    if (status == NAI_OK)
        status = new_xtrace(&x, n, m, err);
    if (status == NAI_OK)
        status = xtrace_products(w, &x, err);
    if (status == NAI_OK) {
        if (w->rank > 0) {
            nai_blas_gemm(false, true, m, w->rank, n, 1, w->x, n, w->basis, n, 0, x.coord, m);
            nai_blas_gemm(false, true, w->rank, w->rank, n, 1, w->basis, n, x.z, n, 0, x.qaq, m);
            nai_blas_gemm(false, true, w->rank, w->rank, n, 1, x.z, n, x.z, n, 0, x.qaaq, m);
        }
        leave_one_out(w, &x);
        own_vectors(w, &x);
    }
    nai_free(x.z);
    nai_free(x.r);
    return status;
}

static int finish(struct nai_trace *out, const struct work *w, struct nai_err *err)
{
    struct nai_mean trace = {0}, square = {0};

    for (size_t i = 0; i < w->samples; i++) {
        nai_mean_add(&trace, w->part[i]);
        nai_mean_add(&square, w->part2[i]);
    }
    const double fro2 = w->fro2 + square.mean, fro = sqrt(fmax(fro2, 0));
    const struct nai_trace found = {
        .trace = w->trace + trace.mean,
        .trace_se = w->samples > 0 ? nai_mean_se(&trace) : 0,
        .fro = fro,
        .fro_se = w->samples > 0 && fro > 0 ? nai_mean_se(&square) / (2 * fro) : 0,
        .samples = w->samples,
        .products = w->a.done,
    };
    if (!isfinite(found.trace) || !isfinite(found.trace_se) || !isfinite(fro2) ||
        !isfinite(found.fro_se))
        return nai_err_set(err, NAI_ENUMERIC, "trace: the estimate is not finite");
    *out = found;
    return NAI_OK;
}

int nai_trace(struct nai_trace *out, const struct nai_trace_spec *spec, nai_operator *op, void *ctx,
              struct nai_err *err)
{
    static const struct {
        const char *name;
        size_t least;
        int (*estimate)(struct work *, struct nai_err *);
    } method[] = {
        [NAI_HUTCHPP] = {"Hutch++", 6, hutchpp},
        [NAI_HUTCHINSON] = {"Hutchinson's estimator", 2, hutchinson},
        [NAI_XTRACE] = {"XTrace", 4, xtrace},
    };
    struct work w = {
        .spec = spec,
        .a = {.what = "trace", .op = op, .ctx = ctx, .n = spec->n, .block = spec->block},
    };
    const bool all = spec->method != NAI_HUTCHINSON && spec->probes >= spec->n;
    int status, fits;

    if (spec->n < 1)
        return nai_err_set(err, NAI_EUSAGE, "trace: an operator of dimension 0");
    if (spec->probes < method[spec->method].least)
        return nai_err_set(err, NAI_EUSAGE, "%s needs at least %zu probes, not %zu",
                           method[spec->method].name, method[spec->method].least, spec->probes);
    if (nai_blas_int(&fits, spec->n, "operator", err) != NAI_OK ||
        nai_blas_int(&fits, spec->probes, "probes", err) != NAI_OK)
        return NAI_EUSAGE;
    status = all ? exact(&w, err) : method[spec->method].estimate(&w, err);
    if (status == NAI_OK)
        status = finish(out, &w, err);
    end(&w);
    return status;
}
