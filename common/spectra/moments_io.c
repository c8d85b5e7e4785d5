/* moments_io.c - see moments_io.h
 * SPDX-License-Identifier: MIT */
#include "moments_io.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"

static const char *const scalings[] = {"covariance", "correlation", "uncentred"};

const char *nai_scaling_name(enum nai_scaling s)
{
    return scalings[s];
}

json_t *nai_meta_group(const struct nts_header *h, const char *group)
{
    return h->meta ? json_object_get(h->meta, group) : NULL;
}

json_t *nai_meta_get(const struct nts_header *h, const char *group, const char *name)
{
    return json_object_get(nai_meta_group(h, group), name);
}

int nai_meta_set(struct nts_header *h, const char *group, const char *name, json_t *value,
                 struct nai_err *err)
{
    json_t *of;

    if (!h->meta)
        h->meta = json_object();
    of = json_object_get(h->meta, group);
    if (!of) {
        of = json_object();
        json_object_set_new(h->meta, group, of);
    }
    if (json_object_set_new(of, name, value) != 0)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    return NAI_OK;
}

static void mean_name(char out[static NTS_MAX_NAME + 8], const char *name)
{
    snprintf(out, NTS_MAX_NAME + 8, "%s.mean", name);
}

int nai_moments_declare(struct nts_header *h, const struct nai_moments_info *info,
                        const struct nai_moments *m, struct nai_err *err)
{
    char mean[NTS_MAX_NAME + 8];
    json_t *const o =
        json_pack("{sI,sI,si,ss,ss}", "n", (json_int_t)m->n, "dim", (json_int_t)m->dim, "ddof",
                  (int)info->ddof, "scaling", scalings[info->scaling], "precision",
                  info->precision == NAI_MIXED ? "mixed" : "exact");

    if (o && info->precision == NAI_MIXED)
        json_object_set_new(o, "bound", json_real(nai_cov_bound(m->dim)));
    if (o && info->part[0]) {
        json_object_set_new(o, "of", json_string(info->of));
        json_object_set_new(o, "by", json_string(info->by));
        json_object_set_new(o, "part", json_string(info->part));
        if (strcmp(info->part, "class") == 0)
            json_object_set_new(o, "label", json_integer((json_int_t)info->label));
        else
            json_object_set_new(o, "groups", json_integer((json_int_t)info->groups));
    }
    mean_name(mean, info->name);
    if (nai_array_declare(h, info->name, m->rows, m->factor ? "factor" : "cov", m->dim) < 0 ||
        nai_array_declare(h, mean, 1, "mean", m->dim) < 0) {
        json_decref(o);
        return nai_err_set(err, NAI_EUSAGE, "no moments can be called '%.100s', or two are",
                           info->name);
    }
    return nai_meta_set(h, "moments", info->name, o, err);
}

int nai_moments_write(struct nts_writer *w, const struct nts_header *h,
                      const struct nai_moments_info *info, const struct nai_moments *m,
                      struct nai_err *err)
{
    char mean[NTS_MAX_NAME + 8];
    const void *data[1] = {m->m};
    int rc;

    mean_name(mean, info->name);
    rc = nts_write(w, (size_t)nts_find_section(h, info->name), m->rows, data, err);
    data[0] = m->mean;
    return rc == NAI_OK ? nts_write(w, (size_t)nts_find_section(h, mean), 1, data, err) : rc;
}

static int bad(struct nai_err *err, const char *name, const char *what)
{
    return nai_err_set(err, NAI_EINPUT, "moments '%.100s': %s", name, what);
}

static bool all_finite(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i]))
            return false;
    return true;
}

int nai_moments_take(struct nai_moments *m, struct nai_moments_info *info,
                     const struct nai_arrays *all, const char *name, struct nai_err *err)
{
    const json_t *const o = nai_meta_get(all->h, "moments", name);
    const char *const scaling = json_string_value(json_object_get(o, "scaling"));
    const char *const precision = json_string_value(json_object_get(o, "precision"));
    const char *const of = json_string_value(json_object_get(o, "of"));
    const char *const part = json_string_value(json_object_get(o, "part"));
    const char *const by = json_string_value(json_object_get(o, "by"));
    const json_int_t n = json_integer_value(json_object_get(o, "n"));
    const json_int_t ddof = json_integer_value(json_object_get(o, "ddof"));
    const json_int_t groups = json_integer_value(json_object_get(o, "groups"));
    struct nai_array *const cov = nai_arrays_find(all, name, "cov");
    struct nai_array *const factor = nai_arrays_find(all, name, "factor");
    struct nai_array *const a = cov ? cov : factor;
    char mean_of[NTS_MAX_NAME + 8];
    struct nai_array *mean;

    mean_name(mean_of, name);
    mean = nai_arrays_find(all, mean_of, "mean");
    if (!o || !a || !mean || !a->v || !mean->v)
        return bad(err, name, "matrix, mean or description is missing");
    if (n < 1 || ddof < 0 || ddof >= n || a->cols != mean->cols || mean->rows != 1 ||
        (cov && a->rows != a->cols))
        return bad(err, name, "sizes do not fit each other");
    if (!all_finite(a->v, a->rows * a->cols) || !all_finite(mean->v, mean->cols))
        return bad(err, name, "a number is not finite");
    *info = (struct nai_moments_info){.ddof = (unsigned)ddof, .scaling = NAI_COVARIANCE};
    snprintf(info->name, sizeof info->name, "%s", name);
    for (int s = 0; s < 3; s++)
        if (scaling && strcmp(scaling, scalings[s]) == 0)
            info->scaling = (enum nai_scaling)s;
    info->precision = precision && strcmp(precision, "mixed") == 0 ? NAI_MIXED : NAI_EXACT;
    info->label = (int64_t)json_integer_value(json_object_get(o, "label"));
    info->groups = groups > 0 ? (uint64_t)groups : 0;
    if (of && part && by) {
        snprintf(info->by, sizeof info->by, "%s", by);
        snprintf(info->of, sizeof info->of, "%s", of);
        snprintf(info->part, sizeof info->part, "%s", part);
    }
    *m = (struct nai_moments){.dim = a->cols,
                              .n = (uint64_t)n,
                              .factor = factor != NULL,
                              .rows = a->rows,
                              .mean = nai_array_take(mean),
                              .m = nai_array_take(a)};
    return NAI_OK;
}

int nai_moments_unscale(struct nai_moments *m, const struct nai_moments_info *info,
                        struct nai_err *err)
{
    const double dof = (double)(m->n - info->ddof), by = m->factor ? sqrt(dof) : dof;

    if (info->scaling != NAI_COVARIANCE)
        return nai_err_set(err, NAI_EINPUT,
                           "moments '%.100s' are %s: merge covariances, then ask for that",
                           info->name, scalings[info->scaling]);
    for (size_t i = 0; i < m->rows * m->dim; i++)
        m->m[i] *= by;
    return NAI_OK;
}
