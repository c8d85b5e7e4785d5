/* conv2d_dnnl_pass.c - see conv2d_dnnl_pass.h
 * SPDX-License-Identifier: MIT */
#ifdef NAI_DNNL
#include "conv2d_dnnl_pass.h"

#include <stdio.h>
#include <string.h>

/* Descriptions of x, weights as oneDNN likes them, plain weights, bias and y. */
struct descs {
    struct nai_dnnl_own_desc x, w, plain, bias, y;
};

/* oneDNN's name of our layout; undefined where it has none. */
static dnnl_format_tag_t tag_of(const struct nai_shape *s)
{
    return s->block == 1      ? dnnl_nchw
           : s->block == 16   ? dnnl_nChw16c
           : s->block == 8    ? dnnl_nChw8c
           : s->block == s->c ? dnnl_nhwc
                              : dnnl_format_tag_undef;
}

static dnnl_status_t image_desc(struct nai_dnnl_own_desc *o, const struct nai_shape *s)
{
    const dnnl_dims_t dims = {(dnnl_dim_t)s->n, (dnnl_dim_t)s->c, (dnnl_dim_t)s->h,
                              (dnnl_dim_t)s->w};
    const dnnl_format_tag_t tag = tag_of(s);

    return tag == dnnl_format_tag_undef ? dnnl_unimplemented : nai_dnnl_desc_init(o, 4, dims, tag);
}

static dnnl_status_t descs_init(struct descs *d, const struct nai_conv2d_spec *s)
{
    const dnnl_dims_t w = {(dnnl_dim_t)s->y.c, (dnnl_dim_t)s->x.c, (dnnl_dim_t)s->kh,
                           (dnnl_dim_t)s->kw};
    dnnl_status_t status = image_desc(&d->x, &s->x);

    if (!status)
        status = image_desc(&d->y, &s->y);
    if (!status)
        status = nai_dnnl_desc_init(&d->w, 4, w, dnnl_format_tag_any);
    if (!status)
        status = nai_dnnl_desc_init(&d->plain, 4, w, dnnl_oihw);
    if (!status)
        status = nai_dnnl_desc_init(&d->bias, 1, w, dnnl_a);
    return status;
}

static void descs_free(struct descs *d)
{
    nai_dnnl_desc_free(&d->x);
    nai_dnnl_desc_free(&d->w);
    nai_dnnl_desc_free(&d->plain);
    nai_dnnl_desc_free(&d->bias);
    nai_dnnl_desc_free(&d->y);
}

/* Scratch is the caller's, and what follows the convolution is fused with it. */
static dnnl_status_t attributes(dnnl_primitive_attr_t *attr, bool sum, bool relu)
{
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(attr);

    if (!status)
        status = dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (!status)
        status = dnnl_post_ops_create(&ops);
    if (!status && sum)
        status = nai_dnnl_append_sum(ops);
    if (!status && relu)
        status = nai_dnnl_append_relu(ops);
    if (!status)
        status = dnnl_primitive_attr_set_post_ops(*attr, ops);
    if (ops)
        dnnl_post_ops_destroy(ops);
    return status;
}

/* *pd NULL: there is no such implementation. */
static dnnl_status_t describe(dnnl_primitive_desc_t *pd, enum nai_dnnl_pass pass,
                              dnnl_alg_kind_t alg, const struct nai_dnnl_conv *c,
                              dnnl_primitive_attr_t attr, dnnl_engine_t engine)
{
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = dnnl_success;

    *pd = NULL;
    if (pass != NAI_DNNL_FORWARD)
        status = nai_dnnl_conv_desc(&hint, NAI_DNNL_FORWARD, alg, c, NULL, engine, NULL);
    if (!status)
        status = nai_dnnl_conv_desc(pd, pass, alg, c, attr, engine, hint);
    if (hint)
        dnnl_primitive_desc_destroy(hint);
    if (status)
        *pd = NULL;
    return status == dnnl_unimplemented ? dnnl_success : status;
}

static nai_dnnl_desc packed_of(const_dnnl_primitive_desc_t pd, enum nai_dnnl_pass pass)
{
    return dnnl_primitive_desc_query_md(
        pd, pass == NAI_DNNL_WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
}

static dnnl_status_t scratch_of(struct nai_dnnl_pass_plan *p, enum nai_dnnl_role role,
                                const_dnnl_primitive_desc_t pd, dnnl_engine_t engine)
{
    const nai_dnnl_desc md = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    const size_t bytes = dnnl_memory_desc_get_size(md);

    if (bytes > p->scratch)
        p->scratch = bytes;
    return bytes ? dnnl_memory_create(&p->memory[role], md, engine, DNNL_MEMORY_NONE)
                 : dnnl_success;
}

/* Weights plain to packed; or packed to plain, adding, when they are a gradient. */
static dnnl_status_t make_reorder(struct nai_dnnl_pass_plan *p, nai_dnnl_desc packed,
                                  nai_dnnl_desc plain, dnnl_engine_t engine)
{
    const bool gradient = p->pass == NAI_DNNL_WEIGHTS;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = attributes(&attr, gradient, false);

    if (!status)
        status = dnnl_reorder_primitive_desc_create(&pd, gradient ? packed : plain, engine,
                                                    gradient ? plain : packed, engine, attr);
    if (!status)
        status = scratch_of(p, NAI_DNNL_REORDER_SCRATCH, pd, engine);
    if (!status)
        status = dnnl_primitive_create(&p->reorder, pd);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    return status;
}

static dnnl_status_t make(struct nai_dnnl_pass_plan *p, const_dnnl_primitive_desc_t pd,
                          const struct nai_dnnl_conv *c, nai_dnnl_desc plain, dnnl_engine_t engine)
{
    const nai_dnnl_desc packed = packed_of(pd, p->pass);
    dnnl_status_t status =
        dnnl_memory_create(&p->memory[NAI_DNNL_X], c->x, engine, DNNL_MEMORY_NONE);

    p->packed = dnnl_memory_desc_get_size(packed);
    if (!status)
        status = dnnl_memory_create(&p->memory[NAI_DNNL_Y], c->y, engine, DNNL_MEMORY_NONE);
    if (!status)
        status = dnnl_memory_create(&p->memory[NAI_DNNL_PLAIN], plain, engine, DNNL_MEMORY_NONE);
    if (!status)
        status = dnnl_memory_create(&p->memory[NAI_DNNL_PACKED], packed, engine, DNNL_MEMORY_NONE);
    if (!status && c->bias)
        status = dnnl_memory_create(&p->memory[NAI_DNNL_BIAS], c->bias, engine, DNNL_MEMORY_NONE);
    if (!status)
        status = scratch_of(p, NAI_DNNL_SCRATCH, pd, engine);
    if (!status && (p->pass == NAI_DNNL_WEIGHTS || !dnnl_memory_desc_equal(packed, plain)))
        status = make_reorder(p, packed, plain, engine);
    if (!status)
        status = dnnl_primitive_create(&p->conv, pd);
    return status;
}

static const char *name_of(const_dnnl_primitive_desc_t pd)
{
    const char *name = NULL;

    return dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, (void *)&name) || !name
               ? ""
               : name;
}

static struct nai_dnnl_conv between(const struct descs *d, const struct nai_conv2d_spec *s,
                                    bool bias)
{
    const dnnl_dim_t stride = (dnnl_dim_t)s->stride, pad = (dnnl_dim_t)s->pad;

    return (struct nai_dnnl_conv){
        .x = nai_dnnl_desc_of(&d->x),
        .w = nai_dnnl_desc_of(&d->w),
        .bias = bias ? nai_dnnl_desc_of(&d->bias) : NULL,
        .y = nai_dnnl_desc_of(&d->y),
        .stride = {stride, stride},
        .pad = {pad, pad},
        /* What the last kernel leaves over is cut from the padding: it can be negative. */
        .pad_end = {(dnnl_dim_t)((s->y.h - 1) * s->stride + s->kh) - (dnnl_dim_t)s->x.h - pad,
                    (dnnl_dim_t)((s->y.w - 1) * s->stride + s->kw) - (dnnl_dim_t)s->x.w - pad},
    };
}

dnnl_status_t nai_dnnl_pass_init(struct nai_dnnl_pass_plan *p, enum nai_dnnl_pass pass,
                                 const struct nai_conv2d_spec *s, bool winograd, bool bias,
                                 dnnl_engine_t engine)
{
    const bool forward = pass == NAI_DNNL_FORWARD;
    struct descs d = {0};
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = descs_init(&d, s);
    const struct nai_dnnl_conv c = between(&d, s, bias);

    *p = (struct nai_dnnl_pass_plan){.pass = pass};
    if (!status)
        status = attributes(&attr, forward && s->sum, forward && s->relu);
    if (!status && winograd)
        status = describe(&pd, pass, dnnl_convolution_winograd, &c, attr, engine);
    if (!status && !pd)
        status = describe(&pd, pass, dnnl_convolution_direct, &c, attr, engine);
    if (!status && pd && strncmp(name_of(pd), "ref", 3) != 0) {
        snprintf(p->name, sizeof p->name, "%s", name_of(pd));
        status = make(p, pd, &c, nai_dnnl_desc_of(&d.plain), engine);
    }
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    descs_free(&d);
    if (status)
        nai_dnnl_pass_free(p);
    return status == dnnl_unimplemented ? dnnl_success : status;
}

void nai_dnnl_pass_free(struct nai_dnnl_pass_plan *p)
{
    if (p->conv)
        dnnl_primitive_destroy(p->conv);
    if (p->reorder)
        dnnl_primitive_destroy(p->reorder);
    for (int i = 0; i < NAI_DNNL_ROLES; i++)
        if (p->memory[i])
            dnnl_memory_destroy(p->memory[i]);
    *p = (struct nai_dnnl_pass_plan){.pass = p->pass};
}

static dnnl_status_t run_conv(struct nai_dnnl_pass_plan *p, dnnl_stream_t stream)
{
    static const int names[][5] = {
        [NAI_DNNL_FORWARD] = {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS,
                              DNNL_ARG_SCRATCHPAD},
        [NAI_DNNL_DATA] = {DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS,
                           DNNL_ARG_SCRATCHPAD},
        [NAI_DNNL_WEIGHTS] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS,
                              DNNL_ARG_DIFF_BIAS, DNNL_ARG_SCRATCHPAD},
    };
    static const enum nai_dnnl_role roles[] = {NAI_DNNL_X, NAI_DNNL_Y, NAI_DNNL_PACKED,
                                               NAI_DNNL_BIAS, NAI_DNNL_SCRATCH};
    dnnl_exec_arg_t args[5];
    int count = 0;

    for (int i = 0; i < 5; i++)
        if (p->memory[roles[i]])
            args[count++] = (dnnl_exec_arg_t){names[p->pass][i], p->memory[roles[i]]};
    return dnnl_primitive_execute(p->conv, stream, count, args);
}

static dnnl_status_t run_reorder(struct nai_dnnl_pass_plan *p, dnnl_stream_t stream)
{
    const bool gradient = p->pass == NAI_DNNL_WEIGHTS;
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_FROM, p->memory[gradient ? NAI_DNNL_PACKED : NAI_DNNL_PLAIN]},
        {DNNL_ARG_TO, p->memory[gradient ? NAI_DNNL_PLAIN : NAI_DNNL_PACKED]},
        {DNNL_ARG_SCRATCHPAD, p->memory[NAI_DNNL_REORDER_SCRATCH]},
    };

    return dnnl_primitive_execute(p->reorder, stream, args[2].memory ? 3 : 2, args);
}

dnnl_status_t nai_dnnl_pass_run(struct nai_dnnl_pass_plan *p, dnnl_stream_t stream,
                                void *const handles[static NAI_DNNL_ROLES])
{
    dnnl_status_t status = dnnl_success;

    for (int i = 0; !status && i < NAI_DNNL_ROLES; i++)
        if (p->memory[i])
            status = dnnl_memory_set_data_handle(
                p->memory[i], handles[i == NAI_DNNL_PACKED && !p->reorder ? NAI_DNNL_PLAIN : i]);
    if (!status && p->reorder && p->pass != NAI_DNNL_WEIGHTS)
        status = run_reorder(p, stream);
    if (!status)
        status = run_conv(p, stream);
    if (!status && p->reorder && p->pass == NAI_DNNL_WEIGHTS)
        status = run_reorder(p, stream);
    return status ? status : dnnl_stream_wait(stream);
}
#else
typedef int nai_dnnl_pass_none; /* a translation unit may not be empty */
#endif
