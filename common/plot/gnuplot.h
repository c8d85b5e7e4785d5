/* gnuplot.h - run gnuplot on a script and take what it draws
 * SPDX-License-Identifier: MIT */
#ifndef NAI_GNUPLOT_H
#define NAI_GNUPLOT_H

#include <stddef.h>

#include "err.h"

/*
 * nai_gnuplot_run - the picture that a script draws on standard output.
 *
 * out, n  out  char[*n], to be freed with free(); set only on success
 * script  in   char[size]: commands and data; reaches gnuplot on its standard input, no shell
 *              between
 *
 * The user's and the system's start-up files are not read. NAI_ESYSTEM: gnuplot is not installed,
 * failed (with its own words) or drew nothing.
 */
int nai_gnuplot_run(char **out, size_t *n, const char *script, size_t size, struct nai_err *err);

#endif
