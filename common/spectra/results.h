/* results.h - the moments a run makes, gathered until all of them are known to be right
 * SPDX-License-Identifier: MIT */
#ifndef NAI_RESULTS_H
#define NAI_RESULTS_H

#include <limits.h>

#include "by_label.h"
#include "cli.h"
#include "moments_io.h"

struct nai_results {
    size_t n;
    struct nai_moments_info *info; /* info[n] */
    struct nai_moments *m;         /* m[n] */
};

/* nai_results_add - take moments over (m is zeroed), as they are. */
int nai_results_add(struct nai_results *r, const struct nai_moments_info *info,
                    struct nai_moments *m, struct nai_err *err);

/* nai_results_keep - the same, scaled as info says. NAI_EINPUT for fewer than 2 rows. */
int nai_results_keep(struct nai_results *r, const struct nai_moments_info *info,
                     struct nai_moments *m, struct nai_err *err);

/* nai_results_labelled - keep x, x[y=0] ..., x[within], x[between]; scaling, ddof, precision and
 * groups of info serve for all. */
int nai_results_labelled(struct nai_results *r, const struct nai_moments_info *info,
                         const char *name, const char *by, struct nai_label_moments *lm,
                         struct nai_err *err);

/* nai_results_write - all of them as the tool's output stream. in: the streams they come from. */
int nai_results_write(struct nai_cli *cli, const struct nai_results *r, struct nai_in *in,
                      size_t nin, struct nai_err *err);

#define NAI_DDOF_UNSAID UINT_MAX

/* nai_results_merge - read the cli's operands as moments, merge them by name, and write them with
 * the scaling of info and its ddof (NAI_DDOF_UNSAID: that of the files). Within and between classes
 * are made anew from the classes; where there are none, but groups, which no two files may share,
 * they are merged themselves. */
int nai_results_merge(struct nai_cli *cli, const struct nai_moments_info *info,
                      struct nai_err *err);

void nai_results_free(struct nai_results *r);

#endif
