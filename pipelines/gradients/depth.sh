#!/bin/sh
# depth.sh - Figures 3B and C: the impact of variance, and a student's depth, width and activation
# SPDX-License-Identifier: MIT
# Usage: depth.sh                          the table of the figures, to standard output
#        depth.sh DEPTH WIDTH ACT SEED     its lines of one kind of student and teacher
# The settings are in the environment. A line for each kind, teacher and student: means over the steps of what
# Lemma 2.1 predicts and of what was measured. DEPTH counts linear maps.
set -eu

if [ $# -eq 0 ]; then
    echo 'depth width activation teacher student params predicted measured' | tr ' ' '\t'
    seq "$DEPTH_TEACHERS" | awk -v seed="$SEED" -v depths="$DEPTH_DEPTHS" -v widths="$DEPTH_WIDTHS" '
        BEGIN { d = split(depths, depth, " "); w = split(widths, width, " ") }
        { # the long ones first
            for (i = d; i >= 1; i--) for (k = w; k >= 1; k--) for (a = 0; a < 2; a++)
                print depth[i], width[k], a ? "relu" : "linear", seed + 1000 * ($1 - 1)
        }' | sh "${0%/*}/each.sh" "$0" -k1,1g -k2,2g -k3,3 -k4,4g -k5,5g
    exit
fi
depth=$1 width=$2 act=$3 seed=$4
dir=$(mktemp -d "${TMPDIR:-/tmp}/depth.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
widths=$(awk -v d="$depth" -v w="$width" 'BEGIN { while (--d > 0) printf "%d-", w; print 1 }')

nai-synth teacher -q -j 1 -n "$DEPTH_ROWS" --widths "$DEPTH_TEACHER" -s "$seed" -o "$dir/data.nts"
for student in $(seq "$DEPTH_STUDENTS"); do
    sh "${0%/*}/steps.sh" "$dir/data.nts" "mlp widths=$widths act=$act" $((seed + student)) "$DEPTH_STEPS" \
        "$DEPTH_LR" --sigma "$DEPTH_SIGMA" --draws "$DEPTH_DRAWS" --probes "$DEPTH_PROBES" >"$dir/lines"
    awk -v OFS='\t' -v OFMT=%.10g -v d="$depth" -v w="$width" -v a="$act" -v t="$seed" -v s="$student" '
        { params = $5; predicted += $9; measured += $10 }
        END { print d, w, a, t, s, params, predicted / NR, measured / NR }' "$dir/lines"
done
