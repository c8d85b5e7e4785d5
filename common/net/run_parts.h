/* run_parts.h - what a run is made of: cells for nodes, slots for memory, a table of kinds
 * SPDX-License-Identifier: MIT
 *
 * Time counts steps: forward of node i is step i, its backward step 2 N - 1 - i. A slot is a piece
 * of the arena with the first and last step that uses it; slots whose times do not meet may lie in
 * the same place.
 *
 * With tangents, that of node i's value is made at step N + i, and its backward is step 3 N - 1 -
 * i. Each slot that varies with the parameters then has a twin, which holds its tangent: beside the
 * value, the gradient and the state of a node lie those of their tangents, in the same way. */
#ifndef NAI_RUN_PARTS_H
#define NAI_RUN_PARTS_H

#include "conv2d.h"
#include "run.h"

struct nai_slot {
    size_t count; /* elements */
    int first, last;
    size_t offset;
    bool passed; /* the value of two nodes */
    int twin;    /* the slot of the tangent, -1: none */
};

/* What planning has to know of a node's functions. */
enum nai_traits {
    NAI_KEEPS_X = 1,       /* backward reads x */
    NAI_KEEPS_Y = 2,       /* backward reads y */
    NAI_Y_MAY_BE_X = 4,    /* forward may overwrite x */
    NAI_Y_MAY_BE_X2 = 8,   /* forward may overwrite the second input */
    NAI_Y_IS_X = 16,       /* nothing to compute */
    NAI_DX_MAY_BE_DY = 32, /* backward may overwrite dy */
    NAI_DX_IS_DY = 64,     /* the gradient of x is dy after backward, */
    NAI_DX2_IS_DY = 128,   /* that of the second input likewise */
    NAI_CHANGES_DY = 256   /* backward changes dy */
};

/* What is done with a contribution to the gradient of a node's input. */
enum nai_edge_kind {
    NAI_EDGE_NONE,  /* no gradient wanted, or already in place */
    NAI_EDGE_WRITE, /* backward writes to slot */
    NAI_EDGE_ADD,   /* backward writes to slot, or it is dy: then added to the input's gradient */
    NAI_EDGE_COPY   /* slot is dy: copied to the input's gradient */
};

struct nai_edge {
    enum nai_edge_kind kind;
    int slot;
};

struct nai_cell {
    bool needed;  /* on the way to the last node or a kept one */
    bool skipped; /* a convolution computed by the node after it */
    bool kept;
    bool flows;  /* a gradient is wanted */
    bool shared; /* its gradient lies where another node's does */
    int conv;    /* the convolution computed here, -1: none */
    int in[2];   /* nodes read, of the skipped convolution too; -1: none */
    unsigned traits;
    struct nai_shape shape;
    int readers, last_reader, reader_before; /* nodes that read it */
    bool x_kept;                             /* a reader's backward needs its value */
    int value, grad, state;                  /* slots, -1: none */
    struct nai_edge edge[2];
    size_t state_count, work, spare; /* elements; spare: scratch of tangents */
    struct nai_conv2d *plan, *sum;   /* sum: adds to what is there, for tangents */
};

struct nai_run {
    struct nai_model *m;
    struct nai_device *d;
    const struct nai_graph *g;
    struct nai_run_opts o; /* with defaults filled in */
    bool backward;         /* can follow */
    size_t nslots, capacity;
    struct nai_slot *slot;
    struct nai_cell *cell; /* [graph->nnodes] */
    size_t arena_count;
    struct nai_buf *arena;
    int work, spare, fetch; /* slots */
    bool twins;             /* what is read and written is the tangents */
    bool no_weights;        /* backward leaves the gradients of parameters out */
    uint64_t key[2];
};

struct nai_kind {
    /* The shape of the cell, its traits, sizes of state and work, and plans; inputs are done. */
    int (*open)(struct nai_run *r, int i, struct nai_err *err);
    void (*forward)(struct nai_run *r, int i);
    void (*backward)(struct nai_run *r, int i); /* NULL: has none */

    /* The tangent of the node's value; and those of its input's gradient and of its parameters'
     * gradients, called before backward, which leaves dy as it finds it no longer. Both NULL where
     * the node is linear: forward and backward of tangents are those of values then. */
    void (*tangent)(struct nai_run *r, int i);
    void (*backward_tangent)(struct nai_run *r, int i);
};

extern const struct nai_kind nai_kind_input, nai_kind_conv, nai_kind_fused, nai_kind_batchnorm,
    nai_kind_act, nai_kind_maxpool, nai_kind_avgpool, nai_kind_globalpool, nai_kind_adaptpool,
    nai_kind_flatten, nai_kind_linear, nai_kind_layernorm, nai_kind_tokens, nai_kind_attention,
    nai_kind_add, nai_kind_first, nai_kind_mean, nai_kind_shortcut_a, nai_kind_dropout;

/* nai_run_plan - slots and their places; then the arena is allocated. */
int nai_run_plan(struct nai_run *r, struct nai_err *err);

/* nai_shape_error - "layer: a picture of HxW is too small" and the like; NAI_EUSAGE. */
int nai_layer_error(const struct nai_run *r, int i, struct nai_err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The memory of a slot, NULL for -1. */
struct nai_buf *nai_slot_buf(const struct nai_run *r, int slot);

/* That of its twin: the tangent; NULL where there is none: nothing varies. */
struct nai_buf *nai_twin_buf(const struct nai_run *r, int slot);

/* ---- what kinds read and write; with r->twins set, the tangents of it ---- */

static inline struct nai_buf *nai_either_buf(const struct nai_run *r, int slot)
{
    return r->twins ? nai_twin_buf(r, slot) : nai_slot_buf(r, slot);
}

static inline struct nai_buf *nai_value(const struct nai_run *r, int node)
{
    return node < 0 ? NULL : nai_either_buf(r, r->cell[node].value);
}

/* The gradient of a node's value, as its backward finds it. */
static inline struct nai_buf *nai_dy(const struct nai_run *r, int i)
{
    return nai_either_buf(r, r->cell[i].grad);
}

/* Where a node's backward writes its first input's gradient; NULL: nobody wants it. */
static inline struct nai_buf *nai_dx(const struct nai_run *r, int i)
{
    return nai_either_buf(r, r->cell[i].edge[0].slot);
}

static inline struct nai_buf *nai_state(const struct nai_run *r, int i)
{
    return nai_slot_buf(r, r->cell[i].state);
}

/* The tangents of a parameter and of its gradient; NULL for -1, and for buffers: constants. */
static inline struct nai_buf *nai_tparam(const struct nai_run *r, int tensor)
{
    return tensor < 0 ? NULL : nai_model_part(r->m, r->m->tw, (size_t)tensor);
}

static inline struct nai_buf *nai_tdparam(const struct nai_run *r, int tensor)
{
    return tensor < 0 ? NULL : nai_model_part(r->m, r->m->tg, (size_t)tensor);
}

/* A tensor of the model; NULL for -1. */
static inline struct nai_buf *nai_param(const struct nai_run *r, int tensor)
{
    if (r->twins)
        return nai_tparam(r, tensor);
    return tensor < 0 ? NULL : nai_model_tensor(r->m, (size_t)tensor);
}

/* Its gradient; NULL also where no gradients of parameters are wanted. */
static inline struct nai_buf *nai_dparam(const struct nai_run *r, int tensor)
{
    if (r->twins)
        return nai_tdparam(r, tensor);
    return tensor < 0 || r->no_weights ? NULL : nai_model_grad(r->m, (size_t)tensor);
}

/* ---- the tangents of what the functions above give, for kinds that need both ---- */

static inline struct nai_buf *nai_tvalue(const struct nai_run *r, int node)
{
    return node < 0 ? NULL : nai_twin_buf(r, r->cell[node].value);
}

static inline struct nai_buf *nai_tdy(const struct nai_run *r, int i)
{
    return nai_twin_buf(r, r->cell[i].grad);
}

static inline struct nai_buf *nai_tdx(const struct nai_run *r, int i)
{
    return nai_twin_buf(r, r->cell[i].edge[0].slot);
}

static inline struct nai_buf *nai_tstate(const struct nai_run *r, int i)
{
    return nai_twin_buf(r, r->cell[i].state);
}

/* The shape of a node's first input. */
static inline const struct nai_shape *nai_from(const struct nai_run *r, int i)
{
    return &r->cell[r->cell[i].in[0]].shape;
}

/* Rows of c values: of rows or tokens. */
static inline size_t nai_row_count(const struct nai_shape *s)
{
    return s->n * s->h * s->w;
}

#endif
