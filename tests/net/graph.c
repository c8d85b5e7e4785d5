/* graph.c - lines of text to networks: settings, canonical lines, names, refusals
 * SPDX-License-Identifier: MIT */
#include "graph.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"

static size_t params(const struct nai_graph *g)
{
    size_t n = 0;

    for (size_t t = 0; t < g->ntensors; t++)
        n += g->tensor[t].buffer ? 0 : g->tensor[t].count;
    return n;
}

static void counts(const char *line, size_t want)
{
    struct nai_graph *g = NULL;
    struct nai_err err = {0};
    const int status = nai_graph_new(&g, line, &err);

    ok(status == NAI_OK && params(g) == want, "%s has %zu parameters: %zu %s", line, want,
       g ? params(g) : 0, err.msg);
    nai_graph_free(g);
}

/* The canonical line, and that it describes itself. */
static void canonical(const char *line, const char *want)
{
    struct nai_graph *g = NULL, *again = NULL;
    struct nai_err err = {0};

    (void)nai_graph_new(&g, line, &err);
    ok(g && strcmp(g->text, want) == 0, "%s is %s %s", line, g ? g->text : "", err.msg);
    (void)nai_graph_new(&again, want, &err);
    ok(again && strcmp(again->text, want) == 0 && g && params(g) == params(again),
       "which is itself %s", err.msg);
    nai_graph_free(g);
    nai_graph_free(again);
}

static void refused(const char *line, const char *want)
{
    struct nai_graph *g = NULL;
    struct nai_err err = {0};
    const int status = nai_graph_new(&g, line, &err);

    ok(status == NAI_EUSAGE && !g && strstr(err.msg, want), "'%s' is refused: %s", line, err.msg);
    nai_graph_free(g);
}

static void layers(const char *line, const char *const *names, const char *const *absent)
{
    struct nai_graph *g = NULL;
    struct nai_err err = {0};
    const char **all;
    size_t n = 0;

    (void)nai_graph_new(&g, line, &err);
    for (; *names; names++)
        ok(g && nai_graph_layer(g, *names) >= 0, "%s has a layer %s", line, *names);
    for (; *absent; absent++)
        ok(g && nai_graph_layer(g, *absent) < 0, "%s has no layer '%s'", line, *absent);
    all = nai_graph_layers(g);
    while (all && all[n] && nai_graph_layer(g, all[n]) >= 0)
        n++;
    ok(n > 5 && all && !all[n], "%s: its %zu layers are found by their names", line, n);
    free(all);
    nai_graph_free(g);
}

static void test_counts(void)
{
    counts("mlp in=2048 widths=2048 projector=64 out=linear", 2048 * 2048 + 2048 + 135360);
    counts("mlp in=3x2x2 widths=5-4 bias=0", 12 * 5 + 5 * 4);
    counts("vit_tiny_patch16_224 classes=1000", 5717416); /* as timm lists them */
    counts("vit_small_patch16_224 classes=1000", 22050664);
    counts("vit_base_patch16 classes=1000", 86567656);
    counts("vit_base_patch32_224 classes=1000", 88224232);
    counts("vit_large_patch16 classes=1000", 304326632);
    counts("vit_huge_patch14 classes=1000", 632045800);
    counts("resnet18", 11689512 - 513000);
    counts("resnet20 classes=10", 269722);
    counts("vgg16_bn in=3x32x32 classes=10", 14723136 + 5130);
}

static void test_refusals(void)
{
    refused("", "no name");
    refused("resnet19", "did you mean 'resnet18'?");
    refused("vit_tny", "did you mean 'vit_tiny'?");
    refused("zzzzzzzz", "unknown architecture 'zzzzzzzz'");
    refused("resnet18 widht=3", "no setting 'widht' (did you mean 'width'?)");
    refused("resnet18 width=0", "width=0 is not an integer from 1 to 4096");
    refused("resnet18 width=3x", "width=3x");
    refused("resnet18 width=99999999999999999999999", "width=");
    refused("resnet18 width=3 width=4", "twice");
    refused("resnet18 width", "'width' is not NAME=VALUE");
    refused("resnet18 =3", "is not NAME=VALUE");
    refused("resnet18 stem=big", "stem=big is not one of imagenet|cifar|auto");
    refused("resnet18 in=3x32", "in=3x32 is not CxHxW or N");
    refused("resnet18 in=3x32x", "in=3x32x is not");
    refused("resnet18 in=0x32x32", "sizes are from 1");
    refused("resnet18 in=3x32x99999999", "sizes are from 1");
    refused("mlp", "in=CxHxW or in=N is missing");
    refused("mlp in=3 widths=4--5", "is not a width");
    refused("mlp in=3 widths=", "is not a width");
    refused("mlp in=65536x65536x65536 widths=1048576", "fc1.weight is too large");
    refused("mlp in=16777216 widths=1048576-1048576-1048576-x", "'x' is not a width");
    refused("cnn predictor=4", "predictor=4 without a projector");
    refused("cnn projector=3 predictor=4", "predictor=4: it predicts the projector's 3 values");
    refused("resnet20 width=3", "width=3 is odd");
    refused("vgg11 in=3x32x32 head=torchvision", "wants pictures of 224x224");
    refused("vgg11 in=3x8x8", "nothing left of a picture of 8x8");
    refused("vgg11 dropout=1", "dropout=1 is not a number from 0 to 0.999");
    refused("vgg11 dropout=nan", "dropout=nan");
    refused("vit in=3x30x32", "patches of 4x4 do not tile a picture of 30x32");
    refused("vit heads=5", "dim=192 is not a multiple of heads=5");
    refused("vit dim=6 heads=1 pos=sincos", "not a multiple of 4");
}

int main(void)
{
    test_counts();
    canonical("resnet18 in=3x32x32",
              "resnet18 in=3x32x32 width=64 stem=cifar classes=0 projector=0 hidden=0 predictor=0");
    canonical("projector=8,resnet50", "resnet50 in=3x224x224 width=64 stem=imagenet classes=0 "
                                      "projector=8 hidden=8 predictor=0");
    canonical("mlp in=5 classes=2", "mlp in=5 widths=256-256 act=relu bias=1 norm=none classes=2 "
                                    "projector=0 hidden=0 predictor=0 out=act");
    canonical("vit_tiny_patch16_32 heads=2",
              "vit in=3x32x32 patch=16 dim=192 depth=12 heads=2 mlp=768 pos=learned pool=cls "
              "classes=0 projector=0 hidden=0 predictor=0");
    canonical("vgg16_bn in=1x40x33 dropout=.1",
              "vgg16-bn in=1x40x33 width=64 dropout=0.1 classes=0 projector=0 hidden=0 "
              "predictor=0 head=linear");
    test_refusals();
    layers(
        "resnet50 in=3x32x32 projector=4",
        (const char *const[]){"input", "conv1", "relu", "layer1", "layer4.2", "layer1.0.conv3",
                              "layer1.0.downsample.1", "backbone", "avgpool", "projector",
                              "projector.0", NULL},
        (const char *const[]){"", "layer", "layer5", "fc", "maxpool", "logits", "predictor", NULL});
    layers("vit in=3x8x8 depth=3 classes=2",
           (const char *const[]){"blocks.2", "blocks", "blocks.1.mlp.fc1", "norm", "head", NULL},
           (const char *const[]){"blocks.3", "block", "projector", NULL});
    return tap_end();
}
