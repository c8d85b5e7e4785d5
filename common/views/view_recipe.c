/* view_recipe.c - see view_recipe.h
 * SPDX-License-Identifier: MIT */
#include "view_recipe.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NORMAL_CROP .ratio = {3.0 / 4, 4.0 / 3}, .flip = 0.5

/* Strengths and where they come from:
 * cifar, stl: Chen et al. 2020 (SimCLR) at half colour strength, as Ghosh et al. and the usual
 *   CIFAR-10 recipes have it; no blur.
 * gray: as cifar, without colour, cropping no less than a fifth.
 * imagenet: Grill et al. 2020 (BYOL), table 6, also used by Zbontar et al. 2021 (Barlow Twins):
 *   blur and solarisation differ between the two views. */
static const struct {
    const char *name;
    size_t crop; /* 0: the image's */
    struct nai_view_odds odds[2];
    double mean[3], std[3]; /* 0: none */
} presets[] = {
    [NAI_PRESET_AUTO] = {.name = "auto"},
    [NAI_PRESET_CIFAR] = {"cifar",
                          32,
                          {{NORMAL_CROP, .scale = {0.08, 1}, .jitter = 0.8, .brightness = 0.4,
                            .contrast = 0.4, .saturation = 0.4, .hue = 0.1, .gray = 0.2}},
                          {125.307, 122.961, 113.8575},
                          {51.5865, 50.847, 51.255}},
    [NAI_PRESET_STL] = {"stl",
                        64,
                        {{NORMAL_CROP, .scale = {0.2, 1}, .jitter = 0.8, .brightness = 0.4,
                          .contrast = 0.4, .saturation = 0.4, .hue = 0.1, .gray = 0.1}},
                        {113.9112, 112.1515, 103.6948},
                        {57.1603, 56.4828, 57.0975}},
    [NAI_PRESET_GRAY] = {"gray",
                         0,
                         {{NORMAL_CROP, .scale = {0.2, 1}, .jitter = 0.8, .brightness = 0.4,
                           .contrast = 0.4}},
                         {0, 0, 0},
                         {0, 0, 0}},
    [NAI_PRESET_IMAGENET] = {"imagenet",
                             224,
                             {{NORMAL_CROP, .scale = {0.08, 1}, .jitter = 0.8, .brightness = 0.4,
                               .contrast = 0.4, .saturation = 0.2, .hue = 0.1, .gray = 0.2,
                               .blur = 1},
                              {.blur = 0.1, .solarize = 0.2}},
                             {123.675, 116.28, 103.53},
                             {58.395, 57.12, 57.375}},
};

/* The options that set odds: where, and what they may be. */
static const struct {
    const char *name;
    size_t at;
    bool range;
    double min, max;
} odds[] = {
    {"scale", offsetof(struct nai_view_odds, scale), true, 1e-6, 1},
    {"ratio", offsetof(struct nai_view_odds, ratio), true, 0.01, 100},
    {"flip", offsetof(struct nai_view_odds, flip), false, 0, 1},
    {"jitter", offsetof(struct nai_view_odds, jitter), false, 0, 1},
    {"brightness", offsetof(struct nai_view_odds, brightness), false, 0, 3},
    {"contrast", offsetof(struct nai_view_odds, contrast), false, 0, 3},
    {"saturation", offsetof(struct nai_view_odds, saturation), false, 0, 3},
    {"hue", offsetof(struct nai_view_odds, hue), false, 0, 0.5},
    {"gray", offsetof(struct nai_view_odds, gray), false, 0, 1},
    {"blur", offsetof(struct nai_view_odds, blur), false, 0, 1},
    {"blur-sigma", offsetof(struct nai_view_odds, sigma), true, 0.01, 100},
    {"blur-kernel", offsetof(struct nai_view_odds, kernel), false, 3, 255},
    {"solarize", offsetof(struct nai_view_odds, solarize), false, 0, 1},
    {"threshold", offsetof(struct nai_view_odds, threshold), false, 0, 255},
};

enum { ODDS = sizeof odds / sizeof *odds };

/* A decimal integer in [min, max] up to one of `stops`; NULL if there is none. */
static const char *take_size(size_t *out, const char *p, size_t min, size_t max)
{
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(p, &end, 10);
    if (*p < '0' || *p > '9' || errno || v < min || v > max)
        return NULL;
    *out = (size_t)v;
    return end;
}

static int take_views(struct nai_recipe *r, size_t crop, const char *views, struct nai_err *err)
{
    const char *p = views;

    r->views = r->ngroups = 0;
    do {
        struct nai_view_group g = {.first = r->views, .size = crop};
        p = take_size(&g.views, p + (r->ngroups > 0), 1, NAI_VIEWS_MAX);
        if (p && *p == '@')
            p = take_size(&g.size, p + 1, 1, NAI_VIEW_SIDE);
        if (!p || (*p && *p != ',') || r->ngroups == NAI_VIEW_GROUPS)
            return nai_err_set(err, NAI_EUSAGE,
                               "--views: '%.100s' is not M or M@SIZE,..., M from 1 to %d, SIZE to "
                               "%d, of up to %d sizes",
                               views, NAI_VIEWS_MAX, NAI_VIEW_SIDE, NAI_VIEW_GROUPS);
        r->views += g.views;
        r->group[r->ngroups++] = g;
    } while (*p == ',');
    if (r->views > NAI_VIEWS_MAX)
        return nai_err_set(err, NAI_EUSAGE, "--views: %zu views an image; at most %d", r->views,
                           NAI_VIEWS_MAX);
    return NAI_OK;
}

int nai_recipe_make(struct nai_recipe *r, enum nai_view_preset preset, size_t channels, size_t h,
                    size_t w, size_t crop, const char *views, struct nai_err *err)
{
    int st;

    if (preset == NAI_PRESET_AUTO)
        preset = channels == 1 ? NAI_PRESET_GRAY : NAI_PRESET_CIFAR;
    *r = (struct nai_recipe){.preset = preset, .channels = channels};
    if (crop == 0)
        crop = presets[preset].crop;
    if (crop == 0)
        crop = h < w ? h : w;
    if ((st = take_views(r, crop, views, err)))
        return st;
    for (size_t v = 0; v < r->views; v++) {
        struct nai_view_odds *const o = &r->odds[v];
        *o = presets[preset].odds[0];
        if (preset == NAI_PRESET_IMAGENET && v % 2) {
            o->blur = presets[preset].odds[1].blur;
            o->solarize = presets[preset].odds[1].solarize;
        }
        o->sigma[0] = 0.1;
        o->sigma[1] = 2;
        o->threshold = 128;
    }
    return NAI_OK;
}

/* "A" or "A:B", the whole of word, within bounds. */
static bool take_value(double v[static 2], const char *word, bool range, double min, double max)
{
    char *end;

    for (int i = 0; i <= range; i++) {
        if (strchr(" \t\n", *word)) /* also the end */
            return false;
        v[i] = strtod(word, &end);
        if (end == word || !(v[i] >= min && v[i] <= max))
            return false;
        if (*end != (i < range ? ':' : '\0'))
            return false;
        word = end + 1;
    }
    return !range || v[0] <= v[1];
}

/* Up to `most` values of a comma list: value[n][2]; the number of them, or 0. */
static size_t take_list(double (*value)[2], size_t most, const char *list, bool range, double min,
                        double max)
{
    size_t n = 0;

    for (const char *p = list;; n++) {
        const size_t len = strcspn(p, ",");
        char word[64];

        if (n == most || len >= sizeof word)
            return 0;
        memcpy(word, p, len);
        word[len] = '\0';
        if (!take_value(value[n], word, range, min, max))
            return 0;
        if (p[len] == '\0')
            return n + 1;
        p += len + 1;
    }
}

int nai_recipe_set(struct nai_recipe *r, const char *name, const char *list, struct nai_err *err)
{
    double value[NAI_VIEWS_MAX][2];
    size_t k = 0, n;

    while (k < ODDS && strcmp(odds[k].name, name) != 0)
        k++;
    if (k == ODDS)
        return nai_err_set(err, NAI_EUSAGE, "--%s: no such strength", name);
    n = take_list(value, r->views, list, odds[k].range, odds[k].min, odds[k].max);
    if (n == 0)
        return nai_err_set(err, NAI_EUSAGE,
                           "--%s: '%.100s' is not %s in [%g, %g], or a comma list of up to %zu, "
                           "one a view",
                           name, list, odds[k].range ? "a range LO:HI" : "a number", odds[k].min,
                           odds[k].max, r->views);
    for (size_t v = 0; v < r->views; v++) {
        double *const to = (double *)(void *)((char *)&r->odds[v] + odds[k].at);
        to[0] = value[v % n][0];
        if (odds[k].range)
            to[1] = value[v % n][1];
    }
    return NAI_OK;
}

size_t nai_recipe_kernel(const struct nai_view_odds *o, size_t size)
{
    const size_t half = size / 20 > 0 ? size / 20 : 1;

    return o->kernel > 0 ? (size_t)o->kernel : 2 * half + 1;
}

int nai_recipe_check(const struct nai_recipe *r, struct nai_err *err)
{
    for (size_t g = 0; g < r->ngroups; g++)
        for (size_t v = 0; v < r->group[g].views; v++) {
            const struct nai_view_odds *const o = &r->odds[r->group[g].first + v];
            const size_t k = nai_recipe_kernel(o, r->group[g].size);

            if (o->kernel != floor(o->kernel) || (o->kernel > 0 && k % 2 == 0))
                return nai_err_set(err, NAI_EUSAGE, "--blur-kernel: %g is not odd", o->kernel);
            if (o->threshold != floor(o->threshold))
                return nai_err_set(err, NAI_EUSAGE, "--threshold: %g is not an integer",
                                   o->threshold);
            if (o->blur > 0 && k / 2 >= r->group[g].size)
                return nai_err_set(err, NAI_EUSAGE,
                                   "a blur of %zu taps does not fit a view of %zu pixels", k,
                                   r->group[g].size);
        }
    return NAI_OK;
}

/* Of mean and std, so that what is normalised with them fits into a float. */
static const double NORM_MOST = 1e6, STD_LEAST = 1e-6;

static int norm_option(double out[static 3], const struct nai_recipe *r, const char *name,
                       const char *list, double min, struct nai_err *err)
{
    double value[3][2];
    const size_t n = take_list(value, r->channels, list, false, min, NORM_MOST);

    if (n != r->channels && n != 1)
        return nai_err_set(err, NAI_EUSAGE, "--%s: '%.100s' is not %zu numbers in [%g, 1e+06]",
                           name, list, r->channels, min);
    for (size_t c = 0; c < r->channels; c++)
        out[c] = value[c % n][0];
    return NAI_OK;
}

static bool norm_meta(double out[static 3], const struct nai_recipe *r, const json_t *list,
                      bool positive)
{
    if (json_array_size(list) != r->channels)
        return false;
    for (size_t c = 0; c < r->channels; c++) {
        const json_t *const v = json_array_get(list, c);
        out[c] = json_number_value(v);
        if (!json_is_number(v) || !(fabs(out[c]) <= NORM_MOST) ||
            (positive && !(out[c] >= STD_LEAST)))
            return false;
    }
    return true;
}

int nai_recipe_norm(struct nai_recipe *r, const char *mean, const char *std, const json_t *meta,
                    struct nai_err *err)
{
    const json_t *const m = json_object_get(meta, "mean"), *const s = json_object_get(meta, "std");
    int st;

    if ((mean != NULL) != (std != NULL))
        return nai_err_set(err, NAI_EUSAGE, "--mean and --std go together");
    if (mean) {
        r->norm_from = "option";
        st = norm_option(r->mean, r, "mean", mean, -NORM_MOST, err);
        return st ? st : norm_option(r->std, r, "std", std, STD_LEAST, err);
    }
    if (m || s) {
        r->norm_from = "dataset";
        return norm_meta(r->mean, r, m, false) && norm_meta(r->std, r, s, true)
                   ? NAI_OK
                   : nai_err_set(err, NAI_EINPUT,
                                 "meta.mean and meta.std are not %zu numbers each, as the images "
                                 "have channels, up to 1e6, std from 1e-6; give --mean and --std",
                                 r->channels);
    }
    r->norm_from = r->channels == 3 && presets[r->preset].std[0] > 0 ? "preset" : "assumed";
    for (size_t c = 0; c < r->channels; c++) {
        const bool has = strcmp(r->norm_from, "preset") == 0;
        r->mean[c] = has ? presets[r->preset].mean[c] : 127.5;
        r->std[c] = has ? presets[r->preset].std[c] : 127.5;
    }
    return NAI_OK;
}

/* One of the odds: a value (or pair) if all views agree, else a list of them, one a view. */
static json_t *odds_json(const struct nai_recipe *r, size_t k)
{
    json_t *const list = json_array();
    bool same = true;

    for (size_t v = 0; v < r->views; v++) {
        const double *const o =
            (const double *)(const void *)((const char *)&r->odds[v] + odds[k].at);
        json_array_append_new(list,
                              odds[k].range ? json_pack("[f,f]", o[0], o[1]) : json_real(o[0]));
        same = same && json_equal(json_array_get(list, 0), json_array_get(list, v));
    }
    if (same) {
        json_t *const one = json_incref(json_array_get(list, 0));
        json_decref(list);
        return one;
    }
    return list;
}

json_t *nai_recipe_json(const struct nai_recipe *r)
{
    json_t *const groups = json_array();
    json_t *j;

    for (size_t g = 0; g < r->ngroups; g++) {
        char field[32] = "x";
        if (g > 0)
            snprintf(field, sizeof field, "x%zu", g);
        json_array_append_new(groups, json_pack("{s:s,s:I,s:I}", "field", field, "views",
                                                (json_int_t)r->group[g].views, "size",
                                                (json_int_t)r->group[g].size));
    }
    j = json_pack("{s:s,s:o,s:b,s:s,s:s}", "preset", presets[r->preset].name, "views", groups,
                  "clean", r->clean, "order", r->fixed_order ? "fixed" : "random", "norm_from",
                  r->norm_from);
    for (size_t k = 0; j && k < ODDS; k++)
        if (json_object_set_new(j, odds[k].name, odds_json(r, k)) != 0) {
            json_decref(j);
            return NULL;
        }
    return j;
}
