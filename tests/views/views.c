/* views.c - operations against Pillow's and torchvision's, chains of them, threads, floats
 * SPDX-License-Identifier: MIT */
#include "views.h"

#include <stdlib.h>
#include <string.h>

#include "../golden/augment.h"
#include "../lib/tap.h"
#include "view_crop.h"

enum { N = GOLDEN_SIZE * GOLDEN_SIZE, PIXELS = GOLDEN_H * GOLDEN_W };

/* A recipe of one view, GOLDEN_SIZE on a side. */
static struct nai_recipe recipe_of(size_t channels)
{
    struct nai_recipe r;

    nai_recipe_make(&r, NAI_PRESET_AUTO, channels, GOLDEN_H, GOLDEN_W, GOLDEN_SIZE, "1", NULL);
    nai_recipe_norm(&r, NULL, NULL, NULL, NULL);
    return r;
}

/* What leaves the image as it is, resized whole. */
static struct nai_view whole(void)
{
    return (struct nai_view){.height = GOLDEN_H,
                             .width = GOLDEN_W,
                             .order = {0, 1, 2, 3},
                             .factor = {1, 1, 1, 0},
                             .kernel = 3,
                             .solarize = NAI_SOLARIZE_NONE};
}

static void make(unsigned char *out, const unsigned char *image, size_t channels,
                 const struct nai_view *v)
{
    const struct nai_recipe r = recipe_of(channels);
    struct nai_views *vs;

    memset(out, 77, 3 * N);
    if (nai_views_new(&vs, &r, GOLDEN_H, GOLDEN_W, false, 1, NULL) == NAI_OK)
        nai_views_render(vs, (void *[]){out}, image, v, 1);
    nai_views_free(vs);
}

/* At most `levels` away, and `differ` of them all. */
static void like(const unsigned char *got, const unsigned char *want, size_t n, int levels,
                 double differ, const char *what)
{
    int worst = 0;
    size_t off = 0;

    for (size_t i = 0; i < n; i++) {
        const int d = abs(got[i] - want[i]);
        worst = d > worst ? d : worst;
        off += d > 0;
    }
    ok(worst <= levels && (double)off <= differ * (double)n, "%s: %d levels at most, %zu of %zu",
       what, worst, off, n);
}

static void test_crops(void)
{
    static const unsigned char *const want[] = {golden_crop_0, golden_crop_1, golden_crop_2,
                                                golden_crop_3, golden_crop_4};
    unsigned char got[3 * N];
    struct nai_view v = whole();

    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        v.top = golden_crop[k][0];
        v.left = golden_crop[k][1];
        v.height = golden_crop[k][2];
        v.width = golden_crop[k][3];
        make(got, golden_image, 3, &v);
        like(got, want[k], sizeof got, 0, 0, "crop, bit for bit");
    }
    v = whole();
    v.flip = true;
    make(got, golden_image, 3, &v);
    like(got, golden_flip, sizeof got, 0, 0, "flip, bit for bit");
}

static void test_colours(void)
{
    static const struct {
        const char *name;
        enum nai_view_op op;
        float f;
        const unsigned char *want;
    } one[] = {
        {"brightness 0.6", NAI_BRIGHTNESS, 0.6F, golden_brightness_0},
        {"brightness 1.4", NAI_BRIGHTNESS, 1.4F, golden_brightness_1},
        {"contrast 0.6", NAI_CONTRAST, 0.6F, golden_contrast_0},
        {"contrast 1.4", NAI_CONTRAST, 1.4F, golden_contrast_1},
        {"saturation 0.6", NAI_SATURATION, 0.6F, golden_saturation_0},
        {"saturation 1.4", NAI_SATURATION, 1.4F, golden_saturation_1},
        {"hue 0.1", NAI_HUE, 0.1F, golden_hue_0},
        {"hue -0.3", NAI_HUE, -0.3F, golden_hue_1},
    };
    unsigned char got[3 * N];

    for (size_t k = 0; k < sizeof one / sizeof *one; k++) {
        struct nai_view v = whole();
        v.factor[one[k].op] = one[k].f;
        make(got, golden_image, 3, &v);
        like(got, one[k].want, sizeof got, 1, 0.02, one[k].name);
    }
}

static void test_rest(void)
{
    unsigned char got[3 * N];
    struct nai_view v = whole();

    v.gray = true;
    make(got, golden_image, 3, &v);
    like(got, golden_gray, sizeof got, 0, 0, "grey, bit for bit");
    v = whole();
    v.sigma = 0.7F;
    make(got, golden_image, 3, &v);
    like(got, golden_blur_0, sizeof got, 1, 0.02, "blur, 3 taps");
    v.sigma = 2;
    v.kernel = 9;
    make(got, golden_image, 3, &v);
    like(got, golden_blur_1, sizeof got, 1, 0.02, "blur, 9 taps");
    v = whole();
    v.solarize = 128;
    make(got, golden_image, 3, &v);
    like(got, golden_solarize, sizeof got, 0, 0, "solarise, bit for bit");
}

/* Errors of one level pass through what follows, which may double them, and solarising may turn
 * one at the threshold into many: those are left out of the count by allowing for a few. */
static void test_chains(void)
{
    unsigned char got[3 * N];
    struct nai_view v = whole();

    v.top = golden_crop[3][0];
    v.left = golden_crop[3][1];
    v.height = golden_crop[3][2];
    v.width = golden_crop[3][3];
    v.flip = true;
    memcpy(v.order, (uint8_t[]){NAI_SATURATION, NAI_BRIGHTNESS, NAI_HUE, NAI_CONTRAST}, 4);
    memcpy(v.factor, (float[]){1.25F, 0.5F, 0.75F, -0.0625F}, sizeof v.factor);
    v.sigma = 1.5F;
    v.solarize = 128;
    make(got, golden_image, 3, &v);
    like(got, golden_chain, sizeof got, 1, 0.05, "all one after the other");

    v = whole();
    v.top = golden_crop[1][0];
    v.left = golden_crop[1][1];
    v.height = golden_crop[1][2];
    v.width = golden_crop[1][3];
    memcpy(v.factor, (float[]){1.25F, 0.5F, 0.1F, 0.3F}, sizeof v.factor);
    v.gray = true;
    make(got, golden_gray_image, 1, &v);
    like(got, golden_gray_chain, N, 1, 0.02, "one channel: colour does nothing to it");
}

/* Several images, sizes and threads at once; what one view gets does not depend on its company. */
static void test_many(void)
{
    enum { ROWS = 37, BYTES = 5 * 3 * 32 * 32 };
    static unsigned char image[ROWS * 3 * PIXELS], a[3][ROWS * BYTES], b[3][ROWS * BYTES];
    static float f[3][ROWS * BYTES];
    static struct nai_view view[ROWS * 5];
    uint64_t id[ROWS];
    struct nai_recipe r;
    struct nai_views *vs[3];
    bool same = true, norm = true;

    for (size_t i = 0; i < sizeof image; i++)
        image[i] = (unsigned char)(golden_image[i % (3 * PIXELS)] + i / (3 * PIXELS) * 3);
    for (size_t i = 0; i < ROWS; i++)
        id[i] = 100 + i;
    nai_recipe_make(&r, NAI_PRESET_IMAGENET, 3, GOLDEN_H, GOLDEN_W, 0, "2@32,2@17,1@5", NULL);
    ok(nai_recipe_norm(&r, NULL, NULL, NULL, NULL) == NAI_OK, "a recipe of three sizes");
    for (int k = 0; k < 3; k++)
        nai_views_new(&vs[k], &r, GOLDEN_H, GOLDEN_W, k == 2, k == 1 ? 3 : 1, NULL);
    nai_views_draw(vs[0], view, 9, 4, id, ROWS);
    nai_views_render(vs[0], (void *[]){a[0], a[1], a[2]}, image, view, ROWS);
    nai_views_draw(vs[1], view, 9, 4, id, ROWS);
    nai_views_render(vs[1], (void *[]){b[0], b[1], b[2]}, image, view, ROWS);
    nai_views_render(vs[2], (void *[]){f[0], f[1], f[2]}, image, view, ROWS);
    for (size_t g = 0; g < 3; g++) {
        const size_t one = nai_views_bytes(vs[0], g), plane = r.group[g].size * r.group[g].size;
        same &= memcmp(a[g], b[g], ROWS * one) == 0;
        for (size_t i = 0; i < ROWS * one; i++) {
            const size_t c = i / plane % 3;
            norm &= f[g][i] == ((float)a[g][i] - (float)r.mean[c]) / (float)r.std[c];
        }
        ok(nai_views_bytes(vs[2], g) == 4 * one, "floats take four bytes");
    }
    ok(same, "one thread and three: the same bytes");
    ok(norm, "floats are (value - mean) / std");
    for (int k = 0; k < 3; k++)
        nai_views_free(vs[k]);
}

static void test_transpose(void)
{
    enum { R = 27, C = 21 };
    unsigned char a[R][C], t[C][R];
    bool same = true;

    for (int i = 0; i < R; i++)
        for (int j = 0; j < C; j++)
            a[i][j] = (unsigned char)(i * 7 + j * 13);
    nai_transpose(t[0], R, a[0], C, R, C);
    for (int i = 0; i < R; i++)
        for (int j = 0; j < C; j++)
            same &= t[j][i] == a[i][j];
    ok(same, "transposed, odd sizes");
}

int main(void)
{
    test_crops();
    test_colours();
    test_rest();
    test_chains();
    test_many();
    test_transpose();
    return tap_end();
}
