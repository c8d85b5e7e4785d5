/* nts_stream.h - streams made in memory, for the tests of libnts
 * SPDX-License-Identifier: MIT */
#ifndef NTS_STREAM_TEST_H
#define NTS_STREAM_TEST_H

#include "nts.h"

struct bytes {
    unsigned char *p;
    size_t n;
};

/* A two-section stream (17 rows of x f32[5] and y i32, 9 rows of z u8[3]) whose rows come in
 * writes of `step` rows; level as in nts_wopts; to a regular file or through a pipe. */
struct bytes stream_make(int level, size_t step, size_t chunk, int threads, int regular,
                         char digest[17]);

/* Read bytes whole; NAI_OK, or the error. *sum hashes what was read (schema and data), and must be
 * as large for two readings to have been identical. */
int stream_read(const unsigned char *p, size_t n, int threads, unsigned long long *sum,
                struct nai_err *err);

/* A descriptor from which those bytes can be read: an unlinked file. */
int stream_fd(const unsigned char *p, size_t n);

#endif
