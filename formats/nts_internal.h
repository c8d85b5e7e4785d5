/* nts_internal.h - what the pieces of libnts share; not installed
 * SPDX-License-Identifier: MIT */
#ifndef NTS_INTERNAL_H
#define NTS_INTERNAL_H

#include <jansson.h>
#define XXH_STATIC_LINKING_ONLY /* the size of a state */
#include <xxhash.h>

#include "nts.h"

enum {
    NTS_RECORD_HEADER = 64,
    NTS_BLOCK = 128 << 10,    /* largest zstd block */
    NTS_JSON_MAX = 16 << 20,  /* bytes of JSON in one record */
    NTS_JSON_DEPTH = 16,      /* nesting */
    NTS_WINDOW_MAX = 8 << 20, /* zstd window a reader grants */
    NTS_AHEAD_MAX = 64 << 20, /* bytes of frames read ahead of the one wanted */
    NTS_CHUNK = 1 << 20,      /* payload bytes a record aims at */
    NTS_INDEX_ENTRY = 24      /* bytes of an indx entry */
};

#define NTS_RECORD_MAX     ((uint64_t)256 << 20) /* unless NAI_MAX_RECORD says otherwise */
#define NTS_RECORD_CEILING ((uint64_t)1 << 30)

#define NTS_ZSTD_MAGIC 0xFD2FB528u
#define NTS_SKIP_MAGIC 0x184D2A50u /* the low nibble is free */
#define NTS_SEEK_SKIP  0x184D2A5Eu
#define NTS_SEEK_MAGIC 0x8F92EAB1u

/* ---- little-endian fields ---- */

static inline uint32_t nts_get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t nts_get64(const uint8_t *p)
{
    return (uint64_t)nts_get32(p) | (uint64_t)nts_get32(p + 4) << 32;
}

static inline void nts_put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static inline void nts_put64(uint8_t *p, uint64_t v)
{
    nts_put32(p, (uint32_t)v);
    nts_put32(p + 4, (uint32_t)(v >> 32));
}

/* ---- nts_record.c: the 64-byte header ---- */

struct nts_record {
    char type[5];
    uint64_t seq, len, c, feat;
    uint32_t a, b;
    uint64_t payload_hash;
    const uint8_t *payload;
};

/* Fill buf[0..64) for the payload that follows it, hashes included. */
void nts_record_pack(uint8_t *buf, const struct nts_record *rec);

/* Check a header's own hash and its limits. NAI_EINPUT says what is wrong. */
int nts_record_unpack(struct nts_record *rec, const uint8_t *buf, uint64_t max,
                      struct nai_err *err);

/* The largest record this process takes, header included. */
uint64_t nts_record_max(void);

/* Bytes of payload for n rows of a section: each column padded to 64. false on overflow. */
bool nts_rows_len(uint64_t *len, const struct nts_section *s, uint64_t n);

/* ---- nts_json.c: strict JSON, and HEAD's to and from the structs ---- */

/* Parse a JSON object within the limits. NULL with err set. */
json_t *nts_json_parse(const char *text, size_t n, struct nai_err *err);

/* The header's JSON, compact. Free with free(). NULL when out of memory. */
char *nts_header_dump(const struct nts_header *h);

/* Build a header from HEAD's JSON (borrowed). */
int nts_header_parse(struct nts_header **h, json_t *json, struct nai_err *err);

/* A JSON string of s; what is not UTF-8 becomes U+FFFD. NULL when out of memory. */
json_t *nts_text_json(const char *s);

/* nts_name_ok - 1 to 255 bytes (0 too, where empty is allowed) of UTF-8, no control characters. */
bool nts_name_ok(const char *s, bool empty);

/* Sizes that follow from the shape; false on overflow or a dimension of 0. */
bool nts_field_size(struct nts_field *f);

/* ---- nts_filter.c ---- */

void nts_shuffle(uint8_t *dst, const uint8_t *src, size_t n, size_t width);
void nts_unshuffle(uint8_t *dst, const uint8_t *src, size_t n, size_t width);

/* ---- nts_digest.c: digests of fields and streams ---- */

struct nts_digest {
    size_t nsections;
    XXH64_state_t **field; /* field[s][f]; field[s] is NULL until the section has rows */
    uint64_t *rows;        /* rows[s] */
};

int nts_digest_open(struct nts_digest *d, const struct nts_header *h, struct nai_err *err);
void nts_digest_close(struct nts_digest *d);

/* Make room for section s. */
int nts_digest_touch(struct nts_digest *d, const struct nts_header *h, size_t s,
                     struct nai_err *err);

/* Digest of a field so far. */
uint64_t nts_digest_field(const struct nts_digest *d, size_t s, size_t f);

/* What a closing record says of rows and digests: {"sections":..., "digest":...}. NULL with err. */
json_t *nts_digest_json(const struct nts_digest *d, const struct nts_header *h,
                        struct nai_err *err);

/* The stream digest as 16 hex digits. */
int nts_digest_stream(char hex[17], const struct nts_digest *d, const struct nts_header *h,
                      struct nai_err *err);

/* ---- nts_pool.c: threads beside the caller's ---- */

struct nts_task {
    void (*run)(void *arg);
    void *arg;
    int state; /* 0 idle, 1 queued or running, 2 done */
    struct nts_task *next;
};

struct nts_pool;

/* threads <= 1 gives a pool that runs tasks at once, in the caller. NULL when out of memory. */
struct nts_pool *nts_pool_new(int threads);
int nts_pool_threads(const struct nts_pool *p);
void nts_pool_start(struct nts_pool *p, struct nts_task *t);
void nts_pool_wait(struct nts_pool *p, struct nts_task *t);
void nts_pool_free(struct nts_pool *p); /* waits for what was started */

/* ---- nts_frame.c: the zstd envelope, reading ---- */

/* A run of raw bytes out of the envelope: usually one frame, which is one record. */
struct nts_chunk {
    uint8_t *buf; /* 64-byte aligned */
    size_t cap, len;
    bool whole;    /* buf is one record whose payload hash was found right */
    bool end;      /* there was no more input */
    int status;    /* NAI_OK, or why there is no chunk */
    uint8_t *cbuf; /* the frame as it came, to be decompressed */
    size_t ccap, clen;
    bool stored;  /* buf holds the content already; check says what it should hash to */
    bool checked; /* a 4-byte checksum followed */
    uint32_t check;
    uint64_t max; /* largest record */
    struct ZSTD_DCtx_s *dctx;
    struct nai_err err;
    struct nts_task task;
};

struct nts_frames;

int nts_frames_open(struct nts_frames **f, int fd, uint64_t max, struct nai_err *err);
void nts_frames_close(struct nts_frames *f);

/* Read the next frame into c; the decoding is left to nts_chunk_decode. */
void nts_frames_next(struct nts_frames *f, struct nts_chunk *c);

/* Whether read-ahead makes sense (frames, not a bare record stream). */
bool nts_frames_ahead(const struct nts_frames *f);

uint64_t nts_frames_bytes(const struct nts_frames *f);

/* Decompress and verify; arg is a struct nts_chunk. */
void nts_chunk_decode(void *arg);

void nts_chunk_free(struct nts_chunk *c);

/* ---- nts_envelope.c: the zstd envelope, writing ---- */

struct nts_envelope;

int nts_envelope_open(struct nts_envelope **e, int fd, const char *name, struct nai_err *err);
void nts_envelope_close(struct nts_envelope *e);

/* Write n bytes as a stored frame. */
int nts_envelope_stored(struct nts_envelope *e, const uint8_t *raw, size_t n, struct nai_err *err);

/* Write a finished zstd frame whose content was n bytes. */
int nts_envelope_frame(struct nts_envelope *e, const uint8_t *frame, size_t size, size_t n,
                       struct nai_err *err);

/* The seek table, to regular files only. */
int nts_envelope_seek_table(struct nts_envelope *e, struct nai_err *err);

bool nts_envelope_regular(const struct nts_envelope *e);

#endif
