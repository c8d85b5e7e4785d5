/* fuzz_npy.c - any bytes as a .npy array, alone, as two fields and as labels
 * SPDX-License-Identifier: MIT */
#include "import_drain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[200], path[256];
    char *const one[] = {path};
    struct nai_import o = {0};
    struct nai_err err = {0};
    struct nai_source s = {0};

    drain_folder(dir);
    snprintf(path, sizeof path, "%s/x", dir);
    drain_file(path, data, size);
    drain_source(&s, nai_npy_open(&s, one, 1, &o, &err), &err);
    err = (struct nai_err){0};
    o.labels = path;
    drain_source(&s, nai_npy_open(&s, one, 1, &o, &err), &err);
    remove(path);
    rmdir(dir);
    return 0;
}
