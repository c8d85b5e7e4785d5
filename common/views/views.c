/* views.c - see views.h
 * SPDX-License-Identifier: MIT */
#include "views.h"

#include <omp.h>
#include <stdlib.h>

#include "mem.h"
#include "view_blur.h"
#include "view_color.h"
#include "view_crop.h"
#include "view_simd.h"

struct nai_views {
    const struct nai_recipe *recipe;
    size_t h, w;
    bool floats;
    size_t threads;
    struct nai_axis axis[NAI_VIEW_GROUPS];
    uint8_t *scratch; /* [threads][stride]: the parts below, one after another */
    size_t stride, turned, planes, work;
};

/* A plane of a view in scratch: whole vectors, and room for what the last one writes past it. */
static size_t plane_bytes(size_t size)
{
    return nai_pad64(size * size + NAI_LANES);
}

void nai_views_free(struct nai_views *vs)
{
    if (!vs)
        return;
    for (size_t g = 0; g < vs->recipe->ngroups; g++)
        nai_axis_free(&vs->axis[g]);
    nai_free(vs->scratch);
    free(vs);
}

/* Scratch of a thread: the image transposed, the planes of a view, what an operation needs. */
static int make_scratch(struct nai_views *vs, struct nai_err *err)
{
    const struct nai_recipe *const r = vs->recipe;
    size_t total;

    vs->turned = nai_pad64(r->channels * vs->h * vs->w + NAI_LANES);
    for (size_t g = 0; g < r->ngroups; g++) {
        const size_t size = r->group[g].size, planes = r->channels * plane_bytes(size);
        const size_t crop = nai_crop_scratch(vs->h, size), blur = nai_blur_scratch(size);
        vs->planes = planes > vs->planes ? planes : vs->planes;
        vs->work = crop > vs->work ? crop : vs->work;
        vs->work = blur > vs->work ? blur : vs->work;
    }
    vs->stride = vs->turned + vs->planes + vs->work;
    if (!nai_mul(&total, vs->stride, vs->threads))
        return nai_err_set(err, NAI_ESYSTEM, "too many threads for the memory");
    if (!(vs->scratch = nai_alloc(total, 1, "making views", err)))
        return NAI_ESYSTEM;
    memset(vs->scratch, 0, total); /* vectors reach past what is written */
    return NAI_OK;
}

int nai_views_new(struct nai_views **out, const struct nai_recipe *recipe, size_t h, size_t w,
                  bool floats, size_t threads, struct nai_err *err)
{
    struct nai_views *const vs = calloc(1, sizeof *vs);
    int st;

    *out = NULL;
    if (!vs)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    vs->recipe = recipe;
    vs->h = h;
    vs->w = w;
    vs->floats = floats;
    vs->threads = threads;
    st = make_scratch(vs, err);
    for (size_t g = 0; !st && g < recipe->ngroups; g++)
        st = nai_axis_new(&vs->axis[g], h > w ? h : w, recipe->group[g].size, err);
    if (st)
        nai_views_free(vs);
    else
        *out = vs;
    return st;
}

size_t nai_views_bytes(const struct nai_views *vs, size_t g)
{
    const struct nai_view_group *const q = &vs->recipe->group[g];

    return q->views * vs->recipe->channels * q->size * q->size * (vs->floats ? sizeof(float) : 1);
}

void nai_views_draw(const struct nai_views *vs, struct nai_view *view, uint64_t seed,
                    uint32_t epoch, const uint64_t *id, size_t rows)
{
    const size_t m = vs->recipe->views;

#pragma omp parallel for num_threads((int)vs->threads) schedule(static)
    for (size_t i = 0; i < rows; i++)
        for (size_t v = 0; v < m; v++)
            nai_view_draw(&view[i * m + v], vs->recipe, v,
                          &(struct nai_view_key){.seed = seed, .epoch = epoch, .id = id[i]}, vs->h,
                          vs->w);
}

static void jitter(const struct nai_planes *p, const struct nai_view *v)
{
    for (size_t i = 0; i < NAI_VIEW_OPS; i++) {
        const unsigned op = v->order[i];
        const float f = v->factor[op];

        if (f == (op == NAI_HUE ? 0.0F : 1.0F))
            continue;
        if (op == NAI_BRIGHTNESS)
            nai_adjust_brightness(p, f);
        else if (op == NAI_CONTRAST)
            nai_adjust_contrast(p, f);
        else if (op == NAI_SATURATION)
            nai_adjust_saturation(p, f);
        else
            nai_adjust_hue(p, f);
    }
}

/* (v - mean) / std, which is the same for every processor: nothing to fuse. */
NAI_VIEW_CLONES static void normalise(float *dst, const uint8_t *src, size_t n, float mean,
                                      float std)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        dst[i] = ((float)src[i] - mean) / std;
}

/* One view, in the scratch of this thread, then where it belongs. */
static void render(const struct nai_views *vs, uint8_t *scratch, void *out, size_t g,
                   const struct nai_view *v)
{
    const struct nai_recipe *const r = vs->recipe;
    const size_t size = r->group[g].size, n = size * size;
    const struct nai_planes p = {scratch + vs->turned, r->channels, n, plane_bytes(size)};
    uint8_t *const work = scratch + vs->turned + vs->planes;
    const struct nai_crop crop = {v->top, v->left, v->height, v->width, v->flip};

    for (size_t c = 0; c < p.channels; c++)
        nai_crop(p.x + c * p.step, scratch + c * vs->h * vs->w, vs->h, &crop, &vs->axis[g], work);
    jitter(&p, v);
    if (v->gray)
        nai_to_gray(&p);
    for (size_t c = 0; v->sigma > 0 && c < p.channels; c++)
        nai_blur(p.x + c * p.step, size, v->kernel, v->sigma, work);
    if (v->solarize < NAI_SOLARIZE_NONE)
        nai_solarize(&p, v->solarize);
    for (size_t c = 0; c < p.channels; c++)
        if (vs->floats)
            normalise((float *)out + c * n, p.x + c * p.step, n, (float)r->mean[c],
                      (float)r->std[c]);
        else
            memcpy((uint8_t *)out + c * n, p.x + c * p.step, n);
}

static void render_image(const struct nai_views *vs, uint8_t *scratch, void *const *out,
                         const uint8_t *image, const struct nai_view *view, size_t row)
{
    const struct nai_recipe *const r = vs->recipe;
    const size_t plane = vs->h * vs->w;

    for (size_t c = 0; c < r->channels; c++)
        nai_transpose(scratch + c * plane, vs->h, image + c * plane, vs->w, vs->h, vs->w);
    for (size_t g = 0; g < r->ngroups; g++) {
        const size_t bytes = nai_views_bytes(vs, g), one = bytes / r->group[g].views;
        for (size_t k = 0; k < r->group[g].views; k++)
            render(vs, scratch, (char *)out[g] + row * bytes + k * one, g,
                   &view[r->group[g].first + k]);
    }
}

void nai_views_render(struct nai_views *vs, void *const *out, const uint8_t *image,
                      const struct nai_view *view, size_t rows)
{
    const size_t m = vs->recipe->views, bytes = vs->recipe->channels * vs->h * vs->w;

#pragma omp parallel for num_threads((int)vs->threads) schedule(dynamic, 4)
    for (size_t i = 0; i < rows; i++)
        render_image(vs, vs->scratch + (size_t)omp_get_thread_num() * vs->stride, out,
                     image + i * bytes, &view[i * m], i);
}
