/* spectral.h - what the tests of the spectral kernels share: TAP, seeded data, naive references
 * SPDX-License-Identifier: MIT */
#ifndef NAI_TEST_SPECTRAL_H
#define NAI_TEST_SPECTRAL_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "rng.h"

struct tap {
    int tests, failures;
};

static inline bool ok(struct tap *t, bool good, const char *what)
{
    printf("%sok %d - %s\n", good ? "" : "not ", ++t->tests, what);
    t->failures += !good;
    return good;
}

/* |got - want| <= tol; a NaN fails. */
static inline bool near(struct tap *t, double got, double want, double tol, const char *what)
{
    const bool good = fabs(got - want) <= tol;

    if (!ok(t, good, what))
        printf("# got %.17g, want %.17g, tolerance %g\n", got, want, tol);
    return good;
}

/* The largest difference is at most tol. */
static inline bool all_near(struct tap *t, const double *got, const double *want, size_t n,
                            double tol, const char *what)
{
    bool good = true;
    double most = 0;

    for (size_t i = 0; i < n; i++) {
        const double diff = fabs(got[i] - want[i]);
        good = good && diff <= tol;
        most = diff > most ? diff : most;
    }
    if (!ok(t, good, what))
        printf("# largest difference %g, tolerance %g\n", most, tol);
    return good;
}

static inline bool same_bits(struct tap *t, const void *a, const void *b, size_t bytes,
                             const char *what)
{
    return ok(t, memcmp(a, b, bytes) == 0, what);
}

static inline int done(const struct tap *t)
{
    printf("1..%d\n", t->tests);
    return t->failures != 0;
}

/* Memory, or the end of the test. */
static inline double *doubles(size_t n)
{
    double *const p = nai_alloc(n, sizeof *p, "test", NULL);

    if (!p) {
        puts("Bail out! out of memory");
        exit(1);
    }
    memset(p, 0, n * sizeof *p);
    return p;
}

static inline double *normals(size_t n, uint64_t seed)
{
    double *const p = doubles(n);
    struct nai_rng r;

    nai_rng_init(&r, seed, "test", 0);
    for (size_t i = 0; i < n; i++)
        p[i] = nai_rng_normal(&r);
    return p;
}

#endif
