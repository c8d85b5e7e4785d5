/* draw.c - that what is drawn has the distribution it should, and depends on what it should
 * SPDX-License-Identifier: MIT */
#include "view_draw.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"

enum { DRAWS = 100000, SIDE = 4000 };

/* Kolmogorov-Smirnov: sqrt(n) D passes this with probability 1e-6 (Kolmogorov's limit,
 * 2 exp(-2 t^2)); proportions and means stay within as many standard errors. */
static const double ks_limit = 2.694, z_limit = 4.892;

static double value[DRAWS];
static struct nai_view view[DRAWS];

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* value[n] against the uniform distribution from lo to hi, past which rounding takes them by slack
 * at most. */
static void uniform(size_t n, double lo, double hi, double slack, const char *what)
{
    double worst = 0;

    qsort(value, n, sizeof *value, by_size);
    for (size_t i = 0; i < n; i++) {
        const double f = (value[i] - lo) / (hi - lo);
        worst = fmax(worst, fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
    }
    ok(n > 1000 && worst * sqrt((double)n) <= ks_limit && value[0] >= lo - slack &&
           value[n - 1] <= hi + slack,
       "%s: uniform in [%g, %g], sqrt(n) D = %g of %zu", what, lo, hi, worst * sqrt((double)n), n);
}

static void proportion(size_t k, size_t n, double p, const char *what)
{
    const double z = ((double)k - (double)n * p) / sqrt((double)n * p * (1 - p));

    ok(fabs(z) <= z_limit, "%s: %zu of %zu, %g expected (z = %.2f)", what, k, n, p, z);
}

static void draw(const struct nai_recipe *r, size_t v, uint64_t seed, uint32_t epoch, size_t h,
                 size_t w)
{
    for (size_t i = 0; i < DRAWS; i++)
        nai_view_draw(&view[i], r, v, &(struct nai_view_key){.seed = seed, .id = i, .epoch = epoch},
                      h, w);
}

static struct nai_recipe preset(enum nai_view_preset p, const char *views)
{
    struct nai_recipe r;

    nai_recipe_make(&r, p, 3, SIDE, SIDE, 0, views, NULL);
    return r;
}

/* Ratios near 1, so that no try is thrown away, in a large image, so that rounding is small. */
static void test_crop(void)
{
    struct nai_recipe r = preset(NAI_PRESET_CIFAR, "1");
    size_t n = 0;

    nai_recipe_set(&r, "scale", "0.1:0.7", NULL);
    nai_recipe_set(&r, "ratio", "0.8:1.25", NULL);
    draw(&r, 0, 1, 0, SIDE, SIDE);
    for (size_t i = 0; i < DRAWS; i++)
        value[i] = (double)view[i].height * view[i].width / SIDE / SIDE;
    uniform(DRAWS, 0.1, 0.7, 4e-4, "area"); /* half a pixel of 4000 on each side */
    for (size_t i = 0; i < DRAWS; i++)
        value[i] = log((double)view[i].width / view[i].height);
    uniform(DRAWS, -log(1.25), log(1.25), 8e-4, "logarithm of the ratio");
    for (size_t i = 0; i < DRAWS; i++)
        value[i] = (view[i].top + 0.5) / (SIDE - view[i].height + 1);
    uniform(DRAWS, 0, 1, 0, "place from the top");
    for (size_t i = 0; i < DRAWS; i++)
        value[i] = (view[i].left + 0.5) / (SIDE - view[i].width + 1);
    uniform(DRAWS, 0, 1, 0, "place from the left");
    for (size_t i = 0; i < DRAWS; i++)
        n += view[i].top + view[i].height > SIDE || view[i].left + view[i].width > SIDE ||
             !nai_view_valid(&view[i], 32, SIDE, SIDE);
    ok(n == 0, "every crop lies in the image");
}

/* Means of width, width^2 and width height, and their standard deviations, of 300,000 calls of
 * torchvision 0.14.1's RandomResizedCrop.get_params on 32 by 32 pixels, scale (0.08, 1), ratio
 * (3/4, 4/3), seed 0. Crops that do not fit are tried again, so these have no simple form. */
static void test_small_crop(void)
{
    const double want[3] = {21.67438, 507.7037, 501.6862}, sd[3] = {6.1583, 261.82, 245.99};
    const struct nai_recipe r = preset(NAI_PRESET_CIFAR, "1");
    double sum[3] = {0};

    draw(&r, 0, 2, 0, 32, 32);
    for (size_t i = 0; i < DRAWS; i++) {
        sum[0] += view[i].width;
        sum[1] += (double)view[i].width * view[i].width;
        sum[2] += (double)view[i].width * view[i].height;
    }
    for (size_t k = 0; k < 3; k++)
        ok(fabs(sum[k] / DRAWS - want[k]) <= z_limit * sd[k] * sqrt(1.0 / DRAWS + 1.0 / 300000),
           "moment %zu of small crops: %g, torchvision's is %g", k, sum[k] / DRAWS, want[k]);
}

/* No crop of these ratios fits: the middle, as wide as they allow. */
static void test_fallback(void)
{
    struct nai_recipe r = preset(NAI_PRESET_CIFAR, "1");
    size_t n = 0;

    nai_recipe_set(&r, "scale", "0.9:1", NULL);
    draw(&r, 0, 3, 0, 30, 100);
    for (size_t i = 0; i < DRAWS; i++)
        n += view[i].height == 30 && view[i].width == 40 && view[i].top == 0 && view[i].left == 30;
    ok(n == DRAWS, "100 by 30 cannot be cropped at 4/3: the middle 40");
    draw(&r, 0, 3, 0, 100, 30);
    for (n = 0; n < DRAWS && view[n].height == 40 && view[n].top == 30; n++)
        ;
    ok(n == DRAWS, "nor 30 by 100 at 3/4");
}

static void test_chances(void)
{
    const struct nai_recipe r = preset(NAI_PRESET_IMAGENET, "2");
    size_t flip = 0, jitter = 0, gray = 0, blur = 0, solar = 0, n = 0;

    draw(&r, 1, 4, 0, 224, 224);
    for (size_t i = 0; i < DRAWS; i++) {
        flip += view[i].flip;
        jitter += view[i].factor[NAI_BRIGHTNESS] != 1;
        gray += view[i].gray;
        blur += view[i].sigma > 0;
        solar += view[i].solarize == 128;
        n += view[i].kernel == 23;
    }
    proportion(flip, DRAWS, 0.5, "flip");
    proportion(jitter, DRAWS, 0.8, "jitter");
    proportion(gray, DRAWS, 0.2, "grey");
    proportion(blur, DRAWS, 0.1, "blur of view 1");
    proportion(solar, DRAWS, 0.2, "solarise view 1");
    ok(n == DRAWS, "a blur of 23 taps for 224 pixels, as SimCLR's");
    draw(&r, 0, 4, 0, 224, 224);
    for (size_t i = n = solar = 0; i < DRAWS; i++) {
        value[i] = view[i].sigma;
        n += view[i].sigma > 0;
        solar += view[i].solarize != NAI_SOLARIZE_NONE;
    }
    ok(n == DRAWS && solar == 0, "view 0: always blurred, never solarised");
    uniform(DRAWS, 0.1, 2, 1e-7, "sigma");
}

static void test_factors(void)
{
    static const char *const names[] = {"brightness", "contrast", "saturation", "hue"};
    static const double lo[] = {0.6, 0, 0.8, -0.1}, hi[] = {1.4, 2.5, 1.2, 0.1};
    struct nai_recipe r = preset(NAI_PRESET_IMAGENET, "2");
    size_t first[NAI_VIEW_OPS][NAI_VIEW_OPS] = {{0}};
    size_t n = 0;

    nai_recipe_set(&r, "contrast", "1.5", NULL); /* below 1 - s there is 0 */
    draw(&r, 1, 5, 7, 224, 224);
    for (size_t k = 0; k < NAI_VIEW_OPS; k++) {
        for (size_t i = n = 0; i < DRAWS; i++)
            if (view[i].factor[NAI_BRIGHTNESS] != 1)
                value[n++] = view[i].factor[k];
        uniform(n, lo[k], hi[k], 1e-7, names[k]);
    }
    for (size_t i = n = 0; i < DRAWS; i++)
        if (view[i].factor[NAI_BRIGHTNESS] != 1) {
            n++;
            for (size_t k = 0; k < NAI_VIEW_OPS; k++)
                first[k][view[i].order[k]]++;
        }
    for (size_t k = 0; k < NAI_VIEW_OPS; k++)
        for (size_t op = 0; op < NAI_VIEW_OPS; op++)
            proportion(first[k][op], n, 0.25, "an operation at a place");
}

/* The correlation of two draws of the same place in two series. */
static void apart(const struct nai_view *a, const struct nai_view *b, const char *what)
{
    double ab = 0, aa = 0, bb = 0, ma = 0, mb = 0;
    size_t flips = 0;

    for (size_t i = 0; i < DRAWS; i++) {
        ma += a[i].width / (double)DRAWS;
        mb += b[i].width / (double)DRAWS;
        flips += a[i].flip == b[i].flip;
    }
    for (size_t i = 0; i < DRAWS; i++) {
        ab += (a[i].width - ma) * (b[i].width - mb);
        aa += (a[i].width - ma) * (a[i].width - ma);
        bb += (b[i].width - mb) * (b[i].width - mb);
    }
    ok(fabs(ab / sqrt(aa * bb)) <= z_limit / sqrt(DRAWS), "crops of %s: correlation %g", what,
       ab / sqrt(aa * bb));
    proportion(flips, DRAWS, 0.5, what);
}

static void test_keys(void)
{
    static struct nai_view first[DRAWS];
    struct nai_recipe r = preset(NAI_PRESET_CIFAR, "16");
    size_t same = 0;

    draw(&r, 0, 6, 0, SIDE, SIDE);
    memcpy(first, view, sizeof view);
    draw(&r, 1, 6, 0, SIDE, SIDE);
    apart(first, view, "two views");
    draw(&r, 12, 6, 0, SIDE, SIDE);
    apart(first, view, "views 0 and 12");
    draw(&r, 0, 6, 1, SIDE, SIDE);
    apart(first, view, "two epochs");
    draw(&r, 0, 7, 0, SIDE, SIDE);
    apart(first, view, "two seeds");
    memcpy(view, first + 1, sizeof view - sizeof *view);
    view[DRAWS - 1] = first[0];
    apart(first, view, "two images");

    nai_recipe_set(&r, "flip", "0.9", NULL);
    nai_recipe_set(&r, "brightness", "0.8", NULL);
    nai_recipe_set(&r, "blur", "0.5", NULL);
    draw(&r, 0, 6, 0, SIDE, SIDE);
    for (size_t i = 0; i < DRAWS; i++)
        same += view[i].top == first[i].top && view[i].width == first[i].width &&
                view[i].factor[NAI_HUE] == first[i].factor[NAI_HUE] &&
                memcmp(view[i].order, first[i].order, sizeof first[i].order) == 0 &&
                view[i].gray == first[i].gray;
    ok(same == DRAWS, "other odds for one operation leave the others' draws");
}

static void test_clean(void)
{
    struct nai_recipe r = preset(NAI_PRESET_IMAGENET, "3");
    struct nai_view v;

    r.clean = true;
    nai_view_draw(&v, &r, 0, &(struct nai_view_key){.seed = 1, .id = 2}, 50, 71);
    ok(v.top == 0 && v.left == 10 && v.height == 50 && v.width == 50 && !v.flip && !v.gray &&
           v.sigma == 0 && v.solarize == NAI_SOLARIZE_NONE && v.factor[NAI_HUE] == 0 &&
           v.factor[NAI_BRIGHTNESS] == 1,
       "the clean view is the middle square and nothing else");
    nai_view_draw(&v, &r, 2, &(struct nai_view_key){.seed = 1, .id = 2}, 50, 71);
    ok(v.sigma > 0, "the others are not");
}

static void test_valid(void)
{
    struct nai_recipe r = preset(NAI_PRESET_IMAGENET, "1");
    struct nai_view v, w;
    size_t passed = 0;

    nai_view_draw(&v, &r, 0, &(struct nai_view_key){.seed = 1}, 300, 300);
    ok(nai_view_valid(&v, 224, 300, 300), "what is drawn is valid");
#define WITH(change) (w = v, (change), passed += nai_view_valid(&w, 224, 300, 300))
    WITH(w.top = 300);
    WITH(w.left = UINT32_MAX);
    WITH(w.width = 0);
    WITH(w.height = 301);
    WITH(w.order[0] = w.order[1]);
    WITH(w.order[2] = 4);
    WITH(w.factor[NAI_CONTRAST] = NAN);
    WITH(w.factor[NAI_BRIGHTNESS] = 4.1F);
    WITH(w.factor[NAI_SATURATION] = -0.1F);
    WITH(w.factor[NAI_HUE] = 0.51F);
    WITH(w.sigma = NAN);
    WITH(w.sigma = -1);
    WITH(w.kernel = 4);
    WITH(w.kernel = 257);
    WITH(w.solarize = 257);
    ok(passed == 0, "what is out of bounds is not");
    ok(!nai_view_valid(&v, 11, 300, 300), "a blur wider than the view is not");
}

int main(void)
{
    test_crop();
    test_small_crop();
    test_fallback();
    test_chances();
    test_factors();
    test_keys();
    test_clean();
    test_valid();
    return tap_end();
}
