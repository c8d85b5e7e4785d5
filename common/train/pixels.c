/* pixels.c - what is taken off pixels before a trained network sees them
 * SPDX-License-Identifier: MIT */
#include "pixels.h"

#include <math.h>
#include <string.h>

#include "mem.h"

int nai_model_pixels(bool *said, struct nai_input *in, const struct nai_weights *w,
                     const char *model, struct nai_err *err)
{
    const size_t c = in->c;
    double *const mean = nai_alloc(c, 2 * sizeof *mean, "means", err);
    double *const std = mean ? mean + c : NULL;
    int rc = mean ? NAI_OK : NAI_ESYSTEM;

    *said = mean && nai_weights_pixels(w, c, mean, std);
    for (size_t k = 0; rc == NAI_OK && *said && k < c; k++)
        if (!isfinite(mean[k]) || !isfinite(std[k]) || !(std[k] > 0))
            rc = nai_err_set(err, NAI_EINPUT, "%s: meta.mean %g and meta.std %g will not do", model,
                             mean[k], std[k]);
    if (rc == NAI_OK && *said) {
        memcpy(in->mean, mean, c * sizeof *mean);
        memcpy(in->std, std, c * sizeof *std);
    }
    nai_free(mean);
    return rc;
}
