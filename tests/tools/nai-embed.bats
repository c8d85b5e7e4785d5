#!/usr/bin/env bats
# nai-embed.bats - layers, views, models of others, and what is refused
# SPDX-License-Identifier: MIT

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    pictures 70
    nai-import idx images labels -o d.nts
    nai-augment --views 3 d.nts -o v.nts
    nai-augment --views 2@12,1@8 d.nts -o mixed.nts
    nai-augment --views 2 d.nts | nai-train -j 1 --arch 'cnn widths=4-6' --pdim 8 -b 35 --keep-steps 1 -o two.nts
    nai-augment --views 2 d.nts | nai-train -j 1 --arch 'cnn widths=4-6' --pdim 8 -b 35 -o m.nts
    nai-train -j 1 --arch 'mlp widths=9' --loss ce -b 35 d.nts -o mlp.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH" OMP_NUM_THREADS=1
}

load ../lib/fails.bash

# pictures N - the IDX files images and labels: N pictures of 12 x 12, a bar and noise.
pictures() {
    LC_ALL=C awk -v n="$1" 'BEGIN { srand(4)
        printf "%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c", 0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 12, 0, 0, 0, 12
        for (i = 0; i < n; i++) for (r = 0; r < 12; r++) for (c = 0; c < 12; c++)
            printf "%c", int((r % 4 == i % 4) * 150 + 80 * rand()) }' >images
    LC_ALL=C awk -v n="$1" 'BEGIN { printf "%c%c%c%c%c%c%c%c", 0, 0, 8, 1, 0, 0, 0, n
        for (i = 0; i < n; i++) printf "%c", i % 4 }' >labels
}

fields() { nai-view --json "$1" | jq -c '[.sections[0].fields[] | [.name, .dtype, .shape]]'; }
column() { nai-export csv -f "$2" "$1" | tail -n +2; }

# close A B TOL - two CSV files, number by number.
close() {
    paste -d, "$1" "$2" | awk -F, -v tol="$3" '{ h = NF / 2; if (NF == 0 || NF % 2) exit 1
        for (i = 1; i <= h; i++) { d = $i - $(i + h); n++; if (!(d <= tol && -d <= tol)) { print NR, i, $i, $(i + h); exit 1 } } }
        END { if (!n) exit 1 }'
}

@test "the published ResNet-20 classifies 915 of 1000 test images, as PyTorch 1.13 finds" {
    r20=${NAI_DATA:-../shared/data}/weights/resnet20-cifar10.safetensors
    test=${NAI_DATA:-../shared/data}/cifar10/test_batch_first1000.bin
    [ -e "$r20" ] && [ -e "$test" ] || skip "no published weights and CIFAR-10 in NAI_DATA"
    nai-import safetensors "$r20" -o r20.nts
    nai-import cifar10 "$test" -o c.nts
    nai-embed -m r20.nts --arch 'resnet20 classes=10' --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 \
        --layers linear c.nts -o e.nts
    [ "$(fields e.nts)" = '[["x","f32",[10]],["y","i32",[]]]' ]
    nai-export csv -f x,y e.nts | awk -F, 'NR == 2 { print $4; if (!($4 - 23.7305 < 1e-3 && 23.7305 - $4 < 1e-3)) exit 1 }
        NR > 1 { k = 1; for (i = 2; i <= 10; i++) if ($i > $k) k = i; n += k - 1 == $11 } END { print n; exit n != 915 }'
    # alpha by layer
    nai-cat --slice 0:300 c.nts | nai-embed -m r20.nts --arch 'resnet20 classes=10' --mean 123.675,116.28,103.53 \
        --std 58.395,57.12,57.375 --layers layer1,layer2,layer3 --pool avg | nai-cov | nai-eig | nai-alpha -q -r 2:12 >a.tsv
    [ "$(cut -f 1 a.tsv | paste -sd ' ')" = 'name layer1 layer2 layer3' ]
}

@test "--list-layers; one layer is x, several have their names, all are all" {
    nai-embed -m m.nts --list-layers >l.tsv
    [ "$(head -n 1 l.tsv | tr '\t' ' ')" = 'layer shape width pooled' ]
    [ "$(awk -F'\t' '$1 == "conv2" { print $2, $3, $4 }' l.tsv)" = '6x6x6 216 6' ]
    nai-embed -m m.nts d.nts -o a.nts
    [ "$(fields a.nts)" = '[["x","f32",[6]],["y","i32",[]]]' ]
    nai-embed -m m.nts --layers conv2,projector,backbone --dtype f64 d.nts -o b.nts
    [ "$(fields b.nts)" = '[["conv2","f64",[216]],["projector","f64",[8]],["backbone","f64",[6]],["y","i32",[]]]' ]
    column a.nts x >a
    column b.nts backbone >b
    close a b 1e-5
    nai-embed -m m.nts --layers all d.nts -o all.nts
    [ "$(nai-view --json all.nts | jq -r '.sections[0].fields[].name' | head -n -1)" = "$(tail -n +2 l.tsv | cut -f 1)" ]
    [ "$(nai-view --json a.nts | jq -r .kind)" = embedding ]
    column a.nts y >y
    column d.nts y | cmp - y
}

@test "--pool avg is the mean over places; the backbone is that of the last map" {
    nai-embed -m m.nts --layers relu2 d.nts -o flat.nts
    nai-embed -m m.nts --layers relu2 --pool avg d.nts -o avg.nts
    column flat.nts x | awk -F, '{ for (c = 0; c < 6; c++) { s = 0; for (i = 1; i <= 36; i++) s += $(36 * c + i)
        printf "%s%.9g", (c ? "," : ""), s / 36 }; print "" }' >a
    column avg.nts x >b
    close a b 1e-5
    nai-embed -m m.nts d.nts -o x.nts
    column x.nts x >c
    close b c 1e-5
}

@test "pixels are normalised by what the model says" {
    nai-embed -m mlp.nts --dtype f64 --layers input d.nts -o i.nts
    column i.nts x | awk -F, 'NR == 1 { print $1 }' >got
    column d.nts x | awk -F, 'NR == 1 { printf "%.17g\n", $1 / 255 }' >want # no mean said: 0 and 255
    close got want 1e-12
    [ "$(nai-view --json mlp.nts | jq -c '[.meta.mean, .meta.std]')" = '[[0],[255]]' ]
    [ "$(nai-view --json m.nts | jq -c .meta.mean)" = "$(nai-view --json v.nts | jq -c .meta.mean)" ]
}

@test "views: each is a row, with its number; the mean is their mean; sizes mix when pooled" {
    nai-embed -m m.nts --views each v.nts -o each.nts
    [ "$(fields each.nts | jq -c '[.[][0]]')" = '["x","y","id","epoch","view"]' ]
    [ "$(column each.nts view | head -n 7 | paste -sd ' ')" = '0 1 2 0 1 2 0' ]
    [ "$(column each.nts id | head -n 7 | paste -sd ' ')" = '0 0 0 1 1 1 2' ]
    nai-embed -m m.nts v.nts -o mean.nts
    column each.nts x | awk -F, '{ for (i = 1; i <= NF; i++) s[i] += $i }
        NR % 3 == 0 { for (i = 1; i <= NF; i++) { printf "%s%.9g", (i > 1 ? "," : ""), s[i] / 3; s[i] = 0 }; print "" }' >a
    column mean.nts x >b
    close a b 1e-5
    nai-embed -m m.nts --views each mixed.nts -o me.nts
    nai-embed -m m.nts mixed.nts -o mm.nts
    column me.nts x | awk -F, '{ for (i = 1; i <= NF; i++) s[i] += $i }
        NR % 3 == 0 { for (i = 1; i <= NF; i++) { printf "%s%.9g", (i > 1 ? "," : ""), s[i] / 3; s[i] = 0 }; print "" }' >a
    column mm.nts x >b
    close a b 1e-5
    fails 2 "--pool avg" nai-embed -m m.nts --layers conv1 mixed.nts
    nai-embed -m m.nts --views each d.nts -o one.nts # a dataset has one view of each
    [ "$(column one.nts id | tail -n 1)" = 69 ]
}

@test "any number of rows at a time, to rounding; any input and -j, to the bit" {
    nai-embed -m mlp.nts --dtype f64 --provenance none d.nts | cat >a.nts
    nai-embed -m mlp.nts --dtype f64 --provenance none -j 2 - <d.nts | cmp - a.nts
    nai-embed -m - --dtype f64 --provenance none d.nts <mlp.nts | cmp - a.nts
    column a.nts x >a
    for b in 1 7 64; do
        nai-embed -m mlp.nts --dtype f64 -b $b d.nts -o b.nts
        column b.nts x >b
        close a b 1e-12
    done
    nai-embed -m m.nts -b 9 d.nts -o b.nts
    nai-embed -m m.nts d.nts -o c.nts
    column b.nts x >b
    column c.nts x >c
    close b c 1e-5
}

@test "several models of one stream: the last, one, or all" {
    nai-embed -m two.nts d.nts -o last.nts
    nai-embed -m two.nts --step 2 d.nts -o two
    nai-embed -m two.nts --step all --layers backbone,conv1 d.nts -o all.nts
    [ "$(fields all.nts | jq -c '[.[][0]]')" = '["backbone@1","conv1@1","backbone@2","conv1@2","y"]' ]
    column last.nts x >a
    column two x | cmp - a
    column all.nts backbone@2 >b
    close a b 1e-5
    [ "$(nai-view --json last.nts | jq -c '[.history[].tool]')" = '["nai-import","nai-augment","nai-train","nai-embed"]' ]
}

@test "normalised floats are taken as they are" {
    nai-augment --views 2 -s 5 d.nts -o u.nts
    nai-augment --views 2 -s 5 --dtype f32 d.nts -o f.nts
    nai-embed -m m.nts --dtype f64 u.nts -o a.nts
    nai-embed -m m.nts --dtype f64 f.nts -o b.nts
    column a.nts x >a
    column b.nts x >b
    close a b 1e-5
}

@test "models of others: the network and the pixels have to be said" {
    nai-export safetensors m.nts -o m.safetensors
    nai-import safetensors m.safetensors -o bare.nts
    jq -e '.meta.arch // empty' <(nai-view --json bare.nts) && skip "the import keeps the architecture"
    fails 2 "does not say which network" nai-embed -m bare.nts d.nts
    fails 2 "--mean and --std" nai-embed -m bare.nts --arch 'cnn widths=4-6 projector=8' d.nts
    fails 2 "go together" nai-embed -m bare.nts --arch 'cnn widths=4-6 projector=8' --mean 1 d.nts
    fails 2 "--std" nai-embed -m bare.nts --arch 'cnn widths=4-6 projector=8' --mean 1 --std 0 d.nts
    fails 2 "not 1 or 1" nai-embed -m bare.nts --arch 'cnn widths=4-6 projector=8' --mean 1,2 --std 1 d.nts
    mean=$(nai-view --json m.nts | jq '.meta.mean[0]') std=$(nai-view --json m.nts | jq '.meta.std[0]')
    nai-embed -m bare.nts --arch 'cnn widths=4-6 projector=8' --mean $mean --std $std d.nts -o a.nts
    nai-embed -m m.nts d.nts -o b.nts
    column a.nts x >a
    column b.nts x | cmp - a
    # strict: nothing missing, nothing too many, every shape as it should be
    fails 3 "conv3" nai-embed -m bare.nts --arch 'cnn widths=4-6-8 projector=8' --mean 1 --std 1 d.nts
    fails 3 "projector" nai-embed -m bare.nts --arch 'cnn widths=4-6' --mean 1 --std 1 d.nts
    fails 3 "conv1.weight" nai-embed -m bare.nts --arch 'cnn widths=5-6 projector=8' --mean 1 --std 1 d.nts
}

@test "bad input" {
    fails 2 "-m MODEL is missing" nai-embed d.nts
    fails 2 "no layer 'conv11' (did you mean 'conv1'?)" nai-embed -m m.nts --layers conv11 d.nts
    fails 2 "'conv1' twice" nai-embed -m m.nts --layers conv1,conv1 d.nts
    fails 2 "no model of step 7" nai-embed -m two.nts --step 7 d.nts
    fails 2 "name a FILE" nai-embed -m - <m.nts
    fails 2 "takes no FILE" nai-embed -m m.nts --list-layers d.nts
    fails 3 "not a model" nai-embed -m d.nts d.nts
    fails 1 "cannot open" nai-embed -m absent d.nts
    head -c 1500 m.nts >cut.nts
    fails 3 "cut.nts: truncated" nai-embed -m cut.nts d.nts
    head -c $(($(stat -c %s d.nts) / 2)) d.nts >cut.nts
    fails 3 "cut.nts: truncated" nai-embed -m m.nts cut.nts -o out
    fails 3 "m.nts: holds a model" nai-embed -m m.nts m.nts
    nai-synth teacher -n 10 --dim 5 -o rows.nts
    fails 3 "holds 5, the network takes 1x12x12" nai-embed -m m.nts rows.nts
    nai-augment --views 2 --crop 8 d.nts -o small.nts
    fails 3 "small.nts" nai-embed -m mlp.nts small.nts
    nai-cat --rename y=conv1 d.nts -o odd.nts
    fails 2 "has a field 'conv1'" nai-embed -m m.nts --layers conv1,conv2 odd.nts
    nai-embed --views each -m m.nts v.nts -o each.nts
    nai-train -j 1 --arch 'mlp widths=4' --loss ce -b 35 each.nts -o rows.model
    fails 2 "each.nts: has a field 'view' already" nai-embed --views each -m rows.model each.nts -o out
    [ ! -e out ]
    nai-augment --views 1 --dtype f32 d.nts -o normal.nts
    fails 2 "normalised already" nai-embed -m m.nts --mean 1 --std 2 normal.nts
    fails 2 "cuda" nai-embed -m m.nts --device cuda d.nts
}
