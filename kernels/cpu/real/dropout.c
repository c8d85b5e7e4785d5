/* dropout.c - see dropout.h
 * SPDX-License-Identifier: MIT */
#include "real.h"
#include "tables.h"
#include "tile.h"

enum {
    SIDE = 16, /* counters side by side, for the compiler to make vectors of */
    DRAWS = 4, /* of a counter */
    RUN = 64 * SIDE * DRAWS,
    SERIAL = 1 << 13
};

/* Word 1 of the counter, as nai_rng_init has it for "dropout"; the upper half of the counter's
 * number is added to it. */
#define PURPOSE 0x2738A690u

/* SIDE x DRAWS draws from counter `first` on: nai_philox (see rng.h) of each. */
static inline void draws(uint32_t out[SIDE * DRAWS], uint64_t first, uint64_t which, uint64_t seed)
{
    uint32_t c0[SIDE], c1[SIDE], c2[SIDE], c3[SIDE];
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);

    for (size_t l = 0; l < SIDE; l++) {
        c0[l] = (uint32_t)(first + l);
        c1[l] = PURPOSE + (uint32_t)((first + l) >> 32);
        c2[l] = (uint32_t)which;
        c3[l] = (uint32_t)(which >> 32);
    }
    for (int round = 0; round < 10; round++) {
#pragma omp simd
        for (size_t l = 0; l < SIDE; l++) {
            const uint64_t a = (uint64_t)0xD2511F53u * c0[l], b = (uint64_t)0xCD9E8D57u * c2[l];
            c0[l] = (uint32_t)(b >> 32) ^ c1[l] ^ k0;
            c2[l] = (uint32_t)(a >> 32) ^ c3[l] ^ k1;
            c1[l] = (uint32_t)b;
            c3[l] = (uint32_t)a;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (size_t l = 0; l < SIDE; l++) {
        out[DRAWS * l] = c0[l];
        out[DRAWS * l + 1] = c1[l];
        out[DRAWS * l + 2] = c2[l];
        out[DRAWS * l + 3] = c3[l];
    }
}

/* Kept is what draws at most `last`. y may be x. */
NAI_CLONES
static void dropout_run(uint32_t last, real scale, const uint64_t key[2], uint64_t first,
                        const real *x, real *y, size_t n)
{
    for (size_t i = 0; i < n; i += SIDE * DRAWS) {
        const size_t count = nai_min(SIDE * DRAWS, n - i);
        uint32_t bits[SIDE * DRAWS];
        real mask[SIDE * DRAWS];

        draws(bits, (first + i) / DRAWS, key[1], key[0]);
        for (size_t l = 0; l < SIDE * DRAWS; l++)
            mask[l] = bits[l] <= last ? scale : 0;
#pragma omp simd
        for (size_t l = 0; l < count; l++)
            y[i + l] = x[i + l] * mask[l];
    }
}

static void dropout_apply(struct nai_device *d, double p, const uint64_t key[2],
                          const struct nai_buf *x, struct nai_buf *y, size_t count)
{
    const uint64_t limit = (uint64_t)((1 - p) * 0x1p32 + 0.5);
    const uint32_t last = limit > 0 ? (uint32_t)(limit - 1) : 0;
    const real *const from = nai_in(x), scale = (real)(1 / (1 - p));
    real *const to = nai_io(y);

    (void)d;
#pragma omp parallel for if (count > SERIAL)
    for (size_t i = 0; i < count; i += RUN)
        dropout_run(last, scale, key, i, from + i, to + i, nai_min(RUN, count - i));
}

const struct nai_dropout_ops NAI_R(nai_cpu_dropout) = {.apply = dropout_apply};
