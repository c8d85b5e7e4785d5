#!/usr/bin/env bats
# nai-cat.bats - what only nai-cat does
# SPDX-License-Identifier: MIT
# Needs NAI_BIN, the folder of the tools.

setup() {
    bats_require_minimum_version 1.5.0
    PATH=$NAI_BIN:$PATH
    cd "$BATS_TEST_TMPDIR"
    # 1000 rows: x = (i, 1000 - i), y = i mod 7
    awk 'BEGIN { print "a,b,y"; for (i = 0; i < 1000; i++) print i "," 1000 - i "," i % 7 }' |
        nai-import csv --label y -o in.nts
    seq 0 999 >all
}

# rows ARG... - the number of each row that comes out, checking that the row is whole.
rows() { nai-cat "$@" | nai-export tsv | awk -F'\t' 'NR > 1 {
    if ($1 + $2 != 1000 || $3 != $1 % 7) { print "torn row " $0; exit 1 } print $1 }'; }

refused() { # CODE TEXT ARG...
    local code=$1 text=$2
    shift 2
    run -"$code" --separate-stderr nai-cat -o out.nts "$@"
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "nai-cat: "*"$text"* ]] || { echo "$stderr"; false; }
    [ ! -e out.nts ]
}

@test "no option: every row, in order, the same digest" {
    rows in.nts | diff - all
    [ "$(nai-cat in.nts | nai-view --json | jq .digest)" = \
        "$(nai-view --json in.nts | jq .digest)" ]
}

@test "--slice A:B, A:, :B and nothing at all" {
    rows --slice 10:13 in.nts | diff - <(seq 10 12)
    rows --slice 990: in.nts | diff - <(seq 990 999)
    rows --slice :3 in.nts | diff - <(seq 0 2)
    rows --slice : in.nts | diff - all
    rows --slice 5:5 in.nts | diff - /dev/null
    rows --slice 998:5000 in.nts | diff - <(seq 998 999)
    rows --slice 2000: in.nts | diff - /dev/null
}

@test "--slice: what is no range" {
    for bad in 3 3:2 a:b 1:2:3 -1:4 1:-4 ' 1:2' 1:2x 99999999999999999999:; do
        refused 2 "--slice: '$bad' is not a range" --slice "$bad" in.nts
    done
}

@test "rows are counted over all inputs" {
    rows --slice 998:1002 in.nts in.nts | diff - <(seq 998 999; seq 0 1)
    rows --shard 3/7 in.nts in.nts | diff - <(seq 0 1999 | awk 'NR % 7 == 3 { print $1 % 1000 }')
}

@test "--shard: all shards together are all rows, once" {
    for n in 1 2 3 7; do
        for i in $(seq $n); do
            rows --shard $i/$n in.nts >shard$i
            awk -v i=$i -v n=$n '$1 % n != i - 1 { exit 1 }' shard$i
        done
        cat $(seq -f 'shard%g' $n) | sort -n | diff - all
    done
    rows --shard 1001/1001 in.nts | diff - /dev/null
}

@test "--shard: what is no I/N" {
    for bad in 0/2 3/2 1 1/ /2 1/0 a/b 1/2x -1/2 1/-2 ' 1/2' +1/2; do
        refused 2 "--shard: '$bad' is not I/N" --shard "$bad" in.nts
    done
}

@test "--fraction: 0, 1, and about as many as asked, in order" {
    rows --fraction 0 in.nts | diff - /dev/null
    rows --fraction 1 in.nts | diff - all
    rows --fraction 0.3 in.nts >some
    sort -n -u some | diff - some
    # 300 rows expected, standard deviation 14.5: 5 of them
    [ "$(wc -l <some)" -gt 227 ]
    [ "$(wc -l <some)" -lt 373 ]
}

@test "--fraction: by seed and row, whatever the shard, batch or thread count" {
    rows --fraction 0.3 -s 4 in.nts >some
    rows --fraction 0.3 -s 4 -j 2 in.nts | diff - some
    rows --fraction 0.3 -s 5 in.nts >others
    if cmp -s some others; then false; fi
    rows --fraction 0.3 in.nts >zero
    rows --fraction 0.3 -s 0 in.nts | diff - zero
    rows --fraction 0.3 -s 4 --slice 500: in.nts | diff - <(awk '$1 >= 500' some)
    rows --fraction 0.3 -s 4 --shard 2/3 in.nts | diff - <(awk '$1 % 3 == 1' some)
    nai-cat --slice :123 in.nts >a
    nai-cat --slice 123: in.nts >b
    cat a b | rows --fraction 0.3 -s 4 | diff - some
    rows --fraction 0.3 -s 4 a b | diff - some
}

@test "--fraction: a smaller one is part of a larger one" {
    rows --fraction 0.2 -s 9 in.nts >small
    rows --fraction 0.6 -s 9 in.nts >large
    [ -s small ]
    [ -z "$(comm -23 <(sort small) <(sort large))" ]
}

@test "--fraction: the seed is in the history, where one was used" {
    seed() { nai-cat "$@" in.nts | nai-view --json | jq -c '.history[-1].seed'; }
    [ "$(seed --fraction 0.5)" = 0 ]
    [ "$(seed --fraction 0.5 -s 12345678901)" = 12345678901 ]
    [ "$(seed --shuffle -s 3)" = 3 ]
    [ "$(seed -s 3)" = null ]
}

@test "--shuffle: a permutation, its own for each seed, the same each time" {
    rows --shuffle in.nts >first
    if cmp -s first all; then false; fi
    sort -n first | diff - all
    rows --shuffle -j 2 in.nts | diff - first
    rows --shuffle -s 1 in.nts >other
    if cmp -s other first; then false; fi
    sort -n other | diff - all
    # Rows that stay where they were: 1 expected in 1000, whatever the seed.
    [ "$(paste first all | awk '$1 == $2' | wc -l)" -lt 10 ]
    rows --shuffle --slice 10:20 in.nts | sort -n | diff - <(seq 10 19)
    rows --shuffle --slice 7:8 in.nts | diff - <(echo 7)
    rows --shuffle --slice 7:7 in.nts | diff - /dev/null
}

@test "--shuffle: the same permutation for joined inputs" {
    nai-cat --slice :400 in.nts >a
    nai-cat --slice 400: in.nts >b
    rows --shuffle a b | diff - <(rows --shuffle in.nts)
}

@test "--select: fields, in the stream's order; sections whole" {
    fields() { nai-cat "$@" | nai-view --json | jq -c '[.sections[] | [.name, .fields[].name]]'; }
    [ "$(fields --select y in.nts)" = '[["rows","y"]]' ]
    [ "$(fields --select y,x in.nts)" = '[["rows","x","y"]]' ]
    [ "$(fields --select rows in.nts)" = '[["rows","x","y"]]' ]
    digests='[.sections[0].fields[] | select(.name == "y").digest]'
    [ "$(nai-cat --select y in.nts | nai-view --json | jq -c "$digests")" = \
        "$(nai-view --json in.nts | jq -c "$digests")" ]
    nai-cov in.nts -o m.nts
    [ "$(fields --select x.mean m.nts)" = '[["x.mean","mean"]]' ]
    [ "$(fields --select mean,x m.nts)" = '[["x","cov"],["x.mean","mean"]]' ]
}

@test "--rename: fields and sections; contents unchanged" {
    nai-cat --rename x=features,y=label,rows=all in.nts -o r.nts
    [ "$(nai-view --json r.nts | jq -c '[.sections[] | [.name, .fields[].name]]')" = \
        '[["all","features","label"]]' ]
    [ "$(nai-view --json r.nts | jq -c '[.sections[0].fields[].digest]')" = \
        "$(nai-view --json in.nts | jq -c '[.sections[0].fields[].digest]')" ]
    [ "$(nai-cat --rename features=x,label=y,all=rows r.nts | nai-view --json | jq .digest)" = \
        "$(nai-view --json in.nts | jq .digest)" ]
    nai-cat --rename x=y,y=x in.nts | nai-view | grep -q '    y  f64 \[2\]' # swapped
    nai-cat --select y --rename y=label in.nts | nai-view | grep -q '    label  i32'
}

@test "--select and --rename: names that are not there, or twice" {
    refused 2 "--select: 'z' names no field or section" --select z in.nts

    refused 2 "--rename: 'z=a' names no field or section" --rename z=a in.nts
    refused 2 "--rename: 'x' " --rename x in.nts
    refused 2 "--rename: two fields 'y'" --rename x=y in.nts
}

@test "--rename: names the format does not allow" {
    refused 2 "--rename" --rename x=$'a\tb' in.nts
    refused 2 "--rename" --rename x=$'\xff' in.nts
    refused 2 "--rename" --rename x="$(printf '%300s' '' | tr ' ' a)" in.nts
    refused 2 "--rename" --rename rows= in.nts
}

@test "joining: kinds, fields, types and meta must agree" {
    nai-cov in.nts -o m.nts
    nai-cat --select x in.nts -o x.nts
    printf 'a,b,c,y\n1,2,3,0\n' | nai-import csv --label y -o wide.nts
    printf 'c,d,y\n1,2,0\n' | nai-import csv --label y -o named.nts
    for other in m x wide named; do
        refused 3 "$other.nts: does not continue in.nts: " in.nts $other.nts
    done
    [[ $stderr == *"meta differs"* ]]
    refused 1 "none.nts: cannot open" in.nts none.nts
}

@test "joining: damage in the second input leaves nothing" {
    head -c $(($(stat -c %s in.nts) / 2)) in.nts >cut.nts
    refused 3 "cut.nts: truncated after record" in.nts cut.nts
}

@test "rows of several sections cannot be picked, whole sections can" {
    nai-cov in.nts -o m.nts
    for o in "--slice :1" "--shard 1/2" "--fraction 0.5" --shuffle; do
        refused 2 "rows can be picked from a stream of one section" $o m.nts
    done
    nai-cat m.nts | nai-view --check
    nai-cat --select x --slice :1 m.nts | nai-view | grep -q '  x  1 rows'
}

@test "meta, kind and shapes pass" {
    filter='[.kind, .meta, [.sections[0].fields[] | del(.digest, .filter)]]'
    nai-view --json in.nts | jq -c "$filter" >a
    [ -s a ]
    nai-cat --shuffle in.nts | nai-view --json | jq -c "$filter" | cmp - a
}

@test "the closing record names every input" {
    nai-cat in.nts in.nts in.nts | nai-view --json | jq -c '[.inputs[].digest]' >got
    d=$(nai-view --json in.nts | jq .digest)
    [ "$(cat got)" = "[$d,$d,$d]" ]
}
