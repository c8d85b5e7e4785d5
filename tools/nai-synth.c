/* nai-synth.c - data of small studies, drawn from what theory assumes
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "synth.h"

enum study { POWER_LAW, TEACHER, AUGGRAPH, PAIRS };
enum { P = 1 << POWER_LAW, T = 1 << TEACHER, A = 1 << AUGGRAPH, Q = 1 << PAIRS };

static const char example[] = "nai-synth power-law --rows 2000 --dim 60 --alpha 1.5 |\n"
                              "    nai-cov | nai-eig | nai-alpha --range 2:40";

/* The command line as it stands: NaN, SIZE_MAX, -1 or NULL where nothing was said. */
struct asked {
    size_t rows, first, dim, views, samples, teacher_seed, features, feature_seed;
    double alpha, scale, noise, source, graph[4];
    bool rotate, no_bias;
    int exact, inputs, activation;
    const char *spectrum, *widths;
};

static const struct asked nothing = {.rows = SIZE_MAX,
                                     .first = SIZE_MAX,
                                     .dim = SIZE_MAX,
                                     .views = SIZE_MAX,
                                     .samples = SIZE_MAX,
                                     .teacher_seed = SIZE_MAX,
                                     .features = SIZE_MAX,
                                     .feature_seed = SIZE_MAX,
                                     .alpha = NAN,
                                     .scale = NAN,
                                     .noise = NAN,
                                     .source = NAN,
                                     .graph = {NAN, NAN, NAN, NAN},
                                     .exact = -1,
                                     .inputs = -1,
                                     .activation = -1};

static enum study find_study(const struct nai_cli *cli)
{
    static const char *const names[] = {"power-law", "teacher", "auggraph", "pairs", NULL};
    const enum study s = (enum study)nai_find_word(cli, names, "STUDY");

    if (cli->nfiles > 1)
        nai_usage(cli, "what is '%s'? Everything beside the study is an option", cli->files[1]);
    return s;
}

/* Options that the study does not have. */
static void check(const struct nai_cli *cli, enum study study, const struct asked *o)
{
    static const char *const names[] = {"power-law", "teacher", "auggraph", "pairs"};
    const struct {
        const char *name;
        bool said;
        int studies;
    } all[] = {
        {"dim", o->dim != SIZE_MAX, P | T | Q},
        {"alpha", !isnan(o->alpha), P | Q},
        {"scale", !isnan(o->scale), P | Q},
        {"source", !isnan(o->source), P},
        {"noise", !isnan(o->noise), P | T | Q},
        {"rotate", o->rotate, P | Q},
        {"exact", o->exact >= 0, P | Q},
        {"inputs", o->inputs >= 0, T},
        {"spectrum", o->spectrum != NULL, T | Q},
        {"widths", o->widths != NULL, T},
        {"activation", o->activation >= 0, T},
        {"no-bias", o->no_bias, T},
        {"teacher-seed", o->teacher_seed != SIZE_MAX, T},
        {"features", o->features != SIZE_MAX, T},
        {"feature-seed", o->feature_seed != SIZE_MAX, T},
        {"rho", !isnan(o->graph[0]), A},
        {"mu", !isnan(o->graph[1]), A},
        {"nu", !isnan(o->graph[2]), A},
        {"delta", !isnan(o->graph[3]), A},
        {"samples", o->samples != SIZE_MAX, A},
        {"views", o->views != SIZE_MAX, A | Q},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].said && !(all[i].studies & (1 << study)))
            nai_usage(cli, "%s has no --%s", names[study], all[i].name);
    if (study == AUGGRAPH && o->views != SIZE_MAX && o->samples != SIZE_MAX)
        nai_usage(cli, "--samples are of a graph: they do not go with --views");
    if (study == PAIRS && o->spectrum && (!isnan(o->alpha) || !isnan(o->scale)))
        nai_usage(cli, "--spectrum and --alpha or --scale exclude each other");
    if (study == TEACHER && o->spectrum && o->inputs >= 0)
        nai_usage(cli, "--spectrum and --inputs exclude each other");
    if (o->feature_seed != SIZE_MAX && o->features == SIZE_MAX)
        nai_usage(cli, "--feature-seed goes with --features");
    if (o->first != SIZE_MAX && o->first > 0 && (o->exact > 0 || (study == TEACHER && o->spectrum)))
        nai_usage(cli, "rows that are exact together have no --first");
}

/* "LO:HI", any reals. */
static void real_range(const struct nai_cli *cli, double out[2], const char *text)
{
    char *end;

    out[0] = strtod(text, &end);
    if (end != text && *end == ':') {
        const char *const second = end + 1;
        out[1] = strtod(second, &end);
        if (end != second && *end == '\0' && isfinite(out[0]) && isfinite(out[1]) &&
            out[0] <= out[1])
            return;
    }
    nai_usage(cli, "--spectrum: '%s' is not LO:HI, two numbers in order", text);
}

/* "100,100,1": sizes in *out, to be freed. */
static size_t widths(const struct nai_cli *cli, size_t **out, const char *text)
{
    char **const words = nai_words(text);
    size_t n = 0;

    while (words && words[n])
        n++;
    *out = calloc(n + 1, sizeof **out);
    if (!words || !*out)
        nai_usage(cli, "--widths: out of memory");
    for (size_t i = 0; i < n; i++) {
        char *end;
        const unsigned long v = strtoul(words[i], &end, 10);
        if (words[i][0] < '0' || words[i][0] > '9' || *end || v < 1 || v > 1000000)
            nai_usage(cli, "--widths: '%s' is not a number of units from 1 to 1000000", words[i]);
        (*out)[i] = v;
    }
    nai_words_free(words);
    return n;
}

static double or (double said, double otherwise)
{
    return isnan(said) ? otherwise : said;
}

static size_t size_or(size_t said, size_t otherwise)
{
    return said == SIZE_MAX ? otherwise : said;
}

static struct nai_synth_spec spec(const struct nai_cli *cli, enum study study,
                                  const struct asked *o, size_t **width)
{
    static const double graph[4] = {0.6, 0.2, 0.15, 0.05};
    const bool bare =
        isnan(o->graph[0]) && isnan(o->graph[1]) && isnan(o->graph[2]) && isnan(o->graph[3]);
    struct nai_synth_spec s = {
        .seed = cli->seed,
        .rows = size_or(o->rows, study == AUGGRAPH && o->views == SIZE_MAX ? 1 : 1000),
        .first = size_or(o->first, 0),
        .dim = size_or(o->dim, study == TEACHER ? 25 : 100),
        .alpha = or (o->alpha, 1),
        .scale = or (o->scale, 1),
        .noise = or (o->noise, 0),
        .source = or (o->source, 0),
        .rotate = o->rotate,
        .exact = o->exact < 0 ? NAI_EXACT_NOT : (enum nai_exact)o->exact,
        .has_spectrum = o->spectrum != NULL,
        .normal_inputs = o->inputs == 1,
        .no_bias = o->no_bias,
        .activation = o->activation < 0 ? NAI_ACT_RELU : (enum nai_activation)o->activation,
        .teacher_seed = o->teacher_seed == SIZE_MAX ? cli->seed : o->teacher_seed,
        .features = size_or(o->features, 0),
        .feature_seed = size_or(o->feature_seed, cli->seed),
        .views = size_or(o->views, study == PAIRS ? 2 : 0),
        .samples = size_or(o->samples, 0),
    };

    for (size_t k = 0; k < 4; k++)
        s.graph[k] = bare ? graph[k] : or (o->graph[k], 0);
    if (o->spectrum)
        real_range(cli, s.spectrum, o->spectrum);
    s.nlayers = widths(cli, width, o->widths ? o->widths : "1");
    s.width = *width;
    return s;
}

static int run(struct nai_cli *cli, enum study study, const struct nai_synth_spec *o,
               struct nai_err *err)
{
    struct nai_synth s = {0};
    struct nai_out out = {.sink.fd = -1};
    const void *data[8];
    uint64_t at = 0;
    size_t n;
    int rc = study == POWER_LAW  ? nai_synth_power_law(&s, o, err)
             : study == TEACHER  ? nai_synth_teacher(&s, o, err)
             : study == AUGGRAPH ? nai_synth_auggraph(&s, o, err)
                                 : nai_synth_pairs(&s, o, err);

    if (rc == NAI_OK)
        rc = nai_out_open(cli, &out, s.h, NULL, 0, err);
    while (rc == NAI_OK && (rc = nai_synth_rows(&s, &at, &n, data, err)) == NAI_OK && n > 0) {
        rc = nts_write(out.w, 0, n, data, err);
        nai_progress(cli, at, o->rows);
    }
    rc = nai_out_close(cli, &out, rc, err);
    nai_synth_free(&s);
    return rc;
}

int main(int argc, char **argv)
{
    struct asked o = nothing;
    const struct nai_opt opts[] = {
        {"rows", 'n', NAI_SIZE, &o.rows, 1, 1e12, "N", "how many [1000; graphs: 1]"},
        {"first", 0, NAI_SIZE, &o.first, 0, 1e12, "N", "number of the first row [0]"},
        {"dim", 0, NAI_SIZE, &o.dim, 1, 1e6, "D", "features of x [100; teacher: 25]"},
        {"alpha", 0, NAI_REAL, &o.alpha, 0, 20, "A", "eigenvalues C j^-A [1]"},
        {"scale", 0, NAI_REAL, &o.scale, 1e-15, 1e15, "C", "the largest eigenvalue [1]"},
        {"source", 0, NAI_REAL, &o.source, 0, 10, "R",
         "power-law: theta is Lambda^R times a normal vector [0]"},
        {"noise", 0, NAI_REAL, &o.noise, 0, 1e15, "SD", "added to y, or to each view [0]"},
        {"rotate", 0, NAI_FLAG, &o.rotate, 0, 0, NULL, "turn x by a random orthogonal matrix"},
        {"exact", 0, NAI_CHOICE, &o.exact, 0, 0, "none|centred|uncentred",
         "the sample's own moments have the eigenvalues [none]"},
        {"inputs", 0, NAI_CHOICE, &o.inputs, 0, 0, "uniform|normal",
         "teacher: in [0, 1), or standard normal [uniform]"},
        {"spectrum", 0, NAI_TEXT, &o.spectrum, 0, 0, "LO:HI",
         "evenly spaced: teacher: singular values of x; pairs: eigenvalues"},
        {"widths", 0, NAI_LIST, &o.widths, 0, 0, "N,...", "teacher: outputs of each layer [1]"},
        {"activation", 0, NAI_CHOICE, &o.activation, 0, 0, "relu|tanh|linear",
         "teacher: between layers [relu]"},
        {"no-bias", 0, NAI_FLAG, &o.no_bias, 0, 0, NULL, "teacher: linear maps only"},
        {"teacher-seed", 0, NAI_SIZE, &o.teacher_seed, 0, 1e15, "SEED",
         "teacher: of its weights [--seed]"},
        {"features", 0, NAI_SIZE, &o.features, 1, 1e6, "WIDTH",
         "teacher: x is so many fixed orthonormal combinations of its inputs"},
        {"feature-seed", 0, NAI_SIZE, &o.feature_seed, 0, 1e15, "SEED",
         "teacher: of those combinations [--seed]"},
        {"rho", 0, NAI_REAL, &o.graph[0], 0, 1, "P", "auggraph: an instance's own view [0.6]"},
        {"mu", 0, NAI_REAL, &o.graph[1], 0, 1, "P", "auggraph: another of its class [0.2]"},
        {"nu", 0, NAI_REAL, &o.graph[2], 0, 1, "P", "auggraph: one that looks alike [0.15]"},
        {"delta", 0, NAI_REAL, &o.graph[3], 0, 1, "P", "auggraph: the fourth [0.05]"},
        {"samples", 0, NAI_SIZE, &o.samples, 1, 1e9, "M",
         "auggraph: estimated from M views of each instance [the graph itself]"},
        {"views", 0, NAI_SIZE, &o.views, 2, 65536, "M",
         "pairs: views a row [2]; auggraph: a stream of views, not graphs"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-synth",
        .synopsis = "[OPTION]... power-law|teacher|auggraph|pairs",
        .summary = "data of small studies, drawn from what theory assumes",
        .example = example,
        .operands = "power-law|teacher|auggraph|pairs",
        .uses = NAI_USES_STREAM_OUT | NAI_USES_SEED | NAI_USES_THREADS | NAI_USES_BLAS |
                NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_synth_spec s;
    size_t *width = NULL;
    struct nai_cli cli;
    enum study study;
    int rc;

    nai_cli_parse(&cli, &tool, argc, argv);
    study = find_study(&cli);
    check(&cli, study, &o);
    s = spec(&cli, study, &o, &width);
    cli.seed_used = true;
    rc = nai_cli_exit(&cli, run(&cli, study, &s, &err), &err);
    free(width);
    return rc;
}
