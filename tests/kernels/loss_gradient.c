/* loss_gradient.c - gradients of the losses against central differences, in float64
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "loss_case.h"

#include "golden_losses.h"

static const double h = 1e-5;

/* The difference quotient along `way`; z is as before on return. */
static double quotient(struct loss_case *c, const double *way, double *moved)
{
    double value[2];

    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < c->count; i++)
            moved[i] = c->z[i] + (side ? h : -h) * way[i];
        put(c->dev, c->zb, moved, c->count);
        value[side] = case_run(c, false);
    }
    put(c->dev, c->zb, c->z, c->count);
    return (value[1] - value[0]) / (2 * h);
}

/* The largest error, element by element, as a part of the largest element. */
static double elements_off(struct loss_case *c, double *way, double *moved)
{
    double most = 0, worst = 0;

    for (size_t i = 0; i < c->count; i++)
        most = fmax(most, fabs(c->dz[i]));
    for (size_t i = 0; i < c->count; i++) {
        double off;
        way[i] = 1;
        off = fabs(quotient(c, way, moved) - c->dz[i]);
        way[i] = 0;
        worst = off <= worst ? worst : off;
    }
    return worst / most;
}

/* The same in eight directions of noise, as a part of the gradient's length. */
static double directions_off(struct loss_case *c, double *way, double *moved)
{
    double norm = 0, worst = 0;

    for (size_t i = 0; i < c->count; i++)
        norm += c->dz[i] * c->dz[i];
    for (uint64_t k = 0; k < 8; k++) {
        double dot = 0, off;
        for (size_t i = 0; i < c->count; i++) {
            way[i] = noise(20 + k, i);
            dot += way[i] * c->dz[i];
        }
        off = fabs(quotient(c, way, moved) - dot);
        worst = off <= worst ? worst : off;
    }
    return worst / sqrt(norm);
}

static void compare(const struct nai_loss_spec *spec)
{
    struct loss_case c;
    char name[100];
    double off, *way, *moved;

    case_open(&c, NAI_F64, spec);
    way = calloc(c.count, sizeof *way);
    moved = calloc(c.count, sizeof *moved);
    if (!way || !moved)
        exit(1);
    case_run(&c, true);
    off = (c.count <= 200 ? elements_off : directions_off)(&c, way, moved);
    ok(off <= 1e-6, "%s: %.1e", case_name(spec, name), off);
    free(way);
    free(moved);
    case_close(&c);
}

int main(void)
{
    nai_blas_init(1);
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
        compare(&golden[i].spec);
    return tap_end();
}
