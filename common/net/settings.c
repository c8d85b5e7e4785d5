/* settings.c - the words of an architecture's line, and the canonical line
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

int nai_fail(struct nai_build *b, const char *fmt, ...)
{
    char msg[400];
    va_list ap;

    if (b->status != NAI_OK)
        return 0;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    b->status = nai_err_set(b->err, NAI_EUSAGE, "%s: %s", b->name, msg);
    return 0;
}

void nai_tell(struct nai_build *b, const char *key, const char *fmt, ...)
{
    const size_t at = strlen(b->text);
    char value[1000];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(value, sizeof value, fmt, ap);
    va_end(ap);
    if ((size_t)snprintf(b->text + at, sizeof b->text - at, " %s=%s", key, value) >=
        sizeof b->text - at)
        nai_fail(b, "the line is too long");
}

/* Word number `which` of "a|b|c", by its start and length. */
static bool nth_word(const char *words, int which, const char **start, size_t *n)
{
    while (words && which-- > 0) {
        words = strchr(words, '|');
        words = words ? words + 1 : NULL;
    }
    *start = words;
    *n = words ? strcspn(words, "|") : 0;
    return words != NULL;
}

void nai_tell_word(struct nai_build *b, const char *key, const char *words, int which)
{
    const char *start;
    size_t n;

    if (nth_word(words, which, &start, &n))
        nai_tell(b, key, "%.*s", (int)n, start);
}

const char *nai_ask_text(struct nai_build *b, const char *key, const char *def)
{
    b->asked[b->nasked++] = key;
    for (size_t k = 0; k < b->nsettings; k++)
        if (strcmp(b->setting[k].key, key) == 0)
            return b->setting[k].value;
    return def;
}

/* A decimal number and nothing else. */
static bool parse_size(const char *text, size_t *out)
{
    char *end;

    errno = 0;
    if (*text < '0' || *text > '9')
        return false;
    *out = strtoul(text, &end, 10);
    return *end == '\0' && errno == 0;
}

size_t nai_ask_size(struct nai_build *b, const char *key, size_t def, size_t min, size_t max)
{
    const char *const text = nai_ask_text(b, key, NULL);
    size_t v = def;

    if (text && (!parse_size(text, &v) || v < min || v > max)) {
        nai_fail(b, "%s=%.60s is not an integer from %zu to %zu", key, text, min, max);
        v = def;
    }
    nai_tell(b, key, "%zu", v);
    return v;
}

double nai_ask_real(struct nai_build *b, const char *key, double def, double min, double max)
{
    const char *const text = nai_ask_text(b, key, NULL);
    char shortest[40], *end = NULL;
    double v = def;

    if (text) {
        v = strtod(text, &end);
        if (end == text || *end || !(v >= min && v <= max)) {
            nai_fail(b, "%s=%.60s is not a number from %g to %g", key, text, min, max);
            v = def;
        }
    }
    snprintf(shortest, sizeof shortest, "%.15g", v);
    if (strtod(shortest, NULL) != v)
        snprintf(shortest, sizeof shortest, "%.17g", v);
    nai_tell(b, key, "%s", shortest);
    return v;
}

int nai_ask_word(struct nai_build *b, const char *key, const char *words, int def)
{
    const char *const text = nai_ask_text(b, key, NULL), *start;
    size_t n;

    if (!text)
        return def;
    for (int k = 0; nth_word(words, k, &start, &n); k++)
        if (strlen(text) == n && strncmp(text, start, n) == 0)
            return k;
    nai_fail(b, "%s=%.60s is not one of %s", key, text, words);
    return def;
}

size_t nai_ask_widths(struct nai_build *b, const char *key, const char *def,
                      size_t width[static NAI_MAX_WIDTHS])
{
    const char *const text = nai_ask_text(b, key, def);
    const char *p = text;
    size_t n = 0;

    for (; strcmp(text, "none") != 0;) {
        const size_t len = strcspn(p, "-");
        char word[24];
        if (n == NAI_MAX_WIDTHS) {
            nai_fail(b, "%s has more than %d widths", key, NAI_MAX_WIDTHS);
            break;
        }
        snprintf(word, sizeof word, "%.*s", (int)(len < 23 ? len : 23), p);
        if (!parse_size(word, &width[n]) || width[n] < 1 || width[n] > 1048576) {
            nai_fail(b, "%s=%.60s: '%s' is not a width from 1 to 1048576", key, text, word);
            break;
        }
        n++;
        if (!p[len])
            break;
        p += len + 1;
    }
    nai_tell(b, key, "%s", text);
    return n;
}
