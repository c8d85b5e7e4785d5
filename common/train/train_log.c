/* train_log.c - the table that a training leaves: one line each K steps
 * SPDX-License-Identifier: MIT */
#include "train_log.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds that the last line kept tells of; the column is found by the table's first line. */
static double seconds_of(const char *head, const char *line)
{
    const char *const at = strstr(head, "\tseconds");
    double s = 0;

    if (!at)
        return 0;
    for (const char *p = head; p <= at; p++)
        if (*p == '\t' && line)
            line = strchr(line, '\t') ? strchr(line, '\t') + 1 : NULL;
    if (line)
        s = strtod(line, NULL);
    return isfinite(s) ? s : 0;
}

/* Is this the first line of a table with the columns that are asked for now? */
static bool same_columns(const struct nai_log *l, const char *line)
{
    return strncmp(line, "step\tepoch\tloss", 15) == 0 &&
           (strstr(line, "\talpha\t") != NULL) == (l->o.alpha > 0) &&
           (strstr(line, "\tseconds\t") != NULL) == l->o.time;
}

/* The lines of an earlier part up to `step`, in memory: *text, *n. */
static int keep_lines(struct nai_log *l, uint64_t step, char **text, size_t *n, struct nai_err *err)
{
    int rc = NAI_OK;
    FILE *const f = fopen(l->o.path, "r"), *const to = open_memstream(text, n);
    char *line = NULL, *head = NULL;
    size_t cap = 0;

    while (f && to && getline(&line, &cap, f) > 0) {
        const char *const end = strchr(line, '\n');
        if (!end || (head && strtoull(line, NULL, 10) > step))
            break;
        if (!head && !same_columns(l, line)) {
            rc = nai_err_set(err, NAI_EUSAGE,
                             "%s: not a table with these columns (--alpha-every and --log-time "
                             "as before, or another --log)",
                             l->o.path);
            break;
        }
        fputs(line, to);
        if (head) {
            l->seconds = seconds_of(head, line);
        } else {
            head = strdup(line);
        }
    }
    l->headed = head != NULL;
    free(line);
    free(head);
    if (f)
        fclose(f);
    if ((!to || fclose(to) != 0) && rc == NAI_OK)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    return rc;
}

int nai_log_open(struct nai_log *l, const struct nai_log_opts *o, uint64_t step,
                 struct nai_err *err)
{
    char *text = NULL;
    size_t n = 0;
    int rc = NAI_OK;

    *l = (struct nai_log){.o = *o, .t0 = now()};
    if (!o->path)
        return NAI_OK;
    if (step > 0)
        rc = keep_lines(l, step, &text, &n, err);
    if (rc == NAI_OK)
        l->f = fopen(o->path, "w");
    if (rc == NAI_OK && !l->f)
        rc = nai_err_set(err, NAI_ESYSTEM, "%s: cannot create:", o->path);
    if (rc == NAI_OK && n && (fwrite(text, 1, n, l->f) != n || fflush(l->f) != 0))
        rc = nai_err_set(err, NAI_ESYSTEM, "%s: write failed:", o->path);
    free(text);
    return rc;
}

bool nai_log_due(const struct nai_log *l, uint64_t step)
{
    return l->f && step % l->o.every == 0;
}

static void head(const struct nai_log *l, const struct nai_trainer *t,
                 const struct nai_online *probe, const struct nai_watch *w)
{
    fputs("step\tepoch\tloss", l->f);
    for (size_t k = 0; t->value.terms > 1 && k < t->value.terms; k++)
        fprintf(l->f, "\t%s", t->value.name[k]);
    fputs("\tlr\tgrad_norm", l->f);
    if (t->o.loss.kind == NAI_LOSS_CE)
        fputs("\taccuracy", l->f);
    if (w)
        fputs("\tz_std\tz_std_min\tcollapsed", l->f);
    if (probe)
        fputs("\tprobe", l->f);
    if (l->o.alpha)
        fputs("\talpha\talpha_lo\talpha_hi", l->f);
    if (l->o.time)
        fputs("\tseconds\timages_s", l->f);
    fputc('\n', l->f);
}

static int put_alpha(const struct nai_log *l, const struct nai_trainer *t, uint64_t step,
                     struct nai_err *err)
{
    struct nai_batch_alpha a = {.alpha = NAN};
    int rc = NAI_OK;

    if (step % l->o.alpha == 0)
        rc = nai_watch_alpha(&a, t, err);
    if (rc == NAI_OK && isfinite(a.alpha))
        fprintf(l->f, "\t%.9g\t%zu\t%zu", a.alpha, a.lo, a.hi);
    else
        fputs("\t\t\t", l->f);
    return rc;
}

int nai_log_line(struct nai_log *l, const struct nai_trainer *t, const struct nai_online *probe,
                 const struct nai_mark *m, double lr, const struct nai_watch *w, uint64_t images,
                 struct nai_err *err)
{
    int rc = NAI_OK;

    if (!l->headed)
        head(l, t, probe, w);
    l->headed = true;
    fprintf(l->f, "%" PRIu64 "\t%" PRIu64 "\t%.9g", m->step, m->epoch, m->loss);
    for (size_t k = 0; t->value.terms > 1 && k < t->value.terms; k++)
        fprintf(l->f, "\t%.9g", t->value.value[k]);
    fprintf(l->f, "\t%.9g\t%.9g", lr, t->grad_norm);
    if (t->o.loss.kind == NAI_LOSS_CE)
        fprintf(l->f, "\t%.6g", m->accuracy);
    if (w)
        fprintf(l->f, "\t%.9g\t%.9g\t%zu", w->std_mean, w->std_min, w->collapsed);
    if (probe)
        fprintf(l->f, "\t%.6g", nai_online_accuracy(probe));
    if (l->o.alpha)
        rc = put_alpha(l, t, m->step, err);
    if (l->o.time) {
        const double s = now() - l->t0, passed = s - l->last;
        const double n = (double)(images - l->images);
        fprintf(l->f, "\t%.3f\t%.1f", l->seconds + s, passed > 0 ? n / passed : 0);
        l->last = s;
        l->images = images;
    }
    fputc('\n', l->f);
    if (rc == NAI_OK && fflush(l->f) != 0)
        rc = nai_err_set(err, NAI_ESYSTEM, "%s: write failed:", l->o.path);
    return rc;
}

int nai_log_close(struct nai_log *l, int status, struct nai_err *err)
{
    if (l->f && fclose(l->f) != 0 && status == NAI_OK)
        status = nai_err_set(err, NAI_ESYSTEM, "%s: write failed:", l->o.path);
    l->f = NULL;
    return status;
}
