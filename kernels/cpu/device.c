/* device.c - the CPU as a device
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "device.h"
#include "mem.h"
#include "tables.h"

static struct nai_buf *cpu_alloc(struct nai_device *d, size_t count, const char *what,
                                 struct nai_err *err)
{
    void *p = nai_alloc(count ? count : 1, d->size, what, err);

    if (p)
        memset(p, 0, (count ? count : 1) * d->size);
    return p;
}

static void cpu_free(struct nai_device *d, struct nai_buf *b)
{
    (void)d;
    nai_free(b);
}

static struct nai_buf *cpu_at(const struct nai_device *d, struct nai_buf *b, size_t offset)
{
    return (struct nai_buf *)(void *)((char *)(void *)b + offset * d->size);
}

static void cpu_upload(struct nai_device *d, struct nai_buf *dst, const void *src, size_t count)
{
    memcpy(dst, src, count * d->size);
}

static void cpu_download(struct nai_device *d, void *dst, const struct nai_buf *src, size_t count)
{
    memcpy(dst, src, count * d->size);
}

/* Operations of the CPU cannot fail but in oneDNN, which leaves its status in d->state. */
static int cpu_sync(struct nai_device *d, struct nai_err *err)
{
    int *failed = d->state;
    const int status = *failed;

    *failed = 0;
    return status == 0
               ? NAI_OK
               : nai_err_set(err, NAI_ESYSTEM, "oneDNN: operation failed, status %d", status);
}

static const struct nai_memory_ops cpu_memory = {
    .alloc = cpu_alloc,
    .free = cpu_free,
    .at = cpu_at,
    .upload = cpu_upload,
    .download = cpu_download,
    .sync = cpu_sync,
};

static const struct nai_device cpu_f32 = {
    .name = "cpu",
    .dtype = NAI_F32,
    .size = sizeof(float),
    .memory = &cpu_memory,
    .vector = &nai_cpu_vector_f32,
    .image = &nai_cpu_image_f32,
    .gemm = &nai_cpu_gemm_f32,
#ifdef NAI_DNNL
    .conv2d = &nai_dnnl_conv2d,
#else
    .conv2d = &nai_cpu_conv2d_f32,
#endif
    .batchnorm = &nai_cpu_batchnorm_f32,
    .layernorm = &nai_cpu_layernorm_f32,
    .act = &nai_cpu_act_f32,
    .pool = &nai_cpu_pool_f32,
    .attention = &nai_cpu_attention_f32,
    .token = &nai_cpu_token_f32,
    .dropout = &nai_cpu_dropout_f32,
    .loss = &nai_cpu_loss_f32,
    .optim = &nai_cpu_optim_f32,
};

static const struct nai_device cpu_f64 = {
    .name = "cpu",
    .dtype = NAI_F64,
    .size = sizeof(double),
    .memory = &cpu_memory,
    .vector = &nai_cpu_vector_f64,
    .image = &nai_cpu_image_f64,
    .gemm = &nai_cpu_gemm_f64,
    .conv2d = &nai_cpu_conv2d_f64,
    .batchnorm = &nai_cpu_batchnorm_f64,
    .layernorm = &nai_cpu_layernorm_f64,
    .act = &nai_cpu_act_f64,
    .pool = &nai_cpu_pool_f64,
    .attention = &nai_cpu_attention_f64,
    .token = &nai_cpu_token_f64,
    .dropout = &nai_cpu_dropout_f64,
    .loss = &nai_cpu_loss_f64,
    .optim = &nai_cpu_optim_f64,
};

int nai_device_open(struct nai_device **d, const char *name, enum nai_dtype dtype, int threads,
                    struct nai_err *err)
{
    struct nai_device *dev;

    if (strcmp(name, "cpu") != 0)
        return nai_err_set(err, NAI_EUSAGE, "no device '%s'; there is: cpu", name);
    if (dtype != NAI_F32 && dtype != NAI_F64)
        return nai_err_set(err, NAI_EUSAGE, "device cpu computes in f32 and f64, not in %s",
                           nai_dtype_name(dtype));
    dev = malloc(sizeof *dev);
    if (!dev)
        return nai_err_set(err, NAI_ESYSTEM, "device:");
    *dev = dtype == NAI_F32 ? cpu_f32 : cpu_f64;
    dev->threads = threads;
    dev->state = calloc(1, sizeof(int));
    if (!dev->state) {
        free(dev);
        return nai_err_set(err, NAI_ESYSTEM, "device:");
    }
    *d = dev;
    return NAI_OK;
}

void nai_device_close(struct nai_device *d)
{
    if (d)
        free(d->state);
    free(d);
}

const char *nai_device_text(const struct nai_device *d, char buf[static 240])
{
    char blas[160];

    nai_blas_text(blas);
#ifdef NAI_DNNL
    if (d->dtype == NAI_F32) {
        char dnnl[32];
        snprintf(buf, 240, "%s: %s, %s", d->name, blas, nai_dnnl_text(dnnl));
        return buf;
    }
#endif
    snprintf(buf, 240, "%s: %s", d->name, blas);
    return buf;
}
