#!/bin/sh
# noise.sh - Figures 7A and B: noise, and the curvature at which the loss falls or rises
# SPDX-License-Identifier: MIT
# Usage: noise.sh                  the table of the figures, to standard output
#        noise.sh LO HI SEED       its lines of one pair of singular values and seed of the data
# The settings are in the environment. Inputs have singular values evenly spaced from LO to HI, so that the
# Hessian's eigenvalues go from 2 LO^2 to 2 HI^2; fell is of how many students the loss fell, on average over
# the draws of the noise; side is what Theorem 3.1 says that it must do.
set -eu

if [ $# -eq 0 ]; then
    echo 'sigma lo hi lambda_min lambda_max limit side models fell share' | tr ' ' '\t'
    awk -v lo="$NOISE_LO" -v hi="$NOISE_HI" -v n="$NOISE_GRID" -v seed="$SEED" 'BEGIN {
        for (i = 0; i < n; i++) for (k = i; k < n; k++)
            printf "%.10g %.10g %d\n", lo + (hi - lo) * i / (n - 1), lo + (hi - lo) * k / (n - 1), \
                seed + 1000 * j++
    }' | sh "${0%/*}/each.sh" "$0" -k1,1g -k2,2g -k3,3g
    exit
fi
lo=$1 hi=$2 seed=$3

nai-synth teacher -q -j 1 -n "$NOISE_ROWS" --dim "$NOISE_DIM" --spectrum "$lo:$hi" --activation linear \
    --no-bias -s "$seed" |
    nai-hessian -q -j 1 -a 'mlp widths=1 bias=0' --inits "$NOISE_STUDENTS" --loss mse --sum \
        --delta-loss --limits --relative --sigma "$NOISE_SIGMAS" --lr "$NOISE_LR" --draws "$NOISE_DRAWS" \
        -s "$seed" - |
    awk -F '\t' -v lo="$lo" -v hi="$hi" -v students="$NOISE_STUDENTS" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        {
            s = $at["sigma"]
            if (!(s in models)) order[++k] = s
            models[s]++
            fell[s] += $at["change"] < 0
            limit[s] = $at["lambda_limit"]
            most = $at["lambda_max"]; least = $at["lambda_min"]
        }
        END {
            if (k == 0) exit 1
            for (i = 1; i <= k; i++) {
                s = order[i]
                if (models[s] != students) exit 1
                side = most <= limit[s] ? "fall" : least >= limit[s] ? "rise" : ""
                printf "%s\t%s\t%s\t%.6g\t%.6g\t%.6g\t%s\t%d\t%d\t%.6g\n", s, lo, hi, \
                    2 * lo ^ 2, 2 * hi ^ 2, limit[s], side, students, fell[s], fell[s] / students
            }
        }'
