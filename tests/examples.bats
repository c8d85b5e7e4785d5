#!/usr/bin/env bats
# examples.bats - what the manual pages and the README show runs
# SPDX-License-Identifier: MIT
# Needs NAI_BIN, the folder of the tools.

setup() {
    bats_require_minimum_version 1.5.0
    top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
    PATH=$NAI_BIN:$PATH
    cd "$BATS_TEST_TMPDIR"
}

# stage LANGUAGE - the stage shown in nts(5).
stage() { "$top/tests/examples.sh" --print "$top/man/nts.5" "A STAGE IN $1"; }

# triangles - rows whose lengths are whole: 3 4, 5 12, 8 15 and 0 0.
triangles() { printf 'a,b,kind\n3,4,0\n5,12,1\n8,15,0\n0,0,1\n' | nai-import csv --label kind; }

# The rows above at length 1: 3/5 4/5 and so on are the nearest doubles, in C as in NumPy.
unit_rows() {
    printf '0.6\t0.8\t0\n0.38461538461538464\t0.9230769230769231\t1\n'
    printf '0.47058823529411764\t0.8823529411764706\t0\n0\t0\t1\n'
}

@test "every example of the manual pages and the README" {
    pages=("$top"/man/*.[157])
    [ ! -e "$top/README.md" ] || pages+=("$top/README.md")
    run "$top/tests/examples.sh" "$NAI_BIN" "${pages[@]}"
    [ "$status" -eq 0 ] || { sed -n '/^not ok/,$p' <<<"$output"; false; }
    [[ $output == *"ok $top/man/nai-cat.1 01"* ]]
}

@test "every example of --help" {
    run "$top/tests/examples.sh" "$NAI_BIN" $(cd "$NAI_BIN" && echo nai-*)
    [ "$status" -eq 0 ] || { sed -n '/^not ok/,$p' <<<"$output"; false; }
    [[ $output == *"ok nai-cat 01"* ]]
}

@test "every page has examples that run" {
    for page in "$top"/man/*.[157]; do
        sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$page" | grep -q '^\.Bd -literal' ||
            { echo "$page: none"; false; }
    done
}

@test "the example runner fails when an example does" {
    printf '.Sh EXAMPLES\n.Bd -literal\nfalse | true\n.Ed\n' >bad.1
    run -1 "$top/tests/examples.sh" "$NAI_BIN" bad.1
    [[ $output == *"not ok bad.1 01"* ]]
    printf '```sh\nnai-view feats.nts\n```\n```\nfalse\n```\n' >good.md
    run -0 "$top/tests/examples.sh" "$NAI_BIN" good.md
}

@test "nts(5): the stage in C compiles without a warning and does what it says" {
    stage C >unit-rows.c
    [ -s unit-rows.c ]
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$top/formats" -I"$top/common/base" \
        -o unit-rows unit-rows.c $("$top/tests/examples.sh" --libs "$NAI_BIN") -lm
    triangles | ./unit-rows >out.nts
    diff <(unit_rows) <(nai-export tsv out.nts | tail -n +2)
    python3 "$top/tests/nts_reader.py" --envelope out.nts
    cat <(triangles) <(triangles) | ./unit-rows | nai-view | grep -q '  rows  8 rows'
    nai-view --json out.nts >view.json # this stage is in the history, and the input in DONE
    [ "$(jq -r '.history[1].parents[0] == .history[0].id' view.json)" = true ]
    [ "$(jq -r '.inputs[0].digest' view.json)" = "$(triangles | nai-view --json | jq -r .digest)" ]
}

@test "nts(5): the stage in C passes on a failure" {
    stage C >unit-rows.c
    cc -I"$top/formats" -I"$top/common/base" -o unit-rows unit-rows.c \
        $("$top/tests/examples.sh" --libs "$NAI_BIN") -lm
    triangles >in.nts
    run -3 --separate-stderr bash -c 'head -c 600 in.nts | ./unit-rows | nai-view'
    [ -z "$output" ]
    [[ $stderr == *"nai-view: <stdin>: upstream unit-rows failed: <stdin>: truncated after"* ]]
}

@test "nts(5): the stage in Python gives the same digest" {
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no NumPy for /usr/bin/python3"
    stage PYTHON >unit-rows.py
    [ -s unit-rows.py ]
    export PYTHONPATH=$top/formats/python PYTHONDONTWRITEBYTECODE=1
    triangles | /usr/bin/python3 unit-rows.py >out.nts
    diff <(unit_rows) <(nai-export tsv out.nts | tail -n +2)
    cat <(triangles) <(triangles) | /usr/bin/python3 unit-rows.py | nai-view |
        grep -q '  rows  8 rows'
    triangles >in.nts
    run -3 --separate-stderr bash -c 'head -c 600 in.nts | /usr/bin/python3 unit-rows.py | nai-view'
    [[ $stderr == *"upstream unit-rows.py failed"* ]]
}
