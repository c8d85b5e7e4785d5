/* model.h - a network with its parameters on a device
 * SPDX-License-Identifier: MIT */
#ifndef NAI_MODEL_H
#define NAI_MODEL_H

#include "device.h"
#include "graph.h"

struct nai_model {
    struct nai_device *device;
    struct nai_graph *graph; /* owned */
    struct nai_buf *w;       /* [graph->params] */
    struct nai_buf *b;       /* [graph->buffers]  running statistics */
    struct nai_buf *g;       /* [graph->params]  gradients; NULL when not training */
    struct nai_buf *tw; /* [graph->params]  a direction, and the tangent of the gradients along */
    struct nai_buf *tg; /* it; NULL until nai_model_tangents */
};

enum nai_init {
    NAI_INIT_PYTORCH, /* each layer's own default in torch.nn and torchvision/timm models */
    NAI_INIT_KAIMING, /* He et al. 2015: normal, fan out, gain sqrt 2; biases 0 */
    NAI_INIT_XAVIER   /* Glorot & Bengio 2010: uniform; biases 0 */
};

/* nai_model_new - parameters and buffers, all zero but running variances, 1. The graph becomes the
 * model's, also on failure. */
int nai_model_new(struct nai_model **m, struct nai_device *d, struct nai_graph *g, bool training,
                  struct nai_err *err);
void nai_model_free(struct nai_model *m);

/* nai_model_init - draw the parameters, keyed by (seed, tensor name, element). */
int nai_model_init(struct nai_model *m, enum nai_init how, uint64_t seed, struct nai_err *err);

/* nai_model_tensor - the device memory of tensor t, parameter or buffer. */
struct nai_buf *nai_model_tensor(const struct nai_model *m, size_t t);

/* nai_model_grad - the gradient of parameter t. */
struct nai_buf *nai_model_grad(const struct nai_model *m, size_t t);

/* nai_model_tangents - room for tw and tg, cleared. NAI_ESYSTEM. */
int nai_model_tangents(struct nai_model *m, struct nai_err *err);

/* nai_model_part - where parameter t lies in b, which is laid out as w; NULL for buffers. */
struct nai_buf *nai_model_part(const struct nai_model *m, struct nai_buf *b, size_t t);

/* nai_model_set, nai_model_get - tensor t from and to host values, of any float dtype for set and
 * of the device's for get. */
int nai_model_set(struct nai_model *m, size_t t, const void *values, enum nai_dtype dtype,
                  struct nai_err *err);
void nai_model_get(const struct nai_model *m, size_t t, void *values);

/* nai_model_params - trained elements, without the padding between tensors: N. */
size_t nai_model_params(const struct nai_model *m);

/*
 * nai_model_gather - a buffer laid out as m->w to host memory, tensor by tensor.
 *
 * b  in   [graph->params]: parameters, gradients, a direction
 * x  out  f64[N]
 *
 * NAI_ESYSTEM, where float32 needs memory to pass through.
 */
int nai_model_gather(const struct nai_model *m, const struct nai_buf *b, double *x,
                     struct nai_err *err);

/* nai_model_scatter - the way back, rounded to the device's dtype; padding becomes 0. NAI_ESYSTEM
 * as there, with b unchanged. */
int nai_model_scatter(const struct nai_model *m, const double *x, struct nai_buf *b,
                      struct nai_err *err);

#endif
