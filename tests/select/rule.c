/* rule.c - test of select_rule.h: both rules by hand, over batches
 * SPDX-License-Identifier: MIT */
#include "select_rule.h"

#include <math.h>

#include "../lib/tap.h"

static size_t number;

static void add(struct nai_selection *s, double alpha, double accuracy)
{
    ok(nai_selection_wants(s, alpha), "%g is within the interval", alpha);
    ok(nai_selection_add(s, number++, alpha, accuracy, NULL) == NAI_OK, "added");
}

static void interval(struct nai_selection *s, double lo, double hi)
{
    nai_selection_tighten(s);
    ok(s->lo == lo && s->hi == hi, "[%g, %g] is [%g, %g]", s->lo, s->hi, lo, hi);
}

/* One peak, at alpha 1: the interval always holds it. */
static void one_peak(void)
{
    struct nai_selection s = {.rule = NAI_RULE_BRACKET, .top = 1, .hi = INFINITY};

    add(&s, 0.4, 60);
    interval(&s, 0, INFINITY); /* all are kept: nothing to bound with */
    add(&s, 1.8, 65);
    add(&s, 0.7, 70);
    interval(&s, 0.4, 1.8);
    add(&s, 1.3, 72);
    interval(&s, 0.7, 1.8);
    add(&s, 1.1, 80);
    interval(&s, 0.7, 1.3);
    ok(!nai_selection_wants(&s, 0.69) && !nai_selection_wants(&s, 1.31), "not beyond it");
    ok(nai_selection_wants(&s, 0.7), "a bound is within");
    ok(!nai_selection_wants(&s, NAN), "no alpha, no probe");
    ok(s.probed[0].accuracy == 80 && s.probed[1].accuracy == 72, "best first");
    nai_selection_free(&s);
}

/* Of the best two, either may be the peak. */
static void top_two(void)
{
    struct nai_selection s = {.rule = NAI_RULE_BRACKET, .top = 2, .lo = 0.1, .hi = 3};

    add(&s, 0.5, 70);
    add(&s, 1.0, 69); /* noise */
    add(&s, 1.5, 71);
    add(&s, 2.0, 50);
    interval(&s, 0.1, 2.0); /* 0.5 and 1.5 are kept, with what lies between them */
    add(&s, 1.4, 80);
    interval(&s, 1.0, 2.0);
    ok(s.n == 5, "all that were probed are known");
    nai_selection_free(&s);
    s = (struct nai_selection){.rule = NAI_RULE_BRACKET, .top = 1, .hi = 9};
    number = 0;
    add(&s, 1, 70);
    add(&s, 2, 70);
    nai_selection_tighten(&s);
    ok(s.probed[0].model == 0 && s.hi == 2, "of equals the earlier is the better");
    nai_selection_free(&s);
}

/* alpha_min = max{alpha_m | alpha_m > alpha_j, acc_m >= acc_j}, its mirror image, literally. */
static void as_printed(void)
{
    struct nai_selection s = {.rule = NAI_RULE_PRINTED, .top = 2, .hi = INFINITY};

    add(&s, 0.5, 60);
    add(&s, 0.8, 65);
    interval(&s, 0.8, INFINITY); /* rising: m = .8, j = .5; none falls */
    add(&s, 1.0, 75);
    add(&s, 0.9, 70);
    interval(&s, 1.0, INFINITY);
    add(&s, 1.4, 72);       /* over .9 and .8's successors, kept 1.0 and .9, and itself: 1.4 > .9 */
    interval(&s, 1.4, 1.0); /* 1.0 has more than 1.4: the interval is empty */
    ok(!nai_selection_wants(&s, 1.2), "nothing is within");
    nai_selection_free(&s);
    /* Kept from before are the best two; of the others nothing is remembered: .3 is forgotten. */
    s = (struct nai_selection){.rule = NAI_RULE_PRINTED, .top = 1, .hi = INFINITY};
    add(&s, 0.9, 80);
    nai_selection_tighten(&s);
    ok(s.lo == 0 && isinf(s.hi), "one model bounds nothing");
    add(&s, 0.3, 10);
    interval(&s, 0.9, INFINITY);
    add(&s, 2.0, 20); /* kept: .9; .3 would make 2.0 a lower bound */
    interval(&s, 0.9, 0.9);
    nai_selection_free(&s);
}

int main(void)
{
    one_peak();
    top_two();
    as_printed();
    return tap_end();
}
