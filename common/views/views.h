/* views.h - the views of images: drawn or given, made in parallel
 * SPDX-License-Identifier: MIT */
#ifndef NAI_VIEWS_H
#define NAI_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "view_draw.h"
#include "view_recipe.h"

/* Weights and scratch for images of one shape and one recipe. */
struct nai_views;

/*
 * nai_views_new - prepare.
 *
 * recipe   in  must outlive the result
 * h, w     in  of the images, at most NAI_VIEW_SIDE
 * floats   in  results are f32, (value - mean) / std; else u8
 * threads  in  at least 1
 *
 * NAI_ESYSTEM when out of memory. Free with nai_views_free.
 */
int nai_views_new(struct nai_views **out, const struct nai_recipe *recipe, size_t h, size_t w,
                  bool floats, size_t threads, struct nai_err *err);
void nai_views_free(struct nai_views *vs);

/* nai_views_bytes - bytes of one image's views of group g. */
size_t nai_views_bytes(const struct nai_views *vs, size_t g);

/* nai_views_draw - what nai_view_draw says for every view: view[rows][recipe->views] of the images
 * id[rows]. */
void nai_views_draw(const struct nai_views *vs, struct nai_view *view, uint64_t seed,
                    uint32_t epoch, const uint64_t *id, size_t rows);

/*
 * nai_views_render - make the views.
 *
 * out    out  out[g]: u8 or f32 [rows][views][channels][size][size] of group g
 * image  in   u8[rows][channels][h][w]
 * view   in   [rows][recipe->views], valid ones
 *
 * Order: crop and flip, jitter, greyscale, blur, solarise, normalise. In parallel over the images;
 * no allocation; the same bytes for any number of threads. About 12 microseconds a view of 32
 * by 32.
 */
void nai_views_render(struct nai_views *vs, void *const *out, const uint8_t *image,
                      const struct nai_view *view, size_t rows);

#endif
