#!/bin/sh
# norm.sh - Figure 4: the impact of bias, and the norm of the gradient
# SPDX-License-Identifier: MIT
# Usage: norm.sh              the table of the figure, to standard output
#        norm.sh SEED         its lines of one teacher
# The settings are in the environment. A line for each teacher, student, step and bias: terms of Lemma 2.1,
# and the change of the loss as measured.
set -eu

if [ $# -eq 0 ]; then
    echo 'teacher student step bias grad_norm params linear quadratic cross measured' | tr ' ' '\t'
    seq "$NORM_TEACHERS" | awk -v seed="$SEED" '{ print seed + 1000 * ($1 - 1) }' |
        sh "${0%/*}/each.sh" "$0" -k1,1g -k2,2g -k3,3g -k4,4g
    exit
fi
seed=$1
dir=$(mktemp -d "${TMPDIR:-/tmp}/norm.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

nai-synth teacher -q -j 1 -n "$NORM_ROWS" --activation linear -s "$seed" -o "$dir/data.nts"
for student in $(seq "$NORM_STUDENTS"); do
    sh "${0%/*}/steps.sh" "$dir/data.nts" 'mlp widths=1' $((seed + student)) "$NORM_STEPS" "$NORM_LR" \
        --bias "$NORM_BIAS" >"$dir/lines"
    awk -v OFS='\t' -v t="$seed" -v s="$student" '{ print t, s, $1, $3, $4, $5, $6, $7, $8, $10 }' "$dir/lines"
done
