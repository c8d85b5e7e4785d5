/* loss.c - the table of losses: what they are defined for, and which file computes which
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <math.h>

#include "loss_parts.h"
#include "mem.h"
#include "tables.h"

struct entry {
    const char *name;
    size_t views, n, d; /* the least */
    size_t (*count)(const struct nai_loss_spec *s);
    void (*compute)(const struct nai_loss_call *c, struct nai_loss_value *value);
    size_t (*tangent_count)(const struct nai_loss_spec *s);
    void (*tangent)(const struct nai_loss_call *c);
};

#define ENTRY(name, views, n, d)                                                                   \
    {                                                                                              \
#name, views, n, d, NAI_R(nai_##name##_count), NAI_R(nai_##name),                          \
            NAI_R(nai_##name##_tangent_count), NAI_R(nai_##name##_tangent)                         \
    }
static const struct entry entries[] = {[NAI_LOSS_BARLOW] = ENTRY(barlow, 2, 2, 1),
                                       [NAI_LOSS_VICREG] = ENTRY(vicreg, 2, 2, 1),
                                       [NAI_LOSS_SIMCLR] = ENTRY(simclr, 2, 2, 1),
                                       [NAI_LOSS_BYOL] = ENTRY(byol, 2, 1, 1),
                                       [NAI_LOSS_SPECTRAL] = ENTRY(spectral, 2, 2, 1),
                                       [NAI_LOSS_CE] = ENTRY(ce, 1, 1, 2),
                                       [NAI_LOSS_MSE] = ENTRY(mse, 1, 1, 1)};

static int check_sizes(const struct entry *e, const struct nai_loss_spec *s, struct nai_err *err)
{
    size_t rows, count, matrix;

    if (s->views < e->views)
        return nai_err_set(err, NAI_EUSAGE, "loss %s: %zu view%s an image, at least %zu needed",
                           e->name, s->views, s->views == 1 ? "" : "s", e->views);
    if (s->n < e->n)
        return nai_err_set(err, NAI_EUSAGE, "loss %s: a batch of %zu, at least %zu needed", e->name,
                           s->n, e->n);
    if (s->d < e->d)
        return nai_err_set(err, NAI_EUSAGE, "loss %s: %zu %s, at least %zu needed", e->name, s->d,
                           s->kind != NAI_LOSS_CE ? "dimensions"
                           : s->d == 1            ? "class"
                                                  : "classes",
                           e->d);
    if (!nai_mul(&rows, s->views, s->n) || rows > INT_MAX || s->d > INT_MAX ||
        !nai_mul(&count, rows, s->d) || !nai_mul(&matrix, rows, rows) || count > SIZE_MAX / 128 ||
        matrix > SIZE_MAX / 128)
        return nai_err_set(err, NAI_EUSAGE,
                           "loss %s: %zu views of %zu images in %zu dimensions are too many",
                           e->name, s->views, s->n, s->d);
    return NAI_OK;
}

static int check_weight(const struct entry *e, const char *what, double w, struct nai_err *err)
{
    if (!(w >= 0) || isinf(w))
        return nai_err_set(err, NAI_EUSAGE, "loss %s: %s %g: not a weight (0 or more)", e->name,
                           what, w);
    return NAI_OK;
}

static int check_settings(const struct entry *e, const struct nai_loss_spec *s, struct nai_err *err)
{
    int rc = NAI_OK;

    switch (s->kind) {
    case NAI_LOSS_BARLOW:
        if (s->bt_form == NAI_BT_EQ10 && s->leave_one_out)
            return nai_err_set(
                err, NAI_EUSAGE,
                "loss barlow: eq. 10 takes the mean of all views: not leave-one-out");
        rc = check_weight(e, "beta", s->beta, err);
        break;
    case NAI_LOSS_SPECTRAL:
        if (s->spectral == NAI_SPECTRAL_THESIS)
            rc = check_weight(e, "beta", s->beta, err);
        break;
    case NAI_LOSS_VICREG:
        if (!rc)
            rc = check_weight(e, "weight of the invariance", s->inv, err);
        if (!rc)
            rc = check_weight(e, "weight of the variance", s->var, err);
        if (!rc)
            rc = check_weight(e, "weight of the covariance", s->cov, err);
        break;
    case NAI_LOSS_SIMCLR:
        if (!(s->temperature > 0) || isinf(s->temperature))
            rc = nai_err_set(err, NAI_EUSAGE, "loss simclr: temperature %g: not positive",
                             s->temperature);
        break;
    case NAI_LOSS_CE:
        if (!(s->smoothing >= 0 && s->smoothing <= 1))
            rc = nai_err_set(err, NAI_EUSAGE, "loss ce: label smoothing %g: not from 0 to 1",
                             s->smoothing);
        break;
    case NAI_LOSS_BYOL:
    case NAI_LOSS_MSE:
        break;
    }
    return rc;
}

static int check(const struct nai_loss_spec *s, struct nai_err *err)
{
    const size_t kind = (size_t)s->kind;
    int rc;

    if (kind >= sizeof entries / sizeof *entries)
        return nai_err_set(err, NAI_EUSAGE, "no loss number %zu", kind);
    rc = check_sizes(&entries[kind], s, err);
    if (!rc && s->leave_one_out && s->kind != NAI_LOSS_BARLOW && s->kind != NAI_LOSS_VICREG)
        rc = nai_err_set(err, NAI_EUSAGE, "loss %s: leave-one-out is of barlow and vicreg",
                         entries[kind].name);
    return rc ? rc : check_settings(&entries[kind], s, err);
}

static int check_labels(const struct nai_loss_spec *s, const int32_t *labels, struct nai_err *err)
{
    for (size_t b = 0; s->kind == NAI_LOSS_CE && b < s->n; b++)
        if (labels[b] < 0 || (size_t)labels[b] >= s->d)
            return nai_err_set(err, NAI_EINPUT, "row %zu of the batch: label %ld, of %zu classes",
                               b, (long)labels[b], s->d);
    return NAI_OK;
}

static size_t workspace(const struct nai_loss_spec *s)
{
    return entries[s->kind].count(s);
}

static void compute(struct nai_device *d, const struct nai_loss_spec *s, const struct nai_buf *z,
                    const struct nai_buf *target, const int32_t *labels, struct nai_buf *dz,
                    struct nai_buf *work, struct nai_loss_value *value)
{
    const struct nai_loss_call c = {
        .device = d,
        .s = s,
        .z = nai_in(z),
        .target = nai_in(target),
        .labels = labels,
        .dz = nai_io(dz),
        .work = nai_io(work),
    };

    *value = (struct nai_loss_value){0};
    entries[s->kind].compute(&c, value);
}

static size_t tangent_workspace(const struct nai_loss_spec *s)
{
    return entries[s->kind].tangent_count(s);
}

static void tangent(struct nai_device *d, const struct nai_loss_spec *s, const struct nai_buf *z,
                    const struct nai_buf *target, const int32_t *labels, const struct nai_buf *tz,
                    struct nai_buf *tdz, struct nai_buf *work)
{
    const struct nai_loss_call c = {
        .device = d,
        .s = s,
        .z = nai_in(z),
        .target = nai_in(target),
        .labels = labels,
        .tz = nai_in(tz),
        .tdz = nai_io(tdz),
        .work = nai_io(work),
    };

    entries[s->kind].tangent(&c);
}

const struct nai_loss_ops NAI_R(nai_cpu_loss) = {
    .check = check,
    .check_labels = check_labels,
    .workspace = workspace,
    .compute = compute,
    .tangent_workspace = tangent_workspace,
    .tangent = tangent,
};
