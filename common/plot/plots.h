/* plots.h - what nai-plot draws: tables and eigenspectra as figures
 * SPDX-License-Identifier: MIT */
#ifndef NAI_PLOTS_H
#define NAI_PLOTS_H

#include "figure.h"
#include "spectrum_io.h"
#include "table.h"

/* What of a table goes where; names of columns, NULL for none. */
struct nai_table_plot {
    enum nai_mark mark;
    const char *x, *by;
    const char *y, *error; /* lists, as many in the second as in the first */
    const char *dash;      /* series of one `by` have one colour, and dashes by this */
    const char *z;         /* of a grid */
    const char *line;      /* a list of files: a line through the points of each */
};

/*
 * nai_plot_table - series of a table: one a value of the column `by` and column of y, in the order
 * in which they appear.
 *
 * f        out  in: which axes are logarithmic
 * dropped  out  points that a logarithmic axis cannot hold, and that are therefore not there
 *
 * A missing x or y breaks a line. NAI_EUSAGE: not as many errors as y, more than 200 series; with
 * dash, several y or more colours than there are.
 */
int nai_plot_table(struct nai_figure *f, size_t *dropped, const struct nai_table_plot *plot,
                   const char *const *files, size_t nfiles, struct nai_err *err);

/* nai_plot_grid - a grid of z over x and y. NAI_EINPUT: a place that has two values. */
int nai_plot_grid(struct nai_figure *f, size_t *dropped, const struct nai_table_plot *plot,
                  const char *const *files, size_t nfiles, struct nai_err *err);

/*
 * nai_plot_reference - lines to compare with: series of reference, one a file of plot->line,
 * through its columns of the names x and the first of y, in the order of its rows. Errors of
 * nai_table_read.
 */
int nai_plot_reference(struct nai_figure *f, size_t *dropped, const struct nai_table_plot *plot,
                       struct nai_err *err);

struct nai_spectrum_plot {
    const char *preset;
    size_t range[2]; /* {0, 0}: the preset's */
    int weights;     /* as nai_window_choose, and so */
    bool beyond;
    bool fit, normalise;
    double reference; /* exponent of a line to compare with; NaN: none */
    double sigma;     /* of densities: that of the Gaussian, over the range; NaN: 0.005 */
};

/*
 * nai_plot_spectra - eigenvalues over ranks, with their power laws.
 *
 * s, name  in   [n] spectra, and what the legend calls them
 * shrunk   out  the window of how many was cut to the spectrum
 *
 * What lies past the numerical rank is rounding and is left out, and so is what a logarithmic axis
 * cannot hold; the legend says how much there is of each. Negative eigenvalues of a Hessian are a
 * series of their own, of -lambda over ranks from the bottom. Where all are densities, it is those
 * that are drawn. Errors as nai_window_choose and nai_powerlaw_fit, with the name; NAI_EUSAGE:
 * densities beside others, sigma without; NAI_ENUMERIC: an indefinite one normalised.
 */
int nai_plot_spectra(struct nai_figure *f, size_t *shrunk, const struct nai_spectrum_plot *plot,
                     const struct nai_spectrum *s, const char *const *name, size_t n,
                     struct nai_err *err);

/*
 * nai_plot_densities - densities of eigenvalues on a logarithmic axis: nodes, each broadened to a
 * Gaussian whose standard deviation is plot->sigma times the distance between the outermost nodes.
 *
 * The axis ends at a tenth of what a single eigenvalue of the dim gives, or twelve decades below
 * the highest peak. Ghorbani, Krishnan & Xiao (2019), "An investigation into neural net
 * optimization via Hessian eigenvalue density". NAI_EUSAGE: plot asks for what is of ranks.
 */
int nai_plot_densities(struct nai_figure *f, const struct nai_spectrum_plot *plot,
                       const struct nai_spectrum *s, const char *const *name, size_t n,
                       struct nai_err *err);

#endif
