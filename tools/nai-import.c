/* nai-import.c - data sets, tables and weights of other formats into a stream
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "import.h"

enum kind { IDX, CIFAR10, CIFAR100, STL10, IMAGES, CSV, NPY, NPZ, SAFETENSORS, MAT, KINDS };

static const struct {
    const char *name;
    size_t least, most; /* operands beside the kind */
} kinds[KINDS] = {
    [IDX] = {"idx", 1, 2},
    [CIFAR10] = {"cifar10", 1, 1},
    [CIFAR100] = {"cifar100", 1, 1},
    [STL10] = {"stl10", 1, 1},
    [IMAGES] = {"images", 1, 1},
    [CSV] = {"csv", 0, 1},
    [NPY] = {"npy", 1, SIZE_MAX},
    [NPZ] = {"npz", 1, 1},
    [SAFETENSORS] = {"safetensors", 1, 1},
    [MAT] = {"mat", 1, 1},
};

#define OF(k) (1u << (k))

/* Which kinds an option is for; all of them name it when it is given to another. */
static const struct {
    const char *option;
    unsigned kinds;
} use[] = {
    {"split", OF(CIFAR10) | OF(CIFAR100) | OF(STL10)},
    {"classes", OF(IDX) | OF(CIFAR10) | OF(CIFAR100) | OF(STL10) | OF(IMAGES) | OF(CSV)},
    {"size", OF(IMAGES)},
    {"filter", OF(IMAGES)},
    {"fit", OF(IMAGES)},
    {"label", OF(CSV)},
    {"header", OF(CSV)},
    {"labels", OF(NPY)},
    {"select", OF(NPZ)},
    {"arch", OF(SAFETENSORS)},
    {"mean", OF(SAFETENSORS)},
    {"std", OF(SAFETENSORS)},
    {"as-rows", OF(SAFETENSORS)},
    {"var", OF(MAT)},
    {"rows", OF(MAT)},
    {"order", OF(MAT)},
    {"fields", OF(MAT)},
    {"halves", OF(MAT)},
};

static const char synopsis[] =
    "KIND FILE... [OPTION]...\n"
    "       nai-import idx IMAGES [LABELS]   the MNIST family, gzip or not\n"
    "       nai-import cifar10 PATH          CIFAR-10 binary: folder, tar (gzip or not), .bin\n"
    "       nai-import cifar100 PATH         CIFAR-100 binary, fine labels y and y_coarse\n"
    "       nai-import stl10 PATH            STL-10 binary: folder, tar (gzip or not)\n"
    "       nai-import images DIR            PNG and JPEG files, or a folder of them a class\n"
    "       nai-import csv [FILE]            numbers separated by commas or tabs\n"
    "       nai-import npy FILE...           a NumPy array; of several, each is a field\n"
    "       nai-import npz FILE              NumPy arrays, each a field\n"
    "       nai-import safetensors FILE      the weights of a network\n"
    "       nai-import mat FILE              a variable of a MATLAB file";

static const char example[] =
    "printf 'width,height\\n3,4\\n5,12\\n' | nai-import csv | nai-view\n"
    "  nai-import idx /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz \\\n"
    "      /usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz -o test.nts";

/* Was this option given? Choices start at -1, so that their first word shows too. */
static bool given(const struct nai_opt *o)
{
    switch (o->type) {
    case NAI_FLAG:
        return *(const bool *)o->dst;
    case NAI_SIZE:
        return *(const size_t *)o->dst != 0;
    case NAI_CHOICE:
        return *(const int *)o->dst >= 0;
    default:
        return *(const char *const *)o->dst != NULL;
    }
}

static enum kind find_kind(const struct nai_cli *cli)
{
    const char *names[KINDS + 1] = {NULL};

    for (int k = 0; k < KINDS; k++)
        names[k] = kinds[k].name;
    return (enum kind)nai_find_word(cli, names, "KIND of input");
}

static void check_options(const struct nai_cli *cli, enum kind kind)
{
    for (size_t i = 0; i < sizeof use / sizeof *use; i++) {
        const struct nai_opt *o = cli->tool->opts;
        char of[200] = "";

        while (o->name && strcmp(o->name, use[i].option) != 0)
            o++;
        if (!o->name || !given(o) || (use[i].kinds & OF(kind)))
            continue;
        for (int k = 0; k < KINDS; k++)
            if (use[i].kinds & OF(k)) {
                const size_t n = strlen(of);
                snprintf(of + n, sizeof of - n, "%s%s", n ? ", " : "", kinds[k].name);
            }
        nai_usage(cli, "--%s does not apply to %s (it is for %s)", o->name, kinds[kind].name, of);
    }
}

static void check_operands(const struct nai_cli *cli, enum kind kind)
{
    const size_t n = cli->nfiles - 1;

    if (n < kinds[kind].least)
        nai_usage(cli, "%s: which file?", kinds[kind].name);
    if (n > kinds[kind].most)
        nai_usage(cli, "%s: '%.100s' is one operand too many", kinds[kind].name,
                  cli->files[1 + kinds[kind].most]);
    for (size_t i = 0; i <= n; i++)
        if ((n == 0 || (i > 0 && strcmp(cli->files[i], "-") == 0)) && isatty(STDIN_FILENO))
            nai_usage(cli, "<stdin>: waiting for a file on a terminal; name one or pipe one in");
}

static int open_source(struct nai_source *s, enum kind kind, const struct nai_cli *cli,
                       const struct nai_import *o, struct nai_err *err)
{
    const char *const path = cli->nfiles > 1 ? cli->files[1] : "-";

    switch (kind) {
    case IDX:
        return nai_idx_open(s, path, nai_file(cli, 2), o, err);
    case CIFAR10:
        return nai_cifar_open(s, path, 10, o, err);
    case CIFAR100:
        return nai_cifar_open(s, path, 100, o, err);
    case STL10:
        return nai_stl10_open(s, path, o, err);
    case IMAGES:
        return nai_images_open(s, path, o, err);
    case CSV:
        return nai_csv_open(s, path, o, err);
    case NPY:
        return nai_npy_open(s, cli->files + 1, cli->nfiles - 1, o, err);
    case NPZ:
        return nai_npz_open(s, path, o, err);
    case SAFETENSORS:
        return nai_safetensors_open(s, path, o, err);
    default:
        return nai_mat_open(s, path, o, err);
    }
}

static int run(struct nai_cli *cli, enum kind kind, const struct nai_import *o, struct nai_err *err)
{
    struct nai_source s = {0};
    struct nai_out out = {.sink.fd = -1};
    struct nts_batch b = {0};
    enum nts_event e = NTS_BATCH;
    uint64_t total = 0, done = 0;
    int st = open_source(&s, kind, cli, o, err);

    if (!st)
        st = nai_out_open(cli, &out, s.header, NULL, 0, err);
    for (size_t i = 0; !st && i < s.header->nsections; i++)
        total += s.header->section[i].rows > 0 ? (uint64_t)s.header->section[i].rows : 0;
    while (!st && (e = s.next(&s, &b, err)) == NTS_BATCH) {
        st = nts_write(out.w, b.section, b.rows, b.data, err);
        done += b.rows;
        nai_progress(cli, done, total);
    }
    if (!st && e == NTS_FAILED)
        st = err->code;
    st = nai_out_close(cli, &out, st, err);
    nai_source_close(&s);
    return st;
}

int main(int argc, char **argv)
{
    static const char *const splits[] = {"train", "test", "unlabeled"};
    struct nai_import o = {.filter = -1, .fit = -1, .header = -1};
    int split = -1;
    const struct nai_opt opts[] = {
        {"split", 0, NAI_CHOICE, &split, 0, 0, "train|test|unlabeled",
         "cifar10, cifar100, stl10: only these [train, then test]"},
        {"classes", 0, NAI_LIST, &o.classes, 0, 0, "NAME,...",
         "class names; a label outside them is an error [those of the data]"},
        {"size", 0, NAI_SIZE, &o.size, 1, 8192, "PIXELS",
         "images: resize to a square [all must be of equal size]"},
        {"filter", 0, NAI_CHOICE, &o.filter, 0, 0, "bilinear|box|bicubic|lanczos",
         "images: with --size, widened to shrink without aliasing [bilinear]"},
        {"fit", 0, NAI_CHOICE, &o.fit, 0, 0, "crop|stretch",
         "images: with --size, keep the middle or distort [crop]"},
        {"label", 0, NAI_TEXT, &o.label, 0, 0, "COLUMN", "csv: the column of labels [none]"},
        {"header", 0, NAI_CHOICE, &o.header, 0, 0, "auto|yes|no",
         "csv: is line 1 names? auto asks when it is numbers [auto]"},
        {"labels", 0, NAI_TEXT, &o.labels, 0, 0, "FILE", "npy: labels in another .npy [none]"},
        {"select", 0, NAI_LIST, &o.select, 0, 0, "NAME,...", "npz: only these arrays [all]"},
        {"arch", 0, NAI_TEXT, &o.arch, 0, 0, "NAME", "safetensors: the architecture [unsaid]"},
        {"mean", 0, NAI_LIST, &o.mean, 0, 0, "R,G,B",
         "safetensors: what the network expects subtracted [unsaid]"},
        {"std", 0, NAI_LIST, &o.std, 0, 0, "R,G,B",
         "safetensors: what it expects to be divided by [unsaid]"},
        {"as-rows", 0, NAI_FLAG, &o.as_rows, 0, 0, NULL,
         "safetensors: tensors are fields sharing rows, not a model"},
        {"var", 0, NAI_TEXT, &o.var, 0, 0, "NAME", "mat: the variable, as in s.field(2)"},
        {"rows", 0, NAI_LIST, &o.rows, 0, 0, "AXIS,...", "mat: axes that become rows [1]"},
        {"order", 0, NAI_LIST, &o.order, 0, 0, "AXIS,...", "mat: the other axes [ascending]"},
        {"fields", 0, NAI_SIZE, &o.fields, 1, 32, "AXIS",
         "mat: axis whose entries become fields r1, r2, ... [none]"},
        {"halves", 0, NAI_SIZE, &o.halves, 1, 32, "AXIS",
         "mat: axis averaged into two fields r1 and r2 [none]"},
        {0},
    };
    const struct nai_tool tool = {
        .name = "nai-import",
        .synopsis = synopsis,
        .summary = "read data sets, tables and weights of other formats into a stream",
        .example = example,
        .operands = "idx|cifar10|cifar100|stl10|images|csv|npy|npz|safetensors|mat",
        .uses = NAI_USES_STREAM_OUT | NAI_USES_THREADS | NAI_USES_PROGRESS,
        .opts = opts,
    };
    struct nai_cli cli;
    struct nai_err err = {0};
    enum kind kind;

    nai_cli_parse(&cli, &tool, argc, argv);
    kind = find_kind(&cli);
    check_options(&cli, kind);
    check_operands(&cli, kind);
    if (kind == IMAGES && !o.size && (o.filter >= 0 || o.fit >= 0))
        nai_usage(&cli, "--%s needs --size", o.filter >= 0 ? "filter" : "fit");
    o.split = split < 0 ? NULL : splits[split];
    o.filter = o.filter < 0 ? 0 : o.filter;
    o.fit = o.fit < 0 ? 0 : o.fit;
    o.header = o.header < 0 ? 0 : o.header;
    o.threads = cli.threads;
    return nai_cli_exit(&cli, run(&cli, kind, &o, &err), &err);
}
