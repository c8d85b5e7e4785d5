/* nai-export.c - a stream as NumPy, safetensors, text or PNG
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli.h"
#include "export.h"

enum kind { NPY, NPZ, SAFETENSORS, CSV, TSV, PNG, KINDS };

typedef int create_fn(struct nai_target *t, int fd, const char *name, const struct nts_header *h,
                      const struct nai_export *o, struct nai_err *err);

static const struct {
    const char *name;
    create_fn *create;
    bool binary;
} kinds[KINDS] = {
    [NPY] = {"npy", nai_npy_create, true},
    [NPZ] = {"npz", nai_npz_create, true},
    [SAFETENSORS] = {"safetensors", nai_safetensors_create, true},
    [CSV] = {"csv", nai_csv_create, false},
    [TSV] = {"tsv", nai_csv_create, false},
    [PNG] = {"png", nai_png_create, true},
};

static const char synopsis[] =
    "KIND [OPTION]... [FILE]\n"
    "       nai-export npy           one field or tensor as a NumPy array\n"
    "       nai-export npz           all of them, in an archive\n"
    "       nai-export safetensors   all of them, or a model, with its metadata\n"
    "       nai-export csv           a line a row, values separated by commas\n"
    "       nai-export tsv           the same with tabs\n"
    "       nai-export png           the first images side by side";

static enum kind find_kind(const struct nai_cli *cli)
{
    const char *names[KINDS + 1] = {NULL};

    for (int k = 0; k < KINDS; k++)
        names[k] = kinds[k].name;
    return (enum kind)nai_find_word(cli, names, "KIND of output");
}

/* Every row from the stream to the file. The whole stream is read and verified even where its
 * first rows suffice: that is what exit status 0 says. */
static int copy(struct nai_cli *cli, struct nai_target *t, const struct nai_in *in,
                struct nai_err *err)
{
    struct nts_batch b;
    enum nts_event e;
    uint64_t total = 0, done = 0;

    for (size_t s = 0; s < in->h->nsections; s++)
        total += in->h->section[s].rows > 0 ? (uint64_t)in->h->section[s].rows : 0;
    while ((e = nts_read(in->r, &b, err)) == NTS_BATCH) {
        const int st = t->put(t, &b, err);
        if (st)
            return st;
        done += b.rows;
        nai_progress(cli, done, total);
    }
    if (e == NTS_NEXT)
        return nai_err_set(err, NAI_EINPUT, "%s: more than one model; a file holds one", in->name);
    return e == NTS_FAILED ? err->code : t->finish(t, err);
}

static int run(struct nai_cli *cli, enum kind kind, const struct nai_export *o, struct nai_err *err)
{
    struct nai_in in = {.fd = -1};
    struct nai_sink sink = {.fd = -1};
    struct nai_target t = {0};
    bool opened = false;
    int st = nai_in_open(cli, &in, nai_file(cli, 1), err);

    if (!st) {
        st = nai_sink_open(&sink, cli->output, kinds[kind].binary, err);
        opened = !st;
    }
    if (!st && (st = kinds[kind].create(&t, sink.fd, sink.name, in.h, o, err)) == NAI_EUSAGE)
        nai_err_prefix(err, in.name);
    if (!st && t.note)
        nai_note(cli, "%s: %s", sink.name, t.note);
    if (!st)
        st = copy(cli, &t, &in, err);
    nai_target_close(&t);
    if (opened)
        st = nai_sink_close(&sink, st, err);
    nai_in_close(&in);
    return st;
}

int main(int argc, char **argv)
{
    struct nai_export o = {0};
    const struct nai_opt opts[] = {
        {"field", 'f', NAI_LIST, &o.fields, 0, 0, "NAME,...",
         "only these: field, section or section/field [all]"},
        {"rows", 0, NAI_SIZE, &o.rows, 1, 1e6, "N", "png: images from the first on [64]"},
        {"columns", 0, NAI_SIZE, &o.columns, 1, 1e6, "N",
         "png: side by side [the views of a row, or about a square]"},
        {"scale", 0, NAI_SIZE, &o.scale, 1, 64, "N", "png: pixels to a pixel [1]"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-export",
        .synopsis = synopsis,
        .summary = "write a stream as NumPy, safetensors, text or an image",
        .example = "printf 'width,height\\n3,4\\n5,12\\n' | nai-import csv | nai-export tsv",
        .operands = "npy|npz|safetensors|csv|tsv|png",
        .uses = NAI_USES_BINARY_OUT | NAI_USES_THREADS | NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_cli cli;
    struct nai_err err = {0};
    enum kind kind;

    nai_cli_parse(&cli, &tool, argc, argv);
    kind = find_kind(&cli);
    if (cli.nfiles > 2)
        nai_usage(&cli, "'%.100s' is one operand too many", cli.files[2]);
    if (kind != PNG && (o.rows || o.columns || o.scale))
        nai_usage(&cli, "--%s does not apply to %s (it is for png)",
                  o.rows      ? "rows"
                  : o.columns ? "columns"
                              : "scale",
                  kinds[kind].name);
    o.separator = kind == TSV ? '\t' : ',';
    return nai_cli_exit(&cli, run(&cli, kind, &o, &err), &err);
}
