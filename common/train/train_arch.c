/* train_arch.c - the network's line of text, completed for an input and a loss
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trainer.h"

/* Does the line have the setting `key`? */
static bool says(const char *line, const char *key)
{
    const size_t n = strlen(key);

    for (const char *p = line; (p = strstr(p, key)); p += n)
        if (p[n] == '=' && (p == line || strchr(" ,\t", p[-1])))
            return true;
    return false;
}

static void add(char *line, size_t size, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void add(char *line, size_t size, const char *key, const char *fmt, ...)
{
    const size_t n = strlen(line);
    va_list ap;

    if (says(line, key) || n + 1 >= size)
        return;
    va_start(ap, fmt);
    vsnprintf(line + n, size - n, fmt, ap);
    va_end(ap);
}

/* Does the network as it stands give as many values as there are targets? */
static bool fits(const char *line, size_t width)
{
    struct nai_graph *g;
    bool same = false;

    if (nai_graph_new(&g, line, NULL) == NAI_OK)
        same = g->node[g->features].c == width;
    nai_graph_free(g);
    return same;
}

int nai_train_arch(char *line, size_t size, const char *text, enum nai_loss loss, size_t pdim,
                   const struct nai_input *in, size_t classes, struct nai_err *err)
{
    char shape[80];

    if (strlen(text) + 200 > size)
        return nai_err_set(err, NAI_EUSAGE, "--arch: too long");
    snprintf(line, size, "%s", text);
    add(line, size, "in", " in=%s", nai_input_text(in, 0, shape));
    if (loss == NAI_LOSS_CE)
        add(line, size, "classes", " classes=%zu", classes);
    else if (loss == NAI_LOSS_MSE && !fits(line, in->y_count))
        add(line, size, "classes", " classes=%zu", in->y_count);
    if (loss < NAI_LOSS_CE && pdim > 0)
        add(line, size, "projector", " projector=%zu", pdim);
    if (loss == NAI_LOSS_BYOL && pdim > 0)
        add(line, size, "predictor", " predictor=%zu", pdim);
    return NAI_OK;
}
