/* idx.c - IDX, the format of MNIST and its relatives
 * SPDX-License-Identifier: MIT
 *
 * Bytes 0 0 TYPE RANK, RANK sizes as big-endian u32, then the elements, big-endian, last dimension
 * fastest: http://yann.lecun.com/exdb/mnist/ */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "classes.h"
#include "import.h"
#include "mem.h"

enum { MAX_RANK = NTS_MAX_DIMS + 1, BATCH = 1 << 20, ROW_MOST = 1 << 28 };

/* One open IDX file; its header is read. */
struct idx {
    struct nai_bytes *bytes;
    enum nai_dtype type;
    size_t rank, row_bytes;
    uint64_t dim[MAX_RANK];
};

struct state {
    struct idx images, labels; /* labels.bytes is NULL when there are none */
    int32_t classes;           /* 0: not known */
    uint64_t first;
    size_t chunk; /* rows of a batch */
    uint8_t *x, *raw;
    int32_t *y;
    const void *data[2];
};

static bool element_type(enum nai_dtype *t, uint8_t code)
{
    static const struct {
        uint8_t code;
        enum nai_dtype type;
    } known[] = {{0x08, NAI_U8},  {0x09, NAI_I8},  {0x0b, NAI_I16},
                 {0x0c, NAI_I32}, {0x0d, NAI_F32}, {0x0e, NAI_F64}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code) {
            *t = known[i].type;
            return true;
        }
    return false;
}

/* A regular file shows its length at once, so that a wrong one is refused before any row. */
static int check_length(const struct idx *f, uint64_t header, struct nai_err *err)
{
    const uint64_t have = nai_bytes_size(f->bytes);
    uint64_t body;

    if (!nai_mul64(&body, f->dim[0], f->row_bytes) || body > UINT64_MAX / 2)
        return nai_err_set(err, NAI_EINPUT, "%s: impossible size", nai_bytes_name(f->bytes));
    if (have != UINT64_MAX && have != header + body)
        return nai_err_set(err, NAI_EINPUT, "%s: %s: %llu bytes where its header says %llu",
                           nai_bytes_name(f->bytes),
                           have < header + body ? "truncated" : "trailing bytes",
                           (unsigned long long)have, (unsigned long long)(header + body));
    return NAI_OK;
}

static int open_file(struct idx *f, const char *path, struct nai_err *err)
{
    uint8_t head[4], size[4];
    int st = nai_bytes_open(&f->bytes, path, false, err);

    if (!st)
        st = nai_bytes_exact(f->bytes, head, sizeof head, "the IDX header", err);
    if (st)
        return st;
    if (head[0] != 0 || head[1] != 0 || !element_type(&f->type, head[2]) || head[3] < 1 ||
        head[3] > MAX_RANK)
        return nai_err_set(err, NAI_EINPUT,
                           "%s: not an IDX file: it begins with %02x %02x %02x %02x", path, head[0],
                           head[1], head[2], head[3]);
    f->rank = head[3];
    f->row_bytes = nai_dtype_size(f->type);
    for (size_t i = 0; i < f->rank; i++) {
        st = nai_bytes_exact(f->bytes, size, sizeof size, "the IDX header", err);
        if (st)
            return st;
        f->dim[i] =
            (uint64_t)size[0] << 24 | (uint64_t)size[1] << 16 | (uint64_t)size[2] << 8 | size[3];
        if (i > 0 && (f->dim[i] == 0 || !nai_mul(&f->row_bytes, f->row_bytes, f->dim[i]) ||
                      f->row_bytes > ROW_MOST))
            return nai_err_set(err, NAI_EINPUT, "%s: dimension %zu is %llu: %s", path, i,
                               (unsigned long long)f->dim[i],
                               f->dim[i] ? "a row would pass 256 MiB" : "rows would be empty");
    }
    return check_length(f, 4 + 4 * f->rank, err);
}

static int open_labels(struct state *c, const char *path, struct nai_err *err)
{
    const int st = open_file(&c->labels, path, err);

    if (st)
        return st;
    if (c->labels.rank != 1 || nai_dtype_is_float(c->labels.type))
        return nai_err_set(err, NAI_EINPUT, "%s: labels must be integers of rank 1, not %s of %zu",
                           path, nai_dtype_name(c->labels.type), c->labels.rank);
    if (c->labels.dim[0] != c->images.dim[0])
        return nai_err_set(err, NAI_EINPUT, "%s: %llu labels, but %s has %llu rows", path,
                           (unsigned long long)c->labels.dim[0], nai_bytes_name(c->images.bytes),
                           (unsigned long long)c->images.dim[0]);
    return NAI_OK;
}

static void to_little_endian(uint8_t *p, size_t size, size_t n)
{
    for (size_t i = 0; size > 1 && i < n; i++, p += size)
        for (size_t k = 0; k < size / 2; k++) {
            const uint8_t t = p[k];
            p[k] = p[size - 1 - k];
            p[size - 1 - k] = t;
        }
}

static int read_rows(const struct idx *f, uint8_t *dst, size_t rows, uint64_t first,
                     struct nai_err *err)
{
    const size_t size = nai_dtype_size(f->type);
    size_t got;
    const int st = nai_bytes_read(f->bytes, dst, rows * f->row_bytes, &got, err);

    if (!st && got < rows * f->row_bytes)
        return nai_err_set(
            err, NAI_EINPUT, "%s: truncated in row %llu of %llu", nai_bytes_name(f->bytes),
            (unsigned long long)(first + got / f->row_bytes), (unsigned long long)f->dim[0]);
    if (!st)
        to_little_endian(dst, size, rows * f->row_bytes / size);
    return st;
}

static int read_labels(struct state *c, size_t rows, struct nai_err *err)
{
    const int st = read_rows(&c->labels, c->raw, rows, c->first, err);

    for (size_t i = 0; !st && i < rows; i++) {
        int64_t label;
        nai_to_i64(&label, c->raw + i * c->labels.row_bytes, c->labels.type, 1);
        if (c->classes && (label < 0 || label >= c->classes))
            return nai_err_set(err, NAI_EINPUT, "%s: row %llu: label %lld is not in 0..%d",
                               nai_bytes_name(c->labels.bytes), (unsigned long long)(c->first + i),
                               (long long)label, c->classes - 1);
        c->y[i] = (int32_t)label;
    }
    return st;
}

static enum nts_event next_idx(struct nai_source *s, struct nts_batch *b, struct nai_err *err)
{
    struct state *const c = s->state;
    const uint64_t left = c->images.dim[0] - c->first;
    const size_t rows = left < c->chunk ? (size_t)left : c->chunk;

    if (rows == 0) {
        if (nai_bytes_end(c->images.bytes, err) ||
            (c->labels.bytes && nai_bytes_end(c->labels.bytes, err)))
            return NTS_FAILED;
        return NTS_END;
    }
    if (read_rows(&c->images, c->x, rows, c->first, err) ||
        (c->labels.bytes && read_labels(c, rows, err)))
        return NTS_FAILED;
    *b = (struct nts_batch){.first = c->first, .rows = rows, .data = c->data};
    c->first += rows;
    return NTS_BATCH;
}

static void close_idx(struct nai_source *s)
{
    struct state *const c = s->state;

    if (!c)
        return;
    nai_bytes_close(c->images.bytes);
    nai_bytes_close(c->labels.bytes);
    nai_free(c->x);
    nai_free(c->raw);
    nai_free(c->y);
    free(c);
    s->state = NULL;
}

static int describe(struct nai_source *s, const struct nai_import *o, struct nai_err *err)
{
    struct state *const c = s->state;
    const struct idx *const f = &c->images;
    const bool picture = f->rank == 3 && f->type == NAI_U8; /* one channel: [1,H,W] */
    struct nts_header *const h = s->header = nts_header_new("dataset");
    struct nai_classes names = {0};
    uint64_t shape[NTS_MAX_DIMS] = {1};
    int st = NAI_OK;

    memcpy(shape + picture, f->dim + 1, (f->rank - 1) * sizeof *shape);
    if (!h || nts_header_section(h, "rows", (int64_t)f->dim[0]) < 0 ||
        nts_header_field(h, 0, "x", f->type, f->rank - 1 + picture, shape) < 0 ||
        (c->labels.bytes && nts_header_field(h, 0, "y", NAI_I32, 0, NULL) < 0))
        return nai_err_set(err, NAI_ESYSTEM, "out of memory for the header");
    if (!o->classes)
        return NAI_OK;
    if (!c->labels.bytes)
        return nai_err_set(err, NAI_EUSAGE, "--classes needs a file of labels");
    st = nai_classes_parse(&names, o->classes, ',', err);
    if (!st)
        st = nai_classes_put(h, "classes", &names, err);
    c->classes = (int32_t)names.n;
    nai_classes_free(&names);
    return st;
}

int nai_idx_open(struct nai_source *s, const char *images, const char *labels,
                 const struct nai_import *o, struct nai_err *err)
{
    struct state *const c = calloc(1, sizeof *c);
    int st;

    *s = (struct nai_source){.state = c, .next = next_idx, .close = close_idx};
    if (!c)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    st = open_file(&c->images, images, err);
    if (!st && labels)
        st = open_labels(c, labels, err);
    if (!st)
        st = describe(s, o, err);
    if (!st) {
        c->chunk = c->images.row_bytes < BATCH ? BATCH / c->images.row_bytes : 1;
        if (!(c->x = nai_alloc(c->chunk, c->images.row_bytes, "a batch", err)) ||
            !(c->raw = nai_alloc(c->chunk, sizeof(int32_t), "a batch", err)) ||
            !(c->y = nai_alloc(c->chunk, sizeof(int32_t), "a batch", err)))
            st = NAI_ESYSTEM;
    }
    if (st) {
        nai_source_close(s);
        return st;
    }
    c->data[0] = c->x;
    c->data[1] = c->y;
    return NAI_OK;
}
