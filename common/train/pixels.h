/* pixels.h - what is taken off pixels before a trained network sees them
 * SPDX-License-Identifier: MIT */
#ifndef NAI_PIXELS_H
#define NAI_PIXELS_H

#include "checkpoint.h"
#include "input.h"

/* nai_model_pixels - in->mean and in->std become the model's own, if it says both: *said.
 * NAI_EINPUT, naming the model, for a deviation that is not positive; NAI_ESYSTEM. */
int nai_model_pixels(bool *said, struct nai_input *in, const struct nai_weights *w,
                     const char *model, struct nai_err *err);

#endif
