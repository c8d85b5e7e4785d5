/* folder.c - see folder.h
 * SPDX-License-Identifier: MIT */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 16 };

static bool is_image(const char *name)
{
    const char *const dot = strrchr(name, '.');

    return dot && (strcasecmp(dot, ".png") == 0 || strcasecmp(dot, ".jpg") == 0 ||
                   strcasecmp(dot, ".jpeg") == 0);
}

static char *join(const char *dir, const char *name)
{
    const size_t room = strlen(dir) + strlen(name) + 2;
    const bool slash = dir[0] && dir[strlen(dir) - 1] == '/';
    char *const p = malloc(room);

    if (p)
        snprintf(p, room, slash ? "%s%s" : "%s/%s", dir, name);
    return p;
}

static int out_of_memory(const char *dir, struct nai_err *err)
{
    return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory for the list of files", dir);
}

/* Takes path over. */
static int add_file(struct nai_folder *f, char *path, struct nai_err *err)
{
    if (f->n == f->room) {
        const size_t room = f->room ? 2 * f->room : 256;
        char **const grown = realloc(f->path, room * sizeof *grown);
        if (!grown) {
            const int st = out_of_memory(path, err);
            free(path);
            return st;
        }
        f->path = grown;
        f->room = room;
    }
    f->path[f->n++] = path;
    return NAI_OK;
}

/* One entry of a folder: an image goes into f, a folder into sub, anything else nowhere. */
static int sort_entry(struct nai_folder *f, struct nai_classes *sub, const char *dir,
                      const char *name, struct nai_err *err)
{
    struct stat sb;
    char *path;
    int st = NAI_OK;

    if (name[0] == '.')
        return NAI_OK;
    path = join(dir, name);
    if (!path)
        return out_of_memory(dir, err);
    if (is_image(name))
        return add_file(f, path, err);
    if (stat(path, &sb) == 0 && S_ISDIR(sb.st_mode))
        st = nai_classes_add(sub, name, strlen(name), err);
    free(path);
    return st;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int scan(struct nai_folder *f, struct nai_classes *sub, const char *dir, struct nai_err *err)
{
    DIR *const d = opendir(dir);
    int st = NAI_OK;

    if (!d)
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot open:", dir);
    while (!st) {
        const struct dirent *e;
        errno = 0;
        e = readdir(d);
        if (!e && errno)
            st = nai_err_set(err, NAI_ESYSTEM, "%s: cannot read:", dir);
        if (!e)
            break;
        st = sort_entry(f, sub, dir, e->d_name, err);
    }
    closedir(d);
    if (!st && sub->n)
        qsort(sub->name, sub->n, sizeof *sub->name, by_bytes);
    return st;
}

/* Every image below dir. */
static int collect(struct nai_folder *f, const char *dir, int depth, struct nai_err *err)
{
    struct nai_classes sub = {0};
    int st;

    if (depth > MAX_DEPTH)
        return nai_err_set(err, NAI_EINPUT, "%s: folders within folders, more than %d deep", dir,
                           MAX_DEPTH);
    st = scan(f, &sub, dir, err);
    for (size_t i = 0; !st && i < sub.n; i++) {
        char *const path = join(dir, sub.name[i]);
        st = path ? collect(f, path, depth + 1, err) : out_of_memory(dir, err);
        free(path);
    }
    nai_classes_free(&sub);
    return st;
}

/* The files of one class folder. */
static int collect_class(struct nai_folder *f, const char *dir, const char *name, int32_t label,
                         struct nai_err *err)
{
    const size_t before = f->n;
    char *const path = join(dir, name);
    int32_t *grown;
    int st = path ? collect(f, path, 1, err) : out_of_memory(dir, err);

    if (!st && label < 0)
        st = nai_err_set(err, NAI_EINPUT, "%s: not among --classes", path);
    if (!st && f->n == before)
        st = nai_err_set(err, NAI_EINPUT, "%s: no PNG or JPEG files", path);
    free(path);
    if (st)
        return st;
    qsort(f->path + before, f->n - before, sizeof *f->path, by_bytes);
    grown = realloc(f->label, f->n * sizeof *grown);
    if (!grown)
        return out_of_memory(dir, err);
    f->label = grown;
    for (size_t i = before; i < f->n; i++)
        f->label[i] = label;
    return NAI_OK;
}

static int list_classes(struct nai_folder *f, const char *dir, struct nai_classes *sub,
                        const char *list, struct nai_err *err)
{
    int st = NAI_OK;

    f->labelled = true;
    if (list) {
        st = nai_classes_parse(&f->classes, list, ',', err);
    } else {
        f->classes = *sub;
        *sub = (struct nai_classes){0};
    }
    if (!list) {
        for (size_t i = 0; !st && i < f->classes.n; i++)
            st = collect_class(f, dir, f->classes.name[i], (int32_t)i, err);
        return st;
    }
    for (size_t i = 0; !st && i < sub->n; i++)
        st = collect_class(f, dir, sub->name[i], nai_classes_find(&f->classes, sub->name[i]), err);
    return st;
}

int nai_folder_list(struct nai_folder *f, const char *dir, const char *list, struct nai_err *err)
{
    struct nai_classes sub = {0};
    int st;

    *f = (struct nai_folder){0};
    st = scan(f, &sub, dir, err);
    if (!st && f->n && sub.n)
        st = nai_err_set(err, NAI_EINPUT, "%s: holds both images (%s) and folders (%s)", dir,
                         strrchr(f->path[0], '/') + 1, sub.name[0]);
    else if (!st && !f->n && !sub.n)
        st = nai_err_set(err, NAI_EINPUT, "%s: no PNG or JPEG files, nor folders of them", dir);
    else if (!st && f->n && list)
        st = nai_err_set(err, NAI_EUSAGE, "--classes: %s has no class folders", dir);
    else if (!st && f->n)
        qsort(f->path, f->n, sizeof *f->path, by_bytes);
    else if (!st)
        st = list_classes(f, dir, &sub, list, err);
    nai_classes_free(&sub);
    return st;
}

void nai_folder_free(struct nai_folder *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->path[i]);
    free(f->path);
    free(f->label);
    nai_classes_free(&f->classes);
    *f = (struct nai_folder){0};
}
