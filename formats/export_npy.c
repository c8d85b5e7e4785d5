/* export_npy.c - one field or tensor as a .npy array
 * SPDX-License-Identifier: MIT
 *
 * The header's length does not depend on the number of rows, so that it can be written last. */
#include <stdlib.h>

#include "columns.h"
#include "export.h"
#include "mem.h"
#include "npy_header.h"

struct state {
    struct nai_columns *out;
    struct nai_pick *pick;
    enum nai_dtype dtype; /* as written */
    uint64_t elements;    /* so far */
    bool later;           /* the header is written at the end */
    bool direct;          /* rows go to the output as they come */
    float *wide;          /* f32[wide_n]: bf16 widened */
    size_t wide_n;
};

static int write_header(struct state *st, struct nai_err *err)
{
    char head[NAI_NPY_ROOM];
    size_t n;
    const int rc = nai_npy_format(head, &n, st->dtype, st->pick->ndim, st->pick->shape, err);

    return rc ? rc : nai_columns_write(st->out, head, n, err);
}

static int put(struct nai_target *t, const struct nts_batch *b, struct nai_err *err)
{
    struct state *const st = t->state;
    const size_t n = b->rows * st->pick->count;
    const void *data;
    size_t bytes = n * nai_dtype_size(st->dtype);

    if (b->section != st->pick->section)
        return NAI_OK;
    data = b->data[st->pick->field];
    if (st->dtype != st->pick->dtype) {
        if (n > st->wide_n) {
            nai_free(st->wide);
            st->wide_n = 0;
            if (!(st->wide = nai_alloc(n, sizeof *st->wide, "a batch of rows", err)))
                return NAI_ESYSTEM;
            st->wide_n = n;
        }
        nai_widen(st->wide, data, n);
        data = st->wide;
    }
    st->elements += n;
    return st->direct ? nai_columns_write(st->out, data, bytes, err)
                      : nai_columns_put(st->out, 0, data, bytes, err);
}

static int finish(struct nai_target *t, struct nai_err *err)
{
    struct state *const st = t->state;
    uint64_t end;
    int rc = NAI_OK;

    if (st->later) {
        st->pick->shape[0] = st->elements / st->pick->count;
        end = nai_columns_at(st->out);
        if (st->direct)
            nai_columns_skip(st->out, 0);
        rc = write_header(st, err);
        if (!rc && st->direct)
            nai_columns_skip(st->out, end);
        else if (!rc)
            rc = nai_columns_copy(st->out, 0, err);
    }
    return rc ? rc : nai_columns_end(st->out, nai_columns_at(st->out), err);
}

static void close_all(struct nai_target *t)
{
    struct state *const st = t->state;

    nai_columns_free(st->out);
    nai_export_unpick(st->pick, 1);
    nai_free(st->wide);
    free(st);
}

int nai_npy_create(struct nai_target *t, int fd, const char *name, const struct nts_header *h,
                   const struct nai_export *o, struct nai_err *err)
{
    struct state *const st = calloc(1, sizeof *st);
    int rc;

    *t = (struct nai_target){0};
    if (!st)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", name);
    *t = (struct nai_target){.state = st, .put = put, .finish = finish, .close = close_all};
    rc = nai_export_one(&st->pick, h, o->fields, err);
    if (!rc)
        rc = nai_columns_new(&st->out, fd, name, 1, false, err);
    if (!rc) {
        st->dtype = st->pick->dtype == NAI_BF16 ? NAI_F32 : st->pick->dtype;
        st->later = !st->pick->known;
        st->direct = st->pick->known || nai_columns_seekable(st->out);
        if (!st->direct)
            t->note = "the number of rows is not known: they wait in a temporary file";
        rc = st->direct ? write_header(st, err) : NAI_OK;
    }
    if (rc)
        nai_target_close(t);
    return rc;
}
