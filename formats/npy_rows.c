/* npy_rows.c - see npy_rows.h
 * SPDX-License-Identifier: MIT */
#include "npy_rows.h"

#include <string.h>

#include "mem.h"

enum { BLOCK = 64 << 20 };

static bool scattered(const struct nai_npy_rows *a)
{
    return a->h.fortran && a->count > 1 && a->rows > 1;
}

int nai_npy_rows_open(struct nai_npy_rows *a, const struct nai_npy_from *from, struct nai_err *err)
{
    uint64_t n = 1;
    int st;

    *a = (struct nai_npy_rows){.from = *from};
    st = nai_npy_read(&a->h, from->read, from->ctx, from->name, err);
    if (st)
        return st;
    for (size_t i = 1; i < a->h.ndim; i++)
        if (!nai_mul64(&n, n, a->h.shape[i]) || n > SIZE_MAX)
            return nai_err_set(err, NAI_EINPUT, "%s: the shape is too large", from->name);
    if (n == 0)
        return nai_err_set(err, NAI_EINPUT, "%s: its rows are empty: a dimension is 0", from->name);
    a->rows = a->h.ndim ? a->h.shape[0] : 0;
    a->count = (size_t)n;
    if (!nai_mul(&a->width, a->count, nai_dtype_size(a->h.dtype)) || a->rows > INT64_MAX ||
        !nai_mul64(&n, a->width, a->rows))
        return nai_err_set(err, NAI_EINPUT, "%s: the shape is too large", from->name);
    return NAI_OK;
}

/* Which element of a C-ordered row the k-th of the Fortran-ordered row is. */
static void find_places(struct nai_npy_rows *a)
{
    const size_t nd = a->h.ndim - 1;
    const uint64_t *const shape = a->h.shape + 1;
    size_t index[NTS_MAX_DIMS] = {0}, stride[NTS_MAX_DIMS];
    size_t at = 0;

    for (size_t d = nd, s = 1; d-- > 0; s *= (size_t)shape[d])
        stride[d] = s;
    for (size_t k = 0; k < a->count; k++) {
        a->place[k] = at;
        for (size_t d = 0; d < nd; d++) {
            at += stride[d];
            if (++index[d] < shape[d])
                break;
            at -= stride[d] * index[d];
            index[d] = 0;
        }
    }
}

int nai_npy_rows_start(struct nai_npy_rows *a, size_t room, struct nai_err *err)
{
    a->room = room;
    a->buf = nai_alloc(room, a->width, "a batch of rows", err);
    if (!a->buf)
        return NAI_ESYSTEM;
    if (!scattered(a))
        return NAI_OK;
    a->block_rows = (size_t)a->rows;
    if (a->from.seek) {
        const size_t fit = BLOCK / a->width > room ? BLOCK / a->width : room;
        a->block_rows = fit < a->block_rows ? fit : a->block_rows;
    }
    a->block = nai_alloc(a->block_rows, a->width, "an array in Fortran order", err);
    a->place = nai_alloc(a->count, sizeof *a->place, "the order of a row's elements", err);
    if (!a->block || !a->place)
        return NAI_ESYSTEM;
    find_places(a);
    return NAI_OK;
}

/* Rows from a->next on, as many as a block holds, element by element. */
static int load_block(struct nai_npy_rows *a, struct nai_err *err)
{
    const size_t size = nai_dtype_size(a->h.dtype);
    const uint64_t left = a->rows - a->next;
    const size_t n = left < a->block_rows ? (size_t)left : a->block_rows;
    int st = NAI_OK;

    if (!a->from.seek) {
        st = a->from.read(a->from.ctx, a->block, n * a->width, err);
    } else {
        for (size_t k = 0; !st && k < a->count; k++) {
            st = a->from.seek(a->from.ctx, a->h.data + (k * a->rows + a->next) * size, err);
            if (!st)
                st = a->from.read(a->from.ctx, a->block + k * n * size, n * size, err);
        }
    }
    a->first = a->next;
    a->held = st ? 0 : n;
    return st;
}

static int gather(struct nai_npy_rows *a, size_t n, struct nai_err *err)
{
    const size_t size = nai_dtype_size(a->h.dtype);

    for (size_t done = 0; done < n;) {
        const size_t skip = (size_t)(a->next - a->first);
        const size_t here = skip < a->held ? a->held - skip : 0;
        const size_t part = here < n - done ? here : n - done;

        if (here == 0) {
            const int st = load_block(a, err);
            if (st)
                return st;
            continue;
        }
        for (size_t k = 0; k < a->count; k++) {
            const uint8_t *src = a->block + (k * a->held + skip) * size;
            uint8_t *dst = a->buf + done * a->width + a->place[k] * size;
            for (size_t r = 0; r < part; r++, src += size, dst += a->width)
                memcpy(dst, src, size);
        }
        a->next += part;
        done += part;
    }
    return NAI_OK;
}

static void swap_bytes(uint8_t *p, size_t n, size_t size)
{
    for (uint8_t *const end = p + n * size; p < end; p += size)
        for (size_t i = 0; i < size / 2; i++) {
            const uint8_t t = p[i];
            p[i] = p[size - 1 - i];
            p[size - 1 - i] = t;
        }
}

int nai_npy_rows_read(struct nai_npy_rows *a, size_t n, struct nai_err *err)
{
    const int st =
        scattered(a) ? gather(a, n, err) : a->from.read(a->from.ctx, a->buf, n * a->width, err);

    if (st)
        return st;
    if (a->h.swap)
        swap_bytes(a->buf, n * a->count, nai_dtype_size(a->h.dtype));
    if (a->h.dtype == NAI_BOOL)
        for (size_t i = 0; i < n * a->count; i++)
            if (a->buf[i] > 1)
                return nai_err_set(err, NAI_EINPUT, "%s: a boolean is neither 0 nor 1 but %d",
                                   a->from.name, a->buf[i]);
    return NAI_OK;
}

int nai_npy_rows_end(struct nai_npy_rows *a, struct nai_err *err)
{
    if (scattered(a) && a->from.seek) {
        const int st = a->from.seek(a->from.ctx, a->h.data + a->rows * a->width, err);
        if (st)
            return st;
    }
    return a->from.end(a->from.ctx, err);
}

void nai_npy_rows_close(struct nai_npy_rows *a)
{
    if (a->from.close)
        a->from.close(a->from.ctx);
    nai_free(a->buf);
    nai_free(a->block);
    nai_free(a->place);
    *a = (struct nai_npy_rows){0};
}
