/* conv2d.c - how fast convolutions run: each of a network's layers, each direction and algorithm
 * SPDX-License-Identifier: MIT
 *
 * usage: conv2d [BATCH [THREADS [REPEATS]]]
 * GFLOP/s, counting what the direct algorithm would compute; the best of REPEATS [5]. With one
 * thread processor time is counted, so that what else runs on the machine disturbs it less. */
#include "conv2d.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "blas.h"
#include "tables.h"
#include "threads.h"
#ifdef NAI_DNNL
#include "conv2d_dnnl_pass.h"
#endif

/* `times` layers alike: c channels of size x size to o by a k x k kernel. */
struct layer {
    size_t times, c, size, o, k, stride;
    bool first; /* of the network: nobody asks for the gradient of its images */
};

static const struct layer resnet18[] = {
    {1, 3, 32, 64, 3, 1, true},     {4, 64, 32, 64, 3, 1, false},   {1, 64, 32, 128, 3, 2, false},
    {3, 128, 16, 128, 3, 1, false}, {1, 64, 32, 128, 1, 2, false},  {1, 128, 16, 256, 3, 2, false},
    {3, 256, 8, 256, 3, 1, false},  {1, 128, 16, 256, 1, 2, false}, {1, 256, 8, 512, 3, 2, false},
    {3, 512, 4, 512, 3, 1, false},  {1, 256, 8, 512, 1, 2, false},  {0, 0, 0, 0, 0, 0, false},
};

static const struct layer cnn[] = {
    {1, 1, 28, 32, 3, 1, true},
    {1, 32, 28, 64, 3, 1, false},
    {0, 0, 0, 0, 0, 0, false},
};

/* The ways to plan a convolution that are compared. */
enum { CHOSEN, DIRECT, WINOGRAD, PORTABLE, WAYS };

/* What is timed; the last is forward without training. */
enum { FORWARD, DATA, WEIGHTS, INFERENCE, PASSES };

static double now(const struct nai_device *d)
{
    struct timespec t;

    clock_gettime(d->threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void need(int status, const struct nai_err *err)
{
    if (status) {
        fprintf(stderr, "conv2d: %s\n", err->msg);
        exit(1);
    }
}

static struct nai_buf *buffer(struct nai_device *d, size_t count)
{
    struct nai_err err = {0};
    struct nai_buf *const b = d->memory->alloc(d, count, "benchmark", &err);

    need(b ? NAI_OK : err.code, &err);
    return b;
}

/* Values that are neither zero nor slow. */
static void fill(struct nai_device *d, struct nai_buf *b, size_t count)
{
    float *const v = malloc(count * sizeof *v);

    for (size_t i = 0; v && i < count; i++)
        v[i] = (float)(i * 2654435761u % 1000) / 1000 - 0.5F;
    if (v)
        d->memory->upload(d, b, v, count);
    free(v);
}

static int planned(struct nai_conv2d **plan, struct nai_device *d, const struct nai_conv2d_spec *s,
                   int way, struct nai_err *err)
{
#ifdef NAI_DNNL
    const enum nai_dnnl_way one = way == WINOGRAD ? NAI_DNNL_WINOGRAD : NAI_DNNL_DIRECT;
    const enum nai_dnnl_way all[3] = {one, one, one};
    if (way == DIRECT || way == WINOGRAD)
        return nai_dnnl_plan(plan, d, s, all, err);
#endif
    return (way == PORTABLE ? &nai_cpu_conv2d_f32 : d->conv2d)->plan(plan, d, s, err);
}

/* Seconds of each pass of a layer; scratch in elements. */
static void measure(double seconds[PASSES], char text[160], size_t *scratch, struct nai_device *d,
                    const struct layer *l, size_t batch, int way, int repeats)
{
    const struct nai_conv2d_ops *const ops = way == PORTABLE ? &nai_cpu_conv2d_f32 : d->conv2d;
    const size_t pad = l->k / 2, out = (l->size + 2 * pad - l->k) / l->stride + 1;
    struct nai_conv2d_spec s = {.x = {batch, l->c, l->size, l->size, ops->block(d, l->c)},
                                .y = {batch, l->o, out, out, ops->block(d, l->o)},
                                .kh = l->k,
                                .kw = l->k,
                                .stride = l->stride,
                                .pad = pad,
                                .groups = 1,
                                .training = true};
    const size_t weights = l->o * l->c * l->k * l->k;
    struct nai_conv2d *plan, *eval;
    struct nai_err err = {0};

    need(planned(&plan, d, &s, way, &err), &err);
    s.training = false;
    need(planned(&eval, d, &s, way, &err), &err);
    ops->text(plan, text);
    *scratch = ops->workspace(plan);
    const size_t most = *scratch > ops->workspace(eval) ? *scratch : ops->workspace(eval);
    struct nai_buf *const x = buffer(d, nai_shape_count(&s.x)), *const w = buffer(d, weights);
    struct nai_buf *const y = buffer(d, nai_shape_count(&s.y)), *const dw = buffer(d, weights);
    struct nai_buf *const dx = buffer(d, nai_shape_count(&s.x)), *const work = buffer(d, most);
    fill(d, x, nai_shape_count(&s.x));
    fill(d, w, weights);
    for (int i = 0; i < PASSES; i++)
        seconds[i] = 1e9;
    for (int r = 0; r < repeats; r++)
        for (int i = 0; i < PASSES; i++) {
            const double start = now(d);
            if (i == FORWARD || i == INFERENCE)
                ops->forward(i == FORWARD ? plan : eval, x, w, NULL, y, work);
            else if (i == DATA)
                ops->backward_data(plan, y, w, dx, work);
            else
                ops->backward_weights(plan, x, y, dw, NULL, work);
            const double took = now(d) - start;
            seconds[i] = took < seconds[i] ? took : seconds[i];
        }
    need(d->memory->sync(d, &err), &err);
    ops->free(plan);
    ops->free(eval);
    struct nai_buf *const all[] = {x, w, y, dw, dx, work};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        d->memory->free(d, all[i]);
}

static void network(struct nai_device *d, const char *name, const struct layer *layers,
                    size_t batch, int repeats)
{
    static const char *const ways[] = {"chosen", "direct", "winograd", "im2col"};
    double total[WAYS][PASSES] = {{0}};

    printf("%s, batch %zu, %d threads: GFLOP/s\n", name, batch, d->threads);
    printf("%-28s %-9s %8s %8s %8s %9s %9s\n", "layer", "how", "forward", "data", "weights",
           "inference", "work MiB");
    for (const struct layer *l = layers; l->times; l++)
        for (int way = 0; way < WAYS; way++) {
            double seconds[PASSES];
            char text[160], label[64];
            size_t scratch;
            measure(seconds, text, &scratch, d, l, batch, way, repeats);
            const size_t pad = l->k / 2, out = (l->size + 2 * pad - l->k) / l->stride + 1;
            const double gflop = 2e-9 * (double)(batch * l->o * out * out * l->c * l->k * l->k);
            snprintf(label, sizeof label, "%zux %zu>%zu %zux%zu k%zu s%zu", l->times, l->c, l->o,
                     l->size, l->size, l->k, l->stride);
            printf("%-28s %-9s %8.0f %8.0f %8.0f %9.0f %9.1f  %s\n", label, ways[way],
                   gflop / seconds[FORWARD], gflop / seconds[DATA], gflop / seconds[WEIGHTS],
                   gflop / seconds[INFERENCE], (double)scratch * 4 / 0x1p20, text);
            for (int i = 0; i < PASSES; i++)
                total[way][i] += (i == DATA && l->first ? 0 : seconds[i]) * (double)l->times;
            fflush(stdout);
        }
    for (int way = 0; way < WAYS; way++) {
        const double ms = 1e3 / (double)batch;
        printf("%s: %s: ms a view: forward %.3f, data %.3f, weights %.3f, training %.3f; "
               "inference %.3f\n",
               name, ways[way], total[way][FORWARD] * ms, total[way][DATA] * ms,
               total[way][WEIGHTS] * ms,
               (total[way][FORWARD] + total[way][DATA] + total[way][WEIGHTS]) * ms,
               total[way][INFERENCE] * ms);
    }
}

int main(int argc, char **argv)
{
    const size_t batch = argc > 1 ? strtoul(argv[1], NULL, 10) : 512;
    const int threads = argc > 2 ? (int)strtol(argv[2], NULL, 10) : nai_threads_default();
    const int repeats = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 5;
    struct nai_device *d;
    struct nai_err err = {0};
    char text[240];

    nai_blas_init(threads);
    need(nai_device_open(&d, "cpu", NAI_F32, threads, &err), &err);
    printf("%s\n", nai_device_text(d, text));
    network(d, "ResNet-18, 32x32", resnet18, batch, repeats);
    network(d, "CNN, 28x28", cnn, batch, repeats);
    nai_device_close(d);
    return 0;
}
