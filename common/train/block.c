/* block.c - rows of views, labels and targets side by side in memory
 * SPDX-License-Identifier: MIT */
#include "block.h"

#include <inttypes.h>
#include <string.h>

#include "mem.h"

enum { LABELS = 256 }; /* converted at a time */

int nai_block_check(const struct nai_input *i, const struct nai_feed_opts *o, struct nai_err *err)
{
    if ((o->labels || o->targets) && i->y < 0)
        return nai_err_set(err, NAI_EINPUT, "%s: no field 'y' of %s", i->name,
                           o->labels ? "labels" : "targets");
    if (o->labels && (nai_dtype_is_float(i->y_dtype) || i->y_count != 1))
        return nai_err_set(err, NAI_EINPUT, "%s: 'y' is not one integer label a row", i->name);
    return NAI_OK;
}

int nai_block_new(struct nai_block *k, size_t cap, const struct nai_input *i,
                  const struct nai_feed_opts *o, struct nai_err *err)
{
    *k = (struct nai_block){.cap = cap};
    for (size_t g = 0; g < i->ngroups; g++) {
        const struct nai_input_group *const p = &i->group[g];
        size_t n;
        if (!nai_mul(&n, p->count, p->views) ||
            !nai_mul(&k->width[g], n, nai_dtype_size(nai_input_held(p->dtype))))
            return nai_err_set(err, NAI_EINPUT, "%s: rows too large", i->name);
        k->x[g] = nai_alloc(cap, k->width[g], o->hold ? "the data held" : "a batch", err);
        if (!k->x[g])
            return NAI_ESYSTEM;
        k->bytes += cap * k->width[g];
    }
    if (o->labels && !(k->labels = nai_alloc(cap, sizeof *k->labels, "labels", err)))
        return NAI_ESYSTEM;
    if (o->targets &&
        !(k->targets = nai_alloc(cap, i->y_count * sizeof *k->targets, "targets", err)))
        return NAI_ESYSTEM;
    k->bytes += cap * ((o->labels ? sizeof *k->labels : 0) +
                       (o->targets ? i->y_count * sizeof *k->targets : 0));
    return NAI_OK;
}

void nai_block_free(struct nai_block *k)
{
    for (size_t g = 0; g < NAI_INPUT_GROUPS; g++)
        nai_free(k->x[g]);
    nai_free(k->labels);
    nai_free(k->targets);
    *k = (struct nai_block){0};
}

static int take_labels(int32_t *dst, const struct nai_input *i, const struct nai_feed_opts *o,
                       const void *y, uint64_t row, size_t n, struct nai_err *err)
{
    const int64_t most = o->classes ? (int64_t)o->classes : 1000000;
    int64_t wide[LABELS];

    for (size_t r = 0, k; r < n; r += k) {
        k = n - r < LABELS ? n - r : LABELS;
        nai_to_i64(wide, (const char *)y + r * nai_dtype_size(i->y_dtype), i->y_dtype, k);
        for (size_t l = 0; l < k; l++) {
            if (wide[l] < 0)
                return nai_err_set(err, NAI_EINPUT,
                                   "%s: row %" PRIu64 ": label %" PRId64 " is negative", i->name,
                                   row + r + l, wide[l]);
            if (wide[l] >= most)
                return nai_err_set(err, NAI_EINPUT,
                                   "%s: row %" PRIu64 ": label %" PRId64 " is not one of %" PRId64
                                   " classes",
                                   i->name, row + r + l, wide[l], most);
            dst[r + l] = (int32_t)wide[l];
        }
    }
    return NAI_OK;
}

int nai_block_take(struct nai_block *k, size_t at, const struct nai_input *i,
                   const struct nai_feed_opts *o, const struct nts_batch *b, size_t first, size_t n,
                   struct nai_err *err)
{
    for (size_t g = 0; g < i->ngroups; g++) {
        const struct nai_input_group *const p = &i->group[g];
        const size_t count = p->count * p->views, width = count * nai_dtype_size(p->dtype);
        const char *const src = (const char *)b->data[p->field] + first * width;
        char *const dst = k->x[g] + at * k->width[g];
        if (nai_input_held(p->dtype) == p->dtype)
            memcpy(dst, src, n * width);
        else
            nai_to_f64((double *)(void *)dst, src, p->dtype, n * count);
    }
    if (o->targets)
        nai_to_f64(k->targets + at * i->y_count,
                   (const char *)b->data[i->y] + first * i->y_count * nai_dtype_size(i->y_dtype),
                   i->y_dtype, n * i->y_count);
    if (!o->labels)
        return NAI_OK;
    return take_labels(k->labels + at, i, o,
                       (const char *)b->data[i->y] + first * nai_dtype_size(i->y_dtype),
                       b->first + first, n, err);
}

void nai_block_copy(struct nai_block *k, size_t at, const struct nai_block *from, size_t row,
                    const struct nai_input *i)
{
    for (size_t g = 0; g < i->ngroups; g++)
        memcpy(k->x[g] + at * k->width[g], from->x[g] + row * k->width[g], k->width[g]);
    if (k->labels)
        k->labels[at] = from->labels[row];
    if (k->targets)
        memcpy(k->targets + at * i->y_count, from->targets + row * i->y_count,
               i->y_count * sizeof *k->targets);
}
