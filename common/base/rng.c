/* rng.c - see rng.h
 * SPDX-License-Identifier: MIT */
#include "rng.h"

#include <math.h>

void nai_philox(uint32_t out[4], const uint32_t ctr[4], const uint32_t key[2])
{
    uint32_t c0 = ctr[0], c1 = ctr[1], c2 = ctr[2], c3 = ctr[3], k0 = key[0], k1 = key[1];

    for (int round = 0; round < 10; round++) {
        const uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b;
        c3 = (uint32_t)a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void nai_rng_init(struct nai_rng *r, uint64_t seed, const char *purpose, uint64_t index)
{
    uint32_t h = 2166136261u; /* FNV-1a of the purpose */

    for (const char *p = purpose; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    *r = (struct nai_rng){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .ctr = {0, h, (uint32_t)index, (uint32_t)(index >> 32)},
        .used = 4,
    };
}

void nai_rng_seek(struct nai_rng *r, uint32_t at)
{
    r->ctr[0] = at;
    r->used = 4;
}

uint32_t nai_rng_u32(struct nai_rng *r)
{
    if (r->used == 4) {
        nai_philox(r->buf, r->ctr, r->key);
        r->ctr[0]++;
        r->used = 0;
    }
    return r->buf[r->used++];
}

double nai_rng_uniform(struct nai_rng *r)
{
    const uint64_t hi = nai_rng_u32(r) >> 5, lo = nai_rng_u32(r) >> 6;

    return (double)(hi << 26 | lo) * 0x1p-53;
}

uint64_t nai_rng_below(struct nai_rng *r, uint64_t n)
{
    const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t v;

    do {
        const uint64_t hi = nai_rng_u32(r);
        v = hi << 32 | nai_rng_u32(r);
    } while (v >= limit);
    return v % n;
}

double nai_rng_normal(struct nai_rng *r)
{
    const double u = 1 - nai_rng_uniform(r), v = nai_rng_uniform(r);

    return sqrt(-2 * log(u)) * cos(6.283185307179586476925286766559 * v);
}
