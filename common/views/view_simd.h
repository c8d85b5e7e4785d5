/* view_simd.h - sixteen values at a time, for the processor at hand
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEW_SIMD_H
#define NAI_VIEW_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Compiled for several instruction sets, the best chosen when the program is loaded; not under
 * sanitizers, whose run-time is not ready yet when that happens. All arithmetic here is of
 * integers, or of floats without a product to be added to: every clone gives the same bytes. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NAI_VIEW_NO_CLONES
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define NAI_VIEW_NO_CLONES
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(NAI_VIEW_NO_CLONES)
#define NAI_VIEW_CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define NAI_VIEW_CLONES
#endif

enum { NAI_LANES = 16 };

typedef uint8_t nai_u8x16 __attribute__((vector_size(16)));
typedef uint16_t nai_u16x16 __attribute__((vector_size(32)));
typedef uint32_t nai_u32x16 __attribute__((vector_size(64)));
typedef int32_t nai_i32x16 __attribute__((vector_size(64)));
typedef float nai_f32x16 __attribute__((vector_size(64)));

/* Sixteen bytes from p, widened to the type of to; and back. In two steps, since gcc 12 takes the
 * vector apart to widen fourfold. */
#define NAI_LOAD(to, p)                                                                            \
    do {                                                                                           \
        nai_u8x16 load_;                                                                           \
        memcpy(&load_, (p), sizeof load_);                                                         \
        (to) =                                                                                     \
            __builtin_convertvector(__builtin_convertvector(load_, nai_u16x16), __typeof__(to));   \
    } while (0)

#define NAI_STORE(p, from)                                                                         \
    do {                                                                                           \
        const nai_u8x16 store_ =                                                                   \
            __builtin_convertvector(__builtin_convertvector((from), nai_u16x16), nai_u8x16);       \
        memcpy((p), &store_, sizeof store_);                                                       \
    } while (0)

/* All ones where a < b, else zero; of int32, less than 2^31 apart. A shift, since gcc 12 takes some
 * comparisons of vectors apart. */
#define NAI_LESS(a, b) (((a) - (b)) >> 31)

/* a where mask is all ones, b where it is zero; the smaller and the larger of two. */
#define NAI_SELECT(mask, a, b) (((mask) & (a)) | (~(mask) & (b)))
#define NAI_SMALLER(a, b)      ((b) + (((a) - (b)) & NAI_LESS(a, b)))
#define NAI_LARGER(a, b)       ((a) - (((a) - (b)) & NAI_LESS(a, b)))

/* nai_round_up - n rounded up to whole vectors. */
static inline size_t nai_round_up(size_t n)
{
    return (n + NAI_LANES - 1) & ~(size_t)(NAI_LANES - 1);
}

#endif
