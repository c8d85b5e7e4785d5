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
    fprintf(stderr, " %s, %.*f/s", cli->unit ? cli->unit : "rows", rate < 10 ? 2 : 0, rate);
    if (total > done && rate > 0)
        fprintf(stderr, ", %.0f s left", (double)(total - done) / rate);
    fputs(terminal ? "   " : "\n", stderr);
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
