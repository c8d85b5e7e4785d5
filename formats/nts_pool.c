/* nts_pool.c - a few threads that decode or compress beside the caller's
 * SPDX-License-Identifier: MIT */
#include "nts_internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct nts_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    struct nts_task *first, *last;
    bool stop;
    int threads;
    int started;
    pthread_t *thread;
};

static void *worker(void *arg)
{
    struct nts_pool *const p = arg;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct nts_task *t;
        while (!p->first && !p->stop)
            pthread_cond_wait(&p->work, &p->lock);
        if (!p->first)
            break;
        t = p->first;
        p->first = t->next;
        pthread_mutex_unlock(&p->lock);
        t->run(t->arg);
        pthread_mutex_lock(&p->lock);
        t->state = 2;
        pthread_cond_broadcast(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct nts_pool *nts_pool_new(int threads)
{
    struct nts_pool *const p = calloc(1, sizeof *p);
    sigset_t all, before;

    if (!p)
        return NULL;
    p->threads = threads > 1 ? threads : 1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->done, NULL);
    if (p->threads == 1)
        return p;
    p->thread = calloc((size_t)p->threads, sizeof *p->thread);
    sigfillset(&all); /* signals are the caller's: workers inherit this mask */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (p->thread && p->started < p->threads &&
           pthread_create(&p->thread[p->started], NULL, worker, p) == 0)
        p->started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (p->started == 0)
        p->threads = 1; /* no threads to be had: the caller does the work */
    return p;
}

int nts_pool_threads(const struct nts_pool *p)
{
    return p->threads;
}

void nts_pool_start(struct nts_pool *p, struct nts_task *t)
{
    t->next = NULL;
    if (p->threads == 1) {
        t->run(t->arg);
        t->state = 2;
        return;
    }
    pthread_mutex_lock(&p->lock);
    t->state = 1;
    if (p->first)
        p->last->next = t;
    else
        p->first = t;
    p->last = t;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
}

void nts_pool_wait(struct nts_pool *p, struct nts_task *t)
{
    if (p->threads > 1) {
        pthread_mutex_lock(&p->lock);
        while (t->state == 1)
            pthread_cond_wait(&p->done, &p->lock);
        pthread_mutex_unlock(&p->lock);
    }
    t->state = 0;
}

void nts_pool_free(struct nts_pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->started; i++)
        pthread_join(p->thread[i], NULL);
    pthread_cond_destroy(&p->done);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    free(p->thread);
    free(p);
}
