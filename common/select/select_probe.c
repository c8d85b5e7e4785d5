/* select_probe.c - see select_probe.h
 * SPDX-License-Identifier: MIT */
#include "select_probe.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "select_models.h"

/* A number and nothing else but space around it. */
static bool number(double *out, const char *text)
{
    char *end;

    *out = strtod(text, &end);
    return end != text && end[strspn(end, " \t\r\n")] == '\0' && isfinite(*out);
}

/* The object on the first line: nai-probe --json prints one a line. */
static bool from_json(double *out, const char *text, const char *metric)
{
    json_t *const o = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
    const json_t *const v = json_object_get(o, metric);
    const bool good = json_is_number(v) && isfinite(json_number_value(v));

    if (good)
        *out = json_number_value(v);
    json_decref(o);
    return good;
}

static bool from_table(double *out, char *text, size_t n, const char *metric)
{
    struct nai_models t;
    FILE *const f = n ? fmemopen(text, n, "r") : NULL;
    bool good = false;

    if (f && nai_models_read(&t, f, "", NULL) == NAI_OK) {
        const size_t c = nai_models_column(&t, metric);
        good = c < t.cols && number(out, nai_models_cell(&t, 0, c));
        nai_models_free(&t);
    }
    if (f)
        fclose(f);
    return good;
}

/* What the command prints, up to a MiB; the rest is read and dropped. */
static int gather(char **text, size_t *n, FILE *from, struct nai_err *err)
{
    FILE *const f = open_memstream(text, n);
    char buf[4096];
    size_t k, all = 0;

    if (!f)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    while ((k = fread(buf, 1, sizeof buf, from)) > 0)
        if ((all += k) <= 1 << 20)
            fwrite(buf, 1, k, f);
    return fclose(f) == 0 ? NAI_OK : nai_err_set(err, NAI_ESYSTEM, "out of memory");
}

static int status_of(int status, const char *name, const char *command, struct nai_err *err)
{
    if (status == 0)
        return NAI_OK;
    if (status != -1 && WIFSIGNALED(status))
        return nai_err_set(err, NAI_ESYSTEM, "probe of '%.100s' died of signal %d: %.300s", name,
                           WTERMSIG(status), command);
    return nai_err_set(err, NAI_ESYSTEM, "probe of '%.100s' failed with exit status %d: %.300s",
                       name, status == -1 ? -1 : WEXITSTATUS(status), command);
}

int nai_accuracy_run(double *out, const char *command, const char *name, const char *metric,
                     struct nai_err *err)
{
    static const char empty[] = "exec </dev/null\n";
    char *const script = malloc(sizeof empty + strlen(command)), *text = NULL;
    size_t n = 0;
    FILE *f;
    int rc;

    if (!script || setenv("NAI_NAME", name, 1) != 0) {
        free(script);
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    }
    memcpy(script, empty, sizeof empty - 1);
    memcpy(script + sizeof empty - 1, command, strlen(command) + 1);
    fflush(NULL);
    f = popen(script, "r");
    free(script);
    if (!f)
        return nai_err_set(err, NAI_ESYSTEM, "cannot run the probe of '%.100s':", name);
    rc = gather(&text, &n, f, err);
    if (rc == NAI_OK)
        rc = status_of(pclose(f), name, command, err);
    else
        pclose(f);
    if (rc == NAI_OK && !number(out, text) && !from_json(out, text, metric) &&
        !from_table(out, text, n, metric))
        rc = nai_err_set(err, NAI_EINPUT,
                         "probe of '%.100s' printed neither a number nor JSON or a table with "
                         "'%.60s': %.100s",
                         name, metric, n ? text : "nothing");
    free(text);
    return rc;
}
