#!/bin/sh
# check.sh - fail where a measurement contradicts a theorem
# SPDX-License-Identifier: MIT
# Usage: check.sh CLAIMS   Names the lines of that table that are of a theorem and do not hold; exits 1 when
# there are any, 2 when there is none that does.
set -eu
awk -F '\t' '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["sure"] == "theorem" && $at["holds"] == "yes" { held++ }
    $at["sure"] == "theorem" && $at["holds"] != "yes" {
        print "check.sh: figure " $at["figure"] ": " $at["claim"] ": " $at["ours"] ", not " $at["paper"]
        bad = 1
    }
    END {
        if (!bad && !held) print "check.sh: no line of a theorem"
        exit bad ? 1 : held ? 0 : 2
    }' "$1" >&2
