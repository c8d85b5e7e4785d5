/* mat_check.h - is a MATLAB file whole?
 * SPDX-License-Identifier: MIT */
#ifndef NAI_MAT_CHECK_H
#define NAI_MAT_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"

/*
 * nai_mat_check - every variable of a file of version 4 or 5, by its tags and checksums.
 *
 * f     in  the file, anywhere in it
 * path  in  its name, for messages
 * v4    in  it is of version 4, not 5, 6 or 7
 *
 * matio takes what a short read or a failed inflation left for data, so files are checked before
 * it reads them: lengths must fit the file, the elements within a variable must fit and fill it,
 * as many numbers must be there as its dimensions say, and compressed variables must inflate to
 * their Adler-32. Values of uncompressed ones bear no checksum.
 *
 * NAI_EINPUT saying where a file is truncated or damaged. Compressed variables are inflated, all
 * of them; of others only the tags are read.
 */
int nai_mat_check(FILE *f, const char *path, bool v4, struct nai_err *err);

#endif
