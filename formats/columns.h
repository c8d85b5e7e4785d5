/* columns.h - columns of unequal growth into one file, one after another
 * SPDX-License-Identifier: MIT
 *
 * Rows come with all their columns; npz and safetensors want each column whole. Where the place
 * of a column is known and the output is a regular file, its bytes go there at once; other columns
 * wait in one unnamed temporary file. */
#ifndef NAI_COLUMNS_H
#define NAI_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct nai_columns;

/*
 * nai_columns_new - n empty columns for fd.
 *
 * name  in  of the output, for messages; must outlive the columns
 * crc   in  keep a CRC-32 of each
 */
int nai_columns_new(struct nai_columns **c, int fd, const char *name, size_t n, bool crc,
                    struct nai_err *err);

/* nai_columns_seekable - can bytes be put at any place of the output? */
bool nai_columns_seekable(const struct nai_columns *c);

/* nai_columns_place - column i starts at this offset from where the output began; needs a seekable
 * one, and an empty column. */
void nai_columns_place(struct nai_columns *c, size_t i, uint64_t offset);

/* nai_columns_put - append n bytes to column i. */
int nai_columns_put(struct nai_columns *c, size_t i, const void *data, size_t n,
                    struct nai_err *err);

/* nai_columns_prepend - n bytes before those of column i, which has no place of its own. */
int nai_columns_prepend(struct nai_columns *c, size_t i, const void *data, size_t n,
                        struct nai_err *err);

/* nai_columns_size, nai_columns_crc - of column i so far. */
uint64_t nai_columns_size(const struct nai_columns *c, size_t i);
uint32_t nai_columns_crc(const struct nai_columns *c, size_t i);

/* nai_columns_write - n bytes to the output, after those last written this way. */
int nai_columns_write(struct nai_columns *c, const void *data, size_t n, struct nai_err *err);

/* nai_columns_copy - column i, which has no place of its own, likewise. */
int nai_columns_copy(struct nai_columns *c, size_t i, struct nai_err *err);

/* nai_columns_skip - the next write goes to this offset; needs a seekable output. */
void nai_columns_skip(struct nai_columns *c, uint64_t offset);

/* nai_columns_at - bytes from the output's beginning to the next write. */
uint64_t nai_columns_at(const struct nai_columns *c);

/* nai_columns_end - leave the output positioned after `size` bytes. */
int nai_columns_end(struct nai_columns *c, uint64_t size, struct nai_err *err);

void nai_columns_free(struct nai_columns *c); /* NULL is fine */

#endif
