/* layout.c - test of layout.h
 * SPDX-License-Identifier: MIT
 *
 * References are the definitions, element by element; gradients are adjoints. */
#include "layout.h"

#include "layers.h"

static const double mean3[] = {125.25, 122.5, 100}, std3[] = {63, 62.125, 66.5};

/* Views 0 and 1 of an image lie side by side: view 1 of each. */
static void upload(struct nai_device *d, size_t block, int type, bool plain)
{
    const struct nai_shape s = {3, 3, 5, 7, block};
    const size_t size = 3 * 5 * 7, stride = 2 * size;
    static const double zero[3] = {0}, one[3] = {1, 1, 1};
    const double *const mean = plain ? zero : mean3, *const std = plain ? one : std3;
    uint8_t u8[3 * 2 * 3 * 5 * 7];
    float f32[COUNT(u8)];
    double f64[COUNT(u8)], want[3 * 3 * 5 * 7], got[COUNT(want)];
    struct nai_buf *y = put_shape(d, &s, NULL);

    for (size_t i = 0; i < COUNT(u8); i++) {
        u8[i] = (uint8_t)((draw(61, i) + 2) * 64);
        f64[i] = u8[i] + (type == 0 ? 0 : draw(62, i) / 3);
        f32[i] = (float)f64[i];
        if (type == 1)
            f64[i] = (double)f32[i];
    }
    if (type == 0)
        d->image->upload_u8(d, &s, u8 + size, stride, mean, std, y);
    else if (type == 1)
        d->image->upload_f32(d, &s, f32 + size, stride, mean, std, y);
    else
        d->image->upload_f64(d, &s, f64 + size, stride, mean, std, y);
    for (size_t i = 0; i < COUNT(want); i++) {
        const size_t c = i / 35 % 3;
        want[i] = (f64[size + i / size * stride + i % size] - mean[c]) / std[c];
        if (d->dtype == NAI_F32)
            want[i] = (double)(float)want[i];
    }
    const bool clean = get_shape(d, &s, y, got);
    ok(memcmp(got, want, sizeof got) == 0 && clean,
       "upload %s%s, every second view, block %zu, f%zu",
       type == 0   ? "u8"
       : type == 1 ? "f32"
                   : "f64",
       plain ? " as it is" : "", block, 8 * d->size);
    d->memory->free(d, y);
}

static void reorder(struct nai_device *d, size_t bx, size_t by)
{
    const struct nai_shape sx = {2, 19, 9, 11, bx}, sy = {2, 19, 9, 11, by};
    const size_t n = 2 * 19 * 99;
    double *const x = drawn(63, n), *const got = doubles(n);
    struct nai_buf *b[] = {put_shape(d, &sx, x), put_shape(d, &sy, NULL)};

    d->image->reorder(d, &sx, b[0], &sy, b[1]);
    const bool clean = get_shape(d, &sy, b[1], got);
    ok(clean && memcmp(got, x, n * sizeof *x) == 0, "block %zu to %zu, f%zu", bx, by, 8 * d->size);
    drop(d, b, COUNT(b));
    free(x);
    free(got);
}

/* The definition: y[n][c + before][i][j] = x[n][c][i * stride][j * stride], else 0; and the adjoint
 * of it: <shortcut(x), w> = <x, backward(w)> with dx the definition's scatter. */
static void shortcut(struct nai_device *d, size_t bx, size_t by, size_t h, size_t stride,
                     size_t before)
{
    const struct nai_shape sx = {2, 13, h, h + 1, bx};
    const struct nai_shape sy = {2, 26, (h + stride - 1) / stride, (h + stride) / stride, by};
    const size_t nx = 2 * 13 * h * (h + 1), ny = 2 * 26 * sy.h * sy.w;
    double *const x = drawn(64, nx), *const w = drawn(65, ny), *const y = doubles(ny),
                  *const dx = doubles(nx), *const want = doubles(ny), *const back = doubles(nx);
    struct nai_buf *b[] = {put_shape(d, &sx, x), put_shape(d, &sy, NULL), put_shape(d, &sy, w),
                           put_shape(d, &sx, NULL)};

    for (size_t n = 0; n < 2; n++)
        for (size_t c = 0; c < 13; c++)
            for (size_t i = 0; i < sy.h; i++)
                for (size_t j = 0; j < sy.w; j++) {
                    const size_t to = ((n * 26 + c + before) * sy.h + i) * sy.w + j;
                    const size_t from = ((n * 13 + c) * h + i * stride) * (h + 1) + j * stride;
                    want[to] = x[from];
                    back[from] = w[to];
                }
    d->image->shortcut_a(d, &sx, b[0], stride, before, &sy, b[1]);
    d->image->shortcut_a_backward(d, &sy, b[2], stride, before, &sx, b[3]);
    bool clean = get_shape(d, &sy, b[1], y);
    clean = get_shape(d, &sx, b[3], dx) && clean;
    ok(clean && memcmp(y, want, ny * sizeof *y) == 0 && memcmp(dx, back, nx * sizeof *x) == 0,
       "option A, blocks %zu and %zu, height %zu, stride %zu, %zu before, f%zu", bx, by, h, stride,
       before, 8 * d->size);
    drop(d, b, COUNT(b));
    free(x);
    free(w);
    free(y);
    free(dx);
    free(want);
    free(back);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const both[] = {device(NAI_F32), device(NAI_F64)};
    static const size_t blocks[] = {1, 16, 3}, wide[] = {1, 16, 19, 4};

    for (size_t k = 0; k < 2; k++) {
        struct nai_device *const d = both[k];
        for (size_t i = 0; i < COUNT(blocks); i++)
            for (int type = 0; type < 3; type++) {
                upload(d, blocks[i], type, false);
                upload(d, blocks[i], type, true);
            }
        for (size_t i = 0; i < COUNT(wide); i++)
            for (size_t j = 0; j < COUNT(wide); j++)
                reorder(d, wide[i], wide[j]);
        shortcut(d, 1, 1, 8, 2, 6);
        shortcut(d, 16, 16, 7, 2, 6);
        shortcut(d, 16, 16, 8, 1, 13);
        shortcut(d, 13, 26, 9, 2, 0);
        shortcut(d, 16, 1, 9, 3, 7);
    }
    nai_device_close(both[0]);
    nai_device_close(both[1]);
    return tap_end();
}
