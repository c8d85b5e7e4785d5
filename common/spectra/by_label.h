/* by_label.h - moments per class, within and between classes
 * SPDX-License-Identifier: MIT
 *
 * With n_c rows of mean m_c and scatter S_c in class c, the scatter of all is W + B:
 * W = sum_c S_c (within) and B = sum_c n_c (m_c - m)(m_c - m)^T (between). */
#ifndef NAI_BY_LABEL_H
#define NAI_BY_LABEL_H

#include "cov.h"

struct nai_by_label;

/* nai_by_label_new - classes: labels must be in [0, classes); 0 when that is not known. */
int nai_by_label_new(struct nai_by_label **out, size_t dim, enum nai_dtype dtype,
                     enum nai_precision precision, size_t classes, struct nai_err *err);

/* nai_by_label_push - rows dtype[n][dim] and labels i64[n]. NAI_EINPUT: a label outside the
 * classes. Other errors as nai_cov_push. */
int nai_by_label_push(struct nai_by_label *b, const void *rows, const int64_t *labels, size_t n,
                      struct nai_err *err);

/* All of them, each the caller's: k classes in order of their labels. */
struct nai_label_moments {
    size_t k;
    int64_t *label;            /* label[k] */
    struct nai_moments *class; /* class[k] */
    struct nai_moments total, within, between;
};

/* nai_label_moments_derive - total, within and between from k classes already there. */
int nai_label_moments_derive(struct nai_label_moments *m, struct nai_err *err);

int nai_by_label_finish(struct nai_by_label *b, struct nai_label_moments *out, struct nai_err *err);

void nai_label_moments_free(struct nai_label_moments *m);
void nai_by_label_free(struct nai_by_label *b);

#endif
