#!/usr/bin/env bats
# completion.bats - the scripts of --completion load, and complete
# SPDX-License-Identifier: MIT
# Needs NAI_BIN, the folder of the tools.

setup() {
    bats_require_minimum_version 1.5.0
    PATH=$NAI_BIN:$PATH
    tools=$(cd "$NAI_BIN" && echo nai-*)
    cd "$BATS_TEST_TMPDIR"
}

# complete_bash WORD... - what bash offers for the last word.
complete_bash() {
    bash -c '
        eval "$("$1" --completion bash)"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        fn=$(complete -p "$1" | sed -E "s/.* -F ([^ ]+) .*/\1/")
        "$fn"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sed 's/ *$//'
}

long_options() { "$1" --help | grep -oE '^ +(-., )?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+'; }

@test "bash: the script of every tool is valid and loads in silence" {
    for t in $tools; do
        $t --completion bash >script
        bash -n script
        run -0 bash -eu -c '. ./script; complete -p "$1"' bash $t
        [[ $output == *" $t" ]]
        [ "${#lines[@]}" -eq 1 ]
    done
}

@test "bash: every option completes, and nothing else does" {
    for t in $tools; do
        diff <(complete_bash $t -- 2>/dev/null | sort) <(long_options $t | sort)
    done
}

@test "bash: an option from its beginning" {
    [ "$(complete_bash nai-cat --sh)" = $'--shard\n--shuffle' ]
    [ "$(complete_bash nai-cat --fr)" = --fraction ]
    [ -z "$(complete_bash nai-cat --zzz)" ]
}

@test "bash: the words of every choice" {
    for t in $tools; do
        $t --help | grep -oE -- '--[a-z0-9-]+ [a-z0-9-]+(\|[a-z0-9-]+)+( |$)' | while read -r o words; do
            complete_bash $t $o "" | diff - <(tr '|' '\n' <<<"$words") || { echo "$t $o"; exit 1; }
        done
    done
    [ "$(complete_bash nai-cov --nan sk)" = skip-row ]
}

@test "bash: the kinds of nai-import and nai-export, then files" {
    touch images-of-cats
    [ "$(complete_bash nai-import s | sort | tr '\n' ' ')" = "safetensors stl10 " ]
    [ "$(complete_bash nai-export np | sort | tr '\n' ' ')" = "npy npz " ]
    [ "$(complete_bash nai-import idx im)" = images-of-cats ]
    [ "$(complete_bash nai-view im)" = images-of-cats ]
}

@test "bash: file names with spaces" {
    touch 'two words.nts'
    [ "$(complete_bash nai-view tw)" = 'two words.nts' ]
}

@test "zsh: the script of every tool is valid" {
    command -v zsh >/dev/null || skip "no zsh"
    for t in $tools; do
        $t --completion zsh >script
        zsh -n script
    done
}

@test "zsh: the script is tied to its tool and quotes are closed" {
    for t in $tools; do
        $t --completion zsh >script
        [ "$(head -n 1 script)" = "#compdef $t" ]
        # As far as bash can tell, since both quote alike here.
        bash -n script
        for o in $(long_options $t); do grep -q -- "$o" script || { echo "$t $o"; false; }; done
    done
}

@test "fish: the script of every tool is valid" {
    command -v fish >/dev/null || skip "no fish"
    for t in $tools; do
        $t --completion fish >script
        fish --no-execute script
    done
}

@test "fish: a line an option" {
    for t in $tools; do
        $t --completion fish >script
        diff <(grep -oE -- ' -l [a-z0-9-]+' script | sed 's/ -l /--/' | sort) \
            <(long_options $t | sort)
        if grep -v "^complete -c $t " script; then false; fi
    done
}

@test "another shell: exit 2" {
    for t in $tools; do
        run -2 --separate-stderr $t --completion tcsh
        [[ $stderr == "$t: --completion: 'tcsh' is not one of bash|zsh|fish"* ]]
    done
}
