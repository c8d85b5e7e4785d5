/* probe_report.h - probes as lines of a report, and confusion matrices
 * SPDX-License-Identifier: MIT */
#ifndef NAI_PROBE_REPORT_H
#define NAI_PROBE_REPORT_H

#include "probe.h"
#include "report.h"

/* nai_probe_line - one line: the field, the method, how well it did, and what the method tells.
 * drawn: the seed belongs in it. */
void nai_probe_line(struct nai_report *r, const char *field, const struct nai_probe *p,
                    const struct nai_probed *done, bool values, bool drawn);

/* A table of confusion matrices, gathered in memory. */
struct nai_confusion {
    FILE *f;
    char *text;
    size_t size;
    const struct json_t *names; /* of the classes, by label; NULL: labels are printed */
    bool headed;
    size_t k; /* classes, and their labels, of the table's head; owned */
    int64_t *label;
};

/* nai_confusion_open - names: meta.classes of the train stream, or NULL; outlives c. */
int nai_confusion_open(struct nai_confusion *c, const struct json_t *names, struct nai_err *err);

/*
 * nai_confusion_add - a line for each true class: field, class, how often it was taken for which.
 *
 * label  in  i64[k]; the same for all matrices of a table: NAI_EUSAGE for others
 */
int nai_confusion_add(struct nai_confusion *c, const char *field, const struct nai_probed *done,
                      const struct nai_set *test, const int64_t *label, struct nai_err *err);

/* nai_confusion_close - write it to path when status is NAI_OK. Always call it; a zeroed c is fine.
 * Returns the final status. */
int nai_confusion_close(struct nai_confusion *c, const char *path, int status, struct nai_err *err);

#endif
