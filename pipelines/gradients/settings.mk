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
