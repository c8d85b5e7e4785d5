/* tap.h - what the C tests print with: TAP, and a status that says whether all passed
 * SPDX-License-Identifier: MIT */
#ifndef NAI_TAP_H
#define NAI_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static int tap_tests, tap_failures;

/* ok(condition, "what %d", ...) - one test. */
__attribute__((format(printf, 2, 3), unused)) static void ok(int good, const char *fmt, ...)
{
    va_list ap;

    printf("%sok %d - ", good ? "" : "not ", ++tap_tests);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    tap_failures += !good;
}

/* near(got, want, tol, ...) - |got - want| <= tol max(1, |want|); NaN fails. */
__attribute__((format(printf, 4, 5), unused)) static void near(double got, double want, double tol,
                                                               const char *fmt, ...)
{
    const int good = fabs(got - want) <= tol * fmax(1, fabs(want));
    va_list ap;

    printf("%sok %d - ", good ? "" : "not ", ++tap_tests);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf(": got %.17g, want %.17g\n", got, want);
    tap_failures += !good;
}

__attribute__((unused)) static int tap_end(void)
{
    printf("1..%d\n", tap_tests);
    return tap_failures != 0;
}

#endif
