/* perturb.c - see perturb.h
 * SPDX-License-Identifier: MIT */
#include "perturb.h"

#include <math.h>
#include <string.h>

#include "checkpoint.h"
#include "direction.h"
#include "mem.h"
#include "vector.h"

double nai_noise_growth(enum nai_noise_growth growth, size_t n)
{
    switch (growth) {
    case NAI_GROWTH_SQRT:
        return sqrt(sqrt((double)n));
    case NAI_GROWTH_LINEAR:
        return sqrt((double)n);
    case NAI_GROWTH_CONSTANT:
        break;
    }
    return 1;
}

/* ---- the direction of the bias ---- */

/* Another model of m's network, filled by the last one of an open stream. */
static int load(struct nai_model **other, const struct nai_model *m, const struct nai_in *in,
                struct nai_err *err)
{
    struct nai_graph *g = NULL;
    struct nai_weights w;
    int rc = nai_weights_last(&w, in->r, in->name, err);

    if (rc != NAI_OK)
        return rc;
    rc = nai_graph_new(&g, m->graph->text, err);
    if (rc == NAI_OK)
        rc = nai_model_new(other, m->device, g, false, err);
    if (rc == NAI_OK && (rc = nai_weights_load(&w, *other, "", NULL, err)) != NAI_OK)
        nai_err_prefix(err, in->name);
    nai_weights_free(&w);
    return rc;
}

/* beta is what a stream of models holds, of any norm but 0. */
static int from_stream(double *beta, const struct nai_model *m, const char *path,
                       struct nai_cli *cli, struct nai_err *err)
{
    const size_t n = nai_model_params(m);
    struct nai_model *other = NULL;
    struct nai_in in;
    double most = 0, square = 0;
    int rc = nai_in_open(cli, &in, path, err);

    if (rc != NAI_OK)
        return rc;
    rc = load(&other, m, &in, err);
    if (rc == NAI_OK)
        rc = nai_model_gather(other, other->w, beta, err);
    for (size_t i = 0; rc == NAI_OK && i < n; i++)
        if (!(fabs(beta[i]) <= most)) /* a NaN is the most, and stays */
            most = isnan(most) ? most : fabs(beta[i]);
    if (rc == NAI_OK && !(most > 0 && isfinite(most)))
        rc = nai_err_set(err, NAI_EINPUT, "%s: %s, which is no direction", in.name,
                         most == 0 ? "every parameter is 0" : "parameters that are not finite");
    for (size_t i = 0; rc == NAI_OK && i < n; i++) {
        beta[i] /= most; /* so that no square is too large or too small */
        square += beta[i] * beta[i];
    }
    for (size_t i = 0; rc == NAI_OK && i < n; i++)
        beta[i] *= sqrt((double)n / square);
    nai_model_free(other);
    nai_in_close(&in);
    return rc;
}

int nai_bias_direction(double *beta, const struct nai_model *m, const char *along, uint64_t seed,
                       struct nai_cli *cli, struct nai_err *err)
{
    const size_t n = nai_model_params(m);
    const bool random = strcmp(along, "random") == 0;

    if (!random && strcmp(along, "ones") != 0)
        return from_stream(beta, m, along, cli, err);
    if (random)
        nai_unit_normal(beta, n, seed, "gradient bias", 0);
    for (size_t i = 0; i < n; i++)
        beta[i] = random ? sqrt((double)n) * beta[i] : 1;
    return NAI_OK;
}

/* ---- gradients ---- */

static int open_bias(struct nai_perturb *p, const struct nai_model *m, struct nai_cli *cli,
                     struct nai_err *err)
{
    double *const x = nai_alloc(nai_model_params(m), sizeof *x, "the bias of gradients", err);
    int rc = x ? nai_bias_direction(x, m, p->o.along, p->seed, cli, err) : NAI_ESYSTEM;

    if (rc == NAI_OK) {
        p->beta =
            m->device->memory->alloc(m->device, m->graph->params, "the bias of gradients", err);
        rc = p->beta ? nai_model_scatter(m, x, p->beta, err) : NAI_ESYSTEM;
    }
    nai_free(x);
    return rc;
}

int nai_perturb_open(struct nai_perturb *p, const struct nai_model *m,
                     const struct nai_perturb_opts *o, uint64_t seed, struct nai_cli *cli,
                     struct nai_err *err)
{
    const size_t n = nai_model_params(m);

    *p = (struct nai_perturb){.o = *o, .seed = seed, .growth = nai_noise_growth(o->growth, n)};
    if (o->noise > 0) {
        p->draw = nai_alloc(n, sizeof *p->draw, "the noise of gradients", err);
        p->noise = p->draw ? m->device->memory->alloc(m->device, m->graph->params,
                                                      "the noise of gradients", err)
                           : NULL;
        if (!p->noise)
            return NAI_ESYSTEM;
    }
    return o->bias != 0 ? open_bias(p, m, cli, err) : NAI_OK;
}

void nai_perturb_close(struct nai_perturb *p, const struct nai_model *m)
{
    if (p->noise)
        m->device->memory->free(m->device, p->noise);
    if (p->beta)
        m->device->memory->free(m->device, p->beta);
    nai_free(p->draw);
    *p = (struct nai_perturb){0};
}

int nai_perturb_apply(const struct nai_perturb *p, struct nai_model *m, double norm, uint64_t step,
                      struct nai_err *err)
{
    const double unit = p->o.relative ? norm : 1;
    const size_t params = m->graph->params;
    int rc = NAI_OK;

    if (!p->noise && !p->beta)
        return NAI_OK;
    if (unit == 0)
        return nai_err_set(err, NAI_ENUMERIC,
                           "the gradient is zero, so that nothing is relative to its norm");
    if (p->noise) {
        nai_unit_normal(p->draw, nai_model_params(m), p->seed, "gradient noise", step);
        rc = nai_model_scatter(m, p->draw, p->noise, err);
    }
    if (rc == NAI_OK && p->noise)
        m->device->vector->axpby(m->device, -p->o.noise * unit * p->growth, p->noise, 1, m->g,
                                 params);
    if (rc == NAI_OK && p->beta)
        m->device->vector->axpby(m->device, -p->o.bias * unit, p->beta, 1, m->g, params);
    return rc;
}

/* ---- what is said ---- */

const char *nai_perturb_text(const struct nai_perturb *p, char buf[static 400])
{
    static const char *const growth[] = {"", " N^(1/4)", " N^(1/2)"};
    const char *const norm = p->o.relative ? " |g|" : "";
    size_t at = 0;

    buf[0] = '\0';
    if (p->noise)
        at = (size_t)snprintf(buf, 100, "noise %g%s%s%s", p->o.noise, norm, growth[p->o.growth],
                              p->beta ? ", " : "");
    if (p->beta)
        snprintf(buf + at, 300, "bias %g%s along %.200s", p->o.bias, norm, p->o.along);
    return buf;
}

size_t nai_perturb_bytes(const struct nai_perturb *p, const struct nai_model *m)
{
    const size_t noise = p->noise ? 1 : 0, bias = p->beta ? 1 : 0;

    return (noise + bias) * m->graph->params * m->device->size +
           (p->draw ? nai_model_params(m) * sizeof *p->draw : 0);
}
