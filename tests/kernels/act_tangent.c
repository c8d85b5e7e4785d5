/* act_tangent.c - test of act.h: tangents
 * SPDX-License-Identifier: MIT */
#include "act.h"
#include "tangent.h"

struct layer {
    enum nai_act act;
    size_t n;
    bool in_place; /* tdx over tdy */
};

static void run(struct nai_device *d, const void *spec, const double *in, double *out)
{
    const struct layer *const a = spec;
    const size_t n = a->n;
    struct nai_buf *b[] = {put(d, in, n), put(d, in + n, n), put(d, NULL, n), put(d, NULL, n)};

    d->act->forward(d, a->act, b[0], b[2], n);
    d->act->backward(d, a->act, b[0], b[2], b[1], b[3], n);
    get(d, b[2], out, n);
    get(d, b[3], out + n, n);
    drop(d, b, COUNT(b));
}

static void tangent(struct nai_device *d, const void *spec, const double *in, const double *tin,
                    double *tout)
{
    const struct layer *const a = spec;
    const size_t n = a->n;
    const bool of_x = a->act == NAI_ACT_GELU;
    struct nai_buf *b[] = {put(d, in, n),   put(d, in + n, n), put(d, tin, n), put(d, tin + n, n),
                           put(d, NULL, n), put(d, NULL, n),   put(d, NULL, n)};
    struct nai_buf *const tdx = a->in_place ? b[3] : b[6];

    d->act->forward(d, a->act, b[0], b[4], n);
    d->act->backward(d, a->act, b[0], b[4], b[2], b[5], n);
    d->act->backward_tangent(d, a->act, of_x ? b[0] : b[4], of_x ? b[2] : b[5], b[1], b[3], tdx, n);
    get(d, b[5], tout, n);
    get(d, tdx, tout + n, n);
    drop(d, b, COUNT(b));
}

int main(void)
{
    static const char *const names[] = {"none", "relu", "gelu", "tanh", "sigmoid"};
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);

    for (size_t act = NAI_ACT_NONE; act <= NAI_ACT_SIGMOID; act++) {
        const struct layer a = {(enum nai_act)act, 301, false}, over = {a.act, 50021, true};
        const struct layer apart = {a.act, 50021, false};
        struct operation o = {names[act], 301, 301, &a, run, tangent}, p = o;
        double *const in = drawn(1, 2 * 50021);

        for (size_t i = 0; i < 50021; i++)
            in[i] += in[i] < 0 ? -0.002 : 0.002; /* away from 0, where relu is not smooth */
        tangent_differences(&o, f64, in);
        tangent_identities(&o, f64, in);
        tangent_precision(&o, f32, f64, in, 3e-6);
        o.parameters = o.outputs = p.parameters = p.outputs = 50021;
        o.spec = &apart;
        p.spec = &over;
        tangent_threads(&o, f32, in);
        tangent_threads(&p, f64, in);
        tangent_same(&o, &p, f32, in);
        free(in);
    }
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
