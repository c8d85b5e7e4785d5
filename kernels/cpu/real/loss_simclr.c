/* loss_simclr.c - NT-Xent, of any number of views
 * SPDX-License-Identifier: MIT
 *
 * u are the embeddings over their norms, s_ij = <u_i, u_j> / temperature over all N = m n rows,
 * P(i) the m - 1 other views of the same image:
 *
 *   L = (1/N) sum_i [ log sum_{j in A(i)} exp s_ij - (1/(m - 1)) sum_{p in P(i)} s_ip ]
 *
 * A(i) is every row but i, or, decoupled, every row of the other images. With two views this is
 * NT-Xent (Chen et al. 2020, eq. 1 and algorithm 1); with more the mean over the positives stands
 * outside the logarithm (Khosla et al. 2020, eq. 2, the form they find better).
 *
 * Decoupled with two views it is half of the thesis's eq. 2.27, whose two sums are divided by n
 * each. As printed, the second of them pairs x~_i with s~_ij, which belongs to x_i; here it has
 * s~_ji, without which the loss would not be symmetric in the views (Yeh et al. 2022, eq. 6).
 *
 * The gradient by s is a_ij / N, a_ij = q_ij - [j in P(i)] / (m - 1), q_i the softmax of s_i over
 * A(i); that by u is (A + A^T) u / (N temperature). Tangents: ta_ij = q_ij (ts_ij - <q_i, ts_i>),
 * and ((tA + tA^T) u + (A + A^T) tu) / (N temperature).
 */
#include <math.h>
#include <string.h>

#include "exp.h"
#include "gemm.h"
#include "loss_parts.h"
#include "tile.h"

struct plan {
    real *u;       /* [N][d] */
    real *s;       /* [N][N]: similarities, then the gradient by them */
    double *scale; /* f64[N]: of the rows */
    double *positive, *log_sum;
    size_t count;
};

static struct plan make_plan(const struct nai_loss_spec *s, real *work)
{
    struct nai_pieces p = {.base = work};
    const size_t rows = s->views * s->n;
    struct plan r = {.u = nai_piece(&p, rows * s->d)};

    r.s = nai_piece(&p, rows * rows);
    r.scale = nai_piece_f64(&p, rows);
    r.positive = nai_piece_f64(&p, rows);
    r.log_sum = nai_piece_f64(&p, rows);
    r.count = p.used;
    return r;
}

size_t NAI_R(nai_simclr_count)(const struct nai_loss_spec *s)
{
    return make_plan(s, NULL).count;
}

/* The largest of count, none of which need be a number. */
NAI_CLONES static real largest(size_t count, const real *s)
{
    real lane[NAI_LOSS_LANES], most = -INFINITY;
    size_t j = 0;

    for (size_t l = 0; l < NAI_LOSS_LANES; l++)
        lane[l] = -INFINITY;
    for (; j + NAI_LOSS_LANES <= count; j += NAI_LOSS_LANES)
        for (size_t l = 0; l < NAI_LOSS_LANES; l++)
            lane[l] = s[j + l] > lane[l] ? s[j + l] : lane[l];
    for (; j < count; j++)
        most = s[j] > most ? s[j] : most;
    for (size_t l = 0; l < NAI_LOSS_LANES; l++)
        most = lane[l] > most ? lane[l] : most;
    return most;
}

/* s = exp(s - most). */
NAI_CLONES static void exponentials(size_t count, real most, real *s)
{
    NAI_EXP_LOOP
    for (size_t j = 0; j < count; j++)
        s[j] = nai_exp(s[j] - most);
}

NAI_CLONES static double total(size_t count, const real *s)
{
    double lane[NAI_LOSS_LANES] = {0}, rest = 0;
    size_t j = 0;

    for (; j + NAI_LOSS_LANES <= count; j += NAI_LOSS_LANES)
        for (size_t l = 0; l < NAI_LOSS_LANES; l++)
            lane[l] += (double)s[j + l];
    for (; j < count; j++)
        rest += (double)s[j];
    for (size_t l = 0; l < NAI_LOSS_LANES; l++)
        rest += lane[l];
    return rest;
}

/* Row i of the similarities becomes exp(s - most), 0 for those left out; returns its sum. */
static double terms(const struct nai_loss_spec *spec, size_t i, real *s, real *most)
{
    const size_t n = spec->n, rows = spec->views * n;

    for (size_t j = i % n; j < rows; j += n)
        if (j == i || spec->decoupled)
            s[j] = -INFINITY; /* left out: its exp is 0 */
    *most = largest(rows, s);
    exponentials(rows, *most, s);
    return total(rows, s);
}

/* Row i of the terms, over their sum, becomes N times the gradient by the similarities. */
static void less_positives(const struct nai_loss_spec *spec, size_t i, real *s)
{
    const size_t m = spec->views, n = spec->n;

    for (size_t j = i % n; j < m * n; j += n)
        s[j] -= j != i ? (real)(1 / (double)(m - 1)) : 0;
}

/* Row i of the similarities: what it adds to the loss; with gradient s becomes N times that. */
static void anchor(const struct nai_loss_spec *spec, size_t i, bool gradient, real *s,
                   double *positive, double *log_sum)
{
    const size_t m = spec->views, n = spec->n, rows = m * n;
    const double share = 1 / (double)(m - 1);
    real most;
    double sum;

    *positive = 0;
    for (size_t j = i % n; j < rows; j += n)
        *positive += j != i ? share * (double)s[j] : 0;
    sum = terms(spec, i, s, &most);
    *log_sum = log(sum) + (double)most;
    if (!gradient)
        return;
    for (size_t j = 0; j < rows; j++)
        s[j] *= (real)(1 / sum);
    less_positives(spec, i, s);
}

void NAI_R(nai_simclr)(const struct nai_loss_call *c, struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const struct plan p = make_plan(s, c->work);
    const size_t rows = s->views * s->n, d = s->d;
    const double by = 1 / (double)rows;

    NAI_R(nai_unit_rows)(rows, d, c->z, p.u, p.scale);
    c->device->gemm->gemm(c->device, false, true, rows, rows, d, 1 / s->temperature,
                          nai_buf_in(p.u), d, nai_buf_in(p.u), d, 0, nai_buf_io(p.s), rows);
#pragma omp parallel for if (rows * rows > NAI_LOSS_SERIAL)
    for (size_t i = 0; i < rows; i++)
        anchor(s, i, c->dz != NULL, p.s + i * rows, p.positive + i, p.log_sum + i);
    nai_term(value, "alignment", -by * NAI_R(nai_sum_f64)(rows, p.positive));
    nai_term(value, "contrast", by * NAI_R(nai_sum_f64)(rows, p.log_sum));
    if (!c->dz)
        return;
    NAI_R(nai_add_transpose)(rows, p.s);
    c->device->gemm->gemm(c->device, false, false, rows, d, rows, by / s->temperature,
                          nai_buf_in(p.s), rows, nai_buf_in(p.u), d, 0, nai_buf_io(c->dz), d);
    NAI_R(nai_unit_rows_back)(rows, d, p.u, p.scale, c->dz);
}

/* The similarities, and what they change by. */
static void similarities(const struct nai_loss_call *c, const struct plan *p, const struct plan *t)
{
    const struct nai_gemm_ops *const gemm = c->device->gemm;
    const size_t rows = c->s->views * c->s->n, d = c->s->d;
    const double by = 1 / c->s->temperature;

    gemm->gemm(c->device, false, true, rows, rows, d, by, nai_buf_in(p->u), d, nai_buf_in(p->u), d,
               0, nai_buf_io(p->s), rows);
    gemm->gemm(c->device, false, true, rows, rows, d, by, nai_buf_in(t->u), d, nai_buf_in(p->u), d,
               0, nai_buf_io(t->s), rows);
    NAI_R(nai_add_transpose)(rows, t->s);
}

/* Row i of the similarities becomes a_i, and ts ta_i. */
static void anchor_tangent(const struct nai_loss_spec *spec, size_t i, real *restrict s,
                           real *restrict ts)
{
    const size_t rows = spec->views * spec->n;
    real most;
    const double sum = terms(spec, i, s, &most);
    double mean;

    for (size_t j = 0; j < rows; j++)
        s[j] *= (real)(1 / sum);
    mean = NAI_R(nai_dot)(rows, s, ts);
    for (size_t j = 0; j < rows; j++)
        ts[j] = (real)((double)s[j] * ((double)ts[j] - mean));
    less_positives(spec, i, s);
}

size_t NAI_R(nai_simclr_tangent_count)(const struct nai_loss_spec *s)
{
    struct nai_pieces g = {0};

    nai_piece(&g, s->views * s->n * s->d);
    return 2 * make_plan(s, NULL).count + g.used;
}

void NAI_R(nai_simclr_tangent)(const struct nai_loss_call *c)
{
    const struct nai_loss_spec *const s = c->s;
    const struct nai_gemm_ops *const gemm = c->device->gemm;
    const struct plan p = make_plan(s, c->work), t = make_plan(s, c->work + p.count);
    const struct nai_dual u = {p.u, t.u}, g = {c->work + 2 * p.count, c->tdz};
    const size_t rows = s->views * s->n, d = s->d;
    const double by = 1 / ((double)rows * s->temperature);

    NAI_R(nai_unit_rows)(rows, d, c->z, p.u, p.scale);
    memcpy(t.u, c->tz, rows * d * sizeof *t.u);
    NAI_R(nai_unit_rows_tangent)(rows, d, p.u, p.scale, t.u, t.scale);
    similarities(c, &p, &t);
#pragma omp parallel for if (rows * rows > NAI_LOSS_SERIAL)
    for (size_t i = 0; i < rows; i++)
        anchor_tangent(s, i, p.s + i * rows, t.s + i * rows);
    NAI_R(nai_add_transpose)(rows, p.s);
    NAI_R(nai_add_transpose)(rows, t.s);
    gemm->gemm(c->device, false, false, rows, d, rows, by, nai_buf_in(p.s), rows, nai_buf_in(u.x),
               d, 0, nai_buf_io(g.x), d);
    gemm->gemm(c->device, false, false, rows, d, rows, by, nai_buf_in(p.s), rows, nai_buf_in(u.t),
               d, 0, nai_buf_io(g.t), d);
    gemm->gemm(c->device, false, false, rows, d, rows, by, nai_buf_in(t.s), rows, nai_buf_in(u.x),
               d, 1, nai_buf_io(g.t), d);
    NAI_R(nai_unit_rows_back_tangent)(rows, d, u, p.scale, t.scale, g);
}
