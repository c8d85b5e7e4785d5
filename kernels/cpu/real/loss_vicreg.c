/* loss_vicreg.c - variance, invariance, covariance
 * SPDX-License-Identifier: MIT
 *
 *   invariance  inv I:  m = 2   I = ||z_1 - z_2||^2 / N
 *                       m > 2   I = (1/m) sum_a ||z_a - w||^2 / N, w the mean view; leave-one-out:
 *                               w_a the mean of the other views, of which m = 2 is a case (the
 *                               authors' code)
 *   variance    var (1/m) sum_a (1/d) sum_i max(0, 1 - sqrt(Var(z_a)_i + 1e-4)), Var unbiased
 *   covariance  cov f (1/m) sum_a (1/d) sum_{i != j} Cov(z_a)_ij^2, Cov with 1 / (n - 1)
 *
 *   official  N = n d, f = 2: for two views their sum (Bardes et al. 2022; the paper's eq. 6 and
 *             their code, which also halves the sum of the two hinges)
 *   thesis    N = n, f = 1 (eq. 2.30, 49), so the invariance is d times that of `official` and the
 *             covariance half. There mu weighs both invariance and variance and the covariance
 *             has weight 1: inv = var = mu, cov = 1. Its Stdev has no eps; here it keeps 1e-4.
 *
 * f stays with m, so that the weights keep their meaning.
 *
 * The invariance is quadratic: its tangent is its gradient, of tz. With x a view, centred, and S^2
 * = Var + 1e-4, the gradient of a hinge that is not at 0 is -x_i / ((n - 1) S_i), its tangent
 * -tx_i / ((n - 1) S_i) + x_i <x_i, tx_i> / ((n - 1)^2 S_i^3).
 */
#include <math.h>

#include "loss_parts.h"
#include "tile.h"

struct plan {
    real *mean;   /* [n][d]: the mean view */
    real *x;      /* [n][d]: a view, centred */
    real *cross;  /* nai_cross's */
    double *var;  /* f64[d]; then what multiplies x in the gradient */
    double *part; /* f64[n]: squared distances of a view's rows */
    size_t count;
};

static struct plan make_plan(const struct nai_loss_spec *s, real *work)
{
    struct nai_pieces p = {.base = work};
    struct plan r = {.mean = nai_piece(&p, s->n * s->d)};

    r.x = nai_piece(&p, s->n * s->d);
    r.cross = nai_piece(&p, NAI_R(nai_cross_count)(s->n, s->d, true));
    r.var = nai_piece_f64(&p, s->d);
    r.part = nai_piece_f64(&p, s->n);
    r.count = p.used;
    return r;
}

size_t NAI_R(nai_vicreg_count)(const struct nai_loss_spec *s)
{
    return make_plan(s, NULL).count;
}

/* The hinge, summed over dimensions; var becomes f d hinge / d z = f * var' * x. */
static double hinge(size_t n, size_t d, double f, double *var)
{
    double sum = 0;

    for (size_t i = 0; i < d; i++) {
        const double sd = sqrt(var[i] + 1e-4);
        const bool below = !(sd >= 1); /* NaN counts, and shows */
        sum += below ? 1 - sd : 0;
        var[i] = below ? -f / ((double)(n - 1) * sd) : 0;
    }
    return sum;
}

/* g += f (z - mean) + by x. */
NAI_CLONES static void add_row(size_t d, double f, const real *restrict z,
                               const real *restrict mean, const double *restrict by,
                               const real *restrict x, real *restrict g)
{
    for (size_t i = 0; i < d; i++)
        g[i] += (real)(f * ((double)z[i] - (double)mean[i]) + by[i] * (double)x[i]);
}

/* What squared distances, hinges and squared covariances are multiplied by. */
struct weights {
    double inv, var, cov;
};

static struct weights weights(const struct nai_loss_spec *s)
{
    const size_t m = s->views, n = s->n, d = s->d;
    const bool official = s->vicreg == NAI_VICREG_OFFICIAL;
    /* z_a minus the mean of the others is m / (m - 1) times z_a minus the mean of all */
    const double f = m == 2 || s->leave_one_out ? (double)m / (double)(m - 1) : 1;

    return (struct weights){.inv = s->inv * f * f / (double)(m * (official ? n * d : n)),
                            .var = s->var / (double)(m * d),
                            .cov = s->cov * (official ? 2 : 1) / (double)(m * d)};
}

void NAI_R(nai_vicreg)(const struct nai_loss_call *c, struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan p = make_plan(s, c->work);
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const struct weights f = weights(s);
    const struct nai_cross cross = {.n = n, .d = d, .k = (double)(n - 1), .off = f.cov};
    double total[3] = {0};

    NAI_R(nai_mean_view)(m, nd, c->z, p.mean);
    for (size_t a = 0; a < m; a++) {
        const real *const z = c->z + a * nd;
        real *const g = c->dz ? c->dz + a * nd : NULL;
        double sums[2];
        NAI_R(nai_standardise)(n, d, (double)(n - 1), 0, z, p.x, p.var, NULL);
        NAI_R(nai_cross)(c->device, &cross, p.x, p.x, g, NULL, p.cross, sums);
        total[1] += hinge(n, d, f.var, p.var);
        total[2] += sums[1];
#pragma omp parallel for if (nd > NAI_LOSS_SERIAL)
        for (size_t b = 0; b < n; b++) {
            p.part[b] = NAI_R(nai_distance)(d, z + b * d, p.mean + b * d);
            if (g)
                add_row(d, 2 * f.inv, z + b * d, p.mean + b * d, p.var, p.x + b * d, g + b * d);
        }
        total[0] += NAI_R(nai_sum_f64)(n, p.part);
    }
    nai_term(value, "invariance", f.inv * total[0]);
    nai_term(value, "variance", f.var * total[1]);
    nai_term(value, "covariance", f.cov * total[2]);
}

size_t NAI_R(nai_vicreg_tangent_count)(const struct nai_loss_spec *s)
{
    return 2 * make_plan(s, NULL).count;
}

/* As hinge; tvar, the sum over the batch of x tx, becomes what var then changes by. */
static void hinge_tangent(size_t n, size_t d, double f, double *var, double *tvar)
{
    const double k = (double)(n - 1);

    for (size_t i = 0; i < d; i++) {
        const double sd = sqrt(var[i] + 1e-4);
        tvar[i] *= !(sd >= 1) ? f / (k * k * sd * sd * sd) : 0;
    }
    hinge(n, d, f, var);
}

void NAI_R(nai_vicreg_tangent)(const struct nai_loss_call *c)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan p = make_plan(s, c->work), t = make_plan(s, c->work + p.count);
    const struct nai_dual x = {p.x, t.x}, work = {p.cross, t.cross}, none = {0};
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const struct weights f = weights(s);
    const struct nai_cross cross = {.n = n, .d = d, .k = (double)(n - 1), .off = f.cov};

    NAI_R(nai_mean_view)(m, nd, c->tz, t.mean);
    for (size_t a = 0; a < m; a++) {
        const real *const tz = c->tz + a * nd;
        real *const tg = c->tdz + a * nd;
        NAI_R(nai_standardise)(n, d, (double)(n - 1), 0, c->z + a * nd, x.x, p.var, NULL);
        NAI_R(nai_standardise)(n, d, (double)(n - 1), 0, tz, x.t, NULL, NULL);
        NAI_R(nai_cross_tangent)(c->device, &cross, x, x, (struct nai_dual){.t = tg}, none, work);
        NAI_R(nai_column_dots)(n, d, x.x, x.t, t.var);
        hinge_tangent(n, d, f.var, p.var, t.var);
#pragma omp parallel for if (nd > NAI_LOSS_SERIAL)
        for (size_t b = 0; b < n; b++)
            add_row(d, 2 * f.inv, tz + b * d, t.mean + b * d, p.var, x.t + b * d, tg + b * d);
        NAI_R(nai_add_columns)(n, d, t.var, x.x, tg);
    }
}
