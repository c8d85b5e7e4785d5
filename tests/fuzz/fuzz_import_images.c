/* fuzz_import_images.c - any bytes as a PNG or JPEG file
 * SPDX-License-Identifier: MIT */
#include "import_drain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[200], path[256];
    static const struct nai_import o[] = {{.threads = 2}, {.size = 9, .filter = 3}};

    drain_folder(dir);
    snprintf(path, sizeof path, "%s/x.png", dir);
    drain_file(path, data, size);
    for (size_t i = 0; i < sizeof o / sizeof *o; i++) {
        struct nai_err err = {0};
        struct nai_source s = {0};
        drain_source(&s, nai_images_open(&s, dir, &o[i], &err), &err);
    }
    remove(path);
    rmdir(dir);
    return 0;
}
