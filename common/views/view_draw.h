/* view_draw.h - the chances of one view: what was drawn for it
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEW_DRAW_H
#define NAI_VIEW_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view_recipe.h"

enum nai_view_op { NAI_BRIGHTNESS, NAI_CONTRAST, NAI_SATURATION, NAI_HUE, NAI_VIEW_OPS };

enum { NAI_SOLARIZE_NONE = 256, NAI_EPOCHS_MAX = 1 << 24 };

/* Everything that makes a view out of an image. All that is drawn is rounded to the type here, so
 * that a view made again from these is the same to the byte. */
struct nai_view {
    uint32_t top, left, height, width; /* of the crop, in pixels of the image */
    bool flip;                         /* left and right change places */
    uint8_t order[NAI_VIEW_OPS];       /* enum nai_view_op, a permutation */
    float factor[NAI_VIEW_OPS];        /* 1, or 0 for the hue: left out; the hue's is in turns */
    bool gray;
    float sigma; /* of the blur, in pixels of the view; 0: none */
    uint16_t kernel;
    uint16_t solarize; /* values from this on are inverted; 256: none */
};

/* What is to be drawn for: nothing else decides the draws. */
struct nai_view_key {
    uint64_t seed, id; /* id: of the image */
    uint32_t epoch;    /* below NAI_EPOCHS_MAX */
};

/*
 * nai_view_draw - draw view v of an image of h by w pixels.
 *
 * Each operation has random numbers of its own, keyed by (seed, operation, view, epoch, id): to
 * change the odds of one leaves the others' draws as they are. (The key's index is id + epoch 2^40;
 * below 2^40 images no two share draws.) The crop is torchvision 0.14's
 * RandomResizedCrop.get_params (ten tries, then the middle), the jitter its ColorJitter.get_params.
 */
void nai_view_draw(struct nai_view *out, const struct nai_recipe *r, size_t v,
                   const struct nai_view_key *key, size_t h, size_t w);

/* nai_view_valid - can these be applied to an image of h by w pixels, for a view of this size? */
bool nai_view_valid(const struct nai_view *p, size_t size, size_t h, size_t w);

#endif
