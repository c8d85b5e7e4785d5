/* teacher.c - inputs and the outputs of a random network; see synth.h
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "mem.h"
#include "rng.h"
#include "synth_parts.h"

struct layer {
    size_t in, out;
    double *w, *b; /* f64[out][in], f64[out] */
};

struct state {
    size_t dim, nlayers, widest;
    uint64_t seed;
    bool normal;
    enum nai_activation activation;
    double noise;
    struct layer *layer;
    double *held; /* f64[rows][dim] inputs of prescribed singular values, or NULL */
    double *work; /* f64[block][2][widest] */
    size_t features;
    double *map; /* orthonormal columns: f64[features][dim], or f64[dim][features] of fewer */
    double *raw; /* f64[block][dim], the inputs where x is made of them; or NULL */
};

static void free_state(void *p)
{
    struct state *const t = p;

    for (size_t l = 0; t->layer && l < t->nlayers; l++) {
        nai_free(t->layer[l].w);
        nai_free(t->layer[l].b);
    }
    free(t->layer);
    nai_free(t->held);
    nai_free(t->work);
    nai_free(t->map);
    nai_free(t->raw);
    free(t);
}

static double activate(enum nai_activation a, double v)
{
    return a == NAI_ACT_RELU ? fmax(v, 0) : a == NAI_ACT_TANH ? tanh(v) : v;
}

/* y = what the network makes of x; buf f64[2][widest]. */
static void forward(const struct state *t, double *y, const double *x, double *buf)
{
    for (size_t l = 0; l < t->nlayers; l++) {
        const struct layer *const a = &t->layer[l];
        double *const to = l + 1 == t->nlayers ? y : buf + (l % 2) * t->widest;
        for (size_t o = 0; o < a->out; o++) {
            double sum = a->b[o];
            for (size_t i = 0; i < a->in; i++)
                sum += a->w[o * a->in + i] * x[i];
            to[o] = l + 1 == t->nlayers ? sum : activate(t->activation, sum);
        }
        x = to;
    }
}

/* x f64[features] = the fixed map of the inputs. */
static void project(const struct state *t, double *x, const double *in)
{
    const size_t across = t->features < t->dim ? t->features : 1;
    const size_t down = t->features < t->dim ? 1 : t->dim;

    for (size_t o = 0; o < t->features; o++) {
        x[o] = 0;
        for (size_t i = 0; i < t->dim; i++)
            x[o] += t->map[o * down + i * across] * in[i];
    }
}

static int fill(struct nai_synth *s, uint64_t first, struct nai_err *err)
{
    const struct state *const t = s->state;
    const size_t dim = t->dim, outputs = t->layer[t->nlayers - 1].out;
    double *const x = t->raw ? t->raw : s->field[0], *const y = s->field[1];
    double *const features = s->field[0];

    (void)err;
    if (t->held)
        nai_synth_held(x, s, t->held, dim, first);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < NAI_SYNTH_BLOCK; i++) {
        double *const row = x + i * dim;
        struct nai_rng r;
        nai_rng_init(&r, t->seed, "teacher x", first + i);
        for (size_t j = 0; !t->held && j < dim; j++)
            row[j] = t->normal ? nai_rng_normal(&r) : nai_rng_uniform(&r);
        forward(t, y + i * outputs, row, t->work + i * 2 * t->widest);
        nai_rng_init(&r, t->seed, "teacher noise", first + i);
        for (size_t j = 0; t->noise > 0 && j < outputs; j++)
            y[i * outputs + j] += t->noise * nai_rng_normal(&r);
        if (t->raw)
            project(t, features + i * t->features, row);
    }
    return NAI_OK;
}

/* PyTorch's default for Linear: kaiming_uniform_(a = sqrt 5), which is this bound for both. */
static int make_layers(struct state *t, const struct nai_synth_spec *o, struct nai_err *err)
{
    size_t in = o->dim;

    t->layer = calloc(t->nlayers, sizeof *t->layer);
    if (!t->layer)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t l = 0; l < t->nlayers; l++) {
        struct layer *const a = &t->layer[l];
        const double bound = 1 / sqrt((double)in);
        struct nai_rng r;
        *a = (struct layer){.in = in, .out = o->width[l]};
        a->w = nai_synth_matrix(a->out, a->in, "a teacher", err);
        a->b = nai_alloc(a->out, sizeof *a->b, "a teacher", err);
        if (!a->w || !a->b)
            return err ? err->code : NAI_ESYSTEM;
        nai_rng_init(&r, o->teacher_seed, "teacher weights", l);
        for (size_t i = 0; i < a->out * a->in; i++)
            a->w[i] = bound * (2 * nai_rng_uniform(&r) - 1);
        nai_rng_init(&r, o->teacher_seed, "teacher biases", l);
        for (size_t i = 0; i < a->out; i++)
            a->b[i] = o->no_bias ? 0 : bound * (2 * nai_rng_uniform(&r) - 1);
        t->widest = a->out > t->widest ? a->out : t->widest;
        in = a->out;
    }
    t->work = nai_synth_matrix(NAI_SYNTH_BLOCK, 2 * t->widest, "a teacher's layers", err);
    return t->work ? NAI_OK : err ? err->code : NAI_ESYSTEM;
}

/* X = V Sigma Z^T, Sigma from the largest down. */
static int hold(struct state *t, const struct nai_synth_spec *o, struct nai_err *err)
{
    const size_t k = o->rows < o->dim ? o->rows : o->dim;
    double *const sigma = nai_alloc(k, sizeof *sigma, "singular values", err);
    double *const z = sigma ? nai_synth_rotation(o->dim, o->seed, err) : NULL;
    int rc = z ? NAI_OK : err ? err->code : NAI_ESYSTEM;

    t->held = z ? nai_synth_matrix(o->rows, o->dim, "inputs", err) : NULL;
    if (rc == NAI_OK && !t->held)
        rc = err ? err->code : NAI_ESYSTEM;
    if (rc == NAI_OK) {
        nai_draw_linspace(sigma, k, o->spectrum[1], o->spectrum[0]);
        rc = nai_draw_spectral(t->held, o->rows, o->dim, sigma, k, z, false, o->seed,
                               "teacher inputs", err);
    }
    nai_free(sigma);
    nai_free(z);
    return rc;
}

/* A fixed layer before the student: of variance as that of the inputs, in sum, or of its share
 * where the features are fewer. */
static int fix_features(struct state *t, const struct nai_synth_spec *o, struct nai_err *err)
{
    const size_t most = o->features > o->dim ? o->features : o->dim;
    const size_t least = o->features > o->dim ? o->dim : o->features;

    t->features = o->features;
    t->map = nai_synth_matrix(most, least, "features", err);
    t->raw = nai_synth_matrix(NAI_SYNTH_BLOCK, o->dim, "inputs", err);
    if (!t->map || !t->raw)
        return err ? err->code : NAI_ESYSTEM;
    return nai_draw_orthonormal(t->map, most, least, false, o->feature_seed, "teacher features",
                                err);
}

static json_t *describe(const struct nai_synth_spec *o)
{
    static const char *const names[] = {"relu", "tanh", "linear"};
    json_t *const widths = json_array();
    json_t *const p = json_pack("{sI,ss,ss,sb,sf,sI}", "dim", (json_int_t)o->dim, "inputs",
                                o->has_spectrum    ? "spectrum"
                                : o->normal_inputs ? "normal"
                                                   : "uniform",
                                "activation", names[o->activation], "bias", (int)!o->no_bias,
                                "noise", o->noise, "teacher_seed", (json_int_t)o->teacher_seed);

    for (size_t l = 0; l < o->nlayers; l++)
        json_array_append_new(widths, json_integer((json_int_t)o->width[l]));
    if (p && o->has_spectrum)
        json_object_set_new(p, "spectrum", nai_synth_reals(o->spectrum, 2));
    if (p && o->features) {
        json_object_set_new(p, "features", json_integer((json_int_t)o->features));
        json_object_set_new(p, "feature_seed", json_integer((json_int_t)o->feature_seed));
    }
    if (p)
        json_object_set_new(p, "widths", widths);
    else
        json_decref(widths);
    return p;
}

int nai_synth_teacher(struct nai_synth *s, const struct nai_synth_spec *o, struct nai_err *err)
{
    struct state *const t = calloc(1, sizeof *t);
    const uint64_t x[1] = {o->features ? o->features : o->dim};
    const uint64_t y[1] = {o->nlayers ? o->width[o->nlayers - 1] : 0};
    int rc = t ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    *s = (struct nai_synth){.state = t, .fill = fill, .free_state = free_state};
    if (rc == NAI_OK && o->nlayers == 0)
        rc = nai_err_set(err, NAI_EUSAGE, "a teacher without layers");
    if (rc == NAI_OK && o->has_spectrum && o->spectrum[0] < 0)
        rc = nai_err_set(err, NAI_EUSAGE, "a negative singular value");
    if (rc == NAI_OK) {
        *t = (struct state){.dim = o->dim,
                            .nlayers = o->nlayers,
                            .seed = o->seed,
                            .normal = o->normal_inputs,
                            .activation = o->activation,
                            .noise = o->noise};
        rc = make_layers(t, o, err);
    }
    if (rc == NAI_OK && o->has_spectrum)
        rc = hold(t, o, err);
    if (rc == NAI_OK && o->features)
        rc = fix_features(t, o, err);
    if (rc == NAI_OK)
        rc = nai_synth_begin(s, "dataset", "teacher", o, describe(o), err);
    if (rc == NAI_OK)
        rc = nai_synth_field(s, "x", NAI_F64, 1, x, err);
    return rc == NAI_OK ? nai_synth_field(s, "y", NAI_F64, y[0] > 1, y, err) : rc;
}
