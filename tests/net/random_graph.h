/* random_graph.h - graphs of random shape
 * SPDX-License-Identifier: MIT
 *
 * Layers of rows joined at random, with values read again long after and gradients from several
 * readers: what no architecture has, but planning must get right. */
#ifndef NAI_RANDOM_GRAPH_H
#define NAI_RANDOM_GRAPH_H

#include "build.h"
#include "net_test.h"

enum { WIDTH = 5, BATCH = 6 }; /* of a graph; of its runs */

struct draws {
    const char *name;
    size_t at;
};

static inline int pick(struct draws *r, int n)
{
    const int k = (int)((noise(r->name, r->at++) + .5) * n);

    return k < n ? k : n - 1;
}

/* One layer more, on one or two nodes there are. */
static inline void layer(struct nai_build *b, struct draws *r, int number)
{
    const int n = (int)b->g->nnodes;
    const int in = n > 3 && pick(r, 3) ? n - 1 - pick(r, 3) : 1 + pick(r, n - 1);
    const int other = 1 + pick(r, n - 1);
    char name[16];
    int tensors;

    snprintf(name, sizeof name, "l%d", number);
    switch (pick(r, 8)) {
    case 0:
        nai_build_linear(b, in, name, WIDTH, true);
        break;
    case 1:
        nai_build_act(b, in, NAI_ACT_TANH, name);
        break;
    case 2:
        nai_build_act(b, in, NAI_ACT_GELU, name);
        break;
    case 3:
        nai_build_layernorm(b, in, name, 1e-2);
        break;
    case 4:
        nai_build_dropout(b, in, pick(r, 2) ? .3 : 0, name);
        break;
    case 5:
        tensors = nai_build_norm_tensors(b, name, WIDTH);
        nai_build_norm(b, in, pick(r, 2) && other != in ? other : -1, pick(r, 2) == 1, name,
                       tensors);
        break;
    default:
        nai_build_node(b, NAI_NODE_ADD, in, other, WIDTH, 1, 1, name);
    }
}

static inline struct nai_graph *graph(const char *name, int layers)
{
    struct nai_err err = {0};
    struct nai_build b = {.name = name, .err = &err, .g = calloc(1, sizeof *b.g)};
    struct draws r = {name, 0};

    b.linear_init = b.linear_bias = NAI_INIT_UNIFORM;
    b.g->c = WIDTH;
    b.g->h = b.g->w = 1;
    b.g->projector = b.g->predictor = b.g->logits = -1;
    nai_build_node(&b, NAI_NODE_INPUT, -1, -1, WIDTH, 1, 1, "input");
    nai_build_linear(&b, 0, "l0", WIDTH, true);
    for (int k = 1; k <= layers; k++)
        layer(&b, &r, k);
    must(b.status, &err);
    return b.g;
}

#endif
