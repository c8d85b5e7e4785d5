/* checkpoint.c - models written to streams and read back, strictly
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "checkpoint.h"
#include "net_test.h"

static const char line[] = "cnn in=1x8x8 widths=3-4 classes=2 projector=4";

/* An unlinked file. */
static int scratch(void)
{
    char path[] = "/tmp/nai-checkpoint-XXXXXX";
    const int fd = mkstemp(path);

    unlink(path);
    return fd;
}

/* The model's header: its own tensors, then `extra` ones of shape [2]. */
static struct nts_header *header(struct nai_model *m, const char *const *extra)
{
    struct nts_header *const h = nts_header_new("model");
    struct nai_err err;

    h->meta = json_pack("{s:s, s:[f], s:[f]}", "arch", m->graph->text, "mean", 127.5, "std", 64.);
    must(nai_model_declare(h, m, "", &err), &err);
    for (; extra && *extra; extra++)
        nts_header_tensor(h, *extra, NAI_F64, 1, (const uint64_t[]){2});
    return h;
}

static void put(int fd, struct nai_model *m, const struct nts_header *h)
{
    static const double pair[2] = {1, 2};
    const size_t own = m->graph->ntensors;
    struct nts_writer *w = NULL;
    struct nai_err err;

    must(nts_create(&w, fd, h, NULL, &err), &err);
    must(nai_model_write(w, m, 0, &err), &err);
    for (size_t s = own; s < h->nsections; s++)
        must(nts_write(w, s, 2, (const void *const[]){pair}, &err), &err);
    must(nts_finish(w, &err), &err);
    nts_discard(w);
}

/* Sections renamed or reshaped by the caller between header() and here. */
static int reload(struct net *from, struct nts_header *h, const char *into,
                  const char *const *except, struct nai_err *err)
{
    struct nai_weights w = {0};
    struct nts_reader *r = NULL;
    struct net to;
    const int fd = scratch();
    bool more = true;
    int status;

    put(fd, from->m, h);
    nts_header_free(h);
    lseek(fd, 0, SEEK_SET);
    must(nts_open(&r, fd, NULL, err), err);
    status = nai_weights_read(&w, r, &more, "file", err);
    net_model(&to, into, NAI_F32);
    if (status == NAI_OK)
        status = nai_weights_load(&w, to.m, "", except, err);
    net_close(&to);
    nai_weights_free(&w);
    nts_close(r);
    close(fd);
    return status;
}

/* Two models in one stream, at two precisions. */
static void test_round(void)
{
    struct net a, b;
    struct nai_weights w = {0};
    struct nts_reader *r = NULL;
    struct nai_err err;
    double mean[3], std[3];
    const int fd = scratch();
    bool more = false, same = true;

    net_model(&a, line, NAI_F64);
    net_fill(&a);
    for (int k = 0; k < 2; k++) {
        struct nts_header *const h = header(a.m, NULL);
        put(fd, a.m, h);
        nts_header_free(h);
        a.d->vector->fill(a.d, a.m->w, 7, a.m->graph->params);
    }
    lseek(fd, 0, SEEK_SET);
    must(nts_open(&r, fd, NULL, &err), &err);
    must(nai_weights_read(&w, r, &more, "file", &err), &err);
    ok(more && strcmp(nai_weights_arch(&w), a.m->graph->text) == 0, "the first of two models");
    ok(nai_weights_pixels(&w, 3, mean, std) && mean[2] == 127.5 && std[0] == 64,
       "one mean serves all channels");
    net_model(&b, nai_weights_arch(&w), NAI_F32);
    must(nai_weights_load(&w, b.m, "", NULL, &err), &err);
    for (size_t t = 0; t < b.m->graph->ntensors; t++) {
        double *const x = net_tensor(&b, t, false);
        for (size_t i = 0; i < b.m->graph->tensor[t].count; i++)
            same &= x[i] == (double)(float)filled(&b.m->graph->tensor[t], i);
        free(x);
    }
    ok(same, "its values, from float64 to float32");
    nai_weights_free(&w);
    must(nai_weights_read(&w, r, &more, "file", &err), &err);
    must(nai_weights_load(&w, b.m, "", NULL, &err), &err);
    {
        double *const x = net_tensor(&b, 0, false);
        ok(!more && x[3] == 7, "the second");
        free(x);
    }
    nai_weights_free(&w);
    nts_close(r);
    close(fd);
    net_close(&a);
    net_close(&b);
}

static void expect(int status, int want, const struct nai_err *err, const char *text)
{
    ok(status == want && strstr(err->msg, text), "%d: %s", status, err->msg);
}

static void test_strict(void)
{
    struct net a;
    struct nai_err err = {0};
    struct nts_header *h;

    net_model(&a, line, NAI_F64);
    net_fill(&a);
    h = header(a.m,
               (const char *const[]){"bn1.num_batches_tracked", "optimizer/m/conv1.weight", NULL});
    expect(reload(&a, h, line, NULL, &err), NAI_OK, &err, "");
    expect(reload(&a, header(a.m, NULL), "cnn in=1x8x8 widths=3-4-5 classes=2 projector=4", NULL,
                  &err),
           NAI_EINPUT, &err, "parameter 'conv3.weight' of cnn in=1x8x8 widths=3-4-5");
    expect(
        reload(&a, header(a.m, NULL), "cnn in=1x8x8 widths=3-5 classes=2 projector=4", NULL, &err),
        NAI_EINPUT, &err,
        "parameter 'conv2.weight' is [4,3,3,3] in the checkpoint, [5,3,3,3] in cnn");
    expect(reload(&a, header(a.m, NULL), "cnn in=1x8x8 widths=3-4 classes=2", NULL, &err),
           NAI_EINPUT, &err, "parameter 'projector.0.weight' of the checkpoint is not in cnn");
    err.msg[0] = '\0';
    expect(reload(&a, header(a.m, NULL), "cnn in=1x8x8 widths=3-4",
                  (const char *const[]){"projector.", "fc.", NULL}, &err),
           NAI_OK, &err, "");
    expect(reload(&a, header(a.m, NULL), "cnn in=1x8x8 widths=3-4 projector=4 predictor=4",
                  (const char *const[]){"predictor.", "fc.", NULL}, &err),
           NAI_OK, &err, "");
    h = header(a.m, (const char *const[]){"other.weight", NULL});
    expect(reload(&a, h, line, NULL, &err), NAI_EINPUT, &err,
           "parameter 'other.weight' of the checkpoint");
    h = header(a.m, NULL);
    free(h->kind);
    h->kind = strdup("embedding");
    expect(reload(&a, h, line, NULL, &err), NAI_EINPUT, &err,
           "file: a stream of kind 'embedding', not a model");
    net_close(&a);
}

/* Every proper prefix is refused. */
static void test_cut(void)
{
    struct net a;
    struct nts_header *h;
    const int fd = scratch();
    size_t refused = 0, cuts = 0;
    off_t size;

    net_model(&a, line, NAI_F32);
    net_fill(&a);
    h = header(a.m, NULL);
    put(fd, a.m, h);
    nts_header_free(h);
    size = lseek(fd, 0, SEEK_END);
    for (off_t n = size - 1; n > 0; n -= n / 12 + 1, cuts++) {
        struct nai_weights w = {0};
        struct nts_reader *r = NULL;
        struct nai_err err = {0};
        bool more = false;
        int status;
        if (ftruncate(fd, n) != 0)
            break;
        lseek(fd, 0, SEEK_SET);
        status = nts_open(&r, fd, NULL, &err);
        if (status == NAI_OK)
            status = nai_weights_read(&w, r, &more, "file", &err);
        refused += status == NAI_EINPUT && err.msg[0] && !w.h;
        nai_weights_free(&w);
        nts_close(r);
    }
    ok(cuts > 40 && refused == cuts, "%zu of %zu cut checkpoints are refused", refused, cuts);
    close(fd);
    net_close(&a);
}

int main(void)
{
    nai_blas_init(1);
    test_round();
    test_strict();
    test_cut();
    return tap_end();
}
