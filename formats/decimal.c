/* decimal.c - see decimal.h
 * SPDX-License-Identifier: MIT */
#include "decimal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For each float type: digits that any decimal survives (so that fewer need not be tried: "%g"
 * drops zeros), digits that are always enough, and the least normal number. */
static const struct {
    int safe, enough;
    double normal;
} digits[] = {[NAI_F64] = {DBL_DIG, 17, DBL_MIN},
              [NAI_F32] = {FLT_DIG, 9, FLT_MIN},
              [NAI_F16] = {3, 5, 0x1p-14},
              [NAI_BF16] = {2, 4, 0x1p-126}};

/* The value whose bits, as an unsigned integer, are one more or less; x is not 0, finite. */
static double neighbour(const void *src, enum nai_dtype t, int step)
{
    uint16_t bits;
    double v;

    memcpy(&bits, src, sizeof bits);
    bits = (uint16_t)(bits + step);
    nai_to_f64(&v, &bits, t, 1);
    return v;
}

/* Is x, of one of the two short types, the nearest of its type to v? */
static bool nearest(double v, double x, const void *src, enum nai_dtype t)
{
    const double below = fabs(x - neighbour(src, t, -1)), up = fabs(neighbour(src, t, 1) - x);
    const double above = isfinite(up) ? up : below; /* x is the largest */
    const double d = (v - x) * (x < 0 ? -1 : 1);

    return d > 0 ? d < above / 2 : -d < below / 2;
}

static bool same(const char *text, double x, const void *src, enum nai_dtype t)
{
    if (t == NAI_F64)
        return strtod(text, NULL) == x;
    if (t == NAI_F32)
        return strtof(text, NULL) == (float)x;
    return nearest(strtod(text, NULL), x, src, t);
}

static size_t real(char buf[static NAI_DECIMAL_ROOM], const void *src, enum nai_dtype t)
{
    double x;
    int n, len;

    nai_to_f64(&x, src, t, 1);
    if (isnan(x))
        return (size_t)snprintf(buf, NAI_DECIMAL_ROOM, "nan");
    if (isinf(x) || x == 0)
        return (size_t)snprintf(buf, NAI_DECIMAL_ROOM, "%g", x);
    n = fabs(x) < digits[t].normal ? 1 : digits[t].safe; /* subnormals have fewer digits */
    do
        len = snprintf(buf, NAI_DECIMAL_ROOM, "%.*g", n, x);
    while (n++ < digits[t].enough && !same(buf, x, src, t));
    return (size_t)len;
}

size_t nai_decimal(char buf[static NAI_DECIMAL_ROOM], const void *src, enum nai_dtype t)
{
    int64_t i;
    uint64_t u;

    if (nai_dtype_is_float(t))
        return real(buf, src, t);
    if (t == NAI_U64) {
        memcpy(&u, src, sizeof u);
        return (size_t)snprintf(buf, NAI_DECIMAL_ROOM, "%llu", (unsigned long long)u);
    }
    nai_to_i64(&i, src, t, 1);
    return (size_t)snprintf(buf, NAI_DECIMAL_ROOM, "%lld", (long long)i);
}
