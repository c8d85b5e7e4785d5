/* cov.c - test of cov.h
 * SPDX-License-Identifier: MIT
 *
 * References are two-pass sums in long double, exact integer sums, and invariants. */
#include "cov.h"

#include <omp.h>

#include "spectral.h"

/* Scatter and mean of x f64[n][dim], by two passes in long double. */
static void reference(double *mean, double *s, const double *x, size_t n, size_t dim)
{
    long double *const m = nai_alloc(dim, sizeof *m, "test", NULL);

    for (size_t j = 0; j < dim; j++) {
        m[j] = 0;
        for (size_t i = 0; i < n; i++)
            m[j] += x[i * dim + j];
        m[j] /= (long double)n;
        mean[j] = (double)m[j];
    }
    for (size_t a = 0; a < dim; a++)
        for (size_t b = a; b < dim; b++) {
            long double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += (x[i * dim + a] - m[a]) * (x[i * dim + b] - m[b]);
            s[a * dim + b] = s[b * dim + a] = (double)sum;
        }
    nai_free(m);
}

/* Moments of rows pushed `chunk` at a time; expanded unless told. */
static struct nai_moments moments(const void *rows, enum nai_dtype t, size_t n, size_t dim,
                                  size_t chunk, enum nai_precision precision, bool expand)
{
    const size_t bytes = dim * nai_dtype_size(t);
    struct nai_moments m = {0};
    struct nai_err err = {0};
    struct nai_cov *c = NULL;
    int status = nai_cov_new(&c, dim, t, precision, &err);

    for (size_t i = 0; status == NAI_OK && i < n; i += chunk)
        status =
            nai_cov_push(c, (const char *)rows + i * bytes, chunk < n - i ? chunk : n - i, &err);
    if (status == NAI_OK)
        status = nai_cov_finish(c, &m, &err);
    if (status == NAI_OK && expand)
        status = nai_moments_expand(&m, &err);
    nai_cov_free(c);
    if (status != NAI_OK) {
        printf("Bail out! %s\n", err.msg);
        exit(1);
    }
    return m;
}

/* Against the reference, relative to the two variances; the same bits for every chunk and number of
 * threads. */
static void check(struct tap *t, const char *what, const double *x, size_t n, size_t dim,
                  enum nai_precision precision, double tol)
{
    static const size_t chunks[] = {1, 7, 100, 100000};
    double *const mean = doubles(dim), *const s = doubles(dim * dim);
    struct nai_moments first = {0};
    double worst = 0;
    bool same = true;

    reference(mean, s, x, n, dim);
    for (int threads = 1; threads <= 4; threads *= 2)
        for (size_t k = 0; k < sizeof chunks / sizeof *chunks; k++) {
            omp_set_num_threads(threads);
            struct nai_moments m = moments(x, NAI_F64, n, dim, chunks[k], precision, true);
            if (!first.m) {
                first = m;
                continue;
            }
            same = same && memcmp(m.m, first.m, dim * dim * sizeof *s) == 0 &&
                   memcmp(m.mean, first.mean, dim * sizeof *s) == 0;
            nai_moments_free(&m);
        }
    for (size_t a = 0; a < dim; a++)
        for (size_t b = 0; b < dim; b++) {
            const double scale = sqrt(s[a * dim + a] * s[b * dim + b]);
            const double off = fabs(first.m[a * dim + b] - s[a * dim + b]) / (scale + 1e-300);
            worst = off <= worst ? worst : off;
        }
    printf("# %s, %zu rows of %zu\n", what, n, dim);
    near(t, worst, 0, tol, "scatter");
    for (size_t j = 0; j < dim; j++)
        mean[j] = (first.mean[j] - mean[j]) / (fabs(mean[j]) + sqrt(s[j * dim + j] / (double)n));
    memset(s, 0, dim * sizeof *s);
    all_near(t, mean, s, dim, 1e-14, "mean");
    ok(t, same, "same bits for any chunk and number of threads");
    ok(t, first.n == n, "rows counted");
    nai_moments_free(&first);
    nai_free(mean);
    nai_free(s);
}

static void floats(struct tap *t)
{
    static const size_t sizes[][2] = {{3, 5},     {1, 4},     {40, 100}, {50, 100},
                                      {51, 100},  {400, 100}, {700, 1},  {1300, 70},
                                      {9000, 33}, {9000, 12}, {600, 600}};

    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const size_t n = sizes[k][0], dim = sizes[k][1];
        double *const x = normals(n * dim, k);
        check(t, "standard normal", x, n, dim, NAI_EXACT, 1e-13);
        check(t, "mixed precision", x, n, dim, NAI_MIXED, nai_cov_bound(dim));
        for (size_t i = 0; i < n * dim; i++)
            x[i] += 1e8;
        check(t, "mean 1e8, variance 1", x, n, dim, NAI_EXACT, n > 1 ? 1e-7 : 1);
        nai_free(x);
    }
}

/* The first block all zeros, the rest near 1e8: the variance is that of the step. */
static void sorted(struct tap *t)
{
    const size_t n = 9500, dim = 6;
    double *const x = normals(n * dim, 3);

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < dim; j++)
            x[i * dim + j] = i < 8191 ? 0 : x[i * dim + j] + 1e8;
    check(t, "zeros, then 1e8", x, n, dim, NAI_EXACT, 1e-13);
    nai_free(x);
}

/* Whole numbers: S = sum x y - sum x sum y / n in 128-bit integers, rounded once. */
static void integers(struct tap *t, enum nai_dtype type, int64_t lo, uint64_t span)
{
    const size_t n = 20000, dim = 9;
    unsigned char *const raw = nai_alloc(n * dim, 2, "test", NULL);
    int64_t *const x = nai_alloc(n * dim, sizeof *x, "test", NULL);
    double *const s = doubles(dim * dim), *const f = doubles(n * dim);
    struct nai_rng r;

    nai_rng_init(&r, 17, "test", 0);
    for (size_t i = 0; i < n * dim; i++) { /* sorted after a first block far from the mean */
        const int64_t v = lo + (int64_t)(i < n * dim / 2 ? nai_rng_below(&r, span / 8 + 1)
                                                         : nai_rng_below(&r, span));
        if (nai_dtype_size(type) == 1)
            raw[i] = (unsigned char)v;
        else
            memcpy(raw + 2 * i, &(uint16_t){(uint16_t)v}, 2);
    }
    nai_to_i64(x, raw, type, n * dim);
    for (size_t a = 0; a < dim; a++)
        for (size_t b = 0; b < dim; b++) {
            __extension__ __int128 xy = 0, sx = 0, sy = 0;
            for (size_t i = 0; i < n; i++) {
                xy += x[i * dim + a] * x[i * dim + b];
                sx += x[i * dim + a];
                sy += x[i * dim + b];
            }
            s[a * dim + b] = (double)((__int128_t)n * xy - sx * sy) / (double)n;
        }
    struct nai_moments m = moments(raw, type, n, dim, 777, NAI_EXACT, true);
    printf("# %s\n", nai_dtype_name(type));
    same_bits(t, m.m, s, dim * dim * sizeof *s, "integers: the exact scatter, rounded once");
    nai_moments_free(&m);
    nai_to_f64(f, raw, type, n * dim);
    m = moments(f, NAI_F64, n, dim, 777, NAI_EXACT, true);
    all_near(t, m.m, s, dim * dim, 1e-13 * s[0], "the same rows as floats");
    nai_moments_free(&m);
    nai_free(raw);
    nai_free(x);
    nai_free(s);
    nai_free(f);
}

/* f32, f16, bf16 and 32-bit integers give what their values do as f64. */
static void types(struct tap *t)
{
    static const enum nai_dtype all[] = {NAI_F32, NAI_F16, NAI_BF16, NAI_I32, NAI_U32};
    const size_t n = 333, dim = 40;
    unsigned char *const raw = nai_alloc(n * dim, 4, "test", NULL);
    double *const f = doubles(n * dim);
    struct nai_rng r;

    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        nai_rng_init(&r, k, "test", 1);
        for (size_t i = 0; i < n * dim; i++) {
            const uint32_t bits = nai_rng_u32(&r);
            const float v = (float)bits * 0x1p-32f;
            const uint16_t half = (uint16_t)(bits & 0xb3ff); /* exponent below all-ones */
            if (all[k] == NAI_F32)
                memcpy(raw + 4 * i, &v, 4);
            else if (nai_dtype_size(all[k]) == 2)
                memcpy(raw + 2 * i, &half, 2);
            else
                memcpy(raw + 4 * i, &bits, 4);
        }
        nai_to_f64(f, raw, all[k], n * dim);
        struct nai_moments a = moments(raw, all[k], n, dim, 10, NAI_EXACT, true);
        struct nai_moments b = moments(f, NAI_F64, n, dim, 100, NAI_EXACT, true);
        ok(t,
           memcmp(a.m, b.m, dim * dim * sizeof *a.m) == 0 &&
               memcmp(a.mean, b.mean, dim * sizeof *a.m) == 0,
           nai_dtype_name(all[k]));
        nai_moments_free(&a);
        nai_moments_free(&b);
    }
    nai_free(raw);
    nai_free(f);
}

/* Eight shards merged, in factor form, in scatter form and in both, are the whole. */
static void merging(struct tap *t, size_t n, size_t dim)
{
    double *const x = normals(n * dim, 23);
    struct nai_moments whole, merged;
    struct nai_err err = {0};
    struct nai_cov *c = NULL;

    for (size_t i = 0; i < n * dim; i++)
        x[i] += 3 + (double)(i % dim) + (double)(i / dim / 100);
    whole = moments(x, NAI_F64, n, dim, n, NAI_EXACT, true);
    nai_cov_new(&c, dim, NAI_F64, NAI_EXACT, &err);
    nai_cov_push(c, x, n / 9, &err); /* and some rows of its own */
    for (size_t k = 1; k < 9; k++) {
        const size_t from = k * n / 9, to = (k + 1) * n / 9;
        struct nai_moments m =
            moments(x + from * dim, NAI_F64, to - from, dim, 50, NAI_EXACT, k == 5);
        ok(t, nai_cov_merge(c, &m, &err) == NAI_OK, "merged");
        nai_moments_free(&m);
    }
    ok(t, nai_cov_finish(c, &merged, &err) == NAI_OK && merged.n == n, "all rows are there");
    nai_cov_free(c);
    nai_moments_expand(&merged, &err);
    all_near(t, merged.mean, whole.mean, dim, 1e-12 * fabs(whole.mean[dim - 1]), "merged mean");
    all_near(t, merged.m, whole.m, dim * dim, 1e-12 * whole.m[0], "merged scatter");
    nai_moments_free(&merged);
    nai_moments_free(&whole);
    nai_free(x);
}

static void scaling(struct tap *t)
{
    const size_t n = 30, dim = 70;
    static const enum nai_scaling all[] = {NAI_COVARIANCE, NAI_CORRELATION, NAI_UNCENTRED};
    double *const x = normals(n * dim, 29), *const want = doubles(dim * dim),
                  *const mean = doubles(dim), *const s = doubles(dim * dim);
    struct nai_err err = {0};

    for (size_t i = 0; i < n * dim; i++)
        x[i] += 2;
    reference(mean, s, x, n, dim);
    for (size_t k = 0; k < 3; k++) {
        for (size_t a = 0; a < dim; a++)
            for (size_t b = 0; b < dim; b++) {
                double sum = 0;
                for (size_t i = 0; i < n; i++)
                    sum += x[i * dim + a] * x[i * dim + b];
                want[a * dim + b] = k == 0 ? s[a * dim + b] / (double)(n - 1)
                                    : k == 2
                                        ? sum / (double)(n - 1)
                                        : s[a * dim + b] / sqrt(s[a * dim + a] * s[b * dim + b]);
            }
        for (int expand = 0; expand < 2; expand++) {
            struct nai_moments m = moments(x, NAI_F64, n, dim, n, NAI_EXACT, expand);
            ok(t, m.factor == !expand, "few rows are held as a factor");
            ok(t, nai_moments_scale(&m, all[k], 1, &err) == NAI_OK, "scaled");
            nai_moments_expand(&m, &err);
            all_near(t, m.m, want, dim * dim, 1e-13 * 10, "covariance, correlation, uncentred");
            nai_moments_free(&m);
        }
    }
    for (size_t i = 0; i < n; i++)
        x[i * dim + 5] = 0.1; /* not a binary fraction: the mean must still be exactly it */
    for (int expand = 0; expand < 2; expand++) {
        struct nai_moments m = moments(x, NAI_F64, n, dim, n, NAI_EXACT, expand);
        ok(t, nai_moments_scale(&m, NAI_CORRELATION, 0, &err) == NAI_ENUMERIC,
           "a constant feature has no correlation");
        ok(t, strstr(err.msg, "feature 5 ") != NULL, "and is named");
        ok(t, nai_moments_scale(&m, NAI_COVARIANCE, (unsigned)n, &err) == NAI_ENUMERIC,
           "ddof takes all rows");
        nai_moments_free(&m);
    }
    nai_free(x);
    nai_free(want);
    nai_free(mean);
    nai_free(s);
}

static void refusals(struct tap *t)
{
    struct nai_err err = {0};
    struct nai_cov *c = NULL;
    struct nai_moments m = {0}, other = {.dim = 4, .n = 1};
    float x[10][3] = {{0}};
    uint16_t h[3] = {0, 0x7c00, 0};

    ok(t, nai_cov_new(&c, 0, NAI_F32, NAI_EXACT, &err) == NAI_EUSAGE, "no features");
    ok(t, nai_cov_new(&c, 3, NAI_F32, NAI_EXACT, &err) == NAI_OK, "three features");
    ok(t, nai_cov_finish(c, &m, &err) == NAI_EINPUT, "no rows");
    ok(t, nai_cov_merge(c, &other, &err) == NAI_EINPUT, "another dimension");
    ok(t, nai_cov_push(c, x, 10, &err) == NAI_OK, "ten rows");
    x[7][2] = NAN;
    ok(t, nai_cov_push(c, x, 10, &err) == NAI_ENUMERIC, "NaN");
    ok(t, strcmp(err.msg, "row 17, feature 2: NaN") == 0, "row and feature are named");
    nai_cov_free(c);
    nai_cov_new(&c, 3, NAI_F16, NAI_EXACT, &err);
    ok(t, nai_cov_push(c, h, 1, &err) == NAI_ENUMERIC, "infinite f16");
    ok(t, strcmp(err.msg, "row 0, feature 1: infinite") == 0, "row and feature are named");
    nai_cov_free(c);
    nai_cov_new(&c, 1, NAI_F64, NAI_EXACT, &err);
    nai_cov_push(c, (double[]){1e200, -1e200}, 2, &err);
    ok(t, nai_cov_finish(c, &m, &err) == NAI_ENUMERIC, "overflow of the sums");
    nai_cov_free(c);
}

static void cross(struct tap *t, size_t n, size_t da, size_t db)
{
    const size_t dim = da + db;
    double *const x = normals(n * dim, 31), *const a = doubles(n * da), *const b = doubles(n * db);
    double *const mean = doubles(dim), *const s = doubles(dim * dim),
                  *const want = doubles(da * db);
    double *first = NULL;
    struct nai_err err = {0};

    for (size_t i = 0; i < n * dim; i++)
        x[i] += 1e4;
    for (size_t i = 0; i < n; i++) {
        memcpy(a + i * da, x + i * dim, da * sizeof *a);
        memcpy(b + i * db, x + i * dim + da, db * sizeof *b);
    }
    reference(mean, s, x, n, dim);
    for (size_t i = 0; i < da; i++)
        memcpy(want + i * db, s + i * dim + da, db * sizeof *s);
    for (size_t chunk = 1; chunk < 3000; chunk = chunk * 30 + 3) {
        struct nai_cross *c = NULL;
        struct nai_cross_moments m = {0};
        omp_set_num_threads(chunk == 1 ? 1 : chunk < 100 ? 2 : 4);
        nai_cross_new(&c, da, NAI_F64, db, NAI_F64, &err);
        for (size_t i = 0; i < n; i += chunk)
            nai_cross_push(c, a + i * da, b + i * db, chunk < n - i ? chunk : n - i, &err);
        ok(t, nai_cross_finish(c, &m, &err) == NAI_OK && m.n == n, "two fields");
        nai_cross_free(c);
        all_near(t, m.m, want, da * db, 1e-11 * (double)n, "scatter between them");
        all_near(t, m.mean_b, mean + da, db, 1e-10, "mean of the second");
        if (first)
            same_bits(t, m.m, first, da * db * sizeof *first, "same bits for any chunk, threads");
        else {
            first = m.m;
            m.m = NULL;
        }
        nai_cross_moments_free(&m);
    }
    nai_free(first);
    nai_free(x);
    nai_free(a);
    nai_free(b);
    nai_free(mean);
    nai_free(s);
    nai_free(want);
}

int main(void)
{
    struct tap t = {0};

    floats(&t);
    sorted(&t);
    integers(&t, NAI_U8, 0, 256);
    integers(&t, NAI_I8, -128, 256);
    integers(&t, NAI_U16, 0, 65536);
    integers(&t, NAI_I16, -32768, 65536);
    integers(&t, NAI_BOOL, 0, 2);
    types(&t);
    merging(&t, 900, 40);
    merging(&t, 90, 400);
    merging(&t, 300, 400);
    scaling(&t);
    refusals(&t);
    cross(&t, 9000, 20, 31);
    cross(&t, 700, 600, 150);
    return done(&t);
}
