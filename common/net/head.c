/* head.c - what goes onto a backbone: classifier, projector, predictor
 * SPDX-License-Identifier: MIT */
#include "build.h"

struct nai_heads nai_ask_heads(struct nai_build *b)
{
    enum { MOST = 1048576 };
    struct nai_heads h;

    h.classes = nai_ask_size(b, "classes", 0, 0, MOST);
    h.projector = nai_ask_size(b, "projector", 0, 0, MOST);
    h.hidden = nai_ask_size(b, "hidden", h.projector, h.projector > 0, MOST);
    h.predictor = nai_ask_size(b, "predictor", 0, 0, MOST);
    if (h.predictor > 0 && h.projector == 0)
        nai_fail(b, "predictor=%zu without a projector", h.predictor);
    if (h.predictor > 0 && h.predictor != h.projector)
        nai_fail(b, "predictor=%zu: it predicts the projector's %zu values", h.predictor,
                 h.projector);
    return h;
}

void nai_build_classifier(struct nai_build *b, const char *name, int from, size_t classes)
{
    if (classes > 0)
        b->g->logits = nai_build_linear(b, from, name, classes, true);
}

/* Linear without bias, batch norm, ReLU, linear: a torch.nn.Sequential called name. */
static int perceptron(struct nai_build *b, const char *name, int in, size_t hidden, size_t out)
{
    char sub[64], layer[64];
    int i;

    b->linear_init = b->linear_bias = NAI_INIT_UNIFORM;
    i = nai_build_linear(b, in, nai_sub(sub, name, "0"), hidden, false);
    i = nai_build_batchnorm(b, i, true, nai_sub(sub, name, "1"), nai_sub(layer, name, "2"));
    return nai_build_linear(b, i, nai_sub(sub, name, "3"), out, true);
}

void nai_build_heads(struct nai_build *b, struct nai_heads h)
{
    if (h.projector > 0)
        b->g->projector = perceptron(b, "projector", b->g->features, h.hidden, h.projector);
    if (h.predictor > 0)
        b->g->predictor = perceptron(b, "predictor", b->g->projector, h.hidden, h.predictor);
}
