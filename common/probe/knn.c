/* knn.c - see knn.h
 * SPDX-License-Identifier: MIT */
#include "knn.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "blas.h"
#include "mem.h"

enum { QUERIES = 256, KEYS = 1024 };

struct near {
    double s;
    size_t i;
};

struct search {
    const struct nai_set *train, *test;
    size_t k;
    double tau;
};

/* Memory of one thread. */
struct room {
    double *q, *x, *s, *z;
    struct near *heap; /* near[QUERIES][k], the worst on top */
};

static bool worse(const struct near *a, const struct near *b)
{
    return a->s < b->s || (a->s == b->s && a->i > b->i);
}

static void sift(struct near *h, size_t n, size_t at)
{
    const struct near it = h[at];

    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && worse(&h[child + 1], &h[child]))
            child++;
        if (!worse(&h[child], &it))
            break;
        h[at] = h[child];
    }
    h[at] = it;
}

/* Rows to unit length. */
static void load_units(double *dst, const struct nai_set *s, size_t first, size_t n)
{
    const size_t ld = s->x->d + 1;

    nai_set_load(dst, s, NULL, first, n);
    for (size_t r = 0; r < n; r++) {
        double *const x = dst + r * ld;
        double most = 0, ss = 0;
        for (size_t j = 0; j + 1 < ld; j++)
            most = fmax(most, fabs(x[j]));
        for (size_t j = 0; most > 0 && j + 1 < ld; j++)
            ss += x[j] / most * (x[j] / most); /* squares neither over- nor underflow */
        for (size_t j = 0; most > 0 && j + 1 < ld; j++)
            x[j] /= most * sqrt(ss);
    }
}

/* Offer the similarities of train rows first.. to a heap that holds min(k, first) rows. */
static void offer(struct near *h, size_t k, const double *s, size_t first, size_t n)
{
    size_t r = 0;

    for (; r < n && first + r < k; r++) {
        h[first + r] = (struct near){s[r], first + r};
        if (first + r + 1 == k)
            for (size_t at = k / 2; at-- > 0;)
                sift(h, k, at);
    }
    for (; r < n; r++)
        if (s[r] > h[0].s) { /* an equal one comes later, and stays out */
            h[0] = (struct near){s[r], first + r};
            sift(h, k, 0);
        }
}

/* The heap, in place, to neighbours from the nearest on. */
static void sort_down(struct near *h, size_t k)
{
    for (size_t n = k; n-- > 1;) {
        const struct near last = h[0];
        h[0] = h[n];
        h[n] = last;
        sift(h, n, 0);
    }
}

static void vote(double *z, const struct search *q, const struct near *h)
{
    const struct nai_set *const t = q->train;
    double sum = 0;

    memset(z, 0, t->k * sizeof *z);
    for (size_t r = 0; r < q->k; r++) {
        const double w = exp((h[r].s - h[0].s) / q->tau); /* relative to the nearest: finite */
        const size_t row = nai_set_row(t, h[r].i);
        sum += w;
        if (t->value)
            for (size_t c = 0; c < t->k; c++)
                z[c] += w * t->value[row * t->k + c];
        else
            z[t->cls[row]] += w;
    }
    for (size_t c = 0; t->value && c < t->k; c++)
        z[c] /= sum;
}

static void block(const struct search *q, const struct room *m, struct nai_verdicts *v,
                  size_t first)
{
    const size_t ld = q->train->x->d + 1, nt = q->train->n;
    const size_t nq = q->test->n - first < QUERIES ? q->test->n - first : QUERIES;

    load_units(m->q, q->test, first, nq);
    for (size_t i = 0; i < nt; i += KEYS) {
        const size_t n = nt - i < KEYS ? nt - i : KEYS;
        load_units(m->x, q->train, i, n);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)nq, (int)n, (int)ld - 1, 1, m->q,
                    (int)ld, m->x, (int)ld, 0, m->s, KEYS);
        for (size_t r = 0; r < nq; r++)
            offer(m->heap + r * q->k, q->k, m->s + r * KEYS, i, n);
    }
    for (size_t r = 0; r < nq; r++) {
        sort_down(m->heap + r * q->k, q->k);
        vote(m->z + r * q->train->k, q, m->heap + r * q->k);
    }
    nai_verdicts_take(v, q->test, first, nq, m->z);
}

static bool room_new(struct room *m, const struct search *q)
{
    const size_t ld = q->train->x->d + 1;

    *m = (struct room){.q = nai_alloc(QUERIES, ld * sizeof(double), "test rows", NULL),
                       .x = nai_alloc(KEYS, ld * sizeof(double), "train rows", NULL),
                       .s = nai_alloc(QUERIES, KEYS * sizeof(double), "similarities", NULL),
                       .z = nai_alloc(QUERIES, q->train->k * sizeof(double), "scores", NULL),
                       .heap = nai_alloc(q->k, QUERIES * sizeof(struct near), "neighbours", NULL)};
    return m->q && m->x && m->s && m->z && m->heap;
}

static void room_free(struct room *m)
{
    nai_free(m->q);
    nai_free(m->x);
    nai_free(m->s);
    nai_free(m->z);
    nai_free(m->heap);
}

int nai_knn_judge(struct nai_verdicts *v, const struct nai_set *train, const struct nai_set *test,
                  size_t k, double tau, struct nai_err *err)
{
    const struct search q = {.train = train, .test = test, .k = k, .tau = tau};
    const size_t blocks = (test->n + QUERIES - 1) / QUERIES;
    bool failed = false;
    int i;

    if (k < 1 || k > train->n)
        return nai_err_set(err, NAI_EUSAGE, "%zu neighbours asked of %zu train rows (--k)", k,
                           train->n);
    if (nai_blas_int(&i, train->x->d + 1, "features", err) != NAI_OK)
        return NAI_EUSAGE;
    if (nai_verdicts_new(v, test, err) != NAI_OK)
        return NAI_ESYSTEM;
#pragma omp parallel reduction(|| : failed)
    {
        struct room m;
        failed = !room_new(&m, &q);
        nai_blas_alone();
#pragma omp for schedule(dynamic)
        for (size_t b = 0; b < blocks; b++)
            if (!failed)
                block(&q, &m, v, b * QUERIES);
        room_free(&m);
    }
    if (!failed)
        return NAI_OK;
    nai_verdicts_free(v);
    return nai_err_set(err, NAI_ESYSTEM, "out of memory for nearest neighbours");
}
