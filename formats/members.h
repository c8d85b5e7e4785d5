/* members.h - the files of a data set by name, out of a folder or a tar archive
 * SPDX-License-Identifier: MIT
 *
 * Members are named by the last part of their path. A tar archive is read once to list it; a
 * member that lies before the one read last costs another pass over it when it is compressed.
 * Links, folders and extended headers in an archive are passed over. */
#ifndef NAI_MEMBERS_H
#define NAI_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct nai_members;

/*
 * nai_members_open - open path; "-" is stdin.
 *
 * m       out  close with nai_members_close; NULL on failure
 * subdir  in   a folder that may lie between path and the files, as in the official archive
 *
 * NAI_EINPUT for an archive that is damaged or ends without its closing block.
 */
int nai_members_open(struct nai_members **m, const char *path, const char *subdir,
                     struct nai_err *err);

/* nai_members_single - path is neither a folder nor a tar archive: every name means path itself. */
bool nai_members_single(const struct nai_members *m);

/* nai_members_have - is there a member of this name? */
bool nai_members_have(const struct nai_members *m, const char *name);

/*
 * nai_members_start - read this member from its start. An archive moves only when it is read.
 *
 * size  out  u64  its length, UINT64_MAX when that is not known; may be NULL
 *
 * NAI_EINPUT when there is none of this name, or several.
 */
int nai_members_start(struct nai_members *m, const char *name, uint64_t *size, struct nai_err *err);

/* nai_members_read - the next n bytes of the member; *got is less than n only at its end. */
int nai_members_read(struct nai_members *m, void *dst, size_t n, size_t *got, struct nai_err *err);

/* nai_members_name - for messages: "path/name" or "path(name)". */
const char *nai_members_name(const struct nai_members *m);

/*
 * nai_members_text - a whole small member, with a zero byte after it.
 *
 * text  out  char[*n + 1]  release with free
 * n     out  its length; NULL when the text must hold no zero byte
 *
 * NAI_EINPUT when it is longer than most.
 */
int nai_members_text(struct nai_members *m, const char *name, size_t most, char **text, size_t *n,
                     struct nai_err *err);

void nai_members_close(struct nai_members *m); /* NULL is fine */

#endif
