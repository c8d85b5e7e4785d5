/* stepper.h - an optimiser and its state, for all tensors of a model
 * SPDX-License-Identifier: MIT */
#ifndef NAI_STEPPER_H
#define NAI_STEPPER_H

#include "model.h"

enum nai_optimizer { NAI_SGD, NAI_ADAM, NAI_ADAMW, NAI_LARS };

struct nai_stepper_opts {
    enum nai_optimizer kind;
    double momentum; /* sgd, lars */
    bool nesterov;   /* sgd */
    double weight_decay;
};

enum { NAI_STATES = 2 };

struct nai_stepper {
    struct nai_stepper_opts o;
    uint64_t step;                      /* taken so far */
    size_t nstates;                     /* buffers of the size of the parameters */
    const char *state_name[NAI_STATES]; /* torch.optim's: "exp_avg", "momentum_buffer" */
    struct nai_buf *state[NAI_STATES];  /* owned */
};

/* nai_stepper_open - states of 0. NAI_ESYSTEM. */
int nai_stepper_open(struct nai_stepper *s, const struct nai_model *m,
                     const struct nai_stepper_opts *o, struct nai_err *err);

void nai_stepper_close(struct nai_stepper *s, const struct nai_model *m);

/*
 * nai_stepper_step - the parameters by their gradients, in place.
 *
 * Weight decay reaches every parameter with sgd and adam, as in torch.optim; biases and
 * normalisation are left alone with adamw and lars, as in the recipes that use those. Adam: betas
 * .9 and .999, eps 1e-8; LARS: trust coefficient .001.
 */
void nai_stepper_step(struct nai_stepper *s, struct nai_model *m, double lr);

#endif
