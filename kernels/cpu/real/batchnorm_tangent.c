/* batchnorm_tangent.c - see batchnorm.h: tangents of the forward pass
 * SPDX-License-Identifier: MIT */
#include "batchnorm_parts.h"

struct tangent {
    const struct nai_batchnorm_spec *s;
    const real *x, *y, *gamma, *beta, *mean, *rstd, *tx, *tres, *tgamma, *tbeta;
    real *ty, *tmean, *trstd;
    enum nai_bn_mask mask;
};

/* Of each lane: ty = scale (tx - tmean) + slope (x - mean) + tbeta; scale and beta of the forward
 * pass. */
struct lanes {
    struct nai_bn_lanes mean, scale, beta, tmean, slope, tbeta;
};

/* Sums of tx and of tx (x - mean), four positions in `real` before they are added in float64. */
__attribute__((always_inline)) static inline void
sums_body(const real *restrict x, const real *restrict tx, size_t positions, size_t step,
          size_t lanes, const real *restrict mean, double *restrict sum, double *restrict product)
{
    size_t p = 0;

    for (; p + 4 <= positions; p += 4)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = p * step + l, j = i + step, k = j + step, m = k + step;
            sum[l] += (double)((tx[i] + tx[j]) + (tx[k] + tx[m]));
            product[l] += (double)((tx[i] * (x[i] - mean[l]) + tx[j] * (x[j] - mean[l])) +
                                   (tx[k] * (x[k] - mean[l]) + tx[m] * (x[m] - mean[l])));
        }
    for (; p < positions; p++)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = p * step + l;
            sum[l] += (double)tx[i];
            product[l] += (double)(tx[i] * (x[i] - mean[l]));
        }
}

NAI_CLONES
static void sums(const struct tangent *f, const struct nai_run *r, const struct lanes *k,
                 double *sum, double *product)
{
    const real *const x = f->x + r->at, *const tx = f->tx + r->at;

    if (r->lanes == NAI_BLOCK && r->step == NAI_BLOCK)
        sums_body(x, tx, r->positions, NAI_BLOCK, NAI_BLOCK, k->mean.v, sum, product);
    else
        sums_body(x, tx, r->positions, r->step, r->lanes, k->mean.v, sum, product);
}

/* ty may be tx. */
__attribute__((always_inline)) static inline void
apply_body(const struct tangent *f, const struct nai_run *r, size_t step, size_t lanes,
           const struct lanes *restrict k, enum nai_bn_mask mask, bool add)
{
    const real *const x = f->x + r->at, *const y = mask == NAI_BN_BY_Y ? f->y + r->at : NULL;
    const real *const tx = f->tx + r->at, *const tres = add ? f->tres + r->at : NULL;
    const real *restrict const mean = k->mean.v, *restrict const scale = k->scale.v;
    const real *restrict const beta = k->beta.v, *restrict const tmean = k->tmean.v;
    const real *restrict const slope = k->slope.v, *restrict const tbeta = k->tbeta.v;
    real *const ty = f->ty + r->at;

    for (size_t p = 0; p < r->positions; p++)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = p * step + l;
            const real seen = mask == NAI_BN_BY_Y ? y[i] : 0;
            const bool blocked = nai_bn_blocked(mask, x[i], seen, mean[l], scale[l], beta[l]);
            real t = scale[l] * (tx[i] - tmean[l]) + (slope[l] * (x[i] - mean[l]) + tbeta[l]);
            if (add)
                t += tres[i];
            ty[i] = nai_bn_unless(blocked, t);
        }
}

/* Unrolled for the block of convolutions. */
__attribute__((always_inline)) static inline void apply_with(const struct tangent *f,
                                                             const struct nai_run *r,
                                                             const struct lanes *k,
                                                             enum nai_bn_mask mask, bool add)
{
    if (r->lanes == NAI_BLOCK && r->step == NAI_BLOCK)
        apply_body(f, r, NAI_BLOCK, NAI_BLOCK, k, mask, add);
    else
        apply_body(f, r, r->step, r->lanes, k, mask, add);
}

NAI_CLONES
static void apply_run(const struct tangent *f, const struct nai_run *r, const struct lanes *k)
{
    if (f->mask == NAI_BN_BY_X) /* there is no residual then */
        apply_with(f, r, k, NAI_BN_BY_X, false);
    else if (f->mask == NAI_BN_BY_Y && f->tres)
        apply_with(f, r, k, NAI_BN_BY_Y, true);
    else if (f->mask == NAI_BN_BY_Y)
        apply_with(f, r, k, NAI_BN_BY_Y, false);
    else if (f->tres)
        apply_with(f, r, k, NAI_BN_ALL, true);
    else
        apply_with(f, r, k, NAI_BN_ALL, false);
}

/* Sums over samples [from, to), by channel. */
static void reduce(const struct tangent *f, const struct nai_slice *sl, size_t from, size_t to,
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

/* Last samples first: they are what the caches still hold of what was summed. */
static void apply(const struct tangent *f, const struct nai_slice *sl, size_t from, size_t to,
                  const struct lanes *k)
{
    const size_t parts = nai_min(to - from, NAI_PARTS);

#pragma omp parallel for if (!omp_in_parallel() && !nai_bn_serial(f->s))
    for (size_t q = 0; q < parts; q++) {
        const size_t p = parts - 1 - q;
        struct nai_run r;
        for (size_t i = 0; nai_run_next(&r, &i, sl, from + nai_part(to - from, p, parts),
                                        from + nai_part(to - from, p + 1, parts));)
            apply_run(f, &r, k);
    }
}

/* What does not depend on tx; r: 1 / standard deviation. */
static void prepare(struct lanes *k, const struct tangent *f, const struct nai_slice *sl,
                    const real *mean, const struct nai_bn_lanes *r)
{
    *k = (struct lanes){0};
    nai_bn_load(&k->mean, sl, mean, 0);
    nai_bn_load(&k->scale, sl, f->gamma, 1);
    nai_bn_load(&k->beta, sl, f->beta, 0);
    nai_bn_load(&k->slope, sl, f->tgamma, 0);
    nai_bn_load(&k->tbeta, sl, f->tbeta, 0);
    for (size_t l = 0; l < sl->lanes; l++) {
        k->scale.v[l] *= r->v[l];
        k->slope.v[l] *= r->v[l];
    }
}

static void train_slice(const struct tangent *f, size_t slice)
{
    const struct nai_batchnorm_spec *const s = f->s;
    const struct nai_slice sl = nai_slice_at(&s->x, slice);
    const size_t n = s->x.n / s->groups;
    const double count = (double)n * (double)(s->x.h * s->x.w);

    for (size_t g = 0; g < s->groups; g++) {
        const real *const rstd = f->rstd + g * s->x.c;
        real *const tmean = f->tmean + g * s->x.c, *const trstd = f->trstd + g * s->x.c;
        double sum[NAI_LANES], product[NAI_LANES];
        struct nai_bn_lanes r, tr, gamma;
        struct lanes k;

        nai_bn_load(&r, &sl, rstd, 0);
        prepare(&k, f, &sl, f->mean + g * s->x.c, &r);
        reduce(f, &sl, g * n, (g + 1) * n, &k, sum, product);
        for (size_t i = 0; i < sl.count; i++) {
            const size_t c = sl.first + i;
            const double a = (double)rstd[c];
            tmean[c] = (real)(sum[i] / count);
            trstd[c] = (real)(-a * a * a * (product[i] / count));
        }
        nai_bn_load(&k.tmean, &sl, tmean, 0);
        nai_bn_load(&tr, &sl, trstd, 0);
        nai_bn_load(&gamma, &sl, f->gamma, 1);
        for (size_t l = 0; l < sl.lanes; l++)
            k.slope.v[l] += gamma.v[l] * tr.v[l];
        apply(f, &sl, g * n, (g + 1) * n, &k);
    }
}

static void eval_slice(const struct tangent *f, size_t slice)
{
    const struct nai_slice sl = nai_slice_at(&f->s->x, slice);
    struct nai_bn_lanes r;
    struct lanes k;

    nai_bn_load_rstd(&r, &sl, f->rstd, f->s->eps);
    prepare(&k, f, &sl, f->mean, &r);
    apply(f, &sl, 0, f->s->x.n, &k);
}

void NAI_R(nai_bn_train_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                 const struct nai_buf *x, const struct nai_buf *y,
                                 const struct nai_buf *gamma, const struct nai_buf *beta,
                                 const struct nai_buf *mean, const struct nai_buf *rstd,
                                 const struct nai_buf *tx, const struct nai_buf *tres,
                                 const struct nai_buf *tgamma, const struct nai_buf *tbeta,
                                 struct nai_buf *ty, struct nai_buf *tmean, struct nai_buf *trstd)
{
    const struct tangent f = {.s = s,
                              .x = nai_in(x),
                              .y = nai_in(y),
                              .gamma = nai_in(gamma),
                              .beta = nai_in(beta),
                              .mean = nai_in(mean),
                              .rstd = nai_in(rstd),
                              .tx = nai_in(tx),
                              .tres = nai_in(tres),
                              .tgamma = nai_in(tgamma),
                              .tbeta = nai_in(tbeta),
                              .ty = nai_io(ty),
                              .tmean = nai_io(tmean),
                              .trstd = nai_io(trstd),
                              .mask = nai_bn_mask_of(s, y)};
    const size_t slices = nai_slices(&s->x);

    (void)d;
#pragma omp parallel for schedule(dynamic) if (nai_bn_by_slice(s) && !nai_bn_serial(s))
    for (size_t k = 0; k < slices; k++)
        train_slice(&f, k);
}

void NAI_R(nai_bn_eval_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                const struct nai_buf *x, const struct nai_buf *y,
                                const struct nai_buf *gamma, const struct nai_buf *beta,
                                const struct nai_buf *run_mean, const struct nai_buf *run_var,
                                const struct nai_buf *tx, const struct nai_buf *tres,
                                const struct nai_buf *tgamma, const struct nai_buf *tbeta,
                                struct nai_buf *ty)
{
    const struct tangent f = {.s = s,
                              .x = nai_in(x),
                              .y = nai_in(y),
                              .gamma = nai_in(gamma),
                              .beta = nai_in(beta),
                              .mean = nai_in(run_mean),
                              .rstd = nai_in(run_var), /* eval_slice takes it for what it is */
                              .tx = nai_in(tx),
                              .tres = nai_in(tres),
                              .tgamma = nai_in(tgamma),
                              .tbeta = nai_in(tbeta),
                              .ty = nai_io(ty),
                              .mask = nai_bn_mask_of(s, y)};
    const size_t slices = nai_slices(&s->x);

    (void)d;
#pragma omp parallel for schedule(dynamic) if (nai_bn_by_slice(s) && !nai_bn_serial(s))
    for (size_t k = 0; k < slices; k++)
        eval_slice(&f, k);
}
