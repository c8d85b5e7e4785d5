/* perturb.h - gradients made approximate, by a bias and by noise
 * SPDX-License-Identifier: MIT
 *
 * The update of Ghosh et al. 2023, "How gradient estimator variance and bias impact learning in
 * neural networks", eq. 1: dw = -grad L + b beta + sigma sqrt(f(N)) n, where N is the number of
 * trained parameters, beta a vector of norm sqrt(N) and n a random unit vector. */
#ifndef NAI_PERTURB_H
#define NAI_PERTURB_H

#include "cli.h"
#include "model.h"

/* f(N): how the variance of the noise grows with the number of parameters. */
enum nai_noise_growth { NAI_GROWTH_CONSTANT, NAI_GROWTH_SQRT, NAI_GROWTH_LINEAR };

struct nai_perturb_opts {
    double noise, bias; /* sigma, b; 0: none */
    bool relative;      /* both are ratios to the norm of the gradient */
    enum nai_noise_growth growth;
    const char *along; /* beta: see nai_bias_direction */
};

/* All zero: gradients stay what they are, at no cost. */
struct nai_perturb {
    struct nai_perturb_opts o;
    uint64_t seed;
    double growth;                /* sqrt(f(N)) */
    double *draw;                 /* f64[N], with noise */
    struct nai_buf *noise, *beta; /* [graph->params], each where it is asked for */
};

/* nai_noise_growth - sqrt(f(n)): 1, n^(1/4) or n^(1/2). */
double nai_noise_growth(enum nai_noise_growth growth, size_t n);

/*
 * nai_bias_direction - the vector beta, of norm sqrt(N).
 *
 * beta   out  f64[N], in the order of nai_model_gather
 * m      in   the network
 * along  in   "ones": all ones; "random": uniformly distributed, named (seed, "gradient bias", 0);
 *             else a stream of models of the same network, of which the last is the direction
 * cli    in   opens that stream
 *
 * NAI_EINPUT naming the stream when it is of another network, zero or not finite; NAI_ESYSTEM.
 * Memory of a stream: the model in it, and another one.
 */
int nai_bias_direction(double *beta, const struct nai_model *m, const char *along, uint64_t seed,
                       struct nai_cli *cli, struct nai_err *err);

/* nai_perturb_open - m, cli: as nai_bias_direction, whose errors are those. */
int nai_perturb_open(struct nai_perturb *p, const struct nai_model *m,
                     const struct nai_perturb_opts *o, uint64_t seed, struct nai_cli *cli,
                     struct nai_err *err);
void nai_perturb_close(struct nai_perturb *p, const struct nai_model *m);

/*
 * nai_perturb_apply - g - b beta - sigma sqrt(f(N)) n in place of the gradient g = m->g.
 *
 * norm  in  of the gradient
 * step  in  how many steps were taken before: n is named (seed, "gradient noise", step)
 *
 * The same for any number of threads. NAI_ENUMERIC for ratios to a gradient of exactly 0, which is
 * left alone then; NAI_ESYSTEM.
 */
int nai_perturb_apply(const struct nai_perturb *p, struct nai_model *m, double norm, uint64_t step,
                      struct nai_err *err);

/* nai_perturb_text - "noise 0.1 sqrt(N), bias 0.02 along ones", in buf; "" for none. */
const char *nai_perturb_text(const struct nai_perturb *p, char buf[static 400]);

/* nai_perturb_bytes - memory it takes. */
size_t nai_perturb_bytes(const struct nai_perturb *p, const struct nai_model *m);

#endif
