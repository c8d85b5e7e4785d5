/* conv2d_dnnl.c - see conv2d.h: float32 by oneDNN, in its blocked layout
 * SPDX-License-Identifier: MIT */
#ifdef NAI_DNNL
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv2d_dnnl_pass.h"
#include "mem.h"
#include "tables.h"

/* The passes that are planned: the gradient of the weights with and without that of the bias. */
enum { FORWARD, DATA, WEIGHTS, WEIGHTS_BIAS, PASSES };

struct nai_conv2d {
    struct nai_device *d;
    size_t out; /* channels of y */
    bool training;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    struct nai_dnnl_pass_plan pass[PASSES];
    struct nai_conv2d *portable;         /* for passes that oneDNN does not take; may be NULL */
    size_t packed, bias, total, scratch; /* elements: the workspace's first two parts, all, and
                                            where the last one starts */
};

const char *nai_dnnl_text(char buf[static 32])
{
    const dnnl_version_t *const v = dnnl_version();

    snprintf(buf, 32, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
    return buf;
}

static bool avx512(void)
{
    return dnnl_get_effective_cpu_isa() >= dnnl_cpu_isa_avx512_core;
}

/* Images go in as they are: the first convolution has kernels of its own. */
static size_t block_of(const struct nai_device *d, size_t c)
{
    (void)d;
    return c <= 3 ? 1 : avx512() ? 16 : 8;
}

/*
 * The fastest way of each pass, as tests/bench/conv2d.c measured it (oneDNN 2.6.3, AVX-512):
 *
 * Winograd's algorithm, F(4x4, 3x3), is 1.2 to 2.5 times as fast as the direct one once there are
 * 64 tiles of 4x4 outputs in the batch to repay the transformation of the weights, with 32 channels
 * or more and tiles that are more than half full.
 *
 * Where the results are a few pixels an image and the channels many, oneDNN's direct gradients of
 * strided convolutions are slow (0.4 to 0.9 times im2col), and those of weights are at 4 pixels
 * whatever the stride.
 */
static void choose(enum nai_dnnl_way ways[static 3], const struct nai_conv2d_spec *s)
{
    const size_t tiles = ((s->y.h + 3) / 4) * ((s->y.w + 3) / 4), area = s->y.h * s->y.w;
    const bool wide = s->x.c >= 32 && s->y.c >= 32, deep = s->x.c >= 256 && s->y.c >= 256;
    const bool small = s->kh > 1 && deep && s->y.n >= 16;

    ways[NAI_DNNL_FORWARD] = ways[NAI_DNNL_DATA] = ways[NAI_DNNL_WEIGHTS] = NAI_DNNL_DIRECT;
    if (s->kh == 3 && s->kw == 3 && s->stride == 1 && s->pad <= 1 && wide &&
        2 * area > 16 * tiles && s->y.n * tiles >= 64) {
        ways[NAI_DNNL_FORWARD] = ways[NAI_DNNL_DATA] = ways[NAI_DNNL_WEIGHTS] = NAI_DNNL_WINOGRAD;
        return;
    }
    if (small && s->stride > 1 && area <= 16)
        ways[NAI_DNNL_DATA] = ways[NAI_DNNL_WEIGHTS] = NAI_DNNL_IM2COL;
    else if (small && area <= 4)
        ways[NAI_DNNL_WEIGHTS] = NAI_DNNL_IM2COL;
}

static void plan_free(struct nai_conv2d *p)
{
    if (!p)
        return;
    for (int i = 0; i < PASSES; i++)
        nai_dnnl_pass_free(&p->pass[i]);
    if (p->stream)
        dnnl_stream_destroy(p->stream);
    if (p->engine)
        dnnl_engine_destroy(p->engine);
    nai_cpu_conv2d_f32.free(p->portable);
    free(p);
}

static dnnl_status_t make_passes(struct nai_conv2d *p, const struct nai_conv2d_spec *s,
                                 const enum nai_dnnl_way ways[static 3])
{
    static const enum nai_dnnl_pass kinds[PASSES] = {
        [FORWARD] = NAI_DNNL_FORWARD,
        [DATA] = NAI_DNNL_DATA,
        [WEIGHTS] = NAI_DNNL_WEIGHTS,
        [WEIGHTS_BIAS] = NAI_DNNL_WEIGHTS,
    };
    dnnl_status_t status = dnnl_engine_create(&p->engine, dnnl_cpu, 0);

    if (!status)
        status = dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags);
    if (s->groups > 1)
        return status;
    for (int i = 0; !status && i < (s->training ? PASSES : DATA); i++)
        if (ways[kinds[i]] != NAI_DNNL_IM2COL)
            status =
                nai_dnnl_pass_init(&p->pass[i], kinds[i], s, ways[kinds[i]] == NAI_DNNL_WINOGRAD,
                                   i == FORWARD || i == WEIGHTS_BIAS, p->engine);
    return status;
}

/* The workspace: packed weights, a bias or its gradient, scratch. */
static void lay_out(struct nai_conv2d *p)
{
    size_t packed = 0, scratch = 0;

    for (int i = 0; i < PASSES; i++) {
        packed = p->pass[i].packed > packed ? p->pass[i].packed : packed;
        scratch = p->pass[i].scratch > scratch ? p->pass[i].scratch : scratch;
    }
    p->packed = nai_pad64((packed + sizeof(float) - 1) / sizeof(float));
    p->bias = nai_pad64(p->out);
    p->scratch = p->packed + p->bias;
    p->total = p->scratch + nai_pad64((scratch + sizeof(float) - 1) / sizeof(float));
    if (p->portable) {
        const size_t n = nai_cpu_conv2d_f32.workspace(p->portable);
        p->total = n > p->total ? n : p->total;
    }
}

int nai_dnnl_plan(struct nai_conv2d **plan, struct nai_device *d,
                  const struct nai_conv2d_spec *spec, const enum nai_dnnl_way ways[static 3],
                  struct nai_err *err)
{
    struct nai_conv2d *p, *portable;
    dnnl_status_t status;
    int result = nai_cpu_conv2d_f32.plan(&portable, d, spec, err); /* checks the spec, too */

    if (result)
        return result;
    p = calloc(1, sizeof *p);
    if (!p) {
        nai_cpu_conv2d_f32.free(portable);
        return nai_err_set(err, NAI_ESYSTEM, "convolution:");
    }
    p->d = d;
    p->out = spec->y.c;
    p->training = spec->training;
    p->portable = portable;
    status = make_passes(p, spec, ways);
    if (status) {
        plan_free(p);
        return nai_err_set(err, NAI_ESYSTEM, "oneDNN: no convolution, status %d", (int)status);
    }
    if (p->pass[FORWARD].conv && (!spec->training || (p->pass[DATA].conv && p->pass[WEIGHTS].conv &&
                                                      p->pass[WEIGHTS_BIAS].conv))) {
        nai_cpu_conv2d_f32.free(p->portable);
        p->portable = NULL;
    }
    lay_out(p);
    *plan = p;
    return NAI_OK;
}

static int plan(struct nai_conv2d **out, struct nai_device *d, const struct nai_conv2d_spec *spec,
                struct nai_err *err)
{
    enum nai_dnnl_way ways[3];

    choose(ways, spec);
    return nai_dnnl_plan(out, d, spec, ways, err);
}

static size_t workspace(const struct nai_conv2d *p)
{
    return p->total;
}

static const char *text(const struct nai_conv2d *p, char buf[static 160])
{
    const char *name[3];
    char version[32];

    if (!p->pass[FORWARD].conv)
        return nai_cpu_conv2d_f32.text(p->portable, buf);
    for (int i = FORWARD; i <= WEIGHTS; i++)
        name[i] = p->pass[i].conv ? p->pass[i].name : "im2col";
    if (p->training)
        snprintf(buf, 160, "%s %s, back %s, weights %s", nai_dnnl_text(version), name[FORWARD],
                 name[DATA], name[WEIGHTS]);
    else
        snprintf(buf, 160, "%s %s", nai_dnnl_text(version), name[FORWARD]);
    return buf;
}

static float *at(struct nai_buf *b, size_t offset)
{
    return (float *)(void *)b + offset;
}

/* oneDNN takes what it only reads by a pointer to non-const, too. */
static void *input(const struct nai_buf *b)
{
    union {
        const void *in;
        void *out;
    } u = {.in = b};

    return u.out;
}

static void run(struct nai_conv2d *p, int pass, void *x, void *y, void *w, struct nai_buf *work)
{
    void *const handles[NAI_DNNL_ROLES] = {
        [NAI_DNNL_X] = x,
        [NAI_DNNL_Y] = y,
        [NAI_DNNL_PLAIN] = w,
        [NAI_DNNL_PACKED] = at(work, 0),
        [NAI_DNNL_BIAS] = at(work, p->packed),
        [NAI_DNNL_SCRATCH] = at(work, p->scratch),
        [NAI_DNNL_REORDER_SCRATCH] = at(work, p->scratch),
    };
    const dnnl_status_t status = nai_dnnl_pass_run(&p->pass[pass], p->stream, handles);
    int *const failed = p->d->state;

    if (status && *failed == 0)
        *failed = (int)status;
}

static void forward(struct nai_conv2d *p, const struct nai_buf *x, const struct nai_buf *w,
                    const struct nai_buf *bias, struct nai_buf *y, struct nai_buf *work)
{
    if (!p->pass[FORWARD].conv) {
        nai_cpu_conv2d_f32.forward(p->portable, x, w, bias, y, work);
        return;
    }
    if (bias)
        memcpy(at(work, p->packed), bias, p->out * sizeof(float));
    else
        memset(at(work, p->packed), 0, p->out * sizeof(float));
    run(p, FORWARD, input(x), y, input(w), work);
}

static void backward_data(struct nai_conv2d *p, const struct nai_buf *dy, const struct nai_buf *w,
                          struct nai_buf *dx, struct nai_buf *work)
{
    if (!p->pass[DATA].conv)
        nai_cpu_conv2d_f32.backward_data(p->portable, dy, w, dx, work);
    else
        run(p, DATA, dx, input(dy), input(w), work);
}

static void backward_weights(struct nai_conv2d *p, const struct nai_buf *x,
                             const struct nai_buf *dy, struct nai_buf *dw, struct nai_buf *dbias,
                             struct nai_buf *work)
{
    const int pass = dbias ? WEIGHTS_BIAS : WEIGHTS;

    if (!p->pass[pass].conv) {
        nai_cpu_conv2d_f32.backward_weights(p->portable, x, dy, dw, dbias, work);
        return;
    }
    run(p, pass, input(x), input(dy), dw, work);
    for (size_t o = 0; dbias && o < p->out; o++)
        at(dbias, 0)[o] += at(work, p->packed)[o];
}

const struct nai_conv2d_ops nai_dnnl_conv2d = {
    .block = block_of,
    .plan = plan,
    .free = plan_free,
    .workspace = workspace,
    .text = text,
    .forward = forward,
    .backward_data = backward_data,
    .backward_weights = backward_weights,
};
#else
typedef int nai_dnnl_none; /* a translation unit may not be empty */
#endif
