/* spectrum_file.h - spectra from a stream, or from a plain column of numbers
 * SPDX-License-Identifier: MIT */
#ifndef NAI_SPECTRUM_FILE_H
#define NAI_SPECTRUM_FILE_H

#include "cli.h"
#include "spectrum_io.h"

/*
 * nai_spectrum_load - all spectra of an input.
 *
 * path    in  NULL or "-": stdin. A stream of kind spectrum; or, of a file, an .npy of one
 *             dimension or a .csv, .tsv or .txt of one column (a header line is allowed), in which
 *             case n is unknown, the numerical rank is that of as many rows as values, and the
 *             values are put in descending order
 * select  in  names to keep of a stream, separated by commas, or NULL
 *
 * *n spectra in *out, to be freed one by one and then with free(). Errors as nai_spectra_read.
 */
int nai_spectrum_load(struct nai_spectrum **out, size_t *n, struct nai_cli *cli, const char *path,
                      const char *select, struct nai_err *err);

#endif
