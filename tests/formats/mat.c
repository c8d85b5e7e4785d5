/* mat.c - test of nai_mat_open on files that matio writes. TAP.
 * SPDX-License-Identifier: MIT
 *
 * Element (i1, i2, ...) of a test array, indices from 0, has a value that says where it is, so that
 * every expectation is an index formula. */
#include <math.h>
#include <matio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import.h"
#include "mem.h"

struct count {
    int tests, failures;
};

static void check(struct count *c, bool ok, const char *format, const char *what)
{
    printf("%sok %d - %s: %s\n", ok ? "" : "not ", ++c->tests, format, what);
    c->failures += !ok;
}

enum { A = 2, B = 3, C = 4 };

static double place(size_t a, size_t b, size_t c)
{
    return (double)(100 * a + 10 * b + c);
}

/* x double 2x3x4, u uint8 2x3x4, l logical 5x1, z complex, s(1..3).a 1x2 and .name, c{2} 2x2. */
static void write_file(const char *path, enum mat_ft version)
{
    mat_t *const m = Mat_CreateVer(path, NULL, version);
    const enum matio_compression how = MAT_COMPRESSION_ZLIB;
    size_t dims[3] = {A, B, C}, five[2] = {5, 1}, three[2] = {3, 1}, pair[2] = {1, 2};
    size_t square[2] = {2, 2};
    double x[A * B * C], zero[A * B * C] = {0};
    uint8_t u[A * B * C], l[5] = {1, 0, 0, 1, 1};
    mat_complex_split_t z = {x, zero};
    const char *const members[] = {"a", "name", NULL};
    matvar_t *v[6], *cells[3] = {NULL};

    for (size_t i = 0; i < A * B * C; i++) {
        x[i] = place(i % A, i / A % B, i / A / B);
        u[i] = (uint8_t)x[i];
    }
    x[0] = NAN;
    v[0] = Mat_VarCreate("x", MAT_C_DOUBLE, MAT_T_DOUBLE, 3, dims, x, 0);
    v[1] = Mat_VarCreate("u", MAT_C_UINT8, MAT_T_UINT8, 3, dims, u, 0);
    v[2] = Mat_VarCreate("l", MAT_C_UINT8, MAT_T_UINT8, 2, five, l, MAT_F_LOGICAL);
    v[3] = Mat_VarCreate("z", MAT_C_DOUBLE, MAT_T_DOUBLE, 3, dims, &z, MAT_F_COMPLEX);
    v[4] = Mat_VarCreateStruct2("s", 2, three, members);
    for (size_t i = 0; i < 3; i++) {
        float a[2] = {(float)i, (float)i + 0.5f};
        Mat_VarSetStructFieldByName(v[4], "a", i,
                                    Mat_VarCreate(NULL, MAT_C_SINGLE, MAT_T_SINGLE, 2, pair, a, 0));
        cells[i] = Mat_VarCreate(NULL, MAT_C_DOUBLE, MAT_T_DOUBLE, 2, square, x + i, 0);
    }
    v[5] = Mat_VarCreate("c", MAT_C_CELL, MAT_T_CELL, 2, three, cells, 0);
    for (size_t i = 0; i < 6; i++) {
        Mat_VarWrite(m, v[i], how);
        Mat_VarFree(v[i]);
    }
    Mat_Close(m);
}

/* All of field f of what o asks for, as f64; NULL when that fails. */
static double *read_field(const char *path, const struct nai_import *o, size_t f, size_t *rows,
                          struct nts_field *field, struct nai_err *err)
{
    struct nai_source s;
    struct nts_batch b;
    enum nts_event e = NTS_FAILED;
    double *out = NULL;

    *rows = 0;
    if (nai_mat_open(&s, path, o, err) == NAI_OK && f < s.header->section[0].nfields) {
        *field = s.header->section[0].field[f];
        field->name = NULL;
        out = calloc((size_t)s.header->section[0].rows * field->count + 1, sizeof *out);
        while (out && (e = s.next(&s, &b, err)) == NTS_BATCH) {
            nai_to_f64(out + *rows * field->count, b.data[f], field->dtype, b.rows * field->count);
            *rows += b.rows;
        }
    }
    nai_source_close(&s);
    if (e == NTS_END)
        return out;
    free(out);
    return NULL;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static double element(size_t a, size_t b, size_t c)
{
    return a + b + c == 0 ? (double)NAN : place(a, b, c);
}

static void axes(struct count *c, const char *path, const char *format)
{
    struct nai_err err = {0};
    struct nts_field f;
    size_t n;
    double *v = read_field(path, &(struct nai_import){.var = "x"}, 0, &n, &f, &err);
    bool ok = v && n == A && f.dtype == NAI_F64 && f.ndim == 2 && f.shape[0] == B;

    for (size_t i = 0; ok && i < A * B * C; i++)
        ok = same(v[i], element(i / C / B, i / C % B, i % C));
    check(c, ok, format, "axis 1 is rows; NaN is kept");
    free(v);

    v = read_field(path, &(struct nai_import){.var = "u", .rows = "3,1"}, 0, &n, &f, &err);
    ok = v && n == C * A && f.dtype == NAI_U8 && f.ndim == 1;
    for (size_t i = 0; ok && i < A * B * C; i++)
        ok = same(v[i], (uint8_t)place(i / B % A, i % B, i / B / A));
    check(c, ok, format, "axes 3 and 1 are rows, the last fastest; uint8 is kept");
    free(v);

    v = read_field(path, &(struct nai_import){.var = "x", .rows = "2", .order = "3,1"}, 0, &n, &f,
                   &err);
    ok = v && n == B && f.ndim == 2 && f.shape[0] == C && f.shape[1] == A;
    for (size_t i = 0; ok && i < A * B * C; i++)
        ok = same(v[i], element(i % A, i / A / C, i / A % C));
    check(c, ok, format, "the other axes in the order asked for");
    free(v);

    v = read_field(path, &(struct nai_import){.var = "x", .rows = "2", .fields = 3}, 2, &n, &f,
                   &err);
    ok = v && n == B && f.ndim == 1 && f.shape[0] == A;
    for (size_t i = 0; ok && i < A * B; i++)
        ok = same(v[i], element(i % A, i / A, 2));
    check(c, ok, format, "entries of axis 3 are fields");
    free(v);
}

static void members(struct count *c, const char *path, const char *format)
{
    struct nai_err err = {0};
    struct nts_field f;
    size_t n;
    double *v = read_field(path, &(struct nai_import){.var = "s(:).a"}, 0, &n, &f, &err);

    check(c,
          v && n == 3 && f.dtype == NAI_F32 && f.count == 2 && v[0] == 0 && v[3] == 1.5 &&
              v[4] == 2,
          format, "a member of every element, stacked; single is kept");
    free(v);
    v = read_field(path, &(struct nai_import){.var = "s(:).a", .rows = "3"}, 0, &n, &f, &err);
    check(c, v && n == 2 && f.count == 3 && v[1] == 1 && v[3] == 0.5, format,
          "stacked, but not as rows");
    free(v);
    v = read_field(path, &(struct nai_import){.var = "s(3,1).a", .rows = "2"}, 0, &n, &f, &err);
    check(c, v && n == 2 && f.ndim == 0 && v[0] == 2 && v[1] == 2.5, format,
          "a member of one element; axes of length 1 vanish");
    free(v);
    v = read_field(path, &(struct nai_import){.var = "c{2}"}, 0, &n, &f, &err);
    check(c, v && n == 2 && v[0] == 100 && v[1] == 110, format, "a cell");
    free(v);
    v = read_field(path, &(struct nai_import){.var = "l"}, 0, &n, &f, &err);
    check(c, v && n == 5 && f.dtype == NAI_BOOL && v[0] == 1 && v[1] == 0 && v[4] == 1, format,
          "logical is bool");
    free(v);
}

static void refusals(struct count *c, const char *path, const char *format)
{
    static const struct {
        struct nai_import o;
        int code;
        const char *says;
    } bad[] = {
        {{0}, NAI_EUSAGE, "x (double 2x3x4)"},
        {{.var = "y"}, NAI_EUSAGE, "no variable 'y'"},
        {{.var = "s"}, NAI_EUSAGE, "is a struct"},
        {{.var = "s.a"}, NAI_EUSAGE, "has 3 elements"},
        {{.var = "s(4).a"}, NAI_EUSAGE, "bad index"},
        {{.var = "s(0).a"}, NAI_EUSAGE, "bad index"},
        {{.var = "s(1"}, NAI_EUSAGE, "bad index"},
        {{.var = "s(1).b"}, NAI_EUSAGE, "no member 'b'"},
        {{.var = "x(1)"}, NAI_EUSAGE, "cannot follow"},
        {{.var = "x.a"}, NAI_EUSAGE, "cannot follow"},
        {{.var = "z"}, NAI_EINPUT, "complex"},
        {{.var = "c(:)", .rows = "9"}, NAI_EUSAGE, "--rows 9"},
        {{.var = "x", .rows = "1,1"}, NAI_EUSAGE, "--rows 1,1"},
        {{.var = "x", .rows = "1", .order = "2"}, NAI_EUSAGE, "--order 2"},
        {{.var = "x", .rows = "1", .halves = 1}, NAI_EUSAGE, "--rows 1"},
        {{.var = "x", .fields = 2, .halves = 3}, NAI_EUSAGE, "exclude"},
    };
    size_t wrong = 0;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nai_source s;
        struct nai_err err = {0};
        const int code = nai_mat_open(&s, path, &bad[i].o, &err);
        if (code != bad[i].code || !strstr(err.msg, bad[i].says)) {
            printf("# case %zu: %d %s\n", i, code, err.msg);
            wrong++;
        }
        nai_source_close(&s);
    }
    check(c, wrong == 0, format, "what is not there or does not fit is refused");
}

/* Repeats 1..5 of two rows, the second with NaN: odd and even of those that are there. */
static void halves(struct count *c, const char *path)
{
    size_t dims[3] = {2, 1, 5}, n;
    const double nan = (double)NAN;
    double x[10] = {1, nan, 2, 10, 4, nan, 8, 30, 16, nan};
    mat_t *const m = Mat_CreateVer(path, NULL, MAT_FT_MAT5);
    matvar_t *const v = Mat_VarCreate("x", MAT_C_DOUBLE, MAT_T_DOUBLE, 3, dims, x, 0);
    struct nai_err err = {0};
    struct nts_field f;
    double *r1, *r2;

    Mat_VarWrite(m, v, MAT_COMPRESSION_NONE);
    Mat_VarFree(v);
    Mat_Close(m);
    r1 = read_field(path, &(struct nai_import){.var = "x", .halves = 3}, 0, &n, &f, &err);
    r2 = read_field(path, &(struct nai_import){.var = "x", .halves = 3}, 1, &n, &f, &err);
    check(c, r1 && r2 && n == 2 && r1[0] == 7 && r2[0] == 5 && r1[1] == 10 && r2[1] == 30, "halves",
          "means of the odd and even repeats that are there");
    free(r1);
    free(r2);
}

/* A variable of 72 MB, more than is read at once, along its last and along its middle axis. */
static void slabs(struct count *c, const char *path)
{
    size_t dims[3] = {40, 300, 6000}, n;
    uint8_t *const u = nai_alloc(40 * 300 * 6000, 1, "test", NULL);
    mat_t *const m = Mat_CreateVer(path, NULL, MAT_FT_MAT73);
    const char *const rows[] = {"3", "2,1"};
    matvar_t *v;

    for (size_t i = 0; i < 40 * 300 * 6000; i++)
        u[i] = (uint8_t)(i % 40 + 7 * (i / 40 % 300) + 13 * (i / 12000));
    v = Mat_VarCreate("u", MAT_C_UINT8, MAT_T_UINT8, 3, dims, u, MAT_F_DONT_COPY_DATA);
    Mat_VarWrite(m, v, MAT_COMPRESSION_NONE);
    Mat_VarFree(v);
    Mat_Close(m);
    for (size_t way = 0; way < 2; way++) {
        struct nai_source s;
        struct nts_batch b;
        struct nai_err err = {0};
        size_t wrong = 0;
        n = 0;
        if (nai_mat_open(&s, path, &(struct nai_import){.var = "u", .rows = rows[way]}, &err) == 0)
            while (s.next(&s, &b, &err) == NTS_BATCH) {
                const size_t count = s.header->section[0].field[0].count;
                for (size_t i = 0; i < b.rows * count; i++) {
                    const size_t r = (size_t)b.first + i / count, j = i % count;
                    const size_t at[2][3] = {{j / 300, j % 300, r}, {r % 40, r / 40, j}};
                    wrong += ((const uint8_t *)b.data[0])[i] !=
                             (uint8_t)(at[way][0] + 7 * at[way][1] + 13 * at[way][2]);
                }
                n += b.rows * count;
            }
        check(c, wrong == 0 && n == 40 * 300 * 6000, "slabs", rows[way]);
        nai_source_close(&s);
    }
    nai_free(u);
}

int main(void)
{
    const char *const tmp = getenv("TMPDIR");
    struct count c = {0, 0};
    char path[200];
    int fd;

    snprintf(path, sizeof path, "%s/nai-mat-XXXXXX", tmp ? tmp : "/tmp");
    fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    for (int v73 = 0; v73 < 2; v73++) {
        const char *const format = v73 ? "v7.3" : "v5";
        write_file(path, v73 ? MAT_FT_MAT73 : MAT_FT_MAT5);
        axes(&c, path, format);
        members(&c, path, format);
        refusals(&c, path, format);
    }
    halves(&c, path);
    slabs(&c, path);
    unlink(path);
    printf("1..%d\n", c.tests);
    return c.failures > 0;
}
