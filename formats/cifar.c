/* cifar.c - CIFAR-10 and CIFAR-100, binary version
 * SPDX-License-Identifier: MIT
 *
 * A record is its labels, a byte each (CIFAR-100: coarse, then fine), and 3 x 32 x 32 bytes, planes
 * red, green, blue, rows from the top: https://www.cs.toronto.edu/~kriz/cifar.html */
#include <stdlib.h>
#include <string.h>

#include "classes.h"
#include "import.h"
#include "mem.h"
#include "members.h"

enum { PIXELS = 3072, ROWS = 256, MAX_FILES = 6, NAMES_MOST = 1 << 16 };

/* What CIFAR-10 and CIFAR-100 differ in. */
struct variant {
    const char *subdir, *train[MAX_FILES], *test;
    size_t labels;       /* bytes before the pixels */
    const char *name[2]; /* files of class names: y's, then y_coarse's */
    int32_t classes[2];
};

static const struct variant cifar10 = {
    .subdir = "cifar-10-batches-bin",
    .train = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
              "data_batch_5.bin"},
    .test = "test_batch.bin",
    .labels = 1,
    .name = {"batches.meta.txt"},
    .classes = {10},
};

static const struct variant cifar100 = {
    .subdir = "cifar-100-binary",
    .train = {"train.bin"},
    .test = "test.bin",
    .labels = 2,
    .name = {"fine_label_names.txt", "coarse_label_names.txt"},
    .classes = {100, 20},
};

struct cifar {
    const struct variant *v;
    struct nai_members *members;
    const char *file[MAX_FILES];
    size_t nfiles, next; /* next: the file to begin when this one ends */
    bool reading;
    uint64_t in_file; /* rows given from this file */
    uint64_t first;
    uint8_t *raw, *x;
    int32_t *y[2];
    const void *data[3];
};

static size_t stride(const struct variant *v)
{
    return v->labels + PIXELS;
}

static void close_cifar(struct nai_source *s)
{
    struct cifar *const c = s->state;

    if (!c)
        return;
    nai_members_close(c->members);
    nai_free(c->raw);
    nai_free(c->x);
    nai_free(c->y[0]);
    nai_free(c->y[1]);
    free(c);
    s->state = NULL;
}

static int odd_length(const struct cifar *c, uint64_t size, struct nai_err *err)
{
    const size_t other = stride(c->v->labels == 1 ? &cifar100 : &cifar10);

    return nai_err_set(err, NAI_EINPUT, "%s: %llu bytes: not a multiple of %zu bytes%s",
                       nai_members_name(c->members), (unsigned long long)size, stride(c->v),
                       size && size % other == 0
                           ? (other > stride(c->v) ? " (is it CIFAR-100?)" : " (is it CIFAR-10?)")
                           : "");
}

/* Records as they lie into fields; labels are checked. */
static int unpack(struct cifar *c, size_t rows, struct nai_err *err)
{
    const size_t nl = c->v->labels;

    for (size_t i = 0; i < rows; i++) {
        const uint8_t *const record = c->raw + i * stride(c->v);
        for (size_t k = 0; k < nl; k++) {
            const int32_t label = record[nl - 1 - k]; /* fine comes last in the record */
            if (label >= c->v->classes[k])
                return nai_err_set(err, NAI_EINPUT, "%s: row %llu: label %d is not in 0..%d",
                                   nai_members_name(c->members),
                                   (unsigned long long)(c->in_file + i), label,
                                   c->v->classes[k] - 1);
            c->y[k][i] = label;
        }
        memcpy(c->x + i * PIXELS, record + nl, PIXELS);
    }
    return NAI_OK;
}

static enum nts_event next_cifar(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct cifar *const c = s->state;
    size_t got = 0, rows;

    while (got == 0) {
        if (!c->reading) {
            if (c->next == c->nfiles)
                return NTS_END;
            if (nai_members_start(c->members, c->file[c->next], NULL, err))
                return NTS_FAILED;
            c->next++;
            c->in_file = 0;
            c->reading = true;
        }
        if (nai_members_read(c->members, c->raw, ROWS * stride(c->v), &got, err))
            return NTS_FAILED;
        c->reading = got > 0;
    }
    rows = got / stride(c->v);
    if (got % stride(c->v) != 0) {
        odd_length(c, c->in_file * stride(c->v) + got, err);
        return NTS_FAILED;
    }
    if (unpack(c, rows, err))
        return NTS_FAILED;
    *b = (struct nts_batch){.first = c->first, .rows = rows, .data = c->data};
    c->in_file += rows;
    c->first += rows;
    return NTS_BATCH;
}

static int choose_files(struct cifar *c, const struct nai_import *o, const char *path,
                        struct nai_err *err)
{
    const bool train = !o->split || strcmp(o->split, "train") == 0;
    const bool test = !o->split || strcmp(o->split, "test") == 0;

    if (!train && !test)
        return nai_err_set(err, NAI_EUSAGE, "CIFAR has no split '%s': train or test", o->split);
    if (nai_members_single(c->members) && o->split)
        return nai_err_set(err, NAI_EUSAGE, "%s: one file, so there is no split to choose", path);
    if (nai_members_single(c->members)) {
        c->file[c->nfiles++] = path;
        return NAI_OK;
    }
    for (size_t i = 0; train && i < MAX_FILES && c->v->train[i]; i++)
        c->file[c->nfiles++] = c->v->train[i];
    if (test)
        c->file[c->nfiles++] = c->v->test;
    return NAI_OK;
}

/* Rows in all, -1 when a length is not known; a length that cannot be is refused now. */
static int count_rows(struct cifar *c, int64_t *rows, struct nai_err *err)
{
    uint64_t sum = 0;

    *rows = -1;
    for (size_t i = 0; i < c->nfiles; i++) {
        uint64_t size;
        const int st = nai_members_start(c->members, c->file[i], &size, err);
        if (st)
            return st;
        if (size == UINT64_MAX)
            return NAI_OK;
        if (size == 0 || size % stride(c->v) != 0)
            return odd_length(c, size, err);
        sum += size / stride(c->v);
    }
    *rows = (int64_t)sum;
    return NAI_OK;
}

/* Class names of y (k = 0) or y_coarse (k = 1): from --classes or the data set's own file. */
static int put_classes(struct cifar *c, struct nts_header *h, const char *list, size_t k,
                       struct nai_err *err)
{
    const char *const file = c->v->name[k];
    struct nai_classes names = {0};
    char *text = NULL;
    int st = NAI_OK;

    if (list && k == 0)
        st = nai_classes_parse(&names, list, ',', err);
    else if (nai_members_single(c->members) || !nai_members_have(c->members, file))
        return NAI_OK;
    else if ((st = nai_members_text(c->members, file, NAMES_MOST, &text, NULL, err)) == NAI_OK &&
             (st = nai_classes_parse(&names, text, '\n', err)) != NAI_OK)
        nai_err_prefix(err, nai_members_name(c->members));
    if (!st && names.n != (size_t)c->v->classes[k])
        st = nai_err_set(err, list ? NAI_EUSAGE : NAI_EINPUT, "%s: %zu class names, not %d",
                         list && k == 0 ? "--classes" : nai_members_name(c->members), names.n,
                         c->v->classes[k]);
    if (!st)
        st = nai_classes_put(h, k == 0 ? "classes" : "classes_coarse", &names, err);
    nai_classes_free(&names);
    free(text);
    return st;
}

static int describe(struct nai_source *s, int64_t rows, const struct nai_import *o,
                    struct nai_err *err)
{
    struct cifar *const c = s->state;
    struct nts_header *const h = s->header = nts_header_new("dataset");
    const uint64_t shape[3] = {3, 32, 32};
    int st = NAI_OK;

    if (!h || nts_header_section(h, "rows", rows) < 0 ||
        nts_header_field(h, 0, "x", NAI_U8, 3, shape) < 0 ||
        nts_header_field(h, 0, "y", NAI_I32, 0, NULL) < 0 ||
        (c->v->labels == 2 && nts_header_field(h, 0, "y_coarse", NAI_I32, 0, NULL) < 0))
        return nai_err_set(err, NAI_ESYSTEM, "out of memory for the header");
    for (size_t k = 0; k < c->v->labels && !st; k++)
        st = put_classes(c, h, o->classes, k, err);
    return st;
}

int nai_cifar_open(struct nai_source *s, const char *path, int classes, const struct nai_import *o,
                   struct nai_err *err)
{
    struct cifar *const c = calloc(1, sizeof *c);
    int64_t rows = -1;
    int st;

    *s = (struct nai_source){.state = c, .next = next_cifar, .close = close_cifar};
    if (!c)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    c->v = classes == 100 ? &cifar100 : &cifar10;
    st = nai_members_open(&c->members, path, c->v->subdir, err);
    if (!st)
        st = choose_files(c, o, path, err);
    if (!st)
        st = count_rows(c, &rows, err);
    if (!st && !((c->raw = nai_alloc(ROWS, stride(c->v), "a batch", err)) &&
                 (c->x = nai_alloc(ROWS, PIXELS, "a batch", err)) &&
                 (c->y[0] = nai_alloc(ROWS, sizeof(int32_t), "a batch", err)) &&
                 (c->y[1] = nai_alloc(ROWS, sizeof(int32_t), "a batch", err))))
        st = NAI_ESYSTEM;
    if (!st)
        st = describe(s, rows, o, err);
    if (st) {
        nai_source_close(s);
        return st;
    }
    c->data[0] = c->x;
    c->data[1] = c->y[0];
    c->data[2] = c->y[1];
    return NAI_OK;
}
