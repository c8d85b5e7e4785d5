/* hessian_steps.c - what a step with an approximate gradient does to the loss
 * SPDX-License-Identifier: MIT
 *
 * A step is dt (-g + b beta + s n), beta of norm sqrt(N), n a unit vector, s = sigma sqrt(f(N)).
 * The loss after it, less that after dt (-g), is by its second order (Lemma 2.1), with H symmetric,
 *
 *   b <g, beta> dt + b^2 <beta, H beta> dt^2 / 2 - b <g, H beta> dt^2 + s^2 Tr(H) dt^2 / 2N
 *
 * on average over n; at one n, with s^2 <n, H n> for s^2 Tr(H) / N, and
 * s <g, n> dt - s <g, H n> dt^2 + b s <beta, H n> dt^2 more. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "direction.h"
#include "eig.h"
#include "hessian_parts.h"
#include "mem.h"

enum { SMALL = 256 }; /* parameters of which the whole matrix is made */

/* What is known of the point that the steps start from. */
struct point {
    struct nai_curve *c;
    size_t n;
    double dt, after; /* after: the loss after the step of the gradient itself */
    double *matrix;   /* f64[n][n] where n is small, or NULL */
    double *beta, *hbeta, *hg, *noise, *hnoise, *w, *sum; /* f64[n] each */
    double gg, gb, gHg, gHb, bHb;
    struct nai_trace trace;
    double most, least; /* extreme eigenvalues, NaN when not asked for */
};

/* One sigma and b, and what came out. */
struct step {
    double sigma, bias; /* as given */
    double b, s;        /* in units of the gradient's elements and norm */
    size_t draws, fell;
    double linear, quadratic, cross, variance;
    double measured, measured_se, taylor, change;
};

static double dot(size_t n, const double *x, const double *y)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static int times(struct point *p, double *y, const double *x)
{
    if (!p->matrix)
        return nai_curve_product(y, x, 1, p->c);
    for (size_t i = 0; i < p->n; i++)
        y[i] = dot(p->n, p->matrix + i * p->n, x);
    return NAI_OK;
}

/* ---- the point ---- */

static void free_point(struct point *p)
{
    double *const all[] = {p->matrix, p->beta, p->hbeta, p->hg, p->noise, p->hnoise, p->w, p->sum};

    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        nai_free(all[k]);
}

static int allocate(struct point *p, struct nai_err *err)
{
    double **const all[] = {&p->beta, &p->hbeta, &p->hg, &p->noise, &p->hnoise, &p->w, &p->sum};

    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        *all[k] = nai_alloc(p->n, sizeof **all[k], "a step", err);
        if (!*all[k])
            return NAI_ESYSTEM;
    }
    return NAI_OK;
}

/* Trace, norm and extreme eigenvalues from the matrix itself. */
static int from_matrix(struct point *p, struct nai_err *err)
{
    double *a, *lambda = nai_alloc(p->n, sizeof *lambda, "eigenvalues", err);
    int rc = lambda ? nai_hessian_matrix(&p->matrix, p->c, 2, err) : NAI_ESYSTEM;

    a = rc == NAI_OK ? nai_alloc(p->n, p->n * sizeof *a, "the matrix", err) : NULL;
    if (rc == NAI_OK && !a)
        rc = NAI_ESYSTEM;
    if (rc == NAI_OK) {
        memcpy(a, p->matrix, p->n * p->n * sizeof *a);
        p->trace.fro = sqrt(dot(p->n * p->n, a, a));
        for (size_t i = 0; i < p->n; i++)
            p->trace.trace += a[i * p->n + i];
        rc = nai_eig_values(lambda, NULL, a, p->n, NULL, 0, err);
    }
    if (rc == NAI_OK) {
        p->most = lambda[0];
        p->least = lambda[p->n - 1];
    }
    nai_free(a);
    nai_free(lambda);
    return rc;
}

static int by_products(struct point *p, struct nai_hessian *h, struct nai_err *err)
{
    const struct nai_hessian_opts *const o = h->o;
    const struct nai_trace_spec trace = {.n = p->n,
                                         .probes = o->probes,
                                         .method = o->method,
                                         .seed = h->cli->seed,
                                         .block = p->c->room};
    const struct nai_lanczos ends = {.n = p->n,
                                     .top = 1,
                                     .bottom = 1,
                                     .max_steps = o->max_steps,
                                     .tol = o->tol,
                                     .seed = h->cli->seed};
    struct nai_ritz end[2];
    int rc = nai_trace(&p->trace, &trace, nai_curve_product, p->c, err);

    p->most = p->least = NAN;
    if (rc != NAI_OK || !o->take.limits)
        return rc;
    rc = nai_lanczos(end, NULL, NULL, &ends, nai_curve_product, p->c, err);
    if (rc != NAI_OK)
        return rc;
    p->most = end[0].value;
    p->least = end[1].value;
    if (!end[0].converged || !end[1].converged)
        nai_warn(h->cli, "an extreme eigenvalue has not converged: residuals %.3g and %.3g",
                 end[0].residual, end[1].residual);
    return NAI_OK;
}

/* The loss after dt (-g + b beta + s noise). */
static int loss_after(struct point *p, double b, double s, double *loss, struct nai_err *err)
{
    for (size_t i = 0; i < p->n; i++)
        p->w[i] = p->c->w[i] + p->dt * (-p->c->g[i] + (b != 0 ? b * p->beta[i] : 0) +
                                        (s > 0 ? s * p->noise[i] : 0));
    return nai_curve_loss(p->c, p->w, loss, err);
}

static int open_point(struct point *p, struct nai_hessian *h, struct nai_err *err)
{
    struct nai_curve *const c = &h->curve;
    int rc;

    *p = (struct point){.c = c, .n = c->params, .dt = h->o->take.lr};
    rc = allocate(p, err);
    if (rc == NAI_OK)
        rc = p->n <= SMALL ? from_matrix(p, err) : by_products(p, h, err);
    if (rc == NAI_OK)
        rc = nai_bias_direction(p->beta, h->t.model, h->o->take.along, h->cli->seed, h->cli, err);
    if (rc == NAI_OK)
        rc = times(p, p->hbeta, p->beta);
    if (rc == NAI_OK)
        rc = times(p, p->hg, c->g);
    if (rc != NAI_OK)
        return rc;
    p->gg = dot(p->n, c->g, c->g);
    p->gb = dot(p->n, c->g, p->beta);
    p->gHg = dot(p->n, c->g, p->hg);
    p->gHb = dot(p->n, c->g, p->hbeta);
    p->bHb = dot(p->n, p->beta, p->hbeta);
    return loss_after(p, 0, 0, &p->after, err);
}

/* ---- draws ---- */

/* Draw r of the noise: those of one model are the same for every sigma and b. */
static void draw(struct point *p, const struct nai_hessian *h, size_t r)
{
    const enum nai_balance balance = h->o->take.balance;
    const size_t most = 1u << 20; /* draws of a model */
    const uint64_t base = (uint64_t)h->at.model * most;

    if (balance == NAI_ANTITHETIC && r % 2 == 1) {
        for (size_t i = 0; i < p->n; i++)
            p->noise[i] = -p->noise[i];
        return;
    }
    if (r == 0)
        memset(p->sum, 0, p->n * sizeof *p->sum);
    if (balance == NAI_AUTHORS && r + 1 == h->o->take.draws) {
        for (size_t i = 0; i < p->n; i++)
            p->noise[i] = -p->sum[i];
        return;
    }
    nai_unit_normal(p->noise, p->n, h->cli->seed, "hessian noise", base + r);
    for (size_t i = 0; i < p->n; i++)
        p->sum[i] += p->noise[i];
}

/* What the second order says of this very draw. */
static int taylor(struct point *p, const struct step *s, double *value)
{
    const double *const g = p->c->g, dt = p->dt;
    int rc = NAI_OK;

    *value = s->linear + s->quadratic + s->cross;
    if (s->s == 0)
        return NAI_OK;
    rc = times(p, p->hnoise, p->noise);
    *value += s->s * dot(p->n, g, p->noise) * dt;
    *value += s->s * s->s * dot(p->n, p->noise, p->hnoise) * dt * dt / 2;
    *value += s->s * (s->b * dot(p->n, p->beta, p->hnoise) - dot(p->n, g, p->hnoise)) * dt * dt;
    return rc;
}

/* Means over the draws. The standard error is of independent draws: pairs where they are pairs. */
static int measure(struct point *p, const struct nai_hessian *h, struct step *s,
                   struct nai_err *err)
{
    const bool pairs = h->o->take.balance == NAI_ANTITHETIC && s->draws > 1;
    const bool second = p->matrix || h->o->take.taylor;
    double squares = 0, half = 0, series = 0, count = 0;
    int rc = NAI_OK;

    for (size_t r = 0; rc == NAI_OK && r < s->draws; r++) {
        double loss, one, off, value = 0;
        if (s->s > 0)
            draw(p, h, r);
        rc = loss_after(p, s->b, s->s, &loss, err);
        s->fell += loss < p->c->loss;
        one = pairs ? (half + (loss - p->after)) / 2 : loss - p->after;
        half = loss - p->after;
        if (!pairs || r % 2 == 1) { /* Welford's: what varies may be little beside the mean */
            off = one - s->measured;
            s->measured += off / ++count;
            squares += off * (one - s->measured);
        }
        if (rc == NAI_OK && second && !p->matrix) /* products are taken at the point */
            rc = nai_curve_return(p->c, err);
        if (rc == NAI_OK && second)
            rc = taylor(p, s, &value);
        series += value;
    }
    if (rc != NAI_OK)
        return rc;
    s->change = s->measured + p->after - p->c->loss;
    s->taylor = second ? series / (double)s->draws : NAN;
    s->measured_se = sqrt(squares / count / (count - 1));
    if (s->s == 0)
        s->measured_se = 0; /* nothing is drawn */
    else if (h->o->take.balance == NAI_AUTHORS || count < 2)
        s->measured_se = NAN;
    return NAI_OK;
}

static int predict(struct point *p, const struct nai_hessian *h, struct step *s,
                   struct nai_err *err)
{
    const struct nai_step_opts *const o = &h->o->take;
    const double norm = o->relative ? sqrt(p->gg) : 1, dt = p->dt;

    if (o->relative && p->gg == 0 && (s->sigma != 0 || s->bias != 0))
        return nai_err_set(err, NAI_ENUMERIC, "the gradient is zero: no ratio to its norm");
    s->b = s->bias * norm;
    s->s = s->sigma * norm * nai_noise_growth(o->growth, p->n);
    s->draws = s->s > 0 ? o->draws : 1;
    if (s->b != 0) {
        s->linear = s->b * p->gb * dt;
        s->quadratic = s->b * s->b * p->bHb * dt * dt / 2;
        s->cross = -s->b * p->gHb * dt * dt + 0.; /* 0, not -0 */
    }
    s->variance = s->s * s->s * p->trace.trace / (double)p->n * dt * dt / 2;
    return NAI_OK;
}

/* ---- the table ---- */

/* Theorem 3.1 for noise alone, Theorem 3.2 for bias alone: what must become of the loss, on average
 * over the noise.
 *
 * Theorem 3.2 is for lambda dt << 1. With r = ||b beta|| / ||g|| and c the cosine between them the
 * second order is at most ||g||^2 dt (-(1 - r c) + lambda dt (1 + r^2 - 2 r c) / 2), lambda the
 * largest eigenvalue, linear in c: not positive at either end where r <= 1, as the theorem has it,
 * and lambda dt (1 + r) <= 2. That is asked for too, of the Frobenius norm where lambda is not
 * known. */
static void tell_limits(struct nai_report *r, const struct point *p, const struct step *s)
{
    const double dt = p->dt, n = (double)p->n, psi = p->trace.fro * dt;
    const double noise = 2 / dt / (1 + s->s * s->s / p->gg);
    const double bias = 2 / sqrt(n) / (1 + psi + sqrt(1 + 4 * psi + psi * psi));
    const double ratio = fabs(s->b) / sqrt(p->gg), bias_pac = bias * sqrt(sqrt(n));
    const double steepest = isnan(p->most) ? psi : p->most * dt;
    const bool gentle = steepest * (1 + ratio * sqrt(n)) <= 2;
    const char *must = "", *likely = "";

    if (s->b == 0)
        must = p->least >= noise ? "rise" : p->most <= noise ? "fall" : "";
    else if (s->s == 0)
        must = ratio <= bias && gentle ? "fall" : "";
    if (s->b != 0 && s->s == 0)
        likely = ratio <= bias_pac && steepest <= 2 ? "fall" : "";
    nai_report_real(r, "lambda_max", p->most);
    nai_report_real(r, "lambda_min", p->least);
    nai_report_real(r, "lambda_limit", noise);
    nai_report_real(r, "bias_ratio", ratio);
    nai_report_real(r, "bias_limit", bias);
    nai_report_real(r, "bias_limit_pac", bias_pac);
    nai_report_text(r, "must", must);
    nai_report_text(r, "likely", likely);
}

static void tell(struct nai_hessian *h, const struct point *p, const struct step *s)
{
    struct nai_report *const r = &h->table;

    nai_hessian_subject(h);
    nai_report_real(r, "sigma", s->sigma);
    nai_report_real(r, "bias", s->bias);
    nai_report_real(r, "loss", p->c->loss);
    nai_report_real(r, "grad_norm", sqrt(p->gg));
    nai_report_count(r, "params", p->n);
    nai_report_count(r, "rows", p->c->rows);
    nai_report_real(r, "lr", p->dt);
    nai_report_real(r, "bias_linear", s->linear);
    nai_report_real(r, "bias_quadratic", s->quadratic);
    nai_report_real(r, "bias_cross", s->cross);
    nai_report_real(r, "variance", s->variance);
    nai_report_real(r, "predicted", s->linear + s->quadratic + s->cross + s->variance);
    nai_report_real(r, "predicted_se",
                    s->s * s->s * p->trace.trace_se / (double)p->n * p->dt * p->dt / 2);
    nai_report_real(r, "measured", s->measured);
    nai_report_real(r, "measured_se", s->measured_se);
    nai_report_real(r, "taylor", s->taylor);
    nai_report_count(r, "draws", s->draws);
    nai_report_real(r, "change_exact", p->after - p->c->loss);
    nai_report_real(r, "change", s->change);
    nai_report_real(r, "descended", (double)s->fell / (double)s->draws);
    nai_report_real(r, "trace", p->trace.trace);
    nai_report_real(r, "trace_se", p->trace.trace_se);
    nai_report_real(r, "fro", p->trace.fro);
    tell_limits(r, p, s);
    nai_report_line(r);
}

int nai_hessian_steps(struct nai_hessian *h, struct nai_err *err)
{
    struct point p;
    int rc = open_point(&p, h, err);

    for (const char *i = h->o->take.noise; rc == NAI_OK && i; i = strchr(i, ',')) {
        i += *i == ',';
        for (const char *j = h->o->take.bias; rc == NAI_OK && j; j = strchr(j, ',')) {
            j += *j == ',';
            struct step s = {.sigma = strtod(i, NULL), .bias = strtod(j, NULL)};
            rc = predict(&p, h, &s, err);
            if (rc == NAI_OK)
                rc = measure(&p, h, &s, err);
            if (rc == NAI_OK)
                tell(h, &p, &s);
        }
    }
    free_point(&p);
    return rc;
}
