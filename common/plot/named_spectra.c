/* named_spectra.c - see named_spectra.h
 * SPDX-License-Identifier: MIT */
#include "named_spectra.h"

#include <stdlib.h>
#include <string.h>

#include "spectrum_file.h"

void nai_named_free(struct nai_named_spectra *all)
{
    for (size_t i = 0; i < all->n; i++) {
        nai_spectrum_free(&all->s[i]);
        free(all->name[i]);
    }
    free(all->s);
    free(all->name);
}

static int append(struct nai_named_spectra *all, struct nai_spectrum *s, size_t n, const char *path,
                  struct nai_err *err)
{
    const char *const slash = path ? strrchr(path, '/') : NULL;
    const char *const base = slash ? slash + 1 : path ? path : "";
    const char *const suffix = strstr(base, ".nts");
    const size_t stem = suffix ? (size_t)(suffix - base) : strlen(base);
    struct nai_spectrum *const p = realloc(all->s, (all->n + n + 1) * sizeof *p);
    char **const names = p ? realloc(all->name, (all->n + n + 1) * sizeof *names) : NULL;

    all->s = p ? p : all->s;
    if (!names)
        return nai_err_set(err, NAI_ESYSTEM, "out of memory");
    all->name = names;
    for (size_t i = 0; i < n; i++) {
        char text[NTS_MAX_NAME * 2 + 4];
        snprintf(text, sizeof text, "%.*s: %.255s", (int)(stem < 255 ? stem : 255), base,
                 s[i].name);
        all->name[all->n] = strdup(path ? text : s[i].name);
        if (!all->name[all->n])
            return nai_err_set(err, NAI_ESYSTEM, "out of memory");
        all->s[all->n++] = s[i];
        s[i] = (struct nai_spectrum){0}; /* theirs now */
    }
    return NAI_OK;
}

int nai_named_read(struct nai_named_spectra *all, struct nai_cli *cli, const char *path,
                   const char *select, bool several, struct nai_err *err)
{
    struct nai_spectrum *s = NULL;
    size_t n = 0;
    int rc = nai_spectrum_load(&s, &n, cli, path, select, err);

    if (rc == NAI_OK)
        rc = append(all, s, n, several ? path : NULL, err);
    for (size_t i = 0; s && i < n; i++)
        nai_spectrum_free(&s[i]);
    free(s);
    return rc;
}

int nai_named_rename(struct nai_named_spectra *all, const char *names, struct nai_err *err)
{
    char **const words = nai_words(names);
    size_t n = 0;
    int rc = NAI_OK;

    while (words && words[n])
        n++;
    if (!words)
        rc = nai_err_set(err, NAI_ESYSTEM, "out of memory");
    else if (n != all->n)
        rc = nai_err_set(err, NAI_EUSAGE, "--names gives %zu names for %zu spectra", n, all->n);
    for (size_t i = 0; rc == NAI_OK && i < n; i++) {
        free(all->name[i]);
        all->name[i] = words[i];
        words[i] = NULL;
    }
    for (size_t i = 0; i < n; i++)
        free(words[i]);
    free(words);
    return rc;
}
