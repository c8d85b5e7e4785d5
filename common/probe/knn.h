/* knn.h - weighted nearest neighbours by cosine
 * SPDX-License-Identifier: MIT */
#ifndef NAI_KNN_H
#define NAI_KNN_H

#include "readout.h"

/*
 * nai_knn_judge - verdicts on the test rows by their k nearest train rows.
 *
 * v    out  new
 * k    in   neighbours, 1 to the number of train rows
 * tau  in   > 0: a neighbour of cosine s weighs exp(s / tau) (Wu et al. 2018, "Unsupervised feature
 *           learning via non-parametric instance discrimination")
 *
 * A class scores the sum of its neighbours' weights; values are their weighted mean. Of equally
 * near rows the one that comes first in the train set is taken; a row of zeros has cosine 0 with
 * everything. Float64 products: 2 n_train n_test d flops, train rows being read once for every 256
 * test rows. NAI_ESYSTEM; NAI_EUSAGE for more neighbours than rows. Deterministic for any number of
 * threads.
 */
int nai_knn_judge(struct nai_verdicts *v, const struct nai_set *train, const struct nai_set *test,
                  size_t k, double tau, struct nai_err *err);

#endif
