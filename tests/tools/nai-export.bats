#!/usr/bin/env bats
# nai-export.bats - what nai-export writes, and that it is what other readers expect.
# SPDX-License-Identifier: MIT
# Round trips of single arrays are in nai-import-arrays.bats.

setup() {
    bats_require_minimum_version 1.5.0
    export PATH="$NAI_BIN:$PATH"
    cd "$BATS_TEST_TMPDIR" || return 1
}

npy() { # DESCR SHAPE <elements: an array, as numpy writes it
    printf '\x93NUMPY\x01\x00\x76\x00'
    printf '%-117s\n' "{'descr': '$1', 'fortran_order': False, 'shape': $2, }"
    cat
}

safetensors() { # JSON <tensors
    local n=$(((${#1} + 7) / 8 * 8))
    printf "\\x$(printf %02x $((n % 256)))\\x$(printf %02x $((n / 256)))\0\0\0\0\0\0%-${n}s" "$1"
    cat
}

need_numpy() {
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "/usr/bin/python3 has no NumPy"
}

load ../lib/fails.bash

two_fields() { # 300,000 rows x f32[2], y u8: several records
    seq 1 1000000 | head -c 2400000 | npy '<f4' '(300000, 2)' >x.npy
    seq 1 1000000 | head -c 300000 | npy '|u1' '(300000,)' >y.npy
    nai-import npy x.npy y.npy -o two.nts
}

# A stream whose number of rows is not known until its end.
unknown() { { printf '%s\n' a,b c,d | head -1; seq 1 60000 | paste -d, - -; } | nai-import csv; }

@test "npy: a file, a pipe and a file written to by the shell get the same bytes" {
    two_fields
    nai-export npy -f x two.nts -o a.npy
    nai-export npy -f x <two.nts >b.npy
    nai-export npy --field rows/x - <two.nts | cat >c.npy
    cmp a.npy x.npy
    cmp b.npy x.npy
    cmp c.npy x.npy
    printf 'before' >d
    nai-export npy -f x two.nts >>d
    cmp d <(printf 'before'; cat x.npy)
    { printf 'before'; nai-export npy -f x two.nts; printf 'after'; } >e
    cmp e <(printf 'before'; cat x.npy; printf 'after')
}

@test "an unknown number of rows is patched in, or the rows wait: the same bytes" {
    unknown >u.nts
    for kind in npy npz safetensors; do
        nai-export $kind u.nts -o a
        unknown | nai-export $kind | cat >b
        unknown | nai-export $kind >c
        cmp c b
        unknown | nai-export $kind -v 2>note | cat >b
        cmp c b
        grep -q 'temporary file' note
    done
    nai-export npy u.nts -o u.npy
    nai-import npy u.npy -o known.nts
    for kind in npz safetensors; do
        nai-export $kind known.nts | cmp - <(nai-export $kind u.nts)
        nai-export $kind known.nts -o known
        nai-export $kind u.nts -o u
        cmp known u
    done
    [ "$(unknown | nai-export npy | cat | head -c 128 | grep -c "'shape': (30000, 2)")" -eq 1 ]
    unknown | nai-export npy | nai-import npy - | nai-export csv | tail -1 | grep -qx 59999,60000
    unknown | nai-export safetensors -o u.st
    nai-import safetensors u.st --as-rows | nai-export csv | tail -1 | grep -qx 59999,60000
}

@test "npz: fields of one section; the same bytes from a pipe" {
    two_fields
    nai-export npz two.nts -o a.npz
    nai-export npz two.nts | cat >b.npz
    cmp a.npz b.npz
    nai-import npz a.npz --select x | nai-export npy | cmp - x.npy
    nai-import npz a.npz --select y | nai-export npy | cmp - y.npy
    if command -v unzip >/dev/null; then unzip -tq a.npz; fi
    need_numpy
    /usr/bin/python3 - <<'PY'
import numpy as np
z = np.load("a.npz")
assert z.files == ["x", "y"], z.files
assert np.array_equal(z["x"], np.load("x.npy"), equal_nan=True)
assert np.array_equal(z["y"], np.load("y.npy"))
PY
}

@test "bf16 widens to f32 exactly where NumPy has no bf16, and stays in safetensors" {
    # 1, -2, the least subnormal, the largest, infinity, a NaN
    printf '\200\77\0\300\1\0\177\177\200\177\301\177' | safetensors \
        '{"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}' >b.st
    nai-import safetensors b.st -o b.nts
    nai-export npy b.nts | tail -c 24 >got
    printf '\0\0\200\77\0\0\0\300\0\0\1\0\0\0\177\177\0\0\200\177\0\0\301\177' | cmp - got
    nai-export npz b.nts -o b.npz
    nai-import npz b.npz | nai-export npy | tail -c 24 | cmp - got
    nai-export npy b.nts | head -c 128 | grep -q "'<f4', 'fortran_order': False, 'shape': (2, 3)"
    nai-export safetensors b.nts | cmp - b.st
    run -0 nai-export csv b.nts
    [ "${lines[0]}" = b ]
    [ "${lines[*]:1}" = "1 -2 9e-41 3.39e+38 inf nan" ]
}

@test "safetensors: fields of rows are tensors" {
    two_fields
    nai-export safetensors two.nts -o a.st
    nai-export safetensors two.nts | cat | cmp - a.st
    nai-import safetensors a.st --as-rows -o again.nts
    nai-export npy -f x again.nts | cmp - x.npy
    nai-export npy -f y again.nts | cmp - y.npy
}

@test "csv and tsv: names, vectors, shortest decimals" {
    printf '\315\314\314\75\0\0\200\77\0\0\300\177\0\0\200\377' | npy '<f4' '(2, 2)' >v.npy
    printf '\232\231\231\231\231\231\271\77\1\0\0\0\0\0\0\0' | npy '<f8' '(2,)' >'a,"b.npy'
    nai-import npy v.npy 'a,"b.npy' -o t.nts
    run -0 nai-export csv t.nts
    [ "${lines[0]}" = 'v_0,v_1,"a,""b"' ]
    [ "${lines[1]}" = 0.1,1,0.1 ]
    [ "${lines[2]}" = nan,-inf,5e-324 ]
    run -0 nai-export tsv t.nts
    [ "${lines[0]}" = $'v_0\tv_1\t"a,""b"' ]
    [ "${lines[1]}" = $'0.1\t1\t0.1' ]
}

@test "csv and tsv: names of columns there and back, whatever they hold" {
    printf 'width,height\n3,4\n5,12\n' >plain.csv
    nai-import csv plain.csv | nai-export csv | cmp - plain.csv
    nai-import csv plain.csv | nai-export tsv | cmp - <(tr , '\t' <plain.csv)
    printf '"a ""b""","c,d","e\tf","g\nh","i\rj",k l,""\n1,2,3,4,5,6,7\n' >odd.csv
    nai-import csv odd.csv -o odd.nts
    nai-export csv odd.nts | cmp - odd.csv
    nai-export tsv odd.nts >odd.tsv
    nai-export tsv odd.nts | nai-import csv | nai-export csv | cmp - odd.csv
    nai-import csv odd.tsv | nai-export csv | cmp - odd.csv
    for name in '"c,d"' '"e\tf"' '""'; do # one column: nothing else tells what separates
        printf "$name\n1\n2\n" >one.csv
        nai-import csv one.csv | nai-export csv | cmp - one.csv
        nai-import csv one.csv | nai-export tsv | nai-import csv | nai-export csv | cmp - one.csv
    done
    { head -c 200000 /dev/zero | tr '\0' '"' | sed 's/^/"/; s/$/"/'; printf '\n1\n'; } >long.csv
    nai-import csv long.csv | nai-export csv | cmp - long.csv
    printf 'a,k,b\n1,p,2\n' | nai-import csv --label k | nai-export csv >label.csv
    cmp label.csv <(printf 'a,b,y\n1,2,0\n')
}

@test "csv: f64 there and back through text" {
    head -c 80000 /dev/urandom >noise
    LC_ALL=C tr '\177\377' '\76\276' <noise | npy '<f8' '(1000, 10)' >x.npy # no NaN
    nai-import npy x.npy | nai-export csv | nai-import csv | nai-export npy | cmp - x.npy
}

@test "png: an exact sheet of u8, scaled" {
    need_numpy
    printf '\0\12\24\36\50\62\74\106' | npy '|u1' '(2, 1, 2, 2)' >x.npy
    nai-import npy x.npy | nai-export png --columns 2 --scale 3 -o x.png
    /usr/bin/python3 - <<'PY'
import struct, zlib
import numpy as np
b = open("x.png", "rb").read()
assert b[:8] == b"\x89PNG\r\n\x1a\n"
w, h, depth, colour = struct.unpack(">IIBB", b[16:26])
assert (w, h, depth, colour) == (2 + 2 * 8, 2 + 8, 8, 0), (w, h, depth, colour)
data, at = b"", 8
while at < len(b):
    n, = struct.unpack(">I", b[at:at + 4])
    if b[at + 4:at + 8] == b"IDAT":
        data += b[at + 8:at + 8 + n]
    at += 12 + n
raw = np.frombuffer(zlib.decompress(data), "u1").reshape(h, w + 1)
img = np.zeros((h, w), "u1")
for y in range(h):  # undo the filters
    f, line = raw[y, 0], raw[y, 1:].astype(int)
    up = img[y - 1].astype(int) if y else np.zeros(w, int)
    for x in range(w):
        a = int(img[y, x - 1]) if x else 0
        c = int(up[x - 1]) if x else 0
        p = a + up[x] - c
        d = [abs(p - a), abs(p - up[x]), abs(p - c)]
        paeth = [a, up[x], c][d.index(min(d))]
        img[y, x] = (line[x] + [0, a, up[x], (a + up[x]) // 2, paeth][f]) % 256
want = np.full((h, w), 255, "u1")
for i in range(2):
    cell = np.array([[0, 10], [20, 30]]) + 40 * i
    want[2:8, 2 + 8 * i:8 + 8 * i] = np.kron(cell, np.ones((3, 3)))
assert np.array_equal(img, want), img
PY
}

@test "png: floats are scaled from their least to their largest" {
    # -1, 0, 3, NaN as f32 give 0, 64, 255, 0, the same sheet as those bytes
    printf '\0\0\200\277\0\0\0\0\0\0\100\100\0\0\300\177' | npy '<f4' '(1, 2, 2)' >f.npy
    printf '\0\100\377\0' | npy '|u1' '(1, 1, 2, 2)' >u.npy
    nai-import npy f.npy | nai-export png -o f.png
    nai-import npy u.npy | nai-export png -o u.png
    cmp f.png u.png
}

@test "png: rows, views and what holds no images" {
    head -c 3000 /dev/zero | npy '|u1' '(10, 3, 10, 10)' >x.npy
    nai-import npy x.npy -o x.nts
    nai-export png --rows 3 x.nts -o a.png
    nai-export png --rows 3 <x.nts | cmp - a.png
    nai-import npy x.npy | nai-cat --slice 0:3 | nai-export png | cmp - a.png
    head -c 3000 /dev/zero | npy '|u1' '(5, 2, 3, 10, 10)' >v.npy
    nai-import npy v.npy | nai-export png -o v.png
    nai-export png --columns 2 x.nts | cmp - v.png
    head -c 60 /dev/zero | npy '|u1' '(10, 6)' >n.npy
    nai-import npy n.npy -o n.nts
    fails 2 "no field of images" nai-export png n.nts
    fails 2 "[6] holds no images" nai-export png -f x n.nts
}

@test "usage" {
    two_fields
    fails 2 "did you mean 'npy'" nai-export nyp two.nts
    fails 2 "no KIND" nai-export
    fails 2 "choose one with --field: x, y" nai-export npy two.nts
    fails 2 "no field 'z'" nai-export csv -f x,z two.nts
    fails 2 "--scale does not apply to npy" nai-export npy -f x --scale 2 two.nts
    fails 2 "one operand too many" nai-export npy two.nts two.nts
    [ "$(nai-export csv -f y,x two.nts | head -1)" = y,x_0,x_1 ]
}

@test "a stream cut short leaves no file" {
    two_fields
    for n in $(($(stat -c %s two.nts) / 2)) $(($(stat -c %s two.nts) - 400)); do
        head -c "$n" two.nts >cut.nts
        for kind in npy npz safetensors csv; do
            fails 3 truncated nai-export $kind -f x cut.nts -o out
            [ ! -e out ]
        done
    done
}

@test "a full disk is reported" {
    two_fields
    for kind in npz safetensors csv; do
        fails 1 "No space left" bash -c "nai-export $kind two.nts >/dev/full"
    done
    fails 1 "No space left" bash -c "nai-export npy -f x two.nts >/dev/full"
}

@test "models that follow one another are refused" {
    printf 'abcd' | safetensors '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}' >a.st
    nai-import safetensors a.st -o a.nts
    fails 3 "more than one model" bash -c "cat a.nts a.nts | nai-export safetensors -o b.st"
    [ ! -e b.st ]
}
