/* resize.c - test of nai_resize_u8: Pillow's results, constants, sums. TAP.
 * SPDX-License-Identifier: MIT */
#include "resize.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a of what Pillow 9.4.0's resize and crop give for picture() below, with torchvision's
 * arithmetic for the sizes and margins. */
static const struct {
    size_t h, w, c, size;
    int crop;
    enum nai_filter filter;
    uint64_t hash;
} golden[] = {
    {13, 17, 3, 5, 1, NAI_BILINEAR, 0xdaec90ad883cffedu},
    {13, 17, 3, 5, 1, NAI_BOX, 0x7a7fdb3023022e98u},
    {13, 17, 3, 5, 1, NAI_BICUBIC, 0x9b4481310828427eu},
    {13, 17, 3, 5, 1, NAI_LANCZOS, 0x4c75aecee7679d4du},
    {13, 17, 3, 5, 0, NAI_BILINEAR, 0xf6a54121b3820682u},
    {13, 17, 3, 5, 0, NAI_BOX, 0x4a96b5c5cf3e8dd3u},
    {13, 17, 3, 5, 0, NAI_BICUBIC, 0x2502a76ae4326132u},
    {13, 17, 3, 5, 0, NAI_LANCZOS, 0xa3e4903713bdf153u},
    {13, 17, 3, 20, 1, NAI_BILINEAR, 0x5eb6b084197a12e1u},
    {13, 17, 3, 20, 1, NAI_BOX, 0x9ff6a1516117830cu},
    {13, 17, 3, 20, 1, NAI_BICUBIC, 0x227ea5adeb9b3a38u},
    {13, 17, 3, 20, 1, NAI_LANCZOS, 0xaea874b47db4e4afu},
    {13, 17, 3, 20, 0, NAI_BILINEAR, 0x073fe60f449098f6u},
    {13, 17, 3, 20, 0, NAI_BOX, 0xe5aeb76546651bb4u},
    {13, 17, 3, 20, 0, NAI_BICUBIC, 0xf0866486482c0783u},
    {13, 17, 3, 20, 0, NAI_LANCZOS, 0x26c3812698a130c0u},
    {31, 20, 1, 5, 1, NAI_BILINEAR, 0x8b981244d3aeb88bu},
    {31, 20, 1, 5, 1, NAI_BOX, 0x146096a46564f738u},
    {31, 20, 1, 5, 1, NAI_BICUBIC, 0xdae5732e71dc27a1u},
    {31, 20, 1, 5, 1, NAI_LANCZOS, 0x1d0e3e2869aa3784u},
    {31, 20, 1, 5, 0, NAI_BILINEAR, 0xaecb8f141da06e66u},
    {31, 20, 1, 5, 0, NAI_BOX, 0xc484e342a31fd6bbu},
    {31, 20, 1, 5, 0, NAI_BICUBIC, 0x836e3cd9c8f421fau},
    {31, 20, 1, 5, 0, NAI_LANCZOS, 0x6b8534c2e7a27950u},
    {31, 20, 1, 20, 1, NAI_BILINEAR, 0xc1eed536a883840bu},
    {31, 20, 1, 20, 1, NAI_BOX, 0xc1eed536a883840bu},
    {31, 20, 1, 20, 1, NAI_BICUBIC, 0xc1eed536a883840bu},
    {31, 20, 1, 20, 1, NAI_LANCZOS, 0xc1eed536a883840bu},
    {31, 20, 1, 20, 0, NAI_BILINEAR, 0xd89ffd25bfabcc23u},
    {31, 20, 1, 20, 0, NAI_BOX, 0xe81c25baf8269012u},
    {31, 20, 1, 20, 0, NAI_BICUBIC, 0x55defb85f1466335u},
    {31, 20, 1, 20, 0, NAI_LANCZOS, 0x961f6ef7861b9c2bu},
};

enum { MOST = 64 * 64 * 3 };

static void check(bool ok, int *tests, int *failures, const char *what)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", ++*tests, what);
    *failures += !ok;
}

static void picture(uint8_t *p, size_t h, size_t w, size_t c)
{
    for (size_t i = 0; i < h; i++)
        for (size_t j = 0; j < w; j++)
            for (size_t k = 0; k < c; k++)
                *p++ = (uint8_t)(i * 37 + j * 91 + k * 53 + i * j % 29 * 7);
}

static uint64_t fnv(const uint8_t *p, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

int main(void)
{
    uint8_t in[MOST], out[MOST];
    int tests = 0, failures = 0;

    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        const struct nai_resize r = nai_resize_plan(golden[i].h, golden[i].w, golden[i].size,
                                                    golden[i].filter, golden[i].crop);
        char what[100];
        int st;
        picture(in, golden[i].h, golden[i].w, golden[i].c);
        st = nai_resize_u8(out, in, golden[i].h, golden[i].w, golden[i].c, &r, NULL);
        snprintf(what, sizeof what, "Pillow: %zu x %zu x %zu to %zu, %s, filter %d", golden[i].h,
                 golden[i].w, golden[i].c, golden[i].size, golden[i].crop ? "crop" : "stretch",
                 (int)golden[i].filter);
        check(st == 0 && fnv(out, golden[i].size * golden[i].size * golden[i].c) == golden[i].hash,
              &tests, &failures, what);
    }
    for (int f = NAI_BILINEAR; f <= NAI_LANCZOS; f++) { /* weights sum to one */
        const struct nai_resize r = nai_resize_plan(60, 47, 13, (enum nai_filter)f, 0);
        bool same = true;
        memset(in, 201, sizeof in);
        same = nai_resize_u8(out, in, 60, 47, 1, &r, NULL) == 0;
        for (size_t i = 0; i < 13 * 13; i++)
            same = same && out[i] == 201;
        check(same, &tests, &failures, "a constant stays");
    }
    { /* halving by the box filter is the mean of four */
        static const uint8_t four[4 * 4] = {0,  4,  100, 100, 8,  4,  100, 100,
                                            10, 20, 255, 251, 30, 40, 249, 245};
        static const uint8_t want[2 * 2] = {4, 100, 25, 250};
        const struct nai_resize r = nai_resize_plan(4, 4, 2, NAI_BOX, 1);
        check(nai_resize_u8(out, four, 4, 4, 1, &r, NULL) == 0 && memcmp(out, want, 4) == 0, &tests,
              &failures, "box: means of four");
    }
    { /* margins: halves go to even */
        const struct nai_resize a = nai_resize_plan(9, 10, 9, NAI_BOX, 1);
        const struct nai_resize b = nai_resize_plan(12, 9, 9, NAI_BOX, 1);
        check(a.left == 0 && a.top == 0 && b.top == 2 && b.left == 0, &tests, &failures,
              "margins of 0.5 and 1.5 are 0 and 2");
    }
    printf("1..%d\n", tests);
    return failures != 0;
}
