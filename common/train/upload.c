/* upload.c - rows of views into the input of a run
 * SPDX-License-Identifier: MIT */
#include "upload.h"

#include "layout.h"

/* count pictures, `stride` elements apart, to sample `at` of the input on. */
static void upload(struct nai_run *r, struct nai_device *d, const struct nai_input *in,
                   size_t group, const void *x, size_t stride, size_t at, size_t count)
{
    const enum nai_dtype held = nai_input_held(in->group[group].dtype);
    struct nai_shape s;
    struct nai_buf *y = nai_run_input(r, &s);

    s.n = 1;
    y = d->memory->at(d, y, at * nai_shape_count(&s));
    s.n = count;
    if (held == NAI_U8)
        d->image->upload_u8(d, &s, x, stride, in->mean, in->std, y);
    else if (held == NAI_F32)
        d->image->upload_f32(d, &s, x, stride, in->mean, in->std, y);
    else
        d->image->upload_f64(d, &s, x, stride, in->mean, in->std, y);
}

void nai_upload_views(struct nai_run *r, struct nai_device *d, const struct nai_input *in,
                      size_t group, const void *x, size_t n)
{
    const struct nai_input_group *const g = &in->group[group];
    const size_t size = nai_dtype_size(nai_input_held(g->dtype));

    for (size_t v = 0; v < g->views; v++)
        upload(r, d, in, group, (const char *)x + v * g->count * size, g->views * g->count, v * n,
               n);
}

void nai_upload_rows(struct nai_run *r, struct nai_device *d, const struct nai_input *in,
                     size_t group, const void *x, size_t count)
{
    upload(r, d, in, group, x, in->group[group].count, 0, count);
}
