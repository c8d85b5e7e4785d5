/* mem.h - checked sizes and aligned memory
 * SPDX-License-Identifier: MIT */
#ifndef NAI_MEM_H
#define NAI_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum { NAI_ALIGN = 64 }; /* every buffer starts on a cache line */

/* nai_mul - *out = a * b; false, with *out untouched, if that overflows. */
bool nai_mul(size_t *out, size_t a, size_t b);

/* nai_mul64 - the same for sizes on the wire. */
bool nai_mul64(uint64_t *out, uint64_t a, uint64_t b);

/* nai_pad64 - n rounded up to a multiple of 64; n must be at most SIZE_MAX - 63. */
static inline size_t nai_pad64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

/*
 * nai_alloc - count * size bytes, 64-byte aligned, not cleared; huge pages are asked for.
 *
 * A request larger than the memory this machine has available is refused before anything is
 * touched, saying how much `what` would need.
 * Returns NULL with err set to NAI_ESYSTEM. Free with nai_free.
 */
void *nai_alloc(size_t count, size_t size, const char *what, struct nai_err *err);

/* nai_free - release what nai_alloc gave; NULL is fine. */
void nai_free(void *p);

/* nai_mem_available - bytes that can be had without swapping (MemAvailable and any cgroup limit);
 * SIZE_MAX where the system does not say. */
size_t nai_mem_available(void);

/* nai_size_text - "1.3 GiB" for n bytes, in buf. Returns buf. */
char *nai_size_text(char buf[static 32], double n);

#endif
