/* loss.c - time of the losses, value and gradient, in float32
 * SPDX-License-Identifier: MIT
 * Usage: loss [THREADS [REPEATS]]   Medians, in ms; n = 256 images. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blas.h"
#include "loss.h"
#include "mem.h"

enum { MOST = 101 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Median seconds of a call; negative when memory is short. */
static double median(struct nai_device *dev, const struct nai_loss_spec *s, int repeats)
{
    const size_t count = s->views * s->n * s->d;
    struct nai_buf *const z = dev->memory->alloc(dev, count, "z", NULL);
    struct nai_buf *const target = dev->memory->alloc(dev, count, "target", NULL);
    struct nai_buf *const dz = dev->memory->alloc(dev, count, "dz", NULL);
    struct nai_buf *const work = dev->memory->alloc(dev, dev->loss->workspace(s), "work", NULL);
    float *const host = nai_alloc(count, sizeof *host, "host", NULL);
    struct nai_loss_value value;
    double t[MOST];

    if (!z || !target || !dz || !work || !host)
        return -1;
    for (size_t i = 0; i < count; i++)
        host[i] = (float)((i * 2654435761u >> 8) % 65536) / 32768 - 1;
    dev->memory->upload(dev, z, host, count);
    dev->memory->upload(dev, target, host, count);
    for (int r = -1; r < repeats; r++) { /* the first is not counted */
        const double start = now();
        dev->loss->compute(dev, s, z, target, NULL, dz, work, &value);
        t[r < 0 ? 0 : r] = now() - start;
    }
    qsort(t, (size_t)repeats, sizeof *t, ascending);
    dev->memory->free(dev, z);
    dev->memory->free(dev, target);
    dev->memory->free(dev, dz);
    dev->memory->free(dev, work);
    nai_free(host);
    return t[repeats / 2];
}

int main(int argc, char **argv)
{
    static const size_t widths[] = {64, 256, 2048, 8192};
    static const struct {
        const char *name;
        struct nai_loss_spec spec;
    } losses[] = {
        {"barlow official", {.kind = NAI_LOSS_BARLOW, .beta = 0.01}},
        {"barlow official leave-one-out",
         {.kind = NAI_LOSS_BARLOW, .beta = 0.01, .leave_one_out = true}},
        {"barlow thesis", {.kind = NAI_LOSS_BARLOW, .beta = 0.01, .bt_norm = NAI_BT_THESIS}},
        {"barlow fastssl", {.kind = NAI_LOSS_BARLOW, .beta = 0.01, .bt_norm = NAI_BT_FASTSSL}},
        {"barlow official eq10", {.kind = NAI_LOSS_BARLOW, .beta = 0.01, .bt_form = NAI_BT_EQ10}},
        {"vicreg official", {.kind = NAI_LOSS_VICREG, .inv = 25, .var = 25, .cov = 1}},
        {"simclr", {.kind = NAI_LOSS_SIMCLR, .temperature = 0.5}},
        {"byol", {.kind = NAI_LOSS_BYOL}},
        {"spectral", {.kind = NAI_LOSS_SPECTRAL}},
        {"mse", {.kind = NAI_LOSS_MSE}},
    };
    const int threads = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 2;
    const int repeats = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 7;
    struct nai_err err = {0};
    struct nai_device *dev;

    nai_blas_init(threads);
    if (repeats < 1 || repeats > MOST ||
        nai_device_open(&dev, "cpu", NAI_F32, threads, &err) != NAI_OK) {
        fprintf(stderr, "loss: %s\n", err.code ? err.msg : "1 to 101 repeats");
        return 1;
    }
    printf("loss\tviews\tn\td\tms\n");
    for (size_t l = 0; l < sizeof losses / sizeof *losses; l++)
        for (size_t m = 2; m <= 4; m += 2)
            for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
                struct nai_loss_spec s = losses[l].spec;
                s.views = m;
                s.n = 256;
                s.d = widths[w];
                printf("%s\t%zu\t%zu\t%zu\t%.3g\n", losses[l].name, m, s.n, s.d,
                       1e3 * median(dev, &s, repeats));
            }
    nai_device_close(dev);
    return 0;
}
