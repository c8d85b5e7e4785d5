#!/usr/bin/env bash
# run.sh - every test, with one count at the end
# SPDX-License-Identifier: MIT
# Usage: tests/run.sh BUILD_DIR [PATTERN]   PATTERN: only test files whose name holds it
set -u
cd "$(dirname "$0")/.." || exit 1
B=$(realpath "$1")
only=${2:-}
export NAI_BIN=$B/bin NAI_LIB=$B NAI_DATA=${DATA:-$PWD/../shared/data} NAI_MAN=$PWD/man NAI_TOP=$PWD
# Threads that spin while they wait slow the others down, as tests share the processors.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
export LC_ALL=C TERM=${TERM:-dumb}
passed=0 failed=0 skipped=0

# Count TAP on stdin; show what did not pass.
count() {
    local line name=$1 n=0 planned=0
    while IFS= read -r line; do
        case $line in
        'not ok'*) failed=$((failed + 1)) n=$((n + 1)); echo "$name: $line" ;;
        'ok '*'# skip'*) skipped=$((skipped + 1)) n=$((n + 1)); echo "$name: $line" ;;
        'ok '*) passed=$((passed + 1)) n=$((n + 1)) ;;
        '1..'*) planned=${line#1..} ;;
        '#'*) [ "${V:-}" ] && echo "$name: $line" || notes+=("$name: $line") ;;
        *) [ "${V:-}" ] && echo "$name: $line" ;;
        esac
    done
    if [ "$n" -ne "${planned%% *}" ] || [ "$n" -eq 0 ]; then
        failed=$((failed + 1))
        echo "$name: not ok - ran $n of ${planned:-no} tests"
    fi
}

run() { # NAME COMMAND...
    local name=$1 before=$failed start=$SECONDS
    shift
    [[ $name == *"$only"* ]] || return 0
    notes=()
    count "$name" < <("$@" 2>&1)
    [ "$failed" -gt "$before" ] && printf '%s\n' "${notes[@]}"
    printf '%-40s %4d s\n' "$name" $((SECONDS - start))
}

for t in "$B"/tests/*/*; do
    case $t in */lib/* | */fuzz/* | */bench/*) continue ;; esac
    [ -x "$t" ] && [ -f "$t" ] && case $t in *.o | *.d) ;; *) run "${t#"$B"/}" "$t" ;; esac
done
for t in tests/*.bats; do
    [ -e "$t" ] && run "$t" bats --tap "$t"
done
for t in tests/tools/*.bats; do
    tool=$(basename "$t" .bats)
    TOOL=$NAI_BIN/$tool run "$t" bats --tap "$t"
done
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
    for t in tests/python/test_*.py; do
        [ -e "$t" ] && run "$t" tests/tap_unittest.py "$t"
    done
else
    echo "tests/python: skipped, /usr/bin/python3 has no numpy"
fi
skips=
[ "$skipped" -gt 0 ] && skips=", $skipped skipped"
echo "$passed passed, $failed failed$skips"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
