#!/bin/sh
# each.sh - run a script for each line of arguments, JOBS at a time
# SPDX-License-Identifier: MIT
# Usage: each.sh SCRIPT KEY... <LINES   What each run writes is kept apart, as lines of two would mix, and comes to
# standard output at the end, sorted by these keys of sort, tabs between. Fails if one of them does.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/each.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
script=$1
shift

awk '{ printf "%06d %s\n", NR, $0 }' |
    xargs -L 1 -P "$JOBS" sh -c 'to=$2/$3 script=$1; shift 3; exec sh "$script" "$@" >"$to"' - "$script" "$dir"
LC_ALL=C sort -t "$(printf '\t')" "$@" "$dir"/*
