/* figure.h - a picture in parts, and the gnuplot script that draws it
 * SPDX-License-Identifier: MIT */
#ifndef NAI_FIGURE_H
#define NAI_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"

enum nai_plot_format { NAI_PLOT_SVG, NAI_PLOT_PNG, NAI_PLOT_TERM };

enum nai_mark {
    NAI_POINTS,
    NAI_LINES,      /* joined, with points where they are few */
    NAI_BROAD_LINE, /* pale: something is drawn over it */
    NAI_SEGMENT,    /* thin, its two ends marked */
    NAI_REFERENCE   /* grey; the style is that of its dashes: dashed, dash-dotted, dotted */
};

/* Styles so far apart have one colour, and other dashes. */
enum { NAI_COLOURS = 7 };

/* Points, or a line through them in order. */
struct nai_series {
    char *name; /* owned; in the legend, NULL: not there */
    enum nai_mark mark;
    size_t style; /* a colour, a kind of point and of dash: 0, 1, ... */
    size_t n, room;
    double *x, *y, *error; /* f64[n], owned; a NaN y breaks the line; error: of y, NaN for none */
};

/* Values on a grid. */
struct nai_heat {
    size_t nx, ny;
    double *x, *y; /* f64[nx], f64[ny]: ascending, owned */
    double *z;     /* f64[ny][nx], owned; NaN: nothing there */
};

struct nai_figure {
    enum nai_plot_format format;
    size_t width, height; /* pixels, or characters of a terminal; 0: by content */
    const char *title, *xlabel, *ylabel, *zlabel; /* NULL: none */
    char key_title[200];                          /* of the legend; "": none */
    bool key_below; /* legend in the lower left corner, not the upper right */
    bool logx, logy, logz;
    double ymin, ymax; /* y axis; both 0: by content */
    double edge[2];    /* x of thin upright lines; 0: none */
    size_t n, room;
    struct nai_series *s;  /* s[n], owned */
    struct nai_heat *heat; /* owned; drawn instead of series, save those of reference */
};

/* nai_figure_add - a new, empty series; valid until the next is added. NULL when out of memory.
 * name is copied. */
struct nai_series *nai_figure_add(struct nai_figure *f, const char *name, enum nai_mark mark,
                                  size_t style, struct nai_err *err);

/* nai_series_put - append a point. */
int nai_series_put(struct nai_series *s, double x, double y, double error, struct nai_err *err);

/* nai_figure_script - write the script. Texts of the figure are drawn as they are: nothing in them
 * is a command or a markup; control characters and what is not UTF-8 become '?'. */
void nai_figure_script(FILE *out, const struct nai_figure *f);

/* nai_heat_script - the part of it that draws the grid. */
void nai_heat_script(FILE *out, const struct nai_figure *f);

/* nai_plot_dashes - gnuplot's dashtype of a series of reference. */
int nai_plot_dashes(const struct nai_series *s);

/* nai_plot_text - a quoted text for a script; a straight single quote becomes a curly one. */
void nai_plot_text(FILE *out, const char *text);

void nai_figure_free(struct nai_figure *f);

#endif
