/* stepper.c - an optimiser and its state, for all tensors of a model
 * SPDX-License-Identifier: MIT */
#include "stepper.h"

#include "optim.h"

int nai_stepper_open(struct nai_stepper *s, const struct nai_model *m,
                     const struct nai_stepper_opts *o, struct nai_err *err)
{
    const bool adam = o->kind == NAI_ADAM || o->kind == NAI_ADAMW;

    *s = (struct nai_stepper){.o = *o};
    s->state_name[0] = adam ? "exp_avg" : "momentum_buffer";
    s->state_name[1] = "exp_avg_sq";
    s->nstates = adam ? 2 : o->kind == NAI_SGD && o->momentum == 0 ? 0 : 1;
    for (size_t k = 0; k < s->nstates; k++) {
        s->state[k] =
            m->device->memory->alloc(m->device, m->graph->params, "the optimiser's state", err);
        if (!s->state[k])
            return NAI_ESYSTEM;
    }
    return NAI_OK;
}

void nai_stepper_close(struct nai_stepper *s, const struct nai_model *m)
{
    for (size_t k = 0; k < NAI_STATES; k++) {
        if (s->state[k])
            m->device->memory->free(m->device, s->state[k]);
        s->state[k] = NULL;
    }
}

static void step_tensor(const struct nai_stepper *s, struct nai_model *m, double lr, size_t t)
{
    struct nai_device *const d = m->device;
    const struct nai_tensor *const p = &m->graph->tensor[t];
    struct nai_buf *const w = nai_model_tensor(m, t), *const g = nai_model_grad(m, t);
    struct nai_buf *state[NAI_STATES] = {NULL, NULL};
    const double decay = s->o.weight_decay;

    for (size_t k = 0; k < s->nstates; k++)
        state[k] = d->memory->at(d, s->state[k], p->offset);
    switch (s->o.kind) {
    case NAI_SGD:
        d->optim->sgd(d,
                      &(struct nai_sgd){.lr = lr,
                                        .momentum = s->o.momentum,
                                        .weight_decay = decay,
                                        .nesterov = s->o.nesterov,
                                        .step = s->step},
                      w, g, state[0], p->count);
        break;
    case NAI_ADAM:
    case NAI_ADAMW:
        d->optim->adam(
            d,
            &(struct nai_adam){.lr = lr,
                               .beta1 = .9,
                               .beta2 = .999,
                               .eps = 1e-8,
                               .weight_decay = s->o.kind == NAI_ADAM || p->decay ? decay : 0,
                               .decoupled = s->o.kind == NAI_ADAMW,
                               .step = s->step},
            w, g, state[0], state[1], p->count);
        break;
    case NAI_LARS:
        d->optim->lars(d,
                       &(struct nai_lars){.lr = lr,
                                          .momentum = s->o.momentum,
                                          .weight_decay = p->decay ? decay : 0,
                                          .eta = .001,
                                          .adapt = p->decay},
                       w, g, state[0], p->count);
        break;
    }
}

void nai_stepper_step(struct nai_stepper *s, struct nai_model *m, double lr)
{
    s->step++;
    for (size_t t = 0; t < m->graph->ntensors; t++)
        if (!m->graph->tensor[t].buffer)
            step_tensor(s, m, lr, t);
}
