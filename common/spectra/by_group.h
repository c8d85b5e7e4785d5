/* by_group.h - moments within and between groups of adjacent rows, however many groups
 * SPDX-License-Identifier: MIT
 *
 * The sums of by_label.h, W = sum_g sum_i (x_gi - m_g)(x_gi - m_g)^T and
 * B = q sum_g (m_g - m)(m_g - m)^T, for groups of q rows each, such as the views of an image. No
 * group keeps moments of its own: memory is O(dim^2), one group's rows, and 16 to 32 bytes a group
 * to notice one that comes back. */
#ifndef NAI_BY_GROUP_H
#define NAI_BY_GROUP_H

#include "by_label.h"

struct nai_by_group;

/* nai_by_group_new - an accumulator of rows dtype[dim]; by: what groups are called in messages. */
int nai_by_group_new(struct nai_by_group **out, size_t dim, enum nai_dtype dtype,
                     enum nai_precision precision, const char *by, struct nai_err *err);

/*
 * nai_by_group_push - rows dtype[n][dim] and the group i64[n] of each.
 *
 * NAI_EINPUT: a group that was complete comes back, or one has other than the first one's number of
 * rows. NAI_ENUMERIC: an element is not finite (row and feature are named). NAI_ESYSTEM. After an
 * error only nai_by_group_free may follow. (n + groups) dim^2 flops; the result does not depend on
 * how rows were cut into pushes, nor on the number of threads.
 */
int nai_by_group_push(struct nai_by_group *b, const void *rows, const int64_t *group, size_t n,
                      struct nai_err *err);

/*
 * nai_by_group_finish - total, within and between; no classes (k is 0).
 *
 * groups  out  how many there were
 *
 * NAI_EINPUT: fewer than two groups, or groups of one row, within which nothing varies. Then only
 * nai_by_group_free may follow, as after success.
 */
int nai_by_group_finish(struct nai_by_group *b, struct nai_label_moments *out, uint64_t *groups,
                        struct nai_err *err);

void nai_by_group_free(struct nai_by_group *b);

#endif
