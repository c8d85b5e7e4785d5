/* nts_digest.c - digests of fields and of the stream
 * SPDX-License-Identifier: MIT */
#include "nts_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int nts_digest_open(struct nts_digest *d, const struct nts_header *h, struct nai_err *err)
{
    const size_t n = h->nsections ? h->nsections : 1;

    *d = (struct nts_digest){.nsections = h->nsections};
    d->field = calloc(n, sizeof *d->field);
    d->rows = calloc(n, sizeof *d->rows);
    if (d->field && d->rows)
        return NAI_OK;
    nts_digest_close(d);
    return nai_err_set(err, NAI_ESYSTEM, "out of memory");
}

void nts_digest_close(struct nts_digest *d)
{
    for (size_t s = 0; d->field && s < d->nsections; s++)
        free(d->field[s]);
    free(d->field);
    free(d->rows);
    *d = (struct nts_digest){0};
}

int nts_digest_touch(struct nts_digest *d, const struct nts_header *h, size_t s,
                     struct nai_err *err)
{
    const size_t n = h->section[s].nfields;

    if (d->field[s])
        return NAI_OK;
    d->field[s] = malloc((n ? n : 1) * sizeof **d->field);
    if (!d->field[s])
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t f = 0; f < n; f++)
        XXH64_reset(&d->field[s][f], 0);
    return NAI_OK;
}

uint64_t nts_digest_field(const struct nts_digest *d, size_t s, size_t f)
{
    return d->field[s] ? XXH64_digest(&d->field[s][f]) : XXH64(NULL, 0, 0);
}

int nts_digest_stream(char hex[17], const struct nts_digest *d, const struct nts_header *h,
                      struct nai_err *err)
{
    char *text = NULL;
    size_t n = 0;
    FILE *const f = open_memstream(&text, &n);

    if (!f)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    for (size_t s = 0; s < h->nsections; s++)
        for (size_t i = 0; i < h->section[s].nfields; i++) {
            const struct nts_field *const fl = &h->section[s].field[i];
            fprintf(f, "%s\t%s\t%s\t", h->section[s].name, fl->name, nai_dtype_name(fl->dtype));
            for (size_t k = 0; k < fl->ndim; k++)
                fprintf(f, "%s%" PRIu64, k ? "," : "", fl->shape[k]);
            fprintf(f, "\t%" PRIu64 "\t%016" PRIx64 "\n", d->rows[s], nts_digest_field(d, s, i));
        }
    if (fclose(f) != 0) {
        free(text);
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    snprintf(hex, 17, "%016" PRIx64, (uint64_t)XXH64(text, n, 0));
    free(text);
    return NAI_OK;
}

json_t *nts_digest_json(const struct nts_digest *d, const struct nts_header *h, struct nai_err *err)
{
    json_t *const o = json_object(), *const sections = json_array();
    char hex[24] = "xxh64:";

    for (size_t s = 0; s < h->nsections; s++) {
        const struct nts_section *const sec = &h->section[s];
        json_t *const one = json_object(), *const fields = json_object();
        for (size_t f = 0; f < sec->nfields; f++) {
            snprintf(hex + 6, 17, "%016" PRIx64, nts_digest_field(d, s, f));
            json_object_set_new(fields, sec->field[f].name, json_string(hex));
        }
        json_object_set_new(one, "rows", json_integer((json_int_t)d->rows[s]));
        json_object_set_new(one, "fields", fields);
        json_array_append_new(sections, one);
    }
    json_object_set_new(o, "sections", sections);
    if (nts_digest_stream(hex + 6, d, h, err) != NAI_OK) {
        json_decref(o);
        return NULL;
    }
    if (json_object_set_new(o, "digest", json_string(hex)) == 0)
        return o;
    json_decref(o);
    nai_err_set(err, NAI_ESYSTEM, "out of memory");
    return NULL;
}
