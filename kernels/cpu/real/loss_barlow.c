/* loss_barlow.c - Barlow Twins with two views and with many
 * SPDX-License-Identifier: MIT
 *
 * u_a are the embeddings z_a as bt_norm makes them, k the divisor of their products:
 *   official  each view standardised with its biased variance and eps 1e-5, k = n (Zbontar et al.
 *             2021 and their code: BatchNorm1d without parameters)
 *   thesis    each view centred, k = n - 1 (eq. 2.29, 47-48; the text there and eq. 28 suppose
 *             (f_i, f_i) = 1, which these formulas do not bring about)
 *   fastssl   rows of norm 1, standardised over all views together with the unbiased variance and
 *             no eps, k = n (the authors' code; a constant dimension gives NaN there and here)
 *
 * Form cross, on + beta off:
 *   m = 2   C = u_1^T u_2 / k; on = sum_i (C_ii - 1)^2, off = sum_{i != j} C_ij^2
 *   m > 2   w = (1/m) sum_a u_a; on = (1/m) sum_a sum_i ((1/k) sum_b u_abi w_bi - 1)^2, off =
 *           sum_{i != j} (w^T w / k)_ij^2 (the authors' code, for more than two views)
 *   m > 2, leave-one-out   w_a = the mean of the other views, C_a = u_a^T w_a / k; on and off the
 *           means over a of what they are for m = 2 (the authors' code's loop, which it runs for
 *           two views only; there both products are C and its transpose, so this is the m = 2 form)
 *
 * over_d divides both forms by d. Form eq10, any m: (1/n) sum_b sum_a ||u_ab - w_b||^2 + beta
 * sum_{i != j} (w^T w / k)_ij^2, the constraint (f_i, f_j) = delta_ij of eq. 10 becoming a penalty
 * as eq. 26 becomes 27. Its diagonal holds by itself where u is standardised; for `thesis` it does
 * not (u = 0 would be the minimum), and beta sum_i ((w^T w / k)_ii - 1)^2 is added.
 *
 * The tangent: tu_a of tz_a, then what each form's gradient by u changes by, then that of the
 * standardisation's way back. The views are combined linearly, so what combines u, or the gradients
 * by it, combines their tangents too; nai_cross_tangent has the products, mean_form_row_tangent the
 * diagonal of many views.
 */
#include <string.h>

#include "loss_parts.h"
#include "tile.h"

struct plan {
    real *u;          /* [m][n][d] */
    real *w, *gw;     /* [n][d]: the mean view; the gradient by it, or by the mean of the others */
    real *v, *sum;    /* [n][d]: leave-one-out: the mean of the others; the sum of the gradients */
    real *cross;      /* nai_cross's */
    double *scale;    /* f64[m][d], of the standardisation; for fastssl [d] */
    double *row;      /* f64[m n]: fastssl's norms */
    double *diagonal; /* f64[m][d] */
    size_t count;
};

/* What the whole loss is multiplied by. */
static double unit(const struct nai_loss_spec *s)
{
    return s->over_d ? 1 / (double)s->d : 1;
}

static bool is_pair(const struct nai_loss_spec *s)
{
    return s->bt_form == NAI_BT_CROSS && (s->views == 2 || s->leave_one_out);
}

/* The divisor k, and what is asked of the cross-products. */
static struct nai_cross cross_of(const struct nai_loss_spec *s)
{
    const double by = unit(s) * (is_pair(s) && s->views > 2 ? 1 / (double)s->views : 1);
    const bool diagonal = s->bt_form == NAI_BT_EQ10 && s->bt_norm == NAI_BT_THESIS;

    return (struct nai_cross){.n = s->n,
                              .d = s->d,
                              .k = (double)(s->bt_norm == NAI_BT_THESIS ? s->n - 1 : s->n),
                              .on = is_pair(s) ? by
                                    : diagonal ? by * s->beta
                                               : 0,
                              .off = by * s->beta};
}

static struct plan make_plan(const struct nai_loss_spec *s, real *work)
{
    struct nai_pieces p = {.base = work};
    const size_t m = s->views, nd = s->n * s->d;
    const bool two = s->bt_form == NAI_BT_CROSS && m == 2;
    struct plan r = {.u = nai_piece(&p, m * nd)};

    r.w = nai_piece(&p, two ? 0 : nd);
    r.gw = nai_piece(&p, two ? 0 : nd);
    r.v = nai_piece(&p, is_pair(s) && !two ? nd : 0);
    r.sum = nai_piece(&p, is_pair(s) && !two ? nd : 0);
    r.cross = nai_piece(&p, NAI_R(nai_cross_count)(s->n, s->d, !is_pair(s)));
    r.scale = nai_piece_f64(&p, m * s->d);
    r.row = nai_piece_f64(&p, s->bt_norm == NAI_BT_FASTSSL ? m * s->n : 0);
    r.diagonal = nai_piece_f64(&p, m * s->d);
    r.count = p.used;
    return r;
}

size_t NAI_R(nai_barlow_count)(const struct nai_loss_spec *s)
{
    return make_plan(s, NULL).count;
}

static void normalise(const struct nai_loss_call *c, const struct plan *p)
{
    const struct nai_loss_spec *const s = c->s;
    const size_t m = s->views, n = s->n, d = s->d;

    if (s->bt_norm == NAI_BT_FASTSSL) {
        NAI_R(nai_unit_rows)(m * n, d, c->z, p->u, p->row);
        NAI_R(nai_standardise)(m * n, d, (double)(m * n - 1), 0, p->u, p->u, NULL, p->scale);
        return;
    }
    for (size_t a = 0; a < m; a++)
        NAI_R(nai_standardise)
    (n, d, (double)n, 1e-5, c->z + a * n * d, p->u + a * n * d, NULL,
     s->bt_norm == NAI_BT_THESIS ? NULL : p->scale + a * d);
}

/* Back from gradients by u to gradients by z. Those of centred embeddings already sum to zero over
 * the batch, for they are combinations of centred columns. */
static void normalise_back(const struct nai_loss_call *c, const struct plan *p)
{
    const struct nai_loss_spec *const s = c->s;
    const size_t m = s->views, n = s->n, d = s->d;

    if (s->bt_norm == NAI_BT_OFFICIAL)
        for (size_t a = 0; a < m; a++)
            NAI_R(nai_standardise_back)
    (n, d, (double)n, p->u + a * n * d, p->scale + a * d, c->dz + a * n * d);
    if (s->bt_norm == NAI_BT_FASTSSL) {
        NAI_R(nai_standardise_back)(m * n, d, (double)(m * n - 1), p->u, p->scale, c->dz);
        NAI_R(nai_unit_rows)(m * n, d, c->z, p->u, p->row);
        NAI_R(nai_unit_rows_back)(m * n, d, p->u, p->row, c->dz);
    }
}

/* out = (m w - x) / (m - 1): the mean of the other views from that of all. */
static void others(size_t m, size_t count, const real *w, const real *x, real *out)
{
    const real f = (real)m, by = (real)(m - 1);

#pragma omp parallel for if (count > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < NAI_LOSS_PARTS; p++)
        for (size_t i = nai_part(count, p); i < nai_part(count, p + 1); i++)
            out[i] = (f * w[i] - x[i]) / by;
}

/* sum += g (= g at first), x -= g / (m - 1). */
static void share_out(bool first, size_t m, size_t count, const real *g, real *x, real *sum)
{
    const real by = 1 / (real)(m - 1);

#pragma omp parallel for if (count > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < NAI_LOSS_PARTS; p++)
        for (size_t i = nai_part(count, p); i < nai_part(count, p + 1); i++) {
            sum[i] = first ? g[i] : sum[i] + g[i];
            x[i] -= by * g[i];
        }
}

static void add_to_all(size_t m, size_t count, real by, const real *sum, real *x)
{
#pragma omp parallel for if (m * count > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < NAI_LOSS_PARTS; p++)
        for (size_t a = 0; a < m; a++)
            for (size_t i = nai_part(count, p); i < nai_part(count, p + 1); i++)
                x[a * count + i] += by * sum[i];
}

/* Form cross of two views, or of each view with the mean of the others. */
static void pairs(const struct nai_loss_call *c, const struct plan *p, double total[2])
{
    const struct nai_loss_spec *const s = c->s;
    const size_t m = s->views, nd = s->n * s->d;
    const struct nai_cross cross = cross_of(s);

    if (m == 2) {
        double sums[2];
        NAI_R(nai_cross)
        (c->device, &cross, p->u, p->u + nd, c->dz, c->dz ? c->dz + nd : NULL, p->cross, sums);
        total[0] = cross.on * sums[0];
        total[1] = cross.off * sums[1];
        return;
    }
    NAI_R(nai_mean_view)(m, nd, p->u, p->w);
    for (size_t a = 0; a < m; a++) {
        real *const g = c->dz ? c->dz + a * nd : NULL;
        double sums[2];
        others(m, nd, p->w, p->u + a * nd, p->v);
        NAI_R(nai_cross)(c->device, &cross, p->u + a * nd, p->v, g, p->gw, p->cross, sums);
        total[0] += cross.on * sums[0];
        total[1] += cross.off * sums[1];
        if (g)
            share_out(a == 0, m, nd, p->gw, g, p->sum);
    }
    if (c->dz)
        add_to_all(m, nd, 1 / (real)(m - 1), p->sum, c->dz);
}

/* g_a = e_a w + (gw + sum_c e_c u_c) / m of one row; gw is used up. */
NAI_CLONES static void mean_form_row(size_t m, size_t d, size_t nd, const double *e, const real *u,
                                     const real *restrict w, real *restrict gw, real *restrict g)
{
    const real by = 1 / (real)m;

    for (size_t a = 0; a < m; a++)
        for (size_t i = 0; i < d; i++)
            gw[i] += (real)e[a * d + i] * u[a * nd + i];
    for (size_t a = 0; a < m; a++)
        for (size_t i = 0; i < d; i++)
            g[a * nd + i] = (real)e[a * d + i] * w[i] + by * gw[i];
}

/* Form cross of many views. */
static void mean_form(const struct nai_loss_call *c, const struct plan *p, double total[2])
{
    const struct nai_loss_spec *const s = c->s;
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const struct nai_cross cross = cross_of(s);
    double *const e = p->diagonal;
    double sums[2];

    NAI_R(nai_mean_view)(m, nd, p->u, p->w);
    for (size_t a = 0; a < m; a++)
        NAI_R(nai_column_dots)(n, d, p->u + a * nd, p->w, e + a * d);
    for (size_t i = 0; i < m * d; i++) {
        const double over = e[i] / cross.k - 1;
        total[0] += unit(s) * over * over / (double)m;
        e[i] = 2 * unit(s) * over / ((double)m * cross.k);
    }
    NAI_R(nai_cross)(c->device, &cross, p->w, p->w, c->dz ? p->gw : NULL, NULL, p->cross, sums);
    total[1] = cross.off * sums[1];
    if (c->dz) {
#pragma omp parallel for if (m * nd > NAI_LOSS_SERIAL)
        for (size_t b = 0; b < n; b++)
            mean_form_row(m, d, nd, e, p->u + b * d, p->w + b * d, p->gw + b * d, c->dz + b * d);
    }
}

/* g = f (x - w) + by gw. */
NAI_CLONES static void distance_row(size_t d, real f, const real *restrict x,
                                    const real *restrict w, real by, const real *restrict gw,
                                    real *restrict g)
{
    for (size_t i = 0; i < d; i++)
        g[i] = f * (x[i] - w[i]) + by * gw[i];
}

/* Form eq10. */
static void distance_form(const struct nai_loss_call *c, const struct plan *p,
                          struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const double inv = unit(s) / (double)n;
    const struct nai_cross cross = cross_of(s);
    double sums[2], part[NAI_LOSS_PARTS];

    NAI_R(nai_mean_view)(m, nd, p->u, p->w);
    NAI_R(nai_cross)(c->device, &cross, p->w, p->w, c->dz ? p->gw : NULL, NULL, p->cross, sums);
#pragma omp parallel for if (m * nd > NAI_LOSS_SERIAL)
    for (size_t q = 0; q < NAI_LOSS_PARTS; q++) {
        part[q] = 0;
        for (size_t r = nai_part(m * n, q); r < nai_part(m * n, q + 1); r++) {
            const real *const u = p->u + r * d, *const w = p->w + r % n * d;
            part[q] += NAI_R(nai_distance)(d, u, w);
            if (c->dz)
                distance_row(d, (real)(2 * inv), u, w, 1 / (real)m, p->gw + r % n * d,
                             c->dz + r * d);
        }
    }
    nai_term(value, "invariance", inv * nai_add_parts(part));
    nai_term(value, "off_diagonal", cross.off * sums[1]);
    if (s->bt_norm == NAI_BT_THESIS)
        nai_term(value, "diagonal", cross.on * sums[0]);
}

void NAI_R(nai_barlow)(const struct nai_loss_call *c, struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan p = make_plan(s, c->work);
    double total[2] = {0};

    normalise(c, &p);
    if (s->bt_form == NAI_BT_EQ10)
        distance_form(c, &p, value);
    else {
        (is_pair(s) ? pairs : mean_form)(c, &p, total);
        nai_term(value, "on_diagonal", total[0]);
        nai_term(value, "off_diagonal", total[1]);
    }
    if (c->dz)
        normalise_back(c, &p);
}

struct tangent_plan {
    struct plan p, t; /* values, and what they change by */
    real *g;          /* [m][n][d]: the gradient */
    size_t count;
};

static struct tangent_plan make_tangent_plan(const struct nai_loss_spec *s, real *work)
{
    struct tangent_plan r = {.p = make_plan(s, work)};
    struct nai_pieces pieces = {.base = work, .used = 2 * r.p.count};

    r.t = make_plan(s, work ? work + r.p.count : NULL);
    r.g = nai_piece(&pieces, s->views * s->n * s->d);
    r.count = pieces.used;
    return r;
}

size_t NAI_R(nai_barlow_tangent_count)(const struct nai_loss_spec *s)
{
    return make_tangent_plan(s, NULL).count;
}

/* u = z over its norms, and tu. */
static void unit_rows_tangent(const struct nai_loss_call *c, const struct tangent_plan *q)
{
    const size_t rows = c->s->views * c->s->n, d = c->s->d;

    NAI_R(nai_unit_rows)(rows, d, c->z, q->p.u, q->p.row);
    memcpy(q->t.u, c->tz, rows * d * sizeof *q->t.u);
    NAI_R(nai_unit_rows_tangent)(rows, d, q->p.u, q->p.row, q->t.u, q->t.row);
}

static void normalise_tangent(const struct nai_loss_call *c, const struct tangent_plan *q)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan *const p = &q->p, *const t = &q->t;
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;

    if (s->bt_norm == NAI_BT_FASTSSL) {
        const double divisor = (double)(m * n - 1);
        unit_rows_tangent(c, q);
        NAI_R(nai_standardise)(m * n, d, divisor, 0, p->u, p->u, NULL, p->scale);
        NAI_R(nai_standardise_tangent)(m * n, d, divisor, p->u, p->scale, t->u, t->scale);
        return;
    }
    normalise(c, p);
    memcpy(t->u, c->tz, m * nd * sizeof *t->u);
    for (size_t a = 0; a < m; a++) {
        const struct nai_dual u = {p->u + a * nd, t->u + a * nd};
        double *const scale = p->scale + a * d, *const tscale = t->scale + a * d;
        if (s->bt_norm == NAI_BT_OFFICIAL)
            NAI_R(nai_standardise_tangent)(n, d, (double)n, u.x, scale, u.t, tscale);
        else
            NAI_R(nai_standardise)(n, d, (double)n, 0, u.t, u.t, NULL, NULL);
    }
}

static void normalise_back_tangent(const struct nai_loss_call *c, const struct tangent_plan *q)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan *const p = &q->p, *const t = &q->t;
    const struct nai_dual u = {p->u, t->u}, g = {q->g, c->tdz};
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;

    for (size_t a = 0; a < m && s->bt_norm == NAI_BT_OFFICIAL; a++) {
        const struct nai_dual ua = nai_dual_at(u, a * nd), ga = nai_dual_at(g, a * nd);
        const double *const scale = p->scale + a * d, *const tscale = t->scale + a * d;
        NAI_R(nai_standardise_back_tangent)(n, d, (double)n, ua, scale, tscale, ga);
    }
    if (s->bt_norm == NAI_BT_FASTSSL) {
        const double divisor = (double)(m * n - 1);
        NAI_R(nai_standardise_back_tangent)(m * n, d, divisor, u, p->scale, t->scale, g);
        unit_rows_tangent(c, q);
        NAI_R(nai_unit_rows_back_tangent)(m * n, d, u, p->row, t->row, g);
    }
}

/* The three forms: q->g and tdz become the gradient by u and what it changes by. */
static void pairs_tangent(const struct nai_loss_call *c, const struct tangent_plan *q)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan *const p = &q->p, *const t = &q->t;
    const struct nai_dual u = {p->u, t->u}, v = {p->v, t->v}, g = {q->g, c->tdz};
    const struct nai_dual gw = {p->gw, t->gw}, work = {p->cross, t->cross};
    const struct nai_cross cross = cross_of(s);
    const size_t m = s->views, nd = s->n * s->d;

    if (m == 2) {
        NAI_R(nai_cross_tangent)
        (c->device, &cross, u, nai_dual_at(u, nd), g, nai_dual_at(g, nd), work);
        return;
    }
    NAI_R(nai_mean_view)(m, nd, p->u, p->w);
    NAI_R(nai_mean_view)(m, nd, t->u, t->w);
    for (size_t a = 0; a < m; a++) {
        const struct nai_dual ua = nai_dual_at(u, a * nd), ga = nai_dual_at(g, a * nd);
        others(m, nd, p->w, ua.x, v.x);
        others(m, nd, t->w, ua.t, v.t);
        NAI_R(nai_cross_tangent)(c->device, &cross, ua, v, ga, gw, work);
        share_out(a == 0, m, nd, gw.x, ga.x, p->sum);
        share_out(a == 0, m, nd, gw.t, ga.t, t->sum);
    }
    add_to_all(m, nd, 1 / (real)(m - 1), p->sum, g.x);
    add_to_all(m, nd, 1 / (real)(m - 1), t->sum, g.t);
}

/* As mean_form_row: tg_a = te_a w + e_a tw + (tgw + sum_c (te_c u_c + e_c tu_c)) / m. */
NAI_CLONES static void mean_form_row_tangent(size_t m, size_t d, size_t nd, const double *e,
                                             const double *te, struct nai_dual u, struct nai_dual w,
                                             struct nai_dual gw, struct nai_dual g)
{
    const real by = 1 / (real)m;

    mean_form_row(m, d, nd, e, u.x, w.x, gw.x, g.x);
    for (size_t a = 0; a < m; a++)
        for (size_t i = 0; i < d; i++)
            gw.t[i] += (real)te[a * d + i] * u.x[a * nd + i] + (real)e[a * d + i] * u.t[a * nd + i];
    for (size_t a = 0; a < m; a++)
        for (size_t i = 0; i < d; i++)
            g.t[a * nd + i] =
                (real)te[a * d + i] * w.x[i] + (real)e[a * d + i] * w.t[i] + by * gw.t[i];
}

static void mean_form_tangent(const struct nai_loss_call *c, const struct tangent_plan *q)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan *const p = &q->p, *const t = &q->t;
    const struct nai_dual u = {p->u, t->u}, w = {p->w, t->w}, gw = {p->gw, t->gw};
    const struct nai_dual g = {q->g, c->tdz}, none = {0}, work = {p->cross, t->cross};
    const struct nai_cross cross = cross_of(s);
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const double by = 2 * unit(s) / ((double)m * cross.k);
    double *const e = p->diagonal, *const te = t->diagonal;

    NAI_R(nai_mean_view)(m, nd, u.x, w.x);
    NAI_R(nai_mean_view)(m, nd, u.t, w.t);
    for (size_t a = 0; a < m; a++) {
        NAI_R(nai_column_dots)(n, d, u.t + a * nd, w.x, te + a * d);
        NAI_R(nai_column_dots)(n, d, u.x + a * nd, w.t, e + a * d);
    }
    for (size_t i = 0; i < m * d; i++)
        te[i] = by * (te[i] + e[i]) / cross.k;
    for (size_t a = 0; a < m; a++)
        NAI_R(nai_column_dots)(n, d, u.x + a * nd, w.x, e + a * d);
    for (size_t i = 0; i < m * d; i++)
        e[i] = by * (e[i] / cross.k - 1);
    NAI_R(nai_cross_tangent)(c->device, &cross, w, w, gw, none, work);
#pragma omp parallel for if (m * nd > NAI_LOSS_SERIAL)
    for (size_t b = 0; b < n; b++)
        mean_form_row_tangent(m, d, nd, e, te, nai_dual_at(u, b * d), nai_dual_at(w, b * d),
                              nai_dual_at(gw, b * d), nai_dual_at(g, b * d));
}

static void distance_form_tangent(const struct nai_loss_call *c, const struct tangent_plan *q)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan *const p = &q->p, *const t = &q->t;
    const struct nai_dual w = {p->w, t->w}, gw = {p->gw, t->gw}, none = {0};
    const struct nai_dual work = {p->cross, t->cross};
    const struct nai_cross cross = cross_of(s);
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const real f = (real)(2 * unit(s) / (double)n), by = 1 / (real)m;

    NAI_R(nai_mean_view)(m, nd, p->u, w.x);
    NAI_R(nai_mean_view)(m, nd, t->u, w.t);
    NAI_R(nai_cross_tangent)(c->device, &cross, w, w, gw, none, work);
#pragma omp parallel for if (m * nd > NAI_LOSS_SERIAL)
    for (size_t r = 0; r < m * n; r++) {
        const size_t b = r % n * d;
        distance_row(d, f, p->u + r * d, w.x + b, by, gw.x + b, q->g + r * d);
        distance_row(d, f, t->u + r * d, w.t + b, by, gw.t + b, c->tdz + r * d);
    }
}

void NAI_R(nai_barlow_tangent)(const struct nai_loss_call *c)
{
    const struct nai_loss_spec *const s = c->s;
    const struct tangent_plan q = make_tangent_plan(s, c->work);

    normalise_tangent(c, &q);
    if (s->bt_form == NAI_BT_EQ10)
        distance_form_tangent(c, &q);
    else
        (is_pair(s) ? pairs_tangent : mean_form_tangent)(c, &q);
    normalise_back_tangent(c, &q);
}
