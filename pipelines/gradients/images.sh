#!/bin/sh
# images.sh - images of 32 by 32 as VGG takes them, a stream to a stream
# SPDX-License-Identifier: MIT
# Usage: images.sh LABEL <IN   x f32[channels,32,32], (grey - mean) / std, and y the labels. One clean view of each,
# without the axis of views: in the header of the array, which stays as long as it was.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/images.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

nai-augment -q --views 1 --crop 32 --scale 1:1 --ratio 1:1 --flip 0 --jitter 0 --gray 0 --dtype f32 -o "$dir/views.nts"
nai-export npy -q -f x "$dir/views.nts" |
    LC_ALL=C sed "1s/\(shape': ([0-9]*\), 1, \([0-9]*, 32, 32), }\)/\1, \2   /" >"$dir/x.npy"
nai-export npy -q -f "$1" "$dir/views.nts" -o "$dir/y.npy"
cd "$dir"
nai-import npy -q x.npy --labels y.npy
