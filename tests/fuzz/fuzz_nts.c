/* fuzz_nts.c - whatever the bytes: the reader ends, and only whole streams end well
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "nts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Mutations seldom keep hashes: where the first byte asks for it, bytes from 1 on are bare records
 * whose hashes are put right first, so that what lies behind them is reached. */
static void mend(uint8_t *p, size_t n)
{
    for (size_t at = 0; at + 64 <= n;) {
        uint64_t len = 0, h;
        for (int i = 7; i >= 0; i--)
            len = len << 8 | p[at + 16 + (size_t)i];
        if (len > n - at - 64)
            len = (n - at - 64) & ~(uint64_t)63;
        for (int i = 0; i < 8; i++)
            p[at + 16 + (size_t)i] = (uint8_t)(len >> 8 * i);
        h = XXH64(p + at + 64, len, 0);
        for (int i = 0; i < 8; i++)
            p[at + 40 + (size_t)i] = (uint8_t)(h >> 8 * i);
        h = XXH64(p + at, 56, 0);
        for (int i = 0; i < 8; i++)
            p[at + 56 + (size_t)i] = (uint8_t)(h >> 8 * i);
        at += 64 + len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *const copy = malloc(size + 1);
    const size_t skip = size > 0 && data[0] < 128;
    const int fd = memfd_create("fuzz", 0);
    struct nts_reader *r = NULL;
    struct nts_batch b;
    enum nts_event ev;
    uint64_t sum = 0;

    if (!copy || fd < 0)
        abort();
    for (size_t i = 0; i < size; i++)
        copy[i] = data[i];
    if (skip)
        mend(copy + 1, size - 1);
    if (write(fd, copy + skip, size - skip) != (ssize_t)(size - skip) || lseek(fd, 0, SEEK_SET))
        abort();
    if (nts_open(&r, fd, NULL, NULL) == NAI_OK) {
        while ((ev = nts_read(r, &b, NULL)) == NTS_BATCH || ev == NTS_NEXT)
            if (ev == NTS_BATCH)
                for (size_t f = 0; f < nts_reader_header(r)->section[b.section].nfields; f++)
                    sum +=
                        XXH64(b.data[f],
                              b.rows * nts_reader_header(r)->section[b.section].field[f].width, 0);
        nts_close(r);
    }
    close(fd);
    free(copy);
    return sum == 1 ? -1 : 0; /* so that the sums are not optimised away */
}
