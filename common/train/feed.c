/* feed.c - batches for training, read by a thread one batch ahead
 * SPDX-License-Identifier: MIT */
#include "feed.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "block.h"
#include "held.h"

enum { SLOTS = 2, TICK_NS = 100000000, PATIENCE = 5 /* ticks that closing waits */ };

struct slot {
    struct nai_block block;
    uint64_t epoch;
    bool full;
};

struct nai_feed {
    struct nai_in *in;
    struct nts_reader *reader; /* the thread's alone, once it runs */
    struct nai_input i;
    struct nai_feed_opts o;
    bool held, started, out; /* out: slot `take` is with the caller */
    struct nai_held data;

    /* Between the thread and the caller, under lock. */
    pthread_mutex_t lock;
    pthread_cond_t change;
    pthread_t thread;
    struct slot slot[SLOTS];
    bool stop, ended;
    int status;
    struct nai_err err;
    uint64_t dropped;

    size_t take; /* the caller's slot */

    /* The thread's own. */
    size_t fill, filled;     /* slot, and rows in it */
    uint64_t epoch, batches; /* under way; batches it has given */
    uint64_t rows;           /* of this epoch */
};

/* ---- the thread ---- */

/* Wait until slot `fill` is free, which it stays while it is being filled; false when the caller
 * wants no more. */
static bool wait_free(struct nai_feed *f)
{
    bool go;

    pthread_mutex_lock(&f->lock);
    while (f->slot[f->fill].full && !f->stop)
        pthread_cond_wait(&f->change, &f->lock);
    go = !f->stop;
    pthread_mutex_unlock(&f->lock);
    return go;
}

static void hand_over(struct nai_feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->slot[f->fill].epoch = f->epoch;
    f->slot[f->fill].full = true;
    pthread_cond_broadcast(&f->change);
    pthread_mutex_unlock(&f->lock);
    f->fill = (f->fill + 1) % SLOTS;
    f->filled = 0;
    f->batches++;
}

static int end_epoch(struct nai_feed *f)
{
    if (f->rows && f->batches == 0)
        return nai_err_set(&f->err, NAI_EINPUT,
                           "%s: epoch %" PRIu64 " has %" PRIu64 " rows, fewer than a batch of %zu",
                           f->i.name, f->epoch, f->rows, f->o.batch);
    pthread_mutex_lock(&f->lock);
    f->dropped += f->filled;
    pthread_mutex_unlock(&f->lock);
    f->filled = 0;
    f->rows = f->batches = 0;
    return NAI_OK;
}

/* The epoch of row i of a batch: the streams's own count, or 0 where it has none. */
static uint64_t epoch_of(const struct nai_feed *f, const struct nts_batch *b, size_t i)
{
    int64_t e;

    if (f->i.epoch < 0)
        return 0;
    nai_to_i64(&e, (const char *)b->data[f->i.epoch] + i * nai_dtype_size(f->i.epoch_dtype),
               f->i.epoch_dtype, 1);
    return (uint64_t)e;
}

static int take_batch(struct nai_feed *f, const struct nts_batch *b)
{
    int rc = NAI_OK;

    for (size_t i = 0, n; rc == NAI_OK && i < b->rows; i += n) {
        const uint64_t epoch = epoch_of(f, b, i);
        if (f->rows && epoch != f->epoch && (rc = end_epoch(f)) != NAI_OK)
            break;
        f->epoch = epoch;
        for (n = 1; i + n < b->rows && n < f->o.batch - f->filled && epoch_of(f, b, i + n) == epoch;
             n++)
            ;
        if (!wait_free(f))
            return NAI_ESTOPPED;
        rc = nai_block_take(&f->slot[f->fill].block, f->filled, &f->i, &f->o, b, i, n, &f->err);
        f->filled += n;
        f->rows += n;
        if (rc == NAI_OK && f->filled == f->o.batch)
            hand_over(f);
    }
    return rc;
}

static void *reader(void *arg)
{
    struct nai_feed *const f = arg;
    struct nts_batch b;
    enum nts_event ev;
    int rc = NAI_OK;

    while (rc == NAI_OK && (ev = nts_read(f->reader, &b, &f->err)) != NTS_END)
        rc = ev == NTS_BATCH ? take_batch(f, &b) : f->err.code;
    if (rc == NAI_OK)
        rc = end_epoch(f);
    pthread_mutex_lock(&f->lock);
    f->ended = true;
    f->status = rc;
    pthread_cond_broadcast(&f->change);
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* ---- the caller's side ---- */

static int start(struct nai_feed *f, struct nai_err *err)
{
    for (size_t k = 0; k < SLOTS; k++) {
        const int rc = nai_block_new(&f->slot[k].block, f->o.batch, &f->i, &f->o, err);
        if (rc != NAI_OK)
            return rc;
    }
    errno = pthread_create(&f->thread, NULL, reader, f);
    if (errno)
        return nai_err_set(err, NAI_ESYSTEM, "cannot start a thread:");
    f->started = true;
    return NAI_OK;
}

int nai_feed_open(struct nai_feed **out, struct nai_in *in, const struct nai_input *i,
                  const struct nai_feed_opts *o, struct nai_err *err)
{
    struct nai_feed *const f = calloc(1, sizeof *f);
    int rc = nai_block_check(i, o, err);

    *out = NULL;
    if (!f)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    f->in = in;
    f->reader = in->r;
    f->i = *i;
    f->o = *o;
    f->held = o->hold;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->change, NULL);
    if (rc == NAI_OK)
        rc = o->hold ? nai_held_read(&f->data, in, &f->i, &f->o, err) : start(f, err);
    if (rc != NAI_OK)
        nai_feed_close(f);
    else
        *out = f;
    return rc;
}

/* A tenth of a second from now. */
static struct timespec tick(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += TICK_NS;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

enum nai_feed_event nai_feed_next(struct nai_feed *f, struct nai_rows *b, struct nai_err *err)
{
    const struct timespec until = tick();
    enum nai_feed_event ev = NAI_FEED_BATCH;
    struct slot *s;

    if (f->held)
        return nai_held_next(&f->data, b) ? NAI_FEED_BATCH : NAI_FEED_END;
    pthread_mutex_lock(&f->lock);
    if (f->out) { /* done with the last one */
        f->slot[f->take].full = false;
        f->take = (f->take + 1) % SLOTS;
        f->out = false;
        pthread_cond_broadcast(&f->change);
    }
    s = &f->slot[f->take];
    while (ev == NAI_FEED_BATCH && !s->full) {
        if (f->ended)
            ev = f->status == NAI_OK ? NAI_FEED_END : NAI_FEED_FAILED;
        else if (pthread_cond_timedwait(&f->change, &f->lock, &until) == ETIMEDOUT && !s->full &&
                 !f->ended)
            ev = NAI_FEED_WAIT;
    }
    if (ev == NAI_FEED_BATCH)
        f->out = true;
    if (ev == NAI_FEED_FAILED && err)
        *err = f->err;
    pthread_mutex_unlock(&f->lock);
    if (ev != NAI_FEED_BATCH)
        return ev;
    *b = (struct nai_rows){
        .n = f->o.batch, .epoch = s->epoch, .labels = s->block.labels, .targets = s->block.targets};
    for (size_t g = 0; g < f->i.ngroups; g++)
        b->x[g] = s->block.x[g];
    return ev;
}

void nai_feed_skip(struct nai_feed *f, uint64_t n)
{
    f->data.next += n;
}

bool nai_feed_held(const struct nai_feed *f, size_t *batches, size_t *rows)
{
    *batches = f->data.batches;
    *rows = f->data.rows;
    return f->held;
}

size_t nai_feed_classes(const struct nai_feed *f)
{
    return f->data.classes;
}

uint64_t nai_feed_dropped(struct nai_feed *f)
{
    uint64_t n;

    pthread_mutex_lock(&f->lock);
    n = f->held ? f->data.dropped : f->dropped;
    pthread_mutex_unlock(&f->lock);
    return n;
}

size_t nai_feed_bytes(const struct nai_feed *f)
{
    return f->held ? f->data.all.bytes + f->data.batch.bytes : SLOTS * f->slot[0].block.bytes;
}

void nai_feed_close(struct nai_feed *f)
{
    bool ended = true;

    if (!f)
        return;
    if (f->started) {
        pthread_mutex_lock(&f->lock);
        f->stop = true;
        pthread_cond_broadcast(&f->change);
        for (int k = 0; !f->ended && k < PATIENCE; k++) {
            const struct timespec until = tick();
            pthread_cond_timedwait(&f->change, &f->lock, &until);
        }
        ended = f->ended;
        pthread_mutex_unlock(&f->lock);
        if (!ended) { /* it waits for a producer that may never write again: leave it there */
            f->in->r = NULL; /* not to be closed under it */
            pthread_detach(f->thread);
            return;
        }
        pthread_join(f->thread, NULL);
    }
    for (size_t k = 0; k < SLOTS; k++)
        nai_block_free(&f->slot[k].block);
    nai_held_free(&f->data);
    pthread_cond_destroy(&f->change);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
