/* nts.c - the stream: round trips, damage, limits, joining. TAP.
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "../lib/nts_stream.h"
#include "../lib/tap.h"

#include <jansson.h>

/* Where each whole stream ends inside p: after the frame that holds DONE. */
static void prefixes(struct bytes s, const char *what)
{
    unsigned long long whole, got;
    struct nai_err err = {0};
    size_t passed = 0, last = 0, wrong = 0;

    ok(stream_read(s.p, s.n, 1, &whole, &err) == NAI_OK, "%s: whole stream reads (%s)", what,
       err.msg);
    for (size_t n = 0; n < s.n; n++) {
        const int rc = stream_read(s.p, n, 1 + n % 2, &got, &err);
        if (rc == NAI_OK) {
            passed++;
            last = n;
            wrong += got != whole;
        } else {
            wrong += rc != NAI_EINPUT;
        }
    }
    /* To a regular file a seek table follows DONE: cut exactly between the two, all is there. */
    ok(passed <= 1 && wrong == 0 && (passed == 0 || s.n - last > 16),
       "%s: every proper prefix refused (%zu read whole, at %zu of %zu; %zu wrong)", what, passed,
       last, s.n, wrong);
}

static void flips(struct bytes s, const char *what)
{
    unsigned long long whole, got;
    struct nai_err err = {0};
    size_t refused = 0, same = 0, wrong = 0;

    stream_read(s.p, s.n, 1, &whole, &err);
    for (size_t bit = 0; bit < 8 * s.n; bit++) {
        int rc;
        s.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
        rc = stream_read(s.p, s.n, 1, &got, &err);
        s.p[bit / 8] ^= (unsigned char)(1 << bit % 8);
        refused += rc == NAI_EINPUT;
        same += rc == NAI_OK && got == whole;
        wrong += (rc == NAI_OK && got != whole) || (rc != NAI_OK && rc != NAI_EINPUT);
    }
    ok(wrong == 0 && refused > same, "%s: %zu flips refused, %zu harmless, %zu wrong", what,
       refused, same, wrong);
}

/* The same rows whatever the writes, chunks, levels and threads: one digest. */
static void identity(void)
{
    char first[17], digest[17];
    struct bytes a = stream_make(0, 1, 1 << 20, 1, 1, first), b;
    size_t differ = 0, bytes = 0;

    for (int level = 0; level < 3; level++)
        for (size_t step = 1; step < 18; step += 4)
            for (size_t chunk = 50; chunk < 1000; chunk *= 3) {
                b = stream_make(level, step, chunk, 1 + (int)(step % 3), step % 2, digest);
                differ += strcmp(first, digest) != 0;
                free(b.p);
            }
    ok(differ == 0, "one digest for all levels, chunks, write sizes and threads (%zu differ)",
       differ);
    free(a.p);
    for (int j = 1; j <= 4; j *= 2) {
        struct bytes c = stream_make(1, 3, 100, 1, 1, digest);
        b = stream_make(1, 5, 100, j, 1, digest);
        bytes += b.n != c.n || memcmp(b.p, c.p, b.n) != 0;
        free(b.p);
        free(c.p);
    }
    ok(bytes == 0, "threads and write sizes change no byte");
}

/* The 331 bytes of the format's own example. */
static void smallest(void)
{
    static const unsigned char start[] = {0x28, 0xb5, 0x2f, 0xfd, 0x84, 0x38, 0x80, 0x00, 0x00,
                                          0x00, 0x01, 0x04, 0x00, 0x89, 0x4e, 0x54, 0x53, 0x0d};
    static const unsigned char end[] = {
        0x5e, 0x2a, 0x4d, 0x18, 0x21, 0x00, 0x00, 0x00, 0x91, 0x00, 0x00, 0x00, 0x80, 0x00,
        0x00, 0x00, 0x8f, 0x16, 0x5f, 0xab, 0x91, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00,
        0x62, 0x77, 0xa1, 0x5d, 0x02, 0x00, 0x00, 0x00, 0x80, 0xb1, 0xea, 0x92, 0x8f};
    struct nts_header *const h = nts_header_new(NULL);
    const int fd = memfd_create("small", 0);
    unsigned char got[400];
    struct nts_writer *w;
    ssize_t n;

    nts_create(&w, fd, h, &(struct nts_wopts){.level = 0}, NULL);
    ok(nts_finish(w, NULL) == NAI_OK && strcmp(nts_writer_digest(w), "ef46db3751d8e999") == 0,
       "an empty stream has digest ef46db3751d8e999");
    n = pread(fd, got, sizeof got, 0);
    ok(n == 331 && memcmp(got, start, sizeof start) == 0 &&
           memcmp(got + 331 - sizeof end, end, sizeof end) == 0,
       "and is the 331 bytes of the format's example (%zd)", n);
    nts_discard(w);
    nts_header_free(h);
    close(fd);
}

static struct bytes joined(struct bytes a, struct bytes b)
{
    struct bytes c = {malloc(a.n + b.n), a.n + b.n};

    memcpy(c.p, a.p, a.n);
    memcpy(c.p + a.n, b.p, b.n);
    return c;
}

/* cat a b; the raw records that zstd -dc gives; the whole recompressed as one frame. */
static void other_envelopes(void)
{
    char digest[17];
    struct bytes a = stream_make(1, 4, 100, 1, 1, digest), b = stream_make(0, 9, 64, 1, 0, digest);
    struct bytes ab = joined(a, b), raw = {malloc(1 << 20), 0}, one;
    unsigned long long sum, again;
    struct nai_err err = {0};
    ZSTD_DCtx *const d = ZSTD_createDCtx();
    ZSTD_inBuffer in = {a.p, a.n, 0};
    ZSTD_outBuffer out = {raw.p, 1 << 20, 0};

    ok(stream_read(ab.p, ab.n, 1, &sum, &err) == NAI_OK, "cat a b reads (%s)", err.msg);
    ok(stream_read(ab.p, ab.n, 3, &again, &err) == NAI_OK && again == sum,
       "and the same with threads");
    while (in.pos < in.size && !ZSTD_isError(ZSTD_decompressStream(d, &out, &in)))
        ;
    raw.n = out.pos;
    stream_read(a.p, a.n, 1, &sum, &err);
    ok(stream_read(raw.p, raw.n, 2, &again, &err) == NAI_OK && again == sum,
       "bare records read (%s)", err.msg);
    {
        struct bytes mixed[2] = {joined(a, raw), joined(raw, a)};
        unsigned long long other;
        for (int j = 1; j < 3; j++)
            for (int k = 0; k < 2; k++)
                ok(stream_read(mixed[k].p, mixed[k].n, j, &other, &err) == NAI_OK,
                   "%s read with %d threads (%s)",
                   k ? "bare records before frames" : "frames before bare records", j, err.msg);
        free(mixed[0].p);
        free(mixed[1].p);
    }
    one = (struct bytes){malloc(ZSTD_compressBound(raw.n)), 0};
    one.n = ZSTD_compress(one.p, ZSTD_compressBound(raw.n), raw.p, raw.n, 3);
    ok(stream_read(one.p, one.n, 1, &again, &err) == NAI_OK && again == sum,
       "one frame for all records reads (%s)", err.msg);
    prefixes(one, "one frame");
    ZSTD_freeDCtx(d);
    free(a.p);
    free(b.p);
    free(ab.p);
    free(raw.p);
    free(one.p);
}

/* An unsized frame, as a streaming compressor makes, of more than the reader's runs. */
static void streamed_frame(void)
{
    struct nts_header *const h = nts_header_new("dataset");
    const int fd = memfd_create("big", 0);
    const size_t n = 300000;
    int *const v = malloc(n * sizeof *v);
    struct nts_writer *w;
    struct bytes whole, raw, z;
    unsigned long long a, b;
    struct nai_err err = {0};
    ZSTD_CCtx *const c = ZSTD_createCCtx();
    ZSTD_DCtx *const d = ZSTD_createDCtx();
    ZSTD_inBuffer in;
    ZSTD_outBuffer out;

    for (size_t i = 0; i < n; i++)
        v[i] = (int)(i * 2654435761u);
    nts_header_section(h, "rows", (int64_t)n);
    nts_header_field(h, 0, "v", NAI_I32, 0, NULL);
    ok(nts_header_field(h, 0, "v", NAI_F32, 0, NULL) == -1, "a second field of that name: refused");
    nts_create(&w, fd, h, &(struct nts_wopts){.level = 1, .chunk = 65536}, NULL);
    nts_write(w, 0, n, (const void *[]){v}, NULL);
    nts_finish(w, NULL);
    nts_discard(w);
    whole = (struct bytes){malloc(4 << 20), 0};
    whole.n = (size_t)pread(fd, whole.p, 4 << 20, 0);
    raw = (struct bytes){malloc(4 << 20), 0};
    in = (ZSTD_inBuffer){whole.p, whole.n, 0};
    out = (ZSTD_outBuffer){raw.p, 4 << 20, 0};
    while (in.pos < in.size && !ZSTD_isError(ZSTD_decompressStream(d, &out, &in)))
        ;
    raw.n = out.pos;
    z = (struct bytes){malloc(4 << 20), 0};
    in = (ZSTD_inBuffer){raw.p, raw.n, 0};
    out = (ZSTD_outBuffer){z.p, 4 << 20, 0};
    ZSTD_compressStream2(c, &out, &in, ZSTD_e_flush);
    ZSTD_compressStream2(c, &out, &in, ZSTD_e_end);
    z.n = out.pos;
    stream_read(whole.p, whole.n, 1, &a, &err);
    ok(stream_read(z.p, z.n, 2, &b, &err) == NAI_OK && a == b && in.pos == in.size,
       "a streamed frame of unknown size reads (%s)", err.msg);
    ok(stream_read(z.p, z.n - 1000, 1, &b, &err) == NAI_EINPUT, "cut short it is refused: %s",
       err.msg);
    ZSTD_freeCCtx(c);
    ZSTD_freeDCtx(d);
    nts_header_free(h);
    close(fd);
    free(v);
    free(whole.p);
    free(raw.p);
    free(z.p);
}

static void refused(const char *what, const void *p, size_t n, const char *word)
{
    unsigned long long sum;
    struct nai_err err = {0};
    const int rc = stream_read(p, n, 1, &sum, &err);

    ok(rc == NAI_EINPUT && strstr(err.msg, word) != NULL, "%s: %s", what, err.msg);
}

static void foreign(void)
{
    refused("nothing at all", "", 0, "empty");
    refused("three bytes", "\x28\xb5\x2f", 3, "not an NTS");
    refused("gzip", "\x1f\x8b\x08\x00zzzz", 8, "gzip");
    refused("npy", "\x93NUMPY\x01\x00", 8, ".npy");
    refused("zip", "PK\x03\x04zzzz", 8, "zip");
    refused("HDF5", "\x89HDF\r\n\x1a\n", 8, "HDF5");
    refused("text", "hello, world\n", 13, "not an NTS");
}

int main(void)
{
    char digest[17];
    struct bytes s;

    smallest();
    foreign();
    for (int level = 0; level < 2; level++)
        for (int regular = 0; regular < 2; regular++) {
            char what[40];
            s = stream_make(level, 6, 200, 1, regular, digest);
            snprintf(what, sizeof what, "%s to a %s", level ? "level 1" : "stored",
                     regular ? "file" : "pipe");
            prefixes(s, what);
            flips(s, what);
            free(s.p);
        }
    identity();
    other_envelopes();
    streamed_frame();
    return tap_end();
}
