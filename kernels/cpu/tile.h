/* tile.h - how a product is cut into tiles, by its sizes only; and clones for the processor
 * SPDX-License-Identifier: MIT */
#ifndef NAI_TILE_H
#define NAI_TILE_H

#include <stdbool.h>
#include <stddef.h>

/* Compiled for several instruction sets, the best chosen when the program is loaded; not under
 * sanitizers, whose run-time is not ready yet when that happens, nor by clang 14 for sources that
 * are compiled twice: its names for the clones of static functions clash. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    (defined(__clang__) && defined(NAI_REAL))
#define NAI_NO_CLONES
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define NAI_NO_CLONES
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(NAI_NO_CLONES)
#define NAI_CLONES __attribute__((target_clones("default", "fma", "avx512f")))
#else
#define NAI_CLONES
#endif

static inline size_t nai_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t nai_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* nai_tile - edge of the tiles of an n by n result: a quarter of n so that there are ten on and
 * above the diagonal, but no smaller than keeps a product efficient, nor larger than the caches. */
static inline size_t nai_tile(size_t n)
{
    const size_t t = (n + 3) / 4;

    return t <= 32 ? 32 : t >= 512 ? 512 : (t + 31) & ~(size_t)31;
}

/* A tile on or above the diagonal: rows i.., columns j..; on the diagonal i == j and ni == nj. */
struct nai_span {
    size_t i, ni, j, nj;
};

/* nai_upper_tiles - how many tiles nai_upper_tile numbers. */
static inline size_t nai_upper_tiles(size_t n)
{
    const size_t h = nai_tile(n), rows = (n + h - 1) / h, pairs = (rows + 1) / 2;

    return rows + pairs * rows;
}

/*
 * nai_upper_tile - tile number p that together cover the upper triangle; false for a number that is
 * not in use.
 *
 * Off the diagonal tiles are two edges wide where they can be (packing the operands costs a product
 * less then); they come first, for the last to be handed out should be short.
 */
static inline bool nai_upper_tile(struct nai_span *s, size_t p, size_t n)
{
    const size_t h = nai_tile(n), rows = (n + h - 1) / h, pairs = (rows + 1) / 2;
    const size_t i = p % rows * h, pair = p / rows * 2 * h;

    if (p >= pairs * rows) {
        const size_t d = (p - pairs * rows) * h;
        *s = (struct nai_span){d, nai_min(h, n - d), d, nai_min(h, n - d)};
        return true;
    }
    *s = (struct nai_span){.i = i, .ni = nai_min(h, n - i), .j = nai_max(pair, i + h)};
    if (s->j >= nai_min(n, pair + 2 * h))
        return false;
    s->nj = nai_min(n, pair + 2 * h) - s->j;
    return true;
}

#endif
