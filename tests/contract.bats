#!/usr/bin/env bats
# contract.bats - what every tool promises, whatever it computes
# SPDX-License-Identifier: MIT
#
# Needs NAI_BIN, the folder of the tools, of which every nai-* is tested; TOOLS="nai-cov nai-eig"
# tests only those. Options come from --help and the option tables, so a new one is covered the day
# it is added; a new tool has to be added to the table here.

# The table: what each tool is given, which input suits it, and what it writes.
#   words   operands and options before the input
#   input   one of the files that setup_file makes; wrong: a stream of a kind it refuses
#   writes  stream, binary or text
about() {
    words=() wrong= reads=input
    case $1 in
    nai-import) words=(csv) input=table.csv writes=stream ;;
    nai-export) words=(npy -f x) input=feats.nts writes=binary ;;
    nai-view) input=feats.nts writes=text ;;
    nai-cat) input=feats.nts writes=stream ;;
    nai-cov) input=feats.nts writes=stream wrong=spectrum.nts ;;
    nai-eig) input=moments.nts writes=stream wrong=feats.nts ;;
    nai-alpha) words=(-q) input=spectrum.nts writes=text wrong=feats.nts ;;
    nai-plot) words=(spectrum -q --format term) input=spectrum.nts writes=text wrong=feats.nts ;;
    nai-augment) words=(-e 2) input=images.nts writes=stream wrong=feats.nts ;;
    nai-train) words=(--arch mlp,widths=8 --loss ce -b 20) input=feats.nts writes=stream wrong=spectrum.nts ;;
    nai-embed) words=(-m "$BATS_FILE_TMPDIR/model.nts") input=feats.nts writes=stream wrong=spectrum.nts ;;
    nai-hessian) words=(-m "$BATS_FILE_TMPDIR/model.nts" --trace --top 2) input=feats.nts writes=text wrong=spectrum.nts ;;
    nai-probe) input=feats.nts writes=text wrong=moments.nts ;;
    nai-select) words=(-q --accuracies acc) input=models.tsv writes=text ;;
    nai-synth) input=power-law writes=stream reads=nothing ;; # its operand is the study
    *)
        echo "$1 is not in the table of contract.bats"
        return 1
        ;;
    esac
    name=$1 tool=$NAI_BIN/$1 in=$BATS_FILE_TMPDIR/$input
    [ $reads = input ] || in=$input
    cd "$BATS_TEST_TMPDIR"
    echo "# $name"
}

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    for n in 60:feats 3000:long; do # long: more than one record, and more than a pipe holds
        awk -v seed=1 -v rows="${n%:*}" -v dim=60 -f "$BATS_TEST_DIRNAME/table.awk" >table.csv
        "$NAI_BIN/nai-import" csv --label kind table.csv -o "${n#*:}.nts"
    done
    awk -v seed=1 -v rows=60 -v dim=30 -f "$BATS_TEST_DIRNAME/table.awk" | cut -d, -f1-30 >table.csv
    awk 'BEGIN { OFS = "\t"; print "name", "alpha", "acc"; for (i = 1; i < 2000; i++) print "m" i, i / 999, i % 97 }' >models.tsv
    { printf '\0\0\010\003\0\0\002\130\0\0\0\020\0\0\0\020' # IDX: 600 images of 16 by 16
      seq 100000 999999 | tr -d '\n' | head -c 204800 | base64 -d; } >images.idx
    "$NAI_BIN/nai-import" idx images.idx -o images.nts
    "$NAI_BIN/nai-cov" feats.nts -o moments.nts
    "$NAI_BIN/nai-eig" moments.nts -o spectrum.nts
    "$NAI_BIN/nai-train" --arch mlp,widths=8 --loss ce -b 20 feats.nts -o model.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    [ -n "$TOOLS" ] || TOOLS=$(cd "$NAI_BIN" && echo nai-*)
    source_of() { echo "$BATS_TEST_DIRNAME/../tools/$1.c"; }
}

# fails CODE WORD... - the command exits CODE with one line on stderr, which is left in $stderr, as
# is stdout in the file $stdout. (Without bats's run, which takes longer than most tools.)
fails() {
    local code=$1
    shift
    status=0 stdout=$BATS_TEST_TMPDIR.out
    stderr=$("$@" 2>&1 >"$stdout") || status=$?
    if [ "$status" -ne "$code" ] || [[ $stderr == *$'\n'* ]] || [[ $stderr != "$name: "* ]]; then
        echo "$*: exit $status (not $code?), on stderr: $stderr"
        return 1
    fi
}

long_options() { "$tool" --help | grep -oE '^ +(-., )?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+'; }

# Options of the tool's own table, and of those all tools share, that take numbers.
numeric_options() {
    tr -s '\n ' ' ' <"$(source_of "$name")" |
        grep -oE "\{\"[a-z0-9-]+\", ('.'|0), NAI_(SIZE|REAL|RANGE)," | grep -oE '"[^"]+"' |
        tr -d '"' | sed 's/^/--/'
    long_options | grep -xE -- '--(level|seed|threads|progress)'
}

# normal - what a text tool writes, without the name of the file it read.
normal() { sed "s|^[^ ]*$input: |: |; s|^<stdin>: |: |"; }

# same_output A B - by bytes; streams by digest, since those in files have an index too.
same_output() {
    if [ $writes = stream ]; then
        [ "$("$NAI_BIN/nai-view" --json "$1" | jq .digest)" = \
            "$("$NAI_BIN/nai-view" --json "$2" | jq .digest)" ]
    else
        cmp <(normal <"$1") <(normal <"$2")
    fi
}

# nothing_but FILE... - only these are in the current folder.
nothing_but() { diff <(printf '%s\n' "$@" | sort) <(ls -A | sort); }

@test "--help: stdout, exit 0, names the tool and shows an example" {
    for t in $TOOLS; do
        about "$t"
        for flag in --help -h; do
            run -0 --separate-stderr "$tool" $flag
            [[ $output == "Usage: $name "* ]]
            [[ $output == *"Example:"*"$name"* ]]
            [ -z "$stderr" ]
        done
    done
}

@test "--version: 'name x.y.z' on line 1" {
    for t in $TOOLS; do
        about "$t"
        for flag in --version -V; do
            run -0 --separate-stderr "$tool" $flag
            [[ ${lines[0]} =~ ^$name\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
            [ -z "$stderr" ]
        done
    done
}

@test "--help, --version and results report a full disk, in one line" {
    for t in $TOOLS; do
        about "$t"
        fails 1 bash -c "'$tool' --help >/dev/full"
        fails 1 bash -c "'$tool' --version >/dev/full"
        fails 1 bash -c "'$tool' --completion bash >/dev/full"
        fails 1 bash -c '"$0" "$@" >/dev/full' "$tool" "${words[@]}" "$in"
        fails 1 "$tool" "${words[@]}" -o /dev/full "$in"
    done
}

@test "unknown option: exit 2, one line, a suggestion, empty stdout" {
    for t in $TOOLS; do
        about "$t"
        [ "$(long_options | wc -l)" -ge 4 ] # --help, --version, --quiet, --verbose
        for o in $(long_options); do
            [ ${#o} -gt 5 ] || continue
            fails 2 "$tool" "${o%??}zz" # two letters wrong at the end
            [[ $stderr == *"unknown option '${o%??}zz' (did you mean '--"*"'?)"* ]]
            [ ! -s "$stdout" ]
        done
        fails 2 "$tool" --qqqqqqqqqq
        [[ $stderr != *"did you mean"* ]]
    done
}

@test "every numeric option refuses what is not a number in range" {
    for t in $TOOLS; do
        about "$t"
        [ -e "$(source_of "$name")" ]
        for o in $(numeric_options); do
            "$tool" --help | grep -q -- "$o " || { echo "$o is not in --help"; false; }
            fails 2 "$tool" "${words[@]}" "$o"
            for bad in abc 3x '' ' ' nan inf -1 1e99 99999999999999999999; do
                [ "$o $bad" != '--grad-bias -1' ] || continue # of either sign
                fails 2 "$tool" "${words[@]}" "$o=$bad" "$in"
                [[ $stderr == *"$o: '$bad' is not"* ]] || { echo "$stderr"; false; }
            done
        done
    done
}

@test "every choice refuses another word and lists its own" {
    for t in $TOOLS; do
        about "$t"
        "$tool" --help | grep -oE -- '--[a-z0-9-]+ [a-z0-9-]+(\|[a-z0-9-]+)+( |$)' |
            while read -r o choices; do
                fails 2 "$tool" "${words[@]}" "$o" bogus "$in"
                [[ $stderr == *"$o: 'bogus' is not one of $choices"* ]] || exit 1
            done
    done
}

@test "every option of --help is in the man page, and the reverse" {
    for t in $TOOLS; do
        about "$t"
        page=$BATS_TEST_DIRNAME/../man/$name.1
        [ -e "$page" ] || { echo "no $page"; false; }
        diff <(long_options | sort -u) \
            <(sed -n '/^\.Sh OPTIONS/,/^\.El/p' "$page" | grep '^\.It ' |
                grep -oE 'Fl -[a-z0-9-]+' | sed 's/Fl -/--/' | sort -u)
        diff <("$tool" --help | grep -oE '^ +-[a-zA-Z], ' | tr -d ' ,' | sort) \
            <(sed -n '/^\.Sh OPTIONS/,/^\.El/p' "$page" |
                sed -nE 's/^\.It Fl ([a-zA-Z]) , .*/-\1/p' | sort)
        "$tool" --help | grep -qxF "$(sed -n 's/^\.Nd //p' "$page")" # one summary
    done
}

@test "missing file: exit 1, 'tool: file: reason', whatever argv[0] is" {
    for t in $TOOLS; do
        about "$t"
        [ $reads = input ] || continue
        ln -s "$(realpath "$tool")" alias
        fails 1 ./alias "${words[@]}" /nonexistent
        [ "$stderr" = "$name: /nonexistent: cannot open: No such file or directory" ]
        [ ! -s "$stdout" ]
        rm alias
    done
}

@test "closed reader: death by SIGPIPE, silent, even if inherited as ignored" {
    for t in $TOOLS; do
        about "$t"
        (trap '' PIPE
         { sleep 0.1; "$tool" "${words[@]}" "$in" || echo $? >rc; } 2>err | true)
        [ "$(cat rc)" -eq 141 ]
        [ ! -s err ] || { cat err; false; }
        rm rc
    done
}

@test "FILE, '-' and stdin give the same bytes, twice" {
    for t in $TOOLS; do
        about "$t"
        [ $reads = input ] || continue
        [ $writes != stream ] || words+=(--provenance none) # which would name the file
        "$tool" "${words[@]}" "$in" | normal >a
        [ -s a ]
        for i in 1 2; do
            "$tool" "${words[@]}" "$in" | normal | cmp - a
            "$tool" "${words[@]}" - <"$in" | normal | cmp - a
            "$tool" "${words[@]}" <"$in" | normal | cmp - a
            cat "$in" | "$tool" "${words[@]}" | normal | cmp - a
        done
    done
}

@test "the same whatever -j is" {
    for t in $TOOLS; do
        about "$t"
        long_options | grep -qx -- --threads || continue
        [ $writes != stream ] || words+=(--provenance none)
        for j in 1 2 5; do
            "$tool" "${words[@]}" -j $j "$in" | cat >"j$j"
        done
        cmp j1 j2
        cmp j1 j5
    done
}

@test "-o FILE: what stdout would get, and nothing beside it" {
    for t in $TOOLS; do
        about "$t"
        mkdir "$t"
        cd "$t"
        "$tool" "${words[@]}" "$in" | cat >../stdout
        "$tool" "${words[@]}" -o out "$in" >../said 2>&1
        [ ! -s ../said ]
        nothing_but out
        same_output out ../stdout
        echo before >link-to
        ln -s link-to link
        "$tool" "${words[@]}" "$in" --output=link # through a link, to what it names
        [ -L link ]
        same_output link ../stdout
        "$tool" "${words[@]}" "$in" -o - | cat >minus
        same_output minus ../stdout
    done
}

@test "-o FILE where it cannot be: exit 1, one line, nothing left" {
    for t in $TOOLS; do
        about "$t"
        touch file
        fails 1 "$tool" "${words[@]}" -o file/out "$in"
        fails 1 "$tool" "${words[@]}" -o absent/out "$in"
        [[ $stderr == *"absent/out: cannot"*": No such file or directory" ]]
        if [ "$(id -u)" -ne 0 ]; then # root may write anywhere
            mkdir -m 555 closed
            fails 1 "$tool" "${words[@]}" -o closed/out "$in"
            rmdir closed
        fi
        nothing_but file
    done
}

@test "-o FILE after damage: FILE as it was, no temporary" {
    for t in $TOOLS; do
        about "$t"
        [ $reads = input ] || continue
        [ $name != nai-import ] || { words=(csv); printf 'a,b\n1,2\n3,x\n' >bad; }
        [ $name != nai-select ] || printf 'name\talpha\tacc\nm\t1\n' >bad
        [[ $name =~ import|select ]] || head -c $(($(stat -c %s "$in") / 2)) "$in" >bad
        echo before >old
        fails 3 "$tool" "${words[@]}" -o new bad
        fails 3 "$tool" "${words[@]}" -o old bad
        [ "$(cat old)" = before ]
        nothing_but bad old
    done
}

@test "damaged input: exit 3, one line; text tools print nothing, streams end as failed" {
    for t in $TOOLS; do
        about "$t"
        [ $reads = input ] || continue
        case $name in nai-import | nai-select) continue ;; esac # their formats are tested in their files
        size=$(stat -c %s "$in")
        head -c $((size / 2)) "$in" >truncated
        { head -c $((size / 2)) "$in"
          tail -c +$((size / 2 + 1)) "$in" | head -c 1 | tr '\000-\377' '\001-\377\000'
          tail -c +$((size / 2 + 2)) "$in"; } >flipped
        [ "$(stat -c %s flipped)" -eq "$size" ]
        gzip -c "$in" >gzipped
        : >empty
        head -c 5000 /dev/zero >zeros
        for bad in truncated flipped gzipped empty zeros $wrong; do
            [ -e $bad ] || cp "$BATS_FILE_TMPDIR/$bad" $bad
            fails 3 "$tool" "${words[@]}" $bad
            [[ $stderr == "$name: $bad: "* ]] || { echo "$bad: $stderr"; false; }
            [ $bad != gzipped ] || [[ $stderr == *gzip* ]]
            case $writes in
            text) [ ! -s "$stdout" ] || { echo "$bad: output"; false; } ;;
            stream) run -3 "$NAI_BIN/nai-view" --check "$stdout" ;;
            esac
        done
    done
}

@test "binary to a terminal is refused, exit 2" {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no script(1) to make a terminal"
    for t in $TOOLS; do
        about "$t"
        [ $writes != text ] || continue
        run -2 script -qec "'$tool' ${words[*]} '$in'" /dev/null </dev/null
        [[ $output == "$name: <stdout>: binary data is not written to a terminal"* ]]
    done
}

@test "waiting for a stream on a terminal: exit 2" {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no script(1) to make a terminal"
    for t in $TOOLS; do
        about "$t"
        [ $reads = input ] || continue
        run -2 timeout 10 script -qec "'$tool' ${words[*]} >out" /dev/null </dev/null
        [[ $output == "$name: <stdin>: waiting for a "*" on a terminal; name"* ]] ||
            { echo "$output"; false; }
    done
}

@test "SIGTERM while it waits for more input: death by it, and no file" {
    pids=()
    for t in $TOOLS; do
        about "$t"
        [ $reads = input ] || continue
        mkdir $t
        mkfifo $t.fifo
        (sleep 20 & echo $! >$t.sleep; head -c 400 "$in"; wait) >$t.fifo &
        (cd $t && exec "$tool" "${words[@]}" -o out <../$t.fifo 2>../$t.err) &
        pids+=($!)
    done
    sleep 0.5
    for p in "${pids[@]}"; do kill -TERM $p; done
    for p in "${pids[@]}"; do
        code=0
        wait $p || code=$?
        [ $code -eq 143 ]
    done
    for t in $TOOLS; do
        [ -e $t.sleep ] || continue
        kill "$(cat $t.sleep)"
        [ -z "$(ls -A $t)" ]
        [ ! -s $t.err ] || { cat $t.err; false; }
    done
}

@test "SIGTERM in the middle of writing: no file, no temporary" {
    about nai-cat
    mkdir work
    mkfifo fifo
    (cat "$BATS_FILE_TMPDIR/long.nts"; sleep 20 & echo $! >sleep; wait) >fifo &
    (cd work && exec "$tool" --level 0 -o out - - - <../fifo 2>../err) &
    pid=$!
    for i in $(seq 100); do # until most of it has gone to the temporary
        [ "$(awk '/^wchar/ { print $2 }' /proc/$pid/io)" -lt 1000000 ] || break
        sleep 0.05
    done
    kill -TERM $pid
    code=0
    wait $pid || code=$?
    kill "$(cat sleep)"
    [ $code -eq 143 ]
    [ -z "$(ls -A work)" ]
}
