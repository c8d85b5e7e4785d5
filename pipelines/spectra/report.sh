#!/bin/sh
# report.sh - the study's report from its tables, as Markdown
# SPDX-License-Identifier: MIT
# Usage: report.sh TITLE CLASSES PRESET PRESET_FEW REPEATED SIGMA SEED SHUFFLES, in the study's folder;
# the commands that were run are in REPORT_COMMANDS. Every number comes from the tables.
set -eu
title=$1 classes=$2 preset=$3 preset_few=$4 repeated=$5 sigma=$6 seed=$7 shuffles=$8

# table FILE COLUMN... - these columns as a Markdown table, numbers to four digits; class names for
# the labels of the first column.
table() {
    file=$1
    shift
    awk -F '\t' -v want="$*" -v classes="$classes" '
        BEGIN { n = split(want, col, " "); k = split(classes, name, ",") }
        NR == 1 {
            for (i = 1; i <= NF; i++) at[$i] = i
            for (i = 1; i <= n; i++) { head = head "| " col[i] " "; rule = rule (i == 1 ? "|---" : "|--:") }
            print head "|\n" rule "|"
            next
        }
        {
            for (i = 1; i <= n; i++) {
                v = $at[col[i]]
                if (match(v, /^x\[.*=[0-9]+\]$/)) {
                    label = v; sub(/.*=/, "", label); sub(/\]/, "", label)
                    if (label + 1 <= k) v = v " " name[label + 1]
                } else if (v ~ /^-?[0-9]+\.[0-9]/ || v ~ /e-/) {
                    v = sprintf("%.4g", v)
                }
                printf "| %s ", v
            }
            print "|"
        }' "$file"
}

# cell FILE ROW COLUMN [FORMAT] - one number, of the row whose first cell, or whose number, it is.
cell() {
    awk -F '\t' -v row="$2" -v column="$3" -v format="${4:-%.3f}" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i; next }
        $1 == row || row == "#" NR - 1 { printf format, $c; found = 1; exit }
        END { exit !found }' "$1"
}

# fitted FILE ROW - alpha with all that belongs to it.
fitted() {
    case $(cell "$1" "$2" weights %s) in rank) weights=1/rank ;; *) weights=1 ;; esac
    echo "α = $(cell "$1" "$2" alpha) ± $(cell "$1" "$2" se) (95 % interval" \
        "$(cell "$1" "$2" ci_lo) to $(cell "$1" "$2" ci_hi); ranks $(cell "$1" "$2" lo %d) to" \
        "$(cell "$1" "$2" hi %d), weights $weights, R² $(cell "$1" "$2" r2 %.4f))"
}

# extreme SIGN - label and alpha of the class with the largest (1) or smallest (-1) alpha.
extreme() {
    awk -F '\t' -v sign="$1" -v classes="$classes" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $1 ~ /^x\[.*=[0-9]+\]$/ && (!seen++ || sign * $at["alpha"] > sign * best) {
            best = $at["alpha"]; label = $1; gsub(/.*=|\]/, "", label)
        }
        END {
            split(classes, name, ",")
            printf "%.3f (%s)", best, label + 1 in name ? name[label + 1] : "class " label
        }' pixels.tsv
}

distance() { # A B - |alpha_A - alpha_B| of two lines of cvpca.tsv
    awk -v a="$(cell cvpca.tsv "$1" alpha %.10g)" -v b="$(cell cvpca.tsv "$2" alpha %.10g)" \
        'BEGIN { d = a - b; printf "%.3f", d < 0 ? -d : d }'
}

between() {
    if cell pixels.tsv 'x[between]' rank %d >/dev/null; then
        echo "The spectrum between classes has rank $(cell pixels.tsv 'x[between]' rank %d) and is" \
            "therefore fitted by preset \`$preset_few\`: $(fitted pixels.tsv 'x[between]'). Its α is" \
            "of another window than the others and is not to be compared with them."
    else
        echo "The spectrum between classes has too few dimensions for a fit."
    fi
}

cvpca_says() {
    noisy=$(distance '#1' '#2') cv=$(distance '#1' '#3')
    if awk -v a="$cv" -v b="$noisy" 'BEGIN { exit !(a < b) }'; then verdict=nearer; else verdict="not nearer"; fi
    echo "* The clean images: $(fitted cvpca.tsv '#1')."
    echo "* One noisy repeat, ordinary PCA: $(fitted cvpca.tsv '#2'); $noisy from the clean α."
    echo "* cvPCA of two noisy repeats: $(fitted cvpca.tsv '#3'); $cv from the clean α: $verdict" \
        "than ordinary PCA of one."
}

cat <<END
# $title: eigenspectra of pixels, of classes and of noisy repeats

Written by \`make study\`. α is minus the slope of a weighted line through (log rank, log eigenvalue);
it means nothing without its window and weights, which stand beside it everywhere. Standard errors
and intervals are those of the line: scatter about it, not the choice of images.

## All images, and each class

$(cell pixels.tsv x n %d) images of $(cell pixels.tsv x dim %d) numbers. All together: $(fitted pixels.tsv x).
By class, α goes from $(extreme -1) to $(extreme 1), by preset \`$preset\`; within classes:
$(fitted pixels.tsv 'x[within]'). $(between)

![Eigenspectrum of all images](pixels.svg)

![Eigenspectra by class](classes.svg)

$(table pixels.tsv name n rank alpha se ci_lo ci_hi lo hi weights r2 rankme erank pr stable_rank)

## The window matters

The same spectrum, all images, by every preset:

$(table windows.tsv preset alpha se lo hi weights r2)

## Noise, and what cvPCA does about it

The first $(cell cvpca.tsv '#1' n %d) images (of $repeated asked for), and two repeats of each with Gaussian noise
of standard deviation $sigma in the unit of the data, seed $seed, added by \`noisy-repeats\`, a stage that
is not part of the suite but a page of C on libnts. cvPCA swaps the repeats $shuffles times at random, seed $seed.

$(cvpca_says)

![Clean, noisy and cross-validated spectra](cvpca.svg)

$(table cvpca.tsv name n dim alpha se ci_lo ci_hi lo hi weights r2)

## What was run

In this folder, with the tools in PATH, and libnts and \`noisy-repeats.c\` at hand; the names that stand
for dots are those of the tables:

\`\`\`sh
$REPORT_COMMANDS
\`\`\`

\`nai-view FILE.nts\` shows for each stream which commands and seeds made it, and its digests.
END
