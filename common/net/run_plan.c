/* run_plan.c - which values and gradients share memory, and where in the arena they lie
 * SPDX-License-Identifier: MIT
 *
 * Slots are given out along the steps of a forward and a backward pass; then each, the largest
 * first, gets the lowest place that is free during all its steps. */
#include <limits.h>
#include <stdlib.h>

#include "mem.h"
#include "run_parts.h"

static int step_back(const struct nai_run *r, int i)
{
    return (r->o.tangents ? 3 : 2) * (int)r->g->nnodes - 1 - i;
}

static int slot_new(struct nai_run *r, size_t count, int step, struct nai_err *err)
{
    if (r->nslots == r->capacity) {
        const size_t capacity = r->capacity ? 2 * r->capacity : 256;
        struct nai_slot *const p = realloc(r->slot, capacity * sizeof *p);
        if (!p) {
            nai_err_set(err, NAI_ESYSTEM, "run:");
            return -1;
        }
        r->slot = p;
        r->capacity = capacity;
    }
    r->slot[r->nslots] = (struct nai_slot){
        .count = (count + 15) & ~(size_t)15, .first = step, .last = step, .twin = -1};
    return (int)r->nslots++;
}

/* The slot is in use at this step too. */
static void touch(struct nai_run *r, int slot, int step)
{
    struct nai_slot *const s = &r->slot[slot];

    s->first = step < s->first ? step : s->first;
    s->last = step > s->last ? step : s->last;
}

/* May node i write its value over that of its input k? Not over a constant's, whose tangent is to
 * stay 0 for the next direction. */
static bool may_overwrite(const struct nai_run *r, int i, int k)
{
    const int in = r->cell[i].in[k];
    const struct nai_cell *const x = &r->cell[in];

    return (x->flows || !r->o.tangents) && !x->kept && !x->x_kept &&
           !(x->flows && (x->traits & NAI_KEEPS_Y)) && x->last_reader == i &&
           (k == 0 || r->cell[i].in[0] != in) && r->g->node[in].kind != NAI_NODE_INPUT &&
           !r->slot[x->value].passed &&
           nai_shape_count(&x->shape) == nai_shape_count(&r->cell[i].shape) &&
           x->shape.block == r->cell[i].shape.block;
}

/* The slot of node i's value. */
static int value_slot(struct nai_run *r, int i, struct nai_err *err)
{
    const struct nai_cell *const cell = &r->cell[i];

    if (cell->traits & NAI_Y_IS_X) {
        const int slot = r->cell[cell->in[0]].value;
        r->slot[slot].passed = true;
        return slot;
    }
    for (int k = 0; k < 2; k++)
        if (cell->in[k] >= 0 && (cell->traits & (k ? NAI_Y_MAY_BE_X2 : NAI_Y_MAY_BE_X)) &&
            may_overwrite(r, i, k))
            return r->cell[cell->in[k]].value;
    return slot_new(r, nai_shape_count(&cell->shape), i, err);
}

static int plan_values(struct nai_run *r, struct nai_err *err)
{
    for (int i = 0; i < (int)r->g->nnodes; i++) {
        struct nai_cell *const cell = &r->cell[i];
        if (!cell->needed || cell->skipped)
            continue;
        cell->value = value_slot(r, i, err);
        if (cell->value < 0)
            return NAI_ESYSTEM;
        touch(r, cell->value, i);
        if (cell->kept)
            touch(r, cell->value, INT_MAX);
        if (cell->flows && (cell->traits & NAI_KEEPS_Y))
            touch(r, cell->value, step_back(r, i));
        for (int k = 0; k < 2; k++)
            if (cell->in[k] >= 0)
                touch(r, r->cell[cell->in[k]].value, i);
        if (cell->flows && (cell->traits & NAI_KEEPS_X))
            touch(r, r->cell[cell->in[0]].value, step_back(r, i));
        if (cell->state_count == 0)
            continue;
        cell->state = slot_new(r, cell->state_count, i, err);
        if (cell->state < 0)
            return NAI_ESYSTEM;
        if (cell->flows)
            touch(r, cell->state, step_back(r, i));
    }
    return NAI_OK;
}

/*
 * May input 0's gradient lie in dy, where input 1's already does? When nothing is added to the
 * latter, nor its node's backward run, before the backward of input 0's node, which leaves dy as it
 * is, has read it.
 */
static bool may_share(const struct nai_run *r, int i)
{
    const struct nai_cell *const a = &r->cell[r->cell[i].in[0]];
    const struct nai_cell *const b = &r->cell[r->cell[i].in[1]];

    return a->readers == 1 && !(a->traits & (NAI_CHANGES_DY | NAI_DX_IS_DY | NAI_DX2_IS_DY)) &&
           b->last_reader == i && b->reader_before < r->cell[i].in[0] &&
           r->cell[i].in[1] < r->cell[i].in[0];
}

/* Where input k's gradient gets node i's contribution. */
static int plan_edge(struct nai_run *r, int i, int k, bool *given, struct nai_err *err)
{
    struct nai_cell *const cell = &r->cell[i];
    struct nai_cell *const in = &r->cell[cell->in[k]];
    struct nai_edge *const e = &cell->edge[k];
    const bool is_dy = cell->traits & (k ? NAI_DX2_IS_DY : NAI_DX_IS_DY);
    const bool in_place =
        (cell->traits & NAI_DX_MAY_BE_DY) && !cell->shared && cell->in[1] < 0 && k == 0;
    const size_t count = nai_shape_count(&in->shape);
    const int step = step_back(r, i);

    if (in->grad >= 0) {
        *e = (struct nai_edge){NAI_EDGE_ADD, is_dy ? cell->grad : slot_new(r, count, step, err)};
    } else if (is_dy && (!*given || may_share(r, i))) {
        in->shared = *given;
        *given = true;
        in->grad = cell->grad;
    } else if (in_place) {
        in->grad = cell->grad;
        *e = (struct nai_edge){NAI_EDGE_WRITE, in->grad};
    } else {
        in->grad = slot_new(r, count, step, err);
        *e = (struct nai_edge){is_dy ? NAI_EDGE_COPY : NAI_EDGE_WRITE, in->grad};
    }
    if (in->grad < 0 || (e->kind != NAI_EDGE_NONE && e->slot < 0))
        return NAI_ESYSTEM;
    touch(r, in->grad, step);
    return NAI_OK;
}

static int plan_gradients(struct nai_run *r, struct nai_err *err)
{
    struct nai_cell *const last = &r->cell[r->o.last];

    if (!r->backward)
        return NAI_OK;
    last->grad = slot_new(r, nai_shape_count(&last->shape), (int)r->g->nnodes, err);
    if (last->grad < 0)
        return NAI_ESYSTEM;
    for (int i = r->o.last; i >= 0; i--) {
        const struct nai_cell *const cell = &r->cell[i];
        bool given = false;
        if (cell->grad < 0)
            continue;
        touch(r, cell->grad, step_back(r, i));
        for (int k = 1; k >= 0; k--)
            if (cell->in[k] >= 0 && r->cell[cell->in[k]].flows &&
                plan_edge(r, i, k, &given, err) != NAI_OK)
                return NAI_ESYSTEM;
    }
    return NAI_OK;
}

/* The slot's tangent: from the tangent of the node on where the slot was made forward, at the same
 * steps where it was made backward. */
static int twin_of(struct nai_run *r, int slot, struct nai_err *err)
{
    const int n = (int)r->g->nnodes;
    const struct nai_slot s = r->slot[slot];
    const int twin =
        s.twin >= 0 ? s.twin : slot_new(r, s.count, s.first < n ? n + s.first : s.first, err);

    if (twin >= 0)
        touch(r, twin, s.last < n ? n + s.last : s.last);
    r->slot[slot].twin = twin;
    return twin;
}

/* Of an input that does not vary, for layers that do but for convolutions and linear maps, which
 * take NULL: zero, as the arena is at first. */
static int constant_twin(struct nai_run *r, int i, int k, struct nai_err *err)
{
    const struct nai_cell *const cell = &r->cell[i];
    const enum nai_node_kind kind = r->g->node[i].kind;

    if (cell->in[k] < 0 || r->cell[cell->in[k]].flows || kind == NAI_NODE_CONV ||
        kind == NAI_NODE_LINEAR)
        return NAI_OK;
    const int twin = twin_of(r, r->cell[cell->in[k]].value, err);
    if (twin < 0)
        return NAI_ESYSTEM;
    touch(r, twin, 0);
    touch(r, twin, INT_MAX);
    return NAI_OK;
}

/* Twins of what varies. Values and states that backward reads then stay, for the next direction. */
static int plan_twins(struct nai_run *r, struct nai_err *err)
{
    const int slots = (int)r->nslots, back = 2 * (int)r->g->nnodes;

    if (!r->o.tangents)
        return NAI_OK;
    for (int i = 0; i < (int)r->g->nnodes; i++) {
        const struct nai_cell *const cell = &r->cell[i];
        if (!cell->needed || !cell->flows)
            continue;
        if (twin_of(r, cell->value, err) < 0 ||
            (cell->state >= 0 && twin_of(r, cell->state, err) < 0) ||
            constant_twin(r, i, 0, err) != NAI_OK || constant_twin(r, i, 1, err) != NAI_OK)
            return NAI_ESYSTEM;
    }
    for (int k = 0; k < slots; k++) {
        if (r->slot[k].first >= (int)r->g->nnodes && twin_of(r, k, err) < 0)
            return NAI_ESYSTEM;
        if (r->slot[k].first < (int)r->g->nnodes && r->slot[k].last >= back)
            touch(r, k, INT_MAX);
    }
    return NAI_OK;
}

/* Scratch: of operations, and of as many samples as nai_run_fetch changes the layout of at once. */
static int plan_scratch(struct nai_run *r, struct nai_err *err)
{
    enum { ENOUGH = 262144 };
    size_t work = 0, spare = 0, sample = 0;

    for (size_t i = 0; i < r->g->nnodes; i++) {
        const struct nai_cell *const cell = &r->cell[i];
        const size_t one = cell->shape.c * cell->shape.h * cell->shape.w;
        work = cell->work > work ? cell->work : work;
        spare = cell->spare > spare ? cell->spare : spare;
        if (cell->kept)
            sample = one > sample ? one : sample;
    }
    r->work = slot_new(r, work, 0, err);
    r->spare = slot_new(r, spare, 0, err);
    r->fetch = slot_new(r, sample > ENOUGH ? sample : ENOUGH, 0, err);
    if (r->work < 0 || r->spare < 0 || r->fetch < 0)
        return NAI_ESYSTEM;
    touch(r, r->work, INT_MAX);
    touch(r, r->spare, INT_MAX);
    touch(r, r->fetch, INT_MAX);
    return NAI_OK;
}

static int larger_first(const void *a, const void *b)
{
    const struct nai_slot *const x = *(const struct nai_slot *const *)a;
    const struct nai_slot *const y = *(const struct nai_slot *const *)b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x < y ? -1 : x > y; /* they are of one array */
}

/* Move s up past each placed slot that it meets in time and space, in order of their offsets. */
static void place(struct nai_slot *s, struct nai_slot *const *placed, size_t n)
{
    s->offset = 0;
    for (size_t k = 0; k < n; k++) {
        const struct nai_slot *const p = placed[k];
        if (s->first <= p->last && p->first <= s->last && p->offset < s->offset + s->count &&
            s->offset < p->offset + p->count)
            s->offset = p->offset + p->count;
    }
}

/* Lowest offset for each slot, the largest slots first. */
static int plan_places(struct nai_run *r, struct nai_err *err)
{
    struct nai_slot **const order = calloc(2 * r->nslots, sizeof *order);
    struct nai_slot **const placed = order ? order + r->nslots : NULL;

    if (!order)
        return nai_err_set(err, NAI_ESYSTEM, "run:");
    for (size_t k = 0; k < r->nslots; k++)
        order[k] = &r->slot[k];
    qsort(order, r->nslots, sizeof *order, larger_first);
    for (size_t k = 0; k < r->nslots; k++) {
        struct nai_slot *const s = order[k];
        size_t at = k;
        place(s, placed, k);
        for (; at > 0 && placed[at - 1]->offset > s->offset; at--)
            placed[at] = placed[at - 1];
        placed[at] = s;
        r->arena_count =
            s->offset + s->count > r->arena_count ? s->offset + s->count : r->arena_count;
    }
    free(order);
    return NAI_OK;
}

int nai_run_plan(struct nai_run *r, struct nai_err *err)
{
    int status = plan_values(r, err);

    if (status == NAI_OK)
        status = plan_gradients(r, err);
    if (status == NAI_OK)
        status = plan_twins(r, err);
    if (status == NAI_OK)
        status = plan_scratch(r, err);
    return status == NAI_OK ? plan_places(r, err) : status;
}
