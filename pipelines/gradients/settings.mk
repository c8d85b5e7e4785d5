# settings.mk - what the study does, apart from how
# SPDX-License-Identifier: MIT
# FULL=1: as many seeds as in the papers, where the default has fewer. What the default reduces stands in
# the README.

full = $(if $(FULL),$(1),$(2))
SEED ?= 0
JOBS ?= $(shell nproc)

# Figure 7A, B: singular values of 500 inputs, every pair of NOISE_GRID values from NOISE_LO to NOISE_HI; ratios
# of noise to gradient. As in the papers.
NOISE_ROWS     ?= 500
NOISE_DIM      ?= 25
NOISE_LO       ?= 0.5
NOISE_HI       ?= 12
NOISE_GRID     ?= 40
NOISE_SIGMAS   ?= 0,1
NOISE_LR       ?= 0.01
NOISE_STUDENTS ?= 100
NOISE_DRAWS    ?= 10

# Figures 7C and 8: dimensions; BIAS_GRID singular values up to BIAS_TOP, and as many ratios of bias to
# gradient up to BIAS_WIDTH N^(-1/4); the smallest singular value over the largest.
BIAS_ROWS     ?= 1000
BIAS_DIMS     ?= 1 5 25 100
BIAS_TOP      ?= 5
BIAS_GRID     ?= 20
BIAS_WIDTH    ?= 2
BIAS_LOWEST   ?= 1
BIAS_LR       ?= 0.001
BIAS_TEACHERS ?= $(call full,10,25)
BIAS_STUDENTS ?= $(call full,100,8)

# Figure 4: one linear map of 25 inputs; biases, those of picture A, and the share of gradients that are called small.
# Teachers by students. As in the papers, with two biases more.
NORM_ROWS     ?= 500
NORM_BIAS     ?= 0.05,0.1,0.2,0.35,0.5
NORM_LR       ?= 0.02
NORM_STEPS    ?= 10
NORM_SHOWN    ?= 0.2,0.35,0.5
NORM_SMALL    ?= 0.05
NORM_TEACHERS ?= 40
NORM_STUDENTS ?= 40

# Figure 3A: widths of the layer that does not learn. As in the papers.
WIDTH_ROWS     ?= 500
WIDTH_DIM      ?= 25
WIDTH_WIDTHS   ?= 12 24 37 49 62 74 87 99 112 125
WIDTH_SIGMAS   ?= 0.1,0.2,0.3,0.4
WIDTH_LR       ?= 0.001
WIDTH_STEPS    ?= 5
WIDTH_DRAWS    ?= 50
WIDTH_TEACHERS ?= 10
WIDTH_STUDENTS ?= 10

# Figures 3B and C: students of so many linear maps and units, of a teacher of four maps (their widths); draws of
# the noise come in pairs; products for the trace.
DEPTH_ROWS     ?= 5000
DEPTH_DEPTHS   ?= 2 4 6 8
DEPTH_WIDTHS   ?= 12 34 56 78 100
DEPTH_TEACHER  ?= 25,25,25,1
DEPTH_SIGMA    ?= 0.1
DEPTH_LR       ?= 0.001
DEPTH_STEPS    ?= 5
DEPTH_DRAWS    ?= 16
DEPTH_PROBES   ?= 8
DEPTH_TEACHERS ?= $(call full,20,4)
DEPTH_STUDENTS ?= $(call full,20,1)
