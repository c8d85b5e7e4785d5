/* pool_tangent.c - test of pool.h: the tangent of a maximum
 * SPDX-License-Identifier: MIT */
#include "pool.h"
#include "tangent.h"

static size_t elements(const struct nai_shape *s)
{
    return s->n * s->c * s->h * s->w;
}

static void run(struct nai_device *d, const void *spec, const double *in, double *out)
{
    const struct nai_pool_spec *const s = spec;
    const size_t n = elements(&s->x);
    struct nai_buf *b[] = {put_shape(d, &s->x, in), put_shape(d, &s->y, in + n),
                           put_shape(d, &s->y, NULL), put_shape(d, &s->x, NULL)};

    d->pool->forward(d, s, b[0], b[2]);
    d->pool->backward(d, s, b[0], b[2], b[1], b[3]);
    get_shape(d, &s->y, b[2], out);
    get_shape(d, &s->x, b[3], out + elements(&s->y));
    drop(d, b, COUNT(b));
}

/* That of backward is backward. */
static void tangent(struct nai_device *d, const void *spec, const double *in, const double *tin,
                    double *tout)
{
    const struct nai_pool_spec *const s = spec;
    const size_t n = elements(&s->x);
    struct nai_buf *b[] = {put_shape(d, &s->x, in),      put_shape(d, &s->x, tin),
                           put_shape(d, &s->y, tin + n), put_shape(d, &s->y, NULL),
                           put_shape(d, &s->y, NULL),    put_shape(d, &s->x, NULL)};

    d->pool->forward(d, s, b[0], b[3]);
    d->pool->max_tangent(d, s, b[0], b[3], b[1], b[4]);
    d->pool->backward(d, s, b[0], b[3], b[2], b[5]);
    if (!get_shape(d, &s->y, b[4], tout))
        tout[0] = NAN; /* the padding was not 0 */
    get_shape(d, &s->x, b[5], tout + elements(&s->y));
    drop(d, b, COUNT(b));
}

static struct operation operation(struct nai_pool_spec *s, struct nai_shape x, size_t kernel,
                                  size_t stride, size_t pad, char name[static 60])
{
    *s = (struct nai_pool_spec){
        .x = x, .y = x, .kernel = kernel, .stride = stride, .pad = pad, .max = true};
    s->y.h = (x.h + 2 * pad - kernel) / stride + 1;
    s->y.w = (x.w + 2 * pad - kernel) / stride + 1;
    snprintf(name, 60, "kernel %zu, stride %zu, pad %zu, block %zu", kernel, stride, pad, x.block);
    return (struct operation){name, elements(&x), elements(&s->y), s, run, tangent};
}

/* Of few different values: the element that has the tangent is the one that has the gradient. */
static void ties(struct nai_device *d, struct nai_shape x, size_t kernel, size_t stride, size_t pad)
{
    struct nai_pool_spec s;
    char name[60];
    const struct operation o = operation(&s, x, kernel, stride, pad, name);
    const size_t in_count = elements(&x), out_count = elements(&s.y);
    double *const in = drawn(7, in_count + out_count);
    double *const tin = drawn(8, in_count + out_count), *const tout = doubles(in_count + out_count);
    double *const want = doubles(out_count), *const out = doubles(in_count + out_count);
    size_t tied = 0;

    for (size_t i = 0; i < in_count; i++)
        in[i] = nearbyint(in[i]);
    tangent(d, &s, in, tin, tout);
    for (size_t k = 0; k < out_count; k++) { /* one gradient of 1 at a time */
        for (size_t i = 0; i < out_count; i++)
            in[in_count + i] = i == k;
        run(d, &s, in, out);
        want[k] = weighted(out + out_count, tin, in_count);
    }
    for (size_t i = 1; i < in_count; i++)
        tied += in[i] == in[i - 1];
    ok(tied > in_count / 8 && worst(tout, want, out_count) == 0,
       "ties, %s, f%zu: that of the gradient's element", o.name, 8 * d->size);
    free(in);
    free(tin);
    free(tout);
    free(want);
    free(out);
}

int main(void)
{
    nai_blas_init(2);
    struct nai_device *const f32 = device(NAI_F32), *const f64 = device(NAI_F64);
    static const size_t blocks[] = {1, 16, 67, 2};

    for (size_t i = 0; i < COUNT(blocks); i++) {
        const struct nai_shape x = {2, 67, 5, 3, blocks[i]}, few = {2, 3, 7, 6, blocks[i] % 64};
        const struct nai_shape large = {5, 67, 9, 11, blocks[i]};
        struct nai_pool_spec s;
        char name[60];

        for (size_t kernel = 2; kernel <= 3; kernel++) {
            const struct operation o = operation(&s, x, kernel, 2, kernel / 2, name);
            double *const in = drawn(1, operation_count(&o));
            for (size_t j = 0; j < elements(&x); j++) /* without ties */
                in[j] += (double)j * 1e-3;
            tangent_differences(&o, f64, in);
            tangent_identities(&o, f64, in);
            tangent_precision(&o, f32, f64, in, 1e-6);
            free(in);
        }
        const struct operation o = operation(&s, large, 3, 2, 1, name);
        double *const in = drawn(2, operation_count(&o));
        tangent_threads(&o, f32, in);
        free(in);
        ties(f32, few, 3, 2, 1);
        ties(f64, few, 2, 2, 0);
    }
    nai_device_close(f32);
    nai_device_close(f64);
    return tap_end();
}
