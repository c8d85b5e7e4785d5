/* select_models.c - see select_models.h
 * SPDX-License-Identifier: MIT */
#include "select_models.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void nai_models_free(struct nai_models *m)
{
    free(m->head);
    free(m->cell);
    free(m->text);
    *m = (struct nai_models){0};
}

/* The whole of f, with a NUL at its end. */
static int slurp(char **out, size_t *n, FILE *f, const char *name, struct nai_err *err)
{
    size_t room = 0;

    *out = NULL;
    *n = 0;
    do {
        if (*n + 1 >= room) {
            char *const more = realloc(*out, room = room ? 2 * room : 65536);
            if (!more)
                return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", name);
            *out = more;
        }
        *n += fread(*out + *n, 1, room - *n - 1, f);
    } while (!feof(f) && !ferror(f));
    if (ferror(f))
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot read:", name);
    (*out)[*n] = '\0';
    for (size_t i = 0; i < *n; i++)
        if ((unsigned char)(*out)[i] < ' ' && !strchr("\t\n\r", (*out)[i] ? (*out)[i] : 1))
            return nai_err_set(err, NAI_EINPUT, "%s: %s, not a table with tabs between its columns",
                               name, memcmp(*out, "\x1f\x8b", 2) == 0 ? "gzip" : "binary data");
    return NAI_OK;
}

static size_t count(const char *s, char c)
{
    size_t n = 0;

    for (; *s; s++)
        n += *s == c;
    return n;
}

/* The next line of *at, ended; NULL at the end of the text. */
static char *next_line(char **at)
{
    char *const line = *at, *end = strchr(line, '\n');

    if (!*line)
        return NULL;
    *at = end ? end + 1 : line + strlen(line);
    if (!end)
        end = *at;
    if (end > line && end[-1] == '\r')
        end--;
    *end = '\0';
    return line;
}

/* Cells of a line to cell[0..cols). */
static void split(char **cell, size_t cols, char *line)
{
    for (size_t c = 0; c < cols; c++) {
        char *const tab = strchr(line, '\t');
        cell[c] = line;
        if (tab)
            *tab = '\0';
        line = tab ? tab + 1 : line + strlen(line);
    }
}

static int head(struct nai_models *m, char *line, const char *name, struct nai_err *err)
{
    if (!line || !*line)
        return nai_err_set(err, NAI_EINPUT, "%s: no line of column names", name);
    m->cols = count(line, '\t') + 1;
    m->head = calloc(m->cols, sizeof *m->head);
    if (!m->head)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    split(m->head, m->cols, line);
    for (size_t c = 0; c < m->cols; c++)
        if (!*m->head[c] || nai_models_column(m, m->head[c]) != c)
            return nai_err_set(err, NAI_EINPUT, "%s: line 1: column %zu has %s", name, c + 1,
                               *m->head[c] ? "the name of another" : "no name");
    return NAI_OK;
}

int nai_models_read(struct nai_models *m, FILE *f, const char *name, struct nai_err *err)
{
    size_t n, lines;
    char *at, *line;
    int rc;

    *m = (struct nai_models){0};
    rc = slurp(&m->text, &n, f, name, err);
    if (rc == NAI_OK) {
        at = m->text;
        lines = count(at, '\n') + 1;
        rc = head(m, next_line(&at), name, err);
    }
    if (rc == NAI_OK) {
        m->cell = calloc(lines * m->cols, sizeof *m->cell);
        rc = m->cell ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    while (rc == NAI_OK && (line = next_line(&at))) {
        if (count(line, '\t') + 1 != m->cols)
            rc = nai_err_set(err, NAI_EINPUT, "%s: line %zu: %zu cells, line 1 has %zu", name,
                             m->rows + 2, count(line, '\t') + 1, m->cols);
        else
            split(m->cell + m->rows++ * m->cols, m->cols, line);
    }
    if (rc == NAI_OK && m->rows == 0)
        rc = nai_err_set(err, NAI_EINPUT, "%s: no models under the line of names", name);
    if (rc != NAI_OK)
        nai_models_free(m);
    return rc;
}

size_t nai_models_column(const struct nai_models *m, const char *name)
{
    size_t c = 0;

    while (c < m->cols && strcmp(m->head[c], name) != 0)
        c++;
    return c;
}

const char *nai_models_cell(const struct nai_models *m, size_t row, size_t col)
{
    return m->cell[row * m->cols + col];
}

int nai_models_real(double *out, const struct nai_models *m, size_t row, size_t col,
                    const char *name, struct nai_err *err)
{
    const char *const text = nai_models_cell(m, row, col);
    char *end;

    *out = *text ? strtod(text, &end) : (double)NAN;
    if (*text && (end == text || *end || !isfinite(*out)))
        return nai_err_set(err, NAI_EINPUT, "%s: line %zu: %.60s '%.60s' is not a number", name,
                           row + 2, m->head[col], text);
    return NAI_OK;
}

struct place {
    const char *name;
    size_t row;
};

static int by_name(const void *a, const void *b)
{
    const struct place *const x = a, *const y = b;
    const int d = strcmp(x->name, y->name);

    return d ? d : (x->row > y->row) - (x->row < y->row);
}

int nai_models_unique(const struct nai_models *m, size_t col, const char *name, struct nai_err *err)
{
    struct place *const p = calloc(m->rows, sizeof *p);
    int rc = p ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");

    for (size_t r = 0; rc == NAI_OK && r < m->rows; r++) {
        p[r] = (struct place){nai_models_cell(m, r, col), r};
        if (!*p[r].name)
            rc = nai_err_set(err, NAI_EINPUT, "%s: line %zu: a model without %s", name, r + 2,
                             m->head[col]);
    }
    if (rc == NAI_OK)
        qsort(p, m->rows, sizeof *p, by_name);
    for (size_t r = 1; rc == NAI_OK && r < m->rows; r++)
        if (strcmp(p[r].name, p[r - 1].name) == 0)
            rc = nai_err_set(err, NAI_EINPUT, "%s: line %zu: %.60s '%.60s' is that of line %zu",
                             name, p[r].row + 2, m->head[col], p[r].name, p[r - 1].row + 2);
    free(p);
    return rc;
}

/* Does "{NAME}" of a column begin here? */
static bool placeholder(const struct nai_models *m, const char *at, size_t *col, size_t *length)
{
    const char *const close = *at == '{' ? strchr(at, '}') : NULL;

    if (!close)
        return false;
    for (size_t c = 0; c < m->cols; c++)
        if (strlen(m->head[c]) == (size_t)(close - at - 1) &&
            strncmp(m->head[c], at + 1, (size_t)(close - at - 1)) == 0) {
            *col = c;
            *length = (size_t)(close - at + 1);
            return true;
        }
    return false;
}

char *nai_models_command(const struct nai_models *m, size_t row, const char *command)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "._/+-,:@%=";
    char *out = NULL, variable[40];
    const char *cell;
    size_t size, col, length;
    bool good = true;
    FILE *const f = open_memstream(&out, &size);

    if (!f)
        return NULL;
    while (*command) {
        if (!placeholder(m, command, &col, &length)) {
            fputc(*command++, f);
            continue;
        }
        cell = nai_models_cell(m, row, col);
        snprintf(variable, sizeof variable, "NAI_CELL_%zu", col + 1);
        if (*cell && strspn(cell, plain) == strlen(cell))
            fputs(cell, f);
        else if (setenv(variable, cell, 1) == 0)
            fprintf(f, "\"$%s\"", variable);
        else
            good = false;
        command += length;
    }
    if (fclose(f) != 0 || !good) {
        free(out);
        return NULL;
    }
    return out;
}
