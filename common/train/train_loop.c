/* train_loop.c - step after step: batches, checkpoints, the log, signals
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <time.h>

#include "train.h"

/* ---- signals, asked for between steps ---- */

/* NAI_ENUMERIC, naming step and tensor, for a model that is not finite. */
static int check_model(const struct nai_training *tr, struct nai_err *err)
{
    char text[40];
    const int rc = nai_trainer_check(&tr->t, err);

    if (rc != NAI_ENUMERIC)
        return rc;
    snprintf(text, sizeof text, "step %" PRIu64, tr->mark.step);
    return nai_err_prefix(err, text);
}

/* One of what is not finite would replace another that can be gone on from. */
static int checkpoint(struct nai_training *tr, struct nai_err *err)
{
    const int rc = check_model(tr, err);

    return rc == NAI_OK ? nai_save_checkpoint(&tr->saver, &tr->mark, tr->o->checkpoint, err) : rc;
}

static int answer_signals(struct nai_training *tr, struct nai_err *err)
{
    const struct timespec now = {0};
    int sig, rc = NAI_OK;

    while (tr->o->checkpoint && (sig = sigtimedwait(&tr->signals, NULL, &now)) > 0) {
        rc = checkpoint(tr, err);
        if (rc != NAI_OK)
            return rc;
        nai_note(tr->cli, "%s: checkpoint of step %" PRIu64, tr->o->checkpoint, tr->mark.step);
        if (sig == SIGUSR1)
            continue;
        tr->died = sig == SIGINT ? sig : 0;
        return nai_err_set(err, NAI_ESTOPPED,
                           "stopped after step %" PRIu64 "; go on with --resume %s", tr->mark.step,
                           tr->o->checkpoint);
    }
    return rc;
}

/* ---- batches ---- */

static enum nai_feed_event next_batch(struct nai_training *tr, struct nai_rows *b,
                                      struct nai_err *err)
{
    enum nai_feed_event ev;

    do {
        ev = nai_feed_next(tr->feed, b, err);
        if (answer_signals(tr, err) != NAI_OK)
            return NAI_FEED_FAILED;
    } while (ev == NAI_FEED_WAIT);
    return ev;
}

/* Batches that a resumed training has had are passed over. */
static int pass_over(struct nai_training *tr, struct nai_err *err)
{
    size_t batches, rows;
    struct nai_rows b;

    if (nai_feed_held(tr->feed, &batches, &rows)) {
        nai_feed_skip(tr->feed, tr->mark.step * tr->chunks);
        return NAI_OK;
    }
    for (uint64_t k = 0; k < tr->mark.step; k++) {
        const enum nai_feed_event ev = next_batch(tr, &b, err);
        if (ev == NAI_FEED_FAILED)
            return err->code;
        if (ev == NAI_FEED_END)
            return nai_err_set(err, NAI_EINPUT,
                               "%s: ends after %" PRIu64 " batches, before step %" PRIu64
                               " of the checkpoint",
                               tr->in.name, k, tr->mark.step);
    }
    return NAI_OK;
}

/* ---- one step ---- */

/* Gradients of one step's batches: of one, or of all that make the full batch. */
static int gather(struct nai_training *tr, struct nai_rows *b, struct nai_err *err)
{
    struct nai_loss_value sum = {0};
    size_t batches, rows, seen = 0;
    int rc = NAI_OK;

    nai_feed_held(tr->feed, &batches, &rows);
    for (size_t k = 0; rc == NAI_OK && k < tr->chunks; k++) {
        const double share = tr->chunks > 1 && !tr->o->loss.sum ? (double)b->n / (double)rows : 1;
        rc = nai_trainer_gradients(&tr->t, b, share, err);
        sum.loss += share * tr->t.value.loss;
        sum.correct += tr->t.value.correct;
        for (size_t i = 0; i < tr->t.value.terms; i++)
            sum.value[i] += share * tr->t.value.value[i];
        seen += b->n;
        if (rc == NAI_OK && tr->o->online_probe)
            nai_online_step(&tr->probe, &tr->t, b);
        /* held rows: at hand. Signals wait: a checkpoint is of the state between steps */
        if (rc == NAI_OK && k + 1 < tr->chunks && nai_feed_next(tr->feed, b, err) != NAI_FEED_BATCH)
            rc = nai_err_set(err, NAI_EINPUT, "%s: ends within a step", tr->in.name);
    }
    tr->t.value.loss = sum.loss;
    for (size_t i = 0; i < tr->t.value.terms; i++)
        tr->t.value.value[i] = sum.value[i];
    tr->mark.loss = sum.loss;
    tr->mark.accuracy = (double)sum.correct / (double)(seen * tr->input.nviews);
    tr->mark.rows += seen;
    tr->mark.epoch = b->epoch;
    return rc;
}

static int step(struct nai_training *tr, struct nai_rows *b, struct nai_err *err)
{
    const uint64_t k = tr->mark.step;
    const double lr = nai_schedule_lr(&tr->schedule, k);
    const double tau = nai_schedule_tau(&tr->schedule, tr->o->tau, k);
    struct nai_watch *const watch = tr->watch.d ? &tr->watch : NULL;
    struct nai_online *const probe = tr->o->online_probe ? &tr->probe : NULL;
    char text[400];
    int rc = gather(tr, b, err);

    if (rc == NAI_OK)
        rc = nai_trainer_update(&tr->t, lr, tau, err);
    if (rc == NAI_ENUMERIC) {
        snprintf(text, sizeof text, "step %" PRIu64, k + 1);
        return nai_err_prefix(err, text);
    }
    if (rc != NAI_OK)
        return rc;
    tr->mark.step++;
    if (watch && (tr->mark.step % tr->o->log.every == 0)) {
        nai_watch_take(watch, &tr->t);
        if (watch->collapsed && !tr->collapsed)
            nai_warn(tr->cli, "step %" PRIu64 ": %s", tr->mark.step,
                     nai_watch_text(watch, &tr->t, text));
        tr->collapsed |= watch->collapsed > 0;
    }
    if (nai_log_due(&tr->log, tr->mark.step))
        rc = nai_log_line(&tr->log, &tr->t, probe, &tr->mark, lr, watch,
                          (tr->mark.step - tr->started) * tr->batch, err);
    return rc;
}

/* ---- the training ---- */

static int save_model(struct nai_training *tr, bool done, struct nai_err *err)
{
    char digest[40];
    int rc = check_model(tr, err);

    if (rc == NAI_OK)
        rc = nai_save_model(&tr->saver, &tr->mark, tr->sink.fd, tr->sink.name, done, digest, err);
    if (rc == NAI_OK && done)
        nai_note(tr->cli, "%s: digest %s", tr->sink.name, digest);
    return rc;
}

/* What is due after a step: checkpoint, and a model in the output, which waits for the next batch
 * since the last one tells of the input as well. */
static int after(struct nai_training *tr, struct nai_err *err)
{
    const uint64_t k = tr->mark.step;

    tr->keep_due = tr->o->keep && k % tr->o->keep == 0;
    if (tr->o->checkpoint && tr->o->every && k % tr->o->every == 0)
        return checkpoint(tr, err);
    return NAI_OK;
}

static int finish(struct nai_training *tr, struct nai_err *err)
{
    const uint64_t dropped = nai_feed_dropped(tr->feed);
    char text[300];
    int rc = NAI_OK;

    if (tr->mark.step == 0)
        return nai_err_set(err, NAI_EINPUT, "%s: no rows", tr->in.name);
    if (dropped)
        nai_note(tr->cli, "%" PRIu64 " rows at the ends of epochs did not fill a batch", dropped);
    if (tr->o->cosine && tr->mark.step < tr->schedule.total)
        nai_warn(tr->cli, "the input ended after step %" PRIu64 " of the cosine's %" PRIu64,
                 tr->mark.step, tr->schedule.total);
    if (tr->watch.d && tr->mark.step > tr->started) {
        nai_watch_take(&tr->watch, &tr->t);
        if (tr->watch.collapsed)
            nai_warn(tr->cli, "at the end: %s", nai_watch_text(&tr->watch, &tr->t, text));
    }
    if (tr->o->checkpoint)
        rc = checkpoint(tr, err);
    return rc == NAI_OK ? save_model(tr, true, err) : rc;
}

int nai_train_loop(struct nai_training *tr, struct nai_err *err)
{
    const uint64_t total = tr->schedule.total;
    enum nai_feed_event ev = NAI_FEED_BATCH;
    struct nai_rows b;
    int rc = nai_sink_open(&tr->sink, tr->cli->output, true, err);

    if (rc == NAI_OK)
        rc = nai_log_open(&tr->log, &tr->o->log, tr->mark.step, err);
    if (rc == NAI_OK)
        rc = pass_over(tr, err);
    while (rc == NAI_OK && (ev = next_batch(tr, &b, err)) == NAI_FEED_BATCH) {
        if (tr->o->cosine && tr->mark.step >= total)
            return nai_err_set(err, NAI_EUSAGE,
                               "%s: goes on after step %" PRIu64 ", the last by --images and "
                               "--epochs",
                               tr->in.name, total);
        if (tr->keep_due)
            rc = save_model(tr, false, err);
        if (rc == NAI_OK)
            rc = step(tr, &b, err);
        if (rc == NAI_OK)
            rc = after(tr, err);
        nai_progress(tr->cli, tr->mark.rows, total * tr->batch);
    }
    if (rc == NAI_OK && ev == NAI_FEED_FAILED)
        rc = err->code;
    return rc == NAI_OK ? finish(tr, err) : rc;
}
