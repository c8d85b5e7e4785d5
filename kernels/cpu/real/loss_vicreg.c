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

void NAI_R(nai_vicreg)(const struct nai_loss_call *c, struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan p = make_plan(s, c->work);
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const bool official = s->vicreg == NAI_VICREG_OFFICIAL;
    /* z_a minus the mean of the others is m / (m - 1) times z_a minus the mean of all */
    const double f = m == 2 || s->leave_one_out ? (double)m / (double)(m - 1) : 1;
    const double inv = s->inv * f * f / (double)(m * (official ? nd : n));
    const double var = s->var / (double)(m * d);
    const double cov = s->cov * (official ? 2 : 1) / (double)(m * d);
    const struct nai_cross cross = {.n = n, .d = d, .k = (double)(n - 1), .off = cov};
    double total[3] = {0};

    NAI_R(nai_mean_view)(m, nd, c->z, p.mean);
    for (size_t a = 0; a < m; a++) {
        const real *const z = c->z + a * nd;
        real *const g = c->dz ? c->dz + a * nd : NULL;
        double sums[2];
        NAI_R(nai_standardise)(n, d, (double)(n - 1), 0, z, p.x, p.var, NULL);
        NAI_R(nai_cross)(c->device, &cross, p.x, p.x, g, NULL, p.cross, sums);
        total[1] += hinge(n, d, var, p.var);
        total[2] += sums[1];
#pragma omp parallel for if (nd > NAI_LOSS_SERIAL)
        for (size_t b = 0; b < n; b++) {
            p.part[b] = NAI_R(nai_distance)(d, z + b * d, p.mean + b * d);
            if (g)
                add_row(d, 2 * inv, z + b * d, p.mean + b * d, p.var, p.x + b * d, g + b * d);
        }
        total[0] += NAI_R(nai_sum_f64)(n, p.part);
    }
    nai_term(value, "invariance", inv * total[0]);
    nai_term(value, "variance", var * total[1]);
    nai_term(value, "covariance", cov * total[2]);
}
