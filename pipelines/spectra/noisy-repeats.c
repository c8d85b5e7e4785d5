/* noisy-repeats.c - a stage of one's own: two noisy repeats of each row
 * SPDX-License-Identifier: MIT
 *
 * Usage: noisy-repeats SIGMA SEED <rows.nts >repeats.nts
 *
 * Reads field x, u8, f32 or f64, and writes r1 and r2, f32 of the same shape: x plus Gaussian
 * noise, each number drawn by its seed, row, repeat and place, so that no cutting of the stream
 * changes it. Needs nts.h and libnts, and nothing else of nai. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nts.h"

/* Steele, Lea & Flood (2014), SplitMix64: a hash good enough to count through. */
static uint64_t splitmix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A standard normal number by Box and Muller, of the key alone. */
static double normal(uint64_t key)
{
    const double u = ((double)(splitmix(key) >> 11) + 1) * 0x1p-53; /* in (0, 1] */
    const double v = (double)(splitmix(~key) >> 11) * 0x1p-53;

    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static double get(const void *x, enum nai_dtype t, size_t i)
{
    return t == NAI_U8    ? ((const uint8_t *)x)[i]
           : t == NAI_F32 ? (double)((const float *)x)[i]
                          : ((const double *)x)[i];
}

/* A batch of x to batches of r1 and r2, f32[rows][count] each. */
static void add_noise(float *const buf[2], const struct nts_batch *b, const struct nts_field *x,
                      int at, double sigma, uint64_t seed)
{
    for (size_t i = 0; i < b->rows; i++)
        for (uint64_t r = 0; r < 2; r++) {
            const uint64_t stream = splitmix(splitmix(seed) ^ (2 * (b->first + i) + r));
            for (size_t k = i * x->count, j = 0; j < x->count; j++, k++)
                buf[r][k] = (float)(get(b->data[at], x->dtype, k) + sigma * normal(stream + j));
        }
}

static int one_batch(struct nts_writer *out, const struct nts_batch *b, const struct nts_field *x,
                     int at, double sigma, uint64_t seed, struct nai_err *err)
{
    float *const buf[2] = {malloc(b->rows * x->count * sizeof **buf),
                           malloc(b->rows * x->count * sizeof **buf)};
    int rc = NAI_ESYSTEM;

    if (buf[0] && buf[1]) {
        add_noise(buf, b, x, at, sigma, seed);
        rc = nts_write(out, 0, b->rows, (const void *const[]){buf[0], buf[1]}, err);
    }
    free(buf[0]);
    free(buf[1]);
    return rc;
}

/* The header of what comes out: two fields like x, and the history so far with this stage. */
static struct nts_header *describe(const struct nts_header *from, const struct nts_field *x,
                                   int argc, char **argv, uint64_t seed, struct nai_err *err)
{
    struct nts_header *const h = nts_header_new("dataset");
    const char *const parent[] = {nts_header_id(from)};
    const int s = h ? nts_header_section(h, "rows", -1) : -1;

    if (s < 0 || nts_header_field(h, s, "r1", NAI_F32, x->ndim, x->shape) < 0 ||
        nts_header_field(h, s, "r2", NAI_F32, x->ndim, x->shape) < 0 ||
        nts_header_adopt(h, from, err) != NAI_OK ||
        nts_header_history(h, "noisy-repeats", "1", argc, (const char *const *)argv, &seed, parent,
                           parent[0] != NULL, err) != NAI_OK) {
        nts_header_free(h);
        return NULL;
    }
    return h;
}

int main(int argc, char **argv)
{
    const double sigma = argc == 3 ? strtod(argv[1], NULL) : -1;
    const uint64_t seed = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    const struct nts_input *inputs = NULL;
    const struct nts_field *x = NULL;
    struct nts_reader *in = NULL;
    struct nts_writer *out = NULL;
    struct nts_header *h = NULL;
    struct nai_err err = {0};
    struct nts_batch b;
    size_t n = 0;
    int at = -1, rc;

    if (!(sigma >= 0 && isfinite(sigma))) {
        fputs("usage: noisy-repeats SIGMA SEED <rows.nts >repeats.nts\n", stderr);
        return NAI_EUSAGE;
    }
    rc = nts_open(&in, 0, &(struct nts_ropts){.name = "<stdin>"}, &err);
    if (rc == NAI_OK) {
        const struct nts_header *const from = nts_reader_header(in);
        at = from->nsections == 1 ? nts_find_field(&from->section[0], "x") : -1;
        x = at >= 0 ? &from->section[0].field[at] : NULL;
        if (x && x->dtype != NAI_U8 && x->dtype != NAI_F32 && x->dtype != NAI_F64)
            x = NULL;
        h = x ? describe(from, x, argc, argv, seed, &err) : NULL;
        rc = h ? nts_create(&out, 1, h, NULL, &err) : x ? NAI_ESYSTEM : NAI_EINPUT;
        if (!x)
            snprintf(err.msg, sizeof err.msg, "<stdin>: not rows with a field x, u8, f32 or f64");
    }
    for (enum nts_event event; rc == NAI_OK && (event = nts_read(in, &b, &err)) != NTS_END;)
        rc = event == NTS_BATCH ? one_batch(out, &b, x, at, sigma, seed, &err) : NAI_EINPUT;
    inputs = rc == NAI_OK ? nts_reader_inputs(in, &n) : NULL;
    for (size_t i = 0; rc == NAI_OK && i < n; i++)
        rc = nts_writer_input(out, &inputs[i], &err);
    if (rc == NAI_OK)
        rc = nts_finish(out, &err);
    if (rc != NAI_OK) {
        fprintf(stderr, "noisy-repeats: %s\n", err.msg[0] ? err.msg : "cannot go on");
        if (out)
            nts_abort(out, "noisy-repeats", "1", rc, err.msg);
    }
    nts_discard(out);
    nts_header_free(h);
    nts_close(in);
    return rc;
}
