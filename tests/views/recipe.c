/* recipe.c - which strengths, sizes and normalisation hold for which view
 * SPDX-License-Identifier: MIT */
#include "view_recipe.h"

#include <jansson.h>
#include <string.h>

#include "../lib/tap.h"

static struct nai_recipe make(enum nai_view_preset p, size_t channels, const char *views)
{
    struct nai_recipe r;

    nai_recipe_make(&r, p, channels, 96, 80, 0, views, NULL);
    return r;
}

static void test_views(void)
{
    static const char *const bad[] = {"", "0", "2@", "2@0", "2,,3", "2;3", "257", "200,57"};
    struct nai_recipe r = make(NAI_PRESET_AUTO, 1, "2,3@17,1@5");
    struct nai_err err = {0};
    size_t refused = 0;

    ok(r.preset == NAI_PRESET_GRAY && r.views == 6 && r.ngroups == 3, "six views in three groups");
    ok(r.group[0].size == 80 && r.group[1].size == 17 && r.group[1].first == 2 &&
           r.group[2].first == 5 && r.group[2].size == 5,
       "of the shorter side, or as they say");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused += nai_recipe_make(&r, NAI_PRESET_STL, 3, 96, 96, 0, bad[i], &err) == NAI_EUSAGE;
    ok(refused == sizeof bad / sizeof *bad, "what are no views is refused");
}

/* The table of BYOL (Grill et al. 2020, appendix B), T for view 0 and T' for view 1. */
static void test_presets(void)
{
    const struct nai_recipe r = make(NAI_PRESET_IMAGENET, 3, "3");
    const struct nai_view_odds *const a = &r.odds[0], *const b = &r.odds[1];

    ok(a->flip == 0.5 && a->jitter == 0.8 && a->brightness == 0.4 && a->contrast == 0.4 &&
           a->saturation == 0.2 && a->hue == 0.1 && a->gray == 0.2 && a->blur == 1 &&
           a->solarize == 0,
       "BYOL's T");
    ok(b->flip == 0.5 && b->jitter == 0.8 && b->brightness == 0.4 && b->contrast == 0.4 &&
           b->saturation == 0.2 && b->hue == 0.1 && b->gray == 0.2 && b->blur == 0.1 &&
           b->solarize == 0.2,
       "BYOL's T'");
    ok(memcmp(a, &r.odds[2], sizeof *a) == 0, "view 2 as view 0");
    ok(r.group[0].size == 224 && nai_recipe_kernel(a, 224) == 23 && nai_recipe_kernel(a, 96) == 9 &&
           nai_recipe_kernel(a, 64) == 7 && nai_recipe_kernel(a, 32) == 3 &&
           nai_recipe_kernel(a, 8) == 3,
       "taps of the blur as SimCLR's code has them (224: 23, 96: 9), at least 3");
}

static void test_lists(void)
{
    struct nai_recipe r = make(NAI_PRESET_CIFAR, 3, "5");
    struct nai_err err = {0};

    ok(nai_recipe_set(&r, "scale", "0.1:0.5,0.2:0.25", &err) == NAI_OK &&
           r.odds[4].scale[0] == 0.1 && r.odds[4].scale[1] == 0.5 && r.odds[3].scale[0] == 0.2 &&
           r.odds[3].scale[1] == 0.25,
       "ranges in turn");
    ok(nai_recipe_set(&r, "hue", "0,0.1,0.2,0.3,0.4", &err) == NAI_OK && r.odds[3].hue == 0.3,
       "one a view");
    ok(nai_recipe_set(&r, "hue", "0,0,0,0,0,0", &err) == NAI_EUSAGE, "not more than views");
    ok(nai_recipe_set(&r, "hue", "0.1:0.2", &err) == NAI_EUSAGE &&
           nai_recipe_set(&r, "scale", "0.1", &err) == NAI_EUSAGE,
       "neither a range for a number nor a number for a range");
}

static int norm(struct nai_recipe *r, const char *mean, const char *std, const char *meta)
{
    json_t *const j = meta ? json_loads(meta, 0, NULL) : NULL;
    struct nai_err err = {0};
    const int st = nai_recipe_norm(r, mean, std, j, &err);

    json_decref(j);
    return st;
}

static void test_norm(void)
{
    struct nai_recipe r = make(NAI_PRESET_STL, 3, "1"), g = make(NAI_PRESET_STL, 1, "1");

    ok(norm(&r, NULL, NULL, "{}") == NAI_OK && r.mean[1] == 112.1515 && r.std[2] == 57.0975,
       "the preset's");
    ok(norm(&r, NULL, NULL, "{\"mean\":[1,2,3],\"std\":[4,5,6]}") == NAI_OK && r.mean[2] == 3 &&
           r.std[0] == 4 && strcmp(r.norm_from, "dataset") == 0,
       "before it the data set's");
    ok(norm(&r, "7,8,9", "2", "{\"mean\":[1],\"std\":0}") == NAI_OK && r.mean[0] == 7 &&
           r.std[2] == 2 && strcmp(r.norm_from, "option") == 0,
       "before that the options'");
    ok(norm(&g, NULL, NULL, NULL) == NAI_OK && g.mean[0] == 127.5 && g.std[0] == 127.5 &&
           strcmp(g.norm_from, "assumed") == 0,
       "and where none has one for one channel, half the range");
    ok(norm(&r, NULL, NULL, "{\"mean\":[1,2],\"std\":[4,5]}") == NAI_EINPUT &&
           norm(&r, NULL, NULL, "{\"mean\":[1,2,3]}") == NAI_EINPUT &&
           norm(&r, NULL, NULL, "{\"mean\":[1,2,3],\"std\":[4,0,6]}") == NAI_EINPUT &&
           norm(&r, NULL, NULL, "{\"mean\":[1,2,3],\"std\":[4,1e-50,6]}") == NAI_EINPUT &&
           norm(&r, NULL, NULL, "{\"mean\":[1,2,1e300],\"std\":[4,5,6]}") == NAI_EINPUT &&
           norm(&r, NULL, NULL, "{\"mean\":[1,2,\"3\"],\"std\":[4,5,6]}") == NAI_EINPUT,
       "a data set's that cannot be is refused");
}

int main(void)
{
    test_views();
    test_presets();
    test_lists();
    test_norm();
    return tap_end();
}
