#!/usr/bin/python3
"""learning.py - training and embedding beside PyTorch, and what alpha costs beside a probe

SPDX-License-Identifier: MIT
Usage: tests/bench/learning.py BIN [REPEATS [SECONDS]]   medians (least - most) of REPEATS runs [3] of about
SECONDS each [20], the two sides in turn. BIN: the folder of the tools.

Barlow Twins, 2 views, batch 256, Adam, float32: ResNet-18 with the stem for small pictures on 32 x 32,
and nai's cnn on 28 x 28. PyTorch has its tensors ready in memory and each layout in turn, as it comes
and with large allocations kept (glibc's MALLOC_* variables); nai-train reads its views from a
stream, and the time is that of its log between the second step and the last."""
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time

bin_dir = os.path.abspath(sys.argv[1])
repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 20
here = os.path.dirname(os.path.abspath(__file__))
threads = os.environ.get("OMP_NUM_THREADS") or str(len(os.sched_getaffinity(0)))
os.environ.update(OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)
if "OPENBLAS_CORETYPE" not in os.environ:
    core = subprocess.run([os.path.join(here, "coretype.sh"), bin_dir], capture_output=True, text=True)
    if core.stdout.strip():
        os.environ["OPENBLAS_CORETYPE"] = core.stdout.strip()

import numpy as np  # noqa: E402  the number of threads has to be set before

KEPT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_TOP_PAD_": str(1 << 28)}
NETS = {"resnet18": ("resnet18", (3, 32, 32)), "cnn": ("cnn", (1, 28, 28))}


def tool(*words, **more):
    return subprocess.run([os.path.join(bin_dir, words[0]), *words[1:]], check=True, **more)


def torch(what, layout, kept):
    env = dict(os.environ, **(KEPT if kept else {}))
    out = subprocess.run(["/usr/bin/python3", os.path.join(here, "torch_learning.py"), what, str(seconds), layout],
                         check=True, env=env, capture_output=True, text=True).stdout
    return float(out)


def train(net, images):
    tool("nai-train", "-q", "-j", threads, "--arch", NETS[net][0], "--pdim", "256", "--log", "log", "--log-every", "1",
         "--log-time", "-o", net + ".model", net + ".views")
    with open("log") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    took = float(rows[-1]["seconds"]) - float(rows[1]["seconds"])
    return 2 * 256 * (len(rows) - 2) / took


def embed(net, images):
    start = time.perf_counter()
    tool("nai-embed", "-q", "-j", threads, "-m", net + ".model", "--level", "0", "-o", "feats", net + ".images")
    return images / (time.perf_counter() - start)


def show(name, figures):
    m = {k: statistics.median(v) for k, v in figures.items()}
    best = max(v for k, v in m.items() if k != "nai")
    for k, v in figures.items():
        print(f"{name}\t{k}\t{m[k]:.1f}\t{min(v):.1f}\t{max(v):.1f}\t{m[k] / best:.2f}", flush=True)


def compare(net, steps, count):
    shape = NETS[net][1]
    rng = np.random.default_rng(0)
    np.save("x.npy", rng.integers(0, 256, (count, *shape), dtype=np.uint8))
    tool("nai-import", "npy", "x.npy", "-o", net + ".images")
    cut = subprocess.Popen([os.path.join(bin_dir, "nai-cat"), "--slice", f":{256 * steps}", net + ".images"],
                           stdout=subprocess.PIPE)
    tool("nai-augment", "--views", "2", "--level", "0", "-o", net + ".views", stdin=cut.stdout)
    for job, ours in (("train", train), ("embed", embed)):
        figures = {}
        for _ in range(repeats):
            figures.setdefault("nai", []).append(ours(net, count))
            for layout in ("contiguous", "channels_last"):
                for kept in (False, True):
                    key = "PyTorch " + layout + (", mallocs kept" if kept else "")
                    figures.setdefault(key, []).append(torch(f"{job}-{net}", layout, kept))
        show(f"{job} {net}", figures)


def alpha_and_probes():
    """On the same features: covariance, spectrum and alpha, beside probes of them."""
    n, d = 50000, 512
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, n).astype("i4")
    scale = np.arange(1, d + 1) ** -0.5
    x = (rng.normal(size=(n, d)) * scale + 0.15 * (rng.normal(size=(10, d)) * scale)[y]).astype("f4")
    np.save("x.npy", x)
    np.save("y.npy", y)
    tool("nai-import", "npy", "x.npy", "y.npy", "--level", "0", "-o", "feats.nts")
    pipe = "set -e -o pipefail; nai-cov -f x feats.nts | nai-eig | nai-alpha >alpha.tsv"
    env = dict(os.environ, PATH=bin_dir + ":" + os.environ["PATH"])
    rows = {"alpha": ["bash", "-c", pipe], "L-BFGS probe": ["nai-probe", "-f", "x", "feats.nts"],
            "preset thesis": ["nai-probe", "-p", "thesis", "-f", "x", "feats.nts"]}
    took = {k: [] for k in rows}
    for i in range(repeats):
        for k, command in rows.items():
            if k != "preset thesis" or i == 0:
                start = time.perf_counter()
                subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)
                took[k].append(time.perf_counter() - start)
    base = statistics.median(took["alpha"])
    print(f"\nseconds on {n} x {d} features, whole processes\tleast\tmost\ttimes alpha's")
    for k, v in took.items():
        print(f"{k}\t{statistics.median(v):.2f}\t{min(v):.2f}\t{max(v):.2f}\t{statistics.median(v) / base:.1f}", flush=True)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    versions = subprocess.run(["/usr/bin/python3", "-c", "import torch; print(torch.__version__)"], capture_output=True,
                              text=True).stdout.strip()
    print(f"PyTorch {versions}, {threads} threads, OPENBLAS_CORETYPE={os.environ.get('OPENBLAS_CORETYPE', '')}")
    print("job\tby\tviews or images a second\tleast\tmost\tof PyTorch's best", flush=True)
    # Enough steps for SECONDS or so at 150 and 8,000 views a second.
    compare("resnet18", max(6, int(seconds * 150 / 512)), max(2560, int(seconds * 600)))
    compare("cnn", max(10, int(seconds * 8000 / 512)), int(seconds * 10000))
    alpha_and_probes()
