/* attention_tangent.c - test of attention.h: tangents
 * SPDX-License-Identifier: MIT */
#include "attention.h"
#include "tangent.h"

/* Elements of out, of p. */
static size_t outputs(const struct nai_attention_spec *s)
{
    return s->n * s->tokens * s->dim;
}

static size_t squares(const struct nai_attention_spec *s)
{
    return s->n * s->heads * s->tokens * s->tokens;
}

static void run(struct nai_device *d, const void *spec, const double *in, double *out)
{
    const struct nai_attention_spec *const s = spec;
    const size_t n = outputs(s);
    struct nai_buf *b[] = {put(d, in, 3 * n),   put(d, in + 3 * n, n),
                           put(d, NULL, n),     put(d, NULL, squares(s)),
                           put(d, NULL, 3 * n), put(d, NULL, squares(s))};

    d->attention->forward(d, s, b[0], b[2], b[3]);
    d->attention->backward(d, s, b[0], b[3], b[1], b[4], b[5]);
    get(d, b[2], out, n);
    get(d, b[4], out + n, 3 * n);
    drop(d, b, COUNT(b));
}

/* Whether all of it was used: heads that share theirs are a race that is seldom lost. */
static bool own_scratch(struct nai_device *d, const struct nai_buf *work, size_t n)
{
    double *const v = doubles(n);
    bool all = true;

    get(d, work, v, n);
    for (size_t i = 0; i < n; i++)
        all = all && !isnan(v[i]);
    free(v);
    return all;
}

static void tangent(struct nai_device *d, const void *spec, const double *in, const double *tin,
                    double *tout)
{
    const struct nai_attention_spec *const s = spec;
    const size_t n = outputs(s);
    struct nai_buf *b[] = {
        put(d, in, 3 * n),        put(d, in + 3 * n, n), put(d, tin, 3 * n),
        put(d, tin + 3 * n, n),   put(d, NULL, n),       put(d, NULL, squares(s)),
        put(d, NULL, squares(s)), put(d, NULL, 3 * n),   put(d, NULL, 2 * squares(s))};

    /* What is overwritten need not be numbers. */
    d->vector->fill(d, b[6], (double)NAN, squares(s));
    d->vector->fill(d, b[7], (double)NAN, 3 * n);
    d->vector->fill(d, b[8], (double)NAN, 2 * squares(s));
    d->attention->forward(d, s, b[0], b[4], b[5]);
    d->attention->forward_tangent(d, s, b[0], b[5], b[2], b[4], b[6]);
    d->attention->backward_tangent(d, s, b[0], b[5], b[1], b[2], b[6], b[3], b[7], b[8]);
    get(d, b[4], tout, n);
    get(d, b[7], tout + n, 3 * n);
    if (!own_scratch(d, b[8], 2 * squares(s)))
        tout[0] = NAN;
    drop(d, b, COUNT(b));
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);
    static const struct nai_attention_spec small[] = {{2, 19, 3, 12}, {1, 1, 2, 4}, {3, 33, 1, 5}};
    const struct nai_attention_spec large = {6, 130, 4, 64};

    for (size_t i = 0; i < COUNT(small); i++) {
        const struct nai_attention_spec *const s = &small[i];
        char name[60];
        snprintf(name, sizeof name, "%zu tokens, %zu heads of %zu", s->tokens, s->heads,
                 s->dim / s->heads);
        const struct operation o = {name, 3 * outputs(s), outputs(s), s, run, tangent};
        double *const in = drawn(1, operation_count(&o));
        tangent_differences(&o, f64, in);
        tangent_identities(&o, f64, in);
        tangent_precision(&o, f32, f64, in, 2e-5);
        free(in);
    }
    const struct operation o = {"130 tokens", 3 * outputs(&large), outputs(&large), &large, run,
                                tangent};
    double *const in = drawn(2, operation_count(&o));
    tangent_threads(&o, f32, in);
    tangent_threads(&o, f64, in);
    free(in);
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
