/* table.h - columns of a table by their names
 * SPDX-License-Identifier: MIT */
#ifndef NAI_TABLE_H
#define NAI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct nai_table_column {
    const char *name; /* borrowed */
    bool text;        /* cells are kept as they are; otherwise they are numbers */
    double *v;        /* f64[rows], owned: NaN where the cell is empty */
    char **word;      /* char*[rows], owned */
};

struct nai_table {
    size_t cols, rows, room;
    struct nai_table_column *col; /* owned: col[cols] */
};

/* nai_table_want - add a column to those that will be read; its index, or -1 when out of memory. */
int nai_table_want(struct nai_table *t, const char *name, bool text);

/*
 * nai_table_read - append the rows of a file, "-" for stdin: tab- or comma-separated, the columns
 * named in its first line.
 *
 * NAI_EUSAGE: there is no such column (the nearest is suggested). NAI_EINPUT: a cell of a column
 * of numbers is neither empty nor one, or a row has too few or too many; line and column are named.
 */
int nai_table_read(struct nai_table *t, const char *path, struct nai_err *err);

void nai_table_free(struct nai_table *t);

#endif
