/* graph.h - networks by name: a line of text to a graph of layers
 * SPDX-License-Identifier: MIT
 *
 * An architecture is a line of text, "resnet18 in=3x32x32 stem=cifar width=64 classes=0
 * projector=256": a name and settings. The canonical line spells every setting out, and lies in a
 * model's header, so that a checkpoint rebuilds its network. Tensors are named and shaped as in
 * torchvision (resnet*, vgg*), timm (vit*) and the published CIFAR code (resnet20/32/44/56). */
#ifndef NAI_GRAPH_H
#define NAI_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act.h"
#include "err.h"

enum nai_node_kind {
    NAI_NODE_INPUT,      /* pictures [c][h][w], or rows [c] */
    NAI_NODE_CONV,       /* weight, bias? */
    NAI_NODE_BATCHNORM,  /* of maps or rows, then act (none or relu); in2: shortcut added before
                            act, or -1 */
    NAI_NODE_ACT,        /* act */
    NAI_NODE_MAXPOOL,    /* kernel, stride, pad */
    NAI_NODE_AVGPOOL,    /* kernel, stride, pad */
    NAI_NODE_GLOBALPOOL, /* mean over h, w: rows */
    NAI_NODE_ADAPTPOOL,  /* mean to kernel x kernel: VGG's before its classifier */
    NAI_NODE_FLATTEN,    /* maps to rows in the order c, h, w */
    NAI_NODE_LINEAR,     /* weight, bias?; on rows or tokens */
    NAI_NODE_LAYERNORM,  /* on tokens or rows */
    NAI_NODE_TOKENS,     /* patches to tokens: class token and positions */
    NAI_NODE_ATTENTION,  /* qkv tokens to tokens: heads */
    NAI_NODE_ADD,        /* in + in2 */
    NAI_NODE_FIRST,      /* the class token: rows */
    NAI_NODE_MEAN,       /* mean of the tokens but the class token: rows */
    NAI_NODE_SHORTCUT_A, /* stride, zero channels on both sides */
    NAI_NODE_DROPOUT,    /* p */
    NAI_NODE_KINDS
};

/* What PyTorch's own code draws a tensor from; fans are of the weight it belongs to. */
enum nai_init_kind {
    NAI_INIT_UNIFORM, /* U(-1, 1) / sqrt(fan in): torch.nn's default for weights and biases */
    NAI_INIT_HE_OUT,  /* normal, variance 2 / fan out: torchvision's convolutions */
    NAI_INIT_HE_IN,   /* normal, variance 2 / fan in: the published CIFAR code */
    NAI_INIT_NORMAL,  /* normal, standard deviation .01: torchvision's VGG classifier */
    NAI_INIT_TRUNC,   /* normal, standard deviation .02: timm, whose cut is at 100 of them */
    NAI_INIT_CLASS,   /* normal, standard deviation 1e-6: timm's class token */
    NAI_INIT_SINCOS,  /* positions; fan_in, fan_out: rows and columns of patches */
    NAI_INIT_ONE,
    NAI_INIT_ZERO
};

/* A parameter or a buffer of the network. */
struct nai_tensor {
    char name[96];
    size_t ndim, shape[4], count;
    bool buffer; /* running statistics: not trained */
    bool decay;  /* false for biases and normalisation, which LARS and AdamW recipes leave alone */
    enum nai_init_kind init;
    bool weight; /* of a convolution or linear map: what Kaiming and Xavier are for */
    size_t fan_in, fan_out;
    size_t offset; /* elements, in the model's parameters (or buffers) */
};

struct nai_node {
    enum nai_node_kind kind;
    size_t c, h, w; /* what it gives for the input the graph was made for; tokens: c their width, h
                       their number */
    bool tokens;
    char name[64]; /* what --layers calls its output: "layer1.0", "conv1", "avgpool"; "" unnamed */
    int in, in2;   /* nodes it reads, -1: none */
    int weight, bias, mean, var; /* tensors, -1: none; mean, var: running; TOKENS: bias cls, weight
                                    positions */
    size_t channels, kernel, stride, pad, groups, heads;
    enum nai_act act; /* of ACT and BATCHNORM */
    double eps, momentum, p;
};

struct nai_graph {
    char *text;     /* the canonical line */
    size_t c, h, w; /* the input it was made for; h = w = 1: rows */
    size_t nnodes, ntensors;
    struct nai_node *node;     /* in an order in which each reads only those before it */
    struct nai_tensor *tensor; /* parameters and buffers, in PyTorch's state_dict order */
    size_t params, buffers;    /* elements of each kind, padding between tensors included */
    int features;              /* the backbone's output: rows */
    int projector;             /* its output, -1: none */
    int predictor;             /* -1: none */
    int logits;                /* -1: none */
};

/*
 * nai_graph_new - the network that a line describes.
 *
 * text  in   a name and settings in any order; those left out have their defaults
 *
 * NAI_EUSAGE, with the nearest names, for an architecture, setting or value there is none of, or
 * sizes that do not fit together (naming the layer). Settings, per family, are listed by
 * nai_graph_help.
 */
int nai_graph_new(struct nai_graph **g, const char *text, struct nai_err *err);
void nai_graph_free(struct nai_graph *g);

/* nai_graph_help - names and settings with their defaults, for --help and man pages: a line each.
 */
const char *nai_graph_help(void);

/* nai_graph_layer - the node of that name, or -1. "backbone", "projector", "predictor" and "logits"
 * name those outputs, and "layer1" the last of layer1.0, layer1.1, ... */
int nai_graph_layer(const struct nai_graph *g, const char *name);

/* nai_graph_layers - the names of all named nodes: NULL-terminated, free() it. */
const char **nai_graph_layers(const struct nai_graph *g);

/* nai_graph_tensor - the tensor of that name, or -1. */
int nai_graph_tensor(const struct nai_graph *g, const char *name);

#endif
