/* import.h - foreign files as sources of rows: one opener per format
 * SPDX-License-Identifier: MIT
 *
 * Each opener reads as far as it must to know the header (fields, class names), fills *s as
 * source.h says, and returns NAI_OK; on failure *s is left zeroed. Messages begin with the name of
 * the file they are about. NAI_ESYSTEM when a file cannot be opened or read, NAI_EINPUT when it is
 * not what it should be, NAI_EUSAGE when an option cannot apply to it. Files are read once, in
 * order, unless said otherwise, and may be compressed with gzip where zlib is named. A source
 * belongs to one thread; its rows are the same whatever o->threads. */
#ifndef NAI_IMPORT_H
#define NAI_IMPORT_H

#include "source.h"

enum nai_fit { NAI_FIT_CROP, NAI_FIT_STRETCH };

/* Is the first line names? AUTO refuses a first line of numbers only, which could be either. */
enum nai_csv_header { NAI_HEADER_AUTO, NAI_HEADER_YES, NAI_HEADER_NO };

/* What nai-import's options say; all zero is the default of each. Strings stay the caller's and
 * must outlive the source. */
struct nai_import {
    const char *split;   /* train, test or unlabeled; NULL: all there is */
    const char *labels;  /* label file or NULL */
    const char *classes; /* names of the classes, split by commas, or NULL */

    const char *label; /* csv: column that holds the label, or NULL */
    int header;        /* csv: enum nai_csv_header */

    size_t size; /* images: resize to size x size; 0: all must be of equal size */
    int filter;  /* images: enum nai_filter of resize.h */
    int fit;     /* images: enum nai_fit */

    const char *arch; /* safetensors: name of the architecture */
    const char *mean; /* safetensors: R,G,B the network expects to be subtracted */
    const char *std;  /* safetensors: R,G,B it expects to be divided by */
    bool as_rows;     /* safetensors: tensors are fields that share rows, not a model */

    const char *select; /* npz: names of the arrays wanted, split by commas; NULL: all */

    const char *var;   /* mat: variable to read, with members and indices */
    const char *rows;  /* mat: axes that become rows, counted from 1, the last fastest; NULL: 1 */
    const char *order; /* mat: the other axes, in the order wanted; NULL: ascending */
    size_t fields;     /* mat: axis whose entries become fields r1, r2, ...; 0: none */
    size_t halves;     /* mat: axis averaged into fields r1 and r2; 0: none */

    size_t threads; /* images: files decoded at the same time; 0: one */
};

/*
 * nai_idx_open - IDX (the MNIST family), gzip or not.
 *
 * images  in  name of the file of rows; its first dimension counts them
 * labels  in  name of a rank-1 file of as many integers, or NULL
 *
 * Fields: x, u8 [1,H,W] for rank-3 unsigned bytes, else the file's type and dims[1:]; y i32.
 */
int nai_idx_open(struct nai_source *s, const char *images, const char *labels,
                 const struct nai_import *o, struct nai_err *err);

/*
 * nai_cifar_open - CIFAR-10 or CIFAR-100, binary version.
 *
 * path     in  a folder, a tar archive (gzip or not) or one .bin file
 * classes  in  10 or 100
 *
 * Fields: x u8 [3,32,32], y i32 and, for CIFAR-100, y_coarse i32. Batches come in numeric order,
 * train before test, whatever the order of an archive's members: an archive is read once to list
 * it, and again from its start whenever the next batch lies before the last.
 */
int nai_cifar_open(struct nai_source *s, const char *path, int classes, const struct nai_import *o,
                   struct nai_err *err);

/*
 * nai_stl10_open - STL-10, binary version: a folder or a tar archive (gzip or not).
 *
 * Fields: x u8 [3,96,96] (the file's columns become rows), and y i32 in 0..9, one less than in the
 * file. Without o->split: train, then test. The unlabeled images come only when asked for, and
 * have no y.
 */
int nai_stl10_open(struct nai_source *s, const char *path, const struct nai_import *o,
                   struct nai_err *err);

/*
 * nai_images_open - a folder of PNG and JPEG files, or of one folder of them for each class.
 *
 * Fields: x u8 [C,H,W], C = 1 or 3, and y i32 for class folders. Classes and files come in the
 * order of their names' bytes.
 */
int nai_images_open(struct nai_source *s, const char *dir, const struct nai_import *o,
                    struct nai_err *err);

/*
 * nai_csv_open - comma- or tab-separated values, RFC 4180, gzip or not; path "-" is stdin.
 *
 * Fields: x f64 [D], meta.columns naming the D columns; with o->label also y i32.
 */
int nai_csv_open(struct nai_source *s, const char *path, const struct nai_import *o,
                 struct nai_err *err);

/*
 * nai_npy_open - .npy arrays, gzip or not; "-" is stdin.
 *
 * files  in  char*[n]  one file becomes field x; several, with equal first dimensions, a field
 *            each, named by its file
 *
 * Fields: the file's type, shape dims[1:]; with o->labels (one integer a row) also y i32. An array
 * in Fortran order needs a seekable file, or is held in memory.
 */
int nai_npy_open(struct nai_source *s, char *const *files, size_t n, const struct nai_import *o,
                 struct nai_err *err);

/* nai_npz_open - an .npz archive: its arrays, or those of o->select, share the first dimension and
 * become a field each. Arrays in Fortran order are held in memory. */
int nai_npz_open(struct nai_source *s, const char *path, const struct nai_import *o,
                 struct nai_err *err);

/*
 * nai_safetensors_open - a .safetensors file; "-" is stdin.
 *
 * A model, each tensor a section, in the order of the file, with meta.arch, meta.mean and meta.std
 * as o says and meta.safetensors as the file says. With o->as_rows, a data set whose fields are
 * the tensors; several need a seekable file.
 */
int nai_safetensors_open(struct nai_source *s, const char *path, const struct nai_import *o,
                         struct nai_err *err);

/*
 * nai_mat_open - one variable of a MATLAB file: v4, v5 or v7.3.
 *
 * o->var names it: name, name.member, name(3).member, name{2}; name(:).member stacks a member of
 * every element of a structure (or cell) array along a new first axis. Axes count from 1, as in
 * MATLAB. Fields: x, or r1, r2, ... for o->fields and o->halves; the class decides the type
 * (logical: bool; halves: f64). Axes of length 1 vanish unless o->order lists them.
 *
 * o->halves averages the odd and the even entries along an axis, counting, for each element, only
 * those that are not NaN; where a half has none, its mean is NaN.
 *
 * A v7.3 variable is read in slabs of up to 64 MiB along the first of o->rows, others whole.
 */
int nai_mat_open(struct nai_source *s, const char *path, const struct nai_import *o,
                 struct nai_err *err);

#endif
