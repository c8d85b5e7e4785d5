/* direction.h - random directions in the space of parameters
 * SPDX-License-Identifier: MIT */
#ifndef NAI_DIRECTION_H
#define NAI_DIRECTION_H

#include <stddef.h>
#include <stdint.h>

/*
 * nai_unit_normal - a uniformly random unit vector, named (seed, purpose, index).
 *
 * x  out  f64[n], n at least 1 and at most 2^33
 *
 * Standard normals, both of each pair that Box & Muller 1958 make of two uniforms, over their norm
 * (Muller 1959). The same bits for any number of threads. About 30 ns an element, shared out among
 * them.
 */
void nai_unit_normal(double *x, size_t n, uint64_t seed, const char *purpose, uint64_t index);

#endif
