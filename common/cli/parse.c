/* parse.c - the command line against the option table
 * SPDX-License-Identifier: MIT */
#include "cli_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blas.h"
#include "threads.h"

enum { KEY_BASE = 256 };

_Noreturn void nai_usage(const struct nai_cli *cli, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "%s: ", cli->tool->name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputs(" (try --help)\n", stderr);
    exit(NAI_EUSAGE);
}

size_t nai_shared_options(struct nai_opt shared[static NAI_SHARED_MAX], struct nai_cli *cli,
                          unsigned uses)
{
    size_t n = 0;

    if (uses & (NAI_USES_STREAM_OUT | NAI_USES_BINARY_OUT | NAI_USES_TEXT_OUT))
        shared[n++] = (struct nai_opt){
            "output", 'o', NAI_TEXT, &cli->output,
            0,        0,   "FILE",   "write to FILE, which appears whole or not at all [stdout]"};
    if (uses & NAI_USES_STREAM_OUT)
        shared[n++] = (struct nai_opt){
            "level", 0,  NAI_SIZE, &cli->level,
            0,       19, "N",      "0 stored, 1-19 zstd [1 to a regular file, 0 to a pipe]"};
    if (uses & NAI_USES_STREAM_OUT)
        shared[n++] = (struct nai_opt){"provenance",
                                       0,
                                       NAI_CHOICE,
                                       &cli->provenance,
                                       0,
                                       0,
                                       "full|basename|none",
                                       "how much of the command line the history keeps [full]"};
    if (uses & NAI_USES_JSON)
        shared[n++] = (struct nai_opt){"json", 0, NAI_FLAG, &cli->json,
                                       0,      0, NULL,     "print JSON, one object a line"};
    if (uses & NAI_USES_SEED)
        shared[n++] = (struct nai_opt){"seed",   's',
                                       NAI_SIZE, &cli->seed,
                                       0,        9223372036854774784.0,
                                       "SEED",   "seed of everything drawn [0]"};
    if (uses & NAI_USES_THREADS)
        shared[n++] = (struct nai_opt){
            "threads", 'j',  NAI_SIZE, &cli->threads,
            1,         1024, "N",      "threads in all; changes no result [all CPUs]"};
    if (uses & NAI_USES_PROGRESS)
        shared[n++] = (struct nai_opt){
            "progress", 0,
            NAI_REAL,   &cli->progress,
            0.1,        86400,
            "SEC",      "report progress every SEC seconds [1, on a terminal only]"};
    shared[n++] = (struct nai_opt){"quiet", 'q', NAI_FLAG, &cli->quiet,
                                   0,       0,   NULL,     "no warnings and no progress"};
    shared[n++] = (struct nai_opt){"verbose", 'v', NAI_FLAG, &cli->verbose, 0, 0, NULL, "say more"};
    shared[n] = (struct nai_opt){0};
    return n;
}

/* ---- values ---- */

static void store_size(const struct nai_cli *c, const struct nai_opt *o, const char *text)
{
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || !((double)v >= o->min) ||
        !((double)v <= o->max) || v > INT64_MAX) /* histories hold signed integers */
        nai_usage(c, "--%s: '%s' is not an integer in [%.0f, %.0f]", o->name, text, o->min, o->max);
    *(size_t *)o->dst = (size_t)v;
}

static void store_real(const struct nai_cli *c, const struct nai_opt *o, const char *text)
{
    char *end;
    double x;

    errno = 0;
    x = strtod(text, &end);
    if (end == text || *end || errno || !isfinite(x) || !(x >= o->min && x <= o->max) ||
        strchr(" \t\n", text[0]))
        nai_usage(c, "--%s: '%s' is not a number in [%g, %g]", o->name, text, o->min, o->max);
    *(double *)o->dst = x;
}

static void store_choice(const struct nai_cli *c, const struct nai_opt *o, const char *text)
{
    const size_t n = strlen(text);
    int k = 0;

    for (const char *p = o->arg; p; k++) {
        const char *const bar = strchr(p, '|');
        const size_t len = bar ? (size_t)(bar - p) : strlen(p);
        if (len == n && strncmp(p, text, n) == 0) {
            *(int *)o->dst = k;
            return;
        }
        p = bar ? bar + 1 : NULL;
    }
    nai_usage(c, "--%s: '%s' is not one of %s", o->name, text, o->arg);
}

static void store_range(const struct nai_cli *c, const struct nai_opt *o, const char *text)
{
    const char *const colon = strchr(text, ':');
    const bool has[2] = {colon && colon != text, colon && colon[1] != '\0'};
    size_t *const dst = o->dst, range[2] = {dst[0], dst[1]};
    char *end = NULL;
    bool ok = colon != NULL;

    errno = 0;
    if (ok && has[0]) {
        range[0] = (size_t)strtoull(text, &end, 10);
        ok = text[0] >= '0' && text[0] <= '9' && end == colon;
    }
    if (ok && has[1]) {
        range[1] = (size_t)strtoull(colon + 1, &end, 10);
        ok = colon[1] >= '0' && colon[1] <= '9' && *end == '\0';
    }
    if (!ok || errno || (has[0] && has[1] && range[0] > range[1]) ||
        (has[0] && (double)range[0] < o->min) || (has[1] && (double)range[1] < o->min))
        nai_usage(c, "--%s: '%s' is not a range LO:HI from %.0f", o->name, text, o->min);
    dst[0] = range[0];
    dst[1] = range[1];
}

static void store(const struct nai_cli *c, const struct nai_opt *o, const char *text)
{
    switch (o->type) {
    case NAI_FLAG:
        *(bool *)o->dst = true;
        break;
    case NAI_SIZE:
        store_size(c, o, text);
        break;
    case NAI_REAL:
        store_real(c, o, text);
        break;
    case NAI_CHOICE:
        store_choice(c, o, text);
        break;
    case NAI_RANGE:
        store_range(c, o, text);
        break;
    case NAI_TEXT:
    case NAI_LIST:
        if (text[0] == '\0')
            nai_usage(c, "--%s: empty value", o->name);
        *(const char **)o->dst = text;
        break;
    }
}

/* ---- the history keeps what decides the result, in one order of writing ---- */

static bool is_local(const struct nai_opt *o)
{
    static const char *const local[] = {"output", "level",   "provenance", "threads",
                                        "quiet",  "verbose", "progress",   NULL};

    for (const char *const *p = local; *p; p++)
        if (strcmp(o->name, *p) == 0)
            return true;
    return false;
}

static void keep(struct nai_cli *c, const char *dashes, const char *name, const char *value)
{
    const size_t n = strlen(dashes) + strlen(name) + (value ? strlen(value) + 1 : 0) + 1;
    char **const p = realloc(c->kept, (c->nkept + 1) * sizeof *p);
    char *const text = malloc(n);

    if (!p || !text) {
        fprintf(stderr, "%s: out of memory\n", c->tool->name);
        exit(NAI_ESYSTEM);
    }
    snprintf(text, n, "%s%s%s%s", dashes, name, value ? "=" : "", value ? value : "");
    c->kept = p;
    p[c->nkept++] = text;
}

/* ---- parsing ---- */

static void unknown(const struct nai_cli *c, const struct nai_opt *all, size_t n, const char *arg)
{
    const char *names[NAI_OPTIONS_MAX + 3], *near;
    char word[100];
    size_t k = 0;

    for (size_t i = 0; i < n; i++)
        names[k++] = all[i].name;
    names[k++] = "help";
    names[k++] = "version";
    names[k] = NULL;
    snprintf(word, sizeof word, "%s", strncmp(arg, "--", 2) == 0 ? arg + 2 : "");
    word[strcspn(word, "=")] = '\0';
    near = nai_nearest(word, names);
    if (near)
        nai_usage(c, "unknown option '%.100s' (did you mean '--%s'?)", arg, near);
    nai_usage(c, "unknown option '%.100s'", arg);
}

/*
 * What libraries read when they are loaded: start again with it set. Debian's OpenBLAS takes recent
 * CPUs for very old ones; and OpenMP's threads, which by default spin while they wait, would take
 * the CPU from the other stages of a pipeline (several times slower on few CPUs).
 */
static void start_again(char **argv)
{
    const char *const core = nai_blas_better_core();
    bool again = core && setenv("OPENBLAS_CORETYPE", core, 0) == 0;

    if (!getenv("OMP_WAIT_POLICY") && setenv("OMP_WAIT_POLICY", "passive", 0) == 0)
        again = true;
    if (again)
        execv("/proc/self/exe", argv);
}

static void parse(struct nai_cli *c, const struct nai_opt *all, size_t n, int argc, char **argv)
{
    struct option lopts[NAI_OPTIONS_MAX + 4] = {0};
    char sopts[2 * NAI_OPTIONS_MAX + 8] = ":hV", *s = sopts + 3;
    int k;

    for (size_t i = 0; i < n; i++) {
        const int has_arg = all[i].type == NAI_FLAG ? no_argument : required_argument;
        lopts[i] = (struct option){all[i].name, has_arg, NULL, KEY_BASE + (int)i};
        if (all[i].key) {
            *s++ = all[i].key;
            if (has_arg == required_argument)
                *s++ = ':';
        }
    }
    lopts[n] = (struct option){"help", no_argument, NULL, 'h'};
    lopts[n + 1] = (struct option){"version", no_argument, NULL, 'V'};
    lopts[n + 2] = (struct option){"completion", required_argument, NULL, KEY_BASE - 1};
    opterr = 0;
    while ((k = getopt_long(argc, argv, sopts, lopts, NULL)) != -1) {
        if (k == 'h')
            nai_help(c, all, n);
        if (k == 'V')
            nai_version(c);
        if (k == KEY_BASE - 1)
            nai_completion(c, all, n, optarg);
        if (k == ':')
            nai_usage(c, "'%s' needs a value", argv[optind - 1]);
        if (k == '?') {
            const char letter[3] = {'-', (char)optopt, '\0'};
            unknown(c, all, n, optopt > 0 && optopt < KEY_BASE - 1 ? letter : argv[optind - 1]);
        }
        for (size_t i = 0; i < n; i++)
            if (k == KEY_BASE + (int)i || (all[i].key && k == all[i].key)) {
                store(c, &all[i], optarg);
                if (!is_local(&all[i]))
                    keep(c, "--", all[i].name, all[i].type == NAI_FLAG ? NULL : optarg);
            }
    }
}

/* A closed descriptor 0, 1 or 2 would be given to the next file opened, and messages would end up
 * in it. What holds its place cannot be used: real reading or writing still fails. */
static void hold_standard_fds(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
            exit(NAI_ESYSTEM);
}

size_t nai_opts_add(struct nai_opt *table, const struct nai_opt *rows)
{
    size_t n = 0;

    for (; rows[n].name; n++)
        table[n] = rows[n];
    return n;
}

void nai_cli_parse(struct nai_cli *c, const struct nai_tool *t, int argc, char **argv)
{
    struct nai_opt all[NAI_OPTIONS_MAX], shared[NAI_SHARED_MAX];
    size_t n = 0;

    signal(SIGPIPE, SIG_DFL); /* a parent may have left it ignored */
    hold_standard_fds();
    if (t->uses & NAI_USES_BLAS)
        start_again(argv);
    *c = (struct nai_cli){
        .tool = t, .threads = (size_t)nai_threads_default(), .level = SIZE_MAX, .t0 = nai_now()};
    for (const struct nai_opt *o = t->opts; o->name; o++) {
        if (n == NAI_OPTIONS_MAX - NAI_SHARED_MAX) /* the first run of the tool says so */
            abort();
        all[n++] = *o;
    }
    nai_shared_options(shared, c, t->uses);
    for (const struct nai_opt *o = shared; o->name; o++)
        all[n++] = *o;
    keep(c, "", t->name, NULL);
    parse(c, all, n, argc, argv);
    c->files = argv + optind;
    c->nfiles = (size_t)(argc - optind);
    for (size_t i = 0; i < c->nfiles; i++)
        keep(c, "", c->files[i], NULL);
    if (t->uses & NAI_USES_BLAS)
        nai_blas_init((int)c->threads);
}

int nai_cli_exit(const struct nai_cli *cli, int status, const struct nai_err *err)
{
    if (status != NAI_OK) {
        const char *const why = err->msg[0] ? err->msg : "failed for a reason it did not give";
        fprintf(stderr, "%s: %s\n", cli->tool->name, why);
        nai_out_refuse(cli, status, why);
    }
    for (size_t i = 0; i < cli->nkept; i++)
        free(cli->kept[i]);
    free(cli->kept);
    return status;
}
