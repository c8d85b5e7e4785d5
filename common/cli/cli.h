/* cli.h - option table, messages, exit codes and atomic output shared by every tool
 * SPDX-License-Identifier: MIT
 *
 * With tools/, the only code that prints or exits. A main is: tables, nai_cli_parse, run(),
 * nai_cli_exit; run() returns an enum nai_status and fills a struct nai_err. */
#ifndef NAI_CLI_H
#define NAI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "nearest.h"
#include "nts.h"

enum nai_opt_type {
    NAI_FLAG,   /* bool */
    NAI_SIZE,   /* size_t: an integer in [min, max] */
    NAI_REAL,   /* double: finite, in [min, max] */
    NAI_TEXT,   /* const char * */
    NAI_CHOICE, /* int: index of the word among those of `arg`, "none|rank" */
    NAI_RANGE,  /* size_t[2]: LO:HI from min, LO <= HI; an open end keeps the default */
    NAI_LIST    /* const char *: as NAI_TEXT; may be given once, words split by commas */
};

/*
 * One row is one option: it drives the parser, --help, the man page check, completion and the
 * provenance. A table ends with a row whose name is NULL.
 */
struct nai_opt {
    const char *name; /* long name, without the dashes */
    char key;         /* short name, or 0 */
    enum nai_opt_type type;
    void *dst; /* as the type says; holds the default */
    double min, max;
    const char *arg;  /* metavariable, e.g. "N"; the words of a choice; NULL for a flag */
    const char *help; /* one line; the default in brackets */
};

/* Which of the shared options a tool has. */
enum nai_uses {
    NAI_USES_STREAM_OUT = 1, /* -o --level --provenance: stdout is an NTS stream */
    NAI_USES_BINARY_OUT = 2, /* -o: stdout is another binary format */
    NAI_USES_TEXT_OUT = 4,   /* -o: stdout is text */
    NAI_USES_JSON = 8,       /* --json */
    NAI_USES_SEED = 16,      /* -s */
    NAI_USES_THREADS = 32,   /* -j */
    NAI_USES_BLAS = 64,      /* -j reaches OpenMP and BLAS, and --version names the BLAS */
    NAI_USES_PROGRESS = 128  /* --progress */
};

struct nai_tool {
    const char *name;     /* "nai-alpha": the prefix of every message */
    const char *synopsis; /* "[OPTION]... [FILE]" */
    const char *summary;  /* one sentence, the same as NAME in the man page */
    const char *example;  /* a command that runs, or several lines of them */
    const char *operands; /* first-operand words for completion, "idx|npy"; NULL: files */
    unsigned uses;        /* enum nai_uses */
    const struct nai_opt *opts;
};

enum nai_provenance { NAI_PROV_FULL, NAI_PROV_BASENAME, NAI_PROV_NONE };

/* A parsed command line. */
struct nai_cli {
    const struct nai_tool *tool;
    int argc;
    char **argv;
    size_t nfiles;
    char **files;       /* the operands */
    const char *output; /* -o, or NULL: stdout */
    size_t threads;     /* -j */
    uint64_t seed;      /* -s [0] */
    bool seed_used;     /* set it when a number was drawn: the seed goes into the history */
    bool quiet, verbose, json;
    double progress; /* seconds between lines; 0: only on a terminal */
    size_t level;    /* --level; SIZE_MAX: by the kind of output */
    size_t chunk;    /* payload bytes a record of the output aims at; 0: the library's */
    int provenance;
    double t0, t_last; /* for progress */
    const char *unit;  /* what progress counts; NULL: rows */
    bool streaming;    /* the output stream was begun */
    char **kept;       /* the command line as the history keeps it */
    size_t nkept;
};

/* nai_opts_add - copy rows, which end as a table does, to where a table goes on; their number. */
size_t nai_opts_add(struct nai_opt *table, const struct nai_opt *rows);

/*
 * nai_cli_parse - fill cli and the destinations of the table.
 *
 * Does not return for --help, --version and --completion (exit 0) nor for a bad command line (one
 * line on stderr, exit 2).
 */
void nai_cli_parse(struct nai_cli *cli, const struct nai_tool *t, int argc, char **argv);

/* nai_usage - "tool: message (try --help)", exit 2. For what the table cannot check. */
_Noreturn void nai_usage(const struct nai_cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* nai_warn - "tool: warning: message" on stderr, unless -q. */
void nai_warn(const struct nai_cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* nai_note - "tool: message" on stderr with -v. */
void nai_note(const struct nai_cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* nai_find_word - the index of the first operand among words (NULL-terminated); a usage error, with
 * the nearest one, when it is none of them. what: "KIND of input". */
size_t nai_find_word(const struct nai_cli *cli, const char *const *words, const char *what);

/* nai_words - split a comma-separated list: a NULL-terminated copy, to be freed with
 * nai_words_free. NULL when out of memory. */
char **nai_words(const char *list);
void nai_words_free(char **words);

/* nai_progress - report rows (or cli->unit) done (of total, 0 when unknown) when it is time to. */
void nai_progress(struct nai_cli *cli, uint64_t done, uint64_t total);

/* nai_cli_exit - print err when status is not 0, and tell the next stage where a stream was
 * expected of this one and not begun. Returns status, for main to return. */
int nai_cli_exit(const struct nai_cli *cli, int status, const struct nai_err *err);

/* ---- where bytes go: stdout, or a file that appears whole or not at all ---- */

struct nai_sink {
    int fd;
    char *target; /* NULL: stdout, or a special file written in place */
    char *temp;   /* name of the temporary, NULL where it has none */
    const char *name;
};

/* nai_sink_open - path NULL or "-": stdout. binary: refused on a terminal. */
int nai_sink_open(struct nai_sink *s, const char *path, bool binary, struct nai_err *err);

/* nai_sink_close - status 0: fsync and move into place (or close stdout, noticing a full disk);
 * otherwise leave nothing behind. Returns the final status. */
int nai_sink_close(struct nai_sink *s, int status, struct nai_err *err);

/* nai_write_all - write n bytes; NAI_ESYSTEM on failure. */
int nai_write_all(int fd, const void *data, size_t n, const char *name, struct nai_err *err);

/*
 * nai_print - write a report, whole, to -o or stdout: nothing of it appears when status is not 0.
 *
 * text, n  in  what an open_memstream gathered; freed here
 */
int nai_print(const struct nai_cli *cli, int status, char *text, size_t n, struct nai_err *err);

/* ---- streams ---- */

struct nai_in {
    struct nts_reader *r;
    const struct nts_header *h; /* the reader's */
    int fd;
    char name[256];
};

/* nai_in_open - path NULL or "-": stdin, refused on a terminal. */
int nai_in_open(struct nai_cli *cli, struct nai_in *in, const char *path, struct nai_err *err);

/* nai_in_close - always; in may be all zero. */
void nai_in_close(struct nai_in *in);

/* nai_file - operand i, or NULL (stdin) when there are fewer. */
const char *nai_file(const struct nai_cli *cli, size_t i);

struct nai_out {
    struct nts_writer *w;
    struct nai_sink sink;
};

/*
 * nai_out_history - append this run's entry to the history of h, as --provenance wishes.
 *
 * parent  in  nts_header*[nparents]: what the stream comes from; their history is adopted
 */
int nai_out_history(struct nai_cli *cli, struct nts_header *h,
                    const struct nts_header *const *parent, size_t nparents, struct nai_err *err);

/*
 * nai_out_open - start the output stream.
 *
 * h         in  copied; this run's history entry is appended to the copy
 * parent    in  nai_in[nparents]: streams open at this moment, whose history is adopted
 */
int nai_out_open(struct nai_cli *cli, struct nai_out *out, const struct nts_header *h,
                 const struct nai_in *parent, size_t nparents, struct nai_err *err);

/* nai_out_input - record what `in` was (after its end) in the closing record. */
int nai_out_input(struct nai_out *out, const struct nai_in *in, struct nai_err *err);

/* nai_out_close - status 0: complete the stream and move it into place; otherwise end it as failed
 * (its reader fails too) and leave no file. Always call it. Returns the final status. */
int nai_out_close(struct nai_cli *cli, struct nai_out *out, int status, struct nai_err *err);

#endif
