/* device.c - the CPU as a device: memory, sub-ranges, names refused
 * SPDX-License-Identifier: MIT */
#include "device.h"

#include <string.h>

#include "../lib/tap.h"
#include "blas.h"

static void memory(enum nai_dtype dtype)
{
    const char *const name = nai_dtype_name(dtype);
    struct nai_device *d = NULL;
    struct nai_err err = {0};
    double in[8] = {1, 2, 3, 4, 5, 6, 7, 8}, out[8] = {0};

    ok(nai_device_open(&d, "cpu", dtype, 1, &err) == NAI_OK, "%s: opens", name);
    if (!d)
        return;
    ok(d->dtype == dtype && d->size == nai_dtype_size(dtype), "%s: its dtype and size", name);
    struct nai_buf *const b = d->memory->alloc(d, 64, "a test", &err);
    ok(b != NULL, "%s: a buffer", name);
    d->memory->download(d, out, b, 64 / d->size);
    ok(memcmp(out, (double[8]){0}, 64 / d->size) == 0, "%s: cleared", name);
    const size_t k = 8 * sizeof(double) / d->size;
    d->memory->upload(d, b, in, k);
    d->memory->download(d, out, d->memory->at(d, b, 16 / d->size), 16 / d->size);
    ok(out[0] == 3 && out[1] == 4, "%s: offsets are in elements", name);
    ok(d->memory->sync(d, &err) == NAI_OK, "%s: nothing failed", name);
    *(int *)d->state = 7;
    ok(d->memory->sync(d, &err) == NAI_ESYSTEM && strstr(err.msg, "status 7"),
       "%s: what failed is reported", name);
    ok(d->memory->sync(d, &err) == NAI_OK, "%s: once", name);
    d->memory->free(d, b);
    nai_device_close(d);
}

int main(void)
{
    struct nai_device *d = NULL;
    struct nai_err err = {0};
    char text[240];

    nai_blas_init(1);
    memory(NAI_F32);
    memory(NAI_F64);
    ok(nai_device_open(&d, "gpu", NAI_F32, 1, &err) == NAI_EUSAGE && !d && strstr(err.msg, "cpu"),
       "no device of that name: %s", err.msg);
    ok(nai_device_open(&d, "cpu", NAI_I8, 1, &err) == NAI_EUSAGE && strstr(err.msg, "i8"),
       "not in that dtype: %s", err.msg);
    if (nai_device_open(&d, "cpu", NAI_F32, 1, &err) == NAI_OK)
        ok(strncmp(nai_device_text(d, text), "cpu: OpenBLAS", 13) == 0, "text: %s", text);
    nai_device_close(d);
    return tap_end();
}
