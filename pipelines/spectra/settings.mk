# settings.mk - what the study does, apart from how
# SPDX-License-Identifier: MIT

# Window and weights of the fits, and for what has few dimensions (the spectrum between classes).
PRESET     ?= reptrix
PRESET_FEW ?= alphareq

# Two noisy repeats of the first images: how many, the noise's standard deviation in the unit
# of the data (grey levels), its seed, and how often cvPCA swaps the repeats.
REPEATED ?= 5000
SIGMA    ?= 50
SEED     ?= 1
SHUFFLES ?= 10
