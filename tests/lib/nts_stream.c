/* nts_stream.c - see nts_stream.h
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include "nts_stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

int stream_fd(const unsigned char *p, size_t n)
{
    const int fd = memfd_create("stream", 0);

    for (size_t at = 0; at < n;) {
        const ssize_t k = write(fd, p + at, n - at);
        if (k <= 0)
            abort();
        at += (size_t)k;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

struct drain {
    int fd;
    struct bytes got;
};

static void *drain(void *arg)
{
    struct drain *const d = arg;
    size_t cap = 1 << 16;
    ssize_t k;

    d->got = (struct bytes){malloc(cap), 0};
    while ((k = read(d->fd, d->got.p + d->got.n, cap - d->got.n)) > 0) {
        d->got.n += (size_t)k;
        if (d->got.n == cap)
            d->got.p = realloc(d->got.p, cap *= 2);
    }
    return NULL;
}

static void write_rows(struct nts_writer *w, size_t step)
{
    float x[17][5];
    int y[17];
    unsigned char z[9][3];

    for (int i = 0; i < 17; i++) {
        y[i] = i % 3 - 1;
        for (int k = 0; k < 5; k++)
            x[i][k] = (float)(i * 0.25 - k);
    }
    for (int i = 0; i < 9; i++)
        for (int k = 0; k < 3; k++)
            z[i][k] = (unsigned char)(i * 28 + k);
    for (size_t i = 0; i < 17; i += step) { /* the sections' rows interleave */
        const size_t n = 17 - i < step ? 17 - i : step;
        if (nts_write(w, 0, n, (const void *[]){x[i], &y[i]}, NULL) != NAI_OK)
            abort();
        if (i < 9 && nts_write(w, 1, 9 - i < step ? 9 - i : step, (const void *[]){z[i]}, NULL))
            abort();
    }
}

struct bytes stream_make(int level, size_t step, size_t chunk, int threads, int regular,
                         char digest[17])
{
    struct nts_header *const h = nts_header_new("dataset");
    const struct nts_wopts opt = {.level = level, .chunk = chunk, .threads = threads};
    struct drain d = {.fd = -1};
    struct nts_writer *w;
    pthread_t thread;
    int fds[2] = {-1, -1};

    nts_header_section(h, "rows", -1);
    nts_header_field(h, 0, "x", NAI_F32, 1, (const uint64_t[]){5});
    nts_header_field(h, 0, "y", NAI_I32, 0, NULL);
    nts_header_section(h, "pixels", 9);
    nts_header_field(h, 1, "z", NAI_U8, 1, (const uint64_t[]){3});
    nts_header_history(h, "test", "1", 1, (const char *[]){"test"}, NULL, NULL, 0, NULL);
    if (regular)
        fds[1] = memfd_create("out", 0);
    else if (pipe(fds) != 0)
        abort();
    d.fd = fds[0];
    if (!regular)
        pthread_create(&thread, NULL, drain, &d);
    if (nts_create(&w, fds[1], h, &opt, NULL) != NAI_OK)
        abort();
    write_rows(w, step);
    if (nts_finish(w, NULL) != NAI_OK)
        abort();
    memcpy(digest, nts_writer_digest(w), 17);
    nts_discard(w);
    nts_header_free(h);
    if (regular) {
        d.fd = fds[1];
        lseek(d.fd, 0, SEEK_SET);
        drain(&d);
        close(fds[1]);
    } else {
        close(fds[1]);
        pthread_join(thread, NULL);
        close(fds[0]);
    }
    return d.got;
}

int stream_read(const unsigned char *p, size_t n, int threads, unsigned long long *sum,
                struct nai_err *err)
{
    const int fd = stream_fd(p, n);
    struct nts_reader *r;
    struct nts_batch b;
    enum nts_event ev;
    int rc = nts_open(&r, fd, &(struct nts_ropts){.threads = threads}, err);

    *sum = 0;
    while (rc == NAI_OK && (ev = nts_read(r, &b, err)) != NTS_END) {
        const struct nts_header *const h = nts_reader_header(r);
        if (ev == NTS_FAILED) {
            rc = err->code;
            break;
        }
        for (size_t f = 0; ev == NTS_BATCH && f < h->section[b.section].nfields; f++) {
            const struct nts_field *const fl = &h->section[b.section].field[f];
            *sum = XXH64(b.data[f], b.rows * fl->width, *sum + b.section + b.first + fl->dtype);
            *sum = XXH64(fl->name, strlen(fl->name), *sum);
        }
    }
    if (rc == NAI_OK)
        nts_close(r);
    else if (r)
        nts_close(r);
    close(fd);
    return rc;
}
