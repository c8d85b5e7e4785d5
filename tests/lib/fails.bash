# fails.bash - what every refusal looks like
# SPDX-License-Identifier: MIT

# fails STATUS TEXT COMMAND... - the command exits with STATUS, writes nothing to a file that is its
# stdout, and one line on stderr that begins with the name of a tool and holds TEXT.
fails() {
    local want=$1 text=$2
    shift 2
    run "-$want" bash -c '"$@" 2>&1 >"$0"' "$BATS_TEST_TMPDIR/stdout" "$@"
    [ ! -s "$BATS_TEST_TMPDIR/stdout" ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == nai-*": "*"$text"* ]]
    stderr=$output
}
