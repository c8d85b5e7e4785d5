#!/usr/bin/python3
"""probe.py - nai-probe's logistic regression beside scikit-learn's: time to the same gradient.
SPDX-License-Identifier: MIT
Usage: tests/bench/probe.py BIN [REPEATS [ROWS [FEATURES]]]   BIN: the folder of the tools.

Ten overlapping clusters whose features' variance decays, float32. scikit-learn is given float64,
which it takes without a copy at each step, and its tolerance is on n C times ours. Both read their rows
from a file that is in the page cache; nai-probe's time is that of the whole process."""
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

bin_dir = sys.argv[1]
repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
n = int(sys.argv[3]) if len(sys.argv) > 3 else 50000
d = int(sys.argv[4]) if len(sys.argv) > 4 else 512
threads = os.environ.get("OMP_NUM_THREADS") or str(len(os.sched_getaffinity(0)))
os.environ.update(OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)
if "OPENBLAS_CORETYPE" not in os.environ:
    here = os.path.dirname(os.path.abspath(__file__))
    core = subprocess.run([os.path.join(here, "coretype.sh"), bin_dir], capture_output=True, text=True)
    if core.stdout.strip():
        os.environ["OPENBLAS_CORETYPE"] = core.stdout.strip()

import numpy as np  # noqa: E402  the number of threads has to be set before
import sklearn  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import log_loss  # noqa: E402

warnings.filterwarnings("ignore")


def clusters():
    rng = np.random.default_rng(0)
    scale = np.arange(1, d + 1) ** -0.5
    y = rng.integers(0, 10, n)
    x = rng.normal(size=(n, d)) * scale + 0.15 * (rng.normal(size=(10, d)) * scale)[y]
    return x.astype("f4"), y.astype("i4")


def ours(tol):
    start = time.perf_counter()
    command = [f"{bin_dir}/nai-probe", "-j", threads, "--tol", str(tol), "--test", "few.nts", "--json", "all.nts"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - start, json.loads(out)["objective"], json.loads(out)["iterations"]


def theirs(tol):
    start = time.perf_counter()
    x, y = np.load("x.npy").astype("f8"), np.load("y.npy")
    loaded = time.perf_counter()
    m = LogisticRegression(tol=tol * n, max_iter=100000, multi_class="multinomial").fit(x, y)
    fitted = time.perf_counter()
    f = log_loss(y, m.predict_proba(x)) + (m.coef_**2).sum() / (2 * n)
    return fitted - loaded, fitted - start, f, int(m.n_iter_[0])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    x, y = clusters()
    np.save("x.npy", x)
    np.save("y.npy", y)
    subprocess.run([f"{bin_dir}/nai-import", "npy", "x.npy", "y.npy", "--level", "0", "-o", "all.nts"], check=True)
    subprocess.run([f"{bin_dir}/nai-cat", "--slice", "0:1000", "all.nts", "-o", "few.nts"], check=True)
    print(f"logistic regression, {n:,} x {d}, 10 classes, C = 1, {threads} threads, "
          f"scikit-learn {sklearn.__version__}, median of {repeats}")
    print(f"{'max|g|':>8} {'nai-probe':>10} {'its':>5} {'sklearn fit':>12} {'with load':>10} {'its':>5} "
          f"{'ratio':>6} {'with load':>10} {'objectives':>24}")
    for tol in (1e-4, 1e-6):
        a, b = [], []
        for _ in range(repeats):  # in turn, so that a slow spell of the machine meets both
            a.append(ours(tol))
            b.append(theirs(tol))
        a, b = sorted(a)[len(a) // 2], sorted(b)[len(b) // 2]
        print(f"{tol:8g} {a[0]:9.2f}s {a[2]:5d} {b[0]:11.2f}s {b[1]:9.2f}s {b[3]:5d} "
              f"{b[0] / a[0]:6.1f} {b[1] / a[0]:10.1f} {a[1]:12.9f} {b[2]:12.9f}")
