/* cov_block.c - see cov_block.h
 * SPDX-License-Identifier: MIT */
#include "cov_block.h"

#include <math.h>
#include <string.h>

#include "mem.h"
#include "tile.h"

/* Columns handled by one thread at a time: whole cache lines of every type, few enough that a
 * block's worth of them is still in the second-level cache when it is read again to be centred. */
enum { STRIP = 128 };

size_t nai_block_rows(size_t dim, bool mixed)
{
    const size_t most = mixed ? 1024 : 8192;
    size_t rows = 256;

    /* 8 MiB of float64 or float32 and never fewer than a product needs to be fast. One short of a
     * power of two: the row that joins the block to the rest makes it up. */
    while (rows < most && rows * 2 * dim <= (mixed ? (size_t)1 << 21 : (size_t)1 << 20))
        rows *= 2;
    return rows - 1;
}

int nai_staging_init(struct nai_staging *s, size_t dim, enum nai_dtype dtype, struct nai_err *err)
{
    size_t bytes;

    if (!nai_mul(&bytes, dim, nai_dtype_size(dtype)) || bytes > SIZE_MAX / 4)
        return nai_err_set(err, NAI_EUSAGE, "%zu features are too many", dim);
    /* An odd number of cache lines: rows a power of two apart would share cache sets. */
    *s = (struct nai_staging){
        .dtype = dtype, .dim = dim, .stride = ((nai_pad64(bytes) / 64) | 1) * 64};
    return NAI_OK;
}

int nai_staging_reserve(struct nai_staging *s, size_t room, struct nai_err *err)
{
    char *const data = nai_alloc(room, s->stride, "block of rows", err);

    if (!data)
        return NAI_ESYSTEM;
    if (s->rows > 0)
        memcpy(data, s->data, s->rows * s->stride);
    nai_free(s->data);
    s->data = data;
    s->room = room;
    return NAI_OK;
}

/* Copies n floats of one width and says whether any has the all-ones exponent of Inf and NaN. The
 * integer form of the check vectorises and does not depend on the compiler's idea of NaN. */
#define COPY_CHECK(NAME, UINT, INF)                                                                \
    NAI_CLONES                                                                                     \
    static bool NAME(void *restrict dst, const void *restrict src, size_t n)                       \
    {                                                                                              \
        typedef UINT loose __attribute__((aligned(1), may_alias));                                 \
        const loose *restrict const from = src;                                                    \
        loose *restrict const to = dst;                                                            \
        UINT bad = 0;                                                                              \
        _Pragma("omp simd reduction(| : bad)") for (size_t i = 0; i < n; i++)                      \
        {                                                                                          \
            to[i] = from[i];                                                                       \
            bad = (UINT)(bad | ((from[i] & (INF)) == (INF)));                                      \
        }                                                                                          \
        return bad != 0;                                                                           \
    }

COPY_CHECK(copy64, uint64_t, 0x7ff0000000000000u)
COPY_CHECK(copy32, uint32_t, 0x7f800000u)
COPY_CHECK(copy_half, uint16_t, 0x7c00u)
COPY_CHECK(copy_bf16, uint16_t, 0x7f80u)

static bool copy_check(void *dst, const void *src, enum nai_dtype t, size_t n)
{
    switch (t) {
    case NAI_F64:
        return copy64(dst, src, n);
    case NAI_F32:
        return copy32(dst, src, n);
    case NAI_F16:
        return copy_half(dst, src, n);
    case NAI_BF16:
        return copy_bf16(dst, src, n);
    default:
        memcpy(dst, src, n * nai_dtype_size(t));
        return false;
    }
}

static int not_finite(const struct nai_staging *s, size_t at, uint64_t row, struct nai_err *err)
{
    const size_t size = nai_dtype_size(s->dtype);

    for (size_t j = 0; j < s->dim; j++) {
        double v;
        nai_to_f64(&v, s->data + at * s->stride + j * size, s->dtype, 1);
        if (!isfinite(v))
            return nai_err_set(err, NAI_ENUMERIC, "row %llu, feature %zu: %s",
                               (unsigned long long)row, j, isnan(v) ? "NaN" : "infinite");
    }
    return nai_err_set(err, NAI_ENUMERIC, "row %llu: not finite", (unsigned long long)row);
}

int nai_staging_add(struct nai_staging *s, const void *rows, size_t n, uint64_t first,
                    struct nai_err *err)
{
    const size_t bytes = s->dim * nai_dtype_size(s->dtype), old = s->rows;
    size_t bad = SIZE_MAX;

#pragma omp parallel for reduction(min : bad) if (n * bytes > 1 << 17)
    for (size_t i = 0; i < n; i++)
        if (copy_check(s->data + (old + i) * s->stride, (const char *)rows + i * bytes, s->dtype,
                       s->dim) &&
            i < bad)
            bad = i;
    if (bad != SIZE_MAX)
        return not_finite(s, old + bad, first + bad, err);
    s->rows += n;
    return NAI_OK;
}

/* Where a strip of a row begins, as float64: in place, or widened into buf f64[STRIP]. */
static const void *strip_at(const struct nai_staging *s, size_t row, size_t col, size_t n,
                            double *buf)
{
    const char *const at = s->data + row * s->stride + col * nai_dtype_size(s->dtype);

    if (s->dtype == NAI_F64 || s->dtype == NAI_F32)
        return at;
    nai_to_f64(buf, at, s->dtype, n);
    return buf;
}

NAI_CLONES
static void sum64(double *restrict sum, const double *restrict x, const double *restrict about,
                  size_t n)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        sum[j] += x[j] - about[j];
}

NAI_CLONES
static void sum32(double *restrict sum, const float *restrict x, const double *restrict about,
                  size_t n)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        sum[j] += (double)x[j] - about[j];
}

/* *low = what a + b loses when it is rounded to *sum (Knuth's two-sum). */
static inline void two_sum(double *sum, double *low, double a, double b)
{
    const double s = a + b, t = s - a;

    *low = (a - (s - t)) + (b - t);
    *sum = s;
}

void nai_means_join(double *mean, double *low, double *d, const double *dlow, size_t dim, double n1,
                    double n2)
{
    for (size_t j = 0; j < dim; j++) {
        if (n1 == 0) {
            mean[j] = d[j];
            low[j] = dlow[j];
            continue;
        }
        double rest;
        d[j] = (d[j] - mean[j]) + (dlow[j] - low[j]);
        two_sum(&mean[j], &rest, mean[j], d[j] * (n2 / (n1 + n2)));
        low[j] += rest;
    }
}

static void strip_mean(double *mean, double *low, const struct nai_staging *s, size_t first,
                       size_t n, size_t col, size_t w)
{
    double about[STRIP], sum[STRIP] = {0}, buf[STRIP];

    nai_to_f64(about, s->data + first * s->stride + col * nai_dtype_size(s->dtype), s->dtype, w);
    for (size_t i = 1; i < n; i++) {
        const void *const x = strip_at(s, first + i, col, w, buf);
        if (s->dtype == NAI_F32)
            sum32(sum, x, about, w);
        else
            sum64(sum, x, about, w);
    }
    for (size_t j = 0; j < w; j++) {
        double rest;
        two_sum(&mean[col + j], &rest, about[j], sum[j] / (double)n);
        if (low)
            low[col + j] = rest;
    }
}

#define CENTRE(NAME, OUT, IN)                                                                      \
    NAI_CLONES                                                                                     \
    static void NAME(OUT *restrict out, const IN *restrict x, const double *restrict centre,       \
                     size_t n)                                                                     \
    {                                                                                              \
        _Pragma("omp simd") for (size_t j = 0; j < n; j++) out[j] =                                \
            (OUT)((double)x[j] - centre[j]);                                                       \
    }

CENTRE(centre64, double, double)
CENTRE(centre64_from32, double, float)
CENTRE(centre32, float, double)
CENTRE(centre32_from32, float, float)

static void shift_strip(double *out, size_t ld, const struct nai_staging *s, size_t first, size_t n,
                        const double *shift, size_t col, size_t w)
{
    double buf[STRIP];

    for (size_t i = 0; i < n; i++) {
        const void *const x = strip_at(s, first + i, col, w, buf);
        if (s->dtype == NAI_F32)
            centre64_from32(out + i * ld + col, x, shift + col, w);
        else
            centre64(out + i * ld + col, x, shift + col, w);
    }
}

void nai_block_shift(double *out, size_t ld, const struct nai_staging *s, size_t first, size_t n,
                     const double *shift)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t col = 0; col < s->dim; col += STRIP)
        shift_strip(out, ld, s, first, n, shift, col, nai_min(STRIP, s->dim - col));
}

void nai_block_centre(double *mean, double *low, double *out, size_t ld,
                      const struct nai_staging *s, size_t first, size_t n)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t col = 0; col < s->dim; col += STRIP) {
        const size_t w = nai_min(STRIP, s->dim - col);
        strip_mean(mean, low, s, first, n, col, w);
        shift_strip(out, ld, s, first, n, mean, col, w);
    }
}

void nai_block_centre32(double *mean, double *low, float *out, size_t ld,
                        const struct nai_staging *s, size_t first, size_t n)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t col = 0; col < s->dim; col += STRIP) {
        const size_t w = nai_min(STRIP, s->dim - col);
        double buf[STRIP];
        strip_mean(mean, low, s, first, n, col, w);
        for (size_t i = 0; i < n; i++) {
            const void *const x = strip_at(s, first + i, col, w, buf);
            if (s->dtype == NAI_F32)
                centre32_from32(out + i * ld + col, x, mean + col, w);
            else
                centre32(out + i * ld + col, x, mean + col, w);
        }
    }
}
