/* lbfgs.c - see lbfgs.h
 * SPDX-License-Identifier: MIT */
#include "lbfgs.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "mem.h"

enum { PAIRS = 10, TRIES = 40 };

static const double C1 = 1e-4, C2 = 0.9;

/* A point on the line x + a p. */
struct point {
    double a, f, slope;
};

struct state {
    const struct nai_objective *of;
    size_t n, pairs, next; /* pairs held; the slot of the next one */
    double *x, *g, *p, *xt, *gt, *scratch, *s, *y;
    double rho[PAIRS];
    double gamma;
    double f;
    size_t evaluations;
};

static double dot(const double *a, const double *b, size_t n)
{
    double part[8] = {0}; /* independent sums, for speed and accuracy; the order is fixed */
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (size_t l = 0; l < 8; l++)
            part[l] += a[i + l] * b[i + l];
    for (; i < n; i++)
        part[i % 8] += a[i] * b[i];
    return ((part[0] + part[1]) + (part[2] + part[3])) +
           ((part[4] + part[5]) + (part[6] + part[7]));
}

static double largest(const double *g, size_t n)
{
    double m = 0;

    for (size_t i = 0; i < n; i++)
        if (!(fabs(g[i]) <= m)) /* a NaN is taken, and stays */
            m = fabs(g[i]);
    return m;
}

/* p = -H g by the two-loop recursion. */
static void direction(struct state *t)
{
    double alpha[PAIRS];

    for (size_t i = 0; i < t->n; i++)
        t->p[i] = -t->g[i];
    for (size_t k = 0; k < t->pairs; k++) {
        const size_t j = (t->next + PAIRS - 1 - k) % PAIRS;
        alpha[j] = t->rho[j] * dot(t->s + j * t->n, t->p, t->n);
        for (size_t i = 0; i < t->n; i++)
            t->p[i] -= alpha[j] * t->y[j * t->n + i];
    }
    if (t->of->precondition)
        t->of->precondition(t->of->ctx, t->p);
    for (size_t i = 0; i < t->n; i++)
        t->p[i] *= t->gamma;
    for (size_t k = t->pairs; k-- > 0;) {
        const size_t j = (t->next + PAIRS - 1 - k) % PAIRS;
        const double beta = t->rho[j] * dot(t->y + j * t->n, t->p, t->n);
        for (size_t i = 0; i < t->n; i++)
            t->p[i] += (alpha[j] - beta) * t->s[j * t->n + i];
    }
}

/* f at x + a p, into xt and gt. */
static int probe_at(struct state *t, double a, struct point *to, struct nai_err *err)
{
    int rc;

    for (size_t i = 0; i < t->n; i++)
        t->xt[i] = t->x[i] + a * t->p[i];
    t->evaluations++;
    to->a = a;
    rc = t->of->value(t->of->ctx, t->xt, &to->f, t->gt, err);
    to->slope = dot(t->gt, t->p, t->n);
    return rc;
}

/* Where the cubic through both points and their slopes is least, kept off the ends. */
static double cubic(const struct point *l, const struct point *r)
{
    const double d1 = l->slope + r->slope - 3 * (l->f - r->f) / (l->a - r->a);
    const double d2 = copysign(sqrt(d1 * d1 - l->slope * r->slope), r->a - l->a);
    const double a = r->a - (r->a - l->a) * (r->slope + d2 - d1) / (r->slope - l->slope + 2 * d2);
    const double low = fmin(l->a, r->a), width = fabs(r->a - l->a);

    if (!(a >= low + 0.1 * width && a <= low + 0.9 * width)) /* also when a is not a number */
        return low + width / 2;
    return a;
}

/* A step that meets the strong Wolfe conditions; *found is false when there is none to be had. */
static int line_search(struct state *t, double a, bool *found, struct nai_err *err)
{
    const struct point start = {0, t->f, dot(t->g, t->p, t->n)};
    const double slack = 8 * DBL_EPSILON * fabs(t->f);
    struct point low = start, high = {0}, now;
    bool bracketed = false;

    *found = false;
    for (int k = 0; k < TRIES; k++) {
        const int rc = probe_at(t, a, &now, err);
        if (rc != NAI_OK)
            return rc;
        if (!isfinite(now.f) || !isfinite(now.slope)) {
            a = low.a + (a - low.a) / 10;
            continue;
        }
        if (now.f > start.f + C1 * a * start.slope + slack || now.f > low.f + slack) {
            high = now;
            bracketed = true;
        } else if (fabs(now.slope) <= -C2 * start.slope) {
            *found = true;
            t->f = now.f;
            return NAI_OK;
        } else {
            if (bracketed ? now.slope * (high.a - low.a) >= 0 : now.slope >= 0) {
                high = low;
                bracketed = true;
            }
            low = now;
        }
        if (bracketed && fabs(high.a - low.a) <= DBL_EPSILON * fabs(low.a))
            break;
        a = bracketed ? cubic(&low, &high) : 4 * a;
    }
    if (low.f < start.f - slack) { /* a decrease is worth having even so */
        const int rc = probe_at(t, low.a, &now, err);
        *found = rc == NAI_OK;
        t->f = now.f;
        return rc;
    }
    return NAI_OK;
}

/* Keep the step just taken, xt - x and gt - g, and go there. */
static void step(struct state *t)
{
    double *const s = t->s + t->next * t->n, *const y = t->y + t->next * t->n;
    double *const x = t->x, *const g = t->g;
    double sy, yy;

    for (size_t i = 0; i < t->n; i++) {
        s[i] = t->xt[i] - x[i];
        y[i] = t->gt[i] - g[i];
        x[i] = t->xt[i];
        g[i] = t->gt[i];
    }
    sy = dot(s, y, t->n);
    if (!(sy > 0)) /* rounding only: the Wolfe conditions make it positive */
        return;
    memcpy(t->scratch, y, t->n * sizeof *y);
    if (t->of->precondition)
        t->of->precondition(t->of->ctx, t->scratch);
    yy = dot(y, t->scratch, t->n);
    if (yy > 0)
        t->gamma = sy / yy;
    t->rho[t->next] = 1 / sy;
    t->next = (t->next + 1) % PAIRS;
    t->pairs += t->pairs < PAIRS;
}

static int iterate(struct nai_lbfgs *o, struct state *t, struct nai_err *err)
{
    bool found = true;
    int rc = t->of->value(t->of->ctx, t->x, &t->f, t->g, err);

    t->evaluations = 1;
    o->iterations = 0;
    if (rc != NAI_OK)
        return rc;
    o->gmax = largest(t->g, t->n);
    if (!isfinite(t->f) || !isfinite(o->gmax))
        return nai_err_set(err, NAI_ENUMERIC, "the objective is not finite where it starts");
    while (o->gmax > o->tol && o->iterations < o->max_iter) {
        double first = 1;
        direction(t);
        if (!(dot(t->p, t->g, t->n) < 0)) { /* rounding: start afresh, once */
            if (t->pairs == 0)
                break;
            t->pairs = 0;
            continue;
        }
        if (t->pairs == 0 && !t->of->precondition)
            first = 1 / sqrt(dot(t->g, t->g, t->n));
        rc = line_search(t, first, &found, err);
        if (rc != NAI_OK)
            return rc;
        if (!found) {
            if (t->pairs == 0)
                break;
            t->pairs = 0;
            continue;
        }
        step(t);
        o->iterations++;
        o->gmax = largest(t->g, t->n);
    }
    o->f = t->f;
    o->evaluations = t->evaluations;
    o->converged = o->gmax <= o->tol;
    return NAI_OK;
}

int nai_lbfgs_run(struct nai_lbfgs *o, double *x, const struct nai_objective *f,
                  struct nai_err *err)
{
    struct state t = {.of = f, .n = f->n, .x = x, .gamma = 1};
    double *const room = nai_alloc(f->n, (5 + 2 * PAIRS) * sizeof *room, "L-BFGS", err);
    int rc;

    if (!room)
        return NAI_ESYSTEM;
    t.g = room;
    t.p = room + f->n;
    t.xt = room + 2 * f->n;
    t.gt = room + 3 * f->n;
    t.scratch = room + 4 * f->n;
    t.s = room + 5 * f->n;
    t.y = room + (5 + PAIRS) * f->n;
    rc = iterate(o, &t, err);
    nai_free(room);
    return rc;
}
