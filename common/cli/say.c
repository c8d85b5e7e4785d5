/* say.c - warnings, progress, and words that were nearly right
 * SPDX-License-Identifier: MIT */
#include "cli_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double nai_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void nai_warn(const struct nai_cli *cli, const char *fmt, ...)
{
    va_list ap;

    if (cli->quiet)
        return;
    fprintf(stderr, "%s: warning: ", cli->tool->name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

void nai_note(const struct nai_cli *cli, const char *fmt, ...)
{
    va_list ap;

    if (!cli->verbose)
        return;
    fprintf(stderr, "%s: ", cli->tool->name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

void nai_progress(struct nai_cli *cli, uint64_t done, uint64_t total)
{
    const bool terminal = cli->progress == 0 && isatty(STDERR_FILENO);
    const double every = terminal ? 1 : cli->progress;
    double now, rate;

    if (cli->quiet || every == 0)
        return;
    now = nai_now();
    if (now - (cli->t_last > 0 ? cli->t_last : cli->t0) < every)
        return;
    cli->t_last = now;
    rate = (double)done / (now - cli->t0);
    fprintf(stderr, "%s%s: %" PRIu64, terminal ? "\r" : "", cli->tool->name, done);
    if (total > 0)
        fprintf(stderr, " of %" PRIu64, total);
    fprintf(stderr, " rows, %.0f/s", rate);
    if (total > done && rate > 0)
        fprintf(stderr, ", %.0f s left", (double)(total - done) / rate);
    fputs(terminal ? "   " : "\n", stderr);
}

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

size_t nai_find_word(const struct nai_cli *cli, const char *const *words, const char *what)
{
    char hint[320];

    if (cli->nfiles == 0)
        nai_usage(cli, "no %s is named", what);
    for (size_t k = 0; words[k]; k++)
        if (strcmp(cli->files[0], words[k]) == 0)
            return k;
    nai_usage(cli, "unknown KIND '%.100s'%s", cli->files[0],
              nai_did_you_mean(hint, cli->files[0], words));
}

char **nai_words(const char *list)
{
    size_t n = 1;
    char **words;

    for (const char *p = list; *p; p++)
        n += *p == ',';
    words = calloc(n + 1, sizeof *words);
    for (size_t i = 0; words && i < n; i++) {
        const size_t len = strcspn(list, ",");
        words[i] = strndup(list, len);
        if (!words[i]) {
            nai_words_free(words);
            return NULL;
        }
        list += len + (list[len] == ',');
    }
    return words;
}

void nai_words_free(char **words)
{
    for (char **p = words; p && *p; p++)
        free(*p);
    free(words);
}
