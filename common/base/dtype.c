/* dtype.c - see dtype.h
 * SPDX-License-Identifier: MIT */
#include "dtype.h"

#include <string.h>

static const struct {
    char name[5];
    uint8_t size;
} types[NAI_DTYPES] = {
    [NAI_F64] = {"f64", 8},   [NAI_F32] = {"f32", 4}, [NAI_F16] = {"f16", 2},
    [NAI_BF16] = {"bf16", 2}, [NAI_I64] = {"i64", 8}, [NAI_I32] = {"i32", 4},
    [NAI_I16] = {"i16", 2},   [NAI_I8] = {"i8", 1},   [NAI_U64] = {"u64", 8},
    [NAI_U32] = {"u32", 4},   [NAI_U16] = {"u16", 2}, [NAI_U8] = {"u8", 1},
    [NAI_BOOL] = {"bool", 1},
};

size_t nai_dtype_size(enum nai_dtype t)
{
    return types[t].size;
}

const char *nai_dtype_name(enum nai_dtype t)
{
    return types[t].name;
}

bool nai_dtype_parse(enum nai_dtype *out, const char *name)
{
    for (int t = 0; t < NAI_DTYPES; t++)
        if (strcmp(types[t].name, name) == 0) {
            *out = (enum nai_dtype)t;
            return true;
        }
    return false;
}

bool nai_dtype_is_float(enum nai_dtype t)
{
    return t <= NAI_BF16;
}

static double bf16_value(uint16_t b)
{
    const uint32_t u = (uint32_t)b << 16;
    float f;

    memcpy(&f, &u, sizeof f);
    return (double)f;
}

static double f16_value(uint16_t h)
{
    const uint32_t e = (h >> 10) & 31, m = h & 1023;
    uint64_t u;
    double v;

    if (e == 0) { /* zero and subnormals: m * 2^-24 */
        v = (double)m * 0x1p-24;
        return h & 0x8000 ? -v : v;
    }
    u = (e == 31 ? 2047ULL : (uint64_t)e - 15 + 1023) << 52 | (uint64_t)m << 42 |
        (uint64_t)(h & 0x8000) << 48;
    memcpy(&v, &u, sizeof v);
    return v;
}

/* One loop a type; memcpy is how unaligned elements are read without undefined behaviour. */
#define WIDEN(OUT, IN, VALUE)                                                                      \
    for (size_t i = 0; i < n; i++) {                                                               \
        IN v;                                                                                      \
        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);                                    \
        dst[i] = (OUT)(VALUE);                                                                     \
    }                                                                                              \
    break

void nai_to_f64(double *dst, const void *src, enum nai_dtype t, size_t n)
{
    switch (t) {
    case NAI_F64:
        memcpy(dst, src, n * sizeof *dst);
        break;
    case NAI_F32:
        WIDEN(double, float, v);
    case NAI_F16:
        WIDEN(double, uint16_t, f16_value(v));
    case NAI_BF16:
        WIDEN(double, uint16_t, bf16_value(v));
    case NAI_I64:
        WIDEN(double, int64_t, v);
    case NAI_I32:
        WIDEN(double, int32_t, v);
    case NAI_I16:
        WIDEN(double, int16_t, v);
    case NAI_I8:
        WIDEN(double, int8_t, v);
    case NAI_U64:
        WIDEN(double, uint64_t, v);
    case NAI_U32:
        WIDEN(double, uint32_t, v);
    case NAI_U16:
        WIDEN(double, uint16_t, v);
    case NAI_U8:
    case NAI_BOOL:
        WIDEN(double, uint8_t, v);
    case NAI_DTYPES:
        break;
    }
}

void nai_to_i64(int64_t *dst, const void *src, enum nai_dtype t, size_t n)
{
    switch (t) {
    case NAI_I64:
        memcpy(dst, src, n * sizeof *dst);
        break;
    case NAI_I32:
        WIDEN(int64_t, int32_t, v);
    case NAI_I16:
        WIDEN(int64_t, int16_t, v);
    case NAI_I8:
        WIDEN(int64_t, int8_t, v);
    case NAI_U64:
        WIDEN(int64_t, uint64_t, v > INT64_MAX ? INT64_MAX : (int64_t)v);
    case NAI_U32:
        WIDEN(int64_t, uint32_t, v);
    case NAI_U16:
        WIDEN(int64_t, uint16_t, v);
    case NAI_U8:
    case NAI_BOOL:
        WIDEN(int64_t, uint8_t, v);
    default: /* floats have no place here */
        break;
    }
}
