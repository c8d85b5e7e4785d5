/* view_draw.c - see view_draw.h
 * SPDX-License-Identifier: MIT */
#include "view_draw.h"

#include <math.h>
#include <stdio.h>

#include "rng.h"

enum { TRIES = 10, ID_BITS = 40, MAX_FACTOR = 4 };

/* The draws of one operation on one view: purpose "views.crop.12". */
static void start(struct nai_rng *rng, const char *op, size_t v, const struct nai_view_key *key)
{
    char purpose[32];
    size_t n = 0;

    for (const char *p = "views."; *p; p++)
        purpose[n++] = *p;
    for (const char *p = op; *p; p++)
        purpose[n++] = *p;
    purpose[n++] = '.';
    for (size_t unit = v >= 100 ? 100 : v >= 10 ? 10 : 1; unit > 0; unit /= 10)
        purpose[n++] = (char)('0' + v / unit % 10);
    purpose[n] = '\0';
    nai_rng_init(rng, key->seed, purpose, key->id + ((uint64_t)key->epoch << ID_BITS));
}

static double between(struct nai_rng *rng, double lo, double hi)
{
    return lo + (hi - lo) * nai_rng_uniform(rng);
}

/* With probability p, which need not be asked of the generator at 0. */
static bool happens(struct nai_rng *rng, const char *op, double p, size_t v,
                    const struct nai_view_key *key)
{
    if (p <= 0)
        return false;
    start(rng, op, v, key);
    return nai_rng_uniform(rng) < p;
}

/* The whole image, cut to the ratios allowed: where ten tries found nothing. */
static void crop_middle(struct nai_view *out, const double ratio[2], size_t h, size_t w)
{
    const double in = (double)w / (double)h;

    out->width = (uint32_t)w;
    out->height = (uint32_t)h;
    if (in < ratio[0])
        out->height = (uint32_t)nearbyint((double)w / ratio[0]);
    else if (in > ratio[1])
        out->width = (uint32_t)nearbyint((double)h * ratio[1]);
    out->height = out->height < 1 ? 1 : out->height;
    out->width = out->width < 1 ? 1 : out->width;
    out->top = ((uint32_t)h - out->height) / 2;
    out->left = ((uint32_t)w - out->width) / 2;
}

static void draw_crop(struct nai_view *out, const struct nai_view_odds *o, size_t v,
                      const struct nai_view_key *key, size_t h, size_t w)
{
    const double lo = log(o->ratio[0]), hi = log(o->ratio[1]), all = (double)(h * w);
    struct nai_rng rng;

    start(&rng, "crop", v, key);
    for (int i = 0; i < TRIES; i++) {
        const double area = all * between(&rng, o->scale[0], o->scale[1]);
        const double ratio = exp(between(&rng, lo, hi));
        const double cw = nearbyint(sqrt(area * ratio)), ch = nearbyint(sqrt(area / ratio));

        if (cw < 1 || ch < 1 || cw > (double)w || ch > (double)h)
            continue;
        out->width = (uint32_t)cw;
        out->height = (uint32_t)ch;
        out->top = (uint32_t)nai_rng_below(&rng, h - out->height + 1);
        out->left = (uint32_t)nai_rng_below(&rng, w - out->width + 1);
        return;
    }
    crop_middle(out, o->ratio, h, w);
}

static float factor(struct nai_rng *rng, double strength)
{
    const double lo = strength < 1 ? 1 - strength : 0, f = between(rng, lo, 1 + strength);

    return strength > 0 ? (float)f : 1;
}

/* All is drawn whatever the strengths, so that changing one leaves the others' draws. */
static void draw_jitter(struct nai_view *out, const struct nai_recipe *r, size_t v,
                        const struct nai_view_key *key)
{
    const struct nai_view_odds *const o = &r->odds[v];
    struct nai_rng rng;

    if (!happens(&rng, "jitter", o->jitter, v, key))
        return;
    out->factor[NAI_BRIGHTNESS] = factor(&rng, o->brightness);
    out->factor[NAI_CONTRAST] = factor(&rng, o->contrast);
    out->factor[NAI_SATURATION] = factor(&rng, o->saturation);
    out->factor[NAI_HUE] = (float)between(&rng, -o->hue, o->hue);
    for (size_t i = NAI_VIEW_OPS - 1; i > 0 && !r->fixed_order; i--) {
        const size_t j = (size_t)nai_rng_below(&rng, i + 1);
        const uint8_t t = out->order[i];
        out->order[i] = out->order[j];
        out->order[j] = t;
    }
}

static void clean(struct nai_view *out, size_t h, size_t w)
{
    const size_t side = h < w ? h : w;

    out->height = out->width = (uint32_t)side;
    out->top = (uint32_t)((h - side) / 2);
    out->left = (uint32_t)((w - side) / 2);
}

static size_t size_of(const struct nai_recipe *r, size_t v)
{
    size_t g = 0;

    while (v >= r->group[g].first + r->group[g].views)
        g++;
    return r->group[g].size;
}

void nai_view_draw(struct nai_view *out, const struct nai_recipe *r, size_t v,
                   const struct nai_view_key *key, size_t h, size_t w)
{
    const struct nai_view_odds *const o = &r->odds[v];
    struct nai_rng rng;

    *out = (struct nai_view){.order = {0, 1, 2, 3},
                             .factor = {1, 1, 1, 0},
                             .kernel = (uint16_t)nai_recipe_kernel(o, size_of(r, v)),
                             .solarize = NAI_SOLARIZE_NONE};
    if (r->clean && v == 0) {
        clean(out, h, w);
        return;
    }
    draw_crop(out, o, v, key, h, w);
    out->flip = happens(&rng, "flip", o->flip, v, key);
    draw_jitter(out, r, v, key);
    out->gray = happens(&rng, "gray", o->gray, v, key);
    if (happens(&rng, "blur", o->blur, v, key))
        out->sigma = (float)between(&rng, o->sigma[0], o->sigma[1]);
    if (happens(&rng, "solarize", o->solarize, v, key))
        out->solarize = (uint16_t)o->threshold;
}

bool nai_view_valid(const struct nai_view *p, size_t size, size_t h, size_t w)
{
    unsigned seen = 0;

    for (size_t i = 0; i < NAI_VIEW_OPS; i++)
        seen |= p->order[i] < NAI_VIEW_OPS ? 1u << p->order[i] : 0;
    for (size_t i = 0; i < NAI_HUE; i++)
        if (!(p->factor[i] >= 0 && p->factor[i] <= MAX_FACTOR))
            return false;
    return seen == (1u << NAI_VIEW_OPS) - 1 && p->height >= 1 && p->width >= 1 && p->height <= h &&
           p->width <= w && p->top <= h - p->height && p->left <= w - p->width &&
           p->factor[NAI_HUE] >= -0.5F && p->factor[NAI_HUE] <= 0.5F && p->sigma >= 0 &&
           p->sigma <= 100 && p->kernel % 2 == 1 && p->kernel <= 255 &&
           (p->sigma == 0 || p->kernel / 2 < size) && p->solarize <= NAI_SOLARIZE_NONE;
}
