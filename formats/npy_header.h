/* npy_header.h - the header of a NumPy .npy array, read and written
 * SPDX-License-Identifier: MIT
 *
 * The format is NumPy's NEP 1 with versions 1.0, 2.0 and 3.0: a magic string, the length of a
 * Python dictionary, the dictionary {'descr', 'fortran_order', 'shape'}, then the elements. */
#ifndef NAI_NPY_HEADER_H
#define NAI_NPY_HEADER_H

#include "dtype.h"
#include "err.h"
#include "nts.h"

enum {
    NAI_NPY_DIMS = NTS_MAX_DIMS + 1, /* the first counts rows */
    NAI_NPY_PREFIX = 12,             /* magic, version and the longer of the two length fields */
    NAI_NPY_ROOM = 512               /* no header that nai_npy_format writes is longer */
};

struct nai_npy {
    enum nai_dtype dtype;
    bool swap;    /* big-endian, to be swapped */
    bool fortran; /* first index fastest */
    size_t ndim;
    uint64_t shape[NAI_NPY_DIMS];
    uint64_t data; /* offset of the first element */
};

/*
 * nai_npy_read - read and check a header.
 *
 * h     out
 * read  in   gives exactly n bytes of `from`, or fails with a whole message
 * name  in   of the array, for messages
 *
 * NAI_EINPUT for anything but an array of numbers or booleans that a stream can hold: strings,
 * objects, structures, complex numbers, dates and long doubles are refused by name.
 */
int nai_npy_read(struct nai_npy *h,
                 int (*read)(void *from, void *dst, size_t n, struct nai_err *err), void *from,
                 const char *name, struct nai_err *err);

/*
 * nai_npy_parse - the dictionary alone.
 *
 * h     out  all but data
 * text  in   char[n], not terminated
 */
int nai_npy_parse(struct nai_npy *h, const char *text, size_t n, struct nai_err *err);

/* nai_npy_text - "(3, 4)" for a shape, as NumPy prints it; cut short when buf is full. */
char *nai_npy_text(char *buf, size_t size, size_t ndim, const uint64_t *shape);

/*
 * nai_npy_format - the whole header of a little-endian array in C order.
 *
 * buf  out  char[NAI_NPY_ROOM]
 *
 * The same bytes as numpy.save of NumPy 1.24 and later, which leave room for the first dimension
 * to grow: the length does not depend on shape[0], so that it can be patched in when it becomes
 * known. bf16 has no name in the format: NAI_EUSAGE. Returns the length in *len.
 */
int nai_npy_format(char buf[static NAI_NPY_ROOM], size_t *len, enum nai_dtype dtype, size_t ndim,
                   const uint64_t *shape, struct nai_err *err);

#endif
