/* schedule.c - learning rate and target rate of each step
 * SPDX-License-Identifier: MIT */
#include "schedule.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* (1 + cos(pi k / n)) / 2: 1 at the first step, 0 from n on. */
static double half_cosine(uint64_t k, uint64_t n)
{
    return k >= n ? 0 : (1 + cos(pi * (double)k / (double)n)) / 2;
}

double nai_schedule_lr(const struct nai_schedule *s, uint64_t k)
{
    if (k < s->warmup)
        return s->lr * (double)(k + 1) / (double)s->warmup;
    if (!s->cosine)
        return s->lr;
    return s->lr * half_cosine(k - s->warmup, s->total > s->warmup ? s->total - s->warmup : 0);
}

double nai_schedule_tau(const struct nai_schedule *s, double tau, uint64_t k)
{
    return s->total ? 1 - (1 - tau) * half_cosine(k, s->total) : tau;
}
