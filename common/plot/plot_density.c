/* plot_density.c - densities of eigenvalues, from the nodes and weights of quadratures
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "plots.h"

static const double default_sigma = 0.005; /* of the range */
static const double reach = 6;             /* sigmas on each side of the outermost nodes */
static const double floor_share = 1e-12;   /* of the highest peak */
enum { STEPS = 4 };                        /* points a sigma */

struct broadened {
    const struct nai_spectrum *s;
    double sigma, peak; /* of one eigenvalue that had all the weight */
};

static struct broadened broaden(const struct nai_spectrum *s, double share)
{
    const double top = s->len ? s->lambda[0] : 0, bottom = s->len ? s->lambda[s->len - 1] : 0;
    const double range = top > bottom ? top - bottom : fabs(top) > 0 ? fabs(top) : 1;
    const double sigma = share * range;

    return (struct broadened){.s = s, .sigma = sigma, .peak = 1 / (sigma * sqrt(2 * acos(-1)))};
}

static double density(const struct broadened *b, double t)
{
    double sum = 0;

    for (size_t i = 0; i < b->s->len; i++) {
        const double u = (t - b->s->lambda[i]) / b->sigma;
        sum += b->s->weight[i] * exp(-u * u / 2);
    }
    return b->peak * sum;
}

/* What is under the axis is drawn to just below it, and between two such points not at all. */
static int draw(struct nai_figure *f, const struct broadened *b, const char *name, size_t style,
                struct nai_err *err)
{
    const size_t len = b->s->len;
    const double from = b->s->lambda[len - 1] - reach * b->sigma, step = b->sigma / STEPS;
    const size_t steps = (size_t)((b->s->lambda[0] - from) / step + reach * STEPS) + 1;
    const double under = f->ymin / 2;
    struct nai_series *const line = nai_figure_add(f, name, NAI_LINES, style, err);
    bool below = true; /* so far */
    int rc = line ? NAI_OK : err->code;

    for (size_t k = 0; rc == NAI_OK && k <= steps; k++) {
        const double t = from + (double)k * step, y = density(b, t);
        if (y >= f->ymin && below) /* up from under the axis */
            rc = nai_series_put(line, t - step, under, NAN, err);
        if (rc == NAI_OK && (y >= f->ymin || !below))
            rc = nai_series_put(line, t, y >= f->ymin ? y : under, NAN, err);
        if (rc == NAI_OK && y < f->ymin && !below)
            rc = nai_series_put(line, t, NAN, NAN, err);
        below = y < f->ymin;
        f->ymax = fmax(f->ymax, y);
    }
    return rc;
}

int nai_plot_densities(struct nai_figure *f, const struct nai_spectrum_plot *plot,
                       const struct nai_spectrum *s, const char *const *name, size_t n,
                       struct nai_err *err)
{
    const double share = isfinite(plot->sigma) ? plot->sigma : default_sigma;
    double highest = 0;
    int rc = NAI_OK;

    if (plot->preset || plot->range[0] || plot->range[1] || plot->weights >= 0 || plot->beyond ||
        plot->normalise || isfinite(plot->reference))
        return nai_err_set(err, NAI_EUSAGE,
                           "%.100s holds a density of eigenvalues, not their ranks: only --sigma, "
                           "--select and --names go with it",
                           name[0]);
    f->logy = true;
    f->xlabel = f->xlabel ? f->xlabel : "eigenvalue";
    f->ylabel = f->ylabel ? f->ylabel : "density";
    snprintf(f->key_title, sizeof f->key_title, "\u03c3 %g of the range", share);
    for (size_t i = 0; i < n; i++) {
        const struct broadened b = broaden(&s[i], share);
        const double one = b.peak / (double)s[i].dim / 10;
        highest = fmax(highest, b.peak);
        f->ymin = i == 0 || one < f->ymin ? one : f->ymin;
    }
    f->ymin = fmax(f->ymin, floor_share * highest);
    for (size_t i = 0; rc == NAI_OK && i < n; i++) {
        const struct broadened b = broaden(&s[i], share);
        rc = draw(f, &b, name[i], i, err);
    }
    return rc;
}
