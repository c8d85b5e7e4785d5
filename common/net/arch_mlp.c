/* arch_mlp.c - perceptrons of any widths, and a small convolutional network
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "build.h"

/*
 * fc1, (bn1), act1, fc2, ...: linear maps with an activation after each; after the last one only
 * with out=act, which is the default where a classifier or projector follows. widths=none leaves
 * the input to these: a linear classifier. Pictures are taken as rows in the order c, h, w.
 */
void nai_arch_mlp(struct nai_build *b, int variant)
{
    static const char acts[] = "linear|relu|gelu|tanh|sigmoid"; /* as enum nai_act */
    size_t width[NAI_MAX_WIDTHS], layers;
    char fc[32], bn[32], act[32];
    int i = nai_build_input(b, NULL), kind, last;
    bool bias, norm;
    struct nai_heads heads;

    (void)variant;
    layers = nai_ask_widths(b, "widths", "256-256", width);
    kind = nai_ask_word(b, "act", acts, NAI_ACT_RELU);
    nai_tell_word(b, "act", acts, kind);
    bias = nai_ask_size(b, "bias", 1, 0, 1) == 1;
    norm = nai_ask_word(b, "norm", "none|batch", 0) == 1;
    nai_tell_word(b, "norm", "none|batch", norm);
    last = nai_ask_word(b, "out", "linear|act", -1);
    heads = nai_ask_heads(b);
    if (last < 0)
        last = heads.classes > 0 || heads.projector > 0;
    nai_tell_word(b, "out", "linear|act", last);
    b->linear_init = b->linear_bias = NAI_INIT_UNIFORM;

    if (layers == 0 && heads.classes == 0 && heads.projector == 0)
        nai_fail(b, "widths=none leaves no layer without classes= or projector=");
    if (b->status == NAI_OK && b->g->h * b->g->w > 1)
        i = nai_build_node(b, NAI_NODE_FLATTEN, i, -1, b->g->c * b->g->h * b->g->w, 1, 1, "");
    for (size_t k = 0; k < layers; k++) {
        const bool end = k + 1 == layers && last == 0;
        snprintf(fc, sizeof fc, "fc%zu", k + 1);
        snprintf(bn, sizeof bn, "bn%zu", k + 1);
        snprintf(act, sizeof act, "act%zu", k + 1);
        i = nai_build_linear(b, i, fc, width[k], bias);
        if (end)
            break;
        if (norm)
            i = nai_build_batchnorm(b, i, kind == NAI_ACT_RELU, bn,
                                    kind == NAI_ACT_RELU ? act : bn);
        if (kind != NAI_ACT_NONE && !(norm && kind == NAI_ACT_RELU))
            i = nai_build_act(b, i, (enum nai_act)kind, act);
    }
    b->g->features = i;
    nai_build_classifier(b, "fc", i, heads.classes);
    nai_build_heads(b, heads);
}

/*
 * conv1, bn1, relu1, pool1, conv2, ...: 3 x 3 convolutions without bias, each normalised and
 * rectified, 2 x 2 max pooling between them while the picture is larger than one pixel, and the
 * mean over the map: 28 x 28 pixels go through 28, 14 and 7, 32 x 32 through 32, 16 and 8.
 */
void nai_arch_cnn(struct nai_build *b, int variant)
{
    size_t width[NAI_MAX_WIDTHS], layers;
    char name[32], layer[32];
    int i = nai_build_input(b, "3x32x32");
    struct nai_heads heads;

    (void)variant;
    layers = nai_ask_widths(b, "widths", "32-64-128", width);
    if (layers == 0)
        nai_fail(b, "a cnn without layers");
    heads = nai_ask_heads(b);
    b->conv_init = b->linear_init = b->linear_bias = NAI_INIT_UNIFORM;
    for (size_t k = 0; k < layers && b->status == NAI_OK; k++) {
        const struct nai_node *const n = &b->g->node[i];
        if (k > 0 && n->h > 1 && n->w > 1) {
            snprintf(layer, sizeof layer, "pool%zu", k);
            i = nai_build_pool(b, i, true, 2, 2, 0, layer);
        }
        snprintf(name, sizeof name, "conv%zu", k + 1);
        i = nai_build_conv(b, i, name, (struct nai_conv){width[k], 3, 1, 1, false});
        snprintf(name, sizeof name, "bn%zu", k + 1);
        snprintf(layer, sizeof layer, "relu%zu", k + 1);
        i = nai_build_batchnorm(b, i, true, name, layer);
    }
    if (layers > 0)
        i = nai_build_node(b, NAI_NODE_GLOBALPOOL, i, -1, width[layers - 1], 1, 1, "avgpool");
    b->g->features = i;
    nai_build_classifier(b, "fc", i, heads.classes);
    nai_build_heads(b, heads);
}
