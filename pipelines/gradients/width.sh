#!/bin/sh
# width.sh - Figure 3A: the impact of variance, and the width of a layer that does not learn
# SPDX-License-Identifier: MIT
# Usage: width.sh               the table of the figure, to standard output
#        width.sh WIDTH SEED    its lines of one width and teacher
# The settings are in the environment. A line for each width, teacher, student and sigma: means over the steps
# of what Lemma 2.1 predicts and of what was measured. The student's first layer, orthonormal and of a seed of
# its own, is nai-synth's --features; the second is the student that learns.
set -eu

if [ $# -eq 0 ]; then
    echo 'width teacher student sigma params predicted measured' | tr ' ' '\t'
    seq "$WIDTH_TEACHERS" | awk -v seed="$SEED" -v widths="$WIDTH_WIDTHS" '{
        for (i = split(widths, w, " "); i >= 1; i--) print w[i], seed + 1000 * ($1 - 1)
    }' | sh "${0%/*}/each.sh" "$0" -k1,1g -k2,2g -k3,3g -k4,4g
    exit
fi
width=$1 seed=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/width.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

for student in $(seq "$WIDTH_STUDENTS"); do
    nai-synth teacher -q -j 1 -n "$WIDTH_ROWS" --dim "$WIDTH_DIM" --activation linear -s "$seed" \
        --features "$width" --feature-seed $((seed + student)) -o "$dir/data.nts"
    sh "${0%/*}/steps.sh" "$dir/data.nts" 'mlp widths=1' $((seed + student)) "$WIDTH_STEPS" "$WIDTH_LR" \
        --sigma "$WIDTH_SIGMAS" --draws "$WIDTH_DRAWS" >"$dir/lines"
    awk -v OFS='\t' -v w="$width" -v t="$seed" -v s="$student" '
        { if (!n[$2]++) order[++k] = $2; params = $5; predicted[$2] += $9; measured[$2] += $10 }
        END { for (i = 1; i <= k; i++) { x = order[i]; print w, t, s, x, params, predicted[x] / n[x], measured[x] / n[x] } }
    ' OFMT=%.10g "$dir/lines"
done
