/* resize.c - see resize.h
 * SPDX-License-Identifier: MIT */
#include "resize.h"

#include <math.h>
#include <string.h>

#include "mem.h"

enum { BITS = 22 }; /* of a weight: 32, less 8 of a pixel, less 2 of head room */

/* Weights of one axis: output i is the sum over k of weight[i * taps + k] * input[first[i] + k]. */
struct axis {
    size_t taps;
    size_t *first, *n; /* [out] */
    int32_t *weight;   /* [out * taps] */
};

static const double pi = 3.14159265358979323846;

static double sinc(double x)
{
    return x == 0 ? 1 : sin(pi * x) / (pi * x);
}

static double filter_at(enum nai_filter f, double x)
{
    const double a = -0.5, t = fabs(x);

    switch (f) {
    case NAI_BOX:
        return x > -0.5 && x <= 0.5 ? 1 : 0;
    case NAI_BICUBIC:
        if (t < 1)
            return ((a + 2) * t - (a + 3)) * t * t + 1;
        return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
    case NAI_LANCZOS:
        return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    default:
        return t < 1 ? 1 - t : 0;
    }
}

static double support_of(enum nai_filter f)
{
    static const double support[] = {
        [NAI_BILINEAR] = 1, [NAI_BOX] = 0.5, [NAI_BICUBIC] = 2, [NAI_LANCZOS] = 3};

    return support[f];
}

static void free_axis(struct axis *x)
{
    nai_free(x->first);
    nai_free(x->n);
    nai_free(x->weight);
}

/* Weights of outputs at .. at + out of the `to` that `from` inputs become. */
static int make_axis(struct axis *x, enum nai_filter f, size_t from, size_t to, size_t at,
                     size_t out, struct nai_err *err)
{
    const double scale = (double)from / (double)to, stretch = scale < 1 ? 1 : scale;
    const double support = support_of(f) * stretch, shrink = 1 / stretch;
    double *w;

    *x = (struct axis){.taps = (size_t)ceil(support) * 2 + 1};
    x->first = nai_alloc(out, sizeof *x->first, "resize", err);
    x->n = nai_alloc(out, sizeof *x->n, "resize", err);
    x->weight = nai_alloc(out * x->taps, sizeof *x->weight, "resize", err);
    w = nai_alloc(x->taps, sizeof *w, "resize", err);
    if (!x->first || !x->n || !x->weight || !w) {
        free_axis(x);
        nai_free(w);
        return NAI_ESYSTEM;
    }
    for (size_t i = 0; i < out; i++) {
        const double centre = ((double)(at + i) + 0.5) * scale;
        const double lo = centre - support + 0.5, hi = centre + support + 0.5;
        const size_t begin = lo < 0 ? 0 : (size_t)lo;
        const size_t end = hi > (double)from ? from : (size_t)hi;
        double sum = 0;

        for (size_t k = 0; k < end - begin; k++) {
            w[k] = filter_at(f, ((double)(begin + k) - centre + 0.5) * shrink);
            sum += w[k];
        }
        for (size_t k = 0; k < end - begin; k++) {
            const double v = (sum != 0 ? w[k] / sum : w[k]) * (1 << BITS);
            x->weight[i * x->taps + k] = (int32_t)(v < 0 ? v - 0.5 : v + 0.5);
        }
        x->first[i] = begin;
        x->n[i] = end - begin;
    }
    nai_free(w);
    return NAI_OK;
}

static uint8_t to_u8(int32_t v)
{
    v >>= BITS;
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* One row of pixels across: dst[out, c] from src[., c]. */
static void across(uint8_t *dst, const uint8_t *src, const struct axis *x, size_t out, size_t c)
{
    for (size_t i = 0; i < out; i++) {
        const int32_t *const w = x->weight + i * x->taps;
        const uint8_t *const p = src + x->first[i] * c;
        for (size_t ch = 0; ch < c; ch++) {
            int32_t sum = 1 << (BITS - 1);
            for (size_t k = 0; k < x->n[i]; k++)
                sum += p[k * c + ch] * w[k];
            dst[i * c + ch] = to_u8(sum);
        }
    }
}

/* One row of the result out of the rows above one another in src, each of n bytes. */
static void down(uint8_t *dst, const uint8_t *src, const struct axis *y, size_t i, size_t n)
{
    const int32_t *const w = y->weight + i * y->taps;

    for (size_t j = 0; j < n; j++) {
        int32_t sum = 1 << (BITS - 1);
        for (size_t k = 0; k < y->n[i]; k++)
            sum += src[k * n + j] * w[k];
        dst[j] = to_u8(sum);
    }
}

int nai_resize_u8(uint8_t *dst, const uint8_t *src, size_t h, size_t w, size_t c,
                  const struct nai_resize *r, struct nai_err *err)
{
    const size_t n = r->out_w * c;
    const int wide = r->to_w != w, tall = r->to_h != h;
    struct axis x = {0}, y = {0};
    size_t row0 = r->top, rows = r->out_h;
    uint8_t *mid = NULL;
    int st = NAI_OK;

    if (wide)
        st = make_axis(&x, r->filter, w, r->to_w, r->left, r->out_w, err);
    if (!st && tall)
        st = make_axis(&y, r->filter, h, r->to_h, r->top, r->out_h, err);
    if (!st && tall) { /* only the input rows that the window needs */
        row0 = y.first[0];
        rows = y.first[r->out_h - 1] + y.n[r->out_h - 1] - row0;
    }
    if (!st && !(mid = nai_alloc(rows, n, "resize", err)))
        st = NAI_ESYSTEM;
    for (size_t i = 0; !st && i < rows; i++) {
        const uint8_t *const line = src + (row0 + i) * w * c;
        if (wide)
            across(mid + i * n, line, &x, r->out_w, c);
        else
            memcpy(mid + i * n, line + r->left * c, n);
    }
    for (size_t i = 0; !st && i < r->out_h; i++) {
        if (tall)
            down(dst + i * n, mid + (y.first[i] - row0) * n, &y, i, n);
        else
            memcpy(dst + i * n, mid + i * n, n);
    }
    free_axis(&x);
    free_axis(&y);
    nai_free(mid);
    return st;
}

/* Half of what is left over, halves to even, as Python's round. */
static size_t margin(size_t whole, size_t part)
{
    const size_t over = whole - part, half = over / 2;

    return over % 2 ? half + (half & 1) : half;
}

struct nai_resize nai_resize_plan(size_t h, size_t w, size_t size, enum nai_filter filter, int crop)
{
    struct nai_resize r = {
        .filter = filter, .to_h = size, .to_w = size, .out_h = size, .out_w = size};

    if (crop && h < w)
        r.to_w = size * w / h;
    else if (crop)
        r.to_h = size * h / w;
    r.top = margin(r.to_h, size);
    r.left = margin(r.to_w, size);
    return r;
}
