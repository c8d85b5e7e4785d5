#!/usr/bin/env bash
# run.sh - speed and memory beside NumPy, PyTorch and scikit-learn, on the same machine, threads and data
# SPDX-License-Identifier: MIT
# Usage: tests/bench/run.sh BUILD_DIR [PART]   PART: spectra, learning, hessian, probe, augment or kernels [all].
# Medians (least - most) of REPEATS runs [5]; data in BENCH_DIR.
set -eu
cd "$(dirname "$0")/../.."
bin=$(realpath "$1")/bin
programs=$(realpath "$1")/tests/bench
part=${2:-all}
here=$PWD/tests/bench
repeats=${REPEATS:-5}
dir=${BENCH_DIR:-$(mktemp -d /tmp/nai-bench.XXXXXX)}
python=/usr/bin/python3
mkdir -p "$dir"
[ "${BENCH_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
cd "$dir"
# OpenBLAS's own choice of kernels can be five times slower; nai mends that by itself, NumPy is
# given the same ones.
export OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-$("$here/coretype.sh" "$bin")}
export OMP_NUM_THREADS=${THREADS:-$(nproc)} OPENBLAS_NUM_THREADS=${THREADS:-$(nproc)}

echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs, $OMP_NUM_THREADS threads"
"$bin/nai-cov" --version | sed 's/^/  /'
$python -c 'import numpy, scipy; print("  NumPy", numpy.__version__, "SciPy", scipy.__version__)'
echo "OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE, medians (least - most) of $repeats runs"

wants() { [ "$part" = all ] || [ "$part" = "$1" ]; }

if wants spectra; then
    [ -e f.npy ] || $python "$here/features.py" f.npy 50000 2048
    [ -e f.nts ] || "$bin/nai-import" npy f.npy --level 0 -o f.nts
    [ -e g.nts ] || "$bin/nai-cat" --slice 0:25000 --level 0 f.nts -o g.nts
    cat f.npy f.nts g.nts >/dev/null

    cat >pipe.sh <<EOF
set -e -o pipefail
"$bin/nai-cov" -j $OMP_NUM_THREADS "\$@" | "$bin/nai-eig" -j $OMP_NUM_THREADS | "$bin/nai-alpha" >alpha.tsv
EOF
    echo
    echo '50,000 x 2048 float32 features, file to alpha (whole processes)'
    $python "$here/measure.py" "$repeats" \
        numpy="$python $here/numpy_alpha.py f.npy" \
        exact="bash pipe.sh f.nts" \
        mixed="bash pipe.sh --precision mixed f.nts" \
        half="bash pipe.sh g.nts" \
        cov="$bin/nai-cov --level 0 -o c.nts f.nts" \
        cov-mixed="$bin/nai-cov --level 0 --precision mixed -o m.nts f.nts" \
        eig="$bin/nai-eig -o e.nts c.nts"
    echo
    echo 'streams of 2048 float32 features, one core, in memory; GB/s of rows'
    "$programs/stream" "$repeats"
fi
if wants augment; then
    echo
    echo 'views, one core: nai-augment beside torchvision'
    $python "$here/augment.py" "$bin" "$repeats"
fi
if wants probe; then
    echo
    echo 'logistic regression beside scikit-learn'
    $python "$here/probe.py" "$bin" "$repeats"
fi
if wants learning; then
    echo
    echo 'training and embedding beside PyTorch'
    $python "$here/learning.py" "$bin" "$repeats"
fi
if wants hessian; then
    echo
    echo "Hessian products beside PyTorch's double back-propagation"
    $python "$here/hessian.py" "$bin" "$repeats"
fi
if wants kernels; then
    for p in layers conv2d loss; do
        echo
        echo "kernels: $p"
        OMP_WAIT_POLICY=passive "$programs/$p"
    done
    for mode in resnet18 cnn; do
        echo
        OMP_WAIT_POLICY=passive "$programs/net" "$mode$([ $mode = cnn ] && echo ' in=1x28x28' || echo ' in=3x32x32')"
    done
fi
