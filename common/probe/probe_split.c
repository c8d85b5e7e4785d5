/* probe_split.c - see probe_split.h
 * SPDX-License-Identifier: MIT */
#include "probe_split.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "rng.h"

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int nai_classes_of(int64_t **label, size_t *k, const int64_t *y, size_t n, struct nai_err *err)
{
    int64_t *const all = nai_alloc(n, sizeof *all, "labels", err);

    if (!all)
        return NAI_ESYSTEM;
    memcpy(all, y, n * sizeof *all);
    qsort(all, n, sizeof *all, ascending);
    *k = 0;
    for (size_t i = 0; i < n; i++)
        if (*k == 0 || all[i] != all[*k - 1])
            all[(*k)++] = all[i];
    if (*k < 2) {
        nai_err_set(err, NAI_EINPUT, "all %zu labels are %" PRId64 ": a probe needs two classes", n,
                    y[0]);
        nai_free(all);
        return NAI_EINPUT;
    }
    *label = all;
    return NAI_OK;
}

size_t nai_classes_map(uint32_t *cls, const int64_t *y, size_t n, const int64_t *label, size_t k,
                       size_t *first)
{
    size_t unseen = 0;

    for (size_t i = 0; i < n; i++) {
        const int64_t *const at = bsearch(&y[i], label, k, sizeof *label, ascending);
        cls[i] = at ? (uint32_t)(at - label) : UINT32_MAX;
        if (!at && unseen++ == 0)
            *first = i;
    }
    return unseen;
}

/* How many of n rows to hold out. */
static size_t quota(size_t n, double share)
{
    const size_t want = (size_t)llround(share * (double)n);

    if (n < 2)
        return 0;
    return want < 1 ? 1 : want > n - 1 ? n - 1 : want;
}

int nai_set_split(struct nai_set *kept, struct nai_set *held, size_t **rows,
                  const struct nai_set *s, double share, uint64_t seed, const char *purpose,
                  struct nai_err *err)
{
    const size_t n = s->n, strata = s->value ? 1 : s->k;
    size_t *const left = calloc(strata, sizeof *left);
    size_t *const order = nai_alloc(n, sizeof *order, "a split", err);
    size_t *const out = nai_alloc(n, sizeof *out, "a split", err);
    bool *const held_out = calloc(n, sizeof *held_out);
    size_t nkept = 0, nheld = 0, total = 0;
    struct nai_rng rng;
    int rc = NAI_OK;

    if (!left || !order || !out || !held_out) {
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory for a split");
        goto end;
    }
    nai_rng_init(&rng, seed, purpose, 0);
    for (size_t i = 0; i < n; i++) {
        const size_t j = (size_t)nai_rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
        left[s->value ? 0 : s->cls[nai_set_row(s, i)]]++;
    }
    for (size_t c = 0; c < strata; c++) {
        left[c] = quota(left[c], share);
        total += left[c];
    }
    for (size_t i = 0; i < n; i++) {
        size_t *const of = &left[s->value ? 0 : s->cls[nai_set_row(s, order[i])]];
        held_out[order[i]] = *of > 0;
        *of -= *of > 0;
    }
    for (size_t i = 0; i < n; i++)
        out[held_out[i] ? n - total + nheld++ : nkept++] = nai_set_row(s, i);
    if (total == 0) {
        rc = nai_err_set(err, NAI_EINPUT, "%zu rows, one of each class: none can be held out", n);
        goto end;
    }
    *kept = *held = *s;
    kept->row = out;
    kept->n = nkept;
    held->row = out + nkept;
    held->n = nheld;
end:
    free(left);
    nai_free(order);
    free(held_out);
    if (rc == NAI_OK)
        *rows = out;
    else
        nai_free(out);
    return rc;
}
