/* upload.h - rows of views into the input of a run
 * SPDX-License-Identifier: MIT */
#ifndef NAI_UPLOAD_H
#define NAI_UPLOAD_H

#include "input.h"
#include "run.h"

/*
 * nai_upload_views - the views of a group, view by view: sample a * n + b is view a of row b.
 *
 * x  in  nai_input_held(dtype)[n][views][c][h][w]; what is not normalised yet is, with in->mean and
 *        in->std
 */
void nai_upload_views(struct nai_run *r, struct nai_device *d, const struct nai_input *in,
                      size_t group, const void *x, size_t n);

/* nai_upload_rows - the same row by row: sample b * views + a. count: of samples. */
void nai_upload_rows(struct nai_run *r, struct nai_device *d, const struct nai_input *in,
                     size_t group, const void *x, size_t count);

#endif
