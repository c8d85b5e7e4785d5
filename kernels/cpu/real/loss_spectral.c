/* loss_spectral.c - spectral contrastive loss
 * SPDX-License-Identifier: MIT
 *
 * The mean over the pairs a < c of views of
 *
 *   - w (1/n) sum_b <z_ab, z_cb> + v (1/(n (n - 1))) sum_{b != b'} <z_ab, z_cb'>^2
 *
 *   official  w = 2, v = 1: HaoChen et al. 2021, eq. 6, estimated over a batch as their code does
 *             (negatives are of other images and of the other view; the code also clips norms at
 *             sqrt(mu), which belongs to their network and is not done here)
 *   thesis    w = 1, v = beta: eq. 41; beta = 1/2 is half of `official`
 *
 * As eq. 41 is printed, its second line is proportional to the first for beta = 1/2 only.
 */
#include "gemm.h"
#include "loss_parts.h"
#include "tile.h"

size_t NAI_R(nai_spectral_count)(const struct nai_loss_spec *s)
{
    return s->n * s->n;
}

/* Products of row b, k[b'] = <z_ab, z_cb'>: the sum of the squares but the b-th; they become the
 * gradient, the b-th being `positive`. */
NAI_CLONES static double negatives(size_t n, size_t b, double by, real positive, real *k)
{
    const real f = (real)by;
    double lane[NAI_LOSS_LANES] = {0}, rest = 0;
    size_t i = 0;

    k[b] = 0;
    for (; i + NAI_LOSS_LANES <= n; i += NAI_LOSS_LANES)
        for (size_t l = 0; l < NAI_LOSS_LANES; l++) {
            lane[l] += (double)k[i + l] * (double)k[i + l];
            k[i + l] *= f;
        }
    for (; i < n; i++) {
        rest += (double)k[i] * (double)k[i];
        k[i] *= f;
    }
    k[b] = positive;
    for (size_t l = 0; l < NAI_LOSS_LANES; l++)
        rest += lane[l];
    return rest;
}

/* sums += those of views a and c; k becomes the gradient by the products. */
static void weigh(size_t n, double positive, double negative, real *k, double sums[2])
{
    double on[NAI_LOSS_PARTS], off[NAI_LOSS_PARTS];

#pragma omp parallel for if (n * n > NAI_LOSS_SERIAL)
    for (size_t p = 0; p < NAI_LOSS_PARTS; p++) {
        on[p] = off[p] = 0;
        for (size_t b = nai_part(n, p); b < nai_part(n, p + 1); b++) {
            on[p] += (double)k[b * n + b];
            off[p] += negatives(n, b, 2 * negative, (real)positive, k + b * n);
        }
    }
    sums[0] += nai_add_parts(on);
    sums[1] += nai_add_parts(off);
}

/* What a product within an image, and the square of one between two, are multiplied by. */
static double of_positives(const struct nai_loss_spec *s)
{
    const double pairs = (double)s->views * (double)(s->views - 1) / 2;

    return -(s->spectral == NAI_SPECTRAL_OFFICIAL ? 2 : 1) / (pairs * (double)s->n);
}

static double of_negatives(const struct nai_loss_spec *s)
{
    const double pairs = (double)s->views * (double)(s->views - 1) / 2;

    return (s->spectral == NAI_SPECTRAL_OFFICIAL ? 1 : s->beta) /
           (pairs * (double)s->n * (double)(s->n - 1));
}

void NAI_R(nai_spectral)(const struct nai_loss_call *c, struct nai_loss_value *value)
{
    const struct nai_loss_spec *const s = c->s;
    const size_t m = s->views, n = s->n, d = s->d, nd = n * d;
    const double positive = of_positives(s), negative = of_negatives(s);
    const struct nai_gemm_ops *const gemm = c->device->gemm;
    double sums[2] = {0};

    for (size_t a = 0; a < m; a++)
        for (size_t e = a + 1; e < m; e++) {
            const struct nai_buf *const za = nai_buf_in(c->z + a * nd);
            const struct nai_buf *const ze = nai_buf_in(c->z + e * nd);
            gemm->gemm(c->device, false, true, n, n, d, 1, za, d, ze, d, 0, nai_buf_io(c->work), n);
            weigh(n, positive, negative, c->work, sums);
            if (!c->dz)
                continue;
            gemm->gemm(c->device, false, false, n, d, n, 1, nai_buf_in(c->work), n, ze, d, e > 1,
                       nai_buf_io(c->dz + a * nd), d); /* a's first is with e = 1, or 0 with a */
            gemm->gemm(c->device, true, false, n, d, n, 1, nai_buf_in(c->work), n, za, d, a > 0,
                       nai_buf_io(c->dz + e * nd), d);
        }
    nai_term(value, "alignment", positive * sums[0]);
    nai_term(value, "contrast", negative * sums[1]);
}

size_t NAI_R(nai_spectral_tangent_count)(const struct nai_loss_spec *s)
{
    struct nai_pieces p = {0};

    nai_piece(&p, s->n * s->n);
    nai_piece(&p, s->n * s->n);
    return p.used;
}

/* With K = z_a z_e^T and G the gradient by it, in proportion to K but constant on the diagonal: tG
 * is in proportion to tK and 0 there; tdz_a gets tG z_e + G tz_e, tdz_e tG^T z_a + G^T tz_a. */
static void pair_tangent(const struct nai_loss_call *c, size_t a, size_t e, real *k, real *tk)
{
    const struct nai_gemm_ops *const gemm = c->device->gemm;
    const size_t n = c->s->n, d = c->s->d, nd = n * d;
    const struct nai_buf *const za = nai_buf_in(c->z + a * nd), *const ze =
                                                                    nai_buf_in(c->z + e * nd);
    const struct nai_buf *const ta = nai_buf_in(c->tz + a * nd);
    const struct nai_buf *const te = nai_buf_in(c->tz + e * nd);
    struct nai_buf *const kb = nai_buf_io(k), *const tkb = nai_buf_io(tk);
    struct nai_buf *const ga = nai_buf_io(c->tdz + a * nd), *const ge = nai_buf_io(c->tdz + e * nd);
    const double negative = of_negatives(c->s);
    double sums[2] = {0};

    gemm->gemm(c->device, false, true, n, n, d, 1, za, d, ze, d, 0, kb, n);
    gemm->gemm(c->device, false, true, n, n, d, 1, ta, d, ze, d, 0, tkb, n);
    gemm->gemm(c->device, false, true, n, n, d, 1, za, d, te, d, 1, tkb, n);
    weigh(n, of_positives(c->s), negative, k, sums);
    weigh(n, 0, negative, tk, sums);
    gemm->gemm(c->device, false, false, n, d, n, 1, tkb, n, ze, d, e > 1, ga, d);
    gemm->gemm(c->device, false, false, n, d, n, 1, kb, n, te, d, 1, ga, d);
    gemm->gemm(c->device, true, false, n, d, n, 1, tkb, n, za, d, a > 0, ge, d);
    gemm->gemm(c->device, true, false, n, d, n, 1, kb, n, ta, d, 1, ge, d);
}

void NAI_R(nai_spectral_tangent)(const struct nai_loss_call *c)
{
    const struct nai_loss_spec *const s = c->s;
    struct nai_pieces p = {.base = c->work};
    real *const k = nai_piece(&p, s->n * s->n), *const tk = nai_piece(&p, s->n * s->n);

    for (size_t a = 0; a < s->views; a++)
        for (size_t e = a + 1; e < s->views; e++)
            pair_tangent(c, a, e, k, tk);
}
