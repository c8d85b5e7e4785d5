/* window.c - see window.h
 * SPDX-License-Identifier: MIT */
#include "window.h"

#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    size_t lo, hi;
    bool by_rank;
} presets[] = {
    {"reptrix", 11, 100, true},     {"alphareq", 4, 100, true},  {"stringer", 11, 500, true},
    {"fastssl-views", 4, 50, true}, {"ols", 1, SIZE_MAX, false},
};

/* Leading eigenvalues that are positive. */
static size_t positive(const struct nai_spectrum *s, size_t head)
{
    size_t k = 0;

    while (k < head && s->lambda[k] > 0)
        k++;
    return k;
}

/* A range asked for that the spectrum does not have. */
static int passes(const struct nai_window *w, const struct nai_spectrum *s, size_t head,
                  size_t most, bool beyond, struct nai_err *err)
{
    const size_t plus = nai_spectrum_indefinite(s) ? positive(s, head) : head;

    if (w->hi > head)
        return nai_err_set(err, NAI_ENUMERIC, "ranks %zu to %zu pass the %zu %seigenvalues", w->lo,
                           w->hi, head, s->bottom && s->len < s->dim ? "largest " : "");
    if (w->hi > plus)
        return nai_err_set(err, NAI_ENUMERIC,
                           "ranks %zu to %zu pass the %zu positive eigenvalues: those that follow "
                           "grow again in magnitude",
                           w->lo, w->hi, plus);
    if (w->hi > most && !beyond)
        return nai_err_set(err, NAI_ENUMERIC,
                           "ranks %zu to %zu pass the numerical rank %zu: what is there is "
                           "rounding (--beyond-rank fits it all the same)",
                           w->lo, w->hi, most);
    return NAI_OK;
}

int nai_window_choose(struct nai_window *w, const char *preset, const size_t range[2], int weights,
                      const struct nai_spectrum *s, bool beyond, bool *shrunk, struct nai_err *err)
{
    const bool asked = range[1] != 0; /* the upper end is the user's own */
    const size_t head = nai_spectrum_head(s), most = nai_spectrum_leading(s);
    const bool signs = most < head && nai_spectrum_indefinite(s);
    size_t hi, k = 0;
    int rc;

    while (preset && k < sizeof presets / sizeof *presets && strcmp(presets[k].name, preset) != 0)
        k++;
    if (k == sizeof presets / sizeof *presets)
        return nai_err_set(err, NAI_EUSAGE, "no preset '%.40s'; there is " NAI_PRESETS, preset);
    if (s->weight)
        return nai_err_set(err, NAI_EINPUT, "holds a density of eigenvalues, not their ranks");
    hi = presets[k].hi;
    if (strcmp(presets[k].name, "stringer") == 0 && head >= 2 && head - 2 < hi)
        hi = head - 2;
    *w = (struct nai_window){.lo = range[0] ? range[0] : presets[k].lo,
                             .hi = asked ? range[1] : hi,
                             .by_rank = weights < 0 ? presets[k].by_rank : weights == 0,
                             .preset = presets[k].name};
    if (shrunk)
        *shrunk = false;
    rc = asked ? passes(w, s, head, most, beyond, err) : NAI_OK;
    if (rc != NAI_OK)
        return rc;
    if (!asked && w->hi > most) {
        w->hi = most;
        if (shrunk)
            *shrunk = presets[k].hi != SIZE_MAX || signs;
    }
    if (w->hi < w->lo || w->hi - w->lo < 2)
        return nai_err_set(err, NAI_ENUMERIC,
                           signs ? "%zu positive eigenvalues leave fewer than 3 ranks of the "
                                   "window from %zu (--range)"
                                 : "rank %zu leaves fewer than 3 ranks of the window from "
                                   "%zu (--range)",
                           most, w->lo);
    return NAI_OK;
}
