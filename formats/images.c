/* images.c - a folder of PNG and JPEG files as rows
 * SPDX-License-Identifier: MIT
 *
 * Two passes: the first reads the sizes of all files, so that what does not fit is refused before
 * any row and the number of channels is known; the second decodes, several files at a time. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "image.h"
#include "import.h"
#include "mem.h"
#include "resize.h"

enum { BATCH = 1 << 20, ROW_MOST = 1 << 28, AHEAD = 4, MAX_THREADS = 256 };

struct size {
    uint32_t h, w, c;
};

struct images {
    struct nai_folder folder;
    struct nai_import opt;
    struct size *size;   /* of each file */
    size_t h, w, c, row; /* of every row; row: bytes */
    size_t chunk, first;
    uint8_t *x;
    int32_t *y;
    const void *data[2];
};

/* ---- several files at a time ---- */

/* One pass over files [first, first + n): item i is done by whichever thread comes to it. */
struct pass {
    struct images *c;
    int (*item)(struct images *c, size_t file, size_t slot, struct nai_err *err);
    size_t first, n;
    pthread_mutex_t lock;
    size_t next;   /* under lock */
    size_t failed; /* under lock: the first file that failed, and why */
    struct nai_err err;
};

static void *work(void *arg)
{
    struct pass *const p = arg;

    for (;;) {
        struct nai_err err = {0};
        size_t i;

        pthread_mutex_lock(&p->lock);
        i = p->next < p->n ? p->next++ : p->n;
        pthread_mutex_unlock(&p->lock);
        if (i == p->n)
            return NULL;
        if (p->item(p->c, p->first + i, i, &err)) {
            pthread_mutex_lock(&p->lock);
            if (i < p->failed) { /* files before it are all begun, so the first one is found */
                p->failed = i;
                p->err = err;
            }
            p->next = p->n;
            pthread_mutex_unlock(&p->lock);
        }
    }
}

static int run_pass(struct pass *p, struct nai_err *err)
{
    const size_t want = p->c->opt.threads < p->n ? p->c->opt.threads : p->n;
    pthread_t thread[MAX_THREADS];
    size_t n = 0;

    pthread_mutex_init(&p->lock, NULL);
    p->failed = p->n;
    while (n + 1 < want && n < MAX_THREADS && pthread_create(&thread[n], NULL, work, p) == 0)
        n++;
    work(p);
    while (n > 0)
        pthread_join(thread[--n], NULL);
    pthread_mutex_destroy(&p->lock);
    if (p->failed == p->n)
        return NAI_OK;
    if (err)
        *err = p->err;
    return p->err.code;
}

/* ---- the two passes ---- */

static int probe(struct images *c, size_t file, size_t slot, struct nai_err *err)
{
    struct nai_image im = {0};
    const int st = nai_image_probe(&im, c->folder.path[file], err);

    (void)slot;
    if (!st)
        c->size[file] = (struct size){(uint32_t)im.h, (uint32_t)im.w, (uint32_t)im.c};
    return st;
}

/* u8[h,w,from] to u8[c,h,w]; grey repeats in each plane. */
static void to_planes(uint8_t *dst, const uint8_t *src, size_t pixels, size_t from, size_t c)
{
    for (size_t ch = 0; ch < c; ch++) {
        const uint8_t *const s = src + (from == 1 ? 0 : ch);
        for (size_t i = 0; i < pixels; i++)
            dst[ch * pixels + i] = s[i * from];
    }
}

static int decode(struct images *c, size_t file, size_t slot, struct nai_err *err)
{
    const char *const path = c->folder.path[file];
    const struct size *const z = &c->size[file];
    struct nai_image im = {0};
    uint8_t *fitted = NULL;
    const uint8_t *pixel;
    int st = nai_image_read(&im, path, err);

    if (st)
        return st;
    pixel = im.pixel;
    if (im.h != z->h || im.w != z->w || im.c != z->c)
        st = nai_err_set(err, NAI_EINPUT, "%s: changed while it was being imported", path);
    if (!st && c->opt.size) {
        const struct nai_resize r = nai_resize_plan(
            im.h, im.w, c->opt.size, (enum nai_filter)c->opt.filter, c->opt.fit == NAI_FIT_CROP);
        fitted = nai_alloc(c->h * c->w, im.c, path, err);
        st = fitted ? nai_resize_u8(fitted, im.pixel, im.h, im.w, im.c, &r, err) : NAI_ESYSTEM;
        pixel = fitted;
    }
    if (!st)
        to_planes(c->x + slot * c->row, pixel, c->h * c->w, im.c, c->c);
    nai_free(fitted);
    nai_image_free(&im);
    return st;
}

/* Sizes of all files, and from them the size of a row. */
static int measure(struct images *c, struct nai_err *err)
{
    struct pass p = {.c = c, .item = probe, .n = c->folder.n};
    int st;

    c->size = nai_alloc(c->folder.n, sizeof *c->size, "sizes of images", err);
    if (!c->size)
        return NAI_ESYSTEM;
    st = run_pass(&p, err);
    if (st)
        return st;
    c->c = 1;
    for (size_t i = 0; i < c->folder.n; i++) {
        const struct size *const a = &c->size[0], *const z = &c->size[i];
        if (!c->opt.size && (z->h != a->h || z->w != a->w))
            return nai_err_set(err, NAI_EINPUT,
                               "%s: %u x %u pixels, but %s has %u x %u (--size makes them equal)",
                               c->folder.path[i], z->w, z->h, c->folder.path[0], a->w, a->h);
        c->c = z->c == 3 ? 3 : c->c;
    }
    c->h = c->opt.size ? c->opt.size : c->size[0].h;
    c->w = c->opt.size ? c->opt.size : c->size[0].w;
    c->row = c->h * c->w * c->c;
    if (c->row > ROW_MOST)
        return nai_err_set(err, NAI_EINPUT, "%s: %zu x %zu pixels: a row would pass 256 MiB",
                           c->folder.path[0], c->w, c->h);
    return NAI_OK;
}

static enum nts_event next_images(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct images *const c = s->state;
    const size_t left = c->folder.n - c->first, n = left < c->chunk ? left : c->chunk;
    struct pass p = {.c = c, .item = decode, .first = c->first, .n = n};

    if (n == 0)
        return NTS_END;
    if (run_pass(&p, err))
        return NTS_FAILED;
    if (c->folder.labelled)
        memcpy(c->y, c->folder.label + c->first, n * sizeof *c->y);
    *b = (struct nts_batch){.first = c->first, .rows = n, .data = c->data};
    c->first += n;
    return NTS_BATCH;
}

static void close_images(struct nai_source *s)
{
    struct images *const c = s->state;

    if (!c)
        return;
    nai_folder_free(&c->folder);
    nai_free(c->size);
    nai_free(c->x);
    nai_free(c->y);
    free(c);
    s->state = NULL;
}

static int describe(struct nai_source *s, struct nai_err *err)
{
    struct images *const c = s->state;
    const uint64_t shape[3] = {c->c, c->h, c->w};
    struct nts_header *const h = s->header = nts_header_new("dataset");

    if (!h || nts_header_section(h, "rows", (int64_t)c->folder.n) < 0 ||
        nts_header_field(h, 0, "x", NAI_U8, 3, shape) < 0 ||
        (c->folder.labelled && nts_header_field(h, 0, "y", NAI_I32, 0, NULL) < 0))
        return nai_err_set(err, NAI_ESYSTEM, "out of memory for the header");
    return c->folder.labelled ? nai_classes_put(h, "classes", &c->folder.classes, err) : NAI_OK;
}

int nai_images_open(struct nai_source *s, const char *dir, const struct nai_import *o,
                    struct nai_err *err)
{
    struct images *const c = calloc(1, sizeof *c);
    int st;

    *s = (struct nai_source){.state = c, .next = next_images, .close = close_images};
    if (!c)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    c->opt = *o;
    st = nai_folder_list(&c->folder, dir, o->classes, err);
    if (!st)
        st = measure(c, err);
    if (!st) { /* enough rows for every thread, though a batch may then pass 1 MiB */
        const size_t busy = AHEAD * (o->threads ? o->threads : 1);
        c->chunk = BATCH / c->row > busy ? BATCH / c->row : busy;
        if (c->chunk > 1 && c->chunk > ROW_MOST / c->row)
            c->chunk = ROW_MOST / c->row;
        c->chunk = c->chunk < c->folder.n ? c->chunk : c->folder.n;
        if (!(c->x = nai_alloc(c->chunk, c->row, "a batch of images", err)) ||
            !(c->y = nai_alloc(c->chunk, sizeof *c->y, "a batch of images", err)))
            st = NAI_ESYSTEM;
    }
    if (!st)
        st = describe(s, err);
    if (st) {
        nai_source_close(s);
        return st;
    }
    c->data[0] = c->x;
    c->data[1] = c->y;
    return NAI_OK;
}
