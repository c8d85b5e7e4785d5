/* csv_record.c - see csv_record.h
 * SPDX-License-Identifier: MIT */
#include "csv_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { END = -1, FAILED = -2, CELLS_MOST = 1 << 20, TEXT_MOST = 1 << 26 };

static int bad(const struct nai_csv *c, const char *what, struct nai_err *err)
{
    return nai_err_set(err, NAI_EINPUT, "%s: line %llu: cell %zu: %s", nai_bytes_name(c->bytes),
                       (unsigned long long)c->line, c->n + 1, what);
}

/* The next byte, END or FAILED. */
static int get(struct nai_csv *c, struct nai_err *err)
{
    if (c->pos == c->len) {
        c->pos = c->len = 0;
        if (c->at_end)
            return END;
        if (nai_bytes_read(c->bytes, c->in, sizeof c->in, &c->len, err))
            return FAILED;
        c->at_end = c->len < sizeof c->in;
        if (c->len == 0)
            return END;
    }
    return c->in[c->pos++];
}

/* A tab outside quotes in the first line tells tab-separated values. */
static char sniff(const struct nai_csv *c)
{
    bool quoted = false;

    for (size_t i = c->pos; i < c->len && (quoted || c->in[i] != '\n'); i++) {
        if (c->in[i] == '"')
            quoted = !quoted;
        else if (c->in[i] == '\t' && !quoted)
            return '\t';
    }
    return ',';
}

int nai_csv_begin(struct nai_csv *c, struct nai_bytes *bytes, char sep, struct nai_err *err)
{
    c->bytes = bytes;
    c->n = c->pos = c->len = 0;
    c->lines = c->line = 0;
    c->at_end = false;
    if (get(c, err) == FAILED)
        return err ? err->code : NAI_ESYSTEM;
    c->pos = 0;
    if (c->len >= 3 && memcmp(c->in, "\xef\xbb\xbf", 3) == 0)
        c->pos = 3;
    c->sep = sep ? sep : sniff(c);
    return NAI_OK;
}

static int grow_text(struct nai_csv *c, struct nai_err *err)
{
    const size_t room = c->text_room ? 2 * c->text_room : 4096;
    char *grown;

    if (c->text_room >= TEXT_MOST)
        return bad(c, "the record passes 64 MiB (is a quote not closed?)", err);
    grown = realloc(c->text, room);
    if (!grown)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", nai_bytes_name(c->bytes));
    c->text = grown;
    c->text_room = room;
    return NAI_OK;
}

static int put(struct nai_csv *c, char ch, struct nai_err *err)
{
    const int st = c->used == c->text_room ? grow_text(c, err) : NAI_OK;

    if (!st)
        c->text[c->used++] = ch;
    return st;
}

/* Behind a CR that is not quoted: *after is the LF that must follow. */
static int line_feed(struct nai_csv *c, int *after, struct nai_err *err)
{
    *after = get(c, err);
    if (*after == FAILED)
        return err ? err->code : NAI_ESYSTEM;
    return *after == '\n' ? NAI_OK
                          : nai_err_set(err, NAI_EINPUT,
                                        "%s: line %llu: a carriage return without a line feed",
                                        nai_bytes_name(c->bytes), (unsigned long long)c->lines + 1);
}

static int begin_cell(struct nai_csv *c, struct nai_err *err)
{
    if (c->n == c->cell_room) {
        const size_t room = c->cell_room ? 2 * c->cell_room : 64;
        size_t *grown;
        if (c->cell_room >= CELLS_MOST)
            return bad(c, "more than 1048576 cells", err);
        grown = realloc(c->cell, room * sizeof *grown);
        if (!grown)
            return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", nai_bytes_name(c->bytes));
        c->cell = grown;
        c->cell_room = room;
    }
    c->cell[c->n] = c->used;
    return NAI_OK;
}

/* What follows an opening quote. *after is the byte behind the closing one, or END. */
static int quoted_cell(struct nai_csv *c, int *after, struct nai_err *err)
{
    int ch, st = NAI_OK;

    for (;;) {
        ch = get(c, err);
        if (ch == '"') {
            ch = get(c, err);
            if (ch != '"')
                break;
        }
        if (ch == FAILED)
            return err ? err->code : NAI_ESYSTEM;
        if (ch == END)
            return bad(c, "the quote that opens it is not closed", err);
        if (ch == 0)
            return bad(c, "a zero byte: not text", err);
        c->lines += ch == '\n';
        st = put(c, (char)ch, err);
        if (st)
            return st;
    }
    if (ch == '\r')
        return line_feed(c, after, err);
    *after = ch;
    if (ch == FAILED)
        return err ? err->code : NAI_ESYSTEM;
    if (ch != END && ch != '\n' && ch != c->sep)
        return bad(c, "text after its closing quote", err);
    return NAI_OK;
}

static int plain_cell(struct nai_csv *c, int ch, int *after, struct nai_err *err)
{
    while (ch >= 0 && ch != '\n' && ch != c->sep) {
        int st;
        if (ch == '\r')
            return line_feed(c, after, err);
        if (ch == '"')
            return bad(c, "a quote inside a cell that is not quoted", err);
        if (ch == 0)
            return bad(c, "a zero byte: not text", err);
        st = put(c, (char)ch, err);
        if (st)
            return st;
        ch = get(c, err);
    }
    if (ch == FAILED)
        return err ? err->code : NAI_ESYSTEM;
    *after = ch;
    return NAI_OK;
}

int nai_csv_read(struct nai_csv *c, bool *end, struct nai_err *err)
{
    int ch = get(c, err), st = NAI_OK;
    const bool quoted = ch == '"';

    c->blank = c->last = false;
    c->n = c->used = 0;
    c->line = c->lines + 1;
    *end = ch == END;
    if (ch == FAILED)
        return err ? err->code : NAI_ESYSTEM;
    while (!*end) {
        int after = END;
        st = begin_cell(c, err);
        if (!st)
            st = ch == '"' ? quoted_cell(c, &after, err) : plain_cell(c, ch, &after, err);
        if (!st)
            st = put(c, 0, err);
        if (st)
            return st;
        c->n++;
        if (after != c->sep) {
            c->lines += after == '\n';
            break;
        }
        ch = get(c, err);
        if (ch == FAILED)
            return err ? err->code : NAI_ESYSTEM;
    }
    c->blank = c->n == 1 && c->used == 1 && !quoted;
    if (c->blank) {
        ch = get(c, err);
        if (ch == FAILED)
            return err ? err->code : NAI_ESYSTEM;
        c->last = ch == END;
        c->pos -= !c->last;
    }
    return NAI_OK;
}

/* Digits with at most one point and no exponent: m / 10^k, correctly rounded by one division as
 * long as both are exact (Clinger 1990). */
static bool short_decimal(double *v, const char *p, size_t n)
{
    static const double power[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const bool minus = n > 0 && *p == '-';
    size_t places = 0, digits = 0;
    bool point = false;
    uint64_t m = 0;

    if (n < 1u + minus || n > 16u + minus)
        return false;
    for (size_t i = minus; i < n; i++) {
        if (p[i] == '.' && !point) {
            point = true;
        } else if (p[i] >= '0' && p[i] <= '9') {
            m = 10 * m + (uint64_t)(p[i] - '0');
            places += point;
            digits++;
        } else {
            return false;
        }
    }
    if (digits < 1 || digits > 15)
        return false;
    *v = (double)m / power[places];
    if (minus)
        *v = -*v;
    return true;
}

static bool is_word(const char *p, size_t n, const char *word)
{
    return n == strlen(word) && strncasecmp(p, word, n) == 0;
}

bool nai_csv_number(double *v, const char *cell)
{
    const char *p = cell + strspn(cell, " \t");
    size_t n = strlen(p);
    bool sign;
    char *end;

    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
        n--;
    if (short_decimal(v, p, n))
        return true;
    if (n == 0 || is_word(p, n, "nan") || is_word(p, n, "na")) {
        *v = (double)NAN;
        return true;
    }
    sign = *p == '-' || *p == '+';
    if (is_word(p + sign, n - sign, "inf") || is_word(p + sign, n - sign, "infinity")) {
        *v = *p == '-' ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    if (strspn(p, "0123456789+-.eE") < n) /* strtod would take hexadecimal too */
        return false;
    *v = strtod(p, &end);
    return end == p + n && isfinite(*v);
}

void nai_csv_free(struct nai_csv *c)
{
    free(c->text);
    free(c->cell);
    *c = (struct nai_csv){0};
}
