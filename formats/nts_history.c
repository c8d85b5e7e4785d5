/* nts_history.c - where a stream comes from: one entry a tool run, a graph by ids
 * SPDX-License-Identifier: MIT */
#include "nts_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *nts_header_id(const struct nts_header *h)
{
    const size_t n = h->history ? json_array_size(h->history) : 0;
    const char *id;

    if (n == 0)
        return NULL;
    id = json_string_value(json_object_get(json_array_get(h->history, n - 1), "id"));
    return id && strlen(id) == 16 && strspn(id, "0123456789abcdef") == 16 ? id : NULL;
}

json_t *nts_text_json(const char *s)
{
    const size_t n = strlen(s);
    json_t *const whole = json_stringn(s, n);
    json_t *result = NULL;
    char *text = NULL;
    size_t size = 0;
    FILE *f;

    if (whole)
        return whole;
    f = open_memstream(&text, &size);
    if (!f)
        return NULL;
    for (size_t i = 0; i < n;) {
        size_t k = n - i < 4 ? n - i : 4; /* the longest proper sequence that starts here */
        json_t *j = NULL;
        for (; k > 0 && !j; k -= !j)
            j = json_stringn(s + i, k);
        if (j)
            fwrite(s + i, 1, k, f);
        else
            fputs("\xEF\xBF\xBD", f);
        json_decref(j);
        i += k ? k : 1;
    }
    if (fclose(f) == 0)
        result = json_stringn(text, size);
    free(text);
    return result;
}

/* id = XXH64 of the entry's canonical JSON: keys sorted, no spaces. */
static void put_id(json_t *entry)
{
    char *const text = json_dumps(entry, JSON_COMPACT | JSON_SORT_KEYS);
    char id[17] = "";

    if (text)
        snprintf(id, sizeof id, "%016" PRIx64, (uint64_t)XXH64(text, strlen(text), 0));
    free(text);
    json_object_set_new(entry, "id", json_string(id));
}

int nts_header_history(struct nts_header *h, const char *tool, const char *version, int argc,
                       const char *const *argv, const uint64_t *seed, const char *const *parents,
                       size_t nparents, struct nai_err *err)
{
    json_t *const e = json_object(), *const args = json_array(), *const from = json_array();

    for (int i = 0; i < argc; i++)
        json_array_append_new(args, nts_text_json(argv[i]));
    for (size_t i = 0; i < nparents; i++)
        if (parents[i])
            json_array_append_new(from, json_string(parents[i]));
    json_object_set_new(e, "tool", json_string(tool));
    json_object_set_new(e, "version", json_string(version));
    json_object_set_new(e, "argv", args);
    if (seed)
        json_object_set_new(e, "seed", json_integer((json_int_t)*seed));
    json_object_set_new(e, "parents", from);
    put_id(e);
    if (!h->history)
        h->history = json_array();
    if (json_array_append_new(h->history, e) != 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    return NAI_OK;
}

static bool has_id(const json_t *history, const char *id)
{
    for (size_t i = 0; i < json_array_size(history); i++) {
        const char *const have =
            json_string_value(json_object_get(json_array_get(history, i), "id"));
        if (have && id && strcmp(have, id) == 0)
            return true;
    }
    return false;
}

int nts_header_adopt(struct nts_header *h, const struct nts_header *from, struct nai_err *err)
{
    if (!from->history)
        return NAI_OK;
    if (!h->history)
        h->history = json_array();
    for (size_t i = 0; i < json_array_size(from->history); i++) {
        json_t *const e = json_array_get(from->history, i);
        if (has_id(h->history, json_string_value(json_object_get(e, "id"))))
            continue;
        if (json_array_append(h->history, e) != 0)
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    return NAI_OK;
}
