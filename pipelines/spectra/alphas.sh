#!/bin/sh
# alphas.sh - alpha of every spectrum of a stream, as one table
# SPDX-License-Identifier: MIT
# Usage: alphas.sh SPECTRA PRESET PRESET_FEW   The spectrum between classes, whose rank is less than
# their number, is fitted by PRESET_FEW, and is not in the table when even that is too much.
set -eu
most=$(nai-view "$1" | awk '$3 == "rows" && $1 !~ /\[between\]$/ { printf "%s%s", s, $1; s = "," }')
nai-alpha --preset "$2" --select "$most" "$1"
few=$(nai-alpha -q --preset "$3" --select 'x[between]' "$1" 2>/dev/null) || exit 0
echo "$few" | tail -n 1
