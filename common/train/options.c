/* options.c - a command line as JSON, and what two of them differ in
 * SPDX-License-Identifier: MIT */
#include "options.h"

#include <string.h>

/* Word number k of "none|rank". */
static json_t *word(const char *words, int k)
{
    size_t n;

    for (; k > 0; k--)
        words = strchr(words, '|') + 1;
    n = strcspn(words, "|");
    return json_stringn(words, n);
}

static json_t *value(const struct nai_opt *o)
{
    const char *const *const text = o->dst;
    const size_t *const size = o->dst;

    switch (o->type) {
    case NAI_FLAG:
        return json_boolean(*(const bool *)o->dst);
    case NAI_SIZE:
        return json_integer((json_int_t)*size);
    case NAI_REAL:
        return json_real(*(const double *)o->dst);
    case NAI_CHOICE:
        return word(o->arg, *(const int *)o->dst);
    case NAI_RANGE:
        return json_pack("[II]", (json_int_t)size[0], (json_int_t)size[1]);
    case NAI_TEXT:
    case NAI_LIST:
        break;
    }
    return *text ? json_string(*text) : json_null();
}

json_t *nai_options_json(const struct nai_cli *cli, const char *const *except)
{
    json_t *const all = json_object();

    for (const struct nai_opt *o = cli->tool->opts; o->name; o++) {
        bool out = false;
        for (const char *const *e = except; *e; e++)
            out |= strcmp(*e, o->name) == 0;
        if (!out && json_object_set_new(all, o->name, value(o)) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    json_object_set_new(all, "seed", json_integer((json_int_t)cli->seed));
    return all;
}

static const char *text(const json_t *v, char buf[static 200])
{
    if (json_is_string(v))
        snprintf(buf, 200, "'%.190s'", json_string_value(v));
    else if (json_is_integer(v))
        snprintf(buf, 200, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        snprintf(buf, 200, "%.10g", json_real_value(v));
    else
        snprintf(buf, 200, "%s", json_is_true(v) ? "yes" : "no");
    return buf;
}

bool nai_options_differ(const json_t *there, const json_t *here, char *buf, size_t size)
{
    const char *key;
    json_t *mine;
    size_t used = 0;

    json_object_foreach((json_t *)(uintptr_t)here, key, mine)
    {
        const json_t *const other = json_object_get(there, key);
        char a[200], b[200];
        int n;
        if (json_equal(mine, other) || used >= size)
            continue;
        n = snprintf(buf + used, size - used, "%s%s%s %s there, %s here", used ? "; " : "",
                     strcmp(key, "input") == 0 ? "the history of the " : "--", key, text(other, a),
                     text(mine, b));
        used += n > 0 ? (size_t)n : 0;
    }
    return used > 0;
}
