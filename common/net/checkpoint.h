/* checkpoint.h - models in streams, and out of them
 * SPDX-License-Identifier: MIT
 *
 * A stream of kind "model": a tensor section for each parameter and buffer, named as in the graph;
 * meta.arch the canonical line, meta.mean and meta.std (0..255) the preprocessing. A checkpoint of
 * training also has sections "optimizer/STATE/NAME" and "target/NAME", and meta.train. Models
 * follow one another in one stream (checkpoints of one training). */
#ifndef NAI_CHECKPOINT_H
#define NAI_CHECKPOINT_H

#include "model.h"
#include "nts.h"

struct json_t;

/* One model of a stream, read whole to host memory. */
struct nai_weights {
    struct nts_header *h; /* a copy */
    void **data;          /* data[section]: tdim values of the section's dtype */
};

/* nai_weights_read - the next model of the stream; *more: another follows. NAI_EINPUT for a stream
 * of another kind, or cut short. */
int nai_weights_read(struct nai_weights *w, struct nts_reader *r, bool *more, const char *name,
                     struct nai_err *err);
void nai_weights_free(struct nai_weights *w);

/* nai_weights_last - the last model of the stream, those before it read over. */
int nai_weights_last(struct nai_weights *w, struct nts_reader *r, const char *name,
                     struct nai_err *err);

/* nai_weights_arch - meta.arch, or NULL where the stream does not say (imported safetensors). */
const char *nai_weights_arch(const struct nai_weights *w);

/* nai_weights_pixels - meta.mean and meta.std for c channels; false where it does not say. One
 * value serves all channels. */
bool nai_weights_pixels(const struct nai_weights *w, size_t c, double *mean, double *std);

/*
 * nai_weights_load - the values into a model of the same network, strictly.
 *
 * prefix  in  "" or "target/": of the sections to load
 * except  in  names beginning so may be missing from the model or the stream ("projector.",
 *             "fc."): NULL-terminated list, or NULL
 *
 * NAI_EINPUT naming the first tensor that is missing, extra (num_batches_tracked and names with a
 * '/' aside) or of another shape.
 */
int nai_weights_load(const struct nai_weights *w, struct nai_model *m, const char *prefix,
                     const char *const *except, struct nai_err *err);

/* nai_weights_find - the section called `name` as float or double values of the device's dtype are
 * wanted: its index, or -1. */
int nai_weights_find(const struct nai_weights *w, const char *name);

/* nai_model_declare - the tensor sections of a model, named prefix + name, added to h. */
int nai_model_declare(struct nts_header *h, const struct nai_model *m, const char *prefix,
                      struct nai_err *err);

/* nai_model_write - their values, to sections first, first + 1, ... in the order declared. */
int nai_model_write(struct nts_writer *w, const struct nai_model *m, size_t first,
                    struct nai_err *err);

#endif
