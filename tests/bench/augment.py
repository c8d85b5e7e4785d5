# augment.py - views a second on one core: nai-augment beside torchvision's transforms
# SPDX-License-Identifier: MIT
# Usage: python3 tests/bench/augment.py BIN_DIR [REPEATS]   prints TSV; medians of REPEATS runs [5]
#
# The same images and recipe (SimCLR's at half strength, without blur; BYOL's first view at 224), as
# processor time of the process, so that others on the machine matter less. nai-augment's covers
# reading the stream and writing it into a pipe; torchvision's, PIL images to normalised tensors.
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torchvision.transforms as T
from PIL import Image


def images(n, size):
    """Smooth colour fields with edges: what the filters cost does not depend on more."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (n, size // 4, size // 4, 3), dtype=np.uint8)
    return coarse.repeat(4, 1).repeat(4, 2)


def recipe(crop, scale, saturation, gray, blur):
    steps = [
        T.RandomResizedCrop(crop, scale=scale),
        T.RandomHorizontalFlip(),
        T.RandomApply([T.ColorJitter(0.4, 0.4, saturation, 0.1)], p=0.8),
        T.RandomGrayscale(gray),
    ]
    if blur:
        steps.append(T.GaussianBlur(23, (0.1, 2.0)))
    return T.Compose(steps + [T.ToTensor(), T.Normalize([0.5] * 3, [0.25] * 3)])


def torchvision_rate(pictures, transform):
    start = time.process_time()
    for p in pictures:
        transform(p)
    return len(pictures) / (time.process_time() - start)


def nai_rate(bin_dir, stream, rows, epochs, options):
    args = [f"{bin_dir}/nai-augment", "-j", "1", "-m", "2", "-e", str(epochs), *options, stream]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(args, stdout=subprocess.PIPE) as p:
        while os.read(p.stdout.fileno(), 1 << 20):
            pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert p.returncode == 0
    return 2 * epochs * rows / spent


def main():
    bin_dir, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(1)
    print("images\tviews\ttorchvision\tnai-augment\tratio")
    for name, n, size, epochs, options, transform in (
        ("1000 of 32", 1000, 32, 50, ["-p", "cifar"], recipe(32, (0.08, 1), 0.4, 0.2, False)),
        ("300 of 96", 300, 96, 30, ["-p", "stl"], recipe(64, (0.2, 1), 0.4, 0.1, False)),
        ("30 of 320", 30, 320, 10, ["-p", "imagenet", "--blur", "1", "--solarize", "0"],
         recipe(224, (0.08, 1), 0.2, 0.2, True)),
    ):
        x = images(n, size)
        pictures = [Image.fromarray(i) for i in x]
        with tempfile.TemporaryDirectory() as d:
            np.save(f"{d}/x.npy", np.ascontiguousarray(x.transpose(0, 3, 1, 2)))
            subprocess.run([f"{bin_dir}/nai-import", "npy", f"{d}/x.npy", "-o", f"{d}/x.nts"],
                           check=True)
            a, b = [], []
            for _ in range(repeats):
                a.append(torchvision_rate(pictures, transform))
                b.append(nai_rate(bin_dir, f"{d}/x.nts", n, epochs, options))
        a, b = statistics.median(a), statistics.median(b)
        print(f"{name}\t{options[1]}\t{a:.0f}\t{b:.0f}\t{b / a:.1f}")


if __name__ == "__main__":
    main()
