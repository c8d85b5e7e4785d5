/* select_probe.h - an accuracy from a command of the user's
 * SPDX-License-Identifier: MIT */
#ifndef NAI_SELECT_PROBE_H
#define NAI_SELECT_PROBE_H

#include "err.h"

/*
 * nai_accuracy_run - run a command by sh, its stdin empty, and take a number from its stdout.
 *
 * name     in  for messages, and NAI_NAME of the command's environment
 * metric   in  the key or column that has it, when stdout is not a number alone: an object of JSON
 *              on its first line, or a table whose first line names the columns, tab-separated; of
 *              its first row
 *
 * NAI_ESYSTEM: it cannot be run, ends with another status than 0 (which is given) or by a signal.
 * NAI_EINPUT: there is no such number in what it printed, or it is not finite.
 */
int nai_accuracy_run(double *out, const char *command, const char *name, const char *metric,
                     struct nai_err *err);

#endif
