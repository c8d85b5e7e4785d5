/* classes.h - lists of class names, and where they go in a header
 * SPDX-License-Identifier: MIT */
#ifndef NAI_CLASSES_H
#define NAI_CLASSES_H

#include "nts.h"

/* Names of classes, in the order of their labels 0, 1, ... */
struct nai_classes {
    char **name; /* owned: name[n] */
    size_t n;
};

/*
 * nai_classes_parse - the names in a text.
 *
 * c     out  free with nai_classes_free, whatever is returned
 * text  in   names
 * sep   in   ',' for an option, where an empty name is an error, or '\n' for a file of one name a
 *            line, where empty lines and carriage returns are skipped
 *
 * NAI_EINPUT, or NAI_EUSAGE for ',', when there is no name, or one is empty or given twice.
 */
int nai_classes_parse(struct nai_classes *c, const char *text, char sep, struct nai_err *err);

/* nai_classes_add - append a copy of the n bytes at name. NAI_ESYSTEM when out of memory. */
int nai_classes_add(struct nai_classes *c, const char *name, size_t n, struct nai_err *err);

/* nai_classes_find - the label of that name, or -1. Linear. */
int32_t nai_classes_find(const struct nai_classes *c, const char *name);

/* nai_classes_put - set meta.key of h to the names. NAI_EINPUT when one is not UTF-8. */
int nai_classes_put(struct nts_header *h, const char *key, const struct nai_classes *c,
                    struct nai_err *err);

void nai_classes_free(struct nai_classes *c);

#endif
