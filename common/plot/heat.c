/* heat.c - values on a grid: colours, or characters in a terminal
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "figure.h"

enum { CELL = 7 }; /* characters of "-1.23e4" */

/* The least digits, from three, that tell every step-th of v from the next. */
static int digits_of(const double *v, size_t n, size_t step)
{
    int digits = 3;

    for (size_t i = step; i < n; i += step) {
        char a[400], b[400];
        snprintf(a, sizeof a, "%.*g", digits, v[i - step]);
        snprintf(b, sizeof b, "%.*g", digits, v[i]);
        if (strcmp(a, b) == 0 && digits < 17) {
            digits++;
            i -= step;
        }
    }
    return digits;
}

/* Cells are of one size, whatever the values of their rows and columns: tics name those. */
static void tics(FILE *out, char axis, const double *v, size_t n, size_t most)
{
    const size_t step = n > most ? n / most + (n % most > 0) : 1;
    const int digits = digits_of(v, n, step);

    fprintf(out, "set %ctics (", axis);
    for (size_t i = 0; i < n; i += step)
        fprintf(out, "%s'%.*g' %zu", i ? ", " : "", digits, v[i], i);
    fprintf(out, ")\nset %crange [-0.5:%zu.5]\n", axis, n - 1);
}

static void extent(double range[2], const struct nai_heat *h)
{
    range[0] = INFINITY;
    range[1] = -INFINITY;
    for (size_t i = 0; i < h->nx * h->ny; i++) {
        range[0] = h->z[i] < range[0] ? h->z[i] : range[0];
        range[1] = h->z[i] > range[1] ? h->z[i] : range[1];
    }
    if (range[0] > range[1])
        range[0] = range[1] = 1;
}

/* A terminal has no colours to count on: the number where it fits, else a digit for its tenth of
 * the range. */
static void characters(FILE *out, const struct nai_figure *f, const double r[2])
{
    const struct nai_heat *const h = f->heat;
    const double lo = f->logz ? log(r[0]) : r[0], hi = f->logz ? log(r[1]) : r[1];
    const char *const z = f->logz ? "log($3)" : "$3";

    if ((f->width ? f->width : 79) >= h->nx * (CELL + 1) + 12) {
        fputs("plot $z using 1:2:(sprintf('%.3g', $3)) with labels\n", out);
        return;
    }
    fprintf(out, "set label 1 '0: %.4g   9: %.4g' at graph 1, screen 0.98 right\n", r[0], r[1]);
    fprintf(out,
            "plot $z using 1:2:(sprintf('%%d', int(9.999 * (%s - (%.17g)) / %.17g))) with labels\n",
            z, lo, hi > lo ? hi - lo : 1);
}

/* Where a value lies among cells of one size: between their middles, and past the last two as they
 * go on. */
static double place(const double *v, size_t n, double x)
{
    size_t i = 0;

    if (n < 2)
        return n && x == v[0] ? 0 : x < v[0] ? -1 : 1;
    while (i + 2 < n && x > v[i + 1])
        i++;
    return (double)i + (x - v[i]) / (v[i + 1] - v[i]);
}

/* Over colours of any kind: black dashes on white. */
static void references(FILE *out, const struct nai_figure *f)
{
    for (size_t i = 0; i < f->n; i++)
        fprintf(out,
                ", $r%zu with lines linewidth 3.5 linecolor rgb '#60ffffff', "
                "$r%zu with lines linewidth 1.8 dashtype %d linecolor rgb '#000000'",
                i, i, nai_plot_dashes(&f->s[i]));
}

static void reference_data(FILE *out, const struct nai_figure *f)
{
    const struct nai_heat *const h = f->heat;

    for (size_t i = 0; i < f->n; i++) {
        const struct nai_series *const s = &f->s[i];
        fprintf(out, "$r%zu << E\n", i);
        for (size_t k = 0; k < s->n; k++)
            if (isfinite(s->x[k]) && isfinite(s->y[k]))
                fprintf(out, "%.10g %.10g\n", place(h->x, h->nx, s->x[k]),
                        place(h->y, h->ny, s->y[k]));
            else
                fputc('\n', out);
        fputs("E\n", out);
    }
}

void nai_heat_script(FILE *out, const struct nai_figure *f)
{
    const struct nai_heat *const h = f->heat;
    const bool term = f->format == NAI_PLOT_TERM;
    double r[2];

    extent(r, h);
    fputs("$z << E\n", out);
    for (size_t i = 0; i < h->ny; i++)
        for (size_t k = 0; k < h->nx; k++)
            if (isfinite(h->z[i * h->nx + k]))
                fprintf(out, "%zu %zu %.17g\n", k, i, h->z[i * h->nx + k]);
    fputs("E\nunset key\n", out);
    tics(out, 'x', h->x, h->nx, 8);
    tics(out, 'y', h->y, h->ny, term ? 10 : 16);
    if (term) {
        characters(out, f, r);
        return;
    }
    /* viridis, by Smith and van der Walt: even steps to the eye, also in grey */
    fputs("set palette defined (0 '#440154', 1 '#482878', 2 '#3e4989', 3 '#31688e', 4 '#26828e', "
          "5 '#1f9e89', 6 '#35b779', 7 '#6ece58', 8 '#b5de2b', 9 '#fde725')\n"
          "set grid noxtics noytics\nset border 0\nset tics scale 0\n"
          "set colorbox noborder\nset style fill solid 1 noborder\n",
          out);
    if (f->logz)
        fputs("set logscale cb\n", out);
    if (r[1] > r[0])
        fprintf(out, "set cbrange [%.17g:%.17g]\n", r[0], r[1]);
    if (f->zlabel) {
        fputs("set cblabel ", out);
        nai_plot_text(out, f->zlabel);
        fputs(" noenhanced\n", out);
    }
    reference_data(out, f);
    fputs("set clip two\n"
          "plot $z using 1:2:(0.5):(0.5):3 with boxxyerror linecolor palette",
          out);
    references(out, f);
    fputc('\n', out);
}
