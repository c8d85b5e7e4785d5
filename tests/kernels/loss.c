/* loss.c - losses and gradients against NumPy's and torch's
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "loss_case.h"

#include "golden_losses.h"

/* The largest relative error of the terms. */
static double terms_off(const struct golden *g, const struct nai_loss_value *v)
{
    double worst = v->terms == g->terms ? 0 : INFINITY, sum = 0;

    for (size_t t = 0; t < g->terms; t++) {
        const double off = fabs(v->value[t] - g->value[t]) / fabs(g->value[t]);
        worst = off <= worst ? worst : off;
        sum += v->value[t];
    }
    return v->loss == sum ? worst : INFINITY;
}

/* The largest error of the gradient's length and products, as a part of its length. */
static double gradient_off(const struct golden *g, const double *dz, size_t count)
{
    double norm = 0, worst;

    for (size_t i = 0; i < count; i++)
        norm += dz[i] * dz[i];
    worst = fabs(sqrt(norm) - g->norm);
    for (uint64_t k = 0; k < 4; k++) {
        double dot = 0;
        for (size_t i = 0; i < count; i++)
            dot += dz[i] * noise(10 + k, i);
        worst = fabs(dot - g->dot[k]) <= worst ? worst : fabs(dot - g->dot[k]);
    }
    return worst / g->norm;
}

static void compare(const struct golden *g, enum nai_dtype dtype)
{
    const bool f64 = dtype == NAI_F64;
    struct nai_err err = {0};
    struct loss_case c;
    char name[100];
    double value, value_only, gradient;

    case_open(&c, dtype, &g->spec);
    value_only = c.dev->loss->check(&g->spec, &err) == NAI_OK ? case_run(&c, false) : (double)NAN;
    case_run(&c, true);
    value = terms_off(g, &c.value);
    gradient = gradient_off(g, c.dz, c.count);
    ok(value <= (f64 ? 1e-12 : 1e-5) && gradient <= (f64 ? 1e-10 : 1e-5) &&
           c.value.correct == g->correct && c.value.loss == value_only,
       "%s %s: value %.1e, gradient %.1e", f64 ? "f64" : "f32", case_name(&g->spec, name), value,
       gradient);
    case_close(&c);
}

int main(void)
{
    nai_blas_init(2);
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        compare(&golden[i], NAI_F64);
        compare(&golden[i], NAI_F32);
    }
    return tap_end();
}
