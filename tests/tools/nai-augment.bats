#!/usr/bin/env bats
# nai-augment.bats - bytes that depend on nothing but what is drawn, what is carried, what is refused
# SPDX-License-Identifier: MIT

# npy FILE DTYPE SHAPE - the header of a NumPy file; its data are to follow.
npy() {
    printf "\223NUMPY\001\000v\000%-117s\n" "{'descr': '$2', 'fortran_order': False, 'shape': ($3), }" >"$1"
}

# noise N - bytes of all values.
noise() { seq 100000 999999 | tr -d '\n' | head -c $((($1 + 2) / 3 * 4)) | base64 -d | head -c "$1"; }

# dataset N C H W - x, y and an id that is not the row number, as colour.nts or gray.nts.
dataset() {
    npy x.npy '|u1' "$1, $2, $3, $4"
    noise $(($1 * $2 * $3 * $4)) >>x.npy
    npy y.npy '<i4' "$1,"
    npy id.npy '<u8' "$1,"
    for i in $(seq 0 $(($1 - 1))); do
        printf "\\$(printf %03o $((i % 10)))\\000\\000\\000" >>y.npy
        printf "\\$(printf %03o $(((i * 7 + 3) % 256)))\\001\\000\\000\\000\\000\\000\\000" >>id.npy
    done
}

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    dataset 100 3 36 32
    nai-import npy x.npy y.npy -o rows.nts
    nai-import npy x.npy y.npy id.npy -o colour.nts
    dataset 40 1 28 28
    nai-import npy x.npy y.npy -o gray.nts
    nai-import npy y.npy | nai-cat --rename x=y -o labels.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    w=$BATS_TEST_TMPDIR
}

load ../lib/fails.bash

digest() { nai-view --json "$@" | jq -r .digest; }

# field STREAM NAME - the values of a field, a line a row.
field() { nai-cat --select "$2" "$1" | nai-export tsv | tail -n +2; }

# fields STREAM - digests of the fields by name, and the number of rows.
fields() { nai-view --json "$1" | jq -c '[.sections[0].rows, .sections[0].fields[] | tostring]'; }

@test "the shape of the stream: fields, rows, meta" {
    nai-augment -m 3 -e 2 --batch-hint 64 colour.nts -o "$w/v.nts"
    nai-view --json "$w/v.nts" >"$w/j"
    [ "$(jq -r .kind "$w/j")" = views ]
    [ "$(jq -c '[.sections[0].fields[] | [.name, .dtype, .shape]]' "$w/j")" = \
        '[["x","u8",[3,3,32,32]],["y","i32",[]],["id","u64",[]],["epoch","u32",[]]]' ]
    [ "$(jq .sections[0].rows "$w/j")" = 200 ]
    [ "$(jq -c '[.meta | .epochs, .images, .batch_hint, .normalised, .mean, .std]' "$w/j")" = \
        '[2,100,64,false,[125.307,122.961,113.8575],[51.5865,50.847,51.255]]' ]
    [ "$(jq -c '[.meta.augment | .preset, .scale, .hue, .order, .shuffle]' "$w/j")" = \
        '["cifar",[0.08,1],0.1,"random",false]' ]
    field "$w/v.nts" epoch | uniq -c | tr -s ' ' | diff - <(printf ' 100 0\n 100 1\n')
    cat <(field colour.nts id) <(field colour.nts id) | diff - <(field "$w/v.nts" id)
    cat <(field colour.nts y) <(field colour.nts y) | diff - <(field "$w/v.nts" y)
    [ "$(nai-augment gray.nts | nai-view --json | jq -c '[.sections[0].fields[0].shape, .meta.mean, .meta.augment.norm_from]')" = \
        '[[2,1,28,28],[127.5],"assumed"]' ]
}

@test "--batch-hint: records of whole batches" {
    # 9232 bytes a row: of 1 MiB, 113 rows a record, or 64, or two of 100 that halve a batch.
    records() { nai-augment -m 3 -e 2 "$@" colour.nts | nai-view --json | jq .records; }
    [ "$(records)" = 4 ]
    [ "$(records --batch-hint 64)" = 6 ]
    [ "$(records --batch-hint 200)" = 4 ]
    [ "$(records --batch-hint 30)" = 5 ]
}

@test "the same bytes for any number of threads, level and chunking" {
    for o in "-m 3" "-m 2@40,3@20 -e 3 --shuffle -p imagenet" "--eval 4 --dtype f32"; do
        nai-augment --provenance none -j 1 $o colour.nts | cat >"$w/1"
        nai-augment --provenance none -j 2 $o colour.nts | cmp - "$w/1"
        nai-augment --provenance none -j 5 $o - <colour.nts | cmp - "$w/1"
    done
    for i in 0:30 30:31 31:100; do nai-cat --slice $i colour.nts; done >"$w/parts.nts"
    [ "$(nai-augment "$w/parts.nts" | digest)" = "$(nai-augment colour.nts | digest)" ]
    [ "$(nai-augment -e 2 "$w/parts.nts" | digest)" = "$(nai-augment -e 2 colour.nts | digest)" ]
}

@test "an image's views depend on its id: shards and other orders make those of the whole" {
    nai-augment -s 4 colour.nts -o "$w/all.nts"
    nai-augment -s 4 --shuffle colour.nts -o "$w/mixed.nts"
    for i in 1 2 3; do
        nai-cat --shard $i/3 "$w/all.nts" | digest >"$w/a"
        nai-cat --shard $i/3 colour.nts | nai-augment -s 4 | digest | diff "$w/a" -
    done
    nai-cat --shuffle -s 9 colour.nts | nai-augment -s 4 | digest >"$w/a"
    nai-cat --shuffle -s 9 "$w/all.nts" | digest | diff "$w/a" -
    nai-export tsv "$w/all.nts" | sort >"$w/a"
    nai-export tsv "$w/mixed.nts" | sort | cmp - "$w/a"
    # without ids rows are counted, over chunks, of which 250 views make several
    nai-augment -m 250 -c 16 rows.nts | nai-cat --select id | nai-export tsv - | tail -n +2 | diff - <(seq 0 99)
    nai-augment -s 4 rows.nts | nai-export tsv - | sort >"$w/a"
    nai-augment -s 4 --shuffle rows.nts | nai-export tsv - | sort | cmp - "$w/a"
    [ "$(nai-cat --shard 2/3 rows.nts | nai-augment -s 4 | digest)" != \
        "$(nai-augment -s 4 rows.nts | nai-cat --shard 2/3 | digest)" ]
}

@test "epochs, seeds and views differ; the seed is in the history" {
    nai-augment -e 3 -s 5 colour.nts -o "$w/v.nts"
    for e in 0 1 2; do nai-cat --slice $((100 * e)):$((100 * e + 100)) --select x "$w/v.nts" | digest; done >"$w/d"
    [ "$(sort -u "$w/d" | wc -l)" -eq 3 ]
    [ "$(nai-augment -e 1 -s 6 colour.nts | nai-cat --select x | digest)" != "$(head -n 1 "$w/d")" ]
    [ "$(nai-augment -e 1 -s 5 --first-epoch 2 colour.nts | nai-cat --select x | digest)" = "$(tail -n 1 "$w/d")" ]
    [ "$(nai-view --json "$w/v.nts" | jq '.history[-1].seed')" = 5 ]
    # views 0 and 1 of one image
    [ "$(nai-augment -m 1 colour.nts | nai-cat --select x | nai-export tsv - | head -n 2 | tail -n 1 | md5sum)" != \
        "$(nai-augment -m 2 colour.nts | nai-cat --select x | nai-export tsv - | head -n 2 | tail -n 1 | cut -f 3073- | md5sum)" ]
}

@test "--shuffle permutes the rows of each epoch, another way each time" {
    nai-augment -e 3 --shuffle rows.nts -o "$w/v.nts"
    field "$w/v.nts" id >"$w/ids"
    for e in 0 1 2; do
        head -n $((100 * e + 100)) "$w/ids" | tail -n 100 >"$w/$e"
        sort -n "$w/$e" | diff - <(seq 0 99)
    done
    fails_same() { ! cmp -s "$1" "$2"; }
    fails_same "$w/0" "$w/1"
    fails_same "$w/1" "$w/2"
    fails_same "$w/0" <(seq 0 99)
    field "$w/v.nts" y >"$w/y"
    awk '{ print $1 % 10 }' "$w/ids" | diff - "$w/y"
    nai-augment -e 1 --first-epoch 1 --shuffle rows.nts | nai-cat --select id | nai-export tsv - |
        tail -n +2 | diff - "$w/1"
}

@test "nothing to do: the image itself, whole" {
    none='--scale 1:1 --ratio 1:1 --flip 0 --jitter 0 --gray 0'
    npy "$w/x.npy" '|u1' "50, 3, 32, 32"
    noise $((50 * 3072)) >>"$w/x.npy"
    nai-import npy "$w/x.npy" -o "$w/square.nts"
    nai-augment -m 1 $none "$w/square.nts" | nai-cat --select x | nai-export npy - -o "$w/out.npy"
    cmp <(tail -c $((50 * 3072)) "$w/out.npy") <(noise $((50 * 3072)))
    nai-augment --eval 1 "$w/square.nts" | nai-cat --select x | nai-export npy - -o "$w/out.npy"
    cmp <(tail -c $((50 * 3072)) "$w/out.npy") <(noise $((50 * 3072)))
}

@test "--eval: the clean view first, then what --views would draw" {
    nai-augment --eval 3 colour.nts | nai-cat --select x | nai-export tsv - >"$w/eval"
    nai-augment -m 3 colour.nts | nai-cat --select x | nai-export tsv - >"$w/views"
    cmp <(cut -f 3073- "$w/eval") <(cut -f 3073- "$w/views")
    cmp -s <(cut -f -3072 "$w/eval") <(cut -f -3072 "$w/views") && false
    nai-augment --eval 1 -s 8 colour.nts | nai-cat --select x | nai-export tsv - >"$w/clean"
    cmp <(cut -f -3072 "$w/eval" | tail -n +2) <(tail -n +2 "$w/clean")
}

@test "--dtype f32: normalised once, with the mean and std of the options or the data set" {
    o='-m 1 --crop 4 --mean 100,110,120 --std 50,2,40'
    nai-augment $o colour.nts | nai-cat --select x | nai-export tsv - | tail -n +2 >"$w/u8"
    nai-augment $o --dtype f32 colour.nts -o "$w/f.nts"
    [ "$(nai-view --json "$w/f.nts" | jq -c '.meta | [.normalised, .mean, .augment.norm_from]')" = \
        '[true,[100,110,120],"option"]' ]
    field "$w/f.nts" x | paste "$w/u8" - | awk 'BEGIN { split("100 110 120", m); split("50 2 40", s) }
        { for (i = 1; i <= 48; i++) { c = int((i - 1) / 16) + 1; d = $(i + 48) - ($i - m[c]) / s[c]
          if (!(d < 1e-4 && d > -1e-4)) bad = 1 } }
        END { exit bad || NR != 100 }'
    fails 2 "go together" nai-augment --mean 1 colour.nts
    fails 2 "--std: '0' is not" nai-augment --mean 1 --std 0 colour.nts
    fails 2 "--mean: '1,2' is not" nai-augment --mean 1,2 --std 1 colour.nts
}

@test "several sizes: a field each, one view as if it were alone" {
    nai-augment -m 2@40,1@16,3 --crop 24 -p stl colour.nts -o "$w/v.nts"
    [ "$(nai-view --json "$w/v.nts" | jq -c '[.sections[0].fields[] | [.name, .shape]]')" = \
        '[["x",[2,3,40,40]],["x1",[1,3,16,16]],["x2",[3,3,24,24]],["y",[]],["id",[]],["epoch",[]]]' ]
    nai-augment -m 2 --crop 40 -p stl colour.nts | nai-cat --select x | digest >"$w/a"
    nai-cat --select x "$w/v.nts" | digest | diff "$w/a" -
}

@test "lists: each view its own odds, in turn" {
    nai-augment -m 5 --flip 0,1 --blur 1,0,0.5 --solarize 0,0,1 --threshold 99 --params "$w/p.nts" colour.nts -o "$w/v.nts"
    field "$w/p.nts" flip | sort -u | tr '\t' ' ' | diff - <(echo 0 1 0 1 0)
    field "$w/p.nts" solarize | sort -u | tr '\t' ' ' | diff - <(echo 256 256 99 256 256)
    field "$w/p.nts" sigma | awk '{ a += $1 > 0; b += $2 > 0; c += $3 > 0; d += $4 > 0; e += $5 > 0 }
        END { exit !(a == 100 && b == 0 && c > 25 && c < 75 && d == 100 && e == 0) }'
    nai-augment -m 4 --order fixed --params "$w/p.nts" colour.nts -o "$w/v.nts"
    field "$w/p.nts" order | sort -u | tr '\t' ' ' | diff - <(echo 0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3)
}

@test "--params and --replay: the same views again, whatever the seed and odds" {
    o='-m 2@40,1@16 -e 2 --shuffle'
    nai-augment $o -p imagenet --params "$w/p.nts" -s 3 colour.nts -o "$w/v.nts"
    [ "$(nai-view --json "$w/p.nts" | jq -c '[.kind, .sections[0].rows, (.sections[0].fields | length)]')" = '["draws",200,16]' ]
    python3 "$BATS_TEST_DIRNAME/../nts_reader.py" --envelope "$w/p.nts" >"$w/read"
    nai-augment $o -p imagenet --replay "$w/p.nts" -s 3 -j 2 colour.nts -o "$w/r.nts"
    [ "$(digest "$w/r.nts")" = "$(digest "$w/v.nts")" ]
    [ "$(nai-view --json "$w/r.nts" | jq -c '[.history[-1].seed, (.inputs | length)]')" = '[null,2]' ]
    nai-augment $o --gray 1 --replay "$w/p.nts" -s 3 colour.nts | nai-cat --select x,x1 | digest >"$w/a"
    nai-cat --select x,x1 "$w/v.nts" | digest | diff "$w/a" -
    nai-augment $o -p imagenet -s 3 --replay "$w/p.nts" --params "$w/q.nts" colour.nts >"$w/null"
    [ "$(digest "$w/p.nts")" = "$(digest "$w/q.nts")" ]
}

@test "a replay of other rows, views or streams is refused" {
    nai-augment -e 2 --params "$w/p.nts" colour.nts -o "$w/v.nts"
    refused() { fails 3 "$@" --level 0 -o "$w/new"; [ ! -e "$w/new" ]; }
    refused "$w/p.nts: drawn for" nai-augment -e 2 -m 3 --replay "$w/p.nts" colour.nts
    refused "$w/p.nts: drawn for" nai-augment -e 2 -c 31 --replay "$w/p.nts" colour.nts
    refused "$w/p.nts: drawn for" nai-augment -e 2 -c 32 --replay "$w/p.nts" gray.nts
    refused "row 0 was drawn for image 259 of epoch 0" nai-augment -e 2 --replay "$w/p.nts" rows.nts
    refused "goes on after row 100" nai-augment --replay "$w/p.nts" colour.nts
    refused "ends at row 200" nai-augment -e 3 --replay "$w/p.nts" colour.nts
    refused "of epoch 0, and the next is" nai-augment -e 2 --shuffle -s 1 --replay "$w/p.nts" colour.nts
    nai-augment --params "$w/1.nts" colour.nts -o "$w/v.nts"
    refused "image 259 of epoch 0, and the next is image 259 of epoch 1" \
        nai-augment --first-epoch 1 --replay "$w/1.nts" colour.nts
    refused "colour.nts: holds dataset" nai-augment --replay colour.nts colour.nts
    head -c 5000 "$w/p.nts" >"$w/cut.nts"
    refused "$w/cut.nts: " nai-augment -e 2 --replay "$w/cut.nts" colour.nts
    nai-cat --shuffle "$w/p.nts" -o "$w/mixed.nts"
    refused "was drawn for" nai-augment -e 2 --replay "$w/mixed.nts" colour.nts
}

@test "--preview: a line an image, a column a view" {
    png_size() { od -An -tu1 -j16 -N8 "$1" | awk '{ print ($1 * 256 + $2) * 65536 + $3 * 256 + $4, ($5 * 256 + $6) * 65536 + $7 * 256 + $8 }'; }
    nai-augment -m 2@40,3@20 --preview "$w/a.png" colour.nts -o "$w/v.nts"
    [ "$(png_size "$w/a.png")" = "$((5 * 42 + 2)) $((8 * 42 + 2))" ]
    nai-augment -m 3 --preview "$w/b.png" --dtype f32 gray.nts -o "$w/v.nts"
    [ "$(png_size "$w/b.png")" = "$((3 * 30 + 2)) $((8 * 30 + 2))" ]
    nai-augment -m 3 --preview "$w/c.png" gray.nts -o "$w/v.nts"
    cmp "$w/b.png" "$w/c.png"
    nai-cat --slice 0:3 gray.nts | nai-augment -m 1 --preview "$w/d.png" -o "$w/v.nts"
    [ "$(png_size "$w/d.png")" = "$((30 + 2)) $((3 * 30 + 2))" ]
}

@test "--preview: the smaller view in the middle of its cell, on white" {
    mkdir "$w/sheet"
    nai-cat --slice 0:1 gray.nts -o "$w/one.nts"
    nai-augment -m 1@20,1@40 --preview "$w/sheet/a.png" "$w/one.nts" -o "$w/v.nts"
    nai-import images "$w/sheet" | nai-export tsv - | tail -n 1 | tr '\t' '\n' >"$w/sheet.txt"
    [ "$(wc -l <"$w/sheet.txt")" -eq $((86 * 44)) ]
    part() { awk -v l="$1" -v n="$2" -v t="$3" '{ x = (NR - 1) % 86; y = int((NR - 1) / 86) }
        x >= l && x < l + n && y >= t && y < t + n' "$w/sheet.txt"; }
    field "$w/v.nts" x | tr '\t' '\n' | cmp - <(part 12 20 12)
    field "$w/v.nts" x1 | tr '\t' '\n' | cmp - <(part 44 40 2)
    [ "$(part 2 10 2 | sort -u)" = 255 ]
}

@test "bad options" {
    for bad in 0 x 2@ @32 2@0 2, ,2 2@32x 257 200,100 2@5000 -1 '2 ' 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1; do
        fails 2 "--views: " nai-augment --views="$bad" colour.nts
    done
    for bad in scale=0:1 scale=0.5:1.1 scale=0.5 scale=1:0.5 scale=nan:1 ratio=0:1 ratio=2:1 flip=1.1 \
        flip=-0.1 flip=nan flip=0.1,0.2,0.3 flip=0.1, flip=x gray=2 jitter=1e9 hue=0.6 brightness=-1 \
        contrast=3.1 blur=1:2 blur-sigma=0:1 blur-sigma=2:1 blur-kernel=1 solarize=inf threshold=256; do
        fails 2 "--${bad%%=*}: '" nai-augment "--$bad" colour.nts
    done
    fails 2 "is not odd" nai-augment --blur-kernel 4 --blur 1 colour.nts
    fails 2 "is not an integer" nai-augment --threshold 1.5 colour.nts
    fails 2 "does not fit a view of 4 pixels" nai-augment --blur 1 --blur-kernel 9 -c 4 colour.nts
    fails 2 "--eval" nai-augment --eval 4 --shuffle colour.nts
    fails 2 "--eval" nai-augment --eval 4 --views 2 colour.nts
    fails 2 "--first-epoch: " nai-augment --first-epoch 16000000 colour.nts
    fails 2 "go to files" nai-augment --params - colour.nts
    for two in "--params same -o same" "--preview same -o same" "--params same --preview same"; do
        fails 2 "'same' cannot hold two outputs" nai-augment $two colour.nts
    done
    fails 2 "both come from standard input" nai-augment --replay - - <colour.nts
    fails 2 "both come from standard input" nai-augment --replay - <colour.nts
    fails 2 "more than a row of a stream can hold" nai-augment -m 256@4096 --dtype f32 colour.nts
    fails 2 "one FILE" nai-augment colour.nts gray.nts
    fails 2 "--crop: '0' is not" nai-augment --crop 0 colour.nts
    fails 2 "--epochs: '0' is not" nai-augment --epochs 0 colour.nts
}

@test "bad input: no images, other types and shapes, names that are taken, nothing at all, cut short" {
    fails 3 "labels.nts: has no field x" nai-augment labels.nts
    refuse() { nai-import npy "$w/x.npy" -o "$w/x.nts" && fails 3 "$1" nai-augment "$w/x.nts"; }
    npy "$w/x.npy" '<i2' "2, 3, 4, 4"; noise 192 >>"$w/x.npy"; refuse "it is i16 of 3 dimensions, not u8"
    npy "$w/x.npy" '|u1' "2, 2, 4, 4"; noise 64 >>"$w/x.npy"; refuse "images of 2 channels"
    npy "$w/x.npy" '|u1' "2, 48"; noise 96 >>"$w/x.npy"; refuse "u8 of 1 dimensions"
    npy "$w/x.npy" '|u1' "1, 1, 1, 5000"; noise 5000 >>"$w/x.npy"; refuse "1 by 5000 pixels"
    nai-cat --rename y=epoch colour.nts -o "$w/e.nts"
    fails 3 "has a field 'epoch'" nai-augment "$w/e.nts"
    nai-cat --rename y=x1 colour.nts -o "$w/e.nts"
    fails 3 "has a field 'x1'" nai-augment -m 1,1 "$w/e.nts"
    nai-augment -m 1 "$w/e.nts" -o "$w/v.nts"
    nai-cat --rename x=y,y=x colour.nts -o "$w/e.nts"
    fails 3 "it is i32 of 0 dimensions" nai-augment "$w/e.nts"
    nai-cat --rename id=z,x=id colour.nts -o "$w/e.nts"
    nai-cat --rename y=x "$w/e.nts" -o "$w/e2.nts"
    fails 3 "field x" nai-augment "$w/e2.nts"
    nai-augment colour.nts -o "$w/v.nts"
    fails 3 "holds views, not a dataset" nai-augment "$w/v.nts"
    nai-cat --slice 0:0 colour.nts -o "$w/none.nts"
    fails 3 "holds no images" nai-augment "$w/none.nts" -o "$w/new"
    fails 3 "holds no images" nai-augment -e 2 "$w/none.nts"
    head -c 200000 colour.nts >"$w/cut.nts"
    for o in "" "-e 2" "--shuffle"; do
        fails 3 "$w/cut.nts: " nai-augment $o --params "$w/p.nts" --preview "$w/p.png" -o "$w/new" "$w/cut.nts"
        [ ! -e "$w/new" ] && [ ! -e "$w/p.nts" ] && [ ! -e "$w/p.png" ]
    done
}

@test "images of odd sizes: a pixel, a line, larger and smaller than the view" {
    for s in "1, 1, 1" "3, 1, 50" "3, 50, 1" "1, 7, 300" "3, 131, 90"; do
        npy "$w/x.npy" '|u1' "5, $s"
        noise $((5 * ${s//, / * })) >>"$w/x.npy"
        nai-import npy "$w/x.npy" -o "$w/x.nts"
        for size in 1 2 17 33; do
            nai-augment -p cifar -m 2 -c $size -j 2 "$w/x.nts" | nai-view --check -
            nai-augment -p cifar --eval 2 -c $size "$w/x.nts" | nai-view --check -
        done
    done
}
