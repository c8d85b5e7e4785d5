/* mat_var.c - see mat_var.h
 * SPDX-License-Identifier: MIT */
#include "mat_var.h"

#include <hdf5.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mat_check.h"
#include "mem.h"

enum { MAX_NAME = 255, ALL = -1, NONE = -2 };

static const char *class_name(const matvar_t *v)
{
    static const char *const names[] = {
        "empty", "cell",  "struct", "object", "char",   "sparse", "double", "single",   "int8",
        "uint8", "int16", "uint16", "int32",  "uint32", "int64",  "uint64", "function", "opaque"};

    if (v->isLogical)
        return "logical";
    return (unsigned)v->class_type < sizeof names / sizeof *names ? names[v->class_type]
                                                                  : "unknown";
}

char *nai_mat_var_text(char *buf, size_t size, size_t rank, const size_t *dims)
{
    size_t at = 0;

    *buf = '\0';
    for (size_t i = 0; i < rank && at < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%zu", i ? "x" : "", dims[i]);
    return buf;
}

/* Appends "name (class 3x4)" to a list that may become too long for a message. */
static void append(char *list, size_t size, const char *name, const matvar_t *v)
{
    const size_t used = strlen(list);
    char dims[100];

    if (used + strlen(name) + 160 > size) {
        if (used + 6 < size && (used < 3 || strcmp(list + used - 3, "...") != 0))
            snprintf(list + used, size - used, ", ...");
        return;
    }
    nai_mat_var_text(dims, sizeof dims, v ? (size_t)v->rank : 0, v ? v->dims : NULL);
    snprintf(list + used, size - used, "%s%s (%s %s)", used ? ", " : "", name,
             v ? class_name(v) : "empty", dims);
}

static int no_variable(struct nai_mat_var *v, const char *path, const char *name,
                       struct nai_err *err)
{
    char list[700] = "";
    matvar_t *m;

    Mat_Rewind(v->file);
    while ((m = Mat_VarReadNextInfo(v->file))) {
        append(list, sizeof list, m->name ? m->name : "?", m);
        Mat_VarFree(m);
    }
    if (!name)
        return nai_err_set(err, NAI_EUSAGE, "%s: name a variable with --var; it has %s", path,
                           *list ? list : "none");
    return nai_err_set(err, NAI_EUSAGE, "%s: no variable '%.100s'; it has %s", path, name,
                       *list ? list : "none");
}

static int no_member(matvar_t *m, const char *path, const char *name, const char *member,
                     struct nai_err *err)
{
    char *const *const names = Mat_VarGetStructFieldnames(m);
    const unsigned n = Mat_VarGetNumberOfFields(m);
    char list[600] = "";

    for (unsigned i = 0; names && i < n; i++)
        append(list, sizeof list, names[i], Mat_VarGetStructFieldByIndex(m, i, 0));
    if (!member)
        return nai_err_set(err, NAI_EUSAGE, "%s: '%.100s' is a struct: name a member of it: %s",
                           path, name, list);
    return nai_err_set(err, NAI_EUSAGE, "%s: '%.100s' has no member '%.60s'; it has %s", path, name,
                       member, list);
}

/* ---- walking a path ---- */

struct walk {
    const char *path, *whole; /* file, and the path of the variable, for messages */
    const char *at;
};

static size_t elements(const matvar_t *m)
{
    size_t n = 1;

    for (int i = 0; i < m->rank; i++)
        if (!nai_mul(&n, n, m->dims[i]))
            return SIZE_MAX;
    return n;
}

/* A name up to the next '.', '(' or '{'. */
static bool take_name(struct walk *w, char *name)
{
    const size_t n = strcspn(w->at, ".({");

    if (n == 0 || n > MAX_NAME)
        return false;
    memcpy(name, w->at, n);
    name[n] = '\0';
    w->at += n;
    return true;
}

/* "(3)", "{2,1}" or "(:)" as a linear index from 0, ALL, or NONE when there is no index. */
static int take_index(struct walk *w, const matvar_t *m, int64_t *index, struct nai_err *err)
{
    const char close = *w->at == '(' ? ')' : '}';
    size_t stride = 1, at = 0, total = elements(m);
    char dims[100];

    *index = NONE;
    if (*w->at != '(' && *w->at != '{')
        return NAI_OK;
    if (w->at[1] == ':' && w->at[2] == close) {
        w->at += 3;
        *index = ALL;
        return NAI_OK;
    }
    for (int axis = 0; *w->at != close; axis++) {
        char *end;
        const unsigned long long v =
            w->at[1] >= '0' && w->at[1] <= '9' ? strtoull(w->at + 1, &end, 10) : 0;
        const bool last = v > 0 && *end == close;
        const size_t limit = axis == 0 && last ? total : axis < m->rank ? m->dims[axis] : 1;
        if (v == 0 || v > limit || (*end != ',' && !last))
            return nai_err_set(err, NAI_EUSAGE,
                               "%s: bad index in '%.150s' (%s is %s, and indices count from 1)",
                               w->path, w->whole, m->name ? m->name : "it",
                               nai_mat_var_text(dims, sizeof dims, (size_t)m->rank, m->dims));
        at += ((size_t)v - 1) * stride;
        stride *= axis < m->rank ? m->dims[axis] : 1;
        w->at = end;
    }
    w->at++;
    *index = (int64_t)at;
    return NAI_OK;
}

/* Follows the rest of a path from m, given the index that came last, down to one array. */
static int descend(struct walk *w, matvar_t **m, int64_t index, struct nai_err *err)
{
    char name[MAX_NAME + 1];
    int rc = NAI_OK;

    for (;;) {
        matvar_t *next = NULL;
        if ((*m)->class_type == MAT_C_CELL && index >= 0) {
            next = Mat_VarGetCell(*m, (int)index);
        } else if ((*m)->class_type == MAT_C_STRUCT && *w->at == '.') {
            if (index < 0 && elements(*m) != 1)
                return nai_err_set(err, NAI_EUSAGE,
                                   "%s: '%.150s' has %zu elements: give an index from 1, or (:) "
                                   "for all",
                                   w->path, (*m)->name ? (*m)->name : w->whole, elements(*m));
            w->at++;
            if (!take_name(w, name))
                return nai_err_set(err, NAI_EUSAGE, "%s: '%.150s' is no path of a variable",
                                   w->path, w->whole);
            next = Mat_VarGetStructFieldByName(*m, name, index < 0 ? 0 : (size_t)index);
            if (!next)
                return no_member(*m, w->path, w->whole, name, err);
        } else if ((*m)->class_type == MAT_C_STRUCT && !*w->at) {
            return no_member(*m, w->path, w->whole, NULL, err);
        } else if (*w->at || index >= 0) {
            return nai_err_set(err, NAI_EUSAGE,
                               "%s: '%.150s': %.50s cannot follow an array of class %s", w->path,
                               w->whole, *w->at ? w->at : "an index", class_name(*m));
        } else {
            return NAI_OK;
        }
        if (!next)
            return nai_err_set(err, NAI_EINPUT, "%s: '%.150s': the element is empty", w->path,
                               w->whole);
        *m = next;
        if ((rc = take_index(w, next, &index, err)))
            return rc;
        if (index == ALL)
            return nai_err_set(err, NAI_EUSAGE, "%s: '%.150s': (:) can only follow the variable",
                               w->path, w->whole);
    }
}

static bool class_dtype(enum nai_dtype *out, const matvar_t *m)
{
    static const enum nai_dtype of[] = {
        [MAT_C_DOUBLE] = NAI_F64, [MAT_C_SINGLE] = NAI_F32, [MAT_C_INT8] = NAI_I8,
        [MAT_C_UINT8] = NAI_U8,   [MAT_C_INT16] = NAI_I16,  [MAT_C_UINT16] = NAI_U16,
        [MAT_C_INT32] = NAI_I32,  [MAT_C_UINT32] = NAI_U32, [MAT_C_INT64] = NAI_I64,
        [MAT_C_UINT64] = NAI_U64};

    if (m->class_type < MAT_C_DOUBLE || m->class_type > MAT_C_UINT64 || m->isComplex)
        return false;
    *out = m->isLogical && m->class_type == MAT_C_UINT8 ? NAI_BOOL : of[m->class_type];
    return true;
}

/* The first leaf says what the array is; the others must agree. */
static int describe(struct nai_mat_var *v, const char *path, const char *name, struct nai_err *err)
{
    const matvar_t *const m = v->leaf[0];
    const size_t extra = v->stacked ? 1 : 0;
    char a[100], b[100];

    if (!class_dtype(&v->dtype, m))
        return nai_err_set(err, NAI_EINPUT,
                           "%s: '%.150s' is of class %s%s; numbers and logicals are read", path,
                           name, m->isComplex ? "complex " : "", class_name(m));
    v->count = elements(m);
    v->rank = (size_t)m->rank + extra;
    if (v->rank > NAI_MAT_DIMS || v->count == 0 || v->count > SIZE_MAX / 16)
        return nai_err_set(err, NAI_EINPUT, "%s: '%.150s' is empty or too large", path, name);
    v->dims[0] = v->n;
    for (size_t d = 0; d < (size_t)m->rank; d++) {
        v->dims[d + extra] = m->dims[d];
        if (m->dims[d] > INT_MAX) /* what matio's slabs can count */
            return nai_err_set(err, NAI_EINPUT, "%s: '%.150s': an axis is too long", path, name);
    }
    for (size_t i = 1; i < v->n; i++) {
        const matvar_t *const o = v->leaf[i];
        if (o->class_type != m->class_type || o->isComplex || o->isLogical != m->isLogical ||
            o->rank != m->rank || memcmp(o->dims, m->dims, (size_t)m->rank * sizeof *m->dims) != 0)
            return nai_err_set(
                err, NAI_EINPUT, "%s: '%.150s': element %zu is %s %s, the first is %s %s", path,
                name, i + 1, class_name(o), nai_mat_var_text(a, sizeof a, (size_t)o->rank, o->dims),
                class_name(m), nai_mat_var_text(b, sizeof b, (size_t)m->rank, m->dims));
    }
    return NAI_OK;
}

static int find_leaves(struct nai_mat_var *v, struct walk *w, struct nai_err *err)
{
    char name[MAX_NAME + 1];
    int64_t index;
    int rc;

    if (!take_name(w, name) || !(v->top = Mat_VarReadInfo(v->file, name)))
        return no_variable(v, w->path, w->whole, err);
    if ((rc = take_index(w, v->top, &index, err)))
        return rc;
    v->stacked = index == ALL;
    v->n = v->stacked ? elements(v->top) : 1;
    if (v->n == 0 || v->n > UINT32_MAX ||
        (v->stacked && v->top->class_type != MAT_C_STRUCT && v->top->class_type != MAT_C_CELL))
        return nai_err_set(err, NAI_EUSAGE, "%s: '%.150s': (:) needs a struct or cell array",
                           w->path, w->whole);
    if (!(v->leaf = calloc(v->n, sizeof *v->leaf)))
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", w->path);
    for (size_t i = 0; !rc && i < v->n; i++) {
        struct walk each = *w;
        v->leaf[i] = v->top;
        rc = descend(&each, &v->leaf[i], v->stacked ? (int64_t)i : index, err);
    }
    return rc ? rc : describe(v, w->path, w->whole, err);
}

int nai_mat_var_open(struct nai_mat_var *v, const char *path, const char *name, struct nai_err *err)
{
    FILE *const f = fopen(path, "rb");
    struct walk w = {path, name, name};
    int rc = NAI_OK;

    *v = (struct nai_mat_var){0};
    if (!f)
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot open:", path);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* a library does not print */
    v->file = Mat_Open(path, MAT_ACC_RDONLY);
    if (!v->file)
        rc = nai_err_set(err, NAI_EINPUT, "%s: not a MATLAB file", path);
    v->slabs = !rc && Mat_GetVersion(v->file) == MAT_FT_MAT73;
    if (!rc && !v->slabs)
        rc = nai_mat_check(f, path, Mat_GetVersion(v->file) == MAT_FT_MAT4, err);
    fclose(f);
    if (rc)
        return rc;
    return name ? find_leaves(v, &w, err) : no_variable(v, path, NULL, err);
}

static int unreadable(const struct nai_mat_var *v, const matvar_t *m, struct nai_err *err)
{
    return nai_err_set(err, NAI_EINPUT, "%s: '%.150s' cannot be read: damaged or truncated",
                       Mat_GetFilename(v->file), m->name ? m->name : "variable");
}

static int slab(struct nai_mat_var *v, matvar_t *m, size_t axis, size_t from, size_t n, void *dst,
                struct nai_err *err)
{
    int start[NAI_MAT_DIMS] = {0}, stride[NAI_MAT_DIMS], edge[NAI_MAT_DIMS];

    for (int d = 0; d < m->rank; d++) {
        stride[d] = 1;
        edge[d] = (int)m->dims[d];
    }
    start[axis] = (int)from;
    edge[axis] = (int)n;
    return Mat_VarReadData(v->file, m, dst, start, stride, edge) ? unreadable(v, m, err) : NAI_OK;
}

int nai_mat_var_read(struct nai_mat_var *v, size_t i, void *dst, struct nai_err *err)
{
    matvar_t *const m = v->leaf[i];
    const size_t bytes = v->count * nai_dtype_size(v->dtype);

    if (bytes > nai_mem_available())
        return nai_err_set(err, NAI_ESYSTEM, "%s: '%.150s' does not fit in memory",
                           Mat_GetFilename(v->file), m->name ? m->name : "variable");
    if (v->slabs)
        return slab(v, m, 0, 0, m->dims[0], dst, err);
    if (!m->data && Mat_VarReadDataAll(v->file, m) != 0)
        return unreadable(v, m, err);
    if (!m->data || m->nbytes != bytes || m->data_size != (int)nai_dtype_size(v->dtype))
        return unreadable(v, m, err);
    memcpy(dst, m->data, bytes);
    free(m->data); /* matio's is malloc; NULL tells it that it is gone */
    m->data = NULL;
    return NAI_OK;
}

int nai_mat_var_slab(struct nai_mat_var *v, size_t axis, size_t start, size_t n, void *dst,
                     struct nai_err *err)
{
    return slab(v, v->leaf[0], axis, start, n, dst, err);
}

void nai_mat_var_close(struct nai_mat_var *v)
{
    free(v->leaf);
    Mat_VarFree(v->top);
    if (v->file)
        Mat_Close(v->file);
    *v = (struct nai_mat_var){0};
}
