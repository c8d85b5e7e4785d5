/* nearest.c - see nearest.h
 * SPDX-License-Identifier: MIT */
#include "nearest.h"

#include <stdio.h>
#include <string.h>

/* Edits that turn a into b (Damerau, adjacent swaps count one); 99 for words too long. */
static size_t distance(const char *a, const char *b)
{
    enum { MAX = 64 };
    const size_t n = strlen(a), m = strlen(b);
    size_t d[3][MAX + 1];

    if (n > MAX || m > MAX)
        return 99;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *const now = d[i % 3], *const up = d[(i + 2) % 3], *const up2 = d[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const size_t change = up[j - 1] + (a[i - 1] != b[j - 1]);
            size_t best = up[j] + 1 < now[j - 1] + 1 ? up[j] + 1 : now[j - 1] + 1;
            best = change < best ? change : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                up2[j - 2] + 1 < best)
                best = up2[j - 2] + 1;
            now[j] = best;
        }
    }
    return d[n % 3][m];
}

const char *nai_nearest(const char *word, const char *const *words)
{
    const char *best = NULL;
    size_t least = strlen(word) / 3 + 2; /* more edits than this is another word */

    for (; *words; words++) {
        const size_t d = distance(word, *words);
        const size_t n = strlen(word);
        if (d < least || (!best && n >= 3 && strncmp(word, *words, n) == 0)) {
            best = *words;
            least = d < least ? d : least;
        }
    }
    return best;
}

const char *nai_did_you_mean(char buf[static 320], const char *word, const char *const *words)
{
    const char *const near = nai_nearest(word, words);

    if (near)
        snprintf(buf, 320, " (did you mean '%.255s'?)", near);
    else
        buf[0] = '\0';
    return buf;
}
