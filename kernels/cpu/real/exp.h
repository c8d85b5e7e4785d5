/* exp.h - the exponential function in loops
 * SPDX-License-Identifier: MIT */
#ifndef NAI_EXP_H
#define NAI_EXP_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "real.h"

/* Before a loop whose outputs may be its inputs, element for element. Not in float64: exp is a
 * call.
 */
#if NAI_REAL == 32
#define NAI_EXP_LOOP _Pragma("omp simd")
#else
#define NAI_EXP_LOOP
#endif

/*
 * nai_exp - e^x; in float32 without a call, so that loops of it are vectorised.
 *
 * float32: x = n log 2 + r, |r| <= log(2) / 2, e^r by its Taylor series to r^7 (relative error
 * below 1e-8 before rounding), log 2 in two parts (Cody & Waite 1980). Relative error below 2e-7;
 * 0 below -87 (no subnormal results) and as at 88 above that; NaN gives NaN.
 */
static inline real nai_exp(real x)
{
#if NAI_REAL == 32
    const float v = x > 88 ? 88 : x < -87 ? -87 : x;
    const float shifted = v * 1.44269504f + 0x1.8p23f; /* the integer n in the low bits */
    const float n = shifted - 0x1.8p23f;
    const float r = (v - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f;
    float p = 1 / 5040.0f;
    uint32_t bits;
    float scale;

    p = p * r + 1 / 720.0f;
    p = p * r + 1 / 120.0f;
    p = p * r + 1 / 24.0f;
    p = p * r + 1 / 6.0f;
    p = p * r + 0.5f;
    p = (p * r) * r + r + 1;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23; /* 2^n */
    memcpy(&scale, &bits, sizeof scale);
    return x < -87 ? 0 : p * scale;
#else
    return exp(x);
#endif
}

#endif
