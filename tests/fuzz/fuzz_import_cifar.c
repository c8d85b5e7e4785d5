/* fuzz_import_cifar.c - any bytes as a CIFAR file or archive
 * SPDX-License-Identifier: MIT */
#include "import_drain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[200], path[256];
    const struct nai_import o = {0};

    drain_folder(dir);
    snprintf(path, sizeof path, "%s/x", dir);
    drain_file(path, data, size);
    for (int classes = 10; classes <= 100; classes += 90) {
        struct nai_err err = {0};
        struct nai_source s = {0};
        drain_source(&s, nai_cifar_open(&s, path, classes, &o, &err), &err);
    }
    remove(path);
    rmdir(dir);
    return 0;
}
