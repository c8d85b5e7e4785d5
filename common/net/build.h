/* build.h - what architectures are written with: settings asked for, layers added
 * SPDX-License-Identifier: MIT
 *
 * Failures stick: after the first one every function does nothing and returns node 0, so that an
 * architecture reads as a list of layers, and nai_graph_new looks once. */
#ifndef NAI_BUILD_H
#define NAI_BUILD_H

#include <stdarg.h>

#include "graph.h"
#include "nearest.h"

enum { NAI_MAX_SETTINGS = 24, NAI_MAX_WIDTHS = 64 };

struct nai_setting {
    const char *key, *value; /* into the builder's copy of the line */
};

struct nai_build {
    struct nai_graph *g;
    char *line; /* the line, cut into words */
    const char *name;
    const char *picture; /* "224" of a name that says so, or NULL */
    size_t nsettings, nasked;
    struct nai_setting setting[NAI_MAX_SETTINGS];
    const char *asked[NAI_MAX_SETTINGS + 1]; /* keys the architecture knows, NULL-terminated */
    char text[2000];                         /* the canonical line so far */
    enum nai_init_kind conv_init, linear_init, conv_bias, linear_bias; /* of layers to come */
    int status;
    struct nai_err *err;
};

/* nai_fail - keep the first failure. Returns node 0. */
int nai_fail(struct nai_build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- settings: the value of a key, or its default; nai_tell writes it into the canonical line
 * (the sizes, reals and the flags tell themselves) ---- */

size_t nai_ask_size(struct nai_build *b, const char *key, size_t def, size_t min, size_t max);
double nai_ask_real(struct nai_build *b, const char *key, double def, double min, double max);

/* The index among words, "auto|cifar|imagenet"; not told. */
int nai_ask_word(struct nai_build *b, const char *key, const char *words, int def);

/* A list of sizes joined by '-', or none; def: as text; their number. */
size_t nai_ask_widths(struct nai_build *b, const char *key, const char *def,
                      size_t width[static NAI_MAX_WIDTHS]);

/* The text of a key, or def. Not told. */
const char *nai_ask_text(struct nai_build *b, const char *key, const char *def);

void nai_tell(struct nai_build *b, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Append the word number `which` of words to the canonical line. */
void nai_tell_word(struct nai_build *b, const char *key, const char *words, int which);

/* ---- layers: each returns its node. name: of the module that holds the tensors ---- */

/* The input node: in=CxHxW, or in=N. def NULL: it has to be given. */
int nai_build_input(struct nai_build *b, const char *def);

struct nai_conv {
    size_t out, kernel, stride, pad;
    bool bias;
};
int nai_build_conv(struct nai_build *b, int in, const char *name, struct nai_conv conv);

/* The tensors of a batch norm of c channels; the first of the four. They come in PyTorch's order
 * of modules, the node perhaps later. */
int nai_build_norm_tensors(struct nai_build *b, const char *name, size_t c);
int nai_build_norm(struct nai_build *b, int in, int shortcut, bool relu, const char *layer,
                   int tensors);

/* Both at once, without a shortcut; layer: what its output is called. */
int nai_build_batchnorm(struct nai_build *b, int in, bool relu, const char *name,
                        const char *layer);
int nai_build_linear(struct nai_build *b, int in, const char *name, size_t out, bool bias);
int nai_build_layernorm(struct nai_build *b, int in, const char *name, double eps);
int nai_build_act(struct nai_build *b, int in, enum nai_act act, const char *layer);
int nai_build_pool(struct nai_build *b, int in, bool max, size_t kernel, size_t stride, size_t pad,
                   const char *layer);
int nai_build_dropout(struct nai_build *b, int in, double p, const char *layer);

/* A node of any other kind, whose output is [c][h][w] (or h tokens of c). */
int nai_build_node(struct nai_build *b, enum nai_node_kind kind, int in, int in2, size_t c,
                   size_t h, size_t w, const char *layer);

/* A tensor; its index. shape: ndim sizes. */
int nai_build_tensor(struct nai_build *b, const char *module, const char *name,
                     enum nai_init_kind init, size_t ndim, const size_t *shape);

/* "name.sub", or "sub" where name is empty, in buf. */
const char *nai_sub(char buf[static 64], const char *name, const char *sub);

/* What classes=, projector=, hidden= and predictor= say; 0: none. */
struct nai_heads {
    size_t classes, projector, hidden, predictor;
};
struct nai_heads nai_ask_heads(struct nai_build *b);

/* classes=K: a linear classifier called name on node `from`. */
void nai_build_classifier(struct nai_build *b, const char *name, int from, size_t classes);

/* projector=D hidden=H predictor=D: heads of self-supervised learning on g->features. */
void nai_build_heads(struct nai_build *b, struct nai_heads heads);

/* ---- the architectures ---- */

void nai_arch_mlp(struct nai_build *b, int variant);
void nai_arch_cnn(struct nai_build *b, int variant);
void nai_arch_resnet(struct nai_build *b, int depth);
void nai_arch_resnet_cifar(struct nai_build *b, int depth);
void nai_arch_vgg(struct nai_build *b, int depth);
void nai_arch_vgg_bn(struct nai_build *b, int depth);
void nai_arch_vit(struct nai_build *b, int variant);

#endif
