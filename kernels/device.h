/* device.h - where tensors live, and the table of operations that compute on them
 * SPDX-License-Identifier: MIT
 *
 * A buffer belongs to its device. Code outside the device's own folder (kernels/cpu, kernels/cuda)
 * never dereferences one: it allocates, uploads, downloads, takes sub-ranges, and calls operations.
 * Every element of a buffer is of the device's dtype, and every count and offset is in elements.
 *
 * Operations are queued: they return nothing, and a failure (of a library or of the device) is kept
 * and reported by memory->sync. Arguments are the caller's to check: operations do not validate.
 * Unless an operation says otherwise, outputs are overwritten and must not overlap inputs, and the
 * result is the same from run to run with the same number of threads; without convolutions it is
 * the same for any number of threads.
 */
#ifndef NAI_DEVICE_H
#define NAI_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "dtype.h"
#include "err.h"

struct nai_buf; /* memory of a device; not defined anywhere */
struct nai_device;

/*
 * The layout of activations: [n][ceil(c / block)][h][w][block], the channels beyond c zero.
 * block 1 is NCHW, block c is channels last (NHWC; rows of features have h = w = 1), any other
 * block is what a device convolves best (16 for oneDNN's nChw16c).
 */
struct nai_shape {
    size_t n, c, h, w, block;
};

/* nai_shape_count - elements of a tensor of this shape, padding included. */
static inline size_t nai_shape_count(const struct nai_shape *s)
{
    return s->n * ((s->c + s->block - 1) / s->block) * s->block * s->h * s->w;
}

/* nai_rows - the shape of n rows of c features, plain: f[n][c]. */
static inline struct nai_shape nai_rows(size_t n, size_t c)
{
    return (struct nai_shape){.n = n, .c = c, .h = 1, .w = 1, .block = c};
}

struct nai_memory_ops {
    /* A buffer of count elements, cleared, 64-byte aligned (huge pages where they can be had); NULL
     * with NAI_ESYSTEM, saying what it was for. */
    struct nai_buf *(*alloc)(struct nai_device *d, size_t count, const char *what,
                             struct nai_err *err);
    void (*free)(struct nai_device *d, struct nai_buf *b); /* NULL is fine */

    /* Element `offset` on, of the same buffer; nothing to free. */
    struct nai_buf *(*at)(const struct nai_device *d, struct nai_buf *b, size_t offset);

    /* To and from host memory of the device's dtype, in order with the operations; download returns
     * when the values are there. */
    void (*upload)(struct nai_device *d, struct nai_buf *dst, const void *src, size_t count);
    void (*download)(struct nai_device *d, void *dst, const struct nai_buf *src, size_t count);

    /* Wait for all operations; what failed since the last sync. */
    int (*sync)(struct nai_device *d, struct nai_err *err);
};

/* The tables, one of each operation's header. */
struct nai_conv2d_ops;
struct nai_gemm_ops;
struct nai_vector_ops;
struct nai_image_ops;
struct nai_batchnorm_ops;
struct nai_layernorm_ops;
struct nai_act_ops;
struct nai_pool_ops;
struct nai_attention_ops;
struct nai_token_ops;
struct nai_dropout_ops;
struct nai_loss_ops;
struct nai_optim_ops;

struct nai_device {
    const char *name;     /* "cpu" */
    enum nai_dtype dtype; /* NAI_F32 or NAI_F64 */
    size_t size;          /* bytes of an element */
    int threads;
    void *state; /* the device's own */
    const struct nai_memory_ops *memory;
    const struct nai_vector_ops *vector;
    const struct nai_image_ops *image;
    const struct nai_gemm_ops *gemm;
    const struct nai_conv2d_ops *conv2d;
    const struct nai_batchnorm_ops *batchnorm;
    const struct nai_layernorm_ops *layernorm;
    const struct nai_act_ops *act;
    const struct nai_pool_ops *pool;
    const struct nai_attention_ops *attention;
    const struct nai_token_ops *token;
    const struct nai_dropout_ops *dropout;
    const struct nai_loss_ops *loss;
    const struct nai_optim_ops *optim;
};

/*
 * nai_device_open - the device called `name` ("cpu"), computing in dtype.
 *
 * threads  in  at least 1; nai_blas_init has been called with the same number
 *
 * NAI_EUSAGE for a name or dtype there is none of, naming those there are.
 */
int nai_device_open(struct nai_device **d, const char *name, enum nai_dtype dtype, int threads,
                    struct nai_err *err);
void nai_device_close(struct nai_device *d); /* NULL is fine */

/* nai_device_text - for --version and -v: "cpu: OpenBLAS 0.3.21 SkylakeX, oneDNN 2.6.3". */
const char *nai_device_text(const struct nai_device *d, char buf[static 240]);

#endif
