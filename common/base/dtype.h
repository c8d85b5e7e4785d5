/* dtype.h - element types of tensors, in memory and on the wire
 * SPDX-License-Identifier: MIT */
#ifndef NAI_DTYPE_H
#define NAI_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum nai_dtype {
    NAI_F64,
    NAI_F32,
    NAI_F16,
    NAI_BF16, /* the upper half of an f32 */
    NAI_I64,
    NAI_I32,
    NAI_I16,
    NAI_I8,
    NAI_U64,
    NAI_U32,
    NAI_U16,
    NAI_U8,
    NAI_BOOL, /* one byte, 0 or 1 */
    NAI_DTYPES
};

/* nai_dtype_size - bytes of one element. */
NAI_API size_t nai_dtype_size(enum nai_dtype t);

/* nai_dtype_name - "f32". */
NAI_API const char *nai_dtype_name(enum nai_dtype t);

/* nai_dtype_parse - the type named; false if there is none. */
NAI_API bool nai_dtype_parse(enum nai_dtype *out, const char *name);

/* nai_dtype_is_float - f64, f32, f16, bf16. */
NAI_API bool nai_dtype_is_float(enum nai_dtype t);

/*
 * nai_to_f64 - widen n elements to float64.
 *
 * dst  out  f64[n]
 * src  in   t[n], any alignment
 *
 * Exact, save for i64 and u64 beyond 2^53, which round to nearest.
 */
NAI_API void nai_to_f64(double *dst, const void *src, enum nai_dtype t, size_t n);

/* nai_to_i64 - widen n elements of an integer or bool type; u64 beyond 2^63 - 1 saturates. */
NAI_API void nai_to_i64(int64_t *dst, const void *src, enum nai_dtype t, size_t n);

#endif
