/* loss_parts.h - what the losses of the CPU share: sums in fixed trees, standardisation, norms
 * SPDX-License-Identifier: MIT
 *
 * Sums are in float64, over parts that follow from the sizes only, so that they have the same bits
 * for any number of threads.
 *
 * The tangent of a loss goes the way of its gradient, step by step, with what each quantity q is
 * and what it changes by at first order when z changes by tz; the latter is tq. */
#ifndef NAI_LOSS_PARTS_H
#define NAI_LOSS_PARTS_H

#include "loss.h"
#include "real.h"

enum {
    NAI_LOSS_PARTS = 64,    /* of a sum; each is one thread's */
    NAI_LOSS_COLUMNS = 128, /* columns worked on together */
    NAI_LOSS_LANES = 16,    /* partial sums of a row */
    NAI_LOSS_SERIAL = 8192  /* elements that one thread passes over sooner than two are woken */
};

/* One call of compute, or of tangent: tz, tdz in place of dz. */
struct nai_loss_call {
    struct nai_device *device;
    const struct nai_loss_spec *s;
    const real *z, *target;
    const int32_t *labels;
    real *dz; /* or NULL */
    const real *tz;
    real *tdz;
    real *work;
};

/* What something is, and its tangent: what it changes by when z changes by tz. */
struct nai_dual {
    real *x, *t;
};

static inline struct nai_dual nai_dual_at(struct nai_dual q, size_t offset)
{
    return (struct nai_dual){q.x + offset, q.t + offset};
}

/* Pieces of the workspace, each on its own cache lines; with base NULL they are only counted. */
struct nai_pieces {
    real *base;
    size_t used;
};

static inline real *nai_piece(struct nai_pieces *p, size_t count)
{
    real *const r = p->base ? p->base + p->used : NULL;

    p->used += (count + 15) & ~(size_t)15;
    return r;
}

static inline double *nai_piece_f64(struct nai_pieces *p, size_t count)
{
    return (double *)(void *)nai_piece(p, count * (sizeof(double) / sizeof(real)));
}

static inline const struct nai_buf *nai_buf_in(const real *x)
{
    return (const struct nai_buf *)(const void *)x;
}

static inline struct nai_buf *nai_buf_io(real *x)
{
    return (struct nai_buf *)(void *)x;
}

/* nai_part - where part p of `count` begins; part NAI_LOSS_PARTS is the end. */
static inline size_t nai_part(size_t count, size_t p)
{
    return count / NAI_LOSS_PARTS * p + count % NAI_LOSS_PARTS * p / NAI_LOSS_PARTS;
}

static inline double nai_add_parts(const double part[NAI_LOSS_PARTS])
{
    double sum = 0;

    for (size_t p = 0; p < NAI_LOSS_PARTS; p++)
        sum += part[p];
    return sum;
}

/* nai_term - add a term, already weighted, to the value of the loss. */
static inline void nai_term(struct nai_loss_value *v, const char *name, double value)
{
    v->name[v->terms] = name;
    v->value[v->terms++] = value;
    v->loss += value;
}

/* nai_dot - the sum of x[i] y[i], i < count, by one thread. */
double NAI_R(nai_dot)(size_t count, const real *x, const real *y);

/* nai_distance - the sum of (x[i] - y[i])^2, by one thread. */
double NAI_R(nai_distance)(size_t count, const real *x, const real *y);

/* nai_sum_f64 - the sum of x[i], by one thread, pairwise. */
double NAI_R(nai_sum_f64)(size_t count, const double *x);

/* nai_column_dots - dot[i] = sum over rows b of x[b][i] y[b][i]; x, y [rows][d]. */
void NAI_R(nai_column_dots)(size_t rows, size_t d, const real *x, const real *y, double *dot);

/* nai_add_columns - g[b][i] += by[i] x[b][i]; x, g [rows][d]. */
void NAI_R(nai_add_columns)(size_t rows, size_t d, const double *by, const real *x, real *g);

/* nai_add_transpose - s = s + s^T; s [n][n]. */
void NAI_R(nai_add_transpose)(size_t n, real *s);

/* nai_mean_view - mean[b][i] = (1/m) sum over views a of z[a][b][i]. */
void NAI_R(nai_mean_view)(size_t m, size_t count, const real *z, real *mean);

/*
 * nai_standardise - u = (x - mean) / sqrt(var + eps) by column, var = sum of squares / divisor.
 *
 * x      in   [rows][d]
 * u      out  [rows][d]; may be x
 * var    out  f64[d], or NULL
 * scale  out  f64[d] 1 / sqrt(var + eps), or NULL: only the mean is taken away
 */
void NAI_R(nai_standardise)(size_t rows, size_t d, double divisor, double eps, const real *x,
                            real *u, double *var, double *scale);

/* nai_standardise_back - g, a gradient by u, becomes the gradient by x:
 * scale (g - mean(g) - u sum(g u) / divisor). */
void NAI_R(nai_standardise_back)(size_t rows, size_t d, double divisor, const real *u,
                                 const double *scale, real *g);

/*
 * nai_standardise_tangent - t, what x changes by, becomes what u does: the Jacobian is symmetric,
 * so that of nai_standardise_back.
 *
 * u, scale  in   as nai_standardise made them of x
 * tscale    out  f64[d] what scale changes by, -scale^2 sum(t u) / divisor
 */
void NAI_R(nai_standardise_tangent)(size_t rows, size_t d, double divisor, const real *u,
                                    const double *scale, real *t, double *tscale);

/* nai_standardise_back_tangent - g, a gradient by u, and what it changes by become those by x. */
void NAI_R(nai_standardise_back_tangent)(size_t rows, size_t d, double divisor, struct nai_dual u,
                                         const double *scale, const double *tscale,
                                         struct nai_dual g);

/*
 * nai_unit_rows - u[r] = z[r] / max(||z[r]||, 1e-12), as torch.nn.functional.normalize.
 *
 * u      out  [rows][d]
 * scale  out  f64[rows] what each row was multiplied by
 */
void NAI_R(nai_unit_rows)(size_t rows, size_t d, const real *z, real *u, double *scale);

/* nai_unit_rows_back - g, a gradient by u, becomes the gradient by z: scale (g - u <u, g>); no
 * projection where the norm was below 1e-12. */
void NAI_R(nai_unit_rows_back)(size_t rows, size_t d, const real *u, const double *scale, real *g);

/*
 * nai_unit_rows_tangent - t, what z changes by, becomes what u does: the Jacobian is symmetric, so
 * that of nai_unit_rows_back.
 *
 * u, scale  in   as nai_unit_rows made them of z
 * tscale    out  f64[rows] what scale changes by, -scale^2 <u, t>; 0 with norms below 1e-12
 */
void NAI_R(nai_unit_rows_tangent)(size_t rows, size_t d, const real *u, const double *scale,
                                  real *t, double *tscale);

/* nai_unit_rows_back_tangent - g, a gradient by u, and what it changes by become those by z. */
void NAI_R(nai_unit_rows_back_tangent)(size_t rows, size_t d, struct nai_dual u,
                                       const double *scale, const double *tscale,
                                       struct nai_dual g);

/*
 * Cross-products C = X^T Y / k and a penalty on (sum) (C_ii - 1)^2 and C_ij^2, i != j.
 *
 * When d >= 2 n, C has a rank of at most d / 2, and n by n products serve: ||C||^2 = <X X^T, Y Y^T>
 * / k^2, of which the diagonal's squares, at most about half of it when they are alike, are taken
 * off. Cost: 2 n d^2 flops forward and 4 n d^2 backward (2 when Y is X) or, with d >= 2 n, 4 n^2 d
 * and 4 n^2 d (half of each when Y is X).
 */
struct nai_cross {
    size_t n, d;
    double k;
    double on, off; /* weights, for the gradients only */
};

/* nai_cross_count - elements of work. */
size_t NAI_R(nai_cross_count)(size_t n, size_t d, bool same);

/*
 * nai_cross - the sums and the gradients of on * sums[0] + off * sums[1].
 *
 * x, y  in   [n][d]; y == x for a covariance
 * gx    out  [n][d], or NULL: sums only; when y == x the whole gradient
 * gy    out  [n][d]; not written when y == x
 * sums  out  sum_i (C_ii - 1)^2 and sum_{i != j} C_ij^2
 */
void NAI_R(nai_cross)(struct nai_device *device, const struct nai_cross *c, const real *x,
                      const real *y, real *gx, real *gy, real *work, double sums[2]);

/*
 * nai_cross_tangent - the gradients of on * sums[0] + off * sums[1], and what they change by.
 *
 * x, y  in   [n][d]; y the same as x for a covariance
 * gx    out  [n][d]; gx.x and gy.x may be NULL: only what the gradients change by
 * gy    out  [n][d]; not written when y is x
 * work  nai_cross_count elements each
 *
 * Cost with gx.x: three times nai_cross with gradients, or two and a half when y is x or d >= 2 n.
 */
void NAI_R(nai_cross_tangent)(struct nai_device *device, const struct nai_cross *c,
                              struct nai_dual x, struct nai_dual y, struct nai_dual gx,
                              struct nai_dual gy, struct nai_dual work);

/* Each loss: the elements of its workspace and its computation, for which value is cleared; the
 * elements of its tangent's workspace and the tangent. */
#define NAI_LOSS_FUNCTIONS(name)                                                                   \
    size_t NAI_R(nai_##name##_count)(const struct nai_loss_spec *s);                               \
    void NAI_R(nai_##name)(const struct nai_loss_call *c, struct nai_loss_value *value);           \
    size_t NAI_R(nai_##name##_tangent_count)(const struct nai_loss_spec *s);                       \
    void NAI_R(nai_##name##_tangent)(const struct nai_loss_call *c)

NAI_LOSS_FUNCTIONS(barlow);
NAI_LOSS_FUNCTIONS(vicreg);
NAI_LOSS_FUNCTIONS(simclr);
NAI_LOSS_FUNCTIONS(byol);
NAI_LOSS_FUNCTIONS(spectral);
NAI_LOSS_FUNCTIONS(ce);
NAI_LOSS_FUNCTIONS(mse);

#endif
