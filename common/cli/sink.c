/* sink.c - output that appears whole or not at all
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_TMPFILE */
#endif
#include "cli_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The one piece of state a signal handler needs: a named temporary, where the file system has no
 * nameless ones. */
static char doomed[4096];

static void on_signal(int sig)
{
    unlink(doomed);
    signal(sig, SIG_DFL);
    raise(sig);
}

static void watch(const char *temp)
{
    const int sigs[] = {SIGINT, SIGTERM, SIGHUP};

    snprintf(doomed, sizeof doomed, "%s", temp);
    for (size_t i = 0; i < sizeof sigs / sizeof sigs[0]; i++)
        if (signal(sigs[i], SIG_IGN) != SIG_IGN) /* nohup's wish stands */
            signal(sigs[i], on_signal);
}

/* A name beside the target that nobody uses: "dir/.nai.PID.n". */
static char *temp_name(const char *target, int n)
{
    const char *const slash = strrchr(target, '/');
    const int dir = slash ? (int)(slash - target) + 1 : 0;
    const size_t size = (size_t)dir + 64;
    char *const name = malloc(size);

    if (name)
        snprintf(name, size, "%.*s.nai.%ld.%d", dir, target, (long)getpid(), n);
    return name;
}

static int open_temp(struct nai_sink *s, struct nai_err *err)
{
    const char *const slash = strrchr(s->target, '/');
    char *const dir = slash ? strndup(s->target, (size_t)(slash - s->target) + 1) : strdup(".");

    if (!dir)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    s->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    free(dir);
    if (s->fd >= 0)
        return NAI_OK;
    for (int n = 0; n < 100 && s->fd < 0; n++) {
        free(s->temp);
        s->temp = temp_name(s->target, n);
        if (!s->temp)
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
        s->fd = open(s->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (s->fd < 0 && errno != EEXIST)
            break;
    }
    if (s->fd < 0)
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot create:", s->target);
    watch(s->temp);
    return NAI_OK;
}

int nai_sink_open(struct nai_sink *s, const char *path, bool binary, struct nai_err *err)
{
    struct stat st;

    *s = (struct nai_sink){.fd = STDOUT_FILENO, .name = "<stdout>"};
    if (!path || strcmp(path, "-") == 0) {
        if (binary && isatty(STDOUT_FILENO))
            return nai_err_set(err, NAI_EUSAGE,
                               "<stdout>: binary data is not written to a terminal; use -o FILE "
                               "or a pipe");
        return NAI_OK;
    }
    s->name = path;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* a device or FIFO: written in place */
        s->fd = open(path, O_WRONLY | O_CLOEXEC);
        return s->fd >= 0 ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "%s: cannot open:", path);
    }
    s->target = realpath(path, NULL); /* through a link to what it names */
    if (!s->target)
        s->target = strdup(path);
    if (!s->target)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (open_temp(s, err) == NAI_OK)
        return NAI_OK;
    free(s->target);
    free(s->temp);
    s->target = s->temp = NULL;
    return NAI_ESYSTEM;
}

/* Give the nameless file a name beside the target. */
static int name_temp(struct nai_sink *s)
{
    char self[64];

    if (s->temp)
        return 0;
    snprintf(self, sizeof self, "/proc/self/fd/%d", s->fd);
    for (int n = 0; n < 100; n++) {
        char *const name = temp_name(s->target, n);
        if (!name)
            return -1;
        if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0) {
            s->temp = name;
            return 0;
        }
        free(name);
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

int nai_sink_close(struct nai_sink *s, int status, struct nai_err *err)
{
    if (s->target && status == NAI_OK) {
        if (fsync(s->fd) != 0)
            status = nai_err_set(err, NAI_ESYSTEM, "%s: write failed:", s->name);
        else if (name_temp(s) != 0 || rename(s->temp, s->target) != 0)
            status = nai_err_set(err, NAI_ESYSTEM, "%s: cannot move into place:", s->name);
    }
    if (s->temp && status != NAI_OK)
        unlink(s->temp);
    if (s->fd >= 0 && close(s->fd) != 0 && status == NAI_OK)
        status = nai_err_set(err, NAI_ESYSTEM, "%s: write failed:", s->name);
    free(s->target);
    free(s->temp);
    *s = (struct nai_sink){.fd = -1, .name = s->name};
    return status;
}

int nai_write_all(int fd, const void *data, size_t n, const char *name, struct nai_err *err)
{
    const char *p = data;

    while (n > 0) {
        const ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return nai_err_set(err, NAI_ESYSTEM, "%s: write failed:", name);
        p += k;
        n -= (size_t)k;
    }
    return NAI_OK;
}

int nai_print(const struct nai_cli *cli, int status, char *text, size_t n, struct nai_err *err)
{
    struct nai_sink s;

    if (status == NAI_OK) {
        status = nai_sink_open(&s, cli->output, false, err);
        if (status == NAI_OK) {
            status = nai_write_all(s.fd, text, n, s.name, err);
            status = nai_sink_close(&s, status, err);
        }
    }
    free(text);
    return status;
}
