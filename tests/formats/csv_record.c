/* csv_record.c - test of nai_csv_number and nai_csv_read. TAP.
 * SPDX-License-Identifier: MIT */
#include "csv_record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rng.h"

struct count {
    int tests, failures;
};

static void check(struct count *c, bool ok, const char *what)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", ++c->tests, what);
    c->failures += !ok;
}

/* strtod rounds correctly (IEEE 754, ISO C Annex F), so every short decimal must equal it. */
static void against_strtod(struct count *c)
{
    struct nai_rng r;
    size_t wrong = 0;

    nai_rng_init(&r, 1, "csv", 0);
    for (int i = 0; i < 200000; i++) {
        const uint64_t m = nai_rng_below(&r, 10) < 5 ? nai_rng_below(&r, 1000000)
                                                     : nai_rng_below(&r, 100000000000000000u);
        const int places = (int)nai_rng_below(&r, 18);
        char text[64], digits[32];
        double got = NAN;
        size_t n;
        snprintf(digits, sizeof digits, "%0*llu", places, (unsigned long long)m);
        n = strlen(digits);
        snprintf(text, sizeof text, "%s%.*s.%s%s", i % 3 ? "" : "-", (int)(n - (size_t)places),
                 digits, digits + (n - (size_t)places), i % 7 ? "" : "e-3");
        if (strcmp(text, ".") == 0 || strcmp(text, "-.") == 0)
            continue;
        wrong += !nai_csv_number(&got, text) || !(got == strtod(text, NULL));
    }
    check(c, wrong == 0, "200,000 decimals equal strtod");
}

static void numbers(struct count *c)
{
    static const char *const good[] = {
        "0",  "-0",     " 12 ",
        "+3", "1e-320", "1E5",
        ".5", "5.",     "179769313486231570000000000000000000000e270"};
    static const char *const bad[] = {"-",   ".",   "e5", "0x10",   "1,5",     "1 2",   "1e999",
                                      "abc", "--1", "1e", "nan(1)", "infinit", "1_000", "\xd9\xa1"};
    static const char *const missing[] = {"", " ", "nan", "NaN", "NA", "\tna "};
    bool ok = true;
    double v;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ok = ok && nai_csv_number(&v, good[i]) && v == strtod(good[i], NULL);
    check(c, ok, "numbers are read");
    check(c, nai_csv_number(&v, "-0") && v == 0 && signbit(v), "minus zero keeps its sign");
    check(c, nai_csv_number(&v, "-Inf") && v == -(double)INFINITY, "-Inf is known");
    ok = true;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok = ok && !nai_csv_number(&v, bad[i]);
    check(c, ok, "what is no number is refused");
    ok = true;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        ok = ok && nai_csv_number(&v, missing[i]) && isnan(v);
    check(c, ok, "missing values are NaN");
}

/* The text as records: cells in brackets, records ended by ';', "!" for an error, line ends in a
 * cell as ~ and ^. */
static void records(struct count *c, const char *text, size_t n, const char *want)
{
    char path[] = "/tmp/nai-csv-XXXXXX", got[200] = "";
    const int fd = mkstemp(path);
    struct nai_csv *const csv = calloc(1, sizeof *csv);
    struct nai_bytes *bytes = NULL;
    bool end = false;
    size_t k = 0;
    int st = -1;

    if (fd >= 0 && csv && write(fd, text, n) == (ssize_t)n)
        st = nai_bytes_open(&bytes, path, false, NULL);
    if (!st)
        st = nai_csv_begin(csv, bytes, 0, NULL);
    while (!st && (st = nai_csv_read(csv, &end, NULL)) == 0 && !end) {
        for (size_t i = 0; i < csv->n; i++)
            k += (size_t)snprintf(got + k, sizeof got - k, "[%s]", csv->text + csv->cell[i]);
        k += (size_t)snprintf(got + k, sizeof got - k, ";");
    }
    if (st)
        snprintf(got + k, sizeof got - k, "!");
    if (csv)
        nai_csv_free(csv);
    free(csv);
    nai_bytes_close(bytes);
    if (fd >= 0)
        close(fd);
    remove(path);
    for (char *p = got; *p; p++)
        *p = *p == '\n' ? '~' : *p == '\r' ? '^' : *p; /* one test, one line */
    if (strcmp(got, want) != 0)
        printf("# got %s\n", got);
    check(c, strcmp(got, want) == 0, want);
}

int main(void)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a,b\n1,2\n", "[a][b];[1][2];"},
        {"a,b\r\n1,2", "[a][b];[1][2];"},
        {"\xef\xbb\xbf"
         "a\n",
         "[a];"},
        {"\"a,b\",\"c\"\"d\"\n", "[a,b][c\"d];"},
        {"\"two\nlines\",x\r\ny,\n", "[two~lines][x];[y][];"},
        {"a\tb,c\n1\t2\n", "[a][b,c];[1][2];"},
        {"\"a\tb\",c\n", "[a\tb][c];"},
        {"\n", "[];"},
        {"", ""},
        {"\"\"\n,\n", "[];[][];"},
        {"\"open\n", "!"},
        {"\"a\"b,c\n", "!"},
        {"a\"b\n", "!"},
        {"\"a\"\rb\n", "!"},
        {"a\rb\n", "!"},
        {"a,b\r1,2\r", "!"},
        {"a\n1\r,2\n", "[a];!"},
        {"a\r", "!"},
        {"\"a\"\r", "!"},
        {"\"a\rb\"\r\n", "[a^b];"},
        {"\r\n1\r\n", "[];[1];"},
    };
    struct count c = {0};

    against_strtod(&c);
    numbers(&c);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        records(&c, cases[i].text, strlen(cases[i].text), cases[i].want);
    records(&c, "a,\0b\n", 5, "!");
    printf("1..%d\n", c.tests);
    return c.failures != 0;
}
