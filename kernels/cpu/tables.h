/* tables.h - the CPU's tables of operations, for device.c
 * SPDX-License-Identifier: MIT */
#ifndef NAI_CPU_TABLES_H
#define NAI_CPU_TABLES_H

#include "act.h"
#include "attention.h"
#include "batchnorm.h"
#include "conv2d.h"
#include "device.h"
#include "dropout.h"
#include "gemm.h"
#include "layernorm.h"
#include "layout.h"
#include "loss.h"
#include "optim.h"
#include "pool.h"
#include "token.h"
#include "vector.h"

#define NAI_CPU_TABLE(op) extern const struct nai_##op##_ops nai_cpu_##op##_f32, nai_cpu_##op##_f64

NAI_CPU_TABLE(vector);
NAI_CPU_TABLE(image);
NAI_CPU_TABLE(gemm);
NAI_CPU_TABLE(conv2d); /* im2col and BLAS */
NAI_CPU_TABLE(batchnorm);
NAI_CPU_TABLE(layernorm);
NAI_CPU_TABLE(act);
NAI_CPU_TABLE(pool);
NAI_CPU_TABLE(attention);
NAI_CPU_TABLE(token);
NAI_CPU_TABLE(dropout);
NAI_CPU_TABLE(loss);
NAI_CPU_TABLE(optim);

#ifdef NAI_DNNL
extern const struct nai_conv2d_ops nai_dnnl_conv2d; /* float32 */

/* nai_dnnl_text - "oneDNN 2.6.3". */
const char *nai_dnnl_text(char buf[static 32]);
#endif

#endif
