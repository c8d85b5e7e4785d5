#!/bin/sh
# steps.sh - what approximate gradients would do to each step of a student
# SPDX-License-Identifier: MIT
# Usage: steps.sh DATA ARCH SEED STEPS LR OPTION...   of nai-hessian --delta-loss; INIT in the environment is how
# the student's parameters are drawn [pytorch]. It learns by the gradient itself, of all rows; lines without a
# header, one for each of its STEPS, sigma and bias, tabs between:
# step sigma bias grad_norm params bias_linear bias_quadratic bias_cross variance measured loss
set -eu
data=$1 arch=$2 seed=$3 steps=$4 lr=$5 init=${INIT:-pytorch}
shift 5

# lines LEAST - the columns wanted of a table with at least so many lines.
lines() {
    awk -F '\t' -v OFS='\t' -v least="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        {
            print "step" in at ? $at["step"] : 0, $at["sigma"], $at["bias"], $at["grad_norm"], $at["params"], \
                $at["bias_linear"], $at["bias_quadratic"], $at["bias_cross"], $at["variance"], $at["measured"], $at["loss"]
        }
        END { exit NR < 1 + least }'
}

nai-hessian -q -j 1 -a "$arch" --init "$init" -s "$seed" --loss mse --delta-loss --lr "$lr" "$@" "$data" | lines 1
[ "$steps" -eq 1 ] || nai-train -q -j 1 -a "$arch" --init "$init" -s "$seed" --loss mse --dtype f64 --full-batch --optim sgd \
    --momentum 0 --weight-decay 0 --lr "$lr" --epochs $((steps - 1)) --keep-steps 1 "$data" |
    nai-hessian -q -j 1 -m - -s "$seed" --loss mse --delta-loss --lr "$lr" "$@" "$data" | lines $((steps - 1))
