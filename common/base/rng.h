/* rng.h - counter-based random numbers: keyed by what is drawn, not by who draws it
 * SPDX-License-Identifier: MIT */
#ifndef NAI_RNG_H
#define NAI_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * nai_philox - Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy
 * as 1, 2, 3").
 *
 * out  out  u32[4]  uniform bits
 * ctr  in   u32[4]  counter: what is drawn (row, draw, ...)
 * key  in   u32[2]  key: seed and purpose
 */
void nai_philox(uint32_t out[4], const uint32_t ctr[4], const uint32_t key[2]);

/* A stream of draws for one (seed, purpose, index): its values depend on nothing else. */
struct nai_rng {
    uint32_t key[2], ctr[4], buf[4];
    unsigned used;
};

/*
 * nai_rng_init - start the stream of draws named (seed, purpose, index).
 *
 * purpose  in  one word for what is drawn, so that two uses of a seed never share draws
 * index    in  which one: a row, a shuffle, a probe
 */
void nai_rng_init(struct nai_rng *r, uint64_t seed, const char *purpose, uint64_t index);

/* nai_rng_seek - go to word 4 * at of the stream, as if those before had been drawn. */
void nai_rng_seek(struct nai_rng *r, uint32_t at);

uint32_t nai_rng_u32(struct nai_rng *r);

/* nai_rng_uniform - in [0, 1), 53 bits. */
double nai_rng_uniform(struct nai_rng *r);

/* nai_rng_below - uniform integer in [0, n), n >= 1, without modulo bias. */
uint64_t nai_rng_below(struct nai_rng *r, uint64_t n);

/* nai_rng_normal - standard normal by Box-Muller; two uniforms a value. */
double nai_rng_normal(struct nai_rng *r);

#endif
