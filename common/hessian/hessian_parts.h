/* hessian_parts.h - what looking at one model is made of
 * SPDX-License-Identifier: MIT */
#ifndef NAI_HESSIAN_PARTS_H
#define NAI_HESSIAN_PARTS_H

#include "hessian.h"

/* nai_hessian_subject - the cells that say what a line is of. */
void nai_hessian_subject(struct nai_hessian *h);

/* nai_hessian_layers - each block asked for, of the model and rows at hand. NAI_EUSAGE when there
 * is none of that name. */
int nai_hessian_layers(struct nai_hessian *h, struct nai_err *err);

/* nai_hessian_analyse - the table's line for the block chosen, and its spectrum. */
int nai_hessian_analyse(struct nai_hessian *h, struct nai_err *err);

/*
 * nai_hessian_steps - a line for each sigma and b: what a step w + lr (-g + b beta + sigma sqrt(f)
 * n) does to the loss beside w - lr g, predicted and measured.
 *
 * Ghosh et al. 2023, "How gradient estimator variance and bias could impact learning in neural
 * circuits": Lemma 2.1, Theorems 3.1 and 3.2, eq. 58.
 */
int nai_hessian_steps(struct nai_hessian *h, struct nai_err *err);

/*
 * nai_hessian_check - a line for the model and rows at hand: the product of the Hessian and a
 * random direction against differences of gradients, and against that of another direction.
 *
 * error: ||H v - fd|| / ||H v||, fd the best five-point difference of several steps. asymmetry:
 * |<u, H v> - <v, H u>| / (||H v|| + ||H u||), u and v unit. h->off is set when they are above 1e-7
 * and 1e-10.
 */
int nai_hessian_check(struct nai_hessian *h, struct nai_err *err);

/*
 * nai_hessian_matrix - the block chosen as a whole, by n products; symmetrised.
 *
 * a      out  f64[n][n], nai_free it
 * times  in   so many of its size are there in the end, what its eigenvectors take included
 *
 * NAI_EUSAGE, with what it would take, when there is not the memory for it.
 */
int nai_hessian_matrix(double **a, struct nai_curve *c, size_t times, struct nai_err *err);

/* nai_hessian_keep - a spectrum for the stream, which becomes the subject's: named after it. Its
 * arrays become h's, also on failure. */
int nai_hessian_keep(struct nai_hessian *h, struct nai_spectrum *s, struct nai_err *err);

/* nai_hessian_write - the table and the streams, when status is NAI_OK; nothing of them otherwise.
 * Returns the final status. */
int nai_hessian_write(struct nai_hessian *h, int status, struct nai_err *err);

#endif
