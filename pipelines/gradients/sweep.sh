#!/bin/sh
# sweep.sh - Figure 1: accuracy after training with noise and bias, as shares of the gradient
# SPDX-License-Identifier: MIT
# Usage: sweep.sh                     the table of the figure, to standard output
#        sweep.sh NOISE BIAS SEED     its line of one network
# The settings are in the environment; start-SEED.nts is where it starts, train.nts what it learns from, all rows a
# step, and test.nts what it is tested on. A network that diverges classifies none.
set -eu

if [ $# -eq 0 ]; then
    echo 'noise bias seed train test' | tr ' ' '\t'
    seq "$SWEEP_SEEDS" | awk -v seed="$SEED" -v noises="$SWEEP_NOISE" -v biases="$SWEEP_BIAS" '{
        n = split(noises, noise, " "); m = split(biases, bias, " ")
        for (i = 1; i <= n; i++) for (k = 1; k <= m; k++) print noise[i], bias[k], seed + $1
    }' | sh "${0%/*}/each.sh" "$0" -k1,1g -k2,2g -k3,3g
    exit
fi
noise=$1 bias=$2 seed=$3
dir=$(mktemp -d "${TMPDIR:-/tmp}/sweep.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

status=0
nai-train -q -j 1 --from "start-$seed.nts" -s "$seed" --loss ce --full-batch --optim sgd --lr "$SWEEP_LR" --momentum 0.9 \
    --weight-decay 0 --epochs "$SWEEP_EPOCHS" --grad-relative --grad-noise "$noise" --grad-bias "$bias" train.nts \
    -o "$dir/model.nts" 2>"$dir/why" || status=$?
if [ "$status" -eq 4 ]; then # not finite
    train=0 test=0
elif [ "$status" -ne 0 ]; then
    cat "$dir/why" >&2
    exit "$status"
else
    train=$(sh "${0%/*}/accuracy.sh" "$dir/model.nts" train.nts)
    test=$(sh "${0%/*}/accuracy.sh" "$dir/model.nts" test.nts)
fi
printf '%s\t%s\t%s\t%s\t%s\n' "$noise" "$bias" "$seed" "$train" "$test"
