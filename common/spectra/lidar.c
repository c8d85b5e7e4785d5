/* lidar.c - see lidar.h
 * SPDX-License-Identifier: MIT */
#include "lidar.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eig.h"
#include "mem.h"
#include "whiten.h"

/* The part of `of`, by what its description says, not by its name. */
static int take_part(struct nai_moments *m, struct nai_moments_info *info,
                     const struct nai_arrays *all, const char *of, const char *part,
                     struct nai_err *err)
{
    const char *name;
    json_t *o;

    json_object_foreach(nai_meta_group(all->h, "moments"), name, o)
    {
        const char *const its_of = json_string_value(json_object_get(o, "of"));
        const char *const its_part = json_string_value(json_object_get(o, "part"));
        if (!its_of || !its_part || strcmp(its_of, of) != 0 || strcmp(its_part, part) != 0)
            continue;
        if (nai_moments_take(m, info, all, name, err) != NAI_OK)
            return err ? err->code : NAI_EINPUT;
        if (info->scaling != NAI_COVARIANCE)
            return nai_err_set(err, NAI_EINPUT, "moments '%.100s' are a %s; a covariance is needed",
                               name, nai_scaling_name(info->scaling));
        return NAI_OK;
    }
    return nai_err_set(err, NAI_EINPUT, "no moments %s groups of '%.100s': nai-cov --within", part,
                       of);
}

/* Eigenvalues of the whitened b; of a factor only the nonzero ones. */
static int eigenvalues(struct nai_spectrum *s, struct nai_moments *b, struct nai_err *err)
{
    const size_t room = b->rows > s->len ? b->rows : s->len;

    s->lambda = nai_alloc(room, sizeof *s->lambda, "eigenvalues", err);
    if (!s->lambda)
        return NAI_ESYSTEM;
    memset(s->lambda, 0, room * sizeof *s->lambda);
    return b->factor ? nai_eig_factor(s->lambda, NULL, NULL, b->m, b->rows, b->dim, NULL, 0, err)
                     : nai_eig_values(s->lambda, NULL, b->m, b->dim, NULL, 0, err);
}

int nai_lidar_spectrum(struct nai_spectrum *s, const struct nai_arrays *all, const char *of,
                       double delta, struct nai_err *err)
{
    struct nai_moments w = {0}, b = {0};
    struct nai_moments_info wi, bi;
    int rc = take_part(&w, &wi, all, of, "within", err);

    *s = (struct nai_spectrum){.rank = SIZE_MAX};
    if (rc == NAI_OK)
        rc = take_part(&b, &bi, all, of, "between", err);
    if (rc == NAI_OK && (w.dim != b.dim || bi.groups == 0))
        rc = nai_err_set(err, NAI_EINPUT, "'%.100s': sizes within and between groups do not fit",
                         of);
    if (rc == NAI_OK)
        rc = nai_moments_expand(&w, err);
    if (rc == NAI_OK) {
        rc = nai_whiten(b.m, b.rows, b.factor, w.m, w.dim, delta, err);
        if (rc == NAI_ENUMERIC)
            rc = nai_err_set(err, NAI_ENUMERIC,
                             "'%.100s': the covariance within groups + %g I is singular; raise "
                             "--delta",
                             of, delta);
    }
    if (rc == NAI_OK) {
        s->dim = b.dim;
        s->n = bi.groups;
        s->len = bi.groups < b.dim ? (size_t)bi.groups : b.dim;
        rc = eigenvalues(s, &b, err);
    }
    if (rc == NAI_OK) {
        for (size_t i = s->len; i-- > 0;) { /* small ones first */
            s->trace += s->lambda[i];
            s->sumsq += s->lambda[i] * s->lambda[i];
        }
        s->rank = nai_eig_rank(s->lambda, s->len, s->n, s->dim);
        snprintf(s->name, sizeof s->name, "%s", of);
        snprintf(s->scaling, sizeof s->scaling, "lidar");
        snprintf(s->method, sizeof s->method, b.factor ? "gram" : "full");
    }
    nai_moments_free(&w);
    nai_moments_free(&b);
    return rc;
}
