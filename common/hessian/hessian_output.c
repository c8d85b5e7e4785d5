/* hessian_output.c - the table, the stream of spectra, the matrix
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "hessian_parts.h"

int nai_hessian_keep(struct nai_hessian *h, struct nai_spectrum *s, struct nai_err *err)
{
    struct nai_spectrum *const more = realloc(h->spectrum, (h->nspectra + 1) * sizeof *h->spectrum);
    char model[40] = "", label[40] = "";

    if (!more) {
        nai_spectrum_free(s);
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    h->spectrum = more;
    static const char *const names[] = {"hessian", "ggn", "fisher"};
    if (h->at.model > 1 || h->at.step[0])
        snprintf(model, sizeof model, "@%.30s", h->at.step);
    if (h->at.model > 1 && !h->at.step[0])
        snprintf(model, sizeof model, "@%zu", h->at.model);
    if (h->at.label >= 0)
        snprintf(label, sizeof label, ".class%ld", (long)h->at.label);
    snprintf(s->scaling, sizeof s->scaling, "%s", names[h->o->of]);
    snprintf(s->name, sizeof s->name, "%s%s%s%s%s", s->scaling, h->at.name[0] ? "." : "",
             h->at.name, label, model);
    for (size_t k = 0; k < h->nspectra; k++)
        if (strcmp(h->spectrum[k].name, s->name) == 0) { /* a model of as many steps */
            const size_t used = strlen(s->name);
            snprintf(s->name + used, sizeof s->name - used, "#%zu", h->at.model);
            break;
        }
    s->n = h->curve.rows;
    h->spectrum[h->nspectra++] = *s;
    *s = (struct nai_spectrum){0};
    return NAI_OK;
}

/* A stream to a file of its own: its header, declared, and then what fills it. */
static int open_stream(struct nai_hessian *h, struct nai_cli *cli, struct nai_out *out,
                       const char *path, const struct nts_header *header, struct nai_err *err)
{
    struct nai_in parents[2] = {h->in, h->model};

    parents[1].h = h->weights.h;
    *cli = *h->cli;
    cli->output = strcmp(path, "-") == 0 ? NULL : path;
    return nai_out_open(cli, out, header, parents, h->weights.h ? 2 : 1, err);
}

static int write_spectra(struct nai_hessian *h, int rc, struct nai_err *err)
{
    struct nts_header *const header = nts_header_new("spectrum");
    struct nai_out out = {.sink.fd = -1};
    struct nai_cli cli = *h->cli;

    if (!header)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t k = 0; rc == NAI_OK && k < h->nspectra; k++)
        rc = nai_spectrum_declare(header, &h->spectrum[k], err);
    if (rc == NAI_OK)
        rc = open_stream(h, &cli, &out, h->o->spectrum, header, err);
    for (size_t k = 0; rc == NAI_OK && k < h->nspectra; k++)
        rc = nai_spectrum_write(out.w, header, &h->spectrum[k], err);
    if (rc == NAI_OK)
        rc = nai_out_input(&out, &h->in, err);
    if (out.w)
        rc = nai_out_close(&cli, &out, rc, err);
    nts_header_free(header);
    return rc;
}

/* Rows x of the matrix: as any rows of features, so that every tool reads them. */
static int write_matrix(struct nai_hessian *h, int rc, struct nai_err *err)
{
    struct nts_header *const header = nts_header_new("dataset");
    const uint64_t n = h->matrix_n;
    struct nai_out out = {.sink.fd = -1};
    struct nai_cli cli = *h->cli;
    const void *data[1] = {h->matrix};

    if (!header || nts_header_section(header, "rows", (int64_t)n) < 0 ||
        nts_header_field(header, 0, "x", NAI_F64, 1, &n) < 0)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    if (rc == NAI_OK)
        rc = open_stream(h, &cli, &out, h->o->matrix, header, err);
    if (rc == NAI_OK)
        rc = nts_write(out.w, 0, n, data, err);
    if (rc == NAI_OK)
        rc = nai_out_input(&out, &h->in, err);
    if (out.w)
        rc = nai_out_close(&cli, &out, rc, err);
    nts_header_free(header);
    return rc;
}

int nai_hessian_write(struct nai_hessian *h, int status, struct nai_err *err)
{
    const struct nai_hessian_opts *const o = h->o;
    const bool piped = (o->spectrum && strcmp(o->spectrum, "-") == 0) ||
                       (o->matrix && strcmp(o->matrix, "-") == 0);

    if (status == NAI_OK && o->spectrum)
        status = write_spectra(h, status, err);
    if (status == NAI_OK && o->matrix)
        status = write_matrix(h, status, err);
    if (!piped)
        return nai_report_close(&h->table, h->cli, status, err);
    json_decref(h->table.line); /* the stream has the place of the table */
    fclose(h->table.f);
    free(h->table.text);
    return status;
}
