/* density.c - test of density.h: moments, shares, exhausted spaces, golden values
 * SPDX-License-Identifier: MIT */
#include "density.h"

#include <omp.h>

#include "eig.h"
#include "golden_estimators.h"
#include "powerlaw.h"
#include "spectral.h"

enum { N = 150 };

/* V^T diag(d) V, the rows of v its eigenvectors. */
struct known {
    double a[N * N], v[N * N], d[N];
};

/* Eigenvalues in [-1, 1]: a bulk about 0, and some apart. */
static struct known *known_matrix(void)
{
    struct known *const m = nai_alloc(1, sizeof *m, "test", NULL);
    double *const v = normals(N * N, 7), *const scratch = doubles(N);

    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            v[j * N + i] = v[i * N + j];
    nai_eig_vectors(scratch, v, N, NULL);
    *m = (struct known){0};
    memcpy(m->v, v, N * N * sizeof *v);
    for (size_t k = 0; k < N; k++) {
        const double z = 2 * (double)k / (N - 1) - 1;
        m->d[k] = k >= N - 5 ? 0.4 + 0.1 * (double)(k - (N - 6)) : k < 3 ? -0.6 : 0.3 * z * z * z;
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                m->a[i * N + j] += m->d[k] * v[k * N + i] * v[k * N + j];
    }
    nai_free(v);
    nai_free(scratch);
    return m;
}

/* The unit vector that run i starts from. */
static void start_vector(double *x, size_t n, uint64_t seed, uint64_t i)
{
    struct nai_rng r;
    double norm = 0;

    nai_rng_init(&r, seed, "density", i);
    for (size_t j = 0; j < n; j++) {
        x[j] = nai_rng_normal(&r);
        norm += x[j] * x[j];
    }
    for (size_t j = 0; j < n; j++)
        x[j] /= sqrt(norm);
}

/* (v_k . x)^2: the spectral measure of x at eigenvalue k. */
static void measure(double *mass, const struct known *m, const double *x)
{
    for (size_t k = 0; k < N; k++) {
        double sum = 0;
        for (size_t j = 0; j < N; j++)
            sum += m->v[k * N + j] * x[j];
        mass[k] = sum * sum;
    }
}

static double moment(const double *node, const double *weight, size_t n, int power)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += weight[i] * pow(node[i], power);
    return sum;
}

static double below(const double *node, const double *weight, size_t n, double x)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += node[i] < x ? weight[i] : 0;
    return sum;
}

static void moments(struct tap *t, const struct known *m)
{
    struct nai_symmetric op = {m->a, N};
    double x[N], mass[N];

    for (size_t steps = 1; steps <= 8; steps++) {
        struct nai_density d;
        const struct nai_density_spec spec = {.n = N, .vectors = 2, .steps = steps, .seed = 4};
        ok(t, nai_density_new(&d, &spec, nai_symmetric_product, &op, NULL) == NAI_OK, "runs");
        ok(t, d.products == 2 * steps, "products counted");
        for (size_t i = 0; i < 2; i++) {
            const double *const node = d.nodes + i * steps, *const weight = d.weights + i * steps;
            start_vector(x, N, 4, i);
            measure(mass, m, x);
            for (int k = 0; k < 2 * (int)steps; k++)
                near(t, moment(node, weight, steps, k), moment(m->d, mass, N, k), 1e-14,
                     "moments that Gauss quadrature has");
            ok(t,
               moment(m->d, mass, N, 2 * (int)steps) >
                       moment(node, weight, steps, 2 * (int)steps) + 1e-12 &&
                   d.rest[i] > 0.01,
               "and the next it has not");
        }
        if (steps == 1) {
            const struct nai_spectral_moments got = nai_density_moments(&d);
            double want = 0;
            for (size_t i = 0; i < 2; i++) {
                start_vector(x, N, 4, i);
                measure(mass, m, x);
                want += moment(m->d, mass, N, 2) / 2;
            }
            near(t, got.second, want, 1e-14, "the second moment of one step");
        }
        nai_density_free(&d);
    }
}

/* As many steps as dimensions: the measure of the vector itself. */
static void full(struct tap *t, const struct known *m)
{
    struct nai_symmetric op = {m->a, N};
    const struct nai_density_spec spec = {.n = N, .vectors = 1, .steps = 2 * N, .seed = 8};
    struct nai_density d;
    double x[N], mass[N];

    nai_density_new(&d, &spec, nai_symmetric_product, &op, NULL);
    start_vector(x, N, 8, 0);
    measure(mass, m, x);
    ok(t, d.steps == N && d.rest[0] == 0, "steps end at the dimension");
    for (double at = -0.7; at < 1; at += 0.085) {
        const struct nai_share s = nai_density_below(&d, at);
        near(t, s.share, below(m->d, mass, N, at), 1e-10, "the share is exact for its vector");
        ok(t, s.lo == s.share && s.hi == s.share && isnan(s.se), "and known to be");
    }
    nai_density_free(&d);
}

/* The truth lies within the bounds and the errors; the bounds hold for the vectors themselves. */
static void shares(struct tap *t, const struct known *m)
{
    enum { VECTORS = 10, STEPS = 20 };
    static const double at[] = {-0.65, -0.4, -0.1, -0.02, 0.005, 0.1, 0.29, 0.45, 0.75, 0.95};
    struct nai_symmetric op = {m->a, N};
    const double q = nai_student_quantile(0.9998, VECTORS - 1);
    double x[N], mass[N], flat[N], width = 0;
    bool in = true, bounded = true, ordered = true;

    for (size_t i = 0; i < N; i++)
        flat[i] = 1.0 / N;
    for (uint64_t seed = 0; seed < 20; seed++) {
        const struct nai_density_spec spec = {
            .n = N, .vectors = VECTORS, .steps = STEPS, .seed = seed};
        struct nai_density d;
        nai_density_new(&d, &spec, nai_symmetric_product, &op, NULL);
        for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
            const struct nai_share s = nai_density_below(&d, at[k]);
            const double truth = below(m->d, flat, N, at[k]);
            double own = 0;
            for (size_t i = 0; i < VECTORS; i++) {
                start_vector(x, N, seed, i);
                measure(mass, m, x);
                own += below(m->d, mass, N, at[k]) / VECTORS;
            }
            in = in && truth >= s.lo - q * s.se - 1e-12 && truth <= s.hi + q * s.se + 1e-12;
            bounded = bounded && own >= s.lo - 1e-12 && own <= s.hi + 1e-12;
            ordered = ordered && s.lo <= s.share && s.share <= s.hi;
            width += (s.hi - s.lo) / (20 * sizeof at / sizeof *at);
        }
        nai_density_free(&d);
    }
    ok(t, in, "shares of 20 seeds at 10 points, within errors and bounds");
    ok(t, bounded, "the vectors' own shares lie within the bounds");
    ok(t, ordered, "lo <= share <= hi");
    near(t, width, 0, 0.15, "which are near together, as a rule");
}

static void mean_moments(struct tap *t, const struct known *m)
{
    enum { SEEDS = 400, VECTORS = 10 };
    struct nai_symmetric op = {m->a, N};
    const double q = nai_student_quantile(0.975, VECTORS - 1);
    double truth[2] = {0}, sum[2] = {0}, square[2] = {0}, in[2] = {0};

    omp_set_num_threads(1);
    for (size_t i = 0; i < N; i++) {
        truth[0] += m->d[i] / N;
        truth[1] += m->d[i] * m->d[i] / N;
    }
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const struct nai_density_spec spec = {.n = N, .vectors = VECTORS, .steps = 3, .seed = seed};
        struct nai_density d;
        nai_density_new(&d, &spec, nai_symmetric_product, &op, NULL);
        const struct nai_spectral_moments got = nai_density_moments(&d);
        const double value[2] = {got.mean, got.second}, se[2] = {got.mean_se, got.second_se};
        for (int k = 0; k < 2; k++) {
            sum[k] += value[k] - truth[k];
            square[k] += (value[k] - truth[k]) * (value[k] - truth[k]);
            in[k] += fabs(value[k] - truth[k]) <= q * se[k];
        }
        nai_density_free(&d);
    }
    for (int k = 0; k < 2; k++) {
        printf("# moment %d: coverage %.3f, bias %.1f se\n", k + 1, in[k] / SEEDS,
               sum[k] / sqrt(square[k]));
        ok(t, fabs(in[k] / SEEDS - 0.95) <= 0.0436, "95 % intervals hold 95 %");
        ok(t, fabs(sum[k]) <= 4 * sqrt(square[k]), "no bias");
    }
}

/* An operator of few distinct eigenvalues, and how often it was called. */
struct few {
    double value[3];
    size_t n, calls, most, nan_at;
};

static int few_product(double *y, const double *x, size_t k, void *ctx)
{
    struct few *const f = ctx;

    for (size_t i = 0; i < k * f->n; i++)
        y[i] = f->value[i % f->n % 3] * x[i];
    f->most = k > f->most ? k : f->most;
    if (++f->calls == f->nan_at)
        y[k * f->n - 1] = NAN;
    return NAI_OK;
}

static void exhausted(struct tap *t)
{
    static const double values[][3] = {{2, -1, 0.5}, {3, 3, 3}, {0, 0, 0}};
    static const size_t distinct[] = {3, 1, 1}, dims[] = {300, 5, 3, 2, 1};

    for (size_t v = 0; v < 3; v++)
        for (size_t k = 0; k < sizeof dims / sizeof *dims; k++) {
            struct few f = {.value = {values[v][0], values[v][1], values[v][2]}, .n = dims[k]};
            const size_t want = distinct[v] < dims[k] ? distinct[v] : dims[k];
            const struct nai_density_spec spec = {
                .n = f.n, .vectors = 4, .steps = 10, .seed = 3, .block = 3};
            struct nai_density d;
            bool good = true;
            ok(t, nai_density_new(&d, &spec, few_product, &f, NULL) == NAI_OK, "few eigenvalues");
            for (size_t i = 0; i < 4; i++) {
                double sum = 0;
                good = good && d.count[i] == want && d.rest[i] == 0;
                for (size_t j = 0; j < d.steps; j++) {
                    const double node = d.nodes[i * d.steps + j];
                    sum += d.weights[i * d.steps + j];
                    good = good && (j < want ? fabs(node - values[v][0]) < 1e-13 ||
                                                   fabs(node - values[v][1]) < 1e-13 ||
                                                   fabs(node - values[v][2]) < 1e-13
                                             : isnan(node) && d.weights[i * d.steps + j] == 0);
                }
                good = good && fabs(sum - 1) <= 1e-14;
            }
            ok(t, good, "the eigenvalues, and nothing after them");
            ok(t, d.products == 4 * want && f.most <= 3, "no product beyond");
            nai_density_free(&d);
        }
}

static void same(struct tap *t, const struct known *m)
{
    static const size_t block[] = {0, 1, 2, 5, 9};
    enum { VECTORS = 7, STEPS = 12 };
    struct nai_symmetric op = {m->a, N};
    struct nai_density first = {0};

    for (int threads = 1; threads <= 2; threads++)
        for (size_t b = 0; b < sizeof block / sizeof *block; b++) {
            const struct nai_density_spec spec = {
                .n = N, .vectors = VECTORS, .steps = STEPS, .seed = 6, .block = block[b]};
            struct nai_density d;
            omp_set_num_threads(threads);
            nai_density_new(&d, &spec, nai_symmetric_product, &op, NULL);
            if (!first.nodes) {
                first = d;
                continue;
            }
            same_bits(t, d.nodes, first.nodes, VECTORS * STEPS * sizeof *d.nodes, "same nodes");
            same_bits(t, d.weights, first.weights, VECTORS * STEPS * sizeof *d.nodes,
                      "same weights for any threads and block");
            same_bits(t, d.rest, first.rest, VECTORS * sizeof *d.rest, "same rest");
            nai_density_free(&d);
        }
    nai_density_free(&first);
}

static void same_long(struct tap *t)
{
    struct few f = {.value = {1, 0.3, -0.4}, .n = 30011};
    const struct nai_density_spec spec = {.n = f.n, .vectors = 3, .steps = 2, .seed = 6};
    struct nai_density d[2];

    for (int i = 0; i < 2; i++) {
        omp_set_num_threads(i + 1);
        nai_density_new(&d[i], &spec, few_product, &f, NULL);
    }
    same_bits(t, d[0].nodes, d[1].nodes, 6 * sizeof(double), "same nodes in many chunks");
    same_bits(t, d[0].rest, d[1].rest, 3 * sizeof(double), "same rest in many chunks");
    nai_density_free(&d[0]);
    nai_density_free(&d[1]);
}

static void refusals(struct tap *t)
{
    struct few f = {.value = {1, 2, 3}, .n = 100, .nan_at = 2};
    struct nai_density d = {.vectors = 77};
    struct nai_err err = {0};
    struct nai_density_spec spec = {.n = 100, .vectors = 3, .steps = 3};

    ok(t, nai_density_new(&d, &spec, few_product, &f, &err) == NAI_ENUMERIC, "NaN");
    ok(t, strcmp(err.msg, "density: product 6 is not finite") == 0, "the product is named");
    spec.steps = 0;
    ok(t, nai_density_new(&d, &spec, few_product, &f, &err) == NAI_EUSAGE, "no steps");
    f.calls = 0;
    spec = (struct nai_density_spec){.n = 100000000, .vectors = 1000, .steps = 1000};
    ok(t, nai_density_new(&d, &spec, few_product, &f, &err) == NAI_ESYSTEM && f.calls == 0,
       "more memory than there is, before any product");
    ok(t, strstr(err.msg, "Lanczos bases needs ") != NULL, "how much is said");
    spec = (struct nai_density_spec){.n = 100000000, .vectors = SIZE_MAX, .steps = SIZE_MAX};
    ok(t, nai_density_new(&d, &spec, few_product, &f, &err) != NAI_OK, "sizes that overflow");
    ok(t, d.vectors == 77, "untouched on error");
}

static void golden(struct tap *t)
{
    enum { G = GOLDEN_N };
    double *const a = doubles(G * G);
    struct nai_symmetric op = {a, G};
    const struct nai_density_spec spec = {
        .n = G, .vectors = GOLDEN_VECTORS, .steps = GOLDEN_STEPS, .seed = GOLDEN_SEED};
    struct nai_density d;

    for (int i = 0; i < G; i++)
        for (int j = 0; j < G; j++)
            a[i * G + j] = sin((i + 1.0) * (j + 1.0)) / (i + j + 2.0) +
                           (i == j ? 1 / ((i + 1.0) * (i + 1.0)) : 0);
    nai_density_new(&d, &spec, nai_symmetric_product, &op, NULL);
    all_near(t, d.nodes, golden_nodes[0], GOLDEN_VECTORS * GOLDEN_STEPS, 1e-12, "nodes as NumPy");
    all_near(t, d.weights, golden_weights[0], GOLDEN_VECTORS * GOLDEN_STEPS, 1e-12,
             "weights as NumPy");
    all_near(t, d.rest, golden_rest, GOLDEN_VECTORS, 1e-12, "rest as NumPy");
    nai_density_free(&d);
    nai_free(a);
}

int main(void)
{
    struct tap t = {0};
    struct known *const m = known_matrix();

    golden(&t);
    moments(&t, m);
    full(&t, m);
    shares(&t, m);
    exhausted(&t);
    same(&t, m);
    same_long(&t);
    refusals(&t);
    mean_moments(&t, m);
    nai_free(m);
    return done(&t);
}
