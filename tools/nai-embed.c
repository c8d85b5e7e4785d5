/* nai-embed.c - rows and a model to the features of named layers
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli.h"
#include "embed.h"

static void check(const struct nai_cli *cli, const struct nai_embed_opts *o, bool list)
{
    const bool stdin_model = o->model && strcmp(o->model, "-") == 0;

    if (!o->model)
        nai_usage(cli, "-m MODEL is missing");
    if (cli->nfiles > (list ? 0 : 1))
        nai_usage(cli, list ? "--list-layers takes no FILE" : "more than one FILE");
    if (stdin_model && !list && (cli->nfiles == 0 || strcmp(cli->files[0], "-") == 0))
        nai_usage(cli, "both the model and the rows from stdin: name a FILE");
    if (!o->mean != !o->std)
        nai_usage(cli, "--mean and --std go together");
}

static int run(struct nai_cli *cli, const struct nai_embed_opts *o, bool list, struct nai_err *err)
{
    struct nai_embedder e;
    int rc = list ? nai_embed_list(&e, cli, o, err) : nai_embed_open(&e, cli, o, err);

    if (rc == NAI_OK && !list)
        rc = nai_embed_copy(&e, err);
    nai_embed_close(&e);
    return rc;
}

int main(int argc, char **argv)
{
    struct nai_embed_opts o = {.step = "last", .device = "cpu"};
    int pool = 0, views = 0, dtype = 0;
    bool list = false;
    const struct nai_opt opts[] = {
        {"model", 'm', NAI_TEXT, &o.model, 0, 0, "FILE", "the model, of nai-train or nai-import"},
        {"layers", 'l', NAI_LIST, &o.layers, 0, 0, "NAME,...",
         "the layers whose outputs are taken, or all [backbone]"},
        {"list-layers", 0, NAI_FLAG, &list, 0, 0, NULL, "print the layers' names and shapes, TSV"},
        {"pool", 'p', NAI_CHOICE, &pool, 0, 0, "none|avg",
         "maps flattened, or averaged over their places [none]"},
        {"views", 0, NAI_CHOICE, &views, 0, 0, "mean|each",
         "features averaged over an image's views, or a row a view [mean]"},
        {"step", 0, NAI_TEXT, &o.step, 0, 0, "N|last|all",
         "which of several models that follow one another [last]"},
        {"batch", 'b', NAI_SIZE, &o.batch, 1, 1e6, "N", "rows at a time [by memory]"},
        {"arch", 'a', NAI_TEXT, &o.arch, 0, 0, "TEXT", "the network [as the model says]"},
        {"mean", 0, NAI_LIST, &o.mean, 0, 0, "X,...", "of pixels, 0 to 255 [as the model says]"},
        {"std", 0, NAI_LIST, &o.std, 0, 0, "X,...", "their standard deviation [as the model says]"},
        {"dtype", 0, NAI_CHOICE, &dtype, 0, 0, "f32|f64", "numbers computed with [f32]"},
        {"device", 'd', NAI_TEXT, &o.device, 0, 0, "NAME", "where to compute [cpu]"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-embed",
        .synopsis = "[OPTION]... -m MODEL [FILE]",
        .summary = "features of the named layers of a trained network",
        .example = "nai-train --arch 'mlp widths=32-16' --loss ce feats.nts -o model.nts\n"
                   "  nai-embed -m model.nts feats.nts | nai-cov | nai-eig | nai-alpha -r 2:12",
        .uses = NAI_USES_STREAM_OUT | NAI_USES_THREADS | NAI_USES_BLAS | NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_err err = {0};
    struct nai_cli cli;

    nai_cli_parse(&cli, &tool, argc, argv);
    check(&cli, &o, list);
    o.avg = pool == 1;
    o.each = views == 1;
    o.dtype = dtype ? NAI_F64 : NAI_F32;
    cli.streaming = list; /* then a table goes out, and no stream is to be ended */
    return nai_cli_exit(&cli, run(&cli, &o, list, &err), &err);
}
