/* arch_resnet.c - residual networks: torchvision's and those of CIFAR
 * SPDX-License-Identifier: MIT
 *
 * He, Zhang, Ren & Sun 2016; names and order of tensors as torchvision 0.14's resnet.py, strides
 * of bottleneck blocks on their 3 x 3 convolution ("v1.5"). */
#include <stdio.h>

#include "build.h"

enum { NAME = 64 };

/* conv and bn of a block, ReLU after: "layer1.0.conv2", "layer1.0.bn2", output "layer1.0.relu2". */
static int unit(struct nai_build *b, int in, const char *block, int which, struct nai_conv conv)
{
    char name[NAME], sub[16], layer[NAME];
    int i;

    snprintf(sub, sizeof sub, "conv%d", which);
    i = nai_build_conv(b, in, nai_sub(name, block, sub), conv);
    snprintf(sub, sizeof sub, "relu%d", which);
    nai_sub(layer, block, sub);
    snprintf(sub, sizeof sub, "bn%d", which);
    return nai_build_batchnorm(b, i, true, nai_sub(name, block, sub), layer);
}

/* A block's last convolution and batch norm, the shortcut added, then ReLU. */
static int last_unit(struct nai_build *b, int in, int from, const char *block, int which,
                     struct nai_conv conv, size_t stride)
{
    char name[NAME], sub[16];
    const struct nai_node *x;
    int i, bn, shortcut = from;
    bool project;

    snprintf(sub, sizeof sub, "conv%d", which);
    i = nai_build_conv(b, in, nai_sub(name, block, sub), conv);
    snprintf(sub, sizeof sub, "bn%d", which);
    bn = nai_build_norm_tensors(b, nai_sub(name, block, sub), conv.out);
    x = b->status == NAI_OK ? &b->g->node[from] : NULL;
    project = x && (stride != 1 || x->c != conv.out);
    if (project) {
        shortcut = nai_build_conv(b, from, nai_sub(name, block, "downsample.0"),
                                  (struct nai_conv){conv.out, 1, stride, 0, false});
        nai_sub(name, block, "downsample.1");
        shortcut = nai_build_batchnorm(b, shortcut, false, name, name);
    }
    return nai_build_norm(b, i, shortcut, true, block, bn);
}

static int basic(struct nai_build *b, int in, const char *block, size_t planes, size_t stride)
{
    const int i = unit(b, in, block, 1, (struct nai_conv){planes, 3, stride, 1, false});

    return last_unit(b, i, in, block, 2, (struct nai_conv){planes, 3, 1, 1, false}, stride);
}

static int bottleneck(struct nai_build *b, int in, const char *block, size_t planes, size_t stride)
{
    int i = unit(b, in, block, 1, (struct nai_conv){planes, 1, 1, 0, false});

    i = unit(b, i, block, 2, (struct nai_conv){planes, 3, stride, 1, false});
    return last_unit(b, i, in, block, 3, (struct nai_conv){4 * planes, 1, 1, 0, false}, stride);
}

static const struct {
    int depth;
    size_t blocks[4];
    bool bottleneck;
} depths[] = {
    {18, {2, 2, 2, 2}, false},
    {34, {3, 4, 6, 3}, false},
    {50, {3, 4, 6, 3}, true},
    {101, {3, 4, 23, 3}, true},
};

static int stem(struct nai_build *b, int in, size_t width, bool cifar)
{
    int i = nai_build_conv(b, in, "conv1",
                           cifar ? (struct nai_conv){width, 3, 1, 1, false}
                                 : (struct nai_conv){width, 7, 2, 3, false});

    i = nai_build_batchnorm(b, i, true, "bn1", "relu");
    return cifar ? i : nai_build_pool(b, i, true, 3, 2, 1, "maxpool");
}

void nai_arch_resnet(struct nai_build *b, int depth)
{
    int i = nai_build_input(b, "3x224x224"), cifar;
    const size_t width = nai_ask_size(b, "width", 64, 1, 4096);
    struct nai_heads heads;
    char block[NAME];
    size_t d = 0;

    cifar = nai_ask_word(b, "stem", "imagenet|cifar|auto", 2);
    if (cifar == 2)
        cifar = b->g->h <= 64 && b->g->w <= 64;
    nai_tell_word(b, "stem", "imagenet|cifar", cifar);
    heads = nai_ask_heads(b);
    b->conv_init = NAI_INIT_HE_OUT;
    b->linear_init = b->linear_bias = NAI_INIT_UNIFORM;
    while (depths[d].depth != depth)
        d++;
    i = stem(b, i, width, cifar == 1);
    for (size_t s = 0; s < 4; s++)
        for (size_t k = 0; k < depths[d].blocks[s]; k++) {
            const size_t stride = s > 0 && k == 0 ? 2 : 1, planes = width << s;
            snprintf(block, sizeof block, "layer%zu.%zu", s + 1, k);
            i = depths[d].bottleneck ? bottleneck(b, i, block, planes, stride)
                                     : basic(b, i, block, planes, stride);
        }
    i = nai_build_node(b, NAI_NODE_GLOBALPOOL, i, -1,
                       depths[d].bottleneck ? width << 5 : width << 3, 1, 1, "avgpool");
    b->g->features = i;
    nai_build_classifier(b, "fc", i, heads.classes);
    nai_build_heads(b, heads);
}

/* A basic block of CIFAR's networks: its shortcut has no weights (option A). */
static int cifar_block(struct nai_build *b, int in, const char *block, size_t planes, size_t stride)
{
    char name[NAME];
    int i, shortcut = in, bn;

    i = unit(b, in, block, 1, (struct nai_conv){planes, 3, stride, 1, false});
    i = nai_build_conv(b, i, nai_sub(name, block, "conv2"),
                       (struct nai_conv){planes, 3, 1, 1, false});
    bn = nai_build_norm_tensors(b, nai_sub(name, block, "bn2"), planes);
    if (stride != 1 && b->status == NAI_OK) {
        const struct nai_node from = b->g->node[in];
        nai_sub(name, block, "shortcut");
        shortcut =
            nai_build_node(b, NAI_NODE_SHORTCUT_A, in, -1, planes, (from.h + stride - 1) / stride,
                           (from.w + stride - 1) / stride, name);
        if (b->status == NAI_OK)
            b->g->node[shortcut].stride = stride;
    }
    return nai_build_norm(b, i, shortcut, true, block, bn);
}

/* Depth 6 n + 2, widths 16, 32, 64: He et al. 2016, section 4.2; names of the tensors as in the
 * code the published weights come from (github.com/akamaster/pytorch_resnet_cifar10). */
void nai_arch_resnet_cifar(struct nai_build *b, int depth)
{
    int i = nai_build_input(b, "3x32x32");
    const size_t width = nai_ask_size(b, "width", 16, 2, 4096);
    const struct nai_heads heads = nai_ask_heads(b);
    char block[NAME];

    if (width % 2 != 0)
        nai_fail(b, "width=%zu is odd: shortcuts add half the channels on each side", width);
    b->conv_init = b->linear_init = NAI_INIT_HE_IN;
    b->linear_bias = NAI_INIT_UNIFORM;
    i = nai_build_conv(b, i, "conv1", (struct nai_conv){width, 3, 1, 1, false});
    i = nai_build_batchnorm(b, i, true, "bn1", "relu");
    for (size_t s = 0; s < 3; s++)
        for (size_t k = 0; k < (size_t)(depth - 2) / 6; k++) {
            snprintf(block, sizeof block, "layer%zu.%zu", s + 1, k);
            i = cifar_block(b, i, block, width << s, s > 0 && k == 0 ? 2 : 1);
        }
    i = nai_build_node(b, NAI_NODE_GLOBALPOOL, i, -1, width << 2, 1, 1, "avgpool");
    b->g->features = i;
    nai_build_classifier(b, "linear", i, heads.classes);
    nai_build_heads(b, heads);
}
