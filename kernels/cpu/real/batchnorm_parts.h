/* batchnorm_parts.h - what the files of batchnorm share
 * SPDX-License-Identifier: MIT */
#ifndef NAI_BATCHNORM_PARTS_H
#define NAI_BATCHNORM_PARTS_H

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>

#include "batchnorm.h"
#include "lanes.h"
#include "real.h"

enum { NAI_BN_SERIAL = 1 << 14 }; /* elements not worth a second thread */

/* A number of each lane. */
struct nai_bn_lanes {
    real v[NAI_LANES];
};

/* nai_bn_load - a channel's number to its lanes: p[first..], or `none` where p is NULL; 0 for the
 * padding, which keeps it 0 in all that is computed. */
static inline void nai_bn_load(struct nai_bn_lanes *out, const struct nai_slice *s, const real *p,
                               real none)
{
    for (size_t l = 0; l < s->lanes; l++) {
        const size_t c = s->pixels ? 0 : l;
        out->v[l] = c >= s->count ? 0 : p ? p[s->first + c] : none;
    }
}

/* nai_bn_value - the normalised value, before rectification. Backward finds the mask again by it,
 * so both must compute it alike. */
static inline real nai_bn_value(real x, real mean, real scale, real beta)
{
    return (x - mean) * scale + beta;
}

/* Where a gradient or tangent is blocked: nowhere, where y is 0, or where the value made again from
 * x is. */
enum nai_bn_mask { NAI_BN_ALL, NAI_BN_BY_Y, NAI_BN_BY_X };

static inline enum nai_bn_mask nai_bn_mask_of(const struct nai_batchnorm_spec *s,
                                              const struct nai_buf *y)
{
    return !s->relu ? NAI_BN_ALL : y ? NAI_BN_BY_Y : NAI_BN_BY_X;
}

static inline bool nai_bn_blocked(enum nai_bn_mask mask, real x, real y, real mean, real scale,
                                  real beta)
{
    return (mask == NAI_BN_BY_Y && y <= 0) ||
           (mask == NAI_BN_BY_X && nai_bn_value(x, mean, scale, beta) <= 0);
}

/* nai_bn_unless - blocked ? 0 : v, on the bits: of a choice the compiler makes a branch around what
 * v is made from, and such a loop has no vectors before AVX-512. */
static inline real nai_bn_unless(bool blocked, real v)
{
#if NAI_REAL == 32
    uint32_t bits;
    const uint32_t keep = (uint32_t)blocked - 1;
#else
    uint64_t bits;
    const uint64_t keep = (uint64_t)blocked - 1;
#endif

    memcpy(&bits, &v, sizeof bits);
    bits &= keep;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* nai_bn_load_rstd - 1 / sqrt(var + eps) to the lanes. */
static inline void nai_bn_load_rstd(struct nai_bn_lanes *out, const struct nai_slice *s,
                                    const real *var, double eps)
{
    nai_bn_load(out, s, var, 0);
    for (size_t l = 0; l < s->lanes; l++)
        out->v[l] = (real)(1 / sqrt((double)out->v[l] + eps));
}

/* nai_bn_by_slice - whether threads are to share out slices, or each slice in parts. */
static inline bool nai_bn_by_slice(const struct nai_batchnorm_spec *s)
{
    const size_t slices = nai_slices(&s->x), threads = (size_t)omp_get_max_threads();

    return slices >= 4 * threads || slices % threads == 0;
}

static inline bool nai_bn_serial(const struct nai_batchnorm_spec *s)
{
    return nai_shape_count(&s->x) < NAI_BN_SERIAL;
}

/* Parts of the samples of a group. */
static inline size_t nai_bn_parts(const struct nai_batchnorm_spec *s)
{
    return nai_min(s->x.n / s->groups, NAI_PARTS);
}

/* nai_bn_total - parts added up in order, and of pixels their lanes: f64[count] */
static inline void nai_bn_total(double *total, const struct nai_slice *s, size_t parts,
                                double (*sums)[NAI_LANES])
{
    for (size_t p = 1; p < parts; p++)
        for (size_t l = 0; l < s->lanes; l++)
            sums[0][l] += sums[p][l];
    if (s->pixels)
        for (size_t l = 1; l < s->lanes; l++)
            sums[0][0] += sums[0][l];
    for (size_t l = 0; l < s->count; l++)
        total[l] = sums[0][l];
}

void NAI_R(nai_bn_train_backward)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                  const struct nai_buf *x, const struct nai_buf *y,
                                  const struct nai_buf *gamma, const struct nai_buf *beta,
                                  const struct nai_buf *mean, const struct nai_buf *rstd,
                                  struct nai_buf *dy, struct nai_buf *dx, struct nai_buf *dgamma,
                                  struct nai_buf *dbeta);
void NAI_R(nai_bn_eval_backward)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                 const struct nai_buf *x, const struct nai_buf *y,
                                 const struct nai_buf *gamma, const struct nai_buf *beta,
                                 const struct nai_buf *run_mean, const struct nai_buf *run_var,
                                 struct nai_buf *dy, struct nai_buf *dx, struct nai_buf *dgamma,
                                 struct nai_buf *dbeta);

void NAI_R(nai_bn_train_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                 const struct nai_buf *x, const struct nai_buf *y,
                                 const struct nai_buf *gamma, const struct nai_buf *beta,
                                 const struct nai_buf *mean, const struct nai_buf *rstd,
                                 const struct nai_buf *tx, const struct nai_buf *tres,
                                 const struct nai_buf *tgamma, const struct nai_buf *tbeta,
                                 struct nai_buf *ty, struct nai_buf *tmean, struct nai_buf *trstd);
void NAI_R(nai_bn_eval_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                const struct nai_buf *x, const struct nai_buf *y,
                                const struct nai_buf *gamma, const struct nai_buf *beta,
                                const struct nai_buf *run_mean, const struct nai_buf *run_var,
                                const struct nai_buf *tx, const struct nai_buf *tres,
                                const struct nai_buf *tgamma, const struct nai_buf *tbeta,
                                struct nai_buf *ty);
void NAI_R(nai_bn_train_backward_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                          const struct nai_buf *x, const struct nai_buf *y,
                                          const struct nai_buf *gamma, const struct nai_buf *beta,
                                          const struct nai_buf *mean, const struct nai_buf *rstd,
                                          const struct nai_buf *dy, const struct nai_buf *tx,
                                          const struct nai_buf *tgamma, const struct nai_buf *tmean,
                                          const struct nai_buf *trstd, struct nai_buf *tdy,
                                          struct nai_buf *tdx, struct nai_buf *tdgamma,
                                          struct nai_buf *tdbeta);
void NAI_R(nai_bn_eval_backward_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                         const struct nai_buf *x, const struct nai_buf *y,
                                         const struct nai_buf *gamma, const struct nai_buf *beta,
                                         const struct nai_buf *run_mean,
                                         const struct nai_buf *run_var, const struct nai_buf *dy,
                                         const struct nai_buf *tx, const struct nai_buf *tgamma,
                                         struct nai_buf *tdy, struct nai_buf *tdx,
                                         struct nai_buf *tdgamma, struct nai_buf *tdbeta);

#endif
