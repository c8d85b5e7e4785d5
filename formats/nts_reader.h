/* nts_reader.h - the reader's state, and its pieces: bytes to records, records to rows
 * SPDX-License-Identifier: MIT */
#ifndef NTS_READER_H
#define NTS_READER_H

#include "nts_internal.h"

struct entry { /* what indx should say of a ROWS record */
    uint64_t offset, first;
    uint32_t rows, section;
};

struct nts_reader {
    char name[256];
    uint64_t max;
    struct nts_frames *frames;
    struct nts_pool *pool;
    struct nts_chunk *ring; /* ring[nring]: read ahead */
    size_t nring, head, filled;
    struct nts_chunk *current; /* handed out until the next call */
    size_t used;               /* bytes of it consumed, when records and frames differ */
    uint8_t *assembled;        /* a record that spans runs */
    size_t assembled_cap;

    struct nts_header *header;
    bool done;           /* between DONE and what may follow */
    enum nts_event last; /* what nts_read returned */
    struct nai_err failure;
    int fd;
    bool dry; /* the end, or a failure, is in the ring: nothing is to be read any more */
    bool joined;
    struct nts_digest whole; /* of all joined streams */
    uint64_t seq, offset;    /* of the next record in this stream */
    uint64_t records;        /* in all */
    uint64_t *base;          /* base[s]: rows of section s in the streams before this one */
    char id[17];             /* of this stream's last history entry */
    int64_t *declared;       /* declared[s]: rows that this stream's own header says, or -1 */
    struct nts_digest digest;
    struct entry *index;
    size_t nindex;
    uint64_t index_at; /* raw offset of indx, 0 when there was none */
    json_t *closing;   /* the last DONE */
    struct nts_input *input;
    size_t ninput;
    int last_section;

    uint8_t *plain; /* unfiltered columns */
    size_t plain_cap;
    const void **data;
};

/* nts_reader_fail - "name: record 12: what". Returns code. */
int nts_reader_fail(const struct nts_reader *r, struct nai_err *err, int code, const char *what);

/* nts_reader_truncated - cut short: after which record, section and row. Returns NAI_EINPUT. */
int nts_reader_truncated(const struct nts_reader *r, struct nai_err *err);

/* nts_reader_record - the next record, verified; *end when the input is over between records. */
int nts_reader_record(struct nts_reader *r, struct nts_record *rec, bool *end, struct nai_err *err);

/* nts_record_is - is this its type? */
bool nts_record_is(const struct nts_record *rec, const char *type);

/* What each type of record says, checked against what was read before. */
int nts_take_head(struct nts_reader *r, const struct nts_record *rec, struct nts_header **out,
                  struct nai_err *err);
int nts_take_rows(struct nts_reader *r, const struct nts_record *rec, struct nts_batch *b,
                  struct nai_err *err);
int nts_take_index(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err);
int nts_take_meta(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err);
int nts_take_abort(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err);
int nts_take_done(struct nts_reader *r, const struct nts_record *rec, struct nai_err *err);

#endif
