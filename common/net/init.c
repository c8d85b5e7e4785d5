/* init.c - initial parameters
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "mem.h"
#include "model.h"
#include "rng.h"

enum { CHUNK = 1024 }; /* elements that share a stream of draws */

/* Uniform in (-a, a), or normal of standard deviation a. */
struct law {
    bool normal;
    double a;
};

static struct law law_of(const struct nai_tensor *t, enum nai_init how)
{
    const double in = (double)t->fan_in, out = (double)t->fan_out;

    if (how == NAI_INIT_KAIMING && t->weight)
        return (struct law){true, sqrt(2 / out)};
    if (how == NAI_INIT_XAVIER && t->weight)
        return (struct law){false, sqrt(6 / (in + out))};
    switch (t->init) {
    case NAI_INIT_UNIFORM:
        return (struct law){false, how == NAI_INIT_PYTORCH ? 1 / sqrt(in) : 0};
    case NAI_INIT_HE_OUT:
        return (struct law){true, sqrt(2 / out)};
    case NAI_INIT_HE_IN:
        return (struct law){true, sqrt(2 / in)};
    case NAI_INIT_NORMAL:
        return (struct law){true, .01};
    case NAI_INIT_TRUNC:
        return (struct law){true, .02};
    case NAI_INIT_CLASS:
        return (struct law){true, 1e-6};
    default:
        return (struct law){false, 0};
    }
}

static void draw(const struct nai_tensor *t, struct law law, uint64_t seed, double *x)
{
    const size_t chunks = (t->count + CHUNK - 1) / CHUNK;

#pragma omp parallel for schedule(static)
    for (size_t k = 0; k < chunks; k++) {
        const size_t end = (k + 1) * CHUNK < t->count ? (k + 1) * CHUNK : t->count;
        struct nai_rng r;
        nai_rng_init(&r, seed, t->name, k);
        for (size_t i = k * CHUNK; i < end; i++)
            x[i] = law.a * (law.normal ? nai_rng_normal(&r) : 2 * nai_rng_uniform(&r) - 1);
    }
}

/* Fixed positions of the MAE code (He et al. 2022; pos_embed.py): sines and cosines of the column
 * in the first half of a token's values, of the row in the second; zero for the class token. */
static void sincos(const struct nai_tensor *t, double *x)
{
    const size_t rows = t->fan_in, cols = t->fan_out, dim = t->shape[2], quarter = dim / 4;

    for (size_t j = 0; j < dim; j++)
        x[j] = 0;
    for (size_t p = 0; p < rows * cols; p++)
        for (size_t j = 0; j < 2 * quarter; j++) {
            const double at = (double)(j < quarter ? p % cols : p / cols);
            const double omega = pow(10000, -(double)(j % quarter) / (double)quarter);
            double *const half = x + (p + 1) * dim + (j < quarter ? 0 : 2 * quarter);
            half[j % quarter] = sin(at * omega);
            half[quarter + j % quarter] = cos(at * omega);
        }
}

int nai_model_init(struct nai_model *m, enum nai_init how, uint64_t seed, struct nai_err *err)
{
    const struct nai_graph *const g = m->graph;
    int status = NAI_OK;

    for (size_t k = 0; k < g->ntensors && status == NAI_OK; k++) {
        const struct nai_tensor *const t = &g->tensor[k];
        double *const x = nai_alloc(t->count, sizeof *x, t->name, err);
        if (!x)
            return NAI_ESYSTEM;
        if (t->init == NAI_INIT_SINCOS) {
            sincos(t, x);
        } else if (t->init == NAI_INIT_ONE || t->init == NAI_INIT_ZERO) {
            for (size_t i = 0; i < t->count; i++)
                x[i] = t->init == NAI_INIT_ONE ? 1 : 0;
        } else {
            draw(t, law_of(t, how), seed, x);
        }
        status = nai_model_set(m, k, x, NAI_F64, err);
        nai_free(x);
    }
    return status;
}
