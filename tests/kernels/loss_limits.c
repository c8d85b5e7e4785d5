/* loss_limits.c - losses where their value is known without computing it, and what is refused
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "loss_case.h"

static const struct nai_loss_spec barlow = {.kind = NAI_LOSS_BARLOW, .n = 9, .d = 6, .beta = 0.2};
static const struct nai_loss_spec vicreg = {
    .kind = NAI_LOSS_VICREG, .n = 9, .d = 6, .inv = 25, .var = 25, .cov = 1};

static const struct nai_loss_spec every[] = {
    {.kind = NAI_LOSS_BARLOW, .beta = 0.01},
    {.kind = NAI_LOSS_BARLOW, .beta = 0.01, .leave_one_out = true},
    {.kind = NAI_LOSS_BARLOW, .beta = 0.01, .bt_norm = NAI_BT_FASTSSL},
    {.kind = NAI_LOSS_BARLOW, .beta = 0.01, .bt_norm = NAI_BT_THESIS, .bt_form = NAI_BT_EQ10},
    {.kind = NAI_LOSS_VICREG, .inv = 25, .var = 25, .cov = 1},
    {.kind = NAI_LOSS_SIMCLR, .temperature = 0.5},
    {.kind = NAI_LOSS_SIMCLR, .temperature = 0.5, .decoupled = true},
    {.kind = NAI_LOSS_BYOL},
    {.kind = NAI_LOSS_SPECTRAL},
    {.kind = NAI_LOSS_CE, .smoothing = 0.1},
    {.kind = NAI_LOSS_MSE},
};
enum { EVERY = sizeof every / sizeof *every };

/* What a loss is for z[a][b][i] = x[which(a)][b][i], x the two views of the case. */
static struct nai_loss_value of_views(struct nai_loss_spec s, size_t m, const size_t *which)
{
    struct nai_loss_value v;
    struct loss_case c;
    const size_t nd = s.n * s.d;

    s.views = m;
    case_open(&c, NAI_F64, &s);
    for (size_t i = c.count; i-- > 0;) { /* the first two views stay until they have been copied */
        const size_t a = which[i / nd];
        c.z[i] = 1.5 * noise(1, i % nd) + 0.75 * noise(2, a * nd + i % nd) + 0.125;
        c.target[i] = noise(3, a * nd + i % nd);
    }
    put(c.dev, c.zb, c.z, c.count);
    put(c.dev, c.tb, c.target, c.count);
    case_run(&c, false);
    v = c.value;
    case_close(&c);
    return v;
}

/* With views that are all the same, a loss of them is that of two, however they are combined. */
static void same_views(void)
{
    static const size_t zero[8] = {0};

    for (size_t k = 0; k < EVERY; k++) {
        struct nai_loss_spec s = every[k];
        double two;
        char name[100];
        const bool contrast = s.kind == NAI_LOSS_SIMCLR || s.bt_norm == NAI_BT_FASTSSL;
        if (contrast) /* the number of rows enters these */
            continue;
        s.n = 9;
        s.d = 6;
        two = of_views(s, 2, zero).loss;
        s.views = 5;
        near(of_views(s, 5, zero).loss, two, 1e-12, "five views alike as two: %s",
             case_name(&s, name));
    }
}

/* Leave-one-out with two views is the loss of two; and views a, b, b: by hand. */
static void two_views(void)
{
    static const size_t ab[] = {0, 1}, ba[] = {1, 0}, abab[] = {0, 1, 0, 1};
    struct nai_loss_spec s = barlow;
    double two[2];

    for (int norm = NAI_BT_OFFICIAL; norm <= NAI_BT_FASTSSL; norm++) {
        s.bt_norm = (enum nai_bt_norm)norm;
        s.leave_one_out = false;
        two[0] = of_views(s, 2, ab).loss;
        near(of_views(s, 2, ba).loss, two[0], 1e-13, "barlow: symmetric in two views");
        s.leave_one_out = true;
        near(of_views(s, 2, ab).loss, two[0], 1e-15, "barlow: leave-one-out of two views");
    }
    s = vicreg;
    two[0] = of_views(s, 2, ab).loss;
    s.leave_one_out = true;
    near(of_views(s, 2, ab).loss, two[0], 1e-15, "vicreg: leave-one-out of two views");
    s.leave_one_out = false;
    near(of_views(s, 4, abab).value[0], of_views(s, 2, ab).value[0] / 4, 1e-12,
         "vicreg: the mean of views a, b, a, b lies half-way");
    near(of_views(s, 4, abab).value[1], of_views(s, 2, ab).value[1], 1e-12, "vicreg: variance");
    near(of_views(s, 4, abab).value[2], of_views(s, 2, ab).value[2], 1e-12, "vicreg: covariance");
    s.vicreg = NAI_VICREG_THESIS;
    near(of_views(s, 2, ab).value[0], of_views(vicreg, 2, ab).value[0] * 6, 1e-12,
         "vicreg: the thesis's invariance is d times the official one");
    near(of_views(s, 2, ab).value[2], of_views(vicreg, 2, ab).value[2] / 2, 1e-12,
         "vicreg: the thesis's covariance is half the official one");
    s = (struct nai_loss_spec){.kind = NAI_LOSS_SPECTRAL, .n = 9, .d = 6, .beta = 0.5};
    two[0] = of_views(s, 3, (const size_t[]){0, 1, 1}).loss;
    s.spectral = NAI_SPECTRAL_THESIS;
    near(2 * of_views(s, 3, (const size_t[]){0, 1, 1}).loss, two[0], 1e-13,
         "spectral: eq. 41 with beta 1/2 is half of the official loss");
}

/* Rows that are unit vectors e_b, the same in each view: cosines are 1 within an image, 0 else. */
static void closed_forms(void)
{
    struct nai_loss_spec s = {
        .kind = NAI_LOSS_SIMCLR, .views = 3, .n = 5, .d = 5, .temperature = 0.5};
    struct loss_case c;

    for (int decoupled = 0; decoupled < 2; decoupled++) {
        s.decoupled = decoupled;
        case_open(&c, NAI_F64, &s);
        for (size_t i = 0; i < c.count; i++)
            c.z[i] = i / 5 % 5 == i % 5 ? 3 : 0;
        put(c.dev, c.zb, c.z, c.count);
        near(case_run(&c, false), log((decoupled ? 0 : 2 * exp(2)) + 12) - 2, 1e-14,
             "simclr of orthogonal images%s", decoupled ? ", decoupled" : "");
        case_close(&c);
    }
    s.kind = NAI_LOSS_BYOL;
    s.decoupled = false;
    case_open(&c, NAI_F64, &s);
    for (size_t i = 0; i < c.count; i++)
        c.z[i] = -7 * c.target[i % 25], c.target[i] = c.target[i % 25];
    put(c.dev, c.zb, c.z, c.count);
    put(c.dev, c.tb, c.target, c.count);
    near(case_run(&c, true), 4, 1e-14, "byol of opposite directions");
    for (size_t i = 0; i < c.count; i++)
        c.z[i] = 0;
    put(c.dev, c.zb, c.z, c.count);
    near(case_run(&c, true), 2, 1e-14, "byol of zero predictions");
    for (size_t i = 0; i < c.count; i++) { /* norms below 1e-12 are taken for it */
        c.z[i] = i % 5 == 0 ? 1e-13 : 0;
        c.target[i] = i % 5 < 2 ? 3 : 0;
    }
    put(c.dev, c.zb, c.z, c.count);
    put(c.dev, c.tb, c.target, c.count);
    near(case_run(&c, true), 2 - 2 * 0.1 * sqrt(0.5), 1e-14, "byol of tiny predictions");
    near(c.dz[0], -2 / 15. * sqrt(0.5) * 1e12, 1e-14, "and their gradient along");
    near(c.dz[1], -2 / 15. * sqrt(0.5) * 1e12, 1e-14, "and across");
    case_close(&c);
    s = (struct nai_loss_spec){.kind = NAI_LOSS_CE, .views = 2, .n = 4, .d = 3, .smoothing = 0.3};
    case_open(&c, NAI_F64, &s);
    for (size_t i = 0; i < c.count; i++)
        c.z[i] = 1000;
    put(c.dev, c.zb, c.z, c.count);
    near(case_run(&c, true), log(3), 1e-14, "cross-entropy of equal, large logits");
    ok(c.value.correct == 4, "of equal logits the first leads"); /* labels 0, 1, 2, 0 */
    case_close(&c);
}

/* A NaN in z shows in the loss. */
static void not_a_number(void)
{
    for (size_t k = 0; k < EVERY; k++) {
        struct nai_loss_spec s = every[k];
        struct loss_case c;
        char name[100];
        s.views = 3;
        s.n = 6;
        s.d = 40;
        case_open(&c, NAI_F32, &s);
        c.z[50] = (double)NAN;
        put(c.dev, c.zb, c.z, c.count);
        ok(isnan(case_run(&c, true)), "NaN shows: %s", case_name(&s, name));
        case_close(&c);
    }
}

static uint64_t bits_of(struct loss_case *c)
{
    uint64_t hash = 14695981039346656037u, bits;

    case_run(c, true);
    for (size_t i = 0; i < c->count; i++) {
        memcpy(&bits, &c->dz[i], sizeof bits);
        hash = (hash ^ bits) * 1099511628211u;
    }
    memcpy(&bits, &c->value.loss, sizeof bits);
    return hash ^ bits;
}

static void same_bits(enum nai_dtype dtype)
{
    static const size_t shape[][2] = {{90, 170}, {20, 301}};

    for (size_t k = 0; k < EVERY; k++)
        for (size_t w = 0; w < 2; w++) {
            struct nai_loss_spec s = every[k];
            struct loss_case c;
            char name[100];
            uint64_t bits;
            s.views = 3;
            s.n = shape[w][0];
            s.d = shape[w][1];
            case_open(&c, dtype, &s);
            nai_blas_init(1);
            bits = bits_of(&c);
            nai_blas_init(2);
            ok(bits_of(&c) == bits, "same bits for 1 and 2 threads: %s", case_name(&s, name));
            case_close(&c);
        }
}

static void refused(struct nai_loss_spec s, const char *why)
{
    struct nai_device *const dev = device(NAI_F32);
    struct nai_err err = {0};

    ok(dev->loss->check(&s, &err) == NAI_EUSAGE && strcmp(err.msg, why) == 0, "refused: %s (%s)",
       why, err.msg);
    nai_device_close(dev);
}

static void refusals(void)
{
    static const struct nai_loss_spec ce = {.kind = NAI_LOSS_CE, .views = 1, .n = 3, .d = 10};
    static const int32_t good[] = {0, 9, 4}, bad[] = {0, 9, 10}, negative[] = {0, -1, 4};
    struct nai_device *const dev = device(NAI_F32);
    struct nai_err err = {0};
    struct nai_loss_spec s = barlow;

    refused(s = barlow, "loss barlow: 0 views an image, at least 2 needed");
    s.views = 1;
    refused(s, "loss barlow: 1 view an image, at least 2 needed");
    s.views = 2, s.n = 1;
    refused(s, "loss barlow: a batch of 1, at least 2 needed");
    s.n = 2, s.d = 0;
    refused(s, "loss barlow: 0 dimensions, at least 1 needed");
    s.d = (size_t)1 << 40;
    refused(s, "loss barlow: 2 views of 2 images in 1099511627776 dimensions are too many");
    s = barlow, s.views = 2, s.beta = -1;
    refused(s, "loss barlow: beta -1: not a weight (0 or more)");
    s.beta = (double)INFINITY;
    refused(s, "loss barlow: beta inf: not a weight (0 or more)");
    s.beta = 1, s.bt_form = NAI_BT_EQ10, s.leave_one_out = true;
    refused(s, "loss barlow: eq. 10 takes the mean of all views: not leave-one-out");
    s = vicreg, s.views = 2, s.cov = -3;
    refused(s, "loss vicreg: weight of the covariance -3: not a weight (0 or more)");
    s = (struct nai_loss_spec){.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 2, .d = 2};
    refused(s, "loss simclr: temperature 0: not positive");
    s.temperature = 1, s.leave_one_out = true;
    refused(s, "loss simclr: leave-one-out is of barlow and vicreg");
    s = ce, s.smoothing = 1.5;
    refused(s, "loss ce: label smoothing 1.5: not from 0 to 1");
    s = ce, s.d = 1;
    refused(s, "loss ce: 1 class, at least 2 needed");
    ok(dev->loss->check_labels(&ce, good, &err) == NAI_OK, "labels that are classes");
    ok(dev->loss->check_labels(&ce, bad, &err) == NAI_EINPUT &&
           strcmp(err.msg, "row 2 of the batch: label 10, of 10 classes") == 0,
       "a label too large: %s", err.msg);
    ok(dev->loss->check_labels(&ce, negative, &err) == NAI_EINPUT &&
           strcmp(err.msg, "row 1 of the batch: label -1, of 10 classes") == 0,
       "a negative label: %s", err.msg);
    nai_device_close(dev);
}

int main(void)
{
    nai_blas_init(2);
    same_views();
    two_views();
    closed_forms();
    not_a_number();
    same_bits(NAI_F32);
    same_bits(NAI_F64);
    refusals();
    return tap_end();
}
