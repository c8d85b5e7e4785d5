/* err.c - see err.h
 * SPDX-License-Identifier: MIT */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void one_line(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = '?';
}

int nai_err_set(struct nai_err *err, int code, const char *fmt, ...)
{
    const int cause = errno;
    const size_t n = strlen(fmt);
    va_list ap;

    if (!err)
        return code;
    err->code = code;
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    if (n > 0 && fmt[n - 1] == ':') {
        const size_t used = strlen(err->msg);
        snprintf(err->msg + used, sizeof err->msg - used, " %s", strerror(cause));
    }
    one_line(err->msg);
    return code;
}

int nai_err_prefix(struct nai_err *err, const char *prefix)
{
    char msg[sizeof err->msg];

    if (!err)
        return NAI_ESYSTEM;
    memcpy(msg, err->msg, sizeof msg);
    snprintf(err->msg, sizeof err->msg, "%.200s: %.790s", prefix, msg);
    one_line(err->msg);
    return err->code;
}
