/* bytes.h - the bytes of a file or pipe in order, decompressed when they are gzip
 * SPDX-License-Identifier: MIT
 *
 * Messages begin with the name of the file. NAI_ESYSTEM for I/O, NAI_EINPUT for damaged gzip data.
 */
#ifndef NAI_BYTES_H
#define NAI_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct nai_bytes;

/*
 * nai_bytes_open - open path; "-" is stdin.
 *
 * b      out  close with nai_bytes_close; NULL on failure
 * again  in   nai_bytes_rewind will be wanted: a pipe is then held in memory as it is read
 *
 * gzip is told by its first bytes, not by the name; members that follow one another continue the
 * data, and zeros after the last are ignored, as gzip(1) does.
 */
int nai_bytes_open(struct nai_bytes **b, const char *path, bool again, struct nai_err *err);

/* nai_bytes_read - the next n bytes into dst; *got is less than n only at the end. */
int nai_bytes_read(struct nai_bytes *b, void *dst, size_t n, size_t *got, struct nai_err *err);

/* nai_bytes_exact - the next n bytes; NAI_EINPUT "truncated in WHAT" when there are fewer. */
int nai_bytes_exact(struct nai_bytes *b, void *dst, size_t n, const char *what,
                    struct nai_err *err);

/* nai_bytes_seek - go to offset `at` of the decompressed bytes. Forward in a plain file costs
 * nothing, in gzip the bytes between are decompressed; backward starts over. */
int nai_bytes_seek(struct nai_bytes *b, uint64_t at, struct nai_err *err);

/* nai_bytes_rewind - back to the start; needs `again` when this is not a regular file. */
int nai_bytes_rewind(struct nai_bytes *b, struct nai_err *err);

/* nai_bytes_end - NAI_OK when every byte was read, else NAI_EINPUT: "more bytes than ...". */
int nai_bytes_end(struct nai_bytes *b, struct nai_err *err);

/* nai_bytes_at - offset, in decompressed bytes, of the next byte. */
uint64_t nai_bytes_at(const struct nai_bytes *b);

/* nai_bytes_size - length of a plain regular file; UINT64_MAX for pipes and gzip. */
uint64_t nai_bytes_size(const struct nai_bytes *b);

/* nai_bytes_name - for messages: the path, or "<stdin>". */
const char *nai_bytes_name(const struct nai_bytes *b);

void nai_bytes_close(struct nai_bytes *b); /* NULL is fine */

#endif
