/* figure.c - see figure.h
 * SPDX-License-Identifier: MIT */
#include "figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Okabe & Ito's colours, which the colour-blind tell apart, without the yellow that white paper
 * swallows; ordered so that neighbours differ most. */
static const char *const palette[NAI_COLOURS] = {"0072b2", "d55e00", "009e73", "cc79a7",
                                                 "e69f00", "56b4e9", "222222"};
enum { MANY = 7, FEW_POINTS = 60 };

/* ---- parts ---- */

struct nai_series *nai_figure_add(struct nai_figure *f, const char *name, enum nai_mark mark,
                                  size_t style, struct nai_err *err)
{
    char *const copy = name ? strdup(name) : NULL;

    if (f->n == f->room) {
        const size_t room = 2 * f->room + 8;
        struct nai_series *const p = realloc(f->s, room * sizeof *p);
        if (p) {
            f->s = p;
            f->room = room;
        }
    }
    if (f->n == f->room || (name && !copy)) {
        free(copy);
        nai_err_set(err, NAI_ESYSTEM, "out of memory");
        return NULL;
    }
    f->s[f->n] = (struct nai_series){.name = copy, .mark = mark, .style = style};
    return &f->s[f->n++];
}

int nai_series_put(struct nai_series *s, double x, double y, double error, struct nai_err *err)
{
    if (s->n == s->room) {
        const size_t room = 2 * s->room + 64;
        double **const part[] = {&s->x, &s->y, &s->error};
        for (size_t i = 0; i < 3; i++) {
            double *const p = realloc(*part[i], room * sizeof *p);
            if (!p)
                return nai_err_set(err, NAI_ESYSTEM, "out of memory");
            *part[i] = p;
        }
        s->room = room;
    }
    s->x[s->n] = x;
    s->y[s->n] = y;
    s->error[s->n++] = error;
    return NAI_OK;
}

void nai_figure_free(struct nai_figure *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->s[i].name);
        free(f->s[i].x);
        free(f->s[i].y);
        free(f->s[i].error);
    }
    free(f->s);
    if (f->heat) {
        free(f->heat->x);
        free(f->heat->y);
        free(f->heat->z);
    }
    free(f->heat);
    *f = (struct nai_figure){0};
}

/* ---- text ---- */

/* Bytes of the UTF-8 character at p; 0 when it is none. */
static size_t utf8_length(const unsigned char *p)
{
    const size_t n = *p < 0x80   ? 1
                     : *p < 0xc2 ? 0
                     : *p < 0xe0 ? 2
                     : *p < 0xf0 ? 3
                     : *p < 0xf5 ? 4
                                 : 0;

    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe) || /* not in XML */
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

void nai_plot_text(FILE *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    fputc('\'', out);
    while (*p) {
        const size_t n = utf8_length(p);
        if (n == 0 || *p < ' ' || *p == 0x7f)
            fputc('?', out);
        else if (*p == '\'')
            fputs("\u2019", out); /* no straight quote, doubled or not, is safe in a script */
        else
            fwrite(p, 1, n, out);
        p += n ? n : 1;
    }
    fputc('\'', out);
}

static void label(FILE *out, const char *what, const char *text, const char *more)
{
    if (!text)
        return;
    fprintf(out, "set %s ", what);
    nai_plot_text(out, text);
    fprintf(out, " noenhanced%s\n", more);
}

/* ---- axes ---- */

static void extent(double range[2], const struct nai_figure *f, bool y)
{
    range[0] = INFINITY;
    range[1] = -INFINITY;
    for (size_t i = 0; i < f->n; i++) {
        const struct nai_series *const s = &f->s[i];
        for (size_t k = 0; k < s->n && s->mark != NAI_REFERENCE; k++) {
            const double v = y ? s->y[k] : s->x[k], e = y && s->error[k] > 0 ? s->error[k] : 0;
            const bool drawn = isfinite(s->x[k]) && isfinite(s->y[k]);
            const bool below = !(y && f->logy) || v - e > 0;
            if (drawn && (below ? v - e : v) < range[0])
                range[0] = below ? v - e : v;
            if (drawn && v + e > range[1])
                range[1] = v + e;
        }
    }
}

/* 1-2-5 tics, for an axis too short for decades alone. */
static void short_tics(FILE *out, char axis, const double range[2])
{
    const int first = (int)floor(log10(range[0]));
    const char *comma = "";

    fprintf(out, "set %ctics (", axis);
    for (int d = first; pow(10, d) <= range[1]; d++)
        for (int k = 0; k < 3; k++) {
            const double v = (double[]){1, 2, 5}[k] * pow(10, d);
            if (v >= range[0] && v <= range[1]) {
                fprintf(out, "%s'%g' %g", comma, v, v);
                comma = ", ";
            }
        }
    fputs(")\n", out);
}

static void axis(FILE *out, char name, const struct nai_figure *f)
{
    const bool is_y = name == 'y', log = is_y ? f->logy : f->logx;
    const double margin = f->format == NAI_PLOT_TERM ? 0.06 : 0.03;
    double r[2];

    extent(r, f, is_y);
    if (is_y && f->ymin < f->ymax) {
        r[0] = f->ymin;
        r[1] = f->ymax;
    }
    if (!(r[0] <= r[1])) { /* nothing to draw: an empty frame */
        r[0] = log ? 1 : 0;
        r[1] = log ? 10 : 1;
    }
    if (log) {
        const double factor = r[1] > r[0] ? pow(r[1] / r[0], margin) : 2;
        r[0] /= factor;
        r[1] *= factor;
        fprintf(out, "set logscale %c 10\n", name);
        if (log10(r[1] / r[0]) < 2)
            short_tics(out, name, r);
        else if (r[0] > 9e-4 && r[1] < 1e5)
            fprintf(out, "set format %c '%%g'\n", name);
        else
            fprintf(out, "set format %c '%s'\n", name,
                    f->format == NAI_PLOT_TERM ? "1e%T" : "10^{%T}");
    } else {
        const double pad = r[1] > r[0] ? margin * (r[1] - r[0]) : fabs(r[0]) / 10 + 0.5;
        r[0] -= pad;
        r[1] += pad;
    }
    fprintf(out, "set %crange [%.10g:%.10g]\n", name, r[0], r[1]);
}

/* ---- the script ---- */

/* How many series the legend names, and the bytes of the longest name. */
static size_t named(const struct nai_figure *f, size_t *longest)
{
    size_t n = 0;

    *longest = strlen(f->key_title);
    for (size_t i = 0; i < f->n; i++)
        if (f->s[i].name) {
            const size_t length = strlen(f->s[i].name);
            n++;
            *longest = length > *longest ? length : *longest;
        }
    if (*longest > 80)
        *longest = 80;
    return n;
}

/* Pixels of a picture that says nothing of them, with the room that its legend needs. */
static void picture_size(size_t size[2], const struct nai_figure *f)
{
    size_t longest;
    const size_t n = named(f, &longest);

    size[0] = f->heat || n == 0 ? 680 : 760;
    size[1] = 500;
    if (f->key_below && n > MANY) { /* under the picture, in two columns */
        const size_t columns = 2 * (9 * longest + 50);
        size[0] = columns > size[0] ? columns : size[0];
        size[1] += (n + 1) / 2 * 26;
    } else if (!f->key_below && n > 0) { /* beside it */
        size[0] = 640 + 9 * longest;
    }
    if (f->width && f->height) {
        size[0] = f->width;
        size[1] = f->height;
    }
}

static void terminal(FILE *out, const struct nai_figure *f)
{
    size_t size[2];

    if (f->format == NAI_PLOT_TERM) {
        fprintf(out, "set terminal dumb size %zu,%zu mono noenhanced\n", f->width ? f->width : 79,
                f->height ? f->height : 24);
        fputs("set tics nomirror out\n", out); /* inside, they would be drawn over points */
        return;
    }
    if (f->format == NAI_PLOT_PNG)
        fputs("if (strstrt(GPVAL_TERMINALS, 'pngcairo') == 0) exit error "
              "'it was built without pngcairo, which PNG needs; SVG does without'\n"
              "set terminal pngcairo fontscale 1 rounded enhanced font 'sans,12'",
              out);
    else
        fputs("set terminal svg fixed rounded enhanced font 'sans-serif,14'", out);
    picture_size(size, f);
    fprintf(out, " size %zu,%zu background rgb 'white'\n", size[0], size[1]);
    fputs("set border 3 linewidth 0.8 linecolor rgb '#555555'\n"
          "set tics nomirror out scale 0.6,0.3 textcolor rgb '#333333'\n"
          "set grid linetype 1 linewidth 0.5 linecolor rgb '#e4e4e4'\n",
          out);
}

static void legend(FILE *out, const struct nai_figure *f)
{
    const bool term = f->format == NAI_PLOT_TERM;
    size_t longest;
    const size_t n = named(f, &longest);

    if (n == 0) {
        fputs("unset key\n", out);
        return;
    }
    fprintf(out, "set key noenhanced Left reverse samplen %s ",
            term ? "1" : "1.6 spacing 1.15 textcolor rgb '#222222'");
    if (!f->key_below)
        fputs(term ? "outside center top horizontal\n" : "outside right top\n", out);
    else if (n > MANY && !term)
        fprintf(out, "outside center bottom vertical maxrows %zu\n", (n + 1) / 2);
    else
        fputs("inside left bottom\n", out);
    if (f->key_title[0]) {
        fputs("set key title ", out);
        nai_plot_text(out, f->key_title);
        fputs(" left noenhanced\n", out);
    }
}

/* Rows of a series, with a blank line where it breaks; points that a log axis cannot hold are not
 * the script's business: they have been left out. */
static void data(FILE *out, const struct nai_series *s, size_t i)
{
    fprintf(out, "$s%zu << E\n", i);
    for (size_t k = 0; k < s->n; k++)
        if (isfinite(s->x[k]) && isfinite(s->y[k]))
            fprintf(out, "%.10g %.10g %.10g\n", s->x[k], s->y[k],
                    isfinite(s->error[k]) ? s->error[k] : 0);
        else
            fputc('\n', out);
    fputs("E\n", out);
}

int nai_plot_dashes(const struct nai_series *s)
{
    return (const int[]){2, 4, 3}[s->style % 3];
}

static void style(FILE *out, const struct nai_series *s, const struct nai_figure *f)
{
    static const int points[] = {7, 5, 9, 13, 11, 6, 4, 8, 12, 10};
    const char *const colour = palette[s->style % NAI_COLOURS];
    const size_t round = s->style / NAI_COLOURS;
    const int dash = round == 0 ? 1 : round % 2 ? 2 : 4;
    const int point = points[s->style % (sizeof points / sizeof *points)];

    if (f->format == NAI_PLOT_TERM) {
        if (s->mark == NAI_REFERENCE || s->mark == NAI_SEGMENT)
            fputs("lines dashtype 2", out);
        else
            fprintf(out, "points pointtype %zu", s->style + 1);
        return;
    }
    switch (s->mark) {
    case NAI_POINTS:
        fprintf(out, "points pointtype %d pointsize 0.7 linecolor rgb '#%s'", point, colour);
        break;
    case NAI_LINES:
        fprintf(out, "%s linewidth 2 dashtype %d linecolor rgb '#%s'",
                s->n <= FEW_POINTS ? "linespoints pointsize 0.6" : "lines", dash, colour);
        if (s->n <= FEW_POINTS)
            fprintf(out, " pointtype %d", point);
        break;
    case NAI_BROAD_LINE:
        fprintf(out, "lines linewidth 3.5 dashtype %d linecolor rgb '#90%s'", dash, colour);
        break;
    case NAI_SEGMENT:
        fprintf(out, "linespoints pointtype 7 pointsize 0.55 linewidth 1.4 linecolor rgb '#%s'",
                colour);
        break;
    case NAI_REFERENCE:
        fprintf(out, "lines linewidth 1.4 dashtype %d linecolor rgb '#777777'", nai_plot_dashes(s));
        break;
    }
}

static bool has_errors(const struct nai_series *s)
{
    for (size_t k = 0; k < s->n; k++)
        if (s->error[k] > 0)
            return true;
    return false;
}

static void plot(FILE *out, const struct nai_figure *f)
{
    for (size_t i = 0; i < f->n; i++)
        data(out, &f->s[i], i);
    fputs("set clip two\nplot ", out); /* lines to compare with may end beyond the axes */
    for (size_t i = 0; i < f->n; i++) {
        const struct nai_series *const s = &f->s[i];
        if (has_errors(s)) {
            fprintf(out, "$s%zu using 1:2:3 notitle with yerrorbars pointtype 0 linewidth 1", i);
            if (f->format != NAI_PLOT_TERM)
                fprintf(out, " linecolor rgb '#%s'", palette[s->style % NAI_COLOURS]);
            fputs(", ", out);
        }
        fprintf(out, "$s%zu using 1:2 %s", i, s->name ? "title " : "notitle");
        if (s->name)
            nai_plot_text(out, s->name);
        fputs(s->name ? " noenhanced with " : " with ", out);
        style(out, s, f);
        fputs(i + 1 < f->n ? ", " : "\n", out);
    }
    if (f->n == 0)
        fputs("NaN notitle\n", out);
}

void nai_figure_script(FILE *out, const struct nai_figure *f)
{
    fputs("set encoding utf8\n", out);
    terminal(out, f);
    label(out, "title", f->title, "");
    label(out, "xlabel", f->xlabel, "");
    label(out, "ylabel", f->ylabel, "");
    if (f->heat) {
        nai_heat_script(out, f);
        return;
    }
    legend(out, f);
    axis(out, 'x', f);
    axis(out, 'y', f);
    for (size_t i = 0; i < 2 && f->format != NAI_PLOT_TERM; i++)
        if (f->edge[i] > 0)
            fprintf(out,
                    "set arrow from first %.10g, graph 0 to first %.10g, graph 1 nohead back "
                    "linewidth 0.8 dashtype 3 linecolor rgb '#999999'\n",
                    f->edge[i], f->edge[i]);
    plot(out, f);
}
