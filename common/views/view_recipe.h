/* view_recipe.h - what may be done to an image to make its views: sizes, strengths, probabilities
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEW_RECIPE_H
#define NAI_VIEW_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct json_t;

enum { NAI_VIEWS_MAX = 256, NAI_VIEW_GROUPS = 16, NAI_VIEW_SIDE = 4096 };

/* The words of --preset, in the order of enum nai_view_preset. */
#define NAI_VIEW_PRESETS "auto|cifar|stl|gray|imagenet"

enum nai_view_preset {
    NAI_PRESET_AUTO, /* gray for one channel, cifar for three */
    NAI_PRESET_CIFAR,
    NAI_PRESET_STL,
    NAI_PRESET_GRAY,
    NAI_PRESET_IMAGENET
};

/* What one view may undergo. Probabilities are in [0, 1]; a strength s draws a factor from
 * U(max(0, 1 - s), 1 + s), and the hue's s a turn from U(-s, s). */
struct nai_view_odds {
    double scale[2];                              /* share of the image's area that is cropped */
    double ratio[2];                              /* width over height of the crop, log-uniform */
    double flip;                                  /* probability */
    double jitter;                                /* probability of the four that follow */
    double brightness, contrast, saturation, hue; /* strengths; 0: left out */
    double gray;                                  /* probability */
    double blur;                                  /* probability */
    double sigma[2];                              /* of the Gaussian, in pixels of the view */
    double kernel;                                /* its taps, odd; 0: a tenth of the view */
    double solarize;                              /* probability */
    double threshold;                             /* values from this on are inverted */
};

/* Views of one size: one field of the output. */
struct nai_view_group {
    size_t first, views, size;
};

struct nai_recipe {
    enum nai_view_preset preset; /* never AUTO once made */
    size_t views, ngroups;
    struct nai_view_group group[NAI_VIEW_GROUPS];
    bool clean;       /* view 0 is the middle of the image, resized, and nothing else */
    bool fixed_order; /* jitter in the order brightness, contrast, saturation, hue */
    struct nai_view_odds odds[NAI_VIEWS_MAX];
    size_t channels;
    double mean[3], std[3]; /* of the values, 0..255 */
    const char *norm_from;  /* "option", "dataset", "preset" or "assumed" */
};

/*
 * nai_recipe_make - a preset, for images of this shape.
 *
 * r         out
 * preset    in   auto: gray when channels is 1, else cifar
 * channels  in   1 or 3; h, w at most NAI_VIEW_SIDE
 * crop      in   side of a view; 0: the preset's, which for gray is the image's shorter side
 * views     in   "M", or "M@SIZE,M@SIZE" for groups of several sizes
 *
 * NAI_EUSAGE for views that are no such list, or too many.
 */
int nai_recipe_make(struct nai_recipe *r, enum nai_view_preset preset, size_t channels, size_t h,
                    size_t w, size_t crop, const char *views, struct nai_err *err);

/*
 * nai_recipe_set - set one of the odds by its option's name.
 *
 * name  in  "scale", "flip", "blur-sigma", ...: those of struct nai_view_odds
 * list  in  one value for all views, or several split by commas, which the views take in turn;
 *           ranges are LO:HI
 *
 * NAI_EUSAGE, naming the option, for what is not such a list, values out of range and more values
 * than views.
 */
int nai_recipe_set(struct nai_recipe *r, const char *name, const char *list, struct nai_err *err);

/* nai_recipe_check - what single options cannot tell: blurs wider than their view. NAI_EUSAGE. */
int nai_recipe_check(const struct nai_recipe *r, struct nai_err *err);

/*
 * nai_recipe_norm - settle mean and standard deviation, per channel, 0..255.
 *
 * mean, std  in  comma lists or NULL; one value serves every channel
 * meta       in  the data set's, or NULL
 *
 * The options go first, then meta.mean and meta.std, then the preset's where it has as many
 * channels, then 127.5 and 127.5. NAI_EUSAGE for bad options (one without the other too),
 * NAI_EINPUT for a meta of another number of channels, or of numbers no option could give.
 */
int nai_recipe_norm(struct nai_recipe *r, const char *mean, const char *std,
                    const struct json_t *meta, struct nai_err *err);

/* nai_recipe_json - what was settled, for meta.augment; owned by the caller. NULL when out of
 * memory. */
struct json_t *nai_recipe_json(const struct nai_recipe *r);

/* nai_recipe_kernel - taps of the blur for a view of this size: the odds' own, or the odd number
 * 2 max(1, size / 20) + 1 (Chen et al. 2020, SimCLR: a tenth of the image). */
size_t nai_recipe_kernel(const struct nai_view_odds *o, size_t size);

#endif
