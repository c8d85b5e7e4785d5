/* batchnorm_backward_tangent.c - see batchnorm.h: tangents of gradients
 * SPDX-License-Identifier: MIT
 *
 * With xc = x - mean, txc = tx - tmean, means over the group's samples and pixels,
 * m = rstd mean(dy xc), tm = rstd mean(tdy xc + dy txc) + trstd mean(dy xc), which are c and tc of
 * the header, and p = tgamma rstd + gamma trstd, q = gamma rstd:
 * tdx = p dy + q tdy - q rstd m txc - (p rstd m + q (trstd m + rstd tm)) xc
 *       - p mean(dy) - q mean(tdy). */
#include "batchnorm_parts.h"

enum { NEAR = 64 }; /* positions whose elements stay in the nearest caches */

struct backward {
    const struct nai_batchnorm_spec *s;
    const real *x, *y, *gamma, *beta, *mean, *rstd, *dy, *tx, *tgamma, *tmean, *trstd;
    real *tdy, *tdx, *tdgamma, *tdbeta;
    enum nai_bn_mask mask;
    bool train;
};

/* Of each lane: tdx = p dy + q tdy + u txc + v xc + w; q and beta of the forward pass. */
struct lanes {
    struct nai_bn_lanes mean, tmean, beta, p, q, u, v, w;
};

/* Sums of dy, dy xc, tdy, tdy xc + dy txc; of each part of the samples. */
enum { DY, DY_X, TDY, MIXED, SUMS };
struct sums {
    double v[SUMS][NAI_LANES];
};

/* Of `rows` positions, a constant, in `real` before they are added in float64. */
__attribute__((always_inline)) static inline void
sums_rows(const struct backward *f, size_t at, size_t step, size_t lanes, size_t rows,
          const struct lanes *restrict k, struct sums *restrict sum, enum nai_bn_mask mask)
{
    const real *restrict const x = f->x + at, *restrict const dy = f->dy + at;
    const real *restrict const y = mask == NAI_BN_BY_Y ? f->y + at : NULL;
    const real *restrict const tx = f->tx + at, *restrict const tdy = f->tdy + at;

#pragma omp simd
    for (size_t l = 0; l < lanes; l++) {
        real s = 0, sx = 0, t = 0, mixed = 0;
#pragma GCC unroll 4
        for (size_t r = 0; r < rows; r++) {
            const size_t i = r * step + l;
            const real seen = mask == NAI_BN_BY_Y ? y[i] : 0, xc = x[i] - k->mean.v[l];
            const bool blocked =
                nai_bn_blocked(mask, x[i], seen, k->mean.v[l], k->q.v[l], k->beta.v[l]);
            const real g = nai_bn_unless(blocked, dy[i]), tg = nai_bn_unless(blocked, tdy[i]);
            s += g;
            sx += g * xc;
            t += tg;
            mixed += tg * xc + g * (tx[i] - k->tmean.v[l]);
        }
        sum->v[DY][l] += (double)s;
        sum->v[DY_X][l] += (double)sx;
        sum->v[TDY][l] += (double)t;
        sum->v[MIXED][l] += (double)mixed;
    }
}

/* Unrolled for the block of convolutions. */
__attribute__((always_inline)) static inline void sums_with(const struct backward *f,
                                                            const struct nai_run *r,
                                                            const struct lanes *k, struct sums *sum,
                                                            enum nai_bn_mask mask)
{
    size_t p = 0;

    if (r->lanes == NAI_BLOCK && r->step == NAI_BLOCK)
        for (; p + 4 <= r->positions; p += 4)
            sums_rows(f, r->at + p * NAI_BLOCK, NAI_BLOCK, NAI_BLOCK, 4, k, sum, mask);
    else
        for (; p + 4 <= r->positions; p += 4)
            sums_rows(f, r->at + p * r->step, r->step, r->lanes, 4, k, sum, mask);
    for (; p < r->positions; p++)
        sums_rows(f, r->at + p * r->step, r->step, r->lanes, 1, k, sum, mask);
}

NAI_CLONES
static void sums_run(const struct backward *f, const struct nai_run *r, const struct lanes *k,
                     struct sums *sum)
{
    if (f->mask == NAI_BN_ALL)
        sums_with(f, r, k, sum, NAI_BN_ALL);
    else if (f->mask == NAI_BN_BY_Y)
        sums_with(f, r, k, sum, NAI_BN_BY_Y);
    else
        sums_with(f, r, k, sum, NAI_BN_BY_X);
}

/* tdx may be tdy: masked by y, tdy is written back before it. */
__attribute__((always_inline)) static inline void
apply_body(const struct backward *f, const struct nai_run *r, size_t step, size_t lanes,
           const struct lanes *restrict k, enum nai_bn_mask mask, bool train)
{
    const real *const x = f->x + r->at, *const y = mask == NAI_BN_BY_Y ? f->y + r->at : NULL;
    const real *const dy = f->dy + r->at, *const tx = f->tx + r->at;
    real *const tdy = f->tdy + r->at, *const tdx = f->tdx + r->at;
    const real *restrict const mean = k->mean.v, *restrict const tmean = k->tmean.v;
    const real *restrict const u = k->u.v, *restrict const v = k->v.v;

    for (size_t pos = 0; pos < r->positions; pos++)
#pragma omp simd
        for (size_t l = 0; l < lanes; l++) {
            const size_t i = pos * step + l;
            const real seen = mask == NAI_BN_BY_Y ? y[i] : 0;
            const bool blocked = nai_bn_blocked(mask, x[i], seen, mean[l], k->q.v[l], k->beta.v[l]);
            const real g = nai_bn_unless(blocked, dy[i]), tg = nai_bn_unless(blocked, tdy[i]);
            real t = k->p.v[l] * g + k->q.v[l] * tg;
            if (train)
                t += u[l] * (tx[i] - tmean[l]) + (v[l] * (x[i] - mean[l]) + k->w.v[l]);
            if (mask == NAI_BN_BY_Y)
                tdy[i] = tg;
            tdx[i] = t;
        }
}

__attribute__((always_inline)) static inline void apply_with(const struct backward *f,
                                                             const struct nai_run *r,
                                                             const struct lanes *k,
                                                             enum nai_bn_mask mask, bool train)
{
    if (r->lanes == NAI_BLOCK && r->step == NAI_BLOCK)
        apply_body(f, r, NAI_BLOCK, NAI_BLOCK, k, mask, train);
    else
        apply_body(f, r, r->step, r->lanes, k, mask, train);
}

NAI_CLONES
static void apply_run(const struct backward *f, const struct nai_run *r, const struct lanes *k)
{
    if (f->mask == NAI_BN_ALL && f->train)
        apply_with(f, r, k, NAI_BN_ALL, true);
    else if (f->mask == NAI_BN_BY_Y && f->train)
        apply_with(f, r, k, NAI_BN_BY_Y, true);
    else if (f->train)
        apply_with(f, r, k, NAI_BN_BY_X, true);
    else if (f->mask == NAI_BN_ALL)
        apply_with(f, r, k, NAI_BN_ALL, false);
    else if (f->mask == NAI_BN_BY_Y)
        apply_with(f, r, k, NAI_BN_BY_Y, false);
    else
        apply_with(f, r, k, NAI_BN_BY_X, false);
}

/* Parts added up in order, by channel. */
static void total(struct sums *out, const struct nai_slice *sl, size_t parts, struct sums *part)
{
    for (size_t j = 0; j < SUMS; j++) {
        for (size_t p = 1; p < parts; p++)
            for (size_t l = 0; l < sl->lanes; l++)
                part[0].v[j][l] += part[p].v[j][l];
        nai_bn_total(out->v[j], sl, 1, &part[0].v[j]);
    }
}

/* Sums over samples [from, to). */
static void reduce(const struct backward *f, const struct nai_slice *sl, size_t from, size_t to,
                   const struct lanes *k, struct sums *sum)
{
    const size_t parts = nai_min(to - from, NAI_PARTS);
    struct sums part[NAI_PARTS];

#pragma omp parallel for if (!omp_in_parallel() && !nai_bn_serial(f->s))
    for (size_t p = 0; p < parts; p++) {
        struct nai_run r;
        part[p] = (struct sums){0};
        for (size_t i = 0; nai_run_next(&r, &i, sl, from + nai_part(to - from, p, parts),
                                        from + nai_part(to - from, p + 1, parts));)
            sums_run(f, &r, k, &part[p]);
    }
    total(sum, sl, parts, part);
}

/* Last samples first: they are what the caches still hold of what was summed. */
static void spread(const struct backward *f, const struct nai_slice *sl, size_t from, size_t to,
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

/* Both in one pass, where what is spread does not depend on the sums. */
static void both(const struct backward *f, const struct nai_slice *sl, const struct lanes *k,
                 struct sums *sum)
{
    const size_t n = f->s->x.n, parts = nai_min(n, NAI_PARTS);
    struct sums part[NAI_PARTS];

#pragma omp parallel for if (!omp_in_parallel() && !nai_bn_serial(f->s))
    for (size_t p = 0; p < parts; p++) {
        struct nai_run r;
        part[p] = (struct sums){0};
        for (size_t i = 0;
             nai_run_next(&r, &i, sl, nai_part(n, p, parts), nai_part(n, p + 1, parts));)
            for (size_t at = 0; at < r.positions; at += NEAR) {
                struct nai_run piece = r;
                piece.at += at * r.step;
                piece.positions = nai_min(NEAR, r.positions - at);
                if (f->tdgamma)
                    sums_run(f, &piece, k, &part[p]);
                apply_run(f, &piece, k);
            }
    }
    total(sum, sl, parts, part);
}

/* What does not depend on the sums; r, tr: 1 / standard deviation and its tangent. */
static void prepare(struct lanes *k, const struct backward *f, const struct nai_slice *sl,
                    const real *mean, const struct nai_bn_lanes *r, const struct nai_bn_lanes *tr)
{
    *k = (struct lanes){0};
    nai_bn_load(&k->mean, sl, mean, 0);
    nai_bn_load(&k->beta, sl, f->beta, 0);
    nai_bn_load(&k->p, sl, f->tgamma, 0);
    nai_bn_load(&k->q, sl, f->gamma, 1);
    for (size_t l = 0; l < sl->lanes; l++) {
        k->p.v[l] = k->p.v[l] * r->v[l] + k->q.v[l] * tr->v[l];
        k->q.v[l] *= r->v[l];
    }
}

/* The coefficients that do. */
static void finish(struct lanes *k, const struct nai_slice *sl, const struct nai_bn_lanes *r,
                   const struct nai_bn_lanes *tr, const struct sums *sum, double count)
{
    for (size_t l = 0; l < sl->lanes; l++) {
        const size_t c = sl->pixels ? 0 : l;
        const double p = (double)k->p.v[l], q = (double)k->q.v[l];
        const double rstd = (double)r->v[l], trstd = (double)tr->v[l];

        if (c >= sl->count)
            break;
        const double product = sum->v[DY_X][c] / count, m = rstd * product;
        const double tm = rstd * (sum->v[MIXED][c] / count) + trstd * product;
        k->u.v[l] = (real)(-q * rstd * m);
        k->v.v[l] = (real) - (p * rstd * m + q * (trstd * m + rstd * tm));
        k->w.v[l] = (real) - (p * (sum->v[DY][c] / count) + q * (sum->v[TDY][c] / count));
    }
}

/* The slice's share, by groups; tdgamma and tdbeta once they are all there. */
static void train_slice(const struct backward *f, size_t slice)
{
    const struct nai_batchnorm_spec *const s = f->s;
    const struct nai_slice sl = nai_slice_at(&s->x, slice);
    const size_t n = s->x.n / s->groups;
    const double count = (double)n * (double)(s->x.h * s->x.w);
    double tdgamma[NAI_LANES] = {0}, tdbeta[NAI_LANES] = {0};

    for (size_t g = 0; g < s->groups; g++) {
        struct nai_bn_lanes r, tr;
        struct sums sum;
        struct lanes k;

        nai_bn_load(&r, &sl, f->rstd + g * s->x.c, 0);
        nai_bn_load(&tr, &sl, f->trstd + g * s->x.c, 0);
        prepare(&k, f, &sl, f->mean + g * s->x.c, &r, &tr);
        nai_bn_load(&k.tmean, &sl, f->tmean + g * s->x.c, 0);
        reduce(f, &sl, g * n, (g + 1) * n, &k, &sum);
        finish(&k, &sl, &r, &tr, &sum, count);
        for (size_t c = 0; c < sl.count; c++) {
            tdgamma[c] += (double)r.v[c] * sum.v[MIXED][c] + (double)tr.v[c] * sum.v[DY_X][c];
            tdbeta[c] += sum.v[TDY][c];
        }
        spread(f, &sl, g * n, (g + 1) * n, &k);
    }
    for (size_t c = 0; c < sl.count && f->tdgamma; c++) {
        f->tdgamma[sl.first + c] += (real)tdgamma[c];
        f->tdbeta[sl.first + c] += (real)tdbeta[c];
    }
}

static void eval_slice(const struct backward *f, size_t slice)
{
    const struct nai_slice sl = nai_slice_at(&f->s->x, slice);
    const struct nai_bn_lanes none = {0};
    struct nai_bn_lanes r;
    struct sums sum;
    struct lanes k;

    nai_bn_load_rstd(&r, &sl, f->rstd, f->s->eps);
    prepare(&k, f, &sl, f->mean, &r, &none);
    both(f, &sl, &k, &sum);
    for (size_t c = 0; c < sl.count && f->tdgamma; c++) {
        f->tdgamma[sl.first + c] += (real)((double)r.v[c] * sum.v[MIXED][c]);
        f->tdbeta[sl.first + c] += (real)sum.v[TDY][c];
    }
}

void NAI_R(nai_bn_train_backward_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                          const struct nai_buf *x, const struct nai_buf *y,
                                          const struct nai_buf *gamma, const struct nai_buf *beta,
                                          const struct nai_buf *mean, const struct nai_buf *rstd,
                                          const struct nai_buf *dy, const struct nai_buf *tx,
                                          const struct nai_buf *tgamma, const struct nai_buf *tmean,
                                          const struct nai_buf *trstd, struct nai_buf *tdy,
                                          struct nai_buf *tdx, struct nai_buf *tdgamma,
                                          struct nai_buf *tdbeta)
{
    const struct backward f = {.s = s,
                               .x = nai_in(x),
                               .y = nai_in(y),
                               .gamma = nai_in(gamma),
                               .beta = nai_in(beta),
                               .mean = nai_in(mean),
                               .rstd = nai_in(rstd),
                               .dy = nai_in(dy),
                               .tx = nai_in(tx),
                               .tgamma = nai_in(tgamma),
                               .tmean = nai_in(tmean),
                               .trstd = nai_in(trstd),
                               .tdy = nai_io(tdy),
                               .tdx = nai_io(tdx),
                               .tdgamma = nai_io(tdgamma),
                               .tdbeta = nai_io(tdbeta),
                               .mask = nai_bn_mask_of(s, y),
                               .train = true};
    const size_t slices = nai_slices(&s->x);

    (void)d;
#pragma omp parallel for schedule(dynamic) if (nai_bn_by_slice(s) && !nai_bn_serial(s))
    for (size_t k = 0; k < slices; k++)
        train_slice(&f, k);
}

void NAI_R(nai_bn_eval_backward_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                         const struct nai_buf *x, const struct nai_buf *y,
                                         const struct nai_buf *gamma, const struct nai_buf *beta,
                                         const struct nai_buf *run_mean,
                                         const struct nai_buf *run_var, const struct nai_buf *dy,
                                         const struct nai_buf *tx, const struct nai_buf *tgamma,
                                         struct nai_buf *tdy, struct nai_buf *tdx,
                                         struct nai_buf *tdgamma, struct nai_buf *tdbeta)
{
    const struct backward f = {.s = s,
                               .x = nai_in(x),
                               .y = nai_in(y),
                               .gamma = nai_in(gamma),
                               .beta = nai_in(beta),
                               .mean = nai_in(run_mean),
                               .rstd = nai_in(run_var), /* eval_slice takes it for what it is */
                               .dy = nai_in(dy),
                               .tx = nai_in(tx),
                               .tgamma = nai_in(tgamma),
                               .tdy = nai_io(tdy),
                               .tdx = nai_io(tdx),
                               .tdgamma = nai_io(tdgamma),
                               .tdbeta = nai_io(tdbeta),
                               .mask = nai_bn_mask_of(s, y)};
    const size_t slices = nai_slices(&s->x);

    (void)d;
#pragma omp parallel for schedule(dynamic) if (nai_bn_by_slice(s) && !nai_bn_serial(s))
    for (size_t k = 0; k < slices; k++)
        eval_slice(&f, k);
}
