#!/usr/bin/env bash
# run.sh - build the fuzzers with libFuzzer and run each for FUZZ_SECONDS
# SPDX-License-Identifier: MIT
# Usage: tests/fuzz/run.sh BUILD_DIR FUZZER...   Findings are left in BUILD_DIR/crash/.
set -eu
cd "$(dirname "$0")/../.."
B=$1
shift
seconds=${FUZZ_SECONDS:-60}
clang=$(command -v clang || command -v clang-14)
make -s -j2 CC="$clang" B="$B" CFLAGS='-O1 -g -fsanitize=address,undefined,fuzzer-no-link' "$B/libnai.a"
make -s all # the tools make the seeds

seeds=$B/seeds
mkdir -p "$seeds/nts" "$B/crash"
bin=build/bin
printf 'a,b,label\n1,2,0\n3,4.5,1\n-1,0,0\n' >"$B/t.csv"
for level in 0 1; do
    "$bin"/nai-import csv "$B/t.csv" --label label --level $level -o "$seeds/nts/d$level"
    "$bin"/nai-cov "$seeds/nts/d$level" --level $level -o "$seeds/nts/m$level"
    # The first byte says: bare records, hashes to be mended.
    { printf '\001'; zstd -dcq "$seeds/nts/m$level"; } >"$seeds/nts/raw$level" 2>/dev/null || :
done
cp "$B/t.csv" "$B/seed.csv"

bad=0
for f in "$@"; do
    # shellcheck disable=SC2046
    "$clang" -std=gnu11 -O1 -g -fopenmp -fsanitize=address,undefined,fuzzer \
        -Icommon/base -Icommon/cli -Icommon/spectra -Iformats -Ikernels $(pkg-config --cflags hdf5) \
        -o "$B/$f" "tests/fuzz/$f.c" "$B/libnai.a" -lzstd -lxxhash -ljansson -lmatio \
        $(pkg-config --libs hdf5) -lzip -ljpeg -lpng -lz -lm -lpthread
    mkdir -p "$B/corpus/$f"
    dirs=$B/corpus/$f
    [ "$f" = fuzz_nts ] && dirs="$dirs $seeds/nts"
    [ -d "tests/fuzz/seeds/$f" ] && dirs="$dirs tests/fuzz/seeds/$f"
    echo "$f: $seconds s"
    # shellcheck disable=SC2086
    if "$B/$f" -max_total_time="$seconds" -artifact_prefix="$B/crash/$f-" -rss_limit_mb=4096 \
        -timeout=20 -verbosity=0 -print_final_stats=1 $dirs >"$B/$f.log" 2>&1; then
        grep -E 'number_of_executed_units|peak_rss' "$B/$f.log" | sed "s/^/$f: /"
    else
        echo "$f: FAILED, see $B/$f.log"
        bad=1
    fi
done
exit $bad
