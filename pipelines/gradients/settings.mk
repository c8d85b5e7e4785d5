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
WIDTH_STUDENTS ?= $(call full,10,5)

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

# Figures 1, 5 and 6, of images: so many are learned from, and so many tested on; others before them train what
# the papers have from ImageNet, and the teacher, by PRE_EPOCHS of stochastic gradient descent.
#
# In the papers' size, on a machine that has days for it (VGG-16, 50,000 images of CIFAR-10 in Figure 1):
#   make study-gradients DATA=cifar10:PATH SWEEP_ARCH='vgg16 head=linear' SWEEP_IMAGES=25000 PRE_IMAGES=25000 \
#       SWEEP_SEEDS=20 SWEEP_NOISE='0 0.001 0.01 0.1 1 10 100' SWEEP_BIAS='0 1e-8 1e-7 1e-6 1e-5 1e-4 1e-3 1e-2' \
#       PRE_EPOCHS=50 VGG_TEACHER='vgg19 head=linear' VGG_WIDTH=64 VGG_DEPTH=19 VGG_WIDTHS='8 16 32 64' \
#       VGG_IMAGES=5000 VGG_STEPS=50 VGG_SEEDS=10
PRE_IMAGES    ?= 5000
PRE_EPOCHS    ?= 4
PRE_LR        ?= 0.01
PRE_BATCH     ?= 50
TEST_IMAGES   ?= 2000
SWEEP_ARCH    ?= vgg11 width=8 head=linear
SWEEP_IMAGES  ?= 500
SWEEP_EPOCHS  ?= 50
SWEEP_LR      ?= 0.02
SWEEP_SEEDS   ?= 2
SWEEP_NOISE   ?= 0 5 10 15
SWEEP_BIAS    ?= 0 1e-4 5e-4 1e-3

# Figures 5 and 6: VGG students of VGG_DEPTHS at VGG_WIDTH, and of VGG_WIDTHS at VGG_DEPTH. VGG_VARIANCE and VGG_BIAS are the
# papers'.
VGG_TEACHER  ?= vgg13 width=8 head=linear
VGG_IMAGES   ?= 128
VGG_DEPTHS   ?= 11 13 16 19
VGG_WIDTH    ?= 4
VGG_DEPTH    ?= 11
VGG_WIDTHS   ?= 2 4 8
VGG_INIT     ?= kaiming
VGG_VARIANCE ?= 20
VGG_BIAS     ?= 0.02
VGG_LR       ?= 0.001
VGG_STEPS    ?= 3
VGG_DRAWS    ?= 20
VGG_SEEDS    ?= $(call full,10,5)
