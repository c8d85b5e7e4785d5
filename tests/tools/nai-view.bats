#!/usr/bin/env bats
# nai-view.bats - what only nai-view does
# SPDX-License-Identifier: MIT
# Needs NAI_BIN, the folder of the tools.

setup() {
    bats_require_minimum_version 1.5.0
    PATH=$NAI_BIN:$PATH
    cd "$BATS_TEST_TMPDIR"
    printf 'a,b,y\n1,-2.5,3\nnan,8,4\n4,0.5,3\n' | nai-import csv --label y -o in.nts
}

json() { nai-view --json "$@" | jq -c "$filter"; }

@test "text: name, sections, fields, meta, history, digest" {
    digest=$(nai-view --json in.nts | jq -r .digest)
    x=$(nai-view --json in.nts | jq -r '.sections[0].fields[0].digest')
    y=$(nai-view --json in.nts | jq -r '.sections[0].fields[1].digest')
    id=$(nai-view --json in.nts | jq -r '.history[0].id')
    version=$(nai-view --version | sed -n '1s/nai-view //p')
    nai-cat --level 0 in.nts -o stored.nts # nothing filtered
    nai-cat in.nts | nai-view >got
    cat >want <<END
<stdin>: dataset, 3 records, SIZE read
  rows  3 rows
    x  f64 [2]  $x
    y  i32  $y
meta
  columns  ["a","b"]
history
  $id  nai-import --label=y csv  ($version)
  ID  nai-cat in.nts  ($version, from ${id:0:8})
digest
  $digest
END
    sed -E '1s/[0-9.]+ (Ki)?B read/SIZE read/; s/^  [0-9a-f]{16}(  nai-cat)/  ID\1/' got |
        diff - want
}

@test "digests are those of XXH64 over the columns" {
    python3 - "$BATS_TEST_DIRNAME/../nts_reader.py" >want <<'END'
import importlib.util, struct, sys
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("nts_reader", sys.argv[1])
reader = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reader)
x = reader.xxh64(struct.pack("<2d", 1, -2.5) + bytes.fromhex("000000000000f87f") +
                 struct.pack("<3d", 8, 4, 0.5))
y = reader.xxh64(struct.pack("<3i", 3, 4, 3))
lines = "rows\tx\tf64\t2\t3\t%016x\nrows\ty\ti32\t\t3\t%016x\n" % (x, y)
for h in x, y, reader.xxh64(lines.encode()):
    print("xxh64:%016x" % h)
END
    nai-view --json in.nts | jq -r '.sections[0].fields[].digest, .digest' | diff - want
}

@test "--stats: least, largest, mean, NaN" {
    filter='.sections[0].fields[0].stats'
    [ "$(json --stats in.nts)" = '{"min":-2.5,"max":8,"mean":2.2,"nan":1,"count":6}' ]
    filter='.sections[0].fields[1].stats'
    [ "$(json --stats in.nts)" = \
        '{"min":3,"max":4,"mean":3.3333333333333335,"nan":0,"count":3}' ]
    nai-view --stats in.nts | grep -qx '      min -2.5  max 8  mean 2.2  NaN 1'
    nai-view --stats in.nts | grep -qx '      min 3  max 4  mean 3.33333333  NaN 0'
}

@test "--stats over many records: 1 to 100000" {
    { echo v,w; seq 1 100000 | awk '{ print $1 "," (-$1) }'; } | nai-import csv -o long.nts
    nai-view --json --stats long.nts | jq '.records > 4' | grep -qx true
    filter='.sections[0].fields[0].stats'
    [ "$(json --stats long.nts)" = '{"min":-100000,"max":100000,"mean":0,"nan":0,"count":200000}' ]
}

@test "--stats of every dtype, by closed form" {
    python3 - <<'END'
import json, struct
kinds = {"F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i", "I16": "h", "I8": "b",
         "U8": "B", "BOOL": "?", "BF16": None}
head, data = {}, b""
for name, code in kinds.items():
    raw = (struct.pack("<4" + code, 0, 1, 1, 0) if code else
           b"".join(struct.pack("<f", v)[2:] for v in (0, 1, 1, 0)))
    head[name.lower()] = {"dtype": name, "shape": [4],
                          "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(head).encode()
text += b" " * (-len(text) % 8)
open("t.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)
END
    nai-import safetensors t.safetensors -o t.nts
    filter='[.sections[] | {name, dtype: .fields[0].dtype, s: .fields[0].stats}] |
        [length, all(.[]; .name == .dtype), ([.[].s] | unique)]'
    [ "$(json --stats t.nts)" = '[10,true,[{"min":0,"max":1,"mean":0.5,"nan":0,"count":4}]]' ]
}

@test "--stats of nothing and of NaN alone" {
    printf 'a,b\nnan,nan\n' | nai-import csv -o nan.nts
    filter='.sections[0].fields[0].stats'
    [ "$(json --stats nan.nts)" = '{"min":null,"max":null,"mean":null,"nan":2,"count":2}' ]
    nai-cat --slice 5: in.nts -o none.nts
    [ "$(json --stats none.nts)" = '{"min":null,"max":null,"mean":null,"nan":0,"count":0}' ]
    run -0 nai-view --stats none.nts
    [[ $output == *"rows  0 rows"* ]]
    [[ $output != *"min 0"* ]]
}

@test "--head: the first rows, numbers that JSON lacks as words" {
    filter='.sections[0].head'
    [ "$(json --head 2 in.nts)" = '[{"x":[1,-2.5],"y":3},{"x":["nan",8],"y":4}]' ]
    [ "$(json --head 50 in.nts | jq length)" -eq 3 ]
    nai-view --head 1 in.nts >got
    grep -qx '    0  {"x":\[1.0,-2.5\],"y":3}' got
    if grep -q '^    1  ' got; then false; fi
    printf 'a\ninf\n-inf\n' | nai-import csv --header yes -o inf.nts || skip "no infinities in CSV"
    [ "$(json --head 2 inf.nts)" = '[{"x":["inf"]},{"x":["-inf"]}]' ]
}

@test "--json parses, one object a stream, strictly" {
    nai-cov in.nts --nan skip-row -q -o m.nts
    nai-view --json --stats --head 2 in.nts m.nts in.nts >out
    [ "$(wc -l <out)" -eq 3 ]
    while read -r line; do
        python3 -c 'import json, sys
def no(x): raise SystemExit("not JSON: " + x)
def once(pairs):
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)
json.loads(sys.argv[1], parse_constant=no, object_pairs_hook=once)' "$line"
    done <out
    [ "$(jq -r .file out | tr '\n' ' ')" = "in.nts m.nts in.nts " ]
    [ "$(jq -c '[.kind, .records > 2, .bytes]' out | head -n 1)" = \
        "[\"dataset\",true,$(stat -c %s in.nts)]" ]
    [ "$(jq -c .meta out | head -n 1)" = '{"columns":["a","b"]}' ]
}

@test "names with quotes, tabs in meta and other scripts" {
    printf '"a ""q""",é,y\n1,2,0\n' | nai-import csv --label y -o odd.nts
    filter='.meta.columns'
    [ "$(json odd.nts)" = '["a \"q\"","é"]' ]
    nai-view odd.nts | grep -qF '  columns  ["a \"q\"","é"]'
}

@test "--check: silent, and the status says" {
    run -0 --separate-stderr nai-view --check in.nts
    [ -z "$output$stderr" ]
    head -c 500 in.nts >cut.nts
    run -3 --separate-stderr nai-view --check cut.nts
    [ -z "$output" ]
    [[ $stderr == "nai-view: cut.nts: truncated after record "* ]]
    run -3 nai-view --check in.nts cut.nts
    run -3 nai-view --check cut.nts in.nts
    run -1 nai-view --check none.nts
    run -0 nai-view --check in.nts in.nts
}

@test "every bit that is flipped is noticed" {
    size=$(stat -c %s in.nts)
    end=$((size - 8 - 12 * 4 - 9)) # the seek table may say what it likes
    want=$(nai-view --json in.nts | jq -r .digest)
    python3 - $end <<'END'
import sys
data = open("in.nts", "rb").read()
for at in range(0, int(sys.argv[1]), 7):
    flipped = bytearray(data)
    flipped[at] ^= 1 << at % 8
    open("flip.%d" % at, "wb").write(flipped)
END
    for f in flip.*; do
        code=0
        got=$(nai-view --json $f 2>err | jq -r .digest) || true
        [ -z "$got" ] || [ "$got" = "$want" ] || { echo "$f: $got"; false; }
        [ -n "$got" ] || [ "$(wc -l <err)" -eq 1 ]
    done
    # None passes, as it happens; one in a frame header may, if it changes nothing that is read.
    passed=0
    for f in flip.*; do nai-view --check $f 2>/dev/null && passed=$((passed + 1)); done
    [ $passed -eq 0 ] || { echo "$passed passed"; false; }
}

@test "several FILEs: nothing is printed unless all are whole" {
    nai-view in.nts in.nts | grep -c '^in.nts: dataset' | grep -qx 2
    head -c 500 in.nts >cut.nts
    run -3 --separate-stderr nai-view in.nts cut.nts
    [ -z "$output" ]
}

@test "models: tensors by their shapes, one report a checkpoint" {
    python3 - <<'END'
import json, struct
head = {"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "s": {"dtype": "F32", "shape": [], "data_offsets": [24, 28]}}
text = json.dumps(head).encode()
text += b" " * (-len(text) % 8)
text = struct.pack("<Q", len(text)) + text
open("m.safetensors", "wb").write(text + struct.pack("<7f", *range(7)))
END
    nai-import safetensors m.safetensors -o m.nts
    nai-view m.nts | grep -qE '^  w \[2,3\] +f32  '
    filter='[.sections[] | [.name, .tensor, .rows]]'
    [ "$(json m.nts | jq -c sort)" = '[["s",[],1],["w",[2,3],6]]' ]
    [ "$(cat m.nts m.nts | nai-view | grep -c ': model, ')" -eq 2 ]
}

@test "-v says nothing that spoils JSON" {
    nai-view -v --json in.nts 2>/dev/null | jq -e .digest
}
