#!/bin/sh
# report.sh - the study's report from its tables, as Markdown
# SPDX-License-Identifier: MIT
# Usage: report.sh TITLE ARCH EPOCHS BATCH PDIM SEED PRESET, in the study's folder. Every number comes
# from the tables; nothing is said that they do not say.
set -eu
title=$1 arch=$2 epochs=$3 batch=$4 pdim=$5 seed=$6 preset=$7

# table FILE COLUMN... - these columns as a Markdown table, numbers to four digits.
table() {
    file=$1
    shift
    awk -F '\t' -v want="$*" '
        BEGIN { n = split(want, col, " ") }
        NR == 1 {
            for (i = 1; i <= NF; i++) at[$i] = i
            for (i = 1; i <= n; i++) { head = head "| " col[i] " "; rule = rule (i == 1 ? "|---" : "|--:") }
            print head "|\n" rule "|"
            next
        }
        {
            for (i = 1; i <= n; i++) {
                v = $at[col[i]]
                if (v ~ /^-?[0-9]+\.[0-9]/ || v ~ /e-/) v = sprintf("%.4g", v)
                printf "| %s ", v
            }
            print "|"
        }' "$file"
}

# cell FILE ROW COLUMN [FORMAT] - a number of the row whose first cell is ROW.
cell() {
    awk -F '\t' -v row="$2" -v column="$3" -v format="${4:-%.3f}" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i; next }
        $1 == row { printf format, $c; exit }' "$1"
}

accuracy() { # MODEL
    echo "$(cell models.tsv "$1" top1) (95 % interval $(cell models.tsv "$1" ci_lo) to $(cell models.tsv "$1" ci_hi))"
}

# best VIEWS - "accuracy at beta" of the best run with so many views.
best() {
    awk -F '\t' -v views="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["views"] == views && (b == "" || $at["top1"] > b) { b = $at["top1"]; beta = $at["beta"]; a = $at["alpha"] }
        END { printf "%.3f at β = %g (α = %.3f)", b, beta, a }' models.tsv
}

# rank_correlation VIEWS COLUMN - Spearman between alpha (or |alpha - 1|) and accuracy, over the runs with so
# many views, or all ("").
correlation() {
    awk -F '\t' -v views="$1" -v what="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["views"] != "" && (views == "" || $at["views"] == views) {
            x[++n] = what == "distance" ? ($at["alpha"] > 1 ? $at["alpha"] - 1 : 1 - $at["alpha"]) : $at["alpha"]
            y[n] = $at["top1"]
        }
        function rank(v, r,   i, j) {
            for (i = 1; i <= n; i++) {
                r[i] = .5
                for (j = 1; j <= n; j++) r[i] += v[j] < v[i] ? 1 : v[j] == v[i] ? .5 : 0
            }
        }
        END {
            rank(x, p); rank(y, q); m = (n + 1) / 2
            for (i = 1; i <= n; i++) { xy += (p[i] - m) * (q[i] - m); xx += (p[i] - m) ^ 2; yy += (q[i] - m) ^ 2 }
            if (xx * yy > 0) printf "%.2f over %d runs", xy / sqrt(xx * yy), n
            else printf "undefined over %d runs", n
        }' models.tsv
}

# reached - for each number of views, when the accuracy of the first timed run at its end was first reached.
reached() {
    awk -F '\t' '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        !first { first = $1 }
        { n++; m[n] = $1; v[n] = $at["views"]; s[n] = $at["seconds"]; t[n] = $at["top1"]; if ($1 == first) goal = $at["top1"] }
        END {
            for (i = 1; i <= n; i++) {
                if (!(m[i] in views)) { order[++k] = m[i]; views[m[i]] = v[i] }
                if (!(m[i] in when) && t[i] >= goal && s[i] != "") when[m[i]] = s[i]
                last[m[i]] = s[i]; end[m[i]] = t[i]
            }
            for (i = 1; i <= k; i++) {
                printf "* %s views: %.1f seconds of training, %.4f at the end; ", views[order[i]], last[order[i]], end[order[i]]
                if (order[i] in when) printf "%.4f was reached or passed after %.1f s.\n", goal, when[order[i]]
                else printf "%.4f was not reached.\n", goal
            }
        }' times.tsv
}

images=$(cell models.tsv pixels n_train %d)
set -- $(awk -F '\t' 'NR > 1 && $2 != "" && !seen[$2]++ { print $2 }' models.tsv)
cat <<END
# $title: β, views, α and accuracy of Barlow Twins encoders

Written by \`make study\`. Network \`$arch\`, projector of $pdim, $images images seen $epochs times in batches of
$batch, Adam at 0.001, seed $seed: one run of each, so a difference that is smaller than the intervals is not one.
Accuracy is that of logistic regression on the features of the encoder (its projector discarded) of the same
$images images, tested on $(cell models.tsv pixels n %d) others; its interval is Wilson's, of the choice of test
images alone. α is of the test features, preset \`$preset\`, with its window and error beside it; where a
representation has fewer dimensions than the window, the window is cut and the table says where.

## Accuracy and α

* Pixels (standardised for the probe): $(accuracy pixels), α = $(cell models.tsv pixels alpha).
* The network untrained (batch statistics of one pass): $(accuracy untrained), α = $(cell models.tsv untrained alpha).
$(for v in "$@"; do echo "* Best with $v views: $(best "$v")."; done)

Rank correlation (Spearman) of accuracy with α: $(correlation "" alpha); with |α - 1|: $(correlation "" distance).
$(for v in "$@"; do echo "With $v views: $(correlation "$v" alpha); with |α - 1|: $(correlation "$v" distance)."; done)
The papers expect the best accuracy near α = 1, that is a strong negative correlation with |α - 1|.

![Accuracy against alpha](alpha.svg)

$(table models.tsv model views beta alpha se lo hi weights r2 rankme erank pr top1 ci_lo ci_hi C converged)

## Time

The runs at β auto = 5/$pdim, each checkpoint probed as above. Seconds are of training alone, on this machine.

$(reached)

![Accuracy against time](time.svg)

$(table times.tsv model step seconds alpha top1 ci_lo ci_hi)

## Layers

$(table layers.tsv model layer dim alpha se lo hi weights r2 rankme pr)

\`nai-view FILE.nts\` shows for each stream which commands and seeds made it, and its digests.
END
