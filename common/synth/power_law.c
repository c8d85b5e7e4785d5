/* power_law.c - regression on features with a power-law covariance; see synth.h
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "draw.h"
#include "mem.h"
#include "synth_parts.h"

struct state {
    size_t dim;
    uint64_t seed;
    double noise;
    double *sd;       /* f64[dim] sqrt of the eigenvalues */
    double *theta;    /* f64[dim] in the coordinates of x */
    double *v;        /* f64[dim][dim] rotation, or NULL */
    double *held;     /* f64[rows][dim] exact x, or NULL */
    double *unturned; /* f64[block][dim] */
};

static void free_state(void *p)
{
    struct state *const t = p;

    nai_free(t->sd);
    nai_free(t->theta);
    nai_free(t->v);
    nai_free(t->held);
    nai_free(t->unturned);
    free(t);
}

static int fill(struct nai_synth *s, uint64_t first, struct nai_err *err)
{
    const struct state *const t = s->state;
    const size_t dim = t->dim;
    double *const x = s->field[0], *const y = s->field[1];
    double *const g = t->v ? t->unturned : x;

    (void)err;
    if (t->held) {
        nai_synth_held(x, s, t->held, dim, first);
    } else {
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < NAI_SYNTH_BLOCK; i++) {
            nai_draw_normals(g + i * dim, dim, t->seed, "power-law x", first + i);
            for (size_t j = 0; j < dim; j++)
                g[i * dim + j] *= t->sd[j];
        }
        if (t->v)
            nai_blas_gemm(false, true, NAI_SYNTH_BLOCK, dim, dim, 1, g, dim, t->v, dim, 0, x, dim);
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < NAI_SYNTH_BLOCK; i++) {
        double eps = 0, sum = 0;
        if (t->noise > 0)
            nai_draw_normals(&eps, 1, t->seed, "power-law noise", first + i);
        for (size_t j = 0; j < dim; j++)
            sum += x[i * dim + j] * t->theta[j];
        y[i] = sum + t->noise * eps;
    }
    return NAI_OK;
}

/* theta = V Lambda^source w. */
static int make_theta(struct state *t, double source, struct nai_err *err)
{
    const size_t dim = t->dim;
    double *const w = nai_alloc(dim, sizeof *w, "theta", err);

    if (!w)
        return NAI_ESYSTEM;
    nai_draw_normals(w, dim, t->seed, "power-law theta", 0);
    for (size_t j = 0; j < dim; j++)
        w[j] *= pow(t->sd[j], 2 * source) / sqrt((double)dim);
    if (t->v)
        nai_blas_gemm(false, false, dim, 1, dim, 1, t->v, dim, w, 1, 0, t->theta, 1);
    else
        memcpy(t->theta, w, dim * sizeof *w);
    nai_free(w);
    return NAI_OK;
}

/* The rows as a whole, of n times the eigenvalues of their second moment. */
static int hold(struct state *t, const struct nai_synth_spec *o, struct nai_err *err)
{
    const size_t k = o->rows < o->dim ? o->rows : o->dim;
    double *const sigma = nai_alloc(k, sizeof *sigma, "singular values", err);
    int rc = sigma ? NAI_OK : NAI_ESYSTEM;

    t->held = rc == NAI_OK ? nai_synth_matrix(o->rows, o->dim, "exact rows", err) : NULL;
    if (rc == NAI_OK && !t->held)
        rc = err ? err->code : NAI_ESYSTEM;
    for (size_t j = 0; rc == NAI_OK && j < k; j++)
        sigma[j] = t->sd[j] * sqrt((double)o->rows);
    if (rc == NAI_OK)
        rc = nai_draw_spectral(t->held, o->rows, o->dim, sigma, k, t->v,
                               o->exact == NAI_EXACT_CENTRED, o->seed, "power-law exact", err);
    nai_free(sigma);
    return rc;
}

static int make(struct state *t, const struct nai_synth_spec *o, struct nai_err *err)
{
    t->sd = nai_alloc(o->dim, sizeof *t->sd, "eigenvalues", err);
    t->theta = nai_alloc(o->dim, sizeof *t->theta, "theta", err);
    if (!t->sd || !t->theta)
        return NAI_ESYSTEM;
    for (size_t j = 0; j < o->dim; j++)
        t->sd[j] = sqrt(o->scale * pow((double)(j + 1), -o->alpha));
    if (o->rotate) {
        t->v = nai_synth_rotation(o->dim, o->seed, err);
        t->unturned = nai_synth_matrix(NAI_SYNTH_BLOCK, o->dim, "rows", err);
        if (!t->v || !t->unturned)
            return err ? err->code : NAI_ESYSTEM;
    }
    if (make_theta(t, o->source, err) != NAI_OK)
        return NAI_ESYSTEM;
    return o->exact ? hold(t, o, err) : NAI_OK;
}

int nai_synth_power_law(struct nai_synth *s, const struct nai_synth_spec *o, struct nai_err *err)
{
    static const char *const exact[] = {"none", "centred", "uncentred"};
    struct state *const t = calloc(1, sizeof *t);
    const uint64_t shape[1] = {o->dim};
    int rc = t ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    *s = (struct nai_synth){.state = t, .fill = fill, .free_state = free_state};
    if (rc == NAI_OK && o->exact == NAI_EXACT_CENTRED && o->rows <= o->dim)
        return nai_err_set(err, NAI_EUSAGE,
                           "an exact covariance of %zu features needs more rows than that "
                           "(uncentred, %zu eigenvalues of the second moment can be exact)",
                           o->dim, o->rows);
    if (rc == NAI_OK) {
        *t = (struct state){.dim = o->dim, .seed = o->seed, .noise = o->noise};
        rc = make(t, o, err);
    }
    if (rc == NAI_OK)
        rc = nai_synth_begin(s, "dataset", "power-law", o,
                             json_pack("{sI,sf,sf,sf,sf,sb,ss,so}", "dim", (json_int_t)o->dim,
                                       "alpha", o->alpha, "scale", o->scale, "source", o->source,
                                       "noise", o->noise, "rotate", (int)o->rotate, "exact",
                                       exact[o->exact], "theta", nai_synth_reals(t->theta, t->dim)),
                             err);
    if (rc == NAI_OK)
        rc = nai_synth_field(s, "x", NAI_F64, 1, shape, err);
    return rc == NAI_OK ? nai_synth_field(s, "y", NAI_F64, 0, NULL, err) : rc;
}
