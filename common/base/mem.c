/* mem.c - see mem.h
 * SPDX-License-Identifier: MIT */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* madvise */
#endif
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE = 4 << 20, HUGE_PAGE = 2 << 20 };

bool nai_mul(size_t *out, size_t a, size_t b)
{
    return !__builtin_mul_overflow(a, b, out);
}

bool nai_mul64(uint64_t *out, uint64_t a, uint64_t b)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* One number out of a small file: the first after `key`, or the first at all when key is NULL. */
static size_t number_in(const char *path, const char *key, size_t scale)
{
    FILE *const f = fopen(path, "r");
    char line[256];
    size_t got = SIZE_MAX;

    if (!f)
        return SIZE_MAX;
    while (got == SIZE_MAX && fgets(line, sizeof line, f)) {
        const char *const at = key ? strstr(line, key) : line;
        unsigned long long v;
        if (at && sscanf(at + (key ? strlen(key) : 0), "%llu", &v) == 1)
            got = (size_t)v * scale;
    }
    fclose(f);
    return got;
}

size_t nai_mem_available(void)
{
    const size_t system = number_in("/proc/meminfo", "MemAvailable:", 1024);
    const size_t limit = number_in("/sys/fs/cgroup/memory.max", NULL, 1);
    const size_t used = number_in("/sys/fs/cgroup/memory.current", NULL, 1);
    const size_t group = limit == SIZE_MAX || used > limit ? SIZE_MAX : limit - used;

    return group < system ? group : system;
}

char *nai_size_text(char buf[static 32], double n)
{
    static const char unit[][4] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t u = 0;

    for (; n >= 1024 && u < 5; u++)
        n /= 1024;
    snprintf(buf, 32, u ? "%.1f %s" : "%.0f %s", n, unit[u]);
    return buf;
}

void *nai_alloc(size_t count, size_t size, const char *what, struct nai_err *err)
{
    char need[32], have[32];
    size_t n;
    void *p;

    if (!nai_mul(&n, count, size) || n > SIZE_MAX / 2) {
        nai_err_set(err, NAI_ESYSTEM, "%s: %zu x %zu bytes is too large", what, count, size);
        return NULL;
    }
    if (n >= LARGE && n > nai_mem_available()) {
        nai_err_set(err, NAI_ESYSTEM, "%s needs %s of memory, %s is available", what,
                    nai_size_text(need, (double)n),
                    nai_size_text(have, (double)nai_mem_available()));
        return NULL;
    }
    if (n < LARGE) {
        p = aligned_alloc(NAI_ALIGN, nai_pad64(n ? n : 1));
    } else {
        p = aligned_alloc(HUGE_PAGE, (n + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1));
        if (p)
            madvise(p, n, MADV_HUGEPAGE); /* advice: refused is fine */
    }
    if (!p)
        nai_err_set(err, NAI_ESYSTEM, "%s needs %s of memory:", what,
                    nai_size_text(need, (double)n));
    return p;
}

void nai_free(void *p)
{
    free(p);
}
