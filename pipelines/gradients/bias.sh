#!/bin/sh
# bias.sh - Figures 7C and 8: bias, and the ratio to the gradient up to which the loss falls
# SPDX-License-Identifier: MIT
# Usage: bias.sh                   the table of the figures, to standard output
#        bias.sh DIM TOP SEED      its lines of one dimension, largest singular value and teacher
# The settings are in the environment. The ratios are BIAS_GRID up to BIAS_WIDTH N^(-1/4), and those of the two
# limits: at says which. side is what Theorem 3.2 says that the loss must do, likely what the stricter
# limit of the authors' code, N^(1/4) times it, says.
set -eu
columns='dim top psi at ratio limit limit_pac side likely seed models fell share'

if [ $# -eq 0 ]; then
    echo "$columns" | tr ' ' '\t'
    awk -v dims="$BIAS_DIMS" -v top="$BIAS_TOP" -v n="$BIAS_GRID" -v teachers="$BIAS_TEACHERS" -v seed="$SEED" '
    BEGIN { # the long ones first
        for (d = split(dims, dim, " "); d >= 1; d--) for (i = n; i >= 1; i--) for (t = 0; t < teachers; t++)
            printf "%d %.10g %d\n", dim[d], top * i / n, seed + 1000 * j++
    }' | sh "${0%/*}/each.sh" "$0" -k1,1g -k2,2g -k5,5g -k10,10g
    exit
fi
dim=$1 top=$2 seed=$3

# psi, the limits (Theorem 3.2; their code has N^(1/4) times it), and the ratios: a grid up to BIAS_WIDTH
# N^(-1/4), then both limits, a rounding error below.
# shellcheck disable=SC2046 # words, in this order
set -- $(awk -v d="$dim" -v top="$top" -v lowest="$BIAS_LOWEST" -v dt="$BIAS_LR" -v n="$BIAS_GRID" \
    -v width="$BIAS_WIDTH" 'BEGIN {
    for (i = 0; i < d; i++) {
        s = d > 1 ? top * (1 + (lowest - 1) * i / (d - 1)) : top
        sum += (2 * s ^ 2) ^ 2
    }
    q = sqrt(sum) * dt
    limit = 2 / sqrt(d) / (1 + q + sqrt(1 + 4 * q + q ^ 2))
    for (i = 1; i <= n; i++) printf "%.10g,", width * d ^ -0.25 * i / n
    printf "%.17g,%.17g %.10g %.10g %.10g\n", limit * (1 - 1e-9), limit * d ^ 0.25 * (1 - 1e-9), sqrt(sum), limit, limit * d ^ 0.25
}')
ratios=$1 psi=$2 limit=$3 pac=$4

nai-synth teacher -q -j 1 -n "$BIAS_ROWS" --dim "$dim" --activation linear --no-bias -s "$seed" \
    --spectrum "$(awk -v t="$top" -v l="$BIAS_LOWEST" 'BEGIN { printf "%.10g", t * l }'):$top" |
    nai-hessian -q -j 1 -a 'mlp widths=1 bias=0' --inits "$BIAS_STUDENTS" --loss mse --sum \
        --delta-loss --limits --relative --bias "$ratios" --lr "$BIAS_LR" -s "$seed" - |
    awk -F '\t' -v OFS='\t' -v grid="$BIAS_GRID" -v dim="$dim" -v top="$top" -v psi="$psi" -v limit="$limit" \
        -v pac="$pac" -v students="$BIAS_STUDENTS" -v seed="$seed" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        {
            k = (NR - 2) % (grid + 2) + 1 # the ratios come in their order for each student
            ratio[k] = $at["bias"]
            fell[k] += $at["change"] < 0
            off = $at["fro"] / psi - 1
            if (off * off > 1e-12) exit bad = 1 # not the curvature that was asked for
        }
        END {
            if (bad || NR != 1 + students * (grid + 2)) exit 1
            for (k = 1; k <= grid + 2; k++)
                print dim, top, psi, k <= grid ? "grid" : k == grid + 1 ? "limit" : "pac", ratio[k], \
                    limit, pac, ratio[k] <= limit ? "fall" : "", ratio[k] <= pac ? "fall" : "", seed, \
                    students, fell[k], fell[k] / students
        }'
