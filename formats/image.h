/* image.h - decode one PNG or JPEG file
 * SPDX-License-Identifier: MIT
 *
 * Messages begin with the path. NAI_ESYSTEM when the file cannot be read, NAI_EINPUT when it is
 * damaged, cut short, or neither PNG nor JPEG (which its first bytes tell, not its name). */
#ifndef NAI_IMAGE_H
#define NAI_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct nai_image {
    size_t h, w, c; /* c: 1 grey, 3 red-green-blue */
    uint8_t *pixel; /* owned: u8[h, w, c]; NULL after nai_image_probe */
};

/* nai_image_probe - only the sizes; reads no further than the first pixel. */
int nai_image_probe(struct nai_image *im, const char *path, struct nai_err *err);

/*
 * nai_image_read - decode.
 *
 * im  out  release with nai_image_free; untouched on failure
 *
 * 8 bits a channel: 16-bit samples are scaled by 255/65535, fewer bits to the full range, palettes
 * are looked up (c = 3), an alpha channel is dropped without blending, CMYK becomes
 * red-green-blue as Pillow converts it. Colour profiles, gamma and the EXIF orientation are not
 * applied. A JPEG whose pixels libjpeg had to make up is damaged, although it would decode.
 * At most 2^28 bytes of pixels.
 */
int nai_image_read(struct nai_image *im, const char *path, struct nai_err *err);

void nai_image_free(struct nai_image *im);

#endif
