/* stl10.c - STL-10, binary version
 * SPDX-License-Identifier: MIT
 *
 * An image is 3 planes (red, green, blue) of 96 x 96 bytes, columns from the left, each from its
 * top; labels are bytes 1..10 in a file of their own: https://cs.stanford.edu/~acoates/stl10/ */
#include <stdlib.h>
#include <string.h>

#include "classes.h"
#include "import.h"
#include "mem.h"
#include "members.h"

enum { SIDE = 96, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, ROWS = 32, CLASSES = 10 };
enum { LABELS_MOST = 1 << 24, NAMES_MOST = 1 << 16 };

struct part {
    const char *images, *labels; /* labels: NULL for the unlabeled split */
};

struct stl10 {
    struct nai_members *members;
    struct part part[2];
    size_t nparts, next; /* next: the part to begin when this one ends */
    bool reading;
    uint8_t *label; /* of the part being read: label[nlabels], or NULL */
    size_t nlabels;
    uint64_t in_part, first;
    uint8_t *raw, *x;
    int32_t *y;
    const void *data[2];
};

static void close_stl10(struct nai_source *s)
{
    struct stl10 *const c = s->state;

    if (!c)
        return;
    nai_members_close(c->members);
    free(c->label);
    nai_free(c->raw);
    nai_free(c->x);
    nai_free(c->y);
    free(c);
    s->state = NULL;
}

/* The labels of a part are read whole before its images: they are 8 kB. */
static int start_part(struct stl10 *c, struct nai_err *err)
{
    const struct part *const p = &c->part[c->next];
    char *text = NULL;
    int st = NAI_OK;

    free(c->label);
    c->label = NULL;
    if (p->labels)
        st = nai_members_text(c->members, p->labels, LABELS_MOST, &text, &c->nlabels, err);
    c->label = (uint8_t *)text;
    for (size_t i = 0; !st && c->label && i < c->nlabels; i++)
        if (c->label[i] < 1 || c->label[i] > CLASSES)
            st = nai_err_set(err, NAI_EINPUT, "%s: row %zu: label %d is not in 1..%d",
                             nai_members_name(c->members), i, c->label[i], CLASSES);
    if (!st)
        st = nai_members_start(c->members, p->images, NULL, err);
    c->next++;
    c->in_part = 0;
    c->reading = true;
    return st;
}

static void transpose(uint8_t *dst, const uint8_t *src, size_t planes)
{
    for (size_t p = 0; p < planes; p++)
        for (size_t i = 0; i < SIDE; i++)
            for (size_t j = 0; j < SIDE; j++)
                dst[p * PLANE + i * SIDE + j] = src[p * PLANE + j * SIDE + i];
}

static int odd_length(const struct stl10 *c, uint64_t size, struct nai_err *err)
{
    return nai_err_set(err, NAI_EINPUT, "%s: %llu bytes: not a multiple of %d bytes",
                       nai_members_name(c->members), (unsigned long long)size, PIXELS);
}

static int count_differs(const struct stl10 *c, uint64_t images, struct nai_err *err)
{
    return nai_err_set(err, NAI_EINPUT, "%s: %llu images, but %s has %zu labels",
                       nai_members_name(c->members), (unsigned long long)images,
                       c->part[c->next - 1].labels, c->nlabels);
}

static enum nts_event next_stl10(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct stl10 *const c = s->state;
    size_t got = 0, rows;

    while (got == 0) {
        if (!c->reading && c->next == c->nparts)
            return NTS_END;
        if (!c->reading && start_part(c, err))
            return NTS_FAILED;
        if (nai_members_read(c->members, c->raw, (size_t)ROWS * PIXELS, &got, err))
            return NTS_FAILED;
        c->reading = got > 0;
        if (!c->reading && c->label && c->in_part != c->nlabels) {
            count_differs(c, c->in_part, err);
            return NTS_FAILED;
        }
    }
    rows = got / PIXELS;
    if (got % PIXELS != 0) {
        odd_length(c, c->in_part * PIXELS + got, err);
        return NTS_FAILED;
    }
    if (c->label && c->in_part + rows > c->nlabels) {
        count_differs(c, c->in_part + rows, err);
        return NTS_FAILED;
    }
    transpose(c->x, c->raw, 3 * rows); /* planes follow one another over rows too */
    for (size_t i = 0; c->label && i < rows; i++)
        c->y[i] = c->label[c->in_part + i] - 1;
    *b = (struct nts_batch){.first = c->first, .rows = rows, .data = c->data};
    c->in_part += rows;
    c->first += rows;
    return NTS_BATCH;
}

static int choose_parts(struct stl10 *c, const struct nai_import *o, const char *path,
                        struct nai_err *err)
{
    static const struct part train = {"train_X.bin", "train_y.bin"};
    static const struct part test = {"test_X.bin", "test_y.bin"};
    static const struct part unlabeled = {"unlabeled_X.bin", NULL};

    if (nai_members_single(c->members))
        return nai_err_set(err, NAI_EINPUT, "%s: neither a folder nor a tar archive", path);
    if (o->split && strcmp(o->split, "unlabeled") == 0) {
        if (o->classes)
            return nai_err_set(err, NAI_EUSAGE, "--classes: unlabeled images have no classes");
        c->part[c->nparts++] = unlabeled;
        return NAI_OK;
    }
    if (!o->split || strcmp(o->split, "train") == 0)
        c->part[c->nparts++] = train;
    if (!o->split || strcmp(o->split, "test") == 0)
        c->part[c->nparts++] = test;
    if (c->nparts == 0)
        return nai_err_set(err, NAI_EUSAGE, "STL-10 has no split '%s': train, test or unlabeled",
                           o->split);
    return NAI_OK;
}

/* Rows in all, -1 when a length is not known; what cannot be is refused now. */
static int count_rows(struct stl10 *c, int64_t *rows, struct nai_err *err)
{
    uint64_t sum = 0;

    *rows = -1;
    for (c->next = 0; c->next < c->nparts;) {
        uint64_t size;
        int st = start_part(c, err); /* moves on to the next part */
        if (!st)
            st = nai_members_start(c->members, c->part[c->next - 1].images, &size, err);
        if (st)
            return st;
        if (size == UINT64_MAX)
            return NAI_OK;
        if (size == 0 || size % PIXELS != 0)
            return odd_length(c, size, err);
        if (c->label && size / PIXELS != c->nlabels)
            return count_differs(c, size / PIXELS, err);
        sum += size / PIXELS;
    }
    *rows = (int64_t)sum;
    return NAI_OK;
}

static int put_classes(struct stl10 *c, struct nts_header *h, const char *list, struct nai_err *err)
{
    struct nai_classes names = {0};
    char *text = NULL;
    int st = NAI_OK;

    if (list)
        st = nai_classes_parse(&names, list, ',', err);
    else if (!nai_members_have(c->members, "class_names.txt"))
        return NAI_OK;
    else if ((st = nai_members_text(c->members, "class_names.txt", NAMES_MOST, &text, NULL, err)) ==
                 NAI_OK &&
             (st = nai_classes_parse(&names, text, '\n', err)) != NAI_OK)
        nai_err_prefix(err, nai_members_name(c->members));
    if (!st && names.n != CLASSES)
        st = nai_err_set(err, list ? NAI_EUSAGE : NAI_EINPUT, "%s: %zu class names, not %d",
                         list ? "--classes" : nai_members_name(c->members), names.n, CLASSES);
    if (!st)
        st = nai_classes_put(h, "classes", &names, err);
    nai_classes_free(&names);
    free(text);
    return st;
}

static int describe(struct nai_source *s, int64_t rows, const struct nai_import *o,
                    struct nai_err *err)
{
    struct stl10 *const c = s->state;
    struct nts_header *const h = s->header = nts_header_new("dataset");
    const uint64_t shape[3] = {3, SIDE, SIDE};

    if (!h || nts_header_section(h, "rows", rows) < 0 ||
        nts_header_field(h, 0, "x", NAI_U8, 3, shape) < 0 ||
        (c->part[0].labels && nts_header_field(h, 0, "y", NAI_I32, 0, NULL) < 0))
        return nai_err_set(err, NAI_ESYSTEM, "out of memory for the header");
    return c->part[0].labels ? put_classes(c, h, o->classes, err) : NAI_OK;
}

int nai_stl10_open(struct nai_source *s, const char *path, const struct nai_import *o,
                   struct nai_err *err)
{
    struct stl10 *const c = calloc(1, sizeof *c);
    int64_t rows = -1;
    int st;

    *s = (struct nai_source){.state = c, .next = next_stl10, .close = close_stl10};
    if (!c)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    st = nai_members_open(&c->members, path, "stl10_binary", err);
    if (!st)
        st = choose_parts(c, o, path, err);
    if (!st)
        st = count_rows(c, &rows, err);
    c->next = 0;
    c->reading = false;
    if (!st && !((c->raw = nai_alloc(ROWS, PIXELS, "a batch", err)) &&
                 (c->x = nai_alloc(ROWS, PIXELS, "a batch", err)) &&
                 (c->y = nai_alloc(ROWS, sizeof(int32_t), "a batch", err))))
        st = NAI_ESYSTEM;
    if (!st)
        st = describe(s, rows, o, err);
    if (st) {
        nai_source_close(s);
        return st;
    }
    c->data[0] = c->x;
    c->data[1] = c->y;
    return NAI_OK;
}
