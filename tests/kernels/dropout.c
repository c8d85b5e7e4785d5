/* dropout.c - test of dropout.h
 * SPDX-License-Identifier: MIT */
#include "dropout.h"

#include "layers.h"
#include "rng.h"

enum { COUNT_ALL = 400003 };

static double *applied(struct nai_device *d, double p, uint64_t seed, uint64_t which, size_t n,
                       bool in_place)
{
    double *const one = doubles(n);
    const uint64_t key[2] = {seed, which};

    for (size_t i = 0; i < n; i++)
        one[i] = 1;
    struct nai_buf *b[] = {put(d, one, n), put(d, NULL, n)};
    d->dropout->apply(d, p, key, b[0], in_place ? b[0] : b[1], n);
    get(d, in_place ? b[0] : b[1], one, n);
    drop(d, b, COUNT(b));
    return one;
}

static double share_kept(const double *y, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        kept += y[i] != 0;
    return (double)kept / (double)n;
}

/* The share kept, within 4 standard deviations; the values; neighbours independent. */
static void statistics(struct nai_device *d, double p)
{
    const size_t n = COUNT_ALL;
    double *const y = applied(d, p, 1, 2, n, false);
    const double sd = sqrt(p * (1 - p) / (double)n), kept = share_kept(y, n);
    size_t wrong = 0, both = 0;

    for (size_t i = 0; i < n; i++)
        wrong += !(y[i] == 0 || fabs(y[i] - 1 / (1 - p)) <= 1e-6);
    for (size_t i = 0; i + 1 < n; i++)
        both += y[i] != 0 && y[i + 1] != 0;
    const double pairs = (double)both / (double)(n - 1), want = (1 - p) * (1 - p);
    ok(fabs(kept - (1 - p)) <= 4 * sd && wrong == 0 &&
           fabs(pairs - want) <= 6 * sqrt(want * (1 - want) / (double)n),
       "p %g, f%zu: kept %.5f, both of two neighbours %.5f", p, 8 * d->size, kept, pairs);
    free(y);
}

static double agreement(const double *a, const double *b, size_t n)
{
    size_t same = 0;

    for (size_t i = 0; i < n; i++)
        same += (a[i] != 0) == (b[i] != 0);
    return (double)same / (double)n;
}

static void keys(struct nai_device *d, struct nai_device *other)
{
    const size_t n = COUNT_ALL;
    double *const a = applied(d, 0.5, 1, 2, n, false), *const short_one =
                                                           applied(d, 0.5, 1, 2, 1001, true);
    double *const seed = applied(d, 0.5, 3, 2, n, false), *const which =
                                                              applied(d, 0.5, 1, 3, n, false);
    double *const high = applied(d, 0.5, 1, 2 + ((uint64_t)1 << 32), n, false);
    double *const wide = applied(other, 0.5, 1, 2, n, false);
    bool same = true;

    for (int t = 1; t <= 3; t++) {
        omp_set_num_threads(t);
        double *const again = applied(d, 0.5, 1, 2, n, t == 2);
        same = same && memcmp(a, again, n * sizeof *a) == 0;
        free(again);
    }
    omp_set_num_threads(2);
    ok(same, "one key, 1 to 3 threads, in place or not: the same mask");
    ok(memcmp(a, short_one, 1001 * sizeof *a) == 0, "fewer elements: the same mask for them");
    ok(memcmp(a, wide, n * sizeof *a) == 0, "f32 and f64: the same mask");
    const double e[] = {agreement(a, seed, n), agreement(a, which, n), agreement(a, high, n)};
    ok(fabs(e[0] - 0.5) < 4e-3 && fabs(e[1] - 0.5) < 4e-3 && fabs(e[2] - 0.5) < 4e-3,
       "other keys: masks agree as chance would %.4f %.4f %.4f", e[0], e[1], e[2]);
    double *const all[] = {a, short_one, seed, which, high, wide};
    for (size_t i = 0; i < COUNT(all); i++)
        free(all[i]);
}

/* The draws are those of the generator's stream called "dropout", four uniforms a counter. */
static void stream(struct nai_device *d)
{
    double *const y = applied(d, 0.25, 7, 9, 1000, false);
    struct nai_rng r;
    size_t wrong = 0;

    nai_rng_init(&r, 7, "dropout", 9);
    for (size_t i = 0; i < 1000; i++)
        wrong += (nai_rng_u32(&r) < 0xC0000000u) != (y[i] != 0);
    ok(wrong == 0, "element i is draw i of the stream (seed, \"dropout\", which), f%zu",
       8 * d->size);
    free(y);
}

static void none(struct nai_device *d)
{
    double *const x = drawn(81, 999), *const got = doubles(999);
    const uint64_t key[2] = {1, 2};
    struct nai_buf *b[] = {put(d, x, 999)};

    d->dropout->apply(d, 0, key, b[0], b[0], 999);
    get(d, b[0], got, 999);
    ok(memcmp(got, x, 999 * sizeof *x) == 0, "p 0 leaves all as it is");
    drop(d, b, COUNT(b));
    free(x);
    free(got);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);

    statistics(f32, 0.1);
    statistics(f32, 0.5);
    statistics(f64, 0.9);
    keys(f32, f64);
    stream(f32);
    stream(f64);
    none(f32);
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
