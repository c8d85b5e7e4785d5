/* schedule.h - learning rate and target rate of each step
 * SPDX-License-Identifier: MIT */
#ifndef NAI_SCHEDULE_H
#define NAI_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct nai_schedule {
    bool cosine;
    double lr;
    uint64_t warmup, total; /* steps; total 0: not known, for a constant rate */
};

/*
 * nai_schedule_lr - the learning rate of step k, from 0.
 *
 * lr (k + 1) / warmup while k < warmup; then lr, or lr (1 + cos(pi t)) / 2 with
 * t = (k - warmup) / (total - warmup), 0 from `total` on.
 */
double nai_schedule_lr(const struct nai_schedule *s, uint64_t k);

/* nai_schedule_tau - BYOL's target rate (Grill et al. 2020, 3.3): 1 - (1 - tau)(cos(pi k / total) +
 * 1) / 2; tau itself where the total is not known. */
double nai_schedule_tau(const struct nai_schedule *s, double tau, uint64_t k);

#endif
