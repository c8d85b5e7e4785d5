/* lanes.h - how a tensor of any block is walked channel by channel
 * SPDX-License-Identifier: MIT
 *
 * A slice is a few channels that lie side by side: a position is one pixel of each, its elements
 * are the lanes. Reductions go over fixed parts of the samples, by their number only, and add the
 * parts up in order: the same bits for any number of threads. */
#ifndef NAI_LANES_H
#define NAI_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "device.h"
#include "tile.h"

enum {
    NAI_LANES = 64, /* of a slice, at most */
    NAI_BLOCK = 16, /* the lanes of the block that convolutions use, for which loops are unrolled */
    NAI_PARTS = 32  /* of the samples, at most */
};

struct nai_slice {
    size_t first, count;    /* its channels; those of its lanes that are padding are not counted */
    size_t lanes, step;     /* elements of a position; from one position to the next */
    size_t positions, tail; /* whole ones in a sample; pixels left over, see `pixels` */
    size_t at, sample;      /* where it begins in sample 0; from one sample to the next */
    bool pixels;            /* one channel of NCHW: its lanes are pixels, to be added up */
    bool joined;            /* the positions of one sample follow those of the one before */
};

static inline size_t nai_slice_block(const struct nai_shape *s)
{
    return s->h * s->w == 1 && s->block == 1 ? s->c : s->block;
}

/* nai_slices - how many slices cover a tensor of this shape, padding included. */
static inline size_t nai_slices(const struct nai_shape *s)
{
    const size_t block = nai_slice_block(s);

    return (s->c + block - 1) / block * ((block + NAI_LANES - 1) / NAI_LANES);
}

static inline struct nai_slice nai_slice_at(const struct nai_shape *s, size_t k)
{
    const size_t block = nai_slice_block(s), hw = s->h * s->w;
    const size_t blocks = (s->c + block - 1) / block;
    const size_t each = (block + NAI_LANES - 1) / NAI_LANES;
    const size_t b = k / each, lane = k % each * NAI_LANES, first = b * block + lane;
    struct nai_slice r = {
        .first = first,
        .count = first < s->c ? nai_min(nai_min(NAI_LANES, block - lane), s->c - first) : 0,
        .lanes = nai_min(NAI_LANES, block - lane),
        .step = block,
        .positions = hw,
        .at = b * hw * block + lane,
        .sample = blocks * hw * block,
        .joined = blocks == 1,
    };

    if (block == 1) {
        r.lanes = r.step = NAI_BLOCK;
        r.positions = hw / NAI_BLOCK;
        r.tail = hw % NAI_BLOCK;
        r.pixels = true;
        r.joined = false;
    }
    return r;
}

/* Positions at regular steps: what an inner loop runs over. */
struct nai_run {
    size_t at, positions, step, lanes;
};

/* nai_run_next - run *k of the samples [from, to), and *k one more; false after the last. */
static inline bool nai_run_next(struct nai_run *r, size_t *k, const struct nai_slice *s,
                                size_t from, size_t to)
{
    const size_t each = s->tail ? 2 : 1, i = from + *k / each;

    if (s->joined ? *k > 0 || from == to : i >= to)
        return false;
    *r = (struct nai_run){.at = s->at + i * s->sample,
                          .positions = s->joined ? (to - from) * s->positions : s->positions,
                          .step = s->step,
                          .lanes = s->lanes};
    if (s->tail && *k % each == 1)
        *r = (struct nai_run){.at = r->at + s->positions * s->step,
                              .positions = 1,
                              .step = s->step,
                              .lanes = s->tail};
    ++*k;
    return true;
}

/* nai_part - where part p of `parts` of n begins (p == parts: where the last ends). */
static inline size_t nai_part(size_t n, size_t p, size_t parts)
{
    return n / parts * p + nai_min(p, n % parts);
}

#endif
