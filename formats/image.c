/* image.c - see image.h
 * SPDX-License-Identifier: MIT
 *
 * libpng and libjpeg report an error by longjmp; each is called from one function whose state lies
 * in a struct of the caller's, so that no local is lost by the jump. */
#include "image.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h> /* needs stdio.h before it, as jpeglib.h does */
#include <jpeglib.h>
#include <png.h>

#include "mem.h"

enum { SIDE_MOST = 65500, BYTES_MOST = 1 << 28 };

/* One file being decoded. */
struct job {
    FILE *file;
    const char *path;
    struct nai_err *err;
    bool probe;
    struct nai_image im;
    uint8_t *line; /* JPEG in CMYK: one row, u8[w * 4] */
    int status;
    jmp_buf back;
    png_structp png;
    png_infop info;
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr jpeg_err;
};

static int set_size(struct job *j, size_t h, size_t w, size_t c)
{
    size_t n;

    if (h < 1 || w < 1 || h > SIDE_MOST || w > SIDE_MOST || !nai_mul(&n, h * w, c) ||
        n > BYTES_MOST)
        return nai_err_set(j->err, NAI_EINPUT, "%s: %zu x %zu pixels are too many", j->path, w, h);
    j->im.h = h;
    j->im.w = w;
    j->im.c = c;
    if (!j->probe && !(j->im.pixel = nai_alloc(h * w, c, j->path, j->err)))
        return NAI_ESYSTEM;
    return NAI_OK;
}

/* ---- PNG ---- */

static _Noreturn void png_failed(png_structp png, png_const_charp why)
{
    struct job *const j = png_get_error_ptr(png);

    if (ferror(j->file))
        j->status = nai_err_set(j->err, NAI_ESYSTEM, "%s: cannot read:", j->path);
    else
        j->status = nai_err_set(j->err, NAI_EINPUT, "%s: damaged PNG: %s", j->path, why);
    longjmp(j->back, 1);
}

static void png_warned(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why; /* about ancillary chunks, which do not touch the pixels read here */
}

/* Ask for 8-bit grey or red-green-blue. Returns the channels. */
static size_t png_transforms(struct job *j)
{
    const png_byte type = png_get_color_type(j->png, j->info);

    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(j->png);
    else if (png_get_bit_depth(j->png, j->info) < 8)
        png_set_expand_gray_1_2_4_to_8(j->png);
    png_set_scale_16(j->png);
    png_set_strip_alpha(j->png);
    return type & PNG_COLOR_MASK_COLOR ? 3 : 1;
}

static void png_decode(struct job *j)
{
    int passes;

    if (setjmp(j->back))
        return;
    png_init_io(j->png, j->file);
    png_set_user_limits(j->png, SIDE_MOST, SIDE_MOST);
    png_read_info(j->png, j->info);
    j->status = set_size(j, png_get_image_height(j->png, j->info),
                         png_get_image_width(j->png, j->info), png_transforms(j));
    if (j->status || j->probe)
        return;
    passes = png_set_interlace_handling(j->png);
    png_read_update_info(j->png, j->info);
    if (png_get_rowbytes(j->png, j->info) != j->im.w * j->im.c)
        png_error(j->png, "rows of an unexpected width");
    for (int p = 0; p < passes; p++)
        for (size_t i = 0; i < j->im.h; i++)
            png_read_row(j->png, j->im.pixel + i * j->im.w * j->im.c, NULL);
    png_read_end(j->png, NULL);
}

static void read_png(struct job *j)
{
    j->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, j, png_failed, png_warned);
    j->info = j->png ? png_create_info_struct(j->png) : NULL;
    if (j->info)
        png_decode(j);
    else
        j->status = nai_err_set(j->err, NAI_ESYSTEM, "%s: out of memory for libpng", j->path);
    png_destroy_read_struct(&j->png, &j->info, NULL);
}

/* ---- JPEG ---- */

static _Noreturn void jpeg_failed(j_common_ptr c)
{
    struct job *const j = c->client_data;
    char why[JMSG_LENGTH_MAX];

    c->err->format_message(c, why);
    if (ferror(j->file))
        j->status = nai_err_set(j->err, NAI_ESYSTEM, "%s: cannot read:", j->path);
    else
        j->status = nai_err_set(j->err, NAI_EINPUT, "%s: damaged JPEG: %s", j->path, why);
    longjmp(j->back, 1);
}

/* libjpeg warns and makes up what is missing; only what loses no pixel is let pass. */
static void jpeg_warned(j_common_ptr c, int level)
{
    const int code = c->err->msg_code;

    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM &&
        code != JWRN_TOO_MUCH_DATA)
        jpeg_failed(c);
}

/* a * b / 255, rounded, as Pillow has it. */
static unsigned mul255(unsigned a, unsigned b)
{
    const unsigned t = a * b + 128;

    return ((t >> 8) + t) >> 8;
}

/* CMYK is stored inverted, as Adobe writes it and Pillow takes for granted. */
static void cmyk_to_rgb(uint8_t *dst, const uint8_t *src, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t ch = 0; ch < 3; ch++) {
            const unsigned white = src[4 * i + 3], ink = 255u - src[4 * i + ch];
            dst[3 * i + ch] = (uint8_t)(white - mul255(ink, white));
        }
}

static void jpeg_decode(struct job *j)
{
    struct jpeg_decompress_struct *const d = &j->jpeg;
    bool cmyk;

    if (setjmp(j->back))
        return;
    jpeg_create_decompress(d);
    jpeg_stdio_src(d, j->file);
    jpeg_read_header(d, TRUE);
    cmyk = d->num_components == 4;
    d->out_color_space = cmyk ? JCS_CMYK : d->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    j->status = set_size(j, d->image_height, d->image_width, d->num_components == 1 ? 1 : 3);
    if (!j->status && !j->probe && cmyk && !(j->line = nai_alloc(j->im.w, 4, j->path, j->err)))
        j->status = NAI_ESYSTEM;
    if (j->status || j->probe)
        return;
    jpeg_start_decompress(d);
    while (d->output_scanline < d->output_height) {
        uint8_t *const row = j->im.pixel + d->output_scanline * j->im.w * j->im.c;
        JSAMPROW into = cmyk ? j->line : row;
        if (jpeg_read_scanlines(d, &into, 1) == 1 && cmyk)
            cmyk_to_rgb(row, j->line, j->im.w);
    }
    jpeg_finish_decompress(d);
}

static void read_jpeg(struct job *j)
{
    j->jpeg.err = jpeg_std_error(&j->jpeg_err);
    j->jpeg.client_data = j;
    j->jpeg_err.error_exit = jpeg_failed;
    j->jpeg_err.emit_message = jpeg_warned;
    jpeg_decode(j);
    jpeg_destroy_decompress(&j->jpeg);
}

/* ---- both ---- */

static int read_image(struct nai_image *im, const char *path, bool probe, struct nai_err *err)
{
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const uint8_t jpeg[3] = {0xff, 0xd8, 0xff};
    struct job j = {.path = path, .err = err, .probe = probe};
    uint8_t head[8] = {0};

    j.file = fopen(path, "rb");
    if (!j.file)
        return nai_err_set(err, NAI_ESYSTEM, "%s: cannot open:", path);
    if (fread(head, 1, sizeof head, j.file) < sizeof head && ferror(j.file))
        j.status = nai_err_set(err, NAI_ESYSTEM, "%s: cannot read:", path);
    rewind(j.file);
    if (j.status)
        ;
    else if (memcmp(head, png, sizeof png) == 0)
        read_png(&j);
    else if (memcmp(head, jpeg, sizeof jpeg) == 0)
        read_jpeg(&j);
    else
        j.status = nai_err_set(err, NAI_EINPUT, "%s: neither PNG nor JPEG", path);
    fclose(j.file);
    nai_free(j.line);
    if (j.status) {
        nai_free(j.im.pixel);
        return j.status;
    }
    *im = j.im;
    return NAI_OK;
}

int nai_image_probe(struct nai_image *im, const char *path, struct nai_err *err)
{
    return read_image(im, path, true, err);
}

int nai_image_read(struct nai_image *im, const char *path, struct nai_err *err)
{
    return read_image(im, path, false, err);
}

void nai_image_free(struct nai_image *im)
{
    nai_free(im->pixel);
    *im = (struct nai_image){0};
}
