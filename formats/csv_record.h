/* csv_record.h - records of separated values, RFC 4180
 * SPDX-License-Identifier: MIT */
#ifndef NAI_CSV_RECORD_H
#define NAI_CSV_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "err.h"

enum { NAI_CSV_BUFFER = 1 << 16 };

/* A reader and the record it read last. */
struct nai_csv {
    struct nai_bytes *bytes; /* not owned */
    char sep;                /* ',' or '\t' */
    uint64_t line;           /* line the record began in, from 1 */
    size_t n;                /* cells of the record */
    bool blank, last;        /* the record is an empty line; nothing follows that line */
    char *text;              /* owned; cell i is the string text + cell[i], quotes undone */
    size_t *cell;            /* owned: cell[n] */

    /* the reader's own */
    size_t used, text_room, cell_room, pos, len;
    uint64_t lines; /* line ends seen */
    bool at_end;
    uint8_t in[NAI_CSV_BUFFER];
};

/*
 * nai_csv_begin - begin to read, or begin anew after nai_bytes_rewind.
 *
 * c    in,out  zeroed before the first call; released with nai_csv_free
 * sep  in      separator; 0: a tab if the first line has one outside quotes, else a comma
 *
 * A UTF-8 byte order mark is passed over.
 */
int nai_csv_begin(struct nai_csv *c, struct nai_bytes *bytes, char sep, struct nai_err *err);

/*
 * nai_csv_read - the next record.
 *
 * end  out  true: there is none
 *
 * Lines end in LF or CR LF; the last need not. Quoted cells may hold separators, line ends and
 * doubled quotes. NAI_EINPUT, naming the line, for a quote inside an unquoted cell, text after a
 * closing quote, a quote never closed, a CR outside quotes that no LF follows, a zero byte, more
 * than 2^20 cells or 64 MiB.
 */
int nai_csv_read(struct nai_csv *c, bool *end, struct nai_err *err);

/* nai_csv_number - a cell as a float64, rounded correctly: false when it is not a number. Blanks
 * around it are ignored; empty, "nan" and "na" in any case are NaN; "inf" is known. A number too
 * large for float64 is not one. */
bool nai_csv_number(double *v, const char *cell);

void nai_csv_free(struct nai_csv *c);

#endif
