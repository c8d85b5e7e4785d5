# data.mk - which data a study is of: DATA=fashion-mnist, cifar10:PATH, or FILE.nts
# SPDX-License-Identifier: MIT
# cifar10:PATH is what nai-import cifar10 takes; FILE.nts has a field x and a field LABEL of classes. Gives
# TITLE, CLASSES, FROM and IMPORT (the train rows, to standard output), FROM_TEST and IMPORT_TEST (FROM_TEST is
# empty where nothing says which rows are the test rows: with FILE.nts or a .bin and no TEST=FILE).

DATA  ?= fashion-mnist
LABEL ?= y

# Names of the classes 0, 1, ... for legends and tables; empty: their numbers.
CLASSES_fashion-mnist := T-shirt,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,boot
CLASSES_cifar10       := airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck
TITLE_fashion-mnist   := Fashion-MNIST
TITLE_cifar10         := CIFAR-10
FASHION_MNIST         ?= /usr/share/datasets/fashion-mnist

SOURCE  := $(firstword $(subst :, ,$(DATA)))
OF      := $(abspath $(patsubst $(SOURCE):%,%,$(filter $(SOURCE):%,$(DATA))))
TITLE   := $(or $(TITLE_$(SOURCE)),$(basename $(notdir $(DATA))))
CLASSES := $(CLASSES_$(SOURCE))
comma   := ,

ifeq ($(SOURCE),fashion-mnist)
idx       = $(FASHION_MNIST)/$(1)-images-idx3-ubyte.gz $(FASHION_MNIST)/$(1)-labels-idx1-ubyte.gz
FROM      := $(call idx,train)
FROM_TEST := $(call idx,t10k)
IMPORT      := nai-import idx --classes $(CLASSES) $(FROM)
IMPORT_TEST := nai-import idx --classes $(CLASSES) $(FROM_TEST)
else ifeq ($(SOURCE),cifar10)
# A .bin file is all train rows, and the test rows are those of TEST=FILE.
FROM      := $(OF)
FROM_TEST := $(if $(TEST),$(abspath $(TEST)),$(filter-out %.bin,$(OF)))
IMPORT      := nai-import cifar10 $(if $(filter %.bin,$(OF)),,--split train )$(FROM)
IMPORT_TEST := nai-import cifar10 $(if $(TEST),,--split test )$(FROM_TEST)
else ifeq ($(suffix $(DATA)),.nts)
FROM      := $(abspath $(DATA))
FROM_TEST := $(abspath $(TEST))
IMPORT      := nai-cat $(FROM)
IMPORT_TEST := nai-cat $(FROM_TEST)
else
$(error DATA=$(DATA): not fashion-mnist, cifar10:PATH or FILE.nts)
endif

$(sort $(FROM) $(FROM_TEST)):
	@echo '$@ is not there$(if $(filter fashion-mnist,$(SOURCE)),: apt install dataset-fashion-mnist)' >&2; exit 1
