/* report.c - see report.h
 * SPDX-License-Identifier: MIT */
#include "report.h"

#include <math.h>

int nai_report_open(struct nai_report *r, bool json, struct nai_err *err)
{
    *r = (struct nai_report){.json = json, .line = json_object()};
    r->f = open_memstream(&r->text, &r->size);
    return r->f && r->line ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
}

void nai_report_text(struct nai_report *r, const char *column, const char *value)
{
    json_object_set_new(r->line, column, json_string(value));
}

void nai_report_real(struct nai_report *r, const char *column, double value)
{
    json_object_set_new(r->line, column, isfinite(value) ? json_real(value) : json_null());
}

void nai_report_count(struct nai_report *r, const char *column, uint64_t value)
{
    json_object_set_new(r->line, column, json_integer((json_int_t)value));
}

void nai_report_reals(struct nai_report *r, const char *column, const double *value, size_t n)
{
    json_t *const list = json_array();

    for (size_t k = 0; k < n; k++)
        json_array_append_new(list, isfinite(value[k]) ? json_real(value[k]) : json_null());
    json_object_set_new(r->line, column, list);
}

void nai_report_empty(struct nai_report *r, const char *column)
{
    json_object_set_new(r->line, column, json_null());
}

static void print_list(FILE *f, const json_t *list)
{
    for (size_t k = 0; k < json_array_size(list); k++) {
        const json_t *const v = json_array_get(list, k);
        if (k)
            fputc(',', f);
        if (json_is_real(v))
            fprintf(f, "%.10g", json_real_value(v));
    }
}

/* Tabs and line ends would break the table; names have none, but be sure. */
static void print_text(FILE *f, const char *s)
{
    for (; *s; s++)
        fputc((unsigned char)*s < 0x20 ? ' ' : *s, f);
}

void nai_report_line(struct nai_report *r)
{
    const char *column;
    const json_t *value;
    int k = 0;

    if (r->json) {
        json_dumpf(r->line, r->f, JSON_COMPACT);
    } else {
        if (!r->headed)
            json_object_foreach(r->line, column, value)
                fprintf(r->f, "%s%s", k++ ? "\t" : "", column);
        if (!r->headed)
            fputc('\n', r->f);
        k = 0;
        json_object_foreach(r->line, column, value)
        {
            if (k++)
                fputc('\t', r->f);
            if (json_is_string(value))
                print_text(r->f, json_string_value(value));
            else if (json_is_integer(value))
                fprintf(r->f, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
            else if (json_is_real(value))
                fprintf(r->f, "%.10g", json_real_value(value));
            else
                print_list(r->f, value);
        }
    }
    fputc('\n', r->f);
    r->headed = true;
    json_object_clear(r->line);
}

int nai_report_close(struct nai_report *r, const struct nai_cli *cli, int status,
                     struct nai_err *err)
{
    json_decref(r->line);
    if (r->f && fclose(r->f) != 0 && status == NAI_OK)
        status = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    return nai_print(cli, status, r->text, r->size, err);
}
