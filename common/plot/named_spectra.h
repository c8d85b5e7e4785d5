/* named_spectra.h - the spectra of several files, chosen and named for a legend
 * SPDX-License-Identifier: MIT */
#ifndef NAI_NAMED_SPECTRA_H
#define NAI_NAMED_SPECTRA_H

#include "cli.h"
#include "spectrum_io.h"

struct nai_named_spectra {
    size_t n;
    struct nai_spectrum *s; /* owned: s[n] */
    char **name;            /* owned: name[n] */
};

/*
 * nai_named_read - append the spectra of a file.
 *
 * path     in  NULL or "-": stdin; what nai_spectrum_load reads
 * select   in  a list of names: those alone, in its order; NULL: all
 * several  in  there are other files: "file: spectrum" is the name, not "spectrum"
 *
 * NAI_EUSAGE for a name that is not there; otherwise as nai_spectrum_load.
 */
int nai_named_read(struct nai_named_spectra *all, struct nai_cli *cli, const char *path,
                   const char *select, bool several, struct nai_err *err);

/* nai_named_rename - other names, in order. NAI_EUSAGE when they are not as many. */
int nai_named_rename(struct nai_named_spectra *all, const char *names, struct nai_err *err);

void nai_named_free(struct nai_named_spectra *all);

#endif
