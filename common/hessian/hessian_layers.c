/* hessian_layers.c - the blocks of the curvature matrix that are asked for, by names of tensors
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "hessian_parts.h"
#include "nearest.h"

/* A tensor by its own name, or by that of a module it is in. */
static bool matches(const char *pattern, const char *name)
{
    char within[300];

    snprintf(within, sizeof within, "%.290s.*", pattern);
    return fnmatch(pattern, name, 0) == 0 || fnmatch(within, name, 0) == 0;
}

/* What the tensor is counted with: itself, its module, or its block: the name up to the first
 * number in it, "layer1.0", or its first part. */
static void key_of(char key[static 100], const char *name, enum nai_by by)
{
    const char *end = name + strlen(name);

    if (by == NAI_BY_LAYER && strrchr(name, '.'))
        end = strrchr(name, '.');
    if (by == NAI_BY_BLOCK) {
        const char *part = name;
        end = name + strcspn(name, ".");
        while (part && !isdigit((unsigned char)*part))
            part = strchr(part, '.') ? strchr(part, '.') + 1 : NULL;
        if (part)
            end = part + strcspn(part, ".");
    }
    snprintf(key, 100, "%.*s", (int)(end - name), by == NAI_BY_NONE ? "" : name);
}

/* No tensor is called that; perhaps one, or a module, is called something like it. */
static int refuse(const struct nai_graph *g, const char *pattern, struct nai_err *err)
{
    char(*const module)[100] = calloc(g->ntensors, sizeof *module), hint[320] = "";
    const char **const names = calloc(2 * g->ntensors + 1, sizeof *names);

    for (size_t t = 0, n = 0; module && names && t < g->ntensors; t++) {
        if (g->tensor[t].buffer)
            continue;
        key_of(module[t], g->tensor[t].name, NAI_BY_LAYER);
        names[n++] = g->tensor[t].name;
        names[n++] = module[t];
    }
    nai_err_set(err, NAI_EUSAGE, "--layers: no parameter is called '%.60s'%s", pattern,
                module && names ? nai_did_you_mean(hint, pattern, names) : "");
    free(names);
    free(module);
    return NAI_EUSAGE;
}

/* Which tensors the patterns name; a pattern without any is an error. */
static int find(struct nai_hessian *h, bool *wanted, struct nai_err *err)
{
    const struct nai_graph *const g = h->t.model->graph;
    char **const patterns = nai_words(h->o->layers ? h->o->layers : "*");
    int rc = patterns ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t k = 0; rc == NAI_OK && patterns[k]; k++) {
        size_t found = 0;
        for (size_t t = 0; t < g->ntensors; t++)
            if (!g->tensor[t].buffer && matches(patterns[k], g->tensor[t].name)) {
                wanted[t] = true;
                found++;
            }
        if (found == 0)
            rc = refuse(g, patterns[k], err);
    }
    nai_words_free(patterns);
    return rc;
}

/* The tensors from t on that are counted with it; they are not looked at again. */
static void choose(struct nai_hessian *h, bool *wanted, size_t t)
{
    const struct nai_graph *const g = h->t.model->graph;
    char key[100];

    key_of(h->at.name, g->tensor[t].name, h->o->by);
    for (size_t k = 0; k < g->ntensors; k++) {
        key_of(key, g->tensor[k].name, h->o->by);
        h->curve.chosen[k] = wanted[k] && strcmp(key, h->at.name) == 0;
        wanted[k] &= !h->curve.chosen[k];
    }
    nai_curve_choose(&h->curve);
}

int nai_hessian_layers(struct nai_hessian *h, struct nai_err *err)
{
    const size_t tensors = h->t.model->graph->ntensors;
    bool *const wanted = calloc(tensors, sizeof *wanted);
    int rc = wanted ? find(h, wanted, err) : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t t = 0; rc == NAI_OK && t < tensors; t++) {
        if (!wanted[t])
            continue;
        choose(h, wanted, t);
        rc = nai_hessian_analyse(h, err);
    }
    free(wanted);
    return rc;
}
