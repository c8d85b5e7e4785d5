/* loss_parts.h - what the losses of the CPU share: sums in fixed trees, standardisation, norms
 * SPDX-License-Identifier: MIT
 *
 * Sums are in float64, over parts that follow from the sizes only, so that they have the same bits
 * for any number of threads. */
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

/* One call of compute. */
struct nai_loss_call {
    struct nai_device *device;
    const struct nai_loss_spec *s;
    const real *z, *target;
    const int32_t *labels;
    real *dz; /* or NULL */
    real *work;
};

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

/* Each loss: the elements of its workspace, and its computation; value is cleared. */
#define NAI_LOSS_PAIR(name)                                                                        \
    size_t NAI_R(nai_##name##_count)(const struct nai_loss_spec *s);                               \
    void NAI_R(nai_##name)(const struct nai_loss_call *c, struct nai_loss_value *value)

NAI_LOSS_PAIR(barlow);
NAI_LOSS_PAIR(vicreg);
NAI_LOSS_PAIR(simclr);
NAI_LOSS_PAIR(byol);
NAI_LOSS_PAIR(spectral);
NAI_LOSS_PAIR(ce);
NAI_LOSS_PAIR(mse);

#endif
