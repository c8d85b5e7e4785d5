# nai - build, check, install. `make help` lists the targets.
VERSION := 0.1.0
PREFIX  ?= /usr/local
B       ?= build
DATA    ?= fashion-mnist
OUT     ?= out

CFLAGS   ?= -O2 -g
WERROR   ?=
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wundef \
            -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings
CPPFLAGS += -D_POSIX_C_SOURCE=200809L -DNAI_VERSION='"$(VERSION)"' $(if $(DNNL),-DNAI_DNNL) \
            $(addprefix -I,$(wildcard common/*) formats kernels kernels/cpu) \
            $(shell pkg-config --cflags hdf5 2>/dev/null)
ALL_CFLAGS = -std=c11 $(WARN) $(WERROR) $(CPPFLAGS) -fopenmp -fPIC -fvisibility=hidden -MMD -MP $(CFLAGS)

# The OpenMP build of OpenBLAS where it lies apart (Debian), since the pthread build beside OpenMP
# runs several times slower; recorded in the binaries, so that it is what they find at run time.
comma    := ,
BLAS_DIR ?= $(firstword $(wildcard /usr/lib/*/openblas-openmp))
BLAS     := $(if $(BLAS_DIR),-L$(BLAS_DIR) -Wl$(comma)-rpath$(comma)$(BLAS_DIR)) -lopenblas -llapacke

# oneDNN convolves float32 where it is there (DNNL= builds without): im2col and BLAS otherwise.
DNNL     ?= $(if $(wildcard /usr/include/dnnl.h /usr/include/oneapi/dnnl/dnnl.h),-ldnnl)
NTS_LIBS := -lzstd -lxxhash -ljansson -lpthread
LIBS     := -Wl,--as-needed $(NTS_LIBS) $(BLAS) $(DNNL) -lmatio $(shell pkg-config --libs hdf5 2>/dev/null) \
            -lzip -ljpeg -lpng -lz -lm

TOOLS   := $(patsubst tools/%.c,%,$(wildcard tools/nai-*.c))
NTS     := $(patsubst %.c,$(B)/%.o,$(wildcard formats/nts_*.c) \
             $(addprefix common/base/,err.c mem.c dtype.c))
LIB     := $(patsubst %.c,$(B)/%.o,$(wildcard common/*/*.c formats/*.c kernels/cpu/*.c)) \
           $(foreach r,f32 f64,$(patsubst %.c,$(B)/%.$(r).o,$(wildcard kernels/cpu/real/*.c)))
TESTLIB := $(patsubst %.c,$(B)/%.o,$(wildcard tests/lib/*.c))
TESTS   := $(patsubst %.c,$(B)/%,$(foreach d,base kernels formats spectra \
             views net train probe select synth,$(wildcard tests/$(d)/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

all: $(TOOLS:%=$(B)/bin/%) $(B)/libnts.a $(B)/libnts.so.0 ## build every tool and libnts

$(B)/libnai.a: $(LIB)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/bin/%: $(B)/tools/%.o $(B)/libnai.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fopenmp $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/%: $(B)/tests/%.o $(TESTLIB) $(B)/libnai.a
	$(CC) $(CFLAGS) -fopenmp $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/libnts.a: $(NTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/libnts.so.0: $(NTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libnts.so.0 -o $@ $^ $(NTS_LIBS)
	ln -sf libnts.so.0 $(B)/libnts.so

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/%.f32.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS:-O2=-O3) -fno-math-errno -DNAI_REAL=32 -c -o $@ $<

$(B)/%.f64.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS:-O2=-O3) -fno-math-errno -DNAI_REAL=64 -c -o $@ $<

tests: $(TESTS)

check:                                 ## install what is missing, build, run every test
	@pipelines/deps.sh build check
	$(MAKE) all tests
	tests/run.sh $(B) $(ONLY)

check-asan:                            ## the same under AddressSanitizer and UBSan
	@pipelines/deps.sh build check
	$(MAKE) all tests B=$(B)-asan CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all'
	STAGE_CFLAGS=-fsanitize=address,undefined tests/run.sh $(B)-asan $(ONLY)

coverage:                              ## lines of formats/ and common/ that the tests reach
	@pipelines/deps.sh build check cover
	$(MAKE) all tests B=$(B)-cover CFLAGS='-O0 -g --coverage'
	STAGE_CFLAGS=--coverage tests/run.sh $(B)-cover $(ONLY)
	gcovr -r . --object-directory $(B)-cover -f formats/ -f common/ -s | tail -n 60

fuzz: export FUZZ_SECONDS ?= 60
fuzz:                                  ## libFuzzer on the stream reader and every importer
	@pipelines/deps.sh build clang
	tests/fuzz/run.sh $(B)-fuzz $(FUZZERS)

bench:                                 ## speed and memory, side by side with NumPy, PyTorch, scikit-learn
	@pipelines/deps.sh build bench
	$(MAKE) all $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))
	tests/bench/run.sh $(B) $(ONLY)

study:                                 ## install what is missing, build, run the default studies
	@pipelines/deps.sh build study
	$(MAKE) all
	$(MAKE) -f pipelines/spectra/Makefile BIN=$(abspath $(B))/bin B=$(B) OUT=$(OUT)/spectra DATA=$(DATA)
	$(MAKE) -f pipelines/learning/Makefile BIN=$(abspath $(B))/bin OUT=$(OUT)/learning DATA=$(DATA)

study-gradients:                       ## the study of approximate gradients, some ten minutes; FULL=1: days
	@pipelines/deps.sh build study
	$(MAKE) all
	$(MAKE) -f pipelines/gradients/Makefile BIN=$(abspath $(B))/bin OUT=$(OUT)/gradients DATA=$(DATA)

lint:                                  ## format, house rules, man pages
	clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h' '*.cu')
	tests/lint.sh $(B)
	for p in man/*; do groff -mdoc -Tutf8 -ww -z $$p || exit 1; done

COMPLETIONS := bash/share/bash-completion/completions/ zsh/share/zsh/site-functions/_ \
               fish/share/fish/vendor_completions.d/
install: all                           ## install under $(DESTDIR)$(PREFIX)
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib/pkgconfig include/nai share/nai/python \
	    share/man/man1 share/man/man5 share/man/man7)
	install $(TOOLS:%=$(B)/bin/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(B)/libnts.a $(B)/libnts.so.0 $(DESTDIR)$(PREFIX)/lib
	ln -sf libnts.so.0 $(DESTDIR)$(PREFIX)/lib/libnts.so
	install -m 644 formats/nts.h common/base/err.h common/base/dtype.h $(DESTDIR)$(PREFIX)/include/nai
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' formats/nts.pc.in \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/nts.pc
	install -m 644 formats/python/nts.py $(DESTDIR)$(PREFIX)/share/nai/python
	for s in 1 5 7; do install -m 644 man/*.$$s $(DESTDIR)$(PREFIX)/share/man/man$$s; done
	set -e; for c in $(COMPLETIONS); do for t in $(TOOLS); do \
	    f="$(DESTDIR)$(PREFIX)/$${c#*/}$$t$$([ $${c%%/*} = fish ] && echo .fish || :)"; \
	    mkdir -p "$$(dirname "$$f")"; $(B)/bin/$$t --completion $${c%%/*} >"$$f"; done; done

uninstall:                             ## remove what install put there
	cd $(DESTDIR)$(PREFIX) && rm -f $(TOOLS:%=bin/%) $(patsubst man/%.1,share/man/man1/%.1,$(wildcard man/*.1)) \
	    share/man/man5/nts.5 share/man/man7/nai.7 lib/libnts.a lib/libnts.so lib/libnts.so.0 \
	    lib/pkgconfig/nts.pc $(TOOLS:%=share/bash-completion/completions/%) \
	    $(TOOLS:%=share/zsh/site-functions/_%) $(TOOLS:%=share/fish/vendor_completions.d/%.fish)
	rm -rf $(DESTDIR)$(PREFIX)/include/nai $(DESTDIR)$(PREFIX)/share/nai

clean:                                 ## remove what make made
	rm -rf $(B) $(B)-asan $(B)-cover $(B)-fuzz $(B)-clang

help:                                  ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  \1\t/p' Makefile | expand -t 16

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.SECONDARY:
.PHONY: all tests check check-asan coverage fuzz bench study study-gradients lint install uninstall clean help
