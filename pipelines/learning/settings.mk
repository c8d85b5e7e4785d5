# settings.mk - what the study does, apart from how
# SPDX-License-Identifier: MIT

# The network (a line of nai-train --arch), how many of the images it learns from, how often it sees
# each, and by how many at once. The probes learn from the same images and are tested on all others.
ARCH   ?= cnn
IMAGES ?= 10000
EPOCHS ?= 4
BATCH  ?= 256
PDIM   ?= 128
SEED   ?= 0

# Barlow Twins: weights of the off-diagonal term (auto is 5 / PDIM), each with so many views an image.
BETAS ?= 0.005 auto 0.2 1
VIEWS ?= 2 4

# Of the runs at beta auto, accuracy is measured each so many steps.
EVERY ?= 39

# Augmentation and, of alpha, window and weights.
AUGMENT ?= auto
PRESET  ?= reptrix

# Alpha by layer: which layers, and whether maps are averaged over their places (avg) or flattened
# (none: a covariance of the square of their size). Other networks than the default: pooled, all.
is_cnn = $(filter 1cnn,$(words $(ARCH))$(firstword $(ARCH)))
LAYERS ?= $(if $(is_cnn),pool1$(comma)pool2$(comma)relu3$(comma)avgpool,all)
POOL   ?= $(if $(is_cnn),none,avg)
