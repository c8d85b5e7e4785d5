/* view_crop.c - see view_crop.h
 * SPDX-License-Identifier: MIT */
#include "view_crop.h"

#include <math.h>

#include "mem.h"
#include "view_simd.h"

enum { BITS = 22 };

static double stretch_of(size_t from, size_t to)
{
    return from > to ? (double)from / (double)to : 1;
}

static size_t taps_of(size_t from, size_t to)
{
    return (size_t)ceil(stretch_of(from, to)) * 2 + 1;
}

void nai_axis_free(struct nai_axis *x)
{
    nai_free(x->at);
    nai_free(x->first);
    nai_free(x->count);
    nai_free(x->weight);
    *x = (struct nai_axis){0};
}

/* Weights of output i of a line of `from` values; Pillow's precompute_coeffs. */
static void weigh_one(struct nai_axis *x, size_t from, size_t i)
{
    const double scale = (double)from / (double)x->to, stretch = stretch_of(from, x->to);
    const double centre = ((double)i + 0.5) * scale;
    const double lo = centre - stretch + 0.5, hi = centre + stretch + 0.5;
    const size_t begin = lo < 0 ? 0 : (size_t)lo, row = (from - 1) * x->to + i;
    const size_t end = hi > (double)from ? from : (size_t)hi;
    uint32_t *const w = x->weight + x->at[from] + i;
    double sum = 0;

    for (int pass = 0; pass < 2; pass++)
        for (size_t k = begin; k < end; k++) {
            const double t = fabs(((double)k - centre + 0.5) / stretch), v = t < 1 ? 1 - t : 0;
            if (pass == 0)
                sum += v;
            else
                w[(k - begin) * x->to] = (uint32_t)(v / sum * (1 << BITS) + 0.5);
        }
    x->first[row] = (uint16_t)begin;
    x->count[row] = (uint16_t)(end - begin);
}

int nai_axis_new(struct nai_axis *x, size_t longest, size_t to, struct nai_err *err)
{
    size_t total = 0;

    *x = (struct nai_axis){.to = to, .longest = longest};
    if (!(x->at = nai_alloc(longest + 1, sizeof *x->at, "the weights of crops", err)))
        return NAI_ESYSTEM;
    for (size_t n = 1; n <= longest; n++) {
        x->at[n] = total;
        total += taps_of(n, to) * to;
    }
    x->first = nai_alloc(longest * to, sizeof *x->first, "the weights of crops", err);
    x->count = nai_alloc(longest * to, sizeof *x->count, "the weights of crops", err);
    x->weight = nai_alloc(total, sizeof *x->weight, "the weights of crops", err);
    if (!x->first || !x->count || !x->weight)
        return NAI_ESYSTEM;
    for (size_t n = 1; n <= longest; n++)
        for (size_t i = 0; i < to; i++)
            weigh_one(x, n, i);
    return NAI_OK;
}

/* The right upper part of a and the left lower part of b change places. */
#define SWAP(a, b, shift, mask)                                                                    \
    do {                                                                                           \
        const uint64_t swap_ = (((a) >> (shift)) ^ (b)) & (mask);                                  \
        (a) ^= swap_ << (shift);                                                                   \
        (b) ^= swap_;                                                                              \
    } while (0)

#define SWAP_4(a, b) SWAP(a, b, 32, 0x00000000FFFFFFFF)
#define SWAP_2(a, b) SWAP(a, b, 16, 0x0000FFFF0000FFFF)
#define SWAP_1(a, b) SWAP(a, b, 8, 0x00FF00FF00FF00FF)

/* Eight rows of eight bytes: blocks of 4, then 2, then 1 change places across the diagonal. */
static void turn_block(uint8_t *dst, size_t dstep, const uint8_t *src, size_t sstep)
{
    uint64_t r[8];

    for (size_t i = 0; i < 8; i++)
        memcpy(&r[i], src + i * sstep, 8);
    SWAP_4(r[0], r[4]);
    SWAP_4(r[1], r[5]);
    SWAP_4(r[2], r[6]);
    SWAP_4(r[3], r[7]);
    SWAP_2(r[0], r[2]);
    SWAP_2(r[1], r[3]);
    SWAP_2(r[4], r[6]);
    SWAP_2(r[5], r[7]);
    SWAP_1(r[0], r[1]);
    SWAP_1(r[2], r[3]);
    SWAP_1(r[4], r[5]);
    SWAP_1(r[6], r[7]);
    for (size_t i = 0; i < 8; i++)
        memcpy(dst + i * dstep, &r[i], 8);
}

void nai_transpose(uint8_t *dst, size_t dstep, const uint8_t *src, size_t sstep, size_t rows,
                   size_t cols)
{
    const size_t rows8 = rows & ~(size_t)7, cols8 = cols & ~(size_t)7;

    for (size_t i = 0; i < rows8; i += 8)
        for (size_t j = 0; j < cols8; j += 8)
            turn_block(dst + j * dstep + i, dstep, src + i * sstep + j, sstep);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = i < rows8 ? cols8 : 0; j < cols; j++)
            dst[j * dstep + i] = src[i * sstep + j];
}

/* dst[i][j] = sum over k of weight[k][i] src[first[i] + k][j], for j < len and a few more. */
NAI_VIEW_CLONES static void blend_rows(uint8_t *dst, ptrdiff_t dstep, const uint8_t *src,
                                       size_t sstep, size_t len, size_t from,
                                       const struct nai_axis *x)
{
    const uint16_t *const first = x->first + (from - 1) * x->to;
    const uint16_t *const count = x->count + (from - 1) * x->to;
    const uint32_t *const weight = x->weight + x->at[from];

    for (size_t i = 0; i < x->to; i++, dst += dstep) {
        const uint8_t *const top = src + first[i] * sstep;
        for (size_t j = 0; j < len; j += NAI_LANES) {
            nai_u32x16 sum = {0}, v;
            sum += 1u << (BITS - 1);
            for (size_t k = 0; k < count[i]; k++) {
                NAI_LOAD(v, top + k * sstep + j);
                sum += v * weight[k * x->to + i];
            }
            sum >>= BITS;
            NAI_STORE(dst + j, sum);
        }
    }
}

/* Columns of the crop, resized across; then its rows, as many again. */
size_t nai_crop_scratch(size_t h, size_t to)
{
    const size_t h16 = nai_round_up(h), to16 = nai_round_up(to);

    return nai_pad64(2 * h16 * to16 + NAI_LANES);
}

void nai_crop(uint8_t *dst, const uint8_t *turned, size_t h, const struct nai_crop *crop,
              const struct nai_axis *x, uint8_t *scratch)
{
    const size_t h16 = nai_round_up(crop->height), to16 = nai_round_up(x->to);
    uint8_t *const across = scratch, *const rows = scratch + h16 * to16;
    const size_t h8 = (crop->height + 7) & ~(size_t)7, to8 = (x->to + 7) & ~(size_t)7;

    /* the image lies transposed, so that its columns are rows here; a flip writes them backwards */
    blend_rows(crop->flip ? across + (x->to - 1) * h16 : across,
               crop->flip ? -(ptrdiff_t)h16 : (ptrdiff_t)h16, turned + crop->left * h + crop->top,
               h, crop->height, crop->width, x);
    nai_transpose(rows, to16, across, h16, to8, h8);
    blend_rows(dst, (ptrdiff_t)x->to, rows, to16, x->to, crop->height, x);
}
