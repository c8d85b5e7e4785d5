/* gnuplot.c - see gnuplot.h
 * SPDX-License-Identifier: MIT */
#include "gnuplot.h"

#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What comes out of one descriptor. */
struct gathered {
    char *text;
    size_t n, room;
};

struct child {
    pid_t pid;
    int in, out, err; /* our ends; -1 when closed */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Put descriptor `from` in place `to` of the child, the rest closed. */
static int place(posix_spawn_file_actions_t *act, const int pair[3][2])
{
    int rc = 0;

    for (int i = 0; rc == 0 && i < 3; i++)
        rc = posix_spawn_file_actions_adddup2(act, pair[i][1], i);
    for (int i = 0; rc == 0 && i < 3; i++)
        for (int k = 0; rc == 0 && k < 2; k++)
            if (pair[i][k] > STDERR_FILENO)
                rc = posix_spawn_file_actions_addclose(act, pair[i][k]);
    return rc;
}

/* Socket pairs, not pipes: a script that gnuplot does not read to its end is then an error of
 * send, not a signal. */
static int start(struct child *c, struct nai_err *err)
{
    char name[] = "gnuplot", defaults[] = "-d", input[] = "-";
    char *const argv[] = {name, defaults, input, NULL};
    int pair[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    posix_spawn_file_actions_t act;
    int rc = 0;

    for (int i = 0; rc == 0 && i < 3; i++)
        rc = socketpair(AF_UNIX, SOCK_STREAM, 0, pair[i]) == 0 ? 0 : errno;
    if (rc == 0)
        rc = posix_spawn_file_actions_init(&act);
    if (rc == 0) {
        rc = place(&act, (const int(*)[2])pair);
        if (rc == 0)
            rc = posix_spawnp(&c->pid, name, &act, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&act);
    }
    for (int i = 0; i < 3; i++)
        close_fd(&pair[i][1]);
    if (rc == 0) {
        *c = (struct child){c->pid, pair[0][0], pair[1][0], pair[2][0]};
        return NAI_OK;
    }
    for (int i = 0; i < 3; i++)
        close_fd(&pair[i][0]);
    if (rc == ENOENT)
        return nai_err_set(err, NAI_ESYSTEM,
                           "gnuplot is not installed (Debian, Ubuntu: apt install gnuplot-nox)");
    errno = rc;
    return nai_err_set(err, NAI_ESYSTEM, "cannot start gnuplot:");
}

/* Read once; closes fd at its end. */
static bool gather(struct gathered *g, int *fd)
{
    ssize_t k;

    if (g->n + 65536 > g->room) {
        const size_t room = 2 * g->room + 65536;
        char *const p = realloc(g->text, room + 1); /* one more for a terminating zero */
        if (!p)
            return false;
        g->text = p;
        g->room = room;
    }
    k = read(*fd, g->text + g->n, 65536);
    if (k > 0)
        g->n += (size_t)k;
    else if (k == 0 || errno != EINTR)
        close_fd(fd);
    g->text[g->n] = '\0';
    return true;
}

/* Feed the script and take both outputs as they come: neither side ever waits for the other. */
static bool converse(struct child *c, struct gathered g[static 2], const char *script, size_t size)
{
    bool ok = true;

    while (ok && (c->in >= 0 || c->out >= 0 || c->err >= 0)) {
        struct pollfd p[3] = {{c->in, POLLOUT, 0}, {c->out, POLLIN, 0}, {c->err, POLLIN, 0}};
        if (poll(p, 3, -1) < 0) {
            ok = errno == EINTR;
            continue;
        }
        if (p[0].revents) {
            const ssize_t k = send(c->in, script, size, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (k >= 0) {
                script += k;
                size -= (size_t)k;
            }
            if (size == 0 || (k < 0 && errno != EAGAIN && errno != EINTR))
                close_fd(&c->in);
        }
        if (p[1].revents)
            ok = gather(&g[0], &c->out);
        if (ok && p[2].revents)
            ok = gather(&g[1], &c->err);
    }
    close_fd(&c->in);
    close_fd(&c->out);
    close_fd(&c->err);
    return ok;
}

/* The last line that says something, without "line N: " before it. */
static const char *complaint(char *text)
{
    char *line = NULL, *end;

    for (char *p = text; p && *p; p = end) {
        p += strspn(p, " \t");
        end = p + strcspn(p, "\n");
        if (end > p)
            line = p;
        if (*end)
            *end++ = '\0';
    }
    if (!line)
        return "it did not say why";
    if (strncmp(line, "line ", 5) == 0 && (end = strstr(line, ": ")))
        line = end + 2;
    return line;
}

int nai_gnuplot_run(char **out, size_t *n, const char *script, size_t size, struct nai_err *err)
{
    struct gathered g[2] = {{0}};
    struct child c = {.in = -1, .out = -1, .err = -1};
    int status = 0, rc = start(&c, err);
    bool ok;

    if (rc != NAI_OK)
        return rc;
    ok = converse(&c, g, script, size);
    while (waitpid(c.pid, &status, 0) < 0)
        if (errno != EINTR) {
            rc = nai_err_set(err, NAI_ESYSTEM, "cannot wait for gnuplot:");
            break;
        }
    if (rc == NAI_OK && !ok)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    else if (rc == NAI_OK && WIFSIGNALED(status))
        rc = nai_err_set(err, NAI_ESYSTEM, "gnuplot was killed by signal %d", WTERMSIG(status));
    else if (rc == NAI_OK && WEXITSTATUS(status) != 0)
        rc = nai_err_set(err, NAI_ESYSTEM, "gnuplot failed: %.300s",
                         complaint(g[1].text ? g[1].text : (char[]){""}));
    else if (rc == NAI_OK && g[0].n == 0)
        rc = nai_err_set(err, NAI_ESYSTEM, "gnuplot drew nothing: %.300s",
                         complaint(g[1].text ? g[1].text : (char[]){""}));
    free(g[1].text);
    if (rc != NAI_OK) {
        free(g[0].text);
        return rc;
    }
    *out = g[0].text;
    *n = g[0].n;
    return NAI_OK;
}
