/* nai-plot.c - tables and eigenspectra as pictures
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "gnuplot.h"
#include "named_spectra.h"
#include "plots.h"
#include "window.h"

enum kind { SPECTRUM, SCATTER, LINES, HEAT, KINDS };

static const char *const kinds[] = {"spectrum", "scatter", "lines", "heat", NULL};
static const char *const presets[] = {"reptrix", "alphareq", "stringer", "fastssl-views", "ols"};

struct config {
    int format; /* enum nai_plot_format; -1: by the output */
    bool term, nofit, logx, logy, logz;
    const char *title, *xlabel, *ylabel, *zlabel;
    const char *select, *names;
    int preset, weights; /* preset: of NAI_PRESETS, -1: not given; weights: 0 the preset's */
    struct nai_spectrum_plot spectrum;
    struct nai_table_plot table;
};

/* ---- the picture's format ---- */

static bool ends_in(const char *s, const char *end)
{
    const size_t n = strlen(s), m = strlen(end);

    return n > m && strcmp(s + n - m, end) == 0;
}

static enum nai_plot_format format(const struct nai_cli *cli, const struct config *cfg)
{
    const char *const out = cli->output && strcmp(cli->output, "-") != 0 ? cli->output : NULL;
    const char *slash;

    if (cfg->format >= 0)
        return (enum nai_plot_format)cfg->format;
    if (cfg->term || (out && ends_in(out, ".txt")))
        return NAI_PLOT_TERM;
    if (out && ends_in(out, ".png"))
        return NAI_PLOT_PNG;
    slash = out ? strrchr(out, '/') : NULL;
    if (out && strchr(slash ? slash : out, '.') && !ends_in(out, ".svg"))
        nai_usage(cli, "%s: a picture is .svg, .png or .txt, or what --format says", out);
    return out || !isatty(STDOUT_FILENO) ? NAI_PLOT_SVG : NAI_PLOT_TERM;
}

static void terminal_size(struct nai_figure *f, const struct nai_cli *cli)
{
    struct winsize w;

    f->width = 79;
    f->height = 24;
    if (!cli->output && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 20 &&
        w.ws_row >= 8) {
        f->width = w.ws_col - 1u; /* a full line would make some terminals wrap */
        f->height = w.ws_row - 1u;
    }
}

static int plot_spectra(struct nai_figure *f, struct nai_cli *cli, const struct config *cfg,
                        struct nai_err *err)
{
    const size_t nfiles = cli->nfiles > 1 ? cli->nfiles - 1 : 1;
    struct nai_named_spectra all = {0};
    size_t shrunk = 0;
    int rc = NAI_OK;

    for (size_t i = 0; rc == NAI_OK && i < nfiles; i++)
        rc = nai_named_read(&all, cli, nai_file(cli, i + 1), cfg->select, nfiles > 1, err);
    if (rc == NAI_OK && cfg->names)
        rc = nai_named_rename(&all, cfg->names, err);
    if (rc == NAI_OK)
        rc = nai_plot_spectra(f, &shrunk, &cfg->spectrum, all.s, (const char *const *)all.name,
                              all.n, err);
    if (rc == NAI_OK && shrunk)
        nai_warn(cli, "%zu spectr%s shorter than the window, which was cut", shrunk,
                 shrunk == 1 ? "um is" : "a are");
    nai_named_free(&all);
    return rc;
}

/* ---- the kinds ---- */

static int plot_table(struct nai_figure *f, const struct nai_cli *cli, const struct config *cfg,
                      enum kind kind, struct nai_err *err)
{
    static const char *const standard[] = {"-"};
    const char *const *const files =
        cli->nfiles > 1 ? (const char *const *)(cli->files + 1) : standard;
    const size_t nfiles = cli->nfiles > 1 ? cli->nfiles - 1 : 1;
    size_t dropped = 0;
    int rc;

    for (size_t i = 0; i < nfiles; i++)
        if (strcmp(files[i], "-") == 0 && isatty(STDIN_FILENO))
            return nai_err_set(err, NAI_EUSAGE,
                               "<stdin>: waiting for a table on a terminal; name "
                               "a FILE or pipe one in (try --help)");
    f->xlabel = f->xlabel ? f->xlabel : cfg->table.x;
    f->ylabel = f->ylabel ? f->ylabel : cfg->table.y;
    f->zlabel = cfg->zlabel ? cfg->zlabel : cfg->table.z;
    rc = (kind == HEAT ? nai_plot_grid : nai_plot_table)(f, &dropped, &cfg->table, files, nfiles,
                                                         err);
    if (rc == NAI_OK && cfg->table.line)
        rc = nai_plot_reference(f, &dropped, &cfg->table, err);
    if (rc == NAI_OK && dropped)
        nai_warn(cli, "%zu value%s not positive, left out of a logarithmic scale", dropped,
                 dropped == 1 ? " is" : "s are");
    return rc;
}

static int output(const struct nai_cli *cli, const struct nai_figure *f, struct nai_err *err)
{
    char *script = NULL, *picture = NULL;
    size_t size = 0, n = 0;
    FILE *const s = open_memstream(&script, &size);
    struct nai_sink sink;
    int rc = s ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    if (s) {
        nai_figure_script(s, f);
        if (fclose(s) != 0)
            rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    if (rc == NAI_OK)
        rc = nai_gnuplot_run(&picture, &n, script, size, err);
    if (rc == NAI_OK)
        rc = nai_sink_open(&sink, cli->output, f->format == NAI_PLOT_PNG, err);
    if (rc == NAI_OK) {
        const size_t feed = n > 0 && picture[0] == '\f'; /* which would clear some terminals */
        rc = nai_write_all(sink.fd, picture + feed, n - feed, sink.name, err);
        rc = nai_sink_close(&sink, rc, err);
    }
    free(picture);
    free(script);
    return rc;
}

static int run(struct nai_cli *cli, const struct config *cfg, enum kind kind, struct nai_err *err)
{
    struct nai_figure f = {.format = format(cli, cfg),
                           .title = cfg->title,
                           .xlabel = cfg->xlabel,
                           .ylabel = cfg->ylabel,
                           .logx = cfg->logx,
                           .logy = cfg->logy,
                           .logz = cfg->logz};
    int rc;

    if (f.format == NAI_PLOT_TERM)
        terminal_size(&f, cli);
    rc = kind == SPECTRUM ? plot_spectra(&f, cli, cfg, err) : plot_table(&f, cli, cfg, kind, err);
    if (rc == NAI_OK)
        rc = output(cli, &f, err);
    nai_figure_free(&f);
    return rc;
}

/* Options that say nothing about this kind are mistakes. */
static void check(const struct nai_cli *cli, const struct config *cfg, enum kind kind)
{
    const struct nai_table_plot *const t = &cfg->table;
    const struct nai_spectrum_plot *const s = &cfg->spectrum;
    const bool of_spectra = cfg->select || cfg->names || cfg->nofit || s->normalise ||
                            s->range[0] || cfg->weights || cfg->preset >= 0 || s->beyond ||
                            isfinite(s->reference) || isfinite(s->sigma);

    if (kind == SPECTRUM && (t->x || t->y || t->z || t->by || t->dash || t->error || t->line ||
                             cfg->zlabel || cfg->logx || cfg->logy || cfg->logz))
        nai_usage(cli, "--x, --y, --z, --zlabel, --by, --dash, --error, --line and --log are for "
                       "tables");
    if (kind != SPECTRUM && of_spectra)
        nai_usage(cli, "--preset, --range, --weights, --beyond-rank, --no-fit, --select, --names, "
                       "--normalise, "
                       "--reference and --sigma are for spectra");
    if (kind != SPECTRUM && (!t->x || !t->y))
        nai_usage(cli, "%s needs --x and --y", kinds[kind]);
    if (kind == HEAT && (!t->z || t->by || t->dash || t->error || cfg->logx || cfg->logy))
        nai_usage(cli,
                  "heat needs --z, and takes neither --by, --dash, --error, --logx nor --logy");
    if ((kind == SCATTER || kind == LINES) && (t->z || cfg->zlabel || cfg->logz))
        nai_usage(cli, "--z, --zlabel and --logz are for heat");
    if (cfg->nofit && (s->range[0] || cfg->weights || cfg->preset >= 0 || s->beyond))
        nai_usage(cli, "--no-fit leaves nothing for --preset, --range and --weights");
    if (cfg->term && cfg->format >= 0 && cfg->format != NAI_PLOT_TERM)
        nai_usage(cli, "--term and --format exclude each other");
}

static enum kind operand(const struct nai_cli *cli)
{
    char near[320];

    if (cli->nfiles == 0)
        nai_usage(cli, "name a KIND: spectrum, scatter, lines or heat");
    for (int k = 0; k < KINDS; k++)
        if (strcmp(cli->files[0], kinds[k]) == 0)
            return (enum kind)k;
    nai_usage(cli, "unknown kind '%.100s'%s", cli->files[0],
              nai_did_you_mean(near, cli->files[0], kinds));
}

static void settle(struct config *cfg, enum kind kind)
{
    cfg->spectrum.preset = cfg->preset >= 0 ? presets[cfg->preset] : NULL;
    cfg->spectrum.weights = cfg->weights - 1;
    cfg->spectrum.fit = !cfg->nofit;
    cfg->table.mark = kind == LINES ? NAI_LINES : NAI_POINTS;
}

int main(int argc, char **argv)
{
    struct config cfg = {.preset = -1, .format = -1, .spectrum = {.reference = NAN, .sigma = NAN}};
    const struct nai_opt opts[] = {
        {"format", 0, NAI_CHOICE, &cfg.format, 0, 0, "svg|png|term",
         "[by the suffix of -o; term on a terminal, else svg]"},
        {"term", 0, NAI_FLAG, &cfg.term, 0, 0, NULL, "draw with characters"},
        {"title", 0, NAI_TEXT, &cfg.title, 0, 0, "TEXT", "above the picture"},
        {"xlabel", 0, NAI_TEXT, &cfg.xlabel, 0, 0, "TEXT", "[the column, 'rank', 'eigenvalue']"},
        {"ylabel", 0, NAI_TEXT, &cfg.ylabel, 0, 0, "TEXT", "[the column, 'eigenvalue', 'density']"},
        {"zlabel", 0, NAI_TEXT, &cfg.zlabel, 0, 0, "TEXT", "heat: beside the colours [the column]"},
        {"preset", 'p', NAI_CHOICE, &cfg.preset, 0, 0, NAI_PRESETS,
         "spectrum: window and weights of the fit [reptrix]"},
        {"range", 'r', NAI_RANGE, cfg.spectrum.range, 1, 1e9, "LO:HI",
         "spectrum: fit these ranks [the preset's]"},
        {"weights", 'w', NAI_CHOICE, &cfg.weights, 0, 0, "preset|rank|none",
         "spectrum: 1/j (rank) or 1 (none) [the preset's]"},
        {"beyond-rank", 0, NAI_FLAG, &cfg.spectrum.beyond, 0, 0, NULL,
         "spectrum: let --range pass the numerical rank"},
        {"no-fit", 0, NAI_FLAG, &cfg.nofit, 0, 0, NULL, "spectrum: eigenvalues only"},
        {"select", 0, NAI_LIST, &cfg.select, 0, 0, "NAME,...",
         "spectrum: these of each file, in this order [all]"},
        {"names", 0, NAI_LIST, &cfg.names, 0, 0, "TEXT,...",
         "spectrum: what the legend calls them [their names]"},
        {"normalise", 0, NAI_FLAG, &cfg.spectrum.normalise, 0, 0, NULL,
         "spectrum: divide each by its sum"},
        {"reference", 0, NAI_REAL, &cfg.spectrum.reference, 0, 100, "ALPHA",
         "spectrum: also a dashed line of this decay"},
        {"sigma", 0, NAI_REAL, &cfg.spectrum.sigma, 1e-4, 1, "SHARE",
         "density: width of the Gaussians, over the range [0.005]"},
        {"x", 'x', NAI_TEXT, &cfg.table.x, 0, 0, "COL", "table: column across"},
        {"y", 'y', NAI_LIST, &cfg.table.y, 0, 0, "COL,...", "table: column upwards, or several"},
        {"z", 'z', NAI_TEXT, &cfg.table.z, 0, 0, "COL", "heat: column shown as colour"},
        {"by", 0, NAI_TEXT, &cfg.table.by, 0, 0, "COL", "table: a series for each value of this"},
        {"dash", 0, NAI_TEXT, &cfg.table.dash, 0, 0, "COL", "table: --by gives colours, this dashes"},
        {"error", 0, NAI_LIST, &cfg.table.error, 0, 0, "COL,...",
         "table: half the length of an error bar, one column for each of --y"},
        {"line", 0, NAI_LIST, &cfg.table.line, 0, 0, "FILE,...",
         "table: also a dashed line through the points of this one"},
        {"logx", 0, NAI_FLAG, &cfg.logx, 0, 0, NULL, "table: logarithmic x axis"},
        {"logy", 0, NAI_FLAG, &cfg.logy, 0, 0, NULL, "table: logarithmic y axis"},
        {"logz", 0, NAI_FLAG, &cfg.logz, 0, 0, NULL, "heat: logarithmic colours"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-plot",
        .synopsis = "spectrum|scatter|lines|heat [OPTION]... [FILE]...",
        .summary = "draw eigenspectra or tables, as SVG, PNG or in the terminal",
        .example = "nai-plot spectrum -o spectrum.svg spectrum.nts\n"
                   "  nai-plot lines -x epoch -y loss --by model --logy runs.tsv",
        .operands = "spectrum|scatter|lines|heat",
        .uses = NAI_USES_TEXT_OUT,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;

    nai_cli_parse(&cli, &tool, argc, argv);
    signal(SIGCHLD, SIG_DFL); /* if inherited as ignored, how gnuplot ended would be lost */
    const enum kind kind = operand(&cli);
    check(&cli, &cfg, kind);
    settle(&cfg, kind);
    return nai_cli_exit(&cli, run(&cli, &cfg, kind, &err), &err);
}
