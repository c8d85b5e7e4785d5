/* batchnorm.h - batch normalisation, with the addition and rectification that follow it
 * SPDX-License-Identifier: MIT
 *
 * y = act(gamma (x - mean) / sqrt(var + eps) + beta + residual), per channel over n, h, w, as
 * torch.nn.BatchNorm2d (and 1d for h = w = 1): biased variance for normalising, unbiased for the
 * running variance, running = (1 - momentum) running + momentum batch.
 * Ioffe & Szegedy 2015; the fusion with ReLU and the shortcut is that of a residual block. */
#ifndef NAI_BATCHNORM_H
#define NAI_BATCHNORM_H

#include <stdbool.h>

#include "device.h"

struct nai_batchnorm_spec {
    struct nai_shape x; /* y, residual and gradients have the same */
    size_t groups;      /* statistics are of each n / groups consecutive samples: one a view; the
                           running statistics are updated by each in turn */
    double eps, momentum;
    bool affine; /* gamma and beta; else both buffers are NULL: 1 and 0 */
    bool relu;
};

struct nai_batchnorm_ops {
    /*
     * Training: statistics of the batch.
     *
     * residual       in   NULL: none; added before the rectification
     * mean, rstd     out  [groups][c]  kept for backward
     * run_mean, run_var  in/out  [c]; both NULL: not tracked
     */
    void (*train)(struct nai_device *d, const struct nai_batchnorm_spec *s, const struct nai_buf *x,
                  const struct nai_buf *residual, const struct nai_buf *gamma,
                  const struct nai_buf *beta, struct nai_buf *y, struct nai_buf *mean,
                  struct nai_buf *rstd, struct nai_buf *run_mean, struct nai_buf *run_var);

    /* Evaluation: running statistics. y may be x. */
    void (*eval)(struct nai_device *d, const struct nai_batchnorm_spec *s, const struct nai_buf *x,
                 const struct nai_buf *residual, const struct nai_buf *gamma,
                 const struct nai_buf *beta, const struct nai_buf *run_mean,
                 const struct nai_buf *run_var, struct nai_buf *y);

    /*
     * Gradient of train.
     *
     * y       in      what train gave; read only when s.relu. NULL, for a train without residual
     *                 only: what was rectified is found again from x, which is faster
     * dy      in/out  the gradient of y; with s.relu and y it is masked in place, and after the
     *                 call is the gradient of the residual
     * dx      out     may be dy when there is no residual
     * dgamma, dbeta   in/out  [c]  added to; NULL when not affine, or not wanted (both)
     */
    void (*train_backward)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                           const struct nai_buf *x, const struct nai_buf *y,
                           const struct nai_buf *gamma, const struct nai_buf *beta,
                           const struct nai_buf *mean, const struct nai_buf *rstd,
                           struct nai_buf *dy, struct nai_buf *dx, struct nai_buf *dgamma,
                           struct nai_buf *dbeta);

    /* Gradient of eval, likewise; the running statistics are constants. */
    void (*eval_backward)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                          const struct nai_buf *x, const struct nai_buf *y,
                          const struct nai_buf *gamma, const struct nai_buf *beta,
                          const struct nai_buf *run_mean, const struct nai_buf *run_var,
                          struct nai_buf *dy, struct nai_buf *dx, struct nai_buf *dgamma,
                          struct nai_buf *dbeta);

    /*
     * The tangent of train: what y changes by, at first order, when x, residual, gamma and beta
     * change by tx, tres, tgamma and tbeta. With xh = (x - mean) rstd:
     * trstd = -rstd^2 mean(xh tx), txh = rstd (tx - tmean) + (trstd / rstd) xh,
     * ty = [y > 0] (gamma txh + tgamma xh + tbeta + tres).
     *
     * y             in   as for train_backward: what train gave where there is a residual, else
     *                    NULL; read only when s.relu
     * tres          in   NULL: none
     * tgamma, tbeta in   [c]; NULL when not affine
     * tmean, trstd  out  [groups][c]  kept for train_backward_tangent
     *
     * Running statistics are left as they are.
     */
    void (*train_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                          const struct nai_buf *x, const struct nai_buf *y,
                          const struct nai_buf *gamma, const struct nai_buf *beta,
                          const struct nai_buf *mean, const struct nai_buf *rstd,
                          const struct nai_buf *tx, const struct nai_buf *tres,
                          const struct nai_buf *tgamma, const struct nai_buf *tbeta,
                          struct nai_buf *ty, struct nai_buf *tmean, struct nai_buf *trstd);

    /* The tangent of eval, likewise; the running statistics are constants. */
    void (*eval_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                         const struct nai_buf *x, const struct nai_buf *y,
                         const struct nai_buf *gamma, const struct nai_buf *beta,
                         const struct nai_buf *run_mean, const struct nai_buf *run_var,
                         const struct nai_buf *tx, const struct nai_buf *tres,
                         const struct nai_buf *tgamma, const struct nai_buf *tbeta,
                         struct nai_buf *ty);

    /*
     * The tangent of train_backward, to be called before it (which masks dy). With dy masked,
     * a = mean(dy), c = mean(dy xh), ta = mean(tdy), tc = mean(tdy xh + dy txh):
     * tdx = (tgamma rstd + gamma trstd) (dy - a - xh c)
     *       + gamma rstd (tdy - ta - txh c - xh tc),
     * tdgamma += sum(tdy xh + dy txh), tdbeta += sum(tdy).
     *
     * dy   in      as train_backward takes it: not masked yet
     * tdy  in/out  its tangent; with s.relu and y it is masked in place, and after the call is the
     *              tangent of the gradient of the residual
     * tdx  out     may be tdy when there is no residual
     * tdgamma, tdbeta  in/out  [c]  added to; NULL when not affine, or not wanted (both)
     */
    void (*train_backward_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                   const struct nai_buf *x, const struct nai_buf *y,
                                   const struct nai_buf *gamma, const struct nai_buf *beta,
                                   const struct nai_buf *mean, const struct nai_buf *rstd,
                                   const struct nai_buf *dy, const struct nai_buf *tx,
                                   const struct nai_buf *tgamma, const struct nai_buf *tmean,
                                   const struct nai_buf *trstd, struct nai_buf *tdy,
                                   struct nai_buf *tdx, struct nai_buf *tdgamma,
                                   struct nai_buf *tdbeta);

    /* The tangent of eval_backward, likewise: tdx = rstd (tgamma dy + gamma tdy), txh = rstd tx. */
    void (*eval_backward_tangent)(struct nai_device *d, const struct nai_batchnorm_spec *s,
                                  const struct nai_buf *x, const struct nai_buf *y,
                                  const struct nai_buf *gamma, const struct nai_buf *beta,
                                  const struct nai_buf *run_mean, const struct nai_buf *run_var,
                                  const struct nai_buf *dy, const struct nai_buf *tx,
                                  const struct nai_buf *tgamma, struct nai_buf *tdy,
                                  struct nai_buf *tdx, struct nai_buf *tdgamma,
                                  struct nai_buf *tdbeta);

    /*
     * Fold evaluation-mode batch norm into the convolution or linear map before it:
     * wf[o][k] = w[o][k] gamma[o] / sqrt(run_var[o] + eps),
     * bf[o] = (bias[o] - run_mean[o]) gamma[o] / sqrt(run_var[o] + eps) + beta[o].
     *
     * bias NULL: zero. gamma, beta NULL: 1 and 0.
     */
    void (*fold)(struct nai_device *d, size_t out, size_t k, double eps, const struct nai_buf *w,
                 const struct nai_buf *bias, const struct nai_buf *gamma,
                 const struct nai_buf *beta, const struct nai_buf *run_mean,
                 const struct nai_buf *run_var, struct nai_buf *wf, struct nai_buf *bf);
};

#endif
