/* fuzz_import_stl10.c - any bytes as an STL-10 archive
 * SPDX-License-Identifier: MIT */
#include "import_drain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[200], path[256];
    static const char *const splits[] = {NULL, "train", "unlabeled"};

    drain_folder(dir);
    snprintf(path, sizeof path, "%s/x", dir);
    drain_file(path, data, size);
    for (size_t i = 0; i < 3; i++) {
        const struct nai_import o = {.split = splits[i]};
        struct nai_err err = {0};
        struct nai_source s = {0};
        drain_source(&s, nai_stl10_open(&s, path, &o, &err), &err);
    }
    remove(path);
    rmdir(dir);
    return 0;
}
