/* export.h - rows into a foreign file: what every exporter is, and one opener per format
 * SPDX-License-Identifier: MIT
 *
 * The mirror image of source.h. An exporter gets every batch of a stream, keeps what it was asked
 * for, and completes the file when the stream is complete: until then the file is not what it
 * should be. Outputs are the same bytes for the same rows, however they come in batches. */
#ifndef NAI_EXPORT_H
#define NAI_EXPORT_H

#include "nts.h"

/* What nai-export's options say; all zero is the default of each. */
struct nai_export {
    const char *fields; /* "field", "section" or "section/field", split by commas; NULL: all */
    char separator;     /* csv: between the values: ',' or a tab */
    size_t rows;        /* png: images shown; 0: 64 */
    size_t columns;     /* png: cells side by side; 0: as many as views, or about a square */
    size_t scale;       /* png: pixels to a pixel; 0: 1 */
};

struct nai_target {
    void *state;
    const char *note; /* what the user may want to know, or NULL */
    int (*put)(struct nai_target *t, const struct nts_batch *b, struct nai_err *err);
    int (*finish)(struct nai_target *t, struct nai_err *err);
    void (*close)(struct nai_target *t); /* frees state */
};

/* nai_target_close - a zeroed target is fine. */
static inline void nai_target_close(struct nai_target *t)
{
    if (t->close)
        t->close(t);
    *t = (struct nai_target){0};
}

/*
 * nai_X_create - start a file of format X.
 *
 * t     out  zeroed on failure
 * fd    in   where it goes, from the current offset; stays the caller's
 * name  in   of the output, for messages; must outlive t
 * h     in   of the stream; must outlive t
 *
 * NAI_EUSAGE when the stream holds several things and the format one, and for fields that are not
 * there. What must be known before it can be written (a number of rows, the length of a column) is
 * patched in at the end where fd is a regular file; elsewhere, rows are kept in an unnamed
 * temporary file under $TMPDIR or /tmp, and t->note says so.
 *
 * npy:         one field [rows, ...], or one tensor; bf16, which NumPy lacks, widens to f32.
 * npz:         every field and tensor, as npy; stored, zip64 where needed.
 * safetensors: every field and tensor in its own type; the header's metadata is meta.safetensors
 *              and meta.arch, mean and std.
 * csv:         the fields of one section, a line a row; shortest decimals that read back exactly.
 * png:         the first rows of a field of images, side by side.
 */
int nai_npy_create(struct nai_target *t, int fd, const char *name, const struct nts_header *h,
                   const struct nai_export *o, struct nai_err *err);
int nai_npz_create(struct nai_target *t, int fd, const char *name, const struct nts_header *h,
                   const struct nai_export *o, struct nai_err *err);
int nai_safetensors_create(struct nai_target *t, int fd, const char *name,
                           const struct nts_header *h, const struct nai_export *o,
                           struct nai_err *err);
int nai_csv_create(struct nai_target *t, int fd, const char *name, const struct nts_header *h,
                   const struct nai_export *o, struct nai_err *err);
int nai_png_create(struct nai_target *t, int fd, const char *name, const struct nts_header *h,
                   const struct nai_export *o, struct nai_err *err);

/* ---- what they share ---- */

/* One column of the output. */
struct nai_pick {
    size_t section, field;
    char *name; /* owned: the field's; the section's for a tensor; with several, section/field */
    enum nai_dtype dtype;
    bool known; /* the number of rows */
    size_t ndim;
    uint64_t shape[NTS_MAX_DIMS + 1]; /* the first counts rows, 0 until known; a tensor's own */
    size_t count, width;              /* elements and bytes of a row */
    bool tensor;
};

/*
 * nai_export_pick - the columns that a list of fields names.
 *
 * pick  out  nai_pick[*n]; free with nai_export_unpick
 */
int nai_export_pick(struct nai_pick **pick, size_t *n, const struct nts_header *h,
                    const char *fields, struct nai_err *err);
void nai_export_unpick(struct nai_pick *pick, size_t n);

/* Columns by their section: those of section s are column[start[s]] to column[start[s + 1] - 1]. */
struct nai_pick_index {
    size_t *start, *column;
};

/* nai_export_index - find the columns of a section without looking at all of them; close with
 * nai_export_unindex. */
int nai_export_index(struct nai_pick_index *x, const struct nai_pick *pick, size_t n,
                     size_t nsections, struct nai_err *err);
void nai_export_unindex(struct nai_pick_index *x);

/* nai_export_one - the only column; NAI_EUSAGE, listing what there is, when there are several. */
int nai_export_one(struct nai_pick **pick, const struct nts_header *h, const char *fields,
                   struct nai_err *err);

/* nai_widen - n elements of bf16 as f32, exactly. */
void nai_widen(float *dst, const void *src, size_t n);

#endif
