/* graph.c - a line of text to a graph; names looked up
 * SPDX-License-Identifier: MIT */
#include "graph.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

struct arch {
    const char *name;
    void (*build)(struct nai_build *b, int variant);
    int variant;
};

static const struct arch archs[] = {
    {"mlp", nai_arch_mlp, 0},
    {"cnn", nai_arch_cnn, 0},
    {"resnet18", nai_arch_resnet, 18},
    {"resnet34", nai_arch_resnet, 34},
    {"resnet50", nai_arch_resnet, 50},
    {"resnet101", nai_arch_resnet, 101},
    {"resnet20", nai_arch_resnet_cifar, 20},
    {"resnet32", nai_arch_resnet_cifar, 32},
    {"resnet44", nai_arch_resnet_cifar, 44},
    {"resnet56", nai_arch_resnet_cifar, 56},
    {"vgg11", nai_arch_vgg, 11},
    {"vgg13", nai_arch_vgg, 13},
    {"vgg16", nai_arch_vgg, 16},
    {"vgg19", nai_arch_vgg, 19},
    {"vgg11-bn", nai_arch_vgg_bn, 11},
    {"vgg13-bn", nai_arch_vgg_bn, 13},
    {"vgg16-bn", nai_arch_vgg_bn, 16},
    {"vgg19-bn", nai_arch_vgg_bn, 19},
    {"vit", nai_arch_vit, 0},
    {"vit_tiny", nai_arch_vit, 1},
    {"vit_small", nai_arch_vit, 2},
    {"vit_base", nai_arch_vit, 3},
    {"vit_large", nai_arch_vit, 4},
    {"vit_huge", nai_arch_vit, 5},
};

enum { NARCHS = sizeof archs / sizeof *archs };

const char *nai_graph_help(void)
{
    return "all            in=CxHxW or in=N; classes=0: no classifier; projector=0: none;\n"
           "               hidden=projector; predictor=0: none (BYOL's)\n"
           "mlp            widths=256-256|none act=relu|tanh|gelu|sigmoid|linear bias=1\n"
           "               norm=none|batch out=linear|act (act when a head follows)\n"
           "cnn            widths=32-64-128: 3x3, batch norm, ReLU; 2x2 max pooling between\n"
           "resnet18|34    width=64 stem=auto|cifar|imagenet (auto: cifar up to 64 pixels)\n"
           "resnet50|101   the same, bottleneck blocks\n"
           "resnet20|32|44|56  width=16: of CIFAR, zero-padded shortcuts\n"
           "vgg11|13|16|19 width=64 head=auto|torchvision|linear dropout=0.5; with -bn: batch "
           "norm\n"
           "               (torchvision from 224 pixels; features are its second hidden layer,\n"
           "               linear's the mean over the map)\n"
           "vit            patch=4 dim=192 depth=12 heads=3 mlp=4*dim pos=learned|sincos\n"
           "               pool=cls|mean; sizes by name: vit_tiny|small|base|large|huge_patch16\n";
}

/* "vgg16_bn" and "vit_tiny_patch16_224" are torchvision's and timm's spellings. */
static const struct arch *find_arch(struct nai_build *b, char *name)
{
    char hint[320];
    const char *names[NARCHS + 1] = {NULL};
    char *const patch = strstr(name, "_patch"), *const bn = strstr(name, "_bn");

    if (bn && strncmp(name, "vgg", 3) == 0)
        *bn = '-';
    if (patch && strncmp(name, "vit_", 4) == 0 && b->nsettings + 2 <= NAI_MAX_SETTINGS) {
        char *const size = strchr(patch + 1, '_');
        *patch = '\0';
        b->setting[b->nsettings++] = (struct nai_setting){"patch", patch + strlen("_patch")};
        if (size) {
            *size = '\0';
            b->picture = size + 1;
        }
    }
    for (size_t k = 0; k < NARCHS; k++) {
        names[k] = archs[k].name;
        if (strcmp(name, archs[k].name) == 0)
            return &archs[k];
    }
    b->status = nai_err_set(b->err, NAI_EUSAGE, "unknown architecture '%.60s'%s", name,
                            nai_did_you_mean(hint, name, names));
    return NULL;
}

/* Cut the line into the name and key=value words, at spaces or commas. */
static int cut(struct nai_build *b, char **name)
{
    *name = NULL;
    for (char *p = b->line; *p;) {
        const size_t n = strcspn(p, " ,\t\n");
        char *const next = p + n + (p[n] != '\0');
        char *eq;
        p[n] = '\0';
        eq = strchr(p, '=');
        if (n == 0) {
            p = next;
            continue;
        }
        if (!*name && !eq) {
            *name = p;
        } else if (!eq || eq == p) {
            return nai_err_set(b->err, NAI_EUSAGE, "architecture: '%.60s' is not NAME=VALUE", p);
        } else {
            *eq = '\0';
            for (size_t k = 0; k < b->nsettings; k++)
                if (strcmp(b->setting[k].key, p) == 0)
                    return nai_err_set(b->err, NAI_EUSAGE, "architecture: %.60s= twice", p);
            if (b->nsettings == NAI_MAX_SETTINGS)
                return nai_err_set(b->err, NAI_EUSAGE, "architecture: too many settings");
            b->setting[b->nsettings++] = (struct nai_setting){p, eq + 1};
        }
        p = next;
    }
    return *name ? NAI_OK : nai_err_set(b->err, NAI_EUSAGE, "architecture: no name");
}

/* An unknown word is reported before what may follow from its absence. */
static void check_settings(struct nai_build *b)
{
    const int before = b->status;
    char hint[320];

    b->status = NAI_OK;

    for (size_t k = 0; k < b->nsettings; k++) {
        bool known = false;
        for (size_t a = 0; a < b->nasked; a++)
            known |= strcmp(b->setting[k].key, b->asked[a]) == 0;
        if (!known)
            nai_fail(b, "no setting '%.60s'%s", b->setting[k].key,
                     nai_did_you_mean(hint, b->setting[k].key, b->asked));
    }
    b->status = b->status == NAI_OK ? before : b->status;
}

int nai_graph_new(struct nai_graph **out, const char *text, struct nai_err *err)
{
    struct nai_build b = {.err = err};
    const struct arch *arch;
    char *name;
    int status;

    *out = NULL;
    b.line = strdup(text);
    b.g = calloc(1, sizeof *b.g);
    if (!b.line || !b.g) {
        status = nai_err_set(err, NAI_ESYSTEM, "architecture:");
        goto done;
    }
    b.g->features = b.g->projector = b.g->predictor = b.g->logits = -1;
    status = cut(&b, &name);
    arch = status == NAI_OK ? find_arch(&b, name) : NULL;
    if (arch) {
        b.name = name;
        snprintf(b.text, sizeof b.text, "%s",
                 arch->variant && arch->build == nai_arch_vit ? "vit" : arch->name);
        arch->build(&b, arch->variant);
        check_settings(&b);
    }
    status = status == NAI_OK ? b.status : status;
    if (status == NAI_OK && !(b.g->text = strdup(b.text)))
        status = nai_err_set(err, NAI_ESYSTEM, "architecture:");
done:
    free(b.line);
    if (status == NAI_OK)
        *out = b.g;
    else
        nai_graph_free(b.g);
    return status;
}

void nai_graph_free(struct nai_graph *g)
{
    if (!g)
        return;
    free(g->text);
    free(g->node);
    free(g->tensor);
    free(g);
}

static const struct {
    const char *name;
    size_t at;
} outputs[] = {
    {"backbone", offsetof(struct nai_graph, features)},
    {"projector", offsetof(struct nai_graph, projector)},
    {"predictor", offsetof(struct nai_graph, predictor)},
    {"logits", offsetof(struct nai_graph, logits)},
};

int nai_graph_layer(const struct nai_graph *g, const char *name)
{
    const size_t n = strlen(name);
    int last = -1;

    for (size_t i = 0; i < g->nnodes; i++) {
        const char *const s = g->node[i].name, *p = s + n + 1;
        if (n > 0 && strcmp(s, name) == 0)
            return (int)i;
        if (n == 0 || strncmp(s, name, n) != 0 || s[n] != '.')
            continue;
        while (isdigit((unsigned char)*p))
            p++;
        if (*p == '\0' && p > s + n + 1)
            last = (int)i;
    }
    for (size_t k = 0; k < sizeof outputs / sizeof *outputs; k++)
        if (strcmp(name, outputs[k].name) == 0)
            return *(const int *)(const void *)((const char *)g + outputs[k].at);
    return last;
}

const char **nai_graph_layers(const struct nai_graph *g)
{
    const char **const names = calloc(g->nnodes + 1, sizeof *names);
    size_t n = 0;

    for (size_t i = 0; names && i < g->nnodes; i++)
        if (g->node[i].name[0])
            names[n++] = g->node[i].name;
    return names;
}

int nai_graph_tensor(const struct nai_graph *g, const char *name)
{
    for (size_t i = 0; i < g->ntensors; i++)
        if (strcmp(g->tensor[i].name, name) == 0)
            return (int)i;
    return -1;
}
