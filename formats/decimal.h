/* decimal.h - numbers as the shortest decimals that read back exactly
 * SPDX-License-Identifier: MIT */
#ifndef NAI_DECIMAL_H
#define NAI_DECIMAL_H

#include "dtype.h"

enum { NAI_DECIMAL_ROOM = 32 };

/*
 * nai_decimal - one element of any type as text.
 *
 * buf  out  char[NAI_DECIMAL_ROOM]
 * src  in   one element of type t, any alignment
 *
 * A float has the fewest significant digits of "%.Ng" from which the nearest value of type t is
 * src; "nan", "inf" and "-inf" as they are; -0 keeps its sign. Returns the length.
 */
size_t nai_decimal(char buf[static NAI_DECIMAL_ROOM], const void *src, enum nai_dtype t);

#endif
