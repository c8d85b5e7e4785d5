#!/bin/sh
# deps.sh - install what is missing of the Debian packages that building, checking or studying needs
# SPDX-License-Identifier: MIT
# Usage: pipelines/deps.sh build|check|study|lint|fuzz...   Prints what it installs; silent when nothing is
# missing, in which case nothing touches the network.
set -eu

build='gcc libc6-dev make pkg-config libopenblas-openmp-dev liblapacke-dev libzstd-dev libjansson-dev
libxxhash-dev libdnnl-dev libmatio-dev libhdf5-dev libzip-dev libjpeg-dev libpng-dev zlib1g-dev'
check='bats zstd python3 jq gnuplot-nox bsdutils dataset-fashion-mnist'
study='gnuplot-nox dataset-fashion-mnist'
clang='clang libomp-dev libclang-rt-dev'
lint='clang-format groff'
bench='python3-numpy python3-scipy python3-sklearn python3-torch python3-torchvision python3-pil time'
cover='gcovr'

want=
for group in "$@"; do
    case $group in
    build | check | study | clang | lint | bench | cover) eval "want=\"\$want \$$group\"" ;;
    *) echo "deps.sh: no group '$group'" >&2; exit 2 ;;
    esac
done

missing=
for p in $want; do
    dpkg-query -W -f '${Status}\n' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "deps.sh: no apt-get here; install the equivalents of:$missing" >&2
    exit 1
fi
echo "installing:$missing"
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || {
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
