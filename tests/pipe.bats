#!/usr/bin/env bats
# pipe.bats - streams across processes: failures, joins, other programs in between, identity
# SPDX-License-Identifier: MIT
# Needs NAI_BIN, the folder of the tools.

setup_file() {
    export PATH=$NAI_BIN:$PATH
    cd "$BATS_FILE_TMPDIR"
    awk -v seed=3 -v rows=200 -v dim=30 -f "$BATS_TEST_DIRNAME/table.awk" >table.csv
    nai-import csv --label kind table.csv -o feats.nts
    nai-cat feats.nts feats.nts feats.nts feats.nts feats.nts -o five.nts
    nai-cat five.nts five.nts five.nts five.nts five.nts -o long.nts # 5000 rows, two records
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_TEST_TMPDIR"
    cp "$BATS_FILE_TMPDIR"/{feats,long}.nts .
    reader=$BATS_TEST_DIRNAME/nts_reader.py
}

digest() { nai-view --json "$@" | jq -r .digest; }

# until_written PID BYTES - wait until that process has written so many, 10 s at most.
until_written() {
    for i in $(seq 200); do
        [ "$(awk '/^wchar/ { print $2 }' "/proc/$1/io")" -lt "$2" ] || return 0
        sleep 0.05
    done
    return 1
}

# killed - a pipeline whose first nai-cat is killed after it has passed on a record; its status.
killed() {
    mkfifo in
    (cat long.nts; sleep 20 & echo $! >sleeper; wait) >in &
    bash $1 -c 'sh -c "echo \$\$ >pid; exec nai-cat - - <in" | nai-cat |
        nai-cov 2>cov.err | nai-eig 2>eig.err | nai-alpha' >out 2>err &
    last=$!
    while [ ! -s pid ]; do sleep 0.05; done
    until_written "$(cat pid)" 1000000
    kill -KILL "$(cat pid)"
    code=0
    wait $last || code=$?
    kill "$(cat sleeper)"
    rm in
    [ ! -s out ]
    grep -q '^nai-cov: <stdin>: upstream nai-cat failed: <stdin>: truncated after record' cov.err
    return $code
}

@test "joined streams: nothing of them is lost in a view or an export" {
    cd "$BATS_TEST_TMPDIR"
    printf 'a,b\n1,2\n3,4\n' >t.csv
    "$NAI_BIN/nai-import" csv t.csv -o a.nts
    printf '\x93NUMPY\x01\x00\x76\x00' >t.npy
    printf '%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2), }" >>t.npy
    printf '\001\002\003\004\005\006' >>t.npy
    "$NAI_BIN/nai-import" npy t.npy -o a.nts # a stream that says how many rows it has
    "$NAI_BIN/nai-cat" a.nts a.nts -o both.nts
    for kind in npy npz safetensors csv; do
        "$NAI_BIN/nai-export" $kind both.nts >want
        cat a.nts a.nts | "$NAI_BIN/nai-export" $kind >got
        cmp want got
        cat a.nts a.nts | "$NAI_BIN/nai-export" $kind -o got
        cmp want got
    done
    for j in 1 3; do
        cat a.nts a.nts | "$NAI_BIN/nai-view" -j $j --json | jq -c '[.sections[].rows, .digest]' >got
        "$NAI_BIN/nai-view" --json both.nts | jq -c '[.sections[].rows, .digest]' | cmp - got
    done
}

@test "a closed stderr: no message ends up in the output" {
    cd "$BATS_TEST_TMPDIR"
    printf 'a,b\n1,2\n3,4\n' >t.csv
    "$NAI_BIN/nai-import" csv t.csv -o a.nts
    "$NAI_BIN/nai-cat" -v -o b.nts a.nts 2>&-
    "$NAI_BIN/nai-view" --check b.nts
}

@test "a stage killed in mid-pipe makes the last stage exit 3" {
    run -3 killed
}

@test "a stage killed in mid-pipe makes a pipeline with pipefail exit 3" {
    run -3 killed "-o pipefail"
}

@test "what went wrong upstream arrives at every stage after it" {
    head -c 20000 feats.nts >cut.nts
    run -0 bash -c 'nai-cat cut.nts 2>err1 | nai-cat 2>err2 | nai-cat 2>err3 | nai-cov 2>err4 |
        nai-eig 2>err5 | nai-alpha >out 2>err6; echo ${PIPESTATUS[*]}'
    [ "$output" = "3 3 3 3 3 3" ]
    why='cut.nts: truncated after record '
    by='<stdin>: upstream nai-cat failed: '
    grep -q "^nai-cat: $why" err1
    grep -q "^nai-cat: $by$why" err2
    grep -q "^nai-cat: $by$by$why" err3
    grep -q "^nai-cov: $by$by$by$why" err4
    grep -q "^nai-eig: <stdin>: " err5
    grep -q "^nai-alpha: <stdin>: " err6
    for f in err?; do [ "$(wc -l <$f)" -eq 1 ]; done
    [ ! -s out ]
}

@test "an error of usage upstream fails the stages after it too" {
    run -3 --separate-stderr bash -c \
        'nai-cat --select none feats.nts | nai-cov | nai-eig | nai-view'
    [ -z "$output" ]
    [[ $stderr == *"nai-view: <stdin>: "* ]]
}

@test "a producer that says nothing at all is no empty stream" {
    run -3 --separate-stderr bash -c 'true | nai-view'
    [ "$stderr" = "nai-view: <stdin>: empty or cut short before its first record" ]
}

@test "every prefix is refused" {
    size=$(stat -c %s feats.nts)
    end=$((size - 8 - 12 * 4 - 9)) # before the seek table of HEAD, ROWS, indx, DONE
    [ "$(head -c $((end + 4)) feats.nts | tail -c 4 | od -An -tx1)" = " 5e 2a 4d 18" ]
    for n in 1 3 4 5 12 13 14 76 77 78 $(seq 200 1777 $end) $((end - 1)) $((end + 3)) \
        $((size - 1)); do
        head -c $n feats.nts >prefix
        run -3 --separate-stderr nai-view prefix
        [ -z "$output" ] || { echo "$n bytes of $size"; false; }
    done
    head -c $end feats.nts | nai-view --check # all but the seek table, which is optional
}

@test "cat a b is a stream: the rows of a, then those of b" {
    nai-cat --slice :70 feats.nts -o a.nts
    nai-cat --slice 70: feats.nts -o b.nts
    cat a.nts b.nts >ab.nts
    [ "$(nai-cat ab.nts | digest)" = "$(digest feats.nts)" ]
    [ "$(nai-cat a.nts b.nts | digest)" = "$(digest feats.nts)" ]
    [ "$(cat a.nts b.nts | nai-cat | digest)" = "$(digest feats.nts)" ]
    nai-view --head 200 --json ab.nts | jq -c '.sections[0].head' |
        cmp - <(nai-view --head 200 --json feats.nts | jq -c '.sections[0].head')
    cat feats.nts feats.nts feats.nts >thrice.nts # whose headers say how many rows they have
    [ "$(nai-cat thrice.nts | digest)" = "$(nai-cat feats.nts feats.nts feats.nts | digest)" ]
    nai-cov thrice.nts | nai-eig | nai-view --check
}

@test "cat of frames and bare records, either first" {
    nai-cat --slice :70 feats.nts -o a.nts
    nai-cat --slice 70: feats.nts -o b.nts
    for j in 1 2; do
        cat <(zstd -dcq a.nts) b.nts | nai-cat -j $j -o mixed.nts
        [ "$(digest mixed.nts)" = "$(digest feats.nts)" ]
        cat a.nts <(zstd -dcq b.nts) | nai-cat -j $j -o mixed.nts
        [ "$(digest mixed.nts)" = "$(digest feats.nts)" ]
    done
}

@test "joined streams count as two inputs, and both are in the closing record" {
    nai-cat --slice :70 feats.nts -o a.nts
    nai-cat --slice 70: feats.nts -o b.nts
    cat a.nts b.nts | nai-cat -o out.nts
    nai-view --json out.nts >view.json
    diff <(jq -r '.inputs[].digest' view.json) <(digest a.nts; digest b.nts)
    diff <(jq -r '.inputs[].history' view.json) \
        <(for f in a.nts b.nts; do nai-view --json $f | jq -r '.history[-1].id'; done)
}

@test "cat of streams that do not fit together is refused" {
    nai-cov feats.nts -o moments.nts
    nai-cat --select x feats.nts -o x.nts
    for other in moments.nts x.nts; do
        cat feats.nts $other >both.nts
        run -3 --separate-stderr nai-view both.nts
        [[ $stderr == "nai-view: both.nts: schema mismatch in joined streams: "* ]]
    done
    cat feats.nts <(echo text) >both.nts
    run -3 nai-view both.nts
}

@test "zstd -d gives a bare stream, zstd -19 another envelope: the same digest" {
    want=$(digest feats.nts)
    zstd -dcq feats.nts >bare
    [ "$(head -c 4 bare | od -An -tx1)" = " 89 4e 54 53" ]
    [ "$(digest bare)" = "$want" ]
    [ "$(nai-view --json <bare | jq -r .digest)" = "$want" ]
    zstd -q -19 bare -o one-frame
    [ "$(digest one-frame)" = "$want" ]
    zstd -q --no-check -B1000 -T1 bare -o unchecked
    [ "$(digest unchecked)" = "$want" ]
    split -b 7001 bare piece.
    for p in piece.*; do zstd -cq $p; done >pieces # frames that end in the middle of records
    [ "$(digest pieces)" = "$want" ]
    head -c 20000 bare | zstd -cq >cut
    run -3 nai-view cut
}

@test "skippable frames and a seek table that is wrong, or absent, change nothing" {
    want=$(digest feats.nts)
    size=$(stat -c %s feats.nts)
    end=$((size - 8 - 12 * 4 - 9))
    skip() { printf '\x5'$1'\x2a\x4d\x18\x04\0\0\0abcd'; }
    (skip 0; skip f; cat feats.nts; skip 3) >skips
    [ "$(digest skips)" = "$want" ]
    (head -c $((end + 8)) feats.nts; head -c 57 /dev/zero) >wrong
    [ "$(digest wrong)" = "$want" ]
    (head -c $end feats.nts; skip e) >short
    [ "$(digest short)" = "$want" ]
    (skip 0; head -c 20000 feats.nts; skip 3) >cut
    run -3 nai-view cut
    (cat feats.nts; printf '\x50\x2a\x4d\x18\xff\xff\xff\xff'; echo few) >lie # 4 GiB to skip: no
    run -3 timeout 10 nai-view lie
    python3 "$reader" skips
}

@test "history: a chain of runs, each with the digest of what it read" {
    nai-cat --fraction 0.9 -s 5 -j 2 feats.nts | nai-cov --ddof 1 | nai-eig -o e.nts -q --level 3
    nai-view --json e.nts >view.json
    [ "$(jq -c '[.history[].tool]' view.json)" = '["nai-import","nai-cat","nai-cov","nai-eig"]' ]
    [ "$(jq -c '[.history[0:3][].id] == [.history[1:4][].parents[0]]' view.json)" = true ]
    [ "$(jq -c '[.history[].parents | length]' view.json)" = '[0,1,1,1]' ]
    [ "$(jq -c '[.history[].id] | unique | length' view.json)" = 4 ]
    [ "$(jq -c '[.history[1].argv, .history[1].seed]' view.json)" = \
        '[["nai-cat","--fraction=0.9","--seed=5","feats.nts"],5]' ] # -j decides nothing
    [ "$(jq -c '.history[2].argv' view.json)" = '["nai-cov","--ddof=1"]' ]
    [ "$(jq -c '.history[3].argv' view.json)" = '["nai-eig"]' ]
    moments=$(nai-cat --fraction 0.9 -s 5 feats.nts | nai-cov --ddof 1 | digest)
    [ "$(jq -c '[.inputs[].digest]' view.json)" = "[\"$moments\"]" ]
    [ "$(jq -r '.inputs[0].history == .history[2].id' view.json)" = true ]
}

@test "history: a merge has all its parents" {
    for i in 1 2 3; do nai-cat --shard $i/3 feats.nts | nai-cov -o p$i.nts; done
    nai-cov --merge p1.nts p2.nts p3.nts | nai-view --json >view.json
    [ "$(jq -c '.history | length' view.json)" = 8 ] # 1 import, 3 cats, 3 covs, the merge
    [ "$(jq -c '.history[-1].parents | length' view.json)" = 3 ]
    [ "$(jq -c '(.history[-1].parents - [.history[].id]) | length' view.json)" = 0 ]
    [ "$(jq -c '.inputs | length' view.json)" = 3 ]
}

@test "history ids: the hash of the entry in canonical JSON" {
    python3 - "$BATS_TEST_DIRNAME" feats.nts <<'END'
import importlib.util, json, subprocess, sys
spec = importlib.util.spec_from_file_location("nts_reader", sys.argv[1] + "/nts_reader.py")
reader = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
spec.loader.exec_module(reader)
entry = json.loads(subprocess.check_output(["nai-view", "--json", sys.argv[2]]))["history"][0]
said = entry.pop("id")
text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
assert "%016x" % reader.xxh64(text) == said
END
}

@test "--provenance full, basename, none" {
    mkdir folder
    cp feats.nts folder
    argv() {
        nai-cat --provenance $1 folder/feats.nts | nai-view --json | jq -c '.history[-1].argv'
    }
    [ "$(argv full)" = '["nai-cat","folder/feats.nts"]' ]
    [ "$(argv basename)" = '["nai-cat","feats.nts"]' ]
    [ "$(argv none)" = '[]' ]
    [ "$(nai-cat --provenance none feats.nts | digest)" = "$(digest feats.nts)" ]
}

@test "names that are not UTF-8 or hold control characters stay one line" {
    cp feats.nts $'b\xe9\tta.nts'
    nai-cat $'b\xe9\tta.nts' | nai-view --json | jq -e '.history[-1].argv[1] == "b\ufffd\tta.nts"'
    head -c 300 feats.nts >$'new\nline'
    run -3 --separate-stderr nai-view $'new\nline'
    [ "$(printf '%s\n' "$stderr" | wc -l)" -eq 1 ]
}

@test "the same digests for -j 1, 2, 4, levels and pipes" {
    for j in 1 2 4; do
        nai-cat --level 5 -j $j long.nts >l$j
        nai-cov -j $j --provenance none l$j -o m$j
        nai-eig -j $j --provenance none m$j -o e$j
    done
    for j in 2 4; do
        cmp m1 m$j
        cmp e1 e$j
        cmp l1 l$j
    done
    want=$(digest long.nts)
    for level in 0 1 9 19; do
        [ "$(nai-cat --level $level feats.nts | digest)" = "$(digest feats.nts)" ]
        nai-cat --level $level feats.nts -o file.nts
        [ "$(digest file.nts)" = "$(digest feats.nts)" ]
    done
    [ "$(nai-cat long.nts | nai-cat | digest)" = "$want" ]
}

@test "the same results however the rows are cut into records" {
    want=$(nai-cov long.nts | digest)
    for cut in "0:1 1:2 2:" "0:777 777:2500 2500:4999 4999:" "0:5000"; do
        for slice in $cut; do nai-cat --slice $slice long.nts; done >sliced
        [ "$(nai-cov sliced | digest)" = "$want" ]
        [ "$(nai-cat sliced | digest)" = "$(digest long.nts)" ]
    done
    nai-cov sliced | nai-eig | nai-alpha -q >a
    nai-cov long.nts | nai-eig | nai-alpha -q | cmp - a
}

@test "FIFOs and tee" {
    mkfifo f
    nai-cat feats.nts -o f &
    [ "$(digest f)" = "$(digest feats.nts)" ]
    wait $!
    nai-cat feats.nts | tee copy.nts | nai-cov | tee moments.nts | nai-eig -o e.nts
    [ "$(digest copy.nts)" = "$(digest feats.nts)" ]
    nai-view --check moments.nts e.nts
}

@test "an input that ends early for a reader's sake: quiet" {
    run -0 --separate-stderr bash -c 'nai-cat long.nts | head -c 10 | wc -c'
    [ "$output" = 10 ]
    [ -z "$stderr" ]
}

# second_opinion FILE... - the independent reader and nai-view agree about it.
second_opinion() {
    for f in "$@"; do
        python3 "$reader" --envelope "$f" >opinion.json
        [ "$(jq -r .digest opinion.json)" = "$(digest "$f")" ]
    done
}

@test "an independent reader accepts what every path of the writer makes" {
    nai-cat --slice :50 feats.nts -o few.nts
    for level in 0 1 19; do
        nai-cat --level $level few.nts -o file$level.nts
        nai-cat --level $level few.nts | cat >pipe$level.nts
        second_opinion file$level.nts pipe$level.nts
        python3 "$reader" file$level.nts | jq -r .level >>levels
    done
    [ "$(tr '\n' ' ' <levels)" = "stored zstd zstd " ]
    nai-cov few.nts | cat >moments.nts
    nai-cov few.nts | nai-eig --vectors -o spectrum.nts
    nai-cov --by y few.nts -o classes.nts
    nai-cat --slice :0 few.nts -o none.nts # no rows at all
    second_opinion moments.nts spectrum.nts classes.nts none.nts
}

@test "an independent reader accepts models, one and several" {
    python3 - <<'END'
import json, struct
tensors = {"a.weight": [2, 3], "a.bias": [2], "scalar": []}
head, at = {}, 0
for name, shape in tensors.items():
    n = 4 * (shape[0] if shape else 1) * (shape[1] if len(shape) > 1 else 1)
    head[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + n]}
    at += n
text = json.dumps(head).encode()
text += b" " * (-len(text) % 8)
data = struct.pack("<%df" % (at // 4), *range(at // 4))
open("m.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)
END
    nai-import safetensors m.safetensors -o m.nts
    nai-import safetensors m.safetensors | cat >pipe.nts
    second_opinion m.nts pipe.nts
    nai-view m.nts | grep -q '  a.weight \[2,3\]'
    cat m.nts pipe.nts m.nts >checkpoints.nts
    python3 "$reader" checkpoints.nts
    [ "$(nai-view --json checkpoints.nts | wc -l)" -eq 3 ]
    run -2 --separate-stderr bash -c 'nai-cat checkpoints.nts >out'
    [[ $stderr == *"several models"* ]]
}

@test "the smallest stream of nts(5), byte for byte" {
    hex='28 b5 2f fd 84 38 80 00 00 00 01 04 00 89 4e 54 53 0d 0a 1a 0a
        00 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00
        1b 00 00 00 00 00 00 00 19 26 38 0f a7 50 8f 83 00 00 00 00 00 00 00 00
        77 5a 8b b8 02 9f 5b e7'
    bytes() { for b in $1; do printf "\\x$b"; done; }
    {
        bytes "$hex"
        printf '{"nts":[1,0],"sections":[]}%37s' ''
        bytes '8f 16 5f ab 28 b5 2f fd 84 38 80 00 00 00 01 04 00 44 4f 4e 45 00 00 00 00
            01 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
            3d 00 00 00 00 00 00 00 b0 79 2d 54 21 b8 0b ab 00 00 00 00 00 00 00 00
            7a 92 f4 78 b6 19 6d 39'
        printf '{"records":1,"sections":[],"digest":"xxh64:ef46db3751d8e999"}   '
        bytes '62 77 a1 5d 5e 2a 4d 18 21 00 00 00 91 00 00 00 80 00 00 00 8f 16 5f ab
            91 00 00 00 80 00 00 00 62 77 a1 5d 02 00 00 00 80 b1 ea 92 8f'
    } >smallest.nts
    [ "$(stat -c %s smallest.nts)" -eq 331 ]
    nai-view --check smallest.nts
    python3 "$reader" --envelope smallest.nts
}
