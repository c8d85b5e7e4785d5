/* direction.c - see direction.h
 * SPDX-License-Identifier: MIT */
#include "direction.h"

#include <math.h>

#include "rng.h"

enum {
    PARTS = 256,    /* sums of squares that are added up in order */
    LEAST = 1 << 12 /* elements of a part */
};

/* Elements from..end of the stream of normals, `from` even; the sum of their squares. */
static double normals(double *x, size_t from, size_t end, struct nai_rng r)
{
    double square = 0;

    nai_rng_seek(&r, (uint32_t)(from / 2));
    for (size_t i = from; i < end; i += 2) {
        const double u = 1 - nai_rng_uniform(&r), v = nai_rng_uniform(&r);
        const double radius = sqrt(-2 * log(u)), angle = 6.283185307179586476925286766559 * v;
        x[i] = radius * cos(angle);
        square += x[i] * x[i];
        if (i + 1 < end) {
            x[i + 1] = radius * sin(angle);
            square += x[i + 1] * x[i + 1];
        }
    }
    return square;
}

void nai_unit_normal(double *x, size_t n, uint64_t seed, const char *purpose, uint64_t index)
{
    const size_t share = 2 * ((n + 2 * PARTS - 1) / (2 * PARTS)),
                 part = share < LEAST ? LEAST : share;
    const size_t parts = (n + part - 1) / part;
    double square[PARTS] = {0}, sum = 0, scale;
    struct nai_rng r;

    nai_rng_init(&r, seed, purpose, index);
#pragma omp parallel for schedule(static) if (parts > 1)
    for (size_t p = 0; p < parts; p++)
        square[p] = normals(x, p * part, (p + 1) * part < n ? (p + 1) * part : n, r);
    for (size_t p = 0; p < parts; p++)
        sum += square[p];
    scale = 1 / sqrt(sum);
#pragma omp parallel for schedule(static) if (parts > 1)
    for (size_t i = 0; i < n; i++)
        x[i] *= scale;
}
