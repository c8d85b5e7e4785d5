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

int nai_window_choose(struct nai_window *w, const char *preset, const size_t range[2], int weights,
                      size_t len, size_t rank, bool beyond, bool *shrunk, struct nai_err *err)
{
    const size_t most = rank < len ? rank : len;
    const bool asked = range[1] != 0; /* the upper end is the user's own */
    size_t hi, k = 0;

    while (preset && k < sizeof presets / sizeof *presets && strcmp(presets[k].name, preset) != 0)
        k++;
    if (k == sizeof presets / sizeof *presets)
        return nai_err_set(err, NAI_EUSAGE, "no preset '%.40s'; there is " NAI_PRESETS, preset);
    hi = presets[k].hi;
    if (strcmp(presets[k].name, "stringer") == 0 && len >= 2 && len - 2 < hi)
        hi = len - 2;
    *w = (struct nai_window){.lo = range[0] ? range[0] : presets[k].lo,
                             .hi = asked ? range[1] : hi,
                             .by_rank = weights < 0 ? presets[k].by_rank : weights == 0,
                             .preset = presets[k].name};
    if (shrunk)
        *shrunk = false;
    if (asked && w->hi > len)
        return nai_err_set(err, NAI_ENUMERIC, "ranks %zu to %zu pass the %zu eigenvalues", w->lo,
                           w->hi, len);
    if (asked && w->hi > most && !beyond)
        return nai_err_set(err, NAI_ENUMERIC,
                           "ranks %zu to %zu pass the numerical rank %zu: what is there is "
                           "rounding (--beyond-rank fits it all the same)",
                           w->lo, w->hi, most);
    if (!asked && w->hi > most) {
        w->hi = most;
        if (shrunk)
            *shrunk = presets[k].hi != SIZE_MAX;
    }
    if (w->hi < w->lo || w->hi - w->lo < 2)
        return nai_err_set(err, NAI_ENUMERIC,
                           "rank %zu leaves fewer than 3 ranks of the window from %zu (--range)",
                           most, w->lo);
    return NAI_OK;
}
