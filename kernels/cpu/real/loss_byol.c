/* loss_byol.c - predictions against the target network's embeddings
 * SPDX-License-Identifier: MIT
 *
 * p_a are the predictions, t_a the targets (no gradient), each over its norm:
 *
 *   L = (1/n) sum_b (1/(m (m - 1))) sum_{a != c} (2 - 2 <p_ab, t_cb>)
 *
 * Grill et al. 2020, eq. 2, made symmetric by each view's prediction meeting every other view's
 * target. With two views it is half of their L + L~, and the mean of what the thesis's authors'
 * code computes for one direction (eq. 2.28).
 */
#include <string.h>

#include "loss_parts.h"
#include "tile.h"

struct plan {
    real *u, *t;   /* [m][n][d] */
    real *sum;     /* [n][d] */
    double *scale; /* f64[m n] */
    double *row;   /* f64[m n]; f64[n] of it are used */
    size_t count;
};

static struct plan make_plan(const struct nai_loss_spec *s, real *work)
{
    struct nai_pieces p = {.base = work};
    const size_t rows = s->views * s->n;
    struct plan r = {.u = nai_piece(&p, rows * s->d)};

    r.t = nai_piece(&p, rows * s->d);
    r.sum = nai_piece(&p, s->n * s->d);
    r.scale = nai_piece_f64(&p, rows);
    r.row = nai_piece_f64(&p, rows);
    r.count = p.used;
    return r;
}

size_t NAI_R(nai_byol_count)(const struct nai_loss_spec *s)
{
    return make_plan(s, NULL).count;
}

/* The sum over views of <p_a, the sum of the others' t>, of image b; t_a becomes that sum. */
NAI_CLONES static double image(size_t m, size_t d, size_t nd, const real *restrict u,
                               real *restrict t, real *restrict sum)
{
    double cosines = 0;

    for (size_t i = 0; i < d; i++)
        sum[i] = t[i];
    for (size_t a = 1; a < m; a++)
        for (size_t i = 0; i < d; i++)
            sum[i] += t[a * nd + i];
    for (size_t a = 0; a < m; a++) {
        for (size_t i = 0; i < d; i++)
            t[a * nd + i] = sum[i] - t[a * nd + i];
        cosines += NAI_R(nai_dot)(d, u + a * nd, t + a * nd);
    }
    return cosines;
}

static double weight(const struct nai_loss_spec *s)
{
    return 2 / (double)(s->n * s->views * (s->views - 1));
}

void NAI_R(nai_byol)(const struct nai_loss_call *c, struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan p = make_plan(s, c->work);
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const double by = weight(s);

    NAI_R(nai_unit_rows)(m * n, d, c->z, p.u, p.scale);
    NAI_R(nai_unit_rows)(m * n, d, c->target, p.t, p.row);
#pragma omp parallel for if (m * nd > NAI_LOSS_SERIAL)
    for (size_t b = 0; b < n; b++)
        p.row[b] = image(m, d, nd, p.u + b * d, p.t + b * d, p.sum + b * d);
    nai_term(value, "distance", 2 - by * NAI_R(nai_sum_f64)(n, p.row));
    if (!c->dz)
        return;
#pragma omp parallel for if (m * nd > NAI_LOSS_SERIAL)
    for (size_t r = 0; r < m * n; r++)
        for (size_t i = 0; i < d; i++)
            c->dz[r * d + i] = -(real)by * p.t[r * d + i];
    NAI_R(nai_unit_rows_back)(m * n, d, p.u, p.scale, c->dz);
}

struct tangent_plan {
    struct plan p;
    real *u;       /* [m][n][d]: what p.u changes by */
    double *scale; /* f64[m n]: what p.scale changes by */
    size_t count;
};

static struct tangent_plan make_tangent_plan(const struct nai_loss_spec *s, real *work)
{
    struct tangent_plan r = {.p = make_plan(s, work)};
    struct nai_pieces pieces = {.base = work, .used = r.p.count};

    r.u = nai_piece(&pieces, s->views * s->n * s->d);
    r.scale = nai_piece_f64(&pieces, s->views * s->n);
    r.count = pieces.used;
    return r;
}

size_t NAI_R(nai_byol_tangent_count)(const struct nai_loss_spec *s)
{
    return make_tangent_plan(s, NULL).count;
}

/* The gradient by u, -(2 / (n m (m - 1))) times the sum of the others' t, is constant: what is left
 * is the tangent of its way back through the norm. */
void NAI_R(nai_byol_tangent)(const struct nai_loss_call *c)
{
    const struct nai_loss_spec *const s = c->s;
    const struct tangent_plan t = make_tangent_plan(s, c->work);
    const struct nai_dual u = {t.p.u, t.u}, g = {t.p.t, c->tdz};
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const real by = (real)weight(s);

    NAI_R(nai_unit_rows)(m * n, d, c->z, u.x, t.p.scale);
    memcpy(u.t, c->tz, m * nd * sizeof *u.t);
    NAI_R(nai_unit_rows_tangent)(m * n, d, u.x, t.p.scale, u.t, t.scale);
    NAI_R(nai_unit_rows)(m * n, d, c->target, g.x, t.p.row);
#pragma omp parallel for if (m * nd > NAI_LOSS_SERIAL)
    for (size_t b = 0; b < n; b++)
        image(m, d, nd, u.x + b * d, g.x + b * d, t.p.sum + b * d);
#pragma omp parallel for if (m * nd > NAI_LOSS_SERIAL)
    for (size_t r = 0; r < m * n; r++)
        for (size_t i = r * d; i < (r + 1) * d; i++) {
            g.x[i] *= -by;
            g.t[i] = 0;
        }
    NAI_R(nai_unit_rows_back_tangent)(m * n, d, u, t.p.scale, t.scale, g);
}
