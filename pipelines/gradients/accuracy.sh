#!/bin/sh
# accuracy.sh - the share of rows that a network classifies as they are labelled
# SPDX-License-Identifier: MIT
# Usage: accuracy.sh MODEL DATA
set -eu
nai-embed -q -j 1 -m "$1" -l classifier "$2" | nai-export csv -q |
    awk -F , '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == "y") y = i; next }
        {
            best = 0
            for (i = 1; i <= NF; i++) if (i != y && (!best || $i > $best)) best = i
            right += best - 1 - (best > y) == $y
        }
        END { if (NR < 2) exit 1; printf "%.6g\n", right / (NR - 1) }'
