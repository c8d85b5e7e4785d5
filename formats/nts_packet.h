/* nts_packet.h - a record on its way out: filtered, hashed and compressed
 * SPDX-License-Identifier: MIT */
#ifndef NTS_PACKET_H
#define NTS_PACKET_H

#include <zstd.h>

#include "nts_internal.h"

/* A record on its way out: header and payload, then the frame made of them. */
struct nts_packet {
    uint8_t *raw; /* header, payload; columns unfiltered until they are packed */
    size_t cap, len;
    struct nts_record rec;
    const struct nts_section *section; /* NULL: not rows */
    uint8_t *shuffled;                 /* the same with columns filtered */
    size_t shuffled_cap;
    uint8_t *frame;
    size_t frame_cap, frame_len;
    ZSTD_CCtx *cctx;
    int level, status;
    bool shallow; /* search for matches as little as can be */
    struct nts_task task;
};

/* nts_packet_pack - filter, hash and compress one packet; arg is a struct nts_packet, whose status
 * says how it went. */
void nts_packet_pack(void *arg);

void nts_packet_free(struct nts_packet *p);

/*
 * nts_choose_filters - set the filters of a section's fields by trying them on its first rows.
 *
 * raw         in  a record's worth of columns, each with room for per_record rows; NULL: no rows
 * rows        in  how many there are
 */
void nts_choose_filters(struct nts_section *sec, const uint8_t *raw, size_t rows, size_t per_record,
                        int level);

/* nts_choose_search - does searching for matches cost time and gain nothing, with the filters that
 * were chosen, on a section's first rows? Arguments as above. */
bool nts_choose_search(const struct nts_section *sec, const uint8_t *raw, size_t rows,
                       size_t per_record, int level);

#endif
