/* online.c - a linear readout of detached features, trained beside the network
 * SPDX-License-Identifier: MIT */
#include "online.h"

#include <math.h>

#include "gemm.h"
#include "optim.h"
#include "vector.h"

const char *const nai_online_names[NAI_ONLINE_PARTS] = {"probe/weight", "probe/exp_avg",
                                                        "probe/exp_avg_sq"};

size_t nai_online_count(const struct nai_online *p)
{
    return p->classes * (p->cols + 1);
}

static struct nai_loss_spec spec(const struct nai_online *p, size_t n)
{
    return (struct nai_loss_spec){.kind = NAI_LOSS_CE, .views = p->views, .n = n, .d = p->classes};
}

int nai_online_open(struct nai_online *p, const struct nai_trainer *t, size_t classes,
                    struct nai_err *err)
{
    const struct nai_graph *const g = t->model->graph;
    const struct nai_memory_ops *const mem = t->device->memory;
    const size_t n = t->in->group[0].views * t->o.batch;
    struct nai_loss_spec s;
    size_t count;

    *p = (struct nai_online){.d = t->device,
                             .cols = g->node[g->features].c,
                             .classes = classes,
                             .views = t->in->group[0].views};
    s = spec(p, t->o.batch);
    count = nai_online_count(p);
    p->w = mem->alloc(p->d, count, "the probe", err);
    p->g = mem->alloc(p->d, count, "the probe", err);
    p->m = mem->alloc(p->d, count, "the probe", err);
    p->v = mem->alloc(p->d, count, "the probe", err);
    p->logits = mem->alloc(p->d, n * classes, "the probe", err);
    p->dlogits = mem->alloc(p->d, n * classes, "the probe", err);
    p->work = mem->alloc(p->d, p->d->loss->workspace(&s) + 1, "the probe", err);
    if (!p->w || !p->g || !p->m || !p->v || !p->logits || !p->dlogits || !p->work)
        return NAI_ESYSTEM;
    return p->d->loss->check(&s, err);
}

void nai_online_close(struct nai_online *p)
{
    struct nai_buf *const bufs[] = {p->w, p->g, p->m, p->v, p->logits, p->dlogits, p->work};

    for (size_t k = 0; k < sizeof bufs / sizeof *bufs; k++)
        if (bufs[k])
            p->d->memory->free(p->d, bufs[k]);
    *p = (struct nai_online){0};
}

void nai_online_step(struct nai_online *p, const struct nai_trainer *t, const struct nai_rows *b)
{
    struct nai_device *const d = p->d;
    const struct nai_loss_spec s = spec(p, b->n);
    const struct nai_adam adam = {
        .lr = 1e-3, .beta1 = .9, .beta2 = .999, .eps = 1e-8, .step = ++p->step};
    const size_t k = p->classes, c = p->cols, bias = k * c;
    size_t rows, cols;
    const struct nai_buf *const f = nai_trainer_features(t, &rows, &cols);
    struct nai_loss_value value;

    if (b->epoch != p->epoch)
        p->seen = p->correct = 0;
    p->epoch = b->epoch;
    d->gemm->gemm(d, false, true, rows, k, c, 1, f, c, p->w, c, 0, p->logits, k);
    d->gemm->add_bias(d, rows, k, d->memory->at(d, p->w, bias), p->logits);
    d->loss->compute(d, &s, p->logits, NULL, b->labels, p->dlogits, p->work, &value);
    p->correct += value.correct;
    p->seen += rows;
    d->vector->zero(d, p->g, nai_online_count(p));
    d->gemm->gemm(d, true, false, k, c, rows, 1, p->dlogits, k, f, c, 0, p->g, c);
    d->gemm->sum_rows(d, rows, k, p->dlogits, d->memory->at(d, p->g, bias));
    d->optim->adam(d, &adam, p->w, p->g, p->m, p->v, nai_online_count(p));
}

struct nai_buf *nai_online_part(const struct nai_online *p, size_t k)
{
    return k == 0 ? p->w : k == 1 ? p->m : p->v;
}

double nai_online_accuracy(const struct nai_online *p)
{
    return p->seen ? (double)p->correct / (double)p->seen : NAN;
}
