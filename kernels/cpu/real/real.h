/* real.h - one source, compiled for float and for double
 * SPDX-License-Identifier: MIT
 *
 * The Makefile compiles every file of this folder twice, with NAI_REAL 32 and 64. On the CPU a
 * buffer is an array of `real`. */
#ifndef NAI_REAL_H
#define NAI_REAL_H

#include <cblas.h>

#include "device.h"

#if NAI_REAL == 32
typedef float real;
#define NAI_R(name)     name##_f32
#define NAI_CBLAS(name) cblas_s##name
#define NAI_M(name)     name##f /* of math.h: NAI_M(sqrt) */
#elif NAI_REAL == 64
typedef double real;
#define NAI_R(name)     name##_f64
#define NAI_CBLAS(name) cblas_d##name
#define NAI_M(name)     name
#else
#error "NAI_REAL is 32 or 64"
#endif

static inline const real *nai_in(const struct nai_buf *b)
{
    return (const real *)(const void *)b;
}

static inline real *nai_io(struct nai_buf *b)
{
    return (real *)(void *)b;
}

#endif
