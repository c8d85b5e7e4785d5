/* source.h - rows from a foreign file: what every importer is
 * SPDX-License-Identifier: MIT
 *
 * An importer opens its file, fills the header, and gives batches until there are none, reading as
 * it goes: a file is never slurped where its format can be read in order. */
#ifndef NAI_SOURCE_H
#define NAI_SOURCE_H

#include "nts.h"

struct nai_source {
    struct nts_header *header; /* owned: kind, sections, meta; no history */
    void *state;               /* the importer's own */
    /* next - NTS_BATCH with b filled (its data valid until the next call), NTS_END when the file
     * was read whole and was as long as it should be, NTS_FAILED with err. */
    enum nts_event (*next)(struct nai_source *s, struct nts_batch *b, struct nai_err *err);
    void (*close)(struct nai_source *s); /* frees state, not header */
};

/* nai_source_close - close what an importer opened, header too; a zeroed source is fine. */
static inline void nai_source_close(struct nai_source *s)
{
    if (s->close)
        s->close(s);
    nts_header_free(s->header);
    *s = (struct nai_source){0};
}

#endif
