/* schedule.c - test of schedule.h against closed forms
 * SPDX-License-Identifier: MIT */
#include "schedule.h"

#include "../lib/tap.h"

int main(void)
{
    const struct nai_schedule flat = {.lr = .1}, warm = {.lr = .1, .warmup = 4};
    const struct nai_schedule s = {.cosine = true, .lr = 2, .warmup = 10, .total = 110};
    const struct nai_schedule brief = {.cosine = true, .lr = 2, .warmup = 10, .total = 5};
    double sum = 0;

    near(nai_schedule_lr(&flat, 12345), .1, 0, "constant");
    near(nai_schedule_lr(&warm, 0), .025, 1e-16, "the first of four steps of warm-up");
    near(nai_schedule_lr(&warm, 3), .1, 1e-16, "the last");
    near(nai_schedule_lr(&warm, 4), .1, 0, "and after it");
    near(nai_schedule_lr(&s, 10), 2, 1e-15, "a cosine starts at lr");
    near(nai_schedule_lr(&s, 60), 1, 1e-15, "is at half in the middle");
    near(nai_schedule_lr(&s, 43) + nai_schedule_lr(&s, 77), 2, 1e-14, "is odd about it");
    near(nai_schedule_lr(&s, 110), 0, 0, "ends at 0");
    near(nai_schedule_lr(&s, 1000), 0, 0, "and stays there");
    near(nai_schedule_lr(&brief, 3), .8, 1e-15, "warm-up longer than all of it");
    for (uint64_t k = 10; k < 110; k++)
        sum += nai_schedule_lr(&s, k);
    near(sum, 101, 1e-13, "sum of (1 + cos(pi k / n)) over k < n: n + 1");
    near(nai_schedule_tau(&s, .99, 0), .99, 1e-15, "the target's rate at the start");
    near(nai_schedule_tau(&s, .99, 55), .995, 1e-15, "in the middle");
    near(nai_schedule_tau(&s, .99, 110), 1, 0, "at the end");
    near(nai_schedule_tau(&flat, .99, 55), .99, 0, "where the end is not known");
    return tap_end();
}
