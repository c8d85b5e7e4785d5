#!/usr/bin/python3
"""hessian.py - Hessian products and a trace beside PyTorch's double back-propagation

SPDX-License-Identifier: MIT
Usage: tests/bench/hessian.py BIN [REPEATS [PROBES [CASE...]]]   medians (least - most) of REPEATS runs [3], the two sides
in turn, and PROBES products [30] for the trace. BIN: the folder of the tools. CASE: resnet20-f32, resnet18-f32,
resnet20-f64 [all].

Cross-entropy of ten classes on random pictures, evaluation mode, newly drawn networks. nai's times are
those of whole processes, drawing the network, reading the pictures and writing the result; PyTorch's
begin when it is loaded and its data stand ready, in the better of two layouts, with large allocations
kept. One product more is the time of the trace less that of two products, by their number."""
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

bin_dir = os.path.abspath(sys.argv[1])
repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
probes = int(sys.argv[3]) if len(sys.argv) > 3 else 30
here = os.path.dirname(os.path.abspath(__file__))
threads = os.environ.get("OMP_NUM_THREADS") or str(len(os.sched_getaffinity(0)))
os.environ.update(OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)

import numpy as np  # noqa: E402  the number of threads has to be set before

KEPT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_TOP_PAD_": str(1 << 28)}
CASES = [("resnet20", "f32", 200), ("resnet18", "f32", 64), ("resnet20", "f64", 100)]


def run(command, **more):
    """Seconds and peak bytes of a process."""
    start = time.perf_counter()
    child = subprocess.Popen(command, **more)
    out = child.stdout.read() if child.stdout else None
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command}: exit {child.returncode}")
    return time.perf_counter() - start, used.ru_maxrss * 1024, out


def torch(net, dtype, rows, layout):
    out = run([sys.executable, os.path.join(here, "torch_hessian.py"), net, str(rows), dtype, str(probes), layout],
              stdout=subprocess.PIPE, env=dict(os.environ, **KEPT))[2]
    return [float(v) for v in out.split()]


def nai(net, dtype, file, count):
    return run([os.path.join(bin_dir, "nai-hessian"), "-q", "-j", threads, "-a", f"{net} classes=10", "--trace", "--method",
                "hutchinson", "--probes", str(count), "--dtype", dtype, "-b", "1000", "-o", "trace.tsv", file])[:2]


def spread(v, scale=1):
    v = sorted(x / scale for x in v)
    return f"{statistics.median(v):8.2f} ({v[0]:.2f} - {v[-1]:.2f})"


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    rng = np.random.default_rng(0)
    for net, dtype, rows in CASES:
        if sys.argv[4:] and f"{net}-{dtype}" not in sys.argv[4:]:
            continue
        np.save("x.npy", rng.standard_normal((rows, 3, 32, 32)).astype(np.float32))
        np.save("y.npy", rng.integers(0, 10, rows).astype(np.int32))
        subprocess.run([os.path.join(bin_dir, "nai-import"), "npy", "x.npy", "--labels", "y.npy", "-o", "x.nts"], check=True)
        ours, theirs = [], {"contiguous": [], "channels_last": []}
        for _ in range(repeats):
            two, _ = nai(net, dtype, "x.nts", 2)
            all_of, peak = nai(net, dtype, "x.nts", probes)
            ours.append((two, all_of, peak))
            for layout in theirs:
                theirs[layout].append(torch(net, dtype, rows, layout))
        best = min(theirs.values(), key=lambda runs: statistics.median(r[1] for r in runs))
        print(f"{net} {dtype}, {rows} pictures: seconds, and peak MB")
        for what, take, scale in (
            ("one product more", lambda r: (r[1] - r[0]) / (probes - 2), 1),
            (f"trace, {probes} products", lambda r: r[1], 1),
            ("memory", lambda r: r[2], 1e6),
        ):
            a, b = [take(r) for r in ours], [take(r) for r in best]
            print(f"  {what:22} nai {spread(a, scale)}  PyTorch {spread(b, scale)}"
                  f"  ratio {statistics.median(b) / statistics.median(a):.2f}")
