/* npy_rows.h - the rows of one .npy array, batch after batch, wherever its bytes come from
 * SPDX-License-Identifier: MIT */
#ifndef NAI_NPY_ROWS_H
#define NAI_NPY_ROWS_H

#include "npy_header.h"

/* Where the bytes come from: a file, or a member of an archive. */
struct nai_npy_from {
    const char *name; /* for messages; the caller's */
    void *ctx;
    /* exactly n bytes, or a failure */
    int (*read)(void *ctx, void *dst, size_t n, struct nai_err *err);
    /* go to an offset; NULL when that is not possible or slow */
    int (*seek)(void *ctx, uint64_t at, struct nai_err *err);
    /* NAI_OK when nothing is left to be read */
    int (*end)(void *ctx, struct nai_err *err);
    void (*close)(void *ctx);
};

struct nai_npy_rows {
    struct nai_npy h;
    struct nai_npy_from from;
    uint64_t rows; /* the first dimension */
    size_t count;  /* elements of a row */
    size_t width;  /* bytes of a row */
    uint8_t *buf;  /* u8[room * width]: the batch last read, native byte order */
    size_t room;
    /* Fortran order: rows [first, first + held) as the file has them, element by element */
    uint8_t *block;
    size_t *place; /* size_t[count]: where the file's k-th element of a row belongs in the row */
    uint64_t next, first;
    size_t held, block_rows;
};

/*
 * nai_npy_rows_open - read the header; the source becomes the array's, on failure too.
 *
 * NAI_EINPUT also for rows that are empty. An array without dimensions (h.ndim 0) has no rows to
 * read.
 */
int nai_npy_rows_open(struct nai_npy_rows *a, const struct nai_npy_from *from, struct nai_err *err);

/*
 * nai_npy_rows_start - make room for batches of up to `room` rows.
 *
 * An array of several dimensions in Fortran order scatters each row over the file. Where `from`
 * can seek, blocks of rows are gathered, 64 MiB at a time; elsewhere the array is held whole.
 */
int nai_npy_rows_start(struct nai_npy_rows *a, size_t room, struct nai_err *err);

/* nai_npy_rows_read - the next n rows (at most room, and no more than are left) into buf. */
int nai_npy_rows_read(struct nai_npy_rows *a, size_t n, struct nai_err *err);

/* nai_npy_rows_end - after the last row: NAI_OK when the source is at its end too. */
int nai_npy_rows_end(struct nai_npy_rows *a, struct nai_err *err);

/* nai_npy_rows_close - all zero is fine. */
void nai_npy_rows_close(struct nai_npy_rows *a);

#endif
