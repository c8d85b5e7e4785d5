#!/bin/sh
# vgg.sh - Figures 5 and 6: the impact of variance and of bias on VGG students of a trained VGG
# SPDX-License-Identifier: MIT
# Usage: vgg.sh                          the table of the figures, to standard output
#        vgg.sh PANEL DEPTH WIDTH SEED   its lines of one kind of student and seed
# The settings are in the environment; students.nts has the images and the teacher's outputs. A line for each
# panel (deeper or wider), student and step, of noise of variance VGG_VARIANCE or bias VGG_BIAS.
set -eu

if [ $# -eq 0 ]; then
    echo 'panel depth width seed step sigma bias grad_norm params linear quadratic cross measured' | tr ' ' '\t'
    seq "$VGG_SEEDS" | awk -v seed="$SEED" -v depths="$VGG_DEPTHS" -v width="$VGG_WIDTH" -v depth="$VGG_DEPTH" \
        -v widths="$VGG_WIDTHS" '{ # the long ones first
            for (i = split(depths, d, " "); i >= 1; i--) print "deeper", d[i], width, seed + $1
            for (i = split(widths, w, " "); i >= 1; i--) print "wider", depth, w[i], seed + $1
        }' | sh "${0%/*}/each.sh" "$0" -k1,1 -k2,2g -k3,3g -k4,4g -k5,5g -k6,6g
    exit
fi
panel=$1 depth=$2 width=$3 seed=$4
sigma=$(awk -v v="$VGG_VARIANCE" 'BEGIN { printf "%.10g", sqrt(v) }')

for steps in "--sigma $sigma --draws $VGG_DRAWS" "--bias $VGG_BIAS"; do
    # shellcheck disable=SC2086 # two options and their values
    INIT=$VGG_INIT sh "${0%/*}/steps.sh" students.nts "vgg$depth width=$width head=linear" "$seed" "$VGG_STEPS" "$VGG_LR" \
        --method hutchinson --probes 2 $steps |
        awk -v OFS='\t' -v panel="$panel" -v d="$depth" -v w="$width" -v s="$seed" \
            '{ print panel, d, w, s, $1, $2, $3, $4, $5, $6, $7, $8, $10; n++ } END { exit !n }'
done
