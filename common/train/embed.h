/* embed.h - rows through trained networks: the outputs of named layers
 * SPDX-License-Identifier: MIT */
#ifndef NAI_EMBED_H
#define NAI_EMBED_H

#include "block.h"
#include "checkpoint.h"
#include "run.h"

struct nai_embed_opts {
    const char *model, *layers, *arch, *mean, *std, *step, *device;
    bool each, avg;
    size_t batch; /* images, 0: by memory */
    enum nai_dtype dtype;
};

/* One network of the model stream. */
struct nai_embed_net {
    struct nai_weights weights;
    struct nai_model *model;
    struct nai_run *run[NAI_INPUT_GROUPS];
    char step[24]; /* of its training, "" where it does not say */
};

/* One field of the output. */
struct nai_embed_field {
    char name[NTS_MAX_NAME + 1];
    size_t net;
    int node;
    size_t width; /* elements */
    char *rows;   /* owned: of the output's dtype [rows in flight][width] */
    double *sum;  /* owned: f64[rows][width], with views averaged */
};

struct nai_embedder {
    struct nai_cli *cli;
    const struct nai_embed_opts *o;
    struct nai_in in, model;
    struct nai_input input;
    struct nai_device *device;
    size_t nnets, nfields;
    struct nai_embed_net *net;     /* owned */
    struct nai_embed_field *field; /* owned */
    size_t rows;                   /* of the input, in flight */
    struct nai_block block;
    size_t ncarried;
    int *carried;   /* owned: fields of the input that go along, */
    char **kept;    /* owned: and their values for the rows in flight */
    size_t filled;  /* rows in flight now */
    uint64_t first; /* number of the first of them */
    void *fetched;  /* owned: one group's features */
    uint16_t *view; /* owned: numbers of views, and rows where the input has no id */
    uint64_t *id;
};

/*
 * nai_embed_models - read the models asked for (--step: one, all, or the last) to memory.
 *
 * in   in  shape of the data for architectures that do not say, or NULL
 *
 * NAI_EUSAGE: no such step, no --arch where the stream does not say. NAI_EINPUT, NAI_ESYSTEM.
 */
int nai_embed_models(struct nai_embedder *e, const struct nai_input *in, struct nai_err *err);

/* nai_embed_open - models, data, layers, memory, everything up to the first row. */
int nai_embed_open(struct nai_embedder *e, struct nai_cli *cli, const struct nai_embed_opts *o,
                   struct nai_err *err);

/* nai_embed_copy - all rows, from the input to the output. */
int nai_embed_copy(struct nai_embedder *e, struct nai_err *err);

/* nai_embed_forward - the rows in flight through every network, into the fields' rows. */
int nai_embed_forward(struct nai_embedder *e, struct nai_err *err);

/* nai_embed_list - the named layers of the model, with shapes and widths, as a table. */
int nai_embed_list(struct nai_embedder *e, struct nai_cli *cli, const struct nai_embed_opts *o,
                   struct nai_err *err);

/* nai_embed_close - a zeroed one is fine. */
void nai_embed_close(struct nai_embedder *e);

#endif
