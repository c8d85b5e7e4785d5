/* nts_header.c - what a stream says of itself: built, copied, compared
 * SPDX-License-Identifier: MIT */
#include "nts_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "NTS data is little-endian, and libnts hands it out as it lies"
#endif

struct nts_header *nts_header_new(const char *kind)
{
    struct nts_header *const h = calloc(1, sizeof *h);

    if (h && kind) {
        h->kind = strdup(kind);
        if (!h->kind) {
            free(h);
            return NULL;
        }
    }
    return h;
}

void nts_header_free(struct nts_header *h)
{
    if (!h)
        return;
    for (size_t s = 0; s < h->nsections; s++) {
        for (size_t f = 0; f < h->section[s].nfields; f++) {
            free(h->section[s].field[f].name);
            json_decref(h->section[s].field[f].extra);
        }
        free(h->section[s].name);
        free(h->section[s].field);
        json_decref(h->section[s].extra);
    }
    free(h->section);
    free(h->kind);
    json_decref(h->meta);
    json_decref(h->history);
    json_decref(h->extra);
    free(h);
}

/* Grow an array that doubles at powers of two. */
static void *grown(void *p, size_t n, size_t size)
{
    if (n & (n - 1))
        return p;
    return realloc(p, (n ? 2 * n : 1) * size);
}

int nts_header_section(struct nts_header *h, const char *name, int64_t rows)
{
    struct nts_section *p;
    char *copy;

    if (h->nsections >= NTS_MAX_SECTIONS || !nts_name_ok(name, false))
        return -1;
    copy = strdup(name);
    p = copy ? grown(h->section, h->nsections, sizeof *p) : NULL;
    if (!p) {
        free(copy);
        return -1;
    }
    h->section = p;
    p[h->nsections] = (struct nts_section){.name = copy, .rows = rows < 0 ? -1 : rows};
    return (int)h->nsections++;
}

int nts_header_field(struct nts_header *h, int s, const char *name, enum nai_dtype dtype,
                     size_t ndim, const uint64_t *shape)
{
    struct nts_section *const sec = &h->section[s];
    struct nts_field f = {.dtype = dtype, .ndim = ndim};
    struct nts_field *p;

    if (sec->nfields >= NTS_MAX_FIELDS || ndim > NTS_MAX_DIMS || !nts_name_ok(name, true) ||
        nts_find_field(sec, name) >= 0)
        return -1;
    for (size_t i = 0; i < ndim; i++)
        f.shape[i] = shape[i];
    if (!nts_field_size(&f) || f.width > NTS_RECORD_CEILING - sec->row_bytes)
        return -1;
    f.name = strdup(name);
    p = f.name ? grown(sec->field, sec->nfields, sizeof *p) : NULL;
    if (!p) {
        free(f.name);
        return -1;
    }
    sec->field = p;
    sec->row_bytes += f.width;
    p[sec->nfields] = f;
    return (int)sec->nfields++;
}

int nts_header_tensor(struct nts_header *h, const char *name, enum nai_dtype dtype, size_t ndim,
                      const uint64_t *shape)
{
    uint64_t n = 1;
    int s;

    if (ndim > NTS_MAX_DIMS)
        return -1;
    for (size_t i = 0; i < ndim; i++)
        if (!nai_mul64(&n, n, shape[i]) || n > INT64_MAX)
            return -1;
    s = nts_header_section(h, name, (int64_t)n);
    if (s < 0 || nts_header_field(h, s, "", dtype, 0, NULL) < 0)
        return -1;
    h->section[s].tensor = true;
    h->section[s].tdim = ndim;
    for (size_t i = 0; i < ndim; i++)
        h->section[s].tshape[i] = shape[i];
    return s;
}

struct nts_header *nts_header_copy(const struct nts_header *h)
{
    struct nts_header *const c = nts_header_new(h->kind);

    if (!c)
        return NULL;
    c->meta = h->meta ? json_deep_copy(h->meta) : NULL;
    c->history = h->history ? json_deep_copy(h->history) : NULL;
    c->extra = h->extra ? json_deep_copy(h->extra) : NULL;
    for (size_t s = 0; s < h->nsections; s++) {
        const struct nts_section *const from = &h->section[s];
        struct nts_section *to;
        if (nts_header_section(c, from->name, from->rows) < 0)
            goto fail;
        to = &c->section[s];
        to->tensor = from->tensor;
        to->tdim = from->tdim;
        memcpy(to->tshape, from->tshape, sizeof to->tshape);
        to->extra = from->extra ? json_deep_copy(from->extra) : NULL;
        for (size_t f = 0; f < from->nfields; f++) {
            const struct nts_field *const fl = &from->field[f];
            if (nts_header_field(c, (int)s, fl->name, fl->dtype, fl->ndim, fl->shape) < 0)
                goto fail;
            to->field[f].filter = fl->filter;
            to->field[f].extra = fl->extra ? json_deep_copy(fl->extra) : NULL;
        }
    }
    return c;
fail:
    nts_header_free(c);
    return NULL;
}

int nts_find_section(const struct nts_header *h, const char *name)
{
    for (size_t s = 0; s < h->nsections; s++)
        if (strcmp(h->section[s].name, name) == 0)
            return (int)s;
    return -1;
}

int nts_find_field(const struct nts_section *s, const char *name)
{
    for (size_t f = 0; f < s->nfields; f++)
        if (strcmp(s->field[f].name, name) == 0)
            return (int)f;
    return -1;
}

static bool same_field(const struct nts_field *a, const struct nts_field *b)
{
    return strcmp(a->name, b->name) == 0 && a->dtype == b->dtype && a->ndim == b->ndim &&
           memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0;
}

static bool same_meta(const json_t *a, const json_t *b)
{
    const size_t na = a ? json_object_size(a) : 0, nb = b ? json_object_size(b) : 0;

    return na == 0 || nb == 0 ? na == nb : json_equal(a, b) == 1;
}

bool nts_same_rows(const struct nts_header *a, const struct nts_header *b, char why[static 300])
{
    if ((a->kind || b->kind) && (!a->kind || !b->kind || strcmp(a->kind, b->kind) != 0)) {
        snprintf(why, 300, "kind '%.80s' after '%.80s'", b->kind ? b->kind : "",
                 a->kind ? a->kind : "");
        return false;
    }
    if (a->nsections != b->nsections) {
        snprintf(why, 300, "%zu sections after %zu", b->nsections, a->nsections);
        return false;
    }
    for (size_t s = 0; s < a->nsections; s++) {
        const struct nts_section *const p = &a->section[s], *const q = &b->section[s];
        if (strcmp(p->name, q->name) != 0 || p->nfields != q->nfields || p->tensor != q->tensor) {
            snprintf(why, 300, "section '%.80s' (%zu fields) after '%.80s' (%zu fields)", q->name,
                     q->nfields, p->name, p->nfields);
            return false;
        }
        if (p->tensor) {
            snprintf(why, 300, "tensor '%.80s' is whole and does not continue", p->name);
            return false;
        }
        for (size_t f = 0; f < p->nfields; f++)
            if (!same_field(&p->field[f], &q->field[f])) {
                snprintf(why, 300, "field '%.80s' of section '%.80s' differs", q->field[f].name,
                         p->name);
                return false;
            }
    }
    if (!same_meta(a->meta, b->meta)) {
        snprintf(why, 300, "meta differs");
        return false;
    }
    return true;
}
