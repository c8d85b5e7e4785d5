/* fuzz_import_idx.c - any bytes as an IDX file, of images and of labels
 * SPDX-License-Identifier: MIT */
#include "import_drain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[200], path[256];
    struct nai_import o = {0};
    struct nai_err err = {0};
    struct nai_source s = {0};

    drain_folder(dir);
    snprintf(path, sizeof path, "%s/x", dir);
    drain_file(path, data, size);
    drain_source(&s, nai_idx_open(&s, path, NULL, &o, &err), &err);
    err = (struct nai_err){0};
    o.classes = "a,b,c";
    drain_source(&s, nai_idx_open(&s, path, path, &o, &err), &err);
    remove(path);
    rmdir(dir);
    return 0;
}
