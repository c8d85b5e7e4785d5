/* cli_internal.h - what the pieces of the command-line kit share
 * SPDX-License-Identifier: MIT */
#ifndef NAI_CLI_INTERNAL_H
#define NAI_CLI_INTERNAL_H

#include "cli.h"

#ifndef NAI_VERSION
#define NAI_VERSION "unknown"
#endif

enum { NAI_OPTIONS_MAX = 96, NAI_SHARED_MAX = 12 };

/* The options that tools share, as rows of a table ended by a NULL name; returns how many. */
size_t nai_shared_options(struct nai_opt shared[static NAI_SHARED_MAX], struct nai_cli *cli,
                          unsigned uses);

_Noreturn void nai_help(const struct nai_cli *c, const struct nai_opt *all, size_t n);
_Noreturn void nai_version(const struct nai_cli *c);
_Noreturn void nai_completion(const struct nai_cli *c, const struct nai_opt *all, size_t n,
                              const char *shell);

/* End a stream that was never begun as failed, so that the next stage can say why. */
void nai_out_refuse(const struct nai_cli *cli, int status, const char *message);

/* Seconds on a clock that only goes forward. */
double nai_now(void);

#endif
