/* batchnorm.c - see batchnorm.h: forward, and folding
 * SPDX-License-Identifier: MIT */
#include "batchnorm_parts.h"
#include "tables.h"

enum { SPREAD = 8 }; /* elements averaged for a provisional mean: a power of 2 */

struct forward {
    const struct nai_batchnorm_spec *s;
    const real *x, *residual, *gamma, *beta;
    real *y, *mean, *rstd, *run_mean, *run_var;
};

/* Sums of x - about and of its square, four positions in `real` before they are added in float64.
 * As precise as two passes, for `about` is near the mean. */
static inline void moments_body(const real *restrict x, size_t positions, size_t step, size_t lanes,
                                const real *restrict about, double *restrict sum,
                                double *restrict square)
{
    size_t p = 0;

    for (; p + 4 <= positions; p += 4) {
        const real *const x0 = x + p * step, *const x1 = x0 + step;
        const real *const x2 = x1 + step, *const x3 = x2 + step;
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const real a = x0[l] - about[l], b = x1[l] - about[l];
            const real c = x2[l] - about[l], d = x3[l] - about[l];
            sum[l] += (double)((a + b) + (c + d));
            square[l] += (double)((a * a + b * b) + (c * c + d * d));
        }
    }
    for (; p < positions; p++)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const real a = x[p * step + l] - about[l];
            sum[l] += (double)a;
            square[l] += (double)(a * a);
        }
}

NAI_CLONES
static void moments(const real *x, const struct nai_run *r, const struct nai_bn_lanes *about,
                    double *sum, double *square)
{
    if (r->lanes == NAI_BLOCK && r->step == NAI_BLOCK)
        moments_body(x + r->at, r->positions, NAI_BLOCK, NAI_BLOCK, about->v, sum, square);
    else
        moments_body(x + r->at, r->positions, r->step, r->lanes, about->v, sum, square);
}

/* A mean to subtract before squaring: of a few elements spread over the samples. */
static void provisional(struct nai_bn_lanes *about, const struct nai_slice *sl,
                        const struct nai_shape *shape, const real *x, size_t from, size_t to)
{
    const size_t hw = shape->h * shape->w, step = sl->pixels ? 1 : sl->step;
    double sum[NAI_LANES] = {0};

    for (size_t j = 0; j < SPREAD; j++) {
        const real *const at =
            x + sl->at + (from + (to - from) * j / SPREAD) * sl->sample + hw * j / SPREAD * step;
        for (size_t l = 0; l < sl->lanes; l++)
            sum[l] += (double)(sl->pixels ? at[0] : at[l]);
    }
    for (size_t l = 0; l < sl->lanes; l++)
        about->v[l] = (real)(sum[l] / SPREAD);
}

/* Mean and biased variance of the slice's channels over samples [from, to). */
static void statistics(const struct forward *f, const struct nai_slice *sl, size_t from, size_t to,
                       double *mean, double *var)
{
    const struct nai_shape *const shape = &f->s->x;
    const size_t parts = nai_bn_parts(f->s);
    const double m = (double)((to - from) * shape->h * shape->w);
    double sum[NAI_PARTS][NAI_LANES], square[NAI_PARTS][NAI_LANES];
    struct nai_bn_lanes about;

    provisional(&about, sl, shape, f->x, from, to);
#pragma omp parallel for if (!omp_in_parallel() && !nai_bn_serial(f->s))
    for (size_t p = 0; p < parts; p++) {
        const size_t first = from + nai_part(to - from, p, parts);
        const size_t last = from + nai_part(to - from, p + 1, parts);
        struct nai_run r;
        for (size_t l = 0; l < sl->lanes; l++)
            sum[p][l] = square[p][l] = 0;
        for (size_t k = 0; nai_run_next(&r, &k, sl, first, last);)
            moments(f->x, &r, &about, sum[p], square[p]);
    }
    nai_bn_total(mean, sl, parts, sum);
    nai_bn_total(var, sl, parts, square);
    for (size_t c = 0; c < sl->count; c++) {
        var[c] = fmax((var[c] - mean[c] * mean[c] / m) / m, 0);
        mean[c] = (double)about.v[c] + mean[c] / m;
    }
}

/* y may be x. */
static inline void apply_body(const real *x, const real *residual, real *y, size_t positions,
                              size_t step, size_t lanes, const real *restrict mean,
                              const real *restrict scale, const real *restrict beta, bool add,
                              bool relu)
{
    for (size_t p = 0; p < positions; p++)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = p * step + l;
            real v = nai_bn_value(x[i], mean[l], scale[l], beta[l]);
            if (add)
                v += residual[i];
            y[i] = relu && v < 0 ? 0 : v; /* NaN stays */
        }
}

NAI_CLONES
static void apply_run(const struct forward *f, const struct nai_run *r,
                      const struct nai_bn_lanes *m, const struct nai_bn_lanes *a,
                      const struct nai_bn_lanes *b)
{
    const real *const x = f->x + r->at, *const res = f->residual ? f->residual + r->at : NULL;
    real *const y = f->y + r->at;
    const bool relu = f->s->relu;

    if (r->lanes != NAI_BLOCK || r->step != NAI_BLOCK)
        apply_body(x, res, y, r->positions, r->step, r->lanes, m->v, a->v, b->v, res, relu);
    else if (res && relu)
        apply_body(x, res, y, r->positions, NAI_BLOCK, NAI_BLOCK, m->v, a->v, b->v, true, true);
    else if (res)
        apply_body(x, res, y, r->positions, NAI_BLOCK, NAI_BLOCK, m->v, a->v, b->v, true, false);
    else if (relu)
        apply_body(x, NULL, y, r->positions, NAI_BLOCK, NAI_BLOCK, m->v, a->v, b->v, false, true);
    else
        apply_body(x, NULL, y, r->positions, NAI_BLOCK, NAI_BLOCK, m->v, a->v, b->v, false, false);
}

/* y of samples [from, to), from each lane's mean and 1 / standard deviation. */
static void apply(const struct forward *f, const struct nai_slice *sl, size_t from, size_t to,
                  const struct nai_bn_lanes *m, const struct nai_bn_lanes *rstd)
{
    const size_t parts = nai_min(to - from, NAI_PARTS);
    struct nai_bn_lanes a, b;

    nai_bn_load(&a, sl, f->gamma, 1);
    nai_bn_load(&b, sl, f->beta, 0);
    for (size_t l = 0; l < sl->lanes; l++)
        a.v[l] *= rstd->v[l];
#pragma omp parallel for if (!omp_in_parallel() && !nai_bn_serial(f->s))
    for (size_t p = 0; p < parts; p++) {
        struct nai_run r;
        for (size_t k = 0; nai_run_next(&r, &k, sl, from + nai_part(to - from, p, parts),
                                        from + nai_part(to - from, p + 1, parts));)
            apply_run(f, &r, m, &a, &b);
    }
}

static void train_slice(const struct forward *f, size_t k)
{
    const struct nai_batchnorm_spec *const s = f->s;
    const struct nai_slice sl = nai_slice_at(&s->x, k);
    const size_t n = s->x.n / s->groups;
    const double count = (double)n * (double)(s->x.h * s->x.w);

    for (size_t g = 0; g < s->groups; g++) {
        real *const mean = f->mean + g * s->x.c, *const rstd = f->rstd + g * s->x.c;
        double mu[NAI_LANES], var[NAI_LANES];
        struct nai_bn_lanes m, r;

        statistics(f, &sl, g * n, (g + 1) * n, mu, var);
        for (size_t i = 0; i < sl.count; i++) {
            const size_t c = sl.first + i;
            mean[c] = (real)mu[i];
            rstd[c] = (real)(1 / sqrt(var[i] + s->eps));
            if (!f->run_mean)
                continue;
            f->run_mean[c] =
                (real)((1 - s->momentum) * (double)f->run_mean[c] + s->momentum * mu[i]);
            f->run_var[c] = (real)((1 - s->momentum) * (double)f->run_var[c] +
                                   s->momentum * var[i] * (count / (count - 1)));
        }
        nai_bn_load(&m, &sl, mean, 0);
        nai_bn_load(&r, &sl, rstd, 0);
        apply(f, &sl, g * n, (g + 1) * n, &m, &r);
    }
}

static void bn_train(struct nai_device *d, const struct nai_batchnorm_spec *s,
                     const struct nai_buf *x, const struct nai_buf *residual,
                     const struct nai_buf *gamma, const struct nai_buf *beta, struct nai_buf *y,
                     struct nai_buf *mean, struct nai_buf *rstd, struct nai_buf *run_mean,
                     struct nai_buf *run_var)
{
    const struct forward f = {.s = s,
                              .x = nai_in(x),
                              .residual = nai_in(residual),
                              .gamma = nai_in(gamma),
                              .beta = nai_in(beta),
                              .y = nai_io(y),
                              .mean = nai_io(mean),
                              .rstd = nai_io(rstd),
                              .run_mean = nai_io(run_mean),
                              .run_var = nai_io(run_var)};
    const size_t slices = nai_slices(&s->x);

    (void)d;
#pragma omp parallel for schedule(dynamic) if (nai_bn_by_slice(s) && !nai_bn_serial(s))
    for (size_t k = 0; k < slices; k++)
        train_slice(&f, k);
}

static void bn_eval(struct nai_device *d, const struct nai_batchnorm_spec *s,
                    const struct nai_buf *x, const struct nai_buf *residual,
                    const struct nai_buf *gamma, const struct nai_buf *beta,
                    const struct nai_buf *run_mean, const struct nai_buf *run_var,
                    struct nai_buf *y)
{
    const struct forward f = {.s = s,
                              .x = nai_in(x),
                              .residual = nai_in(residual),
                              .gamma = nai_in(gamma),
                              .beta = nai_in(beta),
                              .y = nai_io(y)};
    const real *const mean = nai_in(run_mean), *const var = nai_in(run_var);
    const size_t slices = nai_slices(&s->x);

    (void)d;
#pragma omp parallel for schedule(dynamic) if (nai_bn_by_slice(s) && !nai_bn_serial(s))
    for (size_t k = 0; k < slices; k++) {
        const struct nai_slice sl = nai_slice_at(&s->x, k);
        struct nai_bn_lanes m, r;

        nai_bn_load(&m, &sl, mean, 0);
        nai_bn_load_rstd(&r, &sl, var, s->eps);
        apply(&f, &sl, 0, s->x.n, &m, &r);
    }
}

static void bn_fold(struct nai_device *d, size_t out, size_t k, double eps, const struct nai_buf *w,
                    const struct nai_buf *bias, const struct nai_buf *gamma,
                    const struct nai_buf *beta, const struct nai_buf *run_mean,
                    const struct nai_buf *run_var, struct nai_buf *wf, struct nai_buf *bf)
{
    const real *const from = nai_in(w), *const b = nai_in(bias), *const g = nai_in(gamma);
    const real *const shift = nai_in(beta), *const mean = nai_in(run_mean);
    const real *const var = nai_in(run_var);
    real *const to = nai_io(wf), *const bias_to = nai_io(bf);

    (void)d;
    for (size_t o = 0; o < out; o++) {
        const double a = (g ? (double)g[o] : 1) / sqrt((double)var[o] + eps);
        for (size_t i = 0; i < k; i++)
            to[o * k + i] = (real)((double)from[o * k + i] * a);
        bias_to[o] =
            (real)(((b ? (double)b[o] : 0) - (double)mean[o]) * a + (shift ? (double)shift[o] : 0));
    }
}

const struct nai_batchnorm_ops NAI_R(nai_cpu_batchnorm) = {
    .train = bn_train,
    .eval = bn_eval,
    .train_backward = NAI_R(nai_bn_train_backward),
    .eval_backward = NAI_R(nai_bn_eval_backward),
    .train_tangent = NAI_R(nai_bn_train_tangent),
    .eval_tangent = NAI_R(nai_bn_eval_tangent),
    .train_backward_tangent = NAI_R(nai_bn_train_backward_tangent),
    .eval_backward_tangent = NAI_R(nai_bn_eval_backward_tangent),
    .fold = bn_fold,
};
