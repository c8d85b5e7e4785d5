/* stream.c - how fast streams are written and read, in memory, on one thread
 * SPDX-License-Identifier: MIT
 * Usage: stream REPEATS   Prints GB/s of rows: medians (least - most). Page cache and disk are left
 * out: bytes go to a file in memory whose pages are there already, or through a pipe. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"
#include "nts.h"
#include "rng.h"

enum { DIM = 2048, ROWS = 65536, BATCH = 512, REPEATS_MAX = 101 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct nts_header *header(void)
{
    struct nts_header *const h = nts_header_new("embedding");

    nts_header_section(h, "rows", -1);
    nts_header_field(h, 0, "x", NAI_F32, 1, (const uint64_t[]){DIM});
    return h;
}

static double write_once(int fd, int level, const float *x)
{
    struct nts_header *const h = header();
    const struct nts_wopts opt = {.level = level};
    struct nts_writer *w;
    const double t = now();
    double seconds;

    if (nts_create(&w, fd, h, &opt, NULL) != NAI_OK)
        abort();
    for (size_t i = 0; i < ROWS; i += BATCH)
        if (nts_write(w, 0, BATCH, (const void *[]){x + i % 8192 * DIM}, NULL) != NAI_OK)
            abort();
    if (nts_finish(w, NULL) != NAI_OK)
        abort();
    seconds = now() - t;
    nts_discard(w);
    nts_header_free(h);
    return seconds;
}

static double read_once(int fd)
{
    struct nts_reader *r;
    struct nts_batch b;
    enum nts_event ev;
    size_t rows = 0;
    const double t = now();

    if (nts_open(&r, fd, NULL, NULL) != NAI_OK)
        abort();
    while ((ev = nts_read(r, &b, NULL)) == NTS_BATCH)
        rows += b.rows;
    if (ev != NTS_END || rows != ROWS)
        abort();
    nts_close(r);
    return now() - t;
}

struct reading {
    int fd;
    double seconds;
};

static void *reader(void *arg)
{
    struct reading *const r = arg;

    r->seconds = read_once(r->fd);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(const char *what, double *seconds, size_t n)
{
    const double gb = (double)ROWS * DIM * sizeof(float) / 1e9;

    qsort(seconds, n, sizeof *seconds, by_size);
    printf("%-28s %6.2f (%.2f - %.2f)\n", what, gb / seconds[n / 2], gb / seconds[n - 1],
           gb / seconds[0]);
}

int main(int argc, char **argv)
{
    const size_t asked = argc > 1 ? strtoul(argv[1], NULL, 10) : 5;
    const size_t n = asked < 1 ? 1 : asked > REPEATS_MAX ? REPEATS_MAX : asked;
    float *const x = nai_alloc(8192 * (size_t)DIM, sizeof *x, "rows", NULL);
    double t[4][REPEATS_MAX];
    struct nai_rng rng;

    if (!x)
        return 1;
    nai_rng_init(&rng, 0, "bench", 0);
    for (size_t i = 0; i < 8192 * (size_t)DIM; i++)
        x[i] = (float)nai_rng_normal(&rng);
    for (int level = 0; level < 2; level++) {
        const int fd = memfd_create("bench", 0);
        write_once(fd, level, x); /* so that its pages are there */
        for (size_t k = 0; k < n; k++) {
            lseek(fd, 0, SEEK_SET);
            t[2 * level][k] = write_once(fd, level, x);
            lseek(fd, 0, SEEK_SET);
            t[2 * level + 1][k] = read_once(fd);
        }
        close(fd);
    }
    report("stored, write", t[0], n);
    report("stored, read", t[1], n);
    report("level 1 + shuffle, write", t[2], n);
    report("level 1 + shuffle, read", t[3], n);
    for (size_t k = 0; k < n; k++) {
        struct reading r;
        pthread_t thread;
        int fds[2];
        if (pipe(fds) != 0)
            return 1;
        r.fd = fds[0];
        pthread_create(&thread, NULL, reader, &r);
        write_once(fds[1], 0, x);
        close(fds[1]);
        pthread_join(thread, NULL);
        close(fds[0]);
        t[0][k] = r.seconds;
    }
    report("stored, through a pipe", t[0], n);
    nai_free(x);
    return 0;
}
