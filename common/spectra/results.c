/* results.c - see results.h
 * SPDX-License-Identifier: MIT */
#include "results.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void nai_results_free(struct nai_results *r)
{
    for (size_t i = 0; i < r->n; i++)
        nai_moments_free(&r->m[i]);
    free(r->m);
    free(r->info);
    *r = (struct nai_results){0};
}

int nai_results_add(struct nai_results *r, const struct nai_moments_info *info,
                    struct nai_moments *m, struct nai_err *err)
{
    struct nai_moments_info *const infos = realloc(r->info, (r->n + 1) * sizeof *infos);
    struct nai_moments *all;

    r->info = infos ? infos : r->info;
    all = realloc(r->m, (r->n + 1) * sizeof *all);
    r->m = all ? all : r->m;
    if (!infos || !all)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    infos[r->n] = *info;
    all[r->n++] = *m;
    *m = (struct nai_moments){0};
    return NAI_OK;
}

int nai_results_keep(struct nai_results *r, const struct nai_moments_info *info,
                     struct nai_moments *m, struct nai_err *err)
{
    /* One row of a class has no scatter, and is worth keeping: other shards may have more. */
    const uint64_t least = strcmp(info->part, "class") == 0 ? 1 : 2;
    int rc;

    if (m->n < least)
        return nai_err_set(err, NAI_EINPUT, "%s: a covariance needs at least 2 rows, not %" PRIu64,
                           info->name, m->n);
    rc = nai_moments_scale(m, info->scaling, info->ddof, err);
    if (rc != NAI_OK)
        return nai_err_prefix(err, info->name);
    return nai_results_add(r, info, m, err);
}

/* "x[y=3]": what is too long to be a section's name is refused, not cut. */
static int name_part(struct nai_moments_info *one, const char *what, struct nai_err *err)
{
    char name[2 * NTS_MAX_NAME + 40];

    snprintf(name, sizeof name, "%s[%s]", one->of, what);
    if (strlen(name) + sizeof ".mean" > NTS_MAX_NAME)
        return nai_err_set(err, NAI_EUSAGE, "'%.100s...' is too long a name for moments", name);
    memcpy(one->name, name, strlen(name) + 1);
    return NAI_OK;
}

int nai_results_labelled(struct nai_results *r, const struct nai_moments_info *info,
                         const char *name, const char *by, struct nai_label_moments *lm,
                         struct nai_err *err)
{
    struct nai_moments_info one = *info;
    struct nai_moments *const part[] = {&lm->within, &lm->between};
    static const char *const parts[] = {"within", "between"};
    char what[NTS_MAX_NAME + 32];
    int rc;

    one.of[0] = one.part[0] = '\0';
    snprintf(one.name, sizeof one.name, "%s", name);
    rc = nai_results_keep(r, &one, &lm->total, err);
    snprintf(one.of, sizeof one.of, "%s", name);
    snprintf(one.by, sizeof one.by, "%s", by);
    for (size_t c = 0; rc == NAI_OK && c < lm->k; c++) {
        snprintf(one.part, sizeof one.part, "class");
        one.label = lm->label[c];
        snprintf(what, sizeof what, "%s=%" PRId64, by, lm->label[c]);
        rc = name_part(&one, what, err);
        if (rc == NAI_OK)
            rc = nai_results_keep(r, &one, &lm->class[c], err);
    }
    for (size_t p = 0; rc == NAI_OK && p < 2; p++) {
        snprintf(one.part, sizeof one.part, "%s", parts[p]);
        one.groups = lm->k ? lm->k : info->groups;
        rc = name_part(&one, parts[p], err);
        if (rc == NAI_OK)
            rc = nai_results_keep(r, &one, part[p], err);
    }
    return rc;
}

int nai_results_write(struct nai_cli *cli, const struct nai_results *r, struct nai_in *in,
                      size_t nin, struct nai_err *err)
{
    struct nts_header *const h = nts_header_new("moments");
    struct nai_out out = {.sink.fd = -1};
    int rc = h ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t i = 0; rc == NAI_OK && i < r->n; i++)
        rc = nai_moments_declare(h, &r->info[i], &r->m[i], err);
    if (rc == NAI_OK)
        rc = nai_out_open(cli, &out, h, in, nin, err);
    for (size_t i = 0; rc == NAI_OK && i < r->n; i++)
        rc = nai_moments_write(out.w, h, &r->info[i], &r->m[i], err);
    for (size_t i = 0; rc == NAI_OK && i < nin; i++)
        rc = nai_out_input(&out, &in[i], err);
    nts_header_free(h);
    return nai_out_close(cli, &out, rc, err);
}

/* ---- merging ---- */

static size_t find(const struct nai_results *r, const char *name)
{
    size_t k = 0;

    while (k < r->n && strcmp(r->info[k].name, name) != 0)
        k++;
    return k;
}

/* As nai_moments_merge, of scatters about means within groups: where the mean of all lies adds
 * nothing to them. */
static int merge_within(struct nai_moments *into, const struct nai_moments *from,
                        struct nai_err *err)
{
    struct nai_moments same = *from;

    same.mean = into->mean;
    return nai_moments_merge(into, &same, err);
}

/* One file's moments into the sum; a class that earlier files lacked is new, a field is not. */
static int merge_one(struct nai_results *sum, const struct nai_arrays *all, const char *name,
                     bool first, struct nai_err *err)
{
    struct nai_moments_info info;
    struct nai_moments m = {0};
    int rc = nai_moments_take(&m, &info, all, name, err);
    const size_t k = find(sum, name);

    if (rc == NAI_OK)
        rc = nai_moments_unscale(&m, &info, err);
    if (rc == NAI_OK && k == sum->n && !first && strcmp(info.part, "class") != 0)
        rc = nai_err_set(err, NAI_EINPUT, "moments '%.100s' are not in the first file", name);
    if (rc == NAI_OK && sum->n > 0 && info.ddof != sum->info[0].ddof)
        rc = nai_err_set(err, NAI_EINPUT, "--ddof was %u, in the first file %u", info.ddof,
                         sum->info[0].ddof);
    if (rc == NAI_OK && k < sum->n && info.part[0] && strcmp(info.by, sum->info[k].by) != 0)
        rc = nai_err_set(err, NAI_EINPUT,
                         "moments '%.100s' by '%.60s', in the first file by '%.60s'", name, info.by,
                         sum->info[k].by);
    if (rc == NAI_OK && k < sum->n) {
        rc = strcmp(info.part, "within") == 0 ? merge_within(&sum->m[k], &m, err)
                                              : nai_moments_merge(&sum->m[k], &m, err);
        sum->info[k].groups += info.groups;
        if (info.precision == NAI_MIXED)
            sum->info[k].precision = NAI_MIXED;
    } else if (rc == NAI_OK) {
        rc = nai_results_add(sum, &info, &m, err);
    }
    nai_moments_free(&m);
    return rc;
}

/* Does the file hold groups, of which it has no moments one by one as it has of classes? */
static bool has_groups(const struct nts_header *h)
{
    const char *name;
    json_t *o;
    bool groups = false;

    json_object_foreach(nai_meta_group(h, "moments"), name, o)
    {
        const char *const part = json_string_value(json_object_get(o, "part"));
        if (part && strcmp(part, "class") == 0)
            return false;
        groups = groups || part;
    }
    return groups;
}

static int merge_file(struct nai_results *sum, const struct nai_in *in, struct nai_err *err)
{
    struct nai_arrays all = {0};
    const bool first = sum->n == 0;
    const char *name;
    json_t *o;
    size_t fields = 0, known = 0;
    bool groups;
    int rc = nai_arrays_read(&all, in->r, "moments", in->name, err);

    if (rc != NAI_OK)
        return rc;
    groups = has_groups(all.h);
    if (nai_meta_group(all.h, "cross") || nai_meta_group(all.h, "pairs"))
        rc = nai_err_set(err, NAI_EINPUT, "moments between two fields cannot be merged");
    json_object_foreach(nai_meta_group(all.h, "moments"), name, o)
    {
        const char *const part = json_string_value(json_object_get(o, "part"));
        if (rc == NAI_OK && (!part || groups || strcmp(part, "class") == 0))
            rc = merge_one(sum, &all, name, first, err);
        fields += !part;
    }
    for (size_t k = 0; k < sum->n; k++)
        known += !sum->info[k].part[0];
    if (rc == NAI_OK && fields != known)
        rc = nai_err_set(err, NAI_EINPUT, "holds moments of %zu fields, the first file of %zu",
                         fields, known);
    nai_arrays_free(&all);
    return rc == NAI_OK ? rc : nai_err_prefix(err, in->name);
}

/* The classes of moments k, sorted by label, with what follows from them. None is fine; some that
 * do not make up all of its rows are not: a file had other labels, or none. */
static int collect(struct nai_label_moments *lm, struct nai_results *sum, size_t k,
                   char by[static NTS_MAX_NAME + 1], struct nai_err *err)
{
    const char *const of = sum->info[k].name;
    uint64_t rows = 0;

    *lm = (struct nai_label_moments){0};
    lm->class = calloc(sum->n + 1, sizeof *lm->class);
    lm->label = calloc(sum->n + 1, sizeof *lm->label);
    if (!lm->class || !lm->label)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t i = 0; i < sum->n; i++) {
        size_t at = lm->k;
        if (strcmp(sum->info[i].part, "class") != 0 || strcmp(sum->info[i].of, of) != 0)
            continue;
        if (lm->k == 0)
            snprintf(by, NTS_MAX_NAME + 1, "%s", sum->info[i].by);
        if (strcmp(by, sum->info[i].by) != 0)
            return nai_err_set(err, NAI_EINPUT, "%s: classes by '%.60s' and by '%.60s'", of, by,
                               sum->info[i].by);
        for (; at > 0 && lm->label[at - 1] > sum->info[i].label; at--) {
            lm->label[at] = lm->label[at - 1];
            lm->class[at] = lm->class[at - 1];
        }
        lm->label[at] = sum->info[i].label;
        lm->class[at] = sum->m[i];
        rows += sum->m[i].n;
        sum->m[i] = (struct nai_moments){0};
        lm->k++;
    }
    if (lm->k > 0 && rows != sum->m[k].n)
        return nai_err_set(err, NAI_EINPUT,
                           "%s: the classes have %" PRIu64 " of the %" PRIu64
                           " rows: a file was made without --by",
                           of, rows, sum->m[k].n);
    return lm->k ? nai_label_moments_derive(lm, err) : NAI_OK;
}

/* Moments k, and those within and between groups, merged as they were, where there are such. */
static int keep_merged(struct nai_results *r, struct nai_results *sum, size_t k,
                       const struct nai_moments_info *info, struct nai_err *err)
{
    const uint64_t n = sum->m[k].n;
    int rc = nai_results_keep(r, info, &sum->m[k], err);

    for (size_t i = 0; rc == NAI_OK && i < sum->n; i++) {
        struct nai_moments_info one = sum->info[i];
        if (!one.part[0] || strcmp(one.of, info->name) != 0)
            continue;
        one.scaling = info->scaling;
        one.ddof = info->ddof;
        if (sum->m[i].n != n)
            rc = nai_err_set(err, NAI_EINPUT,
                             "%s: the groups have %" PRIu64 " of the %" PRIu64
                             " rows: a file was made without --within",
                             one.of, sum->m[i].n, n);
        else
            rc = nai_results_keep(r, &one, &sum->m[i], err);
    }
    return rc;
}

static int keep_all(struct nai_results *r, struct nai_results *sum,
                    const struct nai_moments_info *info, struct nai_err *err)
{
    int rc = NAI_OK;

    for (size_t k = 0; rc == NAI_OK && k < sum->n; k++) {
        struct nai_moments_info one = *info;
        struct nai_label_moments lm;
        char by[NTS_MAX_NAME + 1] = "";
        if (sum->info[k].part[0])
            continue;
        one.ddof = info->ddof == NAI_DDOF_UNSAID ? sum->info[k].ddof : info->ddof;
        one.precision = sum->info[k].precision;
        snprintf(one.name, sizeof one.name, "%s", sum->info[k].name);
        rc = collect(&lm, sum, k, by, err);
        if (rc == NAI_OK)
            rc = lm.k ? nai_results_labelled(r, &one, sum->info[k].name, by, &lm, err)
                      : keep_merged(r, sum, k, &one, err);
        nai_label_moments_free(&lm);
    }
    return rc;
}

int nai_results_merge(struct nai_cli *cli, const struct nai_moments_info *info, struct nai_err *err)
{
    const size_t n = cli->nfiles ? cli->nfiles : 1;
    struct nai_in *const in = calloc(n, sizeof *in);
    struct nai_results sum = {0}, r = {0};
    int rc = in ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t i = 0; rc == NAI_OK && i < n; i++) {
        rc = nai_in_open(cli, &in[i], nai_file(cli, i), err);
        if (rc == NAI_OK)
            rc = merge_file(&sum, &in[i], err);
    }
    if (rc == NAI_OK && sum.n == 0)
        rc = nai_err_set(err, NAI_EINPUT, "%s: no moments in it", in[0].name);
    if (rc == NAI_OK)
        rc = keep_all(&r, &sum, info, err);
    if (rc == NAI_OK)
        rc = nai_results_write(cli, &r, in, n, err);
    nai_results_free(&sum);
    nai_results_free(&r);
    for (size_t i = 0; in && i < n; i++)
        nai_in_close(&in[i]);
    free(in);
    return rc;
}
