/* loss_tangent.c - tangents of the losses' gradients: differences, symmetry, closed forms
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "loss_case.h"

#include "golden_losses.h"

enum { GOLDEN = sizeof golden / sizeof *golden };

/* A case, the buffers of its tangent, and vectors of its size. */
struct tangent_case {
    struct loss_case c;
    struct nai_buf *tz, *tdz, *work;
    double *v[3];
};

static void tangent_open(struct tangent_case *t, enum nai_dtype dtype,
                         const struct nai_loss_spec *spec)
{
    case_open(&t->c, dtype, spec);

    struct nai_device *const dev = t->c.dev;
    const struct nai_memory_ops *const memory = dev->memory;

    t->tz = memory->alloc(dev, t->c.count, "tz", NULL);
    t->tdz = memory->alloc(dev, t->c.count, "tdz", NULL);
    t->work = memory->alloc(dev, dev->loss->tangent_workspace(spec), "work", NULL);
    for (size_t k = 0; k < 3; k++)
        t->v[k] = calloc(t->c.count, sizeof(double));
    if (!t->tz || !t->tdz || !t->work || !t->v[0] || !t->v[1] || !t->v[2])
        exit(1);
}

static void tangent_close(struct tangent_case *t)
{
    const struct nai_memory_ops *const memory = t->c.dev->memory;

    memory->free(t->c.dev, t->tz);
    memory->free(t->c.dev, t->tdz);
    memory->free(t->c.dev, t->work);
    for (size_t k = 0; k < 3; k++)
        free(t->v[k]);
    case_close(&t->c);
}

/* out = the Hessian times `way`. */
static void tangent_run(struct tangent_case *t, const double *way, double *out)
{
    struct loss_case *const c = &t->c;

    put(c->dev, t->tz, way, c->count);
    c->dev->loss->tangent(c->dev, &c->spec, c->zb, c->tb, c->labels, t->tz, t->tdz, t->work);
    get(c->dev, out, t->tdz, c->count);
}

static void fill(double *x, size_t count, uint64_t stream)
{
    for (size_t i = 0; i < count; i++)
        x[i] = noise(stream, i);
}

static double dot(const double *x, const double *y, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

/* ||x - y|| as a part of ||y||; where y is 0, of 1. */
static double off_by(const double *x, const double *y, size_t count)
{
    const double norm = sqrt(dot(y, y, count));
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(sum) / (norm > 0 ? norm : 1);
}

/* out = (8 (dz(z + h way) - dz(z - h way)) - (dz(z + 2h way) - dz(z - 2h way))) / 12 h; z is as
 * before on return, c->dz is not. */
static void difference(struct loss_case *c, double h, const double *way, double *moved, double *out)
{
    static const struct {
        double at, weight;
    } side[] = {{1, 8}, {-1, -8}, {2, -1}, {-2, 1}};

    memset(out, 0, c->count * sizeof *out);
    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < c->count; i++)
            moved[i] = c->z[i] + side[k].at * h * way[i];
        put(c->dev, c->zb, moved, c->count);
        case_run(c, true);
        for (size_t i = 0; i < c->count; i++)
            out[i] += side[k].weight * c->dz[i] / (12 * h);
    }
    put(c->dev, c->zb, c->z, c->count);
}

/* Against differences of the gradient, in two directions, the second along the embeddings' own
 * (which makes the terms that projections take away large). */
static void differences(const struct nai_loss_spec *spec)
{
    struct tangent_case t;
    char name[100];
    /* short enough that no hinge of the largest cases is passed */
    const double h = spec->kind == NAI_LOSS_VICREG ? 2e-5 : 2e-4;
    double worst = 0;

    tangent_open(&t, NAI_F64, spec);
    for (uint64_t k = 0; k < 2; k++) {
        double off;
        fill(t.v[0], t.c.count, 30);
        for (size_t i = 0; i < t.c.count && k; i++)
            t.v[0][i] = 0.3 * t.v[0][i] + t.c.z[i];
        tangent_run(&t, t.v[0], t.v[1]);
        difference(&t.c, h, t.v[0], t.v[2], t.c.target);
        off = off_by(t.v[1], t.c.target, t.c.count);
        worst = off <= worst ? worst : off;
    }
    ok(worst <= 1e-8, "differences: %s: %.1e", case_name(spec, name), worst);
    tangent_close(&t);
}

/* <u, H v> = <v, H u>; float32 as float64. */
static void symmetry(const struct nai_loss_spec *spec)
{
    struct tangent_case t, f;
    char name[100];
    double *u, *v, *hv, uhv, off, single;
    size_t count;

    tangent_open(&t, NAI_F64, spec);
    tangent_open(&f, NAI_F32, spec);
    u = t.v[0], v = t.v[1], hv = t.v[2];
    count = t.c.count;
    fill(u, count, 31);
    fill(v, count, 32);
    tangent_run(&t, v, hv);
    tangent_run(&f, v, f.v[0]);
    single = off_by(f.v[0], hv, count);
    uhv = dot(u, hv, count);
    off = sqrt(dot(u, u, count) * dot(hv, hv, count));
    tangent_run(&t, u, hv);
    off = fabs(dot(v, hv, count) - uhv) / (off > 0 ? off : 1);
    ok(off <= 1e-12, "symmetric: %s: %.1e", case_name(spec, name), off);
    ok(single <= 1e-4, "float32 as float64: %s: %.1e", case_name(spec, name), single);
    tangent_close(&t);
    tangent_close(&f);
}

/* The Hessians that are written down: ce's and mse's. */
static void closed_forms(const struct nai_loss_spec *spec)
{
    struct tangent_case t;
    char name[100];
    const size_t d = spec->d, rows = spec->views * spec->n;
    double *want, off;

    if (spec->kind != NAI_LOSS_CE && spec->kind != NAI_LOSS_MSE)
        return;
    tangent_open(&t, NAI_F64, spec);
    want = t.v[2];
    fill(t.v[0], t.c.count, 33);
    tangent_run(&t, t.v[0], t.v[1]);
    for (size_t i = 0; i < t.c.count && spec->kind == NAI_LOSS_MSE; i++)
        want[i] = t.v[0][i] * (spec->sum ? 2 : 2 / (double)t.c.count);
    for (size_t r = 0; r < rows && spec->kind == NAI_LOSS_CE; r++) {
        const double *const z = t.c.z + r * d;
        double sum = 0;
        for (size_t k = 0; k < d; k++)
            sum += exp(z[k]);
        for (size_t k = 0; k < d; k++)
            for (size_t l = 0; l < d; l++) {
                const double p = exp(z[k]) / sum, q = exp(z[l]) / sum;
                want[r * d + k] += ((k == l ? p : 0) - p * q) / (double)rows * t.v[0][r * d + l];
            }
    }
    off = off_by(t.v[1], want, t.c.count);
    ok(off <= (spec->kind == NAI_LOSS_MSE ? 0 : 1e-14), "as written down: %s: %.1e",
       case_name(spec, name), off);
    tangent_close(&t);
}

/* Norms below 1e-12 are constants: byol's gradient is then linear; a NaN shows. */
static void limits(const struct nai_loss_spec *spec)
{
    struct tangent_case t;
    char name[100];
    double sum = 0;

    tangent_open(&t, NAI_F64, spec);
    fill(t.v[0], t.c.count, 34);
    if (spec->kind == NAI_LOSS_BYOL) {
        for (size_t i = 0; i < t.c.count; i++)
            t.v[1][i] = 1e-16 * t.c.z[i];
        put(t.c.dev, t.c.zb, t.v[1], t.c.count);
        tangent_run(&t, t.v[0], t.v[1]);
        ok(dot(t.v[1], t.v[1], t.c.count) == 0, "no curvature of tiny predictions: %s",
           case_name(spec, name));
        put(t.c.dev, t.c.zb, t.c.z, t.c.count);
    }
    t.v[0][t.c.count / 2] = (double)NAN;
    tangent_run(&t, t.v[0], t.v[1]);
    for (size_t i = 0; i < t.c.count; i++)
        sum += t.v[1][i];
    ok(isnan(sum), "NaN shows: %s", case_name(spec, name));
    tangent_close(&t);
}

static void same_bits(enum nai_dtype dtype, const struct nai_loss_spec *spec)
{
    struct tangent_case t;
    char name[100];

    tangent_open(&t, dtype, spec);
    fill(t.v[0], t.c.count, 35);
    nai_blas_init(1);
    tangent_run(&t, t.v[0], t.v[1]);
    nai_blas_init(2);
    tangent_run(&t, t.v[0], t.v[2]);
    ok(memcmp(t.v[1], t.v[2], t.c.count * sizeof(double)) == 0,
       "same bits for 1 and 2 threads: %s %s", dtype == NAI_F64 ? "f64" : "f32",
       case_name(spec, name));
    tangent_close(&t);
}

int main(void)
{
    nai_blas_init(2);
    for (size_t i = 0; i < GOLDEN; i++) {
        differences(&golden[i].spec);
        symmetry(&golden[i].spec);
        closed_forms(&golden[i].spec);
        limits(&golden[i].spec);
        if (golden[i].spec.views <= 3) {
            same_bits(NAI_F32, &golden[i].spec);
            same_bits(NAI_F64, &golden[i].spec);
        }
    }
    return tap_end();
}
