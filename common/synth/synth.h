/* synth.h - data of small studies, drawn row by row
 * SPDX-License-Identifier: MIT
 *
 * A row is keyed by its number: asking for rows 1000 on of a seed gives those that would follow the
 * first thousand, the same bits for any number of threads. What is said to be exact is made as a
 * whole, and held in memory. */
#ifndef NAI_SYNTH_H
#define NAI_SYNTH_H

#include "nts.h"

enum { NAI_SYNTH_BLOCK = 256 }; /* rows made at a time */

enum nai_exact { NAI_EXACT_NOT, NAI_EXACT_CENTRED, NAI_EXACT_UNCENTRED };
enum nai_activation { NAI_ACT_RELU, NAI_ACT_TANH, NAI_ACT_LINEAR };

/* What is asked for; each study reads its part. */
struct nai_synth_spec {
    uint64_t seed;
    size_t rows, first, dim;
    /* power-law, pairs */
    double alpha, scale, noise;
    bool rotate;
    enum nai_exact exact;
    double source; /* power-law: exponent of the source condition */
    /* teacher, pairs */
    bool has_spectrum;
    double spectrum[2]; /* linspace: singular values, or eigenvalues */
    /* teacher */
    bool normal_inputs, no_bias;
    size_t nlayers;
    const size_t *width; /* width[nlayers]: outputs of each linear map */
    enum nai_activation activation;
    uint64_t teacher_seed;
    size_t features; /* 0: x are the inputs */
    uint64_t feature_seed;
    /* auggraph, pairs */
    size_t views;
    size_t samples; /* auggraph: 0 is the graph itself */
    double graph[4];
};

/* A study that is ready to be drawn. */
struct nai_synth {
    struct nts_header *h; /* one section, "rows"; meta.synth has the parameters */
    void *field[8];       /* field[f]: NAI_SYNTH_BLOCK rows, owned */
    void *state;          /* owned */
    int (*fill)(struct nai_synth *s, uint64_t first, struct nai_err *err);
    void (*free_state)(void *state);
    uint64_t first, rows;
};

/*
 * nai_synth_* - prepare a study; nai_synth_free always.
 *
 * power_law  x f64[dim] ~ N(0, diag(scale j^-alpha)), y f64 = x theta + noise; theta =
 * Lambda^source w with w ~ N(0, I/dim), in meta.synth.theta. rotate: x is turned by a Haar matrix.
 *            exact: the sample's covariance (centred; rows > dim), or second moment, has the
 *            eigenvalues to rounding, min(rows, dim) of them (thesis, Theorems 2.1, 2.2)
 * teacher    x f64[dim] ~ U[0,1) or N(0,1), or X = V Sigma Z^T with linspace singular values;
 *            y f64 or f64[outputs] of a random network with PyTorch's default initialisation,
 *            U(-1/sqrt(inputs), 1/sqrt(inputs)) for weights and biases; + noise. features: x
 *            f64[features] = M inputs, M with orthonormal columns, or rows where they are fewer
 * auggraph   the graph of four instances (eq. 45, 46): per row a f64[4,4] and w f64[4,4], rho, mu,
 *            nu, delta, lambda f64[4]; or, views > 0, views x f64[views,4] with y, group and id
 * pairs      views x f64[views,dim] of a latent s ~ N(0, diag(|lambda|)), each + noise; where
 * lambda is negative the second view has -s: covariance diag(lambda) between the two
 *
 * NAI_EUSAGE: parameters that make no sense. NAI_ESYSTEM. s is to be freed in any case.
 */
int nai_synth_power_law(struct nai_synth *s, const struct nai_synth_spec *o, struct nai_err *err);
int nai_synth_teacher(struct nai_synth *s, const struct nai_synth_spec *o, struct nai_err *err);
int nai_synth_auggraph(struct nai_synth *s, const struct nai_synth_spec *o, struct nai_err *err);
int nai_synth_pairs(struct nai_synth *s, const struct nai_synth_spec *o, struct nai_err *err);

/*
 * nai_synth_rows - the next rows: *n of them, at data[f] for each field of the header.
 *
 * at    in/out  rows given so far, 0 at first
 * data  out     const void*[8]: valid until the next call
 *
 * *n is 0 at the end.
 */
int nai_synth_rows(struct nai_synth *s, uint64_t *at, size_t *n, const void *data[static 8],
                   struct nai_err *err);

void nai_synth_free(struct nai_synth *s);

#endif
