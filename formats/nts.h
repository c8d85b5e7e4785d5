/* nts.h - read and write NTS streams: libnts, for nai's tools and for stages of your own
 * SPDX-License-Identifier: MIT
 *
 * A stage opens a reader on a descriptor, copies or edits the header, opens a writer, and moves
 * batches of rows from one to the other; nts(5) shows a complete one. The format is described
 * byte for byte in nts(5) as well.
 *
 * Functions return an enum nai_status and fill err (which may be NULL) when that is not NAI_OK.
 * Nothing here prints, exits or keeps global state. A reader or writer belongs to one thread.
 */
#ifndef NTS_H
#define NTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dtype.h"
#include "err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NTS_API NAI_API

struct json_t; /* from jansson.h; needed only by those who look into meta or history */

enum { NTS_MAX_DIMS = 8, NTS_MAX_FIELDS = 4096, NTS_MAX_SECTIONS = 65536, NTS_MAX_NAME = 255 };

enum nts_filter { NTS_NONE, NTS_SHUFFLE };

/* One column: a tensor of fixed shape in each row. */
struct nts_field {
    char *name; /* owned */
    enum nai_dtype dtype;
    enum nts_filter filter; /* how it lies in the stream; data in a batch is never filtered */
    size_t ndim;
    uint64_t shape[NTS_MAX_DIMS];
    size_t count;         /* elements in a row: the product of shape, 1 for a scalar */
    size_t width;         /* bytes in a row */
    struct json_t *extra; /* owned: JSON keys this version does not know, or NULL */
};

/* Rows that share fields; a parameter of a model is a section with `tensor` set, one element a
 * row. */
struct nts_section {
    char *name;   /* owned */
    int64_t rows; /* -1: not known until the end */
    bool tensor;  /* tdim and tshape hold the true shape */
    size_t tdim;
    uint64_t tshape[NTS_MAX_DIMS];
    size_t nfields;
    struct nts_field *field; /* owned: field[nfields] */
    size_t row_bytes;        /* sum of the widths */
    struct json_t *extra;    /* owned */
};

/* What a stream says of itself before its rows. */
struct nts_header {
    char *kind; /* owned: dataset, views, embedding, moments, spectrum, model; NULL if unsaid */
    size_t nsections;
    struct nts_section *section; /* owned: section[nsections] */
    struct json_t *meta;         /* owned: JSON object, or NULL */
    struct json_t *history;      /* owned: JSON array, or NULL */
    struct json_t *extra;        /* owned */
};

/* nts_header_new - an empty header of this kind (NULL: none). NULL when out of memory. */
NTS_API struct nts_header *nts_header_new(const char *kind);

/* nts_header_copy - a deep copy. NULL when out of memory. */
NTS_API struct nts_header *nts_header_copy(const struct nts_header *h);

/* nts_header_free - NULL is fine. */
NTS_API void nts_header_free(struct nts_header *h);

/* nts_header_section - append a section; its index, or -1 (name too long or not UTF-8, too many
 * sections, out of memory). rows is -1 when unknown. */
NTS_API int nts_header_section(struct nts_header *h, const char *name, int64_t rows);

/* nts_header_field - append a field to section s; its index, or -1 likewise, also when the section
 * has one of that name. shape may be NULL when ndim is 0. */
NTS_API int nts_header_field(struct nts_header *h, int s, const char *name, enum nai_dtype dtype,
                             size_t ndim, const uint64_t *shape);

/* nts_header_tensor - append a section that holds one tensor: its index, or -1. */
NTS_API int nts_header_tensor(struct nts_header *h, const char *name, enum nai_dtype dtype,
                              size_t ndim, const uint64_t *shape);

/* nts_name_valid - may a section or field be called this: 1 to NTS_MAX_NAME bytes of UTF-8, no
 * control characters? (A tensor's one field has the empty name.) */
NTS_API bool nts_name_valid(const char *name);

/* nts_find_section, nts_find_field - the index of that name, or -1. */
NTS_API int nts_find_section(const struct nts_header *h, const char *name);
NTS_API int nts_find_field(const struct nts_section *s, const char *name);

/* nts_header_id - the id of the last history entry (16 hex digits), or NULL: what a descendant
 * lists among its parents. Valid as long as the header is. */
NTS_API const char *nts_header_id(const struct nts_header *h);

/*
 * nts_header_history - append an entry to the history.
 *
 * tool, version  in  who makes the stream
 * argc, argv     in  how it was called; bytes that are not UTF-8 become U+FFFD
 * seed           in  NULL when nothing was drawn
 * parents        in  char*[nparents]  ids of the streams this one comes from
 */
NTS_API int nts_header_history(struct nts_header *h, const char *tool, const char *version,
                               int argc, const char *const *argv, const uint64_t *seed,
                               const char *const *parents, size_t nparents, struct nai_err *err);

/* nts_header_adopt - add the history entries of `from` that h does not have yet. */
NTS_API int nts_header_adopt(struct nts_header *h, const struct nts_header *from,
                             struct nai_err *err);

/* nts_same_rows - do the two describe rows that may continue each other (kind, sections, meta)?
 * If not, *why (may be NULL) is what differs first. */
NTS_API bool nts_same_rows(const struct nts_header *a, const struct nts_header *b,
                           char why[static 300]);

/* ---- reading ---- */

struct nts_reader;

struct nts_ropts {
    const char *name; /* for messages; NULL: "<stream>" */
    int threads;      /* used to decompress; 0 or 1: none beside the caller's */
};

/* Rows as they come: one record's worth of one section. */
struct nts_batch {
    size_t section;          /* index into the header's sections */
    uint64_t first;          /* number of the first row in its section, over joined streams */
    size_t rows;             /* at least 1 */
    const void *const *data; /* data[f]: field f, rows * width bytes, contiguous, 64-byte aligned,
                                until the next call on this reader */
};

enum nts_event {
    NTS_END = 0,   /* the whole input was read and verified */
    NTS_BATCH = 1, /* rows */
    NTS_NEXT = 2,  /* a model is complete and another follows: the header is now that one's */
    NTS_FAILED = 3 /* see err */
};

/*
 * nts_open - start reading; the header is read and checked.
 *
 * r    out  close with nts_close; NULL on failure
 * fd   in   a file, pipe or socket at its current offset; stays the caller's to close
 * opt  in   NULL for the defaults
 *
 * Everything is verified once, as it is read: hashes of every header and payload, counts, field
 * and stream digests. NAI_EINPUT for a stream that is damaged, cut short or of another format.
 */
NTS_API int nts_open(struct nts_reader **r, int fd, const struct nts_ropts *opt,
                     struct nai_err *err);

/* nts_reader_header - of the stream being read; the reader's own. It stays the same object but for
 * NTS_NEXT, which replaces it; when rows of another stream join in, the row counts in it become -1.
 */
NTS_API const struct nts_header *nts_reader_header(const struct nts_reader *r);

/*
 * nts_read - the next batch, or the end.
 *
 * Streams that follow one another (cat a b) continue the rows when their kind, sections and meta
 * agree; models follow one another as NTS_NEXT. Only NTS_END says that the input was complete.
 */
NTS_API enum nts_event nts_read(struct nts_reader *r, struct nts_batch *b, struct nai_err *err);

/* What is known of the streams read to their end so far. */
struct nts_input {
    char history[17]; /* id of its last history entry, "" if it has none */
    char digest[17];  /* stream digest, 16 hex digits */
};

/* nts_reader_inputs - the streams completed so far: *n of them, the reader's own. */
NTS_API const struct nts_input *nts_reader_inputs(const struct nts_reader *r, size_t *n);

/* nts_reader_rows - rows of section s seen so far, over joined streams. */
NTS_API uint64_t nts_reader_rows(const struct nts_reader *r, size_t s);

/* nts_reader_done - the closing record of the stream last completed, as JSON (rows, field digests,
 * stream digest, inputs), or NULL before there is one; after NTS_END of joined rows, rows and
 * digests of them all. The reader's own, until the next one. */
NTS_API const struct json_t *nts_reader_done(const struct nts_reader *r);

/* Bytes taken in so far, and records seen. */
NTS_API uint64_t nts_reader_bytes(const struct nts_reader *r);
NTS_API uint64_t nts_reader_records(const struct nts_reader *r);

NTS_API void nts_close(struct nts_reader *r);

/* ---- writing ---- */

struct nts_writer;

enum { NTS_LEVEL_DEFAULT = -1000, NTS_LEVEL_STORED = 0 };

struct nts_wopts {
    const char *name; /* for messages; NULL: "<stream>" */
    int level;        /* 0: stored; 1..19: zstd; NTS_LEVEL_DEFAULT: 1 to a regular file, else 0 */
    int threads;      /* used to compress; changes no byte */
    size_t chunk;     /* payload bytes a record aims at; 0: 1 MiB */
};

/*
 * nts_create - start a stream on fd.
 *
 * h    in  copied; the writer chooses each field's filter from its first chunk
 * opt  in  NULL for the defaults
 *
 * Nothing is written before the first full record. A FIFO is enlarged to 1 MiB where the system
 * lets it.
 */
NTS_API int nts_create(struct nts_writer **w, int fd, const struct nts_header *h,
                       const struct nts_wopts *opt, struct nai_err *err);

/*
 * nts_write - append rows to section s.
 *
 * data  in  data[f]: rows * width bytes of field f, any alignment
 *
 * Rows are gathered into records of the chunk size, whatever the sizes of the calls: the same rows
 * give the same bytes.
 */
NTS_API int nts_write(struct nts_writer *w, size_t s, size_t rows, const void *const *data,
                      struct nai_err *err);

/* nts_writer_input - name a stream this one was made from; it goes into the closing record. */
NTS_API int nts_writer_input(struct nts_writer *w, const struct nts_input *in, struct nai_err *err);

/*
 * nts_finish - write what is left and the closing record: the stream is complete after this, and
 * only after this. NAI_EUSAGE when a section has other than its declared number of rows.
 */
NTS_API int nts_finish(struct nts_writer *w, struct nai_err *err);

/* nts_abort - end the stream as failed, so that its reader fails too, with this message. */
NTS_API void nts_abort(struct nts_writer *w, const char *tool, const char *version, int code,
                       const char *message);

/* nts_writer_digest - the stream digest; valid after nts_finish. */
NTS_API const char *nts_writer_digest(const struct nts_writer *w);

/* nts_discard - free the writer. Without nts_finish the stream stays incomplete, and looks it. */
NTS_API void nts_discard(struct nts_writer *w);

#ifdef __cplusplus
}
#endif

#endif
