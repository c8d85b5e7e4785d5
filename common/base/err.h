/* err.h - status codes and the one-line message that travels with them
 * SPDX-License-Identifier: MIT */
#ifndef NAI_ERR_H
#define NAI_ERR_H

#if defined(__GNUC__)
#define NAI_API __attribute__((visibility("default"))) /* part of libnts */
#else
#define NAI_API
#endif

/* What a library function returns; the same numbers are the tools' exit status. */
enum nai_status {
    NAI_OK = 0,       /* done; outputs are written */
    NAI_ESYSTEM = 1,  /* I/O error, out of memory, device failure */
    NAI_EUSAGE = 2,   /* asked for something that makes no sense */
    NAI_EINPUT = 3,   /* input malformed, truncated or of the wrong kind */
    NAI_ENUMERIC = 4, /* non-finite value, no convergence, rank too low */
    NAI_ESTOPPED = 75 /* stopped by SIGTERM after a checkpoint */
};

/* Filled by the function that fails; owned by the caller; all zero is "no error". */
struct nai_err {
    int code;       /* an enum nai_status */
    char msg[1000]; /* one line, no trailing newline */
};

/*
 * nai_err_set - describe a failure.
 *
 * err   out  may be NULL, when nobody wants to know
 * code  in   an enum nai_status
 * fmt   in   printf format; one that ends in ':' gets " strerror(errno)" appended
 *
 * Control characters in the result are replaced by '?', so that a message is one line whatever
 * names the input holds. Returns code.
 */
NAI_API int nai_err_set(struct nai_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* nai_err_prefix - put "prefix: " before the message of err (NULL is allowed). Returns its code. */
NAI_API int nai_err_prefix(struct nai_err *err, const char *prefix);

#endif
