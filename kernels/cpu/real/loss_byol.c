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

void NAI_R(nai_byol)(const struct nai_loss_call *c, struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan p = make_plan(s, c->work);
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const double by = 2 / (double)(n * m * (m - 1));

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
