/* net.c - training steps, inference and Hessian products of a network, in pictures a second
 * SPDX-License-Identifier: MIT
 * Usage: net [ARCHITECTURE [VIEWS [STEPS [THREADS [f32|f64]]]]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blas.h"
#include "layout.h"
#include "run.h"
#include "threads.h"
#include "vector.h"

static const char *const names[NAI_NODE_KINDS] = {
    "input",     "conv",  "batchnorm", "act",    "maxpool",   "avgpool",
    "global",    "adapt", "flatten",   "linear", "layernorm", "tokens",
    "attention", "add",   "first",     "mean",   "shortcut",  "dropout",
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(int status, const struct nai_err *err)
{
    if (status != NAI_OK) {
        fprintf(stderr, "net: %s\n", err->msg);
        exit(status);
    }
}

static void fill(struct nai_device *d, struct nai_buf *b, const struct nai_shape *s)
{
    const size_t sample = s->c * s->h * s->w;
    float *const x = malloc(s->n * sample * sizeof *x);
    double zero[64] = {0}, one[64];

    for (size_t c = 0; c < 64; c++)
        one[c] = 1;
    for (size_t i = 0; i < s->n * sample; i++)
        x[i] = (float)((i * 2654435761u >> 8 & 65535) - 32768) / 65536;
    d->image->upload_f32(d, s, x, sample, zero, one, b);
    free(x);
}

/* Seconds of the fastest of `steps` steps after one to warm up; times of all of them. */
static void measure(struct nai_model *m, enum nai_mode mode, size_t n, int steps, int last)
{
    static const uint64_t key[2] = {1, 1};
    double times[NAI_NODE_KINDS][2] = {{0}}, best = 1e30, total = 0, input = 0;
    struct nai_device *const d = m->device;
    struct nai_shape in, out;
    struct nai_run *r;
    struct nai_err err;

    must(nai_run_open(&r, m,
                      &(struct nai_run_opts){
                          .n = n, .groups = 2, .mode = mode, .last = last, .times = times[0]},
                      &err),
         &err);
    (void)nai_run_output(r, last, &out);
    for (int s = 0; s <= steps; s++) {
        const double start = now();
        double took;
        if (s == 1)
            memset(times, 0, sizeof times);
        fill(d, nai_run_input(r, &in), &in);
        input += s > 0 ? now() - start : 0;
        nai_run_forward(r, key);
        if (mode == NAI_MODE_TRAIN) {
            d->vector->zero(d, m->g, m->graph->params);
            d->vector->axpby(d, 1. / 512, nai_run_output(r, last, &out), 0, nai_run_grad(r),
                             nai_shape_count(&out));
            nai_run_backward(r);
        }
        must(d->memory->sync(d, &err), &err);
        took = now() - start;
        best = s > 0 && took < best ? took : best;
        total += s > 0 ? took : 0;
    }
    printf("%s\t%zu\t%.1f\t%.1f\t%.2f\n", mode == NAI_MODE_TRAIN ? "train" : "infer", n,
           (double)n / best, (double)n * steps / total, (double)nai_run_bytes(r) / (1 << 30));
    printf("#\tinput\t%.1f ms\n", 1e3 * input / steps);
    for (size_t k = 0; k < NAI_NODE_KINDS; k++)
        if (times[k][0] + times[k][1] > 0)
            printf("#\t%s\t%.1f\t%.1f ms\n", names[k], 1e3 * times[k][0] / steps,
                   1e3 * times[k][1] / steps);
    nai_run_close(r);
}

/* The fastest of a gradient (forward and backward), and of a product with and without the forward
 * pass that several products share; and their memory. */
static void measure_products(struct nai_model *m, enum nai_mode mode, size_t n, int steps, int last)
{
    static const uint64_t key[2] = {1, 1};
    struct nai_device *const d = m->device;
    double best[3] = {1e30, 1e30, 1e30};
    size_t count, bytes[2], params = m->graph->params * d->size;
    struct nai_shape in, out;
    struct nai_run *r;
    struct nai_err err;

    for (int tangents = 0; tangents < 2; tangents++) {
        must(
            nai_run_open(&r, m,
                         &(struct nai_run_opts){
                             .n = n, .groups = 1, .mode = mode, .tangents = tangents, .last = last},
                         &err),
            &err);
        fill(d, nai_run_input(r, &in), &in);
        (void)nai_run_output(r, last, &out);
        count = nai_shape_count(&out);
        for (int s = 0; s <= steps; s++) {
            double start = now(), middle;
            nai_run_forward(r, key);
            middle = now();
            if (tangents)
                nai_run_tangent(r);
            d->vector->copy(d, nai_run_grad(r), nai_run_output(r, last, &out), count);
            if (tangents) {
                d->vector->copy(d, nai_run_grad_tangent(r), nai_run_output_tangent(r, last, &out),
                                count);
                nai_run_backward_tangent(r);
            } else {
                nai_run_backward(r);
            }
            must(d->memory->sync(d, &err), &err);
            best[tangents] = now() - start < best[tangents] ? now() - start : best[tangents];
            best[2] = tangents && now() - middle < best[2] ? now() - middle : best[2];
        }
        bytes[tangents] = nai_run_bytes(r) + params * (tangents ? 4 : 2);
        nai_run_close(r);
    }
    printf(
        "# gradient %.1f ms, product %.1f ms (%.2f), another one %.1f ms (%.2f); memory %.3f and "
        "%.3f GiB (%.2f)\n",
        1e3 * best[0], 1e3 * best[1], best[1] / best[0], 1e3 * best[2], best[2] / best[0],
        (double)bytes[0] / (1 << 30), (double)bytes[1] / (1 << 30),
        (double)bytes[1] / (double)bytes[0]);
}

int main(int argc, char **argv)
{
    const char *const line = argc > 1 ? argv[1] : "resnet18 in=3x32x32 stem=cifar projector=256";
    const size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 512;
    const int steps = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3;
    const int threads = argc > 4 ? (int)strtol(argv[4], NULL, 10) : nai_threads_default();
    struct nai_device *d;
    struct nai_graph *g;
    struct nai_model *m;
    struct nai_err err;

    nai_blas_init(threads);
    must(nai_device_open(&d, "cpu", argc > 5 && strcmp(argv[5], "f64") == 0 ? NAI_F64 : NAI_F32,
                         threads, &err),
         &err);
    must(nai_graph_new(&g, line, &err), &err);
    printf("# %s\nmode\tviews\tbest_per_s\tmean_per_s\tGiB\n", g->text);
    must(nai_model_new(&m, d, g, true, &err), &err);
    must(nai_model_init(m, NAI_INIT_PYTORCH, 1, &err), &err);
    measure(m, NAI_MODE_TRAIN, n, steps, g->projector >= 0 ? g->projector : g->features);
    measure(m, NAI_MODE_INFER, n, steps, g->features);
    must(nai_model_tangents(m, &err), &err);
    must(nai_model_init(m, NAI_INIT_PYTORCH, 1, &err), &err);
    d->vector->fill(d, m->tw, 1e-3, g->params);
    printf("# running statistics: ");
    measure_products(m, NAI_MODE_EVAL, n, steps, g->projector >= 0 ? g->projector : g->features);
    printf("# batch statistics: ");
    measure_products(m, NAI_MODE_TRAIN, n, steps, g->projector >= 0 ? g->projector : g->features);
    nai_model_free(m);
    nai_device_close(d);
    return 0;
}
