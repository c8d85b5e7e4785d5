/* rank.c - test of rank.h: closed forms
 * SPDX-License-Identifier: MIT */
#include "rank.h"

#include "spectral.h"

enum { N = 64 };

static void flat(struct tap *t)
{
    double lambda[N], v;

    for (int j = 0; j < N; j++)
        lambda[j] = 3.5;
    ok(t, nai_erank(&v, lambda, N, NULL) == NAI_OK, "effective rank");
    near(t, v, N, 1e-11, "effective rank of a flat spectrum");
    nai_rankme(&v, lambda, N, NULL);
    /* n (1/n + eps) ln(1/n + eps), negated, in the exponent */
    near(t, v, exp(-N * (1.0 / N + 1e-7) * log(1.0 / N + 1e-7)), 1e-10, "RankMe of it");
    nai_participation_ratio(&v, lambda, N, NULL);
    near(t, v, N, 1e-11, "participation ratio of it");
    nai_stable_rank(&v, lambda, N, NULL);
    near(t, v, N, 1e-11, "stable rank of it");
    nai_tail_share(&v, lambda, N, 17, NULL);
    near(t, v, 0.75, 1e-14, "tail share of it");
    nai_tail_share(&v, lambda, N, 1, NULL);
    near(t, v, 1, 0, "everything is the tail from rank 1");
}

static void single(struct tap *t)
{
    double lambda[N] = {1e300}, v;

    nai_erank(&v, lambda, N, NULL);
    near(t, v, 1, 1e-14, "effective rank of one direction");
    nai_participation_ratio(&v, lambda, N, NULL);
    near(t, v, 1, 1e-14, "participation ratio of it, near overflow");
    nai_stable_rank(&v, lambda, N, NULL);
    near(t, v, 1, 1e-14, "stable rank of it");
    nai_rankme(&v, lambda, N, NULL);
    near(t, v, exp(-(1 + 1e-7) * log1p(1e-7) - (N - 1) * 1e-7 * log(1e-7)), 1e-12,
         "RankMe of it: every empty direction counts a little");
}

static void mixed(struct tap *t)
{
    const double lambda[] = {9, 4, 1, -1}; /* sigma 3 2 1 0: p = 1/2, 1/3, 1/6 */
    double v;

    nai_erank(&v, lambda, 4, NULL);
    near(t, v, exp(0.5 * log(2) + log(3) / 3 + log(6) / 6), 1e-13, "effective rank by hand");
    nai_participation_ratio(&v, lambda, 4, NULL);
    near(t, v, 169.0 / 99, 1e-14, "participation ratio by hand");
    nai_stable_rank(&v, lambda, 4, NULL);
    near(t, v, 13.0 / 9, 1e-14, "stable rank by hand");
    nai_tail_share(&v, lambda, 4, 2, NULL);
    near(t, v, 4.0 / 13, 1e-15, "tail share by hand");
}

static void lidar(struct tap *t)
{
    const double lambda[] = {6, 3, 1, -1e-20}; /* negative ones, by rounding, are 0 */
    const double eps = 1e-7, want = -(0.6 + eps) * log(0.6 + eps) - (0.3 + eps) * log(0.3 + eps) -
                                    (0.1 + eps) * log(0.1 + eps) - 7 * eps * log(eps);
    double v = 7;

    nai_lidar(&v, lambda, 4, 10, NULL);
    near(t, v, exp(want), 1e-13, "LiDAR by hand, six dimensions besides being 0");
    nai_lidar(&v, lambda, 4, 4, NULL);
    near(t, v, exp(want + 6 * eps * log(eps)), 1e-13, "LiDAR by hand, all dimensions given");
    v = 7;
    ok(t, nai_lidar(&v, lambda, 4, 3, NULL) == NAI_EUSAGE, "more eigenvalues than dimensions");
    ok(t, nai_lidar(&v, lambda + 3, 1, 3, NULL) == NAI_ENUMERIC, "all zero: LiDAR");
    near(t, v, 7, 0, "output untouched on error");
}

static void refusals(struct tap *t)
{
    double lambda[3] = {1, INFINITY, 0}, v = 7;
    struct nai_err err = {0};

    ok(t, nai_erank(&v, lambda, 3, &err) == NAI_ENUMERIC, "infinite refused");
    ok(t, strstr(err.msg, "eigenvalue 2 ") != NULL, "and named");
    lambda[0] = lambda[1] = 0;
    ok(t, nai_rankme(&v, lambda, 3, &err) == NAI_ENUMERIC, "all zero: RankMe");
    ok(t, nai_participation_ratio(&v, lambda, 3, &err) == NAI_ENUMERIC, "all zero: ratio");
    ok(t, nai_stable_rank(&v, lambda, 3, &err) == NAI_ENUMERIC, "all zero: stable rank");
    ok(t, nai_tail_share(&v, lambda, 3, 1, &err) == NAI_ENUMERIC, "all zero: tail share");
    ok(t, nai_tail_share(&v, lambda, 3, 4, &err) == NAI_EUSAGE, "rank out of range");
    ok(t, nai_erank(&v, lambda, 0, &err) == NAI_EUSAGE, "empty spectrum");
    near(t, v, 7, 0, "output untouched on error");
}

int main(void)
{
    struct tap t = {0};

    flat(&t);
    single(&t);
    mixed(&t);
    lidar(&t);
    refusals(&t);
    return done(&t);
}
