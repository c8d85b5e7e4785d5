/* nts_record.c - the 64-byte record header
 * SPDX-License-Identifier: MIT */
#include "nts_internal.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

static const uint8_t head_magic[8] = {0x89, 'N', 'T', 'S', '\r', '\n', 0x1a, '\n'};

void nts_record_pack(uint8_t *buf, const struct nts_record *rec)
{
    memset(buf, 0, NTS_RECORD_HEADER);
    if (strcmp(rec->type, "HEAD") == 0)
        memcpy(buf, head_magic, sizeof head_magic);
    else
        memcpy(buf, rec->type, 4);
    nts_put64(buf + 8, rec->seq);
    nts_put64(buf + 16, rec->len);
    nts_put32(buf + 24, rec->a);
    nts_put32(buf + 28, rec->b);
    nts_put64(buf + 32, rec->c);
    nts_put64(buf + 40, rec->payload_hash);
    nts_put64(buf + 48, rec->feat);
    nts_put64(buf + 56, XXH64(buf, 56, 0));
}

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

int nts_record_unpack(struct nts_record *rec, const uint8_t *buf, uint64_t max, struct nai_err *err)
{
    const bool head = memcmp(buf, head_magic, 4) == 0;

    if (nts_get64(buf + 56) != XXH64(buf, 56, 0))
        return nai_err_set(err, NAI_EINPUT, "record header checksum mismatch");
    *rec = (struct nts_record){
        .seq = nts_get64(buf + 8),
        .len = nts_get64(buf + 16),
        .a = nts_get32(buf + 24),
        .b = nts_get32(buf + 28),
        .c = nts_get64(buf + 32),
        .payload_hash = nts_get64(buf + 40),
        .feat = nts_get64(buf + 48),
    };
    memcpy(rec->type, head ? "HEAD" : (const char *)buf, 4);
    if (head ? memcmp(buf, head_magic, 8) != 0 : nts_get32(buf + 4) != 0)
        return nai_err_set(err, NAI_EINPUT, "record flags are not those of version 1");
    for (int i = 0; i < 4 && !head; i++)
        if (!is_letter(buf[i]))
            return nai_err_set(err, NAI_EINPUT, "record type is not four letters");
    if (rec->feat != 0)
        return nai_err_set(err, NAI_EINPUT, "needs features this version does not know (0x%llx)",
                           (unsigned long long)rec->feat);
    if (rec->len % 64 != 0)
        return nai_err_set(err, NAI_EINPUT, "record length %llu is not a multiple of 64",
                           (unsigned long long)rec->len);
    if (rec->len > max - NTS_RECORD_HEADER)
        return nai_err_set(err, NAI_EINPUT,
                           "record of %llu bytes is over the limit of %llu (NAI_MAX_RECORD)",
                           (unsigned long long)rec->len, (unsigned long long)max);
    return NAI_OK;
}

uint64_t nts_record_max(void)
{
    const char *const text = getenv("NAI_MAX_RECORD");
    char *end;
    unsigned long long v;

    if (!text || text[0] < '0' || text[0] > '9')
        return NTS_RECORD_MAX;
    v = strtoull(text, &end, 10);
    if (*end != '\0' || v < NTS_RECORD_MAX)
        return NTS_RECORD_MAX;
    return v < NTS_RECORD_CEILING ? v : NTS_RECORD_CEILING;
}

bool nts_rows_len(uint64_t *len, const struct nts_section *s, uint64_t n)
{
    uint64_t sum = 0;

    for (size_t f = 0; f < s->nfields; f++) {
        uint64_t column;
        if (!nai_mul64(&column, n, s->field[f].width) || column > NTS_RECORD_CEILING)
            return false;
        sum += nai_pad64(column);
        if (sum > NTS_RECORD_CEILING)
            return false;
    }
    *len = sum;
    return true;
}
