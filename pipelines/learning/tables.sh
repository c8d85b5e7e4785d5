#!/bin/sh
# tables.sh - the study's tables from those of each model
# SPDX-License-Identifier: MIT
# Usage: tables.sh MODELS TIMED LAYERED LAYERS PDIM SEED, in the study's folder. Writes models.tsv, times.tsv and
# layers.tsv, each whole or not at all.
set -eu
models=$1 timed=$2 layered=$3 layers=$4 pdim=$5 seed=$6

# lines MODEL - of each of its checkpoints: step, alpha's columns, the probe's columns.
lines() {
    awk -F '\t' -v OFS='\t' '
        FNR == 1 { file++; split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
        file == 1 {
            alpha[$at["name"]] = $at["alpha"] OFS $at["se"] OFS $at["lo"] OFS $at["hi"] OFS \
                $at["weights"] OFS $at["r2"] OFS $at["rankme"] OFS $at["erank"] OFS $at["pr"] OFS $at["stable_rank"]
        }
        file == 2 {
            step = $at["field"]
            if (!sub(/.*@/, "", step)) step = ""
            print step, alpha[$at["field"]], $at["top1"], $at["ci_lo"], $at["ci_hi"], $at["n"], $at["n_train"], \
                $at["C"], $at["converged"], ($at["ci_hi"] - $at["ci_lo"]) / 2
        }' "$1.alpha.tsv" "$1.probe.tsv"
}
columns='alpha se lo hi weights r2 rankme erank pr stable_rank top1 ci_lo ci_hi n n_train C converged half_ci'
tabs() { echo "$*" | tr ' ' '\t'; }

{
    tabs model views beta seed $columns
    for m in $models; do
        case $m in
        *-*) views=${m%%-*} beta=${m#*-} ;;
        *) views= beta= ;;
        esac
        [ "$beta" != auto ] || beta=$(awk -v d="$pdim" 'BEGIN { printf "%g", 5 / d }')
        lines "$m" | tail -n 1 | cut -f 2- | sed "s/^/$m	$views	$beta	$seed	/"
    done
} >models.tsv.part

# Seconds of training up to each checkpoint, from the log.
{
    tabs model views step seconds $columns
    for m in $timed; do
        lines "$m" | awk -F '\t' -v OFS='\t' -v m="$m" '
            NR == FNR && FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            NR == FNR { seconds[$at["step"]] = $at["seconds"]; next }
            { views = m; sub(/-.*/, "", views); $1 = m OFS views OFS $1 OFS seconds[$1]; print }' "$m.log" -
    done
} >times.tsv.part

{
    tabs model layer dim alpha se lo hi weights r2 rankme pr
    for m in $layered; do
        awk -F '\t' -v OFS='\t' -v m="$m" -v layers="$layers" '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            { print m, $at["name"] == "x" ? layers : $at["name"], # one layer alone is called x
                $at["dim"], $at["alpha"], $at["se"], $at["lo"], $at["hi"], $at["weights"], $at["r2"],
                $at["rankme"], $at["pr"] }' "$m.layers.tsv"
    done
} >layers.tsv.part
for t in models times layers; do mv $t.tsv.part $t.tsv; done
