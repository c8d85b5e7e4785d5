#!/bin/bash
# examples.sh - run the examples of manual pages and READMEs
# SPDX-License-Identifier: MIT
#
# Usage: examples.sh BIN_DIR FILE|TOOL...    run them: "ok FILE N" a block; exit 1 if one fails
#        examples.sh --print FILE SECTION    the literal text of a section, as a reader sees it
#        examples.sh --libs BIN_DIR          what links libnts as built beside the tools
#
# An example lies between .Bd -literal and .Ed under .Sh EXAMPLES of a page, in a block of ```sh of
# a README, or under "Example:" in the --help of a tool. Each runs in bash -eu -o pipefail, in a
# folder of its own with the standard inputs below and the tools in PATH. One that names a folder
# of /usr/share/datasets that is not there is skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)

# blocks FILE - the examples of a page, of a README or of a tool's --help, a line "\f" after each.
blocks() {
    case $1 in
    *.md) awk '/^```sh$/ { on = 1; next } /^```/ { if (on) print "\f"; on = 0 } on' "$1" ;;
    *.[157])
        awk '/^\.Sh / { here = /^\.Sh EXAMPLES/ }
            here && /^\.Bd -literal/ { on = 1; next }
            /^\.Ed/ { if (on) print "\f"; on = 0 }
            on' "$1" | plain
        ;;
    *) "$1" --help | sed -n '/^Example:/,/^$/s/^  //p' ;;
    esac
}

# plain - mdoc's escapes undone.
plain() { sed 's/^\\&//; s/\\-/-/g; s/\\e/\\/g'; }

if [ "$1" = --print ]; then
    awk -v section=".Sh $3" '/^\.Sh / { here = $0 == section }
        here && /^\.Bd -literal/ { on = 1; next } /^\.Ed/ { on = 0 } on' "$2" | plain
    exit
fi

# libs BUILD_DIR - a library that was built with sanitizers or for coverage needs their run time.
libs() {
    local symbols extra=
    symbols=$(nm "$1/libnts.a" 2>/dev/null)
    case $symbols in *__asan_*) extra=' -fsanitize=address,undefined' ;; esac
    case $symbols in *__gcov_*) extra+=' --coverage' ;; esac
    echo "$1/libnts.a -lzstd -lxxhash -ljansson -lpthread$extra"
}

if [ "$1" = --libs ]; then
    libs "$(cd "$2/.." && pwd)"
    exit
fi

# inputs - what examples may take for granted, made in the current folder: table.csv (300 rows of 60
# features whose variance decays, and a column kind), feats.nts, repeats.nts (fields r1 and r2),
# moments.nts, spectrum.nts, runs.tsv (epoch, loss and model), and unit-rows.c of nts(5).
inputs() {
    awk -v seed=1 -v rows=300 -v dim=60 -f "$here/table.awk" >table.csv
    nai-import csv --label kind table.csv -o feats.nts
    for r in 1 2; do
        awk -v seed=$r -v shared=7 -v rows=80 -v dim=12 -f "$here/table.awk" >r$r.csv
        nai-import csv --label kind r$r.csv | nai-export npy -f x -o r$r.npy
    done
    nai-import npy r1.npy r2.npy -o repeats.nts
    nai-cov feats.nts -o moments.nts
    nai-eig moments.nts -o spectrum.nts
    "$here/examples.sh" --print "$here/../man/nts.5" "A STAGE IN C" >unit-rows.c
    rm r[12].*
    awk 'BEGIN { print "epoch\tloss\tmodel"; for (i = 1; i <= 20; i++) {
        print i "\t" 1 / i "\ta"; print i "\t" 2 / i "\tb" } }' >runs.tsv
}

# build_pc BUILD_DIR - nts.pc for the library as built; an installed one goes first.
build_pc() {
    printf '%s\n' 'Name: nts' 'Description: as built' 'Version: 0' \
        "Libs: $(libs "$1")" \
        "Cflags: -I$here/../formats -I$here/../common/base"
}

bin=$(cd "$1" && pwd)
PATH=$bin:$PATH
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/inputs" "$work/blocks"
build_pc "$(dirname "$bin")" >"$work/nts.pc"
export PKG_CONFIG_PATH=$bin/../lib/pkgconfig:$work
(cd "$work/inputs" && set -e && inputs) || { echo "examples.sh: cannot make inputs" >&2; exit 1; }
bad=0
for file in "$@"; do
    rm -f "$work"/blocks/*
    blocks "$file" | awk -v dir="$work/blocks" 'BEGIN { n = 1 } /^\f$/ { n++; next }
        { print >(dir "/" sprintf("%02d", n)) }'
    for block in "$work"/blocks/*; do
        [ -e "$block" ] || continue
        n=$(basename "$block")
        data=$(grep -o '/usr/share/datasets/[a-z0-9-]*' "$block" | head -n 1)
        if [ -n "$data" ] && [ ! -d "$data" ]; then
            echo "ok $file $n # skip: no $data"
            continue
        fi
        cp -r "$work/inputs" "$work/run"
        if (cd "$work/run" && bash -eu -o pipefail "$block") >"$work/log" 2>&1; then
            echo "ok $file $n"
        else
            echo "not ok $file $n, exit status $?"
            sed 's/^/  | /' "$block"
            sed 's/^/  # /' "$work/log"
            bad=1
        fi
        rm -rf "$work/run"
    done
done
exit $bad
