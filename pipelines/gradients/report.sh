#!/bin/sh
# report.sh - the study's report from its tables, as Markdown
# SPDX-License-Identifier: MIT
# Usage: report.sh TITLE PICTURES SEEDS, in the study's folder. Every number comes from claims.tsv.
set -eu
title=$1 pictures=$2 seeds=$3

# claims FIGURES - those lines whose figure matches.
claims() {
    awk -F '\t' -v figures="$1" '
        NR == 1 {
            for (i = 1; i <= NF; i++) at[$i] = i
            print "| figure | what | paper | ours | difference | 95 % interval | n | as claimed |"
            print "|---|---|--:|--:|--:|--:|--:|---|"
            next
        }
        $at["figure"] ~ figures {
            printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", $at["figure"], $at["claim"], $at["paper"], $at["ours"], \
                $at["difference"], $at["ci_lo"] == "" ? "" : $at["ci_lo"] " to " $at["ci_hi"], $at["n"], \
                $at["holds"] ($at["sure"] != "" && $at["holds"] == "no" ? ": A THEOREM IS CONTRADICTED" : "")
        }' claims.tsv
}

# pictures FIGURE... - those of the figures of these numbers.
show() {
    for p in $pictures; do
        for f in "$@"; do case $p in fig"$f"*) printf '![%s](%s.svg)\n' "$p" "$p" ;; esac; done
    done
}

verdict() {
    awk -F '\t' '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["sure"] == "theorem" { theorems++; broken += $at["holds"] != "yes" }
        $at["sure"] == "" && $at["holds"] != "" { claims++; held += $at["holds"] == "yes"; contrary += $at["holds"] == "no" }
        $at["claim"] ~ /cells where/ { cells += $at["n"]; crossed += $at["ours"] }
        END {
            printf "* Limits of Theorems 3.1 and 3.2: %d of %d cells on a sure side cross them.\n", crossed, cells
            printf "* %d lines below are of a theorem; %s.\n", theorems, broken ? broken " CONTRADICT IT" : "none contradicts it"
            printf "* Of %d signs that the papers claim, %d are found, by intervals without the other sign, %d are the contrary, and %d are open.\n", \
                claims, held, contrary, claims - held - contrary
        }' claims.tsv
}

cat <<END
# Approximate gradients: the impact of variance and bias on a step of learning

Written by \`make study-gradients\`, with $seeds. The impact is the change of the loss in one step by an approximate
gradient, less that by the gradient itself. Intervals are of teachers or seeds, those of the accuracies of test images;
n says of how many teachers, seeds, models or cells a line is.

$(verdict)

## Where the loss must fall or rise: Figures 7 and 8

Dashed are the limits of the theorems, dash-dotted the stricter one, which is no theorem.

$(claims '^[78]')

$(show 7 8)

## Bias and the norm of the gradient: Figure 4

Dashed: Lemma 2.1, with the angle between gradient and bias that they have on average.

$(claims '^4')

$(show 4)

## Variance and the shape of the student: Figure 3

Dashed in A: Lemma 2.1. The line upright in A is at the width of the inputs, in C at that of the teacher.

$(claims '^3')

$(show 3)

## VGG on images ($title): Figures 1, 5 and 6

$(claims '^[156]')

$(show 1 5 6)

\`claims.tsv\` has these lines, \`fig*.tsv\` the tables that the pictures are of.
END
