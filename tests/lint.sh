#!/bin/bash
# lint.sh - house rules that a compiler does not check. Run by `make lint`.
# SPDX-License-Identifier: MIT
# Usage: tests/lint.sh [BUILD_DIR]   (with BUILD_DIR, object files too)
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
fail() { echo "lint: $*" >&2; bad=1; }
src() { find "$@" \( -name '*.c' -o -name '*.h' -o -name '*.cu' \) 2>/dev/null | sort; }
library="common/base common/spectra common/views common/net common/probe common/select common/synth formats kernels" # prints nothing, never exits
all="tools common formats kernels"

# R1 sizes: files of 500 lines, tools of 400; functions of 60 lines, 65 with an option table in them; 100 columns.
limit() {
    for f in $(src "$1"); do
        n=$(wc -l <"$f")
        [ "$n" -le "$2" ] || fail "$f: $n lines, limit $2"
    done
}
limit tools 400; limit common 500; limit kernels 500; limit formats 500
for f in $(src $all tests); do
    awk -v f="$f" '
        { s = $0; gsub(/[\200-\277]/, "", s) } # a character, not a byte, a column
        length(s) > 100 { print "lint: " f ":" NR ": over 100 columns"; bad = 1 }
        /^\{/ { start = NR; most = 60 }
        start && /struct nai_opt opts/ { most = 65 }
        /^\}/ { if (start && NR - start > most) {
                print "lint: " f ":" start ": function of " NR - start " lines"; bad = 1 }
            start = 0 }
        END { exit bad }' "$f" >&2 || bad=1
done

# R2 banned calls: unbounded, unchecked, or with hidden state.
banned='\b(ato(i|l|ll|f)|strcpy|strcat|v?sprintf|gets|strtok|s?rand|alloca)[[:space:]]*\('
for f in $(src $all); do
    sed 's/"[^"]*"//g' "$f" | grep -nE "$banned" | sed "s|^|$f:|" | grep . >&2 && fail "banned call"
done

# R3 every file starts with "/* name - purpose" and its licence; headers have a guard.
for f in $(src $all tests); do
    b=$(basename "$f")
    head -n 1 "$f" | grep -qF "/* $b - " || fail "$f: line 1 is not '/* $b - ...'"
    sed -n 2p "$f" | grep -qE '^ \* SPDX-License-Identifier: MIT( \*/)?$' ||
        fail "$f: line 2 is not its SPDX-License-Identifier"
    case $f in
    tests/*/golden_*.h) ;; # numbers, included once
    *.h) sed -n 2,60p "$f" | grep -qE '^#ifndef (NAI|NTS)_[A-Z0-9_]*H$' || fail "$f: no guard" ;;
    esac
done
scripts='.*\.\(sh\|bats\|py\|awk\)'
for f in $(find tests pipelines formats/python -regex "$scripts" | sort); do
    head -n 2 "$f" | grep -qE "^(# |\"\"\")$(basename "$f") - " ||
        fail "$f: does not say what it is for"
    head -n 4 "$f" | grep -qF "SPDX-License-Identifier: MIT" || fail "$f: no licence"
done

# R4 layers: each folder includes itself and those named, of ours.
layer() {
    local folder=$1 f header where
    shift
    for f in $(src "$folder"); do
        for header in $(sed -nE 's/^#include "([^"]*)".*/\1/p' "$f"); do
            case $header in */*) fail "$f: includes \"$header\" by its path" ;; esac
            where=$(find "$folder" "$@" -name "$(basename "$header")" | head -n 1)
            [ -n "$where" ] || fail "$f: \"$header\" is not of a layer below $folder ($*)"
        done
    done
}
layer common/base
layer formats common/base
layer kernels common/base
layer common/cli common/base formats kernels/blas.h
layer common/spectra common/base formats kernels common/cli
layer common/plot common/base formats kernels common/cli common/spectra
layer common/views common/base formats
layer common/net common/base formats kernels
layer common/train common/base formats kernels common/net common/cli
layer common/hessian common/base formats kernels common/net common/cli common/spectra common/train
layer common/probe common/base formats kernels common/cli common/spectra
layer common/select common/base formats kernels common/cli
layer common/synth common/base formats kernels
layer tools common formats kernels
# libnts stands alone: nts_*.c include nothing but themselves and base.
grep -nE '^#include "' $(src formats | grep '/nts') |
    grep -vE '"(nts|nts_internal|nts_packet|nts_reader|err|mem|dtype)\.h"$' >&2 &&
    fail "libnts includes what is not its own"

# R5 one kernel = header + CPU file + test, under one name.
for h in kernels/*.h; do
    k=$(basename "$h" .h)
    [ -e "kernels/cpu/$k.c" ] || [ -e "kernels/cpu/real/$k.c" ] || fail "$h: no kernels/cpu/$k.c"
    [ -e "tests/kernels/$k.c" ] || fail "$h: tests/kernels/$k.c is missing"
done

# R6 one tool = source + man page + bats file; every page is of something.
for t in tools/nai-*.c; do
    k=$(basename "$t" .c)
    for f in "man/$k.1" "tests/tools/$k.bats"; do [ -e "$f" ] || fail "$t: $f is missing"; done
done
for m in man/*.1; do
    [ -e "tools/$(basename "$m" .1).c" ] || fail "$m: there is no such tool"
done
for m in man/*.[157]; do # pages refer to pages that exist; section 1 has others' too
    for x in $(sed -nE 's/^\.(It )?Xr ((nai|nts)[a-z-]*) ([157]).*/\2.\4/p' "$m" | sort -u); do
        [ -e "man/$x" ] || fail "$m: refers to $x, which is not there"
    done
done

# R7 objects: no writable globals; libraries neither print nor exit. sink.o has the name of the
# temporary file that its signal handler removes: a handler gets no argument to find it by.
if [ $# -gt 0 ]; then
    for o in $(find "$1" -name '*.o' -not -path '*/tests/*' -not -path '*/fuzz/*' | sort); do
        c=${o#"$1"/}
        [ -e "${c%.o}.c" ] || continue # left from a file that is gone
        [ "$c" = common/cli/sink.o ] || # tables of pointers are made const once they are relocated
            ! nm --format=sysv "$o" | awk -F'|' '$3 ~ /[BbDdC]/ && $7 !~ /\.rel\.ro/ { print $1 }' |
            grep . >&2 || fail "$c: writable global"
        for l in $library; do
            case $c in
            "$l"/*)
                nm -u "$o" |
                    grep -wE 'exit|_exit|abort|v?printf|puts|putchar|perror|stdout|stderr' >&2 &&
                    fail "$c: a library prints or exits"
                ;;
            esac
        done
    done
    # Of two functions of one name the linker takes whichever archive member it needs first.
    twice=$(find "$1/common" "$1/formats" "$1/kernels" -name '*.o' | sort | while read -r o; do
        c=${o#"$1"/} c=${c%.o}
        [ ! -e "${c%.f[36][24]}.c" ] || echo "$o" # else left from a file that is gone
    done | xargs -r nm -g --defined-only | awk '$2 ~ /^[TDRB]$/ && seen[$3]++ { print $3 }')
    [ -z "$twice" ] || fail "defined twice:" $twice
fi

# R8 no leftovers: paths of one machine, notes to oneself, numbers of issues.
words='/tmp/[^n]|/work/|/root/|/home/[a-ln-z]|\b(TODO|FIXME|XXX|stub|sessions?)\b|\bissue #'
for f in $(find Makefile ./*.md $all man pipelines tests formats/python -type f 2>/dev/null |
    grep -vE '\.(pyc|png|nts)$|^tests/lint.sh$' | sort -u); do
    grep -nIE "$words" "$f" | sed "s|^|$f:|" | grep . >&2 && fail "$f: a leftover"
done
exit $bad
