/* mat_var.h - one variable of a MATLAB file, found by its path
 * SPDX-License-Identifier: MIT */
#ifndef NAI_MAT_VAR_H
#define NAI_MAT_VAR_H

#include <matio.h>

#include "dtype.h"
#include "err.h"

enum { NAI_MAT_DIMS = 16 };

struct nai_mat_var {
    mat_t *file;
    matvar_t *top;   /* the variable whose members the leaves are; owned */
    matvar_t **leaf; /* leaf[n]: the array, or one of each element when stacked; of top */
    size_t n;
    bool stacked; /* axis 0 counts the leaves */
    bool slabs;   /* parts of a leaf can be read (v7.3) */
    enum nai_dtype dtype;
    size_t rank;
    size_t dims[NAI_MAT_DIMS];
    size_t count; /* elements of one leaf */
};

/*
 * nai_mat_var_open - find a variable; none of its data is read, save small members that matio
 * reads along with their structure.
 *
 * path  in  file
 * name  in  "a", "a.b", "a(3).b", "a(2,1).b", "a{3}", "a(:).b"; NULL is an error that lists what
 *           there is
 *
 * A file of version 4 or 5 is checked as a whole first, see mat_check.h.
 *
 * NAI_EUSAGE when there is no such variable or member (what there is, is listed), NAI_EINPUT for
 * one that is no dense real array of numbers or logicals, and for a file that is truncated or
 * damaged. v must be closed either way.
 */
int nai_mat_var_open(struct nai_mat_var *v, const char *path, const char *name,
                     struct nai_err *err);

/*
 * nai_mat_var_read - all elements of leaf i, first axis fastest, into dst.
 *
 * matio reads all of a leaf of v4 and v5 files: slabs of compressed members of more than two
 * dimensions come out wrong up to matio 1.5.30, and inflating from the start is needed anyway.
 */
int nai_mat_var_read(struct nai_mat_var *v, size_t i, void *dst, struct nai_err *err);

/* nai_mat_var_slab - entries [start, start + n) along an axis of the only leaf; needs slabs. */
int nai_mat_var_slab(struct nai_mat_var *v, size_t axis, size_t start, size_t n, void *dst,
                     struct nai_err *err);

/* nai_mat_var_text - "175x175x3". */
char *nai_mat_var_text(char *buf, size_t size, size_t rank, const size_t *dims);

void nai_mat_var_close(struct nai_mat_var *v); /* all zero is fine */

#endif
