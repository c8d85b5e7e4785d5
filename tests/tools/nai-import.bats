#!/usr/bin/env bats
# nai-import.bats - image data sets, tables and the command line of nai-import.
# SPDX-License-Identifier: MIT
# Pictures below were written, and their pixels read, with Pillow 9.4.0.

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_TEST_TMPDIR"
    reader=$BATS_TEST_DIRNAME/../nts_reader.py
    fashion=/usr/share/datasets/fashion-mnist
    cifar=$BATS_TEST_DIRNAME/../../../shared/data/cifar10
}

# column TYPE FIELD ARG... - the numbers of a field, on one line, od's TYPE.
column() {
    local type=$1 field=$2
    shift 2
    "$TOOL" "$@" >column.nts && python3 "$reader" --dump rows "$field" column.nts |
        od -An -v -w1000000 "-t$type" | tr -s ' ' | sed 's/^ //'
}

head_of() { "$TOOL" "$@" --level 0 | head -c 3000 | tr -d '\0' | grep -ao '{"nts".*}' | head -n 1; }

# refused CODE TEXT ARG... - exit CODE, nothing but one line with TEXT in it. With -o, since a
# stream that fails on stdout ends in a record that says so.
refused() {
    local code=$1 text=$2
    shift 2
    run -"$code" --separate-stderr "$TOOL" "$@" -o refused.nts
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "nai-import: "*"$text"* ]] || { echo "$stderr"; false; }
    [ ! -e refused.nts ]
}

bytes() { printf "$(printf '\\%03o' "$@")"; }

# records LABEL... - a CIFAR-10 record each, its pixels all its label.
records() {
    for l in "$@"; do
        bytes "$l"
        head -c 3072 /dev/zero | tr '\0' "\\$(printf %03o "$l")"
    done
}

picture() { # NAME FILE
    case $1 in
    rgb) echo iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAHUlEQVR4nGP4cWjfZKm3Xy+/Z+G9/dDw0nqTtM0AfLcLlvjC0bQAAAAASUVORK5CYII= ;;
    rgba) echo iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAACddGYaAAAAI0lEQVR4nGP4cWjf+clSb0W/Xn6vy8A6d76N2ZtcveNBCmcBvHYNG1gSSioAAAAASUVORK5CYII= ;;
    palette) echo iVBORw0KGgoAAAANSUhEUgAAAAMAAAACAgMAAADgGo6JAAAADFBMVEUBAgMKFB7IZDIHBwdYaEN4AAAAAnRSTlP/AOW3MEoAAAAMSURBVHicY5BgeAIAATAA/VbNHHMAAAAASUVORK5CYII= ;;
    bits) echo iVBORw0KGgoAAAANSUhEUgAAAAMAAAACAQAAAAC1D1u3AAAADElEQVR4nGN4wKAAAALEAQGl4s+xAAAAAElFTkSuQmCC ;;
    grey16) echo iVBORw0KGgoAAAANSUhEUgAAAAMAAAACEAAAAADoj+WFAAAAFklEQVR4nGNgYPj/n5GRqYGB5WV9PQAcYARu6yVGZAAAAABJRU5ErkJggg== ;;
    jpeg-grey) echo /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wAALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABf/EABkQAQEBAAMAAAAAAAAAAAAAAAECBAADMf/aAAgBAQAAPwASNmqIJjT3TJ4FoHP/2Q== ;;
    jpeg-rgb) echo /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAACAAMDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAZEAADAQEBAAAAAAAAAAAAAAAAAQIDESH/xAAVAQEBAAAAAAAAAAAAAAAAAAACBP/EABcRAQADAAAAAAAAAAAAAAAAAAABAjL/2gAMAwEAAhEDEQA/AIu2uka1M3Uyn4k+JAASmuYf/9k= ;;
    jpeg-cmyk) echo /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAbEhQXFBEbFxYXHhwbIChCKyglJShROj0wQmBVZWRfVV1baniZgWpxkHNbXYW1hpCeo6utq2eAvMm6pseZqKuk/8AAFAgAAgADBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAQC/8QAHhAAAwACAwADAAAAAAAAAAAAAQIDAAQFESEiQaH/2gAOBEMATQBZAEsAAD8AHy0ppyNlWaKoIAAUADwZWnKdddWpNHbth2wBPQJA/Mdp6eq+rNn1osxHpKAk4fkr2luvOdXRFCgKrEAfEfWf/9k= ;;
    esac | base64 -d >"$2"
}

# within TOLERANCE "A..." "B..." - equally many numbers, each as near as that.
within() {
    awk -v t="$1" -v a="$2" -v b="$3" 'BEGIN { n = split(a, x); m = split(b, y); bad = n != m || !n
        for (i = 1; i <= n; i++) { d = x[i] - y[i]; if (!(d <= t && -d <= t)) bad = 1 }
        exit bad }'
}

# ---- the command line ----

@test "a misspelt KIND: the nearest is named, exit 2" {
    refused 2 "unknown KIND 'cifar01' (did you mean 'cifar10'?)" cifar01 x
    refused 2 "no KIND" --split train
}

@test "an option of another KIND: exit 2, both are named" {
    refused 2 "--size does not apply to csv (it is for images)" csv --size 8 x.csv
    refused 2 "--split does not apply to idx (it is for cifar10, cifar100, stl10)" idx --split train x
    refused 2 "--filter needs --size" images . --filter box
    refused 2 "--label does not apply to npy (it is for csv)" npy --label y x.npy
}

@test "too few and too many operands: exit 2" {
    refused 2 "idx: which file?" idx
    refused 2 "'b' is one operand too many" cifar10 a b
}

@test "a missing file: exit 1, the path and the reason" {
    for kind in idx cifar10 cifar100 stl10 images csv; do
        run -1 --separate-stderr "$TOOL" "$kind" none/x
        [ "$stderr" = "nai-import: none/x: cannot open: No such file or directory" ]
    done
}

@test "the help's first example runs" {
    [ -x "$NAI_BIN/nai-view" ] || skip "nai-view is not built"
    line=$("$TOOL" --help | sed -n '/^Example:/{n;s/^ *//;p}')
    PATH=$NAI_BIN:$PATH run -0 bash -o pipefail -c "$line"
}

# ---- idx ----

@test "idx: rank 3 of bytes is [1,H,W], and labels are y" {
    { bytes 0 0 8 3 0 0 0 2 0 0 0 2 0 0 0 3; printf abcdefghijkl; } >i
    bytes 0 0 8 1 0 0 0 2 9 200 >l
    [ "$(column u1 x idx i l)" = "97 98 99 100 101 102 103 104 105 106 107 108" ]
    [ "$(column d4 y idx i l)" = "9 200" ]
    [[ $(head_of idx i l) == *'"name":"x","dtype":"u8","shape":[1,2,3]'* ]]
    gzip -c i >i.gz
    [ "$(column u1 x idx i.gz)" = "97 98 99 100 101 102 103 104 105 106 107 108" ]
    [ "$(column u1 x idx - <i.gz)" = "97 98 99 100 101 102 103 104 105 106 107 108" ]
}

@test "idx: other types and ranks are kept, big-endian is undone" {
    bytes 0 0 11 2 0 0 0 2 0 0 0 2 0 1 255 254 128 0 1 0 >s
    [ "$(column d2 x idx s)" = "1 -2 -32768 256" ]
    bytes 0 0 13 1 0 0 0 1 63 192 0 0 >f
    [ "$(column f4 x idx f)" = "1.5" ]
    bytes 0 0 14 1 0 0 0 1 192 4 0 0 0 0 0 0 >d
    [ "$(column f8 x idx d)" = "-2.5" ]
    bytes 0 0 12 1 0 0 0 1 255 255 255 255 >n
    [ "$(column d4 x idx n)" = "-1" ]
}

@test "idx: what is wrong is said in one line, and nothing is written" {
    bytes 0 0 8 2 0 0 0 2 0 0 0 2 1 2 3 4 >good
    head -c 15 good >short
    refused 3 "short: truncated: 15 bytes where its header says 16" idx short
    gzip -c short >short.gz
    refused 3 "short.gz: truncated in row 1 of 2" idx short.gz
    { cat good; printf x; } >long
    refused 3 "long: trailing bytes: 17 bytes where its header says 16" idx long
    gzip -c long >long.gz
    refused 3 "long.gz: more bytes than its header says" idx long.gz
    gzip -c good | head -c 20 >cut.gz
    refused 3 "cut.gz: truncated" idx cut.gz
    printf 'PK\003\004' >zip
    refused 3 "not an IDX file: it begins with 50 4b 03 04" idx zip
    bytes 0 0 8 1 0 0 0 3 1 2 3 >three
    refused 3 "three: 3 labels, but good has 2 rows" idx good three
    bytes 0 0 8 2 255 255 255 255 255 255 255 255 >huge
    refused 3 "huge: dimension 1" idx huge
    bytes 0 0 8 2 0 0 0 1 0 0 0 0 >empty
    refused 3 "rows would be empty" idx empty
}

@test "idx: --classes names the labels, and one outside them is refused" {
    bytes 0 0 8 1 0 0 0 2 0 2 >l
    [[ $(head_of idx l l --classes cat,dog,eel) == *'"classes":["cat","dog","eel"]'* ]]
    refused 3 "l: row 1: label 2 is not in 0..1" idx l l --classes cat,dog
    refused 2 "class 'cat' is listed twice" idx l l --classes cat,dog,cat
    refused 2 "--classes needs a file of labels" idx l --classes cat
}

@test "idx: Fashion-MNIST, byte for byte" {
    [ -r $fashion/t10k-images-idx3-ubyte.gz ] || skip "dataset-fashion-mnist is not installed"
    "$TOOL" idx $fashion/t10k-images-idx3-ubyte.gz $fashion/t10k-labels-idx1-ubyte.gz >f.nts
    python3 "$reader" --dump rows x f.nts >x
    zcat $fashion/t10k-images-idx3-ubyte.gz | tail -c +17 | cmp - x
    python3 "$reader" --dump rows y f.nts | od -An -v -td4 -w4 | sort | uniq -c >y
    [ "$(awk '{ print $1 }' y | sort -u)" = 1000 ] # a thousand of each of the ten
    [ "$(wc -l <y)" -eq 10 ]
}

# ---- cifar ----

make_cifar10() {
    mkdir -p "$1"
    for i in 1 2 3 4 5; do records "$i" $((i + 1)) >"$1/data_batch_$i.bin"; done
    records 0 9 8 >"$1/test_batch.bin"
    printf '%s\n' airplane automobile bird cat deer dog frog horse ship truck '' >"$1/batches.meta.txt"
}

@test "cifar10: folder, tar and tar.gz agree, whatever the archive's order" {
    make_cifar10 d/cifar-10-batches-bin
    want="1 2 2 3 3 4 4 5 5 6 0 9 8"
    b=d/cifar-10-batches-bin # the members in the official archive's order
    tar cf a.tar $b/data_batch_1.bin $b/batches.meta.txt $b/data_batch_3.bin $b/data_batch_4.bin \
        $b/test_batch.bin $b/data_batch_5.bin $b/data_batch_2.bin
    gzip -c a.tar >a.tgz
    for path in d $b a.tar a.tgz; do
        [ "$(column d4 y cifar10 $path)" = "$want" ]
        [ "$(column u1 x cifar10 $path | tr ' ' '\n' | uniq -c | awk '{ $1 /= 3072; print }' |
            awk '{ for (i = 0; i < $1; i++) printf "%s ", $2 }')" = \
            "$(echo $want | sed 's/$/ /')" ]
        [[ $(head_of cifar10 $path) == *'"classes":["airplane","automobile",'* ]]
    done
    [ "$(column d4 y cifar10 - <a.tgz)" = "$want" ]
    [ "$(column d4 y cifar10 a.tgz --split test)" = "0 9 8" ]
    [ "$(column d4 y cifar10 a.tgz --split train)" = "1 2 2 3 3 4 4 5 5 6" ]
    records 0 1 2 3 4 5 6 7 8 9 >ten # more rows than are read at a time
    for i in $(seq 60); do cat ten; done >$b/test_batch.bin
    tar czf b.tgz d
    column d4 y cifar10 b.tgz --split test | tr ' ' '\n' | cmp - <(for i in $(seq 60); do seq 0 9; done)
}

@test "cifar10: one .bin file; its label comes before its planes" {
    { bytes 7; for v in 1 2 3; do head -c 1024 /dev/zero | tr '\0' "\\00$v"; done; } >one.bin
    [ "$(column d4 y cifar10 one.bin)" = 7 ]
    [ "$(column u1 x cifar10 one.bin | tr ' ' '\n' | uniq -c | awk '{ print $1, $2 }' | paste -sd,)" = \
        "1024 1,1024 2,1024 3" ]
    refused 2 "there is no split to choose" cifar10 one.bin --split train
    refused 2 "--classes: 3 class names, not 10" cifar10 one.bin --classes a,b,c
}

@test "cifar10: damage is refused before anything is written" {
    records 1 2 | head -c 6000 >odd
    refused 3 "odd: 6000 bytes: not a multiple of 3073 bytes" cifar10 odd
    gzip -c odd >odd.gz
    refused 3 "odd.gz: 6000 bytes: not a multiple of 3073 bytes" cifar10 odd.gz
    records 1 12 >label
    refused 3 "label: row 1: label 12 is not in 0..9" cifar10 label
    head -c 3074 /dev/zero >hundred
    refused 3 "not a multiple of 3073 bytes (is it CIFAR-100?)" cifar10 hundred
    : >nothing
    refused 3 "nothing: 0 bytes" cifar10 nothing
    make_cifar10 e
    tar cf a.tar e
    head -c 20000 a.tar >cut.tar
    refused 3 "cut.tar: truncated" cifar10 cut.tar
    head -c $((512 + 3 * 512)) a.tar >cut.tar # at the end of a member
    refused 3 "cut.tar: truncated" cifar10 cut.tar
    rm e/data_batch_3.bin
    refused 3 "e: there is no data_batch_3.bin" cifar10 e
    [ "$(column d4 y cifar10 e --split test)" = "0 9 8" ]
}

@test "cifar10: official records, byte for byte" {
    [ -r "$cifar/test_batch_first1000.bin" ] || skip "no CIFAR-10 in ../shared/data"
    "$TOOL" cifar10 "$cifar/test_batch_first1000.bin" >c.nts
    python3 "$reader" --dump rows y c.nts | od -An -v -td4 -w4 | tr -d ' ' >y
    od -An -v -tu1 -w3073 "$cifar/test_batch_first1000.bin" | awk '{ print $1 }' | cmp - y
    python3 "$reader" --dump rows x c.nts >x
    python3 -c 'import sys; d = open(sys.argv[1], "rb").read(); sys.stdout.buffer.write(
        b"".join(d[i + 1:i + 3073] for i in range(0, len(d), 3073)))' \
        "$cifar/test_batch_first1000.bin" | cmp - x
}

@test "cifar100: fine labels are y, coarse ones y_coarse" {
    mkdir h
    { bytes 3 70; head -c 3072 /dev/zero; } >h/train.bin
    { bytes 19 99; head -c 3072 /dev/zero; } >h/test.bin
    [ "$(column d4 y cifar100 h)" = "70 99" ]
    [ "$(column d4 y_coarse cifar100 h)" = "3 19" ]
    seq 0 19 | sed 's/^/big/' >h/coarse_label_names.txt
    seq 0 99 | sed 's/^/fine/' >h/fine_label_names.txt
    [[ $(head_of cifar100 h) == *'"classes":["fine0","fine1",'*'"classes_coarse":["big0",'* ]]
    sed -i 3d h/coarse_label_names.txt
    refused 3 "coarse_label_names.txt: 19 class names, not 20" cifar100 h
    { bytes 20 1; head -c 3072 /dev/zero; } >bad.bin
    refused 3 "label 20 is not in 0..19" cifar100 bad.bin
}

# ---- stl10 ----

make_stl10() { # the image's columns count up: 0 0 ... 0, 1 1 ... 1, ..., in each of its planes
    mkdir -p s
    for plane in 1 2 3; do
        for j in $(seq 0 95); do printf "%96s" '' | tr ' ' "\\$(printf %03o "$j")"; done
    done >s/train_X.bin
    cp s/train_X.bin s/unlabeled_X.bin
    cat s/train_X.bin s/train_X.bin >s/test_X.bin
    bytes 10 >s/train_y.bin
    bytes 1 4 >s/test_y.bin
    seq 0 9 | sed 's/^/n/' >s/class_names.txt
}

@test "stl10: columns become rows, labels count from 0" {
    make_stl10
    tar czf s.tgz s
    for path in s s.tgz; do
        [ "$(column d4 y stl10 $path)" = "9 0 3" ]
        [ "$(column u1 x stl10 $path --split train | cut -d' ' -f1-96)" = "$(seq -s' ' 0 95)" ]
        [ "$(column u1 x stl10 $path --split train | cut -d' ' -f27553-27648)" = "$(seq -s' ' 0 95)" ]
        [[ $(head_of stl10 $path) == *'"classes":["n0","n1",'* ]]
        [[ $(head_of stl10 $path --split unlabeled) != *'"y"'* ]]
        column u1 x stl10 $path --split train >train
        column u1 x stl10 $path --split unlabeled | cmp - train
    done
}

@test "stl10: damage is refused" {
    make_stl10
    bytes 0 >s/train_y.bin
    refused 3 "s/train_y.bin: row 0: label 0 is not in 1..10" stl10 s
    bytes 1 2 >s/train_y.bin
    refused 3 "s/train_X.bin: 1 images, but train_y.bin has 2 labels" stl10 s
    bytes 1 >s/train_y.bin
    printf x >>s/train_X.bin
    refused 3 "s/train_X.bin: 27649 bytes: not a multiple of 27648 bytes" stl10 s
    rm s/train_X.bin
    refused 3 "s: there is no train_X.bin" stl10 s
    refused 3 "neither a folder nor a tar archive" stl10 s/test_y.bin
}

# ---- images ----

@test "images: every kind of PNG" {
    rgb="248 147 245 5 54 199 194 26 211 157 236 82 190 237 239 159 109 32"
    mkdir p
    picture rgb p/x.png
    [ "$(column u1 x images p)" = "$rgb" ]
    picture rgba p/x.png
    [ "$(column u1 x images p)" = "$rgb" ]
    picture palette p/x.png
    [ "$(column u1 x images p)" = "1 10 200 7 200 10 2 20 100 7 100 20 3 30 50 7 50 30" ]
    picture bits p/x.png
    [ "$(column u1 x images p)" = "255 255 255 0 0 255" ]
    picture grey16 p/x.png # 0 65535 257 32768 1000 32896, over 257
    [ "$(column u1 x images p)" = "0 255 1 128 4 128" ]
    [[ $(head_of images p) == *'"shape":[1,2,3]'* ]]
}

@test "images: JPEG in grey, colour and CMYK" {
    mkdir j
    picture jpeg-grey j/x.jpg
    within 1 "$(column u1 x images j)" "48 118 201 0 18 38"
    picture jpeg-rgb j/x.jpg
    within 1 "$(column u1 x images j)" "24 52 127 84 62 75 28 56 82 88 66 30 40 68 111 100 78 59"
    picture jpeg-cmyk j/x.jpg
    within 1 "$(column u1 x images j)" "7 66 0 137 200 22 23 155 59 41 112 39 15 44 19 63 134 51"
}

@test "images: folders are classes in the order of their names, grey joins colour" {
    mkdir -p c/dog/more c/Zebra c/.hidden
    picture bits c/Zebra/1.PNG
    picture rgb c/dog/b.png
    picture palette c/dog/more/a.png
    echo text >c/dog/notes.txt
    [ "$(column d4 y images c)" = "0 1 1" ]
    [[ $(head_of images c) == *'"shape":[3,2,3]'*'"classes":["Zebra","dog"]'* ]]
    [ "$(column u1 x images c | cut -d' ' -f1-18)" = \
        "255 255 255 0 0 255 255 255 255 0 0 255 255 255 255 0 0 255" ]
    [ "$(column d4 y images c --classes cat,dog,Zebra)" = "2 1 1" ]
    refused 3 "c/dog: not among --classes" images c --classes cat,Zebra
    cmp <("$TOOL" images c -j1) <("$TOOL" images c -j3)
    mkdir c/empty
    refused 3 "c/empty: no PNG or JPEG files" images c
}

@test "images: the order is that of the names, not of the disk" {
    for i in 5 2 8 1 9 4 7 3; do
        mkdir -p "o/c$i"
        for j in 6 3 9 1 2; do picture bits "o/c$i/$j.png"; done
        picture palette "o/c$i/4.png"
    done
    [ "$(column d4 y images o)" = "$(for i in 0 1 2 3 4 5 6 7; do echo $i $i $i $i $i $i; done | paste -sd' ')" ]
    [[ $(head_of images o) == *'"classes":["c1","c2","c3","c4","c5","c7","c8","c9"]'* ]]
    # the first pixel of each: 1 for the palette, which is fourth in every class
    [ "$(column u1 x images o | tr ' ' '\n' | awk 'NR % 18 == 1' | paste -sd' ')" = \
        "$(for i in 1 2 3 4 5 6 7 8; do echo 255 255 255 1 255 255; done | paste -sd' ')" ]
}

@test "images: unequal sizes need --size, and the first that differs is named" {
    mkdir u
    picture rgb u/1.png
    picture bits u/2.png
    cmp <("$TOOL" images u --size 5 -j1) <("$TOOL" images u --size 5 -j3)
    echo iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg== |
        base64 -d >u/3.png
    refused 3 "u/3.png: 1 x 1 pixels, but u/1.png has 3 x 2 (--size makes them equal)" images u
    [ "$(column u1 x images u --size 4 --fit stretch --filter box | wc -w)" -eq $((3 * 3 * 16)) ]
}

@test "images: a damaged picture is named" {
    mkdir d
    picture rgb d/1.png
    picture rgb whole.png
    head -c 70 whole.png >d/2.png
    refused 3 "d/2.png: damaged PNG" images d
    picture jpeg-rgb whole.jpg
    for n in 100 $(($(wc -c <whole.jpg) - 4)); do # its tables; its pixels, which libjpeg makes up
        head -c $n whole.jpg >d/2.png
        refused 3 "d/2.png: damaged JPEG" images d --size 2
    done
    echo hello >d/2.png
    refused 3 "d/2.png: neither PNG nor JPEG" images d
    mkdir d/sub
    refused 3 "d: holds both images (" images d
    refused 3 "d/sub: no PNG or JPEG files, nor folders of them" images d/sub
}

# ---- csv ----

@test "csv: numbers become x, names of columns are kept" {
    printf 'a,"b ""q"", r",c\r\n1,-2.5,3e2\r\n,nan, 7 \r\n' >t.csv
    [ "$(column f8 x csv t.csv)" = "1 -2.5 300 nan nan 7" ]
    [ "$(column f8 x csv - <t.csv)" = "1 -2.5 300 nan nan 7" ]
    [ "$(gzip -c t.csv | column f8 x csv)" = "1 -2.5 300 nan nan 7" ]
    [[ $(head_of csv t.csv) == *'"columns":["a","b \"q\", r","c"]'* ]]
    printf 'a\tb,c\n1\t2\n' >t.txt
    [ "$(column f8 x csv t.txt)" = "1 2" ]
}

@test "csv: labels that are integers stay, others become classes in sorted order" {
    printf 'x,y\n1,5\n2,-3\n' >i.csv
    [ "$(column d4 y csv i.csv --label y)" = "5 -3" ]
    [ "$(column f8 x csv i.csv --label y)" = "1 2" ]
    printf 'kind,x\npear,1\napple,2\npear,3\n' >s.csv
    [ "$(column d4 y csv s.csv --label kind)" = "1 0 1" ]
    [ "$(column d4 y csv --label kind <s.csv)" = "1 0 1" ]
    [ "$(cat s.csv | column d4 y csv --label kind)" = "1 0 1" ]
    [[ $(head_of csv s.csv --label kind) == *'"columns":["x"],"classes":["apple","pear"]'* ]]
    [ "$(column d4 y csv s.csv --label kind --classes pear,fig,apple)" = "0 2 0" ]
    refused 3 "s.csv: line 3: label 'apple' is not among the classes" csv s.csv --label kind \
        --classes pear,fig
    refused 2 "--label: s.csv has no column 'kin'" csv s.csv --label kin
    printf 'x,y\n0,0\n0,1\n' >n.csv
    [ "$(column d4 y csv n.csv --label y --classes no,yes)" = "0 1" ]
    refused 3 "n.csv: line 3: label '1' is not among the classes" csv n.csv --label y --classes no
}

@test "csv: an integer that no label can be is an error, not a class" {
    printf 'x,y\n1,5\n2,3000000000\n3,-3000000000\n' >large.csv
    refused 3 "large.csv: line 3: label 3000000000 does not fit i32" csv large.csv --label y
    refused 3 "<stdin>: line 3: label 3000000000 does not fit" csv --label y <large.csv
    printf 'x,y\n1,2147483647\n2,-2147483648\n' >edge.csv
    [ "$(column d4 y csv edge.csv --label y)" = "2147483647 -2147483648" ]
    printf 'x,y\n1,2147483648\n' >edge.csv
    refused 3 "label 2147483648 does not fit" csv edge.csv --label y
    printf 'x,y\n1,-2147483649\n' >edge.csv
    refused 3 "label -2147483649 does not fit" csv edge.csv --label y
    printf 'x,y\n1,3000000000\n2,b\n' >named.csv # not integers, so names
    [ "$(column d4 y csv named.csv --label y)" = "0 1" ]
    [ "$(column d4 y csv large.csv --label y --classes 5,-3000000000,3000000000)" = "0 2 1" ]
    refused 3 "label '3000000000' is not among" csv large.csv --label y --classes a,b,c,d,e,f
}

@test "csv: lines end in LF or CR LF, not in CR" {
    printf 'a,b\r1,2\r3,4\r' >mac.csv
    refused 3 "mac.csv: line 1: a carriage return without a line feed" csv mac.csv
    printf 'a,b\n1,2\n3\r,4\n' >mac.csv
    refused 3 "mac.csv: line 3: a carriage return without a line feed" csv mac.csv --level 0
    printf 'a,b\r\n1,2\r' >mac.csv
    refused 3 "mac.csv: line 2: a carriage return without a line feed" csv mac.csv
    printf '"a","b"\r1,2\r' >mac.csv
    refused 3 "mac.csv: line 1: a carriage return without a line feed" csv mac.csv
}

@test "csv: blank lines" {
    for end in '' '\n' '\r\n'; do
        printf "a\n1\n2\n$end" >one.csv
        [ "$(column f8 x csv one.csv)" = "1 2" ]
        printf "a,b\n1,2\n$end" >two.csv
        [ "$(column f8 x csv two.csv)" = "1 2" ]
    done
    printf 'a\n1\n\n2\n' >one.csv # a missing value
    [ "$(column f8 x csv one.csv)" = "1 nan 2" ]
    printf 'a\n1\n""\n' >one.csv # a cell, not a blank line
    [ "$(column f8 x csv one.csv)" = "1 nan" ]
    printf 'a,b\n\n1,2\n\n\n3,4\n\n\n' >two.csv
    [ "$(column f8 x csv two.csv)" = "1 2 3 4" ]
    printf '1\n\n' >one.csv
    [ "$(column f8 x csv one.csv --header no)" = "1" ]
    printf '\n' >blank.csv
    refused 3 "blank.csv: empty" csv blank.csv
    refused 3 "blank.csv: empty" csv blank.csv --header no
    { printf 'a\n'; head -c 131068 /dev/zero | tr '\0' 5 | sed 's/.\{14\}./&\n/g' | head -n 4095
      echo; } >buffer.csv # the blank line ends where a buffer does
    [ "$(column f8 x csv buffer.csv | wc -w)" -eq 4095 ]
}

@test "csv: a first line of numbers must be explained" {
    printf '1,2\n3,4\n' >h.csv
    refused 3 "h.csv: line 1 holds numbers only: say --header yes" csv h.csv
    [ "$(column f8 x csv h.csv --header no)" = "1 2 3 4" ]
    [ "$(column f8 x csv h.csv --header yes)" = "3 4" ]
    [ "$(column d4 y csv h.csv --header no --label c2)" = "2 4" ]
    [[ $(head_of csv h.csv --header no) == *'"columns":["c1","c2"]'* ]]
}

@test "csv: errors name the line and the column" {
    printf 'a,b\n1,2\n3,x y\n' >bad.csv
    refused 3 "bad.csv: line 3: column 'b': 'x y' is not a number" csv bad.csv
    printf 'a,b\n1,2\n3\n' >short.csv
    refused 3 "short.csv: line 3: 1 cells, not 2" csv short.csv
    printf 'a,b\n1,2,3\n' >long.csv
    refused 3 "long.csv: line 2: 3 cells, not 2" csv long.csv
    printf 'a,b\n1,"2\n' >quote.csv
    refused 3 "quote.csv: line 2: cell 2: the quote that opens it is not closed" csv quote.csv
    printf 'a,b\n1,\n' >blank.csv
    refused 3 "blank.csv: line 2: no label" csv blank.csv --label b
    : >empty.csv
    refused 3 "empty.csv: empty" csv empty.csv
    printf 'a,k\n1,"two\nlines"\nx,z\n' >lines.csv # a cell over two lines counts both
    refused 3 "lines.csv: line 4: column 'a'" csv lines.csv --label k
}

@test "a failure after the first rows ends the stream as failed" {
    { echo a; seq 300000; echo x; } >late.csv
    "$TOOL" csv late.csv >late.nts 2>err && false
    run -3 --separate-stderr python3 "$reader" late.nts
    [[ $(cat err) == "nai-import: late.csv: line 300002: column 'a': 'x' is not a number" ]]
}
