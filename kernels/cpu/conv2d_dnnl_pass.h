/* conv2d_dnnl_pass.h - one direction of a convolution by oneDNN, for conv2d_dnnl.c
 * SPDX-License-Identifier: MIT */
#ifndef NAI_CONV2D_DNNL_PASS_H
#define NAI_CONV2D_DNNL_PASS_H

#include "conv2d.h"
#include "conv2d_dnnl_api.h"

/* The tensors of a pass. The weights are plain outside, and as the primitive likes them between
 * it and a reorder. */
enum nai_dnnl_role {
    NAI_DNNL_X,
    NAI_DNNL_Y,
    NAI_DNNL_PLAIN,
    NAI_DNNL_PACKED,
    NAI_DNNL_BIAS,
    NAI_DNNL_SCRATCH,         /* of the convolution */
    NAI_DNNL_REORDER_SCRATCH, /* may be the same memory */
    NAI_DNNL_ROLES
};

struct nai_dnnl_pass_plan {
    enum nai_dnnl_pass pass;
    dnnl_primitive_t conv, reorder; /* conv NULL: oneDNN does not take it; reorder may be NULL */
    dnnl_memory_t memory[NAI_DNNL_ROLES];
    size_t packed, scratch; /* bytes of the memory that run is to be given */
    char name[64];          /* oneDNN's, of its implementation */
};

/*
 * nai_dnnl_pass_init - make the primitives of a pass over tensors of this description.
 *
 * winograd  in  ask for Winograd's algorithm; the direct one is taken where oneDNN has none
 * bias      in  whether the pass adds a bias, or gives its gradient
 *
 * Where oneDNN has nothing better than its reference code, conv is NULL, which is no error. Returns
 * oneDNN's status.
 */
dnnl_status_t nai_dnnl_pass_init(struct nai_dnnl_pass_plan *p, enum nai_dnnl_pass pass,
                                 const struct nai_conv2d_spec *s, bool winograd, bool bias,
                                 dnnl_engine_t engine);
void nai_dnnl_pass_free(struct nai_dnnl_pass_plan *p);

/* nai_dnnl_pass_run - handles[role] is where each tensor is; NULL for those there are not. The
 * gradient of the weights is added to what is at NAI_DNNL_PLAIN. Returns oneDNN's status. */
dnnl_status_t nai_dnnl_pass_run(struct nai_dnnl_pass_plan *p, dnnl_stream_t stream,
                                void *const handles[static NAI_DNNL_ROLES]);

/* How a pass is computed; IM2COL: as where there is no oneDNN. */
enum nai_dnnl_way { NAI_DNNL_DIRECT, NAI_DNNL_WINOGRAD, NAI_DNNL_IM2COL };

/*
 * nai_dnnl_plan - conv2d.h's plan with the way of each pass (indexed by enum nai_dnnl_pass) given
 * instead of chosen; for measurements.
 */
int nai_dnnl_plan(struct nai_conv2d **plan, struct nai_device *d,
                  const struct nai_conv2d_spec *spec, const enum nai_dnnl_way ways[static 3],
                  struct nai_err *err);

#endif
