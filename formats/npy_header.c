/* npy_header.c - see npy_header.h
 * SPDX-License-Identifier: MIT */
#include "npy_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { MAX_DICT = 1 << 20, ALIGN = 64, GROWTH = 21 };

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

/* ---- the dictionary: just the Python that numpy writes ---- */

struct cursor {
    const char *at, *end;
};

static void skip(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r'))
        c->at++;
}

static bool take(struct cursor *c, char ch)
{
    skip(c);
    if (c->at == c->end || *c->at != ch)
        return false;
    c->at++;
    return true;
}

static bool take_word(struct cursor *c, const char *word)
{
    const size_t n = strlen(word);

    skip(c);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* A quoted string without escapes, into out. */
static bool take_string(struct cursor *c, char *out, size_t size)
{
    size_t n = 0;
    char quote;

    skip(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
        return false;
    quote = *c->at++;
    while (c->at < c->end && *c->at != quote && *c->at != '\\' && n + 1 < size)
        out[n++] = *c->at++;
    out[n] = '\0';
    if (c->at == c->end || *c->at != quote)
        return false;
    c->at++;
    return true;
}

static bool take_number(struct cursor *c, uint64_t *out)
{
    uint64_t v = 0;
    const char *start;

    skip(c);
    for (start = c->at; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
        if (!nai_mul64(&v, v, 10) || __builtin_add_overflow(v, (uint64_t)(*c->at - '0'), &v))
            return false;
    if (c->at == start)
        return false;
    if (c->at < c->end && *c->at == 'L') /* a long of Python 2 */
        c->at++;
    *out = v;
    return true;
}

static int take_shape(struct cursor *c, struct nai_npy *h, struct nai_err *err)
{
    h->ndim = 0;
    if (!take(c, '('))
        goto bad;
    while (!take(c, ')')) {
        if (h->ndim == NAI_NPY_DIMS)
            return nai_err_set(err, NAI_EINPUT, "more than %d dimensions", (int)NAI_NPY_DIMS);
        if (!take_number(c, &h->shape[h->ndim++]))
            goto bad;
        if (!take(c, ',')) {
            if (!take(c, ')'))
                goto bad;
            break;
        }
    }
    return NAI_OK;
bad:
    return nai_err_set(err, NAI_EINPUT, "damaged npy header: no shape can be read from it");
}

/* What a kind of dtype is called in a refusal. */
static const char *kind_name(char kind)
{
    switch (kind) {
    case 'c':
        return "complex numbers";
    case 'O':
        return "Python objects";
    case 'S':
    case 'a':
        return "byte strings";
    case 'U':
        return "strings";
    case 'V':
        return "raw bytes or a type NumPy does not know";
    case 'M':
    case 'm':
        return "dates";
    default:
        return "not a type of numbers";
    }
}

static int set_dtype(struct nai_npy *h, const char *descr, struct nai_err *err)
{
    static const struct {
        char text[3];
        enum nai_dtype dtype;
    } known[] = {{"f8", NAI_F64}, {"f4", NAI_F32}, {"f2", NAI_F16}, {"i8", NAI_I64},
                 {"i4", NAI_I32}, {"i2", NAI_I16}, {"i1", NAI_I8},  {"u8", NAI_U64},
                 {"u4", NAI_U32}, {"u2", NAI_U16}, {"u1", NAI_U8},  {"b1", NAI_BOOL}};
    const bool order = *descr != '\0' && strchr("<>|=", *descr) != NULL;
    const char *const type = descr + order;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(type, known[i].text) == 0) {
            h->dtype = known[i].dtype;
            h->swap = *descr == '>' && nai_dtype_size(h->dtype) > 1;
            return NAI_OK;
        }
    return nai_err_set(err, NAI_EINPUT, "dtype '%s' is not supported (%s)", descr,
                       *type == 'f' ? "a float of another size" : kind_name(*type));
}

static int take_entry(struct cursor *c, struct nai_npy *h, unsigned *seen, struct nai_err *err)
{
    char key[16], descr[64];
    unsigned bit;
    int st = NAI_OK;

    if (!take_string(c, key, sizeof key) || !take(c, ':'))
        goto bad;
    if (strcmp(key, "descr") == 0) {
        bit = 1;
        skip(c);
        if (c->at < c->end && *c->at == '[')
            return nai_err_set(err, NAI_EINPUT,
                               "a structured dtype is not supported; save its "
                               "fields as arrays of their own");
        if (!take_string(c, descr, sizeof descr))
            goto bad;
        st = set_dtype(h, descr, err);
    } else if (strcmp(key, "fortran_order") == 0) {
        bit = 2;
        h->fortran = take_word(c, "True");
        if (!h->fortran && !take_word(c, "False"))
            goto bad;
    } else if (strcmp(key, "shape") == 0) {
        bit = 4;
        st = take_shape(c, h, err);
    } else {
        goto bad;
    }
    if (*seen & bit)
        goto bad;
    *seen |= bit;
    return st;
bad:
    return nai_err_set(err, NAI_EINPUT, "damaged npy header: not the dictionary it should be");
}

int nai_npy_parse(struct nai_npy *h, const char *text, size_t n, struct nai_err *err)
{
    struct cursor c = {text, text + n};
    struct nai_npy got = {0};
    unsigned seen = 0;
    bool closed = false;

    if (!take(&c, '{'))
        return nai_err_set(err, NAI_EINPUT, "damaged npy header: it is no dictionary");
    while (!(closed = take(&c, '}'))) {
        const int st = take_entry(&c, &got, &seen, err);
        if (st)
            return st;
        if (!take(&c, ',')) {
            closed = take(&c, '}');
            break;
        }
    }
    skip(&c);
    if (!closed || c.at != c.end || seen != 7)
        return nai_err_set(err, NAI_EINPUT, "damaged npy header: it is not complete");
    *h = got;
    return NAI_OK;
}

int nai_npy_read(struct nai_npy *h,
                 int (*read)(void *from, void *dst, size_t n, struct nai_err *err), void *from,
                 const char *name, struct nai_err *err)
{
    uint8_t p[NAI_NPY_PREFIX];
    size_t n, width;
    char *text;
    int st = read(from, p, 10, err);

    if (st)
        return st;
    if (memcmp(p, magic, sizeof magic) != 0)
        return nai_err_set(err, NAI_EINPUT,
                           "%s: not an npy array: it does not start with \\x93NUMPY", name);
    if (p[6] < 1 || p[6] > 3 || p[7] != 0)
        return nai_err_set(err, NAI_EINPUT, "%s: npy version %d.%d is not supported", name, p[6],
                           p[7]);
    width = p[6] == 1 ? 2 : 4;
    if (width == 4 && (st = read(from, p + 10, 2, err)))
        return st;
    n = (size_t)p[8] | (size_t)p[9] << 8;
    if (width == 4)
        n |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
    if (n > MAX_DICT)
        return nai_err_set(err, NAI_EINPUT, "%s: npy header of %zu bytes is too long", name, n);
    if (!(text = nai_alloc(n, 1, "npy header", err)))
        return NAI_ESYSTEM;
    st = read(from, text, n, err);
    if (!st && (st = nai_npy_parse(h, text, n, err)))
        nai_err_prefix(err, name);
    if (!st)
        h->data = 8 + width + n;
    nai_free(text);
    return st;
}

char *nai_npy_text(char *buf, size_t size, size_t ndim, const uint64_t *shape)
{
    size_t at = (size_t)snprintf(buf, size, "(");

    for (size_t i = 0; i < ndim && at < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%llu%s", i ? " " : "",
                               (unsigned long long)shape[i], i + 1 < ndim || ndim == 1 ? "," : "");
    if (at < size)
        snprintf(buf + at, size - at, ")");
    return buf;
}

int nai_npy_format(char buf[static NAI_NPY_ROOM], size_t *len, enum nai_dtype dtype, size_t ndim,
                   const uint64_t *shape, struct nai_err *err)
{
    static const char *const descr[NAI_DTYPES] = {
        [NAI_F64] = "<f8", [NAI_F32] = "<f4", [NAI_F16] = "<f2", [NAI_I64] = "<i8",
        [NAI_I32] = "<i4", [NAI_I16] = "<i2", [NAI_I8] = "|i1",  [NAI_U64] = "<u8",
        [NAI_U32] = "<u4", [NAI_U16] = "<u2", [NAI_U8] = "|u1",  [NAI_BOOL] = "|b1"};
    char dims[NAI_NPY_DIMS * 22 + 4], first[24];
    size_t n, total, grow = 0;

    if (!descr[dtype])
        return nai_err_set(err, NAI_EUSAGE, "npy has no %s", nai_dtype_name(dtype));
    nai_npy_text(dims, sizeof dims, ndim, shape);
    n = (size_t)snprintf(buf + 10, NAI_NPY_ROOM - 10,
                         "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr[dtype],
                         dims);
    if (ndim > 0)
        grow = GROWTH - (size_t)snprintf(first, sizeof first, "%llu", (unsigned long long)shape[0]);
    /* numpy counts the newline in, then pads to the next multiple: a whole one when it fits */
    total = 10 + n + grow + 1;
    total += ALIGN - total % ALIGN;
    memcpy(buf, magic, sizeof magic);
    buf[6] = 1;
    buf[7] = 0;
    buf[8] = (char)((total - 10) & 0xff);
    buf[9] = (char)((total - 10) >> 8);
    memset(buf + 10 + n, ' ', total - 10 - n - 1);
    buf[total - 1] = '\n';
    *len = total;
    return NAI_OK;
}
