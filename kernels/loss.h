/* loss.h - losses of embeddings, their terms and their gradients
 * SPDX-License-Identifier: MIT
 *
 * z is [views][n][d]: the embeddings of view a of image b are row a * n + b. Each convention below
 * is one that a paper or a code uses; the formula, with its source, is given with the function that
 * computes it. */
#ifndef NAI_LOSS_H
#define NAI_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

enum nai_loss {
    NAI_LOSS_BARLOW,   /* Zbontar et al. 2021; for many views Ghosh et al. 2024, eq. 10 and 47-48 */
    NAI_LOSS_VICREG,   /* Bardes et al. 2022; Ghosh et al. 2024, eq. 49 */
    NAI_LOSS_SIMCLR,   /* NT-Xent, Chen et al. 2020 */
    NAI_LOSS_BYOL,     /* Grill et al. 2020: z are predictions, target the target network's z */
    NAI_LOSS_SPECTRAL, /* HaoChen et al. 2021 */
    NAI_LOSS_CE,       /* cross-entropy of logits with labels */
    NAI_LOSS_MSE       /* squared error against a target */
};

enum nai_bt_norm {
    NAI_BT_OFFICIAL, /* each view standardised: biased variance, eps 1e-5; C = Z1^T Z2 / n */
    NAI_BT_THESIS,   /* eq. 47-48: raw covariance of centred embeddings, 1 / (n - 1) */
    NAI_BT_FASTSSL   /* rows L2-normalised, then standardised over all views together, unbiased; / n
                      */
};

enum nai_bt_form {
    NAI_BT_CROSS, /* cross-correlation between views */
    NAI_BT_EQ10   /* squared distance to the mean view, eq. 10 */
};

enum nai_vicreg_form {
    NAI_VICREG_OFFICIAL, /* hinge halved over the views, covariance terms summed; MSE a mean over d
                          */
    NAI_VICREG_THESIS    /* eq. 49: both halved; invariance (1/n) sum of squared distances */
};

enum nai_spectral_form {
    NAI_SPECTRAL_OFFICIAL, /* HaoChen et al.: -2 E[positive] + E[negative^2]; beta is not used */
    NAI_SPECTRAL_THESIS    /* eq. 41: -E[positive] + beta E[negative^2] */
};

struct nai_loss_spec {
    enum nai_loss kind;
    size_t views, n, d;
    bool leave_one_out; /* barlow (cross), vicreg; views > 2: against the mean of the other views,
                           not of all; with 2 views the same loss */
    enum nai_bt_norm bt_norm;
    enum nai_bt_form bt_form;
    double beta; /* barlow: weight of the off-diagonal; spectral (thesis): of the negatives */
    bool over_d; /* barlow: the loss divided by d, which the papers do not do */
    enum nai_vicreg_form vicreg;
    double inv, var, cov; /* vicreg: weights of the three terms */
    double temperature;   /* simclr */
    bool decoupled;       /* simclr: the positive is left out of the denominator */
    double smoothing;     /* ce: label smoothing */
    bool sum;             /* mse: sum over all elements instead of the mean */
    enum nai_spectral_form spectral;
};

enum { NAI_LOSS_TERMS = 4 };

/*
 * What a loss is made of: value[i] is already weighted; the loss is their sum. The terms:
 *   barlow    on_diagonal, off_diagonal; eq10: invariance, off_diagonal, and diagonal for `thesis`
 *   vicreg    invariance, variance, covariance
 *   simclr, spectral   alignment (of positives), contrast
 *   byol      distance
 *   ce        likelihood, and smoothing where there is any
 *   mse       squared_error
 */
struct nai_loss_value {
    double loss;
    size_t terms;
    const char *name[NAI_LOSS_TERMS]; /* "on_diagonal", "off_diagonal", ... */
    double value[NAI_LOSS_TERMS];
    size_t correct; /* ce: rows whose largest logit is the label's */
};

struct nai_loss_ops {
    /* NAI_EUSAGE, saying why, for what a loss is not defined for: one view (ce, mse take one), a
     * batch of one (byol, ce, mse take one), weights that are negative or not finite, ... */
    int (*check)(const struct nai_loss_spec *s, struct nai_err *err);

    /* ce: whether each of the n labels is one of the d classes; NAI_EINPUT, naming the first that
     * is not. compute reads logits by label, so labels from outside go through this. */
    int (*check_labels)(const struct nai_loss_spec *s, const int32_t *labels, struct nai_err *err);

    /* Elements of scratch that compute needs, for a spec that check accepts:
     *   barlow    views n d, some n d more and d^2, or n^2 where d >= 2 n
     *   vicreg    2 n d and d^2, or n^2 where d >= 2 n
     *   simclr    views n d + (views n)^2
     *   byol      (2 views + 1) n d
     *   spectral  n^2 */
    size_t (*workspace)(const struct nai_loss_spec *s);

    /*
     * The loss and its gradient.
     *
     * z       in   [views][n][d]
     * target  in   byol: [views][n][d]; mse: [views][n][d]; else NULL
     * labels  in   ce: host i32[n], the same for every view; else NULL
     * dz      out  [views][n][d], or NULL: value only
     * work    scratch of workspace(s) elements
     * value   out  reductions in float64
     *
     * The same bits for any number of threads. Flops in products, forward and backward:
     *   barlow    2 views: 2 n d^2 and 4 n d^2, or 4 n^2 d each where d >= 2 n; more: 2 n d^2
     *             each, or 2 n^2 d; leave-one-out: those of 2 views for each view
     *   vicreg    a view: 2 n d^2 each, or 2 n^2 d
     *   simclr    2 (views n)^2 d each
     *   spectral  a pair of views: 2 n^2 d and 4 n^2 d
     */
    void (*compute)(struct nai_device *d, const struct nai_loss_spec *s, const struct nai_buf *z,
                    const struct nai_buf *target, const int32_t *labels, struct nai_buf *dz,
                    struct nai_buf *work, struct nai_loss_value *value);

    /* Elements of scratch that tangent needs, for a spec that check accepts. */
    size_t (*tangent_workspace)(const struct nai_loss_spec *s);

    /*
     * The Hessian of the loss by z times a vector: tdz is what the dz of compute changes by, at
     * first order, when z changes by tz. Targets and labels are constants; where a formula has a
     * kink (vicreg's hinge, norms below 1e-12) the derivative is that of the side z is on.
     *
     * z, target, labels  in  as for compute
     * tz    in   [views][n][d]
     * tdz   out  [views][n][d]
     * work  scratch of tangent_workspace(s) elements
     *
     * The same bits for any number of threads. Two to three times the products of compute.
     */
    void (*tangent)(struct nai_device *d, const struct nai_loss_spec *s, const struct nai_buf *z,
                    const struct nai_buf *target, const int32_t *labels, const struct nai_buf *tz,
                    struct nai_buf *tdz, struct nai_buf *work);
};

#endif
