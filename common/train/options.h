/* options.h - a command line as JSON, and what two of them differ in
 * SPDX-License-Identifier: MIT */
#ifndef NAI_OPTIONS_H
#define NAI_OPTIONS_H

#include <jansson.h>

#include "cli.h"

/* nai_options_json - the options of the tool's own table by name, those in `except`
 * (NULL-terminated) left out, and the seed. Owned by the caller; NULL when out of memory. */
json_t *nai_options_json(const struct nai_cli *cli, const char *const *except);

/* nai_options_differ - "--lr 0.1 there, 0.2 here; ..." in buf; false when they agree. */
bool nai_options_differ(const json_t *there, const json_t *here, char *buf, size_t size);

#endif
