/* run.h - forward and backward through a model, for one batch size and picture size
 * SPDX-License-Identifier: MIT
 *
 * A run owns the activations (and, in training, their gradients): one arena of the device, planned
 * when it is opened, nothing allocated later. Several runs may share a model: one for each picture
 * size. Gradients of parameters are added to model->g.
 *
 * Each node has a value and, in training, a gradient; with tangents, also the tangent of each along
 * a direction of the parameters: Pearlmutter's R-operator (1994, "Fast exact multiplication by the
 * Hessian"), forward and backward. The product of the Hessian of a loss and a direction v is
 *
 *   nai_run_forward; dz = the gradient of the loss by the output z
 *   model->tw = v; nai_run_tangent: tz, the tangent of the output (J v)
 *   tdz = the Hessian of the loss by z, times tz; nai_run_backward_tangent: H v is added to
 *   model->tg
 *
 * and that of the Gauss-Newton matrix J^T H_z J v is nai_run_backward with tdz as the gradient,
 * added to model->g. Forward is needed once for any number of directions. */
#ifndef NAI_RUN_H
#define NAI_RUN_H

#include "model.h"

enum nai_mode {
    NAI_MODE_TRAIN, /* batch statistics, dropout; backward can follow */
    NAI_MODE_EVAL,  /* running statistics, no dropout; backward can follow */
    NAI_MODE_INFER  /* as EVAL without backward: memory reused, batch norm folded into convolutions
                     */
};

struct nai_run_opts {
    size_t n;      /* samples in a batch */
    size_t h, w;   /* picture size; 0: the graph's */
    size_t groups; /* batch statistics per n / groups consecutive samples; 0: 1 */
    enum nai_mode mode;
    const int *keep; /* nodes whose outputs must be there after forward and backward, beside the
                        last; the others' memory is used again */
    size_t nkeep;
    bool tangents; /* products with the Hessian can follow; not in INFER */
    int last; /* the node to stop after: nothing beyond it, or beside the way to it and to those
                 kept, is computed */
    double *times; /* f64[NAI_NODE_KINDS][2]: seconds spent forward and backward in nodes of each
                      kind are added, waiting for each; NULL: not measured */
};

struct nai_run;

/* nai_run_open - plan a run; NAI_EUSAGE, naming the layer, for sizes the network does not take,
 * groups that do not divide n, a batch of one under batch statistics. */
int nai_run_open(struct nai_run **r, struct nai_model *m, const struct nai_run_opts *o,
                 struct nai_err *err);
void nai_run_close(struct nai_run *r);

/* nai_run_bytes - what the arena takes. */
size_t nai_run_bytes(const struct nai_run *r);

/* nai_run_input - where the batch goes, and its shape (for image->upload_*). */
struct nai_buf *nai_run_input(struct nai_run *r, struct nai_shape *shape);

/* nai_run_forward - key: of dropout, (seed, step below 2^48), another one for each call and run;
 * NULL when not training. */
void nai_run_forward(struct nai_run *r, const uint64_t key[2]);

/* nai_run_output - the value of a kept node or the last, and its shape. */
const struct nai_buf *nai_run_output(const struct nai_run *r, int node, struct nai_shape *shape);

/* nai_run_grad - where the gradient of the last node's value is to be written, after forward and
 * before backward, which changes it: it has the value's shape. NULL in INFER. */
struct nai_buf *nai_run_grad(struct nai_run *r);

/* nai_run_backward - from the last node to the parameters; adds to model->g. */
void nai_run_backward(struct nai_run *r);

/* nai_run_tangent - tangents of all values along model->tw, at the values that the last forward
 * left; running statistics and dropout's masks are constants. With o.tangents only; may be called
 * again for another direction. */
void nai_run_tangent(struct nai_run *r);

/* nai_run_output_tangent - that of a kept node's value or the last's; NULL where nothing varies. */
const struct nai_buf *nai_run_output_tangent(const struct nai_run *r, int node,
                                             struct nai_shape *shape);

/* nai_run_grad_tangent - where the tangent of the last node's gradient goes, beside nai_run_grad,
 * after nai_run_tangent and before nai_run_backward_tangent, which changes both. */
struct nai_buf *nai_run_grad_tangent(struct nai_run *r);

/* nai_run_backward_tangent - the tangent of what nai_run_backward adds to model->g is added to
 * model->tg; nothing to model->g. Two and a half times the products of nai_run_backward. */
void nai_run_backward_tangent(struct nai_run *r);

/* nai_run_fetch - the value of a kept node or the last as host rows in plain order: f[n][c * h * w]
 * (pool false; tokens as they lie: f[n][tokens * c]) or the mean over h, w: f[n][c] (of tokens:
 * over those but the class token). dst  out  device dtype; the first n samples only. */
int nai_run_fetch(struct nai_run *r, int node, bool pool, size_t n, void *dst, struct nai_err *err);

/* nai_run_width - elements of a row that nai_run_fetch gives. */
size_t nai_run_width(const struct nai_run *r, int node, bool pool);

#endif
