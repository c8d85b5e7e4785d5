#!/usr/bin/env bats
# gradients.bats - the study of approximate gradients, on a few cells and seeds.
# SPDX-License-Identifier: MIT
# Needs NAI_BIN, the folder of the tools.

# COUNT images of 12 by 12 in noise: stripes across, stripes down.
images() {
    printf '\0\0\10\3\0\0\0'"$(printf '\\%o' "$1")"'\0\0\0\14\0\0\0\14'
    LC_ALL=C awk -v n="$1" 'BEGIN {
        for (i = s = 1; i <= n; i++) for (y = 0; y < 12; y++) for (x = 0; x < 12; x++) {
            s = s * 16807 % 2147483647
            printf "%c", 20 + 60 * (int(((i % 2 ? x : y) + i) / 2) % 2) + s % 100
        } }'
}

labels() {
    printf '\0\0\10\1\0\0\0'"$(printf '\\%o' "$1")"
    LC_ALL=C awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) printf "%c", 49 + i % 2 }' | tr '12' '\0\1'
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" # what one test makes, the next one finds
    PATH=$NAI_BIN:$PATH
    here=$BATS_TEST_DIRNAME/../pipelines/gradients
    unset MAKEFLAGS MAKELEVEL
    [ -e test.nts ] && return
    images 120 >images.idx
    labels 120 >labels.idx
    nai-import idx images.idx labels.idx -o all.nts
    nai-cat --slice :80 all.nts -o train.nts
    nai-cat --slice 80: all.nts -o test.nts
}

study() {
    make -f "$here/Makefile" BIN="$NAI_BIN" OUT=out DATA=train.nts TEST=test.nts \
        NOISE_ROWS=40 NOISE_DIM=6 NOISE_GRID=4 NOISE_STUDENTS=5 NOISE_DRAWS=4 \
        BIAS_ROWS=40 BIAS_DIMS='1 5' BIAS_GRID=3 BIAS_TEACHERS=2 BIAS_STUDENTS=4 \
        NORM_ROWS=60 NORM_TEACHERS=3 NORM_STUDENTS=2 NORM_STEPS=4 \
        WIDTH_ROWS=60 WIDTH_WIDTHS='6 12 50 100' WIDTH_TEACHERS=2 WIDTH_STUDENTS=1 WIDTH_STEPS=2 WIDTH_DRAWS=10 \
        DEPTH_ROWS=60 DEPTH_DEPTHS='2 4' DEPTH_WIDTHS='12 40' DEPTH_TEACHERS=2 DEPTH_STEPS=2 DEPTH_DRAWS=4 \
        PRE_IMAGES=40 PRE_EPOCHS=1 PRE_BATCH=20 TEST_IMAGES=40 SWEEP_ARCH='vgg11 width=2 head=linear' \
        SWEEP_IMAGES=30 SWEEP_EPOCHS=2 SWEEP_SEEDS=1 SWEEP_NOISE='0 1' SWEEP_BIAS='0 1e5' \
        VGG_TEACHER='vgg11 width=2 head=linear' VGG_IMAGES=4 VGG_DEPTHS='11 13' VGG_WIDTH=2 VGG_WIDTHS='2 3' \
        VGG_STEPS=2 VGG_DRAWS=2 VGG_SEEDS=2 "$@"
}

columns() { head -n 1 "out/$1" | tr '\t' ' '; }

# claim TEXT COLUMN - of the lines of claims.tsv that have TEXT.
claim() {
    awk -F '\t' -v text="$1" -v column="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i; next }
        index($2, text) { print $c }' out/claims.tsv
}

@test "tables of every figure, pictures, and a report with their numbers" {
    study >log
    [ "$(columns claims.tsv)" = 'figure claim paper ours difference ci_lo ci_hi n holds sure' ]
    [ "$(columns fig7.tsv)" = 'sigma lo hi lambda_min lambda_max limit side models fell share' ]
    [ "$(columns fig8.tsv)" = 'dim top psi at ratio limit limit_pac side likely seed models fell share' ]
    [ "$(columns fig4.tsv)" = 'teacher student step bias grad_norm params linear quadratic cross measured' ]
    [ "$(columns fig3a.tsv)" = 'width sigma measured half predicted' ]
    [ "$(columns fig3bc.tsv)" = 'depth activation width params measured half predicted' ]
    [ "$(columns fig1.tsv)" = 'noise bias seeds train test' ]
    [ "$(columns fig5-deeper.tsv)" = 'depth params variance variance_half bias bias_half grad_norm norm_half' ]
    # every pair of 4 singular values and two kinds of noise; 3 + 2 ratios, 3 norms, 2 teachers, 2 dimensions
    [ "$(wc -l <out/fig7.tsv)" -eq $((1 + 10 * 2)) ]
    [ "$(wc -l <out/fig8.tsv)" -eq $((1 + 5 * 3 * 2 * 2)) ]
    [ "$(wc -l <out/fig4.tsv)" -eq $((1 + 3 * 2 * 4 * 5)) ]
    [ "$(wc -l <out/fig3a.runs.tsv)" -eq $((1 + 4 * 2 * 4)) ]
    [ "$(wc -l <out/fig3bc.runs.tsv)" -eq $((1 + 2 * 2 * 2 * 2)) ]
    [ "$(wc -l <out/fig1.runs.tsv)" -eq 5 ]
    [ "$(wc -l <out/fig5.runs.tsv)" -eq $((1 + 4 * 2 * 2 * 2)) ]
    for f in 1-train 1-test 3a 3b 3c 4a 4b 5a 5b 6a 6b 7a 7b 8-1 8-5; do grep -q '</svg>' "out/fig$f.svg"; done
    grep -qF '| 4A | slope against the norm at b = 0.5, over that at b = 0.2 | 2.5 | 2.5 |' out/report.md
    [ -z "$(grep -wiE -- '-?nan|-?inf' out/report.md out/claims.tsv)" ]
}

@test "what the theory says exactly comes out: limits, Lemma 2.1, powers" {
    # limits: 2 / 0.01, and half of it with as much noise; bias at psi -> 0: 1 / sqrt(N)
    [ "$(awk -F '\t' 'NR > 1 { print $1, $6 }' out/fig7.tsv | sort -u | xargs)" = '0 200 1 100' ]
    awk -F '\t' 'NR > 1 && !($6 <= $1 ^ -0.5 && $6 >= 0.7 * $1 ^ -0.5 && ($7 / $6 / $1 ^ 0.25 - 1) ^ 2 <= 1e-16) { exit 1 }' out/fig8.tsv
    [ -z "$(claim 'cells where' ours | grep -v '^0$')" ]
    claim 'cells where' n | awk '{ n += $1 } END { exit n <= 20 }'
    [ -z "$(awk -F '\t' '$10 == "theorem" && $9 != "yes"' out/claims.tsv)" ]
    for r in 0.35:1.75 0.5:2.5; do [ "$(claim "at b = ${r%:*}, over" ours)" = "${r#*:}" ]; done
    [ "$(claim 'power of sigma' ours)" = 2 ]
    # Lemma 2.1 of an orthonormal first layer: the trace does not grow with the width from the inputs on
    awk -F '\t' '$1 == 50 && $2 == 0.1 { a = $5 } $1 == 100 && $2 == 0.1 { r = $5 / a; exit !(r > 0.45 && r < 0.55) }' out/fig3a.tsv
    # a bias of 10^5 times the gradient ends learning
    [ "$(awk -F '\t' '$1 == 0 && $2 == "1e5" { print $4 + 0 }' out/fig1.tsv)" != 1 ]
}

@test "a limit that is crossed fails, in the check and in make" {
    sh "$here/check.sh" out/claims.tsv
    # one student of a cell where the loss must fall, which does not
    awk -F '\t' -v OFS='\t' '$8 == "fall" && !done { $12--; done = 1 } { print }' out/fig8.tsv >crossed.tsv
    awk -f "$here/stats.awk" -f "$here/limits.awk" out/fig7.tsv crossed.tsv >crossed.claims
    grep -q 'must fall and does not	0	1	1	.*	no	theorem$' crossed.claims
    { head -n 1 out/claims.tsv && cat crossed.claims; } >claims.tsv
    run -1 --separate-stderr sh "$here/check.sh" claims.tsv
    [[ $stderr == *"must fall and does not: 1, not 0"* ]]
    cp -r out kept
    cp crossed.tsv out/fig8.tsv
    run -2 study
    [[ $output == *"must fall and does not: 1, not 0"* ]]
    grep -q 'A THEOREM IS CONTRADICTED' out/report.md
    rm -r out
    mv kept out
    # and where it must rise
    awk -F '\t' -v OFS='\t' '$7 == "rise" && !done { $9++; done = 1 } { print }' out/fig7.tsv >risen.tsv
    awk -f "$here/stats.awk" -f "$here/limits.awk" risen.tsv out/fig8.tsv | grep -q 'must rise and does not	0	1	1	.*	no	theorem$'
    head -n 1 out/claims.tsv >none.tsv
    run -2 sh "$here/check.sh" none.tsv
}

@test "nothing is made twice; what fails in one cell fails the study" {
    touch out/claims.tsv out/report.md # as copied
    study >/dev/null
    [ "$(study | wc -l)" -eq 1 ]
    run -2 --separate-stderr study NORM_BIAS=much
    [[ $stderr == *"--bias: 'much'"* ]]
    [ ! -e out/fig4.tsv.part ] || [ ! -s out/fig4.claims ] || [ out/fig4.claims -ot out/.settings ]
    run -2 --separate-stderr study TEST=
    [[ $stderr == *'also needs TEST=FILE'* ]]
}
