/* conv2d.c - see conv2d.h: tiles of patches (im2col) times the weights, by BLAS
 * SPDX-License-Identifier: MIT
 *
 * The weights are arranged as [out][kh][kw][in / groups] first, so that a patch of channels-last
 * images is copied in long runs. What a thread multiplies is a tile of output pixels, whose number
 * follows from the sizes only: the results do not depend on the number of threads. */
#include "conv2d.h"

#include <limits.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "im2col.h"
#include "mem.h"
#include "tables.h"
#include "tile.h"

/*
 * A tile's patches should stay in the second-level cache, but where the weights are large the
 * product must have rows enough to repay what BLAS spends on arranging them.
 * The gradient of the weights is summed in CHUNKS parts side by side; fewer where they are large.
 */
enum {
    PATCHES = 256 * 1024, /* elements */
    FEWEST = 256,         /* pixels of a tile */
    MOST = 1024,
    CHUNKS = 16,
    FEWEST_CHUNKS = 4,
    PARTS = 16 * 1024 * 1024, /* elements */
    LANES = 32                /* channels of a bias summed together */
};

struct nai_conv2d {
    struct nai_conv2d_spec s;
    int threads;
    size_t in, out, patch;        /* channels in and out of a group, elements of a patch */
    size_t pixels, tile;          /* of y in all, and of a tile */
    size_t weights, chunks;       /* elements of w; parts of its gradient */
    size_t col, scratch, results; /* of a thread: patches, and the rows of y behind them */
    size_t workspace;
    bool no_patches; /* x itself is the matrix of patches */
    bool no_rows;    /* y itself is the matrix of results */
};

static size_t block_of(const struct nai_device *d, size_t c)
{
    (void)d;
    return c;
}

static size_t positions(size_t size, size_t kernel, size_t stride, size_t pad)
{
    return size + 2 * pad < kernel ? 0 : (size + 2 * pad - kernel) / stride + 1;
}

static int check(const struct nai_conv2d_spec *s, struct nai_err *err)
{
    const struct nai_shape *const x = &s->x, *const y = &s->y;
    size_t patch, most;

    if (s->stride == 0 || s->groups == 0 || x->c % s->groups || y->c % s->groups || x->block == 0 ||
        y->block == 0 || x->n != y->n || y->n == 0 || y->h == 0 || y->w == 0 ||
        y->h != positions(x->h, s->kh, s->stride, s->pad) ||
        y->w != positions(x->w, s->kw, s->stride, s->pad))
        return nai_err_set(
            err, NAI_EUSAGE,
            "convolution: %zux%zu, stride %zu, padding %zu, %zu groups does not take "
            "%zux%zux%zu to %zux%zux%zu",
            s->kh, s->kw, s->stride, s->pad, s->groups, x->c, x->h, x->w, y->c, y->h, y->w);
    if (!nai_mul(&patch, s->kh * s->kw, x->c) || !nai_mul(&most, patch, y->c) || patch > INT_MAX ||
        most > SIZE_MAX / (8 * CHUNKS) || x->c > INT_MAX || y->c > INT_MAX)
        return nai_err_set(err, NAI_EUSAGE,
                           "convolution: %zux%zu, %zu to %zu channels, is too large", s->kh, s->kw,
                           x->c, y->c);
    return NAI_OK;
}

/* Sizes of tiles, of chunks and of the workspace: all by the convolution's own sizes, but for the
 * scratch that each thread has. */
static void lay_out(struct nai_conv2d *p)
{
    const struct nai_conv2d_spec *const s = &p->s;

    p->in = s->x.c / s->groups;
    p->out = s->y.c / s->groups;
    p->patch = s->kh * s->kw * p->in;
    p->weights = s->y.c * p->patch;
    p->pixels = s->y.n * s->y.h * s->y.w;
    p->tile = nai_min(p->pixels, nai_max(FEWEST, nai_min(MOST, PATCHES / p->patch)));
    p->no_patches =
        s->kh == 1 && s->kw == 1 && s->stride == 1 && s->pad == 0 && s->x.block == s->x.c;
    p->no_rows = s->y.block == s->y.c;
    p->col = p->no_patches ? 0 : nai_pad64(p->tile * p->patch);
    p->scratch = p->col + (p->no_rows ? 0 : nai_pad64(p->tile * p->out));
    p->chunks = nai_max(FEWEST_CHUNKS, nai_min(CHUNKS, PARTS / p->weights));
    p->chunks = nai_min(p->chunks, (p->pixels + p->tile - 1) / p->tile);
    p->results = nai_pad64(p->weights) + (size_t)p->threads * p->scratch;
    p->workspace = p->results + (s->training ? p->chunks * p->weights : 0);
}

static int plan(struct nai_conv2d **out, struct nai_device *d, const struct nai_conv2d_spec *spec,
                struct nai_err *err)
{
    const int status = check(spec, err);
    struct nai_conv2d *p;

    if (status)
        return status;
    p = malloc(sizeof *p);
    if (!p)
        return nai_err_set(err, NAI_ESYSTEM, "convolution:");
    *p = (struct nai_conv2d){.s = *spec, .threads = d->threads};
    lay_out(p);
    *out = p;
    return NAI_OK;
}

static void plan_free(struct nai_conv2d *p)
{
    free(p);
}

static size_t workspace(const struct nai_conv2d *p)
{
    return p->workspace;
}

static const char *text(const struct nai_conv2d *p, char buf[static 160])
{
    snprintf(buf, 160, "%s, %zu pixels a tile", p->no_patches ? "BLAS" : "im2col and BLAS",
             p->tile);
    return buf;
}

/* The weights as [out][kh][kw][in / groups]: w itself where the kernel is a point. */
static const real *arrange(const struct nai_conv2d *p, const struct nai_buf *w, real *work)
{
    const real *const from = nai_in(w);
    const size_t taps = p->s.kh * p->s.kw;

    if (taps == 1)
        return from;
#pragma omp parallel for num_threads(p->threads)
    for (size_t o = 0; o < p->s.y.c; o++)
        for (size_t t = 0; t < taps; t++)
            for (size_t c = 0; c < p->in; c++)
                work[o * p->patch + t * p->in + c] = from[o * p->patch + c * taps + t];
    return work;
}

/* The calling thread's scratch. */
static real *scratch_of(const struct nai_conv2d *p, struct nai_buf *work)
{
    return nai_io(work) + nai_pad64(p->weights) + (size_t)omp_get_thread_num() * p->scratch;
}

/* A tile of one group as a matrix: where it is, and how far apart its rows are. */
struct matrix {
    real *at;
    size_t ld;
};

struct const_matrix {
    const real *at;
    size_t ld;
};

static struct const_matrix patches(const struct nai_conv2d *p, size_t group, const real *x,
                                   size_t first, size_t count, real *scratch)
{
    if (p->no_patches)
        return (struct const_matrix){x + first * p->s.x.c + group * p->in, p->s.x.c};
    NAI_R(nai_im2col)(&p->s, group, x, first, count, scratch);
    return (struct const_matrix){scratch, p->patch};
}

static struct const_matrix rows_of_y(const struct nai_conv2d *p, size_t group, const real *y,
                                     size_t first, size_t count, real *scratch)
{
    if (p->no_rows)
        return (struct const_matrix){y + first * p->s.y.c + group * p->out, p->s.y.c};
    NAI_R(nai_pixels_get)(&p->s.y, group * p->out, p->out, y, first, count, scratch + p->col);
    return (struct const_matrix){scratch + p->col, p->out};
}

NAI_CLONES static void finish(size_t rows, size_t n, const real *restrict bias, bool relu,
                              real *restrict y, size_t ld)
{
    for (size_t r = 0; r < rows; r++, y += ld) {
        if (bias)
            for (size_t o = 0; o < n; o++)
                y[o] += bias[o];
        if (relu) /* not so as to turn NaN into 0 */
            for (size_t o = 0; o < n; o++)
                y[o] = y[o] < 0 ? 0 : y[o];
    }
}

static void forward_tile(const struct nai_conv2d *p, const real *x, const real *w, const real *bias,
                         real *y, size_t first, size_t count, real *scratch)
{
    for (size_t g = 0; g < p->s.groups; g++) {
        const struct const_matrix a = patches(p, g, x, first, count, scratch);
        struct matrix c = {scratch + p->col, p->out};

        if (p->no_rows)
            c = (struct matrix){y + first * p->s.y.c + g * p->out, p->s.y.c};
        else if (p->s.sum)
            rows_of_y(p, g, y, first, count, scratch);
        NAI_CBLAS(gemm)
        (CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, (int)p->out, (int)p->patch, 1, a.at,
         (int)a.ld, w + g * p->out * p->patch, (int)p->patch, p->s.sum, c.at, (int)c.ld);
        if (bias || p->s.relu)
            finish(count, p->out, bias ? bias + g * p->out : NULL, p->s.relu, c.at, c.ld);
        if (!p->no_rows)
            NAI_R(nai_pixels_put)(&p->s.y, g * p->out, p->out, y, first, count, c.at);
    }
}

/* The channels of the last block that are not there are zero. */
static void clear_padding(const struct nai_shape *s, real *y)
{
    const size_t used = s->c % s->block, blocks = (s->c + s->block - 1) / s->block;
    const size_t area = s->h * s->w;

    if (used == 0)
        return;
#pragma omp parallel for
    for (size_t n = 0; n < s->n; n++)
        for (size_t i = 0; i < area; i++)
            memset(y + (((n + 1) * blocks - 1) * area + i) * s->block + used, 0,
                   (s->block - used) * sizeof *y);
}

static void forward(struct nai_conv2d *p, const struct nai_buf *x, const struct nai_buf *w,
                    const struct nai_buf *bias, struct nai_buf *y, struct nai_buf *work)
{
    const real *const wp = arrange(p, w, nai_io(work));

#pragma omp parallel num_threads(p->threads)
    {
        nai_blas_alone();
        real *const scratch = scratch_of(p, work);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < p->pixels; i += p->tile)
            forward_tile(p, nai_in(x), wp, bias ? nai_in(bias) : NULL, nai_io(y), i,
                         nai_min(p->tile, p->pixels - i), scratch);
    }
    clear_padding(&p->s.y, nai_io(y));
}

static void data_tile(const struct nai_conv2d *p, const real *dy, const real *w, real *dx,
                      size_t first, size_t count, real *scratch)
{
    for (size_t g = 0; g < p->s.groups; g++) {
        const struct const_matrix a = rows_of_y(p, g, dy, first, count, scratch);
        struct matrix c = {scratch, p->patch};

        if (p->no_patches)
            c = (struct matrix){dx + first * p->s.x.c + g * p->in, p->s.x.c};
        NAI_CBLAS(gemm)
        (CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)count, (int)p->patch, (int)p->out, 1, a.at,
         (int)a.ld, w + g * p->out * p->patch, (int)p->patch, 0, c.at, (int)c.ld);
        if (!p->no_patches)
            NAI_R(nai_col2im)(&p->s, g, c.at, first, count, dx);
    }
}

/* Patches overlap, so that an image's gradient is one thread's to sum. */
static void backward_data(struct nai_conv2d *p, const struct nai_buf *dy, const struct nai_buf *w,
                          struct nai_buf *dx, struct nai_buf *work)
{
    const real *const wp = arrange(p, w, nai_io(work));
    const size_t area = p->s.y.h * p->s.y.w, size = nai_shape_count(&p->s.x) / p->s.x.n;
    const size_t images = nai_max(1, p->tile / area);

#pragma omp parallel num_threads(p->threads)
    {
        nai_blas_alone();
        real *const scratch = scratch_of(p, work), *const to = nai_io(dx);
#pragma omp for schedule(dynamic)
        for (size_t n = 0; n < p->s.x.n; n += images) {
            const size_t end = nai_min(n + images, p->s.x.n);
            if (!p->no_patches)
                memset(to + n * size, 0, (end - n) * size * sizeof *to);
            for (size_t i = n * area; i < end * area; i += p->tile)
                data_tile(p, nai_in(dy), wp, to, i, nai_min(p->tile, end * area - i), scratch);
        }
    }
}

/* part = the gradient of the weights, arranged as they are, over pixels first <= i < end. */
static void weights_part(const struct nai_conv2d *p, const real *x, const real *dy, size_t first,
                         size_t end, real *part, real *scratch)
{
    for (size_t i = first; i < end; i += p->tile)
        for (size_t g = 0; g < p->s.groups; g++) {
            const size_t count = nai_min(p->tile, end - i);
            const struct const_matrix a = rows_of_y(p, g, dy, i, count, scratch);
            const struct const_matrix b = patches(p, g, x, i, count, scratch);
            NAI_CBLAS(gemm)
            (CblasRowMajor, CblasTrans, CblasNoTrans, (int)p->out, (int)p->patch, (int)count, 1,
             a.at, (int)a.ld, b.at, (int)b.ld, i > first, part + g * p->out * p->patch,
             (int)p->patch);
        }
}

/* dw += the parts, in their order, [kh][kw][in / groups] becoming [in / groups][kh][kw]. */
static void join_parts(const struct nai_conv2d *p, size_t count, const real *parts, real *dw)
{
    const size_t taps = p->s.kh * p->s.kw;

#pragma omp parallel for num_threads(p->threads)
    for (size_t o = 0; o < p->s.y.c; o++)
        for (size_t c = 0; c < p->in; c++)
            for (size_t t = 0; t < taps; t++) {
                const real *const part = parts + o * p->patch + t * p->in + c;
                double sum = 0;
                for (size_t i = 0; i < count; i++)
                    sum += (double)part[i * p->weights];
                dw[o * p->patch + c * taps + t] += (real)sum;
            }
}

/* dbias += dy over images and pixels: for each channel by image, then over images, in float64. */
NAI_CLONES static void bias_lanes(const struct nai_shape *s, size_t c, size_t n,
                                  const real *restrict dy, real *restrict dbias)
{
    const size_t area = s->h * s->w, blocks = (s->c + s->block - 1) / s->block;
    double total[LANES] = {0};

    for (size_t image = 0; image < s->n; image++) {
        const real *const from =
            dy + (image * blocks + c / s->block) * area * s->block + c % s->block;
        double sum[LANES] = {0};
        for (size_t i = 0; i < area; i++)
            for (size_t k = 0; k < n; k++)
                sum[k] += (double)from[i * s->block + k];
        for (size_t k = 0; k < n; k++)
            total[k] += sum[k];
    }
    for (size_t k = 0; k < n; k++)
        dbias[c + k] += (real)total[k];
}

static void bias_gradient(const struct nai_conv2d *p, const real *dy, real *dbias)
{
    const struct nai_shape *const s = &p->s.y;
    const size_t lanes = nai_min(LANES, s->block), groups = (s->block + lanes - 1) / lanes;

#pragma omp parallel for num_threads(p->threads) schedule(dynamic)
    for (size_t i = 0; i < (s->c + s->block - 1) / s->block * groups; i++) {
        const size_t b = i / groups * s->block, c = b + i % groups * lanes;
        if (c < s->c)
            bias_lanes(s, c, nai_min(lanes, nai_min(s->c, b + s->block) - c), dy, dbias);
    }
}

static void backward_weights(struct nai_conv2d *p, const struct nai_buf *x,
                             const struct nai_buf *dy, struct nai_buf *dw, struct nai_buf *dbias,
                             struct nai_buf *work)
{
    const size_t tiles = (p->pixels + p->tile - 1) / p->tile;
    const size_t chunk = (tiles + p->chunks - 1) / p->chunks * p->tile;
    const size_t count = (p->pixels + chunk - 1) / chunk;
    real *const parts = nai_io(work) + p->results;

#pragma omp parallel num_threads(p->threads)
    {
        nai_blas_alone();
        real *const scratch = scratch_of(p, work);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < count; i++)
            weights_part(p, nai_in(x), nai_in(dy), i * chunk, nai_min((i + 1) * chunk, p->pixels),
                         parts + i * p->weights, scratch);
    }
    join_parts(p, count, parts, nai_io(dw));
    if (dbias)
        bias_gradient(p, nai_in(dy), nai_io(dbias));
}

const struct nai_conv2d_ops NAI_R(nai_cpu_conv2d) = {
    .block = block_of,
    .plan = plan,
    .free = plan_free,
    .workspace = workspace,
    .text = text,
    .forward = forward,
    .backward_data = backward_data,
    .backward_weights = backward_weights,
};
