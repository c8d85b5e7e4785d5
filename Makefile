# nai - build, check, install. `make help` lists the targets.
VERSION := 0.1.0
PREFIX  ?= /usr/local
B       ?= build
DATA    ?= ../shared/data

CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wundef \
            -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings
HDF5_CFLAGS := $(shell pkg-config --cflags hdf5 2>/dev/null)
CPPFLAGS += -D_POSIX_C_SOURCE=200809L -DNAI_VERSION='"$(VERSION)"' \
            -Icommon/base -Icommon/cli -Icommon/spectra -Iformats -Ikernels $(HDF5_CFLAGS)
ALL_CFLAGS = -std=c11 $(WARN) $(CPPFLAGS) -fopenmp -fPIC -fvisibility=hidden -MMD -MP $(CFLAGS)

# The OpenMP build of OpenBLAS where it lies apart (Debian), since the pthread build beside OpenMP
# runs several times slower; recorded in the binaries, so that it is what they find at run time.
comma    := ,
BLAS_DIR ?= $(firstword $(wildcard /usr/lib/*/openblas-openmp))
BLAS     := $(if $(BLAS_DIR),-L$(BLAS_DIR) -Wl$(comma)-rpath$(comma)$(BLAS_DIR)) -lopenblas -llapacke
HDF5_LIBS   := $(shell pkg-config --libs hdf5 2>/dev/null || echo -lhdf5)
NTS_LIBS := -lzstd -lxxhash -ljansson -lpthread
LIBS     := -Wl,--as-needed $(NTS_LIBS) $(BLAS) -lmatio $(HDF5_LIBS) -lzip -ljpeg -lpng -lz -lm

TOOLS  := $(patsubst tools/%.c,%,$(wildcard tools/nai-*.c))
NTS    := $(patsubst %.c,$(B)/%.o,$(wildcard formats/nts_*.c) \
            $(addprefix common/base/,err.c mem.c dtype.c))
LIB    := $(patsubst %.c,$(B)/%.o,$(wildcard common/*/*.c formats/*.c kernels/cpu/*.c))
TESTLIB := $(patsubst %.c,$(B)/%.o,$(wildcard tests/lib/*.c))
CTEST  := $(patsubst %.c,$(B)/%,$(wildcard tests/base/*.c tests/kernels/*.c tests/formats/*.c))

all: $(TOOLS:%=$(B)/bin/%) $(B)/libnts.a $(B)/libnts.so.0 $(B)/nts.pc ## build every tool and libnts

$(B)/libnai.a: $(LIB)
	rm -f $@ && $(AR) rcs $@ $^

$(B)/bin/%: $(B)/tools/%.o $(B)/libnai.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fopenmp $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/%: $(B)/tests/%.o $(TESTLIB) $(B)/libnai.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fopenmp $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/libnts.a: $(NTS)
	rm -f $@ && $(AR) rcs $@ $^

$(B)/libnts.so.0: $(NTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libnts.so.0 -o $@ $^ $(NTS_LIBS)
	ln -sf libnts.so.0 $(B)/libnts.so

$(B)/nts.pc: formats/nts.pc.in Makefile
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' $< >$@

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.SECONDARY:
.PHONY: all
