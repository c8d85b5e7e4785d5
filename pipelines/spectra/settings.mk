# settings.mk - what the study does, apart from how
# SPDX-License-Identifier: MIT

# fashion-mnist, cifar10:PATH (what nai-import cifar10 takes), or FILE.nts: rows with a field x and
# a field LABEL of classes
DATA  ?= fashion-mnist
LABEL ?= y

# Names of the classes 0, 1, ... for legends and tables; empty: their numbers.
CLASSES_fashion-mnist := T-shirt,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,boot
CLASSES_cifar10       := airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck
TITLE_fashion-mnist   := Fashion-MNIST
TITLE_cifar10         := CIFAR-10
FASHION_MNIST         ?= /usr/share/datasets/fashion-mnist

# Window and weights of the fits, and for what has few dimensions (the spectrum between classes).
PRESET     ?= reptrix
PRESET_FEW ?= alphareq

# Two noisy repeats of the first images: how many, the noise's standard deviation in the unit
# of the data (grey levels), its seed, and how often cvPCA swaps the repeats.
REPEATED ?= 5000
SIGMA    ?= 50
SEED     ?= 1
SHUFFLES ?= 10
