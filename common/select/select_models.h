/* select_models.h - a table of models, every cell as it was written
 * SPDX-License-Identifier: MIT */
#ifndef NAI_SELECT_MODELS_H
#define NAI_SELECT_MODELS_H

#include <stdio.h>

#include "err.h"

struct nai_models {
    size_t cols, rows;
    char **head; /* head[cols], into text */
    char **cell; /* cell[rows * cols], into text */
    char *text;  /* owned, as are head and cell */
};

/*
 * nai_models_read - a tab-separated table whose first line names the columns.
 *
 * f     in  read to its end
 * name  in  for messages
 *
 * NAI_EINPUT, with the line: no lines, a line of other than the first one's number of cells, a
 * column without a name or two of one name, bytes that are no text. NAI_ESYSTEM.
 */
int nai_models_read(struct nai_models *m, FILE *f, const char *name, struct nai_err *err);

void nai_models_free(struct nai_models *m);

/* nai_models_column - the index of a column, or cols. */
size_t nai_models_column(const struct nai_models *m, const char *name);

/* nai_models_cell - the text of a cell. */
const char *nai_models_cell(const struct nai_models *m, size_t row, size_t col);

/* nai_models_real - a cell as a number: NaN when it is empty. NAI_EINPUT, naming line and column,
 * when it is no finite number. */
int nai_models_real(double *out, const struct nai_models *m, size_t row, size_t col,
                    const char *name, struct nai_err *err);

/* nai_models_unique - NAI_EINPUT when a cell of the column is empty, or another one's too. */
int nai_models_unique(const struct nai_models *m, size_t col, const char *name,
                      struct nai_err *err);

/*
 * nai_models_command - a command with {COLUMN} replaced by the row's cell.
 *
 * A cell of letters, digits and ._/+-,:@%= stands there as it is; another one, which sh might take
 * for more than text, as "$NAI_CELL_n", an environment variable set here: no cell is ever run.
 * Other braces stay. Returns the command, to be freed; NULL when out of memory.
 */
char *nai_models_command(const struct nai_models *m, size_t row, const char *command);

#endif
