/* loss_supervised.c - cross-entropy of labels, squared error against a target
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "loss_parts.h"
#include "tile.h"

struct plan {
    double *row;    /* f64[m n] */
    double *smooth; /* f64[m n] */
    double *hit;    /* f64[m n]: 1 where the label has the largest logit */
    size_t count;
};

static struct plan make_plan(const struct nai_loss_spec *s, real *work)
{
    struct nai_pieces p = {.base = work};
    const size_t rows = s->views * s->n;
    struct plan r = {.row = nai_piece_f64(&p, rows)};

    r.smooth = nai_piece_f64(&p, rows);
    r.hit = nai_piece_f64(&p, rows);
    r.count = p.used;
    return r;
}

size_t NAI_R(nai_ce_count)(const struct nai_loss_spec *s)
{
    return make_plan(s, NULL).count;
}

size_t NAI_R(nai_mse_count)(const struct nai_loss_spec *s)
{
    (void)s;
    return 1;
}

/* One row of logits: -log p_y, the mean of -log p_k over classes, and whether y leads (of equal
 * ones the first does); g = by (p - (1 - smoothing) [k = y] - smoothing / d). */
static void classify(const struct nai_loss_spec *s, const real *x, size_t y, double by, real *g,
                     double *nll, double *smooth, double *hit)
{
    const size_t d = s->d;
    size_t top = 0;
    double sum = 0, all = 0;

    for (size_t k = 1; k < d; k++)
        top = x[k] > x[top] ? k : top;
    for (size_t k = 0; k < d; k++) {
        const double e = (double)x[k] - (double)x[top], p = exp(e);
        sum += p;
        all += e;
        if (g)
            g[k] = (real)p;
    }
    *nll = log(sum) - ((double)x[y] - (double)x[top]);
    *smooth = log(sum) - all / (double)d;
    *hit = top == y;
    for (size_t k = 0; g && k < d; k++)
        g[k] = (real)(by * ((double)g[k] / sum - s->smoothing / (double)d -
                            (k == y ? 1 - s->smoothing : 0)));
}

/*
 * The mean over the m n rows of (1 - e) (-log p_y) + e (1/d) sum_k (-log p_k), p the softmax of the
 * logits, e the smoothing: torch.nn.functional.cross_entropy with label_smoothing (Szegedy et al.
 * 2016, section 7).
 */
void NAI_R(nai_ce)(const struct nai_loss_call *c, struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan p = make_plan(s, c->work);
    const size_t rows = s->views * s->n, d = s->d;
    const double by = 1 / (double)rows;

#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t r = 0; r < rows; r++)
        classify(s, c->z + r * d, (size_t)c->labels[r % s->n], by, c->dz ? c->dz + r * d : NULL,
                 p.row + r, p.smooth + r, p.hit + r);
    nai_term(value, "likelihood", (1 - s->smoothing) * by * NAI_R(nai_sum_f64)(rows, p.row));
    if (s->smoothing > 0)
        nai_term(value, "smoothing", s->smoothing * by * NAI_R(nai_sum_f64)(rows, p.smooth));
    value->correct = (size_t)NAI_R(nai_sum_f64)(rows, p.hit);
}

size_t NAI_R(nai_ce_tangent_count)(const struct nai_loss_spec *s)
{
    (void)s;
    return 1;
}

/* One row of logits: g = by p (t - <p, t>), p the softmax of x. */
static void classify_tangent(size_t d, const real *x, const real *t, double by, real *g)
{
    real most = x[0];
    double sum = 0, dot = 0;

    for (size_t k = 1; k < d; k++)
        most = x[k] > most ? x[k] : most;
    for (size_t k = 0; k < d; k++) {
        const double p = exp((double)x[k] - (double)most);
        sum += p;
        dot += p * (double)t[k];
        g[k] = (real)p;
    }
    for (size_t k = 0; k < d; k++)
        g[k] = (real)(by * ((double)g[k] / sum) * ((double)t[k] - dot / sum));
}

/* (1 / (m n)) (diag p - p p^T) tz of each row: the labels, smoothed or not, add what is linear. */
void NAI_R(nai_ce_tangent)(const struct nai_loss_call *c)
{
    const size_t rows = c->s->views * c->s->n, d = c->s->d;
    const double by = 1 / (double)rows;

#pragma omp parallel for if (rows * d > NAI_LOSS_SERIAL)
    for (size_t r = 0; r < rows; r++)
        classify_tangent(d, c->z + r * d, c->tz + r * d, by, c->tdz + r * d);
}

/* g = f (x - t). */
NAI_CLONES static void difference(size_t count, double f, const real *restrict x,
                                  const real *restrict t, real *restrict g)
{
    for (size_t i = 0; i < count; i++)
        g[i] = (real)(f * ((double)x[i] - (double)t[i]));
}

/* The mean over all m n d elements of (z - target)^2, or their sum: torch.nn.functional.mse_loss.
 * The thesis's chapter 8 uses both, without a half. */
void NAI_R(nai_mse)(const struct nai_loss_call *c, struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const size_t count = s->views * s->n * s->d;
    const double by = s->sum ? 1 : 1 / (double)count;
    double part[NAI_LOSS_PARTS];

#pragma omp parallel for if (count > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < NAI_LOSS_PARTS; p++) {
        const size_t i = nai_part(count, p), size = nai_part(count, p + 1) - i;
        part[p] = NAI_R(nai_distance)(size, c->z + i, c->target + i);
        if (c->dz)
            difference(size, 2 * by, c->z + i, c->target + i, c->dz + i);
    }
    nai_term(value, "squared_error", by * nai_add_parts(part));
}

size_t NAI_R(nai_mse_tangent_count)(const struct nai_loss_spec *s)
{
    (void)s;
    return 1;
}

/* 2 tz, over the number of elements or not. */
void NAI_R(nai_mse_tangent)(const struct nai_loss_call *c)
{
    const size_t count = c->s->views * c->s->n * c->s->d;
    const double by = c->s->sum ? 1 : 1 / (double)count;

#pragma omp parallel for if (count > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < NAI_LOSS_PARTS; p++)
        for (size_t i = nai_part(count, p); i < nai_part(count, p + 1); i++)
            c->tdz[i] = (real)(2 * by * (double)c->tz[i]);
}
