/* auggraph.c - the augmentation graph of four instances (thesis, appendix C.3); see synth.h
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eig.h"
#include "rng.h"
#include "synth_parts.h"

enum { NODES = 4 };

struct state {
    double p[NODES]; /* rho', mu', nu', delta' */
    size_t samples, views;
    uint64_t seed;
};

/* Instances 0, 1 are of one class, 2, 3 of the other; 0, 2 look alike, as do 1, 3. With bit 1 the
 * class and bit 0 the look, i xor j says how two differ: 1 mu, 2 nu, 3 delta, as in eq. 45. */
static size_t draw(struct nai_rng *r, const double p[NODES], size_t from)
{
    const double u = nai_rng_uniform(r);
    double sum = 0;

    for (size_t k = 0; k < NODES - 1; k++) {
        sum += p[k];
        if (u < sum)
            return from ^ k;
    }
    return from ^ (NODES - 1);
}

/* w = D^-1/2 W D^-1/2 with W = E a^T a over instances (eq. 39, 41); a node never seen stays apart.
 */
static void adjacency(double *w, const double *a)
{
    double d[NODES] = {0};

    for (size_t i = 0; i < NODES; i++)
        for (size_t x = 0; x < NODES; x++)
            d[x] += a[i * NODES + x] / NODES;
    for (size_t x = 0; x < NODES; x++)
        for (size_t y = 0; y < NODES; y++) {
            double sum = 0;
            for (size_t i = 0; i < NODES; i++)
                sum += a[i * NODES + x] * a[i * NODES + y] / NODES;
            w[x * NODES + y] = sum > 0 ? sum / sqrt(d[x] * d[y]) : 0;
        }
}

/* One graph: a, w, rho, mu, nu, delta, lambda. */
static int one_graph(const struct nai_synth *s, const struct state *t, uint64_t row, size_t at,
                     struct nai_err *err)
{
    double *const a = (double *)s->field[0] + at * NODES * NODES;
    double *const w = (double *)s->field[1] + at * NODES * NODES;
    double *const lambda = (double *)s->field[6] + at * NODES;
    double copy[NODES * NODES], mean[NODES] = {0};

    memset(a, 0, NODES * NODES * sizeof *a);
    for (size_t i = 0; i < NODES; i++) {
        struct nai_rng r;
        nai_rng_init(&r, t->seed, "augmentations", row * NODES + i);
        for (size_t k = 0; k < t->samples; k++)
            a[i * NODES + draw(&r, t->p, i)] += 1;
        for (size_t x = 0; x < NODES; x++)
            a[i * NODES + x] = t->samples ? a[i * NODES + x] / (double)t->samples : t->p[i ^ x];
    }
    adjacency(w, a);
    for (size_t x = 0; x < NODES; x++)
        for (size_t y = 0; y < NODES; y++)
            mean[x ^ y] += w[x * NODES + y] / NODES;
    for (size_t k = 0; k < NODES; k++)
        ((double *)s->field[2 + k])[at] = mean[k];
    memcpy(copy, w, sizeof copy);
    return nai_eig_values(lambda, NULL, copy, NODES, NULL, 0, err);
}

static int fill_graphs(struct nai_synth *s, uint64_t first, struct nai_err *err)
{
    const struct state *const t = s->state;
    int rc = NAI_OK;

    for (size_t i = 0; rc == NAI_OK && i < NAI_SYNTH_BLOCK; i++)
        rc = one_graph(s, t, first + i, i, err);
    return rc;
}

static int fill_views(struct nai_synth *s, uint64_t first, struct nai_err *err)
{
    const struct state *const t = s->state;
    double *const x = s->field[0];
    int32_t *const y = s->field[1], *const group = s->field[2];
    uint64_t *const id = s->field[3];

    (void)err;
    memset(x, 0, NAI_SYNTH_BLOCK * t->views * NODES * sizeof *x);
    for (size_t i = 0; i < NAI_SYNTH_BLOCK; i++) {
        const size_t node = (first + i) % NODES;
        struct nai_rng r;
        nai_rng_init(&r, t->seed, "augmented views", first + i);
        for (size_t v = 0; v < t->views; v++)
            x[(i * t->views + v) * NODES + draw(&r, t->p, node)] = 1;
        y[i] = (int32_t)(node >> 1);
        group[i] = (int32_t)(node & 1);
        id[i] = first + i;
    }
    return NAI_OK;
}

/* Of the graph itself: eq. 46's entries from eq. 45's, for A is symmetric and W = A^2. */
static json_t *describe(const struct nai_synth_spec *o)
{
    const double *const p = o->graph;
    double w[NODES] = {0}, lambda[NODES] = {0};

    for (size_t i = 0; i < NODES; i++)
        for (size_t j = 0; j < NODES; j++)
            w[i ^ j] += p[i] * p[j];
    for (size_t k = 0; k < NODES; k++)
        for (size_t j = 0; j < NODES; j++) /* Walsh: signs + + + +, + + - -, + - + -, + - - + */
            lambda[k] += (((k >> 1) & j & 1) ^ (((k & 1) & (j >> 1)) & 1) ? -1 : 1) * w[j];
    return json_pack("{sI,sI,so,s{sf,sf,sf,sf},so}", "samples", (json_int_t)o->samples, "views",
                     (json_int_t)o->views, "augmentations", nai_synth_reals(p, NODES), "graph",
                     "rho", w[0], "mu", w[1], "nu", w[2], "delta", w[3], "lambda",
                     nai_synth_reals(lambda, NODES));
}

static int declare(struct nai_synth *s, const struct nai_synth_spec *o, struct nai_err *err)
{
    static const char *const scalar[] = {"rho", "mu", "nu", "delta"};
    const uint64_t square[2] = {NODES, NODES}, views[2] = {o->views, NODES}, four[1] = {NODES};
    int rc;

    if (o->views) {
        rc = nai_synth_field(s, "x", NAI_F64, 2, views, err);
        if (rc == NAI_OK)
            rc = nai_synth_field(s, "y", NAI_I32, 0, NULL, err);
        if (rc == NAI_OK)
            rc = nai_synth_field(s, "group", NAI_I32, 0, NULL, err);
        return rc == NAI_OK ? nai_synth_field(s, "id", NAI_U64, 0, NULL, err) : rc;
    }
    rc = nai_synth_field(s, "a", NAI_F64, 2, square, err);
    if (rc == NAI_OK)
        rc = nai_synth_field(s, "w", NAI_F64, 2, square, err);
    for (size_t k = 0; rc == NAI_OK && k < 4; k++)
        rc = nai_synth_field(s, scalar[k], NAI_F64, 0, NULL, err);
    return rc == NAI_OK ? nai_synth_field(s, "lambda", NAI_F64, 1, four, err) : rc;
}

int nai_synth_auggraph(struct nai_synth *s, const struct nai_synth_spec *o, struct nai_err *err)
{
    struct state *const t = calloc(1, sizeof *t);
    const double sum = o->graph[0] + o->graph[1] + o->graph[2] + o->graph[3];
    int rc = t ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    *s = (struct nai_synth){
        .state = t, .fill = o->views ? fill_views : fill_graphs, .free_state = free};
    if (rc == NAI_OK && !(fabs(sum - 1) <= 1e-9))
        rc = nai_err_set(err, NAI_EUSAGE, "rho' + mu' + nu' + delta' is %.10g, not 1", sum);
    if (rc == NAI_OK && o->views == 1)
        rc = nai_err_set(err, NAI_EUSAGE, "at least 2 views of each instance");
    if (rc == NAI_OK) {
        *t = (struct state){.samples = o->samples, .views = o->views, .seed = o->seed};
        memcpy(t->p, o->graph, sizeof t->p);
        rc = nai_synth_begin(s, o->views ? "views" : "dataset", "auggraph", o, describe(o), err);
    }
    return rc == NAI_OK ? declare(s, o, err) : rc;
}
