/* nts_bad.c - streams whose hashes are right and whose contents are not: each is refused. TAP.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../lib/nts_stream.h"
#include "../lib/tap.h"
#include "mem.h"

/* Bare records, put together one by one. */
struct making {
    unsigned char p[65536];
    size_t n;
    unsigned seq;
};

static void put(unsigned char *p, unsigned long long v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (unsigned char)(v >> 8 * i);
}

struct fields {
    unsigned a, b;
    unsigned long long c, feat;
    unsigned flags;
};

static void record(struct making *m, const char *type, struct fields f, const void *payload,
                   size_t n, char pad)
{
    unsigned char *const p = m->p + m->n;
    const size_t len = nai_pad64(n);

    memset(p, 0, 64);
    memcpy(p, strcmp(type, "HEAD") == 0 ? "\x89NTS" : type, 4);
    put(p + 4, strcmp(type, "HEAD") == 0 && !f.flags ? 0x0a1a0a0d : f.flags, 4);
    put(p + 8, m->seq++, 8);
    put(p + 16, len, 8);
    put(p + 24, f.a, 4);
    put(p + 28, f.b, 4);
    put(p + 32, f.c, 8);
    put(p + 48, f.feat, 8);
    memset(p + 64, pad, len);
    memcpy(p + 64, payload, n);
    put(p + 40, XXH64(p + 64, len, 0), 8);
    put(p + 56, XXH64(p, 56, 0), 8);
    m->n += 64 + len;
}

static void json(struct making *m, const char *type, const char *text)
{
    record(m, type, (struct fields){.a = strcmp(type, "HEAD") == 0, .c = strlen(text)}, text,
           strlen(text), ' ');
}

static void refused(const char *what, const struct making *m, const char *word)
{
    unsigned long long sum;
    struct nai_err err = {0};
    const int rc = stream_read(m->p, m->n, 1, &sum, &err);

    ok(rc == NAI_EINPUT && strstr(err.msg, word) != NULL, "%s: %s", what, err.msg);
}

static void bad_head(const char *text, const char *word)
{
    struct making m = {.n = 0};

    json(&m, "HEAD", text);
    refused(text, &m, word);
}

#define ROWS_HEAD                                                                                  \
    "{\"nts\":[1,0],\"sections\":[{\"name\":\"rows\",\"rows\":null,\"fields\":[{\"name\":\"v\","   \
    "\"dtype\":\"u8\",\"shape\":[]}]}]}"

/* A header that is right, for what follows it. */
static struct making begun(void)
{
    struct making m = {.n = 0};

    json(&m, "HEAD", ROWS_HEAD);
    return m;
}

static void heads(void)
{
    char deep[200] = "{\"nts\":[1,0],\"sections\":[],\"x\":";
    struct making m = {.n = 0};

    bad_head("{", "JSON");
    bad_head("[]", "JSON");
    bad_head("{\"nts\":[1,0],\"nts\":[1,0],\"sections\":[]}", "duplicate");
    bad_head("{\"nts\":[2,0],\"sections\":[]}", "not version 1");
    bad_head("{\"nts\":[1,0]}", "lacks");
    bad_head("{\"nts\":[1,0],\"kind\":3,\"sections\":[]}", "lacks");
    bad_head("{\"nts\":[1,0],\"sections\":[],\"meta\":[]}", "lacks");
    bad_head("{\"nts\":[1,0],\"sections\":[{}]}", "proper name");
    bad_head("{\"nts\":[1,0],\"sections\":[{\"name\":\"a\",\"rows\":-1,\"fields\":[]}]}", "rows");
    bad_head("{\"nts\":[1,0],\"sections\":[{\"name\":\"a\",\"rows\":1}]}", "list");
    bad_head("{\"nts\":[1,0],\"sections\":[{\"name\":\"a\",\"rows\":1,\"fields\":[]},{\"name\":"
             "\"a\",\"rows\":1,\"fields\":[]}]}",
             "stands twice");
#define FIELD(F) "{\"nts\":[1,0],\"sections\":[{\"name\":\"a\",\"rows\":1,\"fields\":[" F "]}]}"
    bad_head(FIELD("{\"dtype\":\"u8\",\"shape\":[]}"), "proper name");
    bad_head(FIELD("{\"name\":\"a\\tb\",\"dtype\":\"u8\",\"shape\":[]}"), "proper name");
    bad_head(FIELD("{\"name\":\"v\",\"dtype\":\"f8\",\"shape\":[]}"), "dtype");
    bad_head(FIELD("{\"name\":\"v\",\"dtype\":\"u8\"}"), "shape");
    bad_head(FIELD("{\"name\":\"v\",\"dtype\":\"u8\",\"shape\":[-1]}"), "size");
    bad_head(FIELD("{\"name\":\"v\",\"dtype\":\"u8\",\"shape\":[0]}"), "size");
    bad_head(FIELD("{\"name\":\"v\",\"dtype\":\"u8\",\"shape\":[1,1,1,1,1,1,1,1,1]}"), "at most 8");
    bad_head(FIELD("{\"name\":\"v\",\"dtype\":\"f64\",\"shape\":[4294967296,4294967296]}"), "size");
    bad_head(FIELD("{\"name\":\"v\",\"dtype\":\"u8\",\"shape\":[300000000]}"), "record limit");
    bad_head(FIELD("{\"name\":\"v\",\"dtype\":\"u8\",\"shape\":[],\"filter\":\"rot13\"}"),
             "filter");
    bad_head(FIELD("{\"name\":\"v\",\"dtype\":\"u8\",\"shape\":[]},{\"name\":\"v\",\"dtype\":"
                   "\"u8\",\"shape\":[]}"),
             "stands twice");
    bad_head("{\"nts\":[1,0],\"sections\":[{\"name\":\"w\",\"tensor\":[2,3],\"rows\":5,\"fields\":"
             "[{\"name\":\"\",\"dtype\":\"u8\",\"shape\":[]}]}]}",
             "do not fit");
    for (int i = 0; i < 20; i++)
        deep[strlen(deep)] = (char)91; /* never closed: depth is counted before parsing */
    bad_head(deep, "deeper");
    json(&m, "ROWS", "{}");
    refused("no header", &m, "not an NTS stream");
    m = (struct making){.n = 0};
    record(&m, "HEAD", (struct fields){.a = 2, .c = 2}, "{}", 2, ' ');
    refused("another major version", &m, "major version");
    m = (struct making){.n = 0};
    record(&m, "HEAD", (struct fields){.a = 1, .c = 2, .feat = 4}, "{}", 2, ' ');
    refused("an unknown feature", &m, "features");
    m = (struct making){.n = 0};
    record(&m, "HEAD", (struct fields){.a = 1, .c = 2, .flags = 0x0a0a0a0a}, "{}", 2, ' ');
    refused("a header mangled as text", &m, "flags");
    m = (struct making){.n = 0};
    record(&m, "HEAD", (struct fields){.a = 1, .c = 2}, "{}", 2, '\0');
    refused("JSON padded with zeros", &m, "padded");
    m = (struct making){.n = 0};
    record(&m, "HEAD", (struct fields){.a = 1, .c = 80}, "{}", 2, ' ');
    refused("JSON longer than its record", &m, "does not fit");
}

static void bodies(void)
{
    static const char done[] =
        "{\"records\":1,\"sections\":[{\"rows\":0,\"fields\":{\"v\":\"xxh64:ef46db3751d8e999\"}}],"
        "\"digest\":\"xxh64:0000000000000000\"}";
    static const unsigned char index[24] = {1};
    const unsigned char three[3] = {1, 2, 3}, dirty[4] = {1, 2, 3, 4};
    struct making m;

#define BODY(WHAT, WORD, ...)                                                                      \
    m = begun();                                                                                   \
    __VA_ARGS__;                                                                                   \
    refused(WHAT, &m, WORD)
    BODY("an unknown upper-case record", "does not know",
         record(&m, "WHAT", (struct fields){0}, "", 0, 0));
    BODY("a type that is not letters", "four letters",
         record(&m, "R0WS", (struct fields){0}, "", 0, 0));
    BODY("a second header", "second header", json(&m, "HEAD", ROWS_HEAD));
    BODY("rows of no section", "does not name",
         record(&m, "ROWS", (struct fields){.a = 1, .b = 3}, three, 3, 0));
    BODY("no rows in a record of rows", "do not fill",
         record(&m, "ROWS", (struct fields){.b = 0}, "", 0, 0));
    BODY("more rows than bytes", "do not fill",
         record(&m, "ROWS", (struct fields){.b = 65}, three, 3, 0));
    BODY("rows that begin late", "out of order",
         record(&m, "ROWS", (struct fields){.b = 3, .c = 5}, three, 3, 0));
    BODY("padding that is not zero", "padding",
         record(&m, "ROWS", (struct fields){.b = 3}, dirty, 4, 0));
    BODY("a record that is missing", "out of order",
         (m.seq++, record(&m, "ROWS", (struct fields){.b = 3}, three, 3, 0)));
    BODY("an index of rows that are not there", "index",
         record(&m, "indx", (struct fields){.a = 24, .b = 1, .c = m.n}, index, 24, 0));
    BODY("a meta record that is not JSON", "JSON",
         record(&m, "meta", (struct fields){.c = 3}, three, 3, ' '));
    BODY("a failed producer", "upstream x failed: broken",
         json(&m, "ABRT", "{\"tool\":\"x\",\"message\":\"broken\"}"));
    BODY("DONE: another number of records", "number of records",
         (record(&m, "ROWS", (struct fields){.b = 3}, three, 3, 0), json(&m, "DONE", done)));
    BODY("DONE: no sections", "number of sections",
         json(&m, "DONE", "{\"records\":1,\"sections\":[]}"));
    BODY("DONE: another number of rows", "number of rows",
         json(&m, "DONE", "{\"records\":1,\"sections\":[{\"rows\":1,\"fields\":{}}]}"));
    BODY("DONE: another number of fields", "number of fields",
         json(&m, "DONE", "{\"records\":1,\"sections\":[{\"rows\":0,\"fields\":{}}]}"));
    BODY("DONE: another field digest", "field digest",
         json(&m, "DONE",
              "{\"records\":1,\"sections\":[{\"rows\":0,\"fields\":{\"v\":\"xxh64:0\"}}]}"));
    BODY("DONE: another stream digest", "stream digest", json(&m, "DONE", done));
}

/* Once failed, a reader stays so: only a true end is an end. */
static void sticky(void)
{
    struct making m = begun();
    const int fd = stream_fd(m.p, m.n);
    struct nai_err err = {0};
    struct nts_reader *r;
    struct nts_batch b;

    ok(nts_open(&r, fd, NULL, &err) == NAI_OK, "a stream of a header alone opens");
    ok(nts_read(r, &b, &err) == NTS_FAILED, "reading on fails");
    err.code = 0;
    ok(nts_read(r, &b, &err) == NTS_FAILED && err.code == NAI_EINPUT, "and fails again: %s",
       err.msg);
    nts_close(r);
}

/* What the builders refuse. */
static void builders(void)
{
    struct nts_header *const h = nts_header_new("dataset");
    const unsigned long long zero[1] = {0};
    char longer[300];

    memset(longer, 'a', sizeof longer);
    longer[299] = '\0';
    ok(nts_header_section(h, longer, 1) < 0, "a name of 299 bytes is refused");
    ok(nts_header_section(h, "\xff", 1) < 0, "a name that is not UTF-8 is refused");
    ok(nts_header_section(h, "a\nb", 1) < 0, "a name with a control character is refused");
    ok(nts_header_section(h, "", 1) < 0, "a section needs a name");
    ok(nts_header_section(h, "\xc3\xa9", 2) == 0, "UTF-8 is welcome");
    ok(nts_header_field(h, 0, "v", NAI_U8, 1, (const uint64_t *)(const void *)zero) < 0,
       "a dimension of 0 is refused");
    ok(nts_header_field(h, 0, "v", NAI_U8, 9, NULL) < 0, "nine dimensions are refused");
    ok(nts_header_tensor(h, "w", NAI_F32, 2, (const uint64_t[]){1ULL << 40, 1ULL << 40}) < 0,
       "a tensor of 2^80 elements is refused");
    ok(nts_find_section(h, "nope") == -1, "what is not there is not found");
    nts_header_free(h);
}

static void writer(void)
{
    struct nts_header *const h = nts_header_new("dataset");
    const int fd = stream_fd((const unsigned char *)"", 0);
    struct nai_err err = {0};
    struct nts_writer *w;

    nts_header_section(h, "rows", 2);
    nts_header_field(h, 0, "v", NAI_U8, 0, NULL);
    ok(nts_create(&w, fd, h, &(struct nts_wopts){.level = 20}, &err) == NAI_EUSAGE && !w,
       "level 20: %s", err.msg);
    nts_create(&w, fd, h, NULL, &err);
    ok(nts_write(w, 0, 3, (const void *[]){"abc"}, &err) == NAI_EUSAGE, "too many rows: %s",
       err.msg);
    nts_discard(w);
    nts_create(&w, fd, h, NULL, &err);
    nts_write(w, 0, 1, (const void *[]){"a"}, &err);
    ok(nts_finish(w, &err) == NAI_EUSAGE, "too few rows: %s", err.msg);
    ok(nts_finish(w, &err) == NAI_ESYSTEM, "and again: %s", err.msg);
    nts_discard(w);
    nts_header_free(h);
}

int main(void)
{
    heads();
    bodies();
    sticky();
    builders();
    writer();
    return tap_end();
}
