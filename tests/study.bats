#!/usr/bin/env bats
# study.bats - the default study, on a small table, and the stage that it brings along.
# SPDX-License-Identifier: MIT
# Needs NAI_BIN, the folder of the tools, and NAI_LIB, that of libnts.a.

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_TEST_TMPDIR"
    PATH=$NAI_BIN:$PATH
    study=$BATS_TEST_DIRNAME/../pipelines/spectra/Makefile
    unset MAKEFLAGS MAKELEVEL
    awk -v seed=1 -v rows=300 -v dim=60 -f "$BATS_TEST_DIRNAME/table.awk" >f.csv
    nai-import csv --label kind f.csv -o f.nts
}

study() { make -f "$study" BIN="$NAI_BIN" B="$NAI_LIB" OUT=out DATA=f.nts SIGMA=0.2 "$@"; }

# stage SIGMA SEED - the noisy repeats of stdin.
stage() {
    [ -x out/noisy-repeats ] || study out/noisy-repeats >/dev/null
    out/noisy-repeats "$@"
}

@test "the study: tables, pictures and a report with their numbers; nothing is made twice" {
    study -j2
    for f in pixels.svg classes.svg cvpca.svg; do grep -q '</svg>' "out/$f"; done
    for p in alphareq reptrix stringer fastssl-views ols; do grep -q "^$p	" out/windows.tsv; done
    [ "$(cut -f1 out/pixels.tsv | tr '\n' ' ')" = 'name x x[y=0] x[y=1] x[within] ' ]
    alpha=$(nai-cov f.nts -f x | nai-eig | nai-alpha -q | awk -F '\t' 'NR == 2 { printf "%.3f", $5 }')
    grep -q "All together: α = $alpha ±" out/report.md
    [ -z "$(grep -E 'nan|inf' out/report.md)" ]
    touch -r out/report.md before
    [ "$(study | wc -l)" -eq 1 ]
    [ ! out/report.md -nt before ]
    study SEED=2 >log
    grep -q 'noisy-repeats 0.2 2' log
    grep -q 'seed 2' out/report.md
}

@test "the study on data that are not there, or of no known kind, says so" {
    run -2 --separate-stderr study FASHION_MNIST=/nowhere DATA=fashion-mnist
    [[ $stderr == *"/nowhere/train-images-idx3-ubyte.gz is not there: apt install"* ]]
    run -2 --separate-stderr study DATA=nonsense
    [[ $stderr == *"DATA=nonsense: not fashion-mnist, cifar10:PATH or FILE.nts"* ]]
}

@test "noisy-repeats: mean 0, the variance asked for, repeats that have only x in common" {
    awk 'BEGIN { print "a,b"; for (i = 0; i < 50000; i++) print "0,1" }' | nai-import csv |
        stage 3 7 | nai-export csv >r.csv
    awk -F, 'NR == 1 { ok = $0 == "r1[0],r1[1],r2[0],r2[1]" || NF == 4; next }
        { n++; s += $1 + $3; q += $1^2 + $3^2; c += $1 * $3; d += ($2 - 1) * $1 }
        END {
            e = sqrt(1 / n) # five standard errors of each are allowed
            ok = ok && n == 50000 && (s / 2 / n)^2 <= (5 * 3 * e)^2 && (q / 2 / n - 9)^2 <= (5 * 9 * e)^2
            exit !(ok && (c / n)^2 <= (5 * 9 * e)^2 && (d / n)^2 <= (5 * 9 * e)^2)
        }' r.csv
}

@test "noisy-repeats: the same numbers however the rows come, others by another seed" {
    nai-cat --slice :100 f.nts -o a.nts
    nai-cat --slice 100: f.nts -o b.nts
    stage 1 5 <f.nts | nai-export npy -f r2 -o whole.npy
    nai-cat a.nts b.nts | stage 1 5 | nai-export npy -f r2 -o joined.npy
    cmp whole.npy joined.npy
    stage 1 6 <f.nts | nai-export npy -f r2 -o other.npy
    run -1 cmp whole.npy other.npy
}

@test "noisy-repeats: bad arguments, a cut input, no x" {
    stage 1 5 <f.nts >/dev/null
    run -2 stage
    run -2 stage -1 5 <f.nts
    head -c 5000 f.nts >cut.nts
    run -3 --separate-stderr bash -c 'out/noisy-repeats 1 5 <cut.nts | nai-view --check'
    run -3 --separate-stderr bash -c 'nai-cat --select y f.nts | out/noisy-repeats 1 5'
    [[ $stderr == *"field x"* ]]
}
