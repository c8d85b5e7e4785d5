#!/usr/bin/env bats
# nai-import-arrays.bats - nai-import of npy, npz, safetensors and mat.
# SPDX-License-Identifier: MIT
# Exported again, an array must have the bytes it came with: nai-export writes what numpy.save
# (1.24) writes, so cmp is the judge and NumPy is needed only for what it alone can make.

setup() {
    bats_require_minimum_version 1.5.0
    export PATH="$NAI_BIN:$PATH"
    export DATA="${DATA:-../shared/data}"
    DATA=$(realpath -m "$DATA")
    cd "$BATS_TEST_TMPDIR" || return 1
}

# npy DESCR FORTRAN SHAPE: the header of an array, as numpy writes it; the elements are stdin.
npy() {
    printf '\x93NUMPY\x01\x00\x76\x00'
    printf '%-117s\n' "{'descr': '$1', 'fortran_order': $2, 'shape': $3, }"
    cat
}

# safetensors JSON: its length, padded to a multiple of 8, and itself; the tensors are stdin.
safetensors() {
    local n=$(((${#1} + 7) / 8 * 8))
    printf "\\x$(printf %02x $((n % 256)))\\x$(printf %02x $((n / 256)))\0\0\0\0\0\0%-${n}s" "$1"
    cat
}

# word N...: numbers of 32 bits; little-endian, or big-endian where BIG is set.
word() {
    local n
    for n in "$@"; do
        if [ -n "${BIG-}" ]; then n=$(printf %08x "$n"); else
            n=$(printf %08x "$n" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/')
        fi
        printf "$(sed 's/../\\x&/g' <<<"$n")"
    done
}

# mat5 [COUNT [LENGTH]]: a file of version 5 with A, int32 4x1, 1 to 4. COUNT: elements that its
# dimensions say; LENGTH: bytes that the tag of its values says.
mat5() {
    printf '%-124s' "MATLAB 5.0 MAT-file"
    if [ -n "${BIG-}" ]; then printf '\1\0MI'; else printf '\0\1IM'; fi
    word 14 64
    word 6 8 12 0
    word 5 8 "${1:-4}" 1
    if [ -n "${BIG-}" ]; then printf '\0\1\0\1A\0\0\0'; else printf '\1\0\1\0A\0\0\0'; fi
    word 5 "${2:-16}" 1 2 3 4
}

need_scipy() {
    need_numpy
    /usr/bin/python3 -c 'import scipy.io' 2>/dev/null || skip "/usr/bin/python3 has no SciPy"
}

need_numpy() {
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "/usr/bin/python3 has no NumPy"
}

load ../lib/fails.bash

@test "npy: there and back, from a file, a pipe and gzip" {
    seq 1 30 | tr -d '\n' | head -c 48 | npy '<f4' False '(4, 3)' >x.npy
    nai-import npy x.npy | nai-export npy | cmp - x.npy
    cat x.npy | nai-import npy - | nai-export npy | cmp - x.npy
    gzip -k x.npy
    nai-import npy x.npy.gz | nai-export npy | cmp - x.npy
}

@test "npy: every type keeps its bytes" {
    for t in '<f8' '<f4' '<f2' '<i8' '<i4' '<i2' '|i1' '<u8' '<u4' '<u2' '|u1'; do
        seq 1 1000 | head -c 48 | npy "$t" False "($((48 / ${t:2})),)" >x.npy
        nai-import npy x.npy | nai-export npy | cmp - x.npy
    done
    printf '\0\1\1\0' | npy '|b1' False '(2, 2)' >x.npy
    nai-import npy x.npy | nai-export npy | cmp - x.npy
}

@test "npy: big-endian is swapped, Fortran order is turned, versions 2 and 3 are read" {
    printf '\0\1\0\2\0\3\0\4\0\5\0\6' | npy '>i2' True '(2, 3)' >f.npy
    run -0 bash -c "nai-import npy f.npy | nai-export csv"
    [ "${lines[0]}" = x_0,x_1,x_2 ]
    [ "${lines[1]}" = 1,3,5 ]
    [ "${lines[2]}" = 2,4,6 ]
    cat f.npy | nai-import npy - | nai-export csv | cmp - <(printf '%s\n' "${lines[@]}")
    for v in 2 3; do
        { printf "\x93NUMPY\\x0$v\0\x74\0\0\0"
          tail -c +11 f.npy | head -c 115
          echo
          tail -c 12 f.npy; } >v.npy
        nai-import npy v.npy | nai-export csv | cmp - <(printf '%s\n' "${lines[@]}")
    done
}

@test "npy: several files are a field each; labels become y" {
    printf 'ABCD' | npy '|u1' False '(2, 2)' >left.npy
    printf 'abcdef' | npy '|u1' False '(2, 3)' >right.npy
    printf '\3\0\0\0\0\0\0\0\377\377\377\377\377\377\377\377' | npy '<i8' False '(2, 1)' >lab.npy
    run -0 bash -c "nai-import npy left.npy right.npy --labels lab.npy | nai-export tsv"
    [ "${lines[0]}" = $'left_0\tleft_1\tright_0\tright_1\tright_2\ty' ]
    [ "${lines[1]}" = $'65\t66\t97\t98\t99\t3' ]
    [ "${lines[2]}" = $'67\t68\t100\t101\t102\t-1' ]
    fails 2 "field name 'left'" nai-import npy left.npy left.npy
    printf '\0\0\0\200\0\0\0\0\0\0\0\0\0\0\0\0' | npy '<i8' False '(2,)' >lab.npy
    fails 3 "does not fit i32" bash -c 'nai-import npy left.npy --labels lab.npy -o y.nts'
    [ ! -e y.nts ]
    printf '\0\0\0\0\0\0\0\0\377\377\377\177\377\377\377\377' | npy '<i8' False '(2,)' >lab.npy
    fails 3 "label -2147483649 in row 1" bash -c 'nai-import npy left.npy --labels lab.npy -o y.nts'
    fails 3 "one integer a row" nai-import npy left.npy --labels left.npy
    printf 'abc' | npy '|u1' False '(3,)' >three.npy
    fails 3 "3 rows, but left.npy has 2" nai-import npy left.npy three.npy
}

@test "npy: what is cut short, too long or of another kind is refused" {
    head -c 48 /dev/zero | npy '<f4' False '(4, 3)' >x.npy
    for n in 0 5 9 11 100 127 128 129 175; do
        head -c $n x.npy >cut.npy
        fails 3 cut.npy nai-import npy cut.npy
        run -3 bash -c "head -c $n x.npy | nai-import npy - >/dev/null"
    done
    { cat x.npy; printf 1; } >long.npy
    run -3 --separate-stderr bash -c "nai-import npy long.npy | cat >/dev/null; exit \${PIPESTATUS[0]}"
    [[ $stderr == *"more bytes"* ]]
    for t in '<c8' '|O' '<U4' '|S4' '|V4' '<f16' '<M8[s]'; do
        npy "$t" False '(1,)' </dev/null >t.npy
        fails 3 "dtype '$t' is not supported" nai-import npy t.npy
    done
    npy '<f4' False '()' </dev/null >t.npy
    fails 3 "no rows" nai-import npy t.npy
    npy '<f4' False '(2, 0)' </dev/null >t.npy
    fails 3 "empty" nai-import npy t.npy
    npy '<f4' False '(99999999999, 99999999999, 9)' </dev/null >t.npy
    fails 3 t.npy nai-import npy t.npy
    printf '\0\2' | npy '|b1' False '(2,)' >t.npy
    run -3 --separate-stderr bash -c "nai-import npy t.npy >/dev/null"
    [[ $stderr == *"neither 0 nor 1"* ]]
}

@test "npy: no rows is a stream without rows" {
    npy '<f4' False '(0, 3)' </dev/null >x.npy
    nai-import npy x.npy | nai-export npy | cmp - x.npy
}

@test "npy: a Fortran-ordered array of 80 MB is the C-ordered one, from a file and a pipe" {
    need_numpy
    /usr/bin/python3 - <<'PY'
import numpy as np
x = np.arange(20_000_000, dtype=">i4").reshape(50000, 20, 20)
np.save("f.npy", np.asfortranarray(x))
np.save("c.npy", x.astype("<i4"))
PY
    nai-import npy f.npy | nai-export npy | cmp - c.npy
    cat f.npy | nai-import npy - | nai-export npy | cmp - c.npy
}

@test "npz: stored, deflated and Fortran-ordered members of numpy.savez" {
    need_numpy
    /usr/bin/python3 - <<'PY'
import numpy as np
rng = np.random.default_rng(1)
x = rng.standard_normal((5000, 6, 7))
y = rng.integers(0, 10, 5000).astype("<i8")
f = np.asfortranarray(rng.standard_normal((5000, 9)).astype("f4"))
np.savez("s.npz", x=x, y=y, f=f)
np.savez_compressed("d.npz", x=x, y=y, f=f)
np.savez("other.npz", x=x, w=np.zeros(3), s=np.array(3.0))
PY
    for a in s d; do
        nai-import npz $a.npz | nai-export npz -o out.npz
        /usr/bin/python3 - $a.npz <<'PY'
import sys
import numpy as np
a, b = np.load(sys.argv[1]), np.load("out.npz")
assert a.files == b.files, b.files
for k in a.files:
    assert a[k].dtype == b[k].dtype and a[k].shape == b[k].shape
    assert np.array_equal(a[k], b[k]), k
PY
    done
    fails 3 "x (5000, 6, 7), w (3,), s ()" nai-import npz other.npz
    [ "$(nai-import npz other.npz --select w | nai-export csv | wc -l)" -eq 4 ]
    fails 3 "no array 'v'" nai-import npz other.npz --select w,v
    /usr/bin/python3 - <<'PY'
import io, zipfile
import numpy as np
b = io.BytesIO()
np.save(b, np.zeros(3))
for name, data in ("long", b.getvalue() + b"x"), ("short", b.getvalue()[:-1]):
    with zipfile.ZipFile(name + ".npz", "w") as z:
        z.writestr("x.npy", data)
PY
    run -3 --separate-stderr bash -c "nai-import npz long.npz >/dev/null"
    [[ $stderr == *"long.npz: x: more bytes"* ]]
    run -3 --separate-stderr bash -c "nai-import npz short.npz >/dev/null"
    [[ $stderr == *"short.npz: x: truncated"* ]]
}

@test "npz: a damaged archive is refused" {
    printf '%s' "$(seq 1 2000)" | head -c 4000 | npy '|u1' False '(1000, 4)' >x.npy
    nai-import npy x.npy | nai-export npz -o x.npz
    nai-import npz x.npz | nai-export npy | cmp - x.npy
    size=$(stat -c %s x.npz)
    for n in 0 1 100 $((size / 2)) $((size - 30)) $((size - 1)); do
        head -c $n x.npz >cut.npz
        fails 3 cut.npz nai-import npz cut.npz
    done
    cp x.npz flip.npz
    printf '\377' | dd of=flip.npz bs=1 seek=2000 conv=notrunc status=none
    run -3 --separate-stderr bash -c "nai-import npz flip.npz >/dev/null"
    [[ $stderr == *CRC* ]]
    fails 1 "cannot open" nai-import npz missing.npz
}

@test "safetensors: a model there and back" {
    printf 'abcdefghijklmnop' | safetensors \
        '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,3],"data_offsets":[0,12]},"b":{"dtype":"BF16","shape":[],"data_offsets":[12,14]},"e":{"dtype":"I64","shape":[0],"data_offsets":[14,14]},"u":{"dtype":"U8","shape":[2],"data_offsets":[14,16]}} ' >m.st
    nai-import safetensors m.st | nai-export safetensors | cmp - m.st
    nai-import safetensors - <m.st | nai-export safetensors -o out.st
    cmp out.st m.st
    nai-import safetensors m.st --arch mlp --mean .5 --std .25 | nai-export safetensors >a.st
    grep -q '"arch":"mlp","mean":"\[0.5\]","std":"\[0.25\]"' a.st
}

@test "safetensors: rows" {
    printf 'abcdefABCDEFGHI' | safetensors \
        '{"x":{"dtype":"U8","shape":[3,2],"data_offsets":[0,6]},"z":{"dtype":"I8","shape":[3,3],"data_offsets":[6,15]}}' >r.st
    run -0 bash -c "nai-import safetensors r.st --as-rows | nai-export csv"
    [ "${lines[0]}" = x_0,x_1,z_0,z_1,z_2 ]
    [ "${lines[3]}" = 101,102,71,72,73 ]
    fails 2 "plain file" bash -c "cat r.st | nai-import safetensors - --as-rows"
}

@test "safetensors: every departure from the format is refused" {
    t='"dtype":"U8","shape":[4]'
    cases=0
    while IFS= read -r -u 9 json; do
        printf 'abcd' | safetensors "$json" >b.st
        fails 3 b.st nai-import safetensors b.st
        cases=$((cases + 1))
    done 9<<EOF
{"a":{$t,"data_offsets":[0,4]},"a":{$t,"data_offsets":[0,4]}}
{"a":{$t,"data_offsets":[0,3]}}
{"a":{$t,"data_offsets":[0,5]}}
{"a":{$t,"data_offsets":[1,5]}}
{"a":{$t,"data_offsets":[4,0]}}
{"a":{$t,"data_offsets":[0,4]},"b":{$t,"data_offsets":[0,4]}}
{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}
{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}
{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}
{"a":{"dtype":"U8","shape":4,"data_offsets":[0,4]}}
{"a":{"dtype":"u8","shape":[4],"data_offsets":[0,4]}}
{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}
{"a":{"dtype":"BOOL","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}
{"a":{$t,"data_offsets":[0,4],"x":1}}
{"a":{$t}}
{"a":[]}
{"__metadata__":{"n":1},"a":{$t,"data_offsets":[0,4]}}
["a"]
{"a":{$t,"data_offsets":[0,4]}} x
EOF
    [ "$cases" -eq 19 ]
    printf 'abcd' | safetensors '{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}' >b.st
    fails 3 "dtype F8_E4M3 is not supported" nai-import safetensors b.st
    printf '\0\0\0\0\0\0\0\1{}' >b.st
    fails 3 "100 MiB is the limit" nai-import safetensors b.st
    printf 'abcd' | safetensors "{\"a\":{$t,\"data_offsets\":[0,4]}}" >g.st
    nai-import safetensors g.st >/dev/null
    for n in 0 7 8 30 $(($(stat -c %s g.st) - 1)); do
        head -c "$n" g.st >b.st
        fails 3 b.st nai-import safetensors b.st
        run -3 bash -c "nai-import safetensors - <b.st | cat >/dev/null; exit \${PIPESTATUS[0]}"
    done
    fails 2 "give its --arch" nai-import safetensors g.st --mean 1
    fails 2 "positive" nai-import safetensors g.st --arch a --std 0,1,1
    fails 2 "different lengths" nai-import safetensors g.st --arch a --mean 0,0 --std 1,1,1
}

@test "safetensors: a published network" {
    f=$DATA/weights/resnet20-cifar10.safetensors
    [ -e "$f" ] || skip "no $f"
    nai-import safetensors "$f" | nai-export safetensors | cmp - "$f"
}

@test "mat: options and what is missing" {
    need_numpy
    /usr/bin/python3 -c 'import scipy.io' 2>/dev/null || skip "/usr/bin/python3 has no SciPy"
    /usr/bin/python3 - <<'PY'
import numpy as np
from scipy.io import savemat
x = np.arange(24.0).reshape(2, 3, 4)
s = {"a": {"b": np.int16([[1, 2], [3, 4]])}, "names": np.array(["p", "qr"], dtype=object)}
savemat("t.mat", {"x": x, "s": s, "sp": "text"}, do_compression=True)
np.save("want.npy", np.ascontiguousarray(x.transpose(2, 0, 1)).reshape(8, 3))
np.save("b.npy", np.int16([[1, 2], [3, 4]]))
PY
    nai-import mat t.mat --var x --rows 3,1 | nai-export npy | cmp - want.npy
    nai-import mat t.mat --var s.a.b | nai-export npy | cmp - b.npy
    fails 2 "it has x (double 2x3x4), s (struct 1x1), sp (char 1x4)" nai-import mat t.mat --var y
    fails 2 "it has a (struct 1x1), names (cell" nai-import mat t.mat --var s.c
    fails 3 "class char" nai-import mat t.mat --var sp
    fails 3 "not a MATLAB file" nai-import mat want.npy --var x
    fails 1 "cannot open: No such file" nai-import mat none.mat --var x
}

@test "mat: the halves of a recording, against h5py and NumPy" {
    # h5py 3.7.0 and NumPy 1.24.2: nanmeans over the odd and even present repeats, summed
    f=$DATA/neural/macaque-v1-a.mat
    [ -e "$f" ] || skip "no $f"
    run -0 bash -c "nai-import mat '$f' --var naturalStruct.sortedResponses --rows 4,3,2,1 --halves 6 | nai-export tsv"
    [ "${#lines[@]}" -eq 661 ]
    [ "$(printf '%s\n' "${lines[@]}" | grep -c nan)" -eq 176 ]
    [ "$(cut -f 1,3,17,18,19 <<<"${lines[1]}")" = \
        "$(printf '0.08\t0.08\t0.08\t0.4\t0.08333333333333333')" ]
    printf '%s\n' "${lines[@]:1}" | grep -v nan | awk '
        { for (i = 1; i <= 16; i++) { a += $i; b += $(i + 16) } }
        END { exit !(a > 7008.71464640 && a < 7008.71464642 && b > 7058.69651379 && b < 7058.69651381) }'
}

@test "mat: images and dissimilarities of a v5 file, against SciPy" {
    f=$DATA/neural/kriegeskorte-92.mat
    [ -e "$f" ] || skip "no $f"
    need_numpy
    /usr/bin/python3 -c 'import scipy.io' 2>/dev/null || skip "/usr/bin/python3 has no SciPy"
    /usr/bin/python3 - "$f" <<'PY'
import sys
import numpy as np
from scipy.io import loadmat
m = loadmat(sys.argv[1])
np.save("x.npy", np.stack([s["image"].transpose(2, 0, 1) for s in m["stimuli_92objs"][0]]))
np.save("r.npy", m["RDMs_mIT_hIT_fig1"][0, 1]["RDM"].reshape(-1))
PY
    nai-import mat "$f" --var 'stimuli_92objs(:).image' --order 4,2,3 | nai-export npy | cmp - x.npy
    nai-import mat "$f" --var 'RDMs_mIT_hIT_fig1(2).RDM' --rows 2 | nai-export npy | cmp - r.npy
}

@test "mat: version 5, cut short anywhere or at odds with itself" {
    for BIG in '' 1; do
        mat5 >a.mat
        [ "$(nai-import mat a.mat --var A | nai-export csv)" = "$(printf 'x\n1\n2\n3\n4')" ]
        size=$(stat -c %s a.mat)
        for n in 0 1 127 129 132 135 136 150 160 175 176 183 184 191 192 $((size - 1)); do
            head -c "$n" a.mat >cut.mat
            fails 3 cut.mat nai-import mat cut.mat --var A
        done
        { cat a.mat; printf '\0\0\0'; } >long.mat # a file that ends inside a tag
        fails 3 "long.mat: truncated" nai-import mat long.mat --var A
        { cat a.mat; word 14 8; } >long.mat
        fails 3 "the variable at byte 200 needs 216 bytes, the file has 208" \
            nai-import mat long.mat --var A
        { cat a.mat; word 99 0; } >odd.mat
        fails 3 "neither a variable nor" nai-import mat odd.mat --var A
        mat5 5 >odd.mat
        fails 3 "odd.mat: damaged: the variable at byte 128: its dimensions" \
            nai-import mat odd.mat --var A
        mat5 4 12 >odd.mat
        fails 3 "its dimensions and the length of its values differ" nai-import mat odd.mat --var A
        mat5 4 24 >odd.mat
        fails 3 "an element is longer than what holds it" nai-import mat odd.mat --var A
        head -c 128 a.mat >none.mat
        fails 2 "it has none" nai-import mat none.mat --var A
    done
}

@test "mat: version 4, cut short" {
    { word 20 3 1 0 2 && printf 'A\0' && word 7 8 9; } >a.mat
    [ "$(nai-import mat a.mat --var A | nai-export csv)" = "$(printf 'x\n7\n8\n9')" ]
    for n in 30 33; do
        head -c "$n" a.mat >cut.mat
        fails 3 "cut.mat: truncated: the variable at byte 0 needs 34 bytes" \
            nai-import mat cut.mat --var A
    done
    { cat a.mat; word 20 3; } >long.mat
    fails 3 "long.mat: truncated" nai-import mat long.mat --var A
}

@test "mat: what SciPy wrote, cut short or with a bit flipped, is never other data" {
    need_scipy
    /usr/bin/python3 - <<'PY'
import numpy as np
from scipy.io import savemat
rng = np.random.default_rng(1)
s = {"a": np.int16([[1, 2], [3, 4]]), "b": np.array(["p", "qr"], dtype=object)}
for name, packed in ("plain", False), ("packed", True):
    m = {"s": s, "A": rng.random((600, 4))}
    savemat(name + ".mat", m, do_compression=packed)
d = open("packed.mat", "rb").read()
for i in range(128, len(d), len(d) // 60):
    e = bytearray(d)
    e[i] ^= 1 << i % 8
    open("flip%d.mat" % i, "wb").write(e)
for i in range(len(d) - 4, len(d)): # the checksum
    e = bytearray(d)
    e[i] ^= 1
    open("flip%d.mat" % i, "wb").write(e)
PY
    for f in plain packed; do
        nai-import mat $f.mat --var A | nai-export npy >$f.npy
        nai-import mat $f.mat --var s.a | nai-export csv | cmp - <(printf 'x_0,x_1\n1,2\n3,4\n')
        size=$(stat -c %s $f.mat)
        for n in 130 300 5000 $((size / 2)) $((size - 9)) $((size - 1)); do
            head -c "$n" $f.mat >cut.mat
            fails 3 "cut.mat: truncated" nai-import mat cut.mat --var A
            fails 3 "cut.mat: truncated" nai-import mat cut.mat --var s.a
        done
    done
    flips=0
    for f in flip*.mat; do
        fails 3 "$f: " nai-import mat "$f" --var A
        flips=$((flips + 1))
    done
    [ "$flips" -ge 60 ]
}
