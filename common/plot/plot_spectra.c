/* plot_spectra.c - eigenspectra on logarithmic axes, and the power laws fitted to them
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "plots.h"
#include "powerlaw.h"
#include "window.h"

/* Of the largest value: what is smaller leaves the frame, so that one tail of rounding errors does
 * not press everything else flat. */
static const double floor_share = 1e-8;

struct fitted {
    struct nai_window w;
    struct nai_powerlaw p;
};

static double divisor(const struct nai_spectrum *s, bool normalise)
{
    double sum = 0;

    if (!normalise)
        return 1;
    if (isfinite(s->trace))
        return s->trace;
    for (size_t i = s->len; i-- > 0;)
        sum += s->lambda[i];
    return sum;
}

static int fit(struct fitted *f, size_t *shrunk, const struct nai_spectrum_plot *plot,
               const struct nai_spectrum *s, struct nai_err *err)
{
    bool cut = false;
    int rc = nai_window_choose(&f->w, plot->preset, plot->range, plot->weights, s, plot->beyond,
                               &cut, err);

    *shrunk += cut;
    if (rc == NAI_OK)
        rc = nai_powerlaw_fit(&f->p, s->lambda, s->len, f->w.lo, f->w.hi,
                              f->w.by_rank ? NAI_WEIGHT_RANK : NAI_WEIGHT_ONE, err);
    return rc;
}

static bool same_window(const struct nai_window *a, const struct nai_window *b)
{
    return a->lo == b->lo && a->hi == b->hi && a->by_rank == b->by_rank;
}

/* "ranks 11-100, weights 1/j" */
static void window_text(char *buf, size_t size, const struct nai_window *w)
{
    snprintf(buf, size, "ranks %zu\u2013%zu, weights %s", w->lo, w->hi, w->by_rank ? "1/j" : "1");
}

/* "pixels: α 1.21 ± 0.01, R² 0.998, ranks 11-100, weights 1/j (3 not positive)" */
static void name_series(char *buf, size_t size, const char *name, const struct fitted *f,
                        bool with_window, const char *left)
{
    char window[100] = "", law[100] = "";

    if (f && with_window)
        window_text(window, sizeof window, &f->w);
    if (f)
        snprintf(law, sizeof law, ": \u03b1 %.3f \u00b1 %.3f, R\u00b2 %.4f%s", f->p.alpha, f->p.se,
                 f->p.r2, with_window ? ", " : "");
    snprintf(buf, size, "%.120s%s%s%s", name, law, window, left);
}

/* What of a spectrum a logarithmic axis holds. */
struct shown {
    const struct nai_spectrum *s;
    size_t most, head; /* above rounding, before the gap */
    double rounding, sum;
};

static bool positive(const struct shown *p, size_t i)
{
    return i < p->s->len && p->s->lambda[i] > (i < p->most ? 0 : p->rounding) &&
           (i < p->most || i >= p->head);
}

static bool negative(const struct shown *p, size_t i)
{
    return i < p->s->len && nai_spectrum_indefinite(p->s) && p->s->lambda[i] < -p->rounding;
}

/* " (rank 620 of 784)": what of the spectrum is not in the picture. */
static void left_out(char *buf, size_t size, const struct shown *p)
{
    const struct nai_spectrum *const s = p->s;
    size_t drawn = 0, below = 0;

    for (size_t i = 0; i < s->len; i++) {
        drawn += positive(p, i) || negative(p, i);
        below += i < p->most && !(s->lambda[i] > 0);
    }
    buf[0] = '\0';
    if (s->rank < s->len)
        snprintf(buf, size, " (rank %zu of %zu)", s->rank, s->len);
    else if (below)
        snprintf(buf, size, " (%zu not positive)", below);
    else if (drawn < s->len)
        snprintf(buf, size, " (%zu of %zu are rounding)", s->len - drawn, s->len);
}

/* One more point; a line of one point would not be seen. */
static int put(struct nai_figure *f, struct nai_series *line, size_t x, double y, bool alone,
               struct nai_err *err)
{
    int rc = nai_series_put(line, (double)x, y, NAN, err);

    if (rc == NAI_OK && alone)
        rc = nai_series_put(line, (double)x + 0.5, y, NAN, err);
    f->ymin = f->ymin > 0 && f->ymin < y ? f->ymin : y;
    f->ymax = f->ymax > y ? f->ymax : y;
    return rc;
}

static int draw_positive(struct nai_figure *f, struct nai_series *line, const struct shown *p,
                         struct nai_err *err)
{
    int rc = NAI_OK;

    for (size_t i = 0; rc == NAI_OK && i < p->s->len; i++) {
        const bool first = i == 0 || i == p->head || !positive(p, i - 1);
        const bool last = i + 1 == p->head || !positive(p, i + 1);
        if (i == p->head || (i < p->most && !positive(p, i)))
            rc = nai_series_put(line, (double)(i + 1), NAN, NAN, err); /* a break */
        if (rc == NAI_OK && positive(p, i))
            rc = put(f, line, nai_spectrum_place(p->s, i), p->s->lambda[i] / p->sum, first && last,
                     err);
    }
    return rc;
}

/* The negative end of an indefinite one, from the bottom, in the same colour. */
static int draw_negative(struct nai_figure *f, const struct shown *p, const char *name,
                         size_t style, struct nai_err *err)
{
    const struct nai_spectrum *const s = p->s;
    struct nai_series *line;
    size_t count = 0;
    char text[200];
    int rc = NAI_OK;

    for (size_t i = 0; i < s->len; i++)
        count += negative(p, i);
    if (count == 0)
        return NAI_OK;
    snprintf(text, sizeof text, "%.120s: \u2212\u03bb of %zu negative, rank from the bottom", name,
             count);
    line = nai_figure_add(f, text, NAI_LINES, style + NAI_COLOURS, err);
    if (!line)
        return err->code;
    for (size_t i = s->len; rc == NAI_OK && i-- > 0 && negative(p, i);) {
        const bool gap = i + 1 == p->head && i + 1 < s->len;
        if (gap)
            rc = nai_series_put(line, (double)(i + 1), NAN, NAN, err);
        if (rc == NAI_OK)
            rc = put(f, line, s->dim - nai_spectrum_place(s, i) + 1, -s->lambda[i] / p->sum, false,
                     err);
    }
    return rc;
}

static int draw(struct nai_figure *f, const struct nai_spectrum_plot *plot,
                const struct nai_spectrum *s, const char *name, size_t style,
                const struct fitted *fitted, bool with_window, struct nai_err *err)
{
    const struct shown p = {.s = s,
                            .most = nai_spectrum_leading(s),
                            .head = nai_spectrum_head(s),
                            .rounding = nai_spectrum_rounding(s),
                            .sum = divisor(s, plot->normalise)};
    struct nai_series *line;
    char text[512], left[100];
    int rc;

    if (plot->normalise && nai_spectrum_indefinite(s))
        return nai_err_set(err, NAI_ENUMERIC,
                           "a sum over eigenvalues of both signs is nothing to divide by");
    if (!(p.sum > 0))
        return nai_err_set(err, NAI_ENUMERIC, "the sum of the eigenvalues is not positive");
    left_out(left, sizeof left, &p);
    name_series(text, sizeof text, name, fitted, with_window, left);
    line = nai_figure_add(f, text, fitted ? NAI_BROAD_LINE : NAI_LINES, style, err);
    rc = line ? draw_positive(f, line, &p, err) : err->code;
    return rc == NAI_OK ? draw_negative(f, &p, name, style, err) : rc;
}

static int draw_fit(struct nai_figure *f, const struct fitted *fitted, double sum, size_t style,
                    struct nai_err *err)
{
    struct nai_series *const line = nai_figure_add(f, NULL, NAI_SEGMENT, style, err);
    const size_t end[2] = {fitted->w.lo, fitted->w.hi};
    int rc = line ? NAI_OK : err->code;

    for (size_t i = 0; rc == NAI_OK && i < 2; i++)
        rc = nai_series_put(line, (double)end[i],
                            nai_powerlaw_predict(&fitted->p, (double)end[i]) / sum, NAN, err);
    return rc;
}

/* A slope to compare with, through the top left corner of what is drawn. */
static int draw_reference(struct nai_figure *f, double alpha, size_t ranks, struct nai_err *err)
{
    struct nai_series *line;
    char text[60];
    double last;
    int rc;

    snprintf(text, sizeof text, "slope \u2212%g", alpha);
    line = nai_figure_add(f, text, NAI_REFERENCE, 0, err);
    if (!line)
        return err->code;
    last = (double)ranks;
    if (alpha > 0 && f->ymax * pow(last, -alpha) < f->ymin) /* no further than the frame */
        last = pow(f->ymax / f->ymin, 1 / alpha);
    rc = nai_series_put(line, 1, f->ymax, NAN, err);
    return rc == NAI_OK ? nai_series_put(line, last, f->ymax * pow(last, -alpha), NAN, err) : rc;
}

static int draw_all(struct nai_figure *f, const struct nai_spectrum_plot *plot,
                    const struct nai_spectrum *s, const char *const *name, size_t n,
                    const struct fitted *fitted, bool common, struct nai_err *err)
{
    size_t ranks = 2;
    int rc = NAI_OK;

    for (size_t i = 0; rc == NAI_OK && i < n; i++) {
        const size_t last = s[i].len ? nai_spectrum_place(&s[i], s[i].len - 1) : 0;
        ranks = last > ranks ? last : ranks;
        rc = draw(f, plot, &s[i], name[i], i, plot->fit ? &fitted[i] : NULL, !common, err);
        if (rc != NAI_OK)
            nai_err_prefix(err, name[i]);
    }
    if (f->ymin < f->ymax * floor_share)
        f->ymin = f->ymax * floor_share;
    for (size_t i = 0; rc == NAI_OK && plot->fit && i < n; i++) /* over all the spectra */
        rc = draw_fit(f, &fitted[i], divisor(&s[i], plot->normalise), i, err);
    if (rc == NAI_OK && isfinite(plot->reference) && f->ymin > 0)
        rc = draw_reference(f, plot->reference, ranks, err);
    return rc;
}

/* All densities, or none. */
static int alike(const struct nai_spectrum *s, const char *const *name, size_t n, double sigma,
                 struct nai_err *err)
{
    for (size_t i = 1; i < n; i++)
        if (!s[i].weight != !s[0].weight)
            return nai_err_set(err, NAI_EUSAGE,
                               "'%.60s' is a density of eigenvalues, '%.60s' has their ranks: "
                               "--select one kind",
                               name[s[i].weight ? i : 0], name[s[i].weight ? 0 : i]);
    if (isfinite(sigma) && !(n > 0 && s[0].weight))
        return nai_err_set(err, NAI_EUSAGE, "--sigma is for densities");
    return NAI_OK;
}

int nai_plot_spectra(struct nai_figure *f, size_t *shrunk, const struct nai_spectrum_plot *plot,
                     const struct nai_spectrum *s, const char *const *name, size_t n,
                     struct nai_err *err)
{
    struct fitted *const fitted = calloc(n + 1, sizeof *fitted);
    bool common = true;
    int rc = fitted ? alike(s, name, n, plot->sigma, err)
                    : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    *shrunk = 0;
    if (rc == NAI_OK && n > 0 && s[0].weight) {
        free(fitted);
        return nai_plot_densities(f, plot, s, name, n, err);
    }
    for (size_t i = 0; rc == NAI_OK && plot->fit && i < n; i++) {
        rc = fit(&fitted[i], shrunk, plot, &s[i], err);
        if (rc != NAI_OK)
            nai_err_prefix(err, name[i]);
        common = common && same_window(&fitted[i].w, &fitted[0].w);
    }
    f->logx = f->logy = f->key_below = true;
    f->xlabel = f->xlabel ? f->xlabel : "rank";
    f->ylabel = f->ylabel ? f->ylabel : plot->normalise ? "eigenvalue / sum" : "eigenvalue";
    if (rc == NAI_OK && plot->fit && common) {
        char window[100];
        window_text(window, sizeof window, &fitted[0].w);
        snprintf(f->key_title, sizeof f->key_title, "fit to %s", window);
        f->edge[0] = (double)fitted[0].w.lo;
        f->edge[1] = (double)fitted[0].w.hi;
    }
    if (rc == NAI_OK)
        rc = draw_all(f, plot, s, name, n, fitted, common, err);
    free(fitted);
    return rc;
}
