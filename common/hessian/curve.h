/* curve.h - the curvature matrix of a loss over all rows, as an operator
 * SPDX-License-Identifier: MIT
 *
 * The loss is that of all rows: the mean over batches, weighted by their rows, or for a loss that
 * is a sum (mse with --sum) the sum. Vectors are f64[n], the trained elements of the tensors
 * chosen, one behind the other in the order of the model (nai_model_gather): the matrix is the
 * block of them. */
#ifndef NAI_CURVE_H
#define NAI_CURVE_H

#include "lanczos.h"
#include "passes.h"
#include "trainer.h"

struct nai_curve {
    struct nai_cli *cli; /* progress is told there */
    struct nai_trainer *t;
    struct nai_passes *data;
    enum nai_curvature of;
    struct nai_err *err;    /* for the operator */
    size_t params, n;       /* of the model; of the block */
    bool *chosen;           /* [tensors] */
    double *w, *g;          /* f64[params]: the point; the gradient there */
    double *full;           /* f64[params]: scratch */
    double loss, grad_norm; /* grad_norm: of the block */
    size_t rows;            /* behind them */
    size_t room;            /* vectors that fit at once */
    struct nai_buf **tw, **tg;
    bool linearised;       /* the only batch is, at w */
    uint64_t taken, total; /* products; total of those to come for progress, 0: not known */
};

/*
 * nai_curve_open - the operator of a trainer (opened with tangents) on rows.
 *
 * room  in  vectors in one call at most; 2 params of the device's dtype each. Where there is one
 *           batch only, one will do
 *
 * NAI_ESYSTEM. t, data and err stay the caller's, and in place.
 */
int nai_curve_open(struct nai_curve *c, struct nai_cli *cli, struct nai_trainer *t,
                   struct nai_passes *data, enum nai_curvature of, size_t room,
                   struct nai_err *err);
void nai_curve_close(struct nai_curve *c);

/* nai_curve_choose - the block of the tensors whose chosen is set; n and grad_norm follow. */
void nai_curve_choose(struct nai_curve *c);

/* nai_curve_start - the model's parameters become the point: loss and gradient of all rows there.
 * NAI_ENUMERIC when they are not finite; NAI_EINPUT, NAI_ESYSTEM. */
int nai_curve_start(struct nai_curve *c, struct nai_err *err);

/* nai_curve_product - a nai_operator; ctx is the nai_curve. */
nai_operator nai_curve_product;

/* nai_curve_loss - the loss at other parameters, f64[params]; the model has them afterwards, until
 * nai_curve_return. It may come out infinite or NaN. */
int nai_curve_loss(struct nai_curve *c, const double *w, double *loss, struct nai_err *err);

/* nai_curve_return - the model at the point again. */
int nai_curve_return(struct nai_curve *c, struct nai_err *err);

#endif
