#!/usr/bin/env bats
# learning.bats - the study of learning, on small images of three kinds.
# SPDX-License-Identifier: MIT
# Needs NAI_BIN, the folder of the tools.

# 360 images of 12 by 12 in noise: stripes across, stripes down, checks.
images() {
    printf '\0\0\10\3\0\0\1\150\0\0\0\14\0\0\0\14'
    LC_ALL=C awk 'BEGIN {
        for (i = s = 1; i <= 360; i++) {
            c = i % 3; p = int(i / 3) % 4
            for (y = 0; y < 12; y++) for (x = 0; x < 12; x++) {
                s = s * 16807 % 2147483647
                on = c == 0 ? int((y + p) / 2) % 2 : c == 1 ? int((x + p) / 2) % 2 : (int((x + p) / 3) + int((y + p) / 3)) % 2
                printf "%c", 20 + 25 * on + s % 200
            }
        } }'
}

labels() {
    printf '\0\0\10\1\0\0\1\150'
    LC_ALL=C awk 'BEGIN { for (i = 1; i <= 360; i++) printf "%c", 49 + i % 3 }'
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" # what one test makes, the next one finds
    PATH=$NAI_BIN:$PATH
    makefile=$BATS_TEST_DIRNAME/../pipelines/learning/Makefile
    unset MAKEFLAGS MAKELEVEL
    [ -e test.nts ] && return
    images >images.idx
    labels >labels.idx
    nai-import idx images.idx labels.idx -o all.nts
    nai-cat --slice :240 all.nts -o train.nts
    nai-cat --slice 240: all.nts -o test.nts
}

study() {
    make -f "$makefile" BIN="$NAI_BIN" OUT=out DATA=train.nts TEST=test.nts ARCH='cnn widths=4-8' EPOCHS=1 \
        BATCH=32 PDIM=16 BETAS='0.1 auto' VIEWS='2 4' EVERY=5 PRESET=ols "$@"
}

# cell FILE ROW COLUMN - of the first row whose first cell is ROW.
cell() {
    awk -F '\t' -v row="$2" -v column="$3" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i; next }
        $1 == row { print $c; exit }' "out/$1"
}

@test "tables of every run, and a report with their numbers" {
    study IMAGES=1000 >log
    [ "$(cut -f 1-4 out/models.tsv | tr '\t\n' ', ')" = \
        'model,views,beta,seed pixels,,,0 untrained,,,0 2-0.1,2,0.1,0 2-auto,2,0.3125,0 4-0.1,4,0.1,0 4-auto,4,0.3125,0 ' ]
    # 240 images in batches of 32: 7 or 8 steps, looked at after 5 and at the end
    [ "$(cut -f 1-3 out/times.tsv | grep -c '^[24]-auto	[24]	[5-8]$')" -eq 4 ]
    awk -F '\t' 'NR > 1 && !($4 > 0 && ($1 != last || $4 > before)) { exit 1 } { last = $1; before = $4 }' out/times.tsv
    grep -q '^untrained	conv1	4	' out/layers.tsv
    grep -q '^2-auto	avgpool	8	' out/layers.tsv
    for f in alpha.svg time.svg; do grep -q '</svg>' "out/$f"; done
    # numbers of the table are those of the tools, and those of the report are the table's
    nai-embed -m out/4-0.1.nts train.nts -o a.nts
    nai-embed -m out/4-0.1.nts test.nts -o b.nts
    nai-probe --cost 0.1,1,10 --max-iter 300 --test b.nts a.nts --json >p.json
    [ "$(cell models.tsv 4-0.1 top1)" = "$(jq .top1 p.json | xargs printf %.10g)" ]
    alpha=$(nai-cov b.nts | nai-eig | nai-alpha -q --preset ols --json | jq .alpha)
    [ "$(cell models.tsv 4-0.1 alpha)" = "$(printf %.10g "$alpha")" ]
    grep -q "^| 4-0.1 | 4 | 0.1 | $(printf %.4g "$alpha") |" out/report.md
    grep -qF "Pixels (standardised for the probe): $(printf %.3f "$(cell models.tsv pixels top1)") (95 %" out/report.md
    best=$(awk -F '\t' '$2 == 4 && $15 > b { b = $15 } END { printf "%.3f", b }' out/models.tsv)
    grep -qF "Best with 4 views: $best at β =" out/report.md
    # as many images as there are, not as were asked for
    grep -qF '240 images seen 1 times' out/report.md
    grep -qF 'tested on 120 others' out/report.md
    [ -z "$(grep -wiE 'nan|-?inf' out/report.md)" ]
}

@test "what is said is what is run; nothing is made twice; a setting that changes makes again" {
    grep -qF "nai-train --arch 'cnn widths=4-8' --loss barlow" log
    grep -qF "awk -F '\\t' 'NR == 1 ||" log
    study IMAGES=1000 >/dev/null
    touch -r out/report.md before
    [ "$(study IMAGES=1000 | wc -l)" -eq 1 ]
    [ ! out/report.md -nt before ]
    study IMAGES=200 VIEWS=2 >log2
    grep -qF -- '--slice :200 ' log2
    grep -qF '200 images seen 1 times' out/report.md
    [ "$(cut -f 1 out/models.tsv | tail -n +2 | xargs)" = 'pixels untrained 2-0.1 2-auto' ]
    study IMAGES=200 VIEWS=2 LAYERS=relu1 >/dev/null
    [ "$(cut -f 1,2 out/layers.tsv | tail -n +2 | xargs)" = 'untrained relu1 2-auto relu1' ]
}

@test "data that are not there, or not enough, are named" {
    refuse() { # MESSAGE SETTING...
        local message=$1
        shift
        run -2 --separate-stderr study "$@"
        [[ $stderr == *"$message"* ]] || { echo "$stderr"; return 1; }
    }
    refuse 'DATA=nonsense: not fashion-mnist, cifar10:PATH or FILE.nts' DATA=nonsense
    refuse 'none.nts is not there' DATA=none.nts
    refuse 'none.nts is not there' TEST=none.nts
    refuse 'images-idx3-ubyte.gz is not there: apt install dataset-fashion-mnist' DATA=fashion-mnist FASHION_MNIST=/nowhere OUT=new
    refuse 'also needs TEST=FILE' TEST=
    refuse 'also needs TEST=FILE' DATA=cifar10:some.bin TEST=
    refuse 'auto must be among them' BETAS=0.1
    nai-synth power-law -n 50 -o features.nts
    refuse "nai-probe: train.nts: labels 'y' are f64" DATA=features.nts TEST=features.nts OUT=new
}
