/* decimal.c - test of nai_decimal. TAP.
 * SPDX-License-Identifier: MIT */
#include "decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

static void check(int *tests, int *failures, bool ok, const char *what)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", ++*tests, what);
    *failures += !ok;
}

static double value(uint16_t bits, enum nai_dtype t)
{
    double v;

    nai_to_f64(&v, &bits, t, 1);
    return v;
}

/* The bits of the value of a 16-bit type nearest to v >= 0, by bisection over the positive ones,
 * which are ordered as their bits are. A tie is nobody's: readers differ in what they make of it.
 */
static uint16_t nearest(double v, enum nai_dtype t, uint16_t largest)
{
    uint16_t lo = 0, hi = largest;

    while (hi - lo > 1) {
        const uint16_t mid = (uint16_t)((lo + hi) / 2);
        *(value(mid, t) <= v ? &lo : &hi) = mid;
    }
    if (v - value(lo, t) == value(hi, t) - v)
        return UINT16_MAX;
    return v - value(lo, t) < value(hi, t) - v ? lo : hi;
}

static int significant(const char *text)
{
    const char *const end = strpbrk(text, "e");
    int n = 0, zeros = 0;

    for (const char *p = text; *p && p != end; p++) {
        if (*p < '0' || *p > '9' || (n == 0 && *p == '0'))
            continue;
        zeros = *p == '0' ? zeros + 1 : 0;
        n++;
    }
    return n - zeros;
}

/* Every finite value of a 16-bit type: reads back, and no fewer digits of it do. */
static void exhaust(int *tests, int *failures, enum nai_dtype t, uint16_t largest)
{
    size_t wrong = 0, longer = 0;

    for (unsigned sign = 0; sign < 2; sign++)
        for (uint16_t b = 0; b <= largest; b++) {
            const uint16_t bits = (uint16_t)(b | sign << 15);
            char text[NAI_DECIMAL_ROOM], less[400];
            double got;
            nai_decimal(text, &bits, t);
            got = strtod(text, NULL);
            wrong += !(signbit(got) == (int)sign || (signbit(got) && sign)) ||
                     nearest(fabs(got), t, largest) != b;
            if (significant(text) > 1) {
                snprintf(less, sizeof less, "%.*g", significant(text) - 1, value(bits, t));
                longer += nearest(fabs(strtod(less, NULL)), t, largest) == b &&
                          !(b == largest); /* beyond the largest, rounding leaves the type */
            }
        }
    printf("# %s: %zu wrong, %zu too long\n", nai_dtype_name(t), wrong, longer);
    check(tests, failures, wrong == 0, "every value of a 16-bit type reads back");
    check(tests, failures, longer == 0, "and has no digit too many");
}

/* Random bit patterns of the wide types. */
static void sample(int *tests, int *failures)
{
    size_t wrong32 = 0, wrong64 = 0, long32 = 0, long64 = 0;
    struct nai_rng r;

    nai_rng_init(&r, 1, "decimal", 0);
    for (int i = 0; i < 200000; i++) {
        const uint64_t bits = (uint64_t)nai_rng_u32(&r) << 32 | nai_rng_u32(&r);
        char text[NAI_DECIMAL_ROOM], less[400];
        double d;
        float f;
        memcpy(&d, &bits, sizeof d);
        memcpy(&f, &bits, sizeof f);
        if (isfinite(d)) {
            nai_decimal(text, &d, NAI_F64);
            snprintf(less, sizeof less, "%.*g", significant(text) - 1, d);
            wrong64 += !(strtod(text, NULL) == d);
            long64 += significant(text) > 1 && strtod(less, NULL) == d;
        }
        if (isfinite(f)) {
            nai_decimal(text, &f, NAI_F32);
            snprintf(less, sizeof less, "%.*g", significant(text) - 1, (double)f);
            wrong32 += !(strtof(text, NULL) == f);
            long32 += significant(text) > 1 && strtof(less, NULL) == f;
        }
    }
    check(tests, failures, wrong64 == 0, "200,000 f64 read back");
    check(tests, failures, long64 == 0, "with no digit too many");
    check(tests, failures, wrong32 == 0, "200,000 f32 read back");
    check(tests, failures, long32 == 0, "with no digit too many");
}

static bool is(const void *src, enum nai_dtype t, const char *want)
{
    char text[NAI_DECIMAL_ROOM];
    const size_t n = nai_decimal(text, src, t);

    if (n == strlen(want) && strcmp(text, want) == 0)
        return true;
    printf("# got %s, want %s\n", text, want);
    return false;
}

int main(void)
{
    int tests = 0, failures = 0;

    exhaust(&tests, &failures, NAI_F16, 0x7bff);
    exhaust(&tests, &failures, NAI_BF16, 0x7f7f);
    sample(&tests, &failures);
    check(&tests, &failures,
          is(&(double){0.1}, NAI_F64, "0.1") && is(&(float){0.1f}, NAI_F32, "0.1") &&
              is(&(double){5e-324}, NAI_F64, "5e-324") &&
              is(&(double){1.7976931348623157e308}, NAI_F64, "1.7976931348623157e+308") &&
              is(&(double){-0.0}, NAI_F64, "-0") && is(&(double){NAN}, NAI_F64, "nan") &&
              is(&(float){-INFINITY}, NAI_F32, "-inf"),
          "known floats");
    check(&tests, &failures,
          is(&(uint64_t){UINT64_MAX}, NAI_U64, "18446744073709551615") &&
              is(&(int64_t){INT64_MIN}, NAI_I64, "-9223372036854775808") &&
              is(&(int8_t){-128}, NAI_I8, "-128") && is(&(uint8_t){1}, NAI_BOOL, "1"),
          "integers");
    printf("1..%d\n", tests);
    return failures > 0;
}
