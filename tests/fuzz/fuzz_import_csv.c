/* fuzz_import_csv.c - any bytes as a table
 * SPDX-License-Identifier: MIT */
#include "import_drain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[200], path[256];
    static const struct nai_import o[] = {
        {.header = NAI_HEADER_AUTO},
        {.header = NAI_HEADER_NO, .label = "c1"},
        {.header = NAI_HEADER_YES, .label = "y", .classes = "a,b"},
    };

    drain_folder(dir);
    snprintf(path, sizeof path, "%s/x", dir);
    drain_file(path, data, size);
    for (size_t i = 0; i < sizeof o / sizeof *o; i++) {
        struct nai_err err = {0};
        struct nai_source s = {0};
        drain_source(&s, nai_csv_open(&s, path, &o[i], &err), &err);
    }
    remove(path);
    rmdir(dir);
    return 0;
}
