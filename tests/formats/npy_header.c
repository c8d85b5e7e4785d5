/* npy_header.c - test of nai_npy_parse and nai_npy_format. TAP.
 * SPDX-License-Identifier: MIT */
#include "npy_header.h"

#include <stdio.h>
#include <string.h>

static void check(int *tests, int *failures, bool ok, const char *what)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", ++*tests, what);
    *failures += !ok;
}

static bool parses(struct nai_npy *h, const char *text)
{
    struct nai_err err = {0};

    memset(h, 0xff, sizeof *h);
    return nai_npy_parse(h, text, strlen(text), &err) == NAI_OK;
}

static void good(int *tests, int *failures)
{
    struct nai_npy h;

    check(tests, failures,
          parses(&h, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n") &&
              h.dtype == NAI_F32 && !h.swap && !h.fortran && h.ndim == 2 && h.shape[0] == 3 &&
              h.shape[1] == 4,
          "as numpy writes it");
    check(tests, failures,
          parses(&h, "{\"shape\": (7L,), 'fortran_order':True,'descr':'>i8'}") &&
              h.dtype == NAI_I64 && h.swap && h.fortran && h.ndim == 1 && h.shape[0] == 7,
          "other order, double quotes, Python 2's long, big-endian");
    check(tests, failures,
          parses(&h, "{'descr': '|b1', 'fortran_order': False, 'shape': ()}") &&
              h.dtype == NAI_BOOL && h.ndim == 0,
          "no dimensions");
    check(tests, failures,
          parses(&h, "{'descr': '>u1', 'fortran_order': False, 'shape': (0, 2)}") &&
              h.dtype == NAI_U8 && !h.swap && h.shape[0] == 0,
          "bytes have no order; no rows");
}

static void refused(int *tests, int *failures)
{
    static const char *const bad[] = {
        "",
        "{",
        "{}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), ",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } x",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (3, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, -4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1), }",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<U5', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f16', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '', 'fortran_order': False, 'shape': (3,), }"};
    struct nai_npy h;
    size_t taken = 0;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parses(&h, bad[i])) {
            printf("# taken: %s\n", bad[i]);
            taken++;
        }
    check(tests, failures, taken == 0, "what numpy would not write, or a stream not hold");
}

/* Against numpy.save of NumPy 1.24.2. */
static void format(int *tests, int *failures)
{
    char buf[NAI_NPY_ROOM], again[NAI_NPY_ROOM];
    size_t n = 0, m = 0;
    const uint64_t shape[NAI_NPY_DIMS] = {3, 4};
    static const char want[] = "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, "
                               "'shape': (3, 4), }";
    bool ok = nai_npy_format(buf, &n, NAI_F32, 2, shape, NULL) == NAI_OK && n == 128 &&
              memcmp(buf, want, sizeof want - 1) == 0 && buf[127] == '\n';

    for (size_t i = sizeof want - 1; i < 127; i++)
        ok = ok && buf[i] == ' ';
    check(tests, failures, ok, "float32 (3, 4)");
    nai_npy_format(again, &m, NAI_F32, 2, (const uint64_t[]){INT64_MAX, 4}, NULL);
    check(tests, failures, m == n, "the length does not depend on the number of rows");
    check(tests, failures, nai_npy_format(buf, &n, NAI_BF16, 2, shape, NULL) == NAI_EUSAGE,
          "there is no bf16");
    {
        uint64_t widest[NAI_NPY_DIMS];
        struct nai_npy h;
        for (size_t i = 0; i < NAI_NPY_DIMS; i++)
            widest[i] = UINT64_MAX;
        ok = nai_npy_format(buf, &n, NAI_U16, NAI_NPY_DIMS, widest, NULL) == NAI_OK &&
             n % 64 == 0 && n <= sizeof buf &&
             nai_npy_parse(&h, buf + 10, n - 10, NULL) == NAI_OK && h.ndim == NAI_NPY_DIMS &&
             h.shape[8] == UINT64_MAX;
        check(tests, failures, ok, "the longest header fits and reads back");
    }
}

int main(void)
{
    int tests = 0, failures = 0;

    good(&tests, &failures);
    refused(&tests, &failures);
    format(&tests, &failures);
    printf("1..%d\n", tests);
    return failures > 0;
}
