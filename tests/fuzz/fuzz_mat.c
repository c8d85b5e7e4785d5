/* fuzz_mat.c - any bytes as a MATLAB file
 * SPDX-License-Identifier: MIT
 *
 * What is ours is the path, the axes and the gathering; the parser is that of matio and HDF5, whose
 * own faults this finds too. */
#include "import_drain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[200], path[256];
    static const struct nai_import o[] = {
        {0},
        {.var = "x"},
        {.var = "x", .rows = "2,1", .halves = 3},
        {.var = "s(:).a", .order = "2"},
        {.var = "s.b", .fields = 2},
        {.var = "c{1}"},
    };

    drain_folder(dir);
    snprintf(path, sizeof path, "%s/x", dir);
    drain_file(path, data, size);
    for (size_t i = 0; i < sizeof o / sizeof *o; i++) {
        struct nai_err err = {0};
        struct nai_source s = {0};
        drain_source(&s, nai_mat_open(&s, path, &o[i], &err), &err);
    }
    remove(path);
    rmdir(dir);
    return 0;
}
