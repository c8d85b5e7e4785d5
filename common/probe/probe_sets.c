/* probe_sets.c - see probe_sets.h
 * SPDX-License-Identifier: MIT */
#include "probe_sets.h"

#include <inttypes.h>

#include "mem.h"
#include "probe_split.h"

void nai_sets_free(struct nai_sets *s)
{
    nai_free(s->label);
    nai_free(s->cls[0]);
    nai_free(s->cls[1]);
    nai_free(s->split);
    *s = (struct nai_sets){0};
}

static const struct nai_probe_labels *labels_of(const struct nai_probe_rows *rows, size_t i)
{
    return &rows->labels[rows->field[i].pick.section];
}

static struct nai_set set_of(const struct nai_probe_rows *rows, size_t i)
{
    const struct nai_features *const x = &rows->field[i].x;
    const struct nai_probe_labels *const l = labels_of(rows, i);

    return (struct nai_set){.x = x, .n = x->n, .k = l->k, .value = l->value};
}

static int train_classes(struct nai_sets *s, const struct nai_probe_labels *l, const char *name,
                         struct nai_err *err)
{
    size_t k, first;

    if (nai_classes_of(&s->label, &k, l->y, l->n, err) != NAI_OK)
        return nai_err_prefix(err, name);
    s->cls[0] = nai_alloc(l->n, sizeof *s->cls[0], "classes", err);
    if (!s->cls[0])
        return NAI_ESYSTEM;
    nai_classes_map(s->cls[0], l->y, l->n, s->label, k, &first);
    s->train.cls = s->cls[0];
    s->train.k = s->test.k = k;
    return NAI_OK;
}

static int test_classes(struct nai_sets *s, const struct nai_probe_labels *l, const char *name,
                        bool allow_unseen, struct nai_err *err)
{
    size_t first = 0;

    s->cls[1] = nai_alloc(l->n, sizeof *s->cls[1], "classes", err);
    if (!s->cls[1])
        return NAI_ESYSTEM;
    s->unseen = nai_classes_map(s->cls[1], l->y, l->n, s->label, s->test.k, &first);
    s->test.cls = s->cls[1];
    if (s->unseen == 0 || allow_unseen)
        return NAI_OK;
    return nai_err_set(err, NAI_EINPUT,
                       "%s: row %zu: label %" PRId64 " is of no train row (%zu such rows; "
                       "--allow-unseen counts them as errors)",
                       name, first, l->y[first], s->unseen);
}

int nai_sets_new(struct nai_sets *s, const struct nai_probe_rows *train,
                 const struct nai_probe_rows *test, size_t i, const char *const names[2],
                 const struct nai_sets_want *want, struct nai_err *err)
{
    int rc = NAI_OK;

    *s = (struct nai_sets){.train = set_of(train, i)};
    if (test)
        s->test = set_of(test, i);
    if (test && want->values && s->test.k != s->train.k)
        return nai_err_set(err, NAI_EINPUT, "%s: %zu targets a row, the train rows %zu", names[1],
                           s->test.k, s->train.k);
    if (!want->values)
        rc = train_classes(s, labels_of(train, i), names[0], err);
    if (rc == NAI_OK && test && !want->values)
        rc = test_classes(s, labels_of(test, i), names[1], want->allow_unseen, err);
    if (rc == NAI_OK && !test) {
        const struct nai_set all = s->train;
        rc = nai_set_split(&s->train, &s->test, &s->split, &all, want->holdout, want->seed,
                           "probe test", err);
    }
    return rc;
}
