/* folder.h - the image files of a folder, and the classes its folders stand for
 * SPDX-License-Identifier: MIT */
#ifndef NAI_FOLDER_H
#define NAI_FOLDER_H

#include <stdbool.h>

#include "classes.h"

struct nai_folder {
    bool labelled;              /* there are class folders */
    struct nai_classes classes; /* when labelled */
    size_t n, room;
    char **path;    /* owned: path[n], from the folder's own path on */
    int32_t *label; /* owned: label[n]; 0 when not labelled */
};

/*
 * nai_folder_list - find the files.
 *
 * f     out  release with nai_folder_free, whatever is returned
 * dir   in   either holds files named *.png, *.jpg or *.jpeg (any case), or folders, each a class,
 *            that hold such files at any depth down to 16
 * list  in   class names split by commas, which then say the labels; NULL: the folders' names in
 *            the order of their bytes
 *
 * Files come class by class, and within one in the order of their paths' bytes. Names that begin
 * with '.' and files named otherwise are passed over. NAI_EINPUT when there is nothing to read, a
 * class folder is empty or not in list, or dir holds both files and folders of them.
 */
int nai_folder_list(struct nai_folder *f, const char *dir, const char *list, struct nai_err *err);

void nai_folder_free(struct nai_folder *f);

#endif
