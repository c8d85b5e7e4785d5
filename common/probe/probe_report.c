/* probe_report.c - see probe_report.h
 * SPDX-License-Identifier: MIT */
#include "probe_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static void of_method(struct nai_report *r, const struct nai_probe *p,
                      const struct nai_probed *done)
{
    switch (p->method) {
    case NAI_PROBE_LOGISTIC:
        nai_report_real(r, "C", done->c);
        nai_report_real(r, "objective", done->objective);
        nai_report_real(r, "grad_norm", done->grad_norm);
        nai_report_count(r, "iterations", done->iterations);
        nai_report_text(r, "converged", done->converged ? "yes" : "no");
        break;
    case NAI_PROBE_RIDGE:
        nai_report_real(r, "lambda", done->lambda);
        nai_report_real(r, "condition", done->condition);
        nai_report_real(r, "objective", done->objective);
        break;
    case NAI_PROBE_KNN:
        nai_report_count(r, "k", p->neighbours);
        nai_report_real(r, "tau", p->tau);
        break;
    case NAI_PROBE_MLP:
        nai_report_count(r, "hidden", p->hidden); /* and what both have */
    /* fall through */
    case NAI_PROBE_MINIBATCH:
        nai_report_count(r, "epochs", p->batch.epochs);
        nai_report_real(r, "objective", done->objective);
        break;
    }
}

void nai_probe_line(struct nai_report *r, const char *field, const struct nai_probe *p,
                    const struct nai_probed *done, bool values, bool drawn)
{
    static const char *const methods[] = {"logistic", "ridge", "knn", "minibatch", "mlp"};

    nai_report_text(r, "field", field);
    nai_report_text(r, "method", methods[p->method]);
    nai_report_real(r, values ? "r2" : "top1", values ? done->score.r2 : done->score.top1);
    nai_report_real(r, "ci_lo", done->score.ci_lo);
    nai_report_real(r, "ci_hi", done->score.ci_hi);
    nai_report_real(r, values ? "mse" : "top5", values ? done->score.mse : done->score.top5);
    nai_report_count(r, "n", done->n);
    nai_report_count(r, "n_train", done->n_train);
    nai_report_count(r, "dim", done->d);
    nai_report_count(r, values ? "targets" : "classes", done->k);
    of_method(r, p, done);
    if (p->bootstrap)
        nai_report_count(r, "bootstrap", p->bootstrap);
    if (drawn)
        nai_report_count(r, "seed", p->seed);
    nai_report_line(r);
}

int nai_confusion_open(struct nai_confusion *c, const struct json_t *names, struct nai_err *err)
{
    *c = (struct nai_confusion){.names = names};
    c->f = open_memstream(&c->text, &c->size);
    return c->f ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
}

static void print_class(const struct nai_confusion *c, int64_t label)
{
    const char *name =
        label < 0 ? NULL : json_string_value(json_array_get(c->names, (size_t)label));

    if (!name)
        fprintf(c->f, "\t%" PRId64, label);
    for (fputs(name ? "\t" : "", c->f); name && *name; name++)
        fputc((unsigned char)*name < 0x20 ? ' ' : *name, c->f);
}

int nai_confusion_add(struct nai_confusion *c, const char *field, const struct nai_probed *done,
                      const struct nai_set *test, const int64_t *label, struct nai_err *err)
{
    const size_t k = done->k;
    uint64_t *const counts = nai_alloc(k + 1, k * sizeof *counts, "the confusion matrix", err);
    uint64_t unseen = 0;

    if (!counts)
        return NAI_ESYSTEM;
    nai_score_confusion(counts, &done->v, test);
    for (size_t p = 0; p < k; p++)
        unseen += counts[k * k + p];
    if (c->headed && (k != c->k || memcmp(label, c->label, k * sizeof *label) != 0)) {
        nai_free(counts);
        return nai_err_set(err, NAI_EUSAGE,
                           "--confusion: '%.200s' has other classes than the fields before it; "
                           "choose with --field",
                           field);
    }
    if (!c->headed) {
        c->label = nai_alloc(k, sizeof *c->label, "labels", err);
        if (!c->label) {
            nai_free(counts);
            return NAI_ESYSTEM;
        }
        memcpy(c->label, label, k * sizeof *label);
        c->k = k;
        fputs("field\ttrue", c->f);
        for (size_t p = 0; p < k; p++)
            print_class(c, label[p]);
        fputc('\n', c->f);
        c->headed = true;
    }
    for (size_t t = 0; t < k + (unseen > 0); t++) {
        fputs(field, c->f);
        if (t < k)
            print_class(c, label[t]);
        else
            fputs("\tunseen", c->f);
        for (size_t p = 0; p < k; p++)
            fprintf(c->f, "\t%" PRIu64, counts[t * k + p]);
        fputc('\n', c->f);
    }
    nai_free(counts);
    return NAI_OK;
}

int nai_confusion_close(struct nai_confusion *c, const char *path, int status, struct nai_err *err)
{
    struct nai_sink sink;

    if (!c->f)
        return status;
    if (fclose(c->f) != 0 && status == NAI_OK)
        status = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (status == NAI_OK) {
        status = nai_sink_open(&sink, path, false, err);
        if (status == NAI_OK) {
            status = nai_write_all(sink.fd, c->text, c->size, sink.name, err);
            status = nai_sink_close(&sink, status, err);
        }
    }
    free(c->text);
    nai_free(c->label);
    return status;
}
