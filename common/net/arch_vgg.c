/* arch_vgg.c - VGG networks, with torchvision's classifier or a linear one
 * SPDX-License-Identifier: MIT
 *
 * Simonyan & Zisserman 2015, configurations A, B, D, E; names as torchvision 0.14's vgg.py. */
#include <stdio.h>

#include "build.h"

/* Channels of the 3 x 3 convolutions in units of the width; 0: 2 x 2 max pooling. */
static const struct {
    int depth;
    unsigned char layer[22];
} configs[] = {
    {11, {1, 0, 2, 0, 4, 4, 0, 8, 8, 0, 8, 8, 0, 255}},
    {13, {1, 1, 0, 2, 2, 0, 4, 4, 0, 8, 8, 0, 8, 8, 0, 255}},
    {16, {1, 1, 0, 2, 2, 0, 4, 4, 4, 0, 8, 8, 8, 0, 8, 8, 8, 0, 255}},
    {19, {1, 1, 0, 2, 2, 0, 4, 4, 4, 4, 0, 8, 8, 8, 8, 0, 8, 8, 8, 8, 0, 255}},
};

/* A torch.nn.Sequential called features: convolution, perhaps batch norm, ReLU, one number each. */
static int features(struct nai_build *b, int i, const unsigned char *layer, size_t width, bool norm)
{
    char name[24], out[24];
    int at = 0;

    for (; *layer != 255; layer++) {
        snprintf(name, sizeof name, "features.%d", at);
        if (*layer == 0) {
            i = nai_build_pool(b, i, true, 2, 2, 0, name);
            at++;
            continue;
        }
        i = nai_build_conv(b, i, name, (struct nai_conv){*layer * width, 3, 1, 1, true});
        if (norm) {
            snprintf(name, sizeof name, "features.%d", at + 1);
            snprintf(out, sizeof out, "features.%d", at + 2);
            i = nai_build_batchnorm(b, i, true, name, out);
        } else {
            snprintf(out, sizeof out, "features.%d", at + 1);
            i = nai_build_act(b, i, NAI_ACT_RELU, out);
        }
        at += norm ? 3 : 2;
    }
    return i;
}

/* avgpool to 7 x 7, two hidden layers of 4096 (classifier.0 and .3); features are the second's
 * rectified output, before its dropout. */
static int classifier(struct nai_build *b, int i, size_t c, double p, size_t classes)
{
    i = nai_build_node(b, NAI_NODE_ADAPTPOOL, i, -1, c, 7, 7, "avgpool");
    if (b->status == NAI_OK)
        b->g->node[i].kernel = 7;
    i = nai_build_node(b, NAI_NODE_FLATTEN, i, -1, 49 * c, 1, 1, "");
    i = nai_build_linear(b, i, "classifier.0", 4096, true);
    i = nai_build_act(b, i, NAI_ACT_RELU, "classifier.1");
    i = nai_build_dropout(b, i, p, "classifier.2");
    i = nai_build_linear(b, i, "classifier.3", 4096, true);
    i = b->g->features = nai_build_act(b, i, NAI_ACT_RELU, "classifier.4");
    if (classes > 0)
        i = nai_build_dropout(b, i, p, "classifier.5");
    return i;
}

static void build(struct nai_build *b, int depth, bool norm)
{
    static const char heads_words[] = "linear|torchvision|auto";
    int i = nai_build_input(b, "3x224x224");
    const size_t width = nai_ask_size(b, "width", 64, 1, 4096);
    int head = nai_ask_word(b, "head", heads_words, 2);
    const double p = nai_ask_real(b, "dropout", .5, 0, .999);
    const struct nai_heads heads = nai_ask_heads(b);
    size_t d = 0;

    if (head == 2)
        head = b->g->h >= 224 && b->g->w >= 224;
    nai_tell_word(b, "head", heads_words, head);
    if (head == 1 && (b->g->h % 224 != 0 || b->g->w % 224 != 0))
        nai_fail(b,
                 "head=torchvision wants pictures of 224x224 or multiples, not %zux%zu: "
                 "head=linear takes any",
                 b->g->h, b->g->w);
    while (configs[d].depth != depth)
        d++;
    b->conv_init = NAI_INIT_HE_OUT;
    b->linear_init = NAI_INIT_NORMAL;
    b->conv_bias = b->linear_bias = NAI_INIT_ZERO;
    i = features(b, i, configs[d].layer, width, norm);
    if (head == 1) {
        i = classifier(b, i, 8 * width, p, heads.classes);
        nai_build_classifier(b, "classifier.6", i, heads.classes);
    } else {
        i = nai_build_node(b, NAI_NODE_GLOBALPOOL, i, -1, 8 * width, 1, 1, "avgpool");
        b->g->features = i;
        nai_build_classifier(b, "classifier", i, heads.classes);
    }
    nai_build_heads(b, heads);
}

void nai_arch_vgg(struct nai_build *b, int depth)
{
    build(b, depth, false);
}

void nai_arch_vgg_bn(struct nai_build *b, int depth)
{
    build(b, depth, true);
}
