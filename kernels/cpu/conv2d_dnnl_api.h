/* conv2d_dnnl_api.h - the little of oneDNN's C API that differs between versions 2 and 3
 * SPDX-License-Identifier: MIT */
#ifndef NAI_CONV2D_DNNL_API_H
#define NAI_CONV2D_DNNL_API_H

#if __has_include(<oneapi/dnnl/dnnl.h>)
#include <oneapi/dnnl/dnnl.h>
#else
#include <dnnl.h>
#endif

#include <stdbool.h>
#include <stddef.h>

/* A description of a tensor as others take it, and one that is ours to free. */
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t nai_dnnl_desc;
#else
typedef const dnnl_memory_desc_t *nai_dnnl_desc;
#endif

struct nai_dnnl_own_desc {
    dnnl_memory_desc_t md;
};

static inline dnnl_status_t nai_dnnl_desc_init(struct nai_dnnl_own_desc *o, int ndims,
                                               const dnnl_dims_t dims, dnnl_format_tag_t tag)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_memory_desc_create_with_tag(&o->md, ndims, dims, dnnl_f32, tag);
#else
    return dnnl_memory_desc_init_by_tag(&o->md, ndims, dims, dnnl_f32, tag);
#endif
}

static inline nai_dnnl_desc nai_dnnl_desc_of(const struct nai_dnnl_own_desc *o)
{
#if DNNL_VERSION_MAJOR >= 3
    return o->md;
#else
    return &o->md;
#endif
}

static inline void nai_dnnl_desc_free(struct nai_dnnl_own_desc *o)
{
#if DNNL_VERSION_MAJOR >= 3
    if (o->md)
        dnnl_memory_desc_destroy(o->md);
#else
    (void)o;
#endif
}

enum nai_dnnl_pass { NAI_DNNL_FORWARD, NAI_DNNL_DATA, NAI_DNNL_WEIGHTS };

/* What a convolution is between; bias NULL: none. Strides and padding are those of height and
 * width. */
struct nai_dnnl_conv {
    nai_dnnl_desc x, w, bias, y;
    dnnl_dims_t stride, dilate, pad, pad_end;
};

/* The description of a primitive; forward is the hint that both backward passes need. Forward is
 * planned as for training always: for inference Winograd's algorithm would have the weights
 * transformed beforehand, by a reorder that takes longer than the convolution. */
static inline dnnl_status_t nai_dnnl_conv_desc(dnnl_primitive_desc_t *pd, enum nai_dnnl_pass pass,
                                               dnnl_alg_kind_t alg, const struct nai_dnnl_conv *c,
                                               dnnl_primitive_attr_t attr, dnnl_engine_t engine,
                                               const_dnnl_primitive_desc_t forward)
{
    const dnnl_prop_kind_t prop = dnnl_forward_training;

#if DNNL_VERSION_MAJOR >= 3
    switch (pass) {
    case NAI_DNNL_FORWARD:
        return dnnl_convolution_forward_primitive_desc_create(pd, engine, prop, alg, c->x, c->w,
                                                              c->bias, c->y, c->stride, c->dilate,
                                                              c->pad, c->pad_end, attr);
    case NAI_DNNL_DATA:
        return dnnl_convolution_backward_data_primitive_desc_create(
            pd, engine, alg, c->x, c->w, c->y, c->stride, c->dilate, c->pad, c->pad_end, forward,
            attr);
    default:
        return dnnl_convolution_backward_weights_primitive_desc_create(
            pd, engine, alg, c->x, c->w, c->bias, c->y, c->stride, c->dilate, c->pad, c->pad_end,
            forward, attr);
    }
#else
    dnnl_convolution_desc_t desc;
    dnnl_status_t status;

    if (pass == NAI_DNNL_FORWARD)
        status = dnnl_convolution_forward_desc_init(&desc, prop, alg, c->x, c->w, c->bias, c->y,
                                                    c->stride, c->pad, c->pad_end);
    else if (pass == NAI_DNNL_DATA)
        status = dnnl_convolution_backward_data_desc_init(&desc, alg, c->x, c->w, c->y, c->stride,
                                                          c->pad, c->pad_end);
    else
        status = dnnl_convolution_backward_weights_desc_init(&desc, alg, c->x, c->w, c->bias, c->y,
                                                             c->stride, c->pad, c->pad_end);
    return status ? status : dnnl_primitive_desc_create(pd, &desc, attr, engine, forward);
#endif
}

static inline dnnl_status_t nai_dnnl_append_sum(dnnl_post_ops_t ops)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_sum(ops, 1, 0, dnnl_data_type_undef);
#else
    return dnnl_post_ops_append_sum(ops, 1);
#endif
}

static inline dnnl_status_t nai_dnnl_append_relu(dnnl_post_ops_t ops)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0, 0);
#else
    return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, 0, 0);
#endif
}

#endif
