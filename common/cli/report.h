/* report.h - results for people: TSV with one header line, or JSON, one object a line
 * SPDX-License-Identifier: MIT */
#ifndef NAI_REPORT_H
#define NAI_REPORT_H

#include <jansson.h>

#include "cli.h"

struct nai_report {
    FILE *f;
    char *text;
    size_t size;
    bool json, headed;
    json_t *line; /* the cells of the line being made, by column name */
};

/* nai_report_open - gather a report; nothing is printed before nai_report_close. */
int nai_report_open(struct nai_report *r, bool json, struct nai_err *err);

/* A cell. Columns stand in the order of the first line. A NaN is an empty cell, or null. */
void nai_report_text(struct nai_report *r, const char *column, const char *value);
void nai_report_real(struct nai_report *r, const char *column, double value);
void nai_report_count(struct nai_report *r, const char *column, uint64_t value);
/* Several numbers in one cell, separated by commas; a list in JSON. */
void nai_report_reals(struct nai_report *r, const char *column, const double *value, size_t n);
void nai_report_empty(struct nai_report *r, const char *column);

/* nai_report_line - end the line. */
void nai_report_line(struct nai_report *r);

/* nai_report_close - print all of it, to -o or stdout, when status is NAI_OK. */
int nai_report_close(struct nai_report *r, const struct nai_cli *cli, int status,
                     struct nai_err *err);

#endif
