/* published.c - the published CIFAR-10 ResNet-20, imported, gives what it gives in PyTorch
 * SPDX-License-Identifier: MIT
 *
 * Figures: tests/golden/net_published.py, torch 1.13. Needs the weights and pictures of $NAI_DATA
 * and nai-import in $NAI_BIN. */
#include <unistd.h>

#include "../lib/tap.h"
#include "checkpoint.h"
#include "net_test.h"

enum { PICTURES = 1000, RECORD = 3073, BATCH = 250, CORRECT = 915 };

static const double mean_logit = 5.825537590386532;

static bool import(struct nai_weights *w, const char *file)
{
    const char *const bin = getenv("NAI_BIN");
    struct nai_err err = {0};
    struct nts_reader *r = NULL;
    char command[900];
    bool more = true;
    FILE *p;

    snprintf(command, sizeof command, "'%s/nai-import' safetensors '%s'", bin ? bin : ".", file);
    p = bin ? popen(command, "r") : NULL;
    if (!p)
        return false;
    must(nts_open(&r, fileno(p), NULL, &err), &err);
    must(nai_weights_read(w, r, &more, file, &err), &err);
    nts_close(r);
    ok(!more && pclose(p) == 0, "nai-import ends well");
    return true;
}

static void classify(struct nai_weights *w, const unsigned char *rows, enum nai_dtype dtype)
{
    static const double mean[3] = {.485 * 255, .456 * 255, .406 * 255},
                        std[3] = {.229 * 255, .224 * 255, .225 * 255};
    struct nai_shape s;
    size_t correct = 0;
    struct net n;
    double size = 0;
    int last;

    net_model(&n, "resnet20 classes=10", dtype);
    must(nai_weights_load(w, n.m, "", NULL, &n.err), &n.err);
    last = n.m->graph->logits;
    net_run(&n, (struct nai_run_opts){.n = BATCH, .mode = NAI_MODE_INFER, .last = last});
    for (size_t at = 0; at < PICTURES; at += BATCH) {
        double *z;
        struct nai_buf *const x = nai_run_input(n.r, &s);
        n.d->image->upload_u8(n.d, &s, rows + at * RECORD + 1, RECORD, mean, std, x);
        nai_run_forward(n.r, NULL);
        z = net_fetch(&n, last, false);
        for (size_t i = 0; i < BATCH; i++) {
            size_t best = 0;
            for (size_t k = 0; k < 10; k++) {
                best = z[10 * i + k] > z[10 * i + best] ? k : best;
                size += fabs(z[10 * i + k]) / (10 * PICTURES);
            }
            correct += best == rows[(at + i) * RECORD];
        }
        free(z);
    }
    ok(correct == CORRECT, "%s: %zu of %d correct, as in PyTorch", nai_dtype_name(dtype), correct,
       PICTURES);
    near(size, mean_logit, 1e-5, "mean size of the logits");
    net_close(&n);
}

int main(void)
{
    const char *const data = getenv("NAI_DATA") ? getenv("NAI_DATA") : "../shared/data";
    unsigned char *const rows = malloc((size_t)PICTURES * RECORD);
    struct nai_weights w = {0};
    char path[2][600];
    FILE *f;

    snprintf(path[0], sizeof path[0], "%.500s/weights/resnet20-cifar10.safetensors", data);
    snprintf(path[1], sizeof path[1], "%.500s/cifar10/test_batch_first1000.bin", data);
    f = access(path[0], R_OK) == 0 ? fopen(path[1], "rb") : NULL;
    nai_blas_init(2);
    if (!f || fread(rows, RECORD, PICTURES, f) != PICTURES || !import(&w, path[0])) {
        printf("ok 1 - the published network # skip no weights, pictures or nai-import\n1..1\n");
    } else {
        classify(&w, rows, NAI_F32);
        classify(&w, rows, NAI_F64);
    }
    if (f)
        fclose(f);
    nai_weights_free(&w);
    free(rows);
    return tap_tests > 0 ? tap_end() : 0;
}
