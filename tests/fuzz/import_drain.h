/* import_drain.h - what the fuzzers of importers share
 * SPDX-License-Identifier: MIT */
#ifndef NAI_IMPORT_DRAIN_H
#define NAI_IMPORT_DRAIN_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A new folder under $TMPDIR; path holds its name. */
static inline void drain_folder(char path[static 200])
{
    const char *const tmp = getenv("TMPDIR");

    snprintf(path, 200, "%s/nai-fuzz-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(path))
        abort();
}

static inline void drain_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *const f = fopen(path, "wb");

    if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0)
        abort();
}

/* Read every byte that a source gives, so that the sanitizers see what was not written; a source
 * that failed to open must have left nothing behind, and every failure must say why. */
static inline void drain_source(struct nai_source *s, int st, const struct nai_err *opened)
{
    struct nai_err err = {0};
    struct nts_batch b;
    enum nts_event e = NTS_END;
    volatile uint8_t sum = 0;

    if (st && (s->state || s->header || opened->code != st || !opened->msg[0]))
        abort();
    while (!st && (e = s->next(s, &b, &err)) == NTS_BATCH) {
        const struct nts_section *const sec = &s->header->section[b.section];
        for (size_t f = 0; f < sec->nfields; f++)
            for (size_t i = 0; i < b.rows * sec->field[f].width; i++)
                sum = (uint8_t)(sum + ((const uint8_t *)b.data[f])[i]);
    }
    if (e == NTS_FAILED && (!err.code || !err.msg[0]))
        abort();
    nai_source_close(s);
}

#endif
