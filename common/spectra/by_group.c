/* by_group.c - see by_group.h
 * SPDX-License-Identifier: MIT */
#include "by_group.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* Groups seen, by open addressing; room is a power of two, at most half of it in use. */
struct seen {
    int64_t *id;
    bool *used;
    size_t n, room;
};

struct nai_by_group {
    size_t dim, size; /* size: rows of the first group, 0 before it is complete */
    enum nai_dtype dtype;
    const char *by;
    struct nai_cov *within, *means;
    struct seen seen;
    double *row, *mean; /* f64[cap][dim] rows of the group at hand; f64[dim] */
    size_t rows, cap;
    int64_t group;
    uint64_t pushed, groups;
};

void nai_by_group_free(struct nai_by_group *b)
{
    if (!b)
        return;
    nai_cov_free(b->within);
    nai_cov_free(b->means);
    free(b->seen.id);
    free(b->seen.used);
    nai_free(b->row);
    nai_free(b->mean);
    free(b);
}

int nai_by_group_new(struct nai_by_group **out, size_t dim, enum nai_dtype dtype,
                     enum nai_precision precision, const char *by, struct nai_err *err)
{
    struct nai_by_group *const b = calloc(1, sizeof *b);
    int rc = b ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    if (rc != NAI_OK)
        return rc;
    *b = (struct nai_by_group){.dim = dim, .dtype = dtype, .by = by, .cap = 16};
    rc = nai_cov_new(&b->within, dim, NAI_F64, precision, err);
    if (rc == NAI_OK)
        rc = nai_cov_new(&b->means, dim, NAI_F64, precision, err);
    if (rc == NAI_OK) {
        b->row = nai_alloc(b->cap, dim * sizeof *b->row, "rows of a group", err);
        b->mean = nai_alloc(dim, sizeof *b->mean, "a mean", err);
        rc = b->row && b->mean ? NAI_OK : NAI_ESYSTEM;
    }
    if (rc == NAI_OK)
        *out = b;
    else
        nai_by_group_free(b);
    return rc;
}

/* The place of id, or the free one where it belongs. */
static size_t place(const struct seen *s, int64_t id)
{
    size_t at = (size_t)(((uint64_t)id * 0x9e3779b97f4a7c15u) >> 20) & (s->room - 1);

    while (s->used[at] && s->id[at] != id)
        at = (at + 1) & (s->room - 1);
    return at;
}

static int grow(struct seen *s, struct nai_err *err)
{
    struct seen to = {.n = s->n, .room = s->room ? 2 * s->room : 1024};

    to.id = malloc(to.room * sizeof *to.id);
    to.used = calloc(to.room, sizeof *to.used);
    if (!to.id || !to.used) {
        free(to.id);
        free(to.used);
        return nai_err_set(err, NAI_ESYSTEM, "out of memory for the groups seen");
    }
    for (size_t i = 0; i < s->room; i++)
        if (s->used[i]) {
            const size_t at = place(&to, s->id[i]);
            to.id[at] = s->id[i];
            to.used[at] = true;
        }
    free(s->id);
    free(s->used);
    *s = to;
    return NAI_OK;
}

static int start(struct nai_by_group *b, int64_t group, struct nai_err *err)
{
    struct seen *const s = &b->seen;
    int rc = 2 * s->n >= s->room ? grow(s, err) : NAI_OK;
    size_t at;

    if (rc != NAI_OK)
        return rc;
    at = place(s, group);
    if (s->used[at])
        return nai_err_set(err, NAI_EINPUT,
                           "row %" PRIu64 ": %.60s %" PRId64 " comes back after other rows; the "
                           "rows of a group must be adjacent (--by takes them in any order)",
                           b->pushed, b->by, group);
    s->id[at] = group;
    s->used[at] = true;
    s->n++;
    b->group = group;
    return NAI_OK;
}

/* The group at hand is complete: its rows about their mean go into W, its mean into B. */
static int complete(struct nai_by_group *b, struct nai_err *err)
{
    const size_t q = b->rows, dim = b->dim;
    int rc;

    if (b->size == 0)
        b->size = q;
    if (q != b->size)
        return nai_err_set(err, NAI_EINPUT,
                           "%.60s %" PRId64 " has %zu rows, the ones before it %zu: as many are "
                           "needed of each (--by takes any number)",
                           b->by, b->group, q, b->size);
    for (int pass = 0; pass < 2; pass++) { /* the second one takes up what rounding left */
        double *const m = pass ? b->row + q * dim : b->mean;
        memset(m, 0, dim * sizeof *m);
        for (size_t i = 0; i < q; i++)
            for (size_t j = 0; j < dim; j++)
                m[j] += b->row[i * dim + j];
        for (size_t j = 0; j < dim; j++)
            m[j] /= (double)q;
        for (size_t i = 0; i < q; i++)
            for (size_t j = 0; j < dim; j++)
                b->row[i * dim + j] -= m[j];
    }
    for (size_t j = 0; j < dim; j++)
        b->mean[j] += b->row[q * dim + j];
    rc = nai_cov_push(b->within, b->row, q, err);
    if (rc == NAI_OK)
        rc = nai_cov_push(b->means, b->mean, 1, err);
    b->rows = 0;
    b->groups++;
    return rc;
}

/* One more row of the group at hand; a row is left free at the end, for complete(). */
static int keep(struct nai_by_group *b, const char *row, struct nai_err *err)
{
    const size_t dim = b->dim;
    double *to;

    if (b->size > 0 && b->rows == b->size)
        return nai_err_set(err, NAI_EINPUT,
                           "row %" PRIu64 ": %.60s %" PRId64 " has more rows than the %zu of each "
                           "before it: as many are needed (--by takes any number)",
                           b->pushed, b->by, b->group, b->size);
    if (b->rows + 2 > b->cap) {
        double *const more = nai_alloc(2 * b->cap, dim * sizeof *more, "rows of a group", err);
        if (!more)
            return NAI_ESYSTEM;
        memcpy(more, b->row, b->rows * dim * sizeof *more);
        nai_free(b->row);
        b->row = more;
        b->cap *= 2;
    }
    to = b->row + b->rows * dim;
    nai_to_f64(to, row, b->dtype, dim);
    for (size_t j = 0; j < dim; j++)
        if (!isfinite(to[j]))
            return nai_err_set(err, NAI_ENUMERIC, "row %" PRIu64 ", feature %zu: %s", b->pushed, j,
                               isnan(to[j]) ? "NaN" : "infinite");
    b->rows++;
    b->pushed++;
    return NAI_OK;
}

int nai_by_group_push(struct nai_by_group *b, const void *rows, const int64_t *group, size_t n,
                      struct nai_err *err)
{
    const size_t width = b->dim * nai_dtype_size(b->dtype);
    int rc = NAI_OK;

    for (size_t i = 0; rc == NAI_OK && i < n; i++) {
        if (b->rows > 0 && group[i] != b->group)
            rc = complete(b, err);
        if (rc == NAI_OK && b->rows == 0)
            rc = start(b, group[i], err);
        if (rc == NAI_OK)
            rc = keep(b, (const char *)rows + i * width, err);
    }
    return rc;
}

static int check(const struct nai_by_group *b, struct nai_err *err)
{
    if (b->groups < 2)
        return nai_err_set(err, NAI_EINPUT, "between groups: at least 2 of them, not %" PRIu64,
                           b->groups);
    if (b->size < 2)
        return nai_err_set(err, NAI_EINPUT, "every %.60s has one row: within groups nothing varies",
                           b->by);
    return NAI_OK;
}

int nai_by_group_finish(struct nai_by_group *b, struct nai_label_moments *out, uint64_t *groups,
                        struct nai_err *err)
{
    struct nai_label_moments m = {0};
    int rc = b->rows > 0 ? complete(b, err) : NAI_OK;

    if (rc == NAI_OK)
        rc = check(b, err);
    if (rc == NAI_OK)
        rc = nai_cov_finish(b->within, &m.within, err);
    if (rc == NAI_OK)
        rc = nai_cov_finish(b->means, &m.between, err);
    if (rc == NAI_OK) { /* each mean counts once a row */
        const double q = (double)b->size, w = m.between.factor ? sqrt(q) : q;
        for (size_t i = 0; i < m.between.rows * m.between.dim; i++)
            m.between.m[i] *= w;
        m.between.n = m.within.n;
        memcpy(m.within.mean, m.between.mean, b->dim * sizeof *m.within.mean);
        rc = nai_moments_merge(&m.total, &m.between, err);
    }
    if (rc == NAI_OK) /* the means agree: the scatters add up */
        rc = nai_moments_merge(&m.total, &m.within, err);
    if (rc == NAI_OK) {
        m.total.n = m.within.n;
        *out = m;
        *groups = b->groups;
    } else {
        nai_label_moments_free(&m);
    }
    return rc;
}
