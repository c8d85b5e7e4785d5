/* classes.c - see classes.h
 * SPDX-License-Identifier: MIT */
#include "classes.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CLASSES = 1 << 20 };

int nai_classes_add(struct nai_classes *c, const char *name, size_t n, struct nai_err *err)
{
    char *copy;

    if (c->n >= MAX_CLASSES)
        return nai_err_set(err, NAI_EINPUT, "more than %d classes", MAX_CLASSES);
    if ((c->n & (c->n - 1)) == 0) { /* room is the next power of two */
        char **const grown = realloc(c->name, (c->n ? 2 * c->n : 1) * sizeof *grown);
        if (!grown)
            return nai_err_set(err, NAI_ESYSTEM, "out of memory for class names");
        c->name = grown;
    }
    copy = strndup(name, n);
    if (!copy)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory for class names");
    c->name[c->n++] = copy;
    return NAI_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int refuse_doubles(const struct nai_classes *c, int code, struct nai_err *err)
{
    char **const sorted = malloc(c->n * sizeof *sorted);
    int st = NAI_OK;

    if (!sorted)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory for class names");
    memcpy(sorted, c->name, c->n * sizeof *sorted);
    qsort(sorted, c->n, sizeof *sorted, by_name);
    for (size_t i = 1; i < c->n && !st; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            st = nai_err_set(err, code, "class '%.200s' is listed twice", sorted[i]);
    free(sorted);
    return st;
}

int nai_classes_parse(struct nai_classes *c, const char *text, char sep, struct nai_err *err)
{
    const int code = sep == ',' ? NAI_EUSAGE : NAI_EINPUT;
    int st = NAI_OK;

    *c = (struct nai_classes){0};
    for (const char *p = text; p && !st;) {
        const char *const end = strchr(p, sep);
        size_t n = end ? (size_t)(end - p) : strlen(p);

        if (sep == '\n' && n > 0 && p[n - 1] == '\r')
            n--;
        if (n > 0)
            st = nai_classes_add(c, p, n, err);
        else if (sep == ',')
            st = nai_err_set(err, code, "class %zu has an empty name", c->n);
        p = end ? end + 1 : NULL;
    }
    if (!st && c->n == 0)
        st = nai_err_set(err, code, "no class names");
    return st ? st : refuse_doubles(c, code, err);
}

int32_t nai_classes_find(const struct nai_classes *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->name[i], name) == 0)
            return (int32_t)i;
    return -1;
}

int nai_classes_put(struct nts_header *h, const char *key, const struct nai_classes *c,
                    struct nai_err *err)
{
    json_t *const list = json_array();

    if (!h->meta)
        h->meta = json_object();
    for (size_t i = 0; list && i < c->n; i++) {
        json_t *const name = json_string(c->name[i]);
        if (!name) {
            json_decref(list);
            return nai_err_set(err, NAI_EINPUT, "%s: name '%.200s' is not UTF-8", key, c->name[i]);
        }
        if (json_array_append_new(list, name) != 0) {
            json_decref(list);
            return nai_err_set(err, NAI_ESYSTEM, "out of memory for class names");
        }
    }
    if (!h->meta || !list || json_object_set_new(h->meta, key, list) != 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory for class names");
    return NAI_OK;
}

void nai_classes_free(struct nai_classes *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->name[i]);
    free(c->name);
    *c = (struct nai_classes){0};
}
