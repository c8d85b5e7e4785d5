/* members.c - see members.h
 * SPDX-License-Identifier: MIT */
#include "members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bytes.h"

enum { BLOCK = 512, MAX_MEMBERS = 4096, NAME = 100, SMALL = 1 << 14 };

struct member {
    char name[NAME + 1];
    uint64_t at, size;
    uint8_t *held; /* the bytes of a small one (labels, names), which then cost no second pass */
};

struct nai_members {
    char *path, *subdir, *label; /* label: for messages, of the member being read */
    bool folder, single;
    struct nai_bytes *bytes; /* the archive, or the file being read */
    struct member *list;     /* of an archive: list[n] */
    size_t n;
    const struct member *now; /* of an archive: the one being read */
    uint64_t at;              /* in an archive: how much of it was read */
    uint64_t left;            /* of the member being read; UINT64_MAX: to the end of bytes */
};

static const char *base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* A number in octal digits, as tar has them; UINT64_MAX when it is none. */
static uint64_t octal(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    size_t i = 0, digits = 0;

    while (i < n && p[i] == ' ')
        i++;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++, digits++)
        v = v * 8 + (uint64_t)(p[i] - '0');
    if (digits == 0 || (i < n && p[i] != ' ' && p[i] != 0))
        return UINT64_MAX;
    return v;
}

/* A tar header is told by its checksum, which every dialect has. */
static bool is_header(const uint8_t block[static BLOCK])
{
    uint64_t sum = 0;

    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : block[i];
    return octal(block + 148, 8) == sum;
}

static bool all_zero(const uint8_t block[static BLOCK])
{
    for (size_t i = 0; i < BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

static int add_member(struct nai_members *m, const uint8_t block[static BLOCK], uint64_t size,
                      struct nai_err *err)
{
    const char type = (char)block[156];
    struct member *e;
    char path[NAME + 1];

    if (type != '0' && type != 0 && type != '7')
        return NAI_OK;
    if (m->n >= MAX_MEMBERS)
        return nai_err_set(err, NAI_EINPUT, "%s: more than %d files", m->path, MAX_MEMBERS);
    if ((m->n & (m->n - 1)) == 0) { /* room is the next power of two */
        struct member *const grown = realloc(m->list, (m->n ? 2 * m->n : 1) * sizeof *grown);
        if (!grown)
            return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", m->path);
        m->list = grown;
    }
    memcpy(path, block, NAME);
    path[NAME] = 0;
    e = &m->list[m->n++];
    *e = (struct member){.at = nai_bytes_at(m->bytes), .size = size};
    snprintf(e->name, sizeof e->name, "%s", base_name(path));
    if (size > SMALL)
        return NAI_OK;
    e->held = malloc(SMALL);
    if (!e->held)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", m->path);
    return nai_bytes_exact(m->bytes, e->held, (size_t)size, e->name, err);
}

/* The whole archive is read, so that one cut short is refused before its first row. */
static int list_archive(struct nai_members *m, uint8_t block[static BLOCK], struct nai_err *err)
{
    int st = NAI_OK;

    while (!st && !all_zero(block)) {
        const uint64_t size = octal(block + 124, 12);
        const uint64_t at = nai_bytes_at(m->bytes);

        if (!is_header(block))
            return nai_err_set(err, NAI_EINPUT, "%s: damaged tar archive at byte %llu", m->path,
                               (unsigned long long)(at - BLOCK));
        if (size > UINT64_MAX / 4)
            return nai_err_set(err, NAI_EINPUT, "%s: a file of the archive is too large", m->path);
        st = add_member(m, block, size, err);
        if (!st)
            st = nai_bytes_seek(m->bytes, at + (size + BLOCK - 1) / BLOCK * BLOCK, err);
        if (!st)
            st = nai_bytes_exact(m->bytes, block, BLOCK, "the tar archive, before its end", err);
    }
    for (size_t got = BLOCK; !st && got > 0;) /* what pads the archive; checks gzip's sum */
        st = nai_bytes_read(m->bytes, block, BLOCK, &got, err);
    return st;
}

int nai_members_open(struct nai_members **out, const char *path, const char *subdir,
                     struct nai_err *err)
{
    struct nai_members *const m = calloc(1, sizeof *m);
    uint8_t block[BLOCK];
    struct stat sb;
    size_t got = 0;
    int st = NAI_OK;

    *out = NULL;
    if (!m || !(m->path = strdup(strcmp(path, "-") == 0 ? "<stdin>" : path)) ||
        !(m->subdir = strdup(subdir))) {
        nai_members_close(m);
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", path);
    }
    if (strcmp(path, "-") != 0 && stat(path, &sb) == 0 && S_ISDIR(sb.st_mode)) {
        m->folder = true;
        *out = m;
        return NAI_OK;
    }
    st = nai_bytes_open(&m->bytes, path, true, err);
    if (!st)
        st = nai_bytes_read(m->bytes, block, BLOCK, &got, err);
    if (!st && got == BLOCK && is_header(block))
        st = list_archive(m, block, err);
    else
        m->single = true;
    if (st) {
        nai_members_close(m);
        return st;
    }
    *out = m;
    return NAI_OK;
}

bool nai_members_single(const struct nai_members *m)
{
    return m->single;
}

/* "path/name" or "path/subdir/name": the one that exists, else the first. */
static int file_path(const struct nai_members *m, const char *name, char **path)
{
    const size_t room = strlen(m->path) + strlen(m->subdir) + strlen(name) + 3;
    char *const p = malloc(room);
    struct stat sb;

    *path = p;
    if (!p)
        return -1;
    snprintf(p, room, "%s/%s", m->path, name);
    if (stat(p, &sb) == 0)
        return 1;
    snprintf(p, room, "%s/%s/%s", m->path, m->subdir, name);
    if (stat(p, &sb) == 0)
        return 1;
    snprintf(p, room, "%s/%s", m->path, name);
    return 0;
}

static const struct member *find(const struct nai_members *m, const char *name, size_t *times)
{
    const struct member *found = NULL;

    *times = 0;
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->list[i].name, name) == 0) {
            found = &m->list[i];
            ++*times;
        }
    return found;
}

bool nai_members_have(const struct nai_members *m, const char *name)
{
    char *path = NULL;
    size_t times;
    bool have;

    if (m->single)
        return true;
    if (!m->folder)
        return find(m, name, &times) != NULL;
    have = file_path(m, name, &path) > 0;
    free(path);
    return have;
}

static int start_in_folder(struct nai_members *m, const char *name, struct nai_err *err)
{
    const int have = file_path(m, name, &m->label);

    if (have < 0)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", m->path);
    nai_bytes_close(m->bytes);
    m->bytes = NULL;
    m->left = UINT64_MAX;
    if (!have)
        return nai_err_set(err, NAI_EINPUT, "%s: there is no %s", m->path, name);
    return nai_bytes_open(&m->bytes, m->label, false, err);
}

static int start_in_archive(struct nai_members *m, const char *name, struct nai_err *err)
{
    const size_t room = strlen(m->path) + strlen(name) + 3;
    size_t times;
    const struct member *const e = find(m, name, &times);

    m->label = malloc(room);
    if (!m->label)
        return nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", m->path);
    snprintf(m->label, room, "%s(%s)", m->path, name);
    if (times != 1)
        return nai_err_set(err, NAI_EINPUT, "%s: %s %s", m->path,
                           times ? "there is more than one" : "there is no", name);
    m->now = e;
    m->left = e->size;
    m->at = 0;
    return NAI_OK;
}

int nai_members_start(struct nai_members *m, const char *name, uint64_t *size, struct nai_err *err)
{
    int st;

    free(m->label);
    m->label = NULL;
    if (m->single) {
        m->left = UINT64_MAX;
        st = nai_bytes_rewind(m->bytes, err);
    } else {
        st = m->folder ? start_in_folder(m, name, err) : start_in_archive(m, name, err);
    }
    if (!st && size)
        *size = m->left != UINT64_MAX ? m->left : nai_bytes_size(m->bytes);
    return st;
}

int nai_members_read(struct nai_members *m, void *dst, size_t n, size_t *got, struct nai_err *err)
{
    const size_t part = n < m->left ? n : (size_t)m->left;
    int st = NAI_OK;

    if (m->now && m->now->held) {
        memcpy(dst, m->now->held + m->at, part);
        *got = part;
    } else {
        if (m->now && part > 0)
            st = nai_bytes_seek(m->bytes, m->now->at + m->at, err);
        if (!st)
            st = nai_bytes_read(m->bytes, dst, part, got, err);
    }
    if (!st && m->left != UINT64_MAX) {
        m->at += *got;
        m->left -= *got;
    }
    return st;
}

const char *nai_members_name(const struct nai_members *m)
{
    return m->label ? m->label : m->path;
}

int nai_members_text(struct nai_members *m, const char *name, size_t most, char **text, size_t *n,
                     struct nai_err *err)
{
    char *const t = malloc(most + 2);
    size_t got = 0;
    int st = t ? nai_members_start(m, name, NULL, err)
               : nai_err_set(err, NAI_ESYSTEM, "%s: out of memory", m->path);

    *text = NULL;
    if (!st)
        st = nai_members_read(m, t, most + 1, &got, err);
    if (!st && got > most)
        st = nai_err_set(err, NAI_EINPUT, "%s: longer than %zu bytes", nai_members_name(m), most);
    if (!st && !n && memchr(t, 0, got))
        st = nai_err_set(err, NAI_EINPUT, "%s: not text", nai_members_name(m));
    if (st) {
        free(t);
        return st;
    }
    t[got] = 0;
    *text = t;
    if (n)
        *n = got;
    return NAI_OK;
}

void nai_members_close(struct nai_members *m)
{
    if (!m)
        return;
    nai_bytes_close(m->bytes);
    free(m->path);
    free(m->subdir);
    free(m->label);
    for (size_t i = 0; i < m->n; i++)
        free(m->list[i].held);
    free(m->list);
    free(m);
}
