/* stream.c - streams in and out of a tool, with their history
 * SPDX-License-Identifier: MIT */
#include "cli_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *nai_file(const struct nai_cli *cli, size_t i)
{
    return i < cli->nfiles ? cli->files[i] : NULL;
}

int nai_in_open(struct nai_cli *cli, struct nai_in *in, const char *path, struct nai_err *err)
{
    const bool std = !path || strcmp(path, "-") == 0;
    int rc;

    *in = (struct nai_in){.fd = STDIN_FILENO};
    snprintf(in->name, sizeof in->name, "%s", std ? "<stdin>" : path);
    if (std && isatty(STDIN_FILENO))
        return nai_err_set(err, NAI_EUSAGE,
                           "<stdin>: waiting for a stream on a terminal; name a FILE or pipe one "
                           "in (try --help)");
    if (!std)
        in->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        return nai_err_set(err, NAI_ESYSTEM, "%.200s: cannot open:", path);
    rc = nts_open(&in->r, in->fd,
                  &(struct nts_ropts){.name = in->name, .threads = (int)cli->threads}, err);
    if (rc != NAI_OK) {
        nai_in_close(in);
        return rc;
    }
    in->h = nts_reader_header(in->r);
    return NAI_OK;
}

void nai_in_close(struct nai_in *in)
{
    nts_close(in->r);
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    *in = (struct nai_in){.fd = -1};
}

/* "--labels=dir/y.npy" and "dir/x.npy" without their folders, in place. */
static void basenames(char *arg)
{
    char *const value = strncmp(arg, "--", 2) == 0 ? strchr(arg, '=') : NULL;
    char *const start = value ? value + 1 : arg;
    const char *const slash = strrchr(start, '/');

    if (slash && (value || strncmp(arg, "--", 2) != 0))
        memmove(start, slash + 1, strlen(slash + 1) + 1);
}

int nai_out_history(struct nai_cli *cli, struct nts_header *h,
                    const struct nts_header *const *parent, size_t nparents, struct nai_err *err)
{
    const char **const ids = calloc(nparents + 1, sizeof *ids);
    const bool none = cli->provenance == NAI_PROV_NONE;
    int rc = ids ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t i = 0; rc == NAI_OK && i < nparents; i++) {
        ids[i] = nts_header_id(parent[i]);
        rc = nts_header_adopt(h, parent[i], err);
    }
    for (size_t i = 0; i < cli->nkept && cli->provenance == NAI_PROV_BASENAME; i++)
        basenames(cli->kept[i]);
    if (rc == NAI_OK)
        rc = nts_header_history(h, cli->tool->name, NAI_VERSION, none ? 0 : (int)cli->nkept,
                                (const char *const *)cli->kept, cli->seed_used ? &cli->seed : NULL,
                                ids, nparents, err);
    free(ids);
    return rc;
}

/* The same from streams that are open; of models that follow one another the last is the parent. */
static int history(struct nai_cli *cli, struct nts_header *h, const struct nai_in *parent,
                   size_t nparents, struct nai_err *err)
{
    const struct nts_header **const from = calloc(nparents + 1, sizeof *from);
    int rc;

    if (!from)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; i < nparents; i++)
        from[i] = nts_reader_header(parent[i].r);
    rc = nai_out_history(cli, h, from, nparents, err);
    free(from);
    return rc;
}

int nai_out_open(struct nai_cli *cli, struct nai_out *out, const struct nts_header *h,
                 const struct nai_in *parent, size_t nparents, struct nai_err *err)
{
    struct nts_header *const copy = nts_header_copy(h);
    struct nts_wopts opt = {.level = cli->level == SIZE_MAX ? NTS_LEVEL_DEFAULT : (int)cli->level,
                            .threads = (int)cli->threads,
                            .chunk = cli->chunk};
    int rc = copy ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    *out = (struct nai_out){.sink.fd = -1};
    if (rc == NAI_OK)
        rc = history(cli, copy, parent, nparents, err);
    if (rc == NAI_OK)
        rc = nai_sink_open(&out->sink, cli->output, true, err);
    if (rc == NAI_OK) {
        cli->streaming = true;
        opt.name = out->sink.name;
        rc = nts_create(&out->w, out->sink.fd, copy, &opt, err);
    }
    nts_header_free(copy);
    return rc;
}

int nai_out_input(struct nai_out *out, const struct nai_in *in, struct nai_err *err)
{
    size_t n;
    const struct nts_input *const done = nts_reader_inputs(in->r, &n);
    int rc = NAI_OK;

    for (size_t i = 0; rc == NAI_OK && i < n; i++)
        rc = nts_writer_input(out->w, &done[i], err);
    return rc;
}

/* The reader is told. One that has had enough already, as it saw what the stream is not, must not
 * end this tool by a signal: it ends with its own status. */
static void last_words(struct nts_writer *w, const struct nai_cli *cli, int status,
                       const char *message)
{
    signal(SIGPIPE, SIG_IGN);
    nts_abort(w, cli->tool->name, NAI_VERSION, status, message);
}

int nai_out_close(struct nai_cli *cli, struct nai_out *out, int status, struct nai_err *err)
{
    if (!out->w && !out->sink.target)
        return status;
    if (status == NAI_OK)
        status = nts_finish(out->w, err);
    if (status != NAI_OK && out->w && !out->sink.target) /* a file is simply not made */
        last_words(out->w, cli, status, err->msg);
    if (status == NAI_OK)
        nai_note(cli, "%s: digest %s", out->sink.name, nts_writer_digest(out->w));
    nts_discard(out->w);
    out->w = NULL;
    return nai_sink_close(&out->sink, status, err);
}

void nai_out_refuse(const struct nai_cli *cli, int status, const char *message)
{
    struct nts_header *h;
    struct nts_writer *w;
    struct stat st;

    if (!(cli->tool->uses & NAI_USES_STREAM_OUT) || cli->streaming || cli->output ||
        status == NAI_EUSAGE || fstat(STDOUT_FILENO, &st) != 0 || !S_ISFIFO(st.st_mode))
        return; /* a file that stays empty says enough */
    h = nts_header_new(NULL);
    if (h && nts_create(&w, STDOUT_FILENO, h, NULL, NULL) == NAI_OK) {
        last_words(w, cli, status, message);
        nts_discard(w);
    }
    nts_header_free(h);
}
