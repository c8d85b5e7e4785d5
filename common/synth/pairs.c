/* pairs.c - views of a latent whose covariance between views is prescribed; see synth.h
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "draw.h"
#include "mem.h"
#include "synth_parts.h"

struct state {
    size_t dim, views;
    uint64_t seed;
    double noise;
    double *lambda;   /* f64[dim] of the covariance between views */
    double *v;        /* f64[dim][dim] rotation, or NULL */
    double *held;     /* f64[rows][views][dim] exact, or NULL */
    double *unturned; /* f64[block][views][dim] */
};

static void free_state(void *p)
{
    struct state *const t = p;

    nai_free(t->lambda);
    nai_free(t->v);
    nai_free(t->held);
    nai_free(t->unturned);
    free(t);
}

/* Views x f64[views][dim] of one row from its normals z f64[1 + views][dim]: latent, then noise. */
static void compose(const struct state *t, double *x, const double *z)
{
    for (size_t a = 0; a < t->views; a++)
        for (size_t j = 0; j < t->dim; j++) {
            const double sign = a > 0 && t->lambda[j] < 0 ? -1 : 1;
            x[a * t->dim + j] =
                sign * sqrt(fabs(t->lambda[j])) * z[j] + t->noise * z[(1 + a) * t->dim + j];
        }
}

static int fill(struct nai_synth *s, uint64_t first, struct nai_err *err)
{
    const struct state *const t = s->state;
    const size_t width = t->views * t->dim, all = width + t->dim;
    double *const x = s->field[0], *const g = t->v ? t->unturned : x;
    uint64_t *const id = s->field[1];
    double *z;

    for (size_t i = 0; i < NAI_SYNTH_BLOCK; i++)
        id[i] = first + i;
    if (t->held) {
        nai_synth_held(x, s, t->held, width, first);
        return NAI_OK;
    }
    z = nai_alloc(NAI_SYNTH_BLOCK, all * sizeof *z, "rows", err);
    if (!z)
        return NAI_ESYSTEM;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < NAI_SYNTH_BLOCK; i++) {
        nai_draw_normals(z + i * all, all, t->seed, "pairs", first + i);
        compose(t, g + i * width, z + i * all);
    }
    nai_free(z);
    if (t->v)
        nai_blas_gemm(false, true, NAI_SYNTH_BLOCK * t->views, t->dim, t->dim, 1, g, t->dim, t->v,
                      t->dim, 0, x, t->dim);
    return NAI_OK;
}

/* The normals of all rows made orthonormal: second moments are then what they should be. */
static int hold(struct state *t, const struct nai_synth_spec *o, struct nai_err *err)
{
    const size_t width = t->views * t->dim, all = width + t->dim;
    const size_t k = t->noise > 0 ? all : t->dim;
    const double root = sqrt((double)o->rows);
    double *const z = nai_synth_matrix(o->rows, k, "exact rows", err);
    double *const x = nai_synth_matrix(o->rows, width, "exact rows", err);
    double *row = nai_alloc(all, sizeof *row, "a row", err);
    int rc = z && x && row ? NAI_OK : err ? err->code : NAI_ESYSTEM;

    if (rc == NAI_OK)
        rc = nai_draw_orthonormal(z, o->rows, k, o->exact == NAI_EXACT_CENTRED, o->seed,
                                  "pairs exact", err);
    for (size_t i = 0; rc == NAI_OK && i < o->rows; i++) {
        memset(row, 0, all * sizeof *row);
        for (size_t j = 0; j < k; j++)
            row[j] = root * z[i * k + j];
        compose(t, x + i * width, row);
    }
    t->held = x;
    if (rc == NAI_OK && t->v) {
        double *const turned = nai_synth_matrix(o->rows, width, "exact rows", err);
        rc = turned ? NAI_OK : NAI_ESYSTEM;
        if (turned)
            nai_blas_gemm(false, true, o->rows * t->views, t->dim, t->dim, 1, x, t->dim, t->v,
                          t->dim, 0, turned, t->dim);
        t->held = turned;
        nai_free(x);
    }
    nai_free(z);
    nai_free(row);
    return rc;
}

static int make(struct state *t, const struct nai_synth_spec *o, struct nai_err *err)
{
    t->lambda = nai_alloc(o->dim, sizeof *t->lambda, "eigenvalues", err);
    if (!t->lambda)
        return NAI_ESYSTEM;
    if (o->has_spectrum)
        nai_draw_linspace(t->lambda, o->dim, o->spectrum[1], o->spectrum[0]);
    for (size_t j = 0; !o->has_spectrum && j < o->dim; j++)
        t->lambda[j] = o->scale * pow((double)(j + 1), -o->alpha);
    if (o->rotate) {
        t->v = nai_synth_rotation(o->dim, o->seed, err);
        t->unturned = nai_synth_matrix(NAI_SYNTH_BLOCK, o->views * o->dim, "rows", err);
        if (!t->v || !t->unturned)
            return err ? err->code : NAI_ESYSTEM;
    }
    return o->exact ? hold(t, o, err) : NAI_OK;
}

static int check(const struct nai_synth_spec *o, struct nai_err *err)
{
    const size_t factors = o->noise > 0 ? 1 + o->views : 1;
    const size_t need = factors * o->dim + (o->exact == NAI_EXACT_CENTRED);

    if (o->views < 2)
        return nai_err_set(err, NAI_EUSAGE, "pairs need at least 2 views");
    if (o->has_spectrum && o->spectrum[0] < 0 && o->views > 2)
        return nai_err_set(err, NAI_EUSAGE,
                           "more than two views cannot all be negatively correlated");
    if (o->exact && o->rows < need)
        return nai_err_set(err, NAI_EUSAGE, "exact moments of such views need at least %zu rows",
                           need);
    return NAI_OK;
}

int nai_synth_pairs(struct nai_synth *s, const struct nai_synth_spec *o, struct nai_err *err)
{
    static const char *const exact[] = {"none", "centred", "uncentred"};
    struct state *const t = calloc(1, sizeof *t);
    const uint64_t shape[2] = {o->views, o->dim};
    int rc = t ? check(o, err) : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    *s = (struct nai_synth){.state = t, .fill = fill, .free_state = free_state};
    if (rc == NAI_OK) {
        *t = (struct state){.dim = o->dim, .views = o->views, .seed = o->seed, .noise = o->noise};
        rc = make(t, o, err);
    }
    if (rc == NAI_OK)
        rc = nai_synth_begin(s, "views", "pairs", o,
                             json_pack("{sI,sI,sf,sb,ss,so}", "dim", (json_int_t)o->dim, "views",
                                       (json_int_t)o->views, "noise", o->noise, "rotate",
                                       (int)o->rotate, "exact", exact[o->exact], "lambda",
                                       nai_synth_reals(t->lambda, t->dim)),
                             err);
    if (rc == NAI_OK)
        rc = nai_synth_field(s, "x", NAI_F64, 2, shape, err);
    return rc == NAI_OK ? nai_synth_field(s, "id", NAI_U64, 0, NULL, err) : rc;
}
