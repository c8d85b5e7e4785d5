/* nai-hessian.c - the curvature of the loss of a network
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "hessian.h"
#include "loss_options.h"

/* What the table fills and the analysis takes in another form. */
struct asked {
    struct nai_loss_asked loss;
    int init, dtype, mode, of, by, method, growth, balance;
};

enum { OPTIONS_MAX = 64 };

static const char example[] =
    "nai-train --arch 'mlp widths=8 act=tanh' --loss ce feats.nts -o model.nts\n"
    "  nai-hessian -m model.nts --trace --top 3 feats.nts";

/* ---- the option table, by theme ---- */

static size_t network_options(struct nai_opt *table, struct nai_hessian_opts *o, struct asked *a)
{
    const struct nai_opt opts[] = {
        {"model", 'm', NAI_TEXT, &o->model, 0, 0, "FILE", "the models, one behind the other"},
        {"step", 0, NAI_TEXT, &o->step, 0, 0, "N|last|all",
         "which of several models that follow one another [all]"},
        {"arch", 'a', NAI_TEXT, &o->arch, 0, 0, "TEXT",
         "the network [as the model says]; without --model, newly drawn"},
        {"inits", 0, NAI_SIZE, &o->inits, 1, 1e6, "K",
         "with --arch alone: so many networks, of the seed and those after it [1]"},
        {"init", 0, NAI_CHOICE, &a->init, 0, 0, "pytorch|kaiming|xavier",
         "how their parameters are drawn [pytorch]"},
        {"pdim", 0, NAI_SIZE, &o->pdim, 0, 1e6, "D",
         "width of their projector, 0 for none [256; not with ce and mse]"},
        {"mode", 0, NAI_CHOICE, &a->mode, 0, 0, "eval|train",
         "running statistics, or those of the batch and dropout [eval]"},
        {"batch", 'b', NAI_SIZE, &o->batch, 1, 1e7, "N",
         "rows at a time [8192; of pictures 256, or as the stream hints]"},
        {"reread", 0, NAI_FLAG, &o->reread, 0, 0, NULL,
         "read FILE again for every product, instead of holding it in memory"},
        {"dtype", 0, NAI_CHOICE, &a->dtype, 0, 0, "f64|f32", "numbers computed with [f64]"},
        {"device", 'd', NAI_TEXT, &o->device, 0, 0, "NAME", "where to compute [cpu]"},
        {0},
    };

    return nai_opts_add(table, opts);
}

static size_t matrix_options(struct nai_opt *table, struct nai_hessian_opts *o, struct asked *a)
{
    const struct nai_opt opts[] = {
        {"op", 0, NAI_CHOICE, &a->of, 0, 0, "hessian|ggn|fisher",
         "the matrix: Hessian, generalised Gauss-Newton, empirical Fisher [hessian]"},
        {"layers", 0, NAI_LIST, &o->layers, 0, 0, "PATTERN,...",
         "the block of the parameters of these names [all]"},
        {"by", 0, NAI_CHOICE, &a->by, 0, 0, "none|tensor|layer|block",
         "a line for each of them, and its block of the matrix [none]"},
        {"per-class", 0, NAI_FLAG, &o->per_class, 0, 0, NULL, "a line for the rows of each class"},
        {"trace", 0, NAI_FLAG, &o->trace, 0, 0, NULL, "the trace, with its standard error"},
        {"fro", 0, NAI_FLAG, &o->fro, 0, 0, NULL, "the Frobenius norm: the same products"},
        {"method", 0, NAI_CHOICE, &a->method, 0, 0, "hutch++|hutchinson|xtrace",
         "how they are estimated [hutch++]"},
        {"probes", 0, NAI_SIZE, &o->probes, 2, 1e7, "M", "products that takes, at most [30]"},
        {"top", 0, NAI_SIZE, &o->top, 1, 1e6, "K", "the K largest eigenvalues"},
        {"bottom", 0, NAI_SIZE, &o->bottom, 1, 1e6, "K", "the K smallest, most negative first"},
        {"tol", 0, NAI_REAL, &o->tol, 1e-15, 1, "X",
         "their residual, of the largest eigenvalue [1e-06]"},
        {"max-steps", 0, NAI_SIZE, &o->max_steps, 1, 1e7, "N", "products they take, at most [300]"},
        {"density", 0, NAI_SIZE, &o->density, 1, 1e6, "V",
         "the density of eigenvalues, from V random vectors"},
        {"density-steps", 0, NAI_SIZE, &o->density_steps, 1, 1e6, "N", "products with each [100]"},
        {"full", 0, NAI_FLAG, &o->full, 0, 0, NULL,
         "the whole matrix and all eigenvalues: of a few thousand parameters"},
        {"spectrum", 0, NAI_TEXT, &o->spectrum, 0, 0, "FILE",
         "write eigenvalues, or the density, as a stream; - for stdout, instead of the table"},
        {"vectors", 0, NAI_FLAG, &o->vectors, 0, 0, NULL, "eigenvectors in it, too"},
        {"check", 0, NAI_FLAG, &o->check, 0, 0, NULL,
         "nothing else: products against differences of gradients"},
        {"matrix", 0, NAI_TEXT, &o->matrix, 0, 0, "FILE", "with --full: write the matrix as rows"},
        {0},
    };

    return nai_opts_add(table, opts);
}

static size_t step_options(struct nai_opt *table, struct nai_step_opts *s, struct asked *a)
{
    const struct nai_opt opts[] = {
        {"delta-loss", 0, NAI_FLAG, &s->asked, 0, 0, NULL,
         "what noise and bias in a step of the gradient do to the loss"},
        {"lr", 0, NAI_REAL, &s->lr, 1e-12, 1e6, "DT", "the step [0.001]"},
        {"sigma", 0, NAI_LIST, &s->noise, 0, 0, "S,...", "of the noise [0]"},
        {"bias", 0, NAI_LIST, &s->bias, 0, 0, "B,...", "b of the bias [0]"},
        {"relative", 0, NAI_FLAG, &s->relative, 0, 0, NULL,
         "both are ratios to the norm of the gradient"},
        {"noise-growth", 0, NAI_CHOICE, &a->growth, 0, 0, "constant|sqrt|linear",
         "f(N), by which the variance grows with the parameters [constant]"},
        {"bias-along", 0, NAI_TEXT, &s->along, 0, 0, "ones|random|FILE",
         "the direction of the bias [ones]"},
        {"draws", 0, NAI_SIZE, &s->draws, 1, 1e6, "R", "of the noise [20]"},
        {"balance", 0, NAI_CHOICE, &a->balance, 0, 0, "antithetic|authors|none",
         "how they have no mean: pairs n, -n, or the last one minus the others [antithetic]"},
        {"taylor", 0, NAI_FLAG, &s->taylor, 0, 0, NULL,
         "the second order at these draws: a product each [only where it costs none]"},
        {"limits", 0, NAI_FLAG, &s->limits, 0, 0, NULL,
         "the extreme eigenvalues, and whether the loss must rise or fall"},
        {0},
    };

    return nai_opts_add(table, opts);
}

/* ---- what the table cannot check ---- */

/* Numbers separated by commas. */
static void check_list(const struct nai_cli *cli, const char *option, const char *list,
                       double least)
{
    for (const char *p = list; p;) {
        char *end;
        const double x = strtod(p, &end);
        if (end == p || (*end && *end != ',') || !(x >= least && x <= 1e12))
            nai_usage(cli, "%s: '%s' is not a list of %snumbers", option, list,
                      least == 0 ? "non-negative " : "");
        p = *end ? end + 1 : NULL;
    }
}

static void check_steps(const struct nai_cli *cli, const struct nai_hessian_opts *o)
{
    const struct nai_step_opts *const s = &o->take;

    check_list(cli, "--sigma", s->noise, 0);
    check_list(cli, "--bias", s->bias, -1e12);
    if (!s->asked && (strcmp(s->noise, "0") != 0 || strcmp(s->bias, "0") != 0 || s->lr > 0 ||
                      s->relative || s->growth || strcmp(s->along, "ones") != 0 || s->draws ||
                      s->balance || s->taylor || s->limits))
        nai_usage(cli, "--sigma, --bias, --lr, --relative, --noise-growth, --bias-along, --draws, "
                       "--balance, --taylor and --limits go with --delta-loss");
    if (strcmp(s->along, "-") == 0)
        nai_usage(cli, "--bias-along reads its FILE for each network: not stdin");
    if (s->asked && (o->layers || o->by || o->full || o->top || o->bottom || o->density ||
                     o->spectrum || o->matrix || o->of))
        nai_usage(cli, "--delta-loss is of the Hessian of all parameters, and writes a table only: "
                       "no --layers, --by, --op, --full, --top, --bottom, --density, --spectrum, "
                       "--matrix");
    if (s->asked && s->balance == NAI_ANTITHETIC && s->draws % 2 && strcmp(s->noise, "0") != 0)
        nai_usage(cli, "--draws %zu: antithetic draws come in pairs", s->draws);
    if (s->asked && s->balance == NAI_AUTHORS && s->draws == 1 && strcmp(s->noise, "0") != 0)
        nai_usage(cli, "--draws %zu: at least 2 to balance each other", s->draws);
}

static void check(const struct nai_cli *cli, const struct nai_hessian_opts *o)
{
    const char *const file = cli->nfiles ? cli->files[0] : "-";

    if (cli->nfiles > 1)
        nai_usage(cli, "more than one FILE");
    if (!o->model && !o->arch)
        nai_usage(cli, "--model FILE is missing, or --arch TEXT for newly drawn networks");
    if (o->model && o->inits > 1)
        nai_usage(cli, "--inits is for networks that are newly drawn: no --model");
    if (!o->model && o->step)
        nai_usage(cli, "--step goes with --model");
    if (o->model && strcmp(o->model, "-") == 0 && strcmp(file, "-") == 0)
        nai_usage(cli, "model and rows cannot both come from stdin");
    if (o->reread && strcmp(file, "-") == 0)
        nai_usage(cli, "--reread needs a FILE to read again");
    if (o->reread && o->per_class)
        nai_usage(cli, "--per-class goes through rows held in memory: no --reread");
    if (o->of == NAI_FISHER && (o->loss.kind < NAI_LOSS_CE || o->train_mode))
        nai_usage(cli,
                  "--op fisher is of losses that are sums over rows: --loss ce or mse, and not "
                  "--mode train");
    if (o->matrix && (!o->full || o->by || o->per_class || o->inits > 1))
        nai_usage(cli, "--matrix writes one: it goes with --full, not with --by, --per-class or "
                       "several --inits");
    if (o->spectrum && !o->full && !o->top && !o->bottom && !o->density)
        nai_usage(cli, "--spectrum goes with --full, --top, --bottom or --density");
    if (o->vectors && (!o->spectrum || o->density))
        nai_usage(cli, "--vectors goes with --spectrum, and with --full, --top or --bottom");
    if (o->spectrum && o->matrix && strcmp(o->spectrum, "-") == 0 && strcmp(o->matrix, "-") == 0)
        nai_usage(cli, "spectrum and matrix cannot both go to stdout");
    if (o->full && o->density)
        nai_usage(cli, "--full has all eigenvalues: no --density");
    if (o->check && (o->take.asked || o->layers || o->by || o->trace || o->fro || o->top ||
                     o->bottom || o->density || o->full || o->of || o->dtype != NAI_F64))
        nai_usage(cli, "--check is of the Hessian of all parameters, in f64, and of nothing else");
    check_steps(cli, o);
}

static void settle(const struct nai_cli *cli, struct nai_hessian_opts *o, struct asked *a)
{
    struct nai_err err = {0};

    if (nai_loss_settle(&a->loss, &o->beta_auto, &err) != NAI_OK)
        nai_usage(cli, "%s", err.msg);
    o->loss = a->loss.spec;
    o->all_views = a->loss.bn_stats == 1;
    o->init = (enum nai_init)a->init;
    o->train_mode = a->mode == 1;
    o->dtype = a->dtype ? NAI_F32 : NAI_F64;
    o->of = (enum nai_curvature)a->of;
    o->by = (enum nai_by)a->by;
    o->method = (enum nai_trace_method)a->method;
    o->take.growth = (enum nai_noise_growth)a->growth;
    o->take.balance = (enum nai_balance)a->balance;
    check(cli, o);
    o->step = o->step ? o->step : "all"; /* what is not said is NULL or 0 until here */
    o->take.lr = o->take.lr > 0 ? o->take.lr : 1e-3;
    o->take.draws = o->take.draws ? o->take.draws : 20;
}

static int run(struct nai_cli *cli, const struct nai_hessian_opts *o, struct nai_err *err)
{
    struct nai_hessian h;
    const int rc = nai_hessian_run(&h, cli, o, err);

    nai_hessian_close(&h);
    return rc;
}

int main(int argc, char **argv)
{
    struct nai_hessian_opts o = {
        .device = "cpu",
        .inits = 1,
        .pdim = 256,
        .probes = 30,
        .max_steps = 300,
        .tol = 1e-6,
        .density_steps = 100,
        .take = {.noise = "0", .bias = "0", .along = "ones"},
    };
    struct asked a = {.loss = nai_loss_defaults(NAI_LOSS_CE)};
    struct nai_opt opts[OPTIONS_MAX] = {{0}};
    const struct nai_tool tool = {
        .name = "nai-hessian",
        .synopsis = "[OPTION]... -m MODEL [FILE]",
        .summary = "curvature of the loss of a network, and what approximate gradients do to it",
        .example = example,
        .uses = NAI_USES_TEXT_OUT | NAI_USES_JSON | NAI_USES_SEED | NAI_USES_THREADS |
                NAI_USES_BLAS | NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;
    size_t n = network_options(opts, &o, &a);

    n += nai_loss_options(opts + n, &a.loss, "the loss [ce]");
    n += matrix_options(opts + n, &o, &a);
    step_options(opts + n, &o.take, &a);
    nai_cli_parse(&cli, &tool, argc, argv);
    cli.seed_used = true;
    settle(&cli, &o, &a);
    return nai_cli_exit(&cli, run(&cli, &o, &err), &err);
}
