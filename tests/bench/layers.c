/* layers.c - bandwidth of the layers' kernels beside a copy of the same size
 * SPDX-License-Identifier: MIT
 *
 * Usage: layers [THREADS]   [n][c/16][h][w][16] float32 of 256 x 64 x 32 x 32: 64 MiB a tensor.
 * Counted are the tensors that must pass: what is read once, what is read a second time when it no
 * longer can be in a cache, what is written. Best of the repeats. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "act.h"
#include "batchnorm.h"
#include "blas.h"
#include "dropout.h"
#include "layernorm.h"
#include "pool.h"
#include "vector.h"

enum { REPEATS = 25, BUFFERS = 6, SMALL = 10 };

struct bench {
    struct nai_device *d;
    struct nai_shape shape;
    size_t count;
    struct nai_buf *t[BUFFERS], *small[SMALL], *rows;
    double copy; /* GB/s */
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void copy(struct bench *b)
{
    b->d->vector->copy(b->d, b->t[1], b->t[0], b->count);
}

static void add(struct bench *b)
{
    b->d->vector->add(b->d, b->t[0], b->t[1], b->t[2], b->count);
}

static void dot(struct bench *b)
{
    b->d->vector->dot(b->d, b->t[0], b->t[1], b->count);
}

static void relu(struct bench *b)
{
    b->d->act->forward(b->d, NAI_ACT_RELU, b->t[0], b->t[1], b->count);
}

static void gelu(struct bench *b)
{
    b->d->act->forward(b->d, NAI_ACT_GELU, b->t[0], b->t[1], b->count);
}

static void gelu_back(struct bench *b)
{
    b->d->act->backward(b->d, NAI_ACT_GELU, b->t[0], NULL, b->t[1], b->t[2], b->count);
}

static void gelu_tangent(struct bench *b)
{
    b->d->act->backward_tangent(b->d, NAI_ACT_GELU, b->t[0], b->t[4], b->t[1], b->t[5], b->t[5],
                                b->count);
}

static void dropout(struct bench *b)
{
    static const uint64_t key[2] = {1, 2};

    b->d->dropout->apply(b->d, 0.1, key, b->t[0], b->t[1], b->count);
}

static void global(struct bench *b)
{
    b->d->pool->global(b->d, &b->shape, b->t[0], b->rows);
}

static struct nai_pool_spec pooling(const struct bench *b)
{
    struct nai_pool_spec s = {
        .x = b->shape, .y = b->shape, .kernel = 3, .stride = 2, .pad = 1, .max = true};

    s.y.h = s.y.w = 16;
    return s;
}

static void max_pool(struct bench *b)
{
    const struct nai_pool_spec s = pooling(b);

    b->d->pool->forward(b->d, &s, b->t[0], b->t[3]);
}

static void max_pool_tangent(struct bench *b)
{
    const struct nai_pool_spec s = pooling(b);

    b->d->pool->max_tangent(b->d, &s, b->t[0], b->t[3], b->t[4], b->t[1]);
}

static void layernorm(struct bench *b)
{
    b->d->layernorm->forward(b->d, b->count / 1024, 1024, 1e-6, b->t[0], b->rows, b->rows, b->t[1],
                             b->t[2], b->t[3]);
}

static void layernorm_back(struct bench *b)
{
    struct nai_buf *const mean = b->d->memory->at(b->d, b->rows, 2048);

    b->d->layernorm->backward(b->d, b->count / 1024, 1024, b->t[0], b->rows, b->t[3], b->t[3],
                              b->t[1], b->t[2], b->rows, mean);
}

static void layernorm_tangent(struct bench *b)
{
    struct nai_buf *const rows = b->d->memory->at(b->d, b->t[3], b->count / 1024);

    b->d->layernorm->forward_tangent(b->d, b->count / 1024, 1024, b->t[0], b->rows, b->t[3],
                                     b->t[3], b->t[4], b->rows, b->rows, b->t[1], rows, rows);
}

static void layernorm_back_tangent(struct bench *b)
{
    struct nai_buf *const sums = b->d->memory->at(b->d, b->rows, 2048);

    b->d->layernorm->backward_tangent(b->d, b->count / 1024, 1024, b->t[0], b->rows, b->t[3],
                                      b->t[3], b->t[2], b->t[4], b->rows, b->t[3], b->t[3], b->t[5],
                                      b->t[5], sums, sums);
}

static struct nai_batchnorm_spec spec(const struct bench *b, bool relu_too)
{
    return (struct nai_batchnorm_spec){
        .x = b->shape, .groups = 2, .eps = 1e-5, .momentum = 0.1, .affine = true, .relu = relu_too};
}

static void bn_train(struct bench *b, bool relu_too, bool residual)
{
    const struct nai_batchnorm_spec s = spec(b, relu_too);

    b->d->batchnorm->train(b->d, &s, b->t[0], residual ? b->t[2] : NULL, b->small[0], b->small[1],
                           b->t[1], b->small[2], b->small[3], b->small[4], b->small[5]);
}

static void bn_plain(struct bench *b)
{
    bn_train(b, false, false);
}

static void bn_relu(struct bench *b)
{
    bn_train(b, true, false);
}

static void bn_residual(struct bench *b)
{
    bn_train(b, true, true);
}

static void bn_eval(struct bench *b)
{
    const struct nai_batchnorm_spec s = spec(b, true);

    b->d->batchnorm->eval(b->d, &s, b->t[0], NULL, b->small[0], b->small[1], b->small[4],
                          b->small[5], b->t[1]);
}

/* dx over dy, as a network without shortcut has it, or apart. */
static void bn_back(struct bench *b, bool relu_too, struct nai_buf *y, bool apart)
{
    const struct nai_batchnorm_spec s = spec(b, relu_too);

    b->d->batchnorm->train_backward(b->d, &s, b->t[0], y, b->small[0], b->small[1], b->small[2],
                                    b->small[3], b->t[2], b->t[apart ? 3 : 2], b->small[4],
                                    b->small[5]);
}

static void bn_back_plain(struct bench *b)
{
    bn_back(b, false, NULL, false);
}

static void bn_back_relu(struct bench *b)
{
    bn_back(b, true, NULL, false);
}

static void bn_back_y(struct bench *b)
{
    bn_back(b, true, b->t[1], false);
}

static void bn_back_residual(struct bench *b)
{
    bn_back(b, true, b->t[1], true);
}

static void bn_tangent(struct bench *b, bool relu_too, bool residual)
{
    const struct nai_batchnorm_spec s = spec(b, relu_too);

    b->d->batchnorm->train_tangent(b->d, &s, b->t[0], residual ? b->t[1] : NULL, b->small[0],
                                   b->small[1], b->small[2], b->small[3], b->t[4],
                                   residual ? b->t[2] : NULL, b->small[6], b->small[7], b->t[3],
                                   b->small[8], b->small[9]);
}

static void bn_tangent_plain(struct bench *b)
{
    bn_tangent(b, false, false);
}

static void bn_tangent_relu(struct bench *b)
{
    bn_tangent(b, true, false);
}

static void bn_tangent_residual(struct bench *b)
{
    bn_tangent(b, true, true);
}

static void bn_eval_tangent(struct bench *b)
{
    const struct nai_batchnorm_spec s = spec(b, true);

    b->d->batchnorm->eval_tangent(b->d, &s, b->t[0], NULL, b->small[0], b->small[1], b->small[2],
                                  b->small[3], b->t[4], NULL, b->small[6], b->small[7], b->t[3]);
}

/* tdx over tdy, or apart. */
static void bn_back_tangent(struct bench *b, bool relu_too, struct nai_buf *y, bool apart)
{
    const struct nai_batchnorm_spec s = spec(b, relu_too);

    b->d->batchnorm->train_backward_tangent(b->d, &s, b->t[0], y, b->small[0], b->small[1],
                                            b->small[2], b->small[3], b->t[2], b->t[4], b->small[6],
                                            b->small[8], b->small[9], b->t[5], b->t[apart ? 3 : 5],
                                            b->small[4], b->small[5]);
}

static void bn_back_tangent_plain(struct bench *b)
{
    bn_back_tangent(b, false, NULL, false);
}

static void bn_back_tangent_relu(struct bench *b)
{
    bn_back_tangent(b, true, NULL, false);
}

static void bn_back_tangent_residual(struct bench *b)
{
    bn_back_tangent(b, true, b->t[1], true);
}

static void bn_eval_back_tangent(struct bench *b)
{
    const struct nai_batchnorm_spec s = spec(b, true);

    b->d->batchnorm->eval_backward_tangent(b->d, &s, b->t[0], NULL, b->small[0], b->small[1],
                                           b->small[2], b->small[3], b->t[2], b->t[4], b->small[6],
                                           b->t[5], b->t[5], b->small[4], b->small[5]);
}

/* tensors: how many of them must pass. */
static double measure(struct bench *b, const char *name, void (*run)(struct bench *),
                      double tensors)
{
    const double bytes = tensors * (double)b->count * sizeof(float);
    double best = 1e9;

    for (int i = 0; i <= REPEATS; i++) {
        const double start = now();
        run(b);
        const double time = now() - start;
        if (i > 0 && time < best)
            best = time;
    }
    const double rate = bytes / best / 1e9;
    printf("%-34s %5.1f ms  %g tensors  %5.1f GB/s", name, 1e3 * best, tensors, rate);
    if (b->copy > 0)
        printf("  %3.0f %% of a copy", 100 * rate / b->copy);
    putchar('\n');
    return rate;
}

static int start(struct bench *b, int threads)
{
    struct nai_err err = {0};

    nai_blas_init(threads);
    if (nai_device_open(&b->d, "cpu", NAI_F32, threads, &err) != NAI_OK)
        goto failed;
    for (size_t i = 0; i < BUFFERS; i++)
        if (!(b->t[i] = b->d->memory->alloc(b->d, b->count, "tensor", &err)))
            goto failed;
    for (size_t i = 0; i < SMALL; i++)
        if (!(b->small[i] = b->d->memory->alloc(b->d, 2 * b->shape.c, "parameters", &err)))
            goto failed;
    if (!(b->rows = b->d->memory->alloc(b->d, b->shape.n * b->shape.c, "rows", &err)))
        goto failed;

    float *const x = malloc(b->count * sizeof *x);
    for (size_t i = 0; x && i < b->count; i++)
        x[i] = (float)(i * 2654435761u % 4001) / 1000 - 2;
    for (size_t i = 0; x && i < BUFFERS; i++)
        b->d->memory->upload(b->d, b->t[i], x, b->count);
    b->d->vector->fill(b->d, b->small[0], 1, 2 * b->shape.c);
    b->d->vector->fill(b->d, b->small[5], 1, 2 * b->shape.c);
    free(x);
    return 0;
failed:
    fprintf(stderr, "layers: %s\n", err.msg);
    return 1;
}

int main(int argc, char **argv)
{
    struct bench b = {.shape = {256, 64, 32, 32, 16}};

    b.count = nai_shape_count(&b.shape);
    if (start(&b, argc > 1 ? (int)strtol(argv[1], NULL, 10) : omp_get_num_procs()) != 0)
        return 1;
    b.copy = measure(&b, "copy", copy, 2);
    measure(&b, "add", add, 3);
    measure(&b, "dot", dot, 2);
    measure(&b, "relu", relu, 2);
    measure(&b, "global mean", global, 1);
    measure(&b, "max pool 3, stride 2", max_pool, 1.25);
    measure(&b, "max pool tangent", max_pool_tangent, 2.5);
    measure(&b, "batch norm train", bn_plain, 3);
    measure(&b, "batch norm train, relu", bn_relu, 3);
    measure(&b, "batch norm train, relu, residual", bn_residual, 4);
    measure(&b, "batch norm eval, relu", bn_eval, 2);
    measure(&b, "backward", bn_back_plain, 5);
    measure(&b, "backward, relu from x", bn_back_relu, 5);
    measure(&b, "backward, relu from y", bn_back_y, 7);
    measure(&b, "backward, relu, residual", bn_back_residual, 7);
    measure(&b, "train tangent", bn_tangent_plain, 5);
    measure(&b, "train tangent, relu", bn_tangent_relu, 5);
    measure(&b, "train tangent, relu, residual", bn_tangent_residual, 7);
    measure(&b, "eval tangent, relu", bn_eval_tangent, 3);
    measure(&b, "backward tangent", bn_back_tangent_plain, 9);
    measure(&b, "backward tangent, relu from x", bn_back_tangent_relu, 9);
    measure(&b, "backward tangent, relu, residual", bn_back_tangent_residual, 12);
    measure(&b, "eval backward tangent, relu", bn_eval_back_tangent, 5);
    measure(&b, "layer norm", layernorm, 2);
    measure(&b, "layer norm backward", layernorm_back, 5);
    measure(&b, "layer norm tangent", layernorm_tangent, 3);
    measure(&b, "layer norm backward tangent", layernorm_back_tangent, 9);
    measure(&b, "gelu", gelu, 2);
    measure(&b, "gelu backward", gelu_back, 3);
    measure(&b, "gelu backward tangent", gelu_tangent, 5);
    measure(&b, "dropout", dropout, 2);
    for (size_t i = 0; i < BUFFERS; i++)
        b.d->memory->free(b.d, b.t[i]);
    for (size_t i = 0; i < SMALL; i++)
        b.d->memory->free(b.d, b.small[i]);
    b.d->memory->free(b.d, b.rows);
    nai_device_close(b.d);
    return 0;
}
