/* trace.c - test of trace.h: matrices of known spectra, coverage of the intervals, golden values
 * SPDX-License-Identifier: MIT */
#include "trace.h"

#include <omp.h>

#include "eig.h"
#include "golden_estimators.h"
#include "powerlaw.h"
#include "spectral.h"

enum { N = 100, SEEDS = 400, METHODS = 3 };

static const char *const method_name[METHODS] = {"Hutch++", "Hutchinson", "XTrace"};

/* A matrix with its trace and its norm squared. */
struct known {
    const char *name;
    double *a; /* f64[n][n] */
    size_t n;
    double trace, fro2;
};

enum spectrum { POWER, STEEP, INDEFINITE, FLAT, LOW_RANK, MULTIPLE, GAP, ZERO, SPECTRA };

static const char *const spectrum_name[SPECTRA] = {
    "j^-1", "j^-2", "random signs", "flat", "rank 5", "three values", "gap at 15", "zero"};

static double eigenvalue(enum spectrum which, size_t j, size_t n)
{
    const double k = (double)j + 1;

    switch (which) {
    case POWER:
        return 1 / k;
    case STEEP:
        return 1 / (k * k);
    case INDEFINITE:
        return (j % 3 ? 1 : -1) * (1 + k / (double)n);
    case FLAT:
        return 1 + k / (double)n;
    case LOW_RANK:
        return j < 5 ? (j % 2 ? -k : k) : 0;
    case MULTIPLE:
        return j < 7 ? 5 : j < 40 ? 1 : -0.5;
    case GAP:
        return j < 15 ? 10 : j < 50 ? 0.1 : -0.05;
    default:
        return 0;
    }
}

/* V diag(d) V^T with V of a random symmetric matrix's eigenvectors. */
static struct known matrix(enum spectrum which, size_t n)
{
    struct known m = {.name = spectrum_name[which], .n = n, .a = doubles(n * n)};
    double *const v = normals(n * n, 7), *const scratch = doubles(n);

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            v[j * n + i] = v[i * n + j];
    nai_eig_vectors(scratch, v, n, NULL);
    for (size_t k = 0; k < n; k++) {
        const double d = eigenvalue(which, k, n);
        m.trace += d;
        m.fro2 += d * d;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                m.a[i * n + j] += d * v[k * n + i] * v[k * n + j];
    }
    nai_free(v);
    nai_free(scratch);
    return m;
}

static struct known diagonal(double first, double step, size_t n)
{
    struct known m = {.name = step != 0 ? "diagonal" : "identity", .n = n, .a = doubles(n * n)};

    for (size_t i = 0; i < n; i++) {
        const double d = first + step * (double)i;
        m.a[i * n + i] = d;
        m.trace += d;
        m.fro2 += d * d;
    }
    return m;
}

/* What an operator of the tests does besides its product. */
struct watched {
    struct nai_symmetric m;
    size_t products, most; /* taken, in one call */
    size_t nan_at, fail_at;
    struct nai_err *err;
};

static int watched_product(double *y, const double *x, size_t k, void *ctx)
{
    struct watched *const w = ctx;

    nai_symmetric_product(y, x, k, &w->m);
    for (size_t i = 0; i < k; i++)
        if (++w->products == w->nan_at)
            y[i * w->m.n] = NAN;
    w->most = k > w->most ? k : w->most;
    if (w->fail_at > 0 && w->products >= w->fail_at)
        return nai_err_set(w->err, NAI_ESTOPPED, "enough of it");
    return NAI_OK;
}

static struct nai_trace estimate(const struct known *m, size_t probes, unsigned method,
                                 uint64_t seed)
{
    struct nai_trace_spec spec = {.n = m->n, .probes = probes, .method = method, .seed = seed};
    struct nai_symmetric op = {m->a, m->n};
    struct nai_trace out = {.trace = NAN, .fro = NAN};

    nai_trace(&out, &spec, nai_symmetric_product, &op, NULL);
    return out;
}

/* Half the interval of a given confidence, and some rounding. */
static double half(double p, double se, const struct nai_trace *t, double size)
{
    const double q = t->samples > 1 ? nai_student_quantile(p, (double)t->samples - 1) : 0;

    return q * se + 1e-12 * (1 + fabs(size));
}

static void within(struct tap *t, const struct known *m, size_t probes)
{
    char what[100];

    for (unsigned method = 0; method < METHODS; method++) {
        const struct nai_trace e = estimate(m, probes, method, 3);
        snprintf(what, sizeof what, "%s, n = %zu, %zu probes, %s: the trace", m->name, m->n, probes,
                 method_name[method]);
        near(t, e.trace, m->trace, half(0.9999, e.trace_se, &e, m->trace), what);
        snprintf(what, sizeof what, "%s, n = %zu, %zu probes, %s: the norm", m->name, m->n, probes,
                 method_name[method]);
        near(t, e.fro, sqrt(m->fro2), half(0.9999, e.fro_se, &e, m->fro2), what);
        ok(t, e.products <= probes, "no more products than probes");
    }
}

static void spectra(struct tap *t)
{
    for (unsigned which = 0; which < SPECTRA; which++) {
        struct known m = matrix(which, N);
        within(t, &m, 40);
        nai_free(m.a);
    }
    for (size_t n = 1; n <= 30; n += n < 8 ? 1 : 11) { /* fewer dimensions than probes, and more */
        struct known some[] = {diagonal(1, 0, n), diagonal(-3, 0.7, n), diagonal(0, 0, n),
                               matrix(POWER, n)};
        for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
            within(t, &some[i], 6);
            within(t, &some[i], 20);
            nai_free(some[i].a);
        }
    }
}

static void exact_cases(struct tap *t)
{
    struct known low = matrix(LOW_RANK, N), small = matrix(POWER, 12), id = diagonal(1, 0, N);

    for (unsigned method = NAI_HUTCHPP; method <= NAI_XTRACE; method += NAI_XTRACE - NAI_HUTCHPP) {
        struct nai_trace e = estimate(&low, 30, method, 5);
        near(t, e.trace, low.trace, 1e-10, "low rank: the trace is exact");
        near(t, e.fro, sqrt(low.fro2), 1e-10, "low rank: the norm is exact");
        ok(t, e.trace_se <= 1e-10 && e.fro_se <= 1e-10, "and known to be");
        ok(t, e.products == (method == NAI_HUTCHPP ? 10 + 5 + 10 : 15 + 5),
           "vectors of the sketch beyond the rank are dropped");
        e = estimate(&small, 12, method, 5);
        near(t, e.trace, small.trace, 1e-13, "as many probes as dimensions: exact trace");
        near(t, e.fro, sqrt(small.fro2), 1e-13, "as many probes as dimensions: exact norm");
        ok(t, e.samples == 0 && e.trace_se == 0 && e.fro_se == 0 && e.products == 12,
           "by the unit vectors");
        ok(t, estimate(&small, 11, method, 5).samples > 0, "one probe less is an estimate");
    }
    const struct nai_trace e = estimate(&id, 2, NAI_HUTCHINSON, 5);
    near(t, e.trace, N, 1e-11, "Hutchinson of a diagonal is exact");
    near(t, e.trace_se, 0, 1e-11, "and its error 0");
    nai_free(low.a);
    nai_free(small.a);
    nai_free(id.a);
}

/* Over many seeds: how often the intervals hold the truth, bias, and size of the error. */
struct record {
    double trace, fro;      /* coverage */
    double bias, fro2_bias; /* mean error, in its standard errors */
    double rms;             /* error of the trace */
};

static struct record record(const struct known *m, size_t probes, unsigned method)
{
    struct record r = {0};
    double sum[2] = {0}, square[2] = {0};

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const struct nai_trace e = estimate(m, probes, method, seed);
        const double error[2] = {e.trace - m->trace, e.fro * e.fro - m->fro2};
        r.trace += fabs(error[0]) <= half(0.975, e.trace_se, &e, m->trace);
        r.fro += fabs(e.fro - sqrt(m->fro2)) <= half(0.975, e.fro_se, &e, m->fro2);
        for (int k = 0; k < 2; k++) {
            sum[k] += error[k];
            square[k] += error[k] * error[k];
        }
    }
    r.trace /= SEEDS;
    r.fro /= SEEDS;
    r.bias = sum[0] / sqrt(square[0]);
    r.fro2_bias = sum[1] / sqrt(square[1]);
    r.rms = sqrt(square[0] / SEEDS);
    printf("# %-12s %-10s %2zu probes: coverage %.3f, norm %.3f; bias %.1f, %.1f se; rms %.2e\n",
           m->name, method_name[method], probes, r.trace, r.fro, r.bias, r.fro2_bias, r.rms);
    return r;
}

/* Four binomial standard errors about 95 %: where samples are close to normal. Elsewhere, and for
 * XTrace, whose samples share their basis, the least coverage that the header states. */
static void coverage(struct tap *t)
{
    static const struct {
        enum spectrum which;
        size_t probes;
        double least[METHODS];
    } cases[] = {
        {FLAT, 30, {0.906, 0.906, 0.85}},     {INDEFINITE, 30, {0.906, 0.906, 0.85}},
        {MULTIPLE, 30, {0.906, 0.906, 0.75}}, {POWER, 90, {0.906, 0.906, 0.75}},
        {POWER, 12, {0.85, 0.85, 0.75}},      {STEEP, 30, {0.85, 0.85, 0.75}},
        {GAP, 30, {0.85, 0.85, 0.4}},
    };

    omp_set_num_threads(1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct known m = matrix(cases[i].which, N);
        struct record r[METHODS];
        for (unsigned method = 0; method < METHODS; method++) {
            r[method] = record(&m, cases[i].probes, method);
            ok(t, r[method].trace >= cases[i].least[method] && r[method].trace <= 0.994,
               "intervals of the trace");
            ok(t, r[method].fro >= cases[i].least[method] - 0.05 && r[method].fro <= 0.994,
               "intervals of the norm");
            ok(t, fabs(r[method].bias) <= 4 && fabs(r[method].fro2_bias) <= 4, "no bias");
        }
        if (cases[i].which == STEEP) {
            ok(t, r[NAI_HUTCHPP].rms < 0.1 * r[NAI_HUTCHINSON].rms, "Hutch++ beats Hutchinson");
            ok(t, r[NAI_XTRACE].rms < r[NAI_HUTCHPP].rms, "XTrace beats Hutch++");
        }
        nai_free(m.a);
    }
}

static void same(struct tap *t)
{
    static const size_t block[] = {0, 1, 2, 7, 1000};
    struct known m = matrix(INDEFINITE, N);

    for (unsigned method = 0; method < METHODS; method++) {
        struct nai_trace first = {0};
        for (int threads = 1; threads <= 2; threads++)
            for (size_t b = 0; b < sizeof block / sizeof *block; b++) {
                struct nai_trace_spec spec = {
                    .n = N, .probes = 31, .method = method, .seed = 2, .block = block[b]};
                struct watched op = {.m = {m.a, N}};
                struct nai_trace e;
                omp_set_num_threads(threads);
                nai_trace(&e, &spec, watched_product, &op, NULL);
                if (threads == 1 && b == 0)
                    first = e;
                same_bits(t, &e, &first, sizeof e, "same bits for any threads and block");
                ok(t, op.products == e.products && (block[b] == 0 || op.most <= block[b]),
                   "products counted, no more than a block at a time");
            }
    }
    nai_free(m.a);
}

/* An operator longer than the chunks that threads take. */
static int long_product(double *y, const double *x, size_t k, void *ctx)
{
    const size_t n = *(const size_t *)ctx;

    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < n; j++)
            y[i * n + j] = x[i * n + j] / (double)(j + 1) + x[i * n + (n - 1 - j)] * 0.01;
    return NAI_OK;
}

static void same_long(struct tap *t)
{
    size_t n = 50001;

    for (unsigned method = 0; method < METHODS; method++) {
        struct nai_trace e[2];
        for (int threads = 1; threads <= 2; threads++) {
            struct nai_trace_spec spec = {.n = n, .probes = 24, .method = method, .seed = 2};
            omp_set_num_threads(threads);
            nai_trace(&e[threads - 1], &spec, long_product, &n, NULL);
        }
        same_bits(t, &e[0], &e[1], sizeof *e, "same bits in many chunks");
    }
}

static void says(struct tap *t, const struct nai_err *err, const char *want)
{
    if (!ok(t, strcmp(err->msg, want) == 0, want))
        printf("# got: %s\n", err->msg);
}

static void refusals(struct tap *t)
{
    static const char *const few[METHODS] = {
        "Hutch++ needs at least 6 probes, not 5",
        "Hutchinson's estimator needs at least 2 probes, not 1",
        "XTrace needs at least 4 probes, not 3"};
    struct known m = matrix(POWER, N);
    struct nai_err err = {0};
    struct nai_trace e = {.trace = 7};

    for (unsigned method = 0; method < METHODS; method++) {
        struct nai_trace_spec spec = {.n = N, .method = method};
        struct watched op = {.m = {m.a, N}};
        spec.probes = method == NAI_HUTCHPP ? 5 : method == NAI_XTRACE ? 3 : 1;
        ok(t, nai_trace(&e, &spec, watched_product, &op, &err) == NAI_EUSAGE, "too few probes");
        says(t, &err, few[method]);
        spec.probes++;
        ok(t, nai_trace(&e, &spec, watched_product, &op, &err) == NAI_OK, "just enough");
        spec.probes = 30;
        for (size_t at = 1; at <= 21; at += 20) {
            char want[60];
            op = (struct watched){.m = {m.a, N}, .nan_at = at};
            e.trace = 7;
            ok(t, nai_trace(&e, &spec, watched_product, &op, &err) == NAI_ENUMERIC, "NaN");
            snprintf(want, sizeof want, "trace: product %zu is not finite", at);
            says(t, &err, want);
            near(t, e.trace, 7, 0, "untouched on error");
        }
        op = (struct watched){.m = {m.a, N}, .fail_at = 8, .err = &err};
        spec.block = 5;
        ok(t, nai_trace(&e, &spec, watched_product, &op, &err) == NAI_ESTOPPED,
           "the operator's status");
        says(t, &err, "trace: products 6 to 10: enough of it");
    }
    ok(t,
       nai_trace(&e, &(struct nai_trace_spec){.probes = 9}, watched_product, NULL, &err) ==
           NAI_EUSAGE,
       "dimension 0");
    nai_free(m.a);
}

static void golden(struct tap *t)
{
    struct known m = {.n = GOLDEN_N, .a = doubles(GOLDEN_N * GOLDEN_N)};

    for (int i = 0; i < GOLDEN_N; i++)
        for (int j = 0; j < GOLDEN_N; j++)
            m.a[i * GOLDEN_N + j] = sin((i + 1.0) * (j + 1.0)) / (i + j + 2.0) +
                                    (i == j ? 1 / ((i + 1.0) * (i + 1.0)) : 0);
    for (unsigned method = 0; method < METHODS; method++) {
        const struct nai_trace e = estimate(&m, GOLDEN_PROBES, method, GOLDEN_SEED);
        const double got[4] = {e.trace, e.trace_se, e.fro, e.fro_se};
        all_near(t, got, golden_trace[method], 4, 1e-12, "as NumPy has it, by definition");
    }
    nai_free(m.a);
}

int main(void)
{
    struct tap t = {0};

    golden(&t);
    spectra(&t);
    exact_cases(&t);
    same(&t);
    same_long(&t);
    refusals(&t);
    coverage(&t);
    return done(&t);
}
