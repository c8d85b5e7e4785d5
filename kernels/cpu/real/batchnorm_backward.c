/* batchnorm_backward.c - see batchnorm.h: gradients
 * SPDX-License-Identifier: MIT
 *
 * With z = (x - mean) rstd and sums over the group's samples and pixels,
 * dbeta = sum dy, dgamma = sum dy z, dx = gamma rstd (dy - mean(dy) - z mean(dy z)). */
#include "batchnorm_parts.h"

struct backward {
    const struct nai_batchnorm_spec *s;
    const real *x, *y, *gamma, *beta, *mean, *rstd;
    real *dy, *dx, *dgamma, *dbeta;
    enum nai_bn_mask mask;
};

/* Of each lane: dx = a dy + b (x - mean) + c; scale and beta of the forward pass. */
struct lanes {
    struct nai_bn_lanes mean, scale, beta, a, b, c;
};

static inline real masked(enum nai_bn_mask mask, real dy, real x, real y, real mean, real scale,
                          real beta)
{
    return nai_bn_blocked(mask, x, y, mean, scale, beta) ? 0 : dy;
}

/* Sums of dy and of dy (x - mean). Masked by y, dy is written back. */
static inline void sums_body(const real *restrict x, const real *restrict y, real *restrict dy,
                             size_t positions, size_t step, size_t lanes,
                             const struct lanes *restrict k, double *restrict sum,
                             double *restrict product, enum nai_bn_mask mask)
{
    const real *const mean = k->mean.v, *const scale = k->scale.v, *const beta = k->beta.v;
    size_t p = 0;

    for (; p + 2 <= positions; p += 2)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = p * step + l, j = i + step;
            const real y0 = mask == NAI_BN_BY_Y ? y[i] : 0, y1 = mask == NAI_BN_BY_Y ? y[j] : 0;
            const real d0 = masked(mask, dy[i], x[i], y0, mean[l], scale[l], beta[l]);
            const real d1 = masked(mask, dy[j], x[j], y1, mean[l], scale[l], beta[l]);
            sum[l] += (double)(d0 + d1);
            product[l] += (double)(d0 * (x[i] - mean[l]) + d1 * (x[j] - mean[l]));
            if (mask == NAI_BN_BY_Y) {
                dy[i] = d0;
                dy[j] = d1;
            }
        }
    for (; p < positions; p++)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = p * step + l;
            const real y0 = mask == NAI_BN_BY_Y ? y[i] : 0;
            const real d0 = masked(mask, dy[i], x[i], y0, mean[l], scale[l], beta[l]);
            sum[l] += (double)d0;
            product[l] += (double)(d0 * (x[i] - mean[l]));
            if (mask == NAI_BN_BY_Y)
                dy[i] = d0;
        }
}

NAI_CLONES
static void sums(const struct backward *f, const struct nai_run *r, const struct lanes *k,
                 double *sum, double *product)
{
    const real *const x = f->x + r->at, *const y = f->mask == NAI_BN_BY_Y ? f->y + r->at : NULL;
    real *const dy = f->dy + r->at;
    const size_t n = r->positions;

    if (r->lanes != NAI_BLOCK || r->step != NAI_BLOCK)
        sums_body(x, y, dy, n, r->step, r->lanes, k, sum, product, f->mask);
    else if (f->mask == NAI_BN_ALL)
        sums_body(x, y, dy, n, NAI_BLOCK, NAI_BLOCK, k, sum, product, NAI_BN_ALL);
    else if (f->mask == NAI_BN_BY_Y)
        sums_body(x, y, dy, n, NAI_BLOCK, NAI_BLOCK, k, sum, product, NAI_BN_BY_Y);
    else
        sums_body(x, y, dy, n, NAI_BLOCK, NAI_BLOCK, k, sum, product, NAI_BN_BY_X);
}

/* dx may be dy. Masked by y, dy has been so already. */
static inline void apply_body(const real *x, const real *dy, real *dx, size_t positions,
                              size_t step, size_t lanes, const struct lanes *restrict k,
                              enum nai_bn_mask mask)
{
    const real *restrict const mean = k->mean.v, *restrict const scale = k->scale.v;
    const real *restrict const beta = k->beta.v, *restrict const a = k->a.v;
    const real *restrict const b = k->b.v, *restrict const c = k->c.v;

    for (size_t p = 0; p < positions; p++)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = p * step + l;
            const real d = masked(mask, dy[i], x[i], 0, mean[l], scale[l], beta[l]);
            dx[i] = a[l] * d + (b[l] * (x[i] - mean[l]) + c[l]);
        }
}

NAI_CLONES
static void apply(const struct backward *f, const struct nai_run *r, const struct lanes *k)
{
    const real *const x = f->x + r->at, *const dy = f->dy + r->at;
    const enum nai_bn_mask mask = f->mask == NAI_BN_BY_X ? NAI_BN_BY_X : NAI_BN_ALL;
    real *const dx = f->dx + r->at;

    if (r->lanes != NAI_BLOCK || r->step != NAI_BLOCK)
        apply_body(x, dy, dx, r->positions, r->step, r->lanes, k, mask);
    else if (mask == NAI_BN_BY_X)
        apply_body(x, dy, dx, r->positions, NAI_BLOCK, NAI_BLOCK, k, NAI_BN_BY_X);
    else
        apply_body(x, dy, dx, r->positions, NAI_BLOCK, NAI_BLOCK, k, NAI_BN_ALL);
}

/* Sums of dy and of dy (x - mean) over samples [from, to), by channel. */
static void reduce(const struct backward *f, const struct nai_slice *sl, size_t from, size_t to,
                   const struct lanes *k, double *sum, double *product)
{
    const size_t parts = nai_min(to - from, NAI_PARTS);
    double s[NAI_PARTS][NAI_LANES], q[NAI_PARTS][NAI_LANES];

#pragma omp parallel for if (!omp_in_parallel() && !nai_bn_serial(f->s))
    for (size_t p = 0; p < parts; p++) {
        struct nai_run r;
        for (size_t l = 0; l < sl->lanes; l++)
            s[p][l] = q[p][l] = 0;
        for (size_t i = 0; nai_run_next(&r, &i, sl, from + nai_part(to - from, p, parts),
                                        from + nai_part(to - from, p + 1, parts));)
            sums(f, &r, k, s[p], q[p]);
    }
    nai_bn_total(sum, sl, parts, s);
    nai_bn_total(product, sl, parts, q);
}

static void spread(const struct backward *f, const struct nai_slice *sl, size_t from, size_t to,
                   const struct lanes *k)
{
    const size_t parts = nai_min(to - from, NAI_PARTS);

#pragma omp parallel for if (!omp_in_parallel() && !nai_bn_serial(f->s))
    for (size_t p = 0; p < parts; p++) {
        struct nai_run r;
        for (size_t i = 0; nai_run_next(&r, &i, sl, from + nai_part(to - from, p, parts),
                                        from + nai_part(to - from, p + 1, parts));)
            apply(f, &r, k);
    }
}

/* What does not depend on the gradient; r: 1 / standard deviation. */
static void prepare(struct lanes *k, const struct backward *f, const struct nai_slice *sl,
                    const real *mean, const struct nai_bn_lanes *r)
{
    *k = (struct lanes){0};
    nai_bn_load(&k->mean, sl, mean, 0);
    nai_bn_load(&k->scale, sl, f->gamma, 1);
    nai_bn_load(&k->beta, sl, f->beta, 0);
    for (size_t l = 0; l < sl->lanes; l++)
        k->a.v[l] = k->scale.v[l] *= r->v[l];
}

/* The slice's share of the gradient of train, by groups; dgamma and dbeta once they are all there.
 */
static void train_slice(const struct backward *f, size_t slice)
{
    const struct nai_batchnorm_spec *const s = f->s;
    const struct nai_slice sl = nai_slice_at(&s->x, slice);
    const size_t n = s->x.n / s->groups;
    const double count = (double)n * (double)(s->x.h * s->x.w);
    double dgamma[NAI_LANES] = {0}, dbeta[NAI_LANES] = {0};

    for (size_t g = 0; g < s->groups; g++) {
        double sum[NAI_LANES], product[NAI_LANES];
        struct nai_bn_lanes r;
        struct lanes k;

        nai_bn_load(&r, &sl, f->rstd + g * s->x.c, 0);
        prepare(&k, f, &sl, f->mean + g * s->x.c, &r);
        reduce(f, &sl, g * n, (g + 1) * n, &k, sum, product);
        for (size_t l = 0; l < sl.lanes && sl.count > 0; l++) {
            const size_t c = sl.pixels ? 0 : l;
            const double a = (double)k.a.v[l], rstd = (double)r.v[l];
            if (c >= sl.count)
                break;
            k.b.v[l] = (real)(-a * rstd * rstd * product[c] / count);
            k.c.v[l] = (real)(-a * sum[c] / count);
        }
        for (size_t c = 0; c < sl.count; c++) {
            dgamma[c] += product[c] * (double)r.v[c];
            dbeta[c] += sum[c];
        }
        spread(f, &sl, g * n, (g + 1) * n, &k);
    }
    for (size_t c = 0; c < sl.count && f->dgamma; c++) {
        f->dgamma[sl.first + c] += (real)dgamma[c];
        f->dbeta[sl.first + c] += (real)dbeta[c];
    }
}

static void eval_slice(const struct backward *f, size_t slice)
{
    const struct nai_batchnorm_spec *const s = f->s;
    const struct nai_slice sl = nai_slice_at(&s->x, slice);
    double sum[NAI_LANES], product[NAI_LANES];
    struct nai_bn_lanes r;
    struct lanes k;

    nai_bn_load_rstd(&r, &sl, f->rstd, s->eps);
    prepare(&k, f, &sl, f->mean, &r);
    reduce(f, &sl, 0, s->x.n, &k, sum, product);
    spread(f, &sl, 0, s->x.n, &k);
    for (size_t c = 0; c < sl.count && f->dgamma; c++) {
        f->dgamma[sl.first + c] += (real)(product[c] * (double)r.v[c]);
        f->dbeta[sl.first + c] += (real)sum[c];
    }
}

void NAI_R(nai_bn_train_backward)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                  const struct nai_buf *x, const struct nai_buf *y,
                                  const struct nai_buf *gamma, const struct nai_buf *beta,
                                  const struct nai_buf *mean, const struct nai_buf *rstd,
                                  struct nai_buf *dy, struct nai_buf *dx, struct nai_buf *dgamma,
                                  struct nai_buf *dbeta)
{
    const struct backward f = {.s = s,
                               .x = nai_in(x),
                               .y = nai_in(y),
                               .gamma = nai_in(gamma),
                               .beta = nai_in(beta),
                               .mean = nai_in(mean),
                               .rstd = nai_in(rstd),
                               .dy = nai_io(dy),
                               .dx = nai_io(dx),
                               .dgamma = nai_io(dgamma),
                               .dbeta = nai_io(dbeta),
                               .mask = nai_bn_mask_of(s, y)};
    const size_t slices = nai_slices(&s->x);

    (void)d;
#pragma omp parallel for schedule(dynamic) if (nai_bn_by_slice(s) && !nai_bn_serial(s))
    for (size_t k = 0; k < slices; k++)
        train_slice(&f, k);
}

void NAI_R(nai_bn_eval_backward)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                 const struct nai_buf *x, const struct nai_buf *y,
                                 const struct nai_buf *gamma, const struct nai_buf *beta,
                                 const struct nai_buf *run_mean, const struct nai_buf *run_var,
                                 struct nai_buf *dy, struct nai_buf *dx, struct nai_buf *dgamma,
                                 struct nai_buf *dbeta)
{
    const struct backward f = {.s = s,
                               .x = nai_in(x),
                               .y = nai_in(y),
                               .gamma = nai_in(gamma),
                               .beta = nai_in(beta),
                               .mean = nai_in(run_mean),
                               .rstd = nai_in(run_var), /* eval_slice takes it for what it is */
                               .dy = nai_io(dy),
                               .dx = nai_io(dx),
                               .dgamma = nai_io(dgamma),
                               .dbeta = nai_io(dbeta),
                               .mask = nai_bn_mask_of(s, y)};
    const size_t slices = nai_slices(&s->x);

    (void)d;
#pragma omp parallel for schedule(dynamic) if (nai_bn_by_slice(s) && !nai_bn_serial(s))
    for (size_t k = 0; k < slices; k++)
        eval_slice(&f, k);
}
