/* spectrum_io.c - test of spectrum_io.h: round trips, ranks of a part, what is refused. TAP.
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include "spectrum_io.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/tap.h"

/* Through a stream in memory. */
static int round_trip(struct nai_spectrum *got, const struct nai_spectrum *s, struct nai_err *err)
{
    const struct nts_wopts wopts = {.level = 0, .threads = 1};
    struct nts_header *const h = nts_header_new("spectrum");
    const int fd = memfd_create("spectrum", 0);
    struct nai_spectrum *all = NULL;
    struct nts_writer *w = NULL;
    struct nts_reader *r = NULL;
    size_t n = 0;
    int rc = nai_spectrum_declare(h, s, err);

    if (rc == NAI_OK)
        rc = nts_create(&w, fd, h, &wopts, err);
    if (rc == NAI_OK)
        rc = nai_spectrum_write(w, h, s, err);
    if (rc == NAI_OK)
        rc = nts_finish(w, err);
    lseek(fd, 0, SEEK_SET);
    if (rc == NAI_OK)
        rc = nts_open(&r, fd, NULL, err);
    if (rc == NAI_OK)
        rc = nai_spectra_read(&all, &n, r, "it", err);
    if (rc == NAI_OK && n != 1)
        rc = NAI_EINPUT;
    if (rc == NAI_OK)
        *got = all[0];
    free(all);
    nts_close(r);
    nts_discard(w);
    nts_header_free(h);
    close(fd);
    return rc;
}

static struct nai_spectrum hessian(double *lambda, size_t len, size_t dim)
{
    struct nai_spectrum s = {.name = "loss",
                             .scaling = "hessian",
                             .len = len,
                             .dim = dim,
                             .n = 3,
                             .rank = SIZE_MAX,
                             .trace = NAN,
                             .sumsq = NAN,
                             .lambda = lambda};
    return s;
}

static void density(void)
{
    double lambda[] = {4, 1, 0, -0.5}, weight[] = {0.125, 0.25, 0.5, 0.125};
    struct nai_spectrum s = hessian(lambda, 4, 1000), got = {0};
    struct nai_err err = {0};

    s.weight = weight;
    s.vectors = 2;
    s.trace = 312.5;
    ok(round_trip(&got, &s, &err) == NAI_OK, "a density: %s", err.msg);
    ok(got.weight && memcmp(got.weight, weight, sizeof weight) == 0, "its weights");
    ok(got.lambda && memcmp(got.lambda, lambda, sizeof lambda) == 0, "its nodes");
    ok(got.vectors == 2 && got.dim == 1000 && got.n == 3 && got.bottom == 0, "its meta");
    ok(strcmp(got.scaling, "hessian") == 0 && got.trace == 312.5, "scaling and trace");
    ok(!got.vector && !got.residual && !got.uncentred, "nothing else");
    ok(!nai_spectrum_whole(&got), "never whole");
    nai_spectrum_free(&got);
}

/* Of 100 eigenvalues, the 3 largest and the 2 smallest, with vectors. */
static void part(void)
{
    double lambda[] = {9, 5, 2, -1, -3}, residual[] = {1e-9, 2e-9, 3e-9, 4e-9, 5e-9};
    double *const vector = calloc(5, 100 * sizeof *vector);
    struct nai_spectrum s = hessian(lambda, 5, 100), got = {0};
    struct nai_err err = {0};

    for (size_t i = 0; i < 5; i++)
        vector[i * 100 + i] = 1;
    s.bottom = 2;
    s.residual = residual;
    s.vector = vector;
    ok(round_trip(&got, &s, &err) == NAI_OK, "a part of a spectrum: %s", err.msg);
    ok(got.bottom == 2 && got.len == 5 && got.vectors == 0 && !got.weight, "its meta");
    ok(got.vector && memcmp(got.vector, vector, 500 * sizeof *vector) == 0, "its vectors");
    ok(got.residual && memcmp(got.residual, residual, sizeof residual) == 0, "its residuals");
    ok(nai_spectrum_head(&got) == 3, "3 from the top");
    ok(nai_spectrum_place(&got, 0) == 1 && nai_spectrum_place(&got, 2) == 3, "ranks 1 to 3");
    ok(nai_spectrum_place(&got, 3) == 99 && nai_spectrum_place(&got, 4) == 100, "99 and 100");
    ok(!nai_spectrum_whole(&got) && nai_spectrum_indefinite(&got), "a part, indefinite");
    nai_spectrum_free(&got);
    free(vector);
}

static void judged(void)
{
    double lambda[] = {2, 1, 1e-17, -1e-17, -4};
    struct nai_spectrum s = hessian(lambda, 5, 5);

    near(nai_spectrum_rounding(&s), 4 * 5 * 0x1p-52, 1e-15, "rounding: of the largest magnitude");
    ok(nai_spectrum_whole(&s), "3 rows do not bound the rank of a Hessian of 5");
    ok(nai_spectrum_leading(&s) == 2 && nai_spectrum_indefinite(&s), "2 of 5 are positive");
    s.rank = 3;
    ok(nai_spectrum_leading(&s) == 2, "whatever the rank");
    s.len = 4;
    ok(!nai_spectrum_indefinite(&s), "-1e-17 is rounding");
    memcpy(s.scaling, "covariance", sizeof "covariance");
    ok(nai_spectrum_leading(&s) == 3, "of a covariance, the rank");
    s.len = 3;
    ok(nai_spectrum_whole(&s), "which 3 rows bound");
    s.bottom = s.len = 5;
    ok(nai_spectrum_head(&s) == 5 && nai_spectrum_place(&s, 4) == 5, "all of them have no gap");
}

static void refused(const struct nai_spectrum *s, const char *why)
{
    struct nai_spectrum got = {0};
    struct nai_err err = {0};
    const int rc = round_trip(&got, s, &err);

    ok(rc == NAI_EINPUT && strstr(err.msg, why), "refused: %s (%d: %s)", why, rc, err.msg);
    nai_spectrum_free(&got);
}

static void bad(void)
{
    double up[] = {3, 1, 2}, fine[] = {3, 2, 1}, bent[] = {3, NAN, 1}, again[] = {1, 0.5, 0.7};
    double minus[] = {0.75, -0.25, 0.5}, nan[] = {0.5, NAN, 0.5}, less[] = {0.5, 0.25, 0.2499};
    double close_by[] = {0.5, 0.25, 0.2500001};
    struct nai_spectrum s = hessian(up, 3, 10), got = {0};
    struct nai_err err = {0};

    refused(&s, "eigenvalue 3 is larger than the one before");
    s.lambda = bent;
    refused(&s, "eigenvalue 2 is not finite");
    s.lambda = fine;
    s.weight = minus;
    refused(&s, "weight 2 is not a share");
    s.weight = nan;
    refused(&s, "weight 2 is not a share");
    s.weight = less;
    refused(&s, "its weights sum to 0.9999, not 1");
    s.weight = close_by;
    ok(round_trip(&got, &s, &err) == NAI_OK, "within 1e-6: %s", err.msg);
    nai_spectrum_free(&got);
    s.bottom = 1;
    refused(&s, "of a density");
    s.weight = NULL;
    s.bottom = 4;
    refused(&s, "4 values from the bottom, of 3 held");
    s.bottom = 0;
    s.lambda = again; /* cvPCA's are in the order of one repeat's */
    memcpy(s.scaling, "cvpca", sizeof "cvpca");
    ok(round_trip(&got, &s, &err) == NAI_OK, "cvPCA has no order: %s", err.msg);
    nai_spectrum_free(&got);
    s.len = 0;
    ok(round_trip(&got, &s, &err) == NAI_OK && got.len == 0, "an empty one: %s", err.msg);
    nai_spectrum_free(&got);
}

int main(void)
{
    density();
    part();
    judged();
    bad();
    return tap_end();
}
