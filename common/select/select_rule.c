/* select_rule.c - see select_rule.h
 * SPDX-License-Identifier: MIT */
#include "select_rule.h"

#include <math.h>
#include <stdlib.h>

bool nai_selection_wants(const struct nai_selection *s, double alpha)
{
    return alpha >= s->lo && alpha <= s->hi;
}

int nai_selection_add(struct nai_selection *s, size_t model, double alpha, double accuracy,
                      struct nai_err *err)
{
    struct nai_probed *const p = realloc(s->probed, (s->n + 1) * sizeof *p);

    if (!p)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    s->probed = p;
    p[s->n++] = (struct nai_probed){model, alpha, accuracy, true};
    return NAI_OK;
}

static int best_first(const void *a, const void *b)
{
    const struct nai_probed *const x = a, *const y = b;

    if (x->accuracy != y->accuracy)
        return x->accuracy < y->accuracy ? 1 : -1;
    return (x->model > y->model) - (x->model < y->model);
}

static void bracket(struct nai_selection *s)
{
    double least = INFINITY, most = -INFINITY;

    for (size_t i = 0; i < s->n && i < s->top; i++) {
        least = fmin(least, s->probed[i].alpha);
        most = fmax(most, s->probed[i].alpha);
    }
    for (size_t i = s->top; i < s->n; i++) {
        const double a = s->probed[i].alpha;
        if (a < least)
            s->lo = fmax(s->lo, a);
        if (a > most)
            s->hi = fmin(s->hi, a);
    }
}

/* Over the best K of before and those of this batch. */
static void printed(struct nai_selection *s, size_t kept)
{
    double lo = -INFINITY, hi = INFINITY;

    for (size_t m = 0, olds = 0; m < s->n; m++) {
        const struct nai_probed *const a = &s->probed[m];
        if (!a->fresh && olds++ >= kept)
            continue;
        for (size_t j = 0, others = 0; j < s->n; j++) {
            const struct nai_probed *const b = &s->probed[j];
            if ((!b->fresh && others++ >= kept) || !(a->accuracy >= b->accuracy))
                continue;
            if (a->alpha > b->alpha)
                lo = fmax(lo, a->alpha);
            if (a->alpha < b->alpha)
                hi = fmin(hi, a->alpha);
        }
    }
    s->lo = lo > -INFINITY ? lo : s->lo;
    s->hi = hi < INFINITY ? hi : s->hi;
}

void nai_selection_tighten(struct nai_selection *s)
{
    if (s->n == 0)
        return;
    qsort(s->probed, s->n, sizeof *s->probed, best_first);
    if (s->rule == NAI_RULE_BRACKET)
        bracket(s);
    else
        printed(s, s->top);
    for (size_t i = 0; i < s->n; i++)
        s->probed[i].fresh = false;
}

void nai_selection_free(struct nai_selection *s)
{
    free(s->probed);
    *s = (struct nai_selection){0};
}
